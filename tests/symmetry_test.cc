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
#include "model/reduce/reduced_system.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

using State = std::vector<int64_t>;

#ifdef INTERLEAVE_SANITIZED
constexpr uint64_t kSymmetryPrograms = 60;
constexpr uint64_t kQuantifiedProperties = 40;
#else
constexpr uint64_t kSymmetryPrograms = 4000;
constexpr uint64_t kQuantifiedProperties = 400;
#endif
constexpr std::size_t kFewStates = 4000;  // states that brute force looks at

SymmetryFindings Find(const Program& program) {
  const std::vector<PropertyObserver> observers = MakeObservers(program);
  return FindSymmetry(program, LayoutsOf(observers));
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
  Collector(ProgramSystem& system, Judge& judge, std::size_t cap, Seen& seen)
      : system_(system), judge_(judge), cap_(cap), seen_(seen) {}

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
    OnSuccessor({}, StateStore::kNone, state, successor);
  }
  void OnSuccessor(const Expanded&, uint32_t, const int64_t*, const Successor& successor) {
    if (successor.status == StepStatus::kError)
      seen_.broken.insert(std::string("error ") + ErrorName(system_.error().kind));
    else if (successor.status != StepStatus::kOk || successor.observer_full)
      seen_.limited = true;
    for (std::size_t k = 0; k < system_.observers().size(); ++k) {
      if (successor.status == StepStatus::kOk && system_.violated(k))
        seen_.broken.insert(fmt::format("observer {}", k));
    }
  }
  void OnExpanded(const Expanded& from, const Expansion& expansion) {
    if (expansion.any_error || expansion.changed_shared || expansion.finished) return;
    if (judge_.IsDeadlock(from.state)) seen_.broken.insert("deadlock");
  }
  bool OnLevel(uint64_t) { return true; }
  bool Continue(const ExploreCounts&) { return !seen_.too_large; }
  bool stop() const { return seen_.too_large; }

 private:
  ProgramSystem& system_;
  Judge& judge_;
  std::size_t cap_;
  Seen& seen_;
};

