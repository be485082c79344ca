#pragma once
// What is known of the terminal that standard output goes to.

#include <cstddef>

namespace interleave {

// Columns of the terminal behind standard output; 80 where there is none.
std::size_t OutputWidth();

}  // namespace interleave
