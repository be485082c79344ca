// Operators on values: arithmetic and pointers, conversions, conditions as jumps, quantifiers, and
// the comparison of an array with a list.
//
// What would surprise: `&&`, `||` and `!` become jumps (Branch falls through when true,
// BranchIfTrue when false), and a value of 0 or 1 only where one is asked for (Logical).

#include "sim/program/lower.h"

namespace interleave {
namespace {

// The types of the cells that a type is made of, in order.
void CollectCells(const Type& type, std::vector<const Type*>& cells) {
  if (type.has_members()) {
    for (const Member& member : type.members) CollectCells(*member.type, cells);
  } else if (type.kind == TypeKind::kArray) {
    for (int64_t i = 0; i < type.count; ++i) CollectCells(*type.element, cells);
  } else {
    cells.push_back(&type);
  }
}

}  // namespace

uint32_t Lowering::Combine(Op op, const Type* left, const Type* right, uint32_t a, uint32_t b,
                           SourceRange range) {
  if (left->is_pointer() && (op == Op::kAdd || op == Op::kSub)) {
    const auto stride = static_cast<uint32_t>(left->element->cells);
    const uint32_t dst = NewRegister();
    if (right->is_pointer()) {
      Emit(Opcode::kPointerSub, range, dst, a, b, stride);
      return dst;
    }
    if (op == Op::kSub) b = EmitBinary(Op::kSub, IntType::kI64, range, kZeroRegister, b);
    Emit(Opcode::kPointerAdd, range, dst, a, b, stride);
    return dst;
  }
  if (left->is_pointer() && op != Op::kEq && op != Op::kNe)
    Emit(Opcode::kPointerOrder, range, 0, a, b);
  return EmitBinary(op, IntTypeOf(*left), range, a, b);
}

uint32_t Lowering::Convert(uint32_t reg, const Type* from, const Type* to, SourceRange range) {
  if (from == to || !from->is_scalar() || !to->is_scalar()) return reg;
  if (scenario_.syntax->is_c && from->is_pointer() != to->is_pointer() && !to->is_bool)
    return ConvertPointer(reg, to, range);
  // From nothing, or from the first member of a struct to the struct.
  if (from->is_pointer() && to->is_pointer() &&
      (from->element->kind == TypeKind::kVoid || to->element->kind == TypeKind::kStruct)) {
    CheckPointee(reg, to->element, range);
  }
  const IntType source = IntTypeOf(*from);
  const IntType target = IntTypeOf(*to);
  if (source == target) return reg;
  if (from->is_floating() || to->is_floating()) {
    const uint32_t dst = NewRegister();
    Instruction& conversion = code_.instructions[Emit(Opcode::kUnary, range, dst, reg)];
    conversion.op = ConversionFrom(source);
    conversion.type = target;
    return dst;
  }
  // Widening that keeps every value needs no instruction.
  const bool from_unsigned = !from->is_signed || from->is_bool;
  if (to->bits > from->bits && !to->is_bool && (from_unsigned || to->is_signed)) return reg;
  const uint32_t dst = NewRegister();
  code_.instructions[Emit(Opcode::kConvert, range, dst, reg)].type = target;
  return dst;
}

// A number in a pointer lies far above all addresses, so that nobody can follow it and it is never
// equal to an address; and an address in a number lies far above the numbers that programs put into
// pointers. 0 is the null pointer.
uint32_t Lowering::ConvertPointer(uint32_t reg, const Type* to, SourceRange range) {
  constexpr int64_t kFar = kFarPointer;
  // One way and the other the two ranges change places.
  const uint32_t is_any = EmitBinary(Op::kNe, IntType::kI64, range, reg, kZeroRegister);
  const uint32_t is_far =
      EmitBinary(Op::kGe, IntType::kI64, range, reg, Constant(to->is_pointer() ? kFar : kFar / 2));
  const uint32_t up = EmitBinary(Op::kMul, IntType::kI64, range, is_any, Constant(kFar));
  const uint32_t down = EmitBinary(Op::kMul, IntType::kI64, range, is_far, Constant(2 * kFar));
  // Unsigned, so that no number overflows.
  const uint32_t moved = EmitBinary(Op::kSub, IntType::kU64, range,
                                    EmitBinary(Op::kAdd, IntType::kU64, range, reg, up), down);
  return to->is_pointer() ? moved : Convert(moved, scenario_.types.Long(), to, range);
}

void Lowering::CheckPointee(uint32_t pointer, const Type* type, SourceRange range) {
  if (type->kind == TypeKind::kVoid || !type->complete) return;
  // Where a process's own memory lies is not known yet.
  if (process_code_ != nullptr && process_code_->forks) return;
  std::vector<const Type*> wanted;
  CollectCells(*type, wanted);
  const auto fits = [&](std::size_t at) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (at + i >= program_.slots.size()) return false;
      const Slot& slot = program_.slots[at + i];
      if (slot.kind != SlotKind::kMemory || slot.type == nullptr) return false;
      const Type& a = *wanted[i];
      const Type& b = *slot.type;
      if (a.is_pointer() != b.is_pointer()) return false;
      if (!a.is_pointer() && IntTypeOf(a) != IntTypeOf(b)) return false;
    }
    return true;
  };
  // The addresses of memory at which there is no such thing.
  std::size_t first = 0;
  for (const MemoryObject& object : program_.objects) {
    for (std::size_t at = object.base; at <= object.base + object.cells; ++at) {
      const bool is_wrong = at < object.base + object.cells && !fits(at);
      if (is_wrong && first == 0) first = at;
      if (is_wrong || first == 0) continue;
      const uint32_t below =
          EmitBinary(Op::kLt, IntType::kI64, range, pointer, Constant(static_cast<int64_t>(first)));
      const uint32_t above =
          EmitBinary(Op::kGe, IntType::kI64, range, pointer, Constant(static_cast<int64_t>(at)));
      code_.texts.push_back("a pointer is turned into one to " + TypeName(*type) +
                            ", and leads to memory of another type");
      Emit(Opcode::kAssert, range, 0, EmitBinary(Op::kOr, IntType::kI64, range, below, above), 1,
           static_cast<uint32_t>(code_.texts.size()));
      first = 0;
    }
  }
}

