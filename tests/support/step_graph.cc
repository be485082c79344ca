#include "tests/support/step_graph.h"

#include <map>

namespace interleave {

StepGraph MakeStepGraph(ProgramSystem& system, std::size_t most) {
  StepGraph graph;
  std::map<std::vector<int64_t>, uint32_t> numbers;
  const auto number_of = [&](const int64_t* state) {
    const auto [it, is_new] =
        numbers.try_emplace(std::vector<int64_t>(state, state + system.state_words()),
                            static_cast<uint32_t>(graph.states.size()));
    if (is_new) graph.states.push_back(it->first);
    return it->second;
  };
  system.ForEachInitial([&](const int64_t* state, const Successor& successor) {
    if (successor.status == StepStatus::kOk && successor.violated_observer < 0 &&
        !successor.observer_full) {
      number_of(state);
    }
    return graph.states.size() < most;
  });
  graph.initial = static_cast<uint32_t>(graph.states.size());
  while (!graph.is_whole() && graph.states.size() < most) {
    const std::vector<int64_t> state = graph.states[graph.steps.size()];
    std::vector<std::vector<StepOutcome>> steps(system.program().processes.size());
    system.ForEachSuccessor(state.data(), [&](const int64_t* next, const Successor& successor) {
      StepOutcome outcome;
      outcome.status = successor.status;
      outcome.violated_observer = successor.violated_observer;
      outcome.observer_full = successor.observer_full;
      if (outcome.status == StepStatus::kError) outcome.error = system.error().message;
      if (outcome.status != StepStatus::kLocalLimit) outcome.decided = system.decided();
      if (outcome.status == StepStatus::kOk && outcome.violated_observer < 0 &&
          !outcome.observer_full) {
        outcome.to = number_of(next);
      }
      steps[Actors::NumberOf(successor.choice.actor)].push_back(std::move(outcome));
    });
    graph.steps.push_back(std::move(steps));
  }
  return graph;
}

bool CanDoTheSame(const StepGraph& graph, uint32_t a, uint32_t b, int process) {
  if (!graph.IsExpanded(a) || !graph.IsExpanded(b)) return false;
  const std::vector<StepOutcome>& one = graph.Of(a, process);
  const std::vector<StepOutcome>& other = graph.Of(b, process);
  if (one.size() != other.size()) return false;
  for (std::size_t k = 0; k < one.size(); ++k) {
    if (!one[k].IsLike(other[k])) return false;
  }
  return true;
}

bool AreIndependent(const StepGraph& graph, uint32_t state, int p, int q) {
  const std::vector<StepOutcome>& ps = graph.Of(state, p);
  const std::vector<StepOutcome>& qs = graph.Of(state, q);
  if (ps.empty() || qs.empty()) return true;
  for (const StepOutcome& a : ps) {
    if (a.is_fine() && !CanDoTheSame(graph, state, a.to, q)) return false;
  }
  for (const StepOutcome& b : qs) {
    if (b.is_fine() && !CanDoTheSame(graph, state, b.to, p)) return false;
  }
  for (std::size_t i = 0; i < ps.size(); ++i) {
    for (std::size_t j = 0; j < qs.size(); ++j) {
      if (!ps[i].is_fine() || !qs[j].is_fine()) continue;
      if (graph.Of(ps[i].to, q)[j].to != graph.Of(qs[j].to, p)[i].to) return false;
    }
  }
  return true;
}

}  // namespace interleave
