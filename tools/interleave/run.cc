// interleave run: one run of a scenario.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include <boost/program_options/value_semantic.hpp>

#include "sim/language/characters.h"
#include "sim/world/schedule_file.h"
#include "sim/world/schedule_run.h"
#include "tools/interleave/command.h"
#include "tools/interleave/files.h"
#include "tools/interleave/interactive.h"
#include "tools/interleave/load_schedule.h"
#include "tools/interleave/single_run.h"
#include "tools/interleave/worlds.h"

namespace interleave {
namespace {

namespace po = boost::program_options;

constexpr uint64_t kDefaultSteps = 1000;

CommandHelp RunHelp() {
  return {
      "interleave run [OPTION...] FILE",
      "Makes one run and shows it. Invariants and errors are judged after every step.\n"
      "\n"
      "  --schedule NAME      a schedule of the file\n"
      "  --schedule X.sched   a recorded schedule, as `interleave replay` does\n"
      "  --random SEED        random choices; the same seed makes the same run everywhere\n"
      "  --interactive        you are the scheduler: reads a choice a line from standard input\n"
      "\n"
      "Without any of these: --random 1. A schedule of the file may end in a deadlock, which its\n"
      "`expect` lines are there to judge; any other run that ends in one is told so.\n"
      "\n"
      "exit codes: 0 nothing broke, 1 usage, 2 the scenario has errors, 3 a schedule of the file\n"
      "does not go as it says, 10 an assume cuts every start, 11 to 15 as `interleave check` for "
      "what broke, 20 a limit\n"};
}

// Writes the run, if that is asked for, and shows it, whatever came of the writing.
int SaveAndShow(const Arguments& arguments, const LoadedScenario& loaded, const Run& run,
                const DefineOverrides& defines, const std::function<int()>& show) {
  const auto failure = FailureOf([&] {
    if (!arguments.Has("save")) return;
    WriteFile(arguments.Text("save"), WriteScheduleFile(loaded.program(), run.trace(), defines));
  });
  const int code = show();
  ThrowLater(failure);
  return code;
}

int RunRecorded(const Arguments& arguments, const std::string& path) {
  const bool error_color = UseColor(arguments, STDERR_FILENO);
  const auto schedule = LoadSchedule(path, error_color);
  if (!schedule) return kExitScenarioErrors;
  const LoadedScenario loaded =
      LoadFor(*schedule, OneProgram(arguments.files), arguments, error_color);
  if (!loaded.ok()) return kExitScenarioErrors;
  const std::unique_ptr<World> world = MakeWorld(arguments, loaded.program());
  RunJudge judge(loaded.program(), RunJudge::Deadlock::kAtEnd);
  Run run(*world, judge.AsStepJudge());
  if (!ReplayLoaded(run, *schedule, error_color)) return kExitScenarioErrors;
  return SaveAndShow(arguments, loaded, run, schedule->file.defines, [&] {
    return ShowRun(loaded, judge, run, fmt::format("RAN  {}", Printable(path)),
                   UseColor(arguments, STDOUT_FILENO));
  });
}

int RunNamed(const Arguments& arguments, const LoadedScenario& loaded, const Schedule& schedule) {
  const std::unique_ptr<World> world = MakeWorld(arguments, loaded.program());
  RunJudge judge(loaded.program());
  Run run(*world, judge.AsStepJudge());
  const ScheduleResult result = RunSchedule(run, schedule, *loaded.source);
  const bool failed = result.end == ScheduleResult::End::kFailed;
  return SaveAndShow(arguments, loaded, run, DefinesOf(arguments), [&] {
    if (!run.trace().initial.empty()) {
      const std::string title =
          fmt::format("{}  schedule \"{}\"", failed ? "FAILED" : "RAN", schedule.name);
      const int code = ShowRun(loaded, judge, run, title, UseColor(arguments, STDOUT_FILENO));
      if (code != 0) return code;
    }
    Diagnostics diagnostics;
    if (failed) {
      diagnostics.Error(result.failure.range, result.failure.message, result.failure.hint);
    }
    for (const Diagnostic& note : result.notes) diagnostics.Note(note.range, note.message);
    PrintDiagnostics(diagnostics, *loaded.source, UseColor(arguments, STDERR_FILENO));
    return failed ? kExitNotAsExpected : 0;
  });
}

int RunRandom(const Arguments& arguments, const LoadedScenario& loaded, uint64_t seed,
              uint64_t max_steps) {
  const std::unique_ptr<World> world = MakeWorld(arguments, loaded.program());
  RunJudge judge(loaded.program(), RunJudge::Deadlock::kEndsRun);
  Run run(*world, judge.AsStepJudge());
  bool complete = false;
  const bool started = RandomWalk(run, seed, max_steps, [&](const Trace&) {
    complete = judge.judge().IsComplete(run.state().data());
    return complete;
  });
  if (!started) {
    fmt::print("RAN  --random {}: an assume cuts every start\n", seed);
    return kExitVacuous;
  }
  complete = complete || (run.going() && judge.judge().IsComplete(run.state().data()));
  const std::size_t steps = run.trace().steps.size();
  const std::string title =
      fmt::format("RAN  --random {}: {} {}, {}", seed, steps, steps == 1 ? "step" : "steps",
                  complete ? "complete, nothing broke" : "not complete, nothing broke");
  return SaveAndShow(arguments, loaded, run, DefinesOf(arguments), [&] {
    return ShowRun(loaded, judge, run, title, UseColor(arguments, STDOUT_FILENO));
  });
}

const Schedule* FindSchedule(const Program& program, const std::string& name) {
  const auto it = std::find_if(program.schedules.begin(), program.schedules.end(),
                               [&](const Schedule& schedule) { return schedule.name == name; });
  return it == program.schedules.end() ? nullptr : &*it;
}

[[noreturn]] void NoSchedule(const Program& program, const std::string& name) {
  std::vector<std::string> names;
  for (const Schedule& schedule : program.schedules) names.push_back(schedule.name);
  const std::string nearest = NearestName(name, names);
  std::string text = fmt::format("the scenario has no schedule \"{}\"", name);
  if (!nearest.empty()) {
    text += fmt::format("; did you mean \"{}\"?", nearest);
  } else if (names.empty()) {
    text += ": it has none at all";
  } else {
    text += fmt::format("; it has \"{}\"", fmt::join(names, "\", \""));
  }
  throw UsageError(text);
}

}  // namespace

int RunCommand(const std::vector<std::string>& arguments) {
  po::options_description options;
  AddProgramOptions(options);
  options.add_options()("schedule", po::value<std::string>()->value_name("NAME|FILE.sched"),
                        "a schedule of the file, or a recorded one")(
      "random", po::value<std::string>()->value_name("SEED"), "random choices")(
      "steps", po::value<std::string>()->value_name("N"),
      "end a random run after so many; default 1000")("interactive", "you choose")(
      "save", po::value<std::string>()->value_name("OUT.sched"),
      "write the run as a schedule, for `interleave replay`");
  AddWorldOptions(options);
  AddColorOption(options);
  const auto parsed = ParseArguments(arguments, RunHelp(), options);
  if (!parsed) return 0;
  RealOptionsOf(*parsed);  // a wrong one is said before a file is read
  const int ways = parsed->Has("schedule") + parsed->Has("random") + parsed->Has("interactive");
  if (ways > 1) throw UsageError("only one of --schedule, --random and --interactive");
  if (parsed->Has("steps") && !parsed->Has("random") && ways > 0) {
    throw UsageError("--steps goes with --random");
  }
  const std::vector<std::string> paths = OneProgram(parsed->files);
  if (parsed->Has("save")) RequireWritable(parsed->Text("save"), parsed->files);
  if (parsed->Has("schedule") && parsed->Text("schedule").ends_with(".sched")) {
    return RunRecorded(*parsed, parsed->Text("schedule"));
  }
  if (parsed->Has("interactive") && paths.front() == "-") {
    throw UsageError("--interactive reads choices from standard input: the scenario needs a file");
  }
  const uint64_t seed =
      parsed->Has("random") ? ParseNumber(parsed->Text("random"), "random", 0, UINT64_MAX) : 1;
  const uint64_t steps = parsed->Has("steps")
                             ? ParseNumber(parsed->Text("steps"), "steps", 1, Run::kMaxSteps)
                             : kDefaultSteps;
  const LoadedScenario loaded = LoadScenario(paths, DefinesOf(*parsed), OverridesOf(*parsed),
                                             UseColor(*parsed, STDERR_FILENO));
  if (!loaded.ok()) return kExitScenarioErrors;
  if (parsed->Has("schedule")) {
    const Schedule* schedule = FindSchedule(loaded.program(), parsed->Text("schedule"));
    if (schedule == nullptr) NoSchedule(loaded.program(), parsed->Text("schedule"));
    return RunNamed(*parsed, loaded, *schedule);
  }
  if (!parsed->Has("interactive")) return RunRandom(*parsed, loaded, seed, steps);
  const std::unique_ptr<World> world = MakeWorld(*parsed, loaded.program());
  RunJudge judge(loaded.program(), RunJudge::Deadlock::kAtEnd);
  Run run(*world, judge.AsStepJudge());
  const bool color = UseColor(*parsed, STDOUT_FILENO);
  if (!SteerByHand(loaded, judge, run, color)) return 0;
  return SaveAndShow(*parsed, loaded, run, DefinesOf(*parsed),
                     [&] { return ShowRun(loaded, judge, run, "RAN  --interactive", color); });
}

}  // namespace interleave
