// Limits where much happens at once: in one step, in one state, before the first one, and in what
// comes behind a search. Whether a limit is heard is counted, never timed.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/conform/conform.h"
#include "model/conform/explore_real.h"
#include "model/explore/explore.h"
#include "model/explore/state_graph.h"
#include "model/graph/export.h"
#include "model/graph/minimize.h"
#include "model/graph/pipeline.h"
#include "model/graph/state_space.h"
#include "model/reduce/partial_order.h"
#include "model/reduce/point_cycles.h"
#include "model/reduce/reduced_system.h"
#include "model/search/check.h"
#include "model/system/program_system.h"
#include "sim/host/interrupted.h"
#include "sim/program/stepper.h"
#include "tests/support/check_text.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

// A folder of its own for checkpoints.
class CheckpointFolder {
 public:
  CheckpointFolder() { REQUIRE(mkdtemp(path_.data()) != nullptr); }
  ~CheckpointFolder() { std::filesystem::remove_all(path_); }
  CheckpointFolder(const CheckpointFolder&) = delete;
  CheckpointFolder& operator=(const CheckpointFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "limits_test.XXXXXX").string();
};

CheckOptions Interpreted() {
  CheckOptions options;
  options.engine.engine = Engine::kInterpreted;
  return options;
}

// One step with 40,000 outcomes, each another state: twice what is made between two questions.
constexpr const char* kWideStep =
    "shared int x = 0;\n"
    "process p { step; x = choose (0 .. 199) * 200 + choose (0 .. 199); }\n"
    "invariant i: x < 40000;\n";

