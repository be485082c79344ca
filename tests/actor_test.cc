// Processes that are not there all the time: what a run does before one is started and after one
// was killed, and that whoever looks at such a state says so.

#include <doctest/doctest.h>

#include "model/graph/state_text.h"
#include "model/property/judge.h"
#include "model/search/check.h"
#include "model/system/program_system.h"
#include "sim/program/stepper.h"
#include "sim/program/words.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

std::string Workers(bool with_late) {
  std::string text = R"(
shared int count = 0;
shared int turn = 0;
process worker[2] { int seen = count; count = seen + 1; turn = 1 - turn; }
)";
  if (with_late) text += "process late { count = 7; count = count + 1; }\n";
  return text + "invariant small: count <= 2;\n";
}

CheckResult CheckWith(const Program& program, Engine engine, bool partial_order) {
  CheckOptions options;
  options.engine.engine = engine;
  options.engine.compile_at = 1;
  options.reduce.partial_order = partial_order;
  return Check(program, options);
}

std::vector<int64_t> Started(const Program& program) {
  std::vector<int64_t> state = program.initial;
  Stepper stepper(program);
  for (int p = 0; p < program.process_count(); ++p) {
    if (program.PointOf(state.data(), p) != 0) continue;
    stepper.FirstOutcome();
    REQUIRE(stepper.Start(state.data(), p) == StepStatus::kOk);
  }
  return state;
}

}  // namespace

TEST_CASE("actors of a program have dense numbers, the processes first") {
  const Actors actors(3);
  CHECK(actors.size() == 3);
  std::size_t number = 0;
  for (const Actor actor : actors) {
    CHECK(actor.process() == static_cast<int>(number));
    CHECK(Actors::NumberOf(actor) == number);
    CHECK(actors[number] == actor);
    ++number;
  }
  CHECK(number == actors.size());
}

TEST_CASE("a process that nobody starts is as if it were not there") {
  const LoadedScenario without = LoadValid(Workers(false));
  LoadedScenario with = LoadValid(Workers(true));
  Program& program = *with.program;
  CHECK(CheckWith(program, Engine::kInterpreted, false).verdict == Verdict::kViolated);
  LetProcessesComeAndGo(program);
  Place(program, Standing::kNotStarted, 2, program.initial.data());
  for (const auto engine : {Engine::kInterpreted, Engine::kNative}) {
    for (const bool partial_order : {false, true}) {
      const CheckResult expected = CheckWith(*without, engine, partial_order);
      const CheckResult result = CheckWith(program, engine, partial_order);
      CHECK(result.verdict == Verdict::kHolds);
      CHECK(result.is_native == (engine == Engine::kNative));
      CHECK(result.verdict == expected.verdict);
      CHECK(result.states == expected.states);
      CHECK(result.transitions == expected.transitions);
      CHECK(result.depth == expected.depth);
    }
  }
}

TEST_CASE("places beside done change nothing for who is there") {
  const LoadedScenario plain = LoadValid(Workers(true));
  LoadedScenario with = LoadValid(Workers(true));
  LetProcessesComeAndGo(*with.program);
  LetProcessesComeAndGo(*with.program);  // once is enough
  CHECK(with->codes[0].points.size() == plain->codes[0].points.size() + 2);
  for (const auto engine : {Engine::kInterpreted, Engine::kNative}) {
    const CheckResult expected = CheckWith(*plain, engine, false);
    const CheckResult result = CheckWith(*with, engine, false);
    CHECK(result.verdict == expected.verdict);
    CHECK(result.states == expected.states);
  }
}

TEST_CASE("a run grows by a process that is started, and goes on without one that is killed") {
  LoadedScenario loaded = LoadValid(Workers(true));
  Program& program = *loaded.program;
  LetProcessesComeAndGo(program);
  Place(program, Standing::kNotStarted, 2, program.initial.data());
  std::vector<int64_t> state = Started(program);
  Stepper stepper(program);
  Judge judge(program);
  const ProgramSystem system(program, {});
  CHECK(system.actor_count() == 3);
  CHECK(program.HasSteps(state.data(), 0));
  CHECK(!program.HasSteps(state.data(), 2));
  CHECK(program.StandingOf(state.data(), 2) == Standing::kNotStarted);
  CHECK(InFull(program, *loaded.source, state.data()).find("not started") != std::string::npos);

  stepper.FirstOutcome();
  REQUIRE(stepper.Start(state.data(), 2) == StepStatus::kOk);
  CHECK(program.StandingOf(state.data(), 2) == Standing::kAtAccess);
  stepper.FirstOutcome();
  REQUIRE(stepper.Step(state.data(), 2) == StepStatus::kOk);
  const uint32_t count = program.objects[0].base;
  CHECK(state[count] == 7);

  Place(program, Standing::kKilled, 0, state.data());
  Place(program, Standing::kKilled, 1, state.data());
  CHECK(!program.HasSteps(state.data(), 0));
  CHECK(program.StandingOf(state.data(), 0) == Standing::kKilled);
  CHECK(InFull(program, *loaded.source, state.data()).find("killed") != std::string::npos);
  CHECK(!judge.IsDeadlock(state.data()));
  while (program.HasSteps(state.data(), 2)) {
    stepper.FirstOutcome();
    REQUIRE(stepper.Step(state.data(), 2) == StepStatus::kOk);
  }
  CHECK(state[count] == 8);
  CHECK(program.StandingOf(state.data(), 2) == Standing::kDone);
  CHECK(!judge.IsDeadlock(state.data()));
}

TEST_CASE("who waits for a killed process is in a deadlock") {
  LoadedScenario loaded = LoadValid(R"(
shared int free = 1;
process holder { await (free == 1); free = 0; free = 1; }
process other { await (free == 0); await (free == 1); }
)");
  Program& program = *loaded.program;
  LetProcessesComeAndGo(program);
  std::vector<int64_t> state = Started(program);
  Stepper stepper(program);
  Judge judge(program);
  for (const int process : {0, 0, 1}) {
    stepper.FirstOutcome();
    REQUIRE(stepper.Step(state.data(), process) == StepStatus::kOk);
  }
  CHECK(!judge.IsDeadlock(state.data()));
  Place(program, Standing::kKilled, 0, state.data());
  CHECK(judge.IsDeadlock(state.data()));
}

TEST_CASE("each standing has a word") {
  CHECK(StandingText(Standing::kDone) == "done");
  CHECK(StandingText(Standing::kNotStarted) == "not started");
  CHECK(StandingText(Standing::kKilled) == "killed");
}

}  // namespace interleave
