// Real processes running free. What is counted depends on the machine's mood; what may be counted
// does not, and is judged here.

#include "model/conform/stress.h"

#include <doctest/doctest.h>
#include <signal.h>

#include <atomic>
#include <string>
#include <vector>

#include "tests/support/random_program.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr uint64_t kStressedPrograms = 5;
constexpr uint64_t kRuns = 200;
#else
constexpr uint64_t kStressedPrograms = 30;
constexpr uint64_t kRuns = 2'000;
#endif

StressResult StressText(const std::string& text, StressOptions options = {}) {
  const LoadedScenario loaded = LoadScenario(text);
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  if (options.runs == StressOptions{}.runs) options.runs = kRuns;
  options.stuck_seconds = 0.1;
  return Stress(*loaded.program, options);
}

TEST_CASE("Every run is counted once, and ends as the model may") {
  // By hand: both add one; x ends as 2, or as 1 where an addition is lost.
  StressOptions options;
  options.delay_one_in = 3;
  for (const RegionKind region : {RegionKind::kAnonymous, RegionKind::kShm, RegionKind::kFile}) {
    options.region = region;
    const StressResult result =
        StressText("shared int x = 0;\nprocess p[2] { x = x + 1; }\n", options);
    CHECK(result.runs == kRuns);
    CHECK(result.ended() == kRuns);
    CHECK(result.is_judged);
    CHECK(result.unreachable == 0);
    CHECK(result.model_finals.size() == 2);
    for (const auto& [final, count] : result.finals) {
      CHECK((final == std::vector<int64_t>{1} || final == std::vector<int64_t>{2}));
    }
  }
}

TEST_CASE("A ghost assertion ends no run: there are no ghosts") {
  const StressResult result = StressText(
      "shared int x = 0;\nghost int g = 0;\n"
      "process p[2] { x = x + 1; ghost g++; ghost if (g == 2) assert (x == 2); }\n");
  CHECK(result.ended() == kRuns);
  CHECK(result.model_finals.size() == 2);
  CHECK(result.unreachable == 0);
}

TEST_CASE("Atomic blocks exclude each other, and who does not lock waits for them") {
  StressOptions options;
  options.runs = 300;
  const StressResult result = StressText(
      "shared int lock = 1, x = 0, y = 0;\n"
      "process p[2] { atomic { await (lock > 0); lock--; } x = x + 1; atomic { lock++; } }\n"
      "process q { atomic { y = y + 1; y = y + 1; } }\n"
      "process r { int seen = y; assert (seen != 1); }\n",
      options);
  CHECK(result.ended() == 300);
  CHECK(result.errors.empty());
  REQUIRE(result.finals.size() == 1);
  CHECK(result.finals.begin()->first == std::vector<int64_t>{1, 2, 2});
}

TEST_CASE("Queues, choices and selects work at full speed") {
  const StressResult result = StressText(
      "shared queue<int, 2> q;\nshared int sum = 0;\n"
      "process p { for (int i = 1; i <= 5; i++) append(q, i + choose (0 .. 1)); }\n"
      "process c { int s = 0; for (int i = 1; i <= 5; i++) s += take(q); sum = s; }\n");
  CHECK(result.ended() == kRuns);
  CHECK(result.is_judged);
  CHECK(result.unreachable == 0);
  CHECK(result.finals.size() > 1);  // 15 to 20: fair coins do not all fall alike
}

TEST_CASE("Who makes no progress is stuck, and only who does not") {
  StressOptions options;
  options.runs = 3;
  for (const char* body : {"await (x == 5);", "while (x != 5) ;", "int v = take(q);"}) {
    CAPTURE(body);
    const StressResult result =
        StressText(std::string("shared int x = 0;\nshared queue<int, 1> q;\nprocess p { x = 1; ") +
                       body + " }\nprocess w { x = 2; if (x == 7) append(q, 1); }\n",
                   options);
    CHECK(result.stuck == 3);
    CHECK(result.finals.empty());
  }
}

TEST_CASE("Who has no end is not stuck") {
  StressOptions options;
  options.runs = 2;
  const StressResult endless =
      StressText("shared int x = 0;\nprocess p { for (;;) x = 1 - x; }\n", options);
  CHECK(endless.stuck == 0);
  CHECK(endless.given_up == 0);
  CHECK(endless.endless == 2);
  CHECK(endless.cut_short.empty());
}

TEST_CASE("Errors are counted by who failed and how") {
  const StressResult result = StressText(
      "shared int x = 0;\nprocess p { x = 1; int a[2]; a[1 + x] = 3; }\n"
      "process q { x = 1; }\n");
  CHECK(result.finals.empty());
  REQUIRE(result.errors.size() == 1);
  CHECK(result.errors.begin()->first.process == 0);
  CHECK(result.errors.begin()->first.kind == ErrorKind::kIndex);
  CHECK(result.errors.begin()->second == kRuns);
}

