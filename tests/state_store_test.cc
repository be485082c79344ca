// The store against std::map: every state is kept exactly, under the number it was given, however
// the values force the fields to widen.

#include "model/explore/state_store.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

namespace interleave {
namespace {

using State = std::vector<int64_t>;

// Puts all into a store and into a map, and compares what both know, during and after.
void CheckAgainstMap(const std::vector<State>& states, std::vector<SlotHint> hints = {}) {
  StateStore store(states.front(), std::move(hints));
  std::map<State, uint32_t> known;
  State got(states.front().size());
  for (const State& state : states) {
    const auto [at, is_new] = known.emplace(state, static_cast<uint32_t>(known.size()));
    REQUIRE((store.Find(state.data()) == StateStore::kNone) == is_new);
    const StateStore::Inserted inserted = store.Insert(state.data());
    REQUIRE(inserted.is_new == is_new);
    REQUIRE(inserted.number == at->second);
    store.Get(inserted.number, got.data());
    REQUIRE(got == state);
  }
  CHECK(store.size() == known.size());
  for (const auto& [state, number] : known) {
    store.Get(number, got.data());
    REQUIRE(got == state);
    REQUIRE(store.Find(state.data()) == number);
  }
}

TEST_CASE("The store keeps what a map keeps") {
  std::mt19937_64 random(1);
  // Ranges of the slots' values: {low, width in bits}; 0 bits: constant.
  const std::vector<std::vector<std::pair<int64_t, int>>> kShapes = {
      {{0, 0}},
      {{0, 1}, {0, 1}, {5, 0}, {0, 2}},
      {{-8, 4}, {100, 3}, {-1, 1}, {7, 0}, {0, 8}},
      {{0, 33}, {-3, 2}, {0, 63}, {0, 1}},
      {{INT64_MIN, 8}, {INT64_MAX - 255, 8}, {-1, 1}},
  };
  for (const auto& shape : kShapes) {
    for (const std::size_t count : {10U, 3'000U, 40'000U}) {
      std::vector<State> states;
      for (std::size_t n = 0; n < count; ++n) {
        State state;
        for (const auto& [low, bits] : shape) {
          const uint64_t offset = bits == 0 ? 0 : random() >> (64 - bits);
          state.push_back(static_cast<int64_t>(static_cast<uint64_t>(low) + offset));
        }
        states.push_back(std::move(state));
      }
      CheckAgainstMap(states);
    }
  }
}

TEST_CASE("A value far from all before is kept, with all before it") {
  constexpr std::array<int64_t, 9> kValues = {0,         1,   -1,        INT64_MAX, INT64_MIN,
                                              INT32_MIN, 255, INT64_MAX, -2};
  std::vector<State> states;
  for (int64_t n = 0; n < 300; ++n) states.push_back({n % 3, 0, n});
  for (const int64_t value : kValues) {
    states.push_back({0, value, 5});
    states.push_back({value, 1, 5});
  }
  CheckAgainstMap(states);
  // The same with hints that are wrong: they may cost repacking, never a state.
  CheckAgainstMap(states, {{0, 1, 1}, {-5, 5, 1}, {10, 20, 0}});
}

TEST_CASE("Counting up and down widens a field a few times, not at each step") {
  for (const int64_t direction : {1, -1}) {
    const State initial = {0};
    StateStore store(initial);
    for (int64_t n = 0; n < 100'000; ++n) {
      const State state = {n * direction};
      store.Insert(state.data());
    }
    CHECK(store.size() == 100'000);
    CHECK(store.repacks() <= 17);  // 2^17 > 100,000
    CHECK(store.packer().width(0) == 17);
  }
}

TEST_CASE("A slot that never changes takes no bits, and a wide state is kept whole") {
  State wide(200, 7);
  StateStore store(wide);
  store.Insert(wide.data());
  const std::size_t none = store.state_bytes();
  CHECK(none <= 8);
  for (std::size_t slot = 0; slot < wide.size(); ++slot) {
    wide[slot] = static_cast<int64_t>(slot);
    store.Insert(wide.data());
  }
  State got(wide.size());
  store.Get(store.size() - 1, got.data());
  CHECK(got == wide);
  store.Get(0, got.data());
  CHECK(got == State(200, 7));
}

}  // namespace
}  // namespace interleave
