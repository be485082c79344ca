#include "model/graph/dot.h"

#include <array>
#include <cstddef>

#include "sim/language/characters.h"
#include "sim/language/source.h"

namespace interleave {
namespace {

// Calls `each` for every character: newlines as they are, tabs as blanks, what cannot be shown as
// '?'.
template <class Each>
void ForEachCharacter(std::string_view text, Each each) {
  const std::string shown = MarkupText(text);
  for (std::string_view left = shown; !left.empty();) {
    const std::size_t length = Utf8Length(left);
    each(left[0] == '\t' ? std::string_view(" ") : left.substr(0, length));
    left.remove_prefix(length);
  }
}

std::string Quoted(std::string_view text, std::string_view backslash, std::string_view line_end) {
  std::string quoted;
  ForEachCharacter(text, [&](std::string_view c) {
    switch (c[0]) {
      case '"': quoted += "\\\""; break;
      case '\\': quoted += backslash; break;
      case '&': quoted += "&amp;"; break;
      case '\n': quoted += line_end; break;
      default: quoted += c;
    }
  });
  return quoted;
}

}  // namespace

std::string DotString(std::string_view text, LineEnd line_end) {
  const std::string end = {'\\', static_cast<char>(line_end)};
  return '"' + Quoted(text, "\\\\", end) + (line_end != LineEnd::kCentered ? end : "") + '"';
}

std::string DotTooltip(std::string_view text) {
  return '"' + Quoted(text, "\\\\\\\\", "\\n") + '"';
}

std::string DotHtml(std::string_view text) {
  std::string escaped;
  ForEachCharacter(text, [&](std::string_view c) {
    switch (c[0]) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\\': escaped += "\\\\"; break;  // \N would be the node's name.
      case '\n': escaped += "<br/>"; break;
      default: escaped += c;
    }
  });
  return escaped;
}

// Hues of Okabe and Ito, "Color universal design" (2008), which people who see red and green alike
// tell apart; darkened where they are too light for lines or letters on white. Their yellow is
// left out for that.
ProcessPaint PaintOf(int process) {
  struct Hue {
    const char *line, *text, *fill;
  };
  static constexpr std::array<Hue, 8> kHues = {{{"#0072b2", "#00588a", "#e3f0f8"},
                                                {"#d55e00", "#9c4500", "#fceade"},
                                                {"#008f68", "#006a4d", "#e0f4ed"},
                                                {"#b5578c", "#8a3f69", "#f8e9f1"},
                                                {"#a87700", "#755300", "#fbf1d8"},
                                                {"#3a8fc4", "#1f6690", "#e6f3fb"},
                                                {"#4a4a4a", "#333333", "#ececec"},
                                                {"#7a5cc0", "#5b3fa0", "#eee9f9"}}};
  static constexpr std::array<const char*, 3> kStyles = {"solid", "dashed", "dotted"};
  const auto number = static_cast<std::size_t>(process < 0 ? 0 : process);
  const Hue& hue = kHues[number % kHues.size()];
  return {hue.line, hue.text, hue.fill, kStyles[number / kHues.size() % kStyles.size()]};
}

}  // namespace interleave
