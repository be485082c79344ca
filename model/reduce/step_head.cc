// The path is executed with terms instead of values (symbolic execution: J. C. King, CACM 19(7),
// 1976), of the few forms that a test of one cell or an addition to it needs.
//
// What would surprise: gates and counting are found from the code of `atomic` blocks, `await` and
// operations alone. There is no declaration of a lock or a semaphore to go by.

#include "model/reduce/step_head.h"

#include <map>
#include <set>
#include <utility>

#include "model/reduce/units.h"
#include "sim/language/arithmetic.h"

namespace interleave {
namespace {

class HeadFollower {
 public:
  HeadFollower(const Program& program, const ProcessCode& code, const Constants& constants,
               const FootprintUnits& units)
      : program_(program), code_(code), constants_(constants), units_(units) {}

  StepHead Run(uint32_t at) {
    Follow(at);
    return head_;
  }

 private:
  // What a register holds on the path from a point, as far as that is known: a constant, the value
  // that one cell has there plus a constant, or a comparison of such a value.
  struct Term {
    enum class Kind : uint8_t { kOther, kConstant, kCell, kTest };
    Kind kind = Kind::kOther;
    int64_t value = 0;  // the constant; what is added to the cell; the bound of the test
    Op op = Op::kNone;  // of the test
  };

  Term TermOf(uint32_t at, uint32_t reg) const {
    if (const auto constant = constants_.ValueBefore(at, reg)) {
      return {Term::Kind::kConstant, *constant, Op::kNone};
    }
    const auto it = terms_.find(reg);
    return it == terms_.end() ? Term{} : it->second;
  }

  static Op Mirrored(Op op) {
    switch (op) {
      case Op::kLt: return Op::kGt;
      case Op::kLe: return Op::kGe;
      case Op::kGt: return Op::kLt;
      case Op::kGe: return Op::kLe;
      default: return op;
    }
  }
  static Op Negated(Op op) {
    switch (op) {
      case Op::kLt: return Op::kGe;
      case Op::kLe: return Op::kGt;
      case Op::kGt: return Op::kLe;
      case Op::kGe: return Op::kLt;
      case Op::kEq: return Op::kNe;
      default: return Op::kEq;
    }
  }

  // Whether a conversion of the cell's value to `type` gives that value again: it does where the
  // cell's type is no wider, and is not signed unless `type` is. An unsigned comparison of a signed
  // cell is not one of its value.
  bool Keeps(IntType type) const {
    const Type* cell = program_.slots[cell_].type;
    if (cell == nullptr || !cell->is_integer() || cell->bits > 32) return false;
    const IntType own = IntTypeOf(*cell);
    if (type == own || type == IntType::kI64) return true;
    if (type == IntType::kI32) return own != IntType::kU32;
    if (type == IntType::kU32 || type == IntType::kU64) return !cell->is_signed;
    return false;
  }

  static bool MayFail(Op op) {
    return !(op >= Op::kEq && op <= Op::kGe) && op != Op::kAnd && op != Op::kOr && op != Op::kXor;
  }

  Term Combine(const Instruction& i, uint32_t at) const {
    Term a = TermOf(at, i.a);
    Term b = TermOf(at, i.b);
    Op op = i.op;
    if (a.kind == Term::Kind::kConstant && b.kind == Term::Kind::kConstant) {
      int64_t value = 0;
      if (ApplyBinary(op, i.type, a.value, b.value, &value) != ArithmeticError::kNone) return {};
      return {Term::Kind::kConstant, value, Op::kNone};
    }
    if (a.kind == Term::Kind::kConstant) {
      if (op == Op::kSub) return {};
      std::swap(a, b);
      op = Mirrored(op);
    }
    if (a.kind != Term::Kind::kCell || b.kind != Term::Kind::kConstant || !Keeps(i.type)) return {};
    const bool is_small = b.value > -(1 << 20) && b.value < (1 << 20);
    if ((op == Op::kAdd || op == Op::kSub) && is_small) {
      return {Term::Kind::kCell, a.value + (op == Op::kAdd ? b.value : -b.value), Op::kNone};
    }
    if (op >= Op::kEq && op <= Op::kGe && a.value == 0) return {Term::Kind::kTest, b.value, op};
    return {};
  }

