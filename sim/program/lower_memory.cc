// Programs in C: `memset`, `memcpy` and `memmove`. Each cell is an access of its own, since none of
// them is atomic.

#include "sim/program/byte_layout.h"
#include "sim/program/lower.h"

namespace interleave {
namespace {

struct PlainCell {
  uint32_t offset = 0;
  const Type* type = nullptr;
  uint32_t byte = 0;
};

// The cells of a type but for those of objects: nobody can set a lock by its bytes.
void CollectPlainCells(const Type& type, uint32_t at, std::vector<PlainCell>& cells,
                       uint32_t byte = 0) {
  if (type.kind == TypeKind::kStruct) {
    for (const Member& member : type.members)
      CollectPlainCells(*member.type, at + static_cast<uint32_t>(member.cell_offset), cells,
                        byte + static_cast<uint32_t>(member.byte_offset));
  } else if (type.kind == TypeKind::kArray) {
    for (int64_t i = 0; i < type.count; ++i)
      CollectPlainCells(*type.element, at + static_cast<uint32_t>(i * type.element->cells), cells,
                        byte + static_cast<uint32_t>(i * type.element->bytes));
  } else if (type.is_scalar()) {
    cells.push_back({at, &type, byte});
  }
}

bool Reads(const Expr& e) { return e.name == "read" || e.name == "pread"; }

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

// `read` and `write` pass `count` bytes between memory and `library_bytes`, an element at a time,
// each cell an access. What is read is 0 behind it, as the library leaves it.
void Lowering::BetweenBytes(const Expr& e, uint32_t memory, uint32_t count) {
  const bool reads = Reads(e);
  const Type& element = *e.element;
  const Place bytes = PlaceFor(*e.operands[2]);
  std::vector<PlainCell> cells;
  CollectPlainCells(element, 0, cells);
  const auto binary = [&](Op op, uint32_t a, uint32_t b) {
    return EmitBinary(op, IntType::kI64, e.range, a, b);
  };
  code_.texts.push_back("a part of what has " + std::to_string(element.bytes) + " bytes is " +
                        (reads ? "read" : "written"));
  const auto part_text = static_cast<uint32_t>(code_.texts.size());
  if (element.bytes > 1) {
    const uint32_t rest = binary(Op::kRem, count, Constant(element.bytes));
    Emit(Opcode::kLimit, e.range, 0, binary(Op::kEq, rest, kZeroRegister), 0, part_text);
  }
  const uint32_t at = NewRegister();
  Move(at, kZeroRegister, e.range);
  Label loop, end;
  Bind(loop);
  const uint32_t first = binary(Op::kMul, at, Constant(element.bytes));
  EmitBranch(Opcode::kBranchFalse, binary(Op::kLt, first, count), end, e.range);
  Place value;
  value.kind = Place::Kind::kMemory;
  value.type = &element;
  value.is_access = value.may_be_own = true;
  value.dynamic = NewRegister();
  const auto width = static_cast<uint32_t>(element.cells);
  Emit(Opcode::kPointerAdd, e.range, value.dynamic, memory, at, width);
  Emit(Opcode::kPointerCheck, e.range, 0, value.dynamic, 0, width);
  Place byte = bytes;
  byte.type = bytes.type->element;
  byte.dynamic = binary(Op::kAdd, bytes.dynamic, first);
  byte.span = static_cast<uint32_t>(bytes.type->cells);
  for (const PlainCell& cell : cells) {
    const Place place = PartOf(value, cell.type, static_cast<int>(cell.offset));
    const auto at_byte = [&](int k) {
      return PartOf(byte, byte.type, static_cast<int>(cell.byte) + k);
    };
    if (reads) {
      uint32_t all = kZeroRegister;
      for (int k = 0; k < cell.type->bytes; ++k) {
        const uint32_t one = binary(Op::kAnd, Read(at_byte(k), e.range), Constant(255));
        const uint32_t shifted =
            EmitBinary(Op::kShl, IntType::kU64, e.range, one, Constant(int64_t{8} * k));
        all = binary(Op::kOr, all, shifted);
        Write(at_byte(k), kZeroRegister, e.range);
      }
      const uint32_t whole = NewRegister();
      code_.instructions[Emit(Opcode::kConvert, e.range, whole, all)].type =
          IsFloating(IntTypeOf(*cell.type)) || !cell.type->is_integer() ? IntType::kI64
                                                                        : IntTypeOf(*cell.type);
      Write(place, whole, e.range);
    } else {
      const uint32_t all = Read(place, e.range);
      for (int k = 0; k < cell.type->bytes; ++k) {
        const uint32_t one = NewRegister();
        const uint32_t shifted =
            EmitBinary(Op::kShr, IntType::kU64, e.range, all, Constant(int64_t{8} * k));
        code_.instructions[Emit(Opcode::kConvert, e.range, one, shifted)].type = IntType::kI8;
        Write(at_byte(k), one, e.range);
      }
    }
  }
  Move(at, binary(Op::kAdd, at, Constant(1)), e.range);
  EmitJump(loop, e.range);
  Bind(end);
}

uint32_t Lowering::Transfer(const Expr& e) {
  const Expr& call = *e.operands[0];
  const auto copy = [&](const Expr& operand) {
    const uint32_t reg = NewRegister();
    NoteType(reg, *operand.type);
    Move(reg, Value(operand), e.range);
    return reg;
  };
  const uint32_t fd = copy(*call.operands[0]);
  const uint32_t memory = copy(*e.operands[1]);
  std::vector<uint32_t> arguments = {fd, copy(*call.operands[1])};
  const uint32_t count = arguments[1];
  if (call.operands.size() > 2) arguments.push_back(copy(*call.operands[2]));
  const int64_t most = e.operands[2]->type->cells;
  code_.texts.push_back("more than " + std::to_string(most) + " bytes in one call of `" + e.name +
                        "`");
  Emit(Opcode::kLimit, e.range, 0,
       EmitBinary(Op::kLe, IntType::kU64, e.range, count, Constant(most)), 0,
       static_cast<uint32_t>(code_.texts.size()));
  const bool reads = Reads(e);
  if (!reads) BetweenBytes(e, memory, count);
  const uint32_t result = NewRegister();
  const std::vector<std::optional<Place>> no_targets(arguments.size());
  Move(result, CallOf(call, *call.function, 0, arguments, no_targets), e.range);
  if (reads) {
    Label none;
    EmitBranch(Opcode::kBranchFalse,
               EmitBinary(Op::kGt, IntType::kI64, e.range, result, kZeroRegister), none, e.range);
    BetweenBytes(e, memory, result);
    Bind(none);
  }
  return result;
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
