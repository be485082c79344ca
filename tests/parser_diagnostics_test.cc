// What the parser says of wrong text, whole, as a user sees it; and its limits.
#include <doctest/doctest.h>

#include <string>

#include "tests/support/parsed.h"

namespace interleave {
namespace {

std::string Rendered(const std::string& text) {
  const Parsed parsed(text);
  return parsed.diagnostics.Render(parsed.source);
}

TEST_CASE("Missing punctuation is shown where it belongs, and nothing else is said") {
  for (const Case& c : {
           Case{"shared int in = 0\nshared int out = 0;",
                "f.scn:1:18: error: expected `;` after the declaration\n"
                "shared int in = 0\n"
                "                 ^\n"},
           Case{"process p {\n    x = 1\n    y = 2;\n}",
                "f.scn:2:10: error: expected `;` after the expression\n"
                "    x = 1\n"
                "         ^\n"},
           Case{"process p { x = 1 }",
                "f.scn:1:18: error: expected `;` after the expression\n"
                "process p { x = 1 }\n"
                "                 ^\n"},
           Case{"process p { x = 3 4; y = 1; }",
                "f.scn:1:18: error: expected `;` after the expression\n"
                "process p { x = 3 4; y = 1; }\n"
                "                 ^\n"},
           Case{"process p { if (a == 1 { b; } }",
                "f.scn:1:23: error: expected `)` after the condition of `if`\n"
                "process p { if (a == 1 { b; } }\n"
                "                      ^\n"},
           Case{"process p { f(a, b; x = 1; }",
                "f.scn:1:19: error: expected `)` after the arguments of `f`\n"
                "process p { f(a, b; x = 1; }\n"
                "                  ^\n"},
           Case{"process p { while x > 1) { x; } y = 1; }",
                "f.scn:1:19: error: expected `(` after `while`, found `x`\n"
                "process p { while x > 1) { x; } y = 1; }\n"
                "                  ^\n"},
           Case{"process p { for (i = 0, i < 3, i++) { x; } }",
                "f.scn:1:35: error: expected `;` after the first part of `for`, found `)`\n"
                "process p { for (i = 0, i < 3, i++) { x; } }\n"
                "                                  ^\n"
                "hint: write `for (i = 0; i < 3; i++)`\n"},
           Case{"process p { for (i = 0 i < 3; i++) { x; } }",
                "f.scn:1:24: error: expected `;` after the first part of `for`, found `i`\n"
                "process p { for (i = 0 i < 3; i++) { x; } }\n"
                "                       ^\n"
                "hint: write `for (i = 0; i < 3; i++)`\n"},
           Case{"process p { int a[2][2] = {{1 2}, {3, 4}}; x = 1; }",
                "f.scn:1:31: error: expected `,` or `}` in the list, found `2`\n"
                "process p { int a[2][2] = {{1 2}, {3, 4}}; x = 1; }\n"
                "                              ^\n"},
           Case{"process p { repeat { x; } }",
                "f.scn:1:20: error: expected `(` after `repeat`, found `{`\n"
                "process p { repeat { x; } }\n"
                "                   ^\n"
                "hint: write `repeat (3) { ... }`\n"},
           Case{"process p { x = ; y = 1; }",
                "f.scn:1:17: error: expected an expression, found `;`\n"
                "process p { x = ; y = 1; }\n"
                "                ^\n"},
       }) {
    CAPTURE(c.text);
    CHECK(Rendered(c.text) == c.expected);
  }
}

TEST_CASE("A brace that misses or is too many is found once") {
  for (const Case& c : {
           Case{"process a {\n    while (1) {\n        x = 1;\n    }\n\nprocess b {\n    y = "
                "1;\n}\n",
                "f.scn:6:1: error: missing `}` before `process`\n"
                "process b {\n"
                "^~~~~~~\n"
                "f.scn:1:11: note: this `{` was opened here\n"
                "process a {\n"
                "          ^\n"},
           Case{"process a {\n    while (1) {\n        x = 1;\n}\n\nprocess b { }\n",
                "f.scn:6:1: error: missing `}` before `process`\n"
                "process b { }\n"
                "^~~~~~~\n"
                "f.scn:2:15: note: this `{` was opened here; by the indentation of what follows it "
                "is the one that is not closed\n"
                "    while (1) {\n"
                "              ^\n"},
           Case{"process a {\n    x = 1;\n",
                "f.scn:2:11: error: missing `}` at the end of the file\n"
                "    x = 1;\n"
                "          ^\n"
                "f.scn:1:11: note: this `{` was opened here\n"
                "process a {\n"
                "          ^\n"},
           Case{"process a {\n    x = 1;\nproperty fifo;\n",
                "f.scn:3:1: error: missing `}` before `property`\n"
                "property fifo;\n"
                "^~~~~~~~\n"
                "f.scn:1:11: note: this `{` was opened here\n"
                "process a {\n"
                "          ^\n"},
           Case{"process a { x = 1; } }\nprocess b { }",
                "f.scn:1:22: error: this `}` closes nothing\n"
                "process a { x = 1; } }\n"
                "                     ^\n"
                "hint: is there a `}` too many above?\n"},
           Case{"process a { if (x) { } }\n    y = 1;\n    while (x) { y = 2; }\n}\nprocess b { }",
                "f.scn:2:5: error: expected a declaration, a process or a property, found `y`\n"
                "    y = 1;\n"
                "    ^\n"
                "hint: statements belong inside a process or a function; is there a `}` too many "
                "above?\n"},
           Case{"process a { /* x = 1; }\nprocess b { }",
                "f.scn:1:13: error: this comment is never closed\n"
                "process a { /* x = 1; }\n"
                "            ^~\n"
                "hint: end it with `*/`\n"},
       }) {
    CAPTURE(c.text);
    CHECK(Rendered(c.text) == c.expected);
  }
}

TEST_CASE("Slips of students get a hint") {
  for (const Case& c : {
           Case{"process q\n    x = 1;\n    y = 2;\nprocess r { }",
                "f.scn:1:10: error: expected `{` to open the body of the process `q`\n"
                "process q\n"
                "         ^\n"
                "hint: write `process q { ... }`\n"},
           Case{
               "process q() { }",
               "f.scn:1:10: error: a process takes no parameters\n"
               "process q() { }\n"
               "         ^\n"
               "hint: write `process q { ... }`; for several write `process q[3]`, where `self` is "
               "the number of each\n"},
           Case{"process q[] { }",
                "f.scn:1:11: error: expected the number of processes\n"
                "process q[] { }\n"
                "          ^\n"
                "hint: write `process q[3] { ... }`\n"},
           Case{"process { }",
                "f.scn:1:9: error: expected a name for a process, found `{`\n"
                "process { }\n"
                "        ^\n"
                "hint: write `process name { ... }`\n"},
           Case{"int main(void) { return 0; }",
                "f.scn:1:5: error: a scenario has no `main`\n"
                "int main(void) { return 0; }\n"
                "    ^~~~\n"
                "hint: its processes run by themselves: write `process name { ... }` for each\n"},
           Case{"process p { shared int x; }",
                "f.scn:1:13: error: `shared` declares an object of all processes: it belongs to "
                "file scope\n"
                "process p { shared int x; }\n"
                "            ^~~~~~\n"
                "hint: move it above the processes; without `shared` the variable is the process's "
                "own\n"},
           Case{"process p { static int x; }",
                "f.scn:1:13: error: a local variable cannot be `static` here\n"
                "process p { static int x; }\n"
                "            ^~~~~~\n"
                "hint: declare it at file scope: as `shared`, or in the process as an ordinary "
                "variable\n"},
           Case{"shared x = 0;",
                "f.scn:1:8: error: expected a type before `x`\n"
                "shared x = 0;\n"
                "       ^\n"
                "hint: write `int x`, for example\n"},
           Case{"atomic int x;",
                "f.scn:1:1: error: `atomic` alone declares nothing\n"
                "atomic int x;\n"
                "^~~~~~\n"
                "hint: write `shared atomic int x;`\n"},
           Case{"shared sem_t mutex;",
                "f.scn:1:8: error: unknown type `sem_t`\n"
                "shared sem_t mutex;\n"
                "       ^~~~~\n"
                "hint: `#include <semaphore.h>` brings `sem_t`\n"},
           Case{
               "#include <stdio.h>\n#include <stdlib.h>\n#include <pthread.h>\nprocess p { step; }",
               "f.scn:1:1: note: `#include` has no effect: what a scenario may use is built in\n"
               "#include <stdio.h>\n"
               "^~~~~~~~~~~~~~~~~~\n"},
           Case{"shared unit8_t x;",
                "f.scn:1:8: error: unknown type `unit8_t`\n"
                "shared unit8_t x;\n"
                "       ^~~~~~~\n"
                "hint: did you mean `uint8_t`?\n"},
           Case{"shared float f;",
                "f.scn:1:8: error: the scenario language has no `float`\n"
                "shared float f;\n"
                "       ^~~~~\n"
                "hint: count in whole numbers, for example in thousandths\n"},
           Case{"shared union { int a; } u;",
                "f.scn:1:8: error: the scenario language has no `union`\n"
                "shared union { int a; } u;\n"
                "       ^~~~~\n"
                "hint: a struct has room for every member\n"},
           Case{"struct s { int a : 3; int b; };",
                "f.scn:1:18: error: the scenario language has no bit-fields\n"
                "struct s { int a : 3; int b; };\n"
                "                 ^\n"
                "hint: use a member of its own\n"},
           Case{"shared int (*f)(int);",
                "f.scn:1:12: error: the scenario language has no function pointers\n"
                "shared int (*f)(int);\n"
                "           ^\n"
                "hint: call the function by its name\n"},
           Case{"void f(int a, ...) { }",
                "f.scn:1:15: error: the scenario language has no functions with `...`\n"
                "void f(int a, ...) { }\n"
                "              ^~~\n"},
           Case{"shared restrict int x;",
                "f.scn:1:8: error: the scenario language has no `restrict`\n"
                "shared restrict int x;\n"
                "       ^~~~~~~~\n"
                "hint: leave it out\n"},
           Case{"extern int x;",
                "f.scn:1:1: error: the scenario language has no `extern`\n"
                "extern int x;\n"
                "^~~~~~\n"
                "hint: a scenario is one file: declare the object with `shared`\n"},
           Case{"shared short char x;",
                "f.scn:1:8: error: `short char` is no type\n"
                "shared short char x;\n"
                "       ^~~~~~~~~~\n"},
           Case{"process p { char c = \"a\"; }",
                "f.scn:1:22: error: a string only initialises an array of characters, or "
                "names a schedule\n"
                "process p { char c = \"a\"; }\n"
                "                     ^~~\n"
                "hint: one character is written 'a'\n"},
           Case{"process p { printf(\"%d\\n\", x); }",
                "f.scn:1:20: error: a string only initialises an array of characters, or "
                "names a schedule\n"
                "process p { printf(\"%d\\n\", x); }\n"
                "                   ^~~~~~\n"
                "hint: leave out the `printf`: a counterexample shows every value as it changes\n"},
           Case{"process p { repat (3) { x; } }",
                "f.scn:1:13: error: no statement starts with `repat`\n"
                "process p { repat (3) { x; } }\n"
                "            ^~~~~\n"
                "hint: did you mean `repeat`?\n"},
           Case{"process p { if (a) b; c; else d; }",
                "f.scn:1:26: error: `else` without `if`\n"
                "process p { if (a) b; c; else d; }\n"
                "                         ^~~~\n"
                "hint: an `if` takes one statement: put several into `{ }`, and no `;` behind the "
                "`)`\n"},
           Case{"process p { int default = 1; }",
                "f.scn:1:17: error: `default` is a reserved word, it cannot name what is declared\n"
                "process p { int default = 1; }\n"
                "                ^~~~~~~\n"
                "hint: choose another name, for example `default_`\n"},
           Case{"shared int case;",
                "f.scn:1:12: error: `case` is a reserved word, it cannot name what is declared\n"
                "shared int case;\n"
                "           ^~~~\n"
                "hint: choose another name, for example `case_`\n"},
           Case{"process p { x = process; }",
                "f.scn:1:17: error: expected an expression, found `process`\n"
                "process p { x = process; }\n"
                "                ^~~~~~~\n"},
           Case{"process p { wait until (a); }",
                "f.scn:1:17: error: expected `;` after the expression\n"
                "process p { wait until (a); }\n"
                "                ^\n"
                "hint: a process waits with `await (condition);`\n"},
           Case{"process p { loop { x = 1; } }",
                "f.scn:1:13: error: no statement starts with `loop`\n"
                "process p { loop { x = 1; } }\n"
                "            ^~~~\n"
                "hint: for ever is written `for (;;) { ... }`\n"},
           Case{"process p { critical section { x = 1; } }",
                "f.scn:1:21: error: expected `;` after the expression\n"
                "process p { critical section { x = 1; } }\n"
                "                    ^\n"
                "hint: write `section critical { ... }`\n"},
           Case{"shared char *text = \"abc\";",
                "f.scn:1:21: error: a string only initialises an array of characters, or names a "
                "schedule\n"
                "shared char *text = \"abc\";\n"
                "                    ^~~~~\n"
                "hint: an array holds the characters: `char text[] = \"...\"`\n"},
           Case{"boolean f = 1;",
                "f.scn:1:1: error: unknown type `boolean`\n"
                "boolean f = 1;\n"
                "^~~~~~~\n"
                "hint: it is written `bool`\n"},
           Case{"int f(item x) { return 0; }",
                "f.scn:1:7: error: unknown type `item`\n"
                "int f(item x) { return 0; }\n"
                "      ^~~~\n"
                "hint: a type stands before what is declared with it, such as `typedef int "
                "item;`\n"},
           Case{
               "proctype p() { x = 1; }",
               "f.scn:1:1: error: unknown word `proctype`\n"
               "proctype p() { x = 1; }\n"
               "^~~~~~~~\n"
               "hint: did you mean `process`?\n"
               "f.scn:1:11: error: a process takes no parameters\n"
               "proctype p() { x = 1; }\n"
               "          ^\n"
               "hint: write `process p { ... }`; for several write `process p[3]`, where `self` is "
               "the number of each\n"},
           Case{"assert (x == 1);",
                "f.scn:1:1: error: expected a declaration, a process or a property, found "
                "`assert`\n"
                "assert (x == 1);\n"
                "^~~~~~\n"
                "hint: what always holds is written `invariant name: condition;`\n"},
           Case{"process p { if (a and b) x; }",
                "f.scn:1:19: error: expected `)` after the condition of `if`, found `and`\n"
                "process p { if (a and b) x; }\n"
                "                  ^~~\n"
                "hint: `and` is written `&&`\n"},
           Case{"process p { if (a =< b) x; }",
                "f.scn:1:20: error: expected an expression, found `<`\n"
                "process p { if (a =< b) x; }\n"
                "                   ^\n"
                "hint: at most is written `<=`\n"},
           Case{"process p { x = choose (0, 3); }",
                "f.scn:1:26: error: expected `..` between the bounds of `choose`, found `,`\n"
                "process p { x = choose (0, 3); }\n"
                "                         ^\n"
                "hint: write `choose (0 .. 3)`\n"},
           Case{"process p { atomic x = 1; }",
                "f.scn:1:19: error: expected `{` to open the body of `atomic`\n"
                "process p { atomic x = 1; }\n"
                "                  ^\n"
                "hint: write `atomic { ... }`\n"},
           Case{"process p { select { x = 1; when (a) b; } }",
                "f.scn:1:22: error: expected `when (...)` or `else`, found `x`\n"
                "process p { select { x = 1; when (a) b; } }\n"
                "                     ^\n"
                "hint: a `select` holds alternatives: `when (guard) statement`\n"},
           Case{"process p { int x = {.a = 1}; }",
                "f.scn:1:22: error: the scenario language has no designated initialisers\n"
                "process p { int x = {.a = 1}; }\n"
                "                     ^\n"
                "hint: write the values in the order of the members\n"},
           Case{"#define N 3\nprocess p { int N = 1; }",
                "f.scn:2:17: error: expected a name for what is declared, found `N`\n"
                "process p { int N = 1; }\n"
                "                ^\n"
                "hint: `N` is a macro, it stands for `3`\n"},
           Case{"proces p { x = 1; }",
                "f.scn:1:1: error: unknown word `proces`\n"
                "proces p { x = 1; }\n"
                "^~~~~~\n"
                "hint: did you mean `process`?\n"},
           Case{"daemon else x = 3;",
                "f.scn:1:1: error: expected a declaration, a process or a property, found "
                "`daemon`\n"
                "daemon else x = 3;\n"
                "^~~~~~\n"
                "hint: statements belong inside a process or a function; is there a `}` too many "
                "above?\n"},
           Case{"x = 1;",
                "f.scn:1:1: error: expected a declaration, a process or a property, found `x`\n"
                "x = 1;\n"
                "^\n"
                "hint: statements belong inside a process or a function; is there a `}` too many "
                "above?\n"},
           Case{"",
                "f.scn:1:1: error: the file is empty\n"
                "hint: a scenario has at least one process: process name { ... }\n"},
           Case{"// only\n",
                "f.scn:1:1: error: the file holds nothing but comments\n"
                "hint: a scenario has at least one process: process name { ... }\n"},
       }) {
    CAPTURE(c.text);
    CHECK(Rendered(c.text) == c.expected);
  }
}

TEST_CASE("Slips in properties, schedules and expectations get a hint") {
  for (const Case& c : {
           Case{"never both: p[0] in crit && p[1] in crit;",
                "f.scn:1:17: error: expected `;` after the condition\n"
                "never both: p[0] in crit && p[1] in crit;\n"
                "                ^\n"
                "hint: where a process stands is asked with `in section crit`, or with `@ crit` "
                "where that is a label\n"},
           Case{"never both: p[0] in sectoin crit;",
                "f.scn:1:17: error: expected `;` after the condition\n"
                "never both: p[0] in sectoin crit;\n"
                "                ^\n"
                "hint: where a process stands is asked with `in section crit`, or with `@ crit` "
                "where that is a label\n"},
           Case{"never both: (p[0] in section);",
                "f.scn:1:19: error: expected `)` to close the parenthesis, found `in`\n"
                "never both: (p[0] in section);\n"
                "                  ^~\n"
                "hint: where a process stands is asked with `in section NAME`, or with `@ NAME` "
                "where that is a label\n"},
           Case{"never both: p[0] @ section crit;",
                "f.scn:1:27: error: expected `;` after the condition\n"
                "never both: p[0] @ section crit;\n"
                "                          ^\n"
                "hint: where a process stands is asked with `in section crit`, or with `@ crit` "
                "where that is a label\n"},
           Case{"invariant a: x == 1 -> y == 2;",
                "f.scn:1:21: error: `->` needs a pointer before it\n"
                "invariant a: x == 1 -> y == 2;\n"
                "                    ^~\n"
                "hint: an implication is written `=>`\n"},
           Case{"schedule s { step p until x == 1; }",
                "f.scn:1:21: error: `step` takes a number of steps, not a condition\n"
                "schedule s { step p until x == 1; }\n"
                "                    ^~~~~\n"
                "hint: write `run p until ...`\n"},
           Case{"invariant 0 <= x;",
                "f.scn:1:11: error: expected a name and `:` after `invariant`\n"
                "invariant 0 <= x;\n"
                "          ^\n"
                "hint: write `invariant name: condition;`\n"},
           Case{"invariant a: x = 0;",
                "f.scn:1:16: error: a property changes nothing\n"
                "invariant a: x = 0;\n"
                "               ^\n"
                "hint: a comparison is written `==`\n"},
           Case{"property fifoo;",
                "f.scn:1:10: error: there is no property `fifoo`\n"
                "property fifoo;\n"
                "         ^~~~~\n"
                "hint: did you mean `fifo`?\n"},
           Case{"property a: x == 1;",
                "f.scn:1:10: error: a condition is an `invariant`, `never` or `reachable`\n"
                "property a: x == 1;\n"
                "         ^\n"
                "hint: write `invariant a: ...`\n"},
           Case{"property slots buffer;",
                "f.scn:1:16: error: expected `(` after `slots`, found `buffer`\n"
                "property slots buffer;\n"
                "               ^~~~~~\n"
                "hint: write `property slots (buffer);`\n"},
           Case{"expect hold;",
                "f.scn:1:8: error: expected a verdict, found `hold`\n"
                "expect hold;\n"
                "       ^~~~\n"
                "hint: did you mean `holds`?\n"},
           Case{"expect error overflw;",
                "f.scn:1:14: error: expected a kind of error, found `overflw`\n"
                "expect error overflw;\n"
                "             ^~~~~~~\n"
                "hint: did you mean `overflow`?\n"},
           Case{"expect holds sates 3;",
                "f.scn:1:14: error: expected `;` or more of the expectation, found `sates`\n"
                "expect holds sates 3;\n"
                "             ^~~~~\n"
                "hint: did you mean `states`?\n"},
           Case{"expect holds states 3 states 4;",
                "f.scn:1:23: error: `states` is given twice\n"
                "expect holds states 3 states 4;\n"
                "                      ^~~~~~\n"},
           Case{"expect deadlock in many steps;",
                "f.scn:1:20: error: expected a number after `in`, found `many`\n"
                "expect deadlock in many steps;\n"
                "                   ^~~~\n"},
           Case{"schedule \"s\" { ran p; run q; }",
                "f.scn:1:16: error: expected `run`, `step` or `expect`, found `ran`\n"
                "schedule \"s\" { ran p; run q; }\n"
                "               ^~~\n"
                "hint: did you mean `run`?\n"},
           Case{"schedule \"s\" { run p until x == 1 }",
                "f.scn:1:34: error: expected `;` after `run`\n"
                "schedule \"s\" { run p until x == 1 }\n"
                "                                 ^\n"},
           Case{"schedule { run p; }",
                "f.scn:1:10: error: expected a name for the schedule, found `{`\n"
                "schedule { run p; }\n"
                "         ^\n"
                "hint: write `schedule \"two writers\" { ... }`\n"},
           Case{"option granularity statement;",
                "f.scn:1:20: error: expected `=` after the name of the option, found `statement`\n"
                "option granularity statement;\n"
                "                   ^~~~~~~~~\n"
                "hint: write `option granularity = value;`\n"},
           Case{"invariant a: forall (i, 0, 2) x;",
                "f.scn:1:14: error: `forall` needs a variable and its range\n"
                "invariant a: forall (i, 0, 2) x;\n"
                "             ^~~~~~\n"
                "hint: write `forall (i : 0 .. 2) a[i] > 0`\n"},
       }) {
    CAPTURE(c.text);
    CHECK(Rendered(c.text) == c.expected);
  }
}

TEST_CASE("Legal C that is probably not meant is warned about") {
  for (const Case& c : {
           Case{"process p { if (a = 1) b; if ((a = 1)) b; while (a == 1) b; }",
                "f.scn:1:19: warning: `=` assigns: the condition is the value assigned\n"
                "process p { if (a = 1) b; if ((a = 1)) b; while (a == 1) b; }\n"
                "                  ^\n"
                "hint: a comparison is written `==`; if you mean it, put a second pair of "
                "parentheses around\n"},
           Case{"invariant a: 0 <= x < 3;",
                "f.scn:1:21: warning: this compares the truth value (0 or 1) of the comparison to "
                "its left\n"
                "invariant a: 0 <= x < 3;\n"
                "                    ^\n"
                "hint: write `0 <= x && x < 3`\n"},
           Case{"invariant a: (x == y) == (z == 0) && (0 < x) < 3;", ""},
           Case{"invariant a: x & 1 == 0;",
                "f.scn:1:16: warning: `&` binds weaker than the comparison beside it\n"
                "invariant a: x & 1 == 0;\n"
                "               ^\n"
                "hint: put the operands of `&` in parentheses\n"},
           Case{"invariant a: (x & 1) == 0 && x & (y == 0);", ""},
           Case{"process p { while (x); { y; } }",
                "f.scn:1:22: warning: this `;` is the whole body of the `while`\n"
                "process p { while (x); { y; } }\n"
                "                     ^\n"
                "hint: remove it if the block behind it is the body\n"},
           Case{"process p { while (in == out)\n        ;\n    { y; } }", ""},
       }) {
    CAPTURE(c.text);
    CHECK(Rendered(c.text) == c.expected);
  }
}

TEST_CASE("One mistake does not hide the next") {
  const Parsed parsed(
      "shared int x\n"
      "process p {\n"
      "    x = 1\n"
      "    if (x == 1 {\n"
      "        x = 2;\n"
      "    }\n"
      "    repeat 3 { x = ; }\n"
      "    y = (1;\n"
      "}\n"
      "process q { x = 1 +; }\n"
      "invariant a x;\n"
      "expect holds\n");
  std::string lines;
  for (const Diagnostic& diagnostic : parsed.diagnostics.Sorted()) {
    lines += std::to_string(parsed.source.Locate(diagnostic.range.begin).line) + " ";
  }
  CHECK(lines == "1 3 4 7 7 8 10 11 12 ");
  CHECK(parsed.tree->processes.size() == 2);
}

TEST_CASE("At most twenty errors are shown") {
  std::string text = "process p {\n";
  for (int i = 0; i < 30; ++i) text += "x = ;\n";
  const std::string rendered = Rendered(text + "}\n");
  CHECK(rendered.find("f.scn:21:5: error") != std::string::npos);
  CHECK(rendered.find("f.scn:22:5: error") == std::string::npos);
  CHECK(rendered.ends_with("f.scn: 10 more errors were left out\n"));
}

std::string Repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string FirstMessage(const std::string& text) {
  const Parsed parsed(text);
  if (!parsed.diagnostics.has_errors()) return "";
  return parsed.diagnostics.Sorted().at(0).message +
         (parsed.diagnostics.error_count() == 1 ? "" : " and more");
}

TEST_CASE("Nesting is limited, at its edge and far past it") {
  const std::string too_deep = "this is nested more than 200 levels deep";
  const auto parentheses = [](int n) {
    return "invariant a: " + Repeated("(", n) + "1" + Repeated(")", n) + ";";
  };
  CHECK(FirstMessage(parentheses(199)) == "");
  CHECK(FirstMessage(parentheses(200)) == too_deep);
  for (const std::string& text : {
           parentheses(100000),
           "invariant a: " + Repeated("-!", 100000) + "1;",
           "invariant a: " + Repeated("(int)", 100000) + "1;",
           "invariant a: " + Repeated("sizeof ", 100000) + "1;",
           "invariant a: " + Repeated("1 ? 1 : ", 100000) + "1;",
           "invariant a: " + Repeated("1 ? ", 100000) + "1;",
           "invariant a: " + Repeated("1 => ", 100000) + "1;",
           "invariant a: " + Repeated("x = ", 100000) + "1;",
           "invariant a: " + Repeated("x[", 100000) + "1;",
           "invariant a: " + Repeated("f(", 100000) + "1;",
           "invariant a: " + Repeated("forall (i : 0 .. 1) ", 40000) + "1;",
           "shared int a = " + Repeated("{", 100000),
           "process p " + Repeated("{", 100000) + Repeated("}", 100000),
           "process p { " + Repeated("if (1) ; else ", 50000) + "; }",
           "process p { " + Repeated("while (1) ", 50000) + "; }",
           "process p { " + Repeated("do ", 100000) + "; }",
           "process p { " + Repeated("a: ", 100000) + "; }",
           "process p { " + Repeated("case 1: ", 100000) + "; }",
           "process p { " + Repeated("ghost ", 100000) + "; }",
           "process p { " + Repeated("select { when (1) ", 50000) + "; }",
           Repeated("struct s { ", 50000),
           "shared " + Repeated("queue<", 100000),
       }) {
    CAPTURE(text.substr(0, 40));
    CHECK(FirstMessage(text) == too_deep);
  }
}

TEST_CASE("Chains of operators are limited, at their edge and far past it") {
  const std::string too_long = "this expression has more than 500 operators";
  CHECK(FirstMessage("invariant a: " + Repeated("1 + ", 500) + "1;") == "");
  CHECK(FirstMessage("invariant a: " + Repeated("1 + ", 501) + "1;") == too_long);
  for (const char* link : {"1 + ", "1 && ", "1 , "}) {
    CHECK(FirstMessage("invariant a: " + Repeated(link, 200000) + "1;") == too_long);
  }
  for (const char* link : {"[0]", ".a", "++", " @ L", " in section s"}) {
    CHECK(FirstMessage("invariant a: x" + Repeated(link, 60000) + ";") == too_long);
  }
  // Each element of a list has a count of its own.
  CHECK(FirstMessage("shared int a[] = {" + Repeated("1 + 1, ", 10000) + "};") == "");
  CHECK(FirstMessage("shared int " + Repeated("*", 9) + "x;") == "a pointer has at most 8 levels");
  CHECK(FirstMessage("shared int x" + Repeated("[1]", 9) + ";") ==
        "an array has at most 8 dimensions");
}

TEST_CASE("Nonsense of every kind ends, and is an error") {
  for (const std::string& text : {
           std::string(100000, ')'),
           std::string(100000, '{'),
           std::string(100000, '}'),
           std::string(100000, '('),
           std::string(100000, '='),
           std::string(100000, '\''),
           std::string(100000, '"'),
           std::string(100000, '\xe2'),
           std::string(100000, '#'),
           Repeated("process ", 20000),
           Repeated("process p ", 20000),
           Repeated("if (x y ", 20000),
           Repeated("shared ", 20000),
           Repeated("x y z\n", 20000),
           Repeated("expect ", 20000),
           Repeated("schedule \"s\" { run ", 20000),
           Repeated("invariant a ", 20000),
           "process p { " + Repeated("if (x y ", 20000),
           "process p { " + Repeated("foo bar; ", 20000),
           "process p { " + Repeated("else ", 150),
           Repeated("\xe2\x80\x98", 20000),
       }) {
    CAPTURE(text.substr(0, 40));
    CHECK(Parsed(text).diagnostics.has_errors());
  }
}

TEST_CASE("Every prefix of a scenario parses without a crash") {
  const std::string text =
      "#define N 3\nshared char b[N]; typedef struct { int a; } t;\n"
      "int f(int x) { return x ? 1 : 2; }\n"
      "process p[2] { for (int i = 0; i < N; i++) { b[i] = (char)f(i); again: step; }\n"
      "  select { when (b[0]) atomic { await (b[1]); } else ; } switch (1) { case 1: break; } }\n"
      "invariant a: forall (i : 0 .. 1) p[i] @ again => b == {'a', _};\n"
      "schedule \"s\" { run p[0] until about to read b[1]; step p[1] choosing 1; }\n"
      "expect holds states 3 for N = 1 .. 2;\n";
  CHECK(Rendered(text) == "");
  for (std::size_t i = 0; i < text.size(); ++i) {
    CHECK_NOTHROW(Rendered(text.substr(0, i)));
    std::string without = text;
    without.erase(i, 1);
    CHECK_NOTHROW(Rendered(without));
  }
}

}  // namespace
}  // namespace interleave