TEST_CASE("A limit is heard while one state is expanded") {
  const LoadedScenario loaded = LoadValid(kWideStep);
  for (const ExplorerKind explorer : {ExplorerKind::kBreadthFirst, ExplorerKind::kDepthFirst}) {
    for (const bool reduces : {false, true}) {
      std::atomic<bool> stop = false;
      CheckOptions options = Interpreted();
      options.explorer = explorer;
      options.reduce.partial_order = reduces;
      options.stop = &stop;
      // Once a thousand states are there: in the middle of the one step.
      options.progress = [&](const CheckProgress& now) { stop = now.states > 1'000; };
      const CheckResult result = Check(*loaded, options);
      CHECK(result.verdict == Verdict::kIncomplete);
      CHECK(result.incomplete_reason == "an interrupt");
      CHECK(result.states > 1'000);
      CHECK(result.states < 40'000);
    }
  }
}

TEST_CASE("A search that was ended in the middle of a state goes on with it") {
  const LoadedScenario loaded = LoadValid(kWideStep);
  const CheckpointFolder folder;
  for (const ExplorerKind explorer : {ExplorerKind::kBreadthFirst, ExplorerKind::kDepthFirst}) {
    std::atomic<bool> stop = false;
    CheckOptions options = Interpreted();
    options.explorer = explorer;
    const CheckResult whole = Check(*loaded, options);
    CHECK(whole.verdict == Verdict::kHolds);
    options.checkpoint = folder.path() + "/checkpoint";
    options.stop = &stop;
    options.progress = [&](const CheckProgress& now) { stop = now.states > 1'000; };
    CHECK(Check(*loaded, options).verdict == Verdict::kIncomplete);
    stop = false;
    options.progress = nullptr;
    options.resume = options.checkpoint;
    CHECK(TextOf(Check(*loaded, options)) == TextOf(whole));
  }
}

TEST_CASE("More outcomes than are held in memory are searched all the same") {
  const LoadedScenario loaded = LoadValid(
      "shared int x = 0, y = 0;\n"
      "process p { step; x = choose (0 .. 269) * 270 + choose (0 .. 269); }\n"
      "process q { y = 1; }\n"
      "invariant i: x < 72900;\n");
  ProgramSystem system(*loaded, {});
  const PartialOrder order(*loaded);
  ReducedSystem reduced(system, &order, nullptr);
  std::vector<int64_t> first;
  system.ForEachInitial([&](const int64_t* state, const Successor&) {
    first.assign(state, state + system.state_words());
    return true;
  });
  std::vector<int64_t> states;
  std::vector<Successor> successors;
  const ProcessMove move = reduced.Try(first.data(), 0, states, successors);
  CHECK_FALSE(move.is_kept);
  CHECK_FALSE(move.is_plain);
  CHECK(states.empty());
  CHECK(successors.empty());

  CheckOptions options = Interpreted();
  const CheckResult whole = Check(*loaded, options);
  options.reduce.partial_order = true;
  const CheckResult less = Check(*loaded, options);
  CHECK(whole.verdict == Verdict::kHolds);
  CHECK(less.verdict == Verdict::kHolds);
  CHECK(less.states >= 72'900);
  CHECK(less.states <= whole.states);
}

TEST_CASE("Starts that are too many to be held are all there, in their order") {
  // By hand: 20,000 ways for p to start, each with 3 of q.
  const LoadedScenario loaded = LoadValid(
      "shared int x = 0, y = 0;\n"
      "process p { int a = choose (0 .. 19999); x = a; }\n"
      "process q { int b = choose (0 .. 2); y = b; }\n");
  const StateGraph graph = BuildStateGraph(*loaded, {60'000, nullptr, 0});
  REQUIRE(graph.starts.size() == 60'000);
  for (std::size_t k = 0; k < graph.starts.size(); k += 997) {
    const auto number = static_cast<int64_t>(k);
    CHECK(graph.starts[k].decided == std::vector<std::vector<int64_t>>{{number / 3}, {number % 3}});
  }
}

TEST_CASE("Of a step with very many conditions the first and the last are told") {
  const LoadedScenario loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { int i = 0; while (i < 20000) i++; x = i; }\n");
  ProgramSystem system(*loaded, {});
  system.KeepEvents();
  std::size_t starts = 0;
  system.ForEachInitial([&](const int64_t*, const Successor& successor) {
    ++starts;
    CHECK(successor.status == StepStatus::kOk);
    const std::vector<Event>& events = system.starts().front()->events;
    CHECK(events.size() < 10'000);
    REQUIRE(events.size() > 1'000);
    CHECK(events.front().kind == Event::Kind::kBranch);
    CHECK(events.front().value == 1);
    CHECK(events.back().value == 0);  // the test that ends the loop
    return true;
  });
  CHECK(starts == 1);
}

TEST_CASE("The state graph is given up when its time is over") {
  const LoadedScenario loaded = LoadScenarioFile("scenarios/notes/bounded_buffer.scn");
  REQUIRE(loaded);
  const StateGraph graph = BuildStateGraph(*loaded, {1'000'000, nullptr, 1e-9});
  CHECK(graph.incomplete_reason == "the limit of 1e-09 seconds");
  CHECK(graph.store.size() < 152);
}

TEST_CASE("Real processes are not started once the time is over, or somebody interrupts") {
  const LoadedScenario loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { int a = choose (0 .. 500); x = a; }\n");
  RealExploreOptions options;
  options.max_seconds = 1e-9;
  const RealExploration result = ExploreReal(*loaded, options);
  CHECK_FALSE(result.complete);
  CHECK(result.incomplete_reason == "the limit of 1e-09 seconds");
  CHECK(result.starts == 0);
  ConformOptions walk;
  walk.max_seconds = 1e-9;
  const ConformResult conforms = Conform(*loaded, walk);
  CHECK_FALSE(conforms.complete);
  CHECK(conforms.steps == 0);
  CHECK(conforms.tours == 0);
  const std::atomic<bool> stop = true;
  options.real.stop = &stop;
  CHECK_THROWS_AS(ExploreReal(*loaded, options), Interrupted);
}

// --- One step ---

TEST_CASE("A limit is heard in one long step") {
  // Before the first access, and in the second step: who hears nothing stores the state behind it.
  const std::string loop = "int n = 0; for (int i = 0; i < 30000000; i++) n ^= i; x = n; }\n";
  for (const std::string& begin : {std::string(), std::string("step; ")}) {
    const uint32_t states = begin.empty() ? 0 : 1;
    const LoadedScenario loaded = LoadValid(
        "shared int x = 0;\noption local_limit = 1000000000;\nprocess p { " + begin + loop);
    const std::atomic<bool> stop = true;
    for (const bool reduces : {false, true}) {
      CheckOptions options = Interpreted();
      options.reduce.partial_order = reduces;
      options.stop = &stop;
      const CheckResult result = Check(*loaded, options);
      CHECK(result.incomplete_reason == "an interrupt");
      CHECK(result.states == states);
      CHECK(result.transitions == 0);
    }
    CHECK(BuildStateGraph(*loaded, {1'000, &stop, 0}).store.size() == states);
    StateSpaceOptions options;
    options.stop = &stop;
    StateSpace space(*loaded, *loaded.source);
    space.Explore(options);
    CHECK(space.states() == states);
    CHECK(space.incomplete_reason() == "an interrupt");
  }
}

TEST_CASE("A limit is heard between the outcomes of one step, though none survives") {
  const LoadedScenario loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { step; x = choose (0 .. 999) + choose (0 .. 999); assume (false); }\n"
      "process q { step; int a = choose (0 .. 999) + choose (0 .. 999); assume (a < 0); x = a; "
      "}\n");
  Stepper stepper(*loaded);
  int asked = 0;
  stepper.set_may_go_on([&] { return ++asked < 3; });
  std::vector<int64_t> state(loaded->initial);
  REQUIRE(stepper.Start(state.data(), 0) == StepStatus::kOk);
  REQUIRE(stepper.Start(state.data(), 1) == StepStatus::kOk);
  const auto go_through = [&] {
    stepper.FirstOutcome();
    do {
      std::vector<int64_t> next = state;
      stepper.Step(next.data(), 1);
    } while (stepper.NextOutcome());
  };
  CHECK_THROWS_AS(go_through(), StepStopped);
  CHECK(asked == 3);
}

TEST_CASE("A step with more outcomes than compiled steps hold is searched all the same") {
  const LoadedScenario loaded = LoadValid(
      "shared int x = 0, y = 0;\n"
      "process p { step; step; step; x = choose (0 .. 269) * 270 + choose (0 .. 269); }\n"
      "process q { y = 1; }\n"
      "invariant i: x < 72900;\n");
  const CheckResult interpreted = Check(*loaded, Interpreted());
  CHECK(interpreted.verdict == Verdict::kHolds);
  CheckOptions options;
  options.engine.engine = Engine::kNative;
  options.engine.compile_at = 1;
  options.engine.scouted_steps = 100;
  for (const bool in_order : {false, true}) {
    options.keep_going = in_order;
    const CheckResult result = Check(*loaded, options);
    CHECK(result.verdict == Verdict::kHolds);
    CHECK(result.states == interpreted.states);
    CHECK(result.transitions == interpreted.transitions);
    if (!result.is_native) continue;  // no C compiler
    std::atomic<bool> stop = false;
    CheckOptions stopped = options;
    stopped.stop = &stop;
    stopped.progress = [&](const CheckProgress& now) { stop = now.states > 1'000; };
    const CheckResult part = Check(*loaded, stopped);
    CHECK(part.incomplete_reason == "an interrupt");
    CHECK(part.states > 1'000);
    CHECK(part.states < 72'900);
  }
}

// --- Initial states ---

TEST_CASE("A search that begins in very many states begins in all of them") {
  // Only from the last one x becomes 65,535.
  const LoadedScenario loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { int a = choose (0 .. 65535); x = a; }\n"
      "invariant i: x != 65535;\n");
  CheckOptions options;
  options.engine.engine = Engine::kNative;
  options.engine.compile_at = 1'000;
  CHECK(Check(*loaded, options).verdict == Verdict::kViolated);
}

TEST_CASE("A search that was ended among its initial states leaves no checkpoint") {
  const LoadedScenario loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { int a = choose (0 .. 65535); x = a; }\n");
  const CheckpointFolder folder;
  std::atomic<bool> stop = false;
  CheckOptions options = Interpreted();
  options.checkpoint = folder.path() + "/checkpoint";
  options.stop = &stop;
  options.progress = [&](const CheckProgress& now) { stop = now.states > 5'000; };
  const CheckResult result = Check(*loaded, options);
  CHECK(result.incomplete_reason == "an interrupt");
  CHECK(result.states > 5'000);
  CHECK(result.states < 65'536);
  CHECK_FALSE(std::filesystem::exists(options.checkpoint));
}

// --- State graphs ---

// Every edge of it, each leading to a node that is there; as many as it says.
void WalkGraph(Diagram& graph) {
  uint64_t edges = 0;
  for (uint32_t node = 0; node < graph.nodes(); ++node) {
    graph.Node(node);
    graph.ForEachEdge(node, [&](const DiagramEdge& edge) {
      ++edges;
      CHECK(edge.from == node);
      CHECK(edge.to < graph.nodes());
      CHECK_FALSE(graph.LabelOf(edge).empty());
    });
  }
  CHECK(edges == graph.edges());
}

TEST_CASE("A state graph that was interrupted anywhere can be walked") {
  for (const char* file :
       {"scenarios/notes/bounded_buffer.scn", "scenarios/notes/two_producers.scn"}) {
    const LoadedScenario loaded = LoadScenarioFile(file);
    REQUIRE(loaded);
    for (const bool depth_first : {false, true}) {
      for (int calls = 1; calls <= 14; ++calls) {
        CAPTURE(calls);
        std::atomic<bool> stop = false;
        int left = calls;
        StateSpaceOptions options;
        options.depth_first = depth_first;
        options.stop = &stop;
        options.progress = [&](const CheckProgress&) { stop = --left <= 0; };
        StateSpace space(*loaded, *loaded.source);
        space.Explore(options);
        CHECK((space.incomplete_reason() == "an interrupt" || left > 0));
        for (const std::optional<Equivalence>& minimize :
             {std::optional<Equivalence>{}, std::optional(Equivalence::kStrong),
              std::optional(Equivalence::kBranching), std::optional(Equivalence::kTrace)}) {
          GraphRequest request;
          request.minimize = minimize;
          const MadeGraph made = MakeGraph(space, request);
          WalkGraph(*made.diagram);
          std::string text;
          ExportAut(*made.diagram, [&](std::string_view part) {
            text += part;
            return true;
          });
          CHECK_FALSE(text.empty());
        }
      }
    }
  }
}

TEST_CASE("A graph without a state is as small as it can be") {
  // The local work before the first access takes longer than is allowed.
  const LoadedScenario loaded = LoadValid(
      "shared int x = 0;\n"
      "option local_limit = 1000;\n"
      "process p { int n = 0; for (int i = 0; i < 100000; i++) n ^= i; x = n; }\n");
  StateSpace space(*loaded, *loaded.source);
  space.Explore({});
  CHECK(space.nodes() == 0);
  CHECK(space.incomplete_reason() == "a limit on local work in one step");
  for (const Equivalence minimize :
       {Equivalence::kStrong, Equivalence::kBranching, Equivalence::kTrace}) {
    GraphRequest request;
    request.minimize = minimize;
    const MadeGraph made = MakeGraph(space, request);
    CHECK(made.diagram->nodes() == 0);
    WalkGraph(*made.diagram);
  }
}

TEST_CASE("Minimising is given up when it may not go on") {
  const LoadedScenario loaded = LoadScenarioFile("scenarios/notes/bounded_buffer.scn");
  REQUIRE(loaded);
  StateSpace space(*loaded, *loaded.source);
  space.Explore({});
  for (const Equivalence minimize :
       {Equivalence::kStrong, Equivalence::kBranching, Equivalence::kTrace}) {
    GraphRequest request;
    request.minimize = minimize;
    request.limits.may_go_on = [] { return false; };
    const MadeGraph made = MakeGraph(space, request);
    CHECK(made.is_incomplete);
    CHECK(made.diagram->nodes() == space.nodes());
    CHECK(made.diagram->caption().back() == "not minimised: there was no time left");
  }
}

// --- Long programs ---

TEST_CASE("Loops that follow each other are looked at one by one") {
  // `count` loops of two points each, one behind the other.
  const auto looks = [](uint32_t count) {
    PointCycles cycles(std::size_t{count} * 2);
    for (uint32_t loop = 0; loop < count; ++loop) {
      PointEdge edge;
      edge.to = loop * 2 + 1;
      cycles.Add(loop * 2, edge, true);
      edge.to = loop * 2;
      cycles.Add(loop * 2 + 1, edge, true);
      edge.to = loop * 2 + 2;
      if (loop + 1 < count) cycles.Add(loop * 2 + 1, edge, true);
    }
    const std::vector<bool> is_out = cycles.Break(std::vector<uint32_t>(std::size_t{count} * 2, 0));
    // Of points that are worth the same the first.
    for (uint32_t point = 0; point < count * 2; ++point) CHECK(is_out[point] == (point % 2 == 0));
    return cycles.looks();
  };
  const uint64_t once = looks(50);
  CHECK(looks(100) <= 2 * once + 10);
}

}  // namespace
}  // namespace interleave
