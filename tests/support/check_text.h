#pragma once
// A check's result as text, for comparing what several ways to search find.

#include <string>

#include "model/search/check.h"

namespace interleave {

// All that a user sees of a result but time and memory. `with_counts`: false where a reduction
// makes other counts.
std::string TextOf(const CheckResult& result, bool with_counts = true);

}  // namespace interleave
