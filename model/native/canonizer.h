#pragma once
// Packed states to the representatives of their orbits, for one thread. The interpreter's Symmetry
// does it on whole states; what was asked of it lately is remembered, since most states are reached
// several times within a short while.

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "model/native/field_layout.h"
#include "model/reduce/symmetry.h"

namespace interleave {

template <std::size_t kWords>
class Canonizer {
 public:
  Canonizer(const Program& program, const SymmetryPlan& plan, const FieldLayout& layout)
      : symmetry_(program, plan),
        layout_(layout),
        state_(layout.fields().size()),
        remembered_(kRemembered) {}

  void Canonize(int64_t* state) { symmetry_.Canonize(state); }

  // In place. False: the representative, whole(), does not fit.
  bool Canonize(uint64_t* packed) {
    Pair& pair = remembered_[PlaceOf(packed)];
    if (pair.is_set && std::equal(packed, packed + kWords, pair.state.begin())) {
      std::copy(pair.representative.begin(), pair.representative.end(), packed);
      return true;
    }
    layout_.Unpack(packed, state_.data());
    symmetry_.Canonize(state_.data());
    std::array<uint64_t, kWords> representative{};
    if (layout_.Pack(state_.data(), representative.data()) >= 0) return false;
    std::copy(packed, packed + kWords, pair.state.begin());
    pair.representative = representative;
    pair.is_set = true;
    std::copy(representative.begin(), representative.end(), packed);
    return true;
  }
  const std::vector<int64_t>& whole() const { return state_; }

 private:
  static constexpr std::size_t kRemembered = std::size_t{1} << 15;
  struct Pair {
    std::array<uint64_t, kWords> state{};
    std::array<uint64_t, kWords> representative{};
    bool is_set = false;
  };

  static std::size_t PlaceOf(const uint64_t* packed) {
    uint64_t hash = 0;
    for (std::size_t w = 0; w < kWords; ++w) {
      hash = (hash ^ packed[w]) * 0x9e3779b97f4a7c15U;  // Fibonacci hashing (Knuth 3, 6.4)
      hash ^= hash >> 32;
    }
    return hash % kRemembered;
  }

  Symmetry symmetry_;
  const FieldLayout& layout_;
  std::vector<int64_t> state_;
  std::vector<Pair> remembered_;
};

}  // namespace interleave
