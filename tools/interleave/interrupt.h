#pragma once
// Ctrl-C: a search ends with what it has.

#include <atomic>

namespace interleave {

// Set by SIGINT and SIGTERM from the first call on; a second signal ends the program at once.
const std::atomic<bool>& InterruptFlag();

}  // namespace interleave
