#pragma once
// What a token is to its neighbours, and whether a space stands between two of them.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/language/lexer.h"
#include "sim/language/source.h"

namespace interleave {

enum class TokenRole : uint8_t {
  kPlain,
  kPrefix,      // an operator before its only operand
  kPostfix,     // ++ or -- behind it
  kCastEnd,     // the `)` of a cast
  kHeadEnd,     // the `)` behind `if (...`: a statement follows
  kAngle,       // < or > of queue<...>
  kLabelColon,  // `:` behind a name or case
  kListBrace,   // { or } of an initialiser
  kEnumBrace,   // { or } of an enum
  kFieldBrace,  // { or } of a struct
  kImplies,     // -> of a formula, and the < of <->
  kLength,      // + between the steps and the loop of an expectation
  kCall,        // the `(` of a call or of `sizeof`, `assert`: as close as C programmers write it
};

struct FormatToken {
  TokenKind kind = TokenKind::kEnd;
  TokenRole role = TokenRole::kPlain;
  bool newline_before = false;
  bool blank_line_before = false;
  bool is_name = false;  // a word of the language that is a variable here, by what follows it
  SourceRange range;
  std::string text;  // as written

  bool is(std::string_view other) const {
    return text == other && (kind == TokenKind::kPunctuator || kind == TokenKind::kIdentifier);
  }
  // As is(), of a word that means itself.
  bool is_word(std::string_view other) const { return is(other) && !is_name; }
  bool is_comment() const { return kind == TokenKind::kComment; }
  bool is_line_comment() const { return is_comment() && text.starts_with("//"); }
};

// The raw tokens with their roles, comments included; the last is kEnd.
std::vector<FormatToken> ReadFormatTokens(const Source& source);

// Whether a space stands between two tokens of one line.
bool NeedsSpace(const FormatToken& previous, const FormatToken& next);

}  // namespace interleave
