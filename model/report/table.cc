// Picks the roomiest of a few layouts that fits the width:
//
//   1. a column per process, the ring drawn wide (| a |(b)| - |) or narrow (|a|.|-|), whichever
//      makes fewer rows take a second line
//   2. the same, but only for processes that make a step; the others are named beneath
//   3. the same where three quarters of the rows take a second line
//   4. narrow, without the column of source lines (they are listed beneath the table)
//   5. one column for what is done and one for who does it
//
// "Fits" means that no column is narrower than its longest word and that not more than half of the
// rows take a second line. A ring that takes more than half of the width is told by its changes.

#include "model/report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace interleave {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kChangedMax = 26;

struct Layout {
  bool stacked = false;
  bool draws = false;
  bool wide_ring = false;
  bool shows_line = true;
  bool may_wrap = false;
  std::size_t changed_width = 0;     // 0: no such column
  std::size_t who_width = 0;         // stacked
  std::vector<std::size_t> columns;  // what is done: by actor; stacked: one
  std::size_t wrapped = 0;           // lines that rows take beyond their first
};

class TableWriter {
 public:
  TableWriter(const Program& program, const TraceView& view, const std::vector<Remark>& remarks,
              const TableOptions& options)
      : program_(program), view_(view), options_(options), painter_(options.color) {
    for (int p = 0; p < program.process_count(); ++p) actors_.push_back(p);
    for (const Remark& remark : remarks) remarks_[remark.step].push_back(remark.text);
    Measure();
    PickLayout();
  }

  std::string Render() {
    Header();
    const std::size_t rows = view_.rows.size();
    const std::size_t most = std::max<std::size_t>(options_.max_rows, 4);
    const std::size_t head = most / 4;
    // Where nothing is drawn the start says nothing, unless something was decided or broke there.
    const bool skip_start =
        !layout_.draws && rows > 1 && view_.rows[0].words == "(start)" && remarks_.count(0) == 0;
    for (std::size_t i = skip_start ? 1 : 0; i < rows; ++i) {
      if (rows > most && i == head) {
        const std::size_t next = rows - (most - head);
        out_ += fmt::format(" ... steps {} to {} are left out here ...\n", view_.rows[i].first_step,
                            view_.rows[next - 1].last_step);
        i = next;
        draw_next_ = true;
      }
      if (view_.loop_start && view_.rows[i].first_step == static_cast<int>(*view_.loop_start) + 1)
        Rule(",-- this repeats for ever:");
      Row(view_.rows[i], i + 1 == rows);
    }
    if (view_.loop_start) {
      const int last = view_.rows.back().last_step;
      const bool ends = last <= static_cast<int>(*view_.loop_start);
      Rule(ends ? "`-- nothing moves any more"
                : fmt::format("`-- and on with step {}", *view_.loop_start + 1));
    }
    Legend();
    Idle();
    return std::move(out_);
  }

 private:
  static std::string StepLabel(const ViewRow& row) {
    return row.first_step == row.last_step ? fmt::format("{}", row.first_step)
                                           : fmt::format("{}-{}", row.first_step, row.last_step);
  }

  void Rule(const std::string& text) {
    out_ += std::string(step_width_ > 0 ? step_width_ - 1 : 0, ' ') +
            painter_.Paint(text, Style::kBold) + "\n";
  }

  std::vector<std::string> Changes(const ViewRow& row, bool drawn_too) const {
    std::vector<std::string> items;
    for (const ViewChange& change : row.changes) {
      if (change.is_drawn && !drawn_too) continue;
      items.push_back(fmt::format("{} {} ->{}{}", change.name, change.before, kTied, change.after));
    }
    return items;
  }

  void Measure() {
    for (const ViewRow& row : view_.rows) {
      step_width_ = std::max(step_width_, StepLabel(row).size());
      line_width_ = std::max(line_width_, row.line_name.size());
      if (!view_.has_drawing) continue;
      in_width_ = std::max(in_width_, row.drawn.in.size());
      out_width_ = std::max(out_width_, row.drawn.out.size());
      ring_cells_ = row.drawn.cells.size();
      for (const DrawnCell& cell : row.drawn.cells) {
        cell_width_ = std::max(cell_width_, DisplayWidth(cell.text));
      }
    }
    if (!view_.has_drawing) return;
    in_width_ = std::max(in_width_, DisplayWidth(view_.in_name));
    out_width_ = std::max(out_width_, DisplayWidth(view_.out_name));
    if (ring_cells_ > 0) {
      cell_width_ = std::max(cell_width_, fmt::format("{}", ring_cells_ - 1).size());
    }
  }

