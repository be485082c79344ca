#pragma once
// An exact set of packed states in less room than the states take: what a state's place in the
// table says of it is not stored.
//
// A one-to-one function scrambles the fullest word of a state, its key, by all the others; the
// first bits of the result choose the part of the table, a division the slot in it, and only the
// remainder is stored (Knuth's quotienting, The Art of Computer Programming 3, 6.4, exercise 13;
// Cleary, "Compact hash tables using bidirectional linear probing", IEEE Transactions on Computers
// 33, 1984; for states: Geldenhuys and Valmari, "A nearly memory-optimal data structure for sets
// and mappings", SPIN 2003). Since division takes any divisor, a part can have any number of slots.
//
// How far a state lies behind its own slot, its displacement, is stored with it. States lie in
// the order of their scrambled keys (Celis, Larson and Munro, "Robin Hood hashing", 1985, with
// linear probing): displacements stay small although parts are nearly full, a miss ends early, and
// a part grows in one pass from front to back. Parts begin with different capacities, so that they
// grow one after the other and what growing needs for a moment is a small part of the table.
//
// Nothing is shared between parts: several threads may insert, each into parts of its own.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/native/page_arena.h"

namespace interleave {

template <std::size_t kWords>
class PackedTable {
 public:
  // A state, scrambled: the key, then the other words.
  using Entry = std::array<uint64_t, kWords>;

  static constexpr std::size_t kParts = 128;

  // `bits`: by word, how many of its low bits matter; the others are zero.
  explicit PackedTable(const std::vector<uint32_t>& bits) {
    std::size_t fullest = 0;
    for (std::size_t w = 0; w < kWords; ++w) {
      if (bits[w] > bits[fullest]) fullest = w;
    }
    // The key first, and last, beside what remains of the key, the word with the fewest bits.
    for (std::size_t w = 0; w < kWords; ++w) word_order_[w] = w;
    std::swap(word_order_[0], word_order_[fullest]);
    for (std::size_t k = 1; k < kWords; ++k) {
      if (bits[word_order_[k]] < bits[word_order_[kWords - 1]])
        std::swap(word_order_[k], word_order_[kWords - 1]);
    }
    key_bits_ = std::max(bits[fullest], 1U);
    key_mask_ = Ones(key_bits_);
    fold_ = key_bits_ / 2 + 1;
    tail_bits_ = kWords == 1 ? 0 : bits[word_order_[kWords - 1]];
    part_shift_ = key_bits_ - std::min(key_bits_, kPartBits);
    part_mask_ = Ones(part_shift_);
    for (std::size_t k = 0; k < kParts; ++k) {
      const double spread = std::exp2(static_cast<double>(k) / static_cast<double>(kParts));
      Allocate(parts_[k], std::max<uint64_t>(1, static_cast<uint64_t>(
                                                    std::exp2(part_shift_) /
                                                    (static_cast<double>(kFirstSlots) * spread))));
    }
  }

  Entry Scramble(const uint64_t* state) const {
    Entry entry;
    for (std::size_t k = 0; k < kWords; ++k) entry[k] = state[word_order_[k]];
    // Each line is one-to-one on key_bits_ bits: `fold_` is at least half of them, and the factors
    // (of MurmurHash3's finalizer) are odd.
    uint64_t key = entry[0] ^ Others(entry);
    key ^= key >> fold_;
    key = (key * kFactor1) & key_mask_;
    key ^= key >> fold_;
    key = (key * kFactor2) & key_mask_;
    key ^= key >> fold_;
    entry[0] = key;
    return entry;
  }
  void Unscramble(const Entry& entry, uint64_t* state) const {
    uint64_t key = entry[0];
    key ^= key >> fold_;
    key = (key * kInverse2) & key_mask_;
    key ^= key >> fold_;
    key = (key * kInverse1) & key_mask_;
    key ^= key >> fold_;
    state[word_order_[0]] = key ^ Others(entry);
    for (std::size_t k = 1; k < kWords; ++k) state[word_order_[k]] = entry[k];
  }

