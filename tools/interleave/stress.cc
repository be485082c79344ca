// interleave stress: real processes running free, and how often what happened.

#include "model/conform/stress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/program_options/value_semantic.hpp>

#include <algorithm>

#include "model/report/text_layout.h"
#include "model/search/check.h"
#include "sim/program/emit_c.h"
#include "sim/program/emit_real.h"
#include "sim/program/words.h"
#include "tools/interleave/command.h"
#include "tools/interleave/interrupt.h"
#include "tools/interleave/load_scenario.h"
#include "tools/interleave/options.h"
#include "tools/interleave/terminal.h"
#include "tools/interleave/worlds.h"

namespace interleave {
namespace {

namespace po = boost::program_options;

constexpr std::size_t kMostRows = 20;
constexpr std::size_t kMostNever = 5;
constexpr double kUsualSeconds = 10;

CommandHelp StressHelp() {
  return {
      "interleave stress [OPTION...] FILE",
      "Runs the scenario's processes for real and without turns, at full speed, for ten seconds\n"
      "(--max-time) or so many times (--runs), and counts what came of it: final states, run-time\n"
      "errors and assertions, items lost, invented, doubled or overtaken, each with its number of\n"
      "runs and one word: Never, Sometimes or Always. Every run begins with a barrier; a start of\n"
      "the processes serves thousands of runs, each on memory of its own. `choose` and `select`\n"
      "are drawn at random.\n"
      "\n"
      "Final states are judged by the model's: one that it does not reach is exit code 17. With\n"
      "--relaxed it is weaker than sequential consistency, and counted. `await`, `atomic` and\n"
      "queues run under one lock, which every access to the same objects takes as well.\n"
      "\n"
      "exit codes: 0 nothing broke, 1 usage, 2 the scenario has errors, 11 stuck in a deadlock "
      "that\n"
      "the model has, 12 items went wrong that `fifo` or `exactly_once` asks for, 14 a "
      "run-time\n"
      "error or assertion, 17 a final state that the model does not reach, 20 cut short (an\n"
      "interrupt, --max-time before --runs, a process that was killed or stopped), or runs "
      "without\n"
      "an end\n"};
}

std::string FinalText(const Program& program, const std::vector<int64_t>& values) {
  const std::vector<uint32_t> slots = FinalSlots(program);
  std::vector<int64_t> state(program.state_size());
  for (std::size_t k = 0; k < slots.size(); ++k) state[slots[k]] = values[k];
  std::string text;
  for (const MemoryObject& object : program.objects) {
    if (object.symbol->kind != SymbolKind::kShared) continue;
    std::string inside;
    uint32_t parts = 0;
    for (uint32_t i = 0; i < object.cells; i += CellsOfPlace(program, object.base + i), ++parts) {
      const uint32_t slot = object.base + i;
      inside += parts == 0 ? "" : ", ";
      inside += StartsObject(program, slot)
                    ? ObjectText(program, state.data(), slot)
                    : FormatValue(program, program.slots[slot].type, state[slot]);
    }
    text += text.empty() ? "" : ", ";
    text += object.symbol->name + " = " + (parts == 1 ? inside : "{" + inside + "}");
  }
  return text;
}

// The word of litmus tests for how often something happened in so many runs (Alglave, Maranget,
// Sarkar, Sewell: Litmus, TACAS 2011). REQUIRES: there are runs.
const char* HowOften(uint64_t count, uint64_t runs) {
  return count == 0 ? "Never" : count == runs ? "Always" : "Sometimes";
}

struct Row {
  uint64_t count;
  std::string text;
};

void PrintHistogram(std::vector<Row> rows, uint64_t runs) {
  constexpr int kBar = 20;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.count > b.count; });
  fmt::print("\n{:>14}  {:>8}\n", "runs", "share");
  for (std::size_t i = 0; i < rows.size() && i < kMostRows; ++i) {
    const double share = static_cast<double>(rows[i].count) / static_cast<double>(runs);
    // Whatever happened at all is seen.
    const int bar = rows[i].count == 0 ? 0 : std::max(1, static_cast<int>(share * kBar + 0.5));
    fmt::print("{:>14}  {:>7.3f}%  {:<9}  {:<{}}  {}\n", Grouped(rows[i].count), share * 100,
               HowOften(rows[i].count, runs), std::string(static_cast<std::size_t>(bar), '#'), kBar,
               rows[i].text);
  }
  if (rows.size() > kMostRows) {
    uint64_t rest = 0;
    for (std::size_t i = kMostRows; i < rows.size(); ++i) rest += rows[i].count;
    fmt::print("{:>14}  {:>7.3f}%  in {}\n", Grouped(rest),
               100.0 * static_cast<double>(rest) / static_cast<double>(runs),
               Counted(rows.size() - kMostRows, "more row"));
  }
  fmt::print("\n");
}

