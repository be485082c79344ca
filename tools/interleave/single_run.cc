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

int ShowRun(const LoadedScenario& loaded, RunJudge& judge, Run& run, const std::string& title,
            bool color, const Trace* shown) {
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
    fmt::print("\n{}", RenderTrace(program, *loaded.source, shown == nullptr ? run.trace() : *shown,
                                   options));
    return run.going() ? 0 : kExitIncomplete;
  }
  Counterexample example;
  example.violation = *broken;
  example.trace = run.trace();
  const Explanation explanation = Explain(program, *loaded.source, example);
  const std::size_t steps = run.trace().steps.size();
  fmt::print("{}  {}  after {} {}\n",
             painter.Paint(std::string(VerdictWord(*broken, program)), Style::kRed),
             painter.Paint(explanation.what, Style::kBold), steps, steps == 1 ? "step" : "steps");
  if (!explanation.message.empty()) fmt::print("    {}\n", explanation.message);
  fmt::print("{}", note);
  fmt::print("\n{}", RenderCounterexample(program, *loaded.source, example, options));
  return ExitCodeOf(VerdictOf(program, *broken));
}

}  // namespace interleave
