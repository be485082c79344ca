// Positions and diagnostics. Rendering trusts nothing in the text: control bytes, broken UTF-8 and
// characters that reorder a terminal's line are shown as '?', so that a hostile scenario cannot
// write to the terminal of whoever checks it.

#include "sim/language/source.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "sim/language/characters.h"

namespace interleave {
namespace {

constexpr std::size_t kMaxLineShown = 160;
constexpr std::size_t kMaxNameCompared = 64;

// One column a character, as Printable() shows them.
std::size_t ColumnsOf(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    text.remove_prefix(std::max<std::size_t>(1, Utf8Length(text)));
    ++columns;
  }
  return columns;
}

struct Colors {
  const char* severity;
  const char* bold;
  const char* reset;
};

Colors ColorsFor(Severity severity, bool color) {
  if (!color) return {"", "", ""};
  switch (severity) {
    case Severity::kError: return {"\x1b[1;31m", "\x1b[1m", "\x1b[0m"};
    case Severity::kWarning: return {"\x1b[1;35m", "\x1b[1m", "\x1b[0m"};
    case Severity::kNote: break;
  }
  return {"\x1b[1;36m", "\x1b[1m", "\x1b[0m"};
}

const char* SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError: return "error";
    case Severity::kWarning: return "warning";
    case Severity::kNote: break;
  }
  return "note";
}

// The source line and the caret line. A long line is shown as a window that holds the caret.
void AppendExcerpt(const Source& source, SourceRange range, const Colors& colors,
                   std::string& out) {
  const LineColumn at = source.Locate(range.begin);
  const std::string_view line = source.Line(source.LineIndex(range.begin));
  const std::size_t caret = std::min<std::size_t>(at.column - 1, line.size());
  const auto is_inside_character = [&](std::size_t i) {
    return i < line.size() && (static_cast<unsigned char>(line[i]) & 0xc0U) == 0x80;
  };
  std::size_t first = 0;
  std::size_t last = line.size();
  if (line.size() > kMaxLineShown) {
    if (caret > kMaxLineShown / 2) first = caret - kMaxLineShown / 2;
    first = std::min(first, line.size() - kMaxLineShown);
    last = first + kMaxLineShown;
    while (first < caret && is_inside_character(first)) ++first;
    while (last > caret && is_inside_character(last)) --last;
  }
  const char* before = first > 0 ? "..." : "";
  const char* after = last < line.size() ? "..." : "";
  out += before + Printable(line.substr(first, last - first), "\t") + after + "\n";

  std::string_view left = line.substr(first, caret - first);
  out += *before != '\0' ? "   " : "";
  while (!left.empty()) {
    out += left[0] == '\t' ? '\t' : ' ';
    left.remove_prefix(std::max<std::size_t>(1, Utf8Length(left)));
  }
  // Up to the end of the range, or of the line where the range goes on in the next one.
  const std::size_t length = range.end > range.begin ? range.end - range.begin : 0;
  const std::size_t marked_end = std::max(caret, std::min(last, caret + length));
  const std::size_t columns = ColumnsOf(line.substr(caret, marked_end - caret));
  out += colors.severity;
  out += '^';
  if (columns > 1) out.append(columns - 1, '~');
  out += colors.reset;
  out += '\n';
}

// Optimal string alignment distance (Damerau 1964, restricted), at most `limit` + 1.
std::size_t EditDistance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last = last;
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

