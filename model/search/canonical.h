#pragma once
// The canonical counterexample: of all shortest runs to a violation the one with the fewest
// switches between processes, then the smallest sequence of processes.
//
// Every step of a shortest run leads from one level of the breadth-first search to the next, so the
// states lie in a layered graph. Walking the layers backwards finds the states that lead to the
// violation, and for each of them and each process the fewest switches that remain when that
// process moves next (search over state x next process); a walk forwards reads the run off.

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "model/explore/state_store.h"
#include "model/system/program_system.h"

namespace interleave {

struct CanonicalTarget {
  uint64_t length = 0;  // steps to the violation
  // A state at depth `length` that is broken. May be empty.
  std::function<bool(const int64_t* state)> is_state;
  // A step from a state at depth `length` - 1 that breaks something. May be empty.
  std::function<bool(const Successor& successor)> is_step;
};

struct CanonicalRun {
  std::vector<int64_t> initial;
  std::vector<Choice> choices;
};

// `store` and `level_starts` come from a breadth-first search that stored all states up to depth
// `length`. Nothing when `keep_going` became false, or there is no such run.
std::optional<CanonicalRun> FindCanonical(ProgramSystem& system, StateStore& store,
                                          const std::vector<uint32_t>& level_starts,
                                          const CanonicalTarget& target,
                                          const std::function<bool()>& keep_going);

}  // namespace interleave
