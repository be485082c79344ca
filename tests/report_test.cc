// What a person and a program read of a check: whole texts against tests/golden, the words of the
// explanation on small runs, and that everything said about a run is so, on all scenarios and on
// random programs.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "model/property/judge.h"
#include "model/report/explain.h"
#include "model/report/json.h"
#include "model/report/junit.h"
#include "model/report/progress.h"
#include "model/report/text.h"
#include "model/report/text_layout.h"
#include "model/report/trace_view.h"
#include "model/report/waiting.h"
#include "model/search/check.h"
#include "model/search/trace.h"
#include "tests/support/random_program.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

using nlohmann::json;

// Compares with tests/golden/NAME; with INTERLEAVE_UPDATE_GOLDEN=1 writes it instead.
void CheckGolden(const std::string& name, const std::string& text) {
  const std::string path = std::string(INTERLEAVE_SOURCE_DIR) + "/tests/golden/" + name;
  const char* update = std::getenv("INTERLEAVE_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  std::stringstream expected;
  expected << file.rdbuf();
  CHECK_MESSAGE(expected.str() == text, "differs from tests/golden/", name,
                "; INTERLEAVE_UPDATE_GOLDEN=1 rewrites it");
}

struct Checked {
  LoadedScenario loaded;
  CheckResult result;

  std::string Text(TextOptions options = {}) const {
    return RenderText(*loaded, *loaded.source, result, options);
  }
  json Json() const {
    JsonOptions options;
    options.measured = false;
    return json::parse(RenderJson(*loaded, *loaded.source, result, options));
  }
  Explanation First() const {
    REQUIRE(!result.counterexamples.empty());
    return Explain(*loaded, *loaded.source, result.counterexamples.front());
  }
};

Checked CheckText(const std::string& text, const CheckOptions& options = {}) {
  Checked checked{LoadScenario(text), {}};
  REQUIRE_MESSAGE(checked.loaded, checked.loaded.diagnostics);
  checked.result = Check(*checked.loaded, options);
  return checked;
}

Checked CheckScenario(const std::string& path, const DefineOverrides& defines = {},
                      const OptionOverrides& overrides = {}, const CheckOptions& options = {}) {
  Checked checked{LoadScenarioFile(path, defines, overrides), {}};
  REQUIRE_MESSAGE(checked.loaded, checked.loaded.diagnostics);
  checked.result = Check(*checked.loaded, options);
  return checked;
}

std::string WhyOf(const Explanation& explanation) {
  return fmt::format("{}", fmt::join(explanation.why, " "));
}

// The run of these processes from the first initial state, first outcomes.
Trace RunOf(const Program& program, const std::vector<int>& processes) {
  ProgramSystem system(program, {});
  std::vector<int64_t> initial;
  system.ForEachInitial([&](const int64_t* state, const Successor&) {
    initial.assign(state, state + system.state_words());
    return false;
  });
  std::vector<Choice> choices;
  for (const int process : processes) choices.push_back({Actor::OfProcess(process), 0});
  return BuildTrace(program, {}, initial, choices);
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The scenarios with a counterexample, small enough to be checked in a moment.
const std::vector<std::string> kBroken = {
    "scenarios/notes/two_producers.scn",
    "scenarios/notes/two_producers_one_cell.scn",
    "scenarios/notes/two_consumers.scn",
    "scenarios/notes/two_consumers_one_cell.scn",
    "scenarios/notes/two_of_both.scn",
    "scenarios/notes/shared_count.scn",
    "scenarios/notes/no_full_test.scn",
    "scenarios/notes/no_full_test_lost_item.scn",
    "scenarios/notes/no_empty_test.scn",
    "scenarios/notes/off_by_one_full.scn",
    "scenarios/notes/index_before_data.scn",
    "scenarios/notes/in_advanced_twice.scn",
    "scenarios/critical_section/peterson_bug.scn",
    "scenarios/critical_section/bakery_bug.scn",
    "scenarios/critical_section/dekker_bug.scn",
    "scenarios/synchronization/mpmc_bug.scn",
    "scenarios/synchronization/philosophers_bug.scn",
    "scenarios/synchronization/spsc2.scn",
};

std::string BaseName(const std::string& path) {
  const std::size_t begin = path.find_last_of('/') + 1;
  return path.substr(begin, path.size() - begin - 4);
}

// --- whole texts

TEST_CASE("Shows every broken scenario as its golden text, at 80 columns") {
  for (const std::string& path : kBroken) {
    CAPTURE(path);
    TextOptions options;
    options.file_name = BaseName(path) + ".scn";
    CheckGolden("report_" + BaseName(path) + ".txt", CheckScenario(path).Text(options));
  }
}

TEST_CASE("Shows passes, limits, other widths and settings as their golden texts") {
  const std::string producers = "scenarios/notes/two_producers.scn";
  TextOptions options;
  options.file_name = "two_producers.scn";
  options.schedule_path = "out.sched";
  options.flags = "--granularity statement";
  CheckGolden("report_two_producers_statement.txt",
              CheckScenario(producers, {}, {{"granularity", "statement"}}).Text(options));
  options = {};
  options.file_name = "two_producers.scn";
  for (const std::size_t width : {60, 120}) {
    options.width = width;
    CheckGolden(fmt::format("report_two_producers_{}.txt", width),
                CheckScenario(producers).Text(options));
  }
  options = {};
  options.file_name = "peterson_bug.scn";
  CheckGolden(
      "report_peterson_bug_3.txt",
      CheckScenario("scenarios/critical_section/peterson_bug.scn", {{"N", "3"}}).Text(options));
  options.file_name = "bounded_buffer.scn";
  CheckGolden("report_holds.txt",
              CheckScenario("scenarios/notes/bounded_buffer.scn").Text(options));
  CheckOptions limited;
  limited.max_states = 50;
  CheckGolden("report_incomplete.txt",
              CheckScenario("scenarios/notes/bounded_buffer.scn", {}, {}, limited).Text(options));
}

TEST_CASE("A pass without a property says so") {
  const auto pass = [](const std::string& body) {
    return CheckText("shared int x = 0;\nprocess p { " + body + " }\n").Text();
  };
  CHECK(pass("x = 1;").find("\n    no property is stated: only deadlocks and run-time errors were "
                            "looked for\n") != std::string::npos);
  CHECK(pass("assert (x == 0);")
            .find("\n    no property is stated: only deadlocks, run-time errors "
                  "and failed assertions\n    were looked for\n") != std::string::npos);
}

TEST_CASE("Gives counterexamples as their golden JSON") {
  for (const std::string& path : {std::string("scenarios/notes/two_producers.scn"),
                                  std::string("scenarios/synchronization/philosophers_bug.scn")}) {
    const Checked checked = CheckScenario(path);
    JsonOptions options;
    options.file_name = BaseName(path) + ".scn";
    options.measured = false;
    CheckGolden("report_" + BaseName(path) + ".json",
                RenderJson(*checked.loaded, *checked.loaded.source, checked.result, options));
  }
}

TEST_CASE("Keeps to the width, but for commands, which are copied") {
  for (const std::string& path : kBroken) {
    const Checked checked = CheckScenario(path);
    for (const std::size_t width : {60, 80, 100, 140}) {
      TextOptions options;
      options.width = width;
      for (const std::string& line : LinesOf(checked.Text(options))) {
        if (line.find("interleave ") != std::string::npos) continue;
        CHECK_MESSAGE(DisplayWidth(line) <= width, path, ": ", line);
      }
    }
  }
}

TEST_CASE("Colour changes nothing but colour, and comes only when asked for") {
  const std::regex escape("\x1b\\[[0-9;]*m");
  for (const std::string& path : kBroken) {
    const Checked checked = CheckScenario(path);
    TextOptions color;
    color.color = true;
    const std::string plain = checked.Text();
    const std::string painted = checked.Text(color);
    CHECK(plain.find('\x1b') == std::string::npos);
    CHECK(painted.find('\x1b') != std::string::npos);
    CHECK(std::regex_replace(painted, escape, "") == plain);
  }
}

TEST_CASE("Says the same twice") {
  for (const std::string& path : kBroken) {
    CHECK(CheckScenario(path).Text() == CheckScenario(path).Text());
    CHECK(CheckScenario(path).Json() == CheckScenario(path).Json());
  }
}

// --- the words

TEST_CASE("Names the anomaly of every broken scenario") {
  const std::map<std::string, std::string> expected = {
      {"two_producers", "overwritten item"},
      {"two_producers_one_cell", "overwritten item"},
      {"two_consumers", "item consumed twice"},
      {"two_consumers_one_cell", "item consumed twice"},
      {"two_of_both", "overwritten item"},
      {"shared_count", "lost update"},
      {"no_full_test", "overwritten item"},
      {"no_full_test_lost_item", "overwritten item"},
      {"no_empty_test", "item consumed before it was produced"},
      {"off_by_one_full", "overwritten item"},
      {"index_before_data", "item consumed before it was produced"},
      {"in_advanced_twice", "item consumed before it was produced"},
      {"peterson_bug", "broken mutual exclusion"},
      {"bakery_bug", "broken mutual exclusion"},
      {"dekker_bug", "broken mutual exclusion"},
      {"mpmc_bug", "deadlock"},
      {"philosophers_bug", "deadlock"},
      {"spsc2", "overwritten item"},
  };
  for (const std::string& path : kBroken) {
    CAPTURE(path);
    CHECK(CheckScenario(path).First().anomaly == expected.at(BaseName(path)));
  }
}

struct WordsCase {
  const char* sentence;
  const char* text;
  const char* anomaly;  // nullptr: none must be named
  const char* says;     // part of the paragraph
};

TEST_CASE("Names what the accesses of a small run prove, and no more") {
  const WordsCase cases[] = {
      {"a lost update", R"(
shared int x = 0;
ghost int finished = 0;
process p[2] { x = x + 1; ghost { finished++; assert (finished < 2 || x == 2); } }
)",
       "lost update",
       "p[0] read x = 0 at step 1; p[1] wrote x = 1 at step 3; then p[0], which had not seen that, "
       "wrote x = 1 at step 4"},
      {"a lost update through a local", R"(
shared int x = 0;
process p[2] { int c = x; c++; x = c; }
invariant both: !(done(p[0]) && done(p[1])) || x == 2;
)",
       "lost update", "The update of step 3 is lost."},
      {"a wrong result of one process alone has no anomaly", R"(
shared int x = 0;
process p { x = 1; x = x + 2; assert (x == 4); }
)",
       nullptr, ""},
      {"a blind write is no lost update", R"(
shared int x = 0;
process p { x = 1; }
process q { x = 2; }
invariant small: x < 2;
)",
       nullptr, ""},
      {"mutual exclusion by sections", R"(
shared int flag[2] = {};
process p[2] {
  while (flag[1 - self] == 1)
    ;
  flag[self] = 1;
  section inside { step; }
  flag[self] = 0;
}
invariant one: !(p[0] in section inside && p[1] in section inside);
)",
       "broken mutual exclusion", "Two processes are inside together"},
      {"a check that was no longer so", R"(
shared int open = 1;
shared int used = 0;
process p { if (open == 1) { used = 1; ghost assert (open == 1); } }
process q { open = 0; }
)",
       "stale check",
       "p had read open = 1 at step 1 and did not look again; q wrote open = 0 at step 2."},
      {"an item that nobody consumed", R"(
shared int box[2] = {};
process p { box[0] = 7; produced(7); }
property exactly_once;
)",
       "item lost", "It was stored in box[0] at step 1, which nobody read again."},
      {"items out of order", R"(
shared int box[2] = {};
process p { box[0] = 7; produced(7); box[1] = 8; produced(8); }
process c { await (box[1] == 8); int x = box[1]; consumed(x); }
property fifo;
)",
       "items out of order",
       "c consumed 8 at step 4, but 7, which p produced at step 1, was due first."},
      {"a data race", R"(
shared int x = 0;
process p[2] { x = 1; }
property race;
)",
       "data race", "p[0] writes `x` in line 3: `x = 1`; p[1] writes `x` in line 3: `x = 1`"},
      {"a cell nobody wrote, behind a test that no longer held", R"(
shared int box[2], full = 0;
process p { box[0] = 7; full = 1; }
process c[2] { if (full == 1) { int x = box[1 - full]; full = 0; } }
)",
       "stale check",
       "c[0] had read full = 1 at step 3 for its last test; c[1] wrote full = 0 at step 7."},
      {"two leaders, one of which is done", R"(
shared int leader_known = 0;
ghost int leaders = 0;
process node[2] { if (!leader_known) { leader_known = 1; ghost leaders++; } }
invariant one: leaders <= 1;
)",
       "stale check",
       "node[0] had read leader_known = 0 at step 1 and did not look again; node[1] wrote "
       "leader_known = 1 at step 3."},
      {"a counter of events guards no section", R"(
shared int x = 0;
ghost int n = 0;
process p[2] { x = self; ghost n++; x = 5; }
invariant i: n <= 1;
)",
       nullptr, ""},
      {"a counter of those who are in a section without a name", R"(
shared int x = 0;
ghost int inside = 0;
process p[2] { x = self; ghost inside++; x = 5; ghost inside--; }
invariant i: inside <= 1;
)",
       "broken mutual exclusion", "p[1] since step"},
      {"a lock that two have seen open", R"(
shared int lock = 1;
ghost int inside = 0;
process p[2] {
  while (lock == 0)
    ;
  lock = 0;
  ghost { inside++; assert (inside <= 1); }
  lock = 1;
  ghost inside--;
}
)",
       "broken mutual exclusion",
       "p[0] had read lock = 1 at step 1 and did not look again; p[1] wrote lock = 0 at step 3."},
      {"a write that was taken back reverses no test", R"(
shared int count = 0, awake = 0, asleep = 0;
process consumer { if (count == 0) { asleep = 1; await (awake == 1); } assert (count == 1); }
process producer { await (asleep == 1); count = 1; awake = 1; }
process thief { await (count == 1); count = 0; }
)",
       nullptr,
       "thief wrote count = 0 at step 7, over the 1 with which the assertion holds; consumer went "
       "on "
       "at step 8 without looking at `count` again."},
      {"an assertion inside a monitor", R"(
monitor room {
  int count;
  condition some;
  void put() { count++; some.signal(); }
  void get() { if (count == 0) some.wait(); assert (count > 0); count--; }
}
process maker { room.put(); room.put(); }
process taker[3] { room.get(); }
)",
       nullptr,
       "taker[1] wrote room.count = 0 at step 13, over the 1 with which the assertion holds"},
      {"of several writes the one that reverses the test", R"(
shared int room = 2, used = 0;
process p { if (room > 0) { used = 1; ghost assert (room > 0); } }
process q { room = 1; room = 0; room = -1; }
)",
       "stale check",
       "p had read room = 2 at step 1 and did not look again; q wrote room = 0 at step 3."},
      {"a wait that is over too early", R"(
shared int room = 1, used = 0;
process p { await (room > 0); used = 1; ghost assert (room > 0); }
process q { room = 0; room = 1; }
)",
       "stale check",
       "p had read room = 1 at step 1 and did not look again; q wrote room = 0 at step 2."},
      {"an item that is stored before it is marked", R"(
shared int full = 0;
process producer { full = 7; step; produced(7); }
process consumer { await (full != 0); int v = full; consumed(v); }
property fifo;
)",
       "item consumed before it was produced",
       "producer stored 7 at step 1 and has not reached its `produced(7)`; consumer consumed it at "
       "step 3."},
      {"a copy that is stored when it is old", R"(
shared int limit = 5, n = 3;
process p { int l = limit; step; if (n < l) { n = l; ghost assert (n <= limit); } }
process q { limit = 4; }
)",
       "stale copy",
       "p wrote n = 5 at step 5 from limit = 5, which it had read at step 1; q had written limit = "
       "4 "
       "at step 4."},
      {"a copy that is tested when it is old", R"(
shared int limit = 5, n = 3;
process p { int l = limit; step; if (n < l) { n = 4; ghost assert (n <= limit); } }
process q { limit = 3; }
)",
       "stale check",
       "p had read limit = 5 at step 1 and did not look again; q wrote limit = 3 at step"},
      {"two locals that do not belong together", R"(
shared int x = 0, y = 0;
process p { int a = x; int b = y; assert (a == b); }
process q { atomic { x = 1; y = 1; } }
)",
       "torn read",
       "p had read x = 0 at step 1 for a, y = 1 at step 3 for b. x = 0, read at step 1, and y = 1, "
       "read at step 3, never stood there together: in between q wrote x = 1 at step 2, q wrote y "
       "= 1 "
       "at step 2."},
      {"two locals that did stand side by side", R"(
shared int x = 0, y = 0;
process p { int a = x; int b = y; assert (a == b); }
process q { x = 1; y = 1; }
)",
       nullptr, "p had read x = 1 at step 2 for a, y = 0 at step 3 for b."},
      {"a value that left and came back", R"(
shared int top = 1, next[4] = {0, 2, 3, 0}, taken = 0;
bool cas(int *p, int old, int value) {
  bool ok = 0;
  atomic { if (*p == old) { *p = value; ok = 1; } }
  return ok;
}
process p { int t = top; int n = next[t]; cas(&top, t, n); }
process q { top = 2; top = 3; taken = 1; next[1] = 3; top = 1; }
invariant free: !(taken == 1 && top == 2);
)",
       "ABA",
       "p read top = 1 at step 1; q wrote top = 2 at step 3, and q wrote top = 1 again at step 7. "
       "p "
       "compared at step 8"},
      {"a value that only came, and did not come back", R"(
shared int top = 1, taken = 0;
bool cas(int *p, int old, int value) {
  bool ok = 0;
  atomic { if (*p == old) { *p = value; ok = 1; } }
  return ok;
}
process p { cas(&top, 2, 3); }
process q { top = 2; }
invariant free: top != 3;
)",
       nullptr, ""},
      {"an item that nobody produced", R"(
shared int full = 0;
process consumer { int v = full; consumed(v); }
process producer { full = 7; produced(7); }
property fifo;
)",
       nullptr, "consumer consumed 0 at step 1, when nobody had produced anything."},
  };
  for (const WordsCase& one : cases) {
    CAPTURE(one.sentence);
    const Explanation explanation = CheckText(one.text).First();
    if (explanation.anomaly != "broken mutual exclusion")
      CHECK(WhyOf(explanation).find("inside") == std::string::npos);
    CHECK(explanation.anomaly == (one.anomaly == nullptr ? "" : one.anomaly));
    CHECK_MESSAGE(WhyOf(explanation).find(one.says) != std::string::npos, WhyOf(explanation));
  }
}

