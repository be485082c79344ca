// Footprints (sim/program/footprint.h) and what is known of program points before a search
// (model/reduce/point_graph.h) against what steps do. That a step does not read a cell is tested by
// changing the cell: the step must do what it did, and leave the cell alone or write what it wrote.
// As LTSmin checks the dependency matrices that its front ends declare.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "model/property/judge.h"
#include "model/reduce/constants.h"
#include "model/reduce/partial_order.h"
#include "model/reduce/reduced_system.h"
#include "model/reduce/units.h"
#include "sim/language/arithmetic.h"
#include "sim/program/words.h"
#include "tests/support/random_loose.h"
#include "tests/support/random_program.h"
#include "tests/support/scenario_loader.h"
#include "tests/support/step_graph.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr uint64_t kRandomPrograms = 60;
constexpr std::size_t kMostStates = 100;
#else
constexpr uint64_t kRandomPrograms = 3'000;
constexpr std::size_t kMostStates = 400;
#endif
// Of a graph this many states are changed, evenly spread.
constexpr std::size_t kChangedStates = 60;
constexpr uint64_t kForFaults = 200;

// What belongs together in a state: a unit of footprints with its cells' written bits and what
// observers remember of them, or the part of a process.
struct Group {
  std::string name;
  uint64_t unit = 0;  // 0: of a process
  int process = -1;
  bool is_plain = true;  // only cells that are overwritten without looking
  std::vector<std::size_t> words;
};

// Everything about one program that the claims are compared on.
class Subject {
 public:
  // `fault`: one in the units that steps note their footprints in.
  Subject(const Program& program, std::size_t most, ReductionFault fault = ReductionFault::kNone)
      : program_(program),
        judge_(program),
        system_(program, judge_.automata()),
        graph_(MakeStepGraph(system_, most)),
        units_(CutIntoUnits(program)),
        fixed_(program, fault),
        noted_(CutIntoUnits(program, fault)) {
    if (!PartialOrder::Refusal(program)) {
      partial_order_.emplace(program, true, fault);
      reduced_.emplace(system_, &*partial_order_);
    }
    MakeGroups();
  }
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  const Program& program() const { return program_; }
  const StepGraph& graph() const { return graph_; }
  const std::vector<Group>& groups() const { return groups_; }
  const PartialOrder* partial_order() const { return partial_order_ ? &*partial_order_ : nullptr; }
  FootprintUnits& noted() { return noted_; }

  // The next step of a process in any state, reachable or not; its outcomes have no numbers but
  // states.
  struct Tried {
    std::vector<StepOutcome> outcomes;
    std::vector<std::vector<int64_t>> next;  // by outcome, where it is fine
    Footprint footprint;
  };
  Tried Try(const std::vector<int64_t>& state, int process) {
    Tried tried;
    system_.stepper().set_footprint(&tried.footprint, &noted_);
    system_.ForEachOutcome(state.data(), Actor::OfProcess(process),
                           [&](const int64_t* next, const Successor& s) {
                             StepOutcome outcome;
                             outcome.status = s.status;
                             outcome.violated_observer = s.violated_observer;
                             outcome.observer_full = s.observer_full;
                             if (s.status == StepStatus::kError)
                               outcome.error = system_.error().message;
                             if (s.status != StepStatus::kLocalLimit)
                               outcome.decided = system_.decided();
                             tried.outcomes.push_back(std::move(outcome));
                             tried.next.emplace_back(next, next + system_.state_words());
                           });
    system_.stepper().set_footprint(nullptr, nullptr);
    return tried;
  }

  // Units that some step touches.
  uint64_t AllTouched() {
    Footprint all;
    for (uint32_t s = 0; s < graph_.states.size(); ++s) {
      for (int p = 0; p < program_.process_count(); ++p) {
        if (PointOf(s, p) != 0) all |= Try(graph_.states[s], p).footprint;
      }
    }
    return all.All();
  }

  // As a reduced search tries it. Nothing where there is no reduction.
  ProcessMove Move(const std::vector<int64_t>& state, int process) {
    std::vector<int64_t> next;
    std::vector<Successor> successors;
    return reduced_->Try(state.data(), process, next, successors);
  }
  // Whether a step, since construction, was not what the reduction takes it to be and notices.
  bool is_broken() const { return reduced_->broken() != PartialOrder::Broken::kNothing; }

  // What a cell is in all states, where it is said that nobody writes it.
  std::optional<int64_t> FixedValue(uint32_t slot) const { return fixed_.ValueOfCell(slot); }

