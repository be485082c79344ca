#include "model/graph/export.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "model/graph/state_text.h"
#include "model/report/json.h"
#include "sim/language/characters.h"
#include "sim/program/show.h"

namespace interleave {
namespace {

using Json = nlohmann::ordered_json;

// Collects text and hands it on in large pieces.
class Writer {
 public:
  explicit Writer(const TextSink& sink) : sink_(sink) {}
  ~Writer() {
    if (good_ && text_.size() > 0) sink_({text_.data(), text_.size()});
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  template <class... Parts>
  void Print(fmt::format_string<Parts...> format, Parts&&... parts) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Parts>(parts)...);
    if (text_.size() < kPiece) return;
    good_ = good_ && sink_({text_.data(), text_.size()});
    text_.clear();
  }
  bool good() const { return good_; }

 private:
  static constexpr std::size_t kPiece = std::size_t{1} << 16;

  const TextSink& sink_;
  fmt::memory_buffer text_;
  bool good_ = true;
};

std::string AutLabel(const std::string& label) {
  constexpr std::size_t kLongest = 1900;  // so that a line stays below 2048 bytes
  std::string text;
  for (const char c : label) {
    if (c == '"') {
      text += "''";
    } else if (c >= ' ' && c < 127) {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    if (text.size() <= kLongest) continue;
    // Labels that differ must stay different.
    text.resize(kLongest);
    text += fmt::format("... {:016x}", XXH64(label.data(), label.size(), 0));
    break;
  }
  return text;
}

std::string XmlText(std::string_view text) {
  std::string escaped;
  for (const char c : MarkupText(text)) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The words of its marks, in a fixed order.
std::vector<std::string> MarkWords(const DiagramNode& node) {
  std::vector<std::string> words;
  const std::pair<StateMark, const char*> all[] = {{kInitialState, "initial"},
                                                   {kCompleteState, "complete"},
                                                   {kDeadlockState, "deadlock"},
                                                   {kBrokenState, "violation"},
                                                   {kUnexpandedState, "incomplete"}};
  for (const auto& [mark, word] : all) {
    if ((node.marks & mark) != 0) words.emplace_back(word);
  }
  return words;
}

// What broke in all that a node stands for.
std::vector<std::string> BrokenWords(const StateSpace& space, const DiagramNode& node) {
  std::vector<std::string> words;
  if (node.is_rest || !node.is_alike) return words;
  for (const uint32_t broken : space.BrokenAt(node.first)) {
    words.push_back(space.broken()[broken].name);
  }
  return words;
}

bool IsOneState(const StateSpace& space, const DiagramNode& node) {
  return !node.is_rest && node.members == 1 && !space.is_end(node.first);
}

Json GraphJson(const Diagram& graph) {
  const StateSpace& space = graph.space();
  Json json;
  json["schema_version"] = kJsonSchemaVersion;
  json["tool"] = "interleave";
  json["kind"] = "state graph";
  json["file"] = space.source().name();
  json["memory_model"] = "sc";
  json["granularity"] =
      space.program().granularity == Granularity::kAccess ? "access" : "statement";
  json["program_hash"] = HashText(ProgramHash(space.program()));
  json["complete"] = space.incomplete_reason().empty();
  if (!space.incomplete_reason().empty()) json["incomplete_reason"] = space.incomplete_reason();
  json["states"] = space.states();
  json["transitions"] = space.transitions();
  json["nodes"] = graph.nodes();
  json["edges"] = graph.edges();
  json["caption"] = graph.caption();
  return json;
}

}  // namespace

void ExportAut(Diagram& graph, const TextSink& sink) {
  Writer writer(sink);
  std::vector<uint32_t> initial;
  for (uint32_t node = 0; node < graph.nodes(); ++node) {
    if ((graph.Node(node).marks & kInitialState) != 0) initial.push_back(node);
  }
  const bool has_start = initial.size() != 1 || initial.front() != 0;
  const uint64_t shift = has_start ? 1 : 0;
  writer.Print("des (0,{},{})\n", graph.edges() + (has_start ? initial.size() : 0),
               graph.nodes() + shift);
  if (has_start) {
    for (const uint32_t node : initial) writer.Print("(0,\"start\",{})\n", node + shift);
  }
  std::vector<std::string> labels;
  for (const std::string& label : graph.space().labels()) labels.push_back(AutLabel(label));
  for (uint32_t node = 0; node < graph.nodes() && writer.good(); ++node) {
    graph.ForEachEdge(node, [&](const DiagramEdge& edge) {
      const std::string& label =
          edge.is_hidden ? graph.LabelOf(edge) : labels[graph.ActionOf(edge).label];
      writer.Print("({},\"{}\",{})\n", edge.from + shift, label, edge.to + shift);
    });
  }
}

void ExportJsonLines(Diagram& graph, const TextSink& sink) {
  Writer writer(sink);
  writer.Print("{}\n", Dump(GraphJson(graph)));
  const StateSpace& space = graph.space();
  std::vector<int64_t> state(space.state_words());
  std::vector<std::string> edge_texts;  // by action: what is the same in all its edges
  for (const Action& action : space.actions()) {
    Json json;
    json["process"] = space.program().processes[static_cast<std::size_t>(action.process)].name;
    json["label"] = space.labels()[action.label];
    json["line"] = action.line == 0 ? 0 : action.places.front().line;
    const auto add_file = [](const SourcePlace& place, Json& at) {
      if (!place.file.empty()) at["file"] = place.file;
    };
    add_file(action.places.front(), json);
    json["statement"] = action.statement;
    if (action.places.size() > 1) {
      json["statement_line"] = action.places.back().line;
      if (!action.places.back().file.empty()) json["statement_file"] = action.places.back().file;
      for (std::size_t i = 0; i + 1 < action.places.size(); ++i) {
        const SourcePlace& call = action.places[i];
        json["calls"].push_back({{"line", call.line}, {"text", call.text}});
        add_file(call, json["calls"].back());
      }
    }
    edge_texts.push_back(Dump(json).substr(1));
  }
  for (uint32_t number = 0; number < graph.nodes() && writer.good(); ++number) {
    const DiagramNode node = graph.Node(number);
    Json json;
    json["node"] = number;
    json["depth"] = node.depth;
    json["marks"] = MarkWords(node);
    if (node.is_rest) json["rest"] = true;
    if (node.members != 1) json["states"] = node.members;
    if (const std::string key = graph.Key(number); !key.empty()) json["key"] = key;
    if (node.on_trace) json["on_trace"] = true;
    if (const auto broken = BrokenWords(space, node); !broken.empty()) json["broken"] = broken;
    if (IsOneState(space, node)) {
      space.Get(node.first, state.data());
      json["state"] = StateJson(space.program(), state.data());
      for (const ShownProcess& process :
           ShowState(space.program(), space.source(), state.data()).processes) {
        json["at"][space.program().processes[static_cast<std::size_t>(process.process)].name] =
            process.where == "done" ? Json("done") : Json(std::stoul(process.where));
      }
    }
    writer.Print("{}\n", Dump(json));
    graph.ForEachEdge(number, [&](const DiagramEdge& edge) {
      writer.Print("{{\"from\":{},\"to\":{},", edge.from, edge.to);
      if (edge.steps != 1) writer.Print("\"steps\":{},", edge.steps);
      if (edge.on_trace) writer.Print("\"on_trace\":true,");
      writer.Print("{}\n", edge.is_hidden ? "\"label\":\"tau\"}" : edge_texts[edge.action]);
    });
  }
}

void ExportGraphMl(Diagram& graph, const TextSink& sink) {
  Writer writer(sink);
  const StateSpace& space = graph.space();
  writer.Print(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\"\n"
      "         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n"
      "         xsi:schemaLocation=\"http://graphml.graphdrawing.org/xmlns "
      "http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd\">\n");
  const auto key = [&](const char* id, const char* of, const char* type) {
    writer.Print("  <key id=\"{}\" for=\"{}\" attr.name=\"{}\" attr.type=\"{}\"/>\n", id, of, id,
                 type);
  };
  key("about", "graph", "string");
  key("depth", "node", "int");
  key("states", "node", "int");
  key("marks", "node", "string");
  key("broken", "node", "string");
  key("key", "node", "string");
  key("state", "node", "string");
  key("process", "edge", "string");
  key("label", "edge", "string");
  key("line", "edge", "int");
  if (space.source().files().size() > 1) key("file", "edge", "string");
  key("steps", "edge", "int");
  writer.Print(
      "  <graph id=\"states\" edgedefault=\"directed\">\n    <data key=\"about\">{}</data>\n",
      XmlText(Dump(GraphJson(graph))));
  const auto data = [&](const char* id, const std::string& value) {
    writer.Print("<data key=\"{}\">{}</data>", id, XmlText(value));
  };
  std::vector<int64_t> state(space.state_words());
  for (uint32_t number = 0; number < graph.nodes() && writer.good(); ++number) {
    const DiagramNode node = graph.Node(number);
    writer.Print("    <node id=\"n{}\">", number);
    data("depth", fmt::format("{}", node.depth));
    data("states", fmt::format("{}", node.members));
    data("marks", fmt::format("{}", fmt::join(MarkWords(node), " ")));
    if (const auto broken = BrokenWords(space, node); !broken.empty()) {
      data("broken", fmt::format("{}", fmt::join(broken, ", ")));
    }
    if (const std::string text = graph.Key(number); !text.empty()) data("key", text);
    if (IsOneState(space, node)) {
      space.Get(node.first, state.data());
      data("state",
           InOneLine(space.program(), ShowState(space.program(), space.source(), state.data())));
    }
    writer.Print("</node>\n");
  }
  for (uint32_t number = 0; number < graph.nodes() && writer.good(); ++number) {
    graph.ForEachEdge(number, [&](const DiagramEdge& edge) {
      const Action& action = graph.ActionOf(edge);
      writer.Print("    <edge source=\"n{}\" target=\"n{}\">", edge.from, edge.to);
      data("process", space.program().processes[static_cast<std::size_t>(action.process)].name);
      data("label", graph.LabelOf(edge));
      data("line", fmt::format("{}", action.line == 0 ? 0 : action.places.front().line));
      if (!action.places.front().file.empty()) data("file", action.places.front().file);
      data("steps", fmt::format("{}", edge.steps));
      writer.Print("</edge>\n");
    });
  }
  writer.Print("  </graph>\n</graphml>\n");
}

}  // namespace interleave