TEST_CASE("Gives the locals of a step that failed, also those of a function") {
  const Explanation index = CheckText(R"(
shared int n = 8, buf[10] = {};
int get(int i) { return buf[i]; }
process p { n = 10; }
process q { int k = n; int v = get(k); }
)")
                                .First();
  CHECK(index.message == "q: index 10 is outside 0 .. 9 of `buf`, in `buf[i]` (line 3): i = 10");
  CHECK(WhyOf(index).find("q had read n = 10 at step 2 for i.") != std::string::npos);
  const Explanation division = CheckText(R"(
shared int n = 1;
process p { int d = n; int e = 6 / d; n = e; }
process q { n = 0; }
)")
                                   .First();
  CHECK(division.message == "p: division by zero: 6 / 0: d = 0");
  const Explanation nested = CheckText(R"(
shared int m[3][3] = {};
process p { m[1][2] = 1; }
invariant clear: forall (i : 0 .. 2) forall (j : 0 .. 2) m[i][j] == 0;
)")
                                 .First();
  CHECK(nested.message ==
        "forall (i : 0 .. 2) forall (j : 0 .. 2) m[i][j] == 0 is false: m[1][2] = 1");
}

TEST_CASE("Gives the values that a broken condition names") {
  const Explanation explanation = CheckText(R"(
shared int a[3] = {5, 6, 7};
shared int i = 0;
process p { int mine = 4; i = 2; a[1] = 0; i = i + mine - mine; }
invariant sum: a[i] + a[1] != 7 || p.mine != 4;
)")
                                      .First();
  CHECK(explanation.message ==
        "a[i] + a[1] != 7 || p.mine != 4 is false: a[2] = 7, i = 2, a[1] = 0, p.mine = 4");
  const Explanation quantified = CheckText(R"(
shared int a[3] = {5, 6, 7};
process p { a[1] = 9; }
invariant small: forall (i : 0 .. 2) a[i] < 8;
)")
                                     .First();
  CHECK(quantified.message == "forall (i : 0 .. 2) a[i] < 8 is false: a[1] = 9");
}

