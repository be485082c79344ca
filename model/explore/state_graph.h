#pragma once
// The whole state graph of a program, kept: states and the transitions between them, in the order a
// breadth-first search meets them.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/explore/state_store.h"
#include "sim/program/program.h"
#include "sim/world/choice.h"

namespace interleave {

// One transition, or one step that ends in a run-time error: then `to` is a number of its own,
// behind those of the states.
struct GraphEdge {
  uint32_t from = 0;
  uint32_t to = 0;
  Choice choice;
  int32_t decided = -1;  // into StateGraph::decisions; -1: nothing was decided
  bool is_error = false;
};

struct GraphStart {
  uint32_t state = 0;
  std::vector<std::vector<int64_t>> decided;  // by process, before its first access
};

struct StateGraph {
  explicit StateGraph(const Program& program) : store(program.initial) {}

  StateStore store;
  std::vector<GraphEdge> edges;  // by `from`, processes and outcomes in order
  std::vector<GraphStart> starts;
  std::vector<std::vector<int64_t>> decisions;
  uint64_t transitions = 0;  // edges that are no errors
  uint64_t errors = 0;       // edges that are
  uint64_t broken_starts = 0;
  std::string incomplete_reason;  // empty: this is all there is
};

struct GraphLimits {
  uint64_t max_states = 1'000'000;
  const std::atomic<bool>* stop = nullptr;
  double max_seconds = 0;         // 0: no limit
  uint64_t max_memory_bytes = 0;  // 0: no limit
  // Called now and then with the states and transitions found so far; may be empty.
  std::function<void(uint64_t states, uint64_t transitions)> progress = {};
};

StateGraph BuildStateGraph(const Program& program, const GraphLimits& limits);

}  // namespace interleave
