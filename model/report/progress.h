#pragma once
// How far a search is, in one line.

#include <cstddef>
#include <cstdint>
#include <string>

#include "model/search/check.h"

namespace interleave {

// "1.7 MiB"
std::string BytesText(uint64_t bytes);

// Tells of one search as it goes on. A search may begin anew (CheckProgress::stage): then its
// counts fall, which is said until there are more than before.
class ProgressTeller {
 public:
  // `memory_limit_bytes`: 0 when there is none.
  explicit ProgressTeller(uint64_t memory_limit_bytes) : memory_limit_bytes_(memory_limit_bytes) {}

  // "1,234 states, 5,678 transitions, 1,200,000/s, frontier 321, depth 45, 12 MiB of 1.0 GiB, 3 s".
  // The rate is that of the transitions since the call before. Of at most `width` columns (0: as
  // many as it takes): what tells least is left out first.
  std::string Text(const CheckProgress& now, std::size_t width = 0);

 private:
  uint64_t memory_limit_bytes_;
  uint64_t most_states_ = 0;
  CheckProgress before_;
};

}  // namespace interleave
