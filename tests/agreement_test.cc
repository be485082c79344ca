// Every explorer against the reference explorer (support/reference_explorer.h): on the scenarios of
// the checkout and on random programs, at both granularities. Compared are the verdict, what broke
// and after how many steps, the counts of complete searches, and whether the counterexample is a
// run that ends as it says, the canonical one, and the same from every explorer. The reference has
// an evaluator of its own, which has to judge nearly all conditions itself.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "model/search/check.h"
#include "tests/support/random_program.h"
#include "tests/support/reference_explorer.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

// Every scenario is compared in one setting at least; under the sanitizers the large ones are not.
#ifdef INTERLEAVE_SANITIZED
constexpr uint64_t kAgreementPrograms = 250;
constexpr std::size_t kScenarioCap = 1'500;
constexpr bool kIsEveryScenarioCompared = false;
#else
constexpr uint64_t kAgreementPrograms = 4'000;
constexpr std::size_t kScenarioCap = 20'000;
constexpr bool kIsEveryScenarioCompared = true;
#endif
constexpr std::size_t kRandomCap = 5'000;
// Brute force over all runs is for small ones.
constexpr uint64_t kCanonicalStates = 600;

struct ExplorerMode {
  const char* name;
  ExplorerKind kind;
  bool keep_going;
};
constexpr ExplorerMode kModes[] = {
    {"breadth-first", ExplorerKind::kBreadthFirst, false},
    {"depth-first", ExplorerKind::kDepthFirst, false},
    {"breadth-first, keep going", ExplorerKind::kBreadthFirst, true},
    {"depth-first, keep going", ExplorerKind::kDepthFirst, true},
};

// --- What the reference expects of a check ---

struct Expected {
  Verdict verdict = Verdict::kHolds;
  int rank = 0;  // of what breaks first, when something does
  uint64_t length = 0;
  bool breaks = false;
};

Verdict VerdictOfRank(const Program& program, int rank) {
  if (rank == kErrorRank) return Verdict::kError;
  if (rank == kDeadlockRank) return Verdict::kDeadlock;
  const PropertyKind kind = program.properties[static_cast<std::size_t>(rank)].kind;
  return kind == PropertyKind::kRace ? Verdict::kRace : Verdict::kViolated;
}

Expected ExpectedOf(const Program& program, const ReferenceResult& reference) {
  Expected expected;
  for (const auto& [rank, first] : reference.breaks) {
    if (expected.breaks && expected.length <= first.length) continue;
    expected = {VerdictOfRank(program, rank), rank, first.length, true};
  }
  if (expected.breaks) return expected;
  if (!reference.complete) return {Verdict::kIncomplete};
  if (!reference.unreached.empty()) return {Verdict::kViolated, *reference.unreached.begin()};
  return {reference.fatal_assume ? Verdict::kVacuous : Verdict::kHolds};
}

// --- Counterexamples ---

