// The programs in C of scenarios/programs: every engine, reduction and explorer against the
// reference explorer, as agreement_test.cc does it with scenarios; and the C compiler takes each of
// them as it is. What verdict each has, `interleave test scenarios` compares with what it expects.

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "model/search/check.h"
#include "tests/support/reference_explorer.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr std::size_t kProgramCap = 1'500;
#else
constexpr std::size_t kProgramCap = 20'000;
#endif

Verdict VerdictOfReference(const Program& program, const ReferenceResult& reference) {
  if (reference.breaks.empty()) return Verdict::kHolds;
  int first = reference.breaks.begin()->first;
  for (const auto& [rank, found] : reference.breaks) {
    if (found.length < reference.breaks.at(first).length) first = rank;
  }
  if (first == kErrorRank) return Verdict::kError;
  if (first == kDeadlockRank) return Verdict::kDeadlock;
  return program.properties[static_cast<std::size_t>(first)].kind == PropertyKind::kRace
             ? Verdict::kRace
             : Verdict::kViolated;
}

TEST_CASE("Programs in C: every engine and reduction agrees with the reference explorer") {
  const std::vector<std::string> files = ProgramFiles();
  CHECK(files.size() >= 50);
  int compared = 0;
  for (const std::string& file : files) {
    const LoadedScenario loaded = LoadScenarioFile(file);
    INFO(file << "\n" << loaded.diagnostics);
    REQUIRE(loaded);
    const ReferenceResult reference = ExploreByReference(*loaded, kProgramCap);
    if (reference.too_large) continue;
    ++compared;
    const Verdict expected = VerdictOfReference(*loaded, reference);
    for (const bool is_native : {false, true}) {
      for (const bool is_reduced : {false, true}) {
        for (const ExplorerKind explorer :
             {ExplorerKind::kBreadthFirst, ExplorerKind::kDepthFirst}) {
          if (is_native && explorer == ExplorerKind::kDepthFirst) continue;
          CheckOptions options;
          options.explorer = explorer;
          options.reduce.partial_order = options.reduce.symmetry = is_reduced;
          options.engine.engine = is_native ? Engine::kNative : Engine::kInterpreted;
          const CheckResult result = Check(*loaded, options);
          INFO("native " << is_native << ", reduced " << is_reduced << ", explorer "
                         << static_cast<int>(explorer));
          CHECK(static_cast<int>(result.verdict) == static_cast<int>(expected));
          if (expected == Verdict::kHolds && !is_reduced) {
            CHECK(result.states == reference.states);
            CHECK(result.transitions == reference.transitions);
          }
        }
      }
    }
  }
#ifndef INTERLEAVE_SANITIZED
  CHECK(compared >= 50);
#endif
}

TEST_CASE("Programs in C are what the C compiler takes") {
  const char* const command = "cd " INTERLEAVE_SOURCE_DIR
                              " && cc -std=gnu11 -w -pthread -fsyntax-only"
                              " $(find scenarios/programs -name '*.c')";
  CHECK(std::system(command) == 0);
}

}  // namespace
}  // namespace interleave
