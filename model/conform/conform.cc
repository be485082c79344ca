// The state graph, tours through it (tours.h), and the lockstep of both worlds along them. A tour
// that limits or an interrupt cut short leaves its rest uncovered; that is said, never hidden.

#include "model/conform/conform.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <memory>
#include <numeric>
#include <random>

#include "model/conform/tours.h"
#include "model/explore/state_graph.h"
#include "model/search/trace.h"
#include "sim/program/clock.h"
#include "sim/world/compared_world.h"
#include "sim/world/hand_over.h"
#include "sim/world/kernel_world.h"

namespace interleave {
namespace {

// `count` of the edges, the same for the same seed everywhere (std::shuffle is not).
std::vector<bool> Sample(std::size_t edges, uint64_t count, uint64_t seed) {
  std::vector<std::size_t> order(edges);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 random(seed);
  std::vector<bool> chosen(edges, false);
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(order[i], order[i + random() % (edges - i)]);
    chosen[order[i]] = true;
  }
  return chosen;
}

class Tourist {
 public:
  Tourist(const Program& program, const StateGraph& graph, const ConformOptions& options,
          ConformResult& result, double begun)
      : program_(program),
        graph_(graph),
        options_(options),
        result_(result),
        world_(MakeComparedWorld(program, options.real)),
        made_(graph.edges.size(), false),
        looked_(graph.store.size() + graph.errors, false),
        refused_(graph.edges.size(), 0),
        begun_(begun) {
    world_->set_tries(false);
  }

  // False: the end of it all. A tour ends early where the real thing behind an object chooses
  // another outcome of a step than is planned.
  bool Make(const Tour& tour, const std::vector<bool>& required) {
    if (!MayGoOn()) return false;
    const GraphStart& start =
        *std::find_if(graph_.starts.begin(), graph_.starts.end(),
                      [&](const GraphStart& candidate) { return candidate.state == tour.start; });
    choices_.clear();
    start_ = tour.start;
    ++result_.tours;
    try {
      std::vector<EnabledChoice> outcomes;
      for (int p = 0; p < program_.process_count(); ++p) {
        outcomes.push_back({{Actor::OfProcess(p), 0}, start.decided[static_cast<std::size_t>(p)]});
        // Its number, among all outcomes of the start.
        for (const EnabledChoice& outcome : world_->InitialOutcomes(p)) {
          if (outcome.decided == outcomes.back().decided) outcomes.back() = outcome;
        }
      }
      world_->Start(outcomes);
      Look(tour.start);
      for (const uint32_t number : tour.edges) {
        const GraphEdge& edge = graph_.edges[number];
        EnabledChoice choice;
        choice.choice = edge.choice;
        if (edge.decided >= 0)
          choice.decided = graph_.decisions[static_cast<std::size_t>(edge.decided)];
        choices_.push_back(edge.choice);
        const double begin = ElapsedSeconds();
        const StepResult step = world_->Step(choice);
        step_seconds_ += ElapsedSeconds() - begin;
        ++result_.steps;
        const std::size_t made = step.made ? EdgeOf(edge.from, step.made->choice) : number;
        if (!made_[made]) {
          made_[made] = true;
          result_.covered += required.empty() || required[made];
        }
        if (!graph_.edges[made].is_error) Look(graph_.edges[made].to);
        if (!MayGoOn()) return false;
        if (made != number) {
          ++refused_[number];
          return true;
        }
      }
    } catch (const WorldsDiffer& difference) {
      result_.conforms = false;
      result_.difference = difference.what();
      std::vector<int64_t> state(program_.state_size());
      graph_.store.Get(start_, state.data());
      result_.trace = BuildTrace(program_, {}, state, choices_);
      return false;
    } catch (const ProcessLost& lost) {
      result_.incomplete_reason = lost.what();
      return false;
    } catch (const Interrupted&) {
      result_.incomplete_reason = "an interrupt";
      return false;
    }
    return true;
  }

