#include "model/graph/state_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "model/graph/dot.h"
#include "model/graph/state_text.h"
#include "model/report/trace_view.h"

namespace interleave {
namespace {

constexpr uint32_t kMostDetailed = 2'000;  // nodes that show their cells; more show a line
constexpr uint32_t kMostStarts = 50;
constexpr std::size_t kMostLabels = 3;  // on one edge
constexpr std::size_t kMostCells = 16;  // of an object, drawn
constexpr std::size_t kLegendWidth = 120;
constexpr std::size_t kLineWidth = 44;  // characters of scalars or processes in a line
constexpr double kGridWidth = 2.8, kGridHeight = 1.6;  // inches

const char* const kInitialFill = "#dbe9fb";
const char* const kCompleteFill = "#e2f3e1";
const char* const kRestFill = "#e4e4e4";

// Items in lines of about kLineWidth characters; `widths` are those of the items as shown.
std::string InLines(const std::vector<std::pair<std::string, std::size_t>>& items,
                    std::size_t line_width = kLineWidth) {
  std::string text;
  std::size_t width = 0;
  for (const auto& [item, characters] : items) {
    if (width > 0 && width + characters > line_width) {
      text += "<br/>";
      width = 0;
    }
    text += (width > 0 ? "&nbsp; " : "") + item;
    width += characters + 2;
  }
  return text;
}

std::string Row(const std::string& content) { return "<tr><td>" + content + "</td></tr>"; }

std::string Cells(const ShownObject& object) {
  std::string text = fmt::format(
      "<table border=\"0\" cellborder=\"1\" cellspacing=\"0\" cellpadding=\"3\"><tr><td "
      "border=\"0\">{}</td>",
      DotHtml(object.name));
  for (std::size_t k = 0; k < object.cells.size() && k < kMostCells; ++k) {
    text += fmt::format("<td width=\"16\">{}</td>", DotHtml(object.cells[k]));
  }
  if (object.cells.empty()) text += "<td>&nbsp;</td>";
  if (object.cells.size() > kMostCells) {
    text += fmt::format("<td border=\"0\">... {} more</td>", object.cells.size() - kMostCells);
  }
  return text + "</tr></table>";
}

class StatePicture {
 public:
  StatePicture(Diagram& graph, const StatePictureOptions& options, const TextSink& sink)
      : graph_(graph),
        space_(graph.space()),
        program_(space_.program()),
        source_(space_.source()),
        options_(options),
        sink_(sink),
        is_detailed_(graph.nodes() <= kMostDetailed) {}

  void Draw() {
    if (is_detailed_ && !options_.node_of.empty()) FindCommon();
    Head();
    for (uint32_t n = 0; n < graph_.nodes() && good_; ++n) Node(n);
    if (options_.grid) {
      ClosingColumn();
    } else {
      Starts();
      Ranks();
    }
    for (uint32_t n = 0; n < graph_.nodes() && good_; ++n) Edges(n);
    Put("}\n");
  }

 private:
  struct Common {
    std::vector<int64_t> state;
    std::vector<bool> is_known;
  };

  void Put(std::string_view text) { good_ = good_ && sink_(text); }

  // What all states of each node agree in.
  void FindCommon() {
    common_.resize(graph_.nodes());
    std::vector<int64_t> state(space_.state_words());
    for (uint32_t s = 0; s < space_.states(); ++s) {
      Common& common = common_[options_.node_of[s]];
      space_.Get(s, state.data());
      if (common.state.empty()) {
        common.state = state;
        common.is_known.assign(state.size(), true);
        continue;
      }
      for (std::size_t slot = 0; slot < state.size(); ++slot) {
        if (common.state[slot] != state[slot]) common.is_known[slot] = false;
      }
    }
  }

  void Head() {
    std::string label = fmt::format("<b>{}</b>", DotHtml(options_.title));
    for (const std::string& sentence : graph_.caption()) label += "<br/>" + DotHtml(sentence);
    if (options_.grid) {
      label +=
          "<br/>rows: items in the ring; columns: position; the first column is drawn again "
          "at the end";
    }
    label += "<br/>" + Legend();
    Put(fmt::format(
        "digraph states {{\n"
        "  graph [{}fontname={}, fontsize=12, labelloc=t, ranksep=0.45, nodesep=0.3,\n"
        "         label=<{}>]\n"
        "  node [shape=box, style=\"rounded,filled\", fillcolor=white, color={}, "
        "fontname={}, fontsize=11, margin=\"0.08,0.05\"]\n"
        "  edge [fontname={}, fontsize=10, arrowsize=0.7]\n",
        options_.grid ? "layout=neato, splines=true, overlap=true, " : "", DotString(kTextFont),
        label, DotString(kFaint), DotString(kTextFont), DotString(kCodeFont)));
  }

