// Pictures of programs and of runs: that Graphviz takes them for every scenario, that they show
// what is there, counted by hand where a number is expected, that nothing lies on top of something
// else, and that no text of a scenario is more than text.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/graph/program_picture.h"
#include "model/graph/render.h"
#include "model/graph/schedule_picture.h"
#include "model/report/explain.h"
#include "model/search/check.h"
#include "sim/world/schedule_run.h"
#include "sim/world/simulated_world.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

using Pair = std::pair<std::string, std::string>;

std::string Svg(const std::string& dot) {
  const RenderedImage image = RenderDot(dot, ImageFormat::kSvg);
  REQUIRE_MESSAGE(image.ok(), image.error, "\n", dot);
  return image.bytes;
}

int Count(const std::string& text, const std::string& piece) {
  int count = 0;
  for (std::size_t at = text.find(piece); at != std::string::npos; at = text.find(piece, at + 1)) {
    ++count;
  }
  return count;
}

// The run that breaks something, if one is found soon, else a random one.
std::string RunPicture(const LoadedScenario& loaded, const std::string& title,
                       uint64_t walk_steps = 60, std::size_t max_rows = 400) {
  SchedulePictureOptions options;
  options.max_rows = max_rows;
  CheckOptions limits;
  limits.max_states = 20'000;
  const CheckResult result = Check(*loaded, limits);
  if (!result.counterexamples.empty()) {
    const Counterexample& counterexample = result.counterexamples.front();
    if (!counterexample.trace.initial.empty()) {
      if (counterexample.violation.kind == Violation::Kind::kError) {
        options.error = &counterexample.violation.error;
      }
      options.broken = Explain(*loaded, *loaded.source, counterexample).message;
      return SchedulePicture(*loaded, *loaded.source, counterexample.trace, title, options);
    }
  }
  SimulatedWorld world(*loaded);
  Run run(world);
  REQUIRE(RandomWalk(run, 1, walk_steps, {}));
  return SchedulePicture(*loaded, *loaded.source, run.trace(), title, options);
}

struct Box {
  double left = 0, right = 0, bottom = 0, top = 0;
  std::string line;
};

// Of the nodes with a text, as the picture places them.
std::vector<Box> TextBoxes(const std::string& dot) {
  static const std::regex kNode(
      R"re(\n  n\d+ \[pos="(-?[\d.]+),(-?[\d.]+)", width=([\d.]+), height=([\d.]+)([^\n]*))re");
  std::vector<Box> boxes;
  for (std::sregex_iterator it(dot.begin(), dot.end(), kNode), end; it != end; ++it) {
    const std::string rest = (*it)[5];
    if (rest.find("label=") == std::string::npos || rest.find("label=\"\"") != std::string::npos) {
      continue;
    }
    const double x = std::stod((*it)[1]), y = std::stod((*it)[2]);
    const double width = std::stod((*it)[3]) * 72, height = std::stod((*it)[4]) * 72;
    boxes.push_back({x - width / 2, x + width / 2, y - height / 2, y + height / 2, it->str()});
  }
  return boxes;
}

void CheckNothingOverlaps(const std::string& dot) {
  const std::vector<Box> boxes = TextBoxes(dot);
  REQUIRE(boxes.size() > 2);
  constexpr double kTouch = 0.5;  // rounding
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    for (std::size_t k = i + 1; k < boxes.size(); ++k) {
      const Box &a = boxes[i], &b = boxes[k];
      const bool apart = a.right < b.left + kTouch || b.right < a.left + kTouch ||
                         a.top < b.bottom + kTouch || b.top < a.bottom + kTouch;
      CHECK_MESSAGE(apart, a.line, b.line);
    }
  }
}

