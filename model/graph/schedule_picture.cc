// First what each row shows, then how wide that makes the lanes, then the text. All lengths are in
// points, y grows upwards as in DOT.

#include "model/graph/schedule_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "model/graph/dot.h"
#include "model/report/places.h"
#include "model/report/text_layout.h"
#include "model/report/trace_view.h"

namespace interleave {
namespace {

using Kind = Event::Kind;

constexpr double kLine = 14;        // of text
constexpr double kArrowRow = 24;    // an arrow with its text above
constexpr double kCharacter = 6.5;  // a column of 10-point text, generously
constexpr double kCodeCharacter = 6.1;
constexpr double kPad = 8;
constexpr double kFarBelow = 900;  // names stand beneath a longer chart too
constexpr std::size_t kMostMemoryLanes = 6;
constexpr std::size_t kMostArrows = 12;     // of a step
constexpr std::size_t kMostRingCells = 32;  // of a ring that is drawn
constexpr std::size_t kNameColumns = 40;
constexpr std::size_t kCodeColumns = 42;
constexpr std::size_t kNoteColumns = 30;
constexpr std::size_t kRemarkColumns = 60;

double WidthOf(const std::vector<std::string>& lines) {
  std::size_t columns = 0;
  for (const std::string& line : lines) columns = std::max(columns, DisplayWidth(line));
  return static_cast<double>(columns) * kCharacter;
}

struct Arrow {
  std::size_t lane = 0;  // of memory
  std::string text;
  bool into_memory = false;
  bool changes = false;
  bool operator==(const Arrow&) const = default;
};

struct ChartRow {
  const ViewRow* view = nullptr;  // null: rows are left out here
  std::string step;
  std::vector<std::string> code;  // the calls and the statement, as far as they are new
  std::vector<Arrow> arrows;
  std::size_t more = 0;              // arrows that are left out
  std::vector<std::string> note;     // beside the process, on the side away from memory
  std::vector<std::string> box;      // on the process: what has no arrows
  std::vector<std::string> remarks;  // beneath
  bool shows_ring = false;

  double Height() const {
    const double texts =
        kLine * static_cast<double>(std::max({note.size(), box.size(), code.size()}));
    const double main = std::max({kArrowRow * static_cast<double>(arrows.size()), texts + 6,
                                  shows_ring ? kArrowRow : 0, kLine + 6});
    return main + kLine * static_cast<double>(remarks.size()) + (remarks.empty() ? 0 : 4);
  }
};

class Chart {
 public:
  Chart(const Program& program, const Source& source, const Trace& trace, const std::string& title,
        const SchedulePictureOptions& options)
      : program_(program),
        source_(source),
        trace_(trace),
        title_(Shorten(title, 100)),
        options_(options),
        view_(BuildTraceView(program, source, trace, {true, options.error})),
        left_actors_(LeftActors()) {
    for (const Remark& remark : FindRemarks(program, trace)) {
      remarks_[remark.step].push_back(remark.text);
    }
    for (std::size_t i = 0; i < view_.actors.size(); ++i) lane_of_process_[view_.actors[i]] = i;
    PickRows();
    PickMemoryLanes();
    for (ChartRow& row : rows_) {
      if (row.view != nullptr) Fill(row);
    }
    Place();
  }

  std::string Draw() {
    Line("digraph schedule {{");
    Line("  graph [layout=nop, splines=line, outputorder=edgesfirst, fontname=\"{}\", tooltip={}];",
         kTextFont, DotTooltip(title_));
    Line("  node [shape=plaintext, fixedsize=true, margin=0, fontname=\"{}\", fontsize=10,",
         kTextFont);
    Line("    fontcolor=\"{}\", color=\"{}\"];", kInk, kRule);
    Line("  edge [arrowsize=0.7, color=\"{}\"];", kRule);
    double y = 0;
    Caption(y);
    const double top = y;
    Headers(y);
    const double first = y;
    for (const ChartRow& row : rows_) Row(row, y);
    Lifelines(first, y);
    if (top - y > kFarBelow) {
      y -= draws_ring() ? 2 * kLine : kLine;
      Headers(y);
    }
    Ending(y);
    Line("}}");
    return std::move(out_);
  }

 private:
  // ----- what is shown

