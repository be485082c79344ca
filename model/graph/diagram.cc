#include "model/graph/diagram.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace interleave {
namespace {

const std::string kTau = "tau";

// By action: whether all it touches is touched by its process alone, in the whole graph.
std::vector<bool> LocalActions(const StateSpace& space) {
  constexpr int kNobody = -1, kSeveral = -2;
  std::vector<int> user(space.program().state_size(), kNobody);
  for (const Action& action : space.actions()) {
    for (const auto* cells : {&action.reads, &action.writes}) {
      for (const uint32_t cell : *cells) {
        int& by = user[cell];
        by = by == kNobody || by == action.process ? action.process : kSeveral;
      }
    }
  }
  const auto is_shared = [&](uint32_t cell) { return user[cell] == kSeveral; };
  std::vector<bool> is_local;
  for (const Action& action : space.actions()) {
    is_local.push_back(std::none_of(action.reads.begin(), action.reads.end(), is_shared) &&
                       std::none_of(action.writes.begin(), action.writes.end(), is_shared));
  }
  return is_local;
}

}  // namespace

const std::string& Diagram::LabelOf(const DiagramEdge& edge) const {
  return edge.is_hidden ? kTau : space_.labels()[ActionOf(edge).label];
}

WholeGraph::WholeGraph(StateSpace& space, const HiddenSteps& hidden) : Diagram(space) {
  const std::vector<bool> is_local = LocalActions(space);
  for (std::size_t a = 0; a < space.actions().size(); ++a) {
    const Action& action = space.actions()[a];
    const auto process = static_cast<std::size_t>(action.process);
    const bool is_asked_for =
        (hidden.local && is_local[a]) || (hidden.reads && !action.changes) ||
        (process < hidden.of_processes.size() && hidden.of_processes[process]);
    // What breaks something is what the reader looks for.
    is_hidden_.push_back(is_asked_for && !action.breaks);
  }
}

void WholeGraph::SayWhatIsHidden() {
  const auto hidden = std::count(is_hidden_.begin(), is_hidden_.end(), true);
  if (hidden == 0) return;
  caption_.push_back(
      fmt::format("hidden: {} of {} different steps are tau", hidden, is_hidden_.size()));
}

DiagramNode WholeGraph::Node(uint32_t node) const {
  DiagramNode shown;
  shown.first = node;
  shown.depth = space_.depth(node);
  shown.marks = space_.marks(node);
  return shown;
}

void WholeGraph::ForEachEdge(uint32_t node, const std::function<void(const DiagramEdge&)>& visit) {
  if (space_.is_end(node)) return;
  space_.ForEachStep(node, [&](const StateSpace::Step& step) {
    DiagramEdge edge;
    edge.from = step.from;
    edge.to = step.to;
    edge.action = step.action;
    edge.is_hidden = is_hidden_[step.action];
    visit(edge);
  });
}

SmallGraph::SmallGraph(Diagram& whole) : Diagram(whole.space()) {
  caption_ = whole.caption();
  nodes_.reserve(whole.nodes());
  edges_.reserve(whole.edges());
  for (uint32_t node = 0; node < whole.nodes(); ++node) {
    nodes_.push_back(whole.Node(node));
    node_of_.push_back(node);
    whole.ForEachEdge(node, [&](const DiagramEdge& edge) { edges_.push_back(edge); });
  }
  IndexEdges();
}

void SmallGraph::ForEachEdge(uint32_t node, const std::function<void(const DiagramEdge&)>& visit) {
  for (std::size_t k = first_edge_[node]; k < first_edge_[node + 1]; ++k) visit(edges_[k]);
}

void SmallGraph::IndexEdges() {
  first_edge_.assign(nodes_.size() + 1, 0);
  for (const DiagramEdge& edge : edges_) ++first_edge_[edge.from + 1];
  for (std::size_t n = 0; n < nodes_.size(); ++n) first_edge_[n + 1] += first_edge_[n];
}

void SmallGraph::SetEdges(std::vector<DiagramEdge> edges) {
  edges_ = std::move(edges);
  IndexEdges();
}

void SmallGraph::Replace(std::vector<DiagramNode> nodes, std::vector<DiagramEdge> edges) {
  nodes_ = std::move(nodes);
  keys_.clear();
  node_of_.clear();
  SetEdges(std::move(edges));
}