// Without a plan: the whole search. `cap` 0: states are only counted.
struct GraphSearch {
  GraphSearch(const Program& program, const SymmetryPlan* plan, std::size_t cap)
      : judge(program), system(program, judge.automata()) {
    const std::size_t words = system.state_words();
    State base(words, 0);
    std::copy(program.initial.begin(), program.initial.end(), base.begin());
    StateStore store(base, std::vector<SlotHint>(words));
    Collector collector(system, judge, cap, seen);
    if (plan == nullptr) {
      Explorer<ProgramSystem, Collector> explorer(system, store, collector);
      explorer.Run(Order::kBreadthFirst);
      seen.transitions = explorer.counts().transitions;
    } else {
      Symmetry symmetry(program, *plan);
      ReducedSystem quotient(system, nullptr, &symmetry);
      Explorer<ReducedSystem, Collector> explorer(quotient, store, collector);
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

int64_t Rename(const Permutation& by, const std::vector<IdName>& names, int64_t value) {
  for (const IdName& name : names) {
    const std::vector<int>& to = by[static_cast<std::size_t>(name.group)];
    if (value < name.offset || value >= name.offset + static_cast<int64_t>(to.size())) continue;
    return name.offset + to[static_cast<std::size_t>(value - name.offset)];
  }
  return value;
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
            if (term.stride == field.inner[d]) digit = Rename(by, term.names, digit);
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
    if (live) value = Rename(by, site.names, value);
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
    int process = successor.choice.actor.process();
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
    const auto value = judge.evaluator().Evaluate(property.code, state.data());
    broken.insert(fmt::format("reachable {}: {}", i, value ? *value != 0 : -1));
  }
  return broken;
}

// Everything that must be so of one program. Returns "" or what is not.
std::string Compare(const Program& program, const SymmetryPlan& plan,
                    std::size_t automorphism_cap) {
  GraphSearch whole(program, nullptr, kFewStates);
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
  GraphSearch quotient(program, &plan, kFewStates);
  if (quotient.states != orbits.size())
    return fmt::format("{} states, {} orbits", quotient.states, orbits.size());
  if (quotient.seen.broken != whole.seen.broken) return "something else is broken";
  if (quotient.seen.reached != whole.seen.reached) return "something else is reached";
  if (quotient.seen.limited != whole.seen.limited) return "another limit is met";
  return "";
}

LoadedScenario Mpmc(int n, int producers, int consumers) {
  return LoadScenarioFile("scenarios/synchronization/mpmc.scn",
                          {{"N", std::to_string(n)},
                           {"NP", std::to_string(producers)},
                           {"NC", std::to_string(consumers)}});
}

// --- Random programs whose processes are interchangeable, nearly always ---

class Generator {
 public:
  explicit Generator(uint64_t seed) : engine_(seed) {}

  std::string Make() {
    p_ = Below(3) == 0 ? 3 : 2;
    shift_ = OneIn(3) ? 1 : 0;  // what is stored in `owner` is so much more than self
    is_written_ = !OneIn(4);
    has_second_ = p_ == 2 && OneIn(2);
    marks_ = OneIn(3);
    fault_ = OneIn(4);
    std::string text = fmt::format("#define P {}\n", p_);
    text += "struct record { int v; int who; };\n";
    text += fmt::format("shared int x = 0, owner{};\n",
                        is_written_ ? fmt::format(" = {}", static_cast<int>(Below(4)) - 1) : "");
    text += fmt::format("shared int cells[P]{};\n", OneIn(4) ? "" : " = {}");
    text += fmt::format("shared struct record rec[P] = {{{{{0}, 0}}}};\n", Below(2));
    text += "shared int m[P][P] = {};\nshared int owners[P] = {};\n";
    text += fmt::format("shared queue<int, {}> q;\nshared queue<int, 1> mail[P];\n", p_);
    text += "ghost int last = 0;\nghost int count[P] = {};\n";
    text += Process(fmt::format("p[{}]", p_), false);
    if (has_second_) text += Process("r[2]", true);
    if (OneIn(3)) text += "invariant I: x <= 1;\n";
    if (OneIn(3)) text += "invariant J: owner == last || x != 2;\n";
    if (OneIn(3)) text += fmt::format("never K: owner == {} && x == 1;\n", p_ + shift_);
    if (OneIn(3)) text += "reachable L: x == 2;\n";
    if (OneIn(5)) text += "invariant M: cells[last] < 2;\n";
    if (OneIn(8)) text += "invariant N: !done(p[0]) || x < 2;\n";
    if (OneIn(8)) text += "reachable O: p[1].v == 1;\n";
    if (OneIn(8)) text += "never Q: !done(p[last]) && cells[last] == 1;\n";
    if (OneIn(8)) text += "invariant S: p[last].v <= 1 || waiting(p[last]);\n";
    if (marks_ && OneIn(2)) text += "property fifo;\n";
    if (marks_ && OneIn(2)) text += "property exactly_once;\n";
    if (OneIn(5)) text += "property slots (cells);\n";
    if (OneIn(5)) text += "property race;\n";
    return text;
  }

 private:
  uint64_t Below(uint64_t n) { return engine_() % n; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }

  std::string Process(const std::string& head, bool second) {
    std::string body = "    int other = owners[OWN]; int v = 0;\n";
    if (second || OneIn(2)) body = "    int other; int v = 0;\n    other = ID;\n";
    const uint64_t statements = 1 + Below(p_ == 3 ? 2 : 3);
    for (uint64_t k = 0; k < statements; ++k) body += "    " + Statement(second, 0) + "\n";
    const bool loops = OneIn(3);
    std::string text = fmt::format("process {} {{\n{}}}\n", head,
                                   loops ? "  for (;;) {\n" + body + "  }\n" : body);
    // The second template knows the first one's ids only from what is stored.
    const auto replace = [&](const std::string& what, const std::string& by) {
      for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what))
        text.replace(at, what.size(), by);
    };
    replace("OWN", second ? "take(q)" : "self");
    replace("ID", second ? "take(q)" : "self");
    return text;
  }

