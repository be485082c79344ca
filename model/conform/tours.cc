// Covering all transitions is the Chinese postman problem of a directed graph (Edmonds and Johnson,
// "Matching, Euler tours and the Chinese postman", 1973), with tours that begin at initial states
// and end anywhere: how often each edge is walked is a flow of least cost with lower bound 1.
//
// A further vertex, the root, makes the flow a circulation: an arc from the root to an initial
// state starts a tour (at the cost of a start), an arc from any state back to the root ends one
// (free). What remains to be found is the extra walking, above the lower bounds, that brings as
// much into each state as leaves it. Arcs have no upper bounds, so the network simplex method is
// short: only the arcs of the current spanning tree carry flow. It starts with the tree of shortest
// paths from the initial states, which is already optimal for an acyclic interleaving lattice, and
// keeps the tree strongly feasible against cycling (Ahuja, Magnanti, Orlin, "Network Flows", 1993,
// section 11.5). Every tree on the way is a plan that can be walked, so a large graph just stops
// early, after a fixed amount of work.
//
// The circulation is then walked as an Euler circuit (Hierholzer, 1873), which each visit of the
// root cuts into tours. Parts that the root is not connected with become tours of their own. If all
// edges are required, such a part holds an initial state: the flow closed it to save a start, which
// its tour costs nevertheless; so up to kTourStartSteps could be saved there. If only some are,
// other parts may be left as well, which a tour has to walk to (that is the rural postman problem,
// NP-hard).
//
// Tested by tests/tours_test.cc against an exhaustive search.

#include "model/conform/tours.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>

namespace interleave {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

// The graph of a problem, with outgoing edges by state and shortest paths from the initial states.
class Graph {
 public:
  explicit Graph(const TourProblem& problem)
      : states_(problem.state_count),
        edges_(problem.edges),
        initials_(problem.initials),
        required_(problem.required) {
    assert(uint64_t{states_} + edges_.size() < (1U << 31) && "arcs are numbered in 32 bits");
    assert((required_.empty() || required_.size() == edges_.size()) && "one flag an edge");
    first_.assign(std::size_t{states_} + 1, 0);
    for (const TourEdge& edge : edges_) {
      assert(edge.from < states_ && edge.to < states_ && "an edge joins states");
      ++first_[edge.from + 1];
    }
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    out_.resize(edges_.size());
    std::vector<uint32_t> next(first_.begin(), first_.end() - 1);
    for (uint32_t edge = 0; edge < edges_.size(); ++edge) out_[next[edges_[edge].from]++] = edge;
    FindShortestPaths();
  }

  uint32_t states() const { return states_; }
  std::span<const TourEdge> edges() const { return edges_; }
  std::span<const uint32_t> initials() const { return initials_; }
  bool IsRequired(uint32_t edge) const { return required_.empty() || required_[edge]; }
  // The edges that leave a state.
  std::span<const uint32_t> Out(uint32_t state) const {
    return std::span(out_).subspan(first_[state], first_[state + 1] - first_[state]);
  }
  // All states, nearest to the initial ones first.
  std::span<const uint32_t> order() const { return order_; }
  // The last edge of a shortest path to `state`; kNone: it is initial.
  uint32_t path_edge(uint32_t state) const { return path_edge_[state]; }
  uint32_t distance(uint32_t state) const { return distance_[state]; }

 private:
  void FindShortestPaths() {
    path_edge_.assign(states_, kNone);
    distance_.assign(states_, kNone);
    order_.reserve(states_);
    for (const uint32_t state : initials_) {
      if (distance_[state] == 0) continue;
      distance_[state] = 0;
      order_.push_back(state);
    }
    for (std::size_t at = 0; at < order_.size(); ++at) {
      for (const uint32_t edge : Out(order_[at])) {
        const uint32_t to = edges_[edge].to;
        if (distance_[to] != kNone) continue;
        distance_[to] = distance_[order_[at]] + 1;
        path_edge_[to] = edge;
        order_.push_back(to);
      }
    }
    assert(order_.size() == states_ && "all states are reachable");
  }

