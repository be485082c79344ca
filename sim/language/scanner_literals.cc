// Literals: numbers, characters and strings (C17 6.4.4, 6.4.5). A character has one byte.

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "sim/language/arithmetic.h"
#include "sim/language/scanner.h"
#include "sim/language/scanner_private.h"

namespace interleave {
namespace {

int DigitValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::numeric_limits<int>::max();
}

struct Suffix {
  bool valid = true;
  bool is_unsigned = false;
  bool is_long = false;
};

Suffix ParseSuffix(std::string_view text) {
  Suffix suffix;
  const auto take_unsigned = [&] {
    if (text.empty() || suffix.is_unsigned || (text[0] != 'u' && text[0] != 'U')) return;
    suffix.is_unsigned = true;
    text.remove_prefix(1);
  };
  take_unsigned();
  if (text.starts_with("ll") || text.starts_with("LL")) {
    suffix.is_long = true;
    text.remove_prefix(2);
  } else if (text.starts_with("l") || text.starts_with("L")) {
    suffix.is_long = true;
    text.remove_prefix(1);
  }
  take_unsigned();
  suffix.valid = text.empty();
  return suffix;
}

// C17 6.4.4.1: the first type of the list for this base and suffix that holds the value.
void SetLiteralType(Token& token, const Suffix& suffix, bool is_decimal) {
  constexpr uint64_t kIntMax = std::numeric_limits<int32_t>::max();
  constexpr uint64_t kUnsignedMax = std::numeric_limits<uint32_t>::max();
  constexpr uint64_t kLongMax = std::numeric_limits<int64_t>::max();
  const bool may_be_unsigned = suffix.is_unsigned || !is_decimal;
  if (!suffix.is_long) {
    if (!suffix.is_unsigned && token.value <= kIntMax) return;
    if (may_be_unsigned && token.value <= kUnsignedMax) {
      token.literal_unsigned = true;
      return;
    }
  }
  token.literal_bits = 64;
  token.literal_unsigned = suffix.is_unsigned || token.value > kLongMax;
}

// C17 6.4.4.2. Nothing: `text` is no number. What is too large is infinite, as gcc has it.
template <class Real>
std::optional<Real> ParseReal(std::string_view text, bool is_hex) {
  const std::string whole(text);
  if (is_hex) text.remove_prefix(2);
  Real number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(
      text.data(), end, number, is_hex ? std::chars_format::hex : std::chars_format::general);
  if (stop != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc()) return number;
  if constexpr (sizeof(Real) == 4) return std::strtof(whole.c_str(), nullptr);
  return static_cast<Real>(std::strtod(whole.c_str(), nullptr));
}

bool SetFloatingValue(Token& token, std::string_view text, bool is_hex) {
  if (is_hex && text.find_first_of("pP") == std::string_view::npos) return false;
  const bool is_single = text.ends_with('f') || text.ends_with('F');
  if (is_single) text.remove_suffix(1);
  std::optional<int64_t> cell;
  if (is_single) {
    if (const auto number = ParseReal<float>(text, is_hex)) cell = CellOf(*number);
  } else {
    if (const auto number = ParseReal<double>(text, is_hex)) cell = CellOf(*number);
  }
  if (!cell) return false;
  token.kind = TokenKind::kFloating;
  token.literal_bits = is_single ? 32 : 64;
  token.value = static_cast<uint64_t>(*cell);
  return true;
}

}  // namespace

void Scanner::ScanNumber(Token& token) {
  const std::size_t begin = position_;
  token.kind = TokenKind::kInteger;
  const bool is_hex = Peek() == '0' && (Peek(1) == 'x' || Peek(1) == 'X');
  const bool is_binary = Peek() == '0' && (Peek(1) == 'b' || Peek(1) == 'B');
  bool is_float = false;
  bool is_hex_float = false;
  while (position_ < end_) {
    const char c = Peek();
    if (c == '.' && Peek(1) != '.') {
      is_float = true;
    } else if (!IsWord(c)) {
      const char last = position_ > begin ? text_[position_ - 1] : '\0';
      const bool is_exponent = is_hex ? last == 'p' || last == 'P' : last == 'e' || last == 'E';
      if (!is_exponent || !IsDigit(Peek(1)) || (c != '+' && c != '-')) break;
      is_float = true;
    }
    ++position_;
  }
  const std::string_view text = text_.substr(begin, position_ - begin);
  const std::size_t exponent = text.find_first_of("eE");
  if (!is_hex && exponent != std::string_view::npos && exponent + 1 < text.size() &&
      IsDigit(text[exponent + 1]) && text.find_first_not_of("0123456789") == exponent) {
    is_float = true;
  }
  is_hex_float = is_hex && (is_float || text.find_first_of("pP") != std::string_view::npos);
  if (is_float || is_hex_float) {
    if (SetFloatingValue(token, text, is_hex_float)) return;
    const bool is_long = text.ends_with('l') || text.ends_with('L');
    Error(begin, Quoted(text) + " is not a number",
          is_long ? "there is no `long double`: leave out the suffix" : "");
    return;
  }
  const bool is_octal = !is_hex && !is_binary && text.size() > 1 && text[0] == '0';
  const int base = is_hex ? 16 : is_binary ? 2 : is_octal ? 8 : 10;
  std::size_t i = is_hex || is_binary ? 2 : 0;
  const std::size_t first_digit = i;
  bool fits = true;
  const int max_digit = is_hex ? 16 : 10;
  for (; i < text.size() && DigitValue(text[i]) < max_digit; ++i) {
    const int digit = DigitValue(text[i]);
    if (digit >= base) {
      Error(begin,
            std::string("`") + text[i] + "` is no digit of " +
                (is_binary ? "a binary" : "an octal") + " number",
            is_octal ? "a number that starts with 0 is octal: leave out the 0" : "");
      return;
    }
    uint64_t shifted = 0;
    fits = fits && !__builtin_mul_overflow(token.value, static_cast<uint64_t>(base), &shifted) &&
           !__builtin_add_overflow(shifted, static_cast<uint64_t>(digit), &token.value);
  }
  const Suffix suffix = ParseSuffix(text.substr(i));
  if (i == first_digit || !suffix.valid) {
    Error(begin, Quoted(text) + " is not a number");
    token.value = 0;
    return;
  }
  const bool is_too_large_for_long =
      base == 10 && !suffix.is_unsigned &&
      token.value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (!fits || is_too_large_for_long) {
    Error(begin, "this number does not fit into 64 bits",
          fits ? "with the suffix `u` it is an unsigned number" : "");
    token.value = 0;
    return;
  }
  SetLiteralType(token, suffix, base == 10);
}