  void PickRows() {
    const std::size_t count = view_.rows.size();
    const std::size_t most = std::max<std::size_t>(options_.max_rows, 4);
    const std::size_t head = most / 4;
    for (std::size_t i = 0; i < count; ++i) {
      if (count > most && i == head) {
        const std::size_t next = count - (most - head);
        ChartRow gap;
        gap.box = {fmt::format("... steps {} to {} are left out here ...", view_.rows[i].first_step,
                               view_.rows[next - 1].last_step)};
        rows_.push_back(std::move(gap));
        i = next;
      }
      ChartRow row;
      row.view = &view_.rows[i];
      rows_.push_back(std::move(row));
    }
  }

  // Half of the processes, but for processes of one code, which stay together where there are
  // others.
  std::size_t LeftActors() const {
    const std::size_t count = view_.actors.size();
    const auto code = [&](std::size_t lane) {
      return program_.processes[static_cast<std::size_t>(view_.actors[lane])].code;
    };
    std::size_t best = 0;
    for (std::size_t left = 1; left < count; ++left) {
      const auto unevenness = [&](std::size_t n) {
        return std::max(2 * n, count) - std::min(2 * n, count);
      };
      if (code(left) != code(left - 1) && unevenness(left) < unevenness(best)) best = left;
    }
    return best > 0 ? best : (count + 1) / 2;
  }

  static bool IsOfMemory(const ViewAccess& access) {
    return access.kind == Kind::kRead || access.kind == Kind::kWrite ||
           access.kind == Kind::kOperation;
  }

  // "buffer" of "buffer[2]" and "point.x".
  static std::string ObjectOf(const std::string& name) {
    return name.substr(0, name.find_first_of("[. "));
  }

  // In the order of declaration.
  void PickMemoryLanes() {
    std::vector<std::string> names;
    for (const ChartRow& row : rows_) {
      if (row.view == nullptr || row.view->process < 0) continue;
      for (const ViewAccess& access : row.view->accesses) {
        if (IsOfMemory(access)) names.push_back(ObjectOf(access.place));
      }
    }
    for (const MemoryObject& object : program_.objects) {
      if (std::find(names.begin(), names.end(), object.symbol->name) != names.end()) {
        memory_.push_back(object.symbol->name);
      }
    }
    if (memory_.size() > kMostMemoryLanes || (memory_.empty() && !names.empty())) {
      memory_ = {"shared memory"};
    }
  }

  std::size_t MemoryLane(const std::string& name) const {
    const auto it = std::find(memory_.begin(), memory_.end(), ObjectOf(name));
    return it == memory_.end() ? 0 : static_cast<std::size_t>(it - memory_.begin());
  }

  static void AddWrapped(const std::string& text, std::size_t width,
                         std::vector<std::string>& lines) {
    for (std::string& line : Wrap(text, width)) lines.push_back(std::move(line));
  }

  void Fill(ChartRow& row) {
    const ViewRow& view = *row.view;
    row.shows_ring = view_.has_drawing && view.drawn.changed;
    if (view.process < 0) {
      if (view.words != "(start)") AddWrapped(view.words, kNoteColumns * 2, row.box);
      return;
    }
    row.step = view.first_step == view.last_step
                   ? fmt::format("{}", view.first_step)
                   : fmt::format("{}-{}", view.first_step, view.last_step);
    if (view.line != 0) TellCode(row);
    for (int step = view.first_step; step <= view.last_step; ++step) {
      for (const std::string& remark : remarks_[step]) {
        AddWrapped(remark, kRemarkColumns, row.remarks);
      }
    }
    if (view.rounds > 0) {
      AddWrapped(view.brief, kNoteColumns, row.box);
      return;
    }
    for (const ViewAccess& access : view.accesses) Show(access, row);
    if (row.more > 0) row.note.push_back(fmt::format("{} more accesses", row.more));
    const ViewCondition* told = nullptr;
    for (const ViewCondition& condition : view.conditions) {
      if (condition.is_of_access) told = &condition;
    }
    if (told != nullptr) {
      const std::string text = told->text.size() <= kNoteColumns ? told->text : "test";
      row.note.push_back(fmt::format("{}: {}", text, told->value ? "true" : "false"));
    }
    for (const std::string& mark : view.marks) row.note.push_back(Shorten(mark, kNameColumns));
    if (view.failed) row.note.emplace_back("fails");
    if (view.done) row.note.emplace_back("done");
    if (row.arrows.empty() && row.note.empty()) AddWrapped(view.brief, kNoteColumns, row.box);
  }