// Walks the run with an interpreter of its own; empty when it ends as the violation says.
std::string ReplayFault(const Program& program, const Counterexample& counterexample) {
  const Trace& trace = counterexample.trace;
  const int rank = counterexample.violation.Rank();
  const auto same_memory = [&](const std::vector<int64_t>& memory,
                               const std::vector<int64_t>& state) {
    return state.size() >= memory.size() && std::equal(memory.begin(), memory.end(), state.begin());
  };
  if (trace.initial.empty()) return "no run";
  // The start, as its decisions say.
  Stepper stepper(program);
  std::vector<int64_t> memory = program.initial;
  for (int p = 0; p < program.process_count(); ++p) {
    const auto& decided = trace.initial_decided[static_cast<std::size_t>(p)];
    StepStatus status = StepStatus::kOk;
    bool found = false;
    stepper.FirstOutcome();
    do {
      std::vector<int64_t> next = memory;
      status = stepper.Start(next.data(), p);
      if (status == StepStatus::kCut || stepper.decided() != decided) continue;
      memory = next;
      found = true;
      break;
    } while (stepper.NextOutcome());
    if (!found) return fmt::format("the start of process {} decides otherwise", p);
    if (status != StepStatus::kOk) break;
    // An observer may have broken here; the processes behind have not started then.
    if (trace.steps.empty() && same_memory(memory, trace.initial)) break;
  }
  if (!same_memory(memory, trace.initial)) return "the initial state is another";

  Reference reference(program);
  std::optional<ReferenceMove> at;
  for (const ReferenceMove& start : reference.Starts()) {
    if (start.is_limit() || !same_memory(start.next.memory, trace.initial)) continue;
    if (!start.broken.empty() && (!trace.steps.empty() || !start.broken.contains(rank))) continue;
    at = start;
    break;
  }
  if (!at) return "no start leads to the initial state";
  for (std::size_t i = 0; i < trace.steps.size(); ++i) {
    const TraceStep& step = trace.steps[i];
    if (!at->broken.empty()) return fmt::format("the run is broken before step {}", i + 1);
    const auto moves = reference.Moves(at->next);
    const auto move = std::find_if(moves.begin(), moves.end(), [&](const ReferenceMove& m) {
      return !m.is_limit() && m.process == step.process && m.decided == step.decided;
    });
    if (move == moves.end()) return fmt::format("step {} is not possible", i + 1);
    if (!same_memory(move->next.memory, step.state)) {
      return fmt::format("step {} leads elsewhere", i + 1);
    }
    at = *move;
  }
  if (at->broken.empty()) {
    const bool broken = reference.Broken(at->next, nullptr).contains(rank);
    return broken ? "" : "its last state is not broken";
  }
  if (!at->broken.contains(rank)) return "its last step breaks something else";
  const Violation& violation = counterexample.violation;
  if (at->process >= 0 && violation.process != at->process) return "another process breaks it";
  if (rank == kErrorRank && violation.error.kind != at->error) return "another error";
  return "";
}

bool SameRun(const Trace& a, const Trace& b) {
  if (a.initial != b.initial || a.initial_decided != b.initial_decided) return false;
  return std::equal(a.steps.begin(), a.steps.end(), b.steps.begin(), b.steps.end(),
                    [](const TraceStep& x, const TraceStep& y) {
                      return x.process == y.process && x.decided == y.decided && x.state == y.state;
                    });
}

std::string CanonicalFault(const Program& program, const Counterexample& counterexample) {
  const auto best = CanonicalByReference(program, counterexample.violation.Rank(),
                                         counterexample.trace.steps.size());
  if (!best) return "the reference finds no such run";
  std::vector<int> processes;
  for (const TraceStep& step : counterexample.trace.steps) processes.push_back(step.process);
  if (counterexample.trace.Switches() != best->switches) {
    return fmt::format("{} switches, {} would do", counterexample.trace.Switches(), best->switches);
  }
  return processes == best->processes ? "" : "a smaller order of processes would do";
}

// --- One program under all explorers ---

using AgreementChecker = CheckResult (*)(const Program&, const CheckOptions&);

