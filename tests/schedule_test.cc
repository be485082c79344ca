// Schedules of scenarios, and schedules as files.

#include "sim/world/schedule_run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "model/property/run_judge.h"
#include "model/search/check.h"
#include "model/search/expectation.h"
#include "sim/program/show.h"
#include "sim/world/schedule_file.h"
#include "sim/world/simulated_world.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

// What came of the first schedule: "" when it went as it says, else its message.
struct ScheduleOutcome {
  std::string message;
  std::string failed_at;  // the text of the command
  std::vector<std::string> notes;
  std::size_t steps = 0;
};

ScheduleOutcome RunFirst(const LoadedScenario& loaded) {
  REQUIRE(!loaded->schedules.empty());
  SimulatedWorld world(*loaded);
  RunJudge judge(*loaded);
  Run run(world, judge.AsStepJudge());
  const ScheduleResult result = RunSchedule(run, loaded->schedules[0], *loaded.source);
  ScheduleOutcome outcome;
  outcome.steps = run.trace().steps.size();
  for (const Diagnostic& note : result.notes) outcome.notes.push_back(note.message);
  if (result.end == ScheduleResult::End::kDone) return outcome;
  outcome.message = result.end == ScheduleResult::End::kFailed ? result.failure.message
                                                               : "stopped: " + EndText(run);
  if (judge.Broken(run) && run.status() == Run::Status::kJudged) outcome.message += "judged";
  outcome.failed_at = std::string(loaded.source->Slice(result.range));
  return outcome;
}

// Two processes that hand a flag to each other; a third that spins with a local counter.
constexpr const char* kProcesses =
    "#define FULL 3\n"
    "shared int turn = 0, x = 0, a[2] = {};\n"
    "shared int raw[2];\n"
    "shared queue<int, 2> q;\n"
    "ghost int rounds = 0;\n"
    "process ping { while (turn != 0) ; x = 1; turn = 1; while (turn != 0) ; x = 2; }\n"
    "process pong { await (turn == 1); x = 5; turn = 0; }\n"
    "process spin { while (x < 100) { ghost rounds = rounds + 1; } }\n"
    "process pick { step; int k = choose (1 .. 3); int l = choose (0 .. 1); x = 10 * k + l; }\n"
    "process sums { int i = 4; a[0] = i; a[1] = 7; raw[1] = 6; i = 9; x = i; }\n"
    "process puts { append(q, 1); append(q, 2); append(q, 3); }\n"
    "process flip { for (;;) { turn = 7; turn = 8; } }\n"
    "process fails { x = a[x]; }\n"
    "process cuts { step; int k = choose (0 .. 1); assume (k > 1); step; }\n"
    "int both(int k) { return a[0] + a[k]; }\n";

