// The interactive session reads lines, so that it works over a pipe as well as at a terminal: what
// is wrong with a line is said, and the next is read. After each step it tells what a reader of the
// whole run would be told: memory, what changed, what to notice.

#include "tools/interleave/interactive.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "model/graph/state_text.h"
#include "model/report/explain.h"
#include "model/report/places.h"
#include "model/report/text_layout.h"
#include "model/report/trace_view.h"
#include "model/report/values.h"
#include "sim/world/schedule_file.h"
#include "sim/world/schedule_run.h"
#include "tools/interleave/files.h"
#include "tools/interleave/terminal.h"

namespace interleave {
namespace {

constexpr std::size_t kMostShown = 50;  // choices

std::string Trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

class InteractiveSession {
 public:
  InteractiveSession(const LoadedScenario& loaded, RunJudge& judge, Run& run, bool color)
      : loaded_(loaded), program_(loaded.program()), judge_(judge), run_(run), painter_(color) {}

  bool Steer() {
    fmt::print("{}: a number or the name of a process takes that step, Enter goes on, ? explains\n",
               loaded_.source->name());
    if (!Start()) return false;
    std::vector<EnabledChoice> choices = Offer();
    for (;;) {
      const std::optional<std::string> line = ReadLine();
      if (!line || *line == "q" || *line == "quit") return true;
      if (Obey(*line, choices)) choices = Offer();
    }
  }

 private:
  // Nothing at the end of the input, and after Ctrl-C.
  std::optional<std::string> ReadLine() {
    fmt::print("> ");
    std::fflush(stdout);
    const std::optional<std::string> line = lines_.Next();
    if (line) return Trimmed(*line);
    fmt::print("\n");
    return std::nullopt;
  }

  const std::string& NameOf(int process) const {
    return program_.processes[static_cast<std::size_t>(process)].name;
  }

  // Asks where a process starts in several ways. False: the input ended.
  bool Start() {
    std::vector<EnabledChoice> start;
    for (int p = 0; p < program_.process_count(); ++p) {
      std::vector<EnabledChoice> ways = run_.world().InitialOutcomes(p);
      if (ways.empty()) {
        fmt::print("{} cannot start: an assume cuts every way\n", NameOf(p));
        return false;
      }
      std::size_t chosen = 0;
      while (ways.size() > 1) {
        fmt::print("{} starts in {} ways:\n", NameOf(p), ways.size());
        for (std::size_t i = 0; i < ways.size() && i < kMostShown; ++i) {
          fmt::print("  {:>2}  {}\n", i + 1, DecidedText(ways[i].decided));
        }
        const std::optional<std::string> line = ReadLine();
        if (!line || *line == "q" || *line == "quit") return false;
        const std::optional<std::size_t> number = Number(*line, ways.size());
        if (!number) continue;
        chosen = *number - 1;
        break;
      }
      start.push_back(std::move(ways[chosen]));
    }
    run_.Start(start);
    return true;
  }

  // A number of a choice; says so where it is none.
  static std::optional<std::size_t> Number(const std::string& line, std::size_t most,
                                           const char* or_else = "") {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error == std::errc() && end == line.data() + line.size() && number >= 1 && number <= most) {
      return number;
    }
    if (most == 0) {
      fmt::print("no step is possible here; u takes one back, q ends, ? explains\n");
    } else {
      fmt::print("a number from 1 to {} is expected{}; ? explains\n", most, or_else);
    }
    return std::nullopt;
  }

  // The process that a line names; none where it is no name.
  std::optional<int> ProcessNamed(const std::string& line) const {
    for (int p = 0; p < program_.process_count(); ++p) {
      if (NameOf(p) == line) return p;
    }
    return std::nullopt;
  }

  // The step of a process; says so where it has none, or several.
  std::optional<std::size_t> StepOf(int process, const std::vector<EnabledChoice>& choices) {
    std::vector<std::string> numbers;
    std::size_t found = 0;
    for (std::size_t i = 0; i < choices.size(); ++i) {
      if (choices[i].choice.actor.process() != process) continue;
      found = i + 1;
      numbers.push_back(fmt::format("{}", found));
    }
    if (numbers.size() == 1) return found;
    if (!numbers.empty()) {
      fmt::print("{} can go on in {} ways: {}\n", NameOf(process), numbers.size(),
                 fmt::join(numbers, ", "));
    } else if (!run_.going()) {
      fmt::print("the run has ended; u takes the last step back, q ends\n");
    } else {
      fmt::print("{} has no step here: ", NameOf(process));
      PrintIdle(process, "");
    }
    return std::nullopt;
  }

