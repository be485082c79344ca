#pragma once
// What everything that writes DOT, the language of Graphviz, shares: strings that cannot be
// mistaken for anything else, and colours for processes.

#include <string>
#include <string_view>

namespace interleave {

// How the lines of a label stand.
enum class LineEnd : char { kCentered = 'n', kLeft = 'l', kRight = 'r' };

// The text as a quoted DOT string, for labels: backslashes, quotes and entities stay what they are,
// a newline ends a line. With kLeft and kRight the last line is ended too, as Graphviz wants it.
// Control bytes and what is no UTF-8 become '?', tabs blanks.
std::string DotString(std::string_view text, LineEnd line_end = LineEnd::kCentered);

// The same for tooltips, in which Graphviz reads escapes twice (2.43; a version that reads them
// once would show backslashes doubled).
std::string DotTooltip(std::string_view text);

// The text as content of an HTML-like label (label=<...>); newlines become <br/>.
std::string DotHtml(std::string_view text);

// A process's colours, "#rrggbb". Beyond the eighth process colours come again with another line
// style, so that no picture tells processes apart by colour alone where it matters.
struct ProcessPaint {
  const char* line;   // lines and borders, at least 3 : 1 on white
  const char* text;   // letters, at least 4.5 : 1 on white and on `fill`
  const char* fill;   // backgrounds
  const char* style;  // of edges: "solid", "dashed", "dotted"
};
ProcessPaint PaintOf(int process);

// For what is no process's.
inline constexpr const char* kInk = "#222222";
inline constexpr const char* kFaint = "#666666";  // letters of less weight
inline constexpr const char* kRule = "#b0b0b0";   // lines of less weight
inline constexpr const char* kPaper = "#f4f4f4";  // backgrounds
inline constexpr const char* kAlarm = "#b3001b";  // violations
inline constexpr const char* kAlarmFill = "#fde3e3";

// Fonts of all pictures; Graphviz measures with the metrics of Helvetica and Courier where the
// fonts themselves are not installed.
inline constexpr const char* kTextFont = "Helvetica";
inline constexpr const char* kCodeFont = "Courier";

}  // namespace interleave