  uint32_t states_;
  std::span<const TourEdge> edges_;
  std::span<const uint32_t> initials_;
  const std::vector<bool>& required_;
  std::vector<uint32_t> first_;
  std::vector<uint32_t> out_;
  std::vector<uint32_t> order_;
  std::vector<uint32_t> path_edge_;
  std::vector<uint32_t> distance_;
};

// How often to walk each edge, and how many tours start and end at each state.
struct Circulation {
  std::vector<uint32_t> walks;
  std::vector<uint32_t> starts;
  std::vector<uint32_t> ends;
};

// The extra walking, by the network simplex method. Vertices are the states and the root; arcs are
// the edges, then an arc from the root to each state (a start), then one from each state to the
// root (an end). The parent arc of a vertex joins it with its parent in the tree and may point up
// or down.
//
// Invariants: the flow of every parent arc is not negative, and positive if it points down
// (strongly feasible); other arcs carry none; the potential of an arc's end is that of its
// beginning + its cost if it is in the tree.
class ExtraFlow {
 public:
  ExtraFlow(const Graph& graph, uint32_t start_cost)
      : graph_(graph), root_(graph.states()), start_cost_(start_cost) {
    vertices_.resize(std::size_t{root_} + 1);
    StartWithShortestPaths();
  }

  // Returns true iff the flow has become one of least cost before `work` was used up, and before
  // `may_go_on`, which may be empty, said no.
  bool Minimize(uint64_t work, const std::function<bool()>& may_go_on) {
    constexpr uint64_t kAskEvery = 1'000'000;  // units of work: some milliseconds
    uint64_t ask_at = 0;
    uint64_t done = 0;
    const uint32_t edge_count = static_cast<uint32_t>(graph_.edges().size());
    const uint32_t arcs = edge_count + 2 * root_;
    // The worst violation of a block enters (block search: Grigoriadis, 1986).
    const uint32_t block = 10 + static_cast<uint32_t>(std::sqrt(arcs));
    uint32_t arc = 0;
    uint32_t since_pivot = 0;
    while (since_pivot < arcs) {
      uint32_t entering = kNone;
      int32_t worst = 0;
      for (uint32_t n = 0; n < block && since_pivot < arcs; ++n, ++since_pivot) {
        const int32_t reduced = ReducedCost(arc);
        if (reduced < worst) {
          worst = reduced;
          entering = arc;
        }
        if (++arc == arcs) arc = 0;
      }
      uint64_t used = block;
      if (entering != kNone) {
        used += Pivot(entering, worst);
        since_pivot = 0;
      }
      if (used > work) return false;
      work -= used;
      done += used;
      if (done < ask_at) continue;
      if (may_go_on && !may_go_on()) return false;
      ask_at = done + kAskEvery;
    }
    return true;
  }

  Circulation Total() const {
    const std::size_t edge_count = graph_.edges().size();
    Circulation total;
    total.walks.resize(edge_count);
    total.starts.resize(root_);
    total.ends.resize(root_);
    for (uint32_t edge = 0; edge < edge_count; ++edge) {
      total.walks[edge] = graph_.IsRequired(edge) ? 1 : 0;
    }
    for (uint32_t state = 0; state < root_; ++state) {
      const Vertex& vertex = vertices_[state];
      const uint32_t flow = static_cast<uint32_t>(vertex.flow);
      if (vertex.arc < edge_count) {
        total.walks[vertex.arc] += flow;
      } else {
        (vertex.is_up ? total.ends : total.starts)[state] += flow;
      }
    }
    return total;
  }

 private:
  struct Vertex {
    int64_t flow = 0;  // of the parent arc
    uint32_t parent = kNone;
    uint32_t arc = kNone;  // the parent arc
    uint32_t depth = 0;
    int32_t potential = 0;
    uint32_t child = kNone;
    uint32_t next = kNone;  // siblings
    uint32_t previous = kNone;
    bool is_up = false;  // the parent arc points to the parent
  };

