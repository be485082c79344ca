// State graphs against the reference explorer, against each other, and against what can be said by
// hand of the endless bounded buffer.

#include <doctest/doctest.h>

#include <boost/property_tree/xml_parser.hpp>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "model/graph/export.h"
#include "model/graph/pipeline.h"
#include "model/graph/render.h"
#include "model/graph/state_picture.h"
#include "model/graph/state_space.h"
#include "model/search/check.h"
#include "tests/support/random_program.h"
#include "tests/support/reference_explorer.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr uint64_t kMostGraphStates = 300;
constexpr uint64_t kGraphPrograms = 40;
#else
constexpr uint64_t kMostGraphStates = 3'000;
constexpr uint64_t kGraphPrograms = 300;
#endif

// The buffer of the notes without an end: N cells, of which N - 1 are used, items all alike.
std::string EndlessBuffer(int cells, const std::string& by) {
  return "#define N " + std::to_string(cells) +
         "\n"
         "shared bool buffer[N] = {};\n"
         "shared int in = 0, out = 0;\n"
         "process producer {\n"
         "  for (;;) {\n"
         "    while ((in + 1) % N == out) ;\n"
         "    buffer[in] = 1;\n"
         "    in = (in + 1) % N;\n"
         "    produced(1);\n"
         "  }\n"
         "}\n"
         "process consumer {\n"
         "  for (;;) {\n"
         "    while (in == out) ;\n"
         "    bool item = buffer[out];\n"
         "    out = (out + 1) % N;\n"
         "    consumed(item);\n"
         "  }\n"
         "}\n"
         "invariant room: items <= N - 1;\n"
         "option draw = ring (buffer, out, in);\n"
         "option graph = by (" +
         by + ");\n";
}

std::string Exported(Diagram& graph, void (*write)(Diagram&, const TextSink&)) {
  std::string text;
  write(graph, [&](std::string_view part) {
    text += part;
    return true;
  });
  return text;
}

std::string DotOf(Diagram& graph, const StatePictureOptions& options = {}) {
  std::string text;
  DrawStates(graph, options, [&](std::string_view part) {
    text += part;
    return true;
  });
  return text;
}

struct AutEdge {
  uint64_t from = 0;
  std::string label;
  uint64_t to = 0;
  auto operator<=>(const AutEdge&) const = default;
};

struct Aut {
  uint64_t initial = 0, transitions = 0, states = 0;
  std::vector<AutEdge> edges;
};

// Reads a .aut file by its grammar, strictly; REQUIREs what it demands.
Aut ReadAut(const std::string& text) {
  std::size_t at = 0;
  const auto expect = [&](const std::string& what) {
    REQUIRE_MESSAGE(text.compare(at, what.size(), what) == 0, "at byte " << at << ": " << what);
    at += what.size();
  };
  const auto number = [&] {
    const std::size_t begin = at;
    uint64_t value = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      value = value * 10 + static_cast<uint64_t>(text[at++] - '0');
    }
    REQUIRE(at > begin);
    return value;
  };
  Aut aut;
  expect("des (");
  aut.initial = number();
  expect(",");
  aut.transitions = number();
  expect(",");
  aut.states = number();
  expect(")\n");
  while (at < text.size()) {
    const std::size_t begin = at;
    AutEdge edge;
    expect("(");
    edge.from = number();
    expect(",\"");
    while (at < text.size() && text[at] != '"') {
      const auto c = static_cast<unsigned char>(text[at]);
      REQUIRE(c >= ' ');
      REQUIRE(c < 127);
      edge.label += text[at++];
    }
    expect("\",");
    edge.to = number();
    expect(")\n");
    REQUIRE(at - begin < 2048);
    REQUIRE(edge.from < aut.states);
    REQUIRE(edge.to < aut.states);
    aut.edges.push_back(std::move(edge));
  }
  REQUIRE(aut.edges.size() == aut.transitions);
  REQUIRE(aut.initial == 0);
  return aut;
}

// The space of a scenario, with what it needs.
struct Loaded {
  LoadedScenario scenario;
  std::unique_ptr<StateSpace> space;

