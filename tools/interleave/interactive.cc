// The interactive session reads lines, so that it works over a pipe as well as at a terminal: what
// is wrong with a line is said, and the next is read.

#include "tools/interleave/interactive.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "model/report/explain.h"
#include "model/report/text_layout.h"
#include "model/report/trace_view.h"
#include "model/report/values.h"
#include "sim/world/schedule_file.h"
#include "sim/world/schedule_run.h"

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
    fmt::print("{}: a number takes that step, ? explains\n", loaded_.source->name());
    if (!Start()) return false;
    for (;;) {
      const std::vector<EnabledChoice> choices = Offer();
      const std::optional<std::string> line = ReadLine();
      if (!line || *line == "q" || *line == "quit") return true;
      Obey(*line, choices);
    }
  }

 private:
  // Nothing at the end of the input.
  std::optional<std::string> ReadLine() {
    fmt::print("> ");
    std::fflush(stdout);
    std::string line;
    if (!std::getline(std::cin, line)) {
      fmt::print("\n");
      return std::nullopt;
    }
    return Trimmed(line);
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
  static std::optional<std::size_t> Number(const std::string& line, std::size_t most) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error == std::errc() && end == line.data() + line.size() && number >= 1 && number <= most) {
      return number;
    }
    if (most == 0) {
      fmt::print("no step is possible here; u takes one back, q ends, ? explains\n");
    } else {
      fmt::print("a number from 1 to {} is expected; ? explains\n", most);
    }
    return std::nullopt;
  }

  // Prints what can be done.
  std::vector<EnabledChoice> Offer() {
    fmt::print("\n");
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
    for (int p = 0; p < program_.process_count(); ++p) PrintIdle(p);
    if (choices.empty()) fmt::print("      nobody can move\n");
    return choices;
  }

  void PrintIdle(int p) {
    const int64_t* state = run_.state().data();
    if (!program_.HasSteps(state, p)) {
      fmt::print("   -  {} is {}\n", NameOf(p), StandingText(program_.StandingOf(state, p)));
    } else if (run_.evaluator().IsBlocked(state, p)) {
      fmt::print("   -  {} is blocked at line {}: {}\n", NameOf(p), LineOf(p), TextAt(p));
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

  CodeLocation LocationOf(int process) const {
    const ProcessCode& code = program_.CodeOf(process);
    const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
    const auto point = static_cast<std::size_t>(run_.state()[instance.point_slot]);
    return code.InOwnText(
        code.locations[code.instructions[code.points[point].instruction].location]);
  }
  uint32_t LineOf(int process) const {
    return loaded_.source->Locate(LocationOf(process).range.begin).line;
  }
  std::string TextAt(int process) const {
    return OneLine(*loaded_.source, LocationOf(process).statement);
  }

  // "line 12: while (in == out): reads in = 0".
  std::string Preview(const EnabledChoice& choice) {
    const int p = choice.choice.actor.process();
    std::string text = fmt::format("line {}: {}", LineOf(p), TextAt(p));
    const std::string decided = DecidedText(choice.decided);
    if (!decided.empty()) return text + "  (" + decided + ")";
    TraceStep next;
    next.process = p;
    run_.evaluator().NextAccesses(run_.state().data(), p, next.events);
    const std::string what = StepText(program_, next);
    return what.empty() ? text : text + "  (" + what + ")";
  }

  void Obey(const std::string& line, const std::vector<EnabledChoice>& choices) {
    if (line == "u" || line == "undo") {
      if (!run_.Undo()) fmt::print("this is the start\n");
    } else if (line == "s" || line == "state") {
      PrintState();
    } else if (line == "?" || line == "h" || line == "help") {
      fmt::print(
          "  NUMBER  take that step\n"
          "  u       take the last step back\n"
          "  s       show the state\n"
          "  q       end, and show the whole run (the end of the input does so, too)\n");
    } else if (const auto number = Number(line, choices.size())) {
      const std::vector<int64_t> before = run_.state();
      const std::size_t steps = run_.trace().steps.size();
      run_.Take(choices[*number - 1]);
      if (run_.trace().steps.size() > steps) PrintStep(before);
    }
  }

  void PrintStep(const std::vector<int64_t>& before) {
    const TraceStep& step = run_.trace().steps.back();
    const ViewRow row = DescribeStep(program_, *loaded_.source, step, before);
    fmt::print("step {}  {}  {}\n", run_.trace().steps.size(),
               painter_.Paint(NameOf(step.process), Style::kProcess, step.process),
               Untied(row.words));
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
    fmt::print("  {}: before line {}{}\n", instance.name, LineOf(p), locals);
  }

  const LoadedScenario& loaded_;
  const Program& program_;
  RunJudge& judge_;
  Run& run_;
  Painter painter_;
};

}  // namespace

bool SteerByHand(const LoadedScenario& loaded, RunJudge& judge, Run& run, bool color) {
  return InteractiveSession(loaded, judge, run, color).Steer();
}

}  // namespace interleave