SourceRange Join(SourceRange a, SourceRange b) {
  return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

Source::Source(std::string name, std::string text)
    : Source(std::vector<SourceFile>{{std::move(name), std::move(text)}}) {}

Source::Source(std::vector<SourceFile> files) {
  const auto short_of = [](const std::string& name) { return name.substr(name.rfind('/') + 1); };
  std::map<std::string, int> named;
  for (const SourceFile& file : files) ++named[short_of(file.name)];
  line_starts_.push_back(0);
  for (SourceFile& file : files) {
    // A newline between two files, so that each begins with a line of its own.
    if (!files_.empty()) {
      text_ += '\n';
      line_starts_.push_back(static_cast<uint32_t>(text_.size()));
    }
    const std::size_t begin = text_.size();
    if (files_.empty()) {
      text_ = std::move(file.text);
    } else {
      text_ += file.text;
    }
    const std::string short_name = short_of(file.name);
    files_.push_back({file.name, named[short_name] == 1 ? short_name : file.name,
                      static_cast<uint32_t>(begin), static_cast<uint32_t>(text_.size()),
                      line_count(), std::move(file.includes), file.is_unit, file.is_found});
    for (std::size_t i = text_.find('\n', begin); i != std::string::npos;
         i = text_.find('\n', i + 1)) {
      line_starts_.push_back(static_cast<uint32_t>(i + 1));
    }
  }
}

const Source::File& Source::FileAt(uint32_t offset) const {
  const auto next = std::upper_bound(files_.begin(), files_.end(), offset,
                                     [](uint32_t at, const File& file) { return at < file.begin; });
  return *std::prev(next);
}

uint32_t Source::LineIndex(uint32_t offset) const {
  const uint32_t inside = std::min(offset, static_cast<uint32_t>(text_.size()));
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), inside);
  return static_cast<uint32_t>(next - line_starts_.begin());
}

LineColumn Source::Locate(uint32_t offset) const {
  const uint32_t inside = std::min(offset, static_cast<uint32_t>(text_.size()));
  const uint32_t index = LineIndex(inside);
  return {index - FileAt(inside).first_index + 1, inside - line_starts_[index - 1] + 1};
}

std::string Source::LineName(uint32_t offset) const { return NameOfLine(LineIndex(offset)); }

std::string Source::NameOfLine(uint32_t index) const {
  assert(index >= 1 && index <= line_count() && "lines count from 1");
  const File& file = FileAt(line_starts_[index - 1]);
  const std::string line = std::to_string(index - file.first_index + 1);
  return file.begin == 0 ? line : file.short_name + ":" + line;
}

std::string_view Source::Line(uint32_t index) const {
  assert(index >= 1 && index <= line_count() && "lines count from 1");
  const std::size_t begin = line_starts_[index - 1];
  std::size_t end = index < line_count() ? line_starts_[index] - 1 : text_.size();
  if (end > begin && text_[end - 1] == '\r') --end;
  return std::string_view(text_).substr(begin, end - begin);
}

std::string_view Source::Slice(SourceRange range) const {
  const std::size_t last = range.begin < text_.size() ? FileAt(range.begin).end : text_.size();
  const std::size_t end = std::min<std::size_t>(range.end, last);
  const std::size_t begin = std::min<std::size_t>(range.begin, end);
  return std::string_view(text_).substr(begin, end - begin);
}

void Diagnostics::Add(Severity severity, SourceRange range, std::string message, std::string hint) {
  const bool is_error = severity == Severity::kError;
  const auto is_said = [&](const Diagnostic& other) {
    return other.range.begin == range.begin && other.range.end == range.end &&
           other.severity == severity && other.message == message;
  };
  last_was_kept_ = false;
  if (says_once_ && std::any_of(diagnostics_.begin(), diagnostics_.end(), is_said)) return;
  const std::size_t count = is_error ? ++error_count_ : ++warning_count_;
  last_was_kept_ = count <= (is_error ? kMaxErrors : kMaxWarnings);
  if (!last_was_kept_) return;
  diagnostics_.push_back({severity, range, std::move(message), std::move(hint)});
}

void Diagnostics::Error(SourceRange range, std::string message, std::string hint) {
  Add(Severity::kError, range, std::move(message), std::move(hint));
}

void Diagnostics::Warning(SourceRange range, std::string message, std::string hint) {
  Add(Severity::kWarning, range, std::move(message), std::move(hint));
}

void Diagnostics::Vacuity(SourceRange range, std::string message, std::string hint) {
  has_vacuities_ = true;
  Add(Severity::kWarning, range, std::move(message), std::move(hint));
  if (last_was_kept_) diagnostics_.back().is_vacuity = true;
}

void Diagnostics::Note(SourceRange range, std::string message, std::string hint) {
  Add(Severity::kNote, range, std::move(message), std::move(hint));
}

void Diagnostics::Explain(SourceRange range, std::string message) {
  if (!last_was_kept_) return;
  diagnostics_.push_back({Severity::kNote, range, std::move(message), "", true});
}

