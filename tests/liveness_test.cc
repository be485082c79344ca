// Runs without an end, against the definitions: every lasso of small random systems is judged on
// the formula directly and on fairness directly, and the shortest one that breaks is what the
// search must show. Faults that are planted are noticed by the same comparison.

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "model/liveness/automaton.h"
#include "model/liveness/lasso.h"
#include "model/liveness/run_graph.h"

namespace interleave {
namespace {

using Part = FormulaPart::Kind;

#ifdef INTERLEAVE_SANITIZED
constexpr int kTriples = 600;
#else
constexpr int kTriples = 6'000;
#endif

// Lassos of at most so many steps, the loop among them, are enumerated.
constexpr std::size_t kMostSteps = 6;

RunGraph RandomSystem(std::mt19937& random) {
  const auto below = [&](uint32_t bound) { return static_cast<uint32_t>(random() % bound); };
  RunGraph graph;
  const uint32_t states = 1 + below(4), processes = 1 + below(3);
  for (uint32_t state = 0; state < states; ++state) {
    graph.first_step.push_back(graph.steps.size());
    uint64_t enabled = 0;
    for (uint32_t p = 0; p < processes; ++p) {
      const uint32_t outcomes = below(5) < 2 ? 0 : 1 + (below(6) == 0 ? 1 : 0);
      for (uint32_t k = 0; k < outcomes; ++k) {
        graph.steps.push_back({below(states), static_cast<int32_t>(p), k});
        enabled |= uint64_t{1} << p;
      }
    }
    graph.truth.push_back(below(4));
    // One that may stay where it is, is owed nothing.
    graph.owed.push_back(below(4) == 0 ? enabled & below(8) : enabled);
  }
  graph.first_step.push_back(graph.steps.size());
  graph.starts = {0};
  if (states > 1 && below(4) == 0) graph.starts.push_back(1);
  for (uint32_t p = 0; p < processes; ++p) {
    constexpr Fairness kAll[] = {Fairness::kNone, Fairness::kWeak, Fairness::kStrong};
    graph.fairness.push_back(kAll[below(3)]);
  }
  return graph;
}

int RandomPart(std::mt19937& random, Formula& formula, int depth, uint32_t processes) {
  const auto below = [&](uint32_t bound) { return static_cast<uint32_t>(random() % bound); };
  const auto add = [&](FormulaPart part) {
    formula.push_back(part);
    return static_cast<int>(formula.size()) - 1;
  };
  if (depth == 0 || below(6) == 0) {
    FormulaPart leaf;
    leaf.kind = below(4) == 0 ? Part::kMoved : Part::kAtom;
    leaf.atom = leaf.kind == Part::kAtom ? static_cast<int>(below(2)) : -1;
    leaf.process = leaf.kind == Part::kMoved ? static_cast<int>(below(processes)) : -1;
    return add(leaf);
  }
  const auto part = [&] { return RandomPart(random, formula, depth - 1, processes); };
  switch (below(8)) {
    case 0: return add({Part::kNot, part()});
    case 1: return add({Part::kNext, part()});
    case 2:
    case 3: {
      const int constant = add({below(2) == 0 ? Part::kTrue : Part::kFalse});
      const bool is_true = formula[static_cast<std::size_t>(constant)].kind == Part::kTrue;
      return add({is_true ? Part::kUntil : Part::kRelease, constant, part()});
    }
    default: {
      constexpr Part kAll[] = {Part::kAnd, Part::kOr, Part::kUntil, Part::kRelease};
      const int left = part();
      const int right = part();
      return add({kAll[below(4)], left, right});
    }
  }
}

Formula RandomFormula(std::mt19937& random, uint32_t processes) {
  Formula formula;
  RandomPart(random, formula, 1 + static_cast<int>(random() % 3), processes);
  return formula;
}

// A run without an end: at each position a state and who moves, and where it begins again.
struct EndlessRun {
  std::vector<uint32_t> states;
  std::vector<uint64_t> steps;
  std::size_t loop = 0;