  struct Arc {
    uint32_t from;
    uint32_t to;
    int32_t cost;
  };
  Arc At(uint32_t arc) const {
    const uint32_t edge_count = static_cast<uint32_t>(graph_.edges().size());
    if (arc < edge_count) return {graph_.edges()[arc].from, graph_.edges()[arc].to, 1};
    arc -= edge_count;
    if (arc < root_) return {root_, arc, static_cast<int32_t>(start_cost_)};
    return {arc - root_, root_, 0};
  }
  uint32_t StartArc(uint32_t state) const {
    return static_cast<uint32_t>(graph_.edges().size()) + state;
  }
  uint32_t EndArc(uint32_t state) const { return StartArc(state) + root_; }

  int32_t ReducedCost(uint32_t arc) const {
    const auto [from, to, cost] = At(arc);
    if (from == root_ && graph_.distance(to) != 0) return 0;  // no start: not an initial state
    return cost + vertices_[from].potential - vertices_[to].potential;
  }

  // A state from which more must leave than arrives, below it in the tree of shortest paths
  // included, is reached by its shortest path; all others end tours.
  void StartWithShortestPaths() {
    for (uint32_t edge = 0; edge < graph_.edges().size(); ++edge) {
      if (!graph_.IsRequired(edge)) continue;
      ++vertices_[graph_.edges()[edge].from].flow;
      --vertices_[graph_.edges()[edge].to].flow;
    }
    const std::span<const uint32_t> order = graph_.order();
    for (std::size_t n = order.size(); n-- > 0;) {
      Vertex& vertex = vertices_[order[n]];
      const uint32_t edge = graph_.path_edge(order[n]);
      vertex.is_up = vertex.flow <= 0;
      vertex.parent = root_;
      if (vertex.is_up) {
        vertex.arc = EndArc(order[n]);
        vertex.flow = -vertex.flow;
      } else if (edge == kNone) {
        vertex.arc = StartArc(order[n]);
      } else {
        vertex.arc = edge;
        vertex.parent = graph_.edges()[edge].from;
        vertices_[vertex.parent].flow += vertex.flow;
      }
    }
    for (const uint32_t state : order) {
      Vertex& vertex = vertices_[state];
      Link(state, vertex.parent);
      vertex.depth = vertices_[vertex.parent].depth + 1;
      vertex.potential = PotentialByParent(state);
    }
  }

  int32_t PotentialByParent(uint32_t state) const {
    const Vertex& vertex = vertices_[state];
    const int32_t cost = At(vertex.arc).cost;
    return vertices_[vertex.parent].potential + (vertex.is_up ? -cost : cost);
  }

  void Link(uint32_t state, uint32_t parent) {
    Vertex& vertex = vertices_[state];
    vertex.parent = parent;
    vertex.previous = kNone;
    vertex.next = vertices_[parent].child;
    if (vertex.next != kNone) vertices_[vertex.next].previous = state;
    vertices_[parent].child = state;
  }

  void Unlink(uint32_t state) {
    const Vertex& vertex = vertices_[state];
    if (vertex.next != kNone) vertices_[vertex.next].previous = vertex.previous;
    if (vertex.previous != kNone) {
      vertices_[vertex.previous].next = vertex.next;
    } else {
      vertices_[vertex.parent].child = vertex.next;
    }
  }

  // Sends as much as can be around the cycle that the arc closes in the tree, and lets the arc
  // replace the last one on the cycle, from its topmost vertex on, that this empties. Returns the
  // work done.
  uint64_t Pivot(uint32_t entering, int32_t reduced_cost) {
    const auto [from, to, cost] = At(entering);
    uint32_t left = from;
    uint32_t right = to;
    uint64_t work = 0;
    while (left != right) {
      uint32_t& deeper = vertices_[left].depth >= vertices_[right].depth ? left : right;
      deeper = vertices_[deeper].parent;
      ++work;
    }
    const uint32_t top = left;

    int64_t amount = INT64_MAX;
    uint32_t leaving = kNone;
    bool is_left = true;
    for (uint32_t at = from; at != top; at = vertices_[at].parent) {
      if (vertices_[at].is_up && vertices_[at].flow < amount) {
        amount = vertices_[at].flow;
        leaving = at;
      }
    }
    for (uint32_t at = to; at != top; at = vertices_[at].parent) {
      if (!vertices_[at].is_up && vertices_[at].flow <= amount) {
        amount = vertices_[at].flow;
        leaving = at;
        is_left = false;
      }
    }
    assert(leaving != kNone && "no cycle of arcs has a negative cost");
    for (uint32_t at = from; at != top; at = vertices_[at].parent) {
      vertices_[at].flow += vertices_[at].is_up ? -amount : amount;
    }
    for (uint32_t at = to; at != top; at = vertices_[at].parent) {
      vertices_[at].flow += vertices_[at].is_up ? amount : -amount;
    }

    const uint32_t moved = is_left ? from : to;
    Rehang(moved, is_left ? to : from, entering, amount, leaving);
    return work + ShiftBelow(moved, is_left ? -reduced_cost : reduced_cost);
  }

