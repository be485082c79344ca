#pragma once
// Where the cells of shared memory lie as bytes when it is real memory: each object as gcc lays out
// the same C object on x86-64 Linux (System V ABI, chapter 3.1.2). An object of a kind is a struct
// of its members; the written flags and the count of items, which C does not have, lie behind.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/program/program.h"

namespace interleave {

// The next multiple of `unit`.
template <class Number>
constexpr Number RoundUp(Number bytes, Number unit) {
  return (bytes + unit - 1) / unit * unit;
}

struct ByteLayout {
  static constexpr uint32_t kNowhere = UINT32_MAX;
  std::vector<uint32_t> offset_of;  // by slot; kNowhere: not in shared memory
  uint32_t bytes = 0;               // a multiple of 64
};

ByteLayout LayOutBytes(const Program& program);

// What a slot of shared memory (kMemory, kWritten, kItems) holds as bytes.
IntType CellType(const Program& program, uint32_t slot);
unsigned SizeOf(IntType type);  // in bytes

// One cell at `region`, as the value a state has for it, and back.
int64_t ReadCell(const std::byte* region, const ByteLayout& layout, const Program& program,
                 uint32_t slot);
void WriteCell(std::byte* region, const ByteLayout& layout, const Program& program, uint32_t slot,
               int64_t value);

// All of shared memory as it is at the start.
void WriteInitial(std::byte* region, const ByteLayout& layout, const Program& program);

}  // namespace interleave
