#pragma once
// An exact set of packed states that lie in the table itself: a probe is one random line of memory.
//
// Open addressing with linear probing, in parts by the top bits of the hash, so that a part grows
// while the others stay: what growing needs for a moment is a part's size, not the table's. A slot
// is as many bytes as the states have; all zeros is free, and the state that is all zeros is a
// flag.

#include <sys/mman.h>
#include <xxhash.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

namespace interleave {

template <std::size_t kWords>
class PackedTable {
 public:
  // `bytes`: of a state that matter; the rest of its last word is zero. `states`: how many are to
  // come at least (those of another table come in the order of their hashes, which a table that
  // grows under them would pay for with long probes).
  PackedTable(std::size_t bytes, uint64_t states)
      : bytes_(bytes),
        last_mask_(bytes % 8 == 0 ? UINT64_MAX : (uint64_t{1} << (8 * (bytes % 8))) - 1),
        parts_(kParts) {
    const auto capacity =
        static_cast<uint64_t>(static_cast<double>(states / kParts) / kFull * 1.1) + kFirstCapacity;
    for (Part& part : parts_) Allocate(part, capacity);
  }

  static uint64_t Hash(const uint64_t* state) {
    if constexpr (kWords == 1) {
      // A bijection (Stafford's mixer 13 of SplitMix64), so that equal hashes are equal states.
      uint64_t x = state[0];
      x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
      x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
      return x ^ (x >> 31);
    } else {
      return XXH3_64bits(state, kWords * 8);
    }
  }

  void Prefetch(uint64_t hash) const {
    const Part& part = parts_[hash >> (64 - kPartBits)];
    const uint8_t* const slot = part.slots.get() + Index(part, hash) * bytes_;
    __builtin_prefetch(slot);
    __builtin_prefetch(slot + 64);  // where the probes go on
  }

  // True when it is new.
  bool Insert(const uint64_t* state, uint64_t hash) {
    if (IsZero(state)) [[unlikely]] {
      const bool is_new = !has_zero_;
      has_zero_ = true;
      size_ += is_new;
      return is_new;
    }
    Part& part = parts_[hash >> (64 - kPartBits)];
    const uint8_t* const end = part.slots.get() + part.capacity * bytes_;
    for (uint8_t* at = part.slots.get() + Index(part, hash) * bytes_;;) {
      uint64_t there[kWords];
      Load(at, there);
      if (Equal(there, state)) return false;
      if (IsZero(there)) {
        Store(at, state);
        ++size_;
        if (++part.count > part.limit) [[unlikely]]
          Grow(part);
        return true;
      }
      at += bytes_;
      if (at == end) at = part.slots.get();
    }
  }

  // Visits every state and lets go of it. Nothing else is possible afterwards.
  template <class Visit>
  void Drain(Visit visit) {
    uint64_t state[kWords] = {};
    if (has_zero_) visit(static_cast<const uint64_t*>(state));
    for (Part& part : parts_) {
      for (uint64_t i = 0; i < part.capacity; ++i) {
        Load(part.slots.get() + i * bytes_, state);
        if (!IsZero(state)) visit(static_cast<const uint64_t*>(state));
      }
      part.slots.reset();
    }
  }

  uint64_t size() const { return size_; }
  uint64_t memory_bytes() const { return memory_bytes_; }

 private:
  static constexpr unsigned kPartBits = 4;
  static constexpr std::size_t kParts = std::size_t{1} << kPartBits;
  static constexpr uint64_t kFirstCapacity = 256;
  static constexpr std::size_t kHugePage = std::size_t{1} << 21;
  // Fuller, and states that are not there take long to miss; emptier, and bytes are wasted. While
  // a part is small, time matters more.
  static constexpr std::size_t kSmallPart = std::size_t{1} << 20;  // bytes
  static constexpr double kFull = 0.8, kGrowth = 1.6;
  static constexpr double kSmallFull = 0.5, kSmallGrowth = 2;

  struct Unmap {
    std::size_t bytes = 0;
    void operator()(uint8_t* slots) const { munmap(slots, bytes); }
  };
  struct Part {
    std::unique_ptr<uint8_t, Unmap> slots;
    uint64_t capacity = 0;
    uint64_t count = 0;
    uint64_t limit = 0;
  };

