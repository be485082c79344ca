#pragma once
// What a symmetric template may do with ids.

#include "model/reduce/abstract_memory.h"
#include "model/reduce/id_flow.h"
#include "model/reduce/symmetry_candidates.h"

namespace interleave {

// Refuses the candidates whose ids are more than names somewhere.
void CheckSymmetryRules(const AbstractMemory& memory, const IdFlow& flow,
                        SymmetryCandidates& candidates);

}  // namespace interleave
