// Reduced searches against the unreduced one: the same verdict, warnings and counterexample, on
// every scenario and on random programs; and mistakes in the reduction are noticed there.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <map>
#include <random>
#include <string>

#include "model/search/check.h"
#include "tests/support/check_text.h"
#include "tests/support/random_loose.h"
#include "tests/support/random_program.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr uint64_t kReducedPrograms = 400;
constexpr uint64_t kSemaphorePrograms = 200;
constexpr uint64_t kLargestReducedScenario = 3'000;
#else
constexpr uint64_t kReducedPrograms = 6'000;
constexpr uint64_t kSemaphorePrograms = 3'000;
constexpr uint64_t kLargestReducedScenario = 120'000;
#endif
constexpr uint64_t kLargestRandom = 5'000;
constexpr int kCompiledPrograms = kReducedPrograms < 1'000 ? 15 : 100;
constexpr uint64_t kReducedCompileAt = 20;
constexpr uint64_t kSeedsForFaults = 6000;

struct SearchWay {
  const char* name;
  ExplorerKind explorer = ExplorerKind::kBreadthFirst;
  bool keep_going = false;
};
constexpr SearchWay kWays[] = {
    {"breadth-first"},
    {"depth-first", ExplorerKind::kDepthFirst},
    {"breadth-first, keep going", ExplorerKind::kBreadthFirst, true},
};

CheckResult CheckReduced(const Program& program, const SearchWay& way, const Reductions& reduce,
                         uint64_t max_states) {
  CheckOptions options;
  options.explorer = way.explorer;
  options.keep_going = way.keep_going;
  options.max_states = max_states;
  options.engine.engine = Engine::kInterpreted;
  options.reduce = reduce;
  return Check(program, options);
}

constexpr Reductions kNone;
constexpr Reductions kPartialOrder = {.partial_order = true};
constexpr Reductions kSymmetry = {.symmetry = true};
constexpr Reductions kBoth = {.partial_order = true, .symmetry = true};

TEST_CASE("Reductions leave verdict and counterexample of every scenario as they are") {
  int compared = 0;
  int reduced = 0;
  for (const std::string& file : ScenarioFiles()) {
    for (const char* granularity : {"access", "statement"}) {
      CAPTURE(file);
      CAPTURE(granularity);
      const LoadedScenario loaded = LoadScenarioFile(file, {}, {{"granularity", granularity}});
      REQUIRE_MESSAGE(loaded, loaded.diagnostics);
      for (const SearchWay& way : kWays) {
        CAPTURE(way.name);
        const CheckResult whole = CheckReduced(*loaded, way, kNone, kLargestReducedScenario);
        if (whole.verdict == Verdict::kIncomplete) continue;
        for (const Reductions& reduce : {kPartialOrder, kSymmetry, kBoth}) {
          CAPTURE(reduce.partial_order);
          CAPTURE(reduce.symmetry);
          const CheckResult part = CheckReduced(*loaded, way, reduce, kLargestReducedScenario);
          CHECK(TextOf(part, false) == TextOf(whole, false));
          // Depth-first, who comes first decides how soon something broken is met.
          if (whole.complete) CHECK(part.states <= whole.states);
          if (!part.reduced.partial_order || part.reduced.symmetry) continue;
          ++compared;
          reduced += part.states < whole.states;
        }
      }
    }
  }
  MESSAGE(compared << " searches compared, " << reduced << " with fewer states");
  CHECK(reduced * 3 > compared);
}

// Three of four are made for it, the others are what explorers are compared on.
std::string RandomText(uint64_t seed) {
  return seed % 4 == 3 ? MakeRandomScenario(seed).text : MakeLooseScenario(seed);
}

// Compares on the random program of a seed; returns the two texts, equal where nothing is wrong.
std::pair<std::string, std::string> OfSeed(uint64_t seed, const SearchWay& way,
                                           const Reductions& reduce, double* log_ratio = nullptr) {
  const std::string text = RandomText(seed);
  const char* granularity = seed % 3 == 0 ? "statement" : "access";
  const LoadedScenario loaded = LoadScenario(text, {}, {{"granularity", granularity}});
  REQUIRE_MESSAGE(loaded, loaded.diagnostics << text);
  const CheckResult whole = CheckReduced(*loaded, way, kNone, kLargestRandom);
  if (!whole.complete && (way.keep_going || whole.counterexamples.empty())) return {};
  // A reduced search may come later to what breaks; the limit is not what is compared.
  const CheckResult part = CheckReduced(*loaded, way, reduce, kLargestRandom * 10);
  if (log_ratio != nullptr && part.reduced.partial_order && part.states > 0) {
    *log_ratio = std::log(static_cast<double>(part.states) / static_cast<double>(whole.states));
  }
  return {TextOf(part, false), TextOf(whole, false)};
}