  std::size_t PartOf(const Entry& entry) const { return entry[0] >> part_shift_; }

  // True when it is new.
  bool Insert(const Entry& entry) {
    Part& part = parts_[PartOf(entry)];
    Shape shape = part.shape;
    return InsertAt(part, shape, Find(shape, entry), entry);
  }

  // Inserts `count` entries of one part: on_new(entry) for each that is new. Where they lie is
  // asked for some entries ahead, so that the memory answers many at once.
  template <class OnNew>
  void InsertMany(std::size_t number, const Entry* entries, std::size_t count, OnNew on_new) {
    Part& part = parts_[number];
    Shape shape = part.shape;
    std::array<Probe, kAhead> ahead;
    const auto look_ahead = [&](std::size_t k) {
      const Probe probe = Find(shape, entries[k]);
      ahead[k % kAhead] = probe;
      __builtin_prefetch(probe.at);
      __builtin_prefetch(probe.at + 64);  // where the probes go on
      if (shape.slot_bytes > 11) __builtin_prefetch(probe.at + 128);
    };
    for (std::size_t k = 0; k < std::min(kAhead, count); ++k) look_ahead(k);
    for (std::size_t k = 0; k < count; ++k) {
      const uint8_t* const slots = shape.slots;
      const bool is_new = InsertAt(part, shape, ahead[k % kAhead], entries[k]);
      if (shape.slots != slots) [[unlikely]] {  // it grew
        for (std::size_t other = k + 1; other < std::min(k + kAhead, count); ++other) {
          ahead[other % kAhead] = Find(shape, entries[other]);
        }
      }
      if (k + kAhead < count) look_ahead(k + kAhead);
      if (is_new) on_new(entries[k]);
    }
  }

  // Visits every state of one part and lets go of it. Nothing else is possible with it afterwards.
  template <class Visit>
  void DrainPart(std::size_t number, Visit visit) {
    Part& part = parts_[number];
    uint64_t state[kWords];
    ForEach(part, number, [&](const Entry& entry) {
      Unscramble(entry, state);
      visit(static_cast<const uint64_t*>(state));
    });
    part.slots.reset();
    part.count = 0;
  }
  // Visits every state.
  template <class Visit>
  void ForEachState(Visit visit) const {
    uint64_t state[kWords];
    for (std::size_t number = 0; number < kParts; ++number) {
      ForEach(parts_[number], number, [&](const Entry& entry) {
        Unscramble(entry, state);
        visit(static_cast<const uint64_t*>(state));
      });
    }
  }
  // All, in the order of addresses, so that what is let go of goes back to the system soon.
  template <class Visit>
  void Drain(Visit visit) {
    std::array<std::size_t, kParts> numbers;
    std::iota(numbers.begin(), numbers.end(), 0);
    std::sort(numbers.begin(), numbers.end(), [this](std::size_t a, std::size_t b) {
      return parts_[a].slots.get() < parts_[b].slots.get();
    });
    for (const std::size_t number : numbers) DrainPart(number, visit);
  }

  uint64_t size() const {
    uint64_t size = 0;
    for (const Part& part : parts_) size += part.count;
    return size;
  }
  uint64_t memory_bytes() const {
    uint64_t bytes = 0;
    for (const Part& part : parts_)
      bytes += part.slots ? PageArena::Rounded(part.slots.get_deleter().bytes) : 0;
    return bytes;
  }

 private:
  __extension__ using Wide = unsigned __int128;
  // The end of a slot, as a number: the displacement plus one (0: the slot is free) in its last
  // byte, what remains of the key, and the last word. Before it lie the other words.
  using Tag = std::conditional_t<kWords == 1, uint64_t, Wide>;