  uint32_t PointOf(uint32_t state, int process) const {
    const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
    return static_cast<uint32_t>(graph_.states[state][instance.point_slot]);
  }

  // Other contents for a group: those of some other state, or (`invents`) any that the types allow.
  void Change(const Group& group, bool invents, std::mt19937_64& engine,
              std::vector<int64_t>& state) const {
    const std::vector<int64_t>& donor = graph_.states[engine() % graph_.states.size()];
    for (const std::size_t word : group.words) state[word] = donor[word];
    if (!invents || group.process >= 0) return;
    for (const std::size_t word : group.words) {
      if (word >= program_.slots.size()) continue;
      const Slot& slot = program_.slots[word];
      if (slot.kind == SlotKind::kItems) state[word] = static_cast<int64_t>(engine() % 5);
      if (slot.kind == SlotKind::kWritten) state[word] = static_cast<int64_t>(engine() % 2);
      if (fixed_.ValueOfCell(static_cast<uint32_t>(word))) continue;
      // A pointer leads somewhere, and an object's length says which of its cells are in use.
      if (slot.kind != SlotKind::kMemory || slot.type == nullptr || !slot.type->is_integer() ||
          program_.objects[static_cast<std::size_t>(slot.object)].kind != nullptr) {
        continue;
      }
      constexpr int64_t kValues[] = {0, 1, 2, 3, -1, 100, 255, INT64_MAX, INT64_MIN};
      const int64_t value = kValues[engine() % std::size(kValues)];
      state[word] = slot.type->is_bool ? value != 0 : ConvertTo(IntTypeOf(*slot.type), value);
    }
  }

 private:
  void MakeGroups() {
    std::map<uint8_t, Group> by_unit;
    const auto add = [&](uint8_t unit, std::size_t word, bool is_plain) {
      if (unit == FootprintUnits::kNone) return;
      Group& group = by_unit[unit];
      group.unit = FootprintUnits::Bit(unit);
      group.is_plain = group.is_plain && is_plain;
      group.words.push_back(word);
      if (group.name.empty() && word < program_.slots.size()) {
        group.name = SlotName(program_, static_cast<uint32_t>(word));
      }
    };
    for (uint32_t word = 0; word < program_.slots.size(); ++word) {
      const Slot& slot = program_.slots[word];
      if (slot.kind == SlotKind::kItems) add(units_.marks, word, false);
      if (slot.kind != SlotKind::kMemory) continue;
      const bool of_kind = program_.objects[static_cast<std::size_t>(slot.object)].kind != nullptr;
      add(units_.of_slot[word], word, !of_kind && units_.is_watched[word] == 0);
      if (slot.written != 0) add(units_.of_slot[word], slot.written, true);
    }
    for (std::size_t k = 0; k < system_.observers().size(); ++k) {
      const int number = judge_.property_of_automaton(static_cast<int>(k));
      const Property& property = program_.properties[static_cast<std::size_t>(number)];
      for (std::size_t w = 0; w < system_.observers()[k]->words(); ++w) {
        const std::size_t word = system_.observer_base(k) + w;
        if (property.kind == PropertyKind::kSlots) {
          const uint32_t base = program_.objects[static_cast<std::size_t>(property.object)].base;
          add(units_.of_slot[base + w], word, false);
        } else {
          add(units_.marks, word, false);
        }
      }
    }
    for (auto& [unit, group] : by_unit) groups_.push_back(std::move(group));
    for (int p = 0; p < program_.process_count(); ++p) {
      const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(p)];
      Group group;
      group.name = instance.name;
      group.process = p;
      for (std::size_t word = instance.point_slot; word < instance.end; ++word) {
        group.words.push_back(word);
      }
      groups_.push_back(std::move(group));
    }
  }

  const Program& program_;
  Judge judge_;
  ProgramSystem system_;
  StepGraph graph_;
  FootprintUnits units_;  // as they should be
  FixedMemory fixed_;
  FootprintUnits noted_;
  std::vector<Group> groups_;
  std::optional<PartialOrder> partial_order_;
  std::optional<ReducedSystem> reduced_;
};

// The first thing that is not as claimed, in words; empty when all is.

