#pragma once
// Strongly connected components, found along a depth-first search: the one routine for all graphs.
//
// A ComponentStack is told what a search does and says when a component is whole. It is the
// path-based form (H. N. Gabow, "Path-based depth-first search for strong and biconnected
// components", 2000) of R. Tarjan's algorithm (1972): one stack holds the nodes that were entered
// and whose component is not whole, another where in it the components begin that are known so far.
// An edge back to a node of the first makes all that begin above that node one.
//
// ForEachComponent searches a graph that is there; model/explore/state_components.h one that is
// found on the way. Tested by tests/components_test.cc.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace interleave {

// `next` of ForEachComponent: there are no more edges.
inline constexpr uint32_t kNoNode = UINT32_MAX;

struct StrongComponent {
  std::span<const uint32_t> nodes;  // in the order they were entered
  bool has_cycle = false;           // more than one node, or one with an edge to itself
};

class ComponentStack {
 public:
  bool WasEntered(uint32_t node) const {
    return node < place_.size() && place_[node] != kNotEntered;
  }
  // The search comes to a node for the first time.
  void Enter(uint32_t node) {
    if (node >= place_.size()) place_.resize(std::size_t{node} + 1, kNotEntered);
    place_[node] = static_cast<uint32_t>(open_.size());
    begins_.push_back(place_[node]);
    open_.push_back(node);
  }
  // The search, at `from`, finds an edge to a node that was entered before; from == to is one.
  void Meet(uint32_t from, uint32_t to) {
    if (place_[to] == kClosed) return;
    if (from == to) loops_.push_back(from);
    while (begins_.back() > place_[to]) begins_.pop_back();
  }
  // The search goes back from `node`, all of whose edges it has seen. visit(const
  // StrongComponent&), if it was the first of its component: that is whole now.
  template <class Visit>
  void Leave(uint32_t node, Visit&& visit) {
    bool has_cycle = false;
    for (; !loops_.empty() && loops_.back() == node; loops_.pop_back()) has_cycle = true;
    const uint32_t first = place_[node];
    if (begins_.back() != first) return;
    begins_.pop_back();
    const std::span<const uint32_t> nodes(open_.begin() + first, open_.end());
    for (const uint32_t member : nodes) place_[member] = kClosed;
    visit(StrongComponent{nodes, has_cycle || nodes.size() > 1});
    open_.resize(first);
  }

 private:
  static constexpr uint32_t kNotEntered = UINT32_MAX;
  static constexpr uint32_t kClosed = UINT32_MAX - 1;

  std::vector<uint32_t> place_;   // by node: where in open_, or one of the above
  std::vector<uint32_t> open_;    // nodes whose component is not whole
  std::vector<uint32_t> begins_;  // places in open_
  std::vector<uint32_t> loops_;   // nodes on the search's path with an edge to themselves
};

// visit(const StrongComponent&): all components of the graph of nodes 0 .. nodes - 1, each after
// those that edges lead to from it. next(node, k) is the node its k-th edge leads to, or kNoNode.
template <class Next, class Visit>
void ForEachComponent(uint32_t nodes, Next&& next, Visit&& visit) {
  struct Frame {
    uint32_t node = 0;
    uint32_t edge = 0;
  };
  ComponentStack stack;
  std::vector<Frame> path;
  const auto enter = [&](uint32_t node) {
    stack.Enter(node);
    path.push_back({node, 0});
  };
  for (uint32_t root = 0; root < nodes; ++root) {
    if (stack.WasEntered(root)) continue;
    enter(root);
    while (!path.empty()) {
      const uint32_t from = path.back().node;
      const uint32_t to = next(from, path.back().edge);
      if (to == kNoNode) {
        path.pop_back();
        stack.Leave(from, visit);
        continue;
      }
      ++path.back().edge;
      if (stack.WasEntered(to)) {
        stack.Meet(from, to);
      } else {
        enter(to);
      }
    }
  }
}

}  // namespace interleave
