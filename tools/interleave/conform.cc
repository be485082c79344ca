// interleave conform: the model against real processes, transition by transition.

#include "model/conform/conform.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/program_options/value_semantic.hpp>

#include "model/report/text_layout.h"
#include "sim/program/emit_real.h"
#include "sim/world/schedule_file.h"
#include "tools/interleave/command.h"
#include "tools/interleave/files.h"
#include "tools/interleave/interrupt.h"
#include "tools/interleave/load_scenario.h"
#include "tools/interleave/terminal.h"
#include "tools/interleave/worlds.h"

namespace interleave {
namespace {

namespace po = boost::program_options;

CommandHelp ConformHelp() {
  return {
      "interleave conform [OPTION...] FILE...",
      "Makes every transition of the state graph at least once with real processes: forked\n"
      "children on a shared mapping, which take turns along tours from the initial states. After\n"
      "every step shared memory, ghosts, positions, locals and what was read and written are\n"
      "compared with the model; a process that is blocked in the model is given a turn and must\n"
      "be found blocked. The first difference ends it.\n"
      "\n"
      "Of a program in C that forks, real processes make the calls of its kernel (fork, wait, "
      "pipe,\n"
      "read, shm_open, ...) and no more: results, errno, bytes, who waits, descriptors and names "
      "are\n"
      "compared; its own memory and control stay the model's.\n"
      "\n"
      "exit codes: 0 conforms, 1 usage, 2 the scenario has errors, 17 the real world differs, 20\n"
      "not every transition was made (a limit, a sample, an interrupt, a process that was killed "
      "or\n"
      "stopped). Of several FILEs: the first that is not 0\n"};
}

class ConformLine {
 public:
  explicit ConformLine(bool on_terminal) : on_terminal_(on_terminal) {}
  ~ConformLine() { Clear(); }
  ConformLine(const ConformLine&) = delete;
  ConformLine& operator=(const ConformLine&) = delete;

  void Show(const ConformProgress& now) {
    if (now.seconds - last_ < (on_terminal_ ? 0.5 : 10.0)) return;
    last_ = now.seconds;
    const std::string text =
        fmt::format("{} of {} transitions, {} steps, {:.0f}/s, {:.0f} s", Grouped(now.covered),
                    Grouped(now.required), Grouped(now.steps),
                    static_cast<double>(now.steps) / now.seconds, now.seconds);
    if (on_terminal_) {
      PrintError("\r\x1b[K{}", Shorten(text, ErrorWidth() - 1));
    } else {
      PrintError("{}\n", text);
    }
    std::fflush(stderr);
    drawn_ = on_terminal_;
  }
  void Clear() {
    if (drawn_) PrintError("\r\x1b[K");
    drawn_ = false;
  }