TEST_CASE("Says who waits for whom at a deadlock, and only who can help") {
  struct Case {
    const char* text;
    std::vector<std::string> says;
  };
  const Case cases[] = {
      {R"(
shared int a = 0, b = 0;
process p { await (a == 1); b = 1; }
process q { await (b == 1); a = 1; }
)",
       {"Who waits for whom: p -> q -> p.",
        "p is blocked at `a == 1` (line 3): a = 0. Only q could change that."}},
      {R"(
shared int lock = 0, ready = 0;
process p {
  atomic { await (lock == 0); lock = 1; }
  atomic { await (lock == 0); lock = 1; }
  ready = 1;
  lock = 0;
}
process q { await (ready == 1); atomic { await (lock == 0); lock = 1; } lock = 0; }
)",
       {"p is blocked at `lock == 0` (line 5): lock = 1. p waits for what it took itself at step "
        "1.",
        "q is blocked at `ready == 1` (line 9): ready = 0. Only p could still write it."}},
      {R"(
shared int lock = 0, x = 0;
process p {
  while (1) { bool got; atomic { got = lock == 0; lock = 1; } if (got) break; }
  x = x + 1;
  while (lock)
    ;
  lock = 0;
}
process q {
  while (1) { bool got; atomic { got = lock == 0; lock = 1; } if (got) break; }
  x = x + 1;
  lock = 0;
}
)",
       {"p goes round at `lock` (line 6): lock = 1. p waits for what it took itself at step 1.",
        "q goes round at `got` (line 11): lock = 1, written by p at step 1. Nobody is left who "
        "could change that."}},
      {R"(
shared int asleep = 0, awake = 0, full = 0;
process sleeper { if (full == 0) { asleep = 1; await (awake == 1); } }
process waker { full = 1; if (asleep == 1) awake = 1; }
)",
       {"Lost wake-up: waker looked at asleep = 0 at step 3, before sleeper wrote asleep = 1 at "
        "step "
        "4: so it did not wake sleeper."}},
      {R"(
shared int n = 0;
process p[2] { int c = n; c++; n = c; }
process w { await (n == 2); }
)",
       {"w is blocked at `n == 2` (line 4): n = 1", "The update of step 3 is lost."}},
      {R"(
shared int empty = 1, full = 0, mutex = 1;
void down(int *s) { atomic { await (*s > 0); (*s)--; } }
void up(int *s) { atomic { (*s)++; } }
process producer { down(&mutex); down(&empty); up(&mutex); up(&full); }
process consumer { down(&mutex); down(&full); up(&mutex); up(&empty); }
)",
       {"producer is blocked at `*s > 0` in `down(&mutex)` (line 5): mutex = 0, written by "
        "consumer at "
        "step 1. Only consumer could change that.",
        "consumer is blocked at `*s > 0` in `down(&full)` (line 6): full = 0. Only producer could "
        "change that."}},
      {R"(
shared int go = 0;
process p { while (go == 0); }
process q { go = 0; }
)",
       {"p goes round at `go == 0` (line 3): go = 0, written by q at step 1. Nobody is left who "
        "could "
        "change that."}},
      {R"(
shared queue<int> orders;
shared queue<int, 1> goods;
process p { int x = take(orders); int y = take(goods); }
process q { append(goods, 1); append(goods, 2); append(orders, 1); }
)",
       {"p is blocked at `take(orders)` (line 4): orders = []. Only q could change that.",
        "q is blocked at `append(goods, 2)` (line 5): goods = [1], last appended to by q at step "
        "1. "
        "Only p could change that.",
        "Who waits for whom: p -> q -> p."}},
      // Who only takes from the semaphore, or waits for it himself, cannot help.
      {R"(
shared uint8_t s = 1;
process p[2] { atomic { await (s > 0); s--; } }
process q { await (s == 5); s = 1; }
)",
       {"p[1] is blocked at `s > 0` (line 3): s = 0, written by p[0] at step 1. Nobody is left who "
        "could "
        "change that."}},
  };
  for (const Case& one : cases) {
    const Checked checked = CheckText(one.text);
    REQUIRE(checked.result.verdict == Verdict::kDeadlock);
    const std::string why = WhyOf(checked.First());
    for (const std::string& says : one.says)
      CHECK_MESSAGE(why.find(says) != std::string::npos, why);
  }
}