  explicit Loaded(LoadedScenario of, bool depth_first = false) : scenario(std::move(of)) {
    REQUIRE_MESSAGE(scenario, scenario.diagnostics);
    StateSpaceOptions options;
    options.depth_first = depth_first;
    options.max_states = kMostGraphStates * 20;
    space = std::make_unique<StateSpace>(*scenario, *scenario.source);
    space->Explore(options);
  }
};

MadeGraph GroupedBy(Loaded& loaded, Fold fold = Fold::kNothing) {
  GraphRequest request;
  request.by_keys = fold == Fold::kNothing;
  request.fold = fold;
  return MakeGraph(*loaded.space, request);
}

std::optional<Counterexample> FirstCounterexample(const Program& program) {
  CheckOptions options;
  options.reduce = {};
  const CheckResult result = Check(program, options);
  if (result.counterexamples.empty() || result.counterexamples.front().trace.initial.empty()) {
    return std::nullopt;
  }
  return result.counterexamples.front();
}

// States, steps and marks as the reference explorer has them.
void CompareWithReference(Loaded& loaded) {
  const Program& program = *loaded.scenario;
  StateSpace& space = *loaded.space;
  Reference reference(program);
  const auto words = static_cast<std::ptrdiff_t>(program.state_size());
  std::set<ReferenceState> met, level;
  for (const ReferenceMove& start : reference.Starts()) {
    if (start.status == StepStatus::kOk && start.broken.empty() && !start.full) {
      level.insert(start.next);
    }
  }
  CHECK(space.initial_states() == level.size());
  uint64_t transitions = 0, complete = 0, deadlocks = 0, broken = 0, failures = 0, depth = 0;
  while (!level.empty()) {
    std::set<ReferenceState> next;
    for (const ReferenceState& state : level) {
      met.insert(state);
      complete += reference.IsComplete(state.memory);
      std::set<int> ranks = reference.Broken(state, nullptr);
      ranks.erase(kDeadlockRank);
      broken += !ranks.empty();
      bool fails = false;
      for (const ReferenceMove& move : reference.Moves(state)) {
        fails = fails || move.status == StepStatus::kError;
        if (move.status == StepStatus::kError) {
          ++failures;
        } else if (!move.is_limit()) {
          ++transitions;
          if (move.broken.empty()) next.insert(move.next);
        }
      }
      deadlocks += !fails && reference.IsDeadlock(state.memory);
    }
    level.clear();
    std::set_difference(next.begin(), next.end(), met.begin(), met.end(),
                        std::inserter(level, level.end()));
    if (!level.empty()) ++depth;
  }
  CHECK(space.states() == met.size());
  CHECK(space.transitions() == transitions);
  CHECK(space.steps() - space.transitions() == failures);
  CHECK(space.depth() == depth);
  uint64_t marked_complete = 0, marked_deadlock = 0, marked_broken = 0;
  std::set<std::vector<int64_t>> memories;
  for (const ReferenceState& state : met) memories.insert(state.memory);
  for (uint32_t n = 0; n < space.states(); ++n) {
    const std::vector<int64_t> slots = space.Get(n);
    CHECK(memories.count({slots.begin(), slots.begin() + words}) == 1);
    CHECK(space.Find(slots.data()) == n);
    marked_complete += (space.marks(n) & kCompleteState) != 0;
    marked_deadlock += (space.marks(n) & kDeadlockState) != 0;
    marked_broken += (space.marks(n) & kBrokenState) != 0;
    CHECK(((space.marks(n) & kInitialState) != 0) == (n < space.initial_states()));
    CHECK((space.depth(n) == 0) == (n < space.initial_states()));
  }
  CHECK(marked_complete == complete);
  CHECK(marked_deadlock == deadlocks);
  CHECK(marked_broken == broken);
}

TEST_CASE("The state space is the reference explorer's, on every scenario") {
  int compared = 0;
  for (const std::string& file : ScenarioFiles()) {
    CAPTURE(file);
    Loaded loaded(LoadScenarioFile(file));
    if (loaded.space->states() > kMostGraphStates || !loaded.space->incomplete_reason().empty())
      continue;
    CompareWithReference(loaded);
    ++compared;
  }
  CHECK(compared >= 10);
}

