// interleave replay: a recorded schedule, strictly.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "sim/world/schedule_file.h"
#include "tools/interleave/command.h"
#include "tools/interleave/load_schedule.h"
#include "tools/interleave/single_run.h"
#include "tools/interleave/worlds.h"

namespace interleave {

int ReplayCommand(const std::vector<std::string>& arguments) {
  boost::program_options::options_description options;
  AddProgramOptions(options);
  AddWorldOptions(options);
  AddColorOption(options);
  const CommandHelp help = {
      "interleave replay [OPTION...] FILE X.sched",
      "Takes the steps of a schedule (`interleave check --schedule X.sched` writes one) and shows\n"
      "what comes of them. The schedule's own --granularity and --define hold, unless others are\n"
      "given. It must fit: another program, a process that cannot move or a decision that is not\n"
      "possible is an error with its place in the schedule.\n"
      "\n"
      "exit codes: 0 nothing broke, 1 usage, 2 the scenario has errors or the schedule does not\n"
      "fit, 11 to 15 as `interleave check` for what broke, 20 a limit\n"};
  const auto parsed = ParseArguments(arguments, help, options);
  if (!parsed) return 0;
  RealOptionsOf(*parsed);  // a wrong one is said before a file is read
  const auto [program, path] = ProgramAndSchedule(parsed->files);
  const bool error_color = UseColor(*parsed, STDERR_FILENO);
  const auto schedule = LoadSchedule(path, error_color);
  if (!schedule) return kExitScenarioErrors;
  const LoadedScenario loaded = LoadFor(*schedule, program, *parsed, error_color);
  if (!loaded.ok()) return kExitScenarioErrors;
  const std::unique_ptr<World> world = MakeWorld(*parsed, loaded.program());
  RunJudge judge(loaded.program(), RunJudge::Deadlock::kAtEnd);
  Run run(*world, judge.AsStepJudge());
  if (!ReplayLoaded(run, *schedule, error_color)) return kExitScenarioErrors;
  const bool color = UseColor(*parsed, STDOUT_FILENO);
  const std::size_t steps = schedule->file.loop_start.value_or(run.trace().steps.size());
  std::string title = fmt::format("REPLAYED  {} {}", steps, steps == 1 ? "step" : "steps");
  if (!schedule->file.loop_start)
    return ShowRun(loaded, judge, run, title + ", nothing broke", color);
  // One round of the loop is shown.
  Trace shown = run.trace();
  shown.steps.resize(std::min(shown.steps.size(), schedule->file.steps.size()));
  shown.loop_start = schedule->file.loop_start;
  const std::size_t loop = schedule->file.steps.size() - *schedule->file.loop_start;
  title += loop == 0 ? " to an end that lasts for ever"
                     : fmt::format(
                           " and {} rounds of a loop of {}, each back to the same state: this "
                           "can go on for ever",
                           kScheduleRounds, loop);
  return ShowRun(loaded, judge, run, title, color, &shown);
}

}  // namespace interleave
