// Tours against an exhaustive search on small graphs, against numbers derived by hand, and on
// lattices whose least number of steps has a formula.

#include "model/conform/tours.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace interleave {
namespace {

struct TestGraph {
  uint32_t states = 0;
  std::vector<TourEdge> edges;
  std::vector<uint32_t> initials = {0};
  std::vector<bool> required = {};

  TourProblem Problem() const {
    return {.state_count = states, .edges = edges, .initials = initials, .required = required};
  }
  bool IsRequired(std::size_t edge) const { return required.empty() || required[edge]; }
};

// The steps to each state; UINT32_MAX: not reachable.
std::vector<uint32_t> Distances(const TestGraph& graph) {
  std::vector<uint32_t> distances(graph.states, UINT32_MAX);
  for (const uint32_t initial : graph.initials) distances[initial] = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (const TourEdge& edge : graph.edges) {
      if (distances[edge.from] == UINT32_MAX) continue;
      if (distances[edge.to] <= distances[edge.from] + 1) continue;
      distances[edge.to] = distances[edge.from] + 1;
      changed = true;
    }
  }
  return distances;
}

// The least steps + start_cost x tours of any tours, by trying all: Dijkstra's algorithm over pairs
// of a state and the set of required edges taken.
uint64_t ExhaustiveCost(const TestGraph& graph, uint64_t start_cost) {
  using Node = std::pair<uint64_t, uint32_t>;  // cost, set x states + state
  uint32_t all = 0;
  for (uint32_t edge = 0; edge < graph.edges.size(); ++edge) {
    if (graph.IsRequired(edge)) all |= 1U << edge;
  }
  if (all == 0) return 0;
  std::vector<uint64_t> costs((std::size_t{1} << graph.edges.size()) * graph.states, UINT64_MAX);
  std::priority_queue<Node, std::vector<Node>, std::greater<>> open;
  const auto reach = [&](uint64_t cost, uint32_t taken, uint32_t state) {
    uint64_t& best = costs[taken * graph.states + state];
    if (cost >= best) return;
    best = cost;
    open.emplace(cost, taken * graph.states + state);
  };
  for (const uint32_t initial : graph.initials) reach(start_cost, 0, initial);
  for (;;) {
    const auto [cost, node] = open.top();
    open.pop();
    const uint32_t taken = node / graph.states;
    const uint32_t state = node % graph.states;
    if (taken == all) return cost;
    for (const uint32_t initial : graph.initials) reach(cost + start_cost, taken, initial);
    for (uint32_t edge = 0; edge < graph.edges.size(); ++edge) {
      if (graph.edges[edge].from != state) continue;
      reach(cost + 1, taken | (all & (1U << edge)), graph.edges[edge].to);
    }
  }
}

uint64_t Steps(const std::vector<Tour>& tours) {
  uint64_t steps = 0;
  for (const Tour& tour : tours) steps += tour.edges.size();
  return steps;
}

uint64_t Cost(const std::vector<Tour>& tours) {
  return Steps(tours) + kTourStartSteps * tours.size();
}

// How far FindTours may miss the least cost.
uint64_t Allowance(const TestGraph& graph) { return (kTourStartSteps - 1) * graph.initials.size(); }

// Tours are walks from initial states, each ends with something new, all required edges are taken,
// and only a shortest path exceeds the limit.
void CheckTours(const TestGraph& graph, const std::vector<Tour>& tours, std::size_t limit = 0) {
  const std::vector<uint32_t> distances = Distances(graph);
  std::vector<bool> taken(graph.edges.size());
  for (const Tour& tour : tours) {
    REQUIRE(std::count(graph.initials.begin(), graph.initials.end(), tour.start) > 0);
    REQUIRE(!tour.edges.empty());
    REQUIRE(graph.IsRequired(tour.edges.back()));
    REQUIRE(!taken[tour.edges.back()]);
    uint32_t state = tour.start;
    for (const uint32_t edge : tour.edges) {
      REQUIRE(edge < graph.edges.size());
      REQUIRE(graph.edges[edge].from == state);
      state = graph.edges[edge].to;
      taken[edge] = true;
    }
    if (limit != 0 && tour.edges.size() > limit) {
      REQUIRE(tour.edges.size() == distances[graph.edges[tour.edges.back()].from] + 1);
    }
  }
  for (std::size_t edge = 0; edge < taken.size(); ++edge) {
    if (graph.IsRequired(edge)) REQUIRE(taken[edge]);
  }
}