  // What a line asks for; says so where it is nothing.
  std::optional<std::size_t> ChoiceOf(const std::string& line,
                                      const std::vector<EnabledChoice>& choices) {
    if (line.empty()) {
      if (!last_process_) {
        fmt::print(
            "Enter repeats: the process that moved last moves again, and nobody has moved\n");
        return std::nullopt;
      }
      return StepOf(*last_process_, choices);
    }
    if (const auto process = ProcessNamed(line)) return StepOf(*process, choices);
    std::vector<std::string> names;
    names.reserve(program_.processes.size());
    for (int p = 0; p < program_.process_count(); ++p) names.push_back(NameOf(p));
    const std::string nearest = NearestName(line, names);
    if (!nearest.empty()) {
      fmt::print("there is no process {}; did you mean {}?\n", Quoted(line), Quoted(nearest));
      return std::nullopt;
    }
    return Number(line, choices.size(), ", or the name of a process");
  }

  // Prints what can be done.
  std::vector<EnabledChoice> Offer() {
    fmt::print("\n");
    PrintMemory();
    if (!run_.going()) {
      PrintEnd();
      return {};
    }
    std::vector<EnabledChoice> choices = run_.world().Enabled();
    std::size_t name_width = 0;
    for (const EnabledChoice& choice : choices) {
      name_width = std::max(name_width, NameOf(choice.choice.actor.process()).size());
    }
    for (std::size_t i = 0; i < choices.size() && i < kMostShown; ++i) {
      const int p = choices[i].choice.actor.process();
      fmt::print("  {:>2}  {}  {}\n", i + 1,
                 painter_.Paint(PadRight(NameOf(p), name_width), Style::kProcess, p),
                 Preview(choices[i]));
    }
    if (choices.size() > kMostShown) {
      fmt::print("      ... up to {}\n", choices.size());
    }
    for (int p = 0; p < program_.process_count(); ++p) PrintIdle(p, "   -  ");
    if (choices.empty()) fmt::print("      nobody can move\n");
    return choices;
  }

  // A process that cannot move, and why.
  void PrintIdle(int p, const char* before) {
    const int64_t* state = run_.state().data();
    const std::string who = painter_.Paint(NameOf(p), Style::kProcess, p);
    if (!program_.HasSteps(state, p)) {
      fmt::print("{}{} is {}\n", before, who, StandingText(program_.StandingOf(state, p)));
    } else if (run_.evaluator().IsBlocked(state, p)) {
      fmt::print("{}{} is blocked at {}\n", before, who, PlacesText(PlacesAt(p)));
    }
  }

  void PrintEnd() {
    const std::optional<Violation> broken = judge_.Broken(run_);
    std::string what = EndText(run_);
    if (broken) {
      Counterexample example;
      example.violation = *broken;
      example.trace = run_.trace();
      const Explanation explanation = Explain(program_, *loaded_.source, example);
      what = explanation.what + ": " + explanation.message;
    }
    fmt::print("{}  {}\n      u takes the step back, q ends\n",
               painter_.Paint("BROKEN", Style::kRed), what);
  }

  // Before what the process stands.
  std::vector<SourcePlace> PlacesAt(int process) const {
    const ProcessCode& code = program_.CodeOf(process);
    const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
    const auto point = static_cast<std::size_t>(run_.state()[instance.point_slot]);
    return PlacesOf(*loaded_.source, code,
                    code.locations[code.instructions[code.points[point].instruction].location]);
  }

  // "line 12: while (in == out): reads in = 0".
  std::string Preview(const EnabledChoice& choice) {
    const int p = choice.choice.actor.process();
    const std::string text = PlacesText(PlacesAt(p));
    const std::string decided = DecidedText(choice.decided);
    if (!decided.empty()) return text + "  (" + decided + ")";
    TraceStep next;
    next.process = p;
    run_.evaluator().NextAccesses(run_.state().data(), p, next.events);
    const std::string what = StepText(program_, next);
    return what.empty() ? text : text + "  (" + what + ")";
  }

  // Whether the run is somewhere else now.
  bool Obey(const std::string& line, const std::vector<EnabledChoice>& choices) {
    if (line == "u" || line == "undo" || (line.empty() && undid_)) {
      undid_ = run_.Undo();
      last_process_.reset();
      if (!undid_) fmt::print("this is the start\n");
      return undid_;
    }
    if (line == "s" || line == "state") {
      PrintState();
    } else if (line == "?" || line == "h" || line == "help") {
      fmt::print(
          "  NUMBER  take that step\n"
          "  NAME    take the step of that process\n"
          "  Enter   the process that moved last moves again; after u, take back again\n"
          "  u       take the last step back\n"
          "  s       show the state, with the processes' variables\n"
          "  q       end, and show the whole run (the end of the input and Ctrl-C do so, too)\n"
          "  A process called as one of these letters is taken by its number.\n");
    } else if (const auto number = ChoiceOf(line, choices)) {
      undid_ = false;
      last_process_ = choices[*number - 1].choice.actor.process();
      const std::vector<int64_t> before = run_.state();
      const std::size_t steps = run_.trace().steps.size();
      run_.Take(choices[*number - 1]);
      if (run_.trace().steps.size() > steps) PrintStep(before);
      return true;
    }
    return false;
  }