TEST_CASE("The state space is the reference explorer's, on random programs") {
  int compared = 0;
  for (uint64_t seed = 0; seed < kGraphPrograms; ++seed) {
    CAPTURE(seed);
    Loaded loaded(LoadScenario(MakeRandomScenario(seed).text));
    if (loaded.space->states() > 500 || !loaded.space->incomplete_reason().empty()) continue;
    CompareWithReference(loaded);
    ++compared;
  }
  CHECK(compared > static_cast<int>(kGraphPrograms / 3));
}

TEST_CASE("A graph is the same however its states were found, and every time") {
  for (const std::string& file : ScenarioFiles()) {
    CAPTURE(file);
    Loaded bfs(LoadScenarioFile(file));
    if (bfs.space->states() > kMostGraphStates || !bfs.space->incomplete_reason().empty()) continue;
    Loaded dfs(LoadScenarioFile(file), true);
    WholeGraph one(*bfs.space, {}), other(*dfs.space, {});
    for (const auto& write : {ExportAut, ExportJsonLines, ExportGraphMl}) {
      const std::string text = Exported(one, write);
      CHECK(text == Exported(other, write));
      CHECK(text == Exported(one, write));
    }
    CHECK(DotOf(one) == DotOf(other));
  }
}

TEST_CASE("An .aut file keeps to its grammar and holds the graph's steps") {
  for (const std::string& file : ScenarioFiles()) {
    CAPTURE(file);
    Loaded loaded(LoadScenarioFile(file));
    StateSpace& space = *loaded.space;
    if (space.states() > kMostGraphStates) continue;
    WholeGraph graph(space, {});
    const Aut aut = ReadAut(Exported(graph, ExportAut));
    const uint64_t shift = space.initial_states() == 1 ? 0 : 1;
    CHECK(aut.states == space.nodes() + shift);
    CHECK(aut.transitions == space.steps() + (shift == 0 ? 0 : space.initial_states()));
    std::multiset<std::pair<uint64_t, uint64_t>> written, made;
    for (const AutEdge& edge : aut.edges) {
      if (edge.label != "start") written.insert({edge.from - shift, edge.to - shift});
    }
    for (uint32_t n = 0; n < space.states(); ++n) {
      space.ForEachStep(n, [&](const StateSpace::Step& step) {
        made.insert({step.from, step.to});
      });
    }
    CHECK(written == made);
  }
}

TEST_CASE("Labels of an .aut file are 7 bit, without quotes, shorter than a line, and stay apart") {
  std::string text = "shared char c = 0;\nshared int long_" + std::string(1500, 'x') +
                     " = 0;\nprocess p {\n  c = '\"';\n  c = '\\'';\n  c = '\\\\';\n";
  // One step with more text than a line holds.
  text += "  atomic { long_" + std::string(1500, 'x') + " = 1; long_" + std::string(1500, 'x') +
          " = 2; }\n}\n";
  Loaded loaded(LoadScenario(text));
  WholeGraph graph(*loaded.space, {});
  const Aut aut = ReadAut(Exported(graph, ExportAut));
  std::set<std::string> labels;
  for (const AutEdge& edge : aut.edges) labels.insert(edge.label);
  CHECK(labels.size() == 4);
  CHECK(labels.count("p: c = ''''") + labels.count("p: c = '''''") == 1);
}

TEST_CASE("JSON lines say of every node and edge what it is") {
  Loaded loaded(LoadScenarioFile("scenarios/notes/two_producers_one_cell.scn"));
  StateSpace& space = *loaded.space;
  WholeGraph graph(space, {});
  std::istringstream lines(Exported(graph, ExportJsonLines));
  std::string line;
  REQUIRE(std::getline(lines, line));
  const auto head = nlohmann::json::parse(line);
  CHECK(head["states"] == space.states());
  CHECK(head["transitions"] == space.transitions());
  CHECK(head["complete"] == true);
  uint64_t nodes = 0, edges = 0, last_node = 0, ends = 0;
  while (std::getline(lines, line)) {
    const auto json = nlohmann::json::parse(line);
    if (json.contains("node")) {
      last_node = json["node"];
      CHECK(last_node == nodes++);
      if (json.contains("broken") && !json.contains("state")) ++ends;
    } else {
      CHECK(json["from"] == last_node);
      CHECK(json["to"] < graph.nodes());
      CHECK(json["line"] > 0);
      ++edges;
    }
  }
  CHECK(nodes == graph.nodes());
  CHECK(edges == graph.edges());
  CHECK(ends == space.nodes() - space.states());
  CHECK(ends > 0);
}