  static constexpr uint32_t kPartBits = 7;
  static constexpr uint64_t kFirstSlots = 256;
  static constexpr std::size_t kAhead = 16;  // entries asked for before they are met
  static constexpr unsigned kLeastDisplacementBits = 6;
  static constexpr std::size_t kOthersBytes = kWords < 2 ? 0 : (kWords - 2) * 8;
  // Fuller, and new states are long in making room; emptier, and bytes are wasted, which weigh less
  // where a state is one word. While a part is small, time matters more.
  static constexpr std::size_t kSmallPart = std::size_t{1} << 16;  // bytes
  static constexpr double kFull = kWords == 1 ? 0.8 : 0.9, kGrowth = 1.36;
  static constexpr double kSmallFull = 0.5, kSmallGrowth = 3;

  static constexpr uint64_t kFactor1 = 0xff51afd7ed558ccdU, kFactor2 = 0xc4ceb9fe1a85ec53U;
  // Modulo 2^64, by Newton's iteration: each step doubles the bits that are right.
  static constexpr uint64_t Inverse(uint64_t odd) {
    uint64_t inverse = odd;
    for (int k = 0; k < 5; ++k) inverse *= 2 - odd * inverse;
    return inverse;
  }
  static constexpr uint64_t kInverse1 = Inverse(kFactor1), kInverse2 = Inverse(kFactor2);
  static_assert(kFactor1 * kInverse1 == 1 && kFactor2 * kInverse2 == 1);

  struct Release {
    PageArena* arena = nullptr;
    std::size_t bytes = 0;
    void operator()(uint8_t* slots) const { arena->Free(slots, bytes); }
  };
  // The numbers of a part that change only when it grows. They are copied where they are used much:
  // since slots are bytes, the compiler takes every store to one for a change of everything in
  // memory.
  struct Shape {
    uint8_t* slots = nullptr;
    uint64_t divisor = 1;
    uint64_t inverse = 0;  // 2^64 / divisor, rounded down
    uint32_t slot_bytes = 0;
    uint32_t displacement_shift = 0;  // in the tag
    uint32_t top_shift = 0;           // of the displacement in the last byte
    uint32_t most = 0;                // displacement plus one
    Tag one = 0;                      // one more in the displacement
    Tag tag_mask = 0;
    uint32_t tail_bits = 0;  // of the last word
    uint64_t part_mask = 0;  // of the key
  };
  struct Part {
    std::unique_ptr<uint8_t, Release> slots;
    Shape shape;
    uint64_t count = 0;
    uint64_t limit = 0;
    uint64_t slot_count = 0;  // slots, with those behind the last home
  };
  struct Quotient {
    uint64_t home;  // slot
    uint64_t rest;  // of the key
  };
  // Where a state is looked for first, and as what.
  struct Probe {
    uint8_t* at;
    Tag wanted;
  };

  static uint64_t Ones(uint32_t bits) {
    return bits >= 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1;
  }

  // Of all words but the key, key_bits_ bits.
  uint64_t Others(const Entry& entry) const {
    if constexpr (kWords == 1) {
      return 0;
    } else {
      uint64_t hash = 0;
      for (std::size_t k = 1; k < kWords; ++k) {
        hash ^= entry[k];
        hash = (hash ^ (hash >> 32)) * 0xbf58476d1ce4e5b9U;
        hash = (hash ^ (hash >> 29)) * 0x94d049bb133111ebU;
      }
      return hash >> (64 - key_bits_);
    }
  }

  static Quotient Divide(const Shape& shape, const Entry& entry) {
    const uint64_t key = entry[0] & shape.part_mask;
    auto home = static_cast<uint64_t>((static_cast<Wide>(key) * shape.inverse) >> 64);
    uint64_t rest = key - home * shape.divisor;
    // The inverse was rounded: one too few.
    const bool is_short = rest >= shape.divisor;
    home += is_short;
    rest -= is_short ? shape.divisor : 0;
    return {home, rest};
  }

  // Without the displacement. Small remainders are large tags, so that the order of keys is the
  // order of slots within a home as well.
  static Tag TagOf(const Shape& shape, uint64_t rest, const Entry& entry) {
    const uint64_t turned = shape.divisor - 1 - rest;
    if constexpr (kWords == 1) {
      return turned;
    } else {
      return static_cast<Tag>(turned) << shape.tail_bits | entry[kWords - 1];
    }
  }

