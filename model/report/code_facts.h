#pragma once
// What the code of a process says by itself: where control can go, and which addresses and values
// depend on constants and `self` alone (chopstick[(self + 1) % N] is one cell).

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/language/arithmetic.h"
#include "sim/program/liveness.h"
#include "sim/program/program.h"

namespace interleave {

// A cell of memory that holds one value for as long as anybody looks.
struct KnownCell {
  uint32_t slot = 0;
  int64_t value = 0;
};

// Values of registers that are the same whenever they are read.
class FixedRegisters {
 public:
  FixedRegisters(const ProcessCode& code, const ProcessInstance& process)
      : code_(code), process_(process), writers_(code.register_count, kNobody) {
    for (uint32_t at = 0; at < code.instructions.size(); ++at) {
      VisitRegisters(
          code.instructions[at], code, [](uint32_t, uint32_t) {},
          [&](uint32_t reg, uint32_t count) { Note(reg, count, at); });
      const Instruction& i = code.instructions[at];
      if (i.opcode == Opcode::kRegisterStore) Note(i.c, i.b, kMany);
    }
    for (const auto& [reg, value] : code.constants) constants_.emplace_back(reg, value);
  }

  // From now on what is loaded from the cell is known, too, but not what the process loaded before
  // it came to `point`.
  void Know(KnownCell cell, const ProgramPoint& point) {
    cell_ = cell;
    for (const Spill& live : point.live) writers_[live.reg] = kMany;
  }

  std::optional<int64_t> Value(uint32_t reg, int depth = 0) const {
    if (reg == kSelfRegister) return process_.index;
    if (reg == kFrameRegister) return process_.own_base;
    for (const auto& [constant, value] : constants_) {
      if (constant == reg) return value;
    }
    if (writers_[reg] >= kMany || depth > 32) return std::nullopt;
    const Instruction& i = code_.instructions[writers_[reg]];
    const auto a = [&] { return Value(i.a, depth + 1); };
    switch (i.opcode) {
      case Opcode::kMove: return a();
      case Opcode::kConvert:
        if (const auto value = a()) return ConvertTo(i.type, *value);
        return std::nullopt;
      case Opcode::kIndex:
        if (const auto value = a()) return *value * i.c;
        return std::nullopt;
      case Opcode::kLoad: {
        const auto offset = cell_ ? a() : std::nullopt;
        if (!offset || *offset + i.c != static_cast<int64_t>(cell_->slot)) return std::nullopt;
        return cell_->value;
      }
      case Opcode::kUnary:
      case Opcode::kBinary: {
        const auto left = a();
        if (!left) return std::nullopt;
        int64_t result = 0;
        if (i.opcode == Opcode::kUnary) {
          return ApplyUnary(i.op, i.type, *left, &result) == ArithmeticError::kNone
                     ? std::optional<int64_t>(result)
                     : std::nullopt;
        }
        const auto right = Value(i.b, depth + 1);
        if (!right || ApplyBinary(i.op, i.type, *left, *right, &result) != ArithmeticError::kNone) {
          return std::nullopt;
        }
        return result;
      }
      case Opcode::kJump:
      case Opcode::kBranchFalse:
      case Opcode::kBranchTrue:
      case Opcode::kRegisterLoad:
      case Opcode::kRegisterStore:
      case Opcode::kPointerAdd:
      case Opcode::kPointerSub:
      case Opcode::kPointerOrder:
      case Opcode::kPointerCheck:
      case Opcode::kChoose:
      case Opcode::kAssert:
      case Opcode::kAssume:
      case Opcode::kPeek:
      case Opcode::kPoke:
      case Opcode::kProduced:
      case Opcode::kConsumed:
      case Opcode::kEndExpression:
      case Opcode::kAtomicEnd:
      case Opcode::kBlockUnless:
      case Opcode::kSelect:
      case Opcode::kStore:
      case Opcode::kAtomicBegin:
      case Opcode::kFork:
      case Opcode::kPrint:
      case Opcode::kStep:
      case Opcode::kLimit:
      case Opcode::kOperationBegin:
      case Opcode::kOperationEnd:
      case Opcode::kHalt:
      case Opcode::kProcessDone:
      case Opcode::kProcessBlocked:
      case Opcode::kProcessWaiting:
      case Opcode::kProcessInSection:
      case Opcode::kProcessAtLabel:
      case Opcode::kProcessLocal:
      case Opcode::kIsUnwritten: break;
    }
    return std::nullopt;
  }

