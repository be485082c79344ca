#pragma once
// From a list of choices to a run with all that happened in it.

#include <vector>

#include "model/system/program_system.h"
#include "sim/world/trace.h"

namespace interleave {

// REQUIRES: `initial` is an initial state of the system, or, `broken_at_start`, one in which local
// work before the first accesses broke something; each choice is possible where it stands.
Trace BuildTrace(const Program& program, const std::vector<const ObserverAutomaton*>& observers,
                 const std::vector<int64_t>& initial, const std::vector<Choice>& choices,
                 bool broken_at_start = false);

}  // namespace interleave
