#include "tools/interleave/single_run.h"

#include <fmt/format.h>

#include "model/report/explain.h"
#include "model/report/text.h"
#include "model/report/text_layout.h"
#include "model/search/check.h"
#include "tools/interleave/command.h"
#include "tools/interleave/terminal.h"
#include "tools/interleave/worlds.h"

namespace interleave {
namespace {

Verdict VerdictOf(const Program& program, const Violation& violation) {
  if (violation.kind == Violation::Kind::kError) return Verdict::kError;
  if (violation.kind == Violation::Kind::kDeadlock) return Verdict::kDeadlock;
  const Property& property = program.properties[static_cast<std::size_t>(violation.property)];
  return property.kind == PropertyKind::kRace ? Verdict::kRace : Verdict::kViolated;
}

const char* Word(Verdict verdict) {
  switch (verdict) {
    case Verdict::kError: return "ERROR";
    case Verdict::kDeadlock: return "DEADLOCK";
    case Verdict::kRace: return "RACE";
    case Verdict::kHolds:
    case Verdict::kViolated:
    case Verdict::kVacuous:
    case Verdict::kIncomplete: break;
  }
  return "VIOLATED";
}

}  // namespace

int ShowRun(const LoadedScenario& loaded, RunJudge& judge, Run& run, const std::string& title,
            bool color) {
  const Program& program = loaded.program();
  const Painter painter(color);
  TextOptions options;
  options.color = color;
  options.width = OutputWidth();
  const std::optional<Violation> broken = judge.Broken(run);
  const std::string real = WorldText(run.world());
  const std::string note = real.empty() ? "" : fmt::format("    {}\n", real);
  if (!broken) {
    const std::string end = EndText(run);
    fmt::print("{}\n", painter.Paint(title, Style::kBold));
    if (!end.empty()) fmt::print("    ends there: {}\n", end);
    fmt::print("{}", note);
    fmt::print("\n{}", RenderTrace(program, *loaded.source, run.trace(), options));
    return run.going() ? 0 : kExitIncomplete;
  }
  Counterexample example;
  example.violation = *broken;
  example.trace = run.trace();
  const Explanation explanation = Explain(program, *loaded.source, example);
  const Verdict verdict = VerdictOf(program, *broken);
  const std::size_t steps = run.trace().steps.size();
  fmt::print("{}  {}  after {} {}\n", painter.Paint(Word(verdict), Style::kRed),
             painter.Paint(explanation.what, Style::kBold), steps, steps == 1 ? "step" : "steps");
  if (!explanation.message.empty()) fmt::print("    {}\n", explanation.message);
  fmt::print("{}", note);
  fmt::print("\n{}", RenderCounterexample(program, *loaded.source, example, options));
  return ExitCodeOf(verdict);
}

}  // namespace interleave
