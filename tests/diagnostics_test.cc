// What a student gets to read for a typical mistake: the whole of it. Each text was judged by eye:
// the place is right, the hint leads on, and one mistake is said once.
#include <doctest/doctest.h>

#include <string>

#include "sim/language/source.h"
#include "sim/program/build.h"

namespace interleave {
namespace {

struct Mistake {
  const char* sentence;
  const char* text;  // both behind a line break
  const char* expected;
};

const Mistake kMistakes[] = {
    {"A misspelt variable, twice in a loop", R"(
#define N 3
shared char buffer[N];
shared int in = 0, out = 0;

process producer {
    while ((in + 1) % N == ou)
        ;
    bufer[in] = 'a';
}
)",
     R"(
f.scn:6:28: error: `ou` is not declared
    while ((in + 1) % N == ou)
                           ^~
hint: did you mean `out`?
f.scn:8:5: error: `bufer` is not declared
    bufer[in] = 'a';
    ^~~~~
hint: did you mean `buffer`?
)"},
    {"A global variable that is nobody's", R"(
int count = 0;

process p {
    count++;
}
)",
     R"(
f.scn:1:5: error: `count` belongs to nobody
int count = 0;
    ^~~~~
hint: write `shared` before it, `ghost` if it only watches, or `const` with a value
)"},
    {"A C program with main", R"(
#include <stdio.h>
shared int x = 0;

int main(void) {
    x = 1;
    return 0;
}
)",
     R"(
f.scn:1:1: note: `#include` has no effect: what a scenario may use is built in
#include <stdio.h>
^~~~~~~~~~~~~~~~~~
f.scn:4:5: error: a scenario has no `main`
int main(void) {
    ^~~~
hint: its processes run by themselves: write `process name { ... }` for each
)"},
    {"Output with printf", R"(
shared int x = 0;

process p {
    x = 1;
    printf("%d\n", x);
}
)",
     R"(
f.scn:5:12: error: a string only initialises an array of characters, or names a schedule
    printf("%d\n", x);
           ^~~~~~
hint: leave out the `printf`: a counterexample shows every value as it changes
)"},
    {"wait and signal of the textbook, on what is no semaphore", R"(
shared int mutex = 1;

process p {
    wait(mutex);
    signal(mutex);
}
)",
     R"(
f.scn:4:10: error: `wait` needs a barrier, a condition or a semaphore, this is int
    wait(mutex);
         ^~~~~
hint: declare it as what it is, for example `semaphore mutex;`
f.scn:5:12: error: `signal` needs a condition or a semaphore, this is int
    signal(mutex);
           ^~~~~
hint: declare it as what it is, for example `semaphore mutex;`
)"},
    {"A semaphore type", R"(
sem_t mutex;
shared int x = 0;

process p {
    sem_wait(&mutex);
    x++;
    sem_post(&mutex);
}
)",
     R"(
f.scn:1:1: error: unknown type `sem_t`
sem_t mutex;
^~~~~
hint: `#include <semaphore.h>` brings `sem_t`
)"},
    {"Semicolons left out at the ends of lines", R"(
shared int in = 0
shared int out = 0;

process p {
    in = 1
    out = 2;
}
)",
     R"(
f.scn:1:18: error: expected `;` after the declaration
shared int in = 0
                 ^
f.scn:5:11: error: expected `;` after the expression
    in = 1
          ^
)"},
    {"A brace that is not closed", R"(
shared int x = 0;

process p {
    while (x == 0) {
        x = 1;
}

process q {
    x = 2;
}
)",
     R"(
f.scn:8:1: error: missing `}` before `process`
process q {
^~~~~~~
f.scn:4:20: note: this `{` was opened here; by the indentation of what follows it is the one that is not closed
    while (x == 0) {
                   ^
)"},
    {"A brace too many", R"(
shared int x = 0;

process p {
    x = 1;
}
}

process q {
    x = 2;
}
)",
     R"(
f.scn:6:1: error: this `}` closes nothing
}
^
hint: is there a `}` too many above?
)"},
    {"An assignment where a comparison is meant", R"(
shared int x = 0;

process p {
    while (x = 0)
        ;
}
)",
     R"(
f.scn:4:14: warning: `=` assigns: the condition is the value assigned
    while (x = 0)
             ^
hint: a comparison is written `==`; if you mean it, put a second pair of parentheses around
)"},
    {"A semicolon behind while before its block", R"(
shared int x = 0;

process p {
    while (x == 0); {
        x = 2;
    }
}
)",
     R"(
f.scn:4:19: warning: this `;` is the whole body of the `while`
    while (x == 0); {
                  ^
hint: remove it if the block behind it is the body
)"},
    {"await in the middle of atomic", R"(
shared int s = 1, n = 0;

process p {
    atomic {
        n++;
        await (s > 0);
        s--;
    }
}
)",
     R"(
f.scn:6:9: error: `await` stands in `atomic` only as the first statement
        await (s > 0);
        ^~~~~~~~~~~~~
