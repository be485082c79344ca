// For each program point every path to the next ones is followed, as the interpreter would go
// (Stepper::Run), but for what constants exclude in every process that runs the code. Ways are told
// by their conditions while there are few.

#include "model/graph/program_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "model/graph/dot.h"
#include "model/reduce/constants.h"
#include "model/reduce/units.h"
#include "model/report/places.h"
#include "model/report/text_layout.h"
#include "model/report/trace_view.h"
#include "model/report/values.h"
#include "sim/program/words.h"

namespace interleave {
namespace {

constexpr int kMostVisits = 2000;       // of instructions, on all paths from one point
constexpr std::size_t kMostPaths = 3;   // that lead to one point, told by their conditions
constexpr std::size_t kCodeWidth = 60;  // columns of a source line
constexpr std::size_t kLabelWidth = 44;

enum class Manner : uint8_t { kRead, kWrite, kSynchronize, kNothing };

struct PointAccess {
  Manner manner = Manner::kNothing;
  std::string verb;  // "reads"
  std::string name;  // "buffer[out]"
  int object = -1;   // into Program::objects
  bool operator==(const PointAccess&) const = default;
};

// A condition of the source and how it came out; what holds on one path, in order.
using Outcome = std::pair<std::string, bool>;
using OutcomePath = std::vector<Outcome>;

struct PointView {
  bool is_reached = false;
  Manner manner = Manner::kNothing;
  CodeLocation location;
  std::vector<PointAccess> accesses;
  std::vector<std::string> marks;
  std::map<uint32_t, std::set<OutcomePath>> paths;  // by the point they lead to; empty: not told
};

bool IsSet(const Instruction& i, uint8_t flag) { return (i.flags & flag) != 0; }

// One process of the source.
class CodeView {
 public:
  CodeView(const Program& program, const Source& source, int number)
      : program_(program), source_(source), code_(program.codes[static_cast<std::size_t>(number)]) {
    for (int p = 0; p < program.process_count(); ++p) {
      if (program.processes[static_cast<std::size_t>(p)].code != number) continue;
      if (constants_.empty()) first_process_ = p;
      constants_.emplace_back(program, p, nullptr);
    }
    if (constants_.empty()) return;
    points_.resize(code_.points.size());
    Follow(0, false, start_);
    // Only those that a process can come to: within a statement that is one step nobody stands.
    std::vector<uint32_t> work;
    for (const auto& path : start_.paths) work.push_back(path.first);
    while (!work.empty()) {
      const uint32_t k = work.back();
      work.pop_back();
      PointView& point = points_[k];
      if (k == 0 || point.is_reached) continue;
      point.is_reached = true;
      const uint32_t at = code_.points[k].instruction;
      point.location = code_.locations[code_.instructions[at].location];
      Follow(at, true, point);
      for (const auto& path : point.paths) work.push_back(path.first);
    }
  }

  std::size_t processes() const { return constants_.size(); }
  int first_process() const { return first_process_; }
  const ProcessTemplate& source() const { return *code_.source; }
  const PointView& start() const { return start_; }
  // By point.
  const std::vector<PointView>& points() const { return points_; }
  std::vector<SourcePlace> PlacesOf(const PointView& point) const {
    return interleave::PlacesOf(source_, code_, point.location);
  }
  // Whether some process may come to its end.
  bool IsDone() const {
    const auto ends = [](const PointView& point) { return point.paths.contains(0); };
    return ends(start_) || std::any_of(points_.begin(), points_.end(), ends);
  }

 private:
  using Position = std::pair<uint32_t, bool>;  // instruction, may_access (see code.h)

  struct Next {
    uint32_t at = 0;
    Outcome outcome;  // empty: no condition
  };

  std::string Text(const Instruction& i) const {
    return OneLine(source_, code_.locations[i.location].range);
  }

  // Where some process can go from here.
  std::vector<Next> NextOf(uint32_t at) const {
    std::vector<uint32_t> targets;
    for (const Constants& constants : constants_) {
      if (!constants.IsReached(at)) continue;
      constants.ForEachNext(at, [&](uint32_t to) {
        if (std::find(targets.begin(), targets.end(), to) == targets.end()) targets.push_back(to);
      });
    }
    const Instruction& i = code_.instructions[at];
    std::vector<Next> next;
    for (const uint32_t to : targets) {
      next.push_back({to, {}});
      if (targets.size() == 1 || IsSet(i, kInOperation)) continue;
      if (i.opcode == Opcode::kBranchFalse || i.opcode == Opcode::kBranchTrue) {
        next.back().outcome = {Text(i), (to == i.c) == (i.opcode == Opcode::kBranchTrue)};
      } else if (i.opcode == Opcode::kSelect) {
        const auto& alternatives = code_.selects[i.c].alternatives;
        const auto it = std::find_if(alternatives.begin(), alternatives.end(),
                                     [&](const auto& other) { return other.second == to; });
        next.back().outcome = {it == alternatives.end()
                                   ? "else"
                                   : fmt::format("alternative {}", it - alternatives.begin() + 1),
                               true};
      }
    }
    return next;
  }