// A graph without the edges that cannot be reached; states without a number left out.
TestGraph RandomGraph(std::mt19937_64& random, uint32_t max_states, uint32_t max_edges) {
  TestGraph graph;
  graph.states = 1 + static_cast<uint32_t>(random() % max_states);
  const uint64_t edge_count = random() % (max_edges + 1);
  for (uint64_t n = 0; n < edge_count; ++n) {
    graph.edges.push_back({static_cast<uint32_t>(random() % graph.states),
                           static_cast<uint32_t>(random() % graph.states)});
  }
  if (graph.states > 1 && random() % 3 == 0) graph.initials = {graph.states - 1, 0};
  const std::vector<uint32_t> distances = Distances(graph);
  std::vector<uint32_t> numbers(graph.states, UINT32_MAX);
  uint32_t count = 0;
  for (uint32_t state = 0; state < graph.states; ++state) {
    if (distances[state] != UINT32_MAX) numbers[state] = count++;
  }
  graph.states = count;
  std::erase_if(graph.edges, [&](const TourEdge& e) { return numbers[e.from] == UINT32_MAX; });
  for (TourEdge& edge : graph.edges) edge = {numbers[edge.from], numbers[edge.to]};
  for (uint32_t& initial : graph.initials) initial = numbers[initial];
  return graph;
}

// Two processes of `length` steps each: state (i, j) has done i steps of the first, j of the
// second.
TestGraph Lattice(uint32_t length) {
  TestGraph graph;
  const uint32_t row = length + 1;
  graph.states = row * row;
  for (uint32_t i = 0; i <= length; ++i) {
    for (uint32_t j = 0; j <= length; ++j) {
      const uint32_t state = i * row + j;
      if (i < length) graph.edges.push_back({state, state + row});
      if (j < length) graph.edges.push_back({state, state + 1});
    }
  }
  return graph;
}