TEST_CASE("Schedules say what they do not manage, with the values") {
  struct Case {
    const char* commands;
    const char* message;    // "" where all goes well
    const char* failed_at;  // where it fails
  };
  const Case cases[] = {
      // run until
      {"run ping until x == 1; expect x == 1 && turn == 0;", "", ""},
      {"run ping until x == 0;", "", ""},
      {"run ping until x == 9;", "ping waits, and `x == 9` is false: x is 1",
       "run ping until x == 9"},
      {"run pong until x == 1;", "pong is blocked, and `x == 1` is false: x is 0",
       "run pong until x == 1"},
      {"run sums until x == 1;", "sums is done, and `x == 1` is false: x is 9",
       "run sums until x == 1"},
      {"run spin until rounds == 100;", "spin waits, and `rounds == 100` is false: rounds is 1",
       "run spin until rounds == 100"},
      {"run spin until rounds == 1;", "", ""},
      {"run flip until x == 1;", "flip goes round for ever, and `x == 1` is false: x is 0",
       "run flip until x == 1"},
      // run until an access
      {"run ping until about to write turn; expect x == 1 && turn == 0;", "", ""},
      {"run ping until about to write a;", "ping waits before it comes to such an access",
       "run ping until about to write a"},
      {"run sums until about to write a[1]; expect a == {4, 0};", "", ""},
      {"run sums until about to write a; expect a == {0, _};", "", ""},
      {"run sums until about to read a;", "sums is done before it comes to such an access",
       "run sums until about to read a"},
      {"run puts until about to write q; step puts; step puts; run puts until about to write q;",
       "puts is blocked before it comes to such an access", "run puts until about to write q"},
      // run
      {"run sums; expect done(sums) && x == 9;", "", ""},
      {"run pong; run pong; expect blocked(pong);", "", ""},
      {"run spin; expect waiting(spin) && !done(spin);", "", ""},
      {"run flip; expect turn == 7 || turn == 8;", "", ""},
      {"run puts; expect blocked(puts) && !empty(q);", "", ""},
      {"run pick;",
       "the next step of pick has 6 outcomes: choosing 1, 0; choosing 1, 1; choosing "
       "2, 0; choosing 2, 1; choosing 3, 0; choosing 3, 1",
       "run pick"},
      {"run cuts;", "an assume cuts every way that cuts could go", "run cuts"},
      // step
      {"step sums 3; expect a == {4, 7} && raw[1] == 6;", "", ""},
      {"step sums 9;", "sums is done after 4 of 9 steps", "step sums 9"},
      {"step puts 3;", "puts is blocked after 2 of 3 steps", "step puts 3"},
      {"step pick choosing 2, 1; run pick; expect x == 21;", "", ""},
      {"step pick 2 choosing 3, 0; expect x == 30;", "", ""},
      {"step pick choosing 4, 0;",
       "the next step of pick cannot go so; possible: choosing 1, 0; choosing 1, 1; choosing 2, 0; "
       "choosing 2, 1; choosing 3, 0; choosing 3, 1",
       "step pick choosing 4, 0"},
      {"step sums choosing 1;", "nothing chooses 1: the step decides less", "step sums choosing 1"},
      // expect
      {"expect x == 1;", "`x == 1` is false: x is 0", "expect x == 1"},
      {"expect a[0] == 0 && a[1] + x > 2;",
       "`a[0] == 0 && a[1] + x > 2` is false: a[0] is 0, a[1] is 0, x is 0",
       "expect a[0] == 0 && a[1] + x > 2"},
      {"expect raw[0] == 0;", "`raw[0] == 0` is false: raw[0] was never written",
       "expect raw[0] == 0"},
      {"expect both(x + 1) == 3;",
       "`both(x + 1) == 3` is false: x is 0, a[0] is 0, a[1] is 0, both(1) is 0",
       "expect both(x + 1) == 3"},
      {"expect unwritten(raw[0]);", "", ""},
      {"run sums until raw[1] == 6; expect unwritten(raw[1]);", "`unwritten(raw[1])` is false",
       "expect unwritten(raw[1])"},
      {"expect done(ping);", "`done(ping)` is false", "expect done(ping)"},
      {"expect done(ping) || x == FULL;",
       "`done(ping) || x == FULL` is false: done(ping) is false, x is 0",
       "expect done(ping) || x == FULL"},
      {"step sums; expect sums.i == 5;", "`sums.i == 5` is false: sums.i is 0",
       "expect sums.i == 5"},
      {"expect sums.i == 5;", "`sums.i == 5` is false: sums.i is 4", "expect sums.i == 5"},
      {"expect a[x + 2] == 0;", "the condition cannot be judged here: index 2 is outside 0 .. 1",
       "a[x + 2]"},
      // errors of the scenario
      {"run sums; run fails;", "stopped: index 9 is outside 0 .. 1", "run fails"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.commands);
    const auto loaded =
        LoadValid(std::string(kProcesses) + "schedule \"s\" { " + std::string(c.commands) + " }\n");
    const ScheduleOutcome outcome = RunFirst(loaded);
    CHECK(outcome.message == c.message);
    if (outcome.message.rfind("the condition cannot", 0) != 0)
      CHECK(outcome.failed_at == c.failed_at);
  }
}