  // Calls `arrive` for a point where this path ends, `go` for each position it goes on at.
  template <class Arrive, class Go>
  void Advance(Position position, Arrive arrive, Go go) const {
    const auto [at, may_access] = position;
    const Instruction& i = code_.instructions[at];
    if (IsSet(i, kStops) && !may_access) {
      arrive(code_.point_of[at]);
      if (!MayBeOwn(at)) return;
    }
    if (i.opcode == Opcode::kHalt) return arrive(0);
    const bool keeps = program_.granularity == Granularity::kStatement;
    for (const Next& next : NextOf(at)) {
      if (i.opcode == Opcode::kEndExpression || i.opcode == Opcode::kAtomicEnd) {
        go(next, false);
      } else if (IsSet(i, kStops)) {
        go(next, keeps);
        if (MayBeOwn(at) && may_access != keeps) go(next, may_access);
      } else {
        go(next, may_access);
      }
    }
  }

  void Follow(uint32_t at, bool may_access, PointView& point) const {
    std::set<Position> seen;
    std::vector<Position> work = {{at, may_access}};
    while (!work.empty()) {
      const Position position = work.back();
      work.pop_back();
      if (!seen.insert(position).second) continue;
      Advance(
          position, [&](uint32_t to) { point.paths.try_emplace(to); },
          [&](const Next& next, bool with) { work.emplace_back(next.at, with); });
    }
    // In the order of the code.
    for (const auto& [here, with] : seen) {
      if (!IsSet(code_.instructions[here], kStops) || with) Note(here, point);
    }
    std::set<Position> on_path;
    OutcomePath path;
    int visits = 0;
    if (point.paths.size() > 1) Tell({at, may_access}, on_path, path, visits, point);
    for (auto& [to, paths] : point.paths) {
      if (visits > kMostVisits) paths.clear();
      while (Simplify(paths)) {
      }
    }
  }

  // Two paths that differ in how one condition came out are one, on which it does not matter.
  static bool Simplify(std::set<OutcomePath>& paths) {
    for (const OutcomePath& path : paths) {
      for (std::size_t i = 0; i < path.size(); ++i) {
        OutcomePath other = path;
        other[i].second = !other[i].second;
        if (!paths.contains(other)) continue;
        OutcomePath both = path;
        both.erase(both.begin() + static_cast<std::ptrdiff_t>(i));
        paths.erase(other);
        paths.erase(OutcomePath(path));
        paths.insert(std::move(both));
        return true;
      }
    }
    return false;
  }

  void Tell(Position position, std::set<Position>& on_path, OutcomePath& path, int& visits,
            PointView& point) const {
    if (++visits > kMostVisits || on_path.size() > 500 || !on_path.insert(position).second) return;
    Advance(
        position, [&](uint32_t to) { point.paths[to].insert(path); },
        [&](const Next& next, bool with) {
          const bool tells = !next.outcome.first.empty();
          if (tells) path.push_back(next.outcome);
          Tell({next.at, with}, on_path, path, visits, point);
          if (tells) path.pop_back();
        });
    on_path.erase(position);
  }

