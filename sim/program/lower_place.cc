// Places: what an expression that can be read or written stands for (C calls them lvalues), their
// parts and elements, and how they are read, written and addressed.
//
// What would surprise: a place is found once and then read and written, so `a[i++] += 1` evaluates
// `i++` once. A local is registers, and an element of a local array is found by number
// (kRegisterArray); what is in memory is reached by kLoad and kStore, or, where nothing counts as
// an access, by kPeek and kPoke.

#include <cassert>

#include "sim/program/lower.h"

namespace interleave {

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

void Lowering::LowerAddress(const Expr& place) {
  touch_ = Touch::kLook;
  atomic_depth_ = 1;
  const uint32_t address = AddressOf(PlaceFor(place), place.range);
  Emit(Opcode::kHalt, place.range, 0, address);
}

}  // namespace interleave
