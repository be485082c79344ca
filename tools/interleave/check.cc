// interleave check: every interleaving of a scenario.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "model/report/json.h"
#include "model/report/shell_words.h"
#include "model/report/text.h"
#include "model/search/check.h"
#include "model/search/checkpoint.h"
#include "sim/language/characters.h"
#include "sim/world/schedule_file.h"
#include "tools/interleave/check_real.h"
#include "tools/interleave/command.h"
#include "tools/interleave/files.h"
#include "tools/interleave/interrupt.h"
#include "tools/interleave/limits.h"
#include "tools/interleave/load_scenario.h"
#include "tools/interleave/options.h"
#include "tools/interleave/progress.h"
#include "tools/interleave/small_scope.h"
#include "tools/interleave/terminal.h"

namespace interleave {
namespace {

namespace po = boost::program_options;

po::options_description CheckOptionsDescription() {
  po::options_description options;
  AddProgramOptions(options);
  const auto word = [](const char* standard, const char* name) {
    return po::value<std::string>()->default_value(standard)->value_name(name);
  };
  options.add_options()("explorer", word("bfs", "bfs|dfs"),
                        "breadth-first, or depth-first (less memory for the frontier)")(
      "engine", word("auto", "auto|interpreted|native"),
      "how steps are executed; auto: interpreted, and compiled by the C compiler when there are "
      "many")("reduce", word("por", "none|por|symmetry|all"),
              "leave out what shows nothing new; por: interleavings (partial order); symmetry: "
              "processes that have changed places")(
      "threads", word("1", "1"), "how many search with compiled steps; interpreted, one does")(
      "keep-going", "one counterexample a property, not the first only")(
      "schedule", po::value<std::string>()->value_name("OUT.sched"),
      "write the (first) counterexample as a schedule, for `interleave replay`");
  options.add_options()("world", word("simulated", "simulated|real"),
                        "real: every interleaving on real processes, started anew for each way, "
                        "without the model; for small scenarios");
  AddLimitOptions(options);
  options.add_options()("checkpoint", po::value<std::string>()->value_name("FILE"),
                        "write there, now and then and when a limit or an interrupt (Ctrl-C, "
                        "SIGTERM, SIGHUP) ends the search, what is needed to go on")(
      "checkpoint-every", word("60", "S"), "seconds between two of them")(
      "resume", po::value<std::string>()->value_name("FILE"), "go on with a checkpoint");
  options.add_options()("vacuity", word("warn", "warn|error"),
                        "whether a check that checks nothing is a warning or exit code 10")(
      "json", "print the result as JSON")("progress", word("auto", "auto|always|never"),
                                          "on standard error; auto: when that is a terminal");
  AddColorOption(options);
  return options;
}

CommandHelp CheckHelp() {
  return {
      "interleave check [OPTION...] FILE...",
      "Searches every interleaving and judges every property. The first line says what holds or\n"
      "breaks; what breaks is shown by the shortest run that breaks it. Expectations in the\n"
      "file are not judged: that is `interleave test`. All FILEs in C are one program.\n"
      "\n" +
          LimitHelp() +
          "\n"
          "exit codes: 0 holds, 1 usage, 2 the scenario has errors, 10 an assumption that no run\n"
          "survives (or, with --vacuity error, a check that checks nothing), 11 deadlock,\n"
          "12 property violated, 14 run-time error or assertion, 15 data race, 20 incomplete.\n"
          "Of several FILEs: the code of the first that is not 0\n"};
}

class CheckSession {
 public:
  explicit CheckSession(const Arguments& arguments)
      : arguments_(arguments), programs_(ProgramsOf(arguments.files)) {
    check_.explorer = WordOf(arguments, "explorer", {"bfs", "dfs"}, {"parallel", "random"}) == "bfs"
                          ? ExplorerKind::kBreadthFirst
                          : ExplorerKind::kDepthFirst;
    const std::string engine = WordOf(arguments, "engine", {"auto", "interpreted", "native"});
    check_.engine.engine = engine == "native"        ? Engine::kNative
                           : engine == "interpreted" ? Engine::kInterpreted
                                                     : Engine::kAuto;
    const std::string reduce = WordOf(arguments, "reduce", {"none", "por", "symmetry", "all"});
    check_.reduce.partial_order = reduce == "por" || reduce == "all";
    check_.reduce.symmetry = reduce == "symmetry" || reduce == "all";
    check_.engine.threads = ThreadsOf(arguments);
    if (WordOf(arguments, "world", {"simulated", "real"}) == "real" &&
        (arguments.Has("json") || arguments.Text("explorer") != "bfs")) {
      throw UsageError("--world real explores breadth-first and prints text");
    }
    SetLimits(arguments, check_);
    check_.keep_going = arguments.Has("keep-going");
    SetCheckpoints();
    check_.stop = &InterruptFlag();
    check_.vacuity_is_error = WordOf(arguments, "vacuity", {"warn", "error"}) == "error";
    const std::string progress = WordOf(arguments, "progress", {"auto", "always", "never"});
    const bool terminal = isatty(STDERR_FILENO) == 1;
    shows_progress_ = progress == "always" || (progress == "auto" && terminal);
    color_ = UseColor(arguments, STDOUT_FILENO);
    error_color_ = UseColor(arguments, STDERR_FILENO);
    if (arguments.Has("schedule") && programs_.size() > 1) {
      throw UsageError("--schedule writes one counterexample: give one FILE");
    }
    if (arguments.Has("json") && programs_.size() > 1) {
      throw UsageError("--json prints one result: give one FILE");
    }
    if (arguments.Has("schedule")) RequireWritable(arguments.Text("schedule"), arguments.files);
  }

