// What a page holds, read back and compared with the state space; how large it is; what it escapes.
// What it does in a browser is tests/browser/page_test.py's.

#include "model/graph/page.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/graph/pipeline.h"
#include "model/report/values.h"
#include "model/search/check.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr uint32_t kMostPageStates = 200;
#else
constexpr uint32_t kMostPageStates = 2'000;
#endif

using Json = nlohmann::json;

// The rows of a page, whole.
std::vector<std::vector<uint32_t>> RowsOf(const Json& data) {
  std::vector<std::vector<uint32_t>> rows;
  for (const Json& one : data["rows"]) {
    const Json& changes = one[0];
    const int parent = changes[0];
    std::vector<uint32_t> row(data["columns"].size(), 0);
    if (parent >= 0) row = rows[static_cast<std::size_t>(parent)];
    for (std::size_t k = 1; k < changes.size(); k += 2) {
      row[changes[k].get<std::size_t>()] = changes[k + 1];
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

TEST_CASE("A page holds every state, step and mark of every scenario") {
  int compared = 0;
  for (const std::string& file : ScenarioFiles()) {
    CAPTURE(file);
    const LoadedScenario scenario = LoadScenarioFile(file);
    REQUIRE_MESSAGE(scenario, scenario.diagnostics);
    StateSpaceOptions options;
    options.max_states = kMostPageStates;
    StateSpace space(*scenario, *scenario.source);
    space.Explore(options);
    if (!space.incomplete_reason().empty()) continue;
    const Json data = Json::parse(PageData(space, {}));
    const auto rows = RowsOf(data);
    REQUIRE(rows.size() == space.states());
    CHECK(data["states"] == space.states());
    CHECK(data["transitions"] == space.transitions());
    CHECK(data["marks"].size() == space.nodes());
    CHECK(data["source"] == scenario.source->text());
    const auto text = [&](uint32_t state, const std::string& column) -> std::string {
      for (std::size_t c = 0; c < data["columns"].size(); ++c) {
        if (data["columns"][c][0] == column) return data["columns"][c][1][rows[state][c]];
      }
      return "(no such column)";
    };
    for (uint32_t n = 0; n < space.states(); ++n) {
      const std::vector<int64_t> state = space.Get(n);
      for (const MemoryObject& object : scenario->objects) {
        if (object.symbol->kind == SymbolKind::kTable) continue;
        for (uint32_t k = 0; k < object.cells; k += CellsOfPlace(*scenario, object.base + k)) {
          const uint32_t slot = object.base + k;
          CHECK(text(n, PlaceName(*scenario, slot)) ==
                (StartsObject(*scenario, slot) ? ObjectText(*scenario, state.data(), slot)
                                               : CellText(*scenario, state.data(), slot)));
        }
      }
      for (int p = 0; p < scenario->process_count(); ++p) {
        for (const NamedValue& local : LocalsOf(*scenario, state.data(), p)) {
          const std::string& name = scenario->processes[static_cast<std::size_t>(p)].name;
          CHECK(text(n, name + "." + local.name) == local.value);
        }
      }
      std::vector<uint32_t> steps;
      space.ForEachStep(n, [&](const StateSpace::Step& step) {
        steps.push_back(step.to);
        steps.push_back(step.action);
      });
      CHECK(data["rows"][n][1] == Json(steps));
    }
    for (uint32_t n = 0; n < space.nodes(); ++n) {
      CHECK(data["marks"][n][0] == space.marks(n));
      CHECK(data["marks"][n][1] == space.depth(n));
      CHECK(data["marks"][n][2] == Json(space.BrokenAt(n)));
    }
    CHECK(RenderPage(space, {}) == RenderPage(space, {}));
    ++compared;
  }
  CHECK(compared >= 10);
}

TEST_CASE("A page of a thousand states is smaller than a megabyte") {
  const LoadedScenario scenario =
      LoadScenarioFile("scenarios/synchronization/spsc.scn", {{"N", "3"}, {"P", "3"}});
  REQUIRE(scenario);
  StateSpace space(*scenario, *scenario.source);
  space.Explore({});
  CHECK(space.states() == 928);
  CHECK(RenderPage(space, {}).size() < 500'000);
}

TEST_CASE("A page that leaves states out says how many, and which steps lead to them") {
  const LoadedScenario scenario = LoadScenarioFile("scenarios/notes/bounded_buffer.scn");
  REQUIRE(scenario);
  StateSpace space(*scenario, *scenario.source);
  space.Explore({});
  PageOptions options;
  options.max_nodes = 30;
  const Json data = Json::parse(PageData(space, options));
  CHECK(data["shown"] == 30);
  CHECK(data["states"] == 152);
  uint64_t out = 0, expected = 0;
  for (const Json& row : data["rows"]) {
    for (std::size_t k = 0; k < row[1].size(); k += 2) out += row[1][k] == -1;
  }
  for (uint32_t n = 0; n < 30; ++n) {
    space.ForEachStep(n, [&](const StateSpace::Step& step) { expected += step.to >= 30; });
  }
  CHECK(out == expected);
  CHECK(out > 0);
}

TEST_CASE("The counterexample is in the page, whole, with its last step's state") {
  const LoadedScenario scenario = LoadScenarioFile("scenarios/notes/two_producers.scn");
  REQUIRE(scenario);
  CheckOptions check;
  check.reduce = {};
  const CheckResult result = Check(*scenario, check);
  REQUIRE(!result.counterexamples.empty());
  const Counterexample& example = result.counterexamples.front();
  StateSpace space(*scenario, *scenario.source);
  space.Explore({});
  const auto path = PathOf(space, example.trace, {});
  REQUIRE(path);
  PageOptions options;
  options.counterexample = &example;
  options.path = &*path;
  options.max_nodes = 3;  // less than the run needs
  const Json data = Json::parse(PageData(space, options));
  CHECK(data["run"]["nodes"].size() == 17);
  CHECK(data["run"]["actions"].size() == 16);
  const uint32_t shown = data["shown"];
  for (const Json& node : data["run"]["nodes"]) CHECK(node.get<uint32_t>() < data["marks"].size());
  CHECK(data["run"]["nodes"].back() == shown);  // the end, behind the states
  CHECK(data["run"]["last"].size() > 0);
}

TEST_CASE("A page knows the calls that lead to a position and to a step") {
  const LoadedScenario scenario = LoadScenario(
      "shared int free = 1;\n"
      "void down(int *s) { *s = *s - 1; }\n"
      "process p {\n"
      "  down(&free);\n"
      "  free = 7;\n"
      "}\n");
  REQUIRE_MESSAGE(scenario, scenario.diagnostics);
  StateSpace space(*scenario, *scenario.source);
  space.Explore({});
  const Json data = Json::parse(PageData(space, {}));
  const Json deeper = Json::parse(R"([[2, "*s = *s - 1;"]])");
  const auto& points = data["processes"][0]["points"];
  CHECK(std::find(points.begin(), points.end(), Json({4, "down(&free)", deeper})) != points.end());
  CHECK(std::find(points.begin(), points.end(), Json({5, "free = 7;", Json::array()})) !=
        points.end());
  REQUIRE(data["actions"].size() == 3);
  CHECK(data["actions"][0][1] == "down(&free): reads free = 1");
  CHECK(data["actions"][0][2] == 4);
  CHECK(data["actions"][0][6] == deeper);
  CHECK(data["actions"][2][1] == "free = 7");
  CHECK(data["actions"][2][6].empty());
}

TEST_CASE(
    "A page says what holds, what is never reached, and what the check says less than it seems") {
  const auto verdict_of = [](const std::string& text) {
    const LoadedScenario scenario = LoadScenario(text);
    REQUIRE_MESSAGE(scenario, scenario.diagnostics);
    const CheckResult result = Check(*scenario, {});
    StateSpace space(*scenario, *scenario.source);
    space.Explore({});
    PageOptions options;
    options.result = &result;
    return Json::parse(PageData(space, options))["verdict"];
  };
  const std::string process = "shared int x = 0;\nprocess p { x = 1; }\n";
  CHECK(verdict_of(process + "invariant small: x < 2;\n") ==
        Json::parse(R"({"holds": ["invariant small", "no deadlock", "no run-time error"],
                        "warnings": []})"));
  CHECK(verdict_of(process + "reachable two: x == 2;\n") ==
        Json::parse(R"({"missing": ["reachable two", "x == 2 is not true in any reachable state"],
                        "warnings": []})"));
  const Json vacuous = verdict_of(process + "invariant never: x == 2 => x == 3;\n");
  CHECK(vacuous["holds"].size() == 3);
  REQUIRE(vacuous["warnings"].size() == 1);
  CHECK(vacuous["warnings"][0][0] == 3);
}

TEST_CASE("Nothing in a page can end the element its data stands in") {
  const std::string evil = "</script><!-- <script> {{data}} {{title}} \xff";
  const LoadedScenario scenario =
      LoadScenario("// " + evil + "\nshared char c = '<';\nprocess p { c = '>'; }\n");
  REQUIRE_MESSAGE(scenario, scenario.diagnostics);
  StateSpace space(*scenario, *scenario.source);
  space.Explore({});
  PageOptions options;
  options.title = "\"><script>" + evil;
  options.graph_svg = "<svg>" + evil + "</svg>";
  const std::string page = RenderPage(space, options);
  const auto count = [&](const std::string& what) {
    int found = 0;
    for (std::size_t at = page.find(what); at != std::string::npos; at = page.find(what, at + 1)) {
      ++found;
    }
    return found;
  };
  CHECK(count("<script") == 2);
  CHECK(count("</script") == 2);
  CHECK(count("<!--") == 0);
  CHECK(count("</title>") == 1);
}

}  // namespace
}  // namespace interleave
