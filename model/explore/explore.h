#pragma once
// The one loop over a transition system. Breadth-first and depth-first differ in which stored state
// is expanded next, and in nothing else.
//
//   frontier := the initial states
//   while there is a state in the frontier: take one, visit its successors, store the new ones
//
// Breadth-first the store itself is the queue: states are numbered in the order they are found, so
// each level of the search is a range of numbers. Depth-first keeps a stack of numbers and depths.
//
// A probe sees everything and decides what is wrong; the loop only asks it whether to go on:
//
//   OnInitial(state, successor)    a start that went wrong; it is not stored
//   OnState(number, state, depth)  a new state
//   OnSuccessor(from, to, next, successor)
//                                  a transition, or a step that went wrong; `to` is the number of
//                                  `next`, kNone where it is not stored
//   OnExpanded(from, expansion)    all successors of a state were visited
//   OnLevel(depth) -> bool         breadth-first, before the states at `depth` are expanded; false
//                                  ends the search
//   Continue(counts) -> bool       asked after 1, 2, 4, ... and every 4096 states: limits, Ctrl-C
//   stop() -> bool                 asked after each expansion
//   MayGoOnWithin(counts) -> bool  (if it has that, else Continue) asked now and then while a state
//                                  with very many successors is expanded, and between the initial
//                                  states; and when the system ended a step with StepStopped.
//                                  False: a limit, and the search stands before that state again
//
// The store needs Insert, Get and size, as StateStore has them.

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "model/explore/state_store.h"
#include "model/system/program_system.h"

namespace interleave {

enum class Order : uint8_t { kBreadthFirst, kDepthFirst };

// What the successors of one state were like.
struct Expansion {
  uint32_t successors = 0;  // with status kOk
  bool any_error = false;
  bool changed_shared = false;  // some successor changed shared memory
  bool finished = false;        // some process finished
  bool is_whole = true;         // these were all steps; else a reduction left some out
};

// The state that is being expanded.
struct Expanded {
  uint32_t number = 0;
  const int64_t* state = nullptr;
  uint64_t depth = 0;
};

struct ExploreCounts {
  uint64_t transitions = 0;
  uint64_t depth = 0;
  uint64_t expanded = 0;
  uint64_t frontier = 0;
};

// Successors of one state between two questions whether to go on.
inline constexpr uint64_t kAskWithin = 1U << 14;

// Visits the successors of one state and tells the probe. add(next) -> number: of a state to be
// stored. Returns the transitions; or nothing when goes_on(), asked now and then, said no: then the
// probe was not told that the state is expanded.
template <class System, class Probe, class Add, class GoesOn>
std::optional<uint64_t> ExpandWhile(System& system, Probe& probe, const Expanded& from, Add add,
                                    GoesOn goes_on) {
  uint64_t transitions = 0;
  uint64_t until_asked = kAskWithin;
  bool gives_up = false;
  Expansion expansion;
  system.ForEachSuccessor(from.state, [&](const int64_t* next, const Successor& successor) {
    if (--until_asked == 0) [[unlikely]] {
      gives_up = gives_up || !goes_on();
      until_asked = gives_up ? 1 : kAskWithin;
      if (gives_up) return;
    }
    uint32_t to = StateStore::kNone;
    if (successor.status != StepStatus::kOk) {
      expansion.any_error = true;
    } else if (!successor.observer_full) {
      ++expansion.successors;
      transitions += successor.steps;
      expansion.changed_shared |= successor.changed_shared;
      expansion.finished |= successor.finished;
      // Where an observer is broken the run ends.
      if (successor.violated_observer < 0) to = add(next);
    }
    probe.OnSuccessor(from, to, next, successor);
  });
  if (gives_up) return std::nullopt;
  expansion.is_whole = system.is_whole();
  probe.OnExpanded(from, expansion);
  return transitions;
}

template <class System, class Probe, class Store = StateStore>
class Explorer {
 public:
  Explorer(System& system, Store& store, Probe& probe)
      : system_(system), store_(store), probe_(probe) {}

  // Where a search stands; with the states of the store, all there is to go on with it.
  struct Position {
    ExploreCounts counts;
    uint32_t next_number = 0;  // breadth-first: of the state that is expanded next
    uint64_t depth = 0;
    std::vector<uint32_t> level_starts;
    std::vector<std::pair<uint32_t, uint32_t>> stack;  // depth-first: numbers and depths
  };
  const Position& position() const { return position_; }

