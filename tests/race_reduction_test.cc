// Partial order and data races: whichever two accesses race in some state of the whole graph, race
// in one that the reduced search visits. Compared on random programs by the definition of a race,
// and by verdict and counterexample; and mistakes are noticed there.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "model/property/judge.h"
#include "model/reduce/partial_order.h"
#include "model/reduce/reduced_system.h"
#include "model/search/check.h"
#include "tests/support/check_text.h"
#include "tests/support/random_loose.h"
#include "tests/support/random_program.h"
#include "tests/support/scenario_loader.h"
#include "tests/support/step_graph.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr uint64_t kRacyPrograms = 300;
constexpr int kCompiledRacyPrograms = 10;
#else
constexpr uint64_t kRacyPrograms = 6'000;
constexpr int kCompiledRacyPrograms = 60;
#endif
constexpr std::size_t kMostRacyStates = 4'000;
constexpr uint64_t kRacySeedsForFaults = 4'000;

// Mostly accesses that something keeps apart: locks, flags, who has which cell.
std::string RacyText(uint64_t seed) {
  constexpr const char* kKeptApart[] = {
      "step;",
      "v = 1;\n    step;",
      "own[me] = v;",
      "v = own[me];",
      "own[me]++;",
      "atomic { n = n + 1; }",
      "atomic { await (n > 0); n = n - 1; }",
      "await (n > 1);",
      "atomic { if (n == 0) c = 1; }",
      "wait(s);",
      "signal(s);",
      "flag = 1;",
      "await (flag == 1);",
      "while (flag == 0)\n        ;",
      "fetch_add(&flag, 1);",
      "lock(m);\n    x = x + 1;\n    unlock(m);",
      "lock(m);\n    v = x;\n    unlock(m);",
      "lock(m);\n    own[v & 3] = 1;\n    unlock(m);",
      "await (!busy);\n    flag = 2;",
      "v = choose (0 .. 1);\n    step;",
      "assume (flag != 2);",
  };
  // Each of two of these, or one of them and one of the above, may race.
  constexpr const char* kBare[] = {
      "n = 1;",
      "n++;",
      "v = n;",
      "x = 2;",
      "x++;",
      "v = x;",
      "busy = true;",
      "await (x == 1);",
      "await (busy);",
      "atomic { await (x == 2); x = 0; }",
      "atomic { x = x + 1; }",
      "v = n;\n    assume (v == 1);",
      "v = x;\n    assume (v != 0);",
      "assume (c == x);",
      "own[0] = 1;",
      "v = own[1];",
      "own[flag & 3] = 2;",
      "if (v == 1)\n        x = 3;",
      "c = v;",
      "v = c;",
  };
  std::mt19937_64 engine(seed);
  const auto percent = [&](uint64_t chance) { return engine() % 100 < chance; };
  std::string text =
      "shared mutex m;\nsemaphore s = 1;\nshared atomic int flag = 0;\n"
      "shared int n = 0, x = 0, c = 0, own[4] = {};\nshared bool busy = false;\n";
  const uint64_t processes = 2 + engine() % 2;
  for (uint64_t p = 0; p < processes; ++p) {
    const bool is_two = p == 0 && percent(25);
    const bool goes_round = percent(15);
    std::string body =
        fmt::format("    int v = 0, me = {};\n", is_two ? "self" : std::to_string(p + 1));
    if (goes_round) body += "    for (;;) {\n";
    for (uint64_t k = 0, steps = 2 + engine() % 3; k < steps; ++k) {
      const char* const step = percent(25) ? kBare[engine() % std::size(kBare)]
                                           : kKeptApart[engine() % std::size(kKeptApart)];
      body += fmt::format("    {}\n", step);
    }
    if (goes_round) body += "    }\n";
    text += fmt::format("{}process {}{} {{\n{}}}\n", goes_round && percent(50) ? "daemon " : "",
                        "pqr"[p], is_two ? "[2]" : "", body);
  }
  text += "property race;\n";
  if (percent(20)) text += "invariant few: n < 2;\n";
  return text;
}