  std::size_t RingWidth(bool wide) const {
    return ring_cells_ * (cell_width_ + (wide ? 3 : 1)) + 1;
  }

  // Columns that everything but what is done takes.
  std::size_t Fixed(const Layout& layout) const {
    std::size_t width = step_width_ + kGap;
    if (layout.shows_line) width += line_width_ + 1;
    if (layout.changed_width > 0) width += layout.changed_width + kGap;
    if (layout.draws) {
      width += in_width_ + 1 + out_width_ + kGap +
               std::max(RingWidth(layout.wide_ring), DisplayWidth(view_.ring_name)) + kGap;
    }
    if (layout.stacked) width += layout.who_width + kGap;
    return width;
  }

  std::size_t LongestWord(const std::string& text) const {
    std::size_t longest = 0, at = 0;
    while (at < text.size()) {
      const std::size_t end = std::min(text.find(' ', at), text.size());
      longest = std::max(longest, DisplayWidth(std::string_view(text).substr(at, end - at)));
      at = end + 1;
    }
    return longest;
  }

  // Gives each column what it would like, or an even share where there is not enough.
  static std::vector<std::size_t> Share(const std::vector<std::size_t>& wanted, std::size_t room) {
    std::vector<std::size_t> widths(wanted.size(), 0);
    std::vector<std::size_t> order(wanted.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
    for (std::size_t i = 0; i < order.size(); ++i) {
      const std::size_t share = room / (order.size() - i);
      widths[order[i]] = std::min(wanted[order[i]], share);
      room -= widths[order[i]];
    }
    return widths;
  }

  const std::string& TextFor(const ViewRow& row, std::size_t width) const {
    return DisplayWidth(row.words) <= width ? row.words : row.brief;
  }

  static std::size_t Hang(std::size_t width) { return width < 24 ? 1 : 2; }

  bool Fits(Layout& layout) const {
    const std::size_t fixed = Fixed(layout);
    const std::size_t count = layout.stacked ? 1 : actors_.size();
    const std::size_t gaps = (count - 1) * kGap;
    if (fixed + gaps + count * 8 > options_.width) return false;
    std::vector<std::size_t> wanted(count, 7), least(count, 7);  // "(start)"
    for (std::size_t c = 0; c < count && !layout.stacked; ++c) {
      const std::string& name = program_.processes[static_cast<std::size_t>(actors_[c])].name;
      wanted[c] = std::max(wanted[c], DisplayWidth(name));
      least[c] = wanted[c];
    }
    for (const ViewRow& row : view_.rows) {
      if (row.process < 0) continue;
      const std::size_t c = layout.stacked ? 0 : ColumnOf(row.process);
      wanted[c] = std::max(wanted[c], DisplayWidth(row.words));
      least[c] = std::max(least[c], std::min<std::size_t>(LongestWord(row.brief), 40));
    }
    layout.columns = Share(wanted, options_.width - fixed - gaps);
    if (layout.stacked) return true;
    for (std::size_t c = 0; c < count; ++c) {
      if (layout.columns[c] < least[c]) return false;
    }
    layout.wrapped = 0;
    for (const ViewRow& row : view_.rows) {
      if (row.process < 0) continue;
      const std::size_t width = layout.columns[ColumnOf(row.process)];
      layout.wrapped += Wrap(TextFor(row, width), width, Hang(width)).size() - 1;
    }
    return layout.wrapped * 4 <= (view_.rows.size() + 4) * (layout.may_wrap ? 3 : 2);
  }

  std::size_t ColumnOf(int process) const {
    return static_cast<std::size_t>(std::find(actors_.begin(), actors_.end(), process) -
                                    actors_.begin());
  }

  void PickLayout() {
    const bool can_draw = view_.has_drawing && ring_cells_ > 0 &&
                          RingWidth(false) + in_width_ + out_width_ <= options_.width / 2;
    const auto base = [&] {
      Layout layout;
      layout.draws = can_draw;
      for (const ViewRow& row : view_.rows) {
        for (const std::string& item : Changes(row, !can_draw)) {
          layout.changed_width = std::max(layout.changed_width, DisplayWidth(item));
        }
      }
      if (layout.changed_width > 0) {
        layout.changed_width = std::clamp<std::size_t>(layout.changed_width, 7, kChangedMax);
      }
      return layout;
    };
    Layout wide = base();
    wide.wide_ring = true;
    layout_ = base();
    const auto fits = [&] {
      const bool fits_narrow = Fits(layout_);
      if (!Fits(wide) || (fits_narrow && wide.wrapped > layout_.wrapped)) return fits_narrow;
      layout_ = wide;
      return true;
    };
    if (fits()) return;
    actors_ = view_.actors;
    if (actors_.empty()) actors_.push_back(0);
    if (fits()) return;
    layout_.may_wrap = wide.may_wrap = true;
    if (fits()) return;
    layout_.shows_line = false;
    if (Fits(layout_)) return;
    layout_ = base();
    layout_.stacked = true;
    layout_.who_width = 7;  // "process"
    for (const int actor : actors_) {
      layout_.who_width =
          std::max(layout_.who_width,
                   DisplayWidth(program_.processes[static_cast<std::size_t>(actor)].name));
    }
    layout_.wide_ring = true;
    if (Fits(layout_) && layout_.columns[0] >= 30) return;
    layout_.wide_ring = false;
    if (Fits(layout_)) return;
    layout_.columns = {20};  // too narrow for everything: lines get longer than asked for
  }

  // --- lines
  struct Field {
    std::string text;
    std::size_t width = 0;
    std::size_t gap = 0;  // behind it
    Style style = Style::kPlain;
    int process = 0;
    bool right = false;
  };
  using Fields = std::vector<Field>;

  static Field Cell(std::string text, std::size_t width, std::size_t gap, Style style,
                    int process = 0, bool right = false) {
    return {std::move(text), width, gap, style, process, right};
  }

  // Without blanks at the end.
  void Line(Fields fields) {
    while (!fields.empty()) {
      std::string& text = fields.back().text;
      while (!text.empty() && text.back() == ' ') text.pop_back();
      if (!text.empty()) break;
      fields.pop_back();
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const Field& field = fields[i];
      const std::size_t have = DisplayWidth(field.text);
      const std::string fill(have < field.width ? field.width - have : 0, ' ');
      if (field.right) out_ += fill;
      out_ += painter_.Paint(field.text, field.style, field.process);
      if (i + 1 == fields.size()) break;
      if (!field.right) out_ += fill;
      out_ += std::string(field.gap, ' ');
    }
    out_ += "\n";
  }

  // One line of the ring: the cell numbers (cells == nullptr) or what is in the cells.
  std::string Ring(const Drawn* drawn) const {
    std::string text = drawn == nullptr ? " " : "|";
    for (std::size_t i = 0; i < ring_cells_; ++i) {
      std::string cell = fmt::format("{}", i);
      bool taken = false;
      if (drawn != nullptr) {
        const DrawnCell& at = drawn->cells[i];
        taken = at.state == DrawnCell::State::kTaken;
        cell = taken && !layout_.wide_ring ? "." : at.text;
      }
      if (layout_.wide_ring) {
        cell = taken ? "(" + cell + ")" : " " + cell + " ";
        cell = PadRight(cell, cell_width_ + 2);
      } else {
        cell = PadRight(cell, cell_width_);
      }
      text += cell + (drawn == nullptr ? " " : "|");
    }
    return text;
  }

  void Header() {
    const auto line = [&](auto each_column, const std::string& step, const std::string& source,
                          const std::string& who, const std::string& changed, const std::string& in,
                          const std::string& out, const std::string& ring) {
      Fields fields;
      fields.push_back(
          Cell(step, step_width_, layout_.shows_line ? 1 : kGap, Style::kBold, 0, true));
      if (layout_.shows_line)
        fields.push_back(Cell(source, line_width_, kGap, Style::kBold, 0, true));
      if (layout_.stacked) fields.push_back(Cell(who, layout_.who_width, kGap, Style::kBold));
      for (std::size_t c = 0; c < layout_.columns.size(); ++c) fields.push_back(each_column(c));
      if (layout_.changed_width > 0) {
        fields.push_back(Cell(changed, layout_.changed_width, kGap, Style::kBold));
      }
      if (layout_.draws) {
        fields.push_back(Cell(in, in_width_, 1, Style::kBold, 0, true));
        fields.push_back(Cell(out, out_width_, kGap, Style::kBold, 0, true));
        fields.push_back(Cell(ring, 0, 0, Style::kBold));
      }
      Line(std::move(fields));
    };
    const auto dashes = [](std::size_t n) { return std::string(n, '-'); };
    line(
        [&](std::size_t c) {
          if (layout_.stacked) return Cell("does", layout_.columns[0], kGap, Style::kBold);
          const int actor = actors_[c];
          return Cell(program_.processes[static_cast<std::size_t>(actor)].name, layout_.columns[c],
                      kGap, Style::kProcess, actor);
        },
        "step", "line", "process", "changed", view_.in_name, view_.out_name, view_.ring_name);
    if (layout_.draws) {
      line([&](std::size_t c) { return Cell("", layout_.columns[c], kGap, Style::kPlain); }, "", "",
           "", "", "", "", Ring(nullptr));
    }
    line(
        [&](std::size_t c) {
          return Cell(dashes(layout_.columns[c]), layout_.columns[c], kGap, Style::kDim);
        },
        dashes(step_width_), dashes(line_width_), dashes(layout_.who_width),
        dashes(layout_.changed_width), dashes(in_width_), dashes(out_width_),
        layout_.draws ? dashes(RingWidth(layout_.wide_ring)) : "");
  }

  void Row(const ViewRow& row, bool is_last) {
    const std::size_t column = row.process < 0 || layout_.stacked ? 0 : ColumnOf(row.process);
    const std::size_t width = layout_.columns[column];
    const std::string text = row.process < 0 ? "(start)" : TextFor(row, width);
    const std::vector<std::string> told = Wrap(text, width, Hang(width));
    std::vector<std::string> changed;
    for (const std::string& item : Changes(row, !layout_.draws)) {
      for (std::string& line : Wrap(item, std::max<std::size_t>(layout_.changed_width, 8), 2)) {
        changed.push_back(std::move(line));
      }
    }
    const bool draws = layout_.draws && (row.drawn.changed || is_last || draw_next_);
    draw_next_ = false;
    const std::size_t lines = std::max(told.size(), changed.size());
    for (std::size_t l = 0; l < lines; ++l) {
      Fields fields;
      const bool first = l == 0;
      fields.push_back(Cell(first ? StepLabel(row) : "", step_width_, layout_.shows_line ? 1 : kGap,
                            Style::kBold, 0, true));
      if (layout_.shows_line) {
        fields.push_back(Cell(first ? row.line_name : "", line_width_, kGap, Style::kDim, 0, true));
      }
      if (layout_.stacked) {
        const std::string who =
            row.process < 0 ? "" : program_.processes[static_cast<std::size_t>(row.process)].name;
        fields.push_back(
            Cell(first ? who : "", layout_.who_width, kGap, Style::kProcess, row.process));
      }
      for (std::size_t c = 0; c < layout_.columns.size(); ++c) {
        const bool here = c == column && l < told.size();
        fields.push_back(Cell(here ? told[l] : "", layout_.columns[c], kGap,
                              row.process < 0 ? Style::kDim : Style::kProcess,
                              std::max(row.process, 0)));
      }
      if (layout_.changed_width > 0) {
        fields.push_back(
            Cell(l < changed.size() ? changed[l] : "", layout_.changed_width, kGap, Style::kGreen));
      }
      if (draws && first) {
        fields.push_back(
            Cell(row.drawn.in.empty() ? "?" : row.drawn.in, in_width_, 1, Style::kPlain, 0, true));
        fields.push_back(Cell(row.drawn.out.empty() ? "?" : row.drawn.out, out_width_, kGap,
                              Style::kPlain, 0, true));
        fields.push_back(Cell(Ring(&row.drawn), 0, 0, Style::kPlain));
        for (const DrawnCell& cell : row.drawn.cells) {
          if (cell.state == DrawnCell::State::kTaken) taken_occurs_ = true;
          if (cell.state == DrawnCell::State::kUnwritten) unwritten_occurs_ = true;
        }
      }
      Line(std::move(fields));
    }
    if (row.process < 0 && row.words.size() > 8) Note(row, row.words.substr(8), Style::kDim);
    for (int step = row.first_step; step <= row.last_step; ++step) {
      const auto found = remarks_.find(step);
      if (found == remarks_.end()) continue;
      for (const std::string& remark : found->second) Note(row, remark, Style::kRed);
    }
  }

  // A remark beneath a row, with a caret at the process's column: behind the caret, or before it
  // where there is more room.
  void Note(const ViewRow& row, const std::string& text, Style style) {
    const std::size_t begin = step_width_ + (layout_.shows_line ? 1 + line_width_ : 0) + kGap;
    std::size_t indent = begin;
    if (layout_.stacked) {
      indent += layout_.who_width + kGap;
    } else if (row.process >= 0) {
      for (std::size_t c = 0; c < ColumnOf(row.process); ++c) indent += layout_.columns[c] + kGap;
    }
    constexpr std::size_t kRoomy = 40;
    const std::size_t need = DisplayWidth(text) + 2;
    const std::size_t right = options_.width > indent + 12 ? options_.width - indent - 2 : 10;
    const bool goes_right =
        indent + need <= options_.width || right >= kRoomy || right + 2 >= indent - begin;
    const std::vector<std::string> lines = Wrap(text, goes_right ? right : indent - 1 - begin);
    std::size_t widest = 0;
    for (const std::string& line : lines) widest = std::max(widest, DisplayWidth(line));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const bool first = i == 0;
      if (goes_right) {
        out_ += std::string(indent, ' ') + painter_.Paint((first ? "^ " : "  ") + lines[i], style);
      } else {
        out_ += std::string(indent - 1 - widest, ' ') +
                painter_.Paint(first ? PadRight(lines[i], widest) + " ^" : lines[i], style);
      }
      out_ += "\n";
    }
  }