std::optional<bool> Lowering::TruthOfNull(const Expr& e) const {
  if (nulls_.empty() || e.kind != ExprKind::kBinary || (e.op != Op::kEq && e.op != Op::kNe))
    return std::nullopt;
  const Expr& name = *e.operands[0];
  const bool is_null = name.kind == ExprKind::kName && nulls_.contains(name.symbol);
  if (!is_null || e.operands[1]->constant != 0) return std::nullopt;
  return e.op == Op::kEq;
}

void Lowering::Branch(const Expr& e, Label& if_false) {
  const Level level(levels_);
  if (const std::optional<bool> truth = TruthOfNull(e)) {
    if (!*truth) EmitJump(if_false, e.range);
    return;
  }
  if (e.constant) {
    if (*e.constant == 0) EmitJump(if_false, e.range);
    return;
  }
  if (e.kind == ExprKind::kBinary && e.op == Op::kLogicalAnd) {
    Branch(*e.operands[0], if_false);
    Branch(*e.operands[1], if_false);
    return;
  }
  if (e.kind == ExprKind::kBinary && e.op == Op::kLogicalOr) {
    Label if_true;
    BranchIfTrue(*e.operands[0], if_true);
    Branch(*e.operands[1], if_false);
    Bind(if_true);
    return;
  }
  if (e.kind == ExprKind::kUnary && e.op == Op::kNot) {
    BranchIfTrue(*e.operands[0], if_false);
    return;
  }
  EmitBranch(Opcode::kBranchFalse, Value(e), if_false, e.range);
}

