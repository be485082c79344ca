#include "model/explore/state_graph.h"

#include <fmt/format.h>

#include "model/system/program_system.h"

namespace interleave {

StateGraph BuildStateGraph(const Program& program, const GraphLimits& limits) {
  StateGraph graph(program);
  ProgramSystem system(program, {});
  const auto limit = [&](std::string reason) {
    if (graph.incomplete_reason.empty()) graph.incomplete_reason = std::move(reason);
  };
  const auto stopped = [&] {
    return limits.stop != nullptr && limits.stop->load(std::memory_order_relaxed);
  };
  system.ForEachInitial([&](const int64_t* state, const Successor& successor) {
    if (successor.status != StepStatus::kOk) {
      ++graph.broken_starts;
      if (successor.status != StepStatus::kError) limit("a limit on local work at the start");
      return true;
    }
    const StateStore::Inserted at = graph.store.Insert(state);
    if (!at.is_new) return true;
    GraphStart start;
    start.state = at.number;
    for (const StartOutcome* outcome : system.starts()) start.decided.push_back(outcome->decided);
    graph.starts.push_back(std::move(start));
    return graph.store.size() < limits.max_states;
  });
  std::vector<int64_t> state(system.state_words());
  for (uint32_t number = 0; number < graph.store.size(); ++number) {
    if (number % 1024 == 0 && stopped()) {
      limit("an interrupt");
      break;
    }
    if (graph.store.size() > limits.max_states) {
      limit(fmt::format("the limit of {} states", limits.max_states));
      break;
    }
    graph.store.Get(number, state.data());
    system.ForEachSuccessor(state.data(), [&](const int64_t* next, const Successor& successor) {
      GraphEdge edge;
      edge.from = number;
      edge.choice = successor.choice;
      std::vector<int64_t> decided = system.decided();
      if (!decided.empty()) {
        edge.decided = static_cast<int32_t>(graph.decisions.size());
        graph.decisions.push_back(std::move(decided));
      }
      if (successor.status == StepStatus::kOk) {
        edge.to = graph.store.Insert(next).number;
        ++graph.transitions;
      } else if (successor.status == StepStatus::kError) {
        edge.is_error = true;
        ++graph.errors;
      } else {
        limit(successor.status == StepStatus::kQueueCap ? "the cap of an unbounded queue"
                                                        : "a limit on local work in one step");
        return;
      }
      graph.edges.push_back(edge);
    });
  }
  uint32_t beyond = graph.store.size();
  for (GraphEdge& edge : graph.edges) {
    if (edge.is_error) edge.to = beyond++;
  }
  return graph;
}

}  // namespace interleave
