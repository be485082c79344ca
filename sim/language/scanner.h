#pragma once
// Characters to tokens, before the preprocessor: shared by Lex, LexRaw and the directives.

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/language/lexer.h"
#include "sim/language/source.h"

namespace interleave {

// Walks text[begin, end) once. Never reports the same character twice.
class Scanner {
 public:
  enum class Mode : uint8_t {
    kFile,       // comments and directives are tokens
    kDirective,  // the inside of a # line: newlines are white space, comments are dropped
  };

  // With `fixed_range` every token and diagnostic has that range: `text` is not the source's own.
  Scanner(std::string_view text, uint32_t begin, uint32_t end, Mode mode, Diagnostics& diagnostics,
          std::optional<SourceRange> fixed_range = {});

  Token Next();  // kEnd from the end on

  // Skips to the next line that is a directive: what is left out by a condition is no C.
  Token NextDirective();

  // An unterminated comment swallowed the rest.
  bool truncated() const { return truncated_; }

 private:
  char At(std::size_t offset) const { return offset < end_ ? text_[offset] : '\0'; }
  char Peek(std::size_t ahead = 0) const { return At(position_ + ahead); }
  bool AtNewlineAfterBackslash(std::size_t offset) const;
  SourceRange RangeFrom(std::size_t begin) const;
  void Error(std::size_t begin, std::string message, std::string hint = {});

  void SkipSpace();
  void ScanToken(Token& token);
  void ScanLineComment(Token& token);
  void ScanBlockComment(Token& token);
  void ScanDirective(Token& token);
  void ScanIdentifier(Token& token);
  void ScanNumber(Token& token);
  void ScanCharacter(Token& token);
  void ScanString(Token& token);
  // The character after a backslash at position_; appends one byte to `out`.
  void ScanEscape(std::string& out);
  bool ScanPunctuator(Token& token);
  // Characters no scenario uses outside of comments and strings; false: no token came of it.
  bool ScanForeign(Token& token);
  bool ScanTypographicQuotes(Token& token, bool is_double);

  std::string_view text_;
  std::size_t position_;
  std::size_t end_;
  Mode mode_;
  Diagnostics& diagnostics_;
  std::optional<SourceRange> fixed_range_;
  int newlines_ = 2;  // since the last token; the file's first token stands on a line of its own
  bool is_first_ = true;
  bool line_has_token_ = false;  // comments do not count
  bool truncated_ = false;
};

}  // namespace interleave