struct DeadlockCase {
  const char* text;
  std::vector<std::string> why;  // the paragraphs, whole
};

void CheckDeadlocks(const std::vector<DeadlockCase>& cases) {
  for (const DeadlockCase& one : cases) {
    CAPTURE(one.text);
    const Checked checked = CheckText(one.text);
    REQUIRE(checked.result.verdict == Verdict::kDeadlock);
    CHECK(WhyOf(checked.First()) == fmt::format("{}", fmt::join(one.why, " ")));
  }
}

TEST_CASE("Says of a process that waits where it ends up, not what it passes on the way") {
  CheckDeadlocks({
      {R"(
shared int x = 0;
process a { for (int i = 0; i < 2; i++) step; await (x == 1); }
)",
       {"After 2 more steps a is blocked at `x == 1` (line 3): x = 0. Nobody is left who could "
        "change that."}},
      {R"(
shared int x = 0, y = 0;
process a { if (y) step; await (x == 1); }
process b { await (y == 1); }
)",
       {"After 1 more step a is blocked at `x == 1` (line 3): x = 0. Nobody is left who could "
        "change that.",
        "b is blocked at `y == 1` (line 4): y = 0. Nobody is left who could change that."}},
      // A loop is told by the conditions that keep the process in it: not those of an inner loop,
      // and not those before it.
      {R"(
shared int go = 0, stop = 0;
process a {
  for (int k = 0; k < 3; k++) step;
  while (go == 0 && stop == 0) for (int i = 0; i < 2; i++) step;
}
)",
       {"After 3 more steps a goes round at `go == 0` (line 5) and `stop == 0` (line 5): go = 0; "
        "stop = 0. Nobody is left who could change that."}},
      {R"(
shared int x = 0;
process a { while (1) step; }
)",
       {"a goes round at `step;` (line 3)."}},
      // By what it chooses it comes to one thing or another.
      {R"(
shared int x = 0, y = 0;
process a {
  while (x == 0) {
    int k = choose (0 .. 1);
    step;
    if (k) { step; await (y == 1); }
  }
}
)",
       {"a goes round at `x == 0` (line 4), or is blocked at `y == 1` (line 7): x = 0; y = 0. "
        "Nobody is left who could change that."}},
      {R"(
shared queue<int> q;
process a { while (1) { step; int v = take(q); } }
)",
       {"After 1 more step a is blocked at `take(q)` (line 3): q = []. Nobody is left who could "
        "change that."}},
  });
  const json waiting = CheckText(R"(
shared int x = 0;
process a { for (int i = 0; i < 2; i++) step; await (x == 1); }
)")
                           .Json()["counterexamples"][0]["waiting"]["processes"][0];
  CHECK(waiting["condition"] == "x == 1");
  CHECK(waiting["position"] == json({{"line", 3}, {"column", 54}}));
  CHECK(waiting["blocked"] == false);
  CHECK(waiting["steps_before"] == json::array({2, 2}));
  REQUIRE(waiting["comes_to"].size() == 1);
  CHECK(waiting["comes_to"][0]["blocked"] == true);
}

TEST_CASE(
    "Says that somebody could end a wait only where the code may, and that nobody could "
    "only where it cannot") {
  CheckDeadlocks({
      // It takes from the queue, which does not fill it.
      {R"(
shared int x = 0;
shared queue<int> q;
process a { select { when (x == 1) x = 2; when (!empty(q)) { int v = take(q); } } }
process b { int v = take(q); }
)",
       {"a is blocked at `select` (line 4): x = 0; q = []. Nobody is left who could change that.",
        "b is blocked at `take(q)` (line 5): q = []. Nobody is left who could change that."}},
      // It appends to the queue, which is full.
      {R"(
shared queue<int> orders;
shared queue<int, 1> goods;
process p { int x = take(orders); append(goods, x); }
process q { append(goods, 1); append(goods, 2); append(orders, 1); }
)",
       {"p is blocked at `take(orders)` (line 4): orders = []. Only q could change that.",
        "q is blocked at `append(goods, 2)` (line 5): goods = [1], last appended to by q at step "
        "1. Nobody is left who could change that."}},
      // A constant that does not help.
      {R"(
shared int x = 5, y = 0;
process a { await (x < 3); }
process c { await (y > 7); x = 6; }
)",
       {"a is blocked at `x < 3` (line 3): x = 5. Nobody is left who could help: c could still "
        "write it, but nothing that ends the wait.",
        "c is blocked at `y > 7` (line 4): y = 0. Nobody is left who could change that."}},
      // One that does.
      {R"(
shared int x = 5, y = 0;
process a { await (x < 3); }
process c { await (y > 7); x = 2; }
)",
       {"a is blocked at `x < 3` (line 3): x = 5. Only c could change that.",
        "c is blocked at `y > 7` (line 4): y = 0. Nobody is left who could change that."}},
      // What is written is not known.
      {R"(
shared int x = 5, y = 0;
process a { await (x < 3); }
process c { await (y > 7); x = y; }
)",
       {"a is blocked at `x < 3` (line 3): x = 5. Only c could still write it.",
        "c is blocked at `y > 7` (line 4): y = 0. Nobody is left who could change that."}},
      // Neither of the two helps alone, both together would.
      {R"(
shared int x = 0, y = 0, z = 0;
process a { await (x + y == 2); }
process c { await (z > 7); x = 1; }
process d { await (z > 8); y = 1; }
)",
       {"a is blocked at `x + y == 2` (line 3): x = 0; y = 0. Only c or d could still write any of "
        "these.",
        "c is blocked at `z > 7` (line 4): z = 0. Nobody is left who could change that.",
        "d is blocked at `z > 8` (line 5): z = 0. Nobody is left who could change that."}},
      // What it writes does not help, but wakes one who could.
      {R"(
shared int x = 5, y = 0;
process a { await (x < 3); }
process b { await (x == 6); x = 1; }
process c { await (y > 7); x = 6; }
)",
       {"a is blocked at `x < 3` (line 3): x = 5. Only c could still write it.",
        "b is blocked at `x == 6` (line 4): x = 5. Only c could change that.",
        "c is blocked at `y > 7` (line 5): y = 0. Nobody is left who could change that."}},
  });
}

