// Expressions: operands left to right; an assignment evaluates the place on its left, then its
// right side, then stores (the order the language fixes where C leaves it open). Each scalar read
// or written in shared memory is one kLoad or kStore, and stands in the code once: a second copy
// would be a second program point.

#include <cassert>

#include "sim/program/lower.h"

namespace interleave {
namespace {

constexpr std::size_t kMaxInstructions = 20'000;
constexpr int kMaxLevels = 1'000;

}  // namespace

Lowering::Lowering(const LowerContext& context, Code& code)
    : scenario_(context.scenario),
      program_(context.program),
      diagnostics_(context.diagnostics),
      granularity_(context.granularity),
      code_(code) {
  code_.register_count = kFirstRegister;
  named_.assign(kFirstRegister, false);
  code_.constants.emplace_back(kZeroRegister, 0);
  constants_[0] = kZeroRegister;
}

uint32_t Lowering::PlaceOf(SourceRange range) {
  CodePlace place{range, statement_.end == 0 ? range : statement_, inline_depth_};
  if (call_) place = {call_->range, call_->statement, call_->inline_depth};
  if (!code_.places.empty()) {
    const CodePlace& last = code_.places.back();
    if (last.range.begin == place.range.begin && last.range.end == place.range.end &&
        last.statement.begin == place.statement.begin &&
        last.statement.end == place.statement.end) {
      return static_cast<uint32_t>(code_.places.size() - 1);
    }
  }
  code_.places.push_back(place);
  return static_cast<uint32_t>(code_.places.size() - 1);
}

uint32_t Lowering::Emit(Opcode opcode, SourceRange range, uint32_t dst, uint32_t a, uint32_t b,
                        uint32_t c) {
  if (code_.instructions.size() >= kMaxInstructions) {
    if (!too_large_) {
      diagnostics_.Error(range, "the program is too large: functions are inlined at every call",
                         "make the process smaller, or call fewer functions from functions");
    }
    too_large_ = true;
    code_.instructions.pop_back();
  }
  Instruction instruction;
  instruction.opcode = opcode;
  instruction.dst = dst;
  instruction.a = a;
  instruction.b = b;
  instruction.c = c;
  instruction.place = PlaceOf(range);
  if (operation_ != nullptr) instruction.flags = kInOperation | kQuiet;
  code_.instructions.push_back(instruction);
  return here() - 1;
}

uint32_t Lowering::EmitBinary(Op op, IntType type, SourceRange range, uint32_t a, uint32_t b) {
  const uint32_t dst = NewRegister();
  Instruction& instruction = code_.instructions[Emit(Opcode::kBinary, range, dst, a, b)];
  instruction.op = op;
  instruction.type = type;
  return dst;
}

uint32_t Lowering::NewRegister() {
  named_.push_back(false);
  if (process_code_ != nullptr) process_code_->register_names.resize(named_.size());
  return code_.register_count++;
}

uint32_t Lowering::NewRegisters(uint32_t count, const std::string& name) {
  const uint32_t first = code_.register_count;
  code_.register_count += count;
  named_.resize(code_.register_count, !name.empty());
  if (process_code_ != nullptr) {
    process_code_->register_names.resize(named_.size());
    for (uint32_t i = 0; i < count && !name.empty(); ++i) {
      process_code_->register_names[first + i] = count == 1 ? name : name + "." + std::to_string(i);
    }
  }
  return first;
}

uint32_t Lowering::Constant(int64_t value) {
  const auto it = constants_.find(value);
  if (it != constants_.end()) return it->second;
  const uint32_t reg = NewRegister();
  code_.constants.emplace_back(reg, value);
  constants_[value] = reg;
  return reg;
}

void Lowering::Bind(Label& label) {
  last_bound_ = here();
  label.target = here();
  for (const uint32_t patch : label.patches) code_.instructions[patch].c = here();
  label.patches.clear();
}

void Lowering::EmitJump(Label& label, SourceRange range) {
  const uint32_t at = Emit(Opcode::kJump, range);
  if (label.target >= 0)
    code_.instructions[at].c = static_cast<uint32_t>(label.target);
  else
    label.patches.push_back(at);
}

void Lowering::EmitBranch(Opcode opcode, uint32_t reg, Label& label, SourceRange range) {
  const uint32_t at = Emit(opcode, range, 0, reg);
  if (label.target >= 0)
    code_.instructions[at].c = static_cast<uint32_t>(label.target);
  else
    label.patches.push_back(at);
}

uint8_t Lowering::AccessFlags(bool may_be_own) const {
  unsigned flags = may_be_own ? kMayBeOwn : 0;
  if (operation_ != nullptr) {
    flags |= kInOperation | (operation_in_atomic_ ? kInAtomic : 0);
    flags |= operation_->is_query ? 0 : kQuiet;
    flags |= operation_->group == Operation::Group::kNone ? 0 : kCovered;
  } else {
    flags |= atomic_depth_ == 0 ? kStops : kInAtomic;
  }
  return static_cast<uint8_t>(flags);
}

void Lowering::FlagAccess(uint32_t at, const Place& place) {
  code_.instructions[at].flags = AccessFlags(place.may_be_own);
}

uint32_t Lowering::Value(const Expr& e) {
  const Level level(levels_);
  if (e.constant && e.type->is_scalar()) return Constant(*e.constant);
  switch (e.kind) {
    case ExprKind::kInteger: return Constant(static_cast<int64_t>(e.value));
    case ExprKind::kName:
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
      return e.function->owner != nullptr ? ObjectCall(e) : Call(e);
    case ExprKind::kCast: {
      const Expr& inner = *e.operands[0];
      if (inner.type->kind == TypeKind::kArray) return AddressOf(PlaceFor(inner), e.range);
      const uint32_t value = Value(inner);
      if (e.type->kind == TypeKind::kVoid) return value;
      return Convert(value, inner.type, e.type, e.range);
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

Lowering::Place Lowering::PlaceFor(const Expr& e) {
  switch (e.kind) {
    case ExprKind::kName: return PlaceOfSymbol(*e.symbol);
    case ExprKind::kCast: return PlaceFor(*e.operands[0]);
    case ExprKind::kIndex: {
      const Expr& base = *e.operands[0];
      if (!base.type->is_pointer()) return Element(PlaceFor(base), *e.operands[1], e.range);
      const uint32_t pointer = Value(base);
      const uint32_t index = Value(*e.operands[1]);
      const uint32_t address = NewRegister();
      Emit(Opcode::kPointerAdd, e.range, address, pointer, index,
           static_cast<uint32_t>(e.type->cells));
      Emit(Opcode::kPointerCheck, e.range, 0, address, 0, static_cast<uint32_t>(e.type->cells));
      Place place;
      place.kind = Place::Kind::kMemory;
      place.type = e.type;
      place.dynamic = address;
      place.is_access = true;
      place.may_be_own = true;
      return place;
    }
    case ExprKind::kUnary: {
      assert(e.op == Op::kDereference && "only * makes a place");
      const uint32_t pointer = Value(*e.operands[0]);
      Emit(Opcode::kPointerCheck, e.range, 0, pointer, 0, static_cast<uint32_t>(e.type->cells));
      Place place;
      place.kind = Place::Kind::kMemory;
      place.type = e.type;
      place.dynamic = pointer;
      place.is_access = true;
      place.may_be_own = true;
      return place;
    }
    case ExprKind::kMember: {
      if (e.process >= 0) {
        Place place;
        place.kind = Place::Kind::kProcessLocal;
        place.type = e.type;
        uint32_t first = 0;
        place.process_index = ProcessIndex(*e.operands[0], first);
        place.process = static_cast<int>(first);
        const auto& locals = program_.codes[static_cast<std::size_t>(e.process)].locals;
        for (std::size_t i = 0; i < locals.size(); ++i) {
          if (locals[i].symbol->name == e.name) {
            place.local = static_cast<uint32_t>(i);
            break;
          }
        }
        return place;
      }
      const Expr& base = *e.operands[0];
      if (e.is_arrow) {
        const Type* owner = base.type->element;
        const uint32_t pointer = Value(base);
        Emit(Opcode::kPointerCheck, e.range, 0, pointer, 0, static_cast<uint32_t>(owner->cells));
        Place place;
        place.kind = Place::Kind::kMemory;
        place.dynamic = pointer;
        place.is_access = true;
        place.may_be_own = true;
        return PartOf(place, e.type, owner->members[static_cast<std::size_t>(e.id)].cell_offset);
      }
      return PartOf(PlaceFor(base), e.type,
                    base.type->members[static_cast<std::size_t>(e.id)].cell_offset);
    }
    default: {
      // A struct that a call or a choice gave.
      Place place;
      place.kind = Place::Kind::kRegisters;
      place.type = e.type;
      place.reg = Value(e);
      return place;
    }
  }
}

Lowering::Place Lowering::PartOf(const Place& place, const Type* type, int cell_offset) const {
  Place part = place;
  part.type = type;
  if (place.kind == Place::Kind::kRegisters) {
    part.reg += static_cast<uint32_t>(cell_offset);
  } else {
    const auto offset = static_cast<uint32_t>(cell_offset);
    part.constant += offset;
    part.span = part.span > offset ? part.span - offset : 1;
  }
  return part;
}

// `one_past`: the end of the array counts as an element.
Lowering::Place Lowering::Element(Place base, const Expr& index, SourceRange range, bool one_past) {
  const Type* array = base.type;
  const int64_t count = array->count + (one_past ? 1 : 0);
  const auto stride = static_cast<uint32_t>(array->element->cells);
  if (index.constant && *index.constant >= 0 && *index.constant < count) {
    return PartOf(base, array->element,
                  static_cast<int>(*index.constant) * static_cast<int>(stride));
  }
  const uint32_t value = Value(index);
  const uint32_t offset = NewRegister();
  Emit(Opcode::kIndex, range, offset, value, static_cast<uint32_t>(count), stride);
  if (base.kind == Place::Kind::kRegisters) {
    // From here on the element is found by number. The range stays that of this array.
    base.kind = Place::Kind::kRegisterArray;
    base.range = static_cast<uint32_t>(array->cells);
    base.dynamic = offset;
    base.constant = 0;
  } else if (base.dynamic == kZeroRegister) {
    base.dynamic = offset;
    base.span = static_cast<uint32_t>(array->cells);
  } else {
    base.dynamic = EmitBinary(Op::kAdd, IntType::kI64, range, base.dynamic, offset);
  }
  base.type = array->element;
  return base;
}

uint32_t Lowering::ReadCell(const Place& place, uint32_t cell, SourceRange range) {
  const uint32_t dst = NewRegister();
  switch (place.kind) {
    case Place::Kind::kRegisters: return place.reg + cell;
    case Place::Kind::kRegisterArray:
      Emit(Opcode::kRegisterLoad, range, dst, place.dynamic, place.range - place.constant - cell,
           place.reg + place.constant + cell);
      return dst;
    case Place::Kind::kMemory: {
      const bool access = place.is_access && touch_ == Touch::kAccess;
      const uint32_t at = Emit(access ? Opcode::kLoad : Opcode::kPeek, range, dst, place.dynamic, 0,
                               place.constant + cell);
      if (access) FlagAccess(at, place);
      code_.instructions[at].span = place.span;
      return dst;
    }
    case Place::Kind::kProcessLocal: {
      uint32_t offset = place.dynamic;
      if (place.constant + cell != 0) {
        offset =
            EmitBinary(Op::kAdd, IntType::kI64, range, offset, Constant(place.constant + cell));
      }
      Emit(Opcode::kProcessLocal, range, dst, place.process_index, offset,
           (static_cast<uint32_t>(place.process) << 16) | place.local);
      return dst;
    }
  }
  return dst;
}

uint32_t Lowering::Read(const Place& place, SourceRange range) {
  if (place.type->is_scalar()) return ReadCell(place, 0, range);
  if (place.kind == Place::Kind::kRegisters) return place.reg;
  const auto cells = static_cast<uint32_t>(place.type->cells);
  const uint32_t dst = NewRegisters(cells, "");
  for (uint32_t i = 0; i < cells; ++i) Move(dst + i, ReadCell(place, i, range), range);
  return dst;
}

// Only where no other way leads behind that instruction, and its result is nobody else's: a fresh
// register that no name stands for. Outside operations code stays as it always was, since its hash
// says which schedules fit it.
bool Lowering::Redirect(uint32_t value, uint32_t to) {
  if (operation_ == nullptr || last_bound_ == here() || named_[value]) return false;
  Instruction& last = code_.instructions.back();
  const bool makes = last.opcode == Opcode::kBinary || last.opcode == Opcode::kUnary ||
                     last.opcode == Opcode::kConvert || last.opcode == Opcode::kLoad;
  if (!makes || last.dst != value) return false;
  last.dst = to;
  return true;
}

void Lowering::Write(const Place& place, uint32_t value, SourceRange range) {
  const auto cells = static_cast<uint32_t>(place.type->cells);
  if (place.kind == Place::Kind::kRegisters && cells == 1 && Redirect(value, place.reg)) return;
  for (uint32_t i = 0; i < cells; ++i) {
    switch (place.kind) {
      case Place::Kind::kRegisters: Move(place.reg + i, value + i, range); break;
      case Place::Kind::kRegisterArray:
        Emit(Opcode::kRegisterStore, range, value + i, place.dynamic,
             place.range - place.constant - i, place.reg + place.constant + i);
        break;
      case Place::Kind::kMemory: {
        const bool access = place.is_access && touch_ == Touch::kAccess;
        const uint32_t at = Emit(access ? Opcode::kStore : Opcode::kPoke, range, 0, place.dynamic,
                                 value + i, place.constant + i);
        if (access) FlagAccess(at, place);
        code_.instructions[at].span = place.span;
        break;
      }
      case Place::Kind::kProcessLocal: assert(false && "properties do not write"); break;
    }
  }
}

// &e: nothing is followed, and of an array also the address one past its end may be taken
// (C17 6.5.3.2).
uint32_t Lowering::AddressOfOperand(const Expr& e, SourceRange range) {
  if (e.kind == ExprKind::kUnary) return Value(*e.operands[0]);
  if (e.kind != ExprKind::kIndex) return AddressOf(PlaceFor(e), range);
  const Expr& base = *e.operands[0];
  if (!base.type->is_pointer())
    return AddressOf(Element(PlaceFor(base), *e.operands[1], e.range, true), range);
  const uint32_t pointer = Value(base);
  const uint32_t index = Value(*e.operands[1]);
  return Combine(Op::kAdd, base.type, e.operands[1]->type, pointer, index, range);
}

uint32_t Lowering::AddressOf(const Place& place, SourceRange range) {
  if (place.kind != Place::Kind::kMemory) return kZeroRegister;  // refused, see Declare
  if (place.dynamic == kZeroRegister) return Constant(place.constant);
  if (place.constant == 0) return place.dynamic;
  return EmitBinary(Op::kAdd, IntType::kI64, range, place.dynamic, Constant(place.constant));
}

uint32_t Lowering::Assignment(const Expr& e) {
  const Expr& target = *e.operands[0];
  const Place place = PlaceFor(target);
  if (e.op == Op::kAssign) {
    uint32_t value = Value(*e.operands[1]);
    Write(place, value, e.range);
    return Written(place, value);
  }
  const uint32_t old = Read(place, target.range);
  const Type* type = target.type;
  uint32_t result = 0;
  if (type->is_pointer()) {
    const uint32_t by = Value(*e.operands[1]);
    result = Combine(e.op, type, e.operands[1]->type, old, by, e.range);
  } else {
    const bool shift = e.op == Op::kShl || e.op == Op::kShr;
    TypeTable& types = const_cast<TypeTable&>(scenario_.types);
    const Type* common =
        shift ? Promoted(type, types) : CommonType(type, e.operands[1]->type, types);
    const uint32_t left = Convert(old, type, common, e.range);
    const uint32_t by = Value(*e.operands[1]);
    result =
        Convert(EmitBinary(e.op, IntTypeOf(*common), e.range, left, by), common, type, e.range);
  }
  Write(place, result, e.range);
  return Written(place, result);
}

uint32_t Lowering::Increment(const Expr& e) {
  const Expr& target = *e.operands[0];
  const Place place = PlaceFor(target);
  uint32_t old = Read(place, target.range);
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
    const uint32_t sum = EmitBinary(e.op, IntTypeOf(*common), e.range,
                                    Convert(old, type, common, e.range), Constant(1));
    result = Convert(sum, common, type, e.range);
  }
  Write(place, result, e.range);
  return e.is_prefix ? Written(place, result) : old;
}

uint32_t Lowering::Call(const Expr& e) {
  const Function* function = e.symbol->function;
  if (!function->body) {
    diagnostics_.Error(e.range, "`" + function->name + "` is declared but has no body");
    return kZeroRegister;
  }
  if (levels_ > kMaxLevels && !too_large_) {
    diagnostics_.Error(
        e.range,
        "calls, blocks and expressions are nested too deep: functions are inlined at every call",
        "nest the blocks and expressions around the calls less");
    too_large_ = true;
  }
  if (too_large_)
    return NewRegisters(static_cast<uint32_t>(std::max(1, function->type->cells)), "");
  std::vector<uint32_t> arguments;
  for (const ExprPtr& operand : e.operands) {
    const uint32_t value = Value(*operand);
    // Captured now: a later argument may change what this register stands for.
    const auto cells = static_cast<uint32_t>(operand->type->cells);
    const uint32_t copy = NewRegisters(cells, "");
    for (uint32_t i = 0; i < cells; ++i) Move(copy + i, value + i, operand->range);
    arguments.push_back(copy);
  }
  const std::size_t scope = open_scopes_.size();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Symbol& parameter = *function->parameter_symbols[i];
    Declare(parameter, nullptr, e.range);
    Write(PlaceOfSymbol(parameter), arguments[i], e.range);
  }
  const uint32_t result = InlineBody(*function, e.range);
  CloseScope(scope);
  return result;
}

uint32_t Lowering::InlineBody(const Function& function, SourceRange call) {
  const auto cells =
      function.type->kind == TypeKind::kVoid ? 1U : static_cast<uint32_t>(function.type->cells);
  const uint32_t result = NewRegisters(cells, "");
  const auto& statements = function.body->body_list;
  const bool returns = !statements.empty() && statements.back()->kind == StmtKind::kReturn;
  if (function.owner == nullptr || (function.type->kind != TypeKind::kVoid && !returns)) {
    for (uint32_t i = 0; i < cells; ++i) Move(result + i, kZeroRegister, call);
  }
  const SourceRange statement = statement_;
  auto* const labels = labels_;
  auto* const label_depths = label_depths_;
  auto* const return_label = return_label_;
  const auto return_registers = return_registers_;
  const auto return_depth = return_depth_;
  std::vector<Jump> breaks, continues;
  breaks.swap(breaks_);
  continues.swap(continues_);
  std::map<std::string, Label> own_labels;
  std::map<std::string, int> own_depths;
  std::map<const Stmt*, Label> case_labels;
  case_labels.swap(case_labels_);
  Label end;
  labels_ = &own_labels;
  label_depths_ = &own_depths;
  return_label_ = &end;
  return_registers_ = result;
  return_depth_ = atomic_depth_;
  CollectLabelDepths(*function.body, atomic_depth_);
  ++inline_depth_;
  EndExpression(call);
  Statement(*function.body);
  --inline_depth_;
  // In an operation the last `return` needs no jump to what follows it.
  if (operation_ != nullptr && last_bound_ != here() && !end.patches.empty() &&
      end.patches.back() + 1 == here()) {
    end.patches.pop_back();
    code_.instructions.pop_back();
  }
  Bind(end);
  case_labels_.swap(case_labels);
  labels_ = labels;
  label_depths_ = label_depths;
  return_label_ = return_label;
  return_registers_ = return_registers;
  return_depth_ = return_depth;
  breaks_.swap(breaks);
  continues_.swap(continues);
  statement_ = statement;
  return result;
}

uint32_t Lowering::ProcessIndex(const Expr& ref, uint32_t& first) {
  first = 0;
  for (std::size_t i = 0; i < program_.processes.size(); ++i) {
    if (program_.processes[i].code == ref.process) {
      first = static_cast<uint32_t>(i);
      break;
    }
  }
  if (ref.kind != ExprKind::kIndex) return kZeroRegister;
  const uint32_t value = Value(*ref.operands[1]);
  const uint32_t index = NewRegister();
  const int count = scenario_.processes[static_cast<std::size_t>(ref.process)].count;
  Emit(Opcode::kIndex, ref.range, index, value, static_cast<uint32_t>(count), 1);
  return index;
}

uint32_t Lowering::IntrinsicCall(const Expr& e) {
  const auto intrinsic = static_cast<Intrinsic>(e.intrinsic);
  switch (intrinsic) {
    case Intrinsic::kSelf: return kSelfRegister;
    case Intrinsic::kProduced:
    case Intrinsic::kConsumed: {
      const uint32_t value = Value(*e.operands[0]);
      Emit(intrinsic == Intrinsic::kProduced ? Opcode::kProduced : Opcode::kConsumed, e.range, 0,
           value);
      return kZeroRegister;
    }
    case Intrinsic::kItems: {
      const uint32_t dst = NewRegister();
      Emit(Opcode::kPeek, e.range, dst, kZeroRegister, 0, program_.items_slot);
      return dst;
    }
    case Intrinsic::kDone:
    case Intrinsic::kWaiting:
    case Intrinsic::kBlocked: {
      uint32_t first = 0;
      const uint32_t index = ProcessIndex(*e.operands[0], first);
      const uint32_t dst = NewRegister();
      Emit(intrinsic == Intrinsic::kDone      ? Opcode::kProcessDone
           : intrinsic == Intrinsic::kWaiting ? Opcode::kProcessWaiting
                                              : Opcode::kProcessBlocked,
           e.range, dst, index, 0, first);
      return dst;
    }
    case Intrinsic::kUnwritten: {
      const uint32_t address = AddressOf(PlaceFor(*e.operands[0]), e.range);
      const uint32_t dst = NewRegister();
      Emit(Opcode::kIsUnwritten, e.range, dst, address);
      return dst;
    }
    case Intrinsic::kNone: break;
  }
  assert(false && "an intrinsic without a meaning");
  return kZeroRegister;
}

uint32_t Lowering::Quantifier(const Expr& e) {
  const uint32_t from = Value(*e.operands[0]);
  const uint32_t to = Value(*e.operands[1]);
  const uint32_t i = NewRegister();
  const uint32_t result = NewRegister();
  storage_[e.symbol] = {Storage::Kind::kRegisters, i, 0};
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

void Lowering::LowerObservation(const Expr& expr) {
  touch_ = Touch::kLook;
  atomic_depth_ = 1;
  const uint32_t value = Value(expr);
  Emit(Opcode::kHalt, expr.range, 0, value);
}

void Lowering::LowerAddress(const Expr& place) {
  touch_ = Touch::kLook;
  atomic_depth_ = 1;
  const uint32_t address = AddressOf(PlaceFor(place), place.range);
  Emit(Opcode::kHalt, place.range, 0, address);
}

}  // namespace interleave