  void SetCheckpoints() {
    const bool has_any = arguments_.Has("checkpoint") || arguments_.Has("resume");
    if (!has_any) return;
    if (programs_.size() > 1) throw UsageError("a checkpoint is of one FILE");
    if (check_.keep_going)
      throw UsageError("--checkpoint and --resume do not go with --keep-going");
    if (arguments_.Text("world") == "real") {
      throw UsageError("--checkpoint and --resume do not go with --world real");
    }
    check_.checkpoint_seconds =
        ParseSeconds(arguments_.Text("checkpoint-every"), "checkpoint-every");
    if (arguments_.Has("resume")) check_.resume = arguments_.Text("resume");
    if (!arguments_.Has("checkpoint")) return;
    check_.checkpoint = arguments_.Text("checkpoint");
    RequireWritable(check_.checkpoint, arguments_.files, true);
  }

  const std::vector<std::vector<std::string>>& programs() const { return programs_; }

  int OneProgram(const std::vector<std::string>& paths) {
    const DefineOverrides defines = DefinesOf(arguments_);
    const LoadedScenario loaded =
        LoadScenario(paths, defines, OverridesOf(arguments_), error_color_);
    if (!loaded.ok()) {
      if (arguments_.Has("json")) {
        fmt::print("{}", RenderDiagnosticsJson(loaded.diagnostics, *loaded.source));
      }
      return kExitScenarioErrors;
    }
    ProgressLine progress(isatty(STDERR_FILENO) == 1, check_.max_memory_bytes);
    if (shows_progress_) check_.progress = [&](const CheckProgress& now) { progress.Show(now); };
    if (arguments_.Text("world") == "real") {
      const int code = CheckReal(arguments_, loaded, check_);
      progress.Clear();
      return code;
    }
    check_.endless_runs = true;
    check_.compiled_vacuous = loaded.diagnostics.has_vacuities();
    const bool has_limit = arguments_.Has("max-states") || arguments_.Has("max-time") ||
                           arguments_.Has("checkpoint") || arguments_.Has("resume");
    ScopedCheck scoped;
    if (loaded.source->is_c() && !has_limit) {
      scoped = CheckInScopes(loaded.program(), *loaded.source, *loaded.built.scenario, defines,
                             OverridesOf(arguments_), check_);
    } else {
      scoped.result = CheckOrRefuse(loaded.program());
    }
    const CheckResult& result = scoped.result;
    check_.progress = nullptr;
    progress.Clear();
    if (!result.checkpoint_failure.empty()) {
      PrintError("interleave: no checkpoint was written: {}\n", result.checkpoint_failure);
    }
    if (!result.thread_shortage.empty()) {
      PrintError("interleave: {}\n", result.thread_shortage);
    }
    if (!result.engine_failure.empty() && !InterruptFlag().load()) {
      PrintError("interleave: no compiled steps, so this is slower: {}\n", result.engine_failure);
    }
    const auto failure = FailureOf([&] { WriteSchedule(loaded, result, defines); });
    const bool breaks_smaller = !arguments_.Has("json") && scoped.smaller &&
                                scoped.smaller->result.verdict != Verdict::kHolds;
    const CheckResult& decides = breaks_smaller ? scoped.smaller->result : result;
    const int code = failure != nullptr ? kExitUsage : ExitCodeOf(decides.verdict);
    Print(paths.front(), loaded, result, code);
    ThrowLater(failure);
    if (result.verdict == Verdict::kIncomplete && !arguments_.Has("json")) {
      PrintScopes(paths.front(), loaded, scoped);
    }
    return code;
  }