  // Returns true when every reachable state was expanded.
  bool Run(Order order) { return Start(order) && GoOn(order); }

  // As Run, from where another search stood. The store has its states.
  bool Resume(Order order, Position position) {
    position_ = std::move(position);
    is_started_ = true;
    return GoOn(order);
  }

  // The two halves of Run: stores the initial states; expands what is stored. False: the probe
  // wanted no more.
  bool Start(Order order) {
    uint64_t initials = 0;
    bool is_whole = true;
    try {
      system_.ForEachInitial([&](const int64_t* initial, const Successor& successor) {
        if (successor.status != StepStatus::kOk || successor.violated_observer >= 0 ||
            successor.observer_full) {
          probe_.OnInitial(initial, successor);
        } else {
          Add(initial, 0, order);
        }
        is_whole = !probe_.stop() && (++initials % 4096 != 0 || MayGoOnWithin());
        return is_whole;
      });
    } catch (const StepStopped&) {
      is_whole = false;
      MayGoOnWithin();
    }
    position_.level_starts = {0, store_.size()};
    is_started_ = is_whole;
    return is_whole && !probe_.stop();
  }

  // Whether all initial states are stored.
  bool is_started() const { return is_started_; }

  bool GoOn(Order order) {
    std::vector<int64_t> state(system_.state_words());
    ExploreCounts& counts = position_.counts;
    std::vector<uint32_t>& level_starts = position_.level_starts;
    uint64_t& depth = position_.depth;
    while (true) {
      uint32_t number = 0;
      if (order == Order::kBreadthFirst) {
        if (position_.next_number == store_.size()) break;
        if (position_.next_number == level_starts.back()) {
          level_starts.push_back(store_.size());
          ++depth;
        }
        if (position_.next_number == level_starts[level_starts.size() - 2]) {
          counts.depth = depth;
          if (!probe_.OnLevel(depth)) return false;
        }
        number = position_.next_number++;
        counts.frontier = store_.size() - position_.next_number;
      } else {
        if (position_.stack.empty()) break;
        number = position_.stack.back().first;
        depth = position_.stack.back().second;
        position_.stack.pop_back();
        counts.depth = std::max(counts.depth, depth);
        counts.frontier = position_.stack.size();
      }
      store_.Get(number, state.data());
      std::optional<uint64_t> transitions;
      try {
        transitions = ExpandWhile(
            system_, probe_, {number, state.data(), depth},
            [&](const int64_t* next) { return Add(next, depth + 1, order); },
            [&] { return MayGoOnWithin(); });
      } catch (const StepStopped&) {
        MayGoOnWithin();  // says which limit that was
      }
      if (!transitions) {
        // It stands before that state again.
        if (order == Order::kBreadthFirst) {
          --position_.next_number;
        } else {
          position_.stack.emplace_back(number, static_cast<uint32_t>(depth));
        }
        return false;
      }
      counts.transitions += *transitions;
      // Early on it is asked rarely: after 1, 2, 4, ... states.
      const uint64_t expanded = ++counts.expanded;
      const bool asks = expanded % 4096 == 0 || (expanded & (expanded - 1)) == 0;
      if (asks && !probe_.Continue(counts)) return false;
      if (probe_.stop()) return false;
    }
    return true;
  }

  const ExploreCounts& counts() const { return position_.counts; }
  // Breadth-first: the first number of each level, and one past the last level that was begun.
  const std::vector<uint32_t>& level_starts() const { return position_.level_starts; }

 private:
  // Not inlined, so that what asks rarely stays small.
  [[gnu::noinline]] bool MayGoOnWithin() {
    const ExploreCounts& counts = position_.counts;
    if constexpr (requires { probe_.MayGoOnWithin(counts); }) {
      return probe_.MayGoOnWithin(counts);
    } else {
      return probe_.Continue(counts);
    }
  }
  // The state's number.
  uint32_t Add(const int64_t* next, uint64_t depth, Order order) {
    const StateStore::Inserted inserted = store_.Insert(next);
    if (!inserted.is_new) return inserted.number;
    probe_.OnState(inserted.number, next, depth);
    if (order == Order::kDepthFirst) {
      position_.stack.emplace_back(inserted.number, static_cast<uint32_t>(depth));
    }
    return inserted.number;
  }

  System& system_;
  Store& store_;
  Probe& probe_;
  Position position_;
  bool is_started_ = false;
};

}  // namespace interleave
