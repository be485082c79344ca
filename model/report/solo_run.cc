// Loops are the strongly connected components of the solo states. What lies before them has no
// cycle, so its longest way is as easy as its shortest.

#include "model/report/solo_run.h"

#include <algorithm>
#include <map>
#include <set>

#include "sim/program/strong_components.h"

namespace interleave {
namespace {

using Kind = Event::Kind;

class SoloGraph {
 public:
  explicit SoloGraph(const std::vector<SoloStep>& steps) : steps_(steps) {
    std::size_t states = 1;
    for (const SoloStep& step : steps) {
      states = std::max<std::size_t>(states, step.from + std::size_t{1});
    }
    from_.resize(states);
    for (std::size_t i = 0; i < steps.size(); ++i) from_[steps[i].from].push_back(i);
    FindComponents();
  }

  std::size_t states() const { return from_.size(); }
  // Of a state; successors have lower or equal numbers.
  uint32_t component(std::size_t state) const { return component_[state]; }
  const std::vector<std::size_t>& StepsFrom(std::size_t state) const { return from_[state]; }
  bool InLoop(const SoloStep& step) const {
    return step.to != SoloStep::kBlocked && component_[step.from] == component_[step.to];
  }

 private:
  void FindComponents() {
    std::vector<std::vector<uint32_t>> next(states());
    for (const SoloStep& step : steps_) {
      if (step.to != SoloStep::kBlocked) next[step.from].push_back(step.to);
    }
    component_.resize(states());
    uint32_t found = 0;
    ForEachComponent(
        static_cast<uint32_t>(states()),
        [&](uint32_t from, uint32_t k) { return k < next[from].size() ? next[from][k] : kNoNode; },
        [&](const StrongComponent& component) {
          for (const uint32_t state : component.nodes) component_[state] = found;
          ++found;
        });
  }

  const std::vector<SoloStep>& steps_;
  std::vector<std::vector<std::size_t>> from_;  // steps, by state
  std::vector<uint32_t> component_;
};

std::vector<uint32_t> LoopConditions(const SoloGraph& graph, const std::vector<SoloStep>& steps,
                                     Flow& flow) {
  struct Outcomes {
    bool was[2] = {false, false};
  };
  std::map<uint32_t, Outcomes> conditions;  // by location
  std::set<uint32_t> reads, accesses;       // locations
  for (const SoloStep& step : steps) {
    if (!graph.InLoop(step)) continue;
    for (const Event& event : step.events) {
      if (event.kind == Kind::kBranch) {
        conditions[event.location].was[event.value != 0 ? 1 : 0] = true;
      } else if (!event.is_decision()) {
        accesses.insert(event.location);
        if (event.kind == Kind::kRead) reads.insert(event.location);
      }
    }
  }
  std::vector<uint32_t> all, of_reads, decided;
  for (const auto& [location, outcomes] : conditions) {
    all.push_back(location);
    const bool depends = std::any_of(reads.begin(), reads.end(), [&, at = location](uint32_t read) {
      return flow.ToBranch(read, at);
    });
    if (!depends) continue;
    of_reads.push_back(location);
    if (outcomes.was[0] != outcomes.was[1]) decided.push_back(location);
  }
  if (!decided.empty()) return decided;
  if (!of_reads.empty()) return of_reads;
  if (!all.empty()) return all;
  return {accesses.begin(), accesses.empty() ? accesses.end() : std::next(accesses.begin())};
}

}  // namespace

SoloEnd FindSoloEnd(const WaitReason& reason, Flow& flow) {
  const std::vector<SoloStep>& steps = reason.steps;
  const SoloGraph graph(steps);
  SoloEnd end;
  end.conditions = LoopConditions(graph, steps, flow);
  std::vector<bool> is_end(graph.states(), false);
  for (const SoloStep& step : steps) {
    const bool blocked = step.to == SoloStep::kBlocked;
    if (!blocked && !graph.InLoop(step)) continue;
    is_end[step.from] = true;
    if (blocked &&
        std::find(end.blocked.begin(), end.blocked.end(), step.point) == end.blocked.end()) {
      end.blocked.push_back(step.point);
    }
    for (const Event& event : step.events) {
      if (event.kind == Kind::kRead) end.reads.push_back(event);
    }
  }
  std::vector<std::size_t> order(graph.states());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return graph.component(a) < graph.component(b);
  });
  std::vector<uint32_t> least(graph.states(), 0), most(graph.states(), 0);
  for (const std::size_t state : order) {
    if (is_end[state]) continue;
    bool first = true;
    for (const std::size_t i : graph.StepsFrom(state)) {
      const uint32_t to = steps[i].to;
      least[state] = first ? least[to] + 1 : std::min(least[state], least[to] + 1);
      most[state] = std::max(most[state], most[to] + 1);
      first = false;
    }
  }
  end.least = least[0];
  end.most = most[0];
  return end;
}

}  // namespace interleave