void Scanner::ScanEscape(std::string& out) {
  const std::size_t begin = position_ - 1;  // the backslash
  static constexpr std::string_view kNames = "abfnrtv\\'\"?";
  static constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\'\"?";
  const char c = Peek();
  const std::size_t simple = c == '\0' ? std::string_view::npos : kNames.find(c);
  if (simple != std::string_view::npos) {
    ++position_;
    out += kValues[simple];
    return;
  }
  const bool is_hex = c == 'x';
  const int base = is_hex ? 16 : 8;
  if (is_hex) ++position_;
  unsigned value = 0;
  std::size_t digits = 0;
  while (DigitValue(Peek()) < base && (is_hex || digits < 3)) {
    value = std::min(
        value * static_cast<unsigned>(base) + static_cast<unsigned>(DigitValue(Peek())), 0x1000U);
    ++position_;
    ++digits;
  }
  if (digits == 0) {
    if (position_ < end_ && Peek() != '\n' && !is_hex) {
      position_ += std::max<std::size_t>(1, Utf8Length(text_.substr(position_, end_ - position_)));
    }
    Error(begin, "unknown escape " + Quoted(text_.substr(begin, position_ - begin)),
          "for a backslash write `\\\\`");
    out += '?';
    return;
  }
  if (value > 0xff) Error(begin, "this escape does not fit into one byte");
  out += static_cast<char>(value & 0xffU);
}

void Scanner::ScanCharacter(Token& token) {
  const std::size_t begin = position_;
  token.kind = TokenKind::kCharacter;
  ++position_;
  if (Peek() == '\'') {
    ++position_;
    const bool is_quote = Peek() == '\'';
    if (is_quote) ++position_;
    Error(begin, "this character constant is empty",
          is_quote ? "the quote itself is written '\\''" : "a space is written ' '");
    return;
  }
  if (position_ >= end_ || Peek() == '\n' || Peek() == '\r') {
    Error(begin, "this `'` starts no character constant");
    return;
  }
  std::string value;
  bool is_one_byte = true;
  if (Peek() == '\\') {
    ++position_;
    ScanEscape(value);
  } else {
    const std::size_t length = Utf8Length(text_.substr(position_, end_ - position_));
    is_one_byte = length == 1;
    value = text_[position_];
    position_ += std::max<std::size_t>(1, length);
  }
  // char is signed; the constant itself has type int.
  token.value = static_cast<uint64_t>(int64_t{static_cast<signed char>(value[0])});
  if (Peek() == '\'') {
    ++position_;
    if (!is_one_byte) {
      Error(begin, Quoted(text_.substr(begin, position_ - begin)) + " is more than one byte",
            "use a character of ASCII");
    }
    return;
  }
  const std::size_t closing = text_.substr(0, end_).find_first_of("';\n", position_);
  if (closing != std::string_view::npos && text_[closing] == '\'') {
    position_ = closing + 1;
    Error(begin, "a character constant holds one character");
  } else {
    Error(begin, "missing `'` after the character");
  }
}

void Scanner::ScanString(Token& token) {
  const std::size_t begin = position_;
  token.kind = TokenKind::kString;
  ++position_;
  while (position_ < end_ && Peek() != '"' && Peek() != '\n') {
    if (AtNewlineAfterBackslash(position_)) {
      position_ += Peek(1) == '\r' ? 3 : 2;
    } else if (Peek() == '\\') {
      ++position_;
      ScanEscape(token.text);
    } else {
      token.text += Peek();
      ++position_;
    }
  }
  if (Peek() == '"' && position_ < end_) {
    ++position_;
  } else {
    // What commonly ends a line is more likely meant as code.
    while (position_ > begin + 1 &&
           std::string_view(" \t\r);,{").find(text_[position_ - 1]) != std::string_view::npos) {
      --position_;
      if (!token.text.empty()) token.text.pop_back();
    }
    Error(begin, "this string is never closed", "end it with `\"` in the same line");
  }
  for (std::string_view rest = token.text; !rest.empty();) {
    const std::size_t length = Utf8Length(rest);
    if (length == 0) {
      Error(begin, "this string is not valid UTF-8");
      token.text.clear();
      break;
    }
    rest.remove_prefix(length);
  }
}

}  // namespace interleave