TEST_CASE("Small graphs take the steps and tours derived by hand") {
  struct Case {
    std::string name;
    TestGraph graph;
    uint64_t least;  // steps, with any number of tours
    uint64_t steps;  // of the tours found, a start being worth 20 steps
    std::size_t tours;
  };
  const std::vector<Case> kCases = {
      {"no edge", {1, {}}, 0, 0, 0},
      {"a chain is one tour", {4, {{0, 1}, {1, 2}, {2, 3}}}, 3, 3, 1},
      {"a star needs a start for each ray", {4, {{0, 1}, {0, 2}, {0, 3}}}, 3, 3, 3},
      {"a diamond has two sides", {4, {{0, 1}, {0, 2}, {1, 3}, {2, 3}}}, 4, 4, 2},
      {"a stem is walked once a branch", {4, {{0, 1}, {1, 2}, {1, 3}}}, 4, 4, 2},
      {"a stem before a diamond", {5, {{0, 1}, {1, 2}, {1, 3}, {2, 4}, {3, 4}}}, 6, 6, 2},
      {"a cycle is one tour", {3, {{0, 1}, {1, 2}, {2, 0}}}, 3, 3, 1},
      {"two cycles that meet", {3, {{0, 1}, {1, 0}, {0, 2}, {2, 0}}}, 4, 4, 1},
      {"a cycle behind a stem", {3, {{0, 1}, {1, 2}, {2, 1}}}, 3, 3, 1},
      {"self-loops cost a step each", {2, {{0, 0}, {0, 1}, {1, 1}, {1, 1}}}, 4, 4, 1},
      {"parallel edges need a start each", {2, {{0, 1}, {0, 1}, {0, 1}}}, 3, 3, 3},
      {"there and back joins parallel edges", {2, {{0, 1}, {0, 1}, {1, 0}}}, 3, 3, 1},
      // 0-1-0-1 and 0-1 are 4 steps; going back once more saves a start.
      {"a walk back beats a start", {2, {{0, 1}, {0, 1}, {0, 1}, {1, 0}}}, 4, 5, 1},
      {"two initial states", {4, {{0, 2}, {1, 2}, {2, 3}}, {0, 1}}, 3, 3, 2},
      {"two initial states that never meet",
       {4, {{0, 1}, {1, 0}, {2, 3}, {3, 2}}, {0, 2}},
       4,
       4,
       2},
      {"one initial state leads to the other", {3, {{0, 1}, {1, 0}, {2, 0}}, {0, 2}}, 3, 3, 1},
      {"an initial state named twice", {2, {{0, 1}, {0, 1}}, {0, 0}}, 2, 2, 2},
      // Only the last edge counts: walk to it.
      {"the end of a chain", {4, {{0, 1}, {1, 2}, {2, 3}}, {0}, {false, false, true}}, 3, 3, 1},
      {"nothing required", {2, {{0, 1}}, {0}, {false}}, 0, 0, 0},
      {"a shortcut is free to take",
       {3, {{0, 1}, {1, 2}, {0, 2}}, {0}, {false, true, false}},
       2,
       2,
       1},
  };
  for (const Case& test : kCases) {
    CAPTURE(test.name);
    const StepBound least = LeastSteps(test.graph.Problem());
    CHECK(least.steps == test.least);
    CHECK(least.is_exact);
    CHECK(ExhaustiveCost(test.graph, 0) == test.least);
    const std::vector<Tour> tours = FindTours(test.graph.Problem());
    CheckTours(test.graph, tours);
    CHECK(Steps(tours) == test.steps);
    CHECK(tours.size() == test.tours);
  }
}

TEST_CASE("A required cycle that no required edge leads to makes the least steps inexact") {
  const TestGraph graph = {3, {{0, 1}, {1, 2}, {2, 1}}, {0}, {false, true, true}};
  const StepBound least = LeastSteps(graph.Problem());
  CHECK(least.steps == 2);
  CHECK_FALSE(least.is_exact);
  const std::vector<Tour> tours = FindTours(graph.Problem());
  CheckTours(graph, tours);
  CHECK(Steps(tours) == 3);
}