TEST_CASE("Reductions leave verdict and counterexample of random programs as they are") {
  double sum = 0;
  int reduced = 0;
  for (uint64_t seed = 0; seed < kReducedPrograms; ++seed) {
    double log_ratio = 0;
    const auto [part, whole] =
        OfSeed(seed, kWays[seed / 4 % 3], seed / 12 % 2 == 0 ? kPartialOrder : kBoth, &log_ratio);
    CHECK_MESSAGE(part == whole, "seed " << seed << "\n" << RandomText(seed));
    if (log_ratio == 0) continue;
    sum += log_ratio;
    ++reduced;
  }
  MESSAGE(reduced << " random programs reduced to " << std::exp(sum / std::max(reduced, 1))
                  << " of their states (geometric mean)");
  CHECK(reduced > static_cast<int>(kReducedPrograms / 20));
}

// At statement granularity a statement may add to a cell and then read it: that is no mere
// addition.
TEST_CASE("A step that reads what it has added to does not count as an addition alone") {
  const LoadedScenario loaded = LoadScenario(R"(
option granularity = statement;
object counter {
    int n;
    op void add() { n = n + 1; }
    op int get() { return n; }
}
shared counter c;
shared int seen = 0;
process reader { int x = 0; x = (add(c), get(c)); seen = x; }
process other { add(c); }
reachable one: seen == 1;
reachable two: seen == 2;
)");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  CHECK(CheckReduced(*loaded, kWays[0], kNone, 100).verdict == Verdict::kHolds);
  CHECK(CheckReduced(*loaded, kWays[0], kPartialOrder, 100).verdict == Verdict::kHolds);
}

// Additions commute, but not where one of them fails: at the bound of a semaphore a wait in between
// makes room.
TEST_CASE("Random processes at semaphores are reduced to the same verdict") {
  constexpr uint64_t kFirstValues[] = {0, 1, 2, 2147483645, 2147483646, 2147483647};
  const char* const steps[] = {
      "wait(s[0]);",          "wait(s[1]);",   "signal(s[0]);",
      "signal(s[0]);",        "signal(s[1]);", "if (trywait(s[0])) x = 1;",
      "x = get_value(s[1]);", "x = x + 1;",    "if (x == 1) signal(s[self]);",
      "assert (x < 3);"};
  std::map<std::string, int> verdicts;
  uint64_t left = 0;
  uint64_t all = 0;
  for (uint64_t seed = 0; seed < kSemaphorePrograms; ++seed) {
    std::mt19937_64 engine(seed);
    const auto first = [&] { return kFirstValues[engine() % std::size(kFirstValues)]; };
    std::string text =
        fmt::format("semaphore s[2] = {{{}, {}}};\nshared int x = 0;\n", first(), first());
    for (int p = 0; p < 3; ++p) {
      text += fmt::format("process {}[{}] {{\n", "pqr"[p], p == 0 ? 2 : 1);
      for (uint64_t k = 0; k < 2 + engine() % 2; ++k)
        text += std::string(p == 0 ? steps[engine() % std::size(steps)]
                                   : steps[engine() % (std::size(steps) - 2)]) +
                "\n";
      text += "}\n";
    }
    const LoadedScenario loaded = LoadScenario(text);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics << text);
    CheckOptions options;
    options.engine.engine = Engine::kInterpreted;
    const CheckResult whole = Check(*loaded, options);
    options.reduce = kPartialOrder;
    const CheckResult part = Check(*loaded, options);
    CHECK_MESSAGE(part.verdict == whole.verdict, "seed " << seed << "\n" << text);
    CHECK_MESSAGE(TextOf(part, false) == TextOf(whole, false), "seed " << seed << "\n" << text);
    left += part.states;
    all += whole.states;
    ++verdicts[std::string(VerdictName(whole.verdict))];
  }
  CHECK(verdicts.size() >= 3);  // holds, deadlock, error
  CHECK(left < all);
}

