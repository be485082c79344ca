// Places: what an expression that can be read or written stands for (C calls them lvalues), their
// parts and elements, and how they are read, written and addressed.
//
// What would surprise: a place is found once and then read and written, so `a[i++] += 1` evaluates
// `i++` once. A local is registers, and an element of a local array is found by number
// (kRegisterArray); what is in memory is reached by kLoad and kStore, or, where nothing counts as
// an access, by kPeek and kPoke.

#include <algorithm>
#include <cassert>

#include "sim/program/lower.h"

namespace interleave {
namespace {

// The integer that has the bytes of a value of this type.
IntType OfBytes(IntType type) {
  return type == IntType::kF32 ? IntType::kU32 : type == IntType::kF64 ? IntType::kI64 : type;
}

}  // namespace

Lowering::Place Lowering::PlaceFor(const Expr& e) {
  switch (e.kind) {
    case ExprKind::kName: return PlaceOfSymbol(*e.symbol);
    case ExprKind::kCast: return PlaceFor(*e.operands[0]);
    case ExprKind::kIndex: {
      const Expr& base = *e.operands[0];
      if (!base.type->is_pointer()) return Element(PlaceFor(base), *e.operands[1], e.range);
      if (const auto known = TargetElement(base, *e.operands[1])) return *known;
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
      return BehindPointer(*e.operands[0], e.type, e.range);
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
        return MemberOf(BehindPointer(base, owner, e.range), *owner, e);
      }
      return MemberOf(PlaceFor(base), *base.type, e);
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

Lowering::Place Lowering::BehindPointer(const Expr& pointer, const Type* type, SourceRange range) {
  if (auto known = Target(pointer)) {
    if (!known->is_checked) {
      Emit(Opcode::kPointerCheck, range, 0, AddressOf(*known, range), 0,
           static_cast<uint32_t>(type->cells));
    }
    known->is_checked = true;
    return *known;
  }
  const uint32_t address = Value(pointer);
  Emit(Opcode::kPointerCheck, range, 0, address, 0, static_cast<uint32_t>(type->cells));
  Place place;
  place.kind = Place::Kind::kMemory;
  place.type = type;
  place.dynamic = address;
  place.is_access = true;
  place.may_be_own = true;
  return place;
}

// A place that may be one past the end of its array may lead to whatever stands behind it in the
// same object, so its span reaches so far.
std::optional<Lowering::Place> Lowering::Target(const Expr& pointer) {
  switch (pointer.kind) {
    case ExprKind::kName: {
      const auto alias = aliases_.find(pointer.symbol);
      return alias == aliases_.end() ? std::nullopt : std::optional(alias->second);
    }
    case ExprKind::kCast: {
      const Expr& inner = *pointer.operands[0];
      if (!pointer.type->is_pointer()) return std::nullopt;
      if (inner.type->is_pointer()) {
        return inner.type == pointer.type ? Target(inner) : std::nullopt;
      }
      if (inner.type->kind != TypeKind::kArray || !IsKnown(inner)) return std::nullopt;
      const Place array = PlaceFor(inner);
      if (array.kind != Place::Kind::kMemory) return std::nullopt;
      Place first = PartOf(array, inner.type->element, 0);
      first.array = array.dynamic == kZeroRegister ? inner.type->count : 0;
      return first;
    }
    case ExprKind::kUnary: {
      if (pointer.op != Op::kAddressOf) return std::nullopt;
      const Expr& operand = *pointer.operands[0];
      if (!IsKnown(operand)) return std::nullopt;
      if (operand.kind == ExprKind::kUnary) return Target(*operand.operands[0]);
      if (operand.kind != ExprKind::kIndex) {
        const Place place = PlaceFor(operand);
        return place.kind == Place::Kind::kMemory ? std::optional(place) : std::nullopt;
      }
      const Expr& base = *operand.operands[0];
      const Expr& index = *operand.operands[1];
      if (base.type->is_pointer()) return std::nullopt;
      const Place array = PlaceFor(base);
      if (array.kind != Place::Kind::kMemory) return std::nullopt;
      if (HoldsObject(*operand.type)) return Element(array, index, operand.range);
      Place place = Element(array, index, operand.range, true);
      if (!index.constant || *index.constant < 0 || *index.constant >= base.type->count) {
        place.span = SpanOnePast(place, static_cast<uint32_t>(operand.type->cells));
        place.is_checked = false;
      }
      return place;
    }
    default: return std::nullopt;
  }
}

uint32_t Lowering::SpanOnePast(const Place& place, uint32_t cells) const {
  for (const MemoryObject& object : program_.objects) {
    if (place.constant < object.base || place.constant >= object.base + object.cells) continue;
    return std::min(place.span + cells, object.base + object.cells - place.constant);
  }
  return place.span + cells;
}

std::optional<Lowering::Place> Lowering::TargetElement(const Expr& pointer, const Expr& index) {
  if (!index.constant || *index.constant < 0) return std::nullopt;
  const auto first = IsAlias(pointer) ? Target(pointer) : std::nullopt;
  if (!first || *index.constant >= first->array) return std::nullopt;
  Place element = PartOf(*first, first->type,
                         static_cast<int>(*index.constant) * static_cast<int>(first->type->cells));
  element.array = first->array - *index.constant;
  return element;
}

// Whether a place is known without following a pointer: asked before code is made for it.
bool Lowering::IsKnown(const Expr& place) const {
  switch (place.kind) {
    case ExprKind::kName: return true;
    case ExprKind::kIndex:
      return !place.operands[0]->type->is_pointer() && IsKnown(*place.operands[0]);
    case ExprKind::kMember:
      if (place.process >= 0) return false;
      return place.is_arrow ? IsAlias(*place.operands[0]) : IsKnown(*place.operands[0]);
    case ExprKind::kUnary: return place.op == Op::kDereference && IsAlias(*place.operands[0]);
    default: return false;
  }
}

bool Lowering::IsAlias(const Expr& pointer) const {
  return pointer.kind == ExprKind::kName && aliases_.contains(pointer.symbol);
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

Lowering::Place Lowering::MemberOf(const Place& base, const Type& owner, const Expr& e) const {
  const Member& member = owner.named()[static_cast<std::size_t>(e.id)];
  Place part = PartOf(base, e.type, member.cell_offset);
  if (member.number != 0) {
    part.used = std::make_shared<const Place>(PartOf(base, scenario_.types.Int(), 0));
    part.number = member.number;
  }
  if (member.unit != nullptr) part.view = &member;
  return part;
}

// The cell that a member shares with others.
Lowering::Place Lowering::UnitOf(const Place& place) {
  Place unit = place;
  unit.type = place.view->unit;
  unit.view = nullptr;
  return unit;
}

uint32_t Lowering::ValueIn(const Member& view, uint32_t cell, SourceRange range) {
  uint32_t value = cell;
  const IntType type = IntTypeOf(*view.type);
  if (view.bit_width > 0 && view.type->is_signed && !view.type->is_bool) {
    const auto above = 64 - view.bit_offset - view.bit_width;
    value = EmitBinary(Op::kShl, IntType::kU64, range, value, Constant(above));
    return EmitBinary(Op::kShr, IntType::kI64, range, value, Constant(64 - view.bit_width));
  }
  if (view.bit_width > 0) {
    if (view.bit_offset > 0)
      value = EmitBinary(Op::kShr, IntType::kU64, range, value, Constant(view.bit_offset));
    if (view.bit_width == 64) return value;
    return EmitBinary(Op::kAnd, IntType::kU64, range, value,
                      Constant((int64_t{1} << view.bit_width) - 1));
  }
  const uint32_t dst = NewRegister();
  code_.instructions[Emit(Opcode::kConvert, range, dst, value)].type = OfBytes(type);
  return dst;
}

uint32_t Lowering::WithValue(const Member& view, uint32_t cell, uint32_t value, SourceRange range) {
  if (view.bit_width > 0) {
    const uint64_t mask = view.bit_width == 64 ? ~uint64_t{0} : (uint64_t{1} << view.bit_width) - 1;
    uint32_t bits =
        EmitBinary(Op::kAnd, IntType::kU64, range, value, Constant(static_cast<int64_t>(mask)));
    if (view.bit_offset > 0)
      bits = EmitBinary(Op::kShl, IntType::kU64, range, bits, Constant(view.bit_offset));
    const uint32_t rest = EmitBinary(Op::kAnd, IntType::kU64, range, cell,
                                     Constant(static_cast<int64_t>(~(mask << view.bit_offset))));
    return EmitBinary(Op::kOr, IntType::kU64, range, rest, bits);
  }
  // C17 6.2.6.1: what the bytes behind it hold is open.
  const auto convert = [&](uint32_t from, IntType type) {
    const uint32_t dst = NewRegister();
    code_.instructions[Emit(Opcode::kConvert, range, dst, from)].type = type;
    return dst;
  };
  const int bytes = view.type->bytes;
  const uint32_t raw = convert(value, bytes == 1   ? IntType::kU8
                                      : bytes == 2 ? IntType::kU16
                                      : bytes == 4 ? IntType::kU32
                                                   : IntType::kI64);
  return convert(raw, OfBytes(IntTypeOf(*view.unit)));
}

void Lowering::CheckInUse(const Place& place, SourceRange range) {
  if (place.used == nullptr || touch_ != Touch::kAccess) return;
  const uint32_t number = Read(*place.used, range);
  const uint32_t is_none = EmitBinary(Op::kEq, IntType::kI32, range, number, kZeroRegister);
  const uint32_t is_it = EmitBinary(Op::kEq, IntType::kI32, range, number, Constant(place.number));
  code_.texts.emplace_back("a member of a union that holds what was written to another member");
  Emit(Opcode::kLimit, range, 0, EmitBinary(Op::kOr, IntType::kI32, range, is_none, is_it), 0,
       static_cast<uint32_t>(code_.texts.size()));
}

// Only where it is not yet, so that those who use the same member at a time do not disturb each
// other.
void Lowering::PutInUse(const Place& place, SourceRange range) {
  if (place.used == nullptr || touch_ != Touch::kAccess) return;
  Label end;
  const uint32_t number = Read(*place.used, range);
  EmitBranch(Opcode::kBranchTrue,
             EmitBinary(Op::kEq, IntType::kI32, range, number, Constant(place.number)), end, range);
  Write(*place.used, Constant(place.number), range);
  Bind(end);
}

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
  CheckInUse(place, range);
  if (place.view != nullptr) return ValueIn(*place.view, ReadCell(place, 0, range), range);
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
  PutInUse(place, range);
  if (place.view != nullptr) {
    const bool is_part = place.view->bit_width > 0;
    const uint32_t cell = is_part ? ReadCell(place, 0, range) : kZeroRegister;
    Place unit = UnitOf(place);
    unit.used = nullptr;
    return Write(unit, WithValue(*place.view, cell, value, range), range);
  }
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
  PutInUse(place, range);  // where the address leads is not known any more
  if (place.dynamic == kZeroRegister) return Constant(place.constant);
  if (place.constant == 0) return place.dynamic;
  return EmitBinary(Op::kAdd, IntType::kI64, range, place.dynamic, Constant(place.constant));
}

void Lowering::LowerAddress(const Expr& place) {
  touch_ = Touch::kLook;
  atomic_depth_ = 1;
  const uint32_t address = AddressOf(PlaceFor(place), place.range);
  Emit(Opcode::kHalt, place.range, 0, address);
}

}  // namespace interleave
