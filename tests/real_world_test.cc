// Real processes against the model: every transition of scenarios and random programs, faults that
// must be noticed, and processes that die or hang.

#include "sim/world/real_world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/conform/conform.h"
#include "model/conform/explore_real.h"
#include "model/explore/state_graph.h"
#include "sim/host/sandbox.h"
#include "sim/world/children.h"
#include "sim/world/lockstep_world.h"
#include "sim/world/patience.h"
#include "tests/support/random_program.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

// The regions and engines take turns over the programs. Sanitizers make real steps no truer.
#ifdef INTERLEAVE_SANITIZED
constexpr uint64_t kRealPrograms = 10;
constexpr uint64_t kWholeTransitions = 300;
constexpr uint64_t kSample = 10;
#else
constexpr uint64_t kRealPrograms = 100;
constexpr uint64_t kWholeTransitions = 20'000;
constexpr uint64_t kSample = 100;
#endif

ConformResult ConformWith(const Program& program, const RealOptions& real,
                          uint64_t max_states = 100'000, uint64_t max_transitions = 0) {
  ConformOptions options;
  options.real = real;
  options.max_states = max_states;
  options.max_transitions = max_transitions;
  return Conform(program, options);
}

// The order in which processes start is the order of declaration in both worlds, so every start has
// one outcome here.
std::vector<EnabledChoice> FirstStart(const World& world) {
  std::vector<EnabledChoice> outcomes;
  for (int p = 0; p < world.program().process_count(); ++p) {
    outcomes.push_back(world.InitialOutcomes(p).at(0));
  }
  return outcomes;
}

TEST_CASE("Every scenario conforms") {
  uint64_t transitions = 0;
  uint64_t steps = 0;
  uint64_t tours = 0;
  int compared = 0;
  int wholes = 0;
  for (const ScenarioSetting& setting : SettingsForRealProcesses()) {
    CAPTURE(setting.file);
    CAPTURE(setting.granularity);
    const LoadedScenario loaded =
        LoadScenarioFile(setting.file, {}, {{"granularity", setting.granularity}});
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    RealOptions real;
    real.region = static_cast<RegionKind>(compared % 3);
    // Of larger graphs a sample: `interleave conform` itself goes through all of them.
    const uint64_t most = setting.is_of_notes ? kWholeTransitions : kWholeTransitions / 10;
    const StateGraph graph = BuildStateGraph(*loaded, {most, nullptr});
    const bool whole = graph.incomplete_reason.empty() && graph.edges.size() <= most;
    const ConformResult result = ConformWith(*loaded, real, most, whole ? 0 : kSample);
    CHECK_MESSAGE(result.conforms, result.difference);
    CHECK(result.covered == result.required);
    CHECK(result.complete == whole);
    wholes += whole;
    CHECK(result.steps >= result.least_steps);
    transitions += result.covered;
    steps += result.steps;
    tours += result.tours;
    ++compared;
  }
  CHECK(wholes > 0);
  MESSAGE(compared << " settings, " << wholes << " of them whole, " << transitions
                   << " transitions made by real processes in " << steps << " steps and " << tours
                   << " tours");
}