  // What the row before it told of one process is not told again.
  void TellCode(ChartRow& row) {
    const ViewRow& view = *row.view;
    std::vector<SourcePlace> places = PlacesOf(source_, view.calls, view.range, view.statement);
    const bool goes_on = last_process_ == view.process;
    bool is_told = goes_on;
    for (std::size_t depth = 0; depth < places.size(); ++depth) {
      is_told = is_told && depth < told_.size() && told_[depth] == places[depth];
      if (is_told) continue;
      row.code.push_back(fmt::format("{:{}}{}  {}", "", 2 * depth, places[depth].name,
                                     Shorten(places[depth].text, kCodeColumns)));
    }
    told_ = std::move(places);
    last_process_ = view.process;
  }

  void Show(const ViewAccess& access, ChartRow& row) {
    // Which of an array of objects an operation is of.
    std::string text = access.Picture(ObjectOf(access.place) != access.place);
    if (text.empty()) return;
    if (!IsOfMemory(access)) return row.note.push_back(std::move(text));
    const bool changes = access.kind != Kind::kRead;
    Arrow next = {MemoryLane(access.place), Shorten(text, kNameColumns), access.is_towards(),
                  changes};
    // What a step reads again it need not be told again.
    if (!changes && std::find(row.arrows.begin(), row.arrows.end(), next) != row.arrows.end()) {
      return;
    }
    if (row.arrows.size() < kMostArrows) return row.arrows.push_back(std::move(next));
    ++row.more;
  }

  // ----- where it stands

  bool IsLeft(std::size_t lane) const { return lane < left_actors_; }
  double ProcessX(const ViewRow& view) const {
    return process_x_[lane_of_process_.at(view.process)];
  }
  std::string NameOf(int process) const {
    return Shorten(program_.processes[static_cast<std::size_t>(process)].name, kNameColumns);
  }

  std::string MemoryName(std::size_t lane) const { return Shorten(memory_[lane], kNameColumns); }

  // x grows from lane to lane by what its texts need: notes lie on the outer side of a lane, the
  // text of an arrow between the lane and memory.
  void Place() {
    double step = 0, code = 0;
    for (const ChartRow& row : rows_) {
      step = std::max(step, WidthOf({row.step}));
      code = std::max(code, WidthOf(row.code) / kCharacter * kCodeCharacter);
    }
    step_right_ = std::max(step, 4 * kCharacter);
    code_left_ = step_right_ + 2 * kPad;
    const double code_right = code_left_ + code + kPad;
    const std::size_t lanes = view_.actors.size();
    std::vector<double> note(lanes, 0), half(lanes, 0);  // widths: outside, on the lane
    std::vector<std::vector<double>> arrow(lanes, std::vector<double>(memory_.size(), 0));
    for (std::size_t i = 0; i < lanes; ++i) {
      half[i] = WidthOf({NameOf(view_.actors[i])}) * 0.6 + kPad;
    }
    for (const ChartRow& row : rows_) {
      if (row.view == nullptr || row.view->process < 0) continue;
      const std::size_t i = lane_of_process_.at(row.view->process);
      note[i] = std::max(note[i], WidthOf(row.note) + kPad);
      half[i] = std::max(half[i], WidthOf(row.box) / 2 + kPad);
      for (const Arrow& to : row.arrows) {
        arrow[i][to.lane] = std::max(arrow[i][to.lane], WidthOf({to.text}) + 3 * kPad);
      }
    }
    process_x_.assign(lanes, 0);
    double x = code_right;  // right end of what stands so far
    for (std::size_t i = 0; i < left_actors_ && i < lanes; ++i) {
      process_x_[i] = std::max(x + half[i], code_right + note[i] + kPad);
      x = process_x_[i] + half[i] + kPad;
    }
    std::vector<double> memory_half;
    for (std::size_t m = 0; m < memory_.size(); ++m) {
      memory_half.push_back(WidthOf({MemoryName(m)}) * 0.6 + kPad);
    }
    for (std::size_t m = 0; m < memory_.size(); ++m) {
      double at = x + memory_half[m];
      for (std::size_t i = 0; i < left_actors_ && i < lanes; ++i) {
        at = std::max(at, process_x_[i] + arrow[i][m]);
      }
      memory_x_.push_back(at);
      x = at + memory_half[m] + kPad;
    }
    for (std::size_t i = left_actors_; i < lanes; ++i) {
      double at = x + half[i];
      for (std::size_t m = 0; m < memory_.size(); ++m) {
        if (arrow[i][m] > 0) at = std::max(at, memory_x_[m] + arrow[i][m]);
      }
      process_x_[i] = at;
      x = at + half[i] + kPad;
    }
    for (std::size_t i = left_actors_; i < lanes; ++i)
      x = std::max(x, process_x_[i] + note[i] + kPad);
    right_ = x;
    if (!view_.has_drawing) return;
    std::size_t cell = 1, index = 1;
    for (const ViewRow& row : view_.rows) {
      index = std::max({index, DisplayWidth(row.drawn.in), DisplayWidth(row.drawn.out)});
      for (const DrawnCell& drawn : row.drawn.cells)
        cell = std::max(cell, DisplayWidth(drawn.text));
      cells_ = std::max(cells_, row.drawn.cells.size());
    }
    index = std::max({index, DisplayWidth(view_.in_name), DisplayWidth(view_.out_name)});
    cell_width_ = static_cast<double>(cell) * kCharacter + 12;
    index_width_ = static_cast<double>(index) * kCharacter + 10;
    ring_left_ = right_ + 2 * kPad;
  }