 private:
  CheckResult CheckOrRefuse(const Program& program) {
    try {
      return Check(program, check_);
    } catch (const CheckpointError& error) {
      throw UsageError(error.what());
    }
  }

  // What is known of a program whose interleavings are too many.
  void PrintScopes(const std::string& path, const LoadedScenario& loaded,
                   const ScopedCheck& scoped) {
    for (const std::string& covered : scoped.covered) {
      fmt::print("\nBounded: {}, nothing breaks.\n", covered);
    }
    const bool holds = scoped.smaller && scoped.smaller->result.verdict == Verdict::kHolds;
    if (holds) {
      fmt::print("\nBounded: where {}, all holds, in every one of {} states.\n",
                 scoped.smaller->changes, scoped.smaller->result.states);
    }
    if (holds || !scoped.smaller) {
      if (scoped.result.is_cut_short) PrintHowToGoOn(path, *loaded.source);
      return;
    }
    fmt::print("\nIt breaks where {}:\n\n", scoped.smaller->changes);
    TextOptions options = OptionsOf(path, loaded);
    options.flags = ProgramFlags(scoped.smaller->defines, OverridesOf(arguments_));
    fmt::print("{}", RenderText(*scoped.smaller->built.program, *loaded.source,
                                scoped.smaller->result, options));
  }

  void PrintHowToGoOn(const std::string& path, const Source& source) const {
    if (InterruptFlag().load()) return;
    const std::string flags = ProgramFlags(DefinesOf(arguments_), OverridesOf(arguments_));
    fmt::print("\n go on  interleave check {} --max-time 600{}{}\n", ShellPaths(source, path),
               flags.empty() ? "" : " ", flags);
  }

  TextOptions OptionsOf(const std::string& path, const LoadedScenario& loaded) const {
    TextOptions options;
    options.color = color_;
    options.width = OutputWidth();
    const bool is_path = path != "-" && loaded.source->name() == Printable(path);
    options.file_name = is_path ? path : loaded.source->name();
    options.schedule_path = schedule_path_;
    options.flags = ProgramFlags(DefinesOf(arguments_), OverridesOf(arguments_));
    return options;
  }

  void WriteSchedule(const LoadedScenario& loaded, const CheckResult& result,
                     const DefineOverrides& defines) {
    if (!arguments_.Has("schedule")) return;
    const bool has_run =
        !result.counterexamples.empty() && !result.counterexamples.front().trace.initial.empty();
    if (!has_run) {
      PrintError("interleave: no counterexample: {} is not written\n",
                 Printable(arguments_.Text("schedule")));
      return;
    }
    WriteFile(arguments_.Text("schedule"),
              WriteScheduleFile(loaded.program(), result.counterexamples.front().trace, defines));
    schedule_path_ = arguments_.Text("schedule");
  }

  void Print(const std::string& path, const LoadedScenario& loaded, const CheckResult& result,
             int code) {
    if (arguments_.Has("json")) {
      JsonOptions options;
      options.file_name = loaded.source->name();
      options.schedule_path = schedule_path_;
      options.exit_code = code;
      options.diagnostics = loaded.diagnostics.Sorted();
      fmt::print("{}", RenderJson(loaded.program(), *loaded.source, result, options));
      return;
    }
    fmt::print("{}", RenderText(loaded.program(), *loaded.source, result, OptionsOf(path, loaded)));
  }

  const Arguments& arguments_;
  const std::vector<std::vector<std::string>> programs_;
  CheckOptions check_;
  std::string schedule_path_;
  bool shows_progress_ = false;
  bool color_ = false;
  bool error_color_ = false;
};

}  // namespace

int CheckCommand(const std::vector<std::string>& arguments) {
  const auto parsed = ParseArguments(arguments, CheckHelp(), CheckOptionsDescription());
  if (!parsed) return 0;
  SomeFiles(*parsed);
  CheckSession checker(*parsed);
  int code = 0;
  for (std::size_t i = 0; i < checker.programs().size(); ++i) {
    if (i > 0) fmt::print("\n");
    const int one = checker.OneProgram(checker.programs()[i]);
    std::fflush(stdout);
    if (code == 0) code = one;
    if (InterruptFlag().load()) break;
  }
  return code;
}

}  // namespace interleave