// One of four is what other reductions are compared on.
std::string TextOfSeed(uint64_t seed) {
  if (seed % 4 != 3) return RacyText(seed);
  std::string text = seed % 8 == 3 ? MakeRandomScenario(seed).text : MakeLooseScenario(seed);
  if (text.find("property race;") == std::string::npos) text += "property race;\n";
  return text;
}

LoadedScenario LoadRacy(uint64_t seed) {
  const char* const granularity = seed % 3 == 0 ? "statement" : "access";
  LoadedScenario loaded = LoadScenario(TextOfSeed(seed), {}, {{"granularity", granularity}});
  REQUIRE_MESSAGE(loaded, loaded.diagnostics << TextOfSeed(seed));
  return loaded;
}

// Two processes, what they are about to touch, and whether the first and the second write.
using Race = std::tuple<int, int, uint32_t, bool, bool>;

// By the definition in scenarios/README.md.
void AddRaces(Evaluator& evaluator, const Program& program, const int64_t* state,
              std::set<Race>& races) {
  std::vector<std::vector<Event>> next(static_cast<std::size_t>(program.process_count()));
  for (int p = 0; p < program.process_count(); ++p) {
    std::vector<Event>& events = next[static_cast<std::size_t>(p)];
    evaluator.NextAccesses(state, p, events);
    std::erase_if(events, [&](const Event& event) {
      const bool is_access = event.kind == Event::Kind::kRead || event.kind == Event::Kind::kWrite;
      return !is_access || !program.IsPlain(event.address);
    });
    for (int q = 0; q < p; ++q) {
      for (const Event& a : next[static_cast<std::size_t>(q)]) {
        for (const Event& b : events) {
          const bool first = a.kind == Event::Kind::kWrite, second = b.kind == Event::Kind::kWrite;
          if (a.address == b.address && (first || second) && !(a.in_atomic && b.in_atomic))
            races.emplace(q, p, a.address, first, second);
        }
      }
    }
  }
}

struct Races {
  bool is_compared = false;
  std::set<Race> whole, part;
  std::size_t whole_states = 0, part_states = 0;
};

Races RacesOf(const Program& program, ReductionFault fault = ReductionFault::kNone) {
  Races races;
  if (PartialOrder::Refusal(program)) return races;
  Judge judge(program);
  ProgramSystem system(program, judge.automata());
  const StepGraph graph = MakeStepGraph(system, kMostRacyStates);
  if (!graph.is_whole()) return races;
  for (const std::vector<int64_t>& state : graph.states)
    AddRaces(judge.evaluator(), program, state.data(), races.whole);
  const PartialOrder order(program, true, fault);
  ReducedSystem reduced(system, &order);
  std::set<std::vector<int64_t>> seen;
  std::vector<std::vector<int64_t>> work;
  const auto visit = [&](const int64_t* state, const Successor& successor) {
    const bool is_fine = successor.status == StepStatus::kOk && successor.violated_observer < 0 &&
                         !successor.observer_full;
    std::vector<int64_t> words(state, state + system.state_words());
    if (is_fine && seen.insert(words).second) work.push_back(std::move(words));
    return true;
  };
  reduced.ForEachInitial(visit);
  while (!work.empty()) {
    const std::vector<int64_t> state = std::move(work.back());
    work.pop_back();
    AddRaces(judge.evaluator(), program, state.data(), races.part);
    reduced.ForEachSuccessor(state.data(), visit);
  }
  races.is_compared = reduced.broken() == PartialOrder::Broken::kNothing;
  races.whole_states = graph.states.size();
  races.part_states = seen.size();
  return races;
}

