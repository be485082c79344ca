#pragma once
// States of one level of a breadth-first search that wait for being expanded: as many bytes each as
// they need, in blocks of one size that are used again as soon as their states are expanded.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace interleave {

// Blocks that nobody needs at the moment.
using FreeBlocks = std::vector<std::unique_ptr<uint8_t[]>>;

template <std::size_t kWords>
class Frontier {
 public:
  // `bytes`: of a state that matter; the rest of its last word is zero.
  explicit Frontier(std::size_t bytes)
      : bytes_(bytes),
        last_mask_(bytes % 8 == 0 ? UINT64_MAX : (uint64_t{1} << (8 * (bytes % 8))) - 1),
        block_states_((kBlockBytes - 8) / bytes / kSlice * kSlice) {}

  // States that are taken at once; a block holds a whole number of them.
  static constexpr std::size_t kSlice = 64;

  void Push(const uint64_t* state, FreeBlocks& free) {
    if (blocks_.empty() || blocks_.back().count == block_states_) [[unlikely]]
      AddBlock(free);
    Block& block = blocks_.back();
    // What is written behind the state, zeros, is written over or never read.
    std::memcpy(block.states.get() + block.count * bytes_, state, kWords * 8);
    ++block.count;
    ++size_;
  }

  uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  uint64_t memory_bytes() const { return (blocks_.size() - released_) * kBlockBytes; }

  // One state, by its number in the order they were pushed. REQUIRES: nothing was appended.
  void Get(uint64_t number, uint64_t* state) const {
    const Block& block = blocks_[number / block_states_];
    std::memcpy(state, block.states.get() + number % block_states_ * bytes_, kWords * 8);
    state[kWords - 1] &= last_mask_;
  }

  // Slices are numbered; those of blocks that are not full may be empty.
  uint64_t slices() const { return blocks_.size() * slices_of_block(); }
  template <class Visit>  // visit(state): false ends it
  bool ForEachOf(uint64_t slice, Visit visit) const {
    const Block& block = blocks_[slice / slices_of_block()];
    const std::size_t begin = slice % slices_of_block() * kSlice;
    const std::size_t end = begin + kSlice < block.count ? begin + kSlice : block.count;
    uint64_t state[kWords];
    for (std::size_t k = begin; k < end; ++k) {
      std::memcpy(state, block.states.get() + k * bytes_, kWords * 8);
      state[kWords - 1] &= last_mask_;
      if (!visit(static_cast<const uint64_t*>(state))) return false;
    }
    return true;
  }

  // The slices before this one are not needed any more: their whole blocks.
  void Release(uint64_t slice, FreeBlocks& free) {
    for (; released_ < slice / slices_of_block(); ++released_) {
      Block& block = blocks_[released_];
      if (block.states != nullptr) free.push_back(std::move(block.states));
    }
  }

  // All that `other` holds comes behind what this holds.
  void Append(Frontier&& other) {
    for (Block& block : other.blocks_) blocks_.push_back(std::move(block));
    size_ += other.size_;
    other.Clear();
  }
  void Clear() {
    blocks_.clear();
    size_ = 0;
    released_ = 0;
  }

  static constexpr std::size_t kBlockBytes = std::size_t{1} << 15;

 private:
  struct Block {
    std::unique_ptr<uint8_t[]> states;
    std::size_t count = 0;
  };

  std::size_t slices_of_block() const { return block_states_ / kSlice; }

  void AddBlock(FreeBlocks& free) {
    Block block;
    if (free.empty()) {
      block.states = std::make_unique_for_overwrite<uint8_t[]>(kBlockBytes);
    } else {
      block.states = std::move(free.back());
      free.pop_back();
    }
    blocks_.push_back(std::move(block));
  }

  std::size_t bytes_;
  uint64_t last_mask_;
  std::size_t block_states_;
  std::vector<Block> blocks_;
  uint64_t size_ = 0;
  std::size_t released_ = 0;  // blocks
};

}  // namespace interleave