  double RingRight() const {
    return ring_left_ + 2 * index_width_ + static_cast<double>(cells_) * cell_width_;
  }
  bool draws_ring() const { return view_.has_drawing && cells_ > 0 && cells_ <= kMostRingCells; }

  // ----- the text

  template <class... Args>
  void Line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }

  // A node with its centre at x, y; its number.
  int Node(double x, double y, double width, double height, const std::string& attributes) {
    Line("  n{} [pos=\"{:.1f},{:.1f}\", width={:.3f}, height={:.3f}{}];", nodes_, x, y, width / 72,
         height / 72, attributes);
    return nodes_++;
  }
  int Point(double x, double y) { return Node(x, y, 0.7, 0.7, ", shape=point, style=invis"); }
  void Edge(int from, int to, const std::string& attributes) {
    Line("  n{} -> n{} [{}];", from, to, attributes);
  }

  enum class Side : uint8_t { kLeftOf, kRightOf, kAround };  // where the text lies, seen from x

  // Lines of text on white, so that lanes do not strike them through.
  void Text(double x, double y, Side side, const std::vector<std::string>& lines,
            const std::string& attributes, double character = kCharacter, double margin = 1) {
    if (lines.empty()) return;
    std::size_t columns = 0;
    for (const std::string& line : lines) columns = std::max(columns, DisplayWidth(line));
    const double width = static_cast<double>(columns) * character + 2 * margin;
    const double centre = side == Side::kAround    ? x
                          : side == Side::kRightOf ? x + width / 2
                                                   : x - width / 2;
    const LineEnd end = side == Side::kAround    ? LineEnd::kCentered
                        : side == Side::kRightOf ? LineEnd::kLeft
                                                 : LineEnd::kRight;
    Node(centre, y, width, kLine * static_cast<double>(lines.size()) - 1,
         fmt::format(", label={}, style=filled, fillcolor=white{}",
                     DotString(fmt::format("{}", fmt::join(lines, "\n")), end), attributes));
  }

  void Caption(double& y) {
    Text(0, y, Side::kRightOf, {title_}, ", fontname=\"Helvetica-Bold\", fontsize=14", 9.5);
    y -= 1.4 * kLine;
    const int switches = trace_.Switches();
    std::vector<std::string> lines = {fmt::format(
        "{}, {} granularity; {} step{}, {} switch{} between processes", source_.name(),
        program_.granularity == Granularity::kAccess ? "access" : "statement", trace_.steps.size(),
        trace_.steps.size() == 1 ? "" : "s", switches, switches == 1 ? "" : "es")};
    if (!memory_.empty()) {
      lines.emplace_back("Time runs downwards. A thick arrow changes memory, a thin one reads it.");
    }
    if (draws_ring()) {
      lines.emplace_back("Shaded cells hold items, (x) was taken, - was never written.");
    } else if (view_.has_drawing) {
      lines.push_back(fmt::format("`{}` has too many cells to be drawn.", view_.ring_name));
    }
    for (const std::string& line : lines) {
      Text(0, y, Side::kRightOf, {line}, fmt::format(", fontcolor=\"{}\"", kFaint));
      y -= kLine;
    }
    y -= draws_ring() ? 2 * kLine : kLine;
  }