  void Note(uint32_t at, PointView& point) const {
    const Instruction& i = code_.instructions[at];
    PointAccess access;
    const auto set = [&](Manner manner, std::string_view verb) {
      access.manner = manner;
      access.verb = verb;
      NameOf(at, access);
    };
    if ((i.flags & kInOperation) != 0 && i.opcode != Opcode::kOperationBegin) return;
    switch (i.opcode) {
      case Opcode::kLoad: set(Manner::kRead, WordsOf(Event::Kind::kRead).in_code); break;
      case Opcode::kStore: set(Manner::kWrite, WordsOf(Event::Kind::kWrite).in_code); break;
      case Opcode::kOperationBegin: {
        const Operation& operation = program_.operations[code_.operations[i.b].operation];
        const std::string verb =
            operation.words != nullptr ? operation.words->reads : operation.name();
        set(operation.is_query ? Manner::kRead : Manner::kSynchronize, verb);
        break;
      }
      case Opcode::kAtomicBegin:
        access.manner = Manner::kSynchronize;
        access.verb = Text(i);
        access.verb = access.verb.substr(0, access.verb.find_first_of(" ({"));
        break;
      case Opcode::kStep:
        access.verb = WordsOf(i.b == 0 ? Event::Kind::kStep : Event::Kind::kBegin).in_code;
        break;
      case Opcode::kProduced:
      case Opcode::kConsumed: {
        const bool is_produced = i.opcode == Opcode::kProduced;
        const std::string_view word =
            WordsOf(is_produced ? Event::Kind::kProduced : Event::Kind::kConsumed).in_code;
        const std::string text = Text(i);
        const std::string mark =
            Shorten(text.starts_with(word) ? text : fmt::format("{}({})", word, text), kCodeWidth);
        if (std::find(point.marks.begin(), point.marks.end(), mark) == point.marks.end()) {
          point.marks.push_back(mark);
        }
        return;
      }
      default: return;
    }
    if (std::find(point.accesses.begin(), point.accesses.end(), access) == point.accesses.end()) {
      point.accesses.push_back(access);
    }
    const auto rank = [](Manner manner) { return static_cast<int>(manner) % 3; };
    const bool is_first = point.accesses.size() == 1;
    if (is_first || rank(access.manner) > rank(point.manner)) point.manner = access.manner;
  }

  // What an access of some process may touch.
  SlotSpan SpanAt(uint32_t at) const {
    const Instruction& i = code_.instructions[at];
    SlotSpan all = {UINT32_MAX, 0};
    for (const Constants& constants : constants_) {
      if (!constants.IsReached(at)) continue;
      const SlotSpan span = SpanOf(program_, code_, i, constants.ValueBefore(at, i.a));
      all.begin = std::min(all.begin, span.begin);
      all.end = std::max(all.end, span.end);
    }
    return all;
  }

  // The object, if all of the span is of one; else -1.
  int ObjectOf(SlotSpan span) const {
    const auto memory = [&](uint32_t slot) {
      return slot < program_.slots.size() && program_.slots[slot].kind == SlotKind::kMemory
                 ? program_.slots[slot].object
                 : -1;
    };
    if (span.begin >= span.end || memory(span.begin) != memory(span.end - 1)) return -1;
    return memory(span.begin);
  }

  // Whether an access by a pointer may be one to the process's own memory, and so no step.
  bool MayBeOwn(uint32_t at) const {
    return IsSet(code_.instructions[at], kMayBeOwn) && ObjectOf(SpanAt(at)) < 0;
  }

  // The cell where it is one for all processes, else as the source calls it, else the object.
  void NameOf(uint32_t at, PointAccess& access) const {
    const Instruction& i = code_.instructions[at];
    const SlotSpan all = SpanAt(at);
    access.object = ObjectOf(all);
    if (access.object < 0) {
      access.name = Shorten(Text(i), kLabelWidth);
      return;
    }
    const MemoryObject& object = program_.objects[static_cast<std::size_t>(access.object)];
    if (object.kind == nullptr && all.end - all.begin == 1) {
      access.name = PlaceName(program_, all.begin);
      return;
    }
    // The position is the first operand of a store or of an operation.
    SourceRange range = code_.locations[i.location].range;
    const Expr* expr = FindExpression(*program_.scenario, range);
    if (expr != nullptr && i.opcode != Opcode::kLoad && !expr->operands.empty()) {
      range = expr->operands[0]->range;
    }
    const std::string position = OneLine(source_, range);
    const std::string& name = object.symbol->name;
    access.name =
        position.starts_with(name) && position.size() <= kLabelWidth ? position : name + "[..]";
  }

  const Program& program_;
  const Source& source_;
  const ProcessCode& code_;
  std::vector<Constants> constants_;  // by process that runs the code
  int first_process_ = 0;
  PointView start_;
  std::vector<PointView> points_;
};

class ProgramWriter {
 public:
  ProgramWriter(const Program& program, const Source& source) : program_(program), source_(source) {
    for (std::size_t c = 0; c < program.codes.size(); ++c) {
      codes_.emplace_back(program, source, static_cast<int>(c));
    }
  }

  std::string Run() {
    Line("digraph program {{");
    Line("  graph [label=<{}>, labelloc=t, labeljust=l, tooltip={},", Caption(),
         DotTooltip(source_.name()));
    Line("    fontname=\"{}\", fontsize=11, fontcolor=\"{}\", nodesep=0.3, ranksep=0.32];",
         kTextFont, kInk);
    Line("  node [fontname=\"{}\", fontsize=11, fontcolor=\"{}\", margin=\"0.13,0.06\",", kTextFont,
         kInk);
    Line("    shape=box, style=\"filled,rounded\", fillcolor=white, height=0.3];");
    Line("  edge [fontname=\"{}\", fontsize=10, fontcolor=\"{}\", arrowsize=0.7];", kTextFont,
         kInk);
    for (std::size_t c = 0; c < codes_.size(); ++c) {
      if (codes_[c].processes() > 0) Process(c);
    }
    Legend();
    Line("}}");
    return std::move(out_);
  }