TEST_CASE("Quotes the commands to copy for a shell where a file's name needs it") {
  const Checked checked = CheckText("shared int x = 0;\nprocess a { await (x == 1); }\n");
  const std::pair<std::string, std::string> cases[] = {
      {"plain.scn", "plain.scn --schedule plain.sched"},
      {"a/b-c_1.scn", "a/b-c_1.scn --schedule b-c_1.sched"},
      {"it's a file.scn", R"('it'\''s a file.scn' --schedule 'it'\''s a file.sched')"},
      {"-x.scn", "./-x.scn --schedule ./-x.sched"},
      {"a/-x y.scn", "'a/-x y.scn' --schedule './-x y.sched'"},
      {"~$(x);.scn", "'~$(x);.scn' --schedule '~$(x);.sched'"},
      {"\u00fcbung.scn", "\u00fcbung.scn --schedule \u00fcbung.sched"},
  };
  for (const auto& [file, words] : cases) {
    TextOptions options;
    options.file_name = file;
    const std::string text = checked.Text(options);
    CHECK_MESSAGE(text.find("interleave check " + words + "\n") != std::string::npos, text);
  }
  TextOptions written;
  written.file_name = "-x.scn";
  written.schedule_path = "a b.sched";
  CHECK(checked.Text(written).find("interleave replay ./-x.scn 'a b.sched'\n") !=
        std::string::npos);
}

TEST_CASE("Says where local work became too much, and which option allows more") {
  const std::string text = CheckText(R"(option local_limit = 1000;
shared int x = 0;
process p {
    x = 1;
    int i = 0;
    while (i < 5000)
        i++;
}
)")
                               .Text({});
  CHECK_MESSAGE(
      text.find("more than 1000 local operations in one step of p (`option") != std::string::npos,
      text);
  CHECK_MESSAGE(text.find(":6:") != std::string::npos, text);
  CHECK_MESSAGE(text.find(": note: this goes on for more than 1000 local operations\n"
                          "    while (i < 5000)\n") != std::string::npos,
                text);
  CHECK_MESSAGE(text.find("hint: `option local_limit = N;` follows more") != std::string::npos,
                text);
}

TEST_CASE("Says which property was too much to judge, where, and which option allows more") {
  const std::string text = CheckText(R"(option local_limit = 1000;
shared int x = 0;
int sum(void) {
    int s = 0;
    for (int i = 0; i < 5000; i++)
        s += x;
    return s;
}
process p { x = 1; }
invariant fine: x <= 1;
invariant total: sum() >= 0;
)")
                               .Text({});
  CHECK_MESSAGE(
      text.find("more than 1000 operations to judge `total` (`option") != std::string::npos, text);
  CHECK_MESSAGE(
      text.find(": note: judging this takes more than 1000 operations (`option "
                "local_limit`)\n    for (int i = 0; i < 5000; i++)\n") != std::string::npos,
      text);
  CHECK_MESSAGE(
      text.find("hint: `option local_limit = N;` follows more of them\n") != std::string::npos,
      text);
}

TEST_CASE("Shows what functions gave that a condition calls, and what they read") {
  const Explanation sum = CheckText(R"(
shared int a[3] = {1, 2, 3}, most = 6;
int at(int i) { return a[i]; }
int sum(int n) { int s = 0; for (int i = 0; i < n; i++) s += at(i); return s; }
process p { a[0] = 2; }
invariant total: sum(most / 2) <= most || at(2) < 3;
)")
                              .First();
  CHECK(sum.message ==
        "sum(most / 2) <= most || at(2) < 3 is false: sum(3) = 7, at(2) = 3, most = 6");
  CHECK(WhyOf(sum) == "sum(3) read a[0] = 2, a[1] = 2, a[2] = 3. at(2) read a[2] = 3.");
  // What a function reads counts as named.
  const Explanation lost = CheckText(R"(
shared int count = 0;
bool is_two(void) { return count == 2; }
process p[2] { count = count + 1; }
invariant two: done(p[0]) && done(p[1]) => is_two();
)")
                               .First();
  CHECK(lost.anomaly == "lost update");
  CHECK(lost.message == "done(p[0]) && done(p[1]) => is_two() is false: is_two() = 0");
  const Explanation error = CheckText(R"(
shared int a[2] = {1, 2};
int find(int v) { int i = 0; while (a[i] != v) i++; return i; }
process p { a[0] = 2; }
invariant there: find(1) == 0;
)")
                                .First();
  CHECK(error.message == "index 2 is outside 0 .. 1, in `find(1)`, while judging invariant there");
}

TEST_CASE("Explains a condition that is false because a local is dead") {
  const Explanation done = CheckText(R"(
shared int x = 0;
process p { int r = 5; x = r; step; step; }
invariant i: done(p) => p.r == 5;
)")
                               .First();
  CHECK(done.message == "done(p) => p.r == 5 is false: p.r = 0");
  CHECK(WhyOf(done) == "p.r is dead there (p is done), so it reads as 0.");
  const Explanation outside = CheckText(R"(
shared int x = 0;
process p { { int r[2] = {5, 6}; x = r[1]; } step; }
invariant i: x == 0 || p.r[1] == 6;
)")
                                  .First();
  CHECK(WhyOf(outside) == "p.r is dead there (p is outside its scope), so it reads as 0.");
  const Explanation alive = CheckText(R"(
shared int x = 0;
process p { int r = 5; x = r; step; }
invariant i: x == 0 || p.r == 6;
)")
                                .First();
  CHECK(alive.message == "x == 0 || p.r == 6 is false: x = 5, p.r = 5");
  CHECK(WhyOf(alive).empty());
}

TEST_CASE("Tells a step by its accesses, what they decided and its marks") {
  const LoadedScenario loaded = LoadScenario(R"(
shared int x = 0, lock = 1;
shared char c[2];
shared queue<int> q;
enum color { RED, GREEN };
shared enum color light = RED;
process p {
  if (x == 0 && lock == 1)
    c[x] = 'z';
  produced(c[0]);
  atomic { await (lock > 0); lock--; }
  append(q, 5);
  int y = take(q);
  light = y == 5 ? GREEN : RED;
  await (light == GREEN);
  step;
}
)");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  const Trace trace = RunOf(*loaded, std::vector<int>(11, 0));
  const TraceView view = BuildTraceView(*loaded, *loaded.source, trace);
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"reads x = 0: x == 0 is true", "reads x = 0; test true"},
      {"reads lock = 1: lock == 1 is true", "reads lock = 1; test true"},
      {"reads x = 0", "reads x = 0"},
      {"c[0] = 'z'", "c[0] = 'z'"},
      {"reads c[0] = 'z'; produced 'z'", "reads c[0] = 'z'; produced 'z'"},
      {"atomic: lock = 0", "atomic: lock = 0"},
      {"appends 5 to q", "appends 5 to q"},
      {"takes 5 from q", "takes 5 from q"},
      {"light = GREEN", "light = GREEN"},
      {"passes await (light == GREEN); reads light = GREEN", "await passes; reads light = GREEN"},
      {"step", "step"},
  };
  REQUIRE(view.rows.size() == expected.size() + 1);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(Untied(view.rows[i + 1].words) == expected[i].first);
    CHECK(Untied(view.rows[i + 1].brief) == expected[i].second);
  }
  REQUIRE(view.rows[4].changes.size() == 1);
  CHECK(view.rows[4].changes[0].name == "c[0]");
  CHECK(view.rows[4].changes[0].before == "-");
  CHECK(view.rows[4].changes[0].after == "'z'");
  REQUIRE(view.rows[7].changes.size() == 1);
  CHECK(view.rows[7].changes[0].before == "[]");
  CHECK(view.rows[7].changes[0].after == "[5]");
  CHECK(view.rows[11].done);
}

