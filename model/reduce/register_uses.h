#pragma once
// Where the registers of a code are set and read.

#include <vector>

#include "sim/program/program.h"

namespace interleave {

struct RegisterUses {
  std::vector<int> definitions;     // by register: the instruction; -1 none, -2 several
  std::vector<bool> zero_at_start;  // by register: may be read before it is set, and is 0 then
  // By instruction: moves to registers that nobody reads behind them, as of the 0 that a
  // declaration without initialiser sets.
  std::vector<bool> dead_moves;
};

// `process` is the process whose code it is, or null for the code of a property.
RegisterUses FindRegisterUses(const Code& code, const ProcessCode* process);

}  // namespace interleave
