#pragma once
// Which reductions a search is made with.

#include <memory>
#include <string>
#include <vector>

#include "model/reduce/reduction_fault.h"
#include "sim/language/source.h"

namespace interleave {

class Judge;
class Symmetry;
struct Program;

// Which reductions are asked for; each is left out where it is not sound.
struct Reductions {
  bool partial_order = false;
  bool symmetry = false;
  bool trusts_locals = true;                     // partial_order.h
  ReductionFault fault = ReductionFault::kNone;  // in it, for tests
  bool any() const { return partial_order || symmetry; }
};

// Why one of them was left out.
struct ReductionRefusal {
  std::string what;    // "partial order", "symmetry of producer"
  std::string reason;  // "ids of p are compared by their order (`>`)"
  SourceRange range;   // where; empty: nowhere in particular
};

// Leaves out what is not sound for the asked properties, and says why.
Reductions SoundOnes(const Program& program, Reductions reduce,
                     std::vector<ReductionRefusal>& refusals);

// Null: no template is symmetric.
std::unique_ptr<Symmetry> MakeSymmetry(const Program& program, const Judge& judge);

}  // namespace interleave
