#include "model/search/reductions.h"

#include <fmt/format.h>

#include "model/property/judge.h"
#include "model/reduce/partial_order.h"
#include "model/reduce/symmetry.h"

namespace interleave {

std::unique_ptr<Symmetry> MakeSymmetry(const Program& program, const Judge& judge) {
  const SymmetryFindings findings = FindSymmetry(program, judge.layouts());
  return findings.plan == nullptr ? nullptr : std::make_unique<Symmetry>(program, *findings.plan);
}

Reductions SoundOnes(const Program& program, Reductions reduce,
                     std::vector<ReductionRefusal>& refusals) {
  if (reduce.partial_order) {
    if (const auto reason = PartialOrder::Refusal(program)) {
      refusals.push_back({"partial order", *reason, {}});
      reduce.partial_order = false;
    }
  }
  if (reduce.symmetry) {
    const SymmetryFindings findings = FindSymmetry(program, Judge(program).layouts());
    for (const SymmetryRefusal& refusal : findings.refusals) {
      const ProcessTemplate* source = program.codes[static_cast<std::size_t>(refusal.code)].source;
      refusals.push_back(
          {fmt::format("symmetry of {}", source->symbol->name), refusal.reason, refusal.range});
    }
    if (findings.plan == nullptr) {
      if (findings.refusals.empty()) {
        refusals.push_back({"symmetry", "there is no `process name[count]`", {}});
      }
      reduce.symmetry = false;
    }
  }
  return reduce;
}

}  // namespace interleave