TEST_CASE("Random programs conform") {
  uint64_t transitions = 0;
  uint64_t errors = 0;
  uint64_t blocked = 0;
  for (uint64_t seed = 0; seed < kRealPrograms; ++seed) {
    const RandomScenario scenario = MakeRandomScenario(seed);
    const LoadedScenario loaded =
        LoadScenario(scenario.text, {}, {{"granularity", seed % 2 == 0 ? "access" : "statement"}});
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    RealOptions real;
    real.region = static_cast<RegionKind>(seed % 3);
    const ConformResult result = ConformWith(*loaded, real, 2'000, 400);
    CHECK_MESSAGE(result.conforms, "seed " << seed << "\n" << scenario.text << result.difference);
    CHECK(result.covered == result.required);
    transitions += result.covered;
    errors += result.errors;
    blocked += result.blocked;
  }
  MESSAGE(transitions << " transitions, " << errors << " steps that end in an error, " << blocked
                      << " blocked moves");
  CHECK(transitions > 0);
  CHECK(errors > 0);
  CHECK(blocked > 0);
}

TEST_CASE("The interpreter in real processes conforms too") {
  RealOptions real;
  real.interpreted = true;
  for (uint64_t seed = 0; seed < kRealPrograms / 10; ++seed) {
    const RandomScenario scenario = MakeRandomScenario(seed);
    const LoadedScenario loaded = LoadScenario(scenario.text);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    real.region = static_cast<RegionKind>(seed % 3);
    const ConformResult result = ConformWith(*loaded, real, 2'000, 400);
    CHECK_MESSAGE(result.conforms, "seed " << seed << "\n" << scenario.text << result.difference);
  }
}

// By hand: p stores to x and then to y, whose cells lie side by side, and keeps two values over
// accesses. Each fault changes one of them where somebody looks.
constexpr const char* kRealForFaults =
    "shared int x = 0, y = 7;\n"
    "shared int pair[2] = {1, 2};\n"
    "process p { for (int i = 0; i < 3; i++) { int a = x; int b = y; pair[0] = -1; x = a + i; "
    "y = b - i; } }\n"
    "process q { x = x + 2; }\n"
    "process w { await (y < 0); x = 9; }\n";

TEST_CASE("A fault in the emitted code is noticed") {
  const LoadedScenario loaded = LoadScenario(kRealForFaults);
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  CHECK(ConformWith(*loaded, {}).complete);
  for (const EmitFault fault :
       {EmitFault::kDroppedStore, EmitFault::kSwappedPair, EmitFault::kWrongWidth,
        EmitFault::kStaleLocal, EmitFault::kIgnoredWait}) {
    CAPTURE(static_cast<int>(fault));
    RealOptions real;
    real.fault = fault;
    const ConformResult result = ConformWith(*loaded, real);
    CHECK_FALSE(result.conforms);
    CHECK_FALSE(result.complete);
    CHECK(result.difference.find(fault == EmitFault::kIgnoredWait ? "in the model" : "simulated") !=
          std::string::npos);
    CHECK(result.difference.find("real") != std::string::npos);
    // The run up to there ends with the step that differs.
    CHECK(result.steps + 1 >= result.trace.steps.size());
  }
}

TEST_CASE("A sample is covered, and said to be one") {
  const LoadedScenario loaded = LoadScenarioFile("scenarios/notes/bounded_buffer.scn");
  REQUIRE(loaded);
  const ConformResult all = ConformWith(*loaded, {});
  CHECK(all.complete);
  CHECK(all.states == 152);  // DESIGN.md
  CHECK(all.covered == 287);
  CHECK(all.least_is_exact);
  CHECK(all.steps >= all.least_steps);
  const ConformResult some = ConformWith(*loaded, {}, 100'000, 40);
  CHECK(some.conforms);
  CHECK_FALSE(some.complete);
  CHECK(some.covered == 40);
  CHECK(some.incomplete_reason == "a sample of 40 of 287 transitions, seed 1");
}

constexpr const char* kRealForLosses =
    "shared int x = 0;\nprocess p { x = 1; x = 2; }\nprocess q { x = 3; }\n";

TEST_CASE("A child that is killed is lost, and reported with the turn it had") {
  const LoadedScenario loaded = LoadScenario(kRealForLosses);
  REQUIRE(loaded);
  RealWorld world(*loaded);
  world.Start(FirstStart(world));
  REQUIRE(world.pids().at(0) > 0);
  REQUIRE(kill(world.pids().at(0), SIGKILL) == 0);
  CHECK_THROWS_WITH_AS(world.Step(world.EnabledOf(0).at(0)),
                       "a process was lost: the process of p was killed by signal 9 (Killed), at "
                       "turn 3 (p had it)",  // two starts before
                       ProcessLost);
}

TEST_CASE("A child that is stopped for long is lost, one that goes on is not") {
  const LoadedScenario loaded = LoadScenario(kRealForLosses);
  REQUIRE(loaded);
  RealOptions options;
  options.hang_seconds = 0.1;
  RealWorld world(*loaded, options);
  world.Start(FirstStart(world));
  REQUIRE(kill(world.pids().at(0), SIGSTOP) == 0);
  CHECK_THROWS_WITH_AS(world.Step(world.EnabledOf(0).at(0)),
                       doctest::Contains("p is stopped or does not get to run, at turn 3"),
                       ProcessLost);
  world.Start(FirstStart(world));
  REQUIRE(kill(world.pids().at(0), SIGSTOP) == 0);
  REQUIRE(kill(world.pids().at(0), SIGCONT) == 0);
  CHECK(world.Step(world.EnabledOf(0).at(0)).status == StepStatus::kOk);
}

TEST_CASE("What the machine does to a process is no verdict") {
  const LoadedScenario loaded = LoadScenario(kRealForLosses);
  REQUIRE(loaded);
  // At some turn, ever later, until there is none so late.
  int lost = 0;
  bool was_killed = true;
  for (uint64_t turn = 2; was_killed; turn = turn * 3 / 2) {
    CAPTURE(turn);
    RealOptions real;
    real.interpreted = true;
    real.before_turn = [&](uint64_t now, const std::vector<pid_t>& pids) {
      const auto one = std::find_if(pids.begin(), pids.end(), [](pid_t pid) { return pid != 0; });
      if (now < turn || was_killed || one == pids.end()) return;
      was_killed = kill(*one, SIGKILL) == 0;
    };
    was_killed = false;
    const ConformResult conform = ConformWith(*loaded, real);
    CHECK(conform.conforms);
    // Who is not given a turn any more is not missed.
    if (!conform.complete) {
      CHECK(was_killed);
      CHECK(conform.incomplete_reason.find("a process was lost: the process of ") == 0);
    }
    was_killed = false;
    const RealExploration explored = ExploreReal(*loaded, {real, 1'000, 0, {}});
    CHECK(explored.violations.empty());
    if (!explored.complete) {
      CHECK(was_killed);
      CHECK(explored.incomplete_reason.find("a process was lost: the process of ") == 0);
    }
    lost += !conform.complete + !explored.complete;
  }
  CHECK(lost > 5);
}

TEST_CASE("Silence is a process's own doing only if it had its chance") {
  Sandbox sandbox;
  Children children(sandbox);
  const auto finding = [&](const std::function<int()>& body, int signal) {
    const pid_t pid = children.Start(0, body);
    if (signal != 0) kill(pid, signal);
    Patience patience(pid, 0.1);
    Patience::Finding found = Patience::Finding::kWait;
    while (found == Patience::Finding::kWait) {
      usleep(1'000);
      found = patience.Look();
    }
    children.KillAll();
    return found;
  };
  const auto sleeps = []() -> int {
    for (;;) pause();
  };
  const auto spins = []() -> int {
    for (;;) __builtin_ia32_pause();
  };
  CHECK((finding(sleeps, 0) == Patience::Finding::kHangs));
  CHECK((finding(spins, SIGSTOP) == Patience::Finding::kLost));
}

TEST_CASE("A real process that is blocked stays where it is, and goes on when it may") {
  const LoadedScenario loaded = LoadScenario(
      "shared int x = 0;\nshared queue<int, 1> q;\n"
      "process p { await (x == 1); append(q, 5); append(q, 6); }\n"
      "process t { x = 1; int v = take(q); x = v; }\n");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  LockstepWorld world(*loaded);
  world.Start(FirstStart(world));
  CHECK(world.blocked() == 1);  // p
  CHECK(world.open() == 1);     // t, whose store is taken back
  const auto step = [&](int process) { world.Step(world.EnabledOf(process).at(0)); };
  step(1);  // x = 1; t now stands before its take: blocked
  CHECK(world.blocked() == 2);
  step(0);  // p is through; t is blocked still
  step(0);  // 5 is in, p before the second append: blocked
  CHECK(world.blocked() == 4);
  step(1);  // 5 is out
  step(1);  // x = 5
  step(0);
  CHECK(world.Enabled().empty());
}

// One statement, and it may block when half of it is done: nothing of it has happened then.
TEST_CASE("A step that blocks in its middle leaves no trace") {
  for (const char* granularity : {"access", "statement"}) {
    for (const bool interpreted : {false, true}) {
      CAPTURE(granularity);
      CAPTURE(interpreted);
      const LoadedScenario loaded = LoadScenario(
          "shared queue<int, 2> q;\nshared int x = 0, seen[3];\nghost int taken = 0;\n"
          "process p {\n"
          "  int n = 0;\n"
          "  here: atomic { seen[n++] = (x = x + 1) + take(q); ghost taken++; }\n"
          "  atomic { seen[n++] = take(q) + take(q); }\n"
          "  seen[n] = (x = 7) + take(q);\n"
          "}\n"
          "process t { for (int i = 0; i < 4; i++) append(q, i); }\n"
          "invariant label: p @ here => taken == 0;\n",
          {}, {{"granularity", granularity}});
      REQUIRE_MESSAGE(loaded, loaded.diagnostics);
      RealOptions real;
      real.interpreted = interpreted;
      const ConformResult result = ConformWith(*loaded, real);
      CHECK_MESSAGE(result.complete, result.difference);
      CHECK(result.blocked > 3);
      CHECK(result.open > 3);
    }
  }
}

TEST_CASE("32 real processes work") {
  const LoadedScenario loaded =
      LoadScenario("shared int x = 0;\nprocess p[32] { x = x + 1; }\ninvariant small: x <= 32;\n");
  REQUIRE(loaded);
  LockstepWorld world(*loaded);
  world.Start(FirstStart(world));
  for (int round = 0; round < 2; ++round) {
    for (int p = 0; p < 32; ++p) world.Step(world.EnabledOf(p).at(0));
  }
  CHECK(world.Enabled().empty());
  CHECK(world.Observe()[static_cast<std::size_t>(loaded->objects.at(0).base)] == 1);  // all read 0
}

}  // namespace
}  // namespace interleave
