// Symmetry: what is found to be symmetric and what is refused, and that the search of
// representatives visits one state of each orbit of the whole search.
//
// Orbits are counted by brute force: all permutations are applied to every reachable state as the
// definition says, by code of this file. Whether what is called a symmetry is one is checked as
// well: the steps of a permuted state must be the permuted steps of the state.

#include "model/reduce/symmetry.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "model/explore/explore.h"
#include "model/property/judge.h"
#include "model/reduce/symmetric_system.h"
#include "tests/support/random_program.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

using State = std::vector<int64_t>;

#ifdef INTERLEAVE_SANITIZED
constexpr uint64_t kRandomPrograms = 60;
#else
constexpr uint64_t kRandomPrograms = 400;
#endif
constexpr std::size_t kSmall = 4000;  // states that brute force looks at

SymmetryFindings Find(const Program& program) {
  const std::vector<PropertyObserver> observers = MakeObservers(program);
  return FindSymmetry(program, LayoutsOf(program, observers));
}

// What is seen of a whole search: states, and what is wrong somewhere.
struct Seen {
  std::vector<State> states;
  uint64_t transitions = 0;
  bool too_large = false;
  bool limited = false;
  std::set<std::string> broken;
  std::set<std::size_t> reached;
};

class Collector {
 public:
  Collector(const Program& program, ProgramSystem& system, Judge& judge, std::size_t cap, Seen& seen)
      : program_(program), system_(system), judge_(judge), cap_(cap), seen_(seen) {}

  void OnState(uint32_t, const int64_t* state, uint64_t) {
    if (cap_ > 0) seen_.states.emplace_back(state, state + system_.state_words());
    std::vector<Violation> violations;
    judge_.JudgeState(state, violations);
    for (const Violation& violation : violations) {
      seen_.broken.insert(violation.kind == Violation::Kind::kError
                              ? std::string("error ") + ErrorName(violation.error.kind)
                              : fmt::format("property {}", violation.property));
    }
    if (cap_ > 0 && seen_.states.size() > cap_) seen_.too_large = true;
  }
  void OnInitial(const int64_t* state, const Successor& successor) {
    OnSuccessor(nullptr, state, successor, 0);
  }
  void OnSuccessor(const int64_t*, const int64_t*, const Successor& successor, uint64_t) {
    if (successor.status == StepStatus::kError)
      seen_.broken.insert(std::string("error ") + ErrorName(system_.error().kind));
    else if (successor.status != StepStatus::kOk || successor.observer_full)
      seen_.limited = true;
    for (std::size_t k = 0; k < system_.observers().size(); ++k) {
      if (successor.status == StepStatus::kOk && system_.violated(k))
        seen_.broken.insert(fmt::format("observer {}", k));
    }
  }
  void OnExpanded(uint32_t, const int64_t* state, uint64_t, const Expansion& expansion) {
    if (expansion.any_error || expansion.changed_shared || expansion.finished) return;
    if (judge_.IsDeadlock(state)) seen_.broken.insert("deadlock");
  }
  bool OnLevel(uint64_t) { return true; }
  bool Continue(const ExploreCounts&) { return !seen_.too_large; }
  bool stop() const { return seen_.too_large; }

 private:
  const Program& program_;
  ProgramSystem& system_;
  Judge& judge_;
  std::size_t cap_;
  Seen& seen_;
};

// Without a plan: the whole search. `cap` 0: states are only counted.
struct Search {
  Search(const Program& program, const SymmetryPlan* plan, std::size_t cap)
      : judge(program), system(program, judge.automata()) {
    const std::size_t words = system.state_words();
    State base(words, 0);
    std::copy(program.initial.begin(), program.initial.end(), base.begin());
    StateStore store(base, std::vector<SlotHint>(words));
    Collector collector(program, system, judge, cap, seen);
    if (plan == nullptr) {
      Explorer<ProgramSystem, Collector> explorer(system, store, collector);
      explorer.Run(Order::kBreadthFirst);
      seen.transitions = explorer.counts().transitions;
    } else {
      Symmetry symmetry(program, *plan);
      SymmetricSystem<ProgramSystem> quotient(system, symmetry);
      Explorer<SymmetricSystem<ProgramSystem>, Collector> explorer(quotient, store, collector);
      explorer.Run(Order::kBreadthFirst);
      seen.transitions = explorer.counts().transitions;
    }
    states = store.size();
    for (std::size_t i = 0; i < program.properties.size(); ++i) {
      if (judge.reached(i)) seen.reached.insert(i);
    }
  }

  Judge judge;
  ProgramSystem system;
  Seen seen;
  uint64_t states = 0;
};

// --- Permutations as the definition says ---

// By group: old number -> new number.
using Permutation = std::vector<std::vector<int>>;