  // `other` holds ids of p without a shift.
  std::string Statement(bool second, int depth) {
    const std::string id = second || OneIn(2) ? "other" : "self";
    const std::string stored = shift_ == 0 ? id : id + " + 1";
    const std::string nobody = std::to_string(OneIn(2) ? -1 : p_ + shift_);
    const std::string mine = id == "self" || OneIn(2) ? "self" : "other";
    if (fault_ && OneIn(4)) {
      switch (Below(13)) {
        case 0: return "if (self == 0) x = 1;";
        case 1: return "x = self;";
        case 2: return "cells[0] = 1;";
        case 3: return "if (self < 1) x = 2;";
        case 4: return "for (int k = 0; k < P; k++) v = cells[k];";
        case 5: return "owner = 1;";
        case 6: return "v = self * 2; x = v & 2;";
        case 7: return "v = choose (0 .. 1); cells[v] = 1;";
        case 8: return fmt::format("owner = self + {};", 2 - shift_);
        case 9: return "if (self) x = 1;";
        case 10: return "x = !self;";
        case 11: return "v = choose (0 .. self); x = v;";
        default: return "other = (other + 1) % P;";
      }
    }
    switch (Below(22)) {
      case 0: return fmt::format("owner = {};", stored);
      case 1: return fmt::format("owner = {};", nobody);
      case 2: return fmt::format("if (owner == {}) x = 1;", stored);
      case 3: return fmt::format("cells[{}] = {};", id, Below(3));
      case 4: return fmt::format("v = cells[{}]; x = v;", id);
      case 5: return fmt::format("append(q, {});", id);
      case 6: return "other = take(q);";
      case 7: return fmt::format("append(mail[{}], {});", id, second ? "other" : "self");
      case 8: return fmt::format("other = take(mail[{}]);", id);
      case 9: return fmt::format("m[{}][{}] = {};", id, second ? "other" : "self", Below(2));
      case 10: return fmt::format("v = m[{}][other]; x = v;", id);
      case 11: return fmt::format("rec[{}].who = {};", id, second ? "other" : "self");
      case 12: return fmt::format("rec[{}].v = v + 1;", id);
      case 13: return fmt::format("other = rec[{}].who;", id);
      case 14: return fmt::format("owners[{}] = other;", id);
      case 15: return fmt::format("ghost {{ last = {}; }}", id);
      case 16:
        if (OneIn(2)) return fmt::format("ghost {{ if (owner == {}) count[{}] = 1; }}", stored, id);
        if (shift_ == 0 && OneIn(2)) return "ghost { last = owner; }";
        return "x = (x + 1) % 3;";
      case 17:
        if (depth < 2) return fmt::format("atomic {{ {} {} }}", Plain(id), Plain(id));
        return "step;";
      case 18: return fmt::format("await (owner != {} || x > 0);", stored);
      case 19:
        if (marks_) return fmt::format("produced({});", id);
        return fmt::format("assert (owner != {} || x < 2);", stored);
      case 20:
        if (marks_) return "consumed(other);";
        return fmt::format("v = choose (0 .. 1); cells[{}] = v;", id);
      default:
        if (p_ == 2 && OneIn(2)) return fmt::format("other = 1 - {};", id);
        if (depth < 2)
          return fmt::format("if (other == {}) {{ {} }}", second ? "other" : "self",
                             Statement(second, depth + 1));
        return "step;";
    }
  }
  std::string Plain(const std::string& id) {
    switch (Below(4)) {
      case 0: return "x = (x + 1) % 3;";
      case 1: return fmt::format("cells[{}] = x;", id);
      case 2: return fmt::format("owners[{}] = {};", id, id);
      default: return fmt::format("if (x > 0) ghost {{ count[{}] = 1; }}", id);
    }
  }

