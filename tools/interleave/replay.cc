// interleave replay: a recorded schedule, strictly.

#include <fmt/format.h>
#include <unistd.h>

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
  const std::size_t steps = run.trace().steps.size();
  return ShowRun(
      loaded, judge, run,
      fmt::format("REPLAYED  {} {}, nothing broke", steps, steps == 1 ? "step" : "steps"),
      UseColor(*parsed, STDOUT_FILENO));
}

}  // namespace interleave
