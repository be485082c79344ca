#pragma once
// What is drawn or written of a state graph: all of it, streamed; or a smaller graph made of it, in
// memory. Exporters see only this.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "model/graph/state_space.h"

namespace interleave {

// Steps that the reader does not ask about; what is left of them is `tau`.
struct HiddenSteps {
  bool local = false;              // that touch nothing which another process touches
  bool reads = false;              // that change nothing
  std::vector<bool> of_processes;  // by process
};

struct DiagramNode {
  uint32_t first = 0;    // of the space: the member nearest to the start
  uint32_t members = 1;  // states of the space
  uint32_t depth = 0;    // least of its members
  uint8_t marks = 0;     // StateMark of any member
  bool on_trace = false;
  bool is_rest = false;  // stands for all that is not drawn
  bool is_alike = true;  // in all members the same is broken
};

struct DiagramEdge {
  uint32_t from = 0;
  uint32_t to = 0;
  uint32_t action = 0;  // into the space's actions; of several that were merged, the first
  uint32_t steps = 1;   // of the space
  bool is_hidden = false;
  bool on_trace = false;
};

class Diagram {
 public:
  virtual ~Diagram() = default;
  Diagram(const Diagram&) = delete;
  Diagram& operator=(const Diagram&) = delete;

  StateSpace& space() const { return space_; }
  virtual uint32_t nodes() const = 0;
  virtual uint64_t edges() const = 0;
  virtual DiagramNode Node(uint32_t node) const = 0;
  // The edges that leave a node.
  virtual void ForEachEdge(uint32_t node, const std::function<void(const DiagramEdge&)>& visit) = 0;
  // What tells this node from the others, where --by asked for it: "in = 0, out = 1".
  virtual std::string Key(uint32_t) const { return ""; }

  // How this came to be, a sentence each, with numbers before and after.
  const std::vector<std::string>& caption() const { return caption_; }
  const Action& ActionOf(const DiagramEdge& edge) const { return space_.actions()[edge.action]; }
  // "producer: buffer[0] = 'a'", "tau".
  const std::string& LabelOf(const DiagramEdge& edge) const;

 protected:
  explicit Diagram(StateSpace& space) : space_(space) {}

  StateSpace& space_;
  std::vector<std::string> caption_;
};

// The whole graph. Its edges are made again whenever they are asked for, so it takes no memory.
class WholeGraph : public Diagram {
 public:
  WholeGraph(StateSpace& space, const HiddenSteps& hidden);

  uint32_t nodes() const override { return space_.nodes(); }
  uint64_t edges() const override { return space_.steps(); }
  DiagramNode Node(uint32_t node) const override;
  void ForEachEdge(uint32_t node, const std::function<void(const DiagramEdge&)>& visit) override;
  bool IsHidden(uint32_t action) const { return is_hidden_[action]; }
  // In the caption, where anything is.
  void SayWhatIsHidden();

 private:
  std::vector<bool> is_hidden_;  // by action
};

// A run through the space: its nodes, one more than its actions.
struct Path {
  std::vector<uint32_t> nodes;
  std::vector<uint32_t> actions;
  std::vector<bool> is_hidden;  // by step
};

// A graph in memory, made of another by merging and leaving out.
class SmallGraph : public Diagram {
 public:
  explicit SmallGraph(Diagram& whole);

  uint32_t nodes() const override { return static_cast<uint32_t>(nodes_.size()); }
  uint64_t edges() const override { return edges_.size(); }
  DiagramNode Node(uint32_t node) const override { return nodes_[node]; }
  void ForEachEdge(uint32_t node, const std::function<void(const DiagramEdge&)>& visit) override;
  std::string Key(uint32_t node) const override { return keys_.empty() ? "" : keys_[node]; }

  const std::vector<DiagramEdge>& all_edges() const { return edges_; }
  // By node of the space: where it is now. Empty where that cannot be said (trace equivalence).
  const std::vector<uint32_t>& node_of() const { return node_of_; }
  void AddToCaption(std::string sentence) { caption_.push_back(std::move(sentence)); }
  void SetKeys(std::vector<std::string> keys) { keys_ = std::move(keys); }

  // Nodes of one block become one; blocks are numbered by their first node. Equal edges are merged.
  // Edges within a block stay (as loops) only where `keeps_loops`.
  void Merge(const std::vector<uint32_t>& block_of, uint32_t blocks, bool keeps_loops);
  // Takes other edges: ascending by `from`.
  void SetEdges(std::vector<DiagramEdge> edges);
  // Becomes a graph whose nodes stand for no states in particular.
  void Replace(std::vector<DiagramNode> nodes, std::vector<DiagramEdge> edges);
  // The nodes that are not kept become one.
  void Keep(const std::vector<bool>& is_kept);
  // Marks where a run goes. Returns false where the run cannot be followed.
  bool MarkTrace(const Path& path);

 private:
  void IndexEdges();

  std::vector<DiagramNode> nodes_;
  std::vector<DiagramEdge> edges_;  // by `from`
  std::vector<std::size_t> first_edge_;
  std::vector<std::string> keys_;
  std::vector<uint32_t> node_of_;
};

}  // namespace interleave