  std::mt19937_64 engine_;
  int p_ = 2;
  int shift_ = 0;
  bool is_written_ = true, has_second_ = false, marks_ = false, fault_ = false;
};

TEST_CASE("Scenarios: one state of each orbit, the same verdict") {
  int compared = 0;
  for (const std::string& file : ScenarioFiles()) {
    for (const char* granularity : {"access", "statement"}) {
      for (const DefineOverrides& defines :
           {DefineOverrides{}, DefineOverrides{{"N", "2"}, {"NP", "2"}, {"NC", "2"}, {"K", "1"}},
            DefineOverrides{{"K", "2"}, {"R", "2"}}, DefineOverrides{{"K", "3"}, {"R", "1"}},
            DefineOverrides{{"R", "3"}}}) {
        DefineOverrides fitting;
        const std::string text = ReadCheckoutFile(file);
        for (const auto& [name, value] : defines) {
          if (text.find("#define " + name + " ") != std::string::npos) fitting[name] = value;
        }
        if (fitting.size() < defines.size() && !fitting.empty() && defines.size() < 3) continue;
        const LoadedScenario loaded = LoadScenario(text, fitting, {{"granularity", granularity}});
        if (!loaded) continue;
        const SymmetryFindings findings = Find(*loaded);
        if (!findings.plan) continue;
        CAPTURE(file);
        CAPTURE(granularity);
        const std::string result = Compare(*loaded, *findings.plan, kFewStates);
        if (result == "too large") continue;
        CHECK(result == "");
        ++compared;
      }
    }
  }
  MESSAGE(compared << " settings compared");
  CHECK(compared > 20);
}

TEST_CASE("Random programs: one state of each orbit, the same verdict") {
  int symmetric = 0, partly = 0, refused = 0, large = 0;
  for (uint64_t seed = 0; seed < kSymmetryPrograms; ++seed) {
    const std::string text = Generator(seed).Make();
    const LoadedScenario loaded = LoadScenario(text);
    REQUIRE_MESSAGE(loaded, text << loaded.diagnostics);
    const SymmetryFindings findings = Find(*loaded);
    if (!findings.plan) {
      ++refused;
      continue;
    }
    const std::string result = Compare(*loaded, *findings.plan, 300);
    if (result == "too large") {
      ++large;
      continue;
    }
    CHECK_MESSAGE(result == "", "seed " << seed << "\n" << text);
    ++(findings.refusals.empty() ? symmetric : partly);
  }
  MESSAGE(symmetric << " symmetric, " << partly << " partly, " << refused << " refused, " << large
                    << " too large");
  CHECK(symmetric > static_cast<int>(kSymmetryPrograms / 3));
  CHECK(refused > static_cast<int>(kSymmetryPrograms / 20));
}

// By name and count, and why others are refused.
std::string FoundSymmetry(const LoadedScenario& loaded) {
  const SymmetryFindings findings = Find(*loaded);
  std::string text;
  if (findings.plan) {
    for (const SymmetricGroup& group : findings.plan->groups) {
      text += fmt::format("{}[{}]\n",
                          loaded->codes[static_cast<std::size_t>(group.code)].source->symbol->name,
                          group.count);
    }
  }
  for (const SymmetryRefusal& refusal : findings.refusals) {
    text += fmt::format("{}:{}: {}\n",
                        loaded->codes[static_cast<std::size_t>(refusal.code)].source->symbol->name,
                        loaded.source->Locate(refusal.range.begin).line, refusal.reason);
  }
  return text;
}

