// Partial-order reduction (model/reduce/partial_order.h) against the conditions that its soundness
// rests on, by brute force on whole state graphs: C0 to C3 of E. M. Clarke, O. Grumberg,
// D. A. Peled, "Model Checking", section 10.4, for ample sets that are all enabled steps of some
// processes. Independence is tested by making the steps in both orders, invisibility by judging the
// properties before and after, and C3 in the form that the code claims: every cycle of the reduced
// graph has a state that is expanded in full. What all that is for is tested too: what can be seen
// of the whole graph is seen in the reduced one.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "model/property/judge.h"
#include "model/reduce/partial_order.h"
#include "model/reduce/reduced_system.h"
#include "tests/support/random_loose.h"
#include "tests/support/random_program.h"
#include "tests/support/scenario_loader.h"
#include "tests/support/step_graph.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr uint64_t kRandomPrograms = 60;
constexpr std::size_t kMostStates = 300;
#else
constexpr uint64_t kRandomPrograms = 3'000;
constexpr std::size_t kMostStates = 3'000;
#endif
constexpr uint64_t kForFaults = 6'000;

class AmpleSets {
 public:
  AmpleSets(const Program& program, std::size_t most, ReductionFault fault = ReductionFault::kNone)
      : program_(program),
        judge_(program),
        system_(program, judge_.automata()),
        graph_(MakeStepGraph(system_, most)) {
    if (!graph_.is_whole() || PartialOrder::Refusal(program)) return;
    order_.emplace(program, true, fault);
    ProgramSystem other(program, judge_.automata());
    ReducedSystem reduced(other, &*order_);
    PartialOrder::Memory memory;
    for (const std::vector<int64_t>& state : graph_.states) {
      std::vector<ProcessMove> moves;
      std::vector<int64_t> next;
      std::vector<Successor> successors;
      for (int p = 0; p < program.process_count(); ++p) {
        moves.push_back(reduced.Try(state.data(), p, next, successors));
      }
      chosen_.push_back(order_->Choose(moves, order_->ClosedGates(state.data()), memory));
    }
    // A step that is not what it was taken to be: the search is made again without that.
    has_claims_ = reduced.broken() == PartialOrder::Broken::kNothing;
  }
  AmpleSets(const AmpleSets&) = delete;
  AmpleSets& operator=(const AmpleSets&) = delete;

  bool has_claims() const { return has_claims_; }
  std::size_t reduced_states() const {
    return static_cast<std::size_t>(
        std::count_if(chosen_.begin(), chosen_.end(),
                      [](uint64_t chosen) { return chosen != PartialOrder::kAll; }));
  }

  // The first thing that is not as it must be, in words; empty when all is.

  // C0: where something is enabled, something is taken.
  std::string FaultInC0() const {
    for (uint32_t s = 0; s < chosen_.size(); ++s) {
      if (chosen_[s] == PartialOrder::kAll) continue;
      if (CountOf(s, chosen_[s]) == 0) return fmt::format("C0: nothing is taken in state {}", s);
    }
    return {};
  }

  // C1: along every path on which the processes of the set stand still, what they can do stays what
  // it is, and every step on it is independent of theirs.
  std::string FaultInC1() {
    for (uint32_t s = 0; s < chosen_.size(); ++s) {
      if (chosen_[s] == PartialOrder::kAll) continue;
      std::vector<uint32_t> path = {s};
      std::set<uint32_t> seen = {s};
      while (!path.empty()) {
        const uint32_t t = path.back();
        path.pop_back();
        for (int q = 0; q < program_.process_count(); ++q) {
          if (IsIn(chosen_[s], q) || graph_.Of(t, q).empty()) continue;
          for (int p = 0; p < program_.process_count(); ++p) {
            if (!IsIn(chosen_[s], p) || IsLeftAlone(t, p, q)) continue;
            return fmt::format("C1: the set of state {} has {}; in state {} {} interferes", s,
                               NameOf(p), t, NameOf(q));
          }
          for (const StepOutcome& outcome : graph_.Of(t, q)) {
            if (outcome.is_fine() && seen.insert(outcome.to).second) path.push_back(outcome.to);
          }
        }
      }
    }
    return {};
  }