TEST_CASE("What arithmetic went wrong is said as it is") {
  struct Case {
    const char* expression;
    const char* message;
  };
  for (const Case& c : {
           Case{"x << 1", "-1 << 1 shifts a negative value left"},
           Case{"x << 32", "the shift count 32 is outside 0 .. 31"},
           Case{"(x + 2) << 31", "1 << 31 does not fit into an int"},
           Case{"x * 1L << 2", "-1 << 2 shifts a negative value left"},
           Case{"x / (x + 1)", "division by zero: -1 / 0"},
           Case{"x - 2147483647 - 1", "-2147483648 - 1 does not fit into an int"},
       }) {
    CAPTURE(c.expression);
    const auto loaded =
        LoadValid("shared int x = -1;\nprocess p { long y = " + std::string(c.expression) +
                  "; }\nschedule \"s\" { run p; }\n");
    CHECK(RunFirst(loaded).message == "stopped: " + std::string(c.message));
  }
}

TEST_CASE("An invariant that breaks on the way stops a schedule there") {
  const auto loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { x = 1; x = 2; x = 1; }\n"
      "invariant small: x < 2;\n"
      "schedule \"s\" { run p; expect x == 1; }\n");
  const ScheduleOutcome outcome = RunFirst(loaded);
  CHECK(outcome.message == "stopped: judged");
  CHECK(outcome.failed_at == "run p");
  CHECK(outcome.steps == 2);
}

TEST_CASE("Run ends in the first state that was there before") {
  // By hand: to x = 1 and back are two steps.
  const auto loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { for (;;) { x = 1; x = 0; } }\n"
      "schedule \"s\" { run p; expect x == 0; }\n");
  const ScheduleOutcome outcome = RunFirst(loaded);
  CHECK(outcome.message == "");
  CHECK(outcome.steps == 2);
}

TEST_CASE("A waiting process is let go round once for a place on its way") {
  const auto loaded = LoadValid(
      "shared int x = 0, y = 0;\n"
      "process p { for (;;) { if (x != 0) break; here: if (y != 0) break; } }\n"
      "schedule \"s\" { expect waiting(p); run p until p @ here; }\n");
  const ScheduleOutcome outcome = RunFirst(loaded);
  CHECK(outcome.message == "");
  CHECK(outcome.steps == 1);
}

TEST_CASE("An expectation about a dead local is noted, also where it is true") {
  const auto loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { int k = 5; x = k; x = 7; }\n"
      "schedule \"s\" { expect p.k == 5; step p; expect p.k == 0; }\n");
  const ScheduleOutcome outcome = RunFirst(loaded);
  // Only the schedule reads k after the first step, and that does not keep it alive.
  CHECK(outcome.message == "");
  REQUIRE(outcome.notes.size() == 1);
  CHECK(outcome.notes[0].find("p.k is dead there") == 0);
}

TEST_CASE("A schedule needs a start without a choice") {
  const auto loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { int k = choose (1 .. 2); x = k; }\n"
      "schedule \"s\" { run p; }\n");
  CHECK(RunFirst(loaded).message == "p starts in 2 ways: choosing 1; choosing 2");
}

// --- files

// The scenario's counterexample.
Counterexample CounterexampleOf(const Program& program) {
  CheckResult result = Check(program, {});
  REQUIRE(!result.counterexamples.empty());
  return std::move(result.counterexamples.front());
}

struct Replayed {
  bool fits = false;
  std::string diagnostics;
  std::optional<Violation> broken;
  Trace trace;
};

Replayed ReplayText(const LoadedScenario& loaded, const std::string& text) {
  Replayed replayed;
  const Source source("x.sched", text);
  Diagnostics diagnostics;
  const std::optional<ScheduleFile> file = ParseScheduleFile(source, diagnostics);
  if (file) {
    SimulatedWorld world(*loaded);
    RunJudge judge(*loaded, RunJudge::Deadlock::kAtEnd);
    Run run(world, judge.AsStepJudge());
    replayed.fits = Replay(run, *file, diagnostics);
    replayed.broken = judge.Broken(run);
    replayed.trace = run.trace();
  }
  replayed.diagnostics = diagnostics.Render(source);
  return replayed;
}

