// The scanner: C's tokens (C17 6.4) with `..`, `=>` and `@`. Literals and characters that are not
// C's have files of their own.

#include "sim/language/scanner.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "sim/language/scanner_private.h"

namespace interleave {
namespace {

// Longest first.
constexpr auto kPunctuators = std::to_array<std::string_view>({
    "<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&",
    "||",  "*=",  "/=",  "%=", "+=", "-=", "&=", "^=", "|=", "..", "=>", "##", "[",
    "]",   "(",   ")",   "{",  "}",  ".",  "&",  "*",  "+",  "-",  "~",  "!",  "/",
    "%",   "<",   ">",   "^",  "|",  "?",  ":",  ";",  "=",  ",",  "@",  "#",
});

}  // namespace

Scanner::Scanner(std::string_view text, uint32_t begin, uint32_t end, Mode mode,
                 Diagnostics& diagnostics, std::optional<SourceRange> fixed_range)
    : text_(text),
      position_(begin),
      end_(end),
      mode_(mode),
      diagnostics_(diagnostics),
      fixed_range_(fixed_range) {
  const bool is_start = position_ == 0 || mode_ == Mode::kFile;
  if (is_start && text_.substr(position_).starts_with("\xef\xbb\xbf"))
    position_ = std::min<std::size_t>(position_ + 3, end_);
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

Token Scanner::NextDirective() {
  while (position_ < end_) {
    const std::size_t line_end = std::min(text_.find('\n', position_), end_);
    const std::size_t first = text_.find_first_not_of(" \t", position_);
    if (first < line_end && text_[first] == '#') {
      position_ = first;
      line_has_token_ = false;
      return Next();
    }
    position_ = std::min(line_end + 1, end_);
  }
  return Next();
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

}  // namespace interleave