  std::size_t size() const { return states.size(); }
  std::size_t Next(std::size_t at) const { return at + 1 < size() ? at + 1 : loop; }
};

uint64_t MoverOf(const RunGraph& graph, uint64_t step) {
  return step == kNoStep ? 0 : uint64_t{1} << graph.steps[step].process;
}

// Whether a part is true at each position: U is the least, R the greatest solution of what its
// definition says of one position and the next.
std::vector<bool> TruthOf(const RunGraph& graph, const EndlessRun& run, const Formula& formula,
                          int at) {
  const FormulaPart& part = formula[static_cast<std::size_t>(at)];
  const std::size_t n = run.size();
  std::vector<bool> left, right, truth(n, part.kind == Part::kTrue || part.kind == Part::kRelease);
  if (part.left >= 0) left = TruthOf(graph, run, formula, part.left);
  if (part.right >= 0) right = TruthOf(graph, run, formula, part.right);
  for (std::size_t round = 0; round <= n; ++round) {
    for (std::size_t i = n; i-- > 0;) {
      const std::size_t next = run.Next(i);
      switch (part.kind) {
        case Part::kTrue:
        case Part::kFalse: break;
        case Part::kAtom: truth[i] = (graph.truth[run.states[i]] >> part.atom & 1) != 0; break;
        case Part::kMoved:
          truth[i] = (MoverOf(graph, run.steps[i]) >> part.process & 1) != 0;
          break;
        case Part::kNot: truth[i] = !left[i]; break;
        case Part::kAnd: truth[i] = left[i] && right[i]; break;
        case Part::kOr: truth[i] = left[i] || right[i]; break;
        case Part::kNext: truth[i] = left[next]; break;
        case Part::kUntil: truth[i] = right[i] || (left[i] && truth[next]); break;
        case Part::kRelease: truth[i] = right[i] && (left[i] || truth[next]); break;
      }
    }
  }
  return truth;
}

bool IsFair(const RunGraph& graph, const EndlessRun& run) {
  for (std::size_t p = 0; p < graph.fairness.size(); ++p) {
    const uint64_t bit = uint64_t{1} << p;
    bool moves = false, ever_owed = false, always_owed = true;
    for (std::size_t i = run.loop; i < run.size(); ++i) {
      moves = moves || (MoverOf(graph, run.steps[i]) & bit) != 0;
      const bool is_owed = (graph.owed[run.states[i]] & bit) != 0;
      ever_owed = ever_owed || is_owed;
      always_owed = always_owed && is_owed;
    }
    if (moves) continue;
    if (graph.fairness[p] == Fairness::kWeak && always_owed) return false;
    if (graph.fairness[p] == Fairness::kStrong && ever_owed) return false;
  }
  return true;
}

bool Breaks(const RunGraph& graph, const EndlessRun& run, const Formula& formula) {
  return IsFair(graph, run) &&
         !TruthOf(graph, run, formula, static_cast<int>(formula.size()) - 1)[0];
}

int SwitchesOf(const RunGraph& graph, const EndlessRun& run) {
  int switches = 0;
  uint64_t last = 0;
  for (const uint64_t step : run.steps) {
    const uint64_t mover = MoverOf(graph, step);
    if (last != 0 && mover != 0 && mover != last) ++switches;
    if (mover != 0) last = mover;
  }
  return switches;
}

// The shortest lasso that breaks the formula, and of these the fewest switches. Tries every lasso
// of at most kMostSteps steps.
class Definition {
 public:
  Definition(const RunGraph& graph, const Formula& formula) : graph_(graph), formula_(formula) {
    for (const uint32_t start : graph.starts) GoOn(start);
  }
  struct Best {
    std::size_t length = 0;
    int switches = 0;
  };
  const std::optional<Best>& best() const { return best_; }