// What is not as the reference says, a line each.
std::vector<std::string> Faults(const Program& program, const ReferenceResult& reference,
                                AgreementChecker check = Check) {
  std::vector<std::string> faults;
  const Expected expected = ExpectedOf(program, reference);
  std::map<int, Trace> runs;  // by rank, of the first explorer
  for (const ExplorerMode& mode : kModes) {
    const auto fault = [&](const std::string& what) {
      faults.push_back(std::string(mode.name) + ": " + what);
    };
    const auto differ = [&](const char* what, const auto& got, const auto& wanted) {
      if (got != wanted) fault(fmt::format("{} {}, the reference says {}", what, got, wanted));
    };
    CheckOptions options;
    options.explorer = mode.kind;
    options.keep_going = mode.keep_going;
    const CheckResult result = check(program, options);

    // Which things break.
    std::map<int, uint64_t> wanted;
    if (mode.keep_going) {
      for (const auto& [rank, first] : reference.breaks) wanted[rank] = first.length;
    } else if (expected.breaks) {
      wanted[expected.rank] = expected.length;
    }
    const bool unreached = reference.breaks.empty() || mode.keep_going;
    if (unreached) {
      for (const int rank : reference.unreached) {
        wanted[rank] = 0;
        if (!mode.keep_going) break;
      }
    }
    std::map<int, uint64_t> got;
    for (const Counterexample& c : result.counterexamples) {
      got[c.violation.Rank()] = c.trace.steps.size();
    }
    const auto text = [](const std::map<int, uint64_t>& breaks) {
      std::string all;
      for (const auto& [rank, length] : breaks) all += fmt::format(" {} in {} steps", rank, length);
      return all;
    };
    differ("breaks", text(got), text(wanted));
    if (!mode.keep_going) {
      differ("verdict", std::string(VerdictName(result.verdict)),
             std::string(VerdictName(expected.verdict)));
    } else if (wanted.empty()) {
      differ("verdict", std::string(VerdictName(result.verdict)),
             std::string(VerdictName(expected.verdict)));
    }

    // Counts, where everything was visited.
    if (mode.keep_going || !expected.breaks) {
      differ("complete", result.complete, reference.complete);
      differ("states", result.states, reference.states);
      differ("transitions", result.transitions, reference.transitions);
      if (mode.kind == ExplorerKind::kBreadthFirst) {
        differ("depth", result.depth, reference.depth);
      } else if (result.depth < reference.depth) {
        fault("a depth below the breadth-first one");
      }
    } else if (mode.kind == ExplorerKind::kBreadthFirst && result.states > reference.states) {
      fault("more states than there are");
    }

    for (const Counterexample& c : result.counterexamples) {
      const int rank = c.violation.Rank();
      const auto known = reference.breaks.find(rank);
      if (known == reference.breaks.end()) continue;  // an unreached `reachable` has no run
      if (!c.is_shortest) fault("a counterexample that is not shown to be shortest");
      if (rank == kErrorRank && !known->second.errors.contains(c.violation.error.kind)) {
        fault(fmt::format("the error {}, which is not there", ErrorName(c.violation.error.kind)));
      }
      if (const std::string replay = ReplayFault(program, c); !replay.empty()) fault(replay);
      const auto [first, fresh] = runs.emplace(rank, c.trace);
      if (!fresh && !SameRun(first->second, c.trace)) fault("another counterexample");
      if (fresh && reference.states <= kCanonicalStates) {
        if (const std::string c_fault = CanonicalFault(program, c); !c_fault.empty())
          fault(c_fault);
      }
    }
  }
  return faults;
}

void CheckAgreement(const Program& program, const ReferenceResult& reference,
                    const std::string& what) {
  const std::vector<std::string> faults = Faults(program, reference);
  if (faults.empty()) return;
  std::string message = what;
  for (const std::string& fault : faults) message += "\n  " + fault;
  FAIL_CHECK(message);
}

// What the reference evaluator left to the evaluator that it is there to judge, over many programs.
void AddCover(const ReferenceCover& cover, ReferenceCover& sum) {
  sum.judged += cover.judged;
  sum.left_to_observer += cover.left_to_observer;
  for (const auto& [why, count] : cover.not_covered) sum.not_covered[why] += count;
}

std::string CoverText(const ReferenceCover& cover) {
  std::string text = fmt::format("{} conditions judged, {} not by the reference evaluator",
                                 cover.judged, cover.left_to_observer);
  for (const auto& [why, count] : cover.not_covered)
    text += fmt::format("\n  {:>6}  {}", count, why);
  return text;
}

// --- Scenarios of the checkout ---

