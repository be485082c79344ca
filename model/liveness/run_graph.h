#pragma once
// What a search for runs without an end looks at: the states of a system, the steps between them,
// and of each state which atoms are true and to whom a step is owed.

#include <cstdint>
#include <vector>

#include "sim/language/syntax.h"

namespace interleave {

// One step: to which state, whose, and which of its outcomes (Choice).
struct GraphStep {
  uint32_t to = 0;
  int32_t process = -1;
  uint32_t outcome = 0;
};

struct RunGraph {
  std::vector<uint64_t> first_step;  // by state, one more at the end: into steps
  std::vector<GraphStep> steps;
  std::vector<uint64_t> truth;     // by state: a bit for each atom that is true
  std::vector<uint64_t> owed;      // by state: a bit for each process that can move and has to
  std::vector<uint32_t> starts;    // initial states, ascending
  std::vector<Fairness> fairness;  // by process; never kUnsaid

  uint32_t size() const { return static_cast<uint32_t>(truth.size()); }
  // A state without a step repeats for ever.
  bool IsEnd(uint32_t state) const { return first_step[state] == first_step[state + 1]; }
};

inline constexpr uint64_t kNoStep = UINT64_MAX;  // a state without a step repeats itself

}  // namespace interleave
