// The language means what gcc makes of the same C: thousands of seeded random expressions and
// sequential programs give the same values, bit for bit, and the same first error, in kind and
// place, as gcc's undefined-behaviour sanitizer.
//
// Two C files are compiled: the programs as they are, optimised, for the values of those that
// reach their end; and with the sanitizer, each fallible operation's value kept (random_c.h), for
// the errors. Where the two must differ:
//   - DESIGN has one kind of error, overflow, for what gcc calls overflow, negation and shift;
//   - gcc gives a prefix `++` the column of what is around it.
// INT_MIN % -1 and a left shift of a negative value are errors to both.

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/c_programs.h"
#include "tests/support/random_c.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr int kShare = 8;  // one program in so many
#else
constexpr int kShare = 1;
#endif

struct Mix {
  int programs = 0;
  int finished = 0;
  int expressions = 0;  // evaluated, the last one perhaps in part
  std::map<std::string, int> errors;
};

std::string Describe(const CProgram& program, const Interpreted& interpreted,
                     const Compiled& compiled) {
  const Source source("program.scn", program.scenario);
  std::string text = "seed " + std::to_string(program.seed) + "\n" + program.scenario;
  if (interpreted.error.kind != ErrorKind::kNone) {
    const LineColumn at = source.Locate(interpreted.error.range.begin);
    text += "interpreter: " + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " +
            interpreted.error.message + ", in `" +
            std::string(source.Slice(interpreted.error.range)) + "`\n";
  }
  if (!compiled.report.empty()) {
    const Source c("program.c", program.sanitized);
    text += "gcc: line " + std::to_string(compiled.position.line) + ": " + compiled.report +
            ", at `" +
            std::string(c.Line(compiled.position.line).substr(compiled.position.column - 1, 30)) +
            "`\n";
  }
  return text;
}

bool SamePlace(const CProgram& program, SourceRange range, LineColumn position) {
  const std::string sign = program.scenario.substr(range.begin, 2);
  for (const FallibleOperation& operation : program.operations) {
    if (operation.range.begin != range.begin || operation.range.end != range.end) continue;
    const bool same_column =
        operation.operation.column == position.column || sign == "++" || sign == "--";
    if (operation.operation.line == position.line && same_column) return true;
  }
  return false;
}

void JudgeRun(const CProgram& program, const Interpreted& interpreted, const Compiled& plain,
              const Compiled& sanitized, Mix& mix) {
  const auto wrong = [&](const std::string& what) {
    FAIL_CHECK(what << "\n" << Describe(program, interpreted, sanitized));
  };
  if (!interpreted.problem.empty()) return wrong(interpreted.problem);
  const bool fails = interpreted.error.kind != ErrorKind::kNone || !sanitized.report.empty();
  if (fails) {
    if (interpreted.error.kind != sanitized.kind) return wrong("the first errors differ in kind");
    if (!SamePlace(program, interpreted.error.range, sanitized.position))
      return wrong("the first errors differ in place");
    ++mix.errors[ErrorName(sanitized.kind)];
  } else if (!sanitized.finished || !plain.finished) {
    return wrong("the compiled program does not end");
  }
  const std::string with_checks = Difference(interpreted.results, sanitized.results);
  if (!with_checks.empty()) return wrong("with the sanitizer: " + with_checks);
  const std::string without = fails ? "" : Difference(interpreted.results, plain.results);
  if (!without.empty()) return wrong("optimised: " + without);
  ++mix.programs;
  mix.finished += fails ? 0 : 1;
  const std::size_t end = fails ? interpreted.error.range.begin : std::string::npos;
  // result[0] to result[7] are expressions, the rest the variables at the end.
  constexpr std::string_view kStatement = "\n    result[";
  for (std::size_t at = 0; (at = program.scenario.find(kStatement, at)) < end;
       at += kStatement.size()) {
    const std::string index = program.scenario.substr(at + kStatement.size(), 2);
    if (index[1] == ']' && index[0] < '8') ++mix.expressions;
  }
}

Mix Compare(const std::vector<CProgram>& programs) {
  std::vector<std::string> texts;
  for (const CProgram& program : programs) texts.push_back(program.sanitized);
  const std::vector<Compiled> sanitized = CompileAndRun(texts, kSanitizerFlags);
  // What is undefined in one program could disturb the next, so only the good ones.
  for (std::size_t i = 0; i < programs.size(); ++i) {
    texts[i] =
        sanitized[i].finished ? programs[i].plain : "void p" + std::to_string(i) + "(void) {}";
  }
  const std::vector<Compiled> plain = CompileAndRun(texts, "-O1");
  Mix mix;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const Granularity granularity = i % 2 == 0 ? Granularity::kAccess : Granularity::kStatement;
    JudgeRun(programs[i], Interpret(programs[i].scenario, granularity), plain[i], sanitized[i],
             mix);
  }
  std::string errors;
  for (const auto& [name, count] : mix.errors) errors += ", " + std::to_string(count) + " " + name;
  if (mix.expressions > 0) errors += "; " + std::to_string(mix.expressions) + " expressions";
  MESSAGE(mix.programs << " programs, of which " << mix.finished << " end" << errors);
  return mix;
}

}  // namespace

TEST_CASE("Random expressions have gcc's values and its sanitizer's first error") {
  std::vector<CProgram> programs;
  for (int i = 0; i < 850 / kShare; ++i)
    programs.push_back(RandomExpressions(10'000 + static_cast<uint64_t>(i), i));
  Mix mix = Compare(programs);
  CHECK(mix.expressions >= 3000 / kShare);
  for (const char* kind : {"overflow", "division", "index"}) {
    INFO(kind);
    CHECK(mix.errors[kind] >= 20 / kShare);
  }
}

TEST_CASE("Random sequential programs have gcc's values and its sanitizer's first error") {
  std::vector<CProgram> programs;
  for (int i = 0; i < 500 / kShare; ++i) {
    programs.push_back(RandomSequentialProgram(20'000 + static_cast<uint64_t>(i), i));
  }
  Mix mix = Compare(programs);
  CHECK(mix.finished >= 200 / kShare);
  for (const char* kind : {"overflow", "division", "index"}) {
    INFO(kind);
    CHECK(mix.errors[kind] >= 20 / kShare);
  }
}

}  // namespace interleave