hint: once an atomic block has begun it cannot wait
)"},
    {"A program that reads a ghost", R"(
shared int x = 0;
ghost int seen = 0;

process p {
    ghost seen = 1;
    if (seen == 1)
        x = 2;
}
)",
     R"(
f.scn:6:9: error: the program must not read the ghost `seen`: ghosts only watch
    if (seen == 1)
        ^~~~
hint: put what uses it behind `ghost`, or make the variable `shared`
)"},
    {"ghost before a statement of the program", R"(
shared int x = 0;

process p {
    ghost x = 1;
}
)",
     R"(
f.scn:4:11: error: a ghost statement must not write `x`: ghosts never feed the program
    ghost x = 1;
          ^~~~~
hint: leave out `ghost`, or declare `x` as a ghost
)"},
    {"A property about a local variable without its process", R"(
shared int x = 0;

process p {
    int temp = x;
    x = temp + 1;
}

invariant small: temp < 3;
)",
     R"(
f.scn:8:18: error: `temp` is not declared
invariant small: temp < 3;
                 ^~~~
hint: a local variable is named with its process: `p.temp`
)"},
    {"A property about an array of processes", R"(
shared int x = 0;

process worker[2] {
    int temp = x;
    x = temp + 1;
}

invariant small: worker[0].tmp < 3;
invariant large: worker.temp < 3;
)",
     R"(
f.scn:8:28: error: process worker has no variable `tmp`
invariant small: worker[0].tmp < 3;
                           ^~~
hint: did you mean `temp`?
f.scn:9:18: error: which worker? There are 2
invariant large: worker.temp < 3;
                 ^~~~~~
hint: write `worker[0]`, or `forall (i : 0 .. 1) ... worker[i]`
)"},
    {"One equals sign in an invariant", R"(
shared int x = 0;

process p { x = 1; }

invariant one: x = 1;
)",
     R"(
f.scn:5:18: error: a property changes nothing
invariant one: x = 1;
                 ^
hint: a comparison is written `==`
)"},
    {"An invariant without a name", R"(
shared int x = 0;

process p { x = 1; }

invariant x >= 0;
)",
     R"(
f.scn:5:11: error: expected a name and `:` after `invariant`
invariant x >= 0;
          ^
hint: write `invariant name: condition;`
)"},
    {"A verdict misspelt", R"(
shared int x = 0;

process p { x = 1; }

invariant in_range: x < 2;
expect hold;
expect violates in_rnge;
)",
     R"(
f.scn:6:8: error: expected a verdict, found `hold`
expect hold;
       ^~~~
hint: did you mean `holds`?
)"},
    {"A function misspelt", R"(
shared int x = 0;

int increment(int n) {
    return n + 1;
}

process p {
    x = incremnt(x);
}
)",
     R"(
f.scn:8:9: error: there is no function `incremnt`
    x = incremnt(x);
        ^~~~~~~~
hint: did you mean `increment`?
)"},
    {"An argument left out", R"(
shared int x = 0;

int add(int a, int b) {
    return a + b;
}

process p {
    x = add(x);
}
)",
     R"(
f.scn:8:9: error: `add` takes 2 arguments, 1 given
    x = add(x);
        ^~~~~~
f.scn:3:5: note: `add` is here
int add(int a, int b) {
    ^~~
)"},
    {"A variable as the length of an array", R"(
shared int n = 3;
shared int a[n];

process p {
    a[0] = 1;
}
)",
     R"(
f.scn:2:14: error: the length of an array must be a constant expression
shared int a[n];
             ^
hint: `#define n ...` or `const int n = ...;` gives a constant
)"},
    {"Dot and arrow exchanged", R"(
struct ring { int in, out; };
shared struct ring ring = {};

process p {
    struct ring *r = &ring;
    r.in = 1;
    ring->out = 1;
}
)",
     R"(
f.scn:6:5: error: this is a pointer
    r.in = 1;
    ^~~~
hint: write `->`
f.scn:7:5: error: `->` needs a pointer, this is struct ring
    ring->out = 1;
    ^~~~~~~~~
hint: write `.`
)"},
    {"An element and its index changed in one expression", R"(
shared int a[3] = {};

process p {
    int i = 0;
    a[i] = i++;
}
)",
     R"(
f.scn:5:5: error: `i` is changed and used in one expression; C leaves the order open
    a[i] = i++;
    ^~~~~~~~~~
hint: write it as two statements
)"},
    {"Recursion", R"(
int factorial(int n) {
    if (n == 0)
        return 1;
    return n * factorial(n - 1);
}

process p {
    int f = factorial(5);
}
)",
     R"(
f.scn:1:5: error: `factorial` calls itself; functions are inlined, so recursion is refused
int factorial(int n) {
    ^~~~~~~~~
hint: write it as a loop
)"},
    {"thread instead of process", R"(
shared int x = 0;

thread p {
    x = 1;
}
)",
     R"(
