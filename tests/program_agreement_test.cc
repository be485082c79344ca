// Programs in C mean what gcc makes of them: seeded random whole programs (random_c_program.h) come
// to the same checksums, and an error planted in one is found, with its kind and line, after the
// same checksums as without it.

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/c_programs.h"
#include "tests/support/random_c_program.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr int kPrograms = 30;
#else
constexpr int kPrograms = 200;
#endif

constexpr const char* kBegin =
    "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n"
    "#include <stdlib.h>\n#include <string.h>\n";

std::string WithMain(const std::string& text, int number) {
  return kBegin + ("static long result[" + std::to_string(CProgram::kResultCells) + "];\n" + text) +
         "int main(void)\n{\n    p" + std::to_string(number) + "();\n    return 0;\n}\n";
}

int LinesIn(const std::string& text) {
  int lines = 0;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  return lines;
}

// What the programs give without their mistakes.
std::vector<Compiled> Compile(const std::vector<WholeProgram>& programs) {
  std::vector<std::string> texts;
  for (const WholeProgram& program : programs) texts.push_back(program.mended);
  // Not optimised: to compile takes longer than all else.
  return CompileAndRun(texts, "-O0 -frounding-math");
}

Granularity GranularityOf(std::size_t i) {
  return i % 2 == 0 ? Granularity::kAccess : Granularity::kStatement;
}

}  // namespace

TEST_CASE("Random whole programs in C come to gcc's checksums") {
  std::vector<WholeProgram> programs;
  for (int i = 0; i < kPrograms; ++i)
    programs.push_back(RandomWholeProgram(40'000 + static_cast<uint64_t>(i), i));
  const std::vector<Compiled> compiled = Compile(programs);
  long steps = 0;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const std::string text = WithMain(programs[i].text, static_cast<int>(i));
    INFO("seed " << programs[i].seed << "\n" << text);
    REQUIRE(compiled[i].finished);
    const Interpreted run = Interpret(text, GranularityOf(i), "program.c");
    CHECK(run.problem == "");
    CHECK(run.error.message == "");
    CHECK(Difference(run.results, compiled[i].results) == "");
    steps += run.steps;
  }
  MESSAGE(programs.size() << " programs of " << steps << " steps");
  CHECK(steps > 100 * kPrograms);
}

TEST_CASE("Errors planted in random whole programs in C are found where they are") {
  std::vector<WholeProgram> programs;
  for (int i = 0; i < kPrograms / 2; ++i)
    programs.push_back(RandomMistakenProgram(50'000 + static_cast<uint64_t>(i), i));
  const std::vector<Compiled> compiled = Compile(programs);
  std::map<std::string, int> found;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const WholeProgram& program = programs[i];
    const std::string text = WithMain(program.text, static_cast<int>(i));
    INFO("seed " << program.seed << ": " << program.mistake << "\n" << text);
    REQUIRE(compiled[i].finished);
    const Interpreted run = Interpret(text, GranularityOf(i), "program.c");
    CHECK(run.problem == "");
    CHECK(run.error.kind == program.error);
    const Source source("program.c", text);
    CHECK(source.Locate(run.error.range.begin).line ==
          program.planted_line + LinesIn(text) - LinesIn(program.text) - 5);
    Results before = compiled[i].results;
    for (std::size_t k = static_cast<std::size_t>(program.results_before); k < before.size(); ++k)
      before[k] = 0;
    CHECK(Difference(run.results, before) == "");
    ++found[program.mistake];
  }
  std::string list;
  for (const auto& [mistake, count] : found) list += ", " + std::to_string(count) + " " + mistake;
  MESSAGE(programs.size() << " programs" << list);
  for (const char* mistake : {"use after free", "write after free", "use after realloc",
                              "double free", "null", "unwritten", "bounds"}) {
    CAPTURE(mistake);
    CHECK(found[mistake] >= kPrograms / 60);
  }
}

}  // namespace interleave
