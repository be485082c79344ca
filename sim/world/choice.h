#pragma once
// One possible next move of a system.

#include <cstdint>

#include "sim/program/actor.h"

namespace interleave {

// Who, and which outcome where the step has several (in the order of Stepper::NextOutcome; outcomes
// that an assume cuts are counted).
struct Choice {
  Actor actor;
  uint32_t outcome = 0;
  bool operator==(const Choice&) const = default;
};

}  // namespace interleave