  // Cuts off the part of the tree below `leaving` and hangs it up by `moved`, a vertex of it, under
  // `parent`: all parent arcs between the two turn around.
  void Rehang(uint32_t moved, uint32_t parent, uint32_t arc, int64_t flow, uint32_t leaving) {
    bool is_up = At(arc).from == moved;
    for (uint32_t at = moved;;) {
      const Vertex old = vertices_[at];
      Unlink(at);
      Link(at, parent);
      vertices_[at].arc = arc;
      vertices_[at].flow = flow;
      vertices_[at].is_up = is_up;
      if (at == leaving) return;
      parent = at;
      arc = old.arc;
      flow = old.flow;
      is_up = !old.is_up;
      at = old.parent;
    }
  }

  // Adds to the potentials of a vertex and all below it, and corrects their depths.
  uint64_t ShiftBelow(uint32_t top, int32_t shift) {
    uint64_t work = 0;
    uint32_t at = top;
    for (;;) {
      Vertex& vertex = vertices_[at];
      vertex.potential += shift;
      vertex.depth = vertices_[vertex.parent].depth + 1;
      ++work;
      if (vertex.child != kNone) {
        at = vertex.child;
        continue;
      }
      while (at != top && vertices_[at].next == kNone) at = vertices_[at].parent;
      if (at == top) return work;
      at = vertices_[at].next;
    }
  }

  const Graph& graph_;
  uint32_t root_;
  uint32_t start_cost_;
  std::vector<Vertex> vertices_;
};

// Turns a circulation into one sequence of edges, each following upon the one before except where
// kNone stands between them.
class EulerWalk {
 public:
  EulerWalk(const Graph& graph, Circulation circulation)
      : graph_(graph), left_(std::move(circulation)), next_(std::size_t{graph.states()} + 1, 0) {}

  std::vector<uint32_t> Take() {
    WalkCircuit(graph_.states());  // the root
    for (const uint32_t state : graph_.order()) WalkCircuit(state);
    return std::move(walk_);
  }

 private:
  struct Step {
    uint32_t edge;  // kNone: a start or an end
    uint32_t to;
  };

  // All that is left of the part of the circulation that holds the vertex.
  void WalkCircuit(uint32_t vertex) {
    const std::size_t begin = walk_.size();
    stack_.push_back({kNone, vertex});
    while (!stack_.empty()) {
      const Step last = stack_.back();
      const Step step = Leave(last.to);
      if (step.to != kNone) {
        stack_.push_back(step);
      } else {
        walk_.push_back(last.edge);
        stack_.pop_back();
      }
    }
    std::reverse(walk_.begin() + static_cast<std::ptrdiff_t>(begin), walk_.end());
  }

  // Uses up one way out of the vertex, if there is one; ends a tour only if nothing else is left.
  Step Leave(uint32_t vertex) {
    uint32_t& next = next_[vertex];
    if (vertex == graph_.states()) {
      for (; next < graph_.initials().size(); ++next) {
        const uint32_t initial = graph_.initials()[next];
        if (left_.starts[initial] == 0) continue;
        --left_.starts[initial];
        return {kNone, initial};
      }
      return {kNone, kNone};
    }
    const std::span<const uint32_t> out = graph_.Out(vertex);
    for (; next < out.size(); ++next) {
      if (left_.walks[out[next]] == 0) continue;
      --left_.walks[out[next]];
      return {out[next], graph_.edges()[out[next]].to};
    }
    if (left_.ends[vertex] == 0) return {kNone, kNone};
    --left_.ends[vertex];
    return {kNone, graph_.states()};
  }