TEST_CASE("Says who woke a sleeper, or that nobody did") {
  TextOptions wide;
  wide.width = 200;
  const std::string waits =
      "mutex m; condition c;\nprocess waiter { lock(m); wait(c, &m); assert (false); }\n";
  const std::pair<std::string, const char*> cases[] = {
      {waits + "process caller { await (waiters(c) == 1); signal(c); }\n", "on c woken by caller"},
      {waits + "process caller { await (waiters(c) == 1); broadcast(c); }\n",
       "on c woken by caller"},
      {"mutex m; condition c = true;\nprocess waiter { lock(m); wait(c, &m); assert (false); }\n"
       "process caller { await (waiters(c) == 1); signal(c); }\n",
       "on c by itself"},
      {"futex f = 1;\nprocess waiter { if (futex_wait(f, 1) == 0) assert (false); }\n"
       "process other { await (sleepers(f) == 1); f.store(2); f.store(3); }\n"
       "process caller { await (f.load() == 3); futex_wake(f, 1); }\n",
       "on f woken by caller"},
  };
  for (const auto& [text, says] : cases) {
    const std::string told = CheckText(text).Text(wide);
    CHECK_MESSAGE(told.find(std::string("wakes up ") + says) != std::string::npos, told);
  }
}

TEST_CASE("Says of an operation that it failed, and shows of an object what matters") {
  TextOptions wide;
  wide.width = 200;
  const std::string told =
      CheckText(
          "#include <pthread.h>\n"
          "pthread_mutex_t e = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;\n"
          "pthread_mutex_t r = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;\n"
          "process p { pthread_mutex_lock(&e); pthread_mutex_lock(&e); pthread_mutex_lock(&r);\n"
          "pthread_mutex_lock(&r); assert (pthread_mutex_timedlock(&e, NULL) == 0); }\n")
          .Text(wide);
  for (const char* part : {"fails to lock (35) e", "gives up locking (35) e", "e nobody -> p\n",
                           "r nobody -> p\n", "r p -> p, depth = 1\n"}) {
    CHECK_MESSAGE(told.find(part) != std::string::npos, part, told);
  }
}

TEST_CASE("Says the values that a condition had read before the step in which it failed") {
  TextOptions wide;
  wide.width = 200;
  const char* const cases[][2] = {{"shared int x = 0;\nprocess p { int k = 2; int m = 2; x = 1; "
                                   "assert (k > 1 && x != m - 1); }\n",
                                   "fails: k = 2, x = 1, m = 2\n"},
                                  {"shared int x = 0;\nint twice(int n) { return 2 * n; }\n"
                                   "process p[2] { int k = choose (3 .. 4); x = self; assert (k > "
                                   "4 || twice(x) != 2 * self); }\n",
                                   "fails: k = 3, "}};
  for (const auto& [text, says] : cases) {
    const std::string told = CheckText(text).Text(wide);
    CHECK_MESSAGE(told.find(says) != std::string::npos, told);
  }
}

TEST_CASE("Tells two decisions of one step apart, and a struct from its first member") {
  const LoadedScenario loaded = LoadScenario(R"(
shared int s = 1, r = 0;
struct pair { int value; int next; };
struct both { struct pair in; int out[2]; };
shared struct both pool[2] = {};
shared struct both *whole = NULL;
shared struct pair *part = NULL;
shared int *cell = NULL;
process p {
  select { when (s > 0) { int c = choose (0 .. 2); r = c; } when (s > 5) ; else ; }
  whole = &pool[1];
  part = &pool[1].in;
  cell = &pool[1].in.value;
  cell = pool[1].out;
}
)");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  const Trace trace = RunOf(*loaded, std::vector<int>(6, 0));
  const TraceView view = BuildTraceView(*loaded, *loaded.source, trace);
  const std::vector<std::string> expected = {"select: reads s = 1; alternative 1; chose 0",
                                             "r = 0",
                                             "whole = &pool[1]",
                                             "part = &pool[1].in",
                                             "cell = &pool[1].in.value",
                                             "cell = &pool[1].out[0]"};
  REQUIRE(view.rows.size() == expected.size() + 1);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(Untied(view.rows[i + 1].words) == expected[i]);
  }
}

TEST_CASE("Folds rounds of busy waiting into one row") {
  const LoadedScenario loaded = LoadScenario(R"(
shared int in = 0, out = 0;
process p { while (in == out); }
process q { in = 1; }
)");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  const Trace trace = RunOf(*loaded, {0, 0, 0, 0, 0, 0, 1, 0, 0});
  const TraceView view = BuildTraceView(*loaded, *loaded.source, trace);
  REQUIRE(view.rows.size() == 5);
  CHECK(view.rows[1].first_step == 1);
  CHECK(view.rows[1].last_step == 6);
  CHECK(view.rows[1].rounds == 3);
  CHECK(Untied(view.rows[1].words) ==
        "goes round: reads in = 0; reads out = 0; test true (3 times)");
  CHECK(view.rows[2].first_step == 7);
  ViewOptions unfolded;
  unfolded.fold = false;
  CHECK(BuildTraceView(*loaded, *loaded.source, trace, unfolded).rows.size() == 10);
}

TEST_CASE("Draws cells unwritten, live and taken") {
  const LoadedScenario loaded = LoadScenarioFile("scenarios/notes/two_producers.scn");
  // producer[0] makes 'a' (6 steps), the consumer takes it (6 steps).
  const Trace trace = RunOf(*loaded, {0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2});
  const TraceView view = BuildTraceView(*loaded, *loaded.source, trace);
  using State = DrawnCell::State;
  const auto state = [&](std::size_t row) { return view.rows[row].drawn.cells[0].state; };
  CHECK(state(0) == State::kUnwritten);
  CHECK(state(3) == State::kUnwritten);
  CHECK(state(4) == State::kLive);   // stored, `in` not moved yet
  CHECK(state(10) == State::kLive);  // read, `out` not moved yet
  CHECK(state(12) == State::kTaken);
  CHECK(view.rows[12].drawn.cells[0].text == "a");
  CHECK(view.rows[12].drawn.out == "1");
  CHECK(view.rows[12].drawn.changed);
  CHECK(!view.rows[11].drawn.changed);
}

TEST_CASE("Draws a ring of structs, and tells one by its changes that is too wide to draw") {
  const Checked structs = CheckText(R"(
struct item { int id; char kind; };
shared struct item ring[2];
shared int in = 0, out = 0;
process p { ring[in].id = 7; ring[in].kind = 'k'; in = 1; assert (in == 0); }
option draw = ring (ring, out, in);
)");
  CHECK(structs.Text().find("| 7,k | -   |") != std::string::npos);
  const Checked wide = CheckText(R"(
shared int ring[60];
shared int in = 0, out = 0;
process p { ring[in] = 7; in = 1; assert (in == 0); }
option draw = ring (ring, out, in);
)");
  CHECK(wide.Text().find("ring[0] - -> 7") != std::string::npos);
}

TEST_CASE("Leaves out the middle of a long run") {
  const Checked checked = CheckText(R"(
shared int x = 0;
process p { while (x < 600) x = x + 1; assert (0); }
)");
  TextOptions options;
  options.max_rows = 40;
  const std::string text = checked.Text(options);
  CHECK(text.find(" are left out here ...") != std::string::npos);
  CHECK(LinesOf(text).size() < 100);
}

