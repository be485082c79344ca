#pragma once
// What scanner.cc, scanner_literals.cc and scanner_foreign.cc share. Nobody else includes this.

#include <cstddef>
#include <string>
#include <string_view>

namespace interleave {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
inline bool IsWord(char c) { return IsLetter(c) || IsDigit(c); }
inline bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

// The length in bytes of a character beyond ASCII that somebody may have meant as part of a name,
// or 0.
std::size_t ForeignWordLength(std::string_view text);

}  // namespace interleave