  // C2: where something is left out, what is taken is fine and changes no property's value.
  std::string FaultInC2() {
    for (uint32_t s = 0; s < chosen_.size(); ++s) {
      for (int p = 0; p < program_.process_count(); ++p) {
        if (chosen_[s] == PartialOrder::kAll || !IsIn(chosen_[s], p)) continue;
        for (const StepOutcome& outcome : graph_.Of(s, p)) {
          if (!outcome.is_fine()) return fmt::format("C2: {} fails in state {}", NameOf(p), s);
          if (ValuesIn(s) == ValuesIn(outcome.to)) continue;
          return fmt::format("C2: {} can be seen in state {}", NameOf(p), s);
        }
      }
    }
    return {};
  }

  // C3: no cycle of states in each of which something is left out.
  std::string FaultInC3() {
    enum class Mark : uint8_t { kNew, kOpen, kClosed };
    std::vector<Mark> marks(chosen_.size(), Mark::kNew);
    struct Frame {
      uint32_t state = 0;
      std::vector<uint32_t> left;
    };
    for (uint32_t root = 0; root < chosen_.size(); ++root) {
      std::vector<Frame> frames;
      const auto enter = [&](uint32_t s) {
        marks[s] = Mark::kOpen;
        frames.push_back({s, chosen_[s] == PartialOrder::kAll ? std::vector<uint32_t>{} : Next(s)});
      };
      if (marks[root] == Mark::kNew) enter(root);
      while (!frames.empty()) {
        Frame& frame = frames.back();
        if (frame.left.empty()) {
          marks[frame.state] = Mark::kClosed;
          frames.pop_back();
          continue;
        }
        const uint32_t to = frame.left.back();
        frame.left.pop_back();
        if (marks[to] == Mark::kOpen) return fmt::format("C3: a cycle through state {}", to);
        if (marks[to] == Mark::kNew) enter(to);
      }
    }
    return {};
  }

  // What the conditions are for: failing steps, values of properties, deadlocks and complete runs
  // are those of the whole graph.
  std::string FaultInWhatIsKept() {
    std::vector<bool> is_reached(chosen_.size(), false);
    std::vector<uint32_t> work;
    const auto reach = [&](uint32_t s) {
      if (!is_reached[s]) work.push_back(s);
      is_reached[s] = true;
    };
    for (uint32_t s = 0; s < graph_.initial; ++s) reach(s);
    while (!work.empty()) {
      const uint32_t s = work.back();
      work.pop_back();
      for (const uint32_t to : Next(s)) reach(to);
    }
    Seen whole, part;
    for (uint32_t s = 0; s < chosen_.size(); ++s) {
      See(s, PartialOrder::kAll, whole);
      if (is_reached[s]) See(s, chosen_[s], part);
    }
    if (whole.failures != part.failures) return "a failing step is lost";
    if (whole.values != part.values) return "a combination of properties' values is lost";
    if (whole.deadlocks != part.deadlocks) return "a deadlock is lost";
    if (whole.completions != part.completions) return "a complete run is lost";
    return {};
  }

  // Steps that are taken at once are steps of ample sets of one: of one process, where races are
  // looked for.
  std::string FaultInChains() {
    ProgramSystem other(program_, judge_.automata());
    ReducedSystem reduced(other, &*order_);
    std::map<std::vector<int64_t>, uint32_t> numbers;
    for (uint32_t s = 0; s < chosen_.size(); ++s) numbers[graph_.states[s]] = s;
    for (uint32_t s = 0; s < chosen_.size(); ++s) {
      std::vector<std::pair<uint32_t, uint32_t>> expected, found;
      for (uint32_t at : Next(s)) {
        uint32_t steps = 1;
        while (steps < PartialOrder::kMostSteps && chosen_[at] != PartialOrder::kAll &&
               CountOf(at, chosen_[at]) == 1 &&
               (!program_.LooksForRaces() || std::has_single_bit(chosen_[at]))) {
          at = Next(at).front();
          ++steps;
        }
        expected.emplace_back(at, steps);
      }
      reduced.ForEachSuccessor(
          graph_.states[s].data(), [&](const int64_t* next, const Successor& successor) {
            if (successor.status != StepStatus::kOk || successor.violated_observer >= 0 ||
                successor.observer_full) {
              return;
            }
            found.emplace_back(numbers.at({next, next + other.state_words()}), successor.steps);
          });
      if (found != expected) return fmt::format("successors of state {} are others", s);
    }
    return {};
  }

