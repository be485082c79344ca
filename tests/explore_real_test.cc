// All interleavings on real processes against the model's search: the same states, transitions,
// final states and violations, found without it.

#include "model/conform/explore_real.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/conform/stress.h"
#include "model/explore/state_graph.h"
#include "model/search/check.h"
#include "tests/support/random_program.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr uint64_t kMostTransitions = 40;
constexpr uint64_t kExploredPrograms = 6;
#else
constexpr uint64_t kMostTransitions = 700;
constexpr uint64_t kExploredPrograms = 60;
#endif

std::set<std::vector<int64_t>> FinalsOfModel(const Program& program) {
  const StateGraph graph = BuildStateGraph(program, {});
  const std::vector<uint32_t> slots = FinalSlots(program);
  std::set<std::vector<int64_t>> finals;
  std::vector<int64_t> state(program.state_size());
  for (uint32_t number = 0; number < graph.store.size(); ++number) {
    graph.store.Get(number, state.data());
    const bool done =
        std::all_of(program.processes.begin(), program.processes.end(),
                    [&](const ProcessInstance& p) { return state[p.point_slot] == 0; });
    std::vector<int64_t> final;
    for (const uint32_t slot : slots) final.push_back(state[slot]);
    if (done) finals.insert(std::move(final));
  }
  return finals;
}

// False: too large, nothing was compared.
bool CompareFinals(const LoadedScenario& loaded, const std::string& what) {
  CheckOptions check;
  check.keep_going = true;
  check.max_states = kMostTransitions;
  const CheckResult model = Check(*loaded, check);
  if (!model.complete || model.transitions > kMostTransitions) return false;
  // A loop that never ends and one that takes too long look alike to who waits for a process.
  for (const Counterexample& c : model.counterexamples) {
    if (c.violation.error.kind == ErrorKind::kDiverges) return false;
  }
  const RealExploration real = ExploreReal(*loaded, {});
  CAPTURE(what);
  CHECK(real.complete);
  CHECK(real.states == model.states);
  CHECK(real.transitions == model.transitions);
  std::string wanted;
  for (const Counterexample& c : model.counterexamples) {
    if (c.trace.initial.empty()) continue;  // a `reachable` that is not
    wanted += fmt::format(" {} in {} steps", c.violation.Rank(), c.trace.steps.size());
  }
  std::map<int, uint64_t> by_rank;
  for (const auto& [rank, violation] : real.violations) by_rank[rank] = violation.moves.size();
  std::string got;
  for (const Counterexample& c : model.counterexamples) {
    const auto it = by_rank.find(c.violation.Rank());
    if (it == by_rank.end()) continue;
    got += fmt::format(" {} in {} steps", it->first, it->second);
    by_rank.erase(it);
  }
  CHECK(got == wanted);
  CHECK(by_rank.empty());
  // Where observers end runs early, the graph without them has more.
  const std::set<std::vector<int64_t>> finals = FinalsOfModel(*loaded);
  if (model.counterexamples.empty()) {
    CHECK(real.finals == finals);
  } else {
    CHECK(std::includes(finals.begin(), finals.end(), real.finals.begin(), real.finals.end()));
  }
  return true;
}

TEST_CASE("Small scenarios have on real processes the states and violations of the model") {
  int compared = 0;
  for (const auto& [file, granularity, is_of_notes] : SettingsForRealProcesses()) {
    const LoadedScenario loaded = LoadScenarioFile(file, {}, {{"granularity", granularity}});
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    compared += CompareFinals(loaded, file + " " + granularity);
  }
  MESSAGE(compared << " settings compared");
  CHECK(compared > 0);
}

TEST_CASE("Random programs have on real processes the states and violations of the model") {
  int compared = 0;
  for (uint64_t seed = 0; seed < kExploredPrograms; ++seed) {
    const RandomScenario scenario = MakeRandomScenario(seed);
    const LoadedScenario loaded =
        LoadScenario(scenario.text, {}, {{"granularity", seed % 2 == 0 ? "access" : "statement"}});
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    compared += CompareFinals(loaded, fmt::format("seed {}\n{}", seed, scenario.text));
  }
  MESSAGE(compared << " random programs compared");
  CHECK(compared > 0);
}

TEST_CASE("A limit leaves the exploration incomplete") {
  const LoadedScenario loaded = LoadScenarioFile("scenarios/notes/bounded_buffer.scn");
  REQUIRE(loaded);
  RealExploreOptions options;
  options.max_states = 20;
  const RealExploration result = ExploreReal(*loaded, options);
  CHECK_FALSE(result.complete);
  CHECK(result.incomplete_reason == "the limit of 20 states");
}

}  // namespace
}  // namespace interleave