TEST_CASE("Inside functions steps and positions tell the calls that lead there") {
  Loaded loaded(
      LoadScenario("shared int free = 1, mutex = 0;\n"
                   "void lock(int *m) {\n"
                   "  while (*m != 0) ;\n"
                   "  *m = 1;\n"
                   "}\n"
                   "void down(int *s) {\n"
                   "  lock(&mutex);\n"
                   "  *s = *s - 1;\n"
                   "}\n"
                   "process p { down(&free); }\n"));
  WholeGraph graph(*loaded.space, {});
  const auto has = [](const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  };
  const std::string lines = Exported(graph, ExportJsonLines);
  CHECK(has(lines,
            R"_("label":"p: down(&free): reads mutex = 0; test false","line":10,)_"
            R"_("statement":"while (*m != 0)","statement_line":3,)_"
            R"_("calls":[{"line":10,"text":"down(&free)"},{"line":7,"text":"lock(&mutex)"}])_"));
  CHECK(has(lines, R"_("at":{"p":10})_"));
  const std::string dot = DotOf(graph);
  CHECK(
      has(dot,
          "p: before line 10: down(&amp;free), line 7: lock(&amp;mutex), line 3: while (*m != 0)"));
  CHECK(has(dot, "p <b>10&gt;7&gt;3</b>"));
  CHECK(has(dot, "of a function called in line"));
  CHECK(has(dot, "tooltip=\"p\\nline 10: down(&amp;free), line 8: *s = *s - 1;\""));
}

TEST_CASE("GraphML is XML with the graph's nodes and edges, whatever characters are in it") {
  for (const std::string& file : ScenarioFiles()) {
    CAPTURE(file);
    Loaded loaded(LoadScenarioFile(file));
    if (loaded.space->states() > kMostGraphStates) continue;
    WholeGraph graph(*loaded.space, {});
    std::istringstream text(Exported(graph, ExportGraphMl));
    boost::property_tree::ptree tree;
    boost::property_tree::read_xml(text, tree);
    const auto& children = tree.get_child("graphml.graph");
    CHECK(children.count("node") == graph.nodes());
    CHECK(children.count("edge") == graph.edges());
  }
  Loaded odd(
      LoadScenario("shared char c = '<';\nprocess p { c = '&'; c = '\\x01'; c = '\\xe9'; }\n"));
  WholeGraph graph(*odd.space, {});
  const std::string text = Exported(graph, ExportGraphMl);
  std::istringstream in(text);
  boost::property_tree::ptree tree;
  boost::property_tree::read_xml(in, tree);
  CHECK(text.find("c &lt; |") != std::string::npos);
  CHECK(text.find("c &amp; |") != std::string::npos);
}

TEST_CASE("By items the endless buffer is a chain, by in and out a band that closes") {
  for (const int n : {2, 3, 5}) {
    CAPTURE(n);
    const auto cells = static_cast<uint32_t>(n);
    Loaded chain(LoadScenario(EndlessBuffer(n, "items")));
    const MadeGraph by_items = GroupedBy(chain);
    REQUIRE(by_items.diagram->nodes() == cells);
    for (uint32_t k = 0; k < cells; ++k) {
      CHECK(by_items.diagram->Key(k) == "items = " + std::to_string(k));
      std::set<uint32_t> next;
      by_items.diagram->ForEachEdge(k, [&](const DiagramEdge& edge) { next.insert(edge.to); });
      next.erase(k);
      std::set<uint32_t> expected;
      if (k > 0) expected.insert(k - 1);
      if (k + 1 < cells) expected.insert(k + 1);
      CHECK(next == expected);
    }
    CHECK_FALSE(by_items.picture.grid);

    Loaded band(LoadScenario(EndlessBuffer(n, "in, out")));
    const MadeGraph by_indices = GroupedBy(band);
    REQUIRE(by_indices.diagram->nodes() == cells * cells);
    REQUIRE(by_indices.picture.grid);
    std::map<std::pair<int64_t, int64_t>, uint32_t> at;
    for (uint32_t k = 0; k < cells * cells; ++k) at[*by_indices.picture.grid->positions[k]] = k;
    REQUIRE(at.size() == cells * cells);
    for (const auto& [place, node] : at) {
      const auto [column, row] = place;
      std::set<uint32_t> next, expected;
      by_indices.diagram->ForEachEdge(node, [&, self = node](const DiagramEdge& edge) {
        if (edge.to != self) next.insert(edge.to);
      });
      if (row + 1 < n) expected.insert(at[{column, row + 1}]);
      if (row > 0) expected.insert(at[{(column + 1) % n, row - 1}]);
      CHECK(next == expected);
    }
    const std::string dot = DotOf(*by_indices.diagram, by_indices.picture);
    CHECK(dot.find("layout=neato") != std::string::npos);
    // The last column's edges lead to the first one, drawn again.
    CHECK(std::count(dot.begin(), dot.end(), '!') == n * n + n);
  }
}

