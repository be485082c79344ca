// The scanner: C's tokens (C17 6.4) with `..`, `=>` and `@`.
//
// What would surprise: characters that word processors and web pages put in place of ASCII (curly
// quotes, dashes, no-break spaces, full-width punctuation) are reported once and then read as what
// they stand for, so that one pasted quote does not make twenty errors.

#include "sim/language/scanner.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

namespace interleave {
namespace {

constexpr std::size_t kMaxQuoted = 40;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsWord(char c) { return IsLetter(c) || IsDigit(c); }
bool IsForeign(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

int DigitValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::numeric_limits<int>::max();
}

std::string Quoted(std::string_view text) {
  std::string out = "`";
  out += text.substr(0, kMaxQuoted);
  return out + (text.size() > kMaxQuoted ? "...`" : "`");
}

struct Lookalike {
  std::string_view text;
  std::string_view meant;
  std::string_view description;
};

constexpr std::string_view kDash = "a dash";
constexpr std::string_view kQuote = "a typographic quotation mark";
constexpr std::string_view kSpace = "an unusual kind of space, often copied from a web page";
constexpr std::string_view kFullWidth = "a full-width character";
constexpr std::string_view kSymbol = "a mathematical symbol";

constexpr auto kLookalikes = std::to_array<Lookalike>({
    {"\u2018", "'", kQuote},
    {"\u2019", "'", kQuote},
    {"\u201a", "'", kQuote},
    {"\u00b4", "'", kQuote},
    {"\u201c", "\"", kQuote},
    {"\u201d", "\"", kQuote},
    {"\u201e", "\"", kQuote},
    {"\u00ab", "\"", kQuote},
    {"\u00bb", "\"", kQuote},
    {"\u2010", "-", kDash},
    {"\u2011", "-", kDash},
    {"\u2013", "-", kDash},
    {"\u2014", "-", kDash},
    {"\u2212", "-", "a minus sign of mathematics"},
    {"\u00a0", " ", kSpace},
    {"\u2002", " ", kSpace},
    {"\u2003", " ", kSpace},
    {"\u2009", " ", kSpace},
    {"\u200b", " ", kSpace},
    {"\u202f", " ", kSpace},
    {"\ufeff", " ", kSpace},
    {"\u3000", " ", kSpace},
    {"\u2264", "<=", kSymbol},
    {"\u2265", ">=", kSymbol},
    {"\u2260", "!=", kSymbol},
    {"\u21d2", "=>", kSymbol},
    {"\u2192", "->", "an arrow"},
    {"\u00d7", "*", kSymbol},
    {"\u00f7", "/", kSymbol},
    {"\u2227", "&&", kSymbol},
    {"\u2228", "||", kSymbol},
    {"\u00ac", "!", kSymbol},
    {"\u2026", "..", "one character of three dots"},
    {"\uff1b", ";", kFullWidth},
    {"\uff0c", ",", kFullWidth},
    {"\uff08", "(", kFullWidth},
    {"\uff09", ")", kFullWidth},
    {"\uff1a", ":", kFullWidth},
    {"\uff5b", "{", kFullWidth},
    {"\uff5d", "}", kFullWidth},
    {"\uff1d", "=", kFullWidth},
});

const Lookalike* FindLookalike(std::string_view text) {
  for (const Lookalike& lookalike : kLookalikes) {
    if (text.starts_with(lookalike.text)) return &lookalike;
  }
  return nullptr;
}

// A letter, or whatever else somebody may have meant as part of a name.
std::size_t ForeignWordLength(std::string_view text) {
  if (text.empty() || !IsForeign(text[0]) || FindLookalike(text) != nullptr) return 0;
  return Utf8Length(text);
}

// Longest first.
constexpr auto kPunctuators = std::to_array<std::string_view>({
    "<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&",
    "||",  "*=",  "/=",  "%=", "+=", "-=", "&=", "^=", "|=", "..", "=>", "##", "[",
    "]",   "(",   ")",   "{",  "}",  ".",  "&",  "*",  "+",  "-",  "~",  "!",  "/",
    "%",   "<",   ">",   "^",  "|",  "?",  ":",  ";",  "=",  ",",  "@",  "#",
});

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

}  // namespace

Scanner::Scanner(std::string_view text, uint32_t begin, uint32_t end, Mode mode,
                 Diagnostics& diagnostics, std::optional<SourceRange> fixed_range)
    : text_(text),
      position_(begin),
      end_(end),
      mode_(mode),
      diagnostics_(diagnostics),
      fixed_range_(fixed_range) {
  if (position_ == 0 && text_.starts_with("\xef\xbb\xbf"))
    position_ = std::min<std::size_t>(3, end_);
}

SourceRange Scanner::RangeFrom(std::size_t begin) const {
  if (fixed_range_) return *fixed_range_;
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(position_)};
}

void Scanner::Error(std::size_t begin, std::string message, std::string hint) {
  diagnostics_.Error(RangeFrom(begin), std::move(message), std::move(hint));
}