bool AsksForItems(const Program& program) {
  return std::any_of(program.properties.begin(), program.properties.end(),
                     [](const Property& property) { return property.row().follows_items; });
}

int ExitCodeFor(const Program& program, const StressOptions& options, const StressResult& result) {
  const uint64_t items_wrong = result.lost + result.invented + result.doubled + result.reordered;
  if (result.is_judged && result.unreachable != 0 && !options.relaxed) return kExitRealWorldDiffers;
  if (!result.errors.empty()) return ExitCodeOf(Verdict::kError);
  if (items_wrong != 0 && AsksForItems(program)) return ExitCodeOf(Verdict::kViolated);
  if (result.stuck != 0) return ExitCodeOf(Verdict::kDeadlock);
  const bool is_open = !result.cut_short.empty() || result.endless + result.given_up != 0;
  return is_open || result.runs == 0 ? kExitIncomplete : 0;
}

std::vector<Row> RowsOf(const LoadedScenario& loaded, bool relaxed, const StressResult& result) {
  const Program& program = loaded.program();
  std::vector<Row> rows;
  for (const auto& [final, count] : result.finals) {
    const bool known = !result.is_judged || result.model_finals.contains(final);
    rows.push_back({count, FinalText(program, final) + (known     ? ""
                                                        : relaxed ? "   <- weaker than sc"
                                                                  : "   <- not in the model")});
  }
  for (const auto& [error, count] : result.errors) {
    const ProcessCode& failed = program.CodeOf(error.process);
    const std::string line = loaded.source->LineName(
        failed.locations[failed.instructions[error.instruction].location].range.begin);
    rows.push_back(
        {count, fmt::format("{}: {} at line {}",
                            program.processes[static_cast<std::size_t>(error.process)].name,
                            ErrorName(error.kind), line)});
  }
  const auto add = [&](uint64_t count, const char* text) {
    if (count != 0) rows.push_back({count, text});
  };
  add(result.stuck, "stuck: nobody moved any more");
  add(result.endless, "no end in sight; --steps N ends a process");
  add(result.given_up, "gave up waiting: the processes did not get to run");
  add(result.cut, "cut by an assume");
  add(result.out_of_steps, "ended by --steps");
  add(result.queue_full, "an unbounded queue met its cap");
  // Some of what never happened; how much there is stands below.
  std::size_t never = 0;
  for (const auto& [final, zero] : result.model_finals) {
    if (result.finals.contains(final) || ++never > kMostNever) continue;
    rows.push_back({zero, FinalText(program, final)});
  }
  return rows;
}

