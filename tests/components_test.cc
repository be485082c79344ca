// Strongly connected components, of explicit graphs and of transition systems, against their
// definition: two nodes are in one component if and only if each can be reached from the other. And
// the search that keeps its path, on the same graphs.

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "model/explore/path_explorer.h"
#include "model/explore/state_components.h"
#include "model/explore/state_store.h"
#include "sim/program/strong_components.h"

namespace interleave {
namespace {

struct Graph {
  std::vector<std::vector<uint32_t>> next;  // several edges to one node, and to itself, may be
  std::vector<uint32_t> starts;

  uint32_t size() const { return static_cast<uint32_t>(next.size()); }
};

Graph RandomGraph(std::mt19937& random) {
  const auto below = [&](uint32_t bound) { return static_cast<uint32_t>(random() % bound); };
  Graph graph;
  graph.next.resize(1 + below(9));
  const uint32_t edges = below(2 * graph.size() + 1);
  for (uint32_t k = 0; k < edges; ++k) {
    graph.next[below(graph.size())].push_back(below(graph.size()));
  }
  const uint32_t starts = 1 + below(3);
  for (uint32_t k = 0; k < starts; ++k) graph.starts.push_back(below(graph.size()));
  return graph;
}

using Matrix = std::vector<std::vector<bool>>;

// By one edge or more.
Matrix Reaches(const Graph& graph) {
  Matrix reaches(graph.size(), std::vector<bool>(graph.size(), false));
  for (uint32_t from = 0; from < graph.size(); ++from) {
    for (const uint32_t to : graph.next[from]) reaches[from][to] = true;
  }
  for (uint32_t by = 0; by < graph.size(); ++by) {
    for (uint32_t from = 0; from < graph.size(); ++from) {
      for (uint32_t to = 0; to < graph.size(); ++to) {
        if (reaches[from][by] && reaches[by][to]) reaches[from][to] = true;
      }
    }
  }
  return reaches;
}

// What the searches visited, in order.
struct Found {
  std::vector<std::vector<uint32_t>> components;
  std::vector<bool> has_cycle;
};

// That `found` is all components of the nodes in `present`, each behind those it leads to.
void CheckAgainstDefinition(const Graph& graph, const std::vector<bool>& present,
                            const Found& found) {
  const Matrix reaches = Reaches(graph);
  std::vector<std::size_t> of(graph.size(), SIZE_MAX);
  for (std::size_t c = 0; c < found.components.size(); ++c) {
    for (const uint32_t node : found.components[c]) {
      REQUIRE(of[node] == SIZE_MAX);
      of[node] = c;
    }
    CHECK(found.has_cycle[c] == std::any_of(found.components[c].begin(), found.components[c].end(),
                                            [&](uint32_t node) { return reaches[node][node]; }));
  }
  for (uint32_t a = 0; a < graph.size(); ++a) {
    CHECK((of[a] != SIZE_MAX) == present[a]);
    if (!present[a]) continue;
    for (uint32_t b = 0; b < graph.size(); ++b) {
      if (!present[b]) continue;
      CHECK((of[a] == of[b]) == (a == b || (reaches[a][b] && reaches[b][a])));
      if (reaches[a][b]) CHECK(of[b] <= of[a]);
    }
  }
}

// A graph as a transition system: its states are one word, which is the node.
class GraphSystem {
 public:
  explicit GraphSystem(const Graph& graph) : graph_(graph) {}

  static std::size_t state_words() { return 1; }
  template <class Visit>
  void ForEachInitial(Visit visit) {
    for (const int64_t start : graph_.starts) {
      if (!visit(&start, Successor())) return;
    }
  }
  template <class Visit>
  void ForEachSuccessor(const int64_t* state, Visit visit) {
    Successor successor;
    for (const int64_t to : graph_.next[static_cast<std::size_t>(*state)]) {
      visit(&to, static_cast<const Successor&>(successor));
      ++successor.choice.outcome;
    }
  }

 private:
  const Graph& graph_;
};

std::vector<bool> ReachableFromStarts(const Graph& graph) {
  const Matrix reaches = Reaches(graph);
  std::vector<bool> reachable(graph.size(), false);
  for (const uint32_t start : graph.starts) {
    reachable[start] = true;
    for (uint32_t to = 0; to < graph.size(); ++to) {
      if (reaches[start][to]) reachable[to] = true;
    }
  }
  return reachable;
}

// Checks what a search that keeps its path says against the graph.
class PathChecker {
 public:
  PathChecker(const Graph& graph, const StateStore& store) : graph_(graph), store_(store) {}