TEST_CASE("Every way of making a graph smaller accounts for every state and says what it did") {
  for (const std::string& file : ScenarioFiles()) {
    CAPTURE(file);
    Loaded loaded(LoadScenarioFile(file));
    StateSpace& space = *loaded.space;
    if (space.states() > kMostGraphStates) continue;
    const auto members = [](const Diagram& graph) {
      uint64_t sum = 0;
      for (uint32_t n = 0; n < graph.nodes(); ++n) sum += graph.Node(n).members;
      return sum;
    };
    MadeGraph layers = GroupedBy(loaded, Fold::kLayers);
    CHECK(members(*layers.diagram) == space.nodes());
    CHECK(layers.diagram->caption().size() == 1);
    uint32_t levels = space.depth() + 1;
    for (uint32_t n = space.states(); n < space.nodes(); ++n) {
      levels = std::max(levels, space.depth(n) + 1);
    }
    CHECK(layers.diagram->nodes() == levels);
    MadeGraph components = GroupedBy(loaded, Fold::kComponents);
    CHECK(members(*components.diagram) == space.nodes());
    // Without cycles: some order of the nodes goes along every edge.
    std::vector<uint32_t> into(components.diagram->nodes(), 0), ready;
    const auto each_edge = [&](uint32_t n, const std::function<void(uint32_t)>& visit) {
      components.diagram->ForEachEdge(n, [&](const DiagramEdge& edge) { visit(edge.to); });
    };
    for (uint32_t n = 0; n < into.size(); ++n) each_edge(n, [&](uint32_t to) { ++into[to]; });
    for (uint32_t n = 0; n < into.size(); ++n) {
      if (into[n] == 0) ready.push_back(n);
    }
    std::size_t ordered = 0;
    while (ordered < ready.size()) {
      each_edge(ready[ordered++], [&](uint32_t to) {
        if (--into[to] == 0) ready.push_back(to);
      });
    }
    CHECK(ordered == into.size());
    GraphRequest few;
    few.max_nodes = 5;
    MadeGraph near = MakeGraph(space, few);
    CHECK(members(*near.diagram) == space.nodes());
    if (space.nodes() > 5) {
      CHECK(near.diagram->nodes() == 6);
      CHECK(near.diagram->Node(5).is_rest);
      CHECK(near.diagram->caption().size() == 1);
    }
  }
}

