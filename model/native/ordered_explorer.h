#pragma once
// Breadth-first search with compiled steps in the interpreter's order: state by state what Explorer
// (model/explore/explore.h) does, so that all that depends on the order is the same, what is
// counted at the step that breaks something included. Every state is kept in the order it was
// found, and with that the levels, which are walked backwards from what is broken.
//
// NativeExplorer needs half the memory and can use several threads, but says no more than that
// something is wrong. This one is for showing what.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "model/native/native_explorer.h"

namespace interleave {

// What is asked of the interpreter.
struct OrderedHooks {
  const PartialOrder* partial_order = nullptr;
  const SymmetryPlan* symmetry = nullptr;
  uint64_t max_states = 0;
  // Before the states at `depth` are expanded; false: the search ends.
  std::function<bool(uint64_t depth)> on_level;
  // A new state that breaks something, or may.
  std::function<void(const int64_t* state, uint64_t depth)> judge;
  // A state with a step that is the interpreter's: all successors, to be stored; the number of
  // transitions. `goes_on` is asked now and then; when it, or stop(), says no, some are left out.
  using Successor = std::function<void(const int64_t* next)>;
  std::function<uint64_t(const int64_t* state, uint64_t depth, const Successor&,
                         const std::function<bool()>& goes_on)>
      expand;
  // There are more states than `max_states`.
  std::function<void()> too_many;
  std::function<bool()> stop;  // after each of these
  // What need not be told again: the bits of properties that were found broken; errors; a deadlock.
  std::function<uint64_t()> known_broken;
  std::function<bool()> knows_error;
  std::function<bool()> knows_deadlock;
  // Asked now and then; false: a limit.
  std::function<bool(const SlowPath::Progress&)> go_on;
};

// What is looked for at the end of a run: a state, or a step.
struct OrderedTarget {
  uint64_t length = 0;  // steps of the run
  bool is_deadlock = false;
  // Of a state `length` steps away. May be empty.
  std::function<bool(const int64_t* state)> is_state;
  // Whether a step from this state leads to a useful one, or, where it is the last, is the one.
  using IsUseful = std::function<bool(const int64_t* next)>;
  std::function<bool(const int64_t* state, bool is_last, const IsUseful& is_useful)> leads;
  std::function<bool()> keep_going;
};

class OrderedExplorer {
 public:
  virtual ~OrderedExplorer() = default;
  // The initial states, judged already. Nothing when one of them does not fit.
  virtual NativeResult Run(const std::vector<std::vector<int64_t>>& initials) = 0;
  // By level, in order: the states from which a shortest run leads to the target. Empty when
  // `keep_going` became false. REQUIRES: Run came to the target's level; no partial order.
  virtual std::vector<std::vector<std::vector<int64_t>>> Toward(const OrderedTarget& target) = 0;
};

// `layout` has at most kMaxNativeWords words; all are kept by the caller.
std::unique_ptr<OrderedExplorer> MakeOrderedExplorer(const Program& program,
                                                     const FieldLayout& layout,
                                                     const NativeSteps& steps, OrderedHooks hooks);

}  // namespace interleave
