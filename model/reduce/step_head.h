#pragma once
// The beginning of a step, for as long as it has one path and nothing on it can fail: whether one
// comparison of one cell with a constant decides that it is enabled (a gate), and whether the step
// does nothing else than add a constant to that cell (counting).

#include <cstdint>
#include <optional>

#include "model/reduce/constants.h"
#include "model/reduce/point_graph.h"

namespace interleave {

struct StepHead {
  std::optional<Gate> gate;
  Counting counting;  // holds only if nothing that the step does behind `end` touches the cell
  uint32_t end = 0;   // the instruction that ends the counting
};

// Of the step that begins at the instruction `at`.
StepHead HeadOfStep(const Program& program, const ProcessCode& code, const Constants& constants,
                    const FootprintUnits& units, uint32_t at);

}  // namespace interleave