bool Scanner::AtNewlineAfterBackslash(std::size_t offset) const {
  return At(offset) == '\\' &&
         (At(offset + 1) == '\n' || (At(offset + 1) == '\r' && At(offset + 2) == '\n'));
}

void Scanner::SkipSpace() {
  while (position_ < end_) {
    if (Peek() == '\n') {
      ++newlines_;
      ++position_;
      line_has_token_ = false;
    } else if (IsSpace(Peek())) {
      ++position_;
    } else if (AtNewlineAfterBackslash(position_)) {
      position_ += Peek(1) == '\r' ? 3 : 2;
    } else {
      return;
    }
  }
}

Token Scanner::Next() {
  Token token;
  const bool drops_comments = mode_ == Mode::kDirective;
  do {
    token = Token();
    SkipSpace();
    token.newline_before = is_first_ || newlines_ > 0;
    token.blank_line_before = !is_first_ && newlines_ > 1;
    const std::size_t begin = position_;
    if (position_ >= end_) {
      token.range = RangeFrom(begin);
      return token;
    }
    newlines_ = 0;
    ScanToken(token);
    // A character that makes no token (reported) is white space.
    if (token.kind == TokenKind::kEnd) {
      newlines_ = token.newline_before ? (token.blank_line_before ? 2 : 1) : 0;
      continue;
    }
    is_first_ = false;
    if (token.kind != TokenKind::kComment) line_has_token_ = true;
    token.range = RangeFrom(begin);
  } while (token.kind == TokenKind::kEnd || (drops_comments && token.kind == TokenKind::kComment));
  return token;
}

void Scanner::ScanToken(Token& token) {
  const char c = Peek();
  if (c == '/' && Peek(1) == '/') {
    ScanLineComment(token);
  } else if (c == '/' && Peek(1) == '*') {
    ScanBlockComment(token);
  } else if (c == '#' && mode_ == Mode::kFile && !line_has_token_) {
    ScanDirective(token);
  } else if (IsLetter(c)) {
    ScanIdentifier(token);
  } else if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) {
    ScanNumber(token);
  } else if (c == '\'') {
    ScanCharacter(token);
  } else if (c == '"') {
    ScanString(token);
  } else if (!ScanPunctuator(token)) {
    ScanForeign(token);
  }
}

void Scanner::ScanLineComment(Token& token) {
  const std::size_t begin = position_;
  token.kind = TokenKind::kComment;
  while (position_ < end_ && Peek() != '\n') {
    if (AtNewlineAfterBackslash(position_)) {
      position_ += Peek(1) == '\r' ? 3 : 2;
      diagnostics_.Warning(RangeFrom(begin),
                           "this comment goes on in the next line: its line ends in a backslash");
      continue;
    }
    ++position_;
  }
  while (position_ > begin && IsSpace(text_[position_ - 1])) --position_;
  token.text = text_.substr(begin, position_ - begin);
}

void Scanner::ScanBlockComment(Token& token) {
  const std::size_t begin = position_;
  token.kind = TokenKind::kComment;
  position_ += 2;
  std::size_t nested = 0;
  while (position_ < end_ && !(Peek() == '*' && Peek(1) == '/')) {
    if (nested == 0 && Peek() == '/' && Peek(1) == '*') nested = position_;
    ++position_;
  }
  const bool is_closed = position_ < end_;
  if (is_closed) {
    position_ += 2;
  } else {
    truncated_ = true;
    const std::size_t end = std::exchange(position_, begin + 2);
    Error(begin, "this comment is never closed", "end it with `*/`");
    position_ = end;
  }
  token.text = text_.substr(begin, position_ - begin);
  if (nested != 0 && is_closed) {
    const std::size_t end = std::exchange(position_, nested + 2);
    diagnostics_.Warning(RangeFrom(nested), "`/*` inside a comment",
                         "comments do not nest: the first `*/` ends this one");
    position_ = end;
  }
}

void Scanner::ScanDirective(Token& token) {
  const std::size_t begin = position_;
  token.kind = TokenKind::kDirective;
  char quote = '\0';
  while (position_ < end_ && Peek() != '\n') {
    if (AtNewlineAfterBackslash(position_)) {
      position_ += Peek(1) == '\r' ? 3 : 2;
    } else if (quote == '\0' && Peek() == '/' && Peek(1) == '/') {
      break;
    } else if (quote == '\0' && Peek() == '/' && Peek(1) == '*') {
      Token comment;
      ScanBlockComment(comment);
    } else if (quote != '\0' && Peek() == '\\' && position_ + 1 < end_ && Peek(1) != '\n') {
      position_ += 2;
    } else {
      if (quote == '\0' && (Peek() == '"' || Peek() == '\'')) {
        quote = Peek();
      } else if (Peek() == quote) {
        quote = '\0';
      }
      ++position_;
    }
  }
  while (position_ > begin && IsSpace(text_[position_ - 1])) --position_;
  token.text = text_.substr(begin, position_ - begin);
}

