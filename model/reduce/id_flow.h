#pragma once
// Which values are ids, by data flow over the compiled code, whatever its order: every location and
// every dimension of an object collects what may flow into it.

#include <set>
#include <string>
#include <vector>

#include "model/reduce/abstract_memory.h"
#include "model/reduce/abstract_value.h"
#include "model/reduce/symmetry_candidates.h"

namespace interleave {

// What a dimension of an object is indexed by.
struct IndexUse {
  AbstractValue value;
  SourceRange plain_range;  // where something else than an id is the index
  std::string plain_name;
};

class IdFlow {
 public:
  explicit IdFlow(const AbstractMemory& memory) : memory_(memory) {}

  // Finds the values anew; `self` is an id in the code of candidates only.
  void Infer(const SymmetryCandidates& candidates);

  const AbstractValue& value(std::size_t location) const { return values_[location]; }
  const AbstractValue& reg(std::size_t c, uint32_t reg) const {
    return values_[memory_.RegisterAt(c, reg)];
  }
  // Whether the register stands for each process of a candidate in turn.
  bool IsQuantified(std::size_t c, uint32_t reg) const;
  const IndexUse& index(std::size_t object, std::size_t level) const {
    return indices_[object][level];
  }

 private:
  void Begin(const SymmetryCandidates& candidates, bool first,
             const std::vector<std::set<IdForm>>& known);
  AbstractValue Binary(std::size_t c, const Instruction& i) const;
  void Transfer(std::size_t c, const Instruction& i);
  void TransferProcessLocal(std::size_t c, const Instruction& i);
  std::optional<std::size_t> Access(std::size_t c, const Instruction& i, int64_t base);
  void NoteIndex(IndexUse& index, const AbstractValue& value, SourceRange range,
                 const std::string& name);
  void Flow(std::size_t location, const AbstractValue& from);
  void FlowToResult(std::size_t c, const Instruction& i, const AbstractValue& from) {
    Flow(memory_.RegisterAt(c, i.dst), from);
  }
  bool MayBeUnwritten(std::size_t c, const Instruction& i) const;

  const AbstractMemory& memory_;
  std::vector<AbstractValue> values_;           // by location
  std::vector<std::vector<IndexUse>> indices_;  // by object and level
  bool changed_ = false;
};

}  // namespace interleave
