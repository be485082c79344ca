// Runs with few preemptions or delays (model/search/deviations.h): where the search comes to its
// end, it has found what breaks, if anything does; and what it finds has as many preemptions as it
// says, counted here from the run itself.

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "model/search/check.h"
#include "model/search/deviations.h"
#include "sim/program/stepper.h"
#include "tests/support/random_program.h"
#include "tests/support/reference_explorer.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

constexpr uint64_t kSituations = 200'000;
constexpr std::size_t kReferenceStates = 3'000;

// Changes to another process where the one before had a step that may be taken. Those that wait in
// a loop or stand at `step;` have one, so this may be more than the search counts.
int PreemptionsOf(const Program& program, const Trace& trace) {
  Stepper stepper(program);
  int preemptions = 0;
  std::vector<int64_t> state = trace.initial;
  for (std::size_t k = 0; k < trace.steps.size(); ++k) {
    const int before = k == 0 ? trace.steps[0].process : trace.steps[k - 1].process;
    if (before != trace.steps[k].process && program.HasSteps(state.data(), before)) {
      std::vector<int64_t> next = state;
      stepper.FirstOutcome();
      preemptions += stepper.Step(next.data(), before) != StepStatus::kBlocked;
    }
    state = trace.steps[k].state;
  }
  return preemptions;
}

// Compares with the reference explorer; whether there was anything to compare.
bool Agrees(const Program& program) {
  const ReferenceResult reference = ExploreByReference(program, kReferenceStates);
  if (reference.too_large || !reference.complete) return false;
  std::set<int> broken;
  for (const auto& [rank, found] : reference.breaks) {
    if (found.length == 0) return false;  // at once: every search finds that
    broken.insert(rank);
  }
  for (const Deviation deviation : {Deviation::kPreemption, Deviation::kDelay}) {
    const DeviationSearch search = SearchDeviations(program, deviation, {}, kSituations);
    INFO("delays: " << (deviation == Deviation::kDelay));
    CHECK(search.counterexample.has_value() == !broken.empty());
    if (!search.counterexample) continue;
    CHECK(broken.contains(search.counterexample->violation.Rank()));
    CHECK(search.covered == search.deviations - 1);
    if (deviation == Deviation::kPreemption) {
      CHECK(PreemptionsOf(program, search.counterexample->trace) >= search.deviations);
    }
  }
  return true;
}

TEST_CASE("Few deviations: on scenarios and programs the search finds what is broken") {
  int compared = 0;
  for (const auto& files : {ScenarioFiles(), ProgramFiles()}) {
    for (const std::string& file : files) {
      const LoadedScenario loaded = LoadScenarioFile(file);
      INFO(file);
      REQUIRE(loaded);
      compared += Agrees(*loaded);
    }
  }
  CHECK(compared >= 50);
}

TEST_CASE("Few deviations: on random programs the search finds what is broken") {
  int compared = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    const RandomScenario scenario = MakeRandomScenario(seed);
    INFO("seed " << seed << "\n" << scenario.text);
    const LoadedScenario loaded = LoadScenario(scenario.text);
    if (loaded) compared += Agrees(*loaded);
  }
  CHECK(compared >= 100);
}

DeviationSearch SearchIn(const std::string& text, Deviation deviation) {
  const LoadedScenario loaded = LoadValid(text);
  return SearchDeviations(*loaded, deviation, {}, kSituations);
}

TEST_CASE("Few deviations: how many a run has") {
  const std::string lost_update =
      "shared int x = 0;\n"
      "process a { x = x + 1; }\n"
      "process b { x = x + 1; }\n"
      "process c { x = x + 0; }\n"
      "invariant both: (done(a) && done(b) && done(c)) => x == 2;\n";
  for (const Deviation deviation : {Deviation::kPreemption, Deviation::kDelay}) {
    const DeviationSearch search = SearchIn(lost_update, deviation);
    REQUIRE(search.counterexample);
    CHECK(search.deviations == 1);
    CHECK(search.covered == 0);
  }
  // Whoever runs first does so without a preemption; the last of three waits for two delays.
  const std::string order =
      "shared int x = 0;\n"
      "process a { await (x > 5); }\n"
      "process b { x = 1; }\n"
      "process c { x = 2; }\n"
      "process d { assert(x != 0); x = 6; }\n";
  CHECK(SearchIn(order, Deviation::kPreemption).deviations == 0);
  const DeviationSearch delayed = SearchIn(order, Deviation::kDelay);
  REQUIRE(delayed.counterexample);
  CHECK(delayed.deviations == 2);
  // Who waits in a loop is not preempted.
  const std::string spin =
      "shared int turn = 0, x = 0;\n"
      "process a { while (turn == 0) ; assert(x == 0); }\n"
      "process b { x = 1; turn = 1; }\n";
  const DeviationSearch spun = SearchIn(spin, Deviation::kPreemption);
  REQUIRE(spun.counterexample);
  CHECK(spun.deviations == 0);
}

TEST_CASE("Few deviations: a limit leaves what is covered as it is") {
  const LoadedScenario loaded = LoadValid(
      "shared int x = 0;\n"
      "process p[3] { repeat (4) x = x + 1; }\n");
  const DeviationSearch all = SearchDeviations(*loaded, Deviation::kPreemption, {}, kSituations);
  CHECK_FALSE(all.counterexample);
  CHECK(all.covered > 3);
  const DeviationSearch few = SearchDeviations(*loaded, Deviation::kPreemption, {}, 60);
  CHECK_FALSE(few.counterexample);
  CHECK(few.covered < all.covered);
}

}  // namespace
}  // namespace interleave