// The settings that the expectations of a file name, both granularities for each. Of a range of
// values the first is taken.
std::vector<std::pair<DefineOverrides, OptionOverrides>> SettingsOf(const LoadedScenario& loaded) {
  std::vector<std::pair<DefineOverrides, OptionOverrides>> all = {{{}, {}}};
  for (const ExpectationSyntax& expectation : loaded.scenario->syntax->expectations) {
    DefineOverrides defines;
    OptionOverrides options;
    for (const ExpectationSyntax::Setting& setting : expectation.settings) {
      const auto& list = loaded.scenario->syntax->defines;
      const bool is_define = std::any_of(list.begin(), list.end(), [&](const DefineSyntax& define) {
        return define.name == setting.name;
      });
      const std::string value = setting.from && setting.from->constant
                                    ? std::to_string(*setting.from->constant)
                                    : setting.word;
      if (is_define)
        defines[setting.name] = value;
      else if (setting.name != "granularity")
        options[setting.name] = value;
    }
    if (std::find(all.begin(), all.end(), std::pair(defines, options)) == all.end()) {
      all.emplace_back(defines, options);
    }
  }
  return all;
}

TEST_CASE("Every explorer agrees with the reference on every scenario") {
  int compared = 0;
  int too_large = 0;
  ReferenceCover cover;
  for (const std::string& file : ScenarioFiles()) {
    const LoadedScenario plain = LoadScenarioFile(file);
    REQUIRE_MESSAGE(plain, plain.diagnostics);
    bool any = false;
    for (const auto& [defines, options] : SettingsOf(plain)) {
      for (const char* granularity : {"access", "statement"}) {
        OptionOverrides with_granularity = options;
        with_granularity["granularity"] = granularity;
        const LoadedScenario loaded = LoadScenarioFile(file, defines, with_granularity);
        REQUIRE_MESSAGE(loaded, loaded.diagnostics);
        const ReferenceResult reference = ExploreByReference(*loaded, kScenarioCap);
        if (reference.too_large) {
          ++too_large;
          continue;
        }
        std::string what = file + " granularity = " + granularity;
        for (const auto& [name, value] : defines) what += fmt::format(" {} = {}", name, value);
        CheckAgreement(*loaded, reference, what);
        AddCover(reference.cover, cover);
        ++compared;
        any = true;
      }
    }
    CHECK_MESSAGE((any || !kIsEveryScenarioCompared),
                  file << " is never small enough to be compared");
  }
  MESSAGE(compared << " settings compared, " << too_large << " have more than " << kScenarioCap
                   << " states; " << CoverText(cover));
  CHECK(cover.left_to_observer * 50 < cover.judged);
}

// --- Random programs ---

// What a random program was an example of.
std::string KindOf(const Program& program, const ReferenceResult& reference) {
  const Expected expected = ExpectedOf(program, reference);
  switch (expected.verdict) {
    case Verdict::kError:
      return fmt::format("error {}", ErrorName(*reference.breaks.at(kErrorRank).errors.begin()));
    case Verdict::kViolated: {
      static constexpr const char* kNames[] = {"invariant",    "never", "reachable", "fifo",
                                               "exactly_once", "slots", "race"};
      const Property& property = program.properties[static_cast<std::size_t>(expected.rank)];
      return fmt::format("violates {}", kNames[static_cast<int>(property.kind)]);
    }
    case Verdict::kDeadlock: {
      // By blocking, or with somebody going round?
      CheckOptions options;
      const CheckResult result = Check(program, options);
      const Trace& trace = result.counterexamples.at(0).trace;
      const std::vector<int64_t>& last =
          trace.steps.empty() ? trace.initial : trace.steps.back().state;
      Reference looker(program);
      const std::vector<int64_t> memory(
          last.begin(), last.begin() + static_cast<std::ptrdiff_t>(program.state_size()));
      for (int p = 0; p < program.process_count(); ++p) {
        if (!looker.IsDone(memory, p) && !looker.IsBlocked(memory, p))
          return "deadlock, busy waiting";
      }
      return "deadlock, blocking";
    }
    default: return VerdictName(expected.verdict);
  }
}