TEST_CASE(
    "On random small graphs the tours are the best there are, or miss it by less than a start") {
  std::mt19937_64 random(1);
  int best = 0;
  for (int n = 0; n < 4'000; ++n) {
    CAPTURE(n);
    const TestGraph graph = RandomGraph(random, 6, 9);
    const StepBound least = LeastSteps(graph.Problem());
    REQUIRE(least.is_exact);
    REQUIRE(least.steps == ExhaustiveCost(graph, 0));
    const std::vector<Tour> tours = FindTours(graph.Problem());
    CheckTours(graph, tours);
    const uint64_t least_cost = ExhaustiveCost(graph, kTourStartSteps);
    REQUIRE(Cost(tours) >= least_cost);
    REQUIRE(Cost(tours) <= least_cost + Allowance(graph));
    if (Cost(tours) == least_cost) ++best;
  }
  CHECK(best > 3'800);
}

TEST_CASE("On random small graphs with some edges required the tours are good") {
  std::mt19937_64 random(2);
  int exact = 0;
  for (int n = 0; n < 4'000; ++n) {
    CAPTURE(n);
    TestGraph graph = RandomGraph(random, 6, 9);
    for (std::size_t edge = 0; edge < graph.edges.size(); ++edge) {
      graph.required.push_back(random() % 2 == 0);
    }
    const StepBound least = LeastSteps(graph.Problem());
    const uint64_t true_least = ExhaustiveCost(graph, 0);
    REQUIRE(least.steps <= true_least);
    if (least.is_exact) REQUIRE(least.steps == true_least);
    if (least.is_exact) ++exact;
    const std::vector<Tour> tours = FindTours(graph.Problem());
    CheckTours(graph, tours);
    const uint64_t best = ExhaustiveCost(graph, kTourStartSteps);
    REQUIRE(Cost(tours) >= best);
    REQUIRE(Cost(tours) <= 3 * best);
  }
  CHECK(exact > 2'000);
}

TEST_CASE("A tour exceeds the limit only to reach one far edge") {
  std::mt19937_64 random(3);
  for (int n = 0; n < 1'000; ++n) {
    CAPTURE(n);
    const TestGraph graph = RandomGraph(random, 60, 150);
    for (const std::size_t limit : {1U, 2U, 5U, 10U, 40U}) {
      CheckTours(graph, FindTours(graph.Problem(), limit), limit);
    }
  }
}

TEST_CASE("A planner out of work still takes all edges and claims no more than it knows") {
  std::mt19937_64 random(4);
  bool was_costlier = false;
  for (int n = 0; n < 1'000; ++n) {
    CAPTURE(n);
    const TestGraph graph = RandomGraph(random, 60, 150);
    TourProblem problem = graph.Problem();
    const uint64_t best = Cost(FindTours(problem));
    const uint64_t least = LeastSteps(problem).steps;
    for (const uint64_t work : {0U, 30U, 100U, 1'000U}) {
      problem.max_work = work;
      const std::vector<Tour> tours = FindTours(problem);
      CheckTours(graph, tours);
      REQUIRE(Cost(tours) + Allowance(graph) >= best);
      was_costlier = was_costlier || Cost(tours) > best;
      const StepBound bound = LeastSteps(problem);
      REQUIRE(bound.steps == (bound.is_exact ? least : graph.edges.size()));
    }
  }
  CHECK(was_costlier);
}

// Each state (i, 0) with 0 < i < length has one arrival and two departures, and the only way there
// is along its side: i more steps from the start. The other side is alike, and all other states
// have at least as many arrivals as departures. The edges cross the widest diagonal 2 x length
// times.
TEST_CASE("A lattice takes the steps of the formula") {
  for (const uint32_t length : {1U, 2U, 3U, 10U, 100U, 300U}) {
    CAPTURE(length);
    const TestGraph graph = Lattice(length);
    const StepBound least = LeastSteps(graph.Problem());
    CHECK(least.is_exact);
    CHECK(least.steps == uint64_t{2} * length * (length + 1) + uint64_t{length} * (length - 1));
    const std::vector<Tour> tours = FindTours(graph.Problem());
    CheckTours(graph, tours);
    CHECK(Steps(tours) == least.steps);
    CHECK(tours.size() == 2 * length);
  }
}

TEST_CASE("Processes that repeat for ever are one tour, or tours of the longest length") {
  TestGraph graph;
  constexpr uint32_t kPeriod = 100;
  graph.states = kPeriod * kPeriod;
  for (uint32_t i = 0; i < kPeriod; ++i) {
    for (uint32_t j = 0; j < kPeriod; ++j) {
      graph.edges.push_back({i * kPeriod + j, (i + 1) % kPeriod * kPeriod + j});
      graph.edges.push_back({i * kPeriod + j, i * kPeriod + (j + 1) % kPeriod});
    }
  }
  CHECK(LeastSteps(graph.Problem()).steps == graph.edges.size());
  CHECK(FindTours(graph.Problem()).size() == 1);
  CHECK(Steps(FindTours(graph.Problem())) == graph.edges.size());
  const std::vector<Tour> tours = FindTours(graph.Problem(), 1'000);
  CheckTours(graph, tours, 1'000);
  CHECK(Steps(tours) < graph.edges.size() * 3 / 2);
}

}  // namespace
}  // namespace interleave