 private:
  // What can be seen of a graph.
  struct Seen {
    std::set<std::tuple<int, StepStatus, int, bool, std::string>> failures;
    std::set<std::vector<std::optional<int64_t>>> values;
    std::set<std::vector<int64_t>> deadlocks;  // shared memory: who waits may go round
    std::set<std::pair<std::vector<int64_t>, std::vector<int>>> completions;  // and what is broken
  };

  static bool IsIn(uint64_t chosen, int process) {
    return chosen == PartialOrder::kAll || (chosen >> process & 1) != 0;
  }
  const std::string& NameOf(int process) const {
    return program_.processes[static_cast<std::size_t>(process)].name;
  }
  std::size_t CountOf(uint32_t s, uint64_t chosen) const {
    std::size_t count = 0;
    for (int p = 0; p < program_.process_count(); ++p) {
      if (IsIn(chosen, p)) count += graph_.Of(s, p).size();
    }
    return count;
  }
  // The states that the reduced graph goes to, in order.
  std::vector<uint32_t> Next(uint32_t s) const {
    std::vector<uint32_t> next;
    for (int p = 0; p < program_.process_count(); ++p) {
      if (!IsIn(chosen_[s], p)) continue;
      for (const StepOutcome& outcome : graph_.Of(s, p)) {
        if (outcome.is_fine()) next.push_back(outcome.to);
      }
    }
    return next;
  }

  // Whether what p can do in a state, perhaps nothing, is independent of the next step of q.
  bool IsLeftAlone(uint32_t state, int p, int q) {
    const auto [it, is_new] = left_alone_.try_emplace({state, p, q});
    if (!is_new) return it->second;
    const std::vector<StepOutcome>& outcomes = graph_.Of(state, q);
    it->second = AreIndependent(graph_, state, p, q) &&
                 std::all_of(outcomes.begin(), outcomes.end(), [&](const StepOutcome& outcome) {
                   return !outcome.is_fine() || CanDoTheSame(graph_, state, outcome.to, p);
                 });
    return it->second;
  }

  // The value of every property that judges states, and of what it follows from.
  const std::vector<std::optional<int64_t>>& ValuesIn(uint32_t state) {
    const auto [it, is_new] = values_.try_emplace(state);
    if (!is_new) return it->second;
    for (const Property& property : program_.properties) {
      if (property.kind != PropertyKind::kInvariant && property.kind != PropertyKind::kNever &&
          property.kind != PropertyKind::kReachable) {
        continue;
      }
      const int64_t* const words = graph_.states[state].data();
      it->second.push_back(judge_.evaluator().Evaluate(property.code, words));
      if (!property.antecedent) continue;
      it->second.push_back(judge_.evaluator().Evaluate(*property.antecedent, words));
    }
    return it->second;
  }

  std::vector<int64_t> SharedMemory(uint32_t state) const {
    std::vector<int64_t> memory;
    for (const MemoryObject& object : program_.objects) {
      if (object.symbol->kind == SymbolKind::kGhost) continue;
      const auto from = graph_.states[state].begin() + object.base;
      memory.insert(memory.end(), from, from + object.cells);
    }
    return memory;
  }

  void See(uint32_t s, uint64_t chosen, Seen& seen) {
    seen.values.insert(ValuesIn(s));
    for (int p = 0; p < program_.process_count(); ++p) {
      if (!IsIn(chosen, p)) continue;
      for (const StepOutcome& outcome : graph_.Of(s, p)) {
        if (outcome.is_fine()) continue;
        seen.failures.emplace(p, outcome.status, outcome.violated_observer, outcome.observer_full,
                              outcome.error);
      }
    }
    const int64_t* const words = graph_.states[s].data();
    if (judge_.IsDeadlock(words)) seen.deadlocks.insert(SharedMemory(s));
    if (!judge_.IsComplete(words)) return;
    std::vector<Violation> violations;
    judge_.JudgeState(words, violations);
    std::vector<int> broken;
    for (const Violation& violation : violations) broken.push_back(violation.property);
    seen.completions.emplace(SharedMemory(s), std::move(broken));
  }

