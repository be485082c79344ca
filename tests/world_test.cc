// The simulated world, runs in it, and random walks.

#include "sim/world/world.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "model/property/run_judge.h"
#include "model/system/program_system.h"
#include "sim/world/run.h"
#include "sim/world/schedule_run.h"
#include "sim/world/simulated_world.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

// The only start of every process.
std::vector<EnabledChoice> OnlyStart(const World& world) {
  std::vector<EnabledChoice> start;
  for (int p = 0; p < world.program().process_count(); ++p) {
    std::vector<EnabledChoice> outcomes = world.InitialOutcomes(p);
    REQUIRE(outcomes.size() == 1);
    start.push_back(outcomes[0]);
  }
  return start;
}

std::vector<std::vector<int64_t>> DecidedOf(const std::vector<EnabledChoice>& choices) {
  std::vector<std::vector<int64_t>> decided;
  for (const EnabledChoice& choice : choices) decided.push_back(choice.decided);
  return decided;
}

std::vector<uint32_t> OutcomesOf(const std::vector<EnabledChoice>& choices) {
  std::vector<uint32_t> outcomes;
  for (const EnabledChoice& choice : choices) outcomes.push_back(choice.choice.outcome);
  return outcomes;
}

using Lists = std::vector<std::vector<int64_t>>;

TEST_CASE("A process that is done or blocked has no choice") {
  const auto loaded = LoadValid(
      "shared int x = 0;\n"
      "process a { x = 1; }\n"
      "process b { await (x == 1); x = 2; }\n");
  SimulatedWorld world(*loaded);
  world.Start(OnlyStart(world));
  CHECK(world.EnabledOf(0).size() == 1);
  CHECK(world.EnabledOf(1).empty());
  REQUIRE(world.Enabled().size() == 1);
  CHECK(world.Step(world.Enabled()[0]).status == StepStatus::kOk);
  CHECK(world.EnabledOf(0).empty());
  CHECK(world.EnabledOf(1).size() == 1);
}

TEST_CASE("Each outcome of a step is a choice that says what it decides") {
  const auto loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { x = 1; int k = choose (4 .. 6); x = k; }\n");
  SimulatedWorld world(*loaded);
  world.Start(OnlyStart(world));
  const auto choices = world.EnabledOf(0);
  CHECK(DecidedOf(choices) == Lists{{4}, {5}, {6}});
  CHECK(OutcomesOf(choices) == std::vector<uint32_t>{0, 1, 2});
  world.Step(choices[2]);
  world.Step(world.EnabledOf(0).at(0));
  CHECK(world.Observe()[loaded->objects[0].base] == 6);
}

TEST_CASE("Outcomes that an assume cuts are counted but not offered") {
  const auto loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { x = 1; int k = choose (0 .. 3); assume (k % 2 == 1); x = k; }\n");
  SimulatedWorld world(*loaded);
  world.Start(OnlyStart(world));
  const auto choices = world.EnabledOf(0);
  CHECK(DecidedOf(choices) == Lists{{1}, {3}});
  CHECK(OutcomesOf(choices) == std::vector<uint32_t>{1, 3});
  world.Step(choices[1]);
  world.Step(world.EnabledOf(0).at(0));
  CHECK(world.Observe()[loaded->objects[0].base] == 3);
}

TEST_CASE("What is chosen before the first access belongs to the start") {
  const auto loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { int k = choose (1 .. 2); int l = choose (0 .. 1); x = 10 * k + l; }\n");
  SimulatedWorld world(*loaded);
  const auto outcomes = world.InitialOutcomes(0);
  CHECK(DecidedOf(outcomes) == Lists{{1, 0}, {1, 1}, {2, 0}, {2, 1}});
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto results = world.Start({outcomes[i]});
    REQUIRE(results.size() == 1);
    CHECK(results[0].status == StepStatus::kOk);
    world.Step(world.EnabledOf(0).at(0));
    CHECK(world.Observe()[loaded->objects[0].base] ==
          10 * outcomes[i].decided[0] + outcomes[i].decided[1]);
  }
}