  std::string Legend() {
    std::vector<std::pair<std::string, std::size_t>> items;
    for (int p = 0; p < program_.process_count(); ++p) {
      const std::string& name = program_.processes[static_cast<std::size_t>(p)].name;
      const ProcessPaint paint = PaintOf(p);
      const char* const line =
          std::string_view(paint.style) == "solid" ? "&#9473;&#9473;" : "&#9477;&#9477;";
      items.emplace_back(
          fmt::format("<font color=\"{}\">{} {}</font>", paint.text, line, DotHtml(name)),
          name.size() + 3);
    }
    uint8_t marks = 0;
    for (uint32_t n = 0; n < graph_.nodes(); ++n) marks |= graph_.Node(n).marks;
    const auto shape = [&](bool occurs, const std::string& text) {
      if (occurs) items.emplace_back(text, text.size());
    };
    shape(true, "a number behind a process: the line before which it stands");
    const auto& actions = space_.actions();
    shape(std::any_of(actions.begin(), actions.end(),
                      [](const Action& action) { return action.places.size() > 1; }),
          "21&gt;7: before line 7 of a function called in line 21");
    shape((marks & kInitialState) != 0,
          options_.grid ? "bold frame: initial" : "arrow from a dot: initial");
    shape((marks & kCompleteState) != 0, "double frame: complete run");
    shape((marks & kDeadlockState) != 0, "octagon: deadlock");
    shape((marks & kBrokenState) != 0, "double octagon: violation");
    shape((marks & kUnexpandedState) != 0, "dashed frame: not explored further");
    return InLines(items, kLegendWidth);
  }

  static std::string Id(uint32_t node) { return fmt::format("s{}", node); }

  // The broken things that a node shows, as rows.
  std::string BrokenRows(const DiagramNode& node) {
    std::string rows;
    if (node.is_alike && !node.is_rest) {
      for (const uint32_t number : space_.BrokenAt(node.first)) {
        const BrokenThing& thing = space_.broken()[number];
        rows +=
            Row(fmt::format("<font color=\"{}\"><b>{}</b></font>", kAlarm, DotHtml(thing.name)));
        if (space_.is_end(node.first) && !thing.message.empty()) {
          rows += Row(DotHtml(thing.message));
        }
      }
    } else if ((node.marks & (kDeadlockState | kBrokenState)) != 0) {
      const char* const what = (node.marks & kBrokenState) != 0 ? "a violation" : "a deadlock";
      rows += Row(fmt::format("<font color=\"{}\"><b>{}</b></font>", kAlarm, what));
    }
    return rows;
  }

  // What StateRows shows, as plain text.
  std::string InLinesOfText(const ShownState& shown) {
    std::string text, scalars;
    for (const ShownObject& object : shown.objects) {
      const std::string cells = fmt::format("{}", fmt::join(object.cells, " "));
      if (object.is_row) {
        text += fmt::format("{} [{}]\n", object.name, cells);
      } else {
        scalars += fmt::format("{}{} {}", scalars.empty() ? "" : "  ", object.name, cells);
      }
    }
    if (!scalars.empty()) text += scalars + "\n";
    for (const ShownProcess& process : shown.processes) {
      text += fmt::format("{}{} {}", process.process == 0 ? "" : "  ",
                          program_.processes[static_cast<std::size_t>(process.process)].name,
                          process.Lines());
    }
    return text;
  }