// What became of the final states and the items. REQUIRES: there are runs.
void PrintJudgement(const Program& program, bool relaxed, const StressResult& result) {
  if (result.is_judged) {
    uint64_t reached = 0;
    for (const auto& [final, zero] : result.model_finals) reached += result.finals.contains(final);
    if (result.model_finals.empty()) {
      fmt::print("    the model has no final state\n");
    } else {
      fmt::print("    {} of the {} of the model {} reached\n", Grouped(reached),
                 Counted(result.model_finals.size(), "final state"), reached == 1 ? "was" : "were");
    }
    if (relaxed) {
      fmt::print("    weaker than sc: {} of {}\n", Grouped(result.unreachable),
                 Grouped(result.runs));
    } else if (result.unreachable != 0) {
      fmt::print("    a final state that the model does not reach, in {} of {}\n",
                 Grouped(result.unreachable), Counted(result.runs, "run"));
    }
  } else {
    fmt::print("    final states are not judged: {}\n", result.not_judged_reason);
  }
  if (!program.scenario->has_marks) return;
  const auto marks = [&](const char* what, uint64_t count, uint64_t runs, const char* which) {
    if (runs == 0) return;
    fmt::print("    {:<25}  {:<9}  in {} of {}{}\n", what, HowOften(count, runs), Grouped(count),
               Counted(runs, "run"), which);
  };
  // Of the others it is not known what would have become of their items.
  const uint64_t ended = result.ended();
  const char* const which = ended == result.runs ? "" : " that came to their end";
  marks("item lost", result.lost, ended, which);
  marks("item invented", result.invented, ended, which);
  marks("item consumed twice", result.doubled, ended, which);
  marks("a producer's order broken", result.reordered, ended, which);
  if (result.too_many_marks != 0)
    marks("too many marks to judge", result.too_many_marks, ended, which);
  marks("item left when stuck", result.left_when_stuck, result.stuck, " that were stuck");
}

int Print(const LoadedScenario& loaded, const StressOptions& options, const StressResult& result) {
  const Program& program = loaded.program();
  const int code = ExitCodeFor(program, options, result);
  const char* word = code == 0                       ? "STRESSED"
                     : code == kExitRealWorldDiffers ? "DIFFERS"
                     : code == kExitIncomplete       ? "INCOMPLETE"
                                                     : "BROKEN";
  fmt::print("{}  {}", word, Counted(result.runs, "run"));
  const auto runs = static_cast<double>(result.runs);
  const bool has_rate = result.runs != 0 && result.seconds > 0;
  if (has_rate) {
    fmt::print(", {} a second", Grouped(static_cast<uint64_t>(runs / result.seconds)));
  }
  fmt::print("  {}\n", loaded.source->name());
  fmt::print("    {} accesses, {}", options.relaxed ? "relaxed" : "sequentially consistent",
             Counted(static_cast<uint64_t>(program.process_count()), "process", "processes"));
  if (has_rate) fmt::print("; a run {:.2f} us", result.seconds / runs * 1e6);
  if (result.barrier_seconds > 0)
    fmt::print(", a bare barrier {:.2f} us", result.barrier_seconds * 1e6);
  fmt::print("\n");
  if (!result.cut_short.empty()) fmt::print("    cut short: {}\n", result.cut_short);
  if (result.runs == 0) {
    fmt::print("    no run came to its end, nothing is known\n");
    return code;
  }
  PrintHistogram(RowsOf(loaded, options.relaxed, result), result.runs);
  PrintJudgement(program, options.relaxed, result);
  fmt::print(
      "    not judged: invariants in mid-run, ghosts, the order of marks across processes\n");
  const std::vector<bool> locked = LockedObjects(program);
  std::string names;
  for (std::size_t i = 0; i < locked.size(); ++i) {
    if (locked[i]) names += (names.empty() ? "" : ", ") + program.objects[i].symbol->name;
  }
  if (!names.empty()) fmt::print("    under one lock: {}\n", names);
  const std::vector<bool> real = RunsFreeOnRealThing(program);
  std::string things;
  for (std::size_t i = 0; i < real.size(); ++i) {
    if (real[i]) things += (things.empty() ? "" : ", ") + program.objects[i].symbol->name;
  }
  if (!things.empty()) fmt::print("    by real calls: {}\n", things);
  return code;
}

}  // namespace

