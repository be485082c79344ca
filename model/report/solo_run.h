#pragma once
// Where a process that waits ends up when it runs alone: in loops that it never leaves, or at
// accesses that are not enabled.

#include <cstdint>
#include <vector>

#include "model/report/history.h"
#include "sim/program/evaluate.h"

namespace interleave {

struct SoloEnd {
  std::vector<uint32_t> conditions;  // locations: what the loops test; without a test, an access
  std::vector<uint32_t> blocked;     // program points
  std::vector<Event> reads;          // in the loops, and in the guards that are false
  uint32_t least = 0, most = 0;      // steps before the first of those
};

// Conditions that come out either way in a loop (of an inner `for`), or do not depend on what is
// read there, are named only when there are no others. REQUIRES: `reason.waits`; `flow` is that of
// the process.
SoloEnd FindSoloEnd(const WaitReason& reason, Flow& flow);

}  // namespace interleave
