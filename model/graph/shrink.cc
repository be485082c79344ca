#include "model/graph/shrink.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "model/graph/components.h"
#include "model/report/trace_view.h"
#include "model/report/values.h"
#include "sim/program/evaluate.h"

namespace interleave {
namespace {

std::string Count(uint64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// "152 states, 287 edges -> 9 states, 24 edges".
class Shrinking {
 public:
  explicit Shrinking(SmallGraph& graph) : graph_(graph), before_(Size()) {}
  void Say(const std::string& what, const std::string& meaning) {
    graph_.AddToCaption(fmt::format("{}: {} to {}{}", what, before_, Size(),
                                    meaning.empty() ? "" : "; " + meaning));
  }

 private:
  std::string Size() const {
    return fmt::format("{}, {}", Count(graph_.nodes(), "node", "nodes"),
                       Count(graph_.edges(), "edge", "edges"));
  }

  SmallGraph& graph_;
  std::string before_;
};

struct Number {
  bool is_known = false;
  int64_t value = 0;
};

// What one key is in one state.
class KeyReader {
 public:
  KeyReader(const StateSpace& space)
      : program_(space.program()), source_(space.source()), evaluator_(space.program()) {
    evaluator_.set_looks(&looks_);
  }

  std::string NameOf(const GraphKey& key) const { return OneLine(source_, key.range); }

  std::string Text(const GraphKey& key, const int64_t* state, Number& value) {
    value = {};
    if (key.object >= 0)
      return ObjectText(program_.objects[static_cast<std::size_t>(key.object)], state, value);
    looks_.clear();
    const std::optional<int64_t> result = evaluator_.Evaluate(key.code, state);
    if (!result) return "(" + evaluator_.error().message + ")";
    const bool is_unknown =
        std::any_of(looks_.begin(), looks_.end(), [](const Look& look) { return look.unknown; });
    if (is_unknown) return "-";
    value = {true, *result};
    return FormatValue(program_, key.type, *result);
  }

 private:
  std::string ObjectText(const MemoryObject& object, const int64_t* state, Number& value) const {
    if (object.kind == nullptr && object.cells == 1) {
      const std::string text = CellText(program_, state, object.base);
      if (text != "-") value = {true, state[object.base]};
      return text;
    }
    std::string text;
    const bool has_kind = object.kind != nullptr;
    for (uint32_t k = 0; k < object.cells; k += object.stride) {
      text += text.empty() ? "" : " ";
      text += has_kind ? interleave::ObjectText(program_, state, object.base + k)
                       : CellText(program_, state, object.base + k);
    }
    return has_kind ? text : "[" + text + "]";
  }

  const Program& program_;
  const Source& source_;
  Evaluator evaluator_;
  std::vector<Look> looks_;
};

// Numbers blocks by their first node.
uint32_t Renumber(std::vector<uint32_t>& block_of, uint32_t blocks) {
  std::vector<uint32_t> number(blocks, UINT32_MAX);
  uint32_t next = 0;
  for (uint32_t& block : block_of) {
    if (number[block] == UINT32_MAX) number[block] = next++;
    block = number[block];
  }
  return next;
}

// What is seen of a node, whatever equivalence: how runs end there.
uint32_t ClassOf(uint8_t marks) {
  return marks & (kCompleteState | kDeadlockState | kBrokenState | kUnexpandedState);
}

}  // namespace

Keys KeysOf(StateSpace& space) {
  Keys keys;
  std::unordered_map<std::string, uint32_t> numbers;
  KeyReader reader(space);
  const std::vector<GraphKey>& asked = space.program().graph_by;
  std::vector<int64_t> state(space.state_words()), values;
  bool all_numbers = true;
  for (uint32_t node = 0; node < space.nodes(); ++node) {
    std::string text;
    values.clear();
    if (space.is_end(node)) {
      text = space.broken()[space.BrokenAt(node).front()].name;
    } else {
      space.Get(node, state.data());
      for (const GraphKey& key : asked) {
        Number value;
        text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", reader.NameOf(key),
                            reader.Text(key, state.data(), value));
        if (value.is_known) values.push_back(value.value);
      }
      all_numbers = all_numbers && values.size() == asked.size();
    }
    const auto [it, fresh] = numbers.try_emplace(text, static_cast<uint32_t>(keys.texts.size()));
    if (fresh) {
      keys.texts.push_back(std::move(text));
      keys.values.push_back(values);
    }
    keys.of_node.push_back(it->second);
  }
  if (!all_numbers) keys.values.clear();
  return keys;
}

void GroupByKeys(SmallGraph& graph, const Keys& keys) {
  Shrinking shrinking(graph);
  graph.Merge(keys.of_node, static_cast<uint32_t>(keys.texts.size()), true);
  graph.SetKeys(keys.texts);
  std::vector<std::string> names;
  for (const GraphKey& key : graph.space().program().graph_by) {
    names.push_back(OneLine(graph.space().source(), key.range));
  }
  shrinking.Say(fmt::format("states with the same {} are one", fmt::join(names, ", ")),
                "a path here need not be a run");
}

bool MinimizeGraph(SmallGraph& graph, Equivalence equivalence, const Keys* keys,
                   const MinimizeLimits& limits) {
  Shrinking shrinking(graph);
  const auto& actions = graph.space().actions();
  Lts lts;
  // What tells states apart: how runs end there, what is broken, keys.
  using Class = std::tuple<uint32_t, std::vector<uint32_t>, uint32_t>;
  std::map<Class, uint32_t> classes;
  for (uint32_t n = 0; n < graph.nodes(); ++n) {
    const DiagramNode node = graph.Node(n);
    Class seen{ClassOf(node.marks), graph.space().BrokenAt(node.first),
               keys != nullptr ? keys->of_node[n] : 0};
    lts.classes.push_back(
        classes.try_emplace(std::move(seen), static_cast<uint32_t>(classes.size())).first->second);
    if ((node.marks & kInitialState) != 0) lts.initial.push_back(n);
  }
  constexpr uint32_t kNone = UINT32_MAX;
  std::vector<uint32_t> action_of(graph.space().labels().size() + 1, kNone);
  uint32_t hidden_action = 0;
  for (const DiagramEdge& edge : graph.all_edges()) {
    const uint32_t label = edge.is_hidden ? Lts::kTau : actions[edge.action].label + 1;
    lts.edges.push_back({edge.from, label, edge.to});
    action_of[label] = std::min(action_of[label], edge.action);
    if (edge.is_hidden) hidden_action = edge.action;
  }
  std::sort(lts.edges.begin(), lts.edges.end());
  lts.edges.erase(std::unique(lts.edges.begin(), lts.edges.end()), lts.edges.end());
  const Minimized minimized = Minimize(lts, equivalence, limits);
  if (minimized.was_given_up) {
    graph.AddToCaption("not minimised: there was no time left");
    return false;
  }
  if (!minimized.incomplete_reason.empty()) {
    graph.AddToCaption("not minimised: " + minimized.incomplete_reason);
    return false;
  }
  std::vector<DiagramEdge> edges;
  for (const LtsEdge& made : minimized.lts.edges) {
    DiagramEdge edge;
    edge.from = made.from;
    edge.to = made.to;
    edge.is_hidden = made.label == Lts::kTau;
    edge.action = edge.is_hidden ? hidden_action : action_of[made.label];
    edges.push_back(edge);
  }
  if (!minimized.block_of.empty()) {
    std::vector<std::string> texts;
    if (keys != nullptr) {
      texts.resize(minimized.lts.states());
      for (uint32_t n = 0; n < graph.nodes(); ++n) {
        texts[minimized.block_of[n]] = keys->texts[keys->of_node[n]];
      }
    }
    graph.Merge(minimized.block_of, minimized.lts.states(), true);
    graph.SetEdges(std::move(edges));
    graph.SetKeys(std::move(texts));
  } else {
    std::vector<DiagramNode> nodes(minimized.lts.states());
    for (uint32_t n = 0; n < minimized.lts.states(); ++n) {
      DiagramNode& node = nodes[n];
      for (const uint32_t member : minimized.members[n]) {
        const DiagramNode of = graph.Node(member);
        if (member == minimized.members[n].front())
          node = of;
        else
          node.members += of.members;
        node.is_alike =
            node.is_alike && graph.space().BrokenAt(of.first) == graph.space().BrokenAt(node.first);
        node.marks |= of.marks;
        node.depth = std::min(node.depth, of.depth);
      }
      node.marks &= static_cast<uint8_t>(~kInitialState);
    }
    for (const uint32_t n : minimized.lts.initial) nodes[n].marks |= kInitialState;
    graph.Replace(std::move(nodes), std::move(edges));
  }
  switch (equivalence) {
    case Equivalence::kStrong:
      shrinking.Say("minimised (strong bisimulation)", "states that can do the same are one");
      break;
    case Equivalence::kBranching:
      shrinking.Say("minimised (branching bisimulation that keeps divergence)",
                    "hidden steps that decide nothing are gone, endless ones are loops");
      break;
    case Equivalence::kTrace:
      shrinking.Say("minimised (trace equivalence)",
                    "it has the runs of the whole, not where they branch; endless hidden steps are "
                    "gone");
      break;
  }
  return true;
}

void FoldComponents(SmallGraph& graph) {
  Shrinking shrinking(graph);
  std::vector<LtsEdge> edges;
  for (const DiagramEdge& edge : graph.all_edges()) edges.push_back({edge.from, 0, edge.to});
  Components components = FindComponents(graph.nodes(), edges);
  Renumber(components.of, components.count);
  graph.Merge(components.of, components.count, false);
  shrinking.Say("strongly connected components are one node each",
                "what goes on inside is left out");
}

void FoldLayers(SmallGraph& graph) {
  Shrinking shrinking(graph);
  uint32_t deepest = 0;
  std::vector<uint32_t> block_of;
  for (uint32_t n = 0; n < graph.nodes(); ++n) {
    block_of.push_back(graph.Node(n).depth);
    deepest = std::max(deepest, block_of.back());
  }
  const uint32_t count = Renumber(block_of, deepest + 1);
  graph.Merge(block_of, count, true);
  shrinking.Say("states of one distance from the start are one", "a path here need not be a run");
}

void KeepAround(SmallGraph& graph, uint32_t steps) {
  Shrinking shrinking(graph);
  std::vector<bool> is_kept(graph.nodes());
  for (uint32_t n = 0; n < graph.nodes(); ++n) is_kept[n] = graph.Node(n).on_trace;
  for (uint32_t k = 0; k < steps; ++k) {
    std::vector<bool> wider = is_kept;
    for (const DiagramEdge& edge : graph.all_edges()) {
      if (is_kept[edge.from]) wider[edge.to] = true;
      // Not all that break the same thing: they would be everywhere.
      const bool is_end = graph.space().is_end(graph.Node(edge.to).first);
      if (is_kept[edge.to] && !is_end) wider[edge.from] = true;
    }
    if (wider == is_kept) break;
    is_kept = std::move(wider);
  }
  graph.Keep(is_kept);
  shrinking.Say(steps == 0 ? "the run alone"
                           : fmt::format("the run and what is {} of it",
                                         steps == 1 ? "within one step"
                                                    : fmt::format("within {} steps", steps)),
                "the rest is one node");
}

void KeepNearest(SmallGraph& graph, uint32_t most) {
  if (graph.nodes() <= most) return;
  Shrinking shrinking(graph);
  std::vector<uint32_t> order(graph.nodes());
  for (uint32_t n = 0; n < graph.nodes(); ++n) order[n] = n;
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const DiagramNode x = graph.Node(a), y = graph.Node(b);
    return std::pair(!x.on_trace, x.depth) < std::pair(!y.on_trace, y.depth);
  });
  std::vector<bool> is_kept(graph.nodes(), false);
  for (uint32_t k = 0; k < most; ++k) is_kept[order[k]] = true;
  graph.Keep(is_kept);
  shrinking.Say(fmt::format("the {} nearest to the start", Count(most, "node", "nodes")),
                "the rest is one node (--max-nodes shows more, --by and --minimize show less)");
}

}  // namespace interleave