void Scanner::ScanIdentifier(Token& token) {
  const std::size_t begin = position_;
  bool is_foreign = false;
  while (position_ < end_) {
    if (IsWord(Peek())) {
      ++position_;
      continue;
    }
    const std::size_t length = ForeignWordLength(text_.substr(position_, end_ - position_));
    if (length == 0) break;
    is_foreign = true;
    position_ += length;
  }
  token.kind = TokenKind::kIdentifier;
  token.text = text_.substr(begin, position_ - begin);
  if (is_foreign) {
    Error(begin, Quoted(token.text) + " is not a name",
          "names are made of the letters a-z and A-Z, digits and `_`");
  }
}

void Scanner::ScanNumber(Token& token) {
  const std::size_t begin = position_;
  token.kind = TokenKind::kInteger;
  const bool is_hex = Peek() == '0' && (Peek(1) == 'x' || Peek(1) == 'X');
  const bool is_binary = Peek() == '0' && (Peek(1) == 'b' || Peek(1) == 'B');
  bool is_float = false;
  while (position_ < end_) {
    const char c = Peek();
    if (c == '.' && Peek(1) != '.') {
      is_float = true;
    } else if (!IsWord(c)) {
      const char last = position_ > begin ? text_[position_ - 1] : '\0';
      const bool is_exponent = !is_hex && (last == 'e' || last == 'E') && IsDigit(Peek(1));
      if (!is_exponent || (c != '+' && c != '-')) break;
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
  if (is_float) {
    Error(begin, "the scenario language has no floating-point numbers",
          "count in whole numbers, for example in thousandths");
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

bool Scanner::ScanPunctuator(Token& token) {
  const std::size_t begin = position_;
  const std::string_view rest = text_.substr(position_, end_ - position_);
  if (rest.starts_with("*/") && !rest.starts_with("*//") && !rest.starts_with("*/*")) {
    position_ += 2;
    Error(begin, "`*/` closes no comment", "comments do not nest: the first `*/` ended it");
    return true;
  }
  for (const std::string_view punctuator : kPunctuators) {
    if (!rest.starts_with(punctuator)) continue;
    position_ += punctuator.size();
    token.kind = TokenKind::kPunctuator;
    token.text = punctuator;
    if (punctuator[0] == '#' && mode_ == Mode::kFile) {
      token.kind = TokenKind::kEnd;
      Error(begin, "stray `" + std::string(punctuator) + "`",
            "a directive such as `#define` stands on a line of its own");
    }
    return true;
  }
  return false;
}

bool Scanner::ScanTypographicQuotes(Token& token, bool is_double) {
  const std::size_t begin = position_;
  std::size_t i = position_;
  std::size_t text_begin = 0;
  while (i < end_ && text_[i] != '\n') {
    const std::string_view rest = text_.substr(i, end_ - i);
    const Lookalike* mark = FindLookalike(rest);
    const bool is_plain = text_[i] == (is_double ? '"' : '\'');
    const bool is_mark = mark != nullptr && mark->meant == (is_double ? "\"" : "'");
    const std::size_t length = is_mark ? mark->text.size() : 1;
    if (is_plain || is_mark) {
      if (text_begin != 0) {
        const std::string_view text = text_.substr(text_begin, i - text_begin);
        position_ = i + length;
        if (!is_double && text.size() != 1) break;
        token.kind = is_double ? TokenKind::kString : TokenKind::kCharacter;
        token.text = is_double ? text : "";
        token.value = is_double ? 0 : static_cast<unsigned char>(text[0]);
        return true;
      }
      text_begin = i + length;
    }
    i += length;
  }
  position_ = begin;
  return false;
}

bool Scanner::ScanForeign(Token& token) {
  const std::size_t begin = position_;
  const auto rest = [&] { return text_.substr(position_, end_ - position_); };
  if (const Lookalike* lookalike = FindLookalike(rest())) {
    const std::string shown(lookalike->text);
    const bool is_double = lookalike->meant == "\"";
    if (is_double || lookalike->meant == "'") {
      if (!ScanTypographicQuotes(token, is_double)) position_ += lookalike->text.size();
    } else {
      while (position_ < end_ && rest().starts_with(lookalike->text)) {
        position_ += lookalike->text.size();
      }
      if (lookalike->meant != " ") {
        token.kind = TokenKind::kPunctuator;
        token.text = lookalike->meant;
      }
    }
    const bool is_space = lookalike->meant == " ";
    Error(begin,
          (is_space ? "this is " : "`" + shown + "` is ") + std::string(lookalike->description),
          is_space ? "type a plain space" : "type a plain `" + std::string(lookalike->meant) + "`");
    return token.kind != TokenKind::kEnd;
  }
  if (ForeignWordLength(rest()) > 0) {
    ScanIdentifier(token);
    return true;
  }
  if (IsForeign(Peek())) {
    while (position_ < end_ && IsForeign(Peek()) && Utf8Length(rest()) == 0) ++position_;
    Error(begin, "these bytes are not valid UTF-8", "save the file as UTF-8");
    return false;
  }
  const char c = Peek();
  while (position_ < end_ && Peek() == c) ++position_;
  if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
    Error(begin, "stray control character " + std::to_string(static_cast<int>(c)));
  } else {
    Error(begin, std::string("stray `") + c + "`");
  }
  return false;
}

}  // namespace interleave