TEST_CASE("Scenarios: what is symmetric, and why the rest is not") {
  const std::map<std::string, std::string> expected = {
      {"critical_section/bakery",
       "p:34: an id of p is compared with `k`, which is none\n"
       "p:41: ids of p are compared by their order (`>`)\n"
       "p:36: `choosing` is indexed by `k`, which is no id of p\n"
       "p:22: `number` is indexed by `k`, which is no id of p\n"},
      {"critical_section/dekker", "p[2]\n"},
      {"critical_section/peterson",
       "p:22: an id of p is compared with `k`, which is none\n"
       "p:22: `level` is indexed by `k`, which is no id of p\n"},
      {"ipc/pipeline", "stage:10: `link` is indexed by ids of stage in more than one form\n"},
      {"notes/two_consumers", "consumer[2]\n"},
      {"notes/two_of_both",
       "consumer[2]\n"
       "producer:18: an id of producer is compared with the constant 0, which is one of them\n"},
      {"synchronization/counter", "p[3]\n"},
      {"synchronization/mpmc", "producer[3]\nconsumer[3]\n"},
      {"synchronization/mpmc_items", "producer[2]\nconsumer[2]\n"},
      {"synchronization/philosophers_bug",
       "philosopher:14: `%` computes with ids of philosopher\n"
       "philosopher:14: `chopstick` is indexed by something, which is no id of philosopher\n"},
      {"synchronization/spsc", ""},
      {"synchronization/spsc2", "producer[2]\n"},
  };
  for (const auto& row : expected) {
    const auto& name = row.first;  // clang 14 captures no name of a structured binding
    const auto& text = row.second;
    CAPTURE(name);
    const LoadedScenario loaded = LoadScenarioFile("scenarios/" + name + ".scn");
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    CHECK(FoundSymmetry(loaded) == text);
  }
}