 private:
  template <class... Args>
  void Line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }

  std::string Caption() const {
    const bool by_access = program_.granularity == Granularity::kAccess;
    return fmt::format(
        "<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" cellpadding=\"1\">"
        "<tr><td align=\"left\"><font point-size=\"14\"><b>{}</b></font></td></tr>"
        "<tr><td align=\"left\">The control flow of its processes, at {} granularity. A box is a "
        "position where a process can stand,</td></tr><tr><td align=\"left\">with {} next. An "
        "arrow "
        "is "
        "the local work up to the next box.</td></tr></table>",
        DotHtml(source_.name()), by_access ? "access" : "statement",
        by_access ? "the access that it makes" : "the statement that it executes");
  }

  // Of what is there.
  void Legend() {
    std::set<Manner> manners;
    bool is_done = false;
    for (const CodeView& code : codes_) {
      is_done = is_done || code.IsDone();
      for (const PointView& point : code.points()) {
        if (point.is_reached) manners.insert(point.manner);
      }
    }
    // Nodes one below the other: a table would make the first rank as high as it is.
    int count = 0;
    const auto add = [&](const char* text, const std::string& attributes) {
      Line("  legend{} [fontsize=10, color=\"{}\", label=\"{}\"{}];", count, kFaint, text,
           attributes);
      if (count > 0) Line("  legend{} -> legend{} [style=invis];", count - 1, count);
      ++count;
    };
    static constexpr ProcessPaint kNobody = {kFaint, kInk, kPaper, "solid"};
    static constexpr const char* kNames[] = {"reads", "writes", "synchronises", "no access"};
    add("\xe2\x97\x8f start", ", shape=plaintext, style=\"\"");
    for (const Manner manner : manners) {
      add(kNames[static_cast<std::size_t>(manner)], Style(manner, kNobody));
    }
    if (is_done) add("\xe2\x97\x89 done", ", shape=plaintext, style=\"\"");
  }

  static std::string Style(Manner manner, const ProcessPaint& paint) {
    switch (manner) {
      case Manner::kRead: return "";
      case Manner::kWrite:
        return fmt::format(", style=filled, penwidth=2.5, fillcolor=\"{}\"", paint.fill);
      case Manner::kSynchronize:
        return fmt::format(", style=filled, peripheries=2, fillcolor=\"{}\"", paint.fill);
      case Manner::kNothing: break;
    }
    return ", style=\"rounded,dashed\"";
  }

  // "reads in, out; writes in"
  static std::string AccessText(const PointView& point) {
    std::string text, verb;
    const auto is_block = [](const std::string& word) {
      return word == "atomic" || word == "await" || word == "select";
    };
    for (const PointAccess& access : point.accesses) {
      if (!text.empty()) text += access.verb == verb ? ", " : is_block(verb) ? ": " : "; ";
      if (access.verb != verb) text += access.verb;
      if (!access.name.empty()) text += (access.verb != verb ? " " : "") + access.name;
      verb = access.verb;
    }
    return fmt::format("{}", fmt::join(Wrap(text, kCodeWidth), "\n"));
  }