  // Whether the real things chose otherwise each time that this edge was planned, and often enough.
  bool IsRefused(std::size_t edge) const { return refused_[edge] >= kMostRefusals; }
  bool HasRefusals() const {
    return std::any_of(refused_.begin(), refused_.end(), [](int times) { return times > 0; });
  }
  bool IsMade(std::size_t edge) const { return made_[edge]; }

  const ComparedWorld& world() const { return *world_; }
  double step_seconds() const { return step_seconds_; }

 private:
  static constexpr int kMostRefusals = 2;

  std::size_t EdgeOf(uint32_t from, const Choice& choice) const {
    const auto first =
        std::lower_bound(graph_.edges.begin(), graph_.edges.end(), from,
                         [](const GraphEdge& edge, uint32_t state) { return edge.from < state; });
    const auto found = std::find_if(first, graph_.edges.end(), [&](const GraphEdge& edge) {
      return edge.from == from && edge.choice == choice;
    });
    assert(found != graph_.edges.end() && "the model has the choice that was made");
    return static_cast<std::size_t>(found - graph_.edges.begin());
  }

  // The first time in a state: who is blocked, and who is not.
  void Look(uint32_t state) {
    if (looked_[state]) return;
    looked_[state] = true;
    world_->TryAll();
  }

  bool MayGoOn() {
    const double seconds = ElapsedSeconds() - started_;
    if (options_.progress && result_.steps % 256 == 0) {
      options_.progress({result_.covered, result_.required, result_.steps, seconds});
    }
    if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed)) {
      result_.incomplete_reason = "an interrupt";
      return false;
    }
    if (options_.max_seconds > 0 && ElapsedSeconds() - begun_ > options_.max_seconds) {
      result_.incomplete_reason = fmt::format("the limit of {:g} seconds", options_.max_seconds);
      return false;
    }
    return true;
  }

  const Program& program_;
  const StateGraph& graph_;
  const ConformOptions& options_;
  ConformResult& result_;
  const std::unique_ptr<ComparedWorld> world_;
  std::vector<bool> made_;
  std::vector<bool> looked_;
  std::vector<int> refused_;  // by edge: how often the real things chose otherwise
  std::vector<Choice> choices_;
  uint32_t start_ = 0;
  double step_seconds_ = 0;
  const double begun_;  // all of it, with the state graph and the plan
  const double started_ = ElapsedSeconds();
};

// Tours through what is not made yet, by steps that the real things do not refuse. None: what is
// left cannot be reached so.
std::vector<Tour> ToursThroughRest(const StateGraph& graph, const TourProblem& whole,
                                   const Tourist& tourist) {
  std::vector<std::vector<uint32_t>> from(whole.state_count);
  for (uint32_t number = 0; number < graph.edges.size(); ++number) {
    if (!tourist.IsRefused(number)) from[graph.edges[number].from].push_back(number);
  }
  // The states that are still reached, by number in the problem that is left.
  constexpr uint32_t kNotReached = UINT32_MAX;
  std::vector<uint32_t> number_of(whole.state_count, kNotReached);
  std::vector<uint32_t> states;
  const auto reach = [&](uint32_t state) {
    if (number_of[state] != kNotReached) return;
    number_of[state] = static_cast<uint32_t>(states.size());
    states.push_back(state);
  };
  std::vector<uint32_t> initials;
  initials.reserve(whole.initials.size());
  for (const uint32_t state : whole.initials) {
    reach(state);
    initials.push_back(number_of[state]);
  }
  std::vector<uint32_t> numbers;  // of the edges of the problem that is left
  std::vector<TourEdge> edges;
  TourProblem rest = whole;
  rest.required.clear();
  bool is_any = false;
  for (std::size_t at = 0; at < states.size(); ++at) {
    for (const uint32_t number : from[states[at]]) {
      reach(graph.edges[number].to);
      numbers.push_back(number);
      edges.push_back({static_cast<uint32_t>(at), number_of[graph.edges[number].to]});
      rest.required.push_back(!tourist.IsMade(number) &&
                              (whole.required.empty() || whole.required[number]));
      is_any = is_any || rest.required.back();
    }
  }
  if (!is_any) return {};
  rest.state_count = static_cast<uint32_t>(states.size());
  rest.initials = initials;
  rest.edges = edges;
  std::vector<Tour> tours = FindTours(rest);
  for (Tour& tour : tours) {
    tour.start = states[tour.start];
    for (uint32_t& edge : tour.edges) edge = numbers[edge];
  }
  return tours;
}

}  // namespace