  // Who made no step and has no column.
  void Idle() {
    std::string names;
    for (int p = 0; p < program_.process_count(); ++p) {
      if (std::find(view_.actors.begin(), view_.actors.end(), p) != view_.actors.end()) continue;
      if (!layout_.stacked && ColumnOf(p) < actors_.size()) continue;
      names += (names.empty() ? "" : ", ") + program_.processes[static_cast<std::size_t>(p)].name;
    }
    if (names.empty()) return;
    for (const std::string& line : Wrap("No step: " + names, options_.width - step_width_ - kGap)) {
      out_ += std::string(step_width_ + kGap, ' ') + painter_.Paint(line, Style::kDim) + "\n";
    }
  }

  void Legend() {
    std::vector<std::string> signs;
    if (unwritten_occurs_) signs.emplace_back("-  nobody has written there yet");
    if (taken_occurs_) {
      signs.push_back(std::string(layout_.wide_ring ? "(x)" : ".") +
                      "  taken: memory still holds it");
    }
    std::string line = std::string(step_width_ + kGap, ' ') + view_.ring_name + ":";
    const std::size_t indent = line.size();
    for (std::size_t i = 0; i < signs.size(); ++i) {
      if (i > 0 && line.size() + 3 + signs[i].size() > options_.width) {
        out_ += painter_.Paint(line, Style::kDim) + "\n";
        line = std::string(indent, ' ');
      }
      line += (i > 0 && line.size() > indent ? "   " : " ") + signs[i];
    }
    if (!signs.empty()) out_ += painter_.Paint(line, Style::kDim) + "\n";
  }

  const Program& program_;
  const TraceView& view_;
  const TableOptions options_;
  const Painter painter_;
  std::vector<int> actors_;
  std::map<int, std::vector<std::string>> remarks_;
  std::size_t step_width_ = 4, line_width_ = 4, in_width_ = 1, out_width_ = 1, cell_width_ = 1;
  std::size_t ring_cells_ = 0;
  Layout layout_;
  bool draw_next_ = false;
  bool taken_occurs_ = false, unwritten_occurs_ = false;
  std::string out_;
};

}  // namespace

std::string RenderTable(const Program& program, const TraceView& view,
                        const std::vector<Remark>& remarks, const TableOptions& options) {
  return TableWriter(program, view, remarks, options).Render();
}

}  // namespace interleave
