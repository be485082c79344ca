// The search with compiled steps against the interpreted one: the same verdict, counts, warnings
// and counterexample, on every scenario and on random programs; and its parts, the packed table and
// the layout of fields, against plain ones.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "model/native/packed_table.h"
#include "model/property/check.h"
#include "tests/support/check_text.h"
#include "tests/support/random_program.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr uint64_t kRandomPrograms = 60;
constexpr uint64_t kLargestScenario = 3'000;
#else
constexpr uint64_t kRandomPrograms = 400;
constexpr uint64_t kLargestScenario = 100'000;
#endif
// A random program with fewer states would be over before anything is compiled.
constexpr uint64_t kCompileAt = 30;

CheckResult CheckWith(const Program& program, Engine engine, uint64_t compile_at,
                      SearchFault fault = SearchFault::kNone,
                      uint64_t max_states = kLargestScenario, std::size_t threads = 1) {
  CheckOptions options;
  options.max_states = max_states;
  options.engine = {engine, compile_at, threads, fault};
  return Check(program, options);
}

TEST_CASE("Compiled steps have the interpreter's results on every scenario") {
  int compared = 0;
  int native = 0;
  for (const std::string& file : ScenarioFiles()) {
    for (const char* granularity : {"access", "statement"}) {
      CAPTURE(file);
      CAPTURE(granularity);
      const LoadedScenario loaded = LoadScenarioFile(file, {}, {{"granularity", granularity}});
      REQUIRE_MESSAGE(loaded, loaded.diagnostics);
      const CheckResult interpreted = CheckWith(*loaded, Engine::kInterpreted, 0);
      if (interpreted.states < kCompileAt * 2 || interpreted.states > kLargestScenario) continue;
      const CheckResult compiled = CheckWith(*loaded, Engine::kNative, kCompileAt);
      CHECK(compiled.engine_failure.empty());
      CHECK(TextOf(compiled) == TextOf(interpreted));
      ++compared;
      native += compiled.is_native;
      // What breaks is the interpreter's to show; else nothing is.
      if (interpreted.counterexamples.empty() && interpreted.complete) CHECK(compiled.is_native);
    }
  }
  MESSAGE(compared << " settings compared, " << native << " with compiled steps to the end");
  CHECK(native * 3 > compared);
}

TEST_CASE("Compiled steps have the interpreter's results on random programs") {
  int compared = 0;
  int native = 0;
  std::map<std::string, int> themes;
  // Those before the others found mistakes once: what the interpreter steps for a compiled search
  // is seen as well (1050, 1152, 1942, 2189); a value beyond its range that its field has room for
  // (5361).
  std::vector<uint64_t> seeds = {1050, 1152, 1942, 2189, 5361};
  for (uint64_t k = 0; k < kRandomPrograms; ++k) seeds.push_back(k);
  for (const uint64_t seed : seeds) {
    const RandomScenario scenario = MakeRandomScenario(seed);
    const char* granularity = seed % 2 == 0 ? "access" : "statement";
    const LoadedScenario loaded = LoadScenario(scenario.text, {}, {{"granularity", granularity}});
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    const CheckResult interpreted = CheckWith(*loaded, Engine::kInterpreted, 0);
    // Most are over before anything is compiled: not worth a compiler's time.
    if (interpreted.states < kCompileAt * 2) continue;
    const CheckResult compiled = CheckWith(*loaded, Engine::kNative, kCompileAt);
    CHECK_MESSAGE(TextOf(compiled) == TextOf(interpreted), "seed " << seed << "\n"
                                                                   << scenario.text);
    ++compared;
    native += compiled.is_native;
    if (compiled.is_native) ++themes[ThemeName(scenario.theme)];
  }
  MESSAGE(compared << " random programs compared, " << native << " with compiled steps to the end");
  CHECK(native > static_cast<int>(kRandomPrograms / 30));
#ifndef INTERLEAVE_SANITIZED
  CHECK(themes.size() == 4);  // each kind of program
#endif
}

// By hand: what x holds decides how many states there are.
constexpr const char* kForFaults =
    "shared int x = 0;\n"
    "process p[2] { for (int i = 0; i < 12; i++) x = x + 1; }\n"
    "invariant small: x <= 24;\n";

TEST_CASE("Compiled steps that are wrong are noticed") {
  const LoadedScenario good = LoadScenario(kForFaults);
  REQUIRE_MESSAGE(good, good.diagnostics);
  const auto seen = [](const LoadedScenario& loaded, Engine engine,
                       SearchFault fault = SearchFault::kNone) {
    return TextOf(CheckWith(*loaded, engine, kCompileAt, fault, UINT32_MAX));
  };
  const std::string expected = seen(good, Engine::kInterpreted);
  CHECK(seen(good, Engine::kNative) == expected);
  CHECK(seen(good, Engine::kNative, SearchFault::kDroppedStore) != expected);
  CHECK(seen(good, Engine::kNative, SearchFault::kTruncation) != expected);
  std::string text = kForFaults;
  text.replace(text.find("<= 24"), 5, "<= 23");
  const LoadedScenario bad = LoadScenario(text);
  REQUIRE(bad);
  const std::string breaks = seen(bad, Engine::kInterpreted);
  CHECK(breaks.find("violated") == 0);
  CHECK(seen(bad, Engine::kNative) == breaks);
  CHECK(seen(bad, Engine::kNative, SearchFault::kBlindJudge) != breaks);
}