TEST_CASE("Every race of a random program is met in a state that partial order visits") {
  int compared = 0, with_races = 0;
  std::size_t whole = 0, part = 0;
  for (uint64_t seed = 0; seed < kRacyPrograms; ++seed) {
    const LoadedScenario loaded = LoadRacy(seed);
    const Races races = RacesOf(*loaded);
    if (!races.is_compared) continue;
    ++compared;
    with_races += !races.whole.empty();
    whole += races.whole_states;
    part += races.part_states;
    CHECK_MESSAGE(races.part == races.whole, "seed " << seed << "\n" << TextOfSeed(seed));
  }
  MESSAGE(compared << " random programs, " << with_races << " with races; " << part << " of "
                   << whole << " states");
  CHECK(static_cast<uint64_t>(compared) > kRacyPrograms / 2);
  CHECK(with_races * 4 > compared);
  CHECK(with_races * 3 < compared * 2);
  CHECK(part * 2 < whole);
}

TEST_CASE("Reductions leave the verdict on races and its counterexample as they are") {
  constexpr std::array<Reductions, 3> kWays = {Reductions{.partial_order = true},
                                               Reductions{.symmetry = true},
                                               Reductions{.partial_order = true, .symmetry = true}};
  std::map<std::string, int> verdicts;
  for (uint64_t seed = 0; seed < kRacyPrograms; ++seed) {
    const LoadedScenario loaded = LoadRacy(seed);
    CheckOptions options;
    options.explorer = seed % 5 == 3 ? ExplorerKind::kDepthFirst : ExplorerKind::kBreadthFirst;
    options.keep_going = seed % 7 == 1;
    options.max_states = kMostRacyStates;
    options.engine.engine = Engine::kInterpreted;
    const CheckResult whole = Check(*loaded, options);
    if (!whole.complete && (options.keep_going || whole.counterexamples.empty())) continue;
    options.max_states *= 10;
    options.reduce = kWays[seed / 4 % 3];
    const CheckResult part = Check(*loaded, options);
    CHECK_MESSAGE(TextOf(part, false) == TextOf(whole, false), "seed " << seed << "\n"
                                                                       << TextOfSeed(seed));
    ++verdicts[VerdictName(whole.verdict)];
  }
  for (const auto& [verdict, count] : verdicts) MESSAGE(verdict << ": " << count);
  CHECK(verdicts["race"] > 0);
  CHECK(verdicts["holds"] > 0);
}

TEST_CASE("A reduced search for races has the same counts interpreted and compiled") {
  int compared = 0;
  int native = 0;
  for (uint64_t seed = 0; seed < kRacyPrograms && compared < kCompiledRacyPrograms; ++seed) {
    const LoadedScenario loaded = LoadRacy(seed);
    CheckOptions options;
    options.max_states = kMostRacyStates;
    options.reduce.partial_order = true;
    options.engine.engine = Engine::kInterpreted;
    const CheckResult interpreted = Check(*loaded, options);
    if (!interpreted.complete && interpreted.counterexamples.empty()) continue;
    if (interpreted.states < 40) continue;
    options.engine.engine = Engine::kNative;
    options.engine.compile_at = 20;
    options.engine.threads = 1 + seed % 3;
    const CheckResult compiled = Check(*loaded, options);
    CHECK_MESSAGE(TextOf(compiled) == TextOf(interpreted), "seed " << seed << "\n"
                                                                   << TextOfSeed(seed));
    ++compared;
    native += compiled.is_native;
  }
  MESSAGE(compared << " random programs compared, " << native << " with compiled steps to the end");
  CHECK(native > kCompiledRacyPrograms / 4);
}

struct RacyCase {
  const char* what;
  const char* text;
  const char* granularity = "access";
};