TEST_CASE("A step that fails says why, with what it did before") {
  const auto loaded = LoadValid(
      "option granularity = statement;\n"
      "shared int a[2] = {0, 0};\n"
      "shared int i = 5;\n"
      "process p { a[i] = 1; }\n");
  SimulatedWorld world(*loaded);
  world.Start(OnlyStart(world));
  const StepResult result = world.Step(world.EnabledOf(0).at(0));
  CHECK(result.status == StepStatus::kError);
  CHECK(result.error.kind == ErrorKind::kIndex);
  REQUIRE(!result.events.empty());
  CHECK(result.events.back().kind == Event::Kind::kRead);
  CHECK(result.events.back().value == 5);
}

TEST_CASE("Events of attempts that were blocked are not those of the step") {
  // The first alternative's guard is tried and false; only the second is taken.
  const auto loaded = LoadValid(
      "shared int x = 1;\n"
      "process p { step; select { when (x == 0) x = 5; when (x == 1) x = 6; } }\n");
  SimulatedWorld world(*loaded);
  world.Start(OnlyStart(world));
  world.Step(world.EnabledOf(0).at(0));
  const auto choices = world.EnabledOf(0);
  REQUIRE(choices.size() == 1);
  const StepResult result = world.Step(choices[0]);
  CHECK(result.status == StepStatus::kOk);
  int begins = 0;
  for (const Event& event : result.events) begins += event.kind == Event::Kind::kAtomic;
  CHECK(begins == 1);
}

TEST_CASE("The world offers exactly the successors that the checker explores") {
  const char* const files[] = {
      "scenarios/notes/two_of_both.scn",          "scenarios/notes/unbounded_buffer.scn",
      "scenarios/critical_section/bakery.scn",    "scenarios/synchronization/philosophers.scn",
      "scenarios/synchronization/mpmc_items.scn", "scenarios/synchronization/counter.scn",
  };
  for (const char* file : files) {
    CAPTURE(file);
    const LoadedScenario loaded = LoadScenarioFile(file);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    ProgramSystem system(*loaded, {});
    SimulatedWorld world(*loaded);
    Run run(world);
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      RandomWalk(run, seed, 200, [&](const Trace& trace) {
        const std::vector<int64_t>& state =
            trace.steps.empty() ? trace.initial : trace.steps.back().state;
        std::vector<Choice> expected;
        system.ForEachSuccessor(state.data(), [&](const int64_t*, const Successor& successor) {
          expected.push_back(successor.choice);
        });
        std::vector<Choice> offered;
        for (const EnabledChoice& choice : world.Enabled()) offered.push_back(choice.choice);
        CHECK(offered == expected);
        return false;
      });
      // And each step led where the checker's goes.
      const std::vector<int64_t>* before = &run.trace().initial;
      for (const TraceStep& step : run.trace().steps) {
        bool found = false;
        system.ForEachOutcome(before->data(), Actor::OfProcess(step.process),
                              [&](const int64_t* next, const Successor& successor) {
                                found = found ||
                                        (successor.status == StepStatus::kOk &&
                                         std::equal(step.state.begin(), step.state.end(), next));
                              });
        CHECK(found);
        before = &step.state;
      }
    }
  }
}

TEST_CASE("Undo takes back the last step and what the judge made of it") {
  const auto loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { x = 1; x = 2; x = 3; }\n"
      "invariant small: x < 2;\n");
  SimulatedWorld world(*loaded);
  RunJudge judge(*loaded);
  Run run(world, judge.AsStepJudge());
  REQUIRE(!run.StartIfUnambiguous());
  CHECK(!run.Undo());
  run.Take(world.EnabledOf(0).at(0));
  const std::vector<int64_t> after_one = run.state();
  run.Take(world.EnabledOf(0).at(0));
  CHECK(run.status() == Run::Status::kJudged);
  REQUIRE(judge.Broken(run));
  CHECK(judge.Broken(run)->property == 0);
  CHECK(run.Undo());
  CHECK(run.going());
  CHECK(!judge.Broken(run));
  CHECK(run.state() == after_one);
  CHECK(run.trace().steps.size() == 1);
}

