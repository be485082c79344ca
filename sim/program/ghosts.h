#pragma once
// Which code is ghost code: statements behind `ghost`, which no real process needs to run.

#include <vector>

#include "sim/program/program.h"

namespace interleave {

// The ranges of the ghost statements in the body of a process.
std::vector<SourceRange> GhostStatements(const ProcessCode& code);
// Whether an instruction stems from one of them.
bool IsGhostCode(const ProcessCode& code, const Instruction& instruction,
                 const std::vector<SourceRange>& ghosts);

// Takes the assertions out of the ghost statements: what is left ends where a program without
// ghosts does.
void SilenceGhostAssertions(Program& program);

}  // namespace interleave