  std::string StateRows(const ShownState& shown) {
    std::string rows;
    std::vector<std::pair<std::string, std::size_t>> scalars;
    for (const ShownObject& object : shown.objects) {
      if (object.is_row) {
        rows += Row(Cells(object));
        continue;
      }
      const std::string value = fmt::format("{}", fmt::join(object.cells, " "));
      scalars.emplace_back(fmt::format("{} <b>{}</b>", DotHtml(object.name), DotHtml(value)),
                           object.name.size() + value.size() + 1);
    }
    if (!scalars.empty()) rows += Row(InLines(scalars));
    std::vector<std::pair<std::string, std::size_t>> processes;
    for (const ShownProcess& process : shown.processes) {
      if (!process.is_known) continue;
      const std::string& name = program_.processes[static_cast<std::size_t>(process.process)].name;
      processes.emplace_back(
          fmt::format("<font color=\"{}\">{} <b>{}</b></font>", PaintOf(process.process).text,
                      DotHtml(name), DotHtml(process.Lines())),
          name.size() + process.Lines().size() + 1);
    }
    return processes.empty() ? rows : rows + Row(InLines(processes));
  }

  std::string Label(uint32_t number, const DiagramNode& node) {
    if (node.is_rest) {
      return DotString(
          fmt::format("... {} more {}", node.members, node.members == 1 ? "state" : "states"));
    }
    const bool is_end = space_.is_end(node.first) && node.members == 1;
    const std::string key = graph_.Key(number);
    if (!is_detailed_ || options_.is_plain) {
      std::string text = key;
      if (text.empty() && !is_end && node.members == 1) {
        const ShownState shown = ShowState(program_, source_, StateOf(node));
        text = options_.is_plain ? InLinesOfText(shown) : InOneLine(program_, shown);
      }
      if (node.members != 1)
        text += fmt::format("{}{} states", text.empty() ? "" : " : ", node.members);
      for (const uint32_t broken :
           node.members == 1 ? space_.BrokenAt(node.first) : std::vector<uint32_t>{}) {
        text += fmt::format("{}{}", text.empty() ? "" : " : ", space_.broken()[broken].name);
      }
      return DotString(text);
    }
    std::string rows;
    if (!key.empty() && !is_end) rows += Row("<b>" + DotHtml(key) + "</b>");
    if (!is_end && key.empty()) {
      if (node.members == 1) {
        rows += StateRows(ShowState(program_, source_, StateOf(node)));
      } else if (!common_.empty()) {
        const Common& common = common_[number];
        rows += StateRows(ShowState(program_, source_, common.state.data(), common.is_known));
      }
    }
    if (node.members != 1) {
      rows += Row(fmt::format("<font color=\"{}\">{} states</font>", kFaint, node.members));
    }
    rows += BrokenRows(node);
    return "<<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" cellpadding=\"1\">" + rows +
           "</table>>";
  }

  const int64_t* StateOf(const DiagramNode& node) {
    state_.resize(space_.state_words());
    space_.Get(node.first, state_.data());
    return state_.data();
  }

  static std::string TooltipIs(const std::string& text) { return ", tooltip=" + DotTooltip(text); }

  std::string Tooltip(uint32_t number, const DiagramNode& node) {
    if (node.is_rest) return "what is not drawn";
    if (node.members != 1 || space_.is_end(node.first)) return graph_.Key(number);
    return fmt::format("state {}, {} from the start\n{}", node.first, Steps(node.depth),
                       InFull(program_, source_, StateOf(node)));
  }

  static std::string Steps(uint32_t steps) {
    return fmt::format("{} {}", steps, steps == 1 ? "step" : "steps");
  }

  static std::string Shape(const DiagramNode& node) {
    if (node.is_rest)
      return fmt::format(", shape=ellipse, style=\"filled,dashed\", fillcolor=\"{}\"", kRestFill);
    std::string text;
    const char* fill = "white";
    std::string style = "rounded,filled";
    const char* color = kFaint;
    if ((node.marks & kInitialState) != 0) {
      fill = kInitialFill;
      style += ",bold";
    }
    if ((node.marks & kCompleteState) != 0) {
      text += ", peripheries=2";
      fill = kCompleteFill;
    }
    if ((node.marks & (kDeadlockState | kBrokenState)) != 0) {
      const bool is_broken = (node.marks & kBrokenState) != 0;
      text += is_broken ? ", shape=doubleoctagon" : ", shape=octagon";
      style.erase(0, std::string_view("rounded,").size());
      fill = kAlarmFill;
      color = kAlarm;
    }
    if ((node.marks & kUnexpandedState) != 0) style += ",dashed";
    if (node.on_trace) text += ", penwidth=3";
    return fmt::format("{}, style=\"{}\", fillcolor=\"{}\", color=\"{}\"", text, style, fill,
                       color);
  }

