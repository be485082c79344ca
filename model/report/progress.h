#pragma once
// How far a search is, in one line.

#include <cstdint>
#include <string>

#include "model/search/check.h"

namespace interleave {

// "1.7 MiB"
std::string BytesText(uint64_t bytes);

// "1,234 states, 5,678 transitions, 1,200,000/s, frontier 321, depth 45, 12 MiB of 1.0 GiB, 3 s".
// The rate is that of the transitions since `before` (all zeros at the first call).
// `memory_limit_bytes`: 0 when there is none.
std::string ProgressText(const CheckProgress& now, const CheckProgress& before,
                         uint64_t memory_limit_bytes);

}  // namespace interleave
