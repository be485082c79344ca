#pragma once
// What is constant in the code of one process: who it is decides indices, branches and which cells
// it can touch. Sparse conditional constant propagation, in its dense form (M. Wegman, F. K.
// Zadeck, "Constant propagation with conditional branches", TOPLAS 13(2), 1991).

#include <cstdint>
#include <optional>
#include <vector>

#include "model/reduce/abstract_memory.h"
#include "model/reduce/reduction_fault.h"
#include "sim/program/liveness.h"
#include "sim/program/program.h"

namespace interleave {

// The memory that no code of the program writes: it holds what it starts with for ever. Arrays are
// told apart by members of their elements, and not by the elements.
class FixedMemory {
 public:
  explicit FixedMemory(const Program& program, ReductionFault fault = ReductionFault::kNone);

  // Of a slot of the state: what it holds for ever.
  std::optional<int64_t> ValueOfCell(uint32_t slot) const;
  // Whether an instruction looks at the process's own memory, or sets it.
  bool LeadsToOwn(int code, const Instruction& access) const;
  // What a load gives, if it is always the same. `code` is an index into Program::codes.
  std::optional<int64_t> ValueOf(int code, const Instruction& load) const;

 private:
  // Of the cells that an access may lead to; nothing: it may be any memory.
  std::optional<std::size_t> LocationOf(int code, const Instruction& access) const;

  AbstractMemory memory_;
  std::vector<std::optional<int64_t>> values_;  // by location
};

class Constants {
 public:
  // `memory` may be null: then nothing is known of what a load gives.
  Constants(const Program& program, int process, const FixedMemory* memory);

  // Whether control can come to this instruction.
  bool IsReached(uint32_t at) const { return reached_[at]; }
  // The value of a register whenever control comes to `at`, if it is always the same.
  std::optional<int64_t> ValueBefore(uint32_t at, uint32_t reg) const;
  // Whether the instruction loads what nobody writes.
  bool LoadsFixed(uint32_t at) const { return Loaded(code_.instructions[at]).known; }

  // Instructions that control may go to next: one where the condition of a branch is constant.
  template <class Visit>
  void ForEachNext(uint32_t at, Visit visit) const {
    const Instruction& i = code_.instructions[at];
    const bool is_branch = i.opcode == Opcode::kBranchFalse || i.opcode == Opcode::kBranchTrue;
    if (is_branch) {
      if (const auto condition = ValueBefore(at, i.a)) {
        visit((*condition != 0) == (i.opcode == Opcode::kBranchTrue) ? i.c : at + 1);
        return;
      }
    }
    VisitSuccessors(code_, at, visit);
  }

 private:
  struct Value {
    bool known = true;
    int64_t value = 0;
    bool operator==(const Value&) const = default;
  };
  static bool IsInside(const Value& index, uint32_t count) {
    return index.known && static_cast<uint64_t>(index.value) < count;
  }

  Value Loaded(const Instruction& i) const;
  // What the instruction makes of the registers.
  void Transfer(uint32_t at, std::vector<Value>& r) const;
  bool Merge(uint32_t at, const std::vector<Value>& r);

  const ProcessCode& code_;
  const int code_index_;
  const FixedMemory* memory_;
  std::vector<Value> fixed_;                // constants of the code, who the process is
  std::vector<bool> is_fixed_;              // by register
  std::vector<bool> reached_;               // by instruction
  std::vector<std::vector<Value>> before_;  // by instruction; empty: too much code to know
};

}  // namespace interleave