  void Process(std::size_t c) {
    const CodeView& code = codes_[c];
    const ProcessPaint paint = PaintOf(code.first_process());
    std::string title = code.source().is_daemon ? "daemon process " : "process ";
    title += code.source().symbol->name;
    if (code.source().is_array) title += fmt::format("[{0}]  \xc3\x97 {0}", code.processes());
    Line("  subgraph cluster_{} {{", c);
    Line("    graph [label=<<b>{}</b>>, labeljust=l, fontsize=13, fontcolor=\"{}\", color=\"{}\",",
         DotHtml(title), paint.text, paint.line);
    Line("      style=rounded, penwidth=1.2, margin=12, tooltip={}];", DotTooltip(title));
    Line("    node [color=\"{0}\"]; edge [color=\"{0}\"];", paint.line);
    Line("    c{}start [shape=circle, fixedsize=true, width=0.16, fillcolor=\"{}\", label=\"\",", c,
         kInk);
    Line("      height=0.16, color=\"{}\", tooltip=\"start\"];", kInk);
    std::vector<SourcePlace> last;
    for (uint32_t k = 1; k < code.points().size(); ++k) {
      const PointView& point = code.points()[k];
      if (!point.is_reached) continue;
      const std::vector<SourcePlace> places = code.PlacesOf(point);
      std::string label = PlacesLabel(places, last);
      label += fmt::format("<b>{}</b>", DotHtml(AccessText(point)));
      for (const std::string& mark : point.marks) {
        label += fmt::format("<br/><i>{}</i>", DotHtml(mark));
      }
      Line("    c{}p{} [label=<{}>, tooltip={}{}];", c, k, label, DotTooltip(PlacesText(places)),
           Style(point.manner, paint));
      last = places;
    }
    if (code.IsDone()) {
      Line("    c{}p0 [shape=doublecircle, fixedsize=true, width=0.13, fillcolor=\"{}\",", c, kInk);
      Line("      height=0.13, color=\"{}\", label=\"\", tooltip=\"done\"];", kInk);
    }
    Ways(c, 0, code.start());
    for (uint32_t k = 1; k < code.points().size(); ++k) Ways(c, k, code.points()[k]);
    Line("  }}");
  }

  // The calls and the statement, a line each, indented by how deep they are; of what was told in
  // the box before only the line of the statement.
  static std::string PlacesLabel(const std::vector<SourcePlace>& places,
                                 const std::vector<SourcePlace>& told) {
    const auto line = [](const SourcePlace& place) {
      return fmt::format("<font color=\"{}\">{}</font>  ", kFaint, place.name);
    };
    if (places == told) return line(places.back());
    std::string label;
    for (std::size_t depth = 0; depth < places.size(); ++depth) {
      std::string indent;
      for (std::size_t i = 0; i < depth; ++i) indent += "&#160;&#160;";
      label += fmt::format("{}{}<font face=\"{}\">{}</font><br/>", indent, line(places[depth]),
                           kCodeFont, DotHtml(Shorten(places[depth].text, kCodeWidth)));
    }
    return label;
  }

  // `from`: a point, or 0 for the start. A label is a node of its own on its edge: the layout then
  // keeps it in the frame and off everything else.
  void Ways(std::size_t c, uint32_t from, const PointView& point) {
    const std::string source =
        from == 0 ? fmt::format("c{}start", c) : fmt::format("c{}p{}", c, from);
    for (const auto& [to, paths] : point.paths) {
      const std::string target = fmt::format("c{}p{}", c, to);
      const std::string label = LabelOf(paths);  // with quotes
      // The other path round for the layout: then ranks follow the source.
      const bool is_back = to != 0 && to < from;
      const std::string& upper = is_back ? target : source;
      const std::string& lower = is_back ? source : target;
      if (label.empty() || upper == lower) {
        Line("    {} -> {} [dir={}{}{}];", upper, lower, is_back ? "back" : "forward",
             label.empty() ? "" : ", label=", label);
        continue;
      }
      const std::string between = fmt::format("{}to{}", source, to);
      Line("    {} [shape=plaintext, style=\"\", margin=\"0.05,0.02\", height=0.1, fontsize=10,",
           between);
      Line("      label={}];", label);
      Line("    {} -> {} [dir={}];", upper, between, is_back ? "back" : "none");
      Line("    {} -> {} [dir={}];", between, lower, is_back ? "none" : "forward");
    }
  }

  static std::string LabelOf(const std::set<OutcomePath>& paths) {
    std::string label;
    if (paths.size() > kMostPaths) return label;
    for (const OutcomePath& path : paths) {
      if (!label.empty()) label += "\nor ";
      for (std::size_t i = 0; i < path.size(); ++i) {
        label += (i > 0 ? "\nand " : "") + ConditionText(path[i]);
      }
    }
    return label.empty() ? label : DotString(label, LineEnd::kLeft);
  }

  static std::string ConditionText(const Outcome& condition) {
    const auto& [text, value] = condition;
    if (text.starts_with("repeat")) return value ? "again" : "no more";
    const bool is_case = text.starts_with("case ");
    const bool has_colon = is_case && text.ends_with(':');
    const std::string short_text =
        Shorten(has_colon ? text.substr(0, text.size() - 1) : text, kLabelWidth);
    if (value) return short_text;
    const bool is_simple = is_case || text.find(' ') == std::string::npos;
    return is_simple ? "not " + short_text : "not (" + short_text + ")";
  }

  const Program& program_;
  const Source& source_;
  std::vector<CodeView> codes_;
  std::string out_;
};

}  // namespace

std::string ProgramPicture(const Program& program, const Source& source) {
  return ProgramWriter(program, source).Run();
}

}  // namespace interleave