  static Probe Find(const Shape& shape, const Entry& entry) {
    const Quotient quotient = Divide(shape, entry);
    return {shape.slots + quotient.home * shape.slot_bytes,
            TagOf(shape, quotient.rest, entry) + shape.one};
  }

  // Of a part with this shape, which changes when the part grows.
  bool InsertAt(Part& part, Shape& shape, Probe probe, const Entry& entry) {
    for (;;) {
      for (;; probe.at += shape.slot_bytes, probe.wanted += shape.one) {
        const Tag tag = Load(probe.at) & shape.tag_mask;
        if (tag > probe.wanted) continue;
        if (tag < probe.wanted) break;
        if (SameOthers(probe.at, entry)) return false;
      }
      if (part.count < part.limit && (probe.wanted >> shape.displacement_shift) <= shape.most &&
          MakeRoom(shape, probe.at)) [[likely]] {
        Store(shape, probe.at, probe.wanted, entry);
        ++part.count;
        return true;
      }
      Grow(part);
      shape = part.shape;
      probe = Find(shape, entry);
    }
  }

  static Tag Load(const uint8_t* slot) {
    Tag tag;
    std::memcpy(&tag, slot + kOthersBytes, sizeof tag);
    return tag;
  }
  static void Store(const Shape& shape, uint8_t* slot, Tag tag, const Entry& entry) {
    if constexpr (kWords > 2) std::memcpy(slot, &entry[1], kOthersBytes);
    tag |= Load(slot) & ~shape.tag_mask;
    std::memcpy(slot + kOthersBytes, &tag, sizeof tag);
  }
  static bool SameOthers(const uint8_t* slot, const Entry& entry) {
    if constexpr (kWords > 2) {
      return std::memcmp(slot, &entry[1], kOthersBytes) == 0;
    } else {
      return true;
    }
  }

  // Moves what lies from `at` on up to the next free slot by one. False: it would lie too far from
  // home; nothing is moved then.
  static bool MakeRoom(const Shape& shape, uint8_t* at) {
    const std::size_t step = shape.slot_bytes;
    uint8_t* const first = at + step - 1;
    uint8_t* last = first;
    while (*last != 0) {
      if (static_cast<uint32_t>(*last) >> shape.top_shift == shape.most) return false;
      last += step;
    }
    if (last == first) return true;
    std::memmove(at + step, at, static_cast<std::size_t>(last - first));
    const auto one = static_cast<uint8_t>(1U << shape.top_shift);
    for (uint8_t* moved = first + step; moved <= last; moved += step) {
      *moved = static_cast<uint8_t>(*moved + one);
    }
    return true;
  }

  // Empty, by `divisor`.
  void Allocate(Part& part, uint64_t divisor) {
    Shape& shape = part.shape;
    shape.tail_bits = tail_bits_;
    shape.part_mask = part_mask_;
    shape.divisor = divisor;
    shape.inverse =
        divisor == 1 ? UINT64_MAX : static_cast<uint64_t>((static_cast<Wide>(1) << 64) / divisor);
    const auto rest_bits = static_cast<unsigned>(std::bit_width(divisor - 1));
    const unsigned least = tail_bits_ + rest_bits + kLeastDisplacementBits;
    const unsigned tag_bytes = (least + 7) / 8;
    const unsigned displacement_bits = std::min(8U, tag_bytes * 8 - tail_bits_ - rest_bits);
    shape.slot_bytes = static_cast<uint32_t>(kOthersBytes) + tag_bytes;
    shape.displacement_shift = tag_bytes * 8 - displacement_bits;
    shape.top_shift = 8 - displacement_bits;
    shape.most = (1U << displacement_bits) - 2;
    shape.one = static_cast<Tag>(1) << shape.displacement_shift;
    shape.tag_mask = tag_bytes == sizeof(Tag) ? ~static_cast<Tag>(0)
                                              : (static_cast<Tag>(1) << (tag_bytes * 8)) - 1;
    const uint64_t homes = part_mask_ / divisor + 1;
    part.slot_count = homes + shape.most;
    // A slot that stays free ends every search; the last is read as whole words.
    const std::size_t wanted = (part.slot_count + 1) * shape.slot_bytes + sizeof(Tag);
    part.slots =
        std::unique_ptr<uint8_t, Release>(arena_.Allocate(wanted), Release{&arena_, wanted});
    shape.slots = part.slots.get();
    part.count = 0;
    // Where every key has a home nothing collides but states with the same key, which are rare.
    part.limit = divisor == 1 ? UINT64_MAX
                              : static_cast<uint64_t>(static_cast<double>(homes) *
                                                      (wanted <= kSmallPart ? kSmallFull : kFull));
  }