// Edges of a program picture without the nodes that hold their labels; with the labels.
std::map<Pair, std::string> EdgesOf(const std::string& dot) {
  static const std::regex kEdge(R"re(\n +(\S+) -> (\S+) \[(?:dir=(\w+))?([^\n]*))re");
  static const std::regex kLabel(R"re(\n +(c\w+to\d+) \[[^\]]*label=("(?:[^"\\]|\\.)*"))re");
  std::map<std::string, std::string> labels;
  for (std::sregex_iterator it(dot.begin(), dot.end(), kLabel), end; it != end; ++it) {
    labels[(*it)[1]] = (*it)[2];
  }
  std::map<Pair, std::string> edges;
  std::map<std::string, Pair> halves;  // by label node: what comes before it, the direction
  for (std::sregex_iterator it(dot.begin(), dot.end(), kEdge), end; it != end; ++it) {
    std::string from = (*it)[1];
    const std::string to = (*it)[2];
    if (from.starts_with("legend")) continue;
    bool is_back = (*it)[3] == "back";
    if (labels.contains(to)) {
      halves[to] = {from, (*it)[3]};
      continue;
    }
    std::string label;
    if (const auto half = halves.find(from); half != halves.end()) {
      label = labels.at(from);
      is_back = half->second.second == "back";
      from = half->second.first;
    }
    const Pair edge = is_back ? Pair(to, from) : Pair(from, to);
    CHECK_MESSAGE(edges.emplace(edge, label).second, from, " -> ", to, " twice");
  }
  return edges;
}

TEST_CASE("GraphvizTakesThePicturesOfEveryScenario") {
  for (const std::string& path : ScenarioFiles()) {
    CAPTURE(path);
    for (const char* granularity : {"access", "statement"}) {
      const LoadedScenario loaded = LoadScenarioFile(path, {}, {{"granularity", granularity}});
      REQUIRE_MESSAGE(loaded, loaded.diagnostics);
      const std::string program = ProgramPicture(*loaded, *loaded.source);
      const std::string svg = Svg(program);
      CHECK(program == ProgramPicture(*loaded, *loaded.source));
      // Every process of the source has its frame.
      for (const ProcessCode& code : loaded->codes) {
        CHECK(svg.find(code.source->symbol->name) != std::string::npos);
      }
      const std::string run = RunPicture(loaded, path);
      CHECK(Svg(run).find(" granularity; ") != std::string::npos);
      CheckNothingOverlaps(run);
    }
  }
}

// Of bounded_buffer.scn, by hand: each process tests with two reads, reads an index, uses it, reads
// it again and moves it: 6 points. From the second there is a way back to the first and one on;
// from the sixth one to the first and one to the end; from the start the same two.
TEST_CASE("TheBoundedBufferHasItsPointsAndWays") {
  const LoadedScenario loaded = LoadScenarioFile("scenarios/notes/bounded_buffer.scn");
  REQUIRE(loaded);
  const std::string dot = ProgramPicture(*loaded, *loaded.source);
  std::set<Pair> expected;
  for (const std::string c : {"c0", "c1"}) {
    for (const auto& [from, to] : std::vector<Pair>{{"start", "p1"},
                                                    {"start", "p0"},
                                                    {"p1", "p2"},
                                                    {"p2", "p1"},
                                                    {"p2", "p3"},
                                                    {"p3", "p4"},
                                                    {"p4", "p5"},
                                                    {"p5", "p6"},
                                                    {"p6", "p1"},
                                                    {"p6", "p0"}}) {
      expected.emplace(c + from, c + to);
    }
  }
  const auto edges = EdgesOf(dot);
  std::set<Pair> found;
  for (const auto& edge : edges) found.insert(edge.first);
  CHECK(found == expected);
  CHECK(edges.at({"c1p2", "c1p1"}) == "\"in == out\\l\"");
  CHECK(edges.at({"c1p2", "c1p3"}) == "\"not (in == out)\\l\"");
  CHECK(edges.at({"c0p6", "c0p1"}) == "\"next_produced <= 'c'\\l\"");
  CHECK(edges.at({"c0p1", "c0p2"}).empty());
  // Points are drawn as what they do: the producer writes the cell and `in`, the consumer `out`.
  static const std::regex kPoint(R"re(\n +(c\dp\d) \[label=<([^\n]*)>, tooltip=[^\n]*)re");
  std::set<std::string> writes;
  int points = 0;
  for (std::sregex_iterator it(dot.begin(), dot.end(), kPoint), end; it != end; ++it) {
    ++points;
    const bool is_write = std::string((*it)[2]).find("<b>writes") != std::string::npos;
    CHECK((it->str().find("penwidth=2.5") != std::string::npos) == is_write);
    if (is_write) writes.insert((*it)[1]);
  }
  CHECK(points == 12);
  CHECK(writes == std::set<std::string>{"c0p4", "c0p6", "c1p6"});
  CHECK(Count(dot, "shape=doublecircle") == 2);
}

TEST_CASE("AtStatementGranularityAStatementIsOneBox") {
  const LoadedScenario loaded =
      LoadScenarioFile("scenarios/notes/bounded_buffer.scn", {}, {{"granularity", "statement"}});
  REQUIRE(loaded);
  const std::string dot = ProgramPicture(*loaded, *loaded.source);
  CHECK(Count(dot, "<b>") == 2 + 1 + 6);  // frames, the title, three statements each
  CHECK(dot.find("<b>reads in; writes buffer[in]</b>") != std::string::npos);
}

TEST_CASE("WhatDoesNotDependOnAConditionIsToldWithoutIt") {
  // Both ways through the `if` lead to the same place.
  const LoadedScenario loaded = LoadScenario(R"(
shared int x = 0, y = 0;
process p {
    int a = x;
    if (a == 1)
        a = 2;
    if (self == 0 && a > 3)
        y = a;
}
)");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  const auto edges = EdgesOf(ProgramPicture(*loaded, *loaded.source));
  CHECK(edges.at({"c0p1", "c0p2"}) == "\"a > 3\\l\"");
  CHECK(edges.at({"c0p1", "c0p0"}) == "\"not (a > 3)\\l\"");
}

TEST_CASE("BranchesThatNoProcessTakesAreNotDrawn") {
  const LoadedScenario loaded = LoadScenario(R"(
shared int x = 0, y = 0, z = 0;
process p[2] {
    if (self == 0)
        x = 1;
    else if (self == 1)
        y = 1;
    else
        z = 1;
}
)");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  const std::string dot = ProgramPicture(*loaded, *loaded.source);
  CHECK(dot.find("writes x") != std::string::npos);
  CHECK(dot.find("writes y") != std::string::npos);
  CHECK(dot.find("writes z") == std::string::npos);
}

// A step with 2^20 ways through it is drawn, its ways untold.
TEST_CASE("InsideFunctionsTheCallsAreToldAndAPointerToSharedMemoryIsNoWayAround") {
  const LoadedScenario scenario = LoadScenario(
      "shared int free = 1, mutex = 0;\n"
      "void lock(int *m) {\n"
      "  while (*m != 0) ;\n"
      "  *m = 1;\n"
      "}\n"
      "void down(int *s) {\n"
      "  lock(&mutex);\n"
      "  *s = *s - 1;\n"
      "}\n"
      "process p { down(&free); }\n");
  REQUIRE_MESSAGE(scenario, scenario.diagnostics);
  const std::string dot = ProgramPicture(*scenario, *scenario.source);
  // Start, the loop and its way out, a way each to the other accesses, done.
  CHECK(EdgesOf(dot).size() == 6);
  CHECK(Count(dot,
              "tooltip=\"line 10: down(&amp;free), line 7: lock(&amp;mutex), line 3: while (*m != "
              "0)\"") == 1);
  CHECK(Count(dot, "<b>reads mutex</b>") == 1);
  CHECK(Count(dot, "<b>writes free</b>") == 1);
  const std::string run = RunPicture(scenario, "run");
  CheckNothingOverlaps(run);
  CHECK(Count(run, "10  down(&amp;free)\\l  7  lock(&amp;mutex)\\l    3  while (*m != 0)\\l") == 1);
  // What the row before told is not told again.
  CHECK(Count(run, "lock(&amp;mutex)\\l") == 1);
  CHECK(Count(run, "    4  *m = 1;") == 1);
}

TEST_CASE("TooManyWaysAreNotTold") {
  std::string text = "shared int x = 0;\nprocess p {\n    int a = x;\n    int b = 0;\n";
  for (int i = 0; i < 20; ++i) text += fmt::format("    if (a == {0}) b = b + {0};\n", i);
  text += "    if (b > 3) x = b;\n}\n";
  const LoadedScenario loaded = LoadScenario(text);
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  const auto edges = EdgesOf(ProgramPicture(*loaded, *loaded.source));
  CHECK(edges.at({"c0p1", "c0p2"}).empty());
  CHECK(edges.contains({"c0p1", "c0p0"}));
}

// The counterexample of the README: 16 steps, each one access; steps 4, 9, 10 and 16 write; the
// ring changes with them.
TEST_CASE("TheTwoProducersHaveAnArrowAStep") {
  const LoadedScenario loaded = LoadScenarioFile("scenarios/notes/two_producers.scn");
  REQUIRE(loaded);
  const std::string dot = RunPicture(loaded, "two producers");
  CHECK(Count(dot, "arrowhead=normal") == 4);
  CHECK(Count(dot, "arrowhead=vee") == 12);
  CHECK(Count(dot, "cellborder=") == 1 + 1 + 4);  // the heading, the start, the four writes
  const std::string svg = Svg(dot);
  for (const char* text :
       {">two producers<", ">producer[0]<", ">producer[1]<", ">consumer<", ">buffer<",
        ">buffer[0] = &#39;A&#39;<", ">produced &#39;a&#39;<", ">in == out: false<",
        ">overwrites &#39;a&#39; of step 4, which nobody had read<",
        ">&#39;A&#39; is consumed, but the oldest item outstanding is &#39;a&#39;<"}) {
    CHECK_MESSAGE(svg.find(text) != std::string::npos, text, "\n", svg);
  }
}

TEST_CASE("RoundsOfBusyWaitingAreOneRow") {
  const LoadedScenario loaded = LoadScenario(R"(
shared int x = 0;
process p {
    while (x == 0)
        ;
}
process q { x = 1; }
)");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  SimulatedWorld world(*loaded);
  Run run(world);
  REQUIRE_FALSE(run.StartIfUnambiguous());
  for (const int process : {0, 0, 0, 1, 0}) {
    for (const EnabledChoice& choice : world.Enabled()) {
      if (choice.choice.actor.process() == process) {
        run.Take(choice);
        break;
      }
    }
  }
  REQUIRE(run.trace().steps.size() == 5);
  const std::string svg = Svg(SchedulePicture(*loaded, *loaded.source, run.trace(), "waits"));
  CHECK(svg.find(">5 steps") == std::string::npos);
  CHECK(svg.find("5 steps, 2 switches") != std::string::npos);
  CHECK(Count(svg, ">x = 0<") == 3);  // a step that changes nothing is a round of one
}

TEST_CASE("TheMiddleOfALongRunIsLeftOutAndThatIsSaid") {
  const LoadedScenario loaded = LoadScenarioFile("scenarios/ipc/pipeline.scn");
  REQUIRE(loaded);
  const std::string dot = RunPicture(loaded, "long", 1000, 40);
  CHECK(Count(dot, "arrowhead=normal") == 39);  // and the start
  CHECK(dot.find("... steps 10 to 970 are left out here ...") != std::string::npos);
  CheckNothingOverlaps(dot);
}

TEST_CASE("ManySharedObjectsAreOneLane") {
  const auto picture = [](int count) {
    std::string shared, body;
    for (int i = 0; i < count; ++i) {
      shared += fmt::format("shared int x{} = 0;\n", i);
      body += fmt::format("x{} = 1; ", i);
    }
    const LoadedScenario loaded = LoadScenario(shared + "process p { " + body + "}\n");
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    return RunPicture(loaded, "lanes");
  };
  CHECK(picture(6).find("\"shared memory\"") == std::string::npos);
  CHECK(picture(7).find("\"shared memory\"") != std::string::npos);
}

TEST_CASE("AStepOfManyAccessesShowsSomeAndSaysHowManyMore") {
  const LoadedScenario loaded = LoadScenario(R"(
shared int x[100];
process p {
    atomic {
        for (int i = 0; i < 100; i++)
            x[i] = 1;
    }
}
)");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  const std::string dot = RunPicture(loaded, "many");
  CHECK(Count(dot, "arrowhead=normal") == 12);
  CHECK(dot.find("88 more accesses") != std::string::npos);
}

TEST_CASE("NoTextOfAScenarioIsMoreThanText") {
  const std::string evil = "\"><script>alert(1)</script>&amp;<!-- \\N \\\" ]; evil -> node; -->";
  const std::string text = R"(
#define EVIL '"'
shared char x = '<', y = '\\';
shared queue<char, 4> q;
process p {
    while (x != '"' && x != '<' && x != '>' && x != '\\')
        ;
    y = '"';
    append(q, '&');
    atomic { y = '\\'; x = '>'; }
    produced(EVIL);
    if (y == '\'') x = '\n';
}
process r {
    consumed(take(q));
}
)";
  const auto pictures = [&](const std::string& name) {
    const LoadedScenario loaded = LoadScenario(text, {}, {}, name);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    return std::vector<std::string>{ProgramPicture(*loaded, *loaded.source),
                                    RunPicture(loaded, name)};
  };
  const std::vector<std::string> hostile = pictures(evil), plain = pictures("plain");
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const std::string svg = Svg(hostile[i]), expected = Svg(plain[i]);
    CHECK(svg.find("<script") == std::string::npos);
    CHECK(svg.find("alert(1)") != std::string::npos);
    for (const char* element : {"<g ", "<polygon ", "<path ", "<text ", "<a "}) {
      CHECK(Count(svg, element) == Count(expected, element));
    }
  }
  const std::string svg = Svg(plain[0]);
  CHECK(svg.find("x != &#39;&lt;&#39;") != std::string::npos);
  CHECK(svg.find("y = &#39;\\\\&#39;; x = &#39;&gt;&#39;;") != std::string::npos);
}

}  // namespace
}  // namespace interleave