  void Headers(double& y) {
    for (std::size_t i = 0; i < view_.actors.size(); ++i) {
      const ProcessPaint paint = PaintOf(view_.actors[i]);
      const std::string name = NameOf(view_.actors[i]);
      Node(process_x_[i], y, WidthOf({name}) * 1.2 + 6, 20,
           fmt::format(", shape=box, style=\"filled,rounded\", penwidth=1.5, color=\"{}\", "
                       "fillcolor=\"{}\", fontcolor=\"{}\", fontname=\"Helvetica-Bold\", label={}",
                       paint.line, paint.fill, paint.text, DotString(name)));
    }
    for (std::size_t m = 0; m < memory_.size(); ++m) {
      Node(memory_x_[m], y, WidthOf({MemoryName(m)}) * 1.2 + 6, 20,
           fmt::format(", shape=box, style=filled, fillcolor=\"{}\", color=\"{}\", label={}",
                       kPaper, kFaint, DotString(MemoryName(m))));
    }
    if (draws_ring()) {
      std::vector<std::string> cells;
      for (std::size_t i = 0; i < cells_; ++i) cells.push_back(fmt::format("{}", i));
      const double cells_left = ring_left_ + 2 * index_width_;
      Text((cells_left + RingRight()) / 2, y + 17, Side::kAround, {view_.ring_name}, "");
      RingTable(y, DotHtml(view_.in_name), DotHtml(view_.out_name), cells, 0, kFaint);
    }
    y -= 24;
  }

  // `cells` are HTML.
  void RingTable(double y, const std::string& in, const std::string& out,
                 const std::vector<std::string>& cells, int border, const char* color) {
    std::string row;
    const auto cell = [&](const std::string& text, double width, int line) {
      row += fmt::format("<td width=\"{:.0f}\" height=\"18\" border=\"{}\"{}", width, line,
                         text.starts_with("<td ") ? text.substr(3) : ">" + text);
      row += "</td>";
    };
    cell(in, index_width_, 0);
    cell(out, index_width_, 0);
    for (const std::string& text : cells) cell(text, cell_width_, border);
    Node((ring_left_ + RingRight()) / 2, y, RingRight() - ring_left_, 20,
         fmt::format(", fontcolor=\"{}\", label=<<table border=\"0\" cellborder=\"1\" "
                     "cellspacing=\"0\" cellpadding=\"0\" color=\"{}\"><tr>{}</tr></table>>",
                     color, kFaint, row));
  }

  void Ring(const ViewRow& view, double y) {
    std::vector<std::string> cells;
    for (const DrawnCell& drawn : view.drawn.cells) {
      const std::string text = DotHtml(drawn.text);
      switch (drawn.state) {
        case DrawnCell::State::kUnwritten:
          cells.push_back(fmt::format("<font color=\"{}\">-</font>", kFaint));
          break;
        case DrawnCell::State::kLive:
          cells.push_back(fmt::format("<td bgcolor=\"#fff3bf\"><b>{}</b>", text));
          break;
        case DrawnCell::State::kTaken:
          cells.push_back(fmt::format("<font color=\"{}\">({})</font>", kFaint, text));
          break;
      }
    }
    RingTable(y, DotHtml(view.drawn.in), DotHtml(view.drawn.out), cells, 1, kInk);
  }

  void Lifelines(double top, double bottom) {
    const auto lane = [&](double x, const char* color, const char* style) {
      const int upper = Point(x, top + 14);
      Edge(upper, Point(x, bottom), fmt::format("dir=none, color=\"{}\", style={}", color, style));
    };
    for (std::size_t i = 0; i < view_.actors.size(); ++i) {
      lane(process_x_[i], PaintOf(view_.actors[i]).line, "solid");
    }
    for (const double x : memory_x_) lane(x, kRule, "dashed");
  }