TEST_CASE("What marks say is counted") {
  struct Case {
    const char* consumer;
    uint64_t lost, invented, doubled, reordered;
  };
  // The producer makes 1, 2.
  constexpr Case kCases[] = {
      {"consumed(1); consumed(2);", 0, 0, 0, 0},
      {"consumed(1);", 1, 0, 0, 0},
      {"consumed(2); consumed(1);", 0, 0, 0, 1},
      {"consumed(1); consumed(1);", 1, 0, 1, 0},
      {"consumed(1); consumed(2); consumed(9);", 0, 1, 0, 0},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.consumer);
    const StressResult result = StressText(
        std::string("shared int x = 0;\nprocess p { x = 1; produced(1); produced(2); }\n") +
        "process c { x = 2; " + c.consumer + " }\n");
    CHECK(result.lost == c.lost * kRuns);
    CHECK(result.invented == c.invented * kRuns);
    CHECK(result.doubled == c.doubled * kRuns);
    CHECK(result.reordered == c.reordered * kRuns);
  }
}

TEST_CASE("Items of runs that are stuck are counted apart") {
  StressOptions options;
  options.runs = 2;
  const StressResult result = StressText(
      "shared int x = 0;\nprocess p { x = 1; produced(1); produced(2); }\n"
      "process c { x = 2; consumed(1); await (x == 3); }\n",
      options);
  CHECK(result.stuck + result.given_up == 2);  // where the machine is too busy for evidence
  CHECK(result.left_when_stuck == result.stuck);
  CHECK(result.ended() == 0);
  CHECK(result.lost == 0);
}

TEST_CASE("A process that the machine takes away cuts the runs short, and accuses nobody") {
  // Memory of such a size that a batch is some hundred runs.
  const std::string text = "shared int x = 0, rest[10000];\nprocess p[2] { x = x + 1; }\n";
  for (const int signal : {SIGKILL, SIGSEGV, SIGUSR1}) {
    CAPTURE(signal);
    StressOptions options;
    options.runs = 100'000;  // many batches
    int batches = 0;
    options.on_batch = [&](const std::vector<pid_t>& pids) {
      // In each, for one may have ended its batch before.
      if (++batches >= 2) kill(pids.at(1), signal);
    };
    options.stuck_seconds = 0.1;
    const LoadedScenario loaded = LoadScenario(text);
    REQUIRE(loaded);
    const StressResult result = Stress(*loaded.program, options);
    CHECK(result.cut_short.find("a process was lost: the process of p[1] was killed by signal") ==
          0);
    // What was made before counts.
    CHECK(result.runs >= 100);
    CHECK(result.ended() == result.runs);
    CHECK(result.is_judged);
    CHECK(result.unreachable == 0);
  }
}

TEST_CASE("A signal that asks the whole group to end is the parent's to obey") {
  StressOptions options;
  options.on_batch = [](const std::vector<pid_t>& pids) {
    for (const pid_t pid : pids) {
      for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) kill(pid, signal);
    }
  };
  const StressResult result = StressText("shared int x = 0;\nprocess p { x = 1; }\n", options);
  // A signal may come before the child has said that it ignores it: then it stays blocked.
  CHECK(result.cut_short.empty());
  CHECK(result.ended() == kRuns);
}

TEST_CASE("An interrupt or the limit of time leaves what was made judged") {
  const std::string text = "shared int x = 0;\nprocess p[2] { x = x + 1; }\n";
  std::atomic<bool> stop = false;
  StressOptions options;
  options.runs = 1'000'000'000;
  options.stop = &stop;
  options.progress = [&](uint64_t runs, double) { stop = runs >= 1'000; };
  const StressResult interrupted = StressText(text, options);
  CHECK(interrupted.cut_short == "an interrupt");
  CHECK(interrupted.runs >= 1'000);
  CHECK(interrupted.is_judged);
  CHECK(interrupted.unreachable == 0);

  options.stop = nullptr;
  options.max_seconds = 0.01;
  CHECK(StressText(text, options).cut_short == "the limit of 0.01 seconds");
  options.runs = 0;
  const StressResult timed = StressText(text, options);
  CHECK(timed.cut_short.empty());
  CHECK(timed.is_judged);
}

TEST_CASE("What has no end ends after some steps") {
  StressOptions options;
  options.max_accesses = 50;
  const StressResult result =
      StressText("shared int x = 0;\nprocess p[2] { for (;;) x = (x + 1) % 5; }\n", options);
  CHECK(result.out_of_steps == kRuns);
  CHECK_FALSE(result.is_judged);
}

TEST_CASE("A final state that the model does not reach is noticed") {
  StressOptions options;
  options.fault = EmitFault::kDroppedStore;
  const StressResult result =
      StressText("shared int x = 0;\nprocess p { x = 1; }\nprocess q { int a = x; }\n", options);
  CHECK(result.is_judged);
  CHECK(result.unreachable == kRuns);
}

TEST_CASE("Random programs end free as their model may") {
  uint64_t judged = 0;
  for (uint64_t seed = 0; seed < kStressedPrograms; ++seed) {
    const RandomScenario scenario = MakeRandomScenario(seed);
    StressOptions options;
    options.runs = 300;
    options.max_states = 20'000;
    options.delay_one_in = 4;
    const LoadedScenario loaded = LoadScenario(scenario.text);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    bool has_daemon = false;
    for (int p = 0; p < loaded->process_count(); ++p) has_daemon |= loaded->IsDaemon(p);
    if (has_daemon) continue;
    // Runs that are stuck take their time: a few show what there is to see.
    options.stuck_seconds = 0.02;
    options.runs = 20;
    const StressResult result = Stress(*loaded.program, options);
    judged += result.is_judged;
    CHECK_MESSAGE(result.unreachable == 0, "seed " << seed << "\n" << scenario.text);
  }
  CHECK(judged > 0);
}

}  // namespace
}  // namespace interleave