  void Node(uint32_t number) {
    const DiagramNode node = graph_.Node(number);
    std::string place;
    if (options_.grid) place = Place(number, false);
    Put(fmt::format("  {0} [id=\"{0}\", label={1}{2}{3}{4}]\n", Id(number), Label(number, node),
                    options_.is_plain ? "" : TooltipIs(Tooltip(number, node)), Shape(node), place));
  }

  // `again`: in the column behind the last.
  std::string Place(uint32_t number, bool again) const {
    const auto& position = options_.grid->positions[number];
    if (!position) {
      return fmt::format(", pos=\"{},{}!\"", -kGridWidth, -static_cast<double>(number));
    }
    const auto column = position->first + (again ? options_.grid->cells : 0);
    return fmt::format(", pos=\"{},{}!\"", static_cast<double>(column) * kGridWidth,
                       static_cast<double>(position->second) * kGridHeight);
  }

  bool IsInFirstColumn(uint32_t number) const {
    const auto& position = options_.grid->positions[number];
    return position && position->first == 0;
  }

  void ClosingColumn() {
    for (uint32_t n = 0; n < graph_.nodes(); ++n) {
      if (!IsInFirstColumn(n)) continue;
      Put(fmt::format(
          "  c{} [label={}, tooltip=\"the first column again\", style=\"rounded,dashed\", "
          "fontcolor=\"{}\", color=\"{}\"{}]\n",
          n, DotString(graph_.Key(n)), kFaint, kRule, Place(n, true)));
    }
  }

  // An arrow from nowhere into each initial state, unless they are too many to look at.
  void Starts() {
    for (uint32_t n = 0, shown = 0; n < graph_.nodes() && shown < kMostStarts; ++n) {
      if ((graph_.Node(n).marks & kInitialState) == 0) continue;
      ++shown;
      Put(
          fmt::format("  i{0} [shape=point, width=0.12, color=\"{1}\", tooltip=\"start\"]\n"
                      "  i{0} -> s{0} [color=\"{1}\", tooltip=\"start\"]\n",
                      n, kInk));
    }
  }

  // By distance from the start; nodes come in any order.
  void Ranks() {
    if (!is_detailed_) return;
    std::map<uint32_t, std::string> ranks;
    for (uint32_t n = 0; n < graph_.nodes(); ++n) {
      const DiagramNode node = graph_.Node(n);
      if (!node.is_rest) ranks[node.depth] += " " + Id(n) + ";";
    }
    for (const auto& [depth, nodes] : ranks) Put("  {rank=same;" + nodes + "}\n");
  }

  // What is drawn as one edge.
  struct Drawn {
    std::vector<std::string> labels;
    std::set<std::string> tooltips;
    std::size_t more = 0;
    bool on_trace = false;
  };
  static constexpr int kHidden = -1, kOfRest = -2;  // instead of a process

  // The edges of one node; those of one process to one node are drawn as one, and so are all that
  // lead to what is not drawn, or come from there.
  void Edges(uint32_t number) {
    const DiagramNode from = graph_.Node(number);
    std::map<std::pair<uint32_t, int>, Drawn> drawn;
    graph_.ForEachEdge(number, [&](const DiagramEdge& edge) {
      const Action& action = graph_.ActionOf(edge);
      const bool of_rest = from.is_rest || graph_.Node(edge.to).is_rest;
      Drawn& one = drawn[{edge.to, of_rest ? kOfRest : edge.is_hidden ? kHidden : action.process}];
      one.on_trace = one.on_trace || edge.on_trace;
      if (of_rest || edge.is_hidden) return;
      const std::string& name = program_.processes[static_cast<std::size_t>(action.process)].name;
      const std::string label = graph_.LabelOf(edge).substr(name.size() + 2);
      const bool is_known =
          std::find(one.labels.begin(), one.labels.end(), label) != one.labels.end();
      if (!is_known && one.labels.size() == kMostLabels) ++one.more;
      if (!is_known && one.labels.size() < kMostLabels) one.labels.push_back(label);
      if (one.tooltips.size() < kMostLabels) {
        one.tooltips.insert(PlacesText(action.places));
      }
    });
    for (const auto& [key, one] : drawn) {
      if (from.is_rest && key.first == number) continue;  // inside the rest
      Put(Edge(number, from, key.first, key.second, one));
    }
  }