TEST_CASE("Every explorer agrees with the reference on random programs") {
  std::map<std::string, int> kinds;
  std::map<std::string, int> themes;
  const std::vector<uint64_t> sizes = {1, 10, 100, 1'000, kRandomCap};
  std::vector<int> by_size(sizes.size() + 1, 0);
  int compared = 0;
  int above_thousand = 0;
  ReferenceCover cover;
  for (uint64_t seed = 0; seed < kAgreementPrograms; ++seed) {
    const RandomScenario scenario = MakeRandomScenario(seed);
    for (const char* granularity : {"access", "statement"}) {
      const LoadedScenario loaded = LoadScenario(scenario.text, {}, {{"granularity", granularity}});
      REQUIRE_MESSAGE(loaded, "seed " << seed << "\n" << loaded.diagnostics);
      const ReferenceResult reference = ExploreByReference(*loaded, kRandomCap);
      if (reference.too_large) {
        ++by_size.back();
        continue;
      }
      CheckAgreement(*loaded, reference,
                     fmt::format("seed {} granularity = {}\n{}", seed, granularity, scenario.text));
      AddCover(reference.cover, cover);
      ++compared;
      ++kinds[KindOf(*loaded, reference)];
      ++themes[fmt::format("{}, {}", ThemeName(scenario.theme), granularity)];
      above_thousand += reference.states > 1'000;
      const auto size = std::lower_bound(sizes.begin(), sizes.end(), reference.states);
      ++by_size[static_cast<std::size_t>(size - sizes.begin())];
    }
  }
  std::string mix = fmt::format("{} random programs compared, {:.1f}% above 1,000 states\n",
                                compared, 100.0 * above_thousand / compared);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    mix += fmt::format("  {:>6}  up to {} states\n", by_size[i], sizes[i]);
  }
  mix += fmt::format("  {:>6}  larger, left out\n", by_size.back());
  for (const auto& [name, count] : themes) mix += fmt::format("  {:>6}  {}\n", count, name);
  for (const auto& [name, count] : kinds) mix += fmt::format("  {:>6}  {}\n", count, name);
  MESSAGE(mix << CoverText(cover));
  CHECK(cover.left_to_observer * 50 < cover.judged);
  // A kind that never occurs is not tested.
  for (const char* kind : {"holds", "violates invariant", "violates never", "violates reachable",
                           "violates fifo", "violates exactly_once", "violates slots", "race",
                           "deadlock, blocking", "deadlock, busy waiting", "error index",
                           "error division", "error overflow", "error unwritten", "error pointer",
                           "error assertion", "error diverges", "incomplete", "vacuous"}) {
    CHECK_MESSAGE(kinds[kind] > 0, "no random program: " << kind);
  }
#ifndef INTERLEAVE_SANITIZED                // too few there to ask for a mix of sizes
  CHECK(above_thousand * 100 >= compared);  // at least one in a hundred
#endif
}

// --- Planted faults ---

