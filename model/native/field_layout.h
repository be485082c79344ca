#pragma once
// Where each slot of a state lies in a few 64-bit words, fixed before a search with compiled steps
// begins: no field crosses a word, so that reading one is a shift and a mask.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/program/program.h"

namespace interleave {

// The values that a slot may take.
struct SlotRange {
  int64_t low = 0;
  int64_t high = 0;
};

struct PackedField {
  uint32_t word = 0;
  uint32_t shift = 0;
  uint32_t width = 0;  // bits; 0: the slot always has the value `low`
  int64_t low = 0;     // what the bits 0 stand for
  uint64_t mask() const { return width == 64 ? UINT64_MAX : (uint64_t{1} << width) - 1; }
};

class FieldLayout {
 public:
  // `ranges`: one a slot. `program` says which slots are used together: the cells of an array, what
  // belongs to one process.
  FieldLayout(const Program& program, const std::vector<SlotRange>& ranges);

  const std::vector<PackedField>& fields() const { return fields_; }  // by slot
  // All that a slot can hold: more than its range, where that is no power of two.
  SlotRange Holds(std::size_t slot) const {
    const PackedField& field = fields_[slot];
    int64_t high = 0;
    if (__builtin_add_overflow(field.low, field.mask(), &high)) high = INT64_MAX;
    return {field.low, high};
  }
  std::size_t words() const { return words_; }
  std::size_t bytes() const { return bytes_; }  // that matter, in memory order (little endian)
  // By word: bits that matter, from the lowest on.
  const std::vector<uint32_t>& word_bits() const { return used_; }

  // Writes into `packed`, words() words, the state that `from` has as `other`. REQUIRES: this
  // layout holds what `from` holds.
  void Convert(const FieldLayout& from, const uint64_t* other, uint64_t* packed) const;

  // Visits the slots whose values do not fit: visit(slot, value).
  template <class Visit>
  void ForEachMisfit(const int64_t* state, Visit visit) const {
    for (std::size_t slot = 0; slot < fields_.size(); ++slot) {
      const uint64_t raw =
          static_cast<uint64_t>(state[slot]) - static_cast<uint64_t>(fields_[slot].low);
      if ((raw & ~fields_[slot].mask()) != 0) visit(static_cast<uint32_t>(slot), state[slot]);
    }
  }

  // Writes words() words. Returns -1, or the first slot whose value does not fit.
  int Pack(const int64_t* state, uint64_t* packed) const;
  void Unpack(const uint64_t* packed, int64_t* state) const;

 private:
  // Gives bits to these slots: in one word if there is one with room.
  void Place(const std::vector<uint32_t>& slots);

  std::vector<PackedField> fields_;
  std::vector<uint32_t> varying_;  // slots with bits
  std::vector<uint32_t> used_;     // bits, by word
  std::size_t words_ = 1;
  std::size_t bytes_ = 1;
};

}  // namespace interleave