TEST_CASE("One thing that is not symmetric, and its reason") {
  struct Case {
    const char* shared;
    const char* body;
    const char* properties;
    const char* reason;
  };
  for (const Case& row : std::vector<Case>{
           {"", "if (self == 0) x = 1;", "", "is compared with the constant 0"},
           {"", "if (self) x = 1;", "", "is tested for 0"},
           {"", "x = self * 2;", "", "`*` computes with ids of p"},
           {"", "x = choose (0 .. self);", "", "what is chosen depends on ids of p"},
           {"", "x = self; x = self + 1;", "", "`x` holds ids of p in more than one form"},
           {"", "x = self; x = 2;", "", "`x` holds ids of p, and the constant 2"},
           {"shared int y = 0;", "x = self; x = y; y = y + 1;", "",
            "`x` holds ids of p and other values"},
           {"shared bool b = 0;", "b = self;", "", "does not fit its type"},
           {"shared int a[4] = {};", "a[self] = 1; a[3] = 1;", "",
            ""},  // the fourth cell is nobody's
           {"shared int a[3] = {};", "a[self] = 1; a[2] = 1;", "",
            "`a` is indexed by the constant 2, which is one id of p"},
           {"shared int a[3] = {};", "a[self] = 1; x = a[x]; x++;", "",
            "`a` is indexed by `x`, which is no id of p"},
           {"shared int a[3] = {};", "a[self + 1] = 1;", "", "that lie outside it"},
           {"const int t[3] = {1, 2, 0};", "x = t[self];", "", "`t`, which never changes"},
           {"", "int a[3]; a[self] = 1; x = a[1];", "", "a local array is indexed by ids of p"},
           {"", "int v = 0; int* q = &v; *q = 1; x = v;", "", "has an address"},
           {"", "x = 1;", "invariant I: !done(p[0]);", "a property names one p"},
           {"", "int v = 0; x = v;", "invariant I: p[1].v == 0;", "a property names one p"},
           {"", "x = self;", "invariant I: x == 0;", "is compared with the constant 0"},
           {"", "x = self;", "never I: x > 5;", "are compared by their order (`>`)"},
           {"", "produced(self); consumed(0);", "property fifo;",
            "`an item` holds ids of p, and the constant 0"},
           {"", "produced(self); consumed(0);", "", ""},  // nobody asks
           {"", "x = self;", "invariant I: x != 7;", ""},
           // Each process in turn, whichever is which.
           {"", "section s { x = 1; }", "never I: (count (i : 0 .. 2) p[i] in section s) > 1;", ""},
           {"", "x = 1;", "invariant I: forall (i : 0 .. 2) done (p[i]) || x <= 1;", ""},
           {"", "section s { x = 1; }",
            "never I: exists (i : 0 .. 2) exists (j : 0 .. 2)"
            " i != j && p[i] in section s && p[j] in section s;",
            ""},
           {"shared bool in[3] = {};", "in[self] = 1; section s { x = 1; } in[self] = 0;",
            "invariant I: forall (i : 0 .. 2) (p[i] in section s => in[i]);", ""},
           {"", "section s { x = 1; }", "property mutual_exclusion (s);", ""},
           {"", "x = 1;", "never I: (count (i : 0 .. 1) done (p[i])) > 1;", "names one p"},
           {"", "x = 1;", "never I: (count (i : 1 .. 2) done (p[i])) > 1;", "names one p"},
           {"", "x = 1;", "never I: (count (i : 0 .. 2) (done (p[i]) && i > 0)) > 1;",
            "compared by their order"},
           {"", "x = 1;", "never I: (count (i : 0 .. 2) (done (p[i]) && i != 1)) > 1;",
            "compared with the constant 1"},
           {"", "x = 1;", "never I: (count (i : 0 .. 2) done (p[2 - i])) > 3;", "names one p"},
           {"", "x = 1;", "never I: (count (i : 0 .. 2) done (p[0])) > 3;", "names one p"},
           // Whether 6 / x fails depends on who is asked first.
           {"", "x = 1;", "never I: exists (i : 0 .. 2) (done (p[i]) || 6 / x == 1);",
            "names one p"},
           {"", "x = 1;", "never I: (count (i : 0 .. 2) (done (p[i]) || 6 / (x + 1) == 1)) > 3;",
            ""},
       }) {
    const std::string text = fmt::format("shared int x = 0;\n{}\nprocess p[3] {{ {} }}\n{}\n",
                                         row.shared, row.body, row.properties);
    CAPTURE(text);
    const LoadedScenario loaded = LoadScenario(text);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    const std::string found = FoundSymmetry(loaded);
    CAPTURE(found);
    if (*row.reason == '\0') {
      CHECK(found == "p[3]\n");
      CHECK(Compare(*loaded, *Find(*loaded).plan, kFewStates) == "");
    } else {
      CHECK(found.find(row.reason) != std::string::npos);
    }
  }
}

// Who points to whom: processes that look alike from close by, in cycles of different lengths, are
// told apart only by trying.
TEST_CASE("Representatives of states in which processes point to each other") {
  const LoadedScenario loaded = LoadScenario(
      "shared int next[7] = {};\nshared int m[7][7] = {};\n"
      "process p[7] { int n = next[self]; next[self] = n; next[n] = self; m[self][n] = 1; }\n");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  const SymmetryFindings findings = Find(*loaded);
  REQUIRE(findings.plan);
  const SymmetryPlan& plan = *findings.plan;
  Symmetry symmetry(*loaded, plan);
  const uint32_t next = loaded->objects[0].base;
  const uint32_t matrix = loaded->objects[1].base;
  std::mt19937_64 random(1);
  for (int round = 0; round < 400; ++round) {
    State state(plan.words, 0);
    std::vector<int64_t> to(7);
    std::iota(to.begin(), to.end(), 0);
    std::shuffle(to.begin(), to.end(), random);
    for (uint32_t i = 0; i < 7; ++i)
      state[next + i] = round % 3 == 0 ? static_cast<int64_t>(random() % 7) : to[i];
    if (round % 4 == 0) {
      for (uint32_t i = 0; i < 49; ++i) state[matrix + i] = random() % 5 == 0;
    }
    State first = state;
    symmetry.Canonize(first.data());
    State again = first;
    symmetry.Canonize(again.data());
    CHECK(again == first);
    for (int k = 0; k < 20; ++k) {
      Permutation by = {{0, 1, 2, 3, 4, 5, 6}};
      std::shuffle(by[0].begin(), by[0].end(), random);
      State other = Permuted(*loaded, plan, by, state);
      symmetry.Canonize(other.data());
      CHECK(other == first);
    }
  }
  // 15 ways to write 7 as a sum: as many kinds of permutations.
  std::set<State> kinds;
  std::vector<int64_t> to(7);
  std::iota(to.begin(), to.end(), 0);
  do {
    State state(plan.words, 0);
    std::copy(to.begin(), to.end(), state.begin() + next);
    symmetry.Canonize(state.data());
    kinds.insert(state);
  } while (std::next_permutation(to.begin(), to.end()));
  CHECK(kinds.size() == 15);
}