// What footprints leave out of a step: it neither changes that, nor reads it, nor waits for it.
std::string FaultInFootprints(Subject& subject, uint64_t seed) {
  std::mt19937_64 engine(seed);
  const StepGraph& graph = subject.graph();
  const std::size_t stride = std::max<std::size_t>(1, graph.states.size() / kChangedStates);
  for (std::size_t s = 0; s < graph.states.size(); s += stride) {
    const std::vector<int64_t>& state = graph.states[s];
    for (int p = 0; p < subject.program().process_count(); ++p) {
      if (subject.PointOf(static_cast<uint32_t>(s), p) == 0) continue;
      const auto name = [&] {
        return fmt::format("state {}, {} at point {}", s,
                           subject.program().processes[static_cast<std::size_t>(p)].name,
                           subject.PointOf(static_cast<uint32_t>(s), p));
      };
      const Subject::Tried tried = subject.Try(state, p);
      const Footprint& footprint = tried.footprint;
      for (const Group& group : subject.groups()) {
        if (group.process == p || (group.unit & footprint.Changed()) != 0) continue;
        for (std::size_t k = 0; k < tried.outcomes.size(); ++k) {
          if (tried.outcomes[k].status != StepStatus::kOk) continue;
          for (const std::size_t word : group.words) {
            if (tried.next[k][word] != state[word]) {
              return fmt::format("{}: changes {}", name(), group.name);
            }
          }
        }
      }
      for (const Group& group : subject.groups()) {
        // What is changed in another way than by overwriting may be read as well.
        const bool may_read = (group.unit & footprint.reads) != 0 ||
                              (!group.is_plain && (group.unit & footprint.Changed()) != 0);
        if (group.process == p || may_read) continue;
        for (const bool invents : {false, true}) {
          std::vector<int64_t> other = state;
          subject.Change(group, invents, engine, other);
          if (other == state) continue;
          const Subject::Tried again = subject.Try(other, p);
          bool is_same = again.outcomes.size() == tried.outcomes.size();
          for (std::size_t k = 0; is_same && k < again.outcomes.size(); ++k) {
            is_same = again.outcomes[k].IsLike(tried.outcomes[k]);
            if (tried.outcomes[k].status != StepStatus::kOk) continue;
            for (std::size_t word = 0; is_same && word < state.size(); ++word) {
              const int64_t one = tried.next[k][word], two = again.next[k][word];
              is_same = one == two || (one == state[word] && two == other[word]);
            }
          }
          if (!is_same) return fmt::format("{}: reads {}", name(), group.name);
        }
      }
    }
  }
  return {};
}

bool IsWithin(const Footprint& part, const Footprint& whole) {
  Footprint both = part;
  both |= whole;
  return both == whole;
}