  // The constant d when the register holds what was loaded from (for a ghost: found in) `slot`
  // plus d.
  std::optional<int64_t> Difference(uint32_t reg, uint32_t slot, int depth = 0) const {
    if (writers_[reg] >= kMany || depth > 32) return std::nullopt;
    const Instruction& i = code_.instructions[writers_[reg]];
    switch (i.opcode) {
      case Opcode::kLoad:
      case Opcode::kPeek: {
        const auto offset = Value(i.a);
        if (!offset || *offset + i.c != static_cast<int64_t>(slot)) return std::nullopt;
        return 0;
      }
      case Opcode::kMove:
      case Opcode::kConvert: return Difference(i.a, slot, depth + 1);
      case Opcode::kBinary: {
        if (IsFloating(i.type)) return std::nullopt;
        const auto left = Difference(i.a, slot, depth + 1);
        const auto right = Value(i.b);
        if (!left || !right) return std::nullopt;
        if (i.op == Op::kAdd) return *left + *right;
        if (i.op == Op::kSub) return *left - *right;
        return std::nullopt;
      }
      case Opcode::kUnary:
      case Opcode::kJump:
      case Opcode::kBranchFalse:
      case Opcode::kBranchTrue:
      case Opcode::kIndex:
      case Opcode::kRegisterLoad:
      case Opcode::kRegisterStore:
      case Opcode::kPointerAdd:
      case Opcode::kPointerSub:
      case Opcode::kPointerOrder:
      case Opcode::kPointerCheck:
      case Opcode::kChoose:
      case Opcode::kAssert:
      case Opcode::kAssume:
      case Opcode::kPoke:
      case Opcode::kProduced:
      case Opcode::kConsumed:
      case Opcode::kEndExpression:
      case Opcode::kAtomicEnd:
      case Opcode::kBlockUnless:
      case Opcode::kSelect:
      case Opcode::kStore:
      case Opcode::kAtomicBegin:
      case Opcode::kFork:
      case Opcode::kPrint:
      case Opcode::kStep:
      case Opcode::kLimit:
      case Opcode::kOperationBegin:
      case Opcode::kOperationEnd:
      case Opcode::kHalt:
      case Opcode::kProcessDone:
      case Opcode::kProcessBlocked:
      case Opcode::kProcessWaiting:
      case Opcode::kProcessInSection:
      case Opcode::kProcessAtLabel:
      case Opcode::kProcessLocal:
      case Opcode::kIsUnwritten: break;
    }
    return std::nullopt;
  }

 private:
  static constexpr uint32_t kMany = UINT32_MAX - 1;
  static constexpr uint32_t kNobody = UINT32_MAX;

  void Note(uint32_t reg, uint32_t count, uint32_t at) {
    for (uint32_t k = 0; k < count; ++k) {
      writers_[reg + k] = writers_[reg + k] == kNobody ? at : kMany;
    }
  }

  const ProcessCode& code_;
  const ProcessInstance& process_;
  std::vector<uint32_t> writers_;  // the one instruction that writes a register
  std::vector<std::pair<uint32_t, int64_t>> constants_;
  std::optional<KnownCell> cell_;
};

// Calls `visit` for every instruction that control can reach from `at`; with `fixed`, only where it
// is not known to turn elsewhere or to wait.
template <class Visit>
void VisitReachable(const Code& code, uint32_t at, Visit visit,
                    const FixedRegisters* fixed = nullptr) {
  const auto turns_elsewhere = [&](uint32_t here, uint32_t next) {
    const Instruction& i = code.instructions[here];
    const bool on_false = i.opcode == Opcode::kBranchFalse;
    if (fixed == nullptr ||
        (!on_false && i.opcode != Opcode::kBranchTrue && i.opcode != Opcode::kBlockUnless)) {
      return false;
    }
    const auto value = fixed->Value(i.a);
    if (!value) return false;
    if (i.opcode == Opcode::kBlockUnless) return *value == 0;
    if (i.c == here + 1) return false;
    return next != ((*value == 0) == on_false ? i.c : here + 1);
  };
  std::vector<bool> seen(code.instructions.size(), false);
  std::vector<uint32_t> work = {at};
  while (!work.empty()) {
    const uint32_t here = work.back();
    work.pop_back();
    if (here >= seen.size() || seen[here]) continue;
    seen[here] = true;
    VisitSuccessors(code, here, [&](uint32_t next) {
      if (!turns_elsewhere(here, next)) work.push_back(next);
    });
    visit(code.instructions[here]);
  }
}

}  // namespace interleave
