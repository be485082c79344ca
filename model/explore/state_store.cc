// The table's entries hold 32 bits of the hash beside the number, so that a probe unpacks a state
// only where these agree. What would surprise: to widen a field is to repack every state in place
// and to make the table anew; the numbers of states stay.

#include "model/explore/state_store.h"

#include <xxhash.h>

#include <cassert>

namespace interleave {

StateStore::StateStore(std::vector<int64_t> initial, std::vector<SlotHint> hints)
    : packer_(std::move(initial), std::move(hints)) {
  bytes_ = packer_.packed_bytes();
  packed_.resize(packer_.packed_words());
  table_.assign(1024, 0);
}

uint64_t StateStore::Hash(const uint8_t* packed) const { return XXH3_64bits(packed, bytes_); }

uint8_t* StateStore::NewSlot(uint32_t number) {
  const std::size_t chunk = number >> kChunkBits;
  if (chunk == chunks_.size()) {
    chunks_.push_back(std::unique_ptr<uint8_t[]>(new uint8_t[std::size_t{kChunkStates} * bytes_]));
  }
  return chunks_[chunk].get() + std::size_t{number & (kChunkStates - 1)} * bytes_;
}

void StateStore::Get(uint32_t number, int64_t* state) const {
  assert(number < size_ && "no such state");
  constexpr std::size_t kFewWords = 64;
  uint64_t few[kFewWords];
  const std::size_t words = packer_.packed_words();
  std::vector<uint64_t> many(words > kFewWords ? words : 0);
  uint64_t* const packed = words > kFewWords ? many.data() : few;
  packed[words - 1] = 0;
  std::memcpy(packed, At(number), bytes_);
  packer_.Unpack(packed, state);
}

void StateStore::WidenFor(const int64_t* state, int misfit) {
  const StatePacker old = packer_;
  const std::size_t old_bytes = bytes_;
  while (misfit >= 0) {
    packer_.Widen(misfit, state[misfit]);
    packed_.assign(packer_.packed_words(), 0);
    misfit = packer_.Pack(state, packed_.data());
  }
  bytes_ = packer_.packed_bytes();
  ++repacks_;
  std::vector<std::unique_ptr<uint8_t[]>> old_chunks = std::move(chunks_);
  chunks_.clear();
  std::vector<uint64_t> word(old.packed_words());
  std::vector<int64_t> unpacked(packer_.slot_count());
  for (uint32_t number = 0; number < size_; ++number) {
    const std::size_t chunk = number >> kChunkBits;
    const std::size_t within = number & (kChunkStates - 1);
    word.back() = 0;
    std::memcpy(word.data(), old_chunks[chunk].get() + within * old_bytes, old_bytes);
    old.Unpack(word.data(), unpacked.data());
    [[maybe_unused]] const int lost = packer_.Pack(unpacked.data(), packed_.data());
    assert(lost < 0 && "what was stored still fits when a field gets wider");
    std::memcpy(NewSlot(number), packed_.data(), bytes_);
    if (within + 1 == kChunkStates) old_chunks[chunk].reset();
  }
  Rebuild(table_.size());
  packer_.Pack(state, packed_.data());
}

void StateStore::Rebuild(std::size_t capacity) {
  table_.assign(capacity, 0);
  const std::size_t mask = capacity - 1;
  for (uint32_t number = 0; number < size_; ++number) {
    const uint64_t hash = Hash(At(number)) >> 32;
    std::size_t at = hash & mask;
    while (table_[at] != 0) at = (at + 1) & mask;
    table_[at] = (hash << 32) | (number + 1);
  }
}

uint64_t StateStore::PackAndHash(const int64_t* state) {
  const int misfit = packer_.Pack(state, packed_.data());
  if (misfit >= 0) [[unlikely]]
    WidenFor(state, misfit);
  return Hash(reinterpret_cast<const uint8_t*>(packed_.data())) >> 32;
}

StateStore::Inserted StateStore::Insert(const int64_t* state) {
  const uint64_t hash = PackAndHash(state);
  const std::size_t mask = table_.size() - 1;
  std::size_t at = hash & mask;
  for (; table_[at] != 0; at = (at + 1) & mask) {
    if (table_[at] >> 32 != hash) continue;
    const auto number = static_cast<uint32_t>(table_[at]) - 1;
    if (std::memcmp(At(number), packed_.data(), bytes_) == 0) return {number, false};
  }
  assert(size_ < kMaxStates && "the numbers are used up");
  std::memcpy(NewSlot(size_), packed_.data(), bytes_);
  table_[at] = (hash << 32) | (size_ + 1);
  ++size_;
  if (size_ > table_.size() / 4 * 3) {
    // Doubling needs no state: the entries carry enough of their hash.
    std::vector<uint64_t> old = std::move(table_);
    table_.assign(old.size() * 2, 0);
    const std::size_t new_mask = table_.size() - 1;
    for (const uint64_t entry : old) {
      if (entry == 0) continue;
      std::size_t to = (entry >> 32) & new_mask;
      while (table_[to] != 0) to = (to + 1) & new_mask;
      table_[to] = entry;
    }
  }
  return {size_ - 1, true};
}

uint32_t StateStore::Find(const int64_t* state) {
  if (packer_.Pack(state, packed_.data()) >= 0) return kNone;
  const uint64_t hash = Hash(reinterpret_cast<const uint8_t*>(packed_.data())) >> 32;
  const std::size_t mask = table_.size() - 1;
  for (std::size_t at = hash & mask; table_[at] != 0; at = (at + 1) & mask) {
    if (table_[at] >> 32 != hash) continue;
    const auto number = static_cast<uint32_t>(table_[at]) - 1;
    if (std::memcmp(At(number), packed_.data(), bytes_) == 0) return number;
  }
  return kNone;
}

uint64_t StateStore::memory_bytes() const {
  return chunks_.size() * kChunkStates * bytes_ + table_.size() * sizeof(uint64_t);
}

uint64_t StateStore::growth_bytes() const {
  const bool soon = size_ > table_.size() / 8 * 5;
  return memory_bytes() + (soon ? 2 * table_.size() * sizeof(uint64_t) : 0);
}

}  // namespace interleave
