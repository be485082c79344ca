#pragma once
// From what was inferred to how permutations act on states.

#include <memory>
#include <vector>

#include "model/reduce/abstract_memory.h"
#include "model/reduce/id_flow.h"
#include "model/reduce/symmetry.h"
#include "model/reduce/symmetry_candidates.h"

namespace interleave {

// REQUIRES: the candidates obey the rules.
std::unique_ptr<SymmetryPlan> MakeSymmetryPlan(const AbstractMemory& memory, const IdFlow& flow,
                                               const SymmetryCandidates& candidates,
                                               const std::vector<ObserverLayout>& observers);

}  // namespace interleave
