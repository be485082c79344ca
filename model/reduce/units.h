#pragma once
// Which bit of a footprint each cell of memory is, and which cells a memory operand may mean.

#include <optional>

#include "model/reduce/reduction_fault.h"
#include "sim/program/footprint.h"
#include "sim/program/program.h"

namespace interleave {

FootprintUnits CutIntoUnits(const Program& program, ReductionFault fault = ReductionFault::kNone);

// The slots that a memory operand with the address c + r[a] may be, given what r[a] is known to be.
// An address that is only known at run time may be any cell of its object, and through a
// pointer, or where the process has memory of its own, any cell.
struct SlotSpan {
  uint32_t begin = 0;
  uint32_t end = 0;
};
SlotSpan SpanOf(const Program& program, const ProcessCode& code, const Instruction& i,
                std::optional<int64_t> offset);

}  // namespace interleave
