#include "model/explore/state_graph.h"

#include <fmt/format.h>

#include "model/explore/explore.h"
#include "model/system/program_system.h"
#include "sim/program/clock.h"

namespace interleave {
namespace {

// Writes down what the loop goes through.
class GraphProbe {
 public:
  GraphProbe(ProgramSystem& system, const GraphLimits& limits, StateGraph& graph)
      : system_(system), limits_(limits), graph_(graph) {}

  void OnInitial(const int64_t*, const Successor& successor) {
    ++graph_.broken_starts;
    if (successor.status != StepStatus::kError) Note("a limit on local work at the start");
  }

  void OnState(uint32_t number, const int64_t*, uint64_t depth) {
    if (graph_.store.size() > limits_.max_states) {
      End(fmt::format("the limit of {} states", limits_.max_states));
    }
    if (depth > 0) return;
    GraphStart start;
    start.state = number;
    for (const StartOutcome* outcome : system_.starts()) start.decided.push_back(outcome->decided);
    graph_.starts.push_back(std::move(start));
  }

  void OnSuccessor(const Expanded& from, uint32_t to, const int64_t*, const Successor& successor) {
    GraphEdge edge;
    edge.from = from.number;
    edge.to = to;
    edge.choice = successor.choice;
    edge.is_error = successor.status == StepStatus::kError;
    std::vector<int64_t> decided = system_.decided();
    if (!decided.empty()) {
      edge.decided = static_cast<int32_t>(graph_.decisions.size());
      graph_.decisions.push_back(std::move(decided));
    }
    if (successor.status == StepStatus::kOk) {
      ++graph_.transitions;
    } else if (edge.is_error) {
      ++graph_.errors;
    } else {
      Note(successor.status == StepStatus::kObjectLimit ? system_.error().message
                                                        : "a limit on local work in one step");
      return;
    }
    graph_.edges.push_back(edge);
  }

  void OnExpanded(const Expanded&, const Expansion&) {}
  static bool OnLevel(uint64_t) { return true; }
  bool MayGoOnWithin(const ExploreCounts& counts) { return Continue(counts); }
  bool Continue(const ExploreCounts&) {
    if (limits_.stop != nullptr && limits_.stop->load(std::memory_order_relaxed)) {
      End("an interrupt");
    } else if (limits_.max_seconds > 0 && ElapsedSeconds() - started_ > limits_.max_seconds) {
      End(fmt::format("the limit of {:g} seconds", limits_.max_seconds));
    } else if (limits_.max_memory_bytes > 0 && bytes() > limits_.max_memory_bytes) {
      End(fmt::format("the limit of {} MiB of memory", limits_.max_memory_bytes >> 20));
    }
    if (limits_.progress) limits_.progress(graph_.store.size(), graph_.transitions);
    return !stop_;
  }
  bool stop() const { return stop_; }

 private:
  uint64_t bytes() const {
    return graph_.store.growth_bytes() + graph_.edges.capacity() * sizeof(GraphEdge);
  }
  void Note(std::string reason) {
    if (graph_.incomplete_reason.empty()) graph_.incomplete_reason = std::move(reason);
  }
  void End(std::string reason) {
    Note(std::move(reason));
    stop_ = true;
  }

  ProgramSystem& system_;
  const GraphLimits& limits_;
  StateGraph& graph_;
  const double started_ = ElapsedSeconds();
  bool stop_ = false;
};

}  // namespace

StateGraph BuildStateGraph(const Program& program, const GraphLimits& limits) {
  StateGraph graph(program);
  ProgramSystem system(program, {});
  GraphProbe probe(system, limits, graph);
  system.stepper().set_may_go_on([&] { return probe.Continue({}); });
  Explorer(system, graph.store, probe).Run(Order::kBreadthFirst);
  uint32_t beyond = graph.store.size();
  for (GraphEdge& edge : graph.edges) {
    if (edge.is_error) edge.to = beyond++;
  }
  return graph;
}

}  // namespace interleave
