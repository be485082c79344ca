#pragma once
// States to bits and back, losslessly, with fields as wide as the values met so far.
//
// Each slot is stored as its offset from the smallest value the field covers, in as many bits as
// the covered range needs; a slot that never changed takes none. When a value does not fit, Pack
// says which slot, and the owner widens the field and repacks what it stores. Ranges grow at least
// geometrically, so this happens a few dozen times in a search, mostly while it is small. Widths
// from what is met are tighter than widths from a static analysis, and need no proof: a misfit is
// noticed.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace interleave {

// What is known of a slot before the search: values it will probably take once it changes at all,
// and slots that are alike (the same variable of another process of an array, another cell of a
// small array), which will probably follow. Cells of a large array follow only where there was much
// repacking: most often few of them change. Only a hint: it saves repacking.
struct SlotHint {
  int64_t low = 0;
  int64_t high = 0;
  uint32_t group = 0;  // 0: none
  uint32_t array = 0;  // likewise, of a large array
};

class StatePacker {
 public:
  // Every field starts with the value it has in `initial`, and no bits. `hints`: one a slot, or
  // none.
  explicit StatePacker(std::vector<int64_t> initial, std::vector<SlotHint> hints = {});

  // Words that Pack writes; bytes that matter of them, in memory order (x86-64: little endian).
  std::size_t packed_words() const { return word_count_; }
  std::size_t packed_bytes() const { return packed_bytes_; }

  // Writes packed_words() words. Returns -1, or the first slot whose value does not fit.
  int Pack(const int64_t* state, uint64_t* packed) const {
    for (std::size_t w = 0; w < word_count_; ++w) packed[w] = 0;
    uint64_t misfit = 0;
    for (const Field& field : fields_) {
      const uint64_t offset = static_cast<uint64_t>(state[field.slot]) - field.low;
      misfit |= offset & ~field.mask;
      packed[field.word] |= offset << field.shift;
    }
    for (const Fixed& fixed : fixed_)
      misfit |= static_cast<uint64_t>(state[fixed.slot] ^ fixed.value);
    return misfit == 0 ? -1 : Misfit(state);
  }

  void Unpack(const uint64_t* packed, int64_t* state) const {
    for (std::size_t i = 0; i < values_.size(); ++i) state[i] = values_[i];
    for (const Field& field : fields_) {
      state[field.slot] =
          static_cast<int64_t>(((packed[field.word] >> field.shift) & field.mask) + field.low);
    }
  }

  // Lets `slot`, and the slots of its group, hold `value` as well. The layout changes: what is
  // stored must be repacked.
  void Widen(int slot, int64_t value);

  std::size_t slot_count() const { return values_.size(); }
  // Bits of a slot at present.
  int width(std::size_t slot) const { return ranges_[slot].width; }

 private:
  struct Range {
    int64_t low = 0;
    int64_t high = 0;
    int width = 0;
  };
  struct Field {
    uint32_t slot = 0;
    uint32_t word = 0;
    uint32_t shift = 0;
    uint64_t mask = 0;
    uint64_t low = 0;
  };
  struct Fixed {
    uint32_t slot = 0;
    int64_t value = 0;
  };

  int Misfit(const int64_t* state) const;
  void WidenOne(std::size_t slot, int64_t value);
  void LayOut();

  std::vector<int64_t> values_;  // of slots without bits
  std::vector<Range> ranges_;
  std::vector<SlotHint> hints_;
  std::vector<Field> fields_;
  std::vector<Fixed> fixed_;
  std::size_t word_count_ = 0;
  std::size_t packed_bytes_ = 0;
  uint32_t widened_ = 0;
};

}  // namespace interleave
