#pragma once
// Text to tokens: C's tokens and those of the scenario language, comments dropped, object-like
// macros expanded.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/language/source.h"
#include "sim/language/syntax.h"

namespace interleave {

enum class TokenKind : uint8_t {
  kEnd,
  kIdentifier,  // keywords too: the parser compares text
  kInteger,     // value, literal_bits, literal_unsigned
  kFloating,    // value: as a cell holds it (arithmetic.h); literal_bits. In programs in C
  kCharacter,   // value
  kString,      // text without quotes, escapes resolved
  kPunctuator,  // text: "+", "<<=", "..", "=>", "@", ...
  // Raw mode only:
  kComment,    // whole, with its // or /* */
  kDirective,  // a whole # line, continuation lines included, without the newline
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  SourceRange range;  // of the use, when it comes out of a macro
  std::string text;
  uint64_t value = 0;
  uint8_t literal_bits = 32;
  bool literal_unsigned = false;
  bool newline_before = false;  // first on its line
  bool blank_line_before = false;
  bool expanded = false;       // comes out of a macro; `range` spells its name
  bool is_annotation = false;  // of a program in C: stands in a comment `//@ ...`
};

// What a header brings to programs in C alone stands in one of its name behind this.
inline constexpr std::string_view kProgramHeader = "program_";
// And what of the library comes without `#include`, where one of its names is used.
inline constexpr std::string_view kNamedHeader = "program_named_";

// NAME -> replacement text of --define NAME=VALUE. Here are, too, of a program in C: its arguments,
// as "argv[1]" and so on; and functions that are said to change nothing (--stub), as "stub(NAME)".
using DefineOverrides = std::map<std::string, std::string>;

struct IncludedHeader {
  std::string name;  // "semaphore.h"
  SourceRange range;
};

// One of several programs in C, which run beside each other.
struct ProgramStart {
  std::string name;      // of its file: "producer"
  std::string function;  // its `main`, which in the others has another name
  std::size_t file = 0;  // the number of its file in the source
};

struct LexedSource {
  std::vector<Token> tokens;           // the last is kEnd
  std::vector<ProgramStart> programs;  // of a program in C that is several; else empty
  std::vector<DefineSyntax> defines;
  std::vector<IncludedHeader> headers;  // of `#include <...>`, in order
  std::vector<DefineUse> define_uses;
  std::vector<std::string> arguments;  // of `main` of a program in C, behind its name
  std::set<std::string> stubs;         // functions of others, likewise, that change nothing
  // The text could not be read to its end (reported): what misses at the end is no news.
  bool truncated = false;
};

// "pthread.h", "sys/types.h": what `#include <...>` may name.
bool IsStandardHeader(std::string_view name);

// The key of a stub in DefineOverrides, and back; empty: it is none.
std::string StubKey(std::string_view function);
std::string StubOf(std::string_view key);

// A reserved word that C does not have.
bool IsScenarioWord(std::string_view text);

// `#include` of a standard header and `volatile` are accepted; `volatile` is noted (Note
// diagnostics).
// `0..1` is three tokens. In `expect ... for NAME = ...` NAME is not expanded. An override of a
// name that no #define gives is an error at offset 0.
LexedSource Lex(const Source& source, const DefineOverrides& overrides, Diagnostics& diagnostics);

// An override of a name that none of `defines` has is an error at offset 0.
void ReportUnknownOverrides(const std::vector<DefineSyntax>& defines,
                            const DefineOverrides& overrides, Diagnostics& diagnostics);

// As Lex, for a program in C, with C's preprocessor (C17 6.10): each unit on its own, with what
// `source` has of the headers it includes; then the units are made one (link_c.h). A comment
// `//@ ...` holds tokens of the scenario language.
LexedSource LexC(const Source& source, const DefineOverrides& overrides, Diagnostics& diagnostics);

// Every token as written, comments and directives included, nothing expanded: for the formatter.
std::vector<Token> LexRaw(const Source& source, Diagnostics& diagnostics);

}  // namespace interleave