TEST_CASE("Gives the start choices, and what breaks before the first step") {
  const Checked checked = CheckText(R"(
shared int x = 0;
process p { int v = choose (3 .. 4); x = v; }
invariant never_four: x != 4;
)");
  CHECK(checked.Text().find("^ p chose 4") != std::string::npos);
  CHECK(checked.Json()["counterexamples"][0]["initial"]["chose"]["p"] == json::array({4}));
  const Checked at_once = CheckText(R"(
shared int x = 0;
process p { x = 1; }
invariant one: x == 1;
)");
  CHECK(at_once.Text().find("^ breaks one: x = 0") != std::string::npos);
  const Checked unreached = CheckText(R"(
shared int x = 0;
process p { x = 1; }
reachable two: x == 2;
)");
  CHECK(unreached.Text().find("x == 2 is not true in any reachable state") != std::string::npos);
  CHECK(unreached.Text().find("step line") == std::string::npos);
}

TEST_CASE("Repeats warnings about a check that checks nothing") {
  const Checked checked = CheckText(R"(
shared int x = 0;
process p { x = 1; }
property fifo;
)");
  REQUIRE(!checked.result.vacuities.empty());
  CHECK(checked.Text().find("test.scn:4:") != std::string::npos);
  CHECK(checked.Text().find("warning: ") != std::string::npos);
  const json report = checked.Json();
  REQUIRE(report["warnings"].size() == checked.result.vacuities.size());
  CHECK(report["warnings"][0]["position"]["line"] == 4);
}

TEST_CASE("Shows every counterexample of a search that keeps going") {
  CheckOptions options;
  options.keep_going = true;
  const Checked checked = CheckText(R"(
shared int x = 0;
process p { x = 1; x = 2; }
invariant no_one: x != 1;
invariant no_two: x != 2;
)",
                                    options);
  const std::string text = checked.Text();
  CHECK(text.find("invariant no_one") != std::string::npos);
  CHECK(text.find("invariant no_two") != std::string::npos);
  CHECK(text.find("counterexample 2 of 2") != std::string::npos);
  CHECK(checked.Json()["counterexamples"].size() == 2);
}

// --- the truth of what is said

struct Said {
  std::string who, name, value;
  int step;
};

// "P read in = 0 at step 7", "P had read ...", "P wrote in = 1 at step 9", "P stored 'a' in c at
// step 4".
void CheckTruth(const Program& program, const Trace& trace, const std::string& why) {
  static const std::regex reads(R"((\S+) (?:had )?read (\S+) = (\S+) at step (\d+))");
  static const std::regex writes(R"((\S*[^,\s]) wrote (\S+) = (\S+?),? at step (\d+))");
  static const std::regex stores(R"((\S+) stored (\S+) in (\S+?)(?: once,)? at step (\d+))");
  const auto all = [&](const std::regex& pattern, Event::Kind kind, int name, int value) {
    for (std::sregex_iterator it(why.begin(), why.end(), pattern), end; it != end; ++it) {
      const std::smatch& match = *it;
      const auto step = static_cast<std::size_t>(std::stoul(match[4]));
      CAPTURE(match.str());
      REQUIRE(step >= 1);
      REQUIRE(step <= trace.steps.size());
      const TraceStep& at = trace.steps[step - 1];
      const std::string& who = program.processes[static_cast<std::size_t>(at.process)].name;
      if (match[1] == "had" || match[1] == "it") continue;
      CHECK(who == match[1]);
      bool found = false;
      for (const Event& event : at.events) {
        found = found || (event.kind == kind && PlaceName(program, event.address) == match[name] &&
                          FormatValue(program, program.slots[event.address].type, event.value) ==
                              match[value]);
      }
      CHECK_MESSAGE(found, why);
    }
  };
  all(reads, Event::Kind::kRead, 2, 3);
  all(writes, Event::Kind::kWrite, 2, 3);
  all(stores, Event::Kind::kWrite, 3, 2);
}

void CheckReport(const Checked& checked) {
  const std::string text = checked.Text();
  for (const std::string& line : LinesOf(text)) {
    if (line.find("interleave ") == std::string::npos)
      CHECK_MESSAGE(DisplayWidth(line) <= 80, text);
  }
  const json report = checked.Json();
  CHECK(report["counterexamples"].size() == checked.result.counterexamples.size());
  for (const Counterexample& example : checked.result.counterexamples) {
    const Explanation explanation = Explain(*checked.loaded, *checked.loaded.source, example);
    if (example.trace.initial.empty()) continue;
    CheckTruth(*checked.loaded, example.trace, WhyOf(explanation));
    for (const Remark& remark : explanation.remarks) {
      CHECK(remark.step >= 0);
      CHECK(remark.step <= static_cast<int>(example.trace.steps.size()));
    }
    // Who is said to be unable to help must not be able to.
    const std::vector<int64_t>& last =
        example.trace.steps.empty() ? example.trace.initial : example.trace.steps.back().state;
    for (const Waiter& waiter : explanation.waiting.waiters) {
      CHECK(waiter.waits);
      for (const int other : waiter.waits_for) {
        CHECK(other != waiter.process);
        const std::vector<bool> may = MayWrite(*checked.loaded, last.data(), other);
        bool any = false;
        for (const uint32_t cell : waiter.cells) any = any || may[cell];
        CHECK(any);
      }
    }
  }
}

TEST_CASE("Says of the scenarios only what the accesses show") {
  for (const std::string& path : kBroken) {
    CAPTURE(path);
    CheckReport(CheckScenario(path));
    CheckReport(CheckScenario(path, {}, {{"granularity", "statement"}}));
  }
}

TEST_CASE("Says of random programs only what the accesses show") {
  CheckOptions options;
  options.max_states = 20'000;
  options.keep_going = true;
  int broken = 0;
  std::set<std::string> anomalies;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    const RandomScenario random = MakeRandomScenario(seed);
    Checked checked{LoadScenario(random.text), {}};
    REQUIRE_MESSAGE(checked.loaded, checked.loaded.diagnostics);
    checked.result = Check(*checked.loaded, options);
    CheckReport(checked);
    broken += !checked.result.counterexamples.empty();
    for (const Counterexample& example : checked.result.counterexamples) {
      anomalies.insert(Explain(*checked.loaded, *checked.loaded.source, example).anomaly);
    }
  }
  MESSAGE(broken, " of 300 broken; anomalies: ", fmt::format("{}", fmt::join(anomalies, ", ")));
  CHECK(broken >= 50);
  CHECK(anomalies.size() >= 5);
}

// --- for programs