void Lowering::BranchIfTrue(const Expr& e, Label& if_true) {
  const Level level(levels_);
  if (e.constant) {
    if (*e.constant != 0) EmitJump(if_true, e.range);
    return;
  }
  if (e.kind == ExprKind::kBinary && e.op == Op::kLogicalOr) {
    BranchIfTrue(*e.operands[0], if_true);
    BranchIfTrue(*e.operands[1], if_true);
    return;
  }
  if (e.kind == ExprKind::kBinary && e.op == Op::kLogicalAnd) {
    Label if_false;
    Branch(*e.operands[0], if_false);
    BranchIfTrue(*e.operands[1], if_true);
    Bind(if_false);
    return;
  }
  if (e.kind == ExprKind::kUnary && e.op == Op::kNot) {
    Branch(*e.operands[0], if_true);
    return;
  }
  EmitBranch(Opcode::kBranchTrue, Value(e), if_true, e.range);
}

uint32_t Lowering::Logical(const Expr& e) {
  const uint32_t dst = NewRegister();
  Label end, other;
  if (e.op == Op::kLogicalAnd) {
    Branch(e, other);
    Move(dst, Constant(1), e.range);
    EmitJump(end, e.range);
    Bind(other);
    Move(dst, kZeroRegister, e.range);
  } else if (e.op == Op::kLogicalOr) {
    BranchIfTrue(e, other);
    Move(dst, kZeroRegister, e.range);
    EmitJump(end, e.range);
    Bind(other);
    Move(dst, Constant(1), e.range);
  } else {  // a => b is !a || b
    Branch(*e.operands[0], other);
    Branch(*e.operands[1], end);
    Bind(other);
    Move(dst, Constant(1), e.range);
    Label done;
    EmitJump(done, e.range);
    Bind(end);
    Move(dst, kZeroRegister, e.range);
    Bind(done);
    return dst;
  }
  Bind(end);
  return dst;
}

uint32_t Lowering::Quantifier(const Expr& e) {
  const uint32_t from = Value(*e.operands[0]);
  const uint32_t to = Value(*e.operands[1]);
  const uint32_t i = NewRegister();
  const uint32_t result = NewRegister();
  storage_[e.symbol] = {Storage::Kind::kRegisters, i, 0};
  if (e.operands[0]->constant && e.operands[1]->constant) {
    code_.quantified.push_back(
        {i, to, *e.operands[0]->constant, *e.operands[1]->constant, e.op == Op::kCount});
  }
  const uint32_t one = Constant(1);
  Move(i, from, e.range);
  Move(result, e.op == Op::kForall ? one : kZeroRegister, e.range);
  Label loop, next, end;
  Bind(loop);
  EmitBranch(Opcode::kBranchFalse, EmitBinary(Op::kLe, IntType::kI64, e.range, i, to), end,
             e.range);
  if (e.op == Op::kForall) {
    BranchIfTrue(*e.operands[2], next);
    Move(result, kZeroRegister, e.range);
    EmitJump(end, e.range);
  } else {
    Branch(*e.operands[2], next);
    if (e.op == Op::kExists) {
      Move(result, one, e.range);
      EmitJump(end, e.range);
    } else {
      Move(result, EmitBinary(Op::kAdd, IntType::kI32, e.range, result, one), e.range);
    }
  }
  Bind(next);
  Move(i, EmitBinary(Op::kAdd, IntType::kI64, e.range, i, one), e.range);
  EmitJump(loop, e.range);
  Bind(end);
  return result;
}

uint32_t Lowering::CompareList(const Expr& e) {
  const Place array = PlaceFor(*e.operands[0]);
  const uint32_t result = NewRegister();
  const bool equal = e.op == Op::kEq;
  Label differs, end;
  const auto& list = e.operands[1]->operands;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i]->kind == ExprKind::kWildcard) continue;
    const uint32_t cell =
        ReadCell(PartOf(array, array.type->element, static_cast<int>(i)), 0, list[i]->range);
    const uint32_t value = Value(*list[i]);
    const Type& element = *array.type->element;
    const IntType type = element.is_floating() ? IntTypeOf(element) : IntType::kI64;
    EmitBranch(Opcode::kBranchFalse, EmitBinary(Op::kEq, type, e.range, cell, value), differs,
               e.range);
  }
  Move(result, equal ? Constant(1) : kZeroRegister, e.range);
  EmitJump(end, e.range);
  Bind(differs);
  Move(result, equal ? kZeroRegister : Constant(1), e.range);
  Bind(end);
  return result;
}

}  // namespace interleave