void Diagnostics::BlameDefines(const std::vector<DefineUse>& uses) {
  std::vector<Diagnostic> blamed;
  for (Diagnostic& diagnostic : diagnostics_) {
    const auto use = std::find_if(uses.begin(), uses.end(), [&](const DefineUse& candidate) {
      return candidate.range.begin == diagnostic.range.begin &&
             candidate.range.end == diagnostic.range.end;
    });
    const bool is_blamed = diagnostic.severity == Severity::kError && use != uses.end();
    if (is_blamed) {
      diagnostic.message = "--define " + use->setting + ": " + diagnostic.message;
      diagnostic.range = {0, 0};
    }
    blamed.push_back(std::move(diagnostic));
    if (is_blamed)
      blamed.push_back({Severity::kNote, use->range, "`" + use->name + "` is used here", "", true});
  }
  diagnostics_ = std::move(blamed);
}

std::vector<Diagnostic> Diagnostics::Sorted() const {
  struct Group {
    uint32_t position;
    std::size_t first;
    std::size_t last;
  };
  std::vector<Group> groups;
  for (std::size_t i = 0; i < diagnostics_.size(); ++i) {
    if (diagnostics_[i].explains && !groups.empty()) {
      groups.back().last = i + 1;
    } else {
      groups.push_back({diagnostics_[i].range.begin, i, i + 1});
    }
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) { return a.position < b.position; });
  std::vector<Diagnostic> sorted;
  for (const Group& group : groups) {
    for (std::size_t i = group.first; i < group.last; ++i) sorted.push_back(diagnostics_[i]);
  }
  return sorted;
}

std::string Diagnostics::Render(const Source& source, bool color) const {
  std::string out;
  for (const Diagnostic& diagnostic : Sorted()) {
    const Colors colors = ColorsFor(diagnostic.severity, color);
    const LineColumn at = source.Locate(diagnostic.range.begin);
    // The start of the file, and nothing there: this is about the file as a whole, or about an
    // option of the caller's, which has no place in it.
    const Source::File& file = source.FileAt(diagnostic.range.begin);
    const bool has_place =
        diagnostic.range.begin > file.begin || diagnostic.range.end > diagnostic.range.begin;
    const bool is_of_option = !has_place && diagnostic.message.starts_with("--");
    const std::string place =
        is_of_option ? "" : std::to_string(at.line) + ":" + std::to_string(at.column) + ":";
    out += colors.bold + Printable(file.name, "") + ":" + place + " " + colors.reset +
           colors.severity + SeverityName(diagnostic.severity) + ": " + colors.reset + colors.bold +
           Printable(diagnostic.message, "\n") + colors.reset + "\n";
    if (has_place) AppendExcerpt(source, diagnostic.range, colors, out);
    if (!diagnostic.hint.empty()) out += "hint: " + Printable(diagnostic.hint, "\n") + "\n";
  }
  if (error_count_ > kMaxErrors) {
    const std::size_t left_out = error_count_ - kMaxErrors;
    out += Printable(source.name(), "") + ": " + std::to_string(left_out) +
           (left_out == 1 ? " more error was" : " more errors were") + " left out\n";
  }
  return out;
}

std::size_t Utf8Length(std::string_view text) { return DecodeUtf8(text).length; }

std::string Quoted(std::string_view text) {
  constexpr std::size_t kMost = 40;
  return "`" + std::string(text.substr(0, kMost)) + (text.size() > kMost ? "...`" : "`");
}

std::string NearestName(std::string_view name, const std::vector<std::string>& candidates) {
  if (name.empty() || name.size() > kMaxNameCompared) return "";
  const std::size_t limit = std::min<std::size_t>(2, (name.size() + 2) / 3);
  std::size_t best = limit + 1;
  const std::string* nearest = nullptr;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = EditDistance(name, candidate, limit);
    const bool shares_nothing = distance >= std::max(name.size(), candidate.size());
    if (distance < best && !shares_nothing) {
      best = distance;
      nearest = &candidate;
    }
  }
  return nearest == nullptr ? "" : *nearest;
}

}  // namespace interleave