std::vector<Permutation> AllPermutations(const SymmetryPlan& plan) {
  std::vector<Permutation> all = {{}};
  for (const SymmetricGroup& group : plan.groups) {
    std::vector<Permutation> longer;
    std::vector<int> one(static_cast<std::size_t>(group.count));
    std::iota(one.begin(), one.end(), 0);
    do {
      for (Permutation permutation : all) {
        permutation.push_back(one);
        longer.push_back(std::move(permutation));
      }
    } while (std::next_permutation(one.begin(), one.end()));
    all = std::move(longer);
  }
  return all;
}

int64_t Rename(const Permutation& by, int group, int64_t offset, int64_t value) {
  const std::vector<int>& to = by[static_cast<std::size_t>(group)];
  if (value < offset || value >= offset + static_cast<int64_t>(to.size())) return value;
  return offset + to[static_cast<std::size_t>(value - offset)];
}

State Permuted(const Program& program, const SymmetryPlan& plan, const Permutation& by,
               const State& state) {
  State out = state;
  for (std::size_t p = 0; p < program.processes.size(); ++p) {
    const ProcessInstance& from = program.processes[p];
    std::size_t target = p;
    for (std::size_t g = 0; g < plan.groups.size(); ++g) {
      if (plan.groups[g].code != from.code) continue;
      target = static_cast<std::size_t>(plan.groups[g].first +
                                        by[g][static_cast<std::size_t>(from.index)]);
    }
    const ProcessInstance& to = program.processes[target];
    const auto point = static_cast<std::size_t>(state[from.point_slot]);
    for (uint32_t k = 0; from.point_slot + k < from.end; ++k) {
      int64_t value = state[from.point_slot + k];
      for (const IdField& field : plan.fields[static_cast<std::size_t>(from.code)][point]) {
        if (field.offset != k) continue;
        // Digits of the value, then put together again.
        int64_t rest = value;
        std::vector<int64_t> digits;
        for (const uint32_t stride : field.inner) {
          digits.push_back(rest / stride);
          rest %= stride;
        }
        value = 0;
        for (std::size_t d = 0; d < digits.size(); ++d) {
          int64_t digit = digits[d];
          for (const IdTerm& term : field.terms) {
            if (term.stride == field.inner[d]) digit = Rename(by, term.group, term.offset, digit);
          }
          value += digit * field.inner[d];
        }
      }
      out[to.point_slot + k] = value;
    }
  }
  for (const SharedSite& site : plan.sites) {
    int64_t value = state[site.slot];
    const bool live = site.guard == 0 || state[site.guard] > site.above;
    if (site.group >= 0 && live) value = Rename(by, site.group, site.offset, value);
    int64_t slot = site.slot;
    for (const auto& [node, stride] : site.owners) {
      for (std::size_t g = 0; g < plan.groups.size(); ++g) {
        const int index = node - plan.groups[g].node;
        if (index < 0 || index >= plan.groups[g].count) continue;
        slot += (by[g][static_cast<std::size_t>(index)] - index) * static_cast<int64_t>(stride);
      }
    }
    out[static_cast<std::size_t>(slot)] = value;
  }
  for (const auto& [length, capacity] : plan.sorted) {
    const auto begin = out.begin() + length + 1;
    std::sort(begin, begin + out[length]);
  }
  return out;
}

// What may come of one state: the states and failures behind it, with the process that makes them.
using Outcome = std::pair<int, std::pair<int, State>>;

std::multiset<Outcome> Outcomes(ProgramSystem& system, const SymmetryPlan& plan,
                                const Permutation* by, const State& state) {
  const Program& program = system.program();
  std::multiset<Outcome> outcomes;
  system.ForEachSuccessor(state.data(), [&](const int64_t* next, const Successor& successor) {
    int process = successor.choice.actor;
    int kind = static_cast<int>(successor.status) * 100;
    if (successor.status == StepStatus::kError) kind += static_cast<int>(system.error().kind);
    if (successor.status == StepStatus::kOk)
      kind += successor.observer_full * 10 + (successor.violated_observer + 1);
    State to;
    if (successor.status == StepStatus::kOk && successor.violated_observer < 0 &&
        !successor.observer_full)
      to.assign(next, next + system.state_words());
    if (by != nullptr) {
      if (!to.empty()) to = Permuted(program, plan, *by, to);
      for (std::size_t g = 0; g < plan.groups.size(); ++g) {
        const SymmetricGroup& group = plan.groups[g];
        const int index = process - group.first;
        if (index < 0 || index >= group.count) continue;
        process = group.first + (*by)[g][static_cast<std::size_t>(index)];
        break;
      }
    }
    outcomes.insert({process, {kind, std::move(to)}});
  });
  return outcomes;
}

std::set<std::string> Broken(Judge& judge, const State& state) {
  std::vector<Violation> violations;
  judge.JudgeState(state.data(), violations);
  std::set<std::string> broken;
  for (const Violation& violation : violations) {
    broken.insert(fmt::format("{} {} {}", static_cast<int>(violation.kind), violation.property,
                              ErrorName(violation.error.kind)));
  }
  if (judge.IsDeadlock(state.data())) broken.insert("deadlock");
  for (std::size_t i = 0; i < judge.program().properties.size(); ++i) {
    const Property& property = judge.program().properties[i];
    if (property.kind != PropertyKind::kReachable) continue;
    const auto value = judge.observer().Evaluate(property.code, state.data());
    broken.insert(fmt::format("reachable {}: {}", i, value ? *value != 0 : -1));
  }
  return broken;
}

