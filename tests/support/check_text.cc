#include "tests/support/check_text.h"

#include <fmt/format.h>

namespace interleave {

std::string TextOf(const CheckResult& result, bool with_counts) {
  std::string text = fmt::format("{} complete {} `{}`", VerdictName(result.verdict),
                                 result.complete, result.incomplete_reason);
  if (with_counts) {
    text += fmt::format(": {} states, {} transitions, depth {}", result.states, result.transitions,
                        result.depth);
  }
  text += '\n';
  // Of a search that ended early the warnings depend on where it was.
  const bool with_warnings = with_counts || result.complete;
  for (const Vacuity& vacuity : result.vacuities) {
    if (!with_warnings) continue;
    text += fmt::format("warning at {}: {}\n", vacuity.range.begin, vacuity.message);
  }
  for (const Counterexample& counterexample : result.counterexamples) {
    text += fmt::format("rank {}, shortest {}:", counterexample.violation.Rank(),
                        counterexample.is_shortest);
    for (const TraceStep& step : counterexample.trace.steps) {
      text += fmt::format(" {}", step.process);
    }
    text += '\n';
  }
  return text;
}

}  // namespace interleave