 private:
  void GoOn(uint32_t state) {
    if (run_.size() > 0) {
      for (run_.loop = 0; run_.loop < run_.size(); ++run_.loop) {
        if (run_.states[run_.loop] == state && Breaks(graph_, run_, formula_)) Note();
      }
    }
    if (run_.size() == kMostSteps) return;
    run_.states.push_back(state);
    const bool is_end = graph_.first_step[state] == graph_.first_step[state + 1];
    if (is_end) {
      run_.steps.push_back(kNoStep);
      GoOn(state);
      run_.steps.pop_back();
    }
    for (uint64_t step = graph_.first_step[state]; step < graph_.first_step[state + 1]; ++step) {
      run_.steps.push_back(step);
      GoOn(graph_.steps[step].to);
      run_.steps.pop_back();
    }
    run_.states.pop_back();
  }
  void Note() {
    const Best one = {run_.size(), SwitchesOf(graph_, run_)};
    const bool is_better = !best_ || one.length < best_->length ||
                           (one.length == best_->length && one.switches < best_->switches);
    if (is_better) best_ = one;
  }

  const RunGraph& graph_;
  const Formula& formula_;
  EndlessRun run_;
  std::optional<Best> best_;
};

// The run of a lasso; nothing where its steps do not lead from one to the next, and round.
std::optional<EndlessRun> RunOf(const RunGraph& graph, const Lasso& lasso) {
  EndlessRun run;
  if (std::find(graph.starts.begin(), graph.starts.end(), lasso.start) == graph.starts.end())
    return std::nullopt;
  uint32_t state = lasso.start, begin = lasso.start;
  run.loop = lasso.stem.size();
  std::vector<uint64_t> steps = lasso.stem;
  steps.insert(steps.end(), lasso.loop.begin(), lasso.loop.end());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i == run.loop) begin = state;
    run.states.push_back(state);
    run.steps.push_back(steps[i]);
    const bool is_end = graph.first_step[state] == graph.first_step[state + 1];
    if (is_end != (steps[i] == kNoStep)) return std::nullopt;
    if (is_end) continue;
    if (steps[i] < graph.first_step[state] || steps[i] >= graph.first_step[state + 1])
      return std::nullopt;
    state = graph.steps[steps[i]].to;
  }
  if (lasso.loop.empty() || state != begin) return std::nullopt;
  return run;
}

// What is wrong with what the search says; empty: nothing.
std::string Wrong(const RunGraph& graph, const Formula& formula, LassoFault fault) {
  const LassoSearch search = FindLasso(graph, formula, {}, fault);
  if (!search.complete) return "not complete";
  const Definition definition(graph, formula);
  if (!search.lasso) return definition.best() ? "a lasso is missed" : "";
  const std::optional<EndlessRun> run = RunOf(graph, *search.lasso);
  if (!run) return "no run";
  if (!Breaks(graph, *run, formula)) return "breaks nothing";
  if (!search.lasso->is_shortest) return "not shown to be shortest";
  if (!definition.best()) return run->size() > kMostSteps ? "" : "the definition finds none";
  if (run->size() != definition.best()->length) return "another length";
  return SwitchesOf(graph, *run) == definition.best()->switches ? "" : "more switches";
}

TEST_CASE("the shortest lasso is what the definitions say") {
  std::mt19937 random(17);
  int broken = 0, kept = 0, long_ones = 0;
  for (int k = 0; k < kTriples; ++k) {
    CAPTURE(k);
    const RunGraph graph = RandomSystem(random);
    const Formula formula = RandomFormula(random, static_cast<uint32_t>(graph.fairness.size()));
    const LassoSearch search = FindLasso(graph, formula, {});
    ++(search.lasso ? broken : kept);
    if (search.lasso && search.lasso->length() > kMostSteps) ++long_ones;
    REQUIRE(Wrong(graph, formula, LassoFault::kNone) == "");
  }
  // Both happen often, or the comparison would say little.
  CHECK(broken > kTriples / 5);
  CHECK(kept > kTriples / 5);
  CHECK(long_ones < kTriples / 20);
}