  // What lies in a part, in the order of its slots.
  template <class Visit>
  void ForEach(const Part& part, std::size_t number, Visit visit) const {
    const Shape shape = part.shape;
    const uint8_t* slot = shape.slots;
    const uint64_t rest_mask = Ones(static_cast<uint32_t>(std::bit_width(shape.divisor - 1)));
    for (uint64_t at = 0; at < part.slot_count; ++at, slot += shape.slot_bytes) {
      if (slot[shape.slot_bytes - 1] == 0) continue;
      const Tag tag = Load(slot) & shape.tag_mask;
      const auto behind = static_cast<uint64_t>(tag >> shape.displacement_shift) - 1;
      const uint64_t turned = static_cast<uint64_t>(tag >> tail_bits_) & rest_mask;
      Entry entry;
      entry[0] = (at - behind) * shape.divisor + (shape.divisor - 1 - turned);
      entry[0] |= static_cast<uint64_t>(number) << part_shift_;
      if constexpr (kWords > 2) std::memcpy(&entry[1], slot, kOthersBytes);
      if constexpr (kWords > 1) {
        entry[kWords - 1] = static_cast<uint64_t>(tag) & Ones(tail_bits_);
      }
      visit(entry);
    }
  }

  [[gnu::noinline]] void Grow(Part& part) {
    const auto number = static_cast<std::size_t>(&part - parts_.data());
    uint64_t divisor = part.shape.divisor;
    for (;;) {
      if (divisor == 1) throw std::bad_alloc();  // many states with the same key
      const double growth =
          part.slots.get_deleter().bytes * 2 <= kSmallPart ? kSmallGrowth : kGrowth;
      divisor = std::min(divisor - 1, static_cast<uint64_t>(static_cast<double>(divisor) / growth));
      divisor = std::max<uint64_t>(divisor, 1);
      Part grown;
      Allocate(grown, divisor);
      if (Fill(grown, part, number)) {
        part = std::move(grown);
        return;
      }
    }
  }

  // False: something would lie too far from home.
  bool Fill(Part& grown, const Part& from, std::size_t number) const {
    const Shape to = grown.shape;
    uint64_t next = 0;  // slot that is free, with all behind it
    bool fits = true;
    ForEach(from, number, [&](const Entry& entry) {
      const Quotient quotient = Divide(to, entry);
      const uint64_t at = std::max(next, quotient.home);
      const uint64_t behind = at - quotient.home;
      if (behind >= to.most) {
        fits = false;
        return;
      }
      const Tag displaced = static_cast<Tag>(behind + 1) << to.displacement_shift;
      Store(to, to.slots + at * to.slot_bytes, TagOf(to, quotient.rest, entry) | displaced, entry);
      next = at + 1;
    });
    grown.count = from.count;
    return fits;
  }

  std::array<std::size_t, kWords> word_order_{};  // of a state's words in an entry
  uint32_t key_bits_ = 0;
  uint32_t fold_ = 0;
  uint32_t tail_bits_ = 0;  // of the last word
  uint32_t part_shift_ = 0;
  uint64_t key_mask_ = 0;
  uint64_t part_mask_ = 0;
  PageArena arena_;
  std::array<Part, kParts> parts_;
};

}  // namespace interleave
