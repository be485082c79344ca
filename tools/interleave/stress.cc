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

namespace interleave {
namespace {

namespace po = boost::program_options;

constexpr std::size_t kMostRows = 20;

CommandHelp StressHelp() {
  return {
      "interleave stress [OPTION...] FILE",
      "Runs the scenario's processes for real and without turns, at full speed, many times, and\n"
      "counts what came of it: final states, run-time errors and assertions, items lost, "
      "invented,\n"
      "doubled or overtaken. Every run begins with a barrier; a start of the processes serves\n"
      "thousands of runs, each on memory of its own. `choose` and `select` are drawn at random.\n"
      "\n"
      "Final states are judged by the model's: one that it does not reach is exit code 17. With\n"
      "--relaxed it is weaker than sequential consistency, and counted. `await`, `atomic` and\n"
      "queues run under one lock, which every access to the same objects takes as well.\n"
      "\n"
      "exit codes: 0 nothing broke, 1 usage, 2 the scenario has errors, 11 stuck in a deadlock "
      "that\n"
      "the model has, 12 items went wrong that `fifo` or `exactly_once` asks for, 14 a "
      "run-time\n"
      "error or assertion, 17 a final state that the model does not reach, 20 interrupted, or "
      "runs\n"
      "without an end\n"};
}

std::string FinalText(const Program& program, const std::vector<int64_t>& values) {
  std::string text;
  std::size_t at = 0;
  for (const MemoryObject& object : program.objects) {
    if (object.symbol->kind != SymbolKind::kShared) continue;
    if (!text.empty()) text += ", ";
    text += object.symbol->name;
    text += object.cells == 1 ? " = " : " = {";
    for (uint32_t i = 0; i < object.cells; ++i, ++at) {
      if (i > 0) text += ", ";
      text += FormatValue(program, program.slots[object.base + i].type, values[at]);
    }
    if (object.cells != 1) text += "}";
  }
  return text;
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
    const int bar = std::max(1, static_cast<int>(share * kBar + 0.5));
    fmt::print("{:>14}  {:>7.3f}%  {:<{}}  {}\n", Grouped(rows[i].count), share * 100,
               std::string(static_cast<std::size_t>(bar), '#'), kBar, rows[i].text);
  }
  if (rows.size() > kMostRows) {
    uint64_t rest = 0;
    for (std::size_t i = kMostRows; i < rows.size(); ++i) rest += rows[i].count;
    fmt::print("{:>14}  {:>7.3f}%  in {} more rows\n", Grouped(rest),
               100.0 * static_cast<double>(rest) / static_cast<double>(runs),
               rows.size() - kMostRows);
  }
  fmt::print("\n");
}

std::string OfRuns(uint64_t count, uint64_t runs) {
  return fmt::format("in {} of {} runs", Grouped(count), Grouped(runs));
}

bool AsksForItems(const Program& program) {
  return std::any_of(program.properties.begin(), program.properties.end(),
                     [](const Property& property) { return property.row().follows_items; });
}

int Print(const LoadedScenario& loaded, const StressOptions& options, const StressResult& result) {
  const Program& program = loaded.program();
  const bool has_marks = program.scenario->has_marks;
  const uint64_t items_wrong = result.lost + result.invented + result.doubled + result.reordered;
  int code = 0;
  if (result.is_judged && result.unreachable != 0 && !options.relaxed) {
    code = kExitRealWorldDiffers;
  } else if (!result.errors.empty()) {
    code = ExitCodeOf(Verdict::kError);
  } else if (items_wrong != 0 && AsksForItems(program)) {
    code = ExitCodeOf(Verdict::kViolated);
  } else if (result.stuck != 0) {
    code = ExitCodeOf(Verdict::kDeadlock);
  } else if (result.interrupted || result.endless + result.given_up != 0) {
    code = kExitIncomplete;
  }
  const char* word = code == 0                       ? "STRESSED"
                     : code == kExitRealWorldDiffers ? "DIFFERS"
                     : code == kExitIncomplete       ? "INCOMPLETE"
                                                     : "BROKEN";
  const double runs = static_cast<double>(std::max<uint64_t>(result.runs, 1));
  fmt::print("{}  {} runs, {} a second  {}\n", word, Grouped(result.runs),
             Grouped(static_cast<uint64_t>(runs / std::max(result.seconds, 1e-9))),
             loaded.source->name());
  fmt::print("    {} accesses, {} processes; a run {:.2f} us, a bare barrier {:.2f} us\n",
             options.relaxed ? "relaxed" : "sequentially consistent", program.process_count(),
             result.seconds / runs * 1e6, result.barrier_seconds * 1e6);

  std::vector<Row> rows;
  for (const auto& [final, count] : result.finals) {
    const bool known = !result.is_judged || result.model_finals.contains(final);
    rows.push_back(
        {count, FinalText(program, final) + (known             ? ""
                                             : options.relaxed ? "   <- weaker than sc"
                                                               : "   <- not in the model")});
  }
  for (const auto& [error, count] : result.errors) {
    const ProcessCode& failed = program.CodeOf(error.process);
    const auto at = loaded.source->Locate(
        failed.locations[failed.instructions[error.instruction].location].range.begin);
    rows.push_back(
        {count, fmt::format("{}: {} at line {}",
                            program.processes[static_cast<std::size_t>(error.process)].name,
                            ErrorName(error.kind), at.line)});
  }
  if (result.stuck != 0) rows.push_back({result.stuck, "stuck: nobody moved any more"});
  if (result.endless != 0)
    rows.push_back({result.endless, "no end in sight; --steps N ends a process"});
  if (result.given_up != 0)
    rows.push_back({result.given_up, "gave up waiting: the processes did not get to run"});
  if (result.cut != 0) rows.push_back({result.cut, "cut by an assume"});
  if (result.out_of_steps != 0) rows.push_back({result.out_of_steps, "ended by --steps"});
  if (result.queue_full != 0) rows.push_back({result.queue_full, "an unbounded queue met its cap"});
  PrintHistogram(std::move(rows), std::max<uint64_t>(result.runs, 1));

  if (result.is_judged) {
    uint64_t reached = 0;
    for (const auto& [final, zero] : result.model_finals) reached += result.finals.contains(final);
    fmt::print("    {} of the {} final states of the model were reached\n", Grouped(reached),
               Grouped(result.model_finals.size()));
    if (options.relaxed) {
      fmt::print("    weaker than sc: {} of {}\n", Grouped(result.unreachable),
                 Grouped(result.runs));
    } else if (result.unreachable != 0) {
      fmt::print("    a final state that the model does not reach, {}\n",
                 OfRuns(result.unreachable, result.runs));
    }
  } else {
    fmt::print("    final states are not judged: {}\n", result.not_judged_reason);
  }
  if (has_marks) {
    const auto marks = [&](const char* what, uint64_t count) {
      fmt::print("    {} {}\n", what, OfRuns(count, result.runs));
    };
    marks("item lost", result.lost);
    marks("item invented", result.invented);
    marks("item consumed twice", result.doubled);
    marks("a producer's order broken", result.reordered);
    if (result.too_many_marks != 0) marks("too many marks to judge", result.too_many_marks);
  }
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
  description.add_options()("runs", text("1000000", "N"), "how many")(
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
  options.runs = ParseNumber(parsed->Text("runs"), "runs", 1, 1'000'000'000'000);
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
  const LoadedScenario loaded = LoadScenario(
      OneFile(*parsed), DefinesOf(*parsed), OverridesOf(*parsed), UseColor(*parsed, STDERR_FILENO));
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
                    loaded.source->name(), at.line, at.column));
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
      const std::string line =
          fmt::format("{} of {} runs, {} a second", Grouped(runs), Grouped(options.runs),
                      Grouped(static_cast<uint64_t>(static_cast<double>(runs) / seconds)));
      PrintError("\r\x1b[K{}", Shorten(line, ErrorWidth() - 1));
      std::fflush(stderr);
    };
  }
  const StressResult result = Stress(*loaded.built.program, options);
  if (shown > 0) PrintError("\r\x1b[K");
  return Print(loaded, options, result);
}

}  // namespace interleave