TEST_CASE("Gives a pass, a limit and a violation their JSON fields") {
  const Checked holds = CheckScenario("scenarios/notes/bounded_buffer.scn");
  json report = holds.Json();
  CHECK(report["schema_version"] == 2);
  CHECK(report["verdict"] == "holds");
  CHECK(report["exit_code"] == 0);
  CHECK(report["strength"]["kind"] == "exhaustive");
  CHECK(report["property"].is_null());
  CHECK(report["memory_model"] == "sc");
  CHECK(report["states"] == 152);
  CHECK(report["transitions"] == 287);
  CHECK(report["complete"] == true);
  CHECK(!report.contains("steps"));
  CHECK(report["diagnostics"] == json::array());
  // What is measured stands apart, and is all that may differ between runs.
  json measured = json::parse(RenderJson(*holds.loaded, *holds.loaded.source, holds.result));
  for (const char* field : {"cpu_seconds_search", "seconds_search", "engine", "memory_bytes",
                            "state_bytes", "peak_resident_bytes"}) {
    CHECK(measured["measured"].contains(field));
  }
  CHECK(measured["measured"].size() == 8);
  measured.erase("measured");
  CHECK(measured == report);

  CheckOptions limited;
  limited.max_states = 50;
  report = CheckScenario("scenarios/notes/bounded_buffer.scn", {}, {}, limited).Json();
  CHECK(report["verdict"] == "incomplete");
  CHECK(report["exit_code"] == 20);
  CHECK(report["strength"]["kind"] == "bounded");
  CHECK(report["strength"]["bounded_by"].is_string());
  CHECK(report["complete"] == false);

  const Checked violated = CheckScenario("scenarios/notes/two_producers.scn");
  report = violated.Json();
  CHECK(report["verdict"] == "violated");
  CHECK(report["exit_code"] == 12);
  CHECK(report["property"] == "fifo");
  CHECK(report["steps"] == 16);
  const json& example = report["counterexamples"][0];
  CHECK(example["kind"] == "fifo");
  CHECK(example["anomaly"] == "overwritten item");
  CHECK(example["is_shortest"] == true);
  CHECK(example["steps"].size() == 16);
  CHECK(example["schedule"].size() == 16);
  CHECK(example["schedule"][0]["process"] == "producer[0]");
  CHECK(example["initial"]["state"]["buffer[0]"].is_null());
  CHECK(example["steps"][3]["changed"]["buffer[0]"] == json::array({nullptr, "'a'"}));
  CHECK(example["steps"][3]["drawing"]["cells"][0] == json({{"value", "'a'"}, {"state", "live"}}));
  CHECK(example["steps"][15]["marks"][0] == json({{"kind", "consumed"}, {"value", "'A'"}}));

  report = CheckScenario("scenarios/synchronization/philosophers_bug.scn").Json();
  CHECK(report["verdict"] == "deadlock");
  CHECK(report["exit_code"] == 11);
  CHECK(report["counterexamples"][0]["waiting"]["cycle"].size() == 5);
}

TEST_CASE("Gives diagnostics as JSON, whatever bytes are in them") {
  const Source source("bad\xff.scn", "process p { x = \xff; }\n");
  Diagnostics diagnostics;
  diagnostics.Warning({0, 7}, "odd \xfe");
  diagnostics.Error({12, 13}, "`x` is not declared", "did you mean `y`?");
  const json report = json::parse(RenderDiagnosticsJson(diagnostics, source));
  CHECK(report["schema_version"] == 2);
  CHECK(report["exit_code"] == 2);
  REQUIRE(report["diagnostics"].size() == 2);
  CHECK(report["diagnostics"][0]["severity"] == "warning");
  CHECK(report["diagnostics"][0]["hint"].is_null());
  CHECK(report["diagnostics"][1] == json({{"severity", "error"},
                                          {"line", 1},
                                          {"column", 13},
                                          {"end_line", 1},
                                          {"end_column", 14},
                                          {"message", "`x` is not declared"},
                                          {"hint", "did you mean `y`?"},
                                          {"checks_nothing", false}}));
}

TEST_CASE("Writes test results as JUnit XML") {
  using Outcome = JUnitCase::Outcome;
  const std::vector<JUnitSuite> suites = {
      {"a.scn",
       {{"expect holds", 0.25, Outcome::kPassed, "", "", ""},
        {"schedule \"<x> & y\"", 1.5, Outcome::kFailed, "schedule", "line 3: not so",
         "first\nsecond\x01"}},
       "a warning\n"},
      {"b.scn", {{"b.scn", {}, Outcome::kError, "", "has errors", ""}}, ""},
      {"c.scn", {{"c.scn", {}, Outcome::kSkipped, "", "nothing to test", ""}}, ""},
  };
  CHECK(RenderJUnit(suites) == R"(<?xml version="1.0" encoding="utf-8"?>
<testsuites name="interleave" tests="4" failures="1" errors="1" skipped="1" time="1.750">
  <testsuite name="a.scn" tests="2" failures="1" errors="0" time="1.750">
    <testcase name="expect holds" classname="a.scn" time="0.250"/>
    <testcase name="schedule &quot;&lt;x&gt; &amp; y&quot;" classname="a.scn" time="1.500">
      <failure type="schedule" message="line 3: not so">first
second?</failure>
    </testcase>
    <system-out>a warning
</system-out>
  </testsuite>
  <testsuite name="b.scn" tests="1" failures="0" errors="1">
    <testcase name="b.scn" classname="b.scn">
      <error message="has errors">has errors</error>
    </testcase>
  </testsuite>
  <testsuite name="c.scn" tests="1" failures="0" errors="0" skipped="1">
    <testcase name="c.scn" classname="c.scn">
      <skipped message="nothing to test"/>
    </testcase>
  </testsuite>
</testsuites>
)");
}

TEST_CASE("Puts progress into one line") {
  CheckProgress before, now;
  before.transitions = 1'000'000;
  before.seconds = 1;
  now.states = 1'234'567;
  now.transitions = 4'000'000;
  now.frontier = 4'321;
  now.depth = 56;
  now.memory_bytes = 12 << 20;
  now.seconds = 2.5;
  const auto text = [&](std::size_t width) {
    ProgressTeller teller(uint64_t{1} << 30);
    teller.Text(before);
    return teller.Text(now, width);
  };
  const std::string whole =
      "1,234,567 states, 4,000,000 transitions, 2,000,000/s, frontier 4,321, depth 56, 12 MiB of "
      "1.0 GiB, 2 s";
  CHECK(text(0) == whole);
  CHECK(text(whole.size()) == whole);
  CHECK(text(79) == "1,234,567 states, 4,000,000 transitions, 2,000,000/s, 12 MiB of 1.0 GiB, 2 s");
  CHECK(text(40) == "1,234,567 states, 12 MiB of 1.0 GiB, 2 s");
  CHECK(text(10) == "1,234,5...");
  for (std::size_t width = 5; width < 120; ++width) CHECK(DisplayWidth(text(width)) <= width);
  CHECK(ProgressTeller(0).Text({}) == "0 states, 0 transitions, frontier 0, depth 0, 0 B, 0 s");
}

TEST_CASE("Progress says that a search began anew while its counts are behind") {
  ProgressTeller teller(0);
  CheckProgress now;
  now.states = 150'000;
  CHECK(teller.Text(now, 30) == "150,000 states, 0 B, 0 s");
  now.stage = "compiled steps";
  now.states = 100'000;
  CHECK(teller.Text(now, 60) == "compiled steps, from the start: 100,000 states, 0 B, 0 s");
  now.states = 200'000;
  CHECK(teller.Text(now, 40) == "compiled steps: 200,000 states, 0 B, 0 s");
}

TEST_CASE("Wraps at blanks, keeps what is tied, and loses no letter") {
  CHECK(Wrap("one two three", 8) == std::vector<std::string>{"one two", "three"});
  CHECK(Wrap("one two three", 8, 2) == std::vector<std::string>{"one two", "  three"});
  const std::string tied = std::string("reads in") + kTied + "=" + kTied + "0";
  CHECK(Wrap(tied, 10) == std::vector<std::string>{"reads", "in = 0"});
  CHECK(Wrap("abcdefghij", 4) == std::vector<std::string>{"abcd", "efgh", "ij"});
  CHECK(Wrap("", 10) == std::vector<std::string>{""});
  CHECK(Wrap("é é é é", 5) == std::vector<std::string>{"é é é", "é"});
  CHECK(Ranges({1, 2, 3, 5, 8, 9}) == "1-3, 5, 8-9");
  CHECK(Grouped(1234567) == "1,234,567");
  CHECK(Grouped(999) == "999");
  CHECK(Shorten("abcdefgh", 6) == "abc...");
}

}  // namespace
}  // namespace interleave