 private:
  bool on_terminal_;
  double last_ = 0;
  bool drawn_ = false;
};

// Whose real calls were compared, and whose are made by processes that run free only.
void PrintRealThings(const Program& program) {
  const std::vector<bool> has = HasRealThing(program);
  const std::vector<bool> in_turns = TakesTurnsOnRealThing(program);
  std::string compared, others;
  for (std::size_t i = 0; i < has.size(); ++i) {
    std::string& names = in_turns[i] ? compared : others;
    if (has[i]) names += (names.empty() ? "" : ", ") + program.objects[i].symbol->name;
  }
  if (others.empty()) return;
  if (!compared.empty()) fmt::print("    real calls beside the model: {}\n", compared);
  fmt::print("    the model's code alone: {}; `interleave stress` makes the real calls\n", others);
}

void Print(const Program& program, const ConformResult& result, const std::string& file,
           bool interpreted) {
  const char* word = !result.conforms ? "DIFFERS" : result.complete ? "CONFORMS" : "INCOMPLETE";
  fmt::print("{}  {}  {}\n", word,
             !result.conforms   ? "the real world from the model"
             : !result.complete ? result.incomplete_reason
             : program.forks()
                 ? "the kernel's calls of every transition were made by real processes"
             : result.left == 0 ? "every transition was made by real processes"
                                : "every transition that the real things chose was made",
             file);
  fmt::print("    {} of {} in {}", Grouped(result.covered),
             Counted(result.transitions + result.errors, "transition"),
             Counted(result.states, "state"));
  if (result.errors != 0)
    fmt::print(", {} of which end in a run-time error", Grouped(result.errors));
  if (result.left != 0) {
    fmt::print(
        "\n    {} not made: where the real thing behind an object decides, it chose otherwise",
        Grouped(result.left));
  }
  fmt::print("\n    {} in {}; no tours take fewer than {}{}\n", Counted(result.steps, "step"),
             Counted(result.tours, "tour"), Grouped(result.least_steps),
             result.least_is_exact ? "" : ", perhaps none so few");
  const char* const mismatch = result.conforms ? "no mismatch" : "1 mismatch, where it ended";
  if (program.forks()) {
    fmt::print("    {}\n", result.conforms
                               ? CallsText(result.calls)
                               : fmt::format("{} of the kernel made by real processes before that",
                                             Counted(result.calls, "call")));
    fmt::print(
        "    in each state the next calls that can wait were tried: {} would go on, {} wait; {}\n"
        "    compared are the kernel's calls, descriptors, pipes and names: the program's own "
        "memory and\n    control are the model's\n",
        Grouped(result.open), Grouped(result.blocked), mismatch);
  } else {
    fmt::print("    in each state every process tried its step: {} could be made, {} blocked; {}\n",
               Grouped(result.open), Grouped(result.blocked), mismatch);
  }
  if (result.steps > 0 && result.seconds > 0 && result.hand_over_seconds > 0) {
    fmt::print(
        "    {} steps a second; a step {:.1f} us, a bare hand-over between two processes "
        "there and back {:.1f} us: {:.2f} times\n",
        Grouped(static_cast<uint64_t>(static_cast<double>(result.steps) / result.seconds)),
        result.step_seconds * 1e6, result.hand_over_seconds * 1e6,
        result.step_seconds / result.hand_over_seconds);
  }
  if (interpreted) fmt::print("    {}\n", PlumbingText(true));
  if (!interpreted && !program.forks()) PrintRealThings(program);
  if (!result.conforms) {
    fmt::print("\ntour {}, {}", result.tours, result.difference);
  }
}

int OneFile(const Arguments& arguments, const std::vector<std::string>& paths,
            ConformOptions options) {
  const LoadedScenario loaded = LoadScenario(paths, DefinesOf(arguments), OverridesOf(arguments),
                                             UseColor(arguments, STDERR_FILENO));
  if (!loaded.ok()) return kExitScenarioErrors;
  RefuseOwnCode(loaded.program(), options.real);
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const std::string progress = WordOf(arguments, "progress", {"auto", "always", "never"});
  ConformLine line(terminal);
  if (progress == "always" || (progress == "auto" && terminal)) {
    options.progress = [&](const ConformProgress& now) { line.Show(now); };
  }
  const ConformResult result = Conform(loaded.program(), options);
  line.Clear();
  Print(loaded.program(), result, loaded.source->name(), options.real.interpreted);
  std::fflush(stdout);
  if (!result.conforms && arguments.Has("schedule") && !result.trace.initial.empty()) {
    WriteFile(arguments.Text("schedule"),
              WriteScheduleFile(loaded.program(), result.trace, DefinesOf(arguments)));
  }
  if (!result.conforms) return kExitRealWorldDiffers;
  return result.complete ? 0 : kExitIncomplete;
}

}  // namespace

int ConformCommand(const std::vector<std::string>& arguments) {
  po::options_description description;
  AddProgramOptions(description);
  AddRealOptions(description);
  const auto number = [](const char* value, const char* name) {
    return po::value<std::string>()->default_value(value)->value_name(name);
  };
  description.add_options()("max-states", number("1000000", "N"),
                            "states of the graph that is made real")(
      "max-transitions", number("0", "N"), "only a random sample of so many; 0: all")(
      "seed", number("1", "N"), "of the sample")(
      "max-time", po::value<std::string>()->value_name("SECONDS"), "end it after so long")(
      "schedule", po::value<std::string>()->value_name("OUT.sched"),
      "write the run up to the first difference, for `interleave replay --world both`")(
      "progress", number("auto", "auto|always|never"),
      "on standard error; auto: when that is a terminal");
  AddColorOption(description);
  const auto parsed = ParseArguments(arguments, ConformHelp(), description);
  if (!parsed) return 0;
  SomeFiles(*parsed);
  ConformOptions options;
  options.real = RealOptionsOf(*parsed);
  options.max_states = ParseNumber(parsed->Text("max-states"), "max-states", 1, 100'000'000);
  options.max_transitions =
      ParseNumber(parsed->Text("max-transitions"), "max-transitions", 0, UINT32_MAX);
  options.seed = ParseNumber(parsed->Text("seed"), "seed", 0, UINT64_MAX);
  if (parsed->Has("max-time"))
    options.max_seconds = ParseSeconds(parsed->Text("max-time"), "max-time");
  options.measures_hand_over = true;
  options.stop = &InterruptFlag();
  if (parsed->Has("schedule")) RequireWritable(parsed->Text("schedule"), parsed->files);
  int code = 0;
  const auto programs = ProgramsOf(parsed->files);
  for (std::size_t i = 0; i < programs.size(); ++i) {
    if (i > 0) fmt::print("\n");
    const int one = OneFile(*parsed, programs[i], options);
    std::fflush(stdout);
    if (code == 0) code = one;
    if (InterruptFlag().load()) break;
  }
  return code;
}

}  // namespace interleave