  const Program& program_;
  Judge judge_;
  ProgramSystem system_;
  StepGraph graph_;
  std::optional<PartialOrder> order_;
  std::vector<uint64_t> chosen_;  // by state
  bool has_claims_ = false;
  std::map<std::tuple<uint32_t, int, int>, bool> left_alone_;
  std::map<uint32_t, std::vector<std::optional<int64_t>>> values_;
};

struct Tally {
  int programs = 0;
  std::size_t reduced_states = 0;
};

void CheckConditions(const Program& program, Tally& tally) {
  AmpleSets sets(program, kMostStates);
  if (!sets.has_claims()) return;
  ++tally.programs;
  tally.reduced_states += sets.reduced_states();
  CHECK(sets.FaultInC0() == "");
  CHECK(sets.FaultInC1() == "");
  CHECK(sets.FaultInC2() == "");
  CHECK(sets.FaultInC3() == "");
  CHECK(sets.FaultInWhatIsKept() == "");
  CHECK(sets.FaultInChains() == "");
}

LoadedScenario LoadRandom(uint64_t seed) {
  const std::string text = seed % 4 == 3 ? MakeRandomScenario(seed).text : MakeLooseScenario(seed);
  const char* granularity = seed % 3 == 0 ? "statement" : "access";
  LoadedScenario loaded = LoadScenario(text, {}, {{"granularity", granularity}});
  REQUIRE_MESSAGE(loaded, loaded.diagnostics << text);
  return loaded;
}

TEST_CASE("Ample sets of small scenarios meet the conditions of partial-order reduction") {
  Tally tally;
  for (const std::string& file : ScenarioFiles()) {
    for (const char* granularity : {"access", "statement"}) {
      CAPTURE(file);
      CAPTURE(granularity);
      const LoadedScenario loaded = LoadScenarioFile(file, {}, {{"granularity", granularity}});
      REQUIRE_MESSAGE(loaded, loaded.diagnostics);
      CheckConditions(*loaded, tally);
    }
  }
  MESSAGE(tally.programs << " state graphs, something is left out in " << tally.reduced_states
                         << " states");
  CHECK(tally.reduced_states > 0);
}

TEST_CASE("Ample sets of random programs meet the conditions of partial-order reduction") {
  Tally tally;
  for (uint64_t seed = 0; seed < kRandomPrograms; ++seed) {
    CAPTURE(seed);
    const LoadedScenario loaded = LoadRandom(seed);
    CheckConditions(*loaded, tally);
  }
  MESSAGE(tally.programs << " state graphs, something is left out in " << tally.reduced_states
                         << " states");
  CHECK(tally.reduced_states > 0);
}

// Whether some random program shows a mistake in the reduction.
bool IsNoticed(ReductionFault fault, std::string (AmpleSets::*condition)()) {
  for (uint64_t seed = 0; seed < kForFaults; ++seed) {
    const LoadedScenario loaded = LoadRandom(seed);
    AmpleSets sets(*loaded, 300, fault);
    if (sets.has_claims() && !(sets.*condition)().empty()) return true;
  }
  return false;
}

TEST_CASE("Each mistake in the reduction breaks the condition that it is about") {
  CHECK(IsNoticed(ReductionFault::kBareGhosts, &AmpleSets::FaultInC1));
  CHECK(IsNoticed(ReductionFault::kNoVisibility, &AmpleSets::FaultInC2));
  CHECK(IsNoticed(ReductionFault::kNoProviso, &AmpleSets::FaultInC3));
  for (const ReductionFault fault :
       {ReductionFault::kBareGhosts, ReductionFault::kNoVisibility, ReductionFault::kNoProviso}) {
    CHECK(IsNoticed(fault, &AmpleSets::FaultInWhatIsKept));
  }
}

}  // namespace
}  // namespace interleave