  // Whether a test fails only where a counter is so high that nobody counts as far.
  static bool IsFarBound(const Term& test) {
    return test.kind == Term::Kind::kTest && (test.op == Op::kLt || test.op == Op::kLe) &&
           test.value > Counting::kMostCounted;
  }

  void Follow(uint32_t at) {
    int stores = 0;
    int64_t step = 0;  // what the store adds to the cell
    bool is_first = true;
    for (;; is_first = false) {
      const Instruction& i = code_.instructions[at];
      if (!is_first && (i.flags & kStops) != 0 && program_.granularity != Granularity::kStatement)
        return;
      Term result;
      switch (i.opcode) {
        case Opcode::kAtomicBegin: break;
        case Opcode::kMove: result = TermOf(at, i.a); break;
        case Opcode::kBinary:
          result = Combine(i, at);
          if (result.kind == Term::Kind::kOther && MayFail(i.op)) return;
          break;
        case Opcode::kConvert:
          result = TermOf(at, i.a);
          if (result.kind == Term::Kind::kCell && !Keeps(i.type)) result = {};
          break;
        case Opcode::kUnary:
          result = TermOf(at, i.a);
          if (i.op == Op::kNot && result.kind == Term::Kind::kTest) {
            result.op = Negated(result.op);
          } else if (i.op == Op::kNot && result.kind == Term::Kind::kCell && result.value == 0) {
            result = {Term::Kind::kTest, 0, Op::kEq};
          } else if (i.op == Op::kNegate || IsConversion(i.op)) {
            return;
          } else if (i.op != Op::kPlus) {
            result = {};
          }
          break;
        case Opcode::kIndex:
          if (!constants_.ValueBefore(at, i.a) ||
              static_cast<uint64_t>(*constants_.ValueBefore(at, i.a)) >= i.b) {
            return;
          }
          break;
        case Opcode::kJump:
        case Opcode::kBranchFalse:
        case Opcode::kBranchTrue: break;
        case Opcode::kLoad:
          if (constants_.LoadsFixed(at)) break;
          if (!IsTheCell(at)) return;
          result = {Term::Kind::kCell, stores == 0 ? 0 : step, Op::kNone};
          break;
        case Opcode::kStore: {
          const Term value = TermOf(at, i.b);
          if (!IsTheCell(at) || value.kind != Term::Kind::kCell || ++stores > 1) return;
          step = value.value;
          break;
        }
        case Opcode::kBlockUnless: {
          const Term condition = TermOf(at, i.a);
          if (head_.gate || stores > 0) return;
          if (condition.kind == Term::Kind::kTest) {
            head_.gate = {cell_, condition.op, condition.value};
          } else if (condition.kind == Term::Kind::kCell && condition.value == 0) {
            head_.gate = {cell_, Op::kNe, 0};
          } else {
            return;
          }
          break;
        }
        case Opcode::kAssert:
          if (stores > 0 || !IsFarBound(TermOf(at, i.a))) return;
          is_bounded_ = true;
          break;
        case Opcode::kPrint:
        case Opcode::kOperationBegin: break;
        case Opcode::kEndExpression:
        case Opcode::kAtomicEnd:
        case Opcode::kOperationEnd:
          if (stores == 1) Count(at, step);
          return;
        case Opcode::kRegisterLoad:
        case Opcode::kRegisterStore:
        case Opcode::kPointerAdd:
        case Opcode::kPointerSub:
        case Opcode::kPointerOrder:
        case Opcode::kPointerCheck:
        case Opcode::kChoose:
        case Opcode::kAssume:
        case Opcode::kPeek:
        case Opcode::kPoke:
        case Opcode::kProduced:
        case Opcode::kConsumed:
        case Opcode::kSelect:
        case Opcode::kFork:
        case Opcode::kStep:
        case Opcode::kLimit:
        case Opcode::kHalt:
        case Opcode::kProcessDone:
        case Opcode::kProcessBlocked:
        case Opcode::kProcessWaiting:
        case Opcode::kProcessInSection:
        case Opcode::kProcessAtLabel:
        case Opcode::kProcessLocal:
        case Opcode::kIsUnwritten: return;
      }
      Note(at, result);
      uint32_t next = 0;
      int successors = 0;
      constants_.ForEachNext(at, [&](uint32_t to) {
        next = to;
        ++successors;
      });
      if (successors != 1 || next <= at) return;
      at = next;
    }
  }