ConformResult Conform(const Program& program, const ConformOptions& options) {
  ConformResult result;
  const double begun = ElapsedSeconds();
  const StateGraph graph =
      BuildStateGraph(program, {options.max_states, options.stop, options.max_seconds});
  result.states = graph.store.size();
  result.transitions = graph.transitions;
  result.errors = graph.errors;
  result.incomplete_reason = graph.incomplete_reason;

  std::vector<TourEdge> edges;
  edges.reserve(graph.edges.size());
  for (const GraphEdge& edge : graph.edges) edges.push_back({edge.from, edge.to});
  std::vector<uint32_t> initials;
  initials.reserve(graph.starts.size());
  for (const GraphStart& start : graph.starts) initials.push_back(start.state);
  TourProblem problem;
  problem.state_count = static_cast<uint32_t>(graph.store.size() + graph.errors);
  problem.edges = edges;
  problem.initials = initials;
  problem.may_go_on = [&] {
    const bool is_stopped =
        options.stop != nullptr && options.stop->load(std::memory_order_relaxed);
    const bool is_over = options.max_seconds > 0 && ElapsedSeconds() - begun > options.max_seconds;
    return !is_stopped && !is_over;
  };
  result.required = edges.size();
  if (options.max_transitions != 0 && options.max_transitions < edges.size()) {
    result.required = options.max_transitions;
    problem.required = Sample(edges.size(), options.max_transitions, options.seed);
    if (result.incomplete_reason.empty()) {
      result.incomplete_reason = fmt::format("a sample of {} of {} transitions, seed {}",
                                             result.required, edges.size(), options.seed);
    }
  }
  const StepBound least = LeastSteps(problem);
  result.least_steps = least.steps;
  result.least_is_exact = least.is_exact;
  if (options.measures_hand_over) result.hand_over_seconds = MeasureHandOver();

  std::vector<Tour> tours = FindTours(problem);
  Tourist tourist(program, graph, options, result, begun);
  const double begin = ElapsedSeconds();
  bool goes_on = true;
  for (std::size_t t = 0; goes_on && t < tours.size(); ++t) {
    goes_on = tourist.Make(tours[t], problem.required);
  }
  // Each further round makes a transition, or is refused one; both happen a bounded number of
  // times.
  while (goes_on && tourist.HasRefusals()) {
    tours = ToursThroughRest(graph, problem, tourist);
    if (tours.empty()) {
      result.left = result.required - result.covered;
      break;
    }
    for (std::size_t t = 0; goes_on && t < tours.size(); ++t) {
      goes_on = tourist.Make(tours[t], problem.required);
    }
  }
  // No step to make: the starts alone.
  if (tours.empty() && result.steps == 0) {
    for (const GraphStart& start : graph.starts) {
      if (!tourist.Make({start.state, {}}, {})) break;
    }
  }
  result.seconds = ElapsedSeconds() - begin;
  result.open = tourist.world().open();
  result.blocked = tourist.world().blocked();
  if (const auto* const kernel = dynamic_cast<const KernelWorld*>(&tourist.world()))
    result.calls = kernel->calls();
  if (result.steps > 0)
    result.step_seconds = tourist.step_seconds() / static_cast<double>(result.steps);
  result.complete = result.conforms && result.incomplete_reason.empty() &&
                    result.covered + result.left == result.required;
  return result;
}

}  // namespace interleave