TEST_CASE("Observers watch a run and take back what is undone") {
  const auto loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { x = 1; produced(1); x = 2; produced(2); }\n"
      "process c { await (x == 2); consumed(2); step; }\n"
      "property fifo;\n");
  SimulatedWorld world(*loaded);
  RunJudge judge(*loaded);
  Run run(world, judge.AsStepJudge());
  REQUIRE(!run.StartIfUnambiguous());
  run.Take(world.EnabledOf(0).at(0));
  run.Take(world.EnabledOf(0).at(0));
  const auto consume = world.EnabledOf(1).at(0);
  run.Take(consume);
  REQUIRE(judge.Broken(run));
  CHECK(judge.Broken(run)->process == 1);
  CHECK(!judge.Broken(run)->explanation.empty());
  run.Undo();
  CHECK(run.going());
  run.Take(consume);
  CHECK(run.status() == Run::Status::kJudged);
}

TEST_CASE("A deadlock is judged as asked") {
  const auto loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { await (x == 1); }\n");
  using Deadlock = RunJudge::Deadlock;
  const std::pair<Deadlock, bool> cases[] = {
      {Deadlock::kIgnore, false}, {Deadlock::kAtEnd, true}, {Deadlock::kEndsRun, true}};
  for (const auto& [deadlock, is_broken] : cases) {
    SimulatedWorld world(*loaded);
    RunJudge judge(*loaded, deadlock);
    Run run(world, judge.AsStepJudge());
    REQUIRE(!run.StartIfUnambiguous());
    CHECK(run.going() == (deadlock != Deadlock::kEndsRun));
    CHECK(judge.Broken(run).has_value() == is_broken);
  }
}

TEST_CASE("A single run is bounded") {
  const auto loaded = LoadValid(
      "shared int x = 0;\n"
      "shared char wide[4000] = {};\n"
      "process p { for (;;) { x = 1 - x; wide[x] = 1; } }\n");
  SimulatedWorld world(*loaded);
  Run run(world);
  CHECK(RandomWalk(run, 1, UINT64_MAX, {}));
  CHECK(run.status() == Run::Status::kTooLong);
  CHECK(run.trace().steps.size() * run.state().size() <= Run::kMaxCells);
  CHECK(!EndText(run).empty());
}

TEST_CASE("A random walk is the same for the same seed, and not for all seeds") {
  const LoadedScenario loaded = LoadScenarioFile("scenarios/notes/bounded_buffer.scn");
  REQUIRE(loaded);
  const auto walk = [&](uint64_t seed) {
    SimulatedWorld world(*loaded);
    Run run(world);
    RandomWalk(run, seed, 40, {});
    std::vector<int> processes;
    for (const TraceStep& step : run.trace().steps) processes.push_back(step.process);
    return processes;
  };
  CHECK(walk(7) == walk(7));
  CHECK(walk(7) != walk(8));
  CHECK(walk(7).size() == 40);
}

TEST_CASE("A random walk does not start where an assume cuts every start") {
  const auto loaded = LoadValid("process p { int k = choose (1 .. 3); assume (k > 5); step; }\n");
  SimulatedWorld world(*loaded);
  Run run(world);
  CHECK(!RandomWalk(run, 1, 10, {}));
}

// C++20 [rand.predef]: the 10000th value of a default-seeded mt19937_64 (seed 5489).
TEST_CASE("Draws are those of the standard's generator, without bias and within the bound") {
  Draw draw(5489);
  uint64_t last = 0;
  for (int i = 0; i < 10000; ++i) last = draw.Below(UINT64_MAX);
  CHECK(last == 9981545732273789042U);
  Draw dice(1);
  int seen[6] = {};
  for (int i = 0; i < 6000; ++i) ++seen[dice.Below(6)];
  for (const int count : seen) {
    // Six sigma around 1000.
    CHECK(count > 826);
    CHECK(count < 1174);
  }
  CHECK(dice.Below(1) == 0);
}

}  // namespace
}  // namespace interleave