TEST_CASE("each planted fault is noticed") {
  for (const LassoFault fault :
       {LassoFault::kNoFairness, LassoFault::kNoStutter, LassoFault::kMarksOnStates,
        LassoFault::kStrongIsWeak, LassoFault::kAnyLoop}) {
    CAPTURE(static_cast<int>(fault));
    std::mt19937 random(18);
    int noticed = 0;
    for (int k = 0; k < 600 && noticed == 0; ++k) {
      const RunGraph graph = RandomSystem(random);
      const Formula formula = RandomFormula(random, static_cast<uint32_t>(graph.fairness.size()));
      if (!Wrong(graph, formula, fault).empty()) ++noticed;
    }
    CHECK(noticed > 0);
  }
}

// An automaton and that of the negation: together they accept every word, and no word is accepted
// by both.
TEST_CASE("an automaton accepts the words that make its formula true") {
  std::mt19937 random(19);
  for (int k = 0; k < kTriples; ++k) {
    CAPTURE(k);
    const Formula formula = RandomFormula(random, 2);
    // One run: a cycle of states without any choice.
    RunGraph graph;
    const uint32_t size = 1 + static_cast<uint32_t>(random() % 5);
    const uint32_t loop = static_cast<uint32_t>(random() % size);
    EndlessRun run;
    run.loop = loop;
    for (uint32_t state = 0; state < size; ++state) {
      graph.first_step.push_back(state);
      graph.steps.push_back(
          {state + 1 < size ? state + 1 : loop, static_cast<int32_t>(random() % 2), 0});
      graph.truth.push_back(random() % 4);
      graph.owed.push_back(0);
      run.states.push_back(state);
      run.steps.push_back(state);
    }
    graph.first_step.push_back(size);
    graph.starts = {0};
    graph.fairness = {Fairness::kNone, Fairness::kNone};
    const bool is_true = TruthOf(graph, run, formula, static_cast<int>(formula.size()) - 1)[0];
    Formula negated = formula;
    negated.push_back({Part::kNot, static_cast<int>(formula.size()) - 1});
    REQUIRE(FindLasso(graph, formula, {}).lasso.has_value() == !is_true);
    REQUIRE(FindLasso(graph, negated, {}).lasso.has_value() == is_true);
    const std::optional<Automaton> automaton = MakeAutomaton(formula, !is_true);
    REQUIRE(automaton);
    CHECK(!automaton->is_empty());
  }
}

TEST_CASE("formulas that are always true or never are known") {
  FormulaBuilder make;
  const int p = make.Atom(0);
  make.Or(make.Finally(p), make.Globally(make.Not(p)));
  const Formula always = make.Take();
  CHECK(MakeAutomaton(always, true)->is_empty());
  CHECK(!MakeAutomaton(always, false)->is_empty());
  FormulaBuilder other;
  const int q = other.Atom(0);
  other.And(other.Globally(other.Finally(q)), other.Finally(other.Globally(other.Not(q))));
  CHECK(MakeAutomaton(other.Take(), false)->is_empty());
}

// A loop that needs so many marks that the shortest is not found within the work that is allowed is
// still a lasso.
TEST_CASE("a limit on work gives a lasso that is not shown to be shortest") {
  std::mt19937 random(20);
  int cut = 0;
  for (int k = 0; k < 300; ++k) {
    CAPTURE(k);
    const RunGraph graph = RandomSystem(random);
    const Formula formula = RandomFormula(random, static_cast<uint32_t>(graph.fairness.size()));
    LassoLimits limits;
    limits.work = 2;
    const LassoSearch search = FindLasso(graph, formula, limits);
    REQUIRE(search.complete);
    CHECK(search.lasso.has_value() == FindLasso(graph, formula, {}).lasso.has_value());
    if (!search.lasso) continue;
    if (!search.lasso->is_shortest) ++cut;
    const std::optional<EndlessRun> run = RunOf(graph, *search.lasso);
    REQUIRE(run);
    CHECK(Breaks(graph, *run, formula));
  }
  CHECK(cut > 0);
}

}  // namespace
}  // namespace interleave