// Each is a checker that is wrong in one way; `Faults` must notice it on the program beside it.
TEST_CASE("A checker that is wrong is noticed") {
  const std::string two_reads =
      "shared int x = 0;\nprocess p[2] { int a = x; x = a + 1; }\ninvariant small: x < 2;\n"
      "process q { x = 0; }\n";
  const std::string holds = "shared int x = 0;\nprocess p[2] { x = x + 1; }\ninvariant i: x < 3;\n";
  struct Case {
    const char* fault;
    const std::string& text;
    AgreementChecker check;
  };
  const std::vector<Case> cases = {
      {"one state is not counted", holds,
       [](const Program& program, const CheckOptions& options) {
         CheckResult result = Check(program, options);
         --result.states;
         return result;
       }},
      {"one transition is counted twice", holds,
       [](const Program& program, const CheckOptions& options) {
         CheckResult result = Check(program, options);
         ++result.transitions;
         return result;
       }},
      {"what breaks is not said", two_reads,
       [](const Program& program, const CheckOptions& options) {
         CheckResult result = Check(program, options);
         result.counterexamples.clear();
         result.verdict = Verdict::kHolds;
         return result;
       }},
      {"a limit is taken for the whole", holds,
       [](const Program& program, const CheckOptions& options) {
         CheckOptions limited = options;
         limited.max_states = 3;
         CheckResult result = Check(program, limited);
         result.verdict = Verdict::kHolds;
         result.complete = true;
         return result;
       }},
      {"the run goes round once more before it breaks", two_reads,
       [](const Program& program, const CheckOptions& options) {
         CheckResult result = Check(program, options);
         std::vector<TraceStep>& steps = result.counterexamples.at(0).trace.steps;
         steps.push_back(steps.back());
         return result;
       }},
      {"two steps of the run are swapped", two_reads,
       [](const Program& program, const CheckOptions& options) {
         CheckResult result = Check(program, options);
         std::vector<TraceStep>& steps = result.counterexamples.at(0).trace.steps;
         std::swap(steps.front(), steps.back());
         return result;
       }},
      {"the run is one of equal length, with the processes in another order", two_reads,
       [](const Program& program, const CheckOptions& options) {
         CheckResult result = Check(program, options);
         Trace& trace = result.counterexamples.at(0).trace;
         for (TraceStep& step : trace.steps) {
           if (step.process < 2) step.process = 1 - step.process;
         }
         return result;
       }},
      {"an error is taken for another", two_reads,
       [](const Program& program, const CheckOptions& options) {
         CheckResult result = Check(program, options);
         result.counterexamples.at(0).violation.kind = Violation::Kind::kDeadlock;
         return result;
       }},
      {"one level too many is counted", two_reads,
       [](const Program& program, const CheckOptions& options) {
         CheckResult result = Check(program, options);
         result.depth += options.explorer == ExplorerKind::kBreadthFirst ? 1 : 0;
         return result;
       }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.fault);
    const LoadedScenario loaded = LoadScenario(c.text);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    const ReferenceResult reference = ExploreByReference(*loaded, kRandomCap);
    CHECK(Faults(*loaded, reference).empty());
    CHECK_FALSE(Faults(*loaded, reference, c.check).empty());
  }
}

// --- Metamorphic ---

TEST_CASE("The order of the processes and the names change no count") {
  uint64_t compared = 0;
  for (uint64_t seed = 0; seed < kAgreementPrograms / 4; ++seed) {
    const LoadedScenario plain = LoadScenario(MakeRandomScenario(seed).text);
    const LoadedScenario turned = LoadScenario(MakeRandomScenario(seed, {"", true}).text);
    const LoadedScenario renamed = LoadScenario(MakeRandomScenario(seed, {"other_", false}).text);
    REQUIRE(plain);
    REQUIRE(turned);
    REQUIRE(renamed);
    CheckOptions options;
    options.keep_going = true;
    options.max_states = 20'000;
    const CheckResult a = Check(*plain, options);
    if (!a.complete) continue;
    const CheckResult b = Check(*turned, options);
    // Ghosts and marks before the first accesses run in the order of declaration: what they break
    // there depends on it.
    const auto breaks_at_start = [](const CheckResult& result) {
      return std::any_of(result.counterexamples.begin(), result.counterexamples.end(),
                         [](const Counterexample& example) {
                           return example.violation.process >= 0 && example.trace.steps.empty();
                         });
    };
    if (breaks_at_start(a) || breaks_at_start(b)) continue;
    ++compared;
    const CheckResult c = Check(*renamed, options);
    const auto summary = [](const CheckResult& result, bool whole) {
      std::string text =
          fmt::format("{} states {} transitions {} depth {}", VerdictName(result.verdict),
                      result.states, result.transitions, result.depth);
      for (const Counterexample& example : result.counterexamples) {
        text +=
            fmt::format("\n{} in {} steps", example.violation.Rank(), example.trace.steps.size());
        if (!whole) continue;
        text += fmt::format(" {} switches", example.trace.Switches());
        for (const TraceStep& step : example.trace.steps) text += fmt::format(" {}", step.process);
      }
      return text;
    };
    CHECK_MESSAGE(summary(a, false) == summary(b, false), "seed " << seed);
    CHECK_MESSAGE(summary(a, true) == summary(c, true), "seed " << seed);
  }
  CHECK(compared * 10 > kAgreementPrograms / 4 * 8);
}

}  // namespace
}  // namespace interleave