  void Row(const ChartRow& row, double& y) {
    const double height = row.Height();
    const double remarks = kLine * static_cast<double>(row.remarks.size());
    const double main = height - remarks - (row.remarks.empty() ? 0 : 4);
    const double middle = y - main / 2;
    if (row.box.empty() && row.view != nullptr && row.view->process < 0 && !draws_ring()) return;
    y -= height;
    if (row.view == nullptr || row.view->process < 0) {
      Text((code_left_ + right_) / 2, middle, Side::kAround, row.box,
           fmt::format(", fontcolor=\"{}\"", kFaint));
      if (row.shows_ring && draws_ring()) Ring(*row.view, middle);
      return;
    }
    const ViewRow& view = *row.view;
    const bool is_left = IsLeft(lane_of_process_.at(view.process));
    const ProcessPaint paint = PaintOf(view.process);
    const double x = ProcessX(view);
    const std::string tooltip =
        ", tooltip=" + DotTooltip(fmt::format("{}: {}", NameOf(view.process), Untied(view.words)));
    Text(step_right_, middle, Side::kLeftOf, {row.step}, "");
    if (!row.code.empty()) {
      Text(code_left_, middle, Side::kRightOf, row.code,
           fmt::format(", fontname=\"{}\", fontcolor=\"{}\"", kCodeFont, kFaint), kCodeCharacter);
    }
    const double bar = std::max(8.0, main - kArrowRow + 10);
    Node(x, row.arrows.empty() ? middle : middle - 4, 7, bar,
         fmt::format(", shape=box, style=filled, color=\"{0}\", fillcolor=\"{0}\", label=\"\"{1}",
                     view.failed ? kAlarm : paint.line, tooltip));
    double at = middle + kArrowRow * (static_cast<double>(row.arrows.size()) - 1) / 2;
    for (const Arrow& arrow : row.arrows) {
      const double memory = memory_x_[arrow.lane];
      const double edge = x + (is_left ? 4 : -4);
      const double arrow_y = at - 4;
      const int process_end = Point(edge, arrow_y);
      const int memory_end = Node(
          memory, arrow_y, 5, 5,
          fmt::format(", shape=circle, style=filled, color=\"{0}\", fillcolor=\"{1}\", label=\"\"",
                      paint.line, arrow.changes ? paint.line : "white"));
      Edge(arrow.into_memory ? process_end : memory_end,
           arrow.into_memory ? memory_end : process_end,
           fmt::format("color=\"{}\", penwidth={}, arrowhead={}{}", paint.line,
                       arrow.changes ? 2.2 : 0.9, arrow.changes ? "normal" : "vee", tooltip));
      Text((edge + memory) / 2, arrow_y + 9, Side::kAround, {arrow.text},
           fmt::format(", fontcolor=\"{}\"{}", paint.text,
                       arrow.changes ? ", fontname=\"Helvetica-Bold\"" : ""));
      at -= kArrowRow;
    }
    Text(x + (is_left ? -kPad : kPad), middle, is_left ? Side::kLeftOf : Side::kRightOf, row.note,
         fmt::format(", fontcolor=\"{}\"", paint.text));
    if (!row.box.empty()) {
      Text(x, middle, Side::kAround, row.box,
           fmt::format(", shape=box, style=\"filled,rounded,dashed\", color=\"{}\", "
                       "fontcolor=\"{}\"",
                       paint.line, paint.text),
           kCharacter, kPad / 2);
    }
    if (row.shows_ring && draws_ring()) Ring(view, middle);
    Text(is_left ? x + kPad : x - kPad, y + remarks / 2 + 2,
         is_left ? Side::kRightOf : Side::kLeftOf, row.remarks,
         fmt::format(", fontcolor=\"{}\"", kAlarm));
  }

  void Ending(double& y) {
    if (options_.broken.empty()) return;
    const auto columns = static_cast<std::size_t>((right_ - 2 * kPad) / kCharacter);
    const std::vector<std::string> lines =
        Wrap(options_.broken, std::max<std::size_t>(columns, 40));
    const double height = kLine * static_cast<double>(lines.size()) + 8;
    y -= height / 2 + 4;
    Node(right_ / 2, y, std::max(right_, WidthOf(lines) + 2 * kPad), height,
         fmt::format(", shape=box, style=filled, penwidth=1.5, color=\"{0}\", fillcolor=\"{1}\", "
                     "fontcolor=\"{0}\", fontname=\"Helvetica-Bold\", label={2}",
                     kAlarm, kAlarmFill, DotString(fmt::format("{}", fmt::join(lines, "\n")))));
    y -= height;
  }

  const Program& program_;
  const Source& source_;
  const Trace& trace_;
  const std::string title_;
  const SchedulePictureOptions& options_;
  const TraceView view_;
  const std::size_t left_actors_;  // processes left of memory
  std::map<int, std::size_t> lane_of_process_;
  std::map<int, std::vector<std::string>> remarks_;
  std::vector<std::string> memory_;  // lanes
  std::vector<ChartRow> rows_;
  std::vector<SourcePlace> told_;  // of the row before
  int last_process_ = -1;
  double step_right_ = 0, code_left_ = 0, right_ = 0, ring_left_ = 0;
  double cell_width_ = 0, index_width_ = 0;
  std::size_t cells_ = 0;
  std::vector<double> process_x_, memory_x_;
  int nodes_ = 0;
  std::string out_;
};

}  // namespace

std::string SchedulePicture(const Program& program, const Source& source, const Trace& trace,
                            const std::string& title, const SchedulePictureOptions& options) {
  return Chart(program, source, trace, title, options).Draw();
}

}  // namespace interleave
