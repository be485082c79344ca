#pragma once
// The set of visited states: exact, append-only, numbered in the order of insertion.
//
// States lie packed (state_packer.h) in chunks, so growing copies nothing; an open-addressing table
// (linear probing) of 8-byte entries leads to them: 32 bits of the hash, 32 bits of the number.
// When the packer widens a field, all states are repacked in place of the old and the table is
// rebuilt.

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "model/explore/state_packer.h"

namespace interleave {

class StateStore {
 public:
  // States are vectors of initial.size() slots. `initial`: values that most states share.
  explicit StateStore(std::vector<int64_t> initial, std::vector<SlotHint> hints = {});

  struct Inserted {
    uint32_t number = 0;
    bool is_new = false;
  };
  // REQUIRES: size() < kMaxStates.
  Inserted Insert(const int64_t* state);
  // The number of a state, or kNone.
  uint32_t Find(const int64_t* state);
  void Get(uint32_t number, int64_t* state) const;

  uint32_t size() const { return size_; }
  std::size_t state_bytes() const { return packer_.packed_bytes(); }
  uint64_t memory_bytes() const;
  // The same, with what the next growth of the table will need for a moment.
  uint64_t growth_bytes() const;
  const StatePacker& packer() const { return packer_; }
  // How often all states were repacked.
  uint32_t repacks() const { return repacks_; }

  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kMaxStates = UINT32_MAX - 1;

 private:
  static constexpr uint32_t kChunkBits = 14;  // states a chunk
  static constexpr uint32_t kChunkStates = 1U << kChunkBits;

  const uint8_t* At(uint32_t number) const {
    return chunks_[number >> kChunkBits].get() + std::size_t{number & (kChunkStates - 1)} * bytes_;
  }
  uint8_t* NewSlot(uint32_t number);
  uint64_t PackAndHash(const int64_t* state);
  uint64_t Hash(const uint8_t* packed) const;
  void WidenFor(const int64_t* state, int misfit);
  void Rebuild(std::size_t capacity);

  StatePacker packer_;
  std::size_t bytes_ = 0;
  std::vector<std::unique_ptr<uint8_t[]>> chunks_;
  std::vector<uint64_t> table_;  // 0: free; else hash in the upper, number + 1 in the lower half
  uint32_t size_ = 0;
  uint32_t repacks_ = 0;
  std::vector<uint64_t> packed_;
};

}  // namespace interleave
