#pragma once
// Small tools for laying out text: widths, wrapping, colours.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace interleave {

enum class Style : uint8_t { kPlain, kBold, kDim, kRed, kGreen, kYellow, kProcess };

// Puts text into colours, or leaves it as it is.
class Painter {
 public:
  explicit Painter(bool color) : color_(color) {}
  // `process` picks the colour of Style::kProcess.
  std::string Paint(std::string_view text, Style style, int process = 0) const;

 private:
  bool color_;
};

// Columns that UTF-8 text takes, one a character.
std::size_t DisplayWidth(std::string_view text);
// Filled with blanks up to `width`; longer text stays as it is.
std::string PadRight(std::string_view text, std::size_t width);
std::string PadLeft(std::string_view text, std::size_t width);
// Cut to `width`, with "..." at the end when something was left out.
std::string Shorten(std::string_view text, std::size_t width);

// Breaks text into lines of at most `width` columns: at blanks; within a word (ties, see
// trace_view.h, hold words together) only where it does not fit otherwise. Lines after the first
// begin with `indent` blanks. Ties become blanks. Never empty.
std::vector<std::string> Wrap(std::string_view text, std::size_t width, std::size_t indent = 0);

// "1, 4-7, 9" for an ascending list.
std::string Ranges(const std::vector<int>& numbers);

// 12345 as "12,345".
std::string Grouped(uint64_t number);
// "1 run", "12,345 runs": `one` with an s, or `many` where the plural is another word.
std::string Counted(uint64_t number, std::string_view one, std::string_view many = "");

}  // namespace interleave