int StressCommand(const std::vector<std::string>& arguments) {
  po::options_description description;
  AddProgramOptions(description);
  const auto text = [](const char* value, const char* name) {
    return po::value<std::string>()->default_value(value)->value_name(name);
  };
  description.add_options()("runs", po::value<std::string>()->value_name("N"),
                            "so many runs, however long they take")(
      "max-time", po::value<std::string>()->value_name("SECONDS"),
      "end it after so long; without --runs: 10")(
      "steps", text("0", "N"), "end a process after so many accesses; for what has no end itself")(
      "relaxed", "plain accesses are relaxed atomics; those to `shared atomic` stay as they are")(
      "region", text("anonymous", "anonymous|shm|file"), "how the processes share memory")(
      "pin", text("none", "none|same|different"), "all on one processor, or each on another")(
      "yield", text("0", "N"), "give the processor away before one access in N")(
      "delay", text("0", "N"), "wait a little before one access in N")(
      "seed", text("1", "N"), "of choose, yields and delays");
  AddColorOption(description);
  const auto parsed = ParseArguments(arguments, StressHelp(), description);
  if (!parsed) return 0;
  StressOptions options;
  options.runs =
      parsed->Has("runs") ? ParseNumber(parsed->Text("runs"), "runs", 1, 1'000'000'000'000) : 0;
  options.max_seconds = parsed->Has("max-time") ? ParseSeconds(parsed->Text("max-time"), "max-time")
                                                : (options.runs == 0 ? kUsualSeconds : 0);
  options.max_accesses = ParseNumber(parsed->Text("steps"), "steps", 0, 1'000'000'000);
  options.relaxed = parsed->Has("relaxed");
  const std::string region = WordOf(*parsed, "region", {"anonymous", "shm", "file"});
  options.region = region == "shm"    ? RegionKind::kShm
                   : region == "file" ? RegionKind::kFile
                                      : RegionKind::kAnonymous;
  const std::string pin = WordOf(*parsed, "pin", {"none", "same", "different"});
  options.pinning = pin == "same"        ? Pinning::kSame
                    : pin == "different" ? Pinning::kDifferent
                                         : Pinning::kNone;
  options.yield_one_in =
      static_cast<unsigned>(ParseNumber(parsed->Text("yield"), "yield", 0, 1'000'000'000));
  options.delay_one_in =
      static_cast<unsigned>(ParseNumber(parsed->Text("delay"), "delay", 0, 1'000'000'000));
  options.seed = ParseNumber(parsed->Text("seed"), "seed", 0, UINT64_MAX);
  options.stop = &InterruptFlag();
  const LoadedScenario loaded =
      LoadScenario(OneProgram(parsed->files), DefinesOf(*parsed), OverridesOf(*parsed),
                   UseColor(*parsed, STDERR_FILENO));
  if (!loaded.ok()) return kExitScenarioErrors;
  if (loaded.program().granularity == Granularity::kStatement) {
    throw UsageError(
        "a statement is no unit of a processor: running free there are only accesses "
        "(--granularity "
        "access)");
  }
  if (const auto range = BlocksAfterItWrites(loaded.program())) {
    const LineColumn at = loaded.source->Locate(range->begin);
    throw UsageError(
        fmt::format("{}:{}:{}: an atomic block may wait here when it has written already: running "
                    "free it cannot "
                    "take that back; let it wait before it writes",
                    loaded.source->FileAt(range->begin).name, at.line, at.column));
  }
  for (int p = 0; p < loaded.program().process_count() && options.max_accesses == 0; ++p) {
    if (loaded.program().IsDaemon(p)) {
      throw UsageError(fmt::format("the daemon {} has no end: say --steps N",
                                   loaded.program().processes[static_cast<std::size_t>(p)].name));
    }
  }
  double shown = 0;
  if (isatty(STDERR_FILENO) == 1) {
    options.progress = [&](uint64_t runs, double seconds) {
      if (seconds - shown < 0.5) return;
      shown = seconds;
      std::string line = Grouped(runs);
      line += options.runs == 0 ? " runs" : fmt::format(" of {}", Counted(options.runs, "run"));
      line +=
          fmt::format(", {} a second, {:.0f} s",
                      Grouped(static_cast<uint64_t>(static_cast<double>(runs) / seconds)), seconds);
      if (options.max_seconds > 0) line += fmt::format(" of {:g} s", options.max_seconds);
      PrintError("\r\x1b[K{}", Shorten(line, ErrorWidth() - 1));
      std::fflush(stderr);
    };
  }
  RefuseForks(*loaded.built.program);
  const StressResult result = Stress(*loaded.built.program, options);
  if (shown > 0) PrintError("\r\x1b[K");
  return Print(loaded, options, result);
}

}  // namespace interleave
