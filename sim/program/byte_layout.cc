#include "sim/program/byte_layout.h"

#include <algorithm>
#include <cstring>

namespace interleave {
namespace {

uint32_t AlignmentOf(const Type* type) {
  switch (type->kind) {
    case TypeKind::kArray: return AlignmentOf(type->element);
    case TypeKind::kObject:
    case TypeKind::kStruct: {
      uint32_t alignment = 1;
      for (const Member& member : type->members) {
        alignment = std::max(alignment, AlignmentOf(member.type));
      }
      return alignment;
    }
    case TypeKind::kError:
    case TypeKind::kVoid:
    case TypeKind::kFunction:
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kPointer: break;
  }
  return SizeOf(IntTypeOf(*type));
}

// Appends the offset of every cell of an object at `at`; returns its end.
uint32_t Place(const Type* type, uint32_t at, std::vector<uint32_t>& cells) {
  switch (type->kind) {
    case TypeKind::kArray:
      for (int64_t i = 0; i < type->count; ++i) at = Place(type->element, at, cells);
      return at;
    case TypeKind::kObject:
    case TypeKind::kStruct:
      for (const Member& member : type->members) {
        at = Place(member.type, RoundUp(at, AlignmentOf(member.type)), cells);
      }
      return RoundUp(at, AlignmentOf(type));
    case TypeKind::kError:
    case TypeKind::kVoid:
    case TypeKind::kFunction:
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kPointer: break;
  }
  cells.push_back(at);
  return at + SizeOf(IntTypeOf(*type));
}

}  // namespace

unsigned SizeOf(IntType type) {
  switch (type) {
    case IntType::kBool:
    case IntType::kI8:
    case IntType::kU8: return 1;
    case IntType::kI16:
    case IntType::kU16: return 2;
    case IntType::kI32:
    case IntType::kU32:
    case IntType::kF32: return 4;
    case IntType::kI64:
    case IntType::kU64:
    case IntType::kF64: return 8;
  }
  return 8;
}

IntType CellType(const Program& program, uint32_t slot) {
  const Slot& info = program.slots[slot];
  return info.kind == SlotKind::kWritten ? IntType::kBool : IntTypeOf(*info.type);
}

ByteLayout LayOutBytes(const Program& program) {
  constexpr uint32_t kObjectAlignment = 8;
  constexpr uint32_t kCacheLine = 64;
  ByteLayout layout;
  layout.offset_of.assign(program.slots.size(), ByteLayout::kNowhere);
  uint32_t at = 0;
  for (const MemoryObject& object : program.objects) {
    std::vector<uint32_t> cells;
    at = Place(object.symbol->type, RoundUp(at, kObjectAlignment), cells);
    std::copy(cells.begin(), cells.end(), layout.offset_of.begin() + object.base);
  }
  at = RoundUp(at, kObjectAlignment);
  for (std::size_t slot = 0; slot < program.slots.size(); ++slot) {
    const SlotKind kind = program.slots[slot].kind;
    if (kind != SlotKind::kWritten && kind != SlotKind::kItems) continue;
    const unsigned size = SizeOf(CellType(program, static_cast<uint32_t>(slot)));
    at = RoundUp(at, size);
    layout.offset_of[slot] = at;
    at += size;
  }
  layout.bytes = std::max(RoundUp(at, kCacheLine), kCacheLine);
  return layout;
}

int64_t ReadCell(const std::byte* region, const ByteLayout& layout, const Program& program,
                 uint32_t slot) {
  const IntType type = CellType(program, slot);
  int64_t bits = 0;  // little endian
  std::memcpy(&bits, region + layout.offset_of[slot], SizeOf(type));
  return type == IntType::kBool ? (bits & 0xff) : ConvertTo(type, bits);
}

void WriteCell(std::byte* region, const ByteLayout& layout, const Program& program, uint32_t slot,
               int64_t value) {
  std::memcpy(region + layout.offset_of[slot], &value, SizeOf(CellType(program, slot)));
}

void WriteInitial(std::byte* region, const ByteLayout& layout, const Program& program) {
  std::fill(region, region + layout.bytes, std::byte{0});
  for (uint32_t slot = 0; slot < program.slots.size(); ++slot) {
    if (layout.offset_of[slot] != ByteLayout::kNowhere) {
      WriteCell(region, layout, program, slot, program.initial[slot]);
    }
  }
}

}  // namespace interleave