  void PrintStep(const std::vector<int64_t>& before) {
    const TraceStep& step = run_.trace().steps.back();
    const ViewRow row = DescribeStep(program_, *loaded_.source, step, before);
    const std::size_t number = run_.trace().steps.size();
    fmt::print("step {}  {}  {}\n", number,
               painter_.Paint(NameOf(step.process), Style::kProcess, step.process),
               Untied(row.words));
    for (const Remark& remark : FindRemarks(program_, run_.trace())) {
      if (remark.step != static_cast<int>(number)) continue;
      fmt::print("        {}\n", painter_.Paint("^ " + Untied(remark.text), Style::kYellow));
    }
    std::vector<std::string> changes;
    changes.reserve(row.changes.size());
    for (const ViewChange& change : row.changes) {
      changes.push_back(fmt::format("{} {} -> {}", change.name, change.before, change.after));
    }
    if (!changes.empty())
      PrintWrapped("        changed  ", fmt::format("{}", fmt::join(changes, ", ")));
  }

  static void PrintWrapped(const std::string& head, const std::string& text) {
    const std::size_t width = std::max(OutputWidth(), head.size() + 20) - head.size();
    std::string begin = head;
    for (const std::string& line : Wrap(text, width)) {
      fmt::print("{}{}\n", begin, line);
      begin.assign(head.size(), ' ');
    }
  }

  // Memory in a line, as the nodes of graphs show it.
  void PrintMemory() {
    std::string text;
    for (const ShownObject& object :
         ShowState(program_, *loaded_.source, run_.state().data()).objects) {
      // Two blanks between objects, the first of which stays with what is before it.
      std::string one = ObjectInOneLine(object);
      std::replace(one.begin(), one.end(), ' ', kTied);
      text += (text.empty() ? std::string() : std::string(1, kTied) + " ") + one;
    }
    if (!text.empty()) PrintWrapped("  ", text);
  }

  void PrintState() {
    const std::vector<int64_t>& state = run_.state();
    for (const MemoryObject& object : program_.objects) {
      if (object.symbol->kind == SymbolKind::kTable) continue;
      std::string text;
      if (object.kind != nullptr) {
        for (uint32_t q = 0; q < object.cells; q += object.stride) {
          text += " " + ObjectText(program_, state.data(), object.base + q);
        }
      } else {
        for (uint32_t i = 0; i < object.cells; ++i) {
          text += " " + CellText(program_, state.data(), object.base + i);
        }
      }
      fmt::print("  {} ={}\n", object.symbol->name, text);
    }
    if (program_.items_slot != 0) fmt::print("  items = {}\n", state[program_.items_slot]);
    for (int p = 0; p < program_.process_count(); ++p) PrintProcess(p, state);
  }

  void PrintProcess(int p, const std::vector<int64_t>& state) {
    const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(p)];
    const ProcessCode& code = program_.CodeOf(p);
    const auto point = static_cast<std::size_t>(state[instance.point_slot]);
    const Standing standing = program_.StandingOf(state.data(), p);
    if (standing != Standing::kAtAccess) {
      fmt::print("  {}: {}\n", instance.name, StandingText(standing));
      return;
    }
    std::string locals;
    for (std::size_t l = 0; l < code.locals.size(); ++l) {
      const LocalVariable& local = code.locals[l];
      const int offset = code.points[point].local_offsets[l];
      const Type* type = local.symbol->type;
      if (offset < 0 || !type->is_scalar()) continue;
      const int64_t value = state[instance.spill_base + static_cast<uint32_t>(offset)];
      locals += fmt::format(", {} = {}", local.symbol->name, FormatValue(program_, type, value));
    }
    fmt::print("  {}: before {}{}\n", instance.name, PlacesText(PlacesAt(p)), locals);
  }

  const LoadedScenario& loaded_;
  const Program& program_;
  RunJudge& judge_;
  Run& run_;
  Painter painter_;
  std::optional<int> last_process_;  // that moved; none after a step was taken back
  bool undid_ = false;               // the last thing done was to take a step back
  LineReader lines_;
};

}  // namespace

bool SteerByHand(const LoadedScenario& loaded, RunJudge& judge, Run& run, bool color) {
  return InteractiveSession(loaded, judge, run, color).Steer();
}

}  // namespace interleave
