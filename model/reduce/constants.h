#pragma once
// What is constant in the code of one process: who it is decides indices, branches and which cells
// it can touch. Sparse conditional constant propagation, in its dense form (M. Wegman, F. K.
// Zadeck, "Constant propagation with conditional branches", TOPLAS 13(2), 1991).

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/program/liveness.h"
#include "sim/program/program.h"

namespace interleave {

class Constants {
 public:
  Constants(const Program& program, int process);

  // Whether control can come to this instruction.
  bool IsReached(uint32_t at) const { return reached_[at]; }
  // The value of a register whenever control comes to `at`, if it is always the same.
  std::optional<int64_t> ValueBefore(uint32_t at, uint32_t reg) const;

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

  // What the instruction makes of the registers.
  void Transfer(uint32_t at, std::vector<Value>& r) const;
  bool Merge(uint32_t at, const std::vector<Value>& r);

  const ProcessCode& code_;
  std::vector<Value> fixed_;                // constants of the code, who the process is
  std::vector<bool> is_fixed_;              // by register
  std::vector<bool> reached_;               // by instruction
  std::vector<std::vector<Value>> before_;  // by instruction; empty: too much code to know
};

}  // namespace interleave