// Processes of two templates whose numbers stand in the same cells: owners of locks.
std::string WithLocks(uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto body = [&] {
    static const std::vector<std::string> kParts = {
        "lock(m); x = x + 1; unlock(m);",
        "if (trylock(m)) { x = 2; unlock(m); }",
        "read_lock(w); v = x; unlock(w);",
        "write_lock(w); x = 0; unlock(w);",
        "wait(s[0]); lock(m); signal(s[0]); unlock(m);",
        "lock(l); wait(s[1]); unlock(l); signal(s[1]);",
    };
    std::string text;
    for (uint64_t k = 0; k < 1 + random() % 2; ++k) text += " " + kParts[random() % kParts.size()];
    return text;
  };
  std::string text = "mutex m; spinlock l; rwlock w; semaphore s[2] = 1; shared int x = 0;\n";
  text += fmt::format("process a[2] {{ int v = 0;{} }}\n", body());
  if (random() % 2 == 0) text += fmt::format("process one {{ int v = 0;{} }}\n", body());
  text += fmt::format("process b[{}] {{ int v = 0;{} }}\n", 2 + random() % 2, body());
  return text;
}

TEST_CASE("Numbers of two templates in one cell: one state of each orbit, the same verdict") {
  int compared = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    const std::string text = WithLocks(seed);
    CAPTURE(text);
    const LoadedScenario loaded = LoadScenario(text);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    const SymmetryFindings findings = Find(*loaded);
    REQUIRE(findings.plan);
    CHECK(findings.plan->groups.size() == 2);
    CHECK(findings.refusals.empty());
    const std::string fault = Compare(*loaded, *findings.plan, kFewStates);
    if (fault == "too large") continue;
    CHECK(fault == "");
    ++compared;
  }
  CHECK(compared > 30);
  // A template that is refused has numbers, too, which are nobody's of the other one.
  const LoadedScenario loaded = LoadScenario(
      "mutex m; shared int x = 0;\nprocess a[2] { lock(m); x = self; unlock(m); }\n"
      "process b[2] { lock(m); x = 0; unlock(m); }\ninvariant i: x < 2;\n");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  const SymmetryFindings findings = Find(*loaded);
  REQUIRE(findings.plan);
  CHECK(findings.plan->groups.size() == 1);
  CHECK(Compare(*loaded, *findings.plan, kFewStates) == "");
}

// A formula that asks of processes in turn, mostly without telling them apart.
class RandomQuantified {
 public:
  explicit RandomQuantified(uint64_t seed) : random_(seed) {}

  std::string Make() {
    switch (Below(3)) {
      case 0: return fmt::format("never f: (count ({}) {}) > {};", Range(0), Body(0), Below(3));
      case 1: return fmt::format("invariant f: forall ({}) {};", Range(0), Body(0));
      default: return fmt::format("reachable f: exists ({}) {};", Range(0), Body(0));
    }
  }