// What is known by program point: what a step may touch and where it leads, what closes it, and
// what may be touched from there on for as long as gates stay closed.
std::string FaultInPoints(Subject& subject, uint64_t seed) {
  std::mt19937_64 engine(seed);
  const StepGraph& graph = subject.graph();
  for (uint32_t slot = 0; slot < subject.program().slots.size(); ++slot) {
    const auto fixed = subject.FixedValue(slot);
    for (const std::vector<int64_t>& state : graph.states) {
      if (fixed && state[slot] != *fixed)
        return SlotName(subject.program(), slot) + " changes, which nobody writes";
    }
  }
  const PartialOrder& order = *subject.partial_order();
  const Program& program = subject.program();
  const auto processes = static_cast<std::size_t>(program.process_count());
  const auto name = [&](std::size_t s, int p) {
    return fmt::format("state {}, {} at point {}", s,
                       program.processes[static_cast<std::size_t>(p)].name,
                       subject.PointOf(static_cast<uint32_t>(s), p));
  };
  std::vector<std::vector<Footprint>> touched(graph.steps.size());  // what it does, by process
  std::map<uint64_t, std::vector<uint32_t>> by_gates;
  for (uint32_t s = 0; s < graph.steps.size(); ++s) {
    by_gates[order.ClosedGates(graph.states[s].data())].push_back(s);
    touched[s].resize(processes);
    for (int p = 0; p < program.process_count(); ++p) {
      const uint32_t point = subject.PointOf(s, p);
      if (point == 0) continue;
      const PointFacts& facts = order.point(p, point);
      const ProcessMove move = subject.Move(graph.states[s], p);
      if (!IsWithin(move.next, facts.next)) return name(s, p) + ": touches more than is known";
      const std::vector<StepOutcome>& outcomes = graph.Of(s, p);
      if (!outcomes.empty()) touched[s][static_cast<std::size_t>(p)] = move.next;
      for (const StepOutcome& outcome : outcomes) {
        if (!outcome.is_fine()) continue;
        const uint32_t to = subject.PointOf(outcome.to, p);
        if (std::none_of(facts.edges.begin(), facts.edges.end(),
                         [&](const PointEdge& edge) { return edge.to == to; })) {
          return fmt::format("{}: comes to point {}", name(s, p), to);
        }
      }
      if (facts.gate < 0) continue;
      // Whatever else may stand there.
      const Gate& gate = order.gates()[static_cast<std::size_t>(facts.gate)];
      std::vector<int64_t> other = graph.states[s];
      for (const Group& group : subject.groups()) {
        if (group.process != p && engine() % 2 == 0) subject.Change(group, true, engine, other);
      }
      for (const std::vector<int64_t>* state : {&graph.states[s], &std::as_const(other)}) {
        if (gate.IsOpen((*state)[gate.slot])) continue;
        if (!subject.Try(*state, p).outcomes.empty()) return name(s, p) + ": passes a closed gate";
      }
    }
  }
  if (subject.is_broken()) return {};  // Then a search makes nothing of what follows.

  // Along all paths on which at least `closed` stays closed.
  by_gates.try_emplace(0);
  for (const auto& [closed, unused] : by_gates) {
    std::vector<uint32_t> within;
    for (const auto& [gates, states] : by_gates) {
      if ((gates & closed) == closed) within.insert(within.end(), states.begin(), states.end());
    }
    std::sort(within.rbegin(), within.rend());
    std::vector<std::vector<Footprint>> future = touched;
    std::vector<bool> is_within(graph.steps.size(), false);
    for (const uint32_t s : within) is_within[s] = true;
    for (bool changed = true; changed;) {
      changed = false;
      for (const uint32_t s : within) {
        for (int p = 0; p < program.process_count(); ++p) {
          for (const StepOutcome& outcome : graph.Of(s, p)) {
            if (!outcome.is_fine() || !graph.IsExpanded(outcome.to) || !is_within[outcome.to]) {
              continue;
            }
            for (std::size_t q = 0; q < processes; ++q) {
              Footprint more = future[s][q];
              more |= future[outcome.to][q];
              if (more == future[s][q]) continue;
              future[s][q] = more;
              changed = true;
            }
          }
        }
      }
    }
    const std::vector<Footprint> known = order.FuturesOf(closed);
    for (const uint32_t s : within) {
      for (int p = 0; p < program.process_count(); ++p) {
        const uint32_t point = subject.PointOf(s, p);
        if (!IsWithin(future[s][static_cast<std::size_t>(p)], known[order.FutureIndex(p, point)])) {
          return fmt::format("{}, gates {:x}: may touch more than is known", name(s, p), closed);
        }
      }
    }
  }
  return {};
}

// Two next steps whose footprints do not conflict are independent, and one that is not enabled is
// not enabled by the other.
std::string FaultInConflicts(Subject& subject, int* pairs = nullptr) {
  const StepGraph& graph = subject.graph();
  const Program& program = subject.program();
  std::vector<std::vector<ProcessMove>> moves;
  for (uint32_t s = 0; s < graph.steps.size(); ++s) {
    std::vector<ProcessMove>& here = moves.emplace_back();
    for (int p = 0; p < program.process_count(); ++p) {
      here.push_back(subject.Move(graph.states[s], p));
    }
  }
  if (subject.is_broken()) return {};
  for (uint32_t s = 0; s < graph.steps.size(); ++s) {
    const auto is_known = [&](const StepOutcome& outcome) {
      return !outcome.is_fine() || graph.IsExpanded(outcome.to);
    };
    for (int p = 0; p < program.process_count(); ++p) {
      for (int q = 0; q < program.process_count(); ++q) {
        const ProcessMove& one = moves[s][static_cast<std::size_t>(p)];
        const ProcessMove& other = moves[s][static_cast<std::size_t>(q)];
        if (p == q || one.point == 0 || other.point == 0) continue;
        if (PartialOrder::Conflicts(one, other.next)) continue;
        const auto& a = graph.Of(s, p);
        const auto& b = graph.Of(s, q);
        if (!std::all_of(a.begin(), a.end(), is_known)) continue;
        if (!std::all_of(b.begin(), b.end(), is_known)) continue;
        if (pairs != nullptr && !a.empty() && !b.empty()) ++*pairs;
        if (a.empty()) {
          for (const StepOutcome& outcome : b) {
            if (!outcome.is_fine() || graph.Of(outcome.to, p).empty()) continue;
            return fmt::format("state {}: {} enables {}", s,
                               program.processes[static_cast<std::size_t>(q)].name,
                               program.processes[static_cast<std::size_t>(p)].name);
          }
        } else if (!AreIndependent(graph, s, p, q)) {
          return fmt::format("state {}: {} and {} are dependent", s,
                             program.processes[static_cast<std::size_t>(p)].name,
                             program.processes[static_cast<std::size_t>(q)].name);
        }
      }
    }
  }
  return {};
}

