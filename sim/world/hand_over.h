#pragma once
// What a turn costs at the least on this machine: the yardstick for real processes that take turns.

namespace interleave {

// Seconds of a bare futex hand-over between two processes, there and back: the median of some
// rounds of some thousand; 0 where the other process was killed. Throws std::system_error.
double MeasureHandOver();

}  // namespace interleave