 private:
  uint64_t Below(uint64_t n) { return random_() % n; }

  std::string Range(int depth) {
    return fmt::format("{} : {} .. {}", "ij"[depth], Below(12) == 0, Below(12) == 0 ? 1 : 2);
  }

  std::string Atom(int depth) {
    const char i = "ij"[depth == 0 ? 0 : Below(2)];
    switch (Below(9)) {
      case 0: return fmt::format("p[{}] in section s", i);
      case 1: return fmt::format("done (p[{}])", i);
      case 2: return fmt::format("p[{}] @ here", i);
      case 3: return fmt::format("p[{}].v > 0", i);
      case 4: return fmt::format("flag[{}] == 1", i);
      case 5: return fmt::format("m.owner == p[{}]", i);
      case 6: return fmt::format("x > {}", Below(3));
      case 7: return depth == 0 ? fmt::format("waiting (p[{}])", i) : "i != j";
      default: return Below(4) == 0 ? fmt::format("{} != 1", i) : fmt::format("!done (p[{}])", i);
    }
  }

  std::string Body(int depth) {
    switch (Below(depth == 0 ? 5 : 3)) {
      case 0: return fmt::format("({} && {})", Atom(depth), Atom(depth));
      case 1: return fmt::format("({} || {})", Atom(depth), Atom(depth));
      case 2: return fmt::format("(!({}))", Atom(depth));
      case 3:
        return fmt::format("({} && ({} ({}) {}))", Atom(0), Below(2) == 0 ? "exists" : "forall",
                           Range(1), Body(1));
      default: return fmt::format("((count ({}) {}) != {})", Range(1), Body(1), Below(3));
    }
  }

  std::mt19937_64 random_;
};

TEST_CASE("Properties that ask each process in turn: one state of each orbit, the same verdict") {
  int symmetric = 0, refused = 0;
  for (uint64_t seed = 0; seed < kQuantifiedProperties; ++seed) {
    const std::string text =
        "mutex m; shared int flag[3] = {}, x = 0;\n"
        "process p[3] { int v = 1; flag[self] = 1; lock (m); section s { v = x; here: x = v + 1; "
        "}\n"
        "  unlock (m); flag[self] = 0; }\n" +
        RandomQuantified(seed).Make() + "\n";
    CAPTURE(text);
    const LoadedScenario loaded = LoadScenario(text);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    const SymmetryFindings findings = Find(*loaded);
    if (!findings.plan) {
      ++refused;
      continue;
    }
    CHECK(Compare(*loaded, *findings.plan, 300) == "");
    ++symmetric;
  }
  MESSAGE(symmetric << " symmetric, " << refused << " refused");
  CHECK(symmetric > static_cast<int>(kQuantifiedProperties / 4));
  CHECK(refused > 0);
}

TEST_CASE("Orbits of the bounded buffer with many of both") {
  struct Row {
    int size;
    uint64_t states, transitions;
  };
  // Counted by others too.
  for (const Row& row : {Row{3, 5661, 16794}, Row{4, 62224, 256412}}) {
    const LoadedScenario loaded = Mpmc(row.size, row.size, row.size);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    const SymmetryFindings findings = Find(*loaded);
    REQUIRE(findings.plan);
    CHECK(findings.refusals.empty());
    CHECK(findings.plan->groups.size() == 2);
    const GraphSearch search(*loaded, findings.plan.get(), 0);
    CHECK(search.states == row.states);
    CHECK(search.seen.transitions == row.transitions);
    CHECK(search.seen.broken.empty());
  }
  const LoadedScenario loaded = Mpmc(2, 2, 2);
  const SymmetryFindings findings = Find(*loaded);
  REQUIRE(findings.plan);
  CHECK(Compare(*loaded, *findings.plan, kFewStates) == "");
}

}  // namespace
}  // namespace interleave
