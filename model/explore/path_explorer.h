#pragma once
// A depth-first search that keeps its path: from an initial state to the state at hand, with the
// choices that lead along it. What is found on a cycle, as liveness is, can be shown from there.
//
// explore.h also goes depth-first, but expands a state when it takes it from its stack, where the
// siblings of all states above lie as well: that needs no more than a number and a depth for each,
// and has no path. Here a state's successors are kept until the search goes back from it.
//
//   probe.OnInitial(state, successor)   a start that went wrong: it is not stored
//   probe.OnEnter(path, state)          the search comes to a state for the first time
//   probe.OnEdge(path, to, kind)        a transition from the end of the path
//   probe.OnFailure(path, successor)    a step from there that went wrong: it leads to no state
//   probe.OnLeave(path)                 everything behind the end of the path was seen
//   probe.Continue(states) -> bool      asked every few thousand states
//   probe.stop() -> bool                asked after each state that is entered or left
//
// Failures are reported when a state is entered, edges one after the other, each before the search
// goes along it. Tested by tests/components_test.cc.

#include <cstdint>
#include <vector>

#include "model/explore/state_store.h"
#include "model/system/program_system.h"
#include "sim/world/choice.h"

namespace interleave {

struct PathStep {
  uint32_t number = 0;  // of a state
  Choice choice;        // by which it was reached; nothing for the first
};
using Path = std::vector<PathStep>;

enum class EdgeKind : uint8_t {
  kTree,   // to a new state, which is entered next
  kBack,   // to a state on the path: it closes a cycle
  kOther,  // to a state that was left before
};

template <class System, class Probe>
class PathExplorer {
 public:
  // All are kept by the caller. The store is empty.
  PathExplorer(System& system, StateStore& store, Probe& probe)
      : system_(system), store_(store), probe_(probe), state_(system.state_words()) {}

  // Returns true when every reachable state was left.
  bool Run() {
    uint64_t initials = 0;
    system_.ForEachInitial([&](const int64_t* initial, const Successor& successor) {
      if (LeadsToState(successor)) {
        store_.Insert(initial);
      } else {
        probe_.OnInitial(initial, successor);
      }
      if (++initials % 4096 == 0 && !probe_.Continue(store_.size())) return false;
      return !probe_.stop();
    });
    const uint32_t starts = store_.size();
    for (uint32_t start = 0; start < starts && !probe_.stop(); ++start) {
      if (StatusOf(start) == Status::kNew && !Search(start)) return false;
    }
    return !probe_.stop();
  }

 private:
  enum class Status : uint8_t { kNew, kOnPath, kLeft };
  // A state on the path: where its successors lie in pending_, and which is next.
  struct Frame {
    std::size_t first = 0;
    std::size_t next = 0;
  };

  static bool LeadsToState(const Successor& successor) {
    return successor.status == StepStatus::kOk && successor.violated_observer < 0 &&
           !successor.observer_full;
  }
  Status& StatusOf(uint32_t number) {
    if (number >= status_.size()) status_.resize(std::size_t{number} + 1, Status::kNew);
    return status_[number];
  }

  bool Search(uint32_t start) {
    Enter({start, {}});
    while (!path_.empty() && !probe_.stop()) {
      Frame& frame = frames_.back();
      if (frame.next == pending_.size()) {
        probe_.OnLeave(path_);
        StatusOf(path_.back().number) = Status::kLeft;
        pending_.resize(frame.first);
        frames_.pop_back();
        path_.pop_back();
        continue;
      }
      const PathStep step = pending_[frame.next++];
      const Status status = StatusOf(step.number);
      probe_.OnEdge(path_, step.number,
                    status == Status::kNew      ? EdgeKind::kTree
                    : status == Status::kOnPath ? EdgeKind::kBack
                                                : EdgeKind::kOther);
      if (status == Status::kNew && !Enter(step)) return false;
    }
    return path_.empty();
  }

  bool Enter(const PathStep& step) {
    StatusOf(step.number) = Status::kOnPath;
    path_.push_back(step);
    frames_.push_back({pending_.size(), pending_.size()});
    store_.Get(step.number, state_.data());
    probe_.OnEnter(path_, state_.data());
    system_.ForEachSuccessor(state_.data(), [&](const int64_t* next, const Successor& successor) {
      if (LeadsToState(successor)) {
        pending_.push_back({store_.Insert(next).number, successor.choice});
      } else {
        probe_.OnFailure(path_, successor);
      }
    });
    return ++entered_ % 4096 != 0 || probe_.Continue(store_.size());
  }

  System& system_;
  StateStore& store_;
  Probe& probe_;
  std::vector<int64_t> state_;
  std::vector<Status> status_;  // by number
  Path path_;
  std::vector<Frame> frames_;      // one a state of the path
  std::vector<PathStep> pending_;  // successors of the states of the path
  uint64_t entered_ = 0;
};

}  // namespace interleave