TEST_CASE("The quotient has the values that occur, and the steps between them") {
  int compared = 0;
  for (uint64_t seed = 0; seed < kGraphPrograms; ++seed) {
    CAPTURE(seed);
    std::string text = MakeRandomScenario(seed).text;
    const LoadedScenario plain = LoadScenario(text);
    REQUIRE_MESSAGE(plain, plain.diagnostics);
    std::string name;
    for (const MemoryObject& object : plain->objects) {
      if (object.symbol->kind == SymbolKind::kShared && object.cells == 1)
        name = object.symbol->name;
    }
    if (name.empty()) continue;
    Loaded loaded(LoadScenario(text + "\noption graph = by (" + name + ");\n"));
    StateSpace& space = *loaded.space;
    if (space.states() > 500 || space.nodes() != space.states()) continue;
    const MemoryObject* object = nullptr;
    for (const MemoryObject& candidate : loaded.scenario->objects) {
      if (candidate.symbol->name == name) object = &candidate;
    }
    REQUIRE(object != nullptr);
    const auto value = [&](uint32_t n) {
      const std::vector<int64_t> slots = space.Get(n);
      const bool is_written = object->written_base == 0 || slots[object->written_base] != 0;
      return std::pair(is_written, is_written ? slots[object->base] : 0);
    };
    std::set<std::pair<bool, int64_t>> values;
    using Named = std::tuple<std::pair<bool, int64_t>, std::string, std::pair<bool, int64_t>>;
    std::set<Named> steps;
    for (uint32_t n = 0; n < space.states(); ++n) {
      values.insert(value(n));
      space.ForEachStep(n, [&](const StateSpace::Step& step) {
        steps.insert(
            {value(n), space.labels()[space.actions()[step.action].label], value(step.to)});
      });
    }
    const MadeGraph made = GroupedBy(loaded);
    CHECK(made.diagram->nodes() == values.size());
    CHECK(made.diagram->edges() == steps.size());
    ++compared;
  }
  CHECK(compared > static_cast<int>(kGraphPrograms / 10));
}

TEST_CASE(
    "The counterexample is found again in the whole graph and followed in what is made of it") {
  int followed = 0;
  for (const std::string& file : ScenarioFiles()) {
    CAPTURE(file);
    Loaded loaded(LoadScenarioFile(file));
    StateSpace& space = *loaded.space;
    if (space.states() > kMostGraphStates * 10 || !space.incomplete_reason().empty()) continue;
    const auto example = FirstCounterexample(*loaded.scenario);
    if (!example) continue;
    HiddenSteps reads;
    reads.reads = true;
    for (const HiddenSteps& hidden : {HiddenSteps{}, reads}) {
      const auto path = PathOf(space, example->trace, hidden);
      REQUIRE(path);
      CHECK(path->actions.size() == example->trace.steps.size());
      CHECK((space.marks(path->nodes.back()) & (kBrokenState | kDeadlockState)) != 0);
      for (const Fold fold : {Fold::kNothing, Fold::kComponents, Fold::kLayers}) {
        GraphRequest request;
        request.hidden = hidden;
        request.trace = &*path;
        request.around = 1;
        request.fold = fold;
        const MadeGraph made = MakeGraph(space, request);
        CHECK_FALSE(made.lost_trace);
        uint64_t marked = 0;
        for (uint32_t n = 0; n < made.diagram->nodes(); ++n)
          marked += made.diagram->Node(n).on_trace;
        const std::set<uint32_t> distinct(path->nodes.begin(), path->nodes.end());
        if (fold == Fold::kNothing) CHECK(marked == distinct.size());
        CHECK(marked >= 1);
      }
      if (space.states() > kMostGraphStates) continue;
      for (const auto equivalence :
           {Equivalence::kStrong, Equivalence::kBranching, Equivalence::kTrace}) {
        GraphRequest request;
        request.hidden = hidden;
        request.trace = &*path;
        request.minimize = equivalence;
        const MadeGraph made = MakeGraph(space, request);
        CHECK_FALSE(made.lost_trace);
        CHECK_FALSE(made.is_incomplete);
        CHECK(made.diagram->nodes() <= space.nodes());
        // What broke is at the end of the marked path.
        uint8_t marks = 0;
        for (uint32_t n = 0; n < made.diagram->nodes(); ++n) {
          if (made.diagram->Node(n).on_trace) marks |= made.diagram->Node(n).marks;
        }
        CHECK((marks & (kBrokenState | kDeadlockState)) != 0);
      }
    }
    Trace wrong = example->trace;
    if (wrong.steps.size() < 2) continue;
    wrong.steps.erase(wrong.steps.begin());
    const auto lost = PathOf(space, wrong, {});
    CHECK((!lost || lost->nodes.back() != PathOf(space, example->trace, {})->nodes.back() ||
           lost->nodes.size() != example->trace.steps.size() + 1));
    ++followed;
  }
  CHECK(followed >= 10);
}

