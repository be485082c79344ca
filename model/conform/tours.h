#pragma once
// Tours: walks from initial states that together take every transition of a state graph, as few and
// as short as can be planned. Real processes execute them, one fresh start a tour.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace interleave {

// A transition between states. Self-loops and parallel transitions are transitions of their own.
struct TourEdge {
  uint32_t from = 0;
  uint32_t to = 0;
};

struct Tour {
  uint32_t start = 0;           // an initial state
  std::vector<uint32_t> edges;  // indices of edges, each beginning where the one before ended
};

// What to tour. REQUIRES: states are 0 .. state_count - 1, all of them reachable from `initials`;
// fewer than 2^31 edges and states together.
struct TourProblem {
  uint32_t state_count = 0;
  std::span<const TourEdge> edges;
  std::span<const uint32_t> initials;
  // Which edges must be taken, a flag an edge; empty: all.
  std::vector<bool> required = {};
  // How many arcs and vertices the planner may look at before it takes what it has. The default is
  // some seconds, and has sufficed for all graphs of up to 200,000 edges tried.
  uint64_t max_work = 300'000'000;
  // Asked now and then, may be empty. False: it takes what it has, too.
  std::function<bool()> may_go_on = {};
};

// So many steps is a fresh start of all processes worth when tours are planned.
inline constexpr uint32_t kTourStartSteps = 20;

// Tours that take each required edge at least once. When all edges are required, `max_tour_steps`
// is 0 and `max_work` suffices, the sum of steps + kTourStartSteps x tours is the least possible,
// or exceeds it by less than kTourStartSteps for each initial state; else it is usually near the
// least. Deterministic.
//
// `max_tour_steps`: the longest tour (0: no limit). Only a tour whose last edge cannot be reached
// in so few steps is longer, and then it is a shortest path to that edge; so a limit below the
// depth of the graph makes many tours.
//
// Takes up to 20 bytes a step, and the steps may grow with the square of the edges (a long chain
// with a dead end at each state): LeastSteps tells in advance.
std::vector<Tour> FindTours(const TourProblem& problem, std::size_t max_tour_steps = 0);

struct StepBound {
  uint64_t steps = 0;
  bool is_exact = false;  // some tours take just so many steps; else none take fewer
};

// The least number of steps of any set of tours that takes each required edge, however many tours
// that needs. Inexact when `max_work` did not suffice (then it is the number of required edges), or
// when some edges are not required and the cheapest flow falls into parts that no tour connects.
StepBound LeastSteps(const TourProblem& problem);

}  // namespace interleave