TEST_CASE("Without a C compiler the search is interpreted, and says so") {
  const LoadedScenario loaded = LoadScenario(kForFaults);
  REQUIRE(loaded);
  const std::string path = std::getenv("PATH") != nullptr ? std::getenv("PATH") : "";
  const char* const cc = std::getenv("CC");
  const std::string compiler = cc != nullptr ? cc : "";
  setenv("PATH", "/nonexistent", 1);
  unsetenv("CC");
  const CheckResult without = CheckWith(*loaded, Engine::kNative, kCompileAt);
  setenv("PATH", path.c_str(), 1);
  if (cc != nullptr) setenv("CC", compiler.c_str(), 1);
  CHECK_FALSE(without.is_native);
  CHECK(without.engine_failure.find("no C compiler") != std::string::npos);
  CHECK(TextOf(without) == TextOf(CheckWith(*loaded, Engine::kInterpreted, 0)));
}

// --- The table ---

template <std::size_t kWords>
void CheckTable(std::size_t bytes, uint64_t reserved, int states) {
  CAPTURE(bytes);
  PackedTable<kWords> table(bytes, reserved);
  std::set<std::array<uint64_t, kWords>> known;
  std::mt19937_64 random(bytes);
  const std::size_t last = bytes - 8 * (kWords - 1);
  const uint64_t mask = last == 8 ? UINT64_MAX : (uint64_t{1} << (8 * last)) - 1;
  for (int n = 0; n < states; ++n) {
    std::array<uint64_t, kWords> state{};
    // Many twice, and neighbours: packed states differ in few bits.
    const uint64_t value = random() % static_cast<uint64_t>(states);
    state[static_cast<std::size_t>(n) % kWords] = value;
    state[kWords - 1] &= mask;
    if (n % 3 == 0) state[0] |= value << 20;
    state[kWords - 1] &= mask;
    const bool is_new = known.insert(state).second;
    REQUIRE(table.Insert(state.data(), PackedTable<kWords>::Hash(state.data())) == is_new);
  }
  CHECK(table.size() == known.size());
  for (const auto& state : known) {
    REQUIRE_FALSE(table.Insert(state.data(), PackedTable<kWords>::Hash(state.data())));
  }
  std::set<std::array<uint64_t, kWords>> drained;
  table.Drain([&](const uint64_t* state) {
    std::array<uint64_t, kWords> copy{};
    std::copy(state, state + kWords, copy.begin());
    CHECK(drained.insert(copy).second);
  });
  CHECK(drained == known);
}

TEST_CASE("The packed table keeps what a set keeps") {
  for (std::size_t bytes = 1; bytes <= 8; ++bytes) CheckTable<1>(bytes, 0, 20'000);
  for (std::size_t bytes = 9; bytes <= 16; ++bytes) CheckTable<2>(bytes, 1'000'000, 20'000);
  CheckTable<3>(17, 0, 100'000);
  CheckTable<3>(24, 10, 100'000);
  CheckTable<8>(61, 0, 50'000);
}

TEST_CASE("A layout packs, unpacks and converts without loss") {
  const LoadedScenario loaded = LoadScenario(
      "shared int a[20] = {0};\nshared long wide = 0;\n"
      "process p[3] { int i = 0; while (i < 9) { a[i] = i; i = a[i] + 1; wide = i; } }\n");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  const std::size_t slots = loaded->state_size();
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<SlotRange> narrow(slots), wide(slots);
    for (std::size_t slot = 0; slot < slots; ++slot) {
      const auto width = static_cast<unsigned>(random() % 5 == 0 ? random() % 65 : random() % 4);
      const uint64_t span = width == 64 ? UINT64_MAX : (uint64_t{1} << width) - 1;
      narrow[slot].low = width > 60 ? INT64_MIN : static_cast<int64_t>(random() % 100) - 50;
      narrow[slot].high = static_cast<int64_t>(static_cast<uint64_t>(narrow[slot].low) + span);
      wide[slot] = narrow[slot];
      if (random() % 3 == 0 && width < 50) wide[slot].high += 1000;
      if (random() % 3 == 0 && width < 50) wide[slot].low -= 100;
    }
    const FieldLayout from(*loaded, narrow);
    for (std::size_t slot = 0; slot < slots; ++slot) {
      narrow[slot] = from.Holds(slot);
      wide[slot].low = std::min(wide[slot].low, narrow[slot].low);
      wide[slot].high = std::max(wide[slot].high, narrow[slot].high);
    }
    const FieldLayout to(*loaded, wide);
    std::vector<int64_t> state(slots), back(slots);
    for (std::size_t slot = 0; slot < slots; ++slot) {
      const uint64_t span =
          static_cast<uint64_t>(narrow[slot].high) - static_cast<uint64_t>(narrow[slot].low);
      const uint64_t offset = span == UINT64_MAX ? random() : random() % (span + 1);
      state[slot] = static_cast<int64_t>(static_cast<uint64_t>(narrow[slot].low) + offset);
    }
    std::vector<uint64_t> packed(from.words()), converted(to.words()), direct(to.words());
    REQUIRE(from.Pack(state.data(), packed.data()) == -1);
    from.Unpack(packed.data(), back.data());
    CHECK(back == state);
    to.Convert(from, packed.data(), converted.data());
    REQUIRE(to.Pack(state.data(), direct.data()) == -1);
    CHECK(converted == direct);
    // What does not fit is said.
    if (narrow[3].high < INT64_MAX) {
      state[3] = narrow[3].high + 1;
      const bool fits = from.fields()[3].mask() == static_cast<uint64_t>(narrow[3].high) -
                                                       static_cast<uint64_t>(narrow[3].low);
      if (fits) CHECK(from.Pack(state.data(), packed.data()) == 3);
    }
  }
}

}  // namespace
}  // namespace interleave
