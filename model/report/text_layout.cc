#include "model/report/text_layout.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/report/trace_view.h"

namespace interleave {

std::string Painter::Paint(std::string_view text, Style style, int process) const {
  if (!color_ || text.empty() || style == Style::kPlain) return std::string(text);
  static constexpr const char* kProcessColors[] = {"36", "35", "33", "34", "32", "96", "95", "93"};
  const char* code = "0";
  switch (style) {
    case Style::kPlain: break;
    case Style::kBold: code = "1"; break;
    case Style::kDim: code = "2"; break;
    case Style::kRed: code = "1;31"; break;
    case Style::kGreen: code = "1;32"; break;
    case Style::kYellow: code = "1;33"; break;
    case Style::kProcess: code = kProcessColors[static_cast<std::size_t>(process) % 8]; break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::size_t DisplayWidth(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return width;
}

std::string PadRight(std::string_view text, std::size_t width) {
  std::string padded(text);
  const std::size_t have = DisplayWidth(text);
  if (have < width) padded.append(width - have, ' ');
  return padded;
}

std::string PadLeft(std::string_view text, std::size_t width) {
  const std::size_t have = DisplayWidth(text);
  return (have < width ? std::string(width - have, ' ') : std::string()) + std::string(text);
}

namespace {

// The first `width` columns.
std::string_view Prefix(std::string_view text, std::size_t width) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80 && ++columns > width) {
      return text.substr(0, i);
    }
  }
  return text;
}

}  // namespace

std::string Shorten(std::string_view text, std::size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width <= 3) return std::string(Prefix(text, width));
  return std::string(Prefix(text, width - 3)) + "...";
}

std::vector<std::string> Wrap(std::string_view text, std::size_t width, std::size_t indent) {
  width = std::max<std::size_t>(width, 4);
  if (indent + 4 > width) indent = 0;
  std::vector<std::string> lines;
  std::string line;  // without its indentation
  const auto room = [&] { return lines.empty() ? width : width - indent; };
  const auto flush = [&] {
    lines.push_back(std::string(lines.empty() ? 0 : indent, ' ') + line);
    line.clear();
  };
  const auto add = [&](std::string_view word) {
    const std::size_t have = DisplayWidth(line);
    if (have > 0 && have + 1 + DisplayWidth(word) > room()) flush();
    if (!line.empty()) line += ' ';
    while (DisplayWidth(word) > room()) {  // only when the line is empty
      const std::string_view head = Prefix(word, room());
      line = head;
      flush();
      word.remove_prefix(head.size());
    }
    line += word;
  };
  const auto split = [](std::string_view words, char at, auto each) {
    while (!words.empty()) {
      const std::size_t end = std::min(words.find(at), words.size());
      if (end > 0) each(words.substr(0, end));
      words.remove_prefix(std::min(end + 1, words.size()));
    }
  };
  split(text, ' ', [&](std::string_view word) {
    // A tied word that fits nowhere is broken at its ties.
    if (DisplayWidth(word) > width - indent) {
      split(word, kTied, add);
    } else {
      add(Untied(std::string(word)));
    }
  });
  if (!line.empty() || lines.empty()) flush();
  return lines;
}

std::string Ranges(const std::vector<int>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i;
    while (end + 1 < numbers.size() && numbers[end + 1] == numbers[end] + 1) ++end;
    text += text.empty() ? "" : ", ";
    text +=
        end == i ? fmt::format("{}", numbers[i]) : fmt::format("{}-{}", numbers[i], numbers[end]);
    i = end + 1;
  }
  return text;
}

std::string Grouped(uint64_t number) {
  std::string text = fmt::format("{}", number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string Counted(uint64_t number, std::string_view one, std::string_view many) {
  if (number == 1) return fmt::format("1 {}", one);
  return many.empty() ? fmt::format("{} {}s", Grouped(number), one)
                      : fmt::format("{} {}", Grouped(number), many);
}

}  // namespace interleave