TEST_CASE("A counterexample that was written replays to the same states and the same failure") {
  const char* const files[] = {
      "scenarios/notes/two_producers.scn",         "scenarios/notes/two_consumers.scn",
      "scenarios/notes/two_of_both.scn",           "scenarios/notes/shared_count.scn",
      "scenarios/notes/index_before_data.scn",     "scenarios/notes/no_empty_test.scn",
      "scenarios/notes/off_by_one_full.scn",       "scenarios/synchronization/philosophers_bug.scn",
      "scenarios/critical_section/bakery_bug.scn", "scenarios/synchronization/mpmc_bug.scn",
  };
  for (const char* file : files) {
    CAPTURE(file);
    const LoadedScenario loaded = LoadScenarioFile(file);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    const Counterexample example = CounterexampleOf(*loaded);
    const Replayed replayed = ReplayText(loaded, WriteScheduleFile(*loaded, example.trace, {}));
    CHECK_MESSAGE(replayed.fits, replayed.diagnostics);
    REQUIRE(replayed.broken);
    CHECK(replayed.broken->Rank() == example.violation.Rank());
    CHECK(replayed.broken->kind == example.violation.kind);
    CHECK(replayed.trace.initial == example.trace.initial);
    REQUIRE(replayed.trace.steps.size() == example.trace.steps.size());
    for (std::size_t i = 0; i < replayed.trace.steps.size(); ++i) {
      CHECK(replayed.trace.steps[i].process == example.trace.steps[i].process);
      CHECK(replayed.trace.steps[i].decided == example.trace.steps[i].decided);
      // After a broken step the observers' words may differ: nobody looks at them any more.
      const bool last = i + 1 == replayed.trace.steps.size();
      if (!last) CHECK(replayed.trace.steps[i].state == example.trace.steps[i].state);
    }
  }
}

TEST_CASE("Decisions, starts and settings are kept") {
  const LoadedScenario loaded = LoadScenario(
      "#define N 2\n"
      "shared int x = 0;\n"
      "process p[N] { int k = choose (1 .. 3); x = k; int l = choose (0 .. 4); assert (k + l < 6); "
      "}\n",
      {{"N", "1"}}, {{"granularity", "statement"}});
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  const Counterexample example = CounterexampleOf(*loaded);
  const std::string text = WriteScheduleFile(*loaded, example.trace, {{"N", "1"}});
  CHECK(text ==
        "interleave schedule 1\n"
        "program " +
            HashText(ProgramHash(*loaded)) +
            "\n"
            "granularity statement\n"
            "define N=1\n"
            "start p[0] choosing 2\n"
            "p[0] choosing 4  # 1: x = 2\n");
  const Source source("x.sched", text);
  Diagnostics diagnostics;
  const auto file = ParseScheduleFile(source, diagnostics);
  REQUIRE(file);
  CHECK(file->granularity == Granularity::kStatement);
  CHECK(file->defines == DefineOverrides{{"N", "1"}});
  const Replayed replayed = ReplayText(loaded, text);
  REQUIRE(replayed.broken);
  CHECK(replayed.broken->error.kind == ErrorKind::kAssertion);
}

constexpr const char* kReplayed =
    "shared int x = 0;\n"
    "process p[2] { await (x == self); x = x + 1; }\n"
    "process start { int k = choose (1 .. 2); step; x = x; }\n";

TEST_CASE("A schedule that does not fit says where and why") {
  const auto loaded = LoadValid(kReplayed);
  const std::string head =
      "interleave schedule 1\nprogram " + HashText(ProgramHash(*loaded)) + "\n";
  struct Case {
    std::string text;
    const char* diagnostic;  // the first line; "" where it fits
  };
  const Case cases[] = {
      {head + "start start choosing 1\np[0]\np[0]\np[0]\np[1]\n", ""},
      // A process named as a setting; comments and blank lines.
      {head + "  start start choosing 2  # which\n\n# nothing\nstart\nstart\r\n", ""},
      {head + "p[0]\n",
       "x.sched:2:9: error: the start of start has no such outcome; possible: "
       "choosing 1; choosing 2"},
      {head + "start start choosing 3\n",
       "x.sched:3:13: error: the start of start has no such outcome; possible: choosing 1; "
       "choosing 2"},
      {head + "start start choosing 1\nstart start choosing 1\n",
       "x.sched:4:1: error: start starts twice"},
      {head + "start start choosing 1\np[1]\n",
       "x.sched:4:1: error: step 1: p[1] cannot move: its next access is blocked"},
      {head + "start start choosing 1\np[0]\np[0]\np[0]\np[0]\n",
       "x.sched:7:1: error: step 4: p[0] is done"},
      {head + "start start choosing 1\nq\n", "x.sched:4:1: error: there is no process `q`"},
      {head + "start start choosing 1\np[2]\n", "x.sched:4:1: error: there is no process `p[2]`"},
      {head + "start start choosing 1\np[0] choosing 1\n",
       "x.sched:4:6: error: step 1: the next step of p[0] has no such outcome; possible: nothing "
       "to "
       "choose"},
      {"interleave schedule 1\nprogram 0123456789abcdef\np[0]\n",
       "x.sched:2:9: error: this schedule was made for another program: here it is "},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Replayed replayed = ReplayText(loaded, c.text);
    CHECK(replayed.fits == (*c.diagnostic == '\0'));
    const std::string diagnostic(c.diagnostic);
    CHECK_MESSAGE(replayed.diagnostics.substr(0, diagnostic.size()) == diagnostic,
                  replayed.diagnostics);
    if (diagnostic.empty()) CHECK(replayed.diagnostics == "");
  }
}

