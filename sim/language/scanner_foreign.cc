// Characters that no scenario uses outside of comments and strings. Those that word processors and
// web pages put in place of ASCII (curly quotes, dashes, no-break spaces, full-width punctuation)
// are reported once and then read as what they stand for, so that one pasted quote does not make
// twenty errors.

#include <array>
#include <string>

#include "sim/language/scanner.h"
#include "sim/language/scanner_private.h"

namespace interleave {
namespace {

bool IsForeign(char c) { return static_cast<unsigned char>(c) >= 0x80; }

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

}  // namespace

std::size_t ForeignWordLength(std::string_view text) {
  if (text.empty() || !IsForeign(text[0]) || FindLookalike(text) != nullptr) return 0;
  return Utf8Length(text);
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
