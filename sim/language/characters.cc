#include "sim/language/characters.h"

#include <algorithm>
#include <array>

namespace interleave {
namespace {

// Neither a control character nor one that is invisible or turns the direction of writing.
bool IsPrintable(uint32_t value) {
  return value >= 0x20 && !(value >= 0x7f && value < 0xa0) &&
         !(value >= 0x200b && value <= 0x200f) && !(value >= 0x2028 && value <= 0x202e) &&
         !(value >= 0x2060 && value <= 0x206f) && value != 0xfeff && value != 0xfffe &&
         value != 0xffff;
}

// `text` with '?' for each character that `is_shown` does not take, and each byte that is in none.
template <class IsShown>
std::string Shown(std::string_view text, const IsShown& is_shown) {
  std::string out;
  while (!text.empty()) {
    const Character character = DecodeUtf8(text);
    const std::size_t length = std::max<std::size_t>(1, character.length);
    const bool shown = character.length > 0 && is_shown(character.value);
    out += shown ? text.substr(0, length) : "?";
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace

Character DecodeUtf8(std::string_view text) {
  if (text.empty()) return {};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  Character character;
  if (first < 0x80) return {1, first};
  if (first >= 0xc2 && first <= 0xdf) {
    character = {2, first & 0x1fU};
  } else if (first >= 0xe0 && first <= 0xef) {
    character = {3, first & 0x0fU};
  } else if (first >= 0xf0 && first <= 0xf4) {
    character = {4, first & 0x07U};
  }
  if (character.length == 0 || text.size() < character.length) return {};
  for (std::size_t i = 1; i < character.length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {};
    character.value = character.value << 6 | (byte(i) & 0x3fU);
  }
  static constexpr std::array<uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const uint32_t value = character.value;
  if (value < kSmallest[character.length] || value > 0x10ffff) return {};
  if (value >= 0xd800 && value <= 0xdfff) return {};
  return character;
}

std::string Printable(std::string_view text, std::string_view kept) {
  return Shown(text, [&](uint32_t value) {
    return IsPrintable(value) ||
           (value < 0x80 && kept.find(static_cast<char>(value)) != std::string_view::npos);
  });
}

std::string MarkupText(std::string_view text) {
  return Shown(text, [](uint32_t value) {
    return value == '\n' || value == '\t' ||
           (value >= 0x20 && value != 0x7f && value != 0xfffe && value != 0xffff);
  });
}

}  // namespace interleave