  // Whether this access is to the one cell that the step is about, which can be read in any state.
  bool IsTheCell(uint32_t at) {
    const Instruction& i = code_.instructions[at];
    const SlotSpan span = SpanOf(program_, code_, i, constants_.ValueBefore(at, i.a));
    if (span.end != span.begin + 1 || (i.flags & kMayBeOwn) != 0) return false;
    if (program_.slots[span.begin].kind != SlotKind::kMemory ||
        program_.slots[span.begin].written != 0 || units_.is_watched[span.begin] != 0 ||
        units_.may_race[span.begin] != 0) {
      return false;
    }
    if (cell_ == 0) cell_ = span.begin;
    return cell_ == span.begin;
  }

  // What an instruction of the path makes of the registers.
  void Note(uint32_t at, const Term& result) {
    const Instruction& i = code_.instructions[at];
    path_.insert(at);
    bool depends = i.opcode == Opcode::kLoad && !constants_.LoadsFixed(at);
    const auto read = [&](uint32_t first, uint32_t count) {
      for (uint32_t reg = first; reg < first + count; ++reg) {
        depends = depends || depends_on_cell_.contains(reg);
        if (!terms_.contains(reg)) read_first_.insert(reg);
      }
    };
    const auto write = [&](uint32_t first, uint32_t count) {
      for (uint32_t reg = first; reg < first + count; ++reg) {
        terms_[reg] = result;
        if (depends)
          depends_on_cell_.insert(reg);
        else
          depends_on_cell_.erase(reg);
      }
    };
    VisitRegisters(i, code_, read, [](uint32_t, uint32_t) {});
    VisitRegisters(
        i, code_, [](uint32_t, uint32_t) {}, write);
  }

  // Whether somebody else looks at what was read of the cell: then steps that count it are told
  // apart by their order.
  bool IsValueUsed() const {
    bool used = false;
    const auto read = [&](uint32_t first, uint32_t count) {
      for (uint32_t reg = first; reg < first + count; ++reg)
        used = used || depends_on_cell_.contains(reg);
    };
    for (uint32_t at = 0; at < code_.instructions.size(); ++at) {
      if (path_.contains(at)) continue;
      VisitRegisters(code_.instructions[at], code_, read, [](uint32_t, uint32_t) {});
    }
    for (const uint32_t reg : read_first_) used = used || depends_on_cell_.contains(reg);
    return used;
  }

  // The accesses to the cell end at `end`.
  void Count(uint32_t end, int64_t step) {
    if (IsValueUsed()) return;
    if (step == 0 || program_.slots[cell_].type->is_bool) return;
    head_.end = end;
    if (!head_.gate) {
      if (step > 0) head_.counting = {Counting::Kind::kAdd, cell_, is_bounded_};
      return;
    }
    if (is_bounded_) return;
    // Behind the gate the cell holds at least as much as is taken away.
    const Gate& gate = *head_.gate;
    const int64_t least = gate.op == Op::kGt ? gate.bound + 1 : gate.bound;
    if ((gate.op == Op::kGt || gate.op == Op::kGe) && step < 0 && -step <= least) {
      head_.counting = {Counting::Kind::kWait, cell_, false};
    }
  }

  const Program& program_;
  const ProcessCode& code_;
  const Constants& constants_;
  const FootprintUnits& units_;
  StepHead head_;
  std::map<uint32_t, Term> terms_;      // by register
  std::set<uint32_t> path_;             // instructions that were followed
  std::set<uint32_t> depends_on_cell_;  // registers
  std::set<uint32_t> read_first_;       // registers that the path reads before it writes them
  bool is_bounded_ = false;             // the path has an assertion that the cell is below a bound
  uint32_t cell_ = 0;                   // the one cell that the step is about; 0: none yet
};

}  // namespace

StepHead HeadOfStep(const Program& program, const ProcessCode& code, const Constants& constants,
                    const FootprintUnits& units, uint32_t at) {
  return HeadFollower(program, code, constants, units).Run(at);
}

}  // namespace interleave
