// Operators on values: arithmetic and pointers, conversions, conditions as jumps, quantifiers, and
// the comparison of an array with a list.
//
// What would surprise: `&&`, `||` and `!` become jumps (Branch falls through when true,
// BranchIfTrue when false), and a value of 0 or 1 only where one is asked for (Logical).

#include "sim/program/lower.h"

namespace interleave {

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
  const IntType source = IntTypeOf(*from);
  const IntType target = IntTypeOf(*to);
  if (source == target) return reg;
  // Widening that keeps every value needs no instruction.
  const bool from_unsigned = !from->is_signed || from->is_bool;
  if (to->bits > from->bits && !to->is_bool && (from_unsigned || to->is_signed)) return reg;
  const uint32_t dst = NewRegister();
  code_.instructions[Emit(Opcode::kConvert, range, dst, reg)].type = target;
  return dst;
}

void Lowering::Branch(const Expr& e, Label& if_false) {
  const Level level(levels_);
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
    EmitBranch(Opcode::kBranchFalse, EmitBinary(Op::kEq, IntType::kI64, e.range, cell, value),
               differs, e.range);
  }
  Move(result, equal ? Constant(1) : kZeroRegister, e.range);
  EmitJump(end, e.range);
  Bind(differs);
  Move(result, equal ? kZeroRegister : Constant(1), e.range);
  Bind(end);
  return result;
}

}  // namespace interleave
