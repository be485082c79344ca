// The text of compiled programs, and the hash that schedules carry.

#include "sim/program/show.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

constexpr const char* kBase =
    "#define N 2\n"
    "shared int x = 0;\n"
    "process p[N] { int k = x; x = k + 1; }\n"
    "invariant small: x <= N;\n";

uint64_t HashOf(const std::string& text, const OptionOverrides& options = {}) {
  const LoadedScenario loaded = LoadScenario(text, {}, options);
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  return ProgramHash(*loaded);
}

TEST_CASE("What a schedule cannot notice leaves the hash alone") {
  const std::string base = kBase;
  const char* const same[] = {
      // Comments, layout, includes.
      "// words\n#include <stdio.h>\n#define N 2\n\n\nshared int x = 0; /* here */\n"
      "process p[N]\n{\n    int k = x;\n    x = k + 1;\n}\ninvariant small: x <= N;\n",
      // Properties, schedules, expectations.
      "#define N 2\nshared int x = 0;\nprocess p[N] { int k = x; x = k + 1; }\n"
      "never big: x > 7;\nproperty race;\n"
      "schedule \"s\" { run p[0]; expect x == 1; }\nexpect holds states 99;\n",
      // A macro by its value.
      "shared int x = 0;\nprocess p[1 + 1] { int k = x; x = k + 1; }\n",
  };
  for (const char* text : same) CHECK_MESSAGE(HashOf(text) == HashOf(base), text);
}

TEST_CASE("What changes the steps changes the hash") {
  const std::string base = kBase;
  const char* const different[] = {
      "shared int x = 0;\nprocess p[3] { int k = x; x = k + 1; }\n",   // how many
      "shared int x = 1;\nprocess p[2] { int k = x; x = k + 1; }\n",   // initial value
      "shared int x = 0;\nprocess p[2] { int k = x; x = k + 2; }\n",   // a constant
      "shared int x = 0;\nprocess p[2] { int k = x; x = k - 1; }\n",   // an operator
      "shared char x = 0;\nprocess p[2] { int k = x; x = k + 1; }\n",  // a type
      "shared int x = 0;\nprocess q[2] { int k = x; x = k + 1; }\n",   // a name
      "shared int x;\nprocess p[2] { int k = x; x = k + 1; }\n",       // unwritten
      "shared int x = 0;\nprocess p[2] { x = x + 1; step; }\n",
      "shared int x = 0;\nprocess p[2] { atomic { int k = x; x = k + 1; } }\n",
  };
  for (const char* text : different) CHECK_MESSAGE(HashOf(text) != HashOf(base), text);
  CHECK(HashOf(base, {{"granularity", "statement"}}) != HashOf(base));
}

TEST_CASE("The hash has 16 digits") {
  CHECK(HashText(0) == "0000000000000000");
  CHECK(HashText(0xabcdefU) == "0000000000abcdef");
}

TEST_CASE("The text names objects, processes, points and properties") {
  const LoadedScenario loaded = LoadScenario(
      "shared char buffer[3];\n"
      "shared queue<int, 2> q;\n"
      "ghost int g = 4;\n"
      "process p { int k = 1; while (buffer[0] == k) ; append(q, k); ghost g = k; }\n"
      "daemon process d { for (;;) { int v = take(q); await (v > 0); } }\n"
      "property slots (buffer);\n"
      "invariant i: g > 0;\n");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  const std::string text = ShowProgram(*loaded);
  for (const char* part :
       {"granularity access", "shared buffer: char [3]", "written bits in", "objects of 3 slots",
        "ghost g: int", "slot", "process p", "daemon process d", "in a loop", "begin of queue.take",
        "end of queue.append", "begin of atomic", "block unless", "property slots (buffer)",
        "invariant i", "local k: int"}) {
    CHECK_MESSAGE(text.find(part) != std::string::npos, part);
  }
  CHECK(text.substr(0, 8) == "program ");
  CHECK(text.substr(8, 16) == HashText(ProgramHash(*loaded)));
}

TEST_CASE("The same program is shown in the same bytes whatever its layout") {
  const LoadedScenario a = LoadScenario("shared int x = 0;\nprocess p { x = 1; }\n");
  const LoadedScenario b = LoadScenario("// other\nshared int x=0 ;\n\n\nprocess p\n{ x=1; }\n");
  REQUIRE(a);
  REQUIRE(b);
  CHECK(ShowProgram(*a) == ShowProgram(*b));
}

}  // namespace
}  // namespace interleave