// What commutes or cannot be passed, and is a race all the same.
constexpr RacyCase kHiddenRaces[] = {
    {"who comes to a closed gate reads it", R"(
shared int x = 0;
process p { x = 1; }
process q { step; await (x == 1); })"},
    {"additions outside atomic race although they commute", R"(
shared int x = 0;
process p { x++; }
process q { step; x++; })",
     "statement"},
    {"one addition is atomic, the other is not", R"(
shared int x = 0;
process p { atomic { x++; } }
process q { step; x++; })",
     "statement"},
    {"whoever is alone able to move writes what another waits for", R"(
shared int x = 0;
process p { step; step; step; x = 1; }
process q { await (x == 1); })"},
    {"a run that an assume cuts reads first", R"(
shared int x = 0;
process p { assume (x == 1); }
process q { step; x = 2; })"},
    {"two runs that are cut race with each other, until a third moves", R"(
shared atomic int a = 0;
shared int b[2] = {};
process p { step; assume (b[a] == 2); }
process q { step; atomic { b[0] = 1; assume (a == 2); } }
process r { a = 1; })",
     "statement"},
    {"a process that goes round for ever puts off nothing", R"(
shared int x = 0, y = 0;
daemon process p { for (;;) y = 1 - y; }
process q { x = 1; }
process r { step; x = 2; })"},
};

TEST_CASE("What commutes, is blocked or is cut races all the same") {
  for (const RacyCase& racy : kHiddenRaces) {
    CAPTURE(racy.what);
    const LoadedScenario loaded = LoadScenario(std::string(racy.text) + "\nproperty race;\n", {},
                                               {{"granularity", racy.granularity}});
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    const Races races = RacesOf(*loaded);
    CHECK(races.is_compared);
    CHECK(!races.whole.empty());
    CHECK(races.part == races.whole);
    CheckOptions options;
    options.reduce.partial_order = true;
    CHECK(Check(*loaded, options).verdict == Verdict::kRace);
  }
}

// A lock made of a plain cell that is only written in atomic blocks is still a gate.
TEST_CASE("Who waits for a lock is left out where races are looked for") {
  const std::string text = R"(
shared int lock = 0, x = 0;
process p[3] {
    atomic { await (lock == 0); lock = 1; }
    x++;
    x++;
    atomic { lock = 0; }
}
)";
  uint64_t states[2] = {};
  for (const bool races : {false, true}) {
    const LoadedScenario loaded = LoadScenario(text + (races ? "property race;\n" : ""));
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    CheckOptions options;
    options.reduce.partial_order = true;
    const CheckResult result = Check(*loaded, options);
    CHECK(result.verdict == Verdict::kHolds);
    CHECK(result.reduced.partial_order);
    states[races] = result.states;
  }
  CHECK(states[1] <= 2 * states[0]);
}

// Whether some random program loses a race by a mistake in the reduction.
bool LosesARace(ReductionFault fault) {
  for (uint64_t seed = 0; seed < kRacySeedsForFaults; ++seed) {
    const LoadedScenario loaded = LoadRacy(seed);
    const Races races = RacesOf(*loaded, fault);
    if (races.is_compared && races.part != races.whole) return true;
  }
  return false;
}

// Whether some random program is said to be free of races by a mistake in the reduction.
bool IsSaidToHold(ReductionFault fault) {
  for (uint64_t seed = 0; seed < kRacySeedsForFaults; ++seed) {
    const LoadedScenario loaded = LoadRacy(seed);
    CheckOptions options;
    options.max_states = kMostRacyStates;
    options.engine.engine = Engine::kInterpreted;
    if (Check(*loaded, options).verdict != Verdict::kRace) continue;
    options.reduce.partial_order = true;
    options.reduce.fault = fault;
    if (Check(*loaded, options).verdict == Verdict::kHolds) return true;
  }
  return false;
}

TEST_CASE("Mistakes in partial order that lose races are noticed") {
  for (const ReductionFault fault : {ReductionFault::kRacesCommute, ReductionFault::kRacesPassed,
                                     ReductionFault::kNoProviso, ReductionFault::kMissedWrites}) {
    CAPTURE(static_cast<int>(fault));
    CHECK(LosesARace(fault));
  }
  for (const ReductionFault fault : {ReductionFault::kRacesCommute, ReductionFault::kRacesPassed}) {
    CAPTURE(static_cast<int>(fault));
    CHECK(IsSaidToHold(fault));
  }
}

}  // namespace
}  // namespace interleave