f.scn:3:1: error: unknown word `thread`
thread p {
^~~~~~
hint: did you mean `process`?
)"},
    {"shared inside a process", R"(
process p {
    shared int x = 0;
    x = 1;
}
)",
     R"(
f.scn:2:5: error: `shared` declares an object of all processes: it belongs to file scope
    shared int x = 0;
    ^~~~~~
hint: move it above the processes; without `shared` the variable is the process's own
)"},
    {"A queue used like a variable", R"(
shared queue<int> q;

process p {
    int x;
    take(q, x);
    q = 5;
}
)",
     R"(
f.scn:5:5: error: `take` takes 1 argument, 2 given
    take(q, x);
    ^~~~~~~~~~
f.scn:6:5: error: a queue cannot be assigned
    q = 5;
    ^
hint: use append, take and empty
)"},
    {"i instead of self", R"(
shared int x[2] = {};

process p[2] {
    x[i] = 1;
}
)",
     R"(
f.scn:4:7: error: `i` is not declared
    x[i] = 1;
      ^
)"},
    {"A semicolon behind if", R"(
shared int x = 0;

process p {
    if (x == 0);
        x = 1;
    else
        x = 2;
}
)",
     R"(
f.scn:6:5: error: `else` without `if`
    else
    ^~~~
hint: an `if` takes one statement: put several into `{ }`, and no `;` behind the `)`
)"},
    {"Mistakes in a schedule", R"(
shared int x = 0;

process producer { x = 1; }

schedule s {
    run prducer;
    run producer[0];
    expect x = 1;
}
)",
     R"(
f.scn:6:9: error: there is no process `prducer`
    run prducer;
        ^~~~~~~
hint: did you mean `producer`?
f.scn:7:9: error: there is one process producer, without an index
    run producer[0];
        ^~~~~~~~~~~
hint: write `producer`
f.scn:8:12: error: an assignment in a property: properties only look
    expect x = 1;
           ^~~~~
hint: a comparison is written `==`
)"},
    {"Names given twice: what was there before is shown behind each", R"(
shared int x = 0;
process p { step; }
process p { step; }
invariant a: x == 0;
invariant a: x == 1;
schedule "s" { run p; }
schedule "s" { run p; }
process q { again: step; again: step; }
)",
     R"(
f.scn:3:9: error: `p` is declared already
process p { step; }
        ^
f.scn:2:9: note: `p` was declared here
process p { step; }
        ^
f.scn:5:11: error: property `a` is there already
invariant a: x == 1;
          ^
f.scn:4:11: note: it is here
invariant a: x == 0;
          ^
f.scn:7:10: error: schedule "s" is there already
schedule "s" { run p; }
         ^~~
f.scn:6:10: note: it is here
schedule "s" { run p; }
         ^~~
f.scn:8:26: error: label `again` is there already
process q { again: step; again: step; }
                         ^~~~~
f.scn:8:13: note: `again` is here
process q { again: step; again: step; }
            ^~~~~
)"},
    {"Changed and used twice over", R"(
process p {
    int y = 0, z = 0;
    y = y++ + y;
    y = y++ + z++ + z;
}
)",
     R"(
f.scn:3:9: error: `y` is changed and used in one expression; C leaves the order open
    y = y++ + y;
        ^~~~~~~
hint: write it as two statements
f.scn:4:5: error: `y` is changed and used in one expression; C leaves the order open
    y = y++ + z++ + z;
    ^~~~~~~~~~~~~~~~~
hint: write it as two statements
f.scn:4:9: error: `z` is changed and used in one expression; C leaves the order open
    y = y++ + z++ + z;
        ^~~~~~~~~~~~~
hint: write it as two statements
)"},
    {"A struct that is not there", R"(
struct buffer { int in; };
shared struct bufer b = {};
process p { step; }
)",
     R"(
f.scn:2:21: error: `struct bufer` is not declared: its members are not known here
shared struct bufer b = {};
                    ^
hint: did you mean `struct buffer`?
)"},
    {"A scenario without a process", R"(
shared int x = 0;
)",
     R"(
f.scn:1:1: error: the scenario has no process
hint: add `process NAME { ... }`
)"},
    {"Another process's variable", R"(
shared int turn = 0;

process p0 { p1.x = 1; }
process p1 { int x = turn; turn = p0; }
)",
     R"(
f.scn:3:14: error: a process does not see the locals of another
process p0 { p1.x = 1; }
             ^~~~
hint: in a property or schedule it can be named so
f.scn:4:35: error: `p0` is a process, not a value
process p1 { int x = turn; turn = p0; }
                                  ^~
)"},
};

TEST_CASE("A mistake that students make is said once, at its place, with a way on") {
  for (const Mistake& mistake : kMistakes) {
    const Source source("f.scn", std::string(mistake.text).substr(1));
    Diagnostics diagnostics;
    const BuiltProgram built = BuildProgram(source, {}, {}, diagnostics);
    INFO(mistake.sentence);
    CHECK("\n" + diagnostics.Render(source) == std::string(mistake.expected));
  }
}

}  // namespace
}  // namespace interleave
