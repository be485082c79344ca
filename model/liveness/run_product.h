#pragma once
// The states of a system together with what a watcher remembers of the run: numbered as a
// breadth-first search meets them, so that each level is a range of numbers.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <tuple>
#include <unordered_map>
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
  virtual uint32_t size() const = 0;  // of what it can remember
  virtual bool StartsWith(uint32_t memory) const { return memory == 0; }
  virtual std::size_t marks() const { return 0; }  // that a run needs again and again
  // Appends what it may remember after `mover`, a bit or none, went from state `from` to `to`.
  virtual void Next(uint32_t memory, uint32_t from, uint32_t to, uint64_t mover,
                    std::vector<Follow>& next) const = 0;
};

class AutomatonWatcher : public RunWatcher {
 public:
  AutomatonWatcher(const RunGraph& graph, const Automaton& automaton)
      : graph_(graph), automaton_(automaton) {}
  uint32_t size() const override { return static_cast<uint32_t>(automaton_.states.size()); }
  std::size_t marks() const override { return automaton_.marks; }
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

  // Numbers all that is reached within `depth` steps. False: it did not come to the end.
  bool Explore(const GoesOn& goes_on, uint32_t depth = UINT32_MAX);

  uint32_t size() const { return static_cast<uint32_t>(nodes_.size()); }
  uint32_t state(uint32_t node) const { return nodes_[node].first; }
  uint32_t memory(uint32_t node) const { return nodes_[node].second; }
  uint32_t depth(uint32_t node) const { return depth_[node]; }
  const RunGraph& graph() const { return graph_; }
  // Who moves; -1: nobody.
  int Mover(const Step& step) const {
    return step.step == kNoStep ? -1 : graph_.steps[step.step].process;
  }

  // visit(const Step&), steps of the graph in their order, that lead to nodes with a number.
  template <class Visit>
  void ForEachStep(uint32_t node, Visit visit) const {
    ForEachFollowed(node, [&](uint32_t to, const RunWatcher::Follow& follow, uint64_t step) {
      const uint32_t number = number_[Place(to, follow.to)];
      if (number != 0) visit(Step{number - 1, step, follow.marks});
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
  void Add(uint32_t state, uint32_t memory, uint32_t depth);

  const RunGraph& graph_;
  const RunWatcher& watcher_;
  std::vector<uint32_t> number_;  // by state and memory; 0: not met
  std::vector<std::pair<uint32_t, uint32_t>> nodes_;
  std::vector<uint32_t> depth_;
  mutable std::vector<RunWatcher::Follow> followed_;
};

// Ways through a product, step by step, all of them at once: of those that come to the same node
// with the same marks and the same process moving last, the one with the fewest switches between
// processes, and of these the one whose steps stand first.
class WaySearch {
 public:
  struct Way {
    uint32_t node = 0;
    int32_t last = -1;  // who moved last; -1: nobody
    uint64_t marks = 0;
    uint32_t switches = 0;
    uint32_t before = UINT32_MAX;  // the way without its last step; UINT32_MAX: there is none
    uint64_t step = kNoStep;
  };

  // `first`: ways without a step, or those on which this one goes on; the better ones before.
  WaySearch(const RunProduct& product, std::vector<Way> first)
      : product_(product), ways_(std::move(first)) {}

  // All ways that are one step longer. accept(const Way&, const RunProduct::Step&, uint64_t& marks)
  // says whether a step is taken, and adds its marks.
  template <class Accept>
  void Advance(Accept accept) {
    const std::size_t begin = std::exchange(begin_, ways_.size());
    std::unordered_map<Key, uint32_t, KeyHash> seen;
    for (std::size_t i = begin; i < begin_; ++i) {
      const Way from = ways_[i];
      product_.ForEachStep(from.node, [&](const RunProduct::Step& step) {
        uint64_t marks = from.marks;
        if (!accept(from, step, marks)) return;
        // Where nobody moves, who moved last stays who it was.
        const int mover = product_.Mover(step);
        const int32_t last = mover < 0 ? from.last : mover;
        const uint32_t switches = from.switches + (from.last >= 0 && last != from.last ? 1 : 0);
        const Way next = {step.to, last, marks, switches, static_cast<uint32_t>(i), step.step};
        const auto [found, is_new] =
            seen.emplace(Key{step.to, last, marks}, static_cast<uint32_t>(ways_.size()));
        if (is_new) {
          ways_.push_back(next);
        } else if (switches < ways_[found->second].switches) {
          ways_[found->second] = next;
        }
      });
    }
    std::sort(ways_.begin() + static_cast<std::ptrdiff_t>(begin_), ways_.end(),
              [](const Way& a, const Way& b) {
                return std::tie(a.before, a.step, a.node) < std::tie(b.before, b.step, b.node);
              });
  }

  // Those that the last Advance made, as numbers.
  std::size_t begin() const { return begin_; }
  std::size_t end() const { return ways_.size(); }
  const Way& operator[](std::size_t way) const { return ways_[way]; }
  // The steps of a way from where the search began, and the number of what it began with.
  std::vector<uint64_t> Steps(std::size_t way, std::size_t* first) const;

 private:
  struct Key {
    uint32_t node;
    int32_t last;
    uint64_t marks;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      uint64_t h = key.node + (key.marks << 20) + (static_cast<uint64_t>(key.last + 1) << 58);
      h *= 0x9E3779B97F4A7C15U;
      return static_cast<std::size_t>(h ^ (h >> 29));
    }
  };

  const RunProduct& product_;
  std::vector<Way> ways_;
  std::size_t begin_ = 0;
};

// A way from a start: steps of the graph, kNoStep where nothing moves.
struct RunStem {
  uint32_t start = 0;  // the initial state
  std::vector<uint64_t> steps;
};

// Shortest ways to nodes, the best for each process that may have moved last.
class StemFinder {
 public:
  // To nodes of at most this depth.
  StemFinder(const RunProduct& product, uint32_t depth);
  // Ways to the node, as numbers.
  std::vector<uint32_t> WaysTo(uint32_t node) const;
  const WaySearch::Way& operator[](uint32_t way) const { return search_[way]; }
  RunStem Stem(uint32_t way) const;
  // Of the ways to the node the one with the fewest switches.
  RunStem BestTo(uint32_t node) const;

 private:
  const RunProduct& product_;
  WaySearch search_;
  std::unordered_map<uint32_t, std::vector<uint32_t>> to_;
};

}  // namespace interleave
