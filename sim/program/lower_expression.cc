// Expressions: operands left to right; an assignment evaluates the place on its left, then its
// right side, then stores (the order the language fixes where C leaves it open). Each scalar read
// or written in shared memory is one kLoad or kStore, and stands in the code once: a second copy
// would be a second program point.
//
// Their parts: places (lower_place.cc), operators (lower_operator.cc), calls (lower_call.cc).

#include <cassert>

#include "sim/program/lower.h"

namespace interleave {

uint32_t Lowering::Value(const Expr& e) {
  const uint32_t result = ValueOf(e);
  NoteType(result, *e.type);
  return result;
}

uint32_t Lowering::ValueOf(const Expr& e) {
  const Level level(levels_);
  if (e.constant && e.type->is_scalar()) return Constant(*e.constant);
  switch (e.kind) {
    case ExprKind::kInteger: return Constant(static_cast<int64_t>(e.value));
    case ExprKind::kName:
      if (IsAlias(e)) return AddressOf(aliases_.at(e.symbol), e.range);
      return Read(PlaceFor(e), e.range);
    case ExprKind::kIndex:
    case ExprKind::kMember: return Read(PlaceFor(e), e.range);
    case ExprKind::kUnary: {
      if (e.op == Op::kAddressOf) return AddressOfOperand(*e.operands[0], e.range);
      if (e.op == Op::kDereference) return Read(PlaceFor(e), e.range);
      const uint32_t a = Value(*e.operands[0]);
      if (e.op == Op::kPlus) return a;
      const uint32_t dst = NewRegister();
      Instruction& instruction = code_.instructions[Emit(Opcode::kUnary, e.range, dst, a)];
      instruction.op = e.op;
      instruction.type = IntTypeOf(*e.type);
      return dst;
    }
    case ExprKind::kBinary: {
      if (e.op == Op::kLogicalAnd || e.op == Op::kLogicalOr || e.op == Op::kImplies)
        return Logical(e);
      if (e.op == Op::kComma) {
        Value(*e.operands[0]);
        return Value(*e.operands[1]);
      }
      if (e.operands[1]->kind == ExprKind::kInitializer) return CompareList(e);
      const uint32_t a = Value(*e.operands[0]);
      const uint32_t b = Value(*e.operands[1]);
      return Combine(e.op, e.operands[0]->type, e.operands[1]->type, a, b, e.range);
    }
    case ExprKind::kAssign: return Assignment(e);
    case ExprKind::kIncrement: return Increment(e);
    case ExprKind::kConditional: {
      const auto cells = static_cast<uint32_t>(e.type->cells);
      const uint32_t dst = NewRegisters(e.type->kind == TypeKind::kVoid ? 1 : cells, "");
      Label otherwise, end;
      Branch(*e.operands[0], otherwise);
      ValueInto(*e.operands[1], dst);
      EmitJump(end, e.range);
      Bind(otherwise);
      ValueInto(*e.operands[2], dst);
      Bind(end);
      return dst;
    }
    case ExprKind::kCall:
      if (e.intrinsic != 0) return IntrinsicCall(e);
      if (e.is_indirect) return IndirectCall(e);
      return e.function->owner != nullptr ? ObjectCall(e) : Call(e);
    case ExprKind::kCast: {
      const Expr& inner = *e.operands[0];
      if (inner.type->kind == TypeKind::kArray) return AddressOf(PlaceFor(inner), e.range);
      const uint32_t value = Value(inner);
      if (e.op == Op::kSub) {
        const uint32_t around = NewRegister();
        Emit(Opcode::kPointerAdd, e.range, around, value, Constant(-1),
             static_cast<uint32_t>(e.id));
        CheckPointee(around, e.type->element, e.range);
        return around;
      }
      if (e.type->kind == TypeKind::kVoid) return value;
      return Convert(value, inner.type, e.type, e.range);
    }
    case ExprKind::kCompound: {
      Place place;
      place.type = e.type;
      place.reg = NewRegisters(static_cast<uint32_t>(e.type->cells), "");
      Initialize(place, e.type, e.operands[0].get(), e.range);
      return place.reg;
    }
    case ExprKind::kChoose: {
      const uint32_t from = Value(*e.operands[0]);
      const uint32_t to = Value(*e.operands[1]);
      const uint32_t dst = NewRegister();
      Emit(Opcode::kChoose, e.range, dst, from, to);
      return dst;
    }
    case ExprKind::kQuantifier: return Quantifier(e);
    case ExprKind::kAtLabel:
    case ExprKind::kInSection: {
      uint32_t first = 0;
      const uint32_t index = ProcessIndex(*e.operands[0], first);
      const uint32_t dst = NewRegister();
      Emit(e.kind == ExprKind::kAtLabel ? Opcode::kProcessAtLabel : Opcode::kProcessInSection,
           e.range, dst, index, static_cast<uint32_t>(e.id), first);
      return dst;
    }
    case ExprKind::kString:
    case ExprKind::kSizeof:
    case ExprKind::kInitializer:
    case ExprKind::kWildcard: break;
  }
  assert(false && "the checker lets no such expression through");
  return kZeroRegister;
}

void Lowering::ValueInto(const Expr& expr, uint32_t dst) {
  const uint32_t value = Value(expr);
  if (expr.type->kind == TypeKind::kVoid) return;
  for (uint32_t i = 0; i < static_cast<uint32_t>(expr.type->cells); ++i)
    Move(dst + i, value + i, expr.range);
}

// C17 6.5.2.4, 6.5.16.2: counting and compound assignment of an atomic object are one operation.
bool Lowering::IsOneOperation(const Place& place) const {
  return place.type->is_atomic() && place.kind == Place::Kind::kMemory && place.is_access &&
         touch_ == Touch::kAccess && operation_ == nullptr;
}

uint32_t Lowering::Assignment(const Expr& e) {
  const Expr& target = *e.operands[0];
  const Place place = PlaceFor(target);
  if (e.op == Op::kAssign) {
    uint32_t value = Value(*e.operands[1]);
    Write(place, value, e.range);
    return place.view != nullptr ? ValueOnceWritten(*place.view, value, e.range)
                                 : Written(place, value);
  }
  const bool is_one = IsOneOperation(place);
  std::optional<uint32_t> operand;
  if (is_one) {
    operand = Value(*e.operands[1]);
    EnterAtomic(e.range);
  }
  // A part of a cell is taken out of it and put into it, which are two accesses.
  const bool is_part = place.view != nullptr;
  if (is_part) CheckInUse(place, e.range);
  const uint32_t cell = is_part ? ReadCell(place, 0, target.range) : 0;
  const uint32_t old = is_part ? ValueIn(*place.view, cell, e.range) : Read(place, target.range);
  const Type* type = target.type;
  uint32_t result = 0;
  if (type->is_pointer()) {
    const uint32_t by = operand ? *operand : Value(*e.operands[1]);
    result = Combine(e.op, type, e.operands[1]->type, old, by, e.range);
  } else {
    const bool shift = e.op == Op::kShl || e.op == Op::kShr;
    TypeTable& types = const_cast<TypeTable&>(scenario_.types);
    const Type* common =
        shift ? Promoted(type, types) : CommonType(type, e.operands[1]->type, types);
    const uint32_t left = Convert(old, type, common, e.range);
    const uint32_t by = operand ? *operand : Value(*e.operands[1]);
    result =
        Convert(EmitBinary(e.op, IntTypeOf(*common), e.range, left, by), common, type, e.range);
  }
  if (is_part) {
    Write(UnitOf(place), WithValue(*place.view, cell, result, e.range), e.range);
    return ValueOnceWritten(*place.view, result, e.range);
  }
  Write(place, result, e.range);
  if (is_one) LeaveAtomic(e.range);
  return Written(place, result);
}

// C17 6.5.16: what an assignment gives. A bit-field may be too small for what was assigned.
uint32_t Lowering::ValueOnceWritten(const Member& view, uint32_t value, SourceRange range) {
  if (view.bit_width == 0) return value;
  return ValueIn(view, WithValue(view, kZeroRegister, value, range), range);
}

uint32_t Lowering::Increment(const Expr& e) {
  const Expr& target = *e.operands[0];
  const Place place = PlaceFor(target);
  const bool is_one = IsOneOperation(place);
  if (is_one) EnterAtomic(e.range);
  const bool is_part = place.view != nullptr;
  if (is_part) CheckInUse(place, e.range);
  const uint32_t cell = is_part ? ReadCell(place, 0, target.range) : 0;
  uint32_t old = is_part ? ValueIn(*place.view, cell, e.range) : Read(place, target.range);
  const Type* type = target.type;
  uint32_t result = 0;
  if (!e.is_prefix && place.kind == Place::Kind::kRegisters) {
    const uint32_t copy = NewRegister();  // the register itself is about to change
    Move(copy, old, e.range);
    old = copy;
  }
  if (type->is_pointer()) {
    result = Combine(e.op, type, scenario_.types.Int(), old, Constant(1), e.range);
  } else {
    const Type* common = CommonType(type, scenario_.types.Int(), scenario_.types);
    int64_t one = 1;
    interleave::Convert(IntType::kI32, IntTypeOf(*common), 1, &one);
    const uint32_t sum = EmitBinary(e.op, IntTypeOf(*common), e.range,
                                    Convert(old, type, common, e.range), Constant(one));
    result = Convert(sum, common, type, e.range);
  }
  if (is_part) {
    Write(UnitOf(place), WithValue(*place.view, cell, result, e.range), e.range);
    return e.is_prefix ? ValueOnceWritten(*place.view, result, e.range) : old;
  }
  Write(place, result, e.range);
  if (is_one) LeaveAtomic(e.range);
  return e.is_prefix ? Written(place, result) : old;
}

void Lowering::LowerCondition(const Expr& expr) {
  touch_ = Touch::kLook;
  atomic_depth_ = 1;
  const uint32_t value = Value(expr);
  Emit(Opcode::kHalt, expr.range, 0, value);
}

}  // namespace interleave
