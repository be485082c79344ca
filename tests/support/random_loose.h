#pragma once
// Random scenarios whose processes mostly mind their own memory, and meet at semaphores, queues,
// gates and ghosts: where reductions find something to leave out, and something to get wrong.

#include <cstdint>
#include <string>

namespace interleave {

// The scenario of a seed; the same on every platform. It is valid: it parses and passes the
// checker.
std::string MakeLooseScenario(uint64_t seed);

}  // namespace interleave