TEST_CASE("A reduced search has the same counts interpreted, compiled, and by several threads") {
  int compared = 0;
  int native = 0;
  for (uint64_t seed = 0; seed < kReducedPrograms && compared < kCompiledPrograms; ++seed) {
    const std::string text = RandomText(seed);
    const char* granularity = seed % 3 == 0 ? "statement" : "access";
    const LoadedScenario loaded = LoadScenario(text, {}, {{"granularity", granularity}});
    REQUIRE_MESSAGE(loaded, loaded.diagnostics << text);
    CheckOptions options;
    options.max_states = kLargestRandom;
    options.reduce = kPartialOrder;
    options.engine.engine = Engine::kInterpreted;
    const CheckResult interpreted = Check(*loaded, options);
    // Most are over before anything is compiled: not worth a compiler's time. What a search knew
    // when it met a limit depends on the order in a level.
    if (!interpreted.complete && interpreted.counterexamples.empty()) continue;
    if (interpreted.states < kReducedCompileAt * 2 || !interpreted.reduced.partial_order) continue;
    options.engine.engine = Engine::kNative;
    options.engine.compile_at = kReducedCompileAt;
    options.engine.threads = 1 + seed % 3;
    const CheckResult compiled = Check(*loaded, options);
    CHECK_MESSAGE(TextOf(compiled) == TextOf(interpreted), "seed " << seed << "\n" << text);
    ++compared;
    native += compiled.is_native;
  }
  MESSAGE(compared << " random programs compared, " << native << " with compiled steps to the end");
  CHECK(native > kCompiledPrograms / 3);
}

// Whether some random program shows a mistake in the reduction.
bool IsNoticed(ReductionFault fault) {
  const Reductions reduce = {
      .partial_order = true, .symmetry = false, .trusts_locals = true, .fault = fault};
  for (uint64_t seed = 0; seed < kSeedsForFaults; ++seed) {
    const auto [part, whole] = OfSeed(seed, kWays[seed / 4 % 2], reduce);
    if (part != whole) return true;
  }
  return false;
}

TEST_CASE("Who keeps what it read of a counter is told apart by the order of the additions") {
  const std::string after =
      " if (mine == 0) winner = self; }\nreachable zero: winner == 0;\nreachable one: winner == "
      "1;\n";
  const std::vector<std::string> bodies = {
      "shared int n = 0, winner = 9;\nprocess p[2] { int mine; atomic { mine = n; n = n + 1; }",
      "shared int n = 0, winner = 9;\nprocess p[2] { int mine = fetch_add(&n, 1);",
      "shared int n = 0, winner = 9;\nprocess p[2] { int mine; atomic { n = n + 1; mine = n - 1; }",
      "object counter { int v; op int next() { v = v + 1; return v - 1; } }\ncounter n;\n"
      "shared int winner = 9;\nprocess p[2] { int mine = next(n);",
  };
  for (const std::string& body : bodies) {
    const LoadedScenario loaded = LoadScenario(body + after);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    CheckOptions options;
    options.reduce.partial_order = true;
    const CheckResult reduced = Check(*loaded, options);
    CHECK_MESSAGE(reduced.verdict == Verdict::kHolds, body);
  }
  // Who does not look at it is still one who counts.
  const LoadedScenario counting = LoadScenario(
      "shared int n = 0;\nprocess p[3] { atomic { n = n + 1; } atomic { n = n + 1; } }\n");
  REQUIRE_MESSAGE(counting, counting.diagnostics);
  CheckOptions options;
  options.reduce.partial_order = true;
  CHECK(Check(*counting, options).states < 10);
}

TEST_CASE("Mistakes in partial order are noticed on random programs") {
  CHECK(IsNoticed(ReductionFault::kNoProviso));
  CHECK(IsNoticed(ReductionFault::kNoVisibility));
  CHECK(IsNoticed(ReductionFault::kFailuresPassed));
  CHECK(IsNoticed(ReductionFault::kMissedWrites));
  CHECK(IsNoticed(ReductionFault::kBareGhosts));
}

}  // namespace
}  // namespace interleave