// Half of either kind of random program.
std::string RandomText(uint64_t seed) {
  return seed % 2 == 0 ? MakeRandomScenario(seed / 2).text : MakeLooseScenario(seed / 2);
}

LoadedScenario LoadRandom(uint64_t seed) {
  const char* granularity = seed / 2 % 3 == 0 ? "statement" : "access";
  LoadedScenario loaded = LoadScenario(RandomText(seed), {}, {{"granularity", granularity}});
  REQUIRE_MESSAGE(loaded, loaded.diagnostics << RandomText(seed));
  return loaded;
}

void CheckAllClaims(const Program& program, std::size_t most, uint64_t seed, int* pairs) {
  Subject subject(program, most);
  CHECK(FaultInFootprints(subject, seed) == "");
  if (subject.partial_order() == nullptr) return;
  CHECK(FaultInPoints(subject, seed) == "");
  CHECK(FaultInConflicts(subject, pairs) == "");
}

TEST_CASE("Steps of every scenario touch what their footprints say, and nothing else") {
  int pairs = 0;
  for (const std::string& file : ScenarioFiles()) {
    for (const char* granularity : {"access", "statement"}) {
      CAPTURE(file);
      CAPTURE(granularity);
      const LoadedScenario loaded = LoadScenarioFile(file, {}, {{"granularity", granularity}});
      REQUIRE_MESSAGE(loaded, loaded.diagnostics);
      CheckAllClaims(*loaded, kMostStates, 1, &pairs);
    }
  }
  MESSAGE(pairs << " pairs of steps without a conflict");
  CHECK(pairs > 0);
}

TEST_CASE("Steps of random programs touch what their footprints say, and nothing else") {
  int pairs = 0;
  for (uint64_t seed = 0; seed < kRandomPrograms; ++seed) {
    CAPTURE(seed);
    const LoadedScenario loaded = LoadRandom(seed);
    CheckAllClaims(*loaded, kMostStates, seed, &pairs);
  }
  MESSAGE(pairs << " pairs of steps without a conflict");
  CHECK(pairs > 0);
}

// --- Mistakes are noticed ---

TEST_CASE("A cell that is left out of a footprint is noticed") {
  int hidden = 0;
  int reads = 0;
  int changes = 0;
  for (uint64_t seed = 0; seed < kForFaults; ++seed) {
    const LoadedScenario loaded = LoadRandom(seed);
    Subject subject(*loaded, 100);
    const uint64_t touched = subject.AllTouched();
    for (const MemoryObject& object : loaded->objects) {
      uint8_t& unit = subject.noted().of_slot[object.base];
      if ((FootprintUnits::Bit(unit) & touched) == 0 || subject.FixedValue(object.base)) continue;
      const uint8_t real = std::exchange(unit, FootprintUnits::kNone);
      const std::string fault = FaultInFootprints(subject, seed);
      unit = real;
      ++hidden;
      reads += fault.find(": reads") != std::string::npos;
      changes += fault.find(": changes") != std::string::npos;
    }
  }
  MESSAGE(reads << " + " << changes << " of " << hidden << " hidden cells are noticed");
  CHECK(reads > 0);
  CHECK(changes > 0);
  CHECK((reads + changes) * 4 > hidden * 3);  // What some cells hold does not matter.
}

TEST_CASE("Ghosts that are left out of footprints are noticed by each comparison") {
  int footprints = 0;
  int conflicts = 0;
  for (uint64_t seed = 0; seed < kForFaults; ++seed) {
    const LoadedScenario loaded = LoadRandom(seed);
    Subject subject(*loaded, 100, ReductionFault::kBareGhosts);
    footprints += !FaultInFootprints(subject, seed).empty();
    if (subject.partial_order() != nullptr) conflicts += !FaultInConflicts(subject).empty();
  }
  CHECK(footprints > 0);
  CHECK(conflicts > 0);
}

}  // namespace
}  // namespace interleave
