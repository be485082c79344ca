// Files that nobody writes, or only by accident or in anger: each ends in a clear error or a
// checked scenario, without a crash, soon, and with memory that is a small multiple of the file's.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdint>
#include <functional>
#include <string>

#include "model/search/check.h"
#include "sim/language/source.h"
#include "sim/program/build.h"

namespace interleave {
namespace {

const std::string kProcess = "process p { step; }\n";

std::string Repeat(const std::string& text, int times) {
  std::string all;
  all.reserve(text.size() * static_cast<std::size_t>(times));
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// make(0) + make(1) + ... + make(times - 1)
std::string Each(int times, const std::function<std::string(const std::string&)>& make) {
  std::string all;
  for (int i = 0; i < times; ++i) all += make(std::to_string(i));
  return all;
}

// What is said first, without the place; empty: the scenario was built.
std::string FirstError(const std::string& text) {
  const Source source("f.scn", text);
  Diagnostics diagnostics;
  const BuiltProgram built = BuildProgram(source, {}, {}, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.Sorted()) {
    if (diagnostic.severity != Severity::kError) continue;
    CHECK(built.program == nullptr);
    CHECK(diagnostics.Render(source).size() < 20'000);
    return diagnostic.message;
  }
  REQUIRE(built.program != nullptr);
  return "";
}

CheckResult CheckUpTo(const std::string& text, uint64_t max_states) {
  const Source source("f.scn", text);
  Diagnostics diagnostics;
  const BuiltProgram built = BuildProgram(source, {}, {}, diagnostics);
  INFO(diagnostics.Render(source));
  REQUIRE(built.program != nullptr);
  CheckOptions options;
  options.max_states = max_states;
  return Check(*built.program, options);
}

std::string Doubling(const std::string& first, const std::string& rest, int levels) {
  std::string all = first;
  for (int i = 1; i <= levels; ++i) {
    std::string line = rest;
    const auto put = [&](const std::string& mark, int number) {
      for (std::size_t at; (at = line.find(mark)) != std::string::npos;) {
        line.replace(at, mark.size(), std::to_string(number));
      }
    };
    put("#THIS", i);
    put("#LAST", i - 1);
    all += line + "\n";
  }
  return all;
}

struct RefusedText {
  const char* sentence;
  std::string text;
  const char* error;
};

void CheckRows(std::initializer_list<RefusedText> rows) {
  for (const RefusedText& row : rows) {
    INFO(row.sentence);
    CHECK(FirstError(row.text) == std::string(row.error));
  }
}

TEST_CASE("A file that is no scenario is said to be none") {
  std::string all_bytes;
  for (int i = 0; i < 2560; ++i) all_bytes += static_cast<char>(i % 256);
  CheckRows({
      {"empty", "", "the file is empty"},
      {"blank", " \n\t\n\n", "the file is empty"},
      {"comments", "// nothing\n/* here */\n", "the file holds nothing but comments"},
      {"binary", all_bytes, "this is not a text file: it holds a NUL byte"},
      {"UTF-16", std::string("\xff\xfep\0r\0", 6), "this file is UTF-16"},
      {"bytes that are no UTF-8", "process p { \xff\xfe; }", "these bytes are not valid UTF-8"},
      {"10 MB", std::string(10'000'000, 'x'),
       "this file has 10000000 bytes; a scenario has at most 1048576"},
      {"10 MB of lines", std::string(10'000'000, '\n'),
       "this file has 10000000 bytes; a scenario has at most 1048576"},
      {"one byte too many", kProcess + std::string(kMaxSourceBytes - kProcess.size() + 1, ' '),
       "this file has 1048577 bytes; a scenario has at most 1048576"},
      {"exactly the limit", kProcess + std::string(kMaxSourceBytes - kProcess.size(), ' '), ""},
      {"objects alone", "shared int x = 0;\n", "the scenario has no process"},
      {"a comment that does not end", "/* abc\n" + kProcess, "this comment is never closed"},
      {"a brace that is not closed", "process p { if (1) { step;\nprocess q { step; }",
       "missing `}` before `process`"},
      {"the end of the file in a block", "process p { while (1) {",
       "missing `}` at the end of the file"},
      {"a byte order mark", "\xef\xbb\xbf" + kProcess, ""},
      {"lines that end as on Windows", "process p {\r\n    step;\r\n}\r\n", ""},
  });
}

TEST_CASE("What is nested too deep is refused, however it is nested") {
  const char* const deep = "this is nested more than 200 levels deep";
  const std::string nested = Repeat("(", 10'000) + "1" + Repeat(")", 10'000);
  const std::string blocks = Repeat("{", 10'000) + Repeat("}", 10'000);
  const std::string lists = Repeat("{", 5'000) + "1" + Repeat("}", 5'000);
  const std::string ifs =
      Each(5'000, [](const std::string& i) { return "if (a == " + i + ") a = 1; else "; });
  CheckRows({
      {"parentheses", "process p { int x = " + nested + "; }", deep},
      {"parentheses that never close", "process p { int x = " + Repeat("(", 400'000), deep},
      {"blocks", "process p { " + blocks + " }", deep},
      {"not", "process p { int x = " + Repeat("!", 100'000) + "1; }", deep},
      {"minus", "process p { int x = " + Repeat("- ", 100'000) + "1; }", deep},
      {"?:", "process p { int a = 0; a = " + Repeat("a ? a : ", 50'000) + "a; }", deep},
      {"=", "process p { int a = 0; " + Repeat("a = ", 50'000) + "1; }", deep},
      {"else if", "shared int a = 0; process p { " + ifs + "; }", deep},
      {"lists", "shared int a[1] = " + lists + ";" + kProcess, deep},
      {"structs", Repeat("struct a { ", 500) + "int x;" + Repeat("} x;", 500) + kProcess, deep},
      {"quantifiers", kProcess + "invariant a: " + Repeat("forall (i : 0 .. 1) ", 300) + "i < 2;",
       deep},
      {"pointers", "shared int " + Repeat("*", 1'000) + "q = 0;" + kProcess,
       "a pointer has at most 8 levels"},
      {"dimensions", "shared int a" + Repeat("[1]", 1'000) + " = {};" + kProcess,
       "an array has at most 8 dimensions"},
      {"sections, not too deep",
       "process p { " + Repeat("section s { ", 150) + "step;" + Repeat("}", 150) + "}", ""},
      {"atomic blocks, not too deep",
       "process p { " + Repeat("atomic { ", 150) + "step;" + Repeat("}", 150) + "}", ""},
  });
}

TEST_CASE("Braces that are left out are nested 200 deep at most") {
  const auto nested = [](int levels) {
    return "struct s0 { int a[2]; };\n" + Each(levels, [](const std::string& i) {
             const std::string next = std::to_string(std::stoi(i) + 1);
             return "struct s" + next + " { struct s" + i + " s; };\n";
           });
  };
  const auto object = [&](int levels) {
    return nested(levels) + "shared struct s" + std::to_string(levels) + " x = {1, 2};\n" +
           "process p { struct s" + std::to_string(levels) + " y = {1}; }\n";
  };
  CHECK(FirstError(object(10)) == "");
  CHECK(FirstError(object(199)) == "");
  CHECK(FirstError(object(200)) == "struct s200 is nested more than 200 levels deep here");
  CHECK(FirstError(object(20'000)) == "struct s20000 is nested more than 200 levels deep here");
}

TEST_CASE("What is too long is refused") {
  const char* const long_expression = "this expression has more than 500 operators";
  const char* const macros = "the macros of this file stand for more than 1,000,000 tokens";
  const char* const large = "the program is too large: functions are inlined at every call";
  const auto shared = [](const std::string& rest) { return "shared int a = 0;\n" + rest; };
  CheckRows({
      {"a sum", shared("process p { int x = " + Repeat("a+", 100'000) + "a; }"), long_expression},
      {"commas", shared("process p { " + Repeat("a,", 100'000) + "a; }"), long_expression},
      {"macros that double",
       Doubling("#define A0 1\n", "#define A#THIS A#LAST + A#LAST", 40) +
           "process p { int x = A40; }",
       macros},
      {"macros of nothing that double",
       Doubling("#define A0\n", "#define A#THIS A#LAST A#LAST", 40) + "process p { A40 }", macros},
      {"macros that stand for each other", "#define A B\n#define B A\nprocess p { int x = A; }",
       "`A` is not declared"},
      {"a million bytes of one name",
       "shared int " + std::string(1'000'000, 'a') + " = 0;\n" + kProcess, ""},
      {"statements", shared("process p { " + Repeat("a=1;", 100'000) + "}"), large},
      {"cases",
       shared("process p { switch (a) { " +
              Each(8'000,
                   [](const std::string& i) { return "case " + i + ": a = " + i + "; break; "; }) +
              "} }"),
       large},
      {"locals",
       "process p { " + Each(60'000, [](const std::string& i) { return "int x" + i + "; "; }) +
           "step; }",
       large},
      {"a string", "shared char a[] = \"" + std::string(500'000, 'a') + "\";" + kProcess,
       "the length of this array cannot be read off its initialiser"},
      {"empty statements", "process p { " + Repeat(";", 900'000) + "}", ""},
      {"definitions",
       Each(40'000, [](const std::string& i) { return "#define A" + i + " " + i + "\n"; }) +
           kProcess,
       ""},
  });
}

TEST_CASE("Functions that call functions are refused before they are inlined without end") {
  const char* const large = "the program is too large: functions are inlined at every call";
  const char* const deep = "functions call functions more than 100 deep";
  const std::string twice = "int f#THIS(int x) { return f#LAST(x) + f#LAST(x); }";
  std::string forwards;
  for (int i = 0; i < 5'000; ++i) {
    forwards += fmt::format("int f{}(void); ", i + 1);
    forwards += fmt::format("int f{}(void) {{ return f{}(); }}\n", i, i + 1);
  }
  CheckRows({
      {"twice each",
       Doubling("int f0(int x) { return x; }\n", twice, 60) + "process p { int y = f60(1); }",
       large},
      {"twice each, doing nothing",
       Doubling("void f0(void) { }\n", "void f#THIS(void) { f#LAST(); f#LAST(); }", 60) +
           "process p { f60(); }",
       large},
      {"twice each, in a property",
       Doubling("int f0(int x) { return x; }\n", twice, 60) + kProcess +
           "invariant a: f60(1) == 0;",
       large},
      {"a long chain",
       Doubling("int f0(void) { return 1; }\n", "int f#THIS(void) { return f#LAST(); }", 5'000) +
           "process p { int y = f5000(); }",
       deep},
      {"a long chain, the other way",
       forwards + "int f5000(void) { return 1; }\n" + "process p { int y = f0(); }", deep},
      {"exactly as deep as is allowed",
       Doubling("int f0(void) { return 1; }\n", "int f#THIS(void) { return f#LAST(); }", 100) +
           "process p { int y = f100(); }",
       ""},
      {"a ring of functions",
       "int g(int n);\nint f(int n) { return g(n); }\nint g(int n) { return f(n); }\n" + kProcess,
       "`f` calls itself; functions are inlined, so recursion is refused"},
  });
}

TEST_CASE("Deep calls in deep blocks and expressions are refused before the stack ends") {
  const char* const deep =
      "calls, blocks and expressions are nested too deep: functions are inlined at every call";
  const std::string first = "shared int x = 0;\nint f0(void) { return x; }\n";
  const std::string process = "process p { int y = f90(); }";
  const std::string in_blocks = "int f#THIS(void) { " + Repeat("{", 180) + " return f#LAST(); " +
                                Repeat("}", 180) + " return 0; }";
  const std::string in_sums = "int f#THIS(void) { return f#LAST()" + Repeat(" + 1", 150) + "; }";
  const std::string in_conditions =
      "int f#THIS(void) { if (f#LAST()" + Repeat(" && 1", 150) + ") return 1; return 0; }";
  CheckRows({
      {"blocks", Doubling(first, in_blocks, 90) + process, deep},
      {"sums", Doubling(first, in_sums, 90) + process, deep},
      {"conditions", Doubling(first, in_conditions, 90) + process, deep},
      {"not so deep", Doubling(first, in_blocks, 5) + "process p { int y = f5(); }", ""},
  });
}

TEST_CASE("States that are too large are refused where they grow") {
  const char* const state = "a state has at most 65536 cells, with this it has more";
  const char* const array = "an array has 1 to 65536 cells";
  CheckRows({
      {"just too large", "shared int a[65536] = {};\n" + kProcess, state},
      {"just small enough", "shared int a[65533] = {};\n" + kProcess, ""},
      {"with written bits", "shared int a[60000];\nprocess p { a[1] = 1; int x = a[1]; }", state},
      {"a huge array", "shared int a[1000000000000];\n" + kProcess, array},
      {"arrays of arrays", "shared int a[256][256][256];\n" + kProcess, array},
      {"a length that overflows", "shared int a[9223372036854775807];\n" + kProcess, array},
      {"many arrays",
       Each(100, [](const std::string& i) { return "shared int a" + i + "[60000] = {};\n"; }) +
           kProcess,
       "shared memory is limited to 65536 cells; with `a1` it is larger"},
      {"many variables",
       Each(40'000, [](const std::string& i) { return "shared int x" + i + ";\n"; }) + kProcess,
       state},
      {"structs that double",
       Doubling("struct s0 { int a; };\n", "struct s#THIS { struct s#LAST a, b; };", 60) +
           "shared struct s60 x;\n" + kProcess,
       "a struct has at most 65536 cells; with `b` this one is larger"},
      {"a large local", "process p { int a[5000]; step; }",
       "a local variable has at most 4096 cells"},
      {"large locals of many processes",
       "process p[64] { int a[4096] = {}; step; a[self] = 1; step; int x = a[3]; step; x = a[2]; "
       "step; }",
       state},
      {"queues", "shared queue<int, 1024> q[60000];\n" + kProcess, array},
      {"a queue that is too long", "shared queue<int, 5000> q;\n" + kProcess,
       "the capacity of a queue is 1 to 1024, not 5000"},
      {"1,000 processes", "process p[1000] { step; }", "1000 processes: 1 to 64 are possible"},
      {"1,000 processes one by one",
       Each(1'000, [](const std::string& i) { return "process p" + i + " { step; }\n"; }),
       "1000 processes in all: at most 64 are possible"},
      {"a choice among too many", "process p { int x = choose (0 .. 1000000000); }",
       "more than 65,536 outcomes in one choose"},
  });
}

TEST_CASE("Very many small things are ordinary") {
  CHECK(FirstError("shared int x = 0; process p { " +
                   Each(50'000, [](const std::string& i) { return "a" + i + ": ; "; }) +
                   "x = 1; }") == "");
  CHECK(FirstError("shared int x = 0; process p { x = 1; }\n" +
                   Each(30'000,
                        [](const std::string& i) { return "never a" + i + ": x == 2;\n"; })) == "");
  CHECK(FirstError(kProcess + Repeat("expect holds;\n", 50'000)) == "");
  CHECK(FirstError("enum e { " + Each(50'000, [](const std::string& i) { return "a" + i + ", "; }) +
                   "};\n" + kProcess) == "");
  CHECK(FirstError("shared int a[] = { " + Repeat("1, ", 60'000) + "};\n" + kProcess) == "");
}

TEST_CASE("However many errors there are, twenty are shown") {
  const Source source("f.scn", "process p { " + Repeat("x y;\n", 10'000) + "}");
  Diagnostics diagnostics;
  BuildProgram(source, {}, {}, diagnostics);
  CHECK(diagnostics.error_count() > Diagnostics::kMaxErrors);
  CHECK(diagnostics.Sorted().size() <= Diagnostics::kMaxErrors + Diagnostics::kMaxWarnings);
}

TEST_CASE("A search that would not end is incomplete, never holds") {
  const std::string choices =
      "shared int x = 0;\n"
      "process p { x = choose (0 .. 65535); }\nprocess q { x = choose (0 .. 65535); }\n";
  CHECK(CheckUpTo(choices, 10'000).verdict == Verdict::kIncomplete);
  CHECK(CheckUpTo("shared int x = 0; process p[8] { for (;;) x = (x + 1) % 1000; }", 10'000)
            .verdict == Verdict::kIncomplete);
  CHECK(CheckUpTo("shared queue<int> q; process p { for (;;) append(q, 1); }", 10'000).verdict ==
        Verdict::kIncomplete);
  CHECK(CheckUpTo("process p { int n = 0; for (int i = 0; i < 100000000; i++) n ^= i; }", 10'000)
            .verdict == Verdict::kIncomplete);
}

TEST_CASE("Who reads for long without writing is not searched anew from each state") {
  // By hand: p stands before one of 20,000 reads or is done, q before one of 3 or done; each state
  // is another one since `s` and `i` count.
  const CheckResult result = CheckUpTo(
      "shared int x = 0;\n"
      "process p { int s = 0; for (int i = 0; i < 20000; i++) { if (x == 0) s = i; } }\n"
      "process q { int s = 0; for (int i = 0; i < 3; i++) { if (x == 0) s = i; } }\n",
      100'000);
  CHECK(result.verdict == Verdict::kHolds);
  CHECK(result.states == 20'001 * 4);
  CHECK(result.transitions == 20'000 * 4 + 20'001 * 3);
}

TEST_CASE("Judging a property takes only so long") {
  const CheckResult result = CheckUpTo(
      "shared int x = 0; process p { x = 1; }\n"
      "invariant a: forall (i : 0 .. 2000000000) x < 5;\n",
      10'000);
  CHECK(result.verdict == Verdict::kIncomplete);  // a limit, not a mistake of the scenario
}

// Last, so that it sees what all the others took: the peak of this process.
TEST_CASE("All this takes little memory") {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
#ifndef INTERLEAVE_SANITIZED
  CHECK(usage.ru_maxrss < 1'000'000);  // KiB
#endif
}

}  // namespace
}  // namespace interleave