void SmallGraph::Merge(const std::vector<uint32_t>& block_of, uint32_t blocks, bool keeps_loops) {
  std::vector<DiagramNode> merged(blocks);
  std::vector<bool> is_begun(blocks, false);
  for (uint32_t n = 0; n < nodes(); ++n) {
    DiagramNode& into = merged[block_of[n]];
    if (!is_begun[block_of[n]]) {
      into = nodes_[n];
      is_begun[block_of[n]] = true;
      continue;
    }
    into.members += nodes_[n].members;
    if (nodes_[n].depth < into.depth) {
      into.depth = nodes_[n].depth;
      into.first = nodes_[n].first;
    }
    into.is_alike = into.is_alike && nodes_[n].is_alike &&
                    space_.BrokenAt(into.first) == space_.BrokenAt(nodes_[n].first);
    into.marks |= nodes_[n].marks;
    into.on_trace = into.on_trace || nodes_[n].on_trace;
  }
  for (uint32_t& node : node_of_) node = block_of[node];
  keys_.clear();
  const auto& actions = space_.actions();
  // What an edge is named by: actions of one label are one.
  const auto name = [&](const DiagramEdge& edge) {
    return edge.is_hidden ? 0 : uint64_t{actions[edge.action].label} + 1;
  };
  std::vector<DiagramEdge> moved;
  for (DiagramEdge edge : edges_) {
    edge.from = block_of[edge.from];
    edge.to = block_of[edge.to];
    if (edge.from != edge.to || keeps_loops) moved.push_back(edge);
  }
  std::stable_sort(moved.begin(), moved.end(), [&](const DiagramEdge& a, const DiagramEdge& b) {
    return std::tuple(a.from, name(a), a.to) < std::tuple(b.from, name(b), b.to);
  });
  std::size_t kept = 0;
  for (const DiagramEdge& edge : moved) {
    DiagramEdge* last = kept == 0 ? nullptr : &moved[kept - 1];
    if (last != nullptr && last->from == edge.from && last->to == edge.to &&
        name(*last) == name(edge)) {
      last->steps += edge.steps;
      last->on_trace = last->on_trace || edge.on_trace;
    } else {
      moved[kept++] = edge;
    }
  }
  moved.resize(kept);
  nodes_ = std::move(merged);
  SetEdges(std::move(moved));
}

void SmallGraph::Keep(const std::vector<bool>& is_kept) {
  const auto kept = static_cast<uint32_t>(std::count(is_kept.begin(), is_kept.end(), true));
  if (kept == nodes()) return;
  std::vector<uint32_t> block_of(nodes());
  std::vector<std::string> keys;
  uint32_t next = 0;
  for (uint32_t n = 0; n < nodes(); ++n) {
    block_of[n] = is_kept[n] ? next++ : kept;
    if (is_kept[n] && !keys_.empty()) keys.push_back(std::move(keys_[n]));
  }
  // What comes from or goes to the rest is told by process alone.
  std::vector<uint32_t> first_of_process(space_.program().processes.size(), UINT32_MAX);
  for (DiagramEdge& edge : edges_) {
    if (is_kept[edge.from] && is_kept[edge.to]) continue;
    uint32_t& first = first_of_process[static_cast<std::size_t>(ActionOf(edge).process)];
    first = std::min(first, edge.action);
    edge.action = first;
    edge.is_hidden = false;
  }
  std::vector<DiagramEdge> inside;
  for (const DiagramEdge& edge : edges_) {
    if (is_kept[edge.from] || is_kept[edge.to]) inside.push_back(edge);
  }
  SetEdges(std::move(inside));
  Merge(block_of, kept + 1, true);
  nodes_[kept].is_rest = true;
  if (!keys.empty()) {
    keys.emplace_back();
    keys_ = std::move(keys);
  }
}

bool SmallGraph::MarkTrace(const Path& path) {
  const auto& actions = space_.actions();
  uint32_t at = UINT32_MAX;
  if (!node_of_.empty()) {
    at = node_of_[path.nodes.front()];
  } else {
    for (uint32_t n = 0; n < nodes() && at == UINT32_MAX; ++n) {
      if ((nodes_[n].marks & kInitialState) != 0) at = n;
    }
    if (at == UINT32_MAX) return false;
  }
  nodes_[at].on_trace = true;
  for (std::size_t k = 0; k < path.actions.size(); ++k) {
    const uint32_t label = actions[path.actions[k]].label;
    DiagramEdge* taken = nullptr;
    for (std::size_t e = first_edge_[at]; e < first_edge_[at + 1] && taken == nullptr; ++e) {
      DiagramEdge& edge = edges_[e];
      const bool leads_on = node_of_.empty() || edge.to == node_of_[path.nodes[k + 1]];
      const bool is_it = edge.is_hidden ? path.is_hidden[k]
                                        : !path.is_hidden[k] && actions[edge.action].label == label;
      if (leads_on && is_it) taken = &edge;
    }
    if (taken == nullptr) {
      // A step that was folded away; without node_of_, one that was hidden.
      const bool stays = node_of_.empty() ? path.is_hidden[k] : node_of_[path.nodes[k + 1]] == at;
      if (!stays) return false;
      continue;
    }
    taken->on_trace = true;
    at = taken->to;
    nodes_[at].on_trace = true;
  }
  return true;
}

}  // namespace interleave