  std::string Edge(uint32_t number, const DiagramNode& from, uint32_t to_number, int process,
                   const Drawn& one) const {
    const DiagramNode to = graph_.Node(to_number);
    const bool is_loop = to_number == number;
    std::string label, tooltip = process == kHidden ? "hidden steps" : "steps that are not drawn";
    ProcessPaint paint{kRule, kFaint, "white", "dotted"};
    if (process >= 0) {
      paint = PaintOf(process);
      tooltip = program_.processes[static_cast<std::size_t>(process)].name;
      for (const std::string& line : one.tooltips) tooltip += "\n" + line;
      // What goes on among many states in one node is too much to tell.
      if (!is_loop || from.members == 1) label = fmt::format("{}", fmt::join(one.labels, "\n"));
      if (!label.empty() && one.more > 0) label += fmt::format("\n... {} more", one.more);
    }
    std::string looks = fmt::format("color=\"{}{}\", fontcolor=\"{}\", style={}", paint.line,
                                    is_loop && !one.on_trace ? "80" : "", paint.text,
                                    is_loop ? "dashed" : paint.style);
    if (one.on_trace) looks += ", penwidth=3, weight=20";
    // Around the end of the band: to the first column drawn again.
    const bool goes_around =
        options_.grid && !is_loop && IsInFirstColumn(to_number) && IsLastColumn(number);
    std::string tail = fmt::format("s{}", number);
    std::string head = fmt::format("{}{}", goes_around ? 'c' : 's', to_number);
    // Ranks go by distance: what leads back is laid out as if it led on, with its arrow turned.
    const bool leads_back = from.is_rest || (!to.is_rest && to.depth < from.depth);
    if (!options_.grid && !is_loop && leads_back) {
      std::swap(tail, head);
      looks += ", dir=back";
    }
    return fmt::format("  {} -> {} [id=\"e{}-{}\", label={}{}, {}]\n", tail, head, number,
                       to_number, DotString(label), options_.is_plain ? "" : TooltipIs(tooltip),
                       looks);
  }

  bool IsLastColumn(uint32_t number) const {
    const auto& position = options_.grid->positions[number];
    return position && position->first == options_.grid->cells - 1;
  }

  Diagram& graph_;
  StateSpace& space_;
  const Program& program_;
  const Source& source_;
  const StatePictureOptions& options_;
  const TextSink& sink_;
  bool is_detailed_;
  bool good_ = true;
  std::vector<Common> common_;  // by node
  std::vector<int64_t> state_;
};

}  // namespace

std::optional<RingGrid> RingGridOf(const Program& program, const Source& source, const Keys& keys) {
  const DrawOption& draw = program.scenario->options.draw;
  if (program.drawing.object < 0 || program.graph_by.size() != 2 || keys.values.empty()) {
    return std::nullopt;
  }
  const std::string in = OneLine(source, draw.in->range), out = OneLine(source, draw.out->range);
  const std::string first = OneLine(source, program.graph_by[0].range);
  const std::string second = OneLine(source, program.graph_by[1].range);
  const bool in_first = first == in && second == out;
  if (!in_first && !(first == out && second == in)) return std::nullopt;
  RingGrid grid;
  const MemoryObject& ring = program.objects[static_cast<std::size_t>(program.drawing.object)];
  grid.cells = static_cast<int64_t>(ring.symbol->type->count);
  if (grid.cells < 1) return std::nullopt;
  for (const std::vector<int64_t>& values : keys.values) {
    if (values.size() != 2) {
      grid.positions.emplace_back();
      continue;
    }
    const int64_t at_in = values[in_first ? 0 : 1], at_out = values[in_first ? 1 : 0];
    if (at_in < 0 || at_out < 0 || at_in >= grid.cells || at_out >= grid.cells) return std::nullopt;
    grid.positions.emplace_back(std::pair(at_out, (at_in - at_out + grid.cells) % grid.cells));
  }
  return grid;
}

void DrawStates(Diagram& graph, const StatePictureOptions& options, const TextSink& sink) {
  StatePicture(graph, options, sink).Draw();
}

}  // namespace interleave
