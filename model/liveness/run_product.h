#pragma once
// The states of a system together with what a watcher remembers of the run: numbered as a
// breadth-first search meets them, so that each level is a range of numbers.

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "model/liveness/automaton.h"
#include "model/liveness/run_graph.h"

namespace interleave {

// Follows runs: an automaton, or a count.
class RunWatcher {
 public:
  struct Follow {
    uint32_t to = 0;     // what it remembers behind the step
    uint32_t marks = 0;  // of the automaton's transition
  };
  virtual ~RunWatcher() = default;
  virtual uint32_t size() const = 0;  // of what it can remember; it starts with 0
  // Appends what it may remember after `mover`, a bit or none, went from state `from` to `to`.
  virtual void Next(uint32_t memory, uint32_t from, uint32_t to, uint64_t mover,
                    std::vector<Follow>& next) const = 0;
};

class AutomatonWatcher : public RunWatcher {
 public:
  AutomatonWatcher(const RunGraph& graph, const Automaton& automaton)
      : graph_(graph), automaton_(automaton) {}
  uint32_t size() const override { return static_cast<uint32_t>(automaton_.states.size()); }
  void Next(uint32_t memory, uint32_t from, uint32_t, uint64_t mover,
            std::vector<Follow>& next) const override {
    for (const AutomatonTransition& transition : automaton_.states[memory]) {
      if (transition.label.Fits(graph_.truth[from], mover))
        next.push_back({transition.to, transition.marks});
    }
  }

 private:
  const RunGraph& graph_;
  const Automaton& automaton_;
};

// Asked now and then; false: a limit was met, and what is asked gives up.
using GoesOn = std::function<bool()>;

class RunProduct {
 public:
  struct Step {
    uint32_t to = 0;
    uint64_t step = kNoStep;  // into RunGraph::steps
    uint32_t marks = 0;
  };

  RunProduct(const RunGraph& graph, const RunWatcher& watcher) : graph_(graph), watcher_(watcher) {}

  // Numbers all that is reached. False: it did not come to the end.
  bool Explore(const GoesOn& goes_on);

  uint32_t size() const { return static_cast<uint32_t>(nodes_.size()); }
  uint32_t state(uint32_t node) const { return nodes_[node].first; }
  uint32_t memory(uint32_t node) const { return nodes_[node].second; }
  uint32_t depth(uint32_t node) const { return depth_[node]; }
  const RunGraph& graph() const { return graph_; }
  // Who moves; -1: nobody.
  int Mover(const Step& step) const {
    return step.step == kNoStep ? -1 : graph_.steps[step.step].process;
  }

  // visit(const Step&), steps of the graph in their order. REQUIRES: explored as far as they lead.
  template <class Visit>
  void ForEachStep(uint32_t node, Visit visit) const {
    ForEachFollowed(node, [&](uint32_t to, const RunWatcher::Follow& follow, uint64_t step) {
      visit(Step{Number(to, follow.to), step, follow.marks});
    });
  }

 private:
  template <class Visit>
  void ForEachFollowed(uint32_t node, Visit visit) const {
    const auto [from, memory] = nodes_[node];
    if (graph_.IsEnd(from)) {
      followed_.clear();
      watcher_.Next(memory, from, from, 0, followed_);
      for (const RunWatcher::Follow& follow : followed_) visit(from, follow, kNoStep);
      return;
    }
    for (uint64_t step = graph_.first_step[from]; step < graph_.first_step[from + 1]; ++step) {
      const GraphStep& taken = graph_.steps[step];
      followed_.clear();
      watcher_.Next(memory, from, taken.to, uint64_t{1} << taken.process, followed_);
      for (const RunWatcher::Follow& follow : followed_) visit(taken.to, follow, step);
    }
  }
  std::size_t Place(uint32_t state, uint32_t memory) const {
    return static_cast<std::size_t>(state) * watcher_.size() + memory;
  }
  uint32_t Number(uint32_t state, uint32_t memory) const {
    return number_[Place(state, memory)] - 1;
  }
  void Add(uint32_t state, uint32_t memory, uint32_t depth);

  const RunGraph& graph_;
  const RunWatcher& watcher_;
  std::vector<uint32_t> number_;  // by state and memory; 0: not met
  std::vector<std::pair<uint32_t, uint32_t>> nodes_;
  std::vector<uint32_t> depth_;
  mutable std::vector<RunWatcher::Follow> followed_;
};

// A way from a start: steps of the graph, kNoStep where nothing moves. Of all shortest ways to the
// node one with the fewest switches between processes.
struct RunStem {
  uint32_t start = 0;  // the initial state
  std::vector<uint64_t> steps;
};

// Ways to nodes, for each process that may have moved last.
class StemFinder {
 public:
  // To nodes of at most this depth.
  StemFinder(const RunProduct& product, uint32_t depth);
  // Fewest switches of a shortest way to `node` whose last step is of `mover` (-1: of nobody, or
  // there is no step); nothing: there is no such way.
  std::optional<uint32_t> Switches(uint32_t node, int mover) const;
  RunStem Way(uint32_t node, int mover) const;
  int movers() const { return movers_; }

 private:
  struct Entry {
    uint32_t switches = UINT32_MAX;
    uint32_t from = UINT32_MAX;
    int32_t from_mover = -1;
    uint64_t step = kNoStep;
  };
  std::size_t Place(uint32_t node, int mover) const {
    return static_cast<std::size_t>(node) * static_cast<std::size_t>(movers_ + 1) +
           static_cast<std::size_t>(mover + 1);
  }

  const RunProduct& product_;
  int movers_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace interleave