TEST_CASE("Steps behind the end of a run do not fit") {
  const auto loaded =
      LoadValid("shared int x = 0;\nprocess p { x = 1; x = 2; x = 3; }\ninvariant small: x < 2;\n");
  const std::string head =
      "interleave schedule 1\nprogram " + HashText(ProgramHash(*loaded)) + "\n";
  CHECK(ReplayText(loaded, head + "p\np\n").fits);
  const Replayed replayed = ReplayText(loaded, head + "p\np\np\n");
  CHECK(!replayed.fits);
  CHECK(replayed.diagnostics.find("x.sched:5:1: error: step 3: the run ends after step 2, and this "
                                  "is step 3") == 0);
}

TEST_CASE("What is no schedule is refused with its place") {
  const std::string head = "interleave schedule 1\nprogram 0123456789abcdef\n";
  const std::pair<std::string, const char*> cases[] = {
      {"", "1:1: error: this file is empty"},
      {"shared int x = 0;\n", "1:1: error: this is not a schedule"},
      {std::string("\x7f"
                   "ELF\0\1\2",
                   7),
       "1:1: error: this is not a schedule"},
      {"interleave schedule\n", "1:1: error: the version of the schedule cannot be read"},
      {"interleave schedule one\n", "1:1: error: the version of the schedule cannot be read"},
      {"interleave schedule 1 2\n", "1:1: error: the version of the schedule cannot be read"},
      {"interleave schedule 2\n",
       "1:21: error: this schedule has version 2; this program knows version 1"},
      {"interleave schedule 1\n", "1:1: error: the line `program HASH` is missing"},
      {"interleave schedule 1\nprogram 12\n",
       "2:9: error: the hash of a program has 16 hexadecimal digits"},
      {"interleave schedule 1\nprogram 0123456789abcdeg\n",
       "2:9: error: the hash of a program has 16 hexadecimal digits"},
      {head + "program 0123456789abcdef\n", "3:9: error: the hash of the program is given twice"},
      {head + "granularity word\n", "3:13: error: the granularity is `access` or `statement`"},
      {head + "define X\n", "3:9: error: expected `define NAME=VALUE`"},
      {head + "define X=1\ndefine X=2\n", "4:8: error: `X` is defined twice"},
      {head + "p[\n", "3:3: error: expected the number of the process and `]`"},
      {head + "p[-1]\n", "3:5: error: expected the number of the process and `]`"},
      {head + "p[0\n", "3:4: error: expected the number of the process and `]`"},
      {head + "p[99999999999999999999]\n",
       "3:3: error: expected the number of the process and `]`"},
      {head + "p moves\n", "3:8: error: expected `choosing`, `#` or the end of the line"},
      {head + "p choosing\n", "3:11: error: expected a number after `choosing`"},
      {head + "p choosing 1,\n", "3:14: error: expected a number after `choosing`"},
      {head + "p choosing 1 2\n", "3:14: error: expected `,`, `#` or the end of the line"},
      {head + "+\n", "3:1: error: expected the name of a process"},
      {head + "start 5\n", ""},
  };
  for (const auto& row : cases) {
    const auto& text = row.first;  // clang 14 captures no name of a structured binding
    const auto& expected = row.second;
    CAPTURE(text);
    const Source source("x", text);
    Diagnostics diagnostics;
    const auto file = ParseScheduleFile(source, diagnostics);
    CHECK(file.has_value() == (*expected == '\0'));
    const std::string rendered = diagnostics.Render(source);
    const std::string line = rendered.substr(0, rendered.find('\n'));
    CHECK(line == (*expected == '\0' ? "" : std::string("x:") + expected));
  }
}