// Everything that must be so of one program. Returns "" or what is not.
std::string Compare(const Program& program, const SymmetryPlan& plan, std::size_t automorphism_cap) {
  Search whole(program, nullptr, kSmall);
  if (whole.seen.too_large) return "too large";
  const std::vector<Permutation> permutations = AllPermutations(plan);
  Symmetry symmetry(program, plan);
  std::set<State> orbits;
  std::map<State, State> canonical;  // by the least state of the orbit
  std::size_t checked = 0;
  std::mt19937_64 random(whole.seen.states.size());
  for (const State& state : whole.seen.states) {
    State least = state;
    State mine = state;
    symmetry.Canonize(mine.data());
    bool is_in_orbit = false;
    for (const Permutation& by : permutations) {
      const State other = Permuted(program, plan, by, state);
      least = std::min(least, other);
      is_in_orbit = is_in_orbit || other == mine;
    }
    if (!is_in_orbit) return "a representative is not in the orbit";
    const auto [it, is_new] = canonical.emplace(least, mine);
    if (it->second != mine) return "an orbit has two representatives";
    orbits.insert(least);
    const Permutation& by = permutations[random() % permutations.size()];
    State other = Permuted(program, plan, by, state);
    State again = other;
    symmetry.Canonize(again.data());
    if (again != mine) return "a permuted state has another representative";
    if (checked++ >= automorphism_cap) continue;
    for (const Permutation& each : permutations) {
      other = Permuted(program, plan, each, state);
      if (Outcomes(whole.system, plan, &each, state) !=
          Outcomes(whole.system, plan, nullptr, other))
        return "the steps of a permuted state are not the permuted steps";
      if (Broken(whole.judge, state) != Broken(whole.judge, other))
        return "a property is not symmetric";
    }
  }
  Search quotient(program, &plan, kSmall);
  if (quotient.states != orbits.size())
    return fmt::format("{} states, {} orbits", quotient.states, orbits.size());
  if (quotient.seen.broken != whole.seen.broken) return "something else is broken";
  if (quotient.seen.reached != whole.seen.reached) return "something else is reached";
  if (quotient.seen.limited != whole.seen.limited) return "another limit is met";
  return "";
}

std::string Reasons(const LoadedScenario& loaded, const SymmetryFindings& findings) {
  std::string text;
  for (const SymmetryRefusal& refusal : findings.refusals) {
    text += fmt::format("{}:{}: {}\n", loaded->codes[static_cast<std::size_t>(refusal.code)].source->symbol->name,
                        loaded.source->Locate(refusal.range.begin).line, refusal.reason);
  }
  return text;
}

LoadedScenario Mpmc(int n, int producers, int consumers) {
  return LoadScenarioFile("scenarios/synchronization/mpmc.scn",
                          {{"N", std::to_string(n)},
                           {"NP", std::to_string(producers)},
                           {"NC", std::to_string(consumers)}});
}

TEST_CASE("show") {
  for (const std::string& file : ScenarioFiles()) {
    const LoadedScenario loaded = LoadScenarioFile(file);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    const SymmetryFindings findings = Find(*loaded);
    if (!findings.plan && findings.refusals.empty()) continue;
    std::string groups;
    if (findings.plan) {
      for (const SymmetricGroup& group : findings.plan->groups)
        groups += fmt::format(" {}[{}]", loaded->codes[static_cast<std::size_t>(group.code)].source->symbol->name, group.count);
    }
    MESSAGE(file << ":" << groups << "\n" << Reasons(loaded, findings));
  }
}

TEST_CASE("Orbits of the bounded buffer with many of both") {
  struct Row {
    int size;
    uint64_t states, transitions;
  };
  // 3 / 3 / 3: counted by others too.
  for (const Row& row : {Row{3, 5661, 16794}}) {
    const LoadedScenario loaded = Mpmc(row.size, row.size, row.size);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    const SymmetryFindings findings = Find(*loaded);
    REQUIRE(findings.plan);
    CHECK(findings.refusals.empty());
    CHECK(findings.plan->groups.size() == 2);
    const Search search(*loaded, findings.plan.get(), 0);
    CHECK(search.states == row.states);
    CHECK(search.seen.transitions == row.transitions);
    CHECK(search.seen.broken.empty());
  }
  const LoadedScenario loaded = Mpmc(2, 2, 2);
  const SymmetryFindings findings = Find(*loaded);
  REQUIRE(findings.plan);
  CHECK(Compare(*loaded, *findings.plan, kSmall) == "");
}

}  // namespace
}  // namespace interleave
