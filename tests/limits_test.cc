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
#include "tests/support/check_text.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

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
  std::string pattern = (std::filesystem::temp_directory_path() / "limits_test.XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  for (const ExplorerKind explorer : {ExplorerKind::kBreadthFirst, ExplorerKind::kDepthFirst}) {
    std::atomic<bool> stop = false;
    CheckOptions options = Interpreted();
    options.explorer = explorer;
    const CheckResult whole = Check(*loaded, options);
    CHECK(whole.verdict == Verdict::kHolds);
    options.checkpoint = pattern + "/checkpoint";
    options.stop = &stop;
    options.progress = [&](const CheckProgress& now) { stop = now.states > 1'000; };
    CHECK(Check(*loaded, options).verdict == Verdict::kIncomplete);
    stop = false;
    options.progress = nullptr;
    options.resume = options.checkpoint;
    CHECK(TextOf(Check(*loaded, options)) == TextOf(whole));
  }
  std::filesystem::remove_all(pattern);
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

TEST_CASE("Real processes are not started once somebody interrupts") {
  const LoadedScenario loaded = LoadValid(
      "shared int x = 0;\n"
      "process p { int a = choose (0 .. 500); x = a; }\n");
  const std::atomic<bool> stop = true;
  RealExploreOptions options;
  options.real.stop = &stop;
  const RealExploration result = ExploreReal(*loaded, options);
  CHECK_FALSE(result.complete);
  CHECK(result.incomplete_reason == "an interrupt");
  CHECK(result.starts == 0);
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
