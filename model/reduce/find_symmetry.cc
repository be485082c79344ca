// Which templates are symmetric: where ids are is inferred by data flow (id_flow.h), what treats an
// id as more than a name refuses its template (symmetry_rules.h), and the rest is looked at anew
// without it, since its numbers are plain values then.

#include <fmt/format.h>

#include "model/reduce/abstract_memory.h"
#include "model/reduce/id_flow.h"
#include "model/reduce/symmetry.h"
#include "model/reduce/symmetry_candidates.h"
#include "model/reduce/symmetry_plan.h"
#include "model/reduce/symmetry_rules.h"

namespace interleave {
namespace {

void RefuseLocalsWithAddress(const Program& program, SymmetryCandidates& candidates) {
  for (std::size_t c = 0; c < program.codes.size(); ++c) {
    for (const OwnObject& own : program.codes[c].own_objects) {
      candidates.Refuse(static_cast<int>(c), own.symbol->range,
                        fmt::format("`{}`, a local of {}, has an address", own.symbol->name,
                                    program.codes[c].source->symbol->name));
    }
  }
}

void RefusePointers(const AbstractMemory& memory, SymmetryCandidates& candidates) {
  for (const Code* code : memory.codes) {
    for (const Instruction& i : code->instructions) {
      if (i.opcode != Opcode::kPointerAdd && i.opcode != Opcode::kPointerSub &&
          i.opcode != Opcode::kPointerOrder && i.opcode != Opcode::kPointerCheck)
        continue;
      candidates.RefuseAll(code->locations[i.location].range, "a pointer may lead anywhere");
      return;
    }
  }
}

void RefuseTooMany(const Program& program, SymmetryCandidates& candidates) {
  int processes = 0;
  for (const ProcessCode& code : program.codes) {
    if (code.source->count >= 2) processes += code.source->count;
  }
  if (processes <= Symmetry::kMaxNodes) return;
  for (std::size_t c = 0; c < program.codes.size(); ++c) {
    candidates.Refuse(static_cast<int>(c), program.codes[c].source->symbol->range,
                      "too many processes");
  }
}

}  // namespace

SymmetryFindings FindSymmetry(const Program& program,
                              const std::vector<ObserverLayout>& observers) {
  SymmetryCandidates candidates(program);
  if (candidates.empty()) return {};
  RefuseLocalsWithAddress(program, candidates);
  const AbstractMemory memory(program);
  RefusePointers(memory, candidates);
  RefuseTooMany(program, candidates);
  candidates.DropRefused();
  IdFlow flow(memory);
  while (!candidates.empty()) {
    flow.Infer(candidates);
    CheckSymmetryRules(memory, flow, candidates);
    if (!candidates.DropRefused()) break;
  }
  SymmetryFindings findings;
  findings.refusals = candidates.TakeRefusals();
  if (!candidates.empty()) findings.plan = MakeSymmetryPlan(memory, flow, candidates, observers);
  return findings;
}

}  // namespace interleave