TEST_CASE("What breaks in different ways stays apart, also at the start") {
  Loaded loaded(LoadScenario(
      "shared int x = 0;\n"
      "process p { int c = choose (0 .. 2); int y = 6 / c; assert (y < 5); x = y; }\n"));
  StateSpace& space = *loaded.space;
  CHECK(space.broken().size() == 2);  // 6 / 0, and 6 for y
  for (const auto equivalence :
       {Equivalence::kStrong, Equivalence::kBranching, Equivalence::kTrace}) {
    GraphRequest request;
    request.minimize = equivalence;
    const MadeGraph made = MakeGraph(space, request);
    // Trace equivalence begins in one state, whatever that can be.
    const uint32_t expected = equivalence == Equivalence::kTrace ? 2 : 4;
    CHECK(made.diagram->nodes() == expected);
  }
  const auto example = FirstCounterexample(*loaded.scenario);
  REQUIRE(example);
  const auto path = PathOf(space, example->trace, {});
  REQUIRE(path);
  CHECK(path->actions.empty());
  CHECK(space.is_end(path->nodes.front()));
  GraphRequest request;
  request.trace = &*path;
  request.around = 0;
  const MadeGraph made = MakeGraph(space, request);
  CHECK_FALSE(made.lost_trace);
  CHECK(made.diagram->Node(0).on_trace);
}

TEST_CASE("Hidden steps are those that were asked for") {
  // x is touched by both, y by p alone.
  Loaded loaded(
      LoadScenario("shared int x = 0, y = 0;\n"
                   "process p { y = 1; int a = x; x = 1; }\n"
                   "process q { int b = x; }\n"));
  const auto hidden_labels = [&](const HiddenSteps& hidden) {
    std::set<std::string> labels;
    WholeGraph graph(*loaded.space, hidden);
    for (uint32_t n = 0; n < graph.nodes(); ++n) {
      graph.ForEachEdge(n, [&](const DiagramEdge& edge) {
        if (edge.is_hidden) labels.insert(loaded.space->labels()[graph.ActionOf(edge).label]);
        CHECK((graph.LabelOf(edge) == "tau") == edge.is_hidden);
      });
    }
    return labels;
  };
  HiddenSteps local, reads, process;
  local.local = true;
  reads.reads = true;
  process.of_processes = {false, true};
  CHECK(hidden_labels({}).empty());
  CHECK(hidden_labels(local) == std::set<std::string>{"p: y = 1"});
  CHECK(hidden_labels(reads) ==
        std::set<std::string>{"p: reads x = 0", "q: reads x = 0", "q: reads x = 1"});
  CHECK(hidden_labels(process) == std::set<std::string>{"q: reads x = 0", "q: reads x = 1"});
}

TEST_CASE("A limit is said, and where the graph goes on is marked") {
  const LoadedScenario scenario = LoadScenarioFile("scenarios/notes/bounded_buffer.scn");
  REQUIRE(scenario);
  StateSpaceOptions options;
  options.max_states = 40;
  StateSpace space(*scenario, *scenario.source);
  space.Explore(options);
  CHECK(space.states() >= 40);
  CHECK(space.states() < 152);
  CHECK(space.incomplete_reason() == "the limit of 40 states");
  uint64_t unexpanded = 0;
  for (uint32_t n = 0; n < space.states(); ++n) {
    unexpanded += (space.marks(n) & kUnexpandedState) != 0;
    CHECK((space.marks(n) & kDeadlockState) == 0);
  }
  CHECK(unexpanded > 0);
  CHECK(unexpanded < space.states());
}

TEST_CASE("Graphviz reads every small state graph") {
  for (const std::string& file : ScenarioFiles()) {
    CAPTURE(file);
    Loaded loaded(LoadScenarioFile(file));
    GraphRequest request;
    request.max_nodes = 40;
    MadeGraph made = MakeGraph(*loaded.space, request);
    made.picture.title = file;
    const RenderedImage image = RenderDot(DotOf(*made.diagram, made.picture), ImageFormat::kSvg);
    CHECK_MESSAGE(image.ok(), image.error);
    // A node each: `id` is what a page finds them by.
    for (uint32_t n = 0; n < made.diagram->nodes(); ++n) {
      CHECK(image.bytes.find("id=\"s" + std::to_string(n) + "\"") != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace interleave