TEST_CASE("Garbage in great quantity ends in few diagnostics") {
  std::string text = "interleave schedule 1\nprogram 0123456789abcdef\n";
  for (int i = 0; i < 100'000; ++i) text += "]] \x01\xff\n";
  const Source source("x", text);
  Diagnostics diagnostics;
  CHECK(!ParseScheduleFile(source, diagnostics));
  CHECK(diagnostics.error_count() <= Diagnostics::kMaxErrors);

  std::string long_line = "interleave schedule 1\nprogram 0123456789abcdef\np choosing 1";
  for (int i = 0; i < 100'000; ++i) long_line += ", 1";
  const Source long_source("x", long_line);
  Diagnostics of_line;
  CHECK(!ParseScheduleFile(long_source, of_line));
}

TEST_CASE("A schedule has as many steps as a run may have") {
  std::string text = "interleave schedule 1\nprogram 0123456789abcdef\n";
  for (std::size_t i = 0; i < Run::kMaxSteps; ++i) text += "p\n";
  {
    const Source source("x", text);
    Diagnostics diagnostics;
    CHECK(ParseScheduleFile(source, diagnostics));
  }
  text += "p\np\n";
  const Source source("x", text);
  Diagnostics diagnostics;
  CHECK(!ParseScheduleFile(source, diagnostics));
  CHECK(diagnostics.error_count() == 1);
}

TEST_CASE("A random run that is written replays to the same trace") {
  const LoadedScenario loaded = LoadScenarioFile("scenarios/synchronization/mpmc_items.scn");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SimulatedWorld world(*loaded);
    RunJudge judge(*loaded);
    Run run(world, judge.AsStepJudge());
    RandomWalk(run, seed, 100, {});
    const Replayed replayed = ReplayText(loaded, WriteScheduleFile(*loaded, run.trace(), {}));
    CHECK_MESSAGE(replayed.fits, replayed.diagnostics);
    CHECK(replayed.trace.steps.size() == run.trace().steps.size());
    CHECK(replayed.trace.steps.back().state == run.trace().steps.back().state);
  }
}

// --- expectations

FileTests TestText(const std::string& text) {
  const Source source("t.scn", text);
  Diagnostics diagnostics;
  return TestScenario(source, {}, diagnostics);
}

TEST_CASE("Expectations are judged for every combination of their settings") {
  const FileTests tests = TestText(
      "#define N 1\n"
      "#define M 1\n"
      "shared int x = 0;\n"
      "process p[N] { x = M; }\n"
      "expect holds for N = 1 .. 3, M = 4 .. 5;\n");
  std::vector<std::string> settings;
  for (const TestCase& test : tests.cases) {
    CHECK(test.passed());
    CHECK(test.name == "holds");
    settings.push_back(test.settings.text);
  }
  CHECK(settings == std::vector<std::string>{"N = 1, M = 4", "N = 1, M = 5", "N = 2, M = 4",
                                             "N = 2, M = 5", "N = 3, M = 4", "N = 3, M = 5"});
}

TEST_CASE("What is not as expected says what was expected and what was found") {
  // By hand: x = 1 is one step, two states; the division is local work of the step that reads x.
  const std::string holds = "shared int x = 0;\nprocess p { x = 1; }\ninvariant i: x < 9;\n";
  const std::string breaks = "shared int x = 0;\nprocess p { x = 1; }\ninvariant i: x < 1;\n";
  const std::string stuck = "shared int x = 0;\nprocess p { await (x == 1); }\n";
  const std::string divides = "shared int x = 0;\nprocess p { x = 1 / x; }\n";
  const std::string races = "shared int x = 0;\nprocess p[2] { x = 1; }\nproperty race;\n";
  const std::pair<std::string, const char*> cases[] = {
      {holds + "expect holds;", ""},
      {holds + "expect holds states 2 transitions 1 depth 1;", ""},
      {holds + "expect holds states 3;", "expected holds states 3, found holds states 2"},
      {holds + "expect holds states 2 transitions 2 depth 1;",
       "expected holds states 2 transitions 2 depth 1, found holds states 2 transitions 1 depth 1"},
      {holds + "expect violates i;", "expected violates i, found holds"},
      {holds + "expect deadlock;", "expected deadlock, found holds"},
      {holds + "expect incomplete;", "expected incomplete, found holds"},
      {breaks + "expect violates i in 1 step;", ""},
      {breaks + "expect violates i in 2 steps;",
       "expected violates i in 2 steps, found violates i in 1 step"},
      {breaks + "expect holds;", "expected holds, found violates i in 1 step"},
      {stuck + "expect deadlock in 0 steps;", ""},
      {stuck + "expect holds;", "expected holds, found deadlock in 0 steps"},
      {divides + "expect error division in 1 step;", ""},
      {divides + "expect error index;", "expected error index, found error division in 1 step"},
      {races + "expect race;", ""},
      {races + "expect race on x;", ""},
      {races + "expect holds;", "expected holds, found race on x in 0 steps"},
      {holds + "reachable r: x == 5;\nexpect violates r;", ""},
      {holds + "reachable r: x == 5;\nexpect violates i;", "expected violates i, found violates r"},
  };
  for (const auto& row : cases) {
    const auto& text = row.first;
    const auto& message = row.second;
    CAPTURE(text);
    const FileTests tests = TestText(text);
    REQUIRE(tests.cases.size() == 1);
    CHECK(tests.cases[0].message == message);
    CHECK(tests.cases[0].passed() == (*message == '\0'));
  }
}

TEST_CASE("A schedule that does not fit a setting does not spoil the expectation under it") {
  const FileTests tests = TestText(
      "#define N 2\n"
      "shared int a[N] = {};\n"
      "process p { a[0] = 1; }\n"
      "schedule \"s\" { run p; expect a == {1, 0}; }\n"
      "expect holds for N = 1 .. 3;\n");
  REQUIRE(tests.cases.size() == 4);
  for (const TestCase& test : tests.cases) CHECK_MESSAGE(test.passed(), test.message);
}

TEST_CASE("What the time of a file does not suffice for is not judged, and has failed") {
  const Source source("t.scn",
                      "#define N 1\nshared int x = 0;\nprocess p { x = N; }\n"
                      "schedule \"s\" { run p; }\nexpect incomplete for N = 1 .. 2;\n");
  CheckOptions options;
  options.max_seconds = 1e-9;
  Diagnostics diagnostics;
  const FileTests tests = TestScenario(source, options, diagnostics);
  REQUIRE(tests.cases.size() == 3);
  CHECK(tests.failed() == 3);
  for (const TestCase& test : tests.cases) {
    CHECK(test.failure == TestCase::Failure::kNotJudged);
    CHECK(test.message == "not judged: the limit of 1e-09 seconds for a file was met before");
  }
}

TEST_CASE("An error of the scenario under a setting fails that case alone") {
  const FileTests tests = TestText(
      "#define N 2\n"
      "shared int a[N] = {};\n"
      "process p { a[0] = 1; }\n"
      "expect holds for N = 0 .. 1;\n");
  REQUIRE(tests.cases.size() == 2);
  CHECK(!tests.cases[0].passed());
  CHECK(tests.cases[0].message.find("the scenario has errors under these settings: ") == 0);
  CHECK(!tests.cases[0].details.empty());
  CHECK(tests.cases[1].passed());
}

TEST_CASE("A schedule that breaks a property fails, and says which") {
  const FileTests tests = TestText(
      "shared int x = 0;\n"
      "process p { x = 1; }\n"
      "invariant i: x < 1;\n"
      "schedule \"s\" { run p; }\n");
  REQUIRE(tests.cases.size() == 1);
  CHECK(!tests.cases[0].passed());
  CHECK(tests.cases[0].message == "after 1 step: violates i");
}

}  // namespace
}  // namespace interleave