  const Graph& graph_;
  Circulation left_;
  std::vector<uint32_t> next_;  // by vertex: ways out before this one are used up
  std::vector<Step> stack_;
  std::vector<uint32_t> walk_;
};

// Cuts a walk into tours. Each takes a shortest path to the first edge that is still to be taken,
// and ends with such an edge.
class TourCutter {
 public:
  TourCutter(const Graph& graph, std::size_t max_tour_steps)
      : graph_(graph), max_steps_(max_tour_steps), is_due_(graph.edges().size()) {
    for (uint32_t edge = 0; edge < is_due_.size(); ++edge) is_due_[edge] = graph.IsRequired(edge);
  }

  std::vector<Tour> Cut(std::span<const uint32_t> walk) {
    bool has_tour = false;
    std::size_t gap = 0;  // steps just before this one that need not be taken
    for (std::size_t n = 0; n < walk.size(); ++n) {
      const uint32_t edge = walk[n];
      if (edge == kNone) {
        has_tour = false;
        gap = 0;
      } else if (!is_due_[edge]) {
        ++gap;
      } else {
        if (!has_tour || !HasRoom(gap + 1)) {
          StartTour(graph_.edges()[edge].from);
          has_tour = true;
          gap = 0;
        }
        for (const uint32_t step : walk.subspan(n - gap, gap + 1)) Take(step);
        gap = 0;
      }
    }
    return std::move(tours_);
  }

 private:
  bool HasRoom(std::size_t steps) const {
    return max_steps_ == 0 || tours_.back().edges.size() + steps <= max_steps_;
  }

  void StartTour(uint32_t state) {
    path_.clear();
    while (graph_.path_edge(state) != kNone) {
      path_.push_back(graph_.path_edge(state));
      state = graph_.edges()[path_.back()].from;
    }
    tours_.push_back({state, {}});
    while (!path_.empty()) {
      Take(path_.back());
      path_.pop_back();
    }
  }

  void Take(uint32_t edge) {
    tours_.back().edges.push_back(edge);
    is_due_[edge] = false;
  }

  const Graph& graph_;
  std::size_t max_steps_;
  std::vector<bool> is_due_;
  std::vector<Tour> tours_;
  std::vector<uint32_t> path_;
};

// Whether tours along the walked edges alone reach every one of them.
bool IsConnected(const Graph& graph, std::span<const uint32_t> walks) {
  std::vector<bool> is_reached(graph.states());
  std::vector<uint32_t> open;
  const auto reach = [&](uint32_t state) {
    if (is_reached[state]) return;
    is_reached[state] = true;
    open.push_back(state);
  };
  for (const uint32_t initial : graph.initials()) reach(initial);
  while (!open.empty()) {
    const uint32_t state = open.back();
    open.pop_back();
    for (const uint32_t edge : graph.Out(state)) {
      if (walks[edge] > 0) reach(graph.edges()[edge].to);
    }
  }
  for (uint32_t edge = 0; edge < walks.size(); ++edge) {
    if (walks[edge] > 0 && !is_reached[graph.edges()[edge].from]) return false;
  }
  return true;
}

}  // namespace

std::vector<Tour> FindTours(const TourProblem& problem, std::size_t max_tour_steps) {
  const Graph graph(problem);
  ExtraFlow flow(graph, kTourStartSteps);
  flow.Minimize(problem.max_work, problem.may_go_on);
  const std::vector<uint32_t> walk = EulerWalk(graph, flow.Total()).Take();
  return TourCutter(graph, max_tour_steps).Cut(walk);
}

StepBound LeastSteps(const TourProblem& problem) {
  const Graph graph(problem);
  ExtraFlow flow(graph, 0);
  if (!flow.Minimize(problem.max_work, problem.may_go_on)) {
    uint64_t count = 0;
    for (uint32_t edge = 0; edge < problem.edges.size(); ++edge) count += graph.IsRequired(edge);
    return {count, false};
  }
  const std::vector<uint32_t> walks = flow.Total().walks;
  const uint64_t steps = std::accumulate(walks.begin(), walks.end(), uint64_t{0});
  return {steps, IsConnected(graph, walks)};
}

}  // namespace interleave
