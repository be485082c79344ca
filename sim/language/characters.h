#pragma once
// The characters of a text, and which of them may be shown where.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace interleave {

struct Character {
  std::size_t length = 0;  // bytes, 0: not valid UTF-8
  uint32_t value = 0;
};

// The UTF-8 character at the start of `text` (RFC 3629: shortest form, no surrogates).
Character DecodeUtf8(std::string_view text);

// `text` as it may go to a terminal: '?' for control characters but those in `kept`, for what is
// invisible or turns the direction of writing, and for bytes that are not UTF-8.
std::string Printable(std::string_view text, std::string_view kept = "");

// `text` as it may stand in XML 1.0 (2.2) and HTML: '?' for control characters but newlines and
// tabs, for U+FFFE and U+FFFF, and for bytes that are not UTF-8.
std::string MarkupText(std::string_view text);

}  // namespace interleave