  __extension__ using Wide = unsigned __int128;

  static uint64_t Index(const Part& part, uint64_t hash) {
    return static_cast<uint64_t>((static_cast<Wide>(hash << kPartBits) * part.capacity) >> 64);
  }

  static bool IsZero(const uint64_t* state) {
    uint64_t bits = 0;
    for (std::size_t w = 0; w < kWords; ++w) bits |= state[w];
    return bits == 0;
  }
  static bool Equal(const uint64_t* a, const uint64_t* b) {
    uint64_t bits = 0;
    for (std::size_t w = 0; w < kWords; ++w) bits |= a[w] ^ b[w];
    return bits == 0;
  }
  void Load(const uint8_t* at, uint64_t* state) const {
    std::memcpy(state, at, kWords * 8);
    state[kWords - 1] &= last_mask_;
  }
  void Store(uint8_t* at, const uint64_t* state) const {
    std::memcpy(at, state, (kWords - 1) * 8);
    uint64_t last;
    std::memcpy(&last, at + (kWords - 1) * 8, 8);
    last = (last & ~last_mask_) | state[kWords - 1];
    std::memcpy(at + (kWords - 1) * 8, &last, 8);
  }

  // At least `capacity` slots, and as many as fit into whole pages. The pages are there at once:
  // a table meets all of them within moments anyway, by two faults each.
  void Allocate(Part& part, uint64_t capacity) {
    const std::size_t wanted = capacity * bytes_ + 8;  // the last slot is read as whole words
    const std::size_t page = wanted >= 4 * kHugePage ? kHugePage : 4096;
    const std::size_t bytes = (wanted + page - 1) / page * page;
    const int populate = page == 4096 ? MAP_POPULATE : 0;
    // Aligned to its pages: what lies before and behind goes back.
    const std::size_t room = page == 4096 ? bytes : bytes + page;
    void* const mapped =
        mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | populate, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    auto* slots = static_cast<uint8_t*>(mapped);
    if (page != 4096) {
      const auto address = reinterpret_cast<uintptr_t>(mapped);
      const std::size_t before = (page - address % page) % page;
      slots += before;
      if (before > 0) munmap(mapped, before);
      if (before < page) munmap(slots + bytes, page - before);
      madvise(slots, bytes, MADV_HUGEPAGE);
      madvise(slots, bytes, MADV_POPULATE_WRITE);
    }
    part.slots = std::unique_ptr<uint8_t, Unmap>(slots, Unmap{bytes});
    memory_bytes_ += bytes;
    part.capacity = (bytes - 8) / bytes_;
    part.limit = static_cast<uint64_t>(static_cast<double>(part.capacity) *
                                       (bytes <= kSmallPart ? kSmallFull : kFull));
  }

  void Grow(Part& part) {
    const std::unique_ptr<uint8_t, Unmap> old = std::move(part.slots);
    const uint64_t old_capacity = part.capacity;
    const double growth = old.get_deleter().bytes * 2 <= kSmallPart ? kSmallGrowth : kGrowth;
    Allocate(part,
             static_cast<uint64_t>(static_cast<double>(old_capacity) * growth) + kFirstCapacity);
    for (uint64_t i = 0; i < old_capacity; ++i) {
      uint64_t state[kWords];
      Load(old.get() + i * bytes_, state);
      if (IsZero(state)) continue;
      uint64_t to = Index(part, Hash(state));
      for (;;) {
        uint64_t there[kWords];
        uint8_t* const at = part.slots.get() + to * bytes_;
        Load(at, there);
        if (IsZero(there)) {
          Store(at, state);
          break;
        }
        if (++to == part.capacity) to = 0;
      }
    }
    memory_bytes_ -= old.get_deleter().bytes;
  }

  const std::size_t bytes_;
  const uint64_t last_mask_;
  std::vector<Part> parts_;
  uint64_t size_ = 0;
  uint64_t memory_bytes_ = 0;
  bool has_zero_ = false;
};

}  // namespace interleave
