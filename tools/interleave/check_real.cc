#include "tools/interleave/check_real.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "model/conform/explore_real.h"
#include "model/liveness/endless_runs.h"
#include "model/property/run_judge.h"
#include "model/report/text.h"
#include "model/report/text_layout.h"
#include "sim/world/run.h"
#include "sim/world/schedule_file.h"
#include "sim/world/simulated_world.h"
#include "tools/interleave/command.h"
#include "tools/interleave/files.h"
#include "tools/interleave/interrupt.h"
#include "tools/interleave/single_run.h"
#include "tools/interleave/worlds.h"

namespace interleave {
namespace {

// The run that real processes made, once more in the simulated world, to be shown.
void Repeat(const RealViolation& found, Run& run) {
  std::vector<EnabledChoice> start;
  for (int p = 0; p < run.program().process_count(); ++p) {
    const std::vector<EnabledChoice> outcomes = run.world().InitialOutcomes(p);
    const auto index = static_cast<std::size_t>(p);
    const auto same =
        std::find_if(outcomes.begin(), outcomes.end(), [&](const EnabledChoice& outcome) {
          return index >= found.start.size() || outcome.decided == found.start[index];
        });
    if (same == outcomes.end()) return;
    start.push_back(*same);
  }
  run.Start(start);
  for (const RealMove& move : found.moves) {
    if (!run.going()) return;
    const std::vector<EnabledChoice> enabled = run.world().EnabledOf(move.process);
    const auto same =
        std::find_if(enabled.begin(), enabled.end(),
                     [&](const EnabledChoice& choice) { return choice.decided == move.decided; });
    if (same == enabled.end()) return;
    run.Take(*same);
  }
}

}  // namespace

int CheckReal(const Arguments& arguments, const LoadedScenario& loaded,
              const CheckOptions& limits) {
  RealExploreOptions options;
  options.real.stop = &InterruptFlag();
  options.max_states = std::min<uint64_t>(limits.max_states, 1'000'000);
  options.max_seconds = limits.max_seconds;
  if (limits.progress) {
    options.progress = [&](uint64_t states, uint64_t steps, double seconds) {
      limits.progress({states, steps, 0, 0, 0, seconds, {}});
    };
  }
  RefuseForks(loaded.program());
  const RealExploration real = ExploreReal(loaded.program(), options);
  const std::string counts =
      fmt::format("    on real processes: {}, {}, {}; {}, {} of a process, {:.1f} s; {}\n",
                  Counted(real.states, "state"), Counted(real.transitions, "transition"),
                  Counted(real.finals.size(), "final state"), Counted(real.steps, "turn"),
                  Counted(real.starts, "start"), real.seconds,
                  real.complete ? "complete" : real.incomplete_reason);
  if (real.violations.empty()) {
    fmt::print("{}  {}  {}\n{}", real.complete ? "HOLDS" : "INCOMPLETE",
               real.complete ? "in every interleaving, on real processes" : real.incomplete_reason,
               loaded.source->name(), counts);
    if (real.complete) {
      std::string facts;
      for (const std::string& fact : CheckedFacts(loaded.program(), false)) {
        if (fact.rfind("reachable ", 0) == 0) continue;
        facts += (facts.empty() ? "" : ", ") + fact;
      }
      const bool states_none = loaded.program().properties.empty();
      fmt::print("    {}\n", states_none ? CheckedText(loaded.program()) : facts);
      if (SpeaksOfEndlessRuns(loaded.program()))
        fmt::print("    Not judged here: what is said of runs without an end.\n");
    }
    return real.complete ? 0 : kExitIncomplete;
  }
  // The shortest, of equals what ranks first.
  const RealViolation* first = nullptr;
  for (const auto& [rank, found] : real.violations) {
    if (first == nullptr || found.moves.size() < first->moves.size()) first = &found;
  }
  SimulatedWorld world(loaded.program());
  RunJudge judge(loaded.program(), RunJudge::Deadlock::kAtEnd);
  Run run(world, judge.AsStepJudge());
  Repeat(*first, run);
  const auto failure = FailureOf([&] {
    if (!arguments.Has("schedule")) return;
    WriteFile(arguments.Text("schedule"),
              WriteScheduleFile(loaded.program(), run.trace(), DefinesOf(arguments)));
  });
  const int code = ShowRun(loaded, judge, run, "", UseColor(arguments, STDOUT_FILENO));
  fmt::print("\n{}", counts);
  ThrowLater(failure);
  // The model does not break where real processes did.
  return code != 0 ? code : kExitRealWorldDiffers;
}

}  // namespace interleave
