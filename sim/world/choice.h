#pragma once
// One possible next move of a system.

#include <cstdint>

namespace interleave {

// Who, and which outcome where the step has several (in the order of Stepper::NextOutcome; outcomes
// that an assume cuts are counted).
struct Choice {
  int actor = 0;
  uint32_t outcome = 0;
  bool operator==(const Choice&) const = default;
};

}  // namespace interleave
