#pragma once
// Ctrl-C: a search ends with what it has.

#include <atomic>

namespace interleave {

// Set by SIGINT, SIGTERM and SIGHUP (unless that was ignored, as by nohup) from the first call on;
// a second signal ends the program at once.
const std::atomic<bool>& InterruptFlag();

// Waits until something can be read, or the end of the input is there. False: interrupted, before
// or meanwhile. REQUIRES: no other thread that takes signals.
bool WaitForInput(int descriptor);

}  // namespace interleave
