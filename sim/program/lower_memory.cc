// Programs in C: `memset`, `memcpy` and `memmove`. Each cell is an access of its own, since none of
// them is atomic.

#include "sim/program/lower.h"

namespace interleave {
namespace {

struct PlainCell {
  uint32_t offset = 0;
  const Type* type = nullptr;
};

// The cells of a type but for those of objects: nobody can set a lock by its bytes.
void CollectPlainCells(const Type& type, uint32_t at, std::vector<PlainCell>& cells) {
  if (type.kind == TypeKind::kStruct) {
    for (const Member& member : type.members)
      CollectPlainCells(*member.type, at + static_cast<uint32_t>(member.cell_offset), cells);
  } else if (type.kind == TypeKind::kArray) {
    for (int64_t i = 0; i < type.count; ++i)
      CollectPlainCells(*type.element, at + static_cast<uint32_t>(i * type.element->cells), cells);
  } else if (type.is_scalar()) {
    cells.push_back({at, &type});
  }
}

}  // namespace

// `count` elements from where the pointer leads.
Lowering::Place Lowering::Elements(const Expr& pointer, const Type& element, int64_t count) {
  const auto known = Target(pointer);
  if (known && (count == 1 || count <= known->array)) {
    Place place = *known;
    place.type = &element;
    return place;
  }
  Place place;
  place.kind = Place::Kind::kMemory;
  place.type = &element;
  place.dynamic = Value(pointer);
  place.is_access = true;
  place.may_be_own = true;
  Emit(Opcode::kPointerCheck, pointer.range, 0, place.dynamic, 0,
       static_cast<uint32_t>(count * element.cells));
  return place;
}

// A byte that each of a number's bytes has.
int64_t Lowering::OfEqualBytes(int64_t byte, const Type& type) {
  if (type.is_bool) return (byte & 1) != 0;
  const uint64_t all = (static_cast<uint64_t>(byte) & 255) * 0x0101010101010101U;
  return type.is_integer() ? ConvertTo(IntTypeOf(type), static_cast<int64_t>(all)) : 0;
}

uint32_t Lowering::SetMemory(const Expr& e) {
  const Type& element = *e.element;
  std::vector<PlainCell> cells;
  CollectPlainCells(element, 0, cells);
  const bool has_value = e.operands.size() == 3;
  const Expr* const value = has_value ? e.operands[1].get() : nullptr;
  const uint32_t byte = value == nullptr || value->constant ? kZeroRegister : Value(*value);
  const auto value_for = [&](const PlainCell& cell) {
    if (value == nullptr) return kZeroRegister;
    if (value->constant) return Constant(OfEqualBytes(*value->constant, *cell.type));
    return Convert(byte, scenario_.types.Long(), cell.type, e.range);
  };
  return ForEachElement(e, [&](const Place& to, const Place&) {
    for (const PlainCell& cell : cells)
      Write(PartOf(to, cell.type, static_cast<int>(cell.offset)), value_for(cell), e.range);
  });
}

uint32_t Lowering::CopyMemory(const Expr& e) {
  std::vector<PlainCell> cells;
  CollectPlainCells(*e.element, 0, cells);
  return ForEachElement(e, [&](const Place& to, const Place& from) {
    for (const PlainCell& cell : cells) {
      const int offset = static_cast<int>(cell.offset);
      Write(PartOf(to, cell.type, offset), ReadCell(PartOf(from, cell.type, offset), 0, e.range),
            e.range);
    }
  });
}

// `work` for each element that the call names: one after the other where their number is known and
// small, else in a loop. `memmove` to higher addresses begins with the last, since the two may
// overlap. Gives the address of the first.
uint32_t Lowering::ForEachElement(const Expr& e,
                                  const std::function<void(const Place&, const Place&)>& work) {
  constexpr int64_t kMostUnrolled = 256;  // cells
  const Type& element = *e.element;
  const bool copies = static_cast<Intrinsic>(e.intrinsic) == Intrinsic::kCopyMemory;
  const bool moves = e.name == "memmove";
  const Expr& bytes = *e.operands.back();
  const int64_t count = bytes.constant ? *bytes.constant / element.bytes : -1;
  const auto cells = static_cast<uint32_t>(element.cells);
  if (count == 0) return Value(*e.operands[0]);
  if (count > 0 && count * element.cells <= kMostUnrolled) {
    const Place to = Elements(*e.operands[0], element, count);
    const Place from = copies ? Elements(*e.operands[1], element, count) : to;
    const auto work_on = [&](int64_t i) {
      const auto offset = static_cast<int>(i * element.cells);
      work(PartOf(to, &element, offset), PartOf(from, &element, offset));
    };
    const auto forward = [&] {
      for (int64_t i = 0; i < count; ++i) work_on(i);
    };
    const auto backward = [&] {
      for (int64_t i = count; i > 0; --i) work_on(i - 1);
    };
    const uint32_t first = AddressOf(to, e.range);
    if (!moves || count == 1) {
      forward();
    } else if (to.dynamic == kZeroRegister && from.dynamic == kZeroRegister) {
      to.constant > from.constant ? backward() : forward();
    } else {
      Label lower, end;
      EmitBranch(Opcode::kBranchFalse,
                 EmitBinary(Op::kGt, IntType::kI64, e.range, first, AddressOf(from, e.range)),
                 lower, e.range);
      backward();
      EmitJump(end, e.range);
      Bind(lower);
      forward();
      Bind(end);
    }
    return first;
  }
  Place to;
  to.kind = Place::Kind::kMemory;
  to.type = &element;
  to.is_access = to.may_be_own = true;
  Place from = to;
  const uint32_t to_base = NewRegister();
  Move(to_base, Value(*e.operands[0]), e.range);
  const uint32_t from_base = NewRegister();
  Move(from_base, copies ? Value(*e.operands[1]) : kZeroRegister, e.range);
  const uint32_t rest = NewRegister();
  Move(rest, EmitBinary(Op::kDiv, IntType::kI64, e.range, Value(bytes), Constant(element.bytes)),
       e.range);
  const uint32_t at = NewRegister();
  Move(at, kZeroRegister, e.range);
  to.dynamic = NewRegister();
  from.dynamic = NewRegister();
  const uint32_t is_higher =
      moves ? EmitBinary(Op::kGt, IntType::kI64, e.range, to_base, from_base) : kZeroRegister;
  const uint32_t index = moves ? NewRegister() : at;
  Label loop, end;
  Bind(loop);
  EmitBranch(Opcode::kBranchFalse, EmitBinary(Op::kLt, IntType::kI64, e.range, at, rest), end,
             e.range);
  if (moves) {
    Label lower;
    Move(index, at, e.range);
    EmitBranch(Opcode::kBranchFalse, is_higher, lower, e.range);
    const uint32_t behind = EmitBinary(Op::kSub, IntType::kI64, e.range, rest, at);
    Move(index, EmitBinary(Op::kSub, IntType::kI64, e.range, behind, Constant(1)), e.range);
    Bind(lower);
  }
  for (const auto& [place, base] : {std::pair(to, to_base), std::pair(from, from_base)}) {
    if (base == from_base && !copies) continue;
    Emit(Opcode::kPointerAdd, e.range, place.dynamic, base, index, cells);
    Emit(Opcode::kPointerCheck, e.range, 0, place.dynamic, 0, cells);
  }
  work(to, from);
  Move(at, EmitBinary(Op::kAdd, IntType::kI64, e.range, at, Constant(1)), e.range);
  EmitJump(loop, e.range);
  Bind(end);
  return to_base;
}

}  // namespace interleave