  void OnInitial(const int64_t*, const Successor&) { FAIL("no start goes wrong"); }
  void OnEnter(const Path& path, const int64_t* state) {
    CHECK(NodeOf(path.back().number) == static_cast<uint32_t>(*state));
    CHECK(entered_.insert(path.back().number).second);
    const auto& starts = graph_.starts;
    CHECK(std::count(starts.begin(), starts.end(), NodeOf(path.front().number)) > 0);
    for (std::size_t k = 1; k < path.size(); ++k) {
      const auto& next = graph_.next[NodeOf(path[k - 1].number)];
      CHECK(next.at(path[k].choice.outcome) == NodeOf(path[k].number));
    }
    ++depth_;
    CHECK(path.size() == depth_);
  }
  void OnEdge(const Path& path, uint32_t to, EdgeKind kind) {
    ++edges_;
    const bool is_on_path = std::any_of(path.begin(), path.end(),
                                        [&](const PathStep& step) { return step.number == to; });
    CHECK((kind == EdgeKind::kBack) == is_on_path);
    CHECK((kind == EdgeKind::kTree) == !entered_.contains(to));
  }
  void OnFailure(const Path&, const Successor&) { FAIL("no step goes wrong"); }
  void OnLeave(const Path& path) {
    CHECK(path.size() == depth_);
    --depth_;
    CHECK(left_.insert(path.back().number).second);
  }
  static bool Continue(uint32_t) { return true; }
  static bool stop() { return false; }

  std::size_t entered() const { return entered_.size(); }
  std::size_t left() const { return left_.size(); }
  std::size_t edges() const { return edges_; }

 private:
  uint32_t NodeOf(uint32_t number) const {
    int64_t node = 0;
    store_.Get(number, &node);
    return static_cast<uint32_t>(node);
  }

  const Graph& graph_;
  const StateStore& store_;
  std::set<uint32_t> entered_, left_;
  std::size_t edges_ = 0;
  std::size_t depth_ = 0;
};

constexpr int kGraphs = 3000;

TEST_CASE("components of random graphs are those of the definition") {
  std::mt19937 random(1);
  for (int k = 0; k < kGraphs; ++k) {
    CAPTURE(k);
    const Graph graph = RandomGraph(random);
    Found found;
    ForEachComponent(
        graph.size(),
        [&](uint32_t node, uint32_t edge) {
          return edge < graph.next[node].size() ? graph.next[node][edge] : kNoNode;
        },
        [&](const StrongComponent& component) {
          found.components.emplace_back(component.nodes.begin(), component.nodes.end());
          found.has_cycle.push_back(component.has_cycle);
        });
    CheckAgainstDefinition(graph, std::vector<bool>(graph.size(), true), found);
  }
}

TEST_CASE("components of a transition system are those of its reachable states") {
  std::mt19937 random(2);
  for (int k = 0; k < kGraphs; ++k) {
    CAPTURE(k);
    const Graph graph = RandomGraph(random);
    GraphSystem system(graph);
    StateStore store({0});
    Found found;
    CHECK(ForEachStateComponent(system, store, [&](const StrongComponent& component) {
      found.components.emplace_back();
      for (const uint32_t number : component.nodes) {
        int64_t node = 0;
        store.Get(number, &node);
        found.components.back().push_back(static_cast<uint32_t>(node));
      }
      found.has_cycle.push_back(component.has_cycle);
    }));
    CheckAgainstDefinition(graph, ReachableFromStarts(graph), found);
  }
}

TEST_CASE("a search that keeps its path enters and leaves each state once, along edges") {
  std::mt19937 random(3);
  for (int k = 0; k < kGraphs; ++k) {
    CAPTURE(k);
    const Graph graph = RandomGraph(random);
    GraphSystem system(graph);
    StateStore store({0});
    PathChecker checker(graph, store);
    CHECK(PathExplorer(system, store, checker).Run());
    const std::vector<bool> reachable = ReachableFromStarts(graph);
    std::size_t states = 0, edges = 0;
    for (uint32_t node = 0; node < graph.size(); ++node) {
      states += reachable[node];
      edges += reachable[node] ? graph.next[node].size() : 0;
    }
    CHECK(checker.entered() == states);
    CHECK(checker.left() == states);
    CHECK(checker.edges() == edges);
  }
}

TEST_CASE("a search for components ends when it may not go on") {
  // 10,000 states in a row: asked when 4096 were entered.
  Graph graph;
  graph.next.resize(10'000);
  for (uint32_t node = 0; node + 1 < graph.size(); ++node) graph.next[node] = {node + 1};
  graph.starts = {0};
  GraphSystem system(graph);
  StateStore store({0});
  std::size_t components = 0;
  CHECK(!ForEachStateComponent(
      system, store, [&](const StrongComponent&) { ++components; },
      [](uint32_t) { return false; }));
  CHECK(components == 0);
  CHECK(store.size() < graph.size());
}

}  // namespace
}  // namespace interleave
