#pragma once
// Where in the source something is, as a reader is told: by the calls that lead there, from the
// process's own text on.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/language/source.h"
#include "sim/program/code.h"

namespace interleave {

struct SourcePlace {
  uint32_t index = 0;  // LineIndex
  uint32_t line = 0;   // 1-based, in its file
  std::string name;    // of the line: "24", "buffer.h:24"
  std::string file;    // empty: the source's first
  std::string text;    // the call, or the statement or head
  bool operator==(const SourcePlace&) const = default;
};

inline constexpr std::size_t kStatementWidth = 100;  // a longer statement is cut

// The calls that lead to `range`, the outermost first, and last the statement it is part of. So the
// first place is in the process's own text, and the only one where no function is called.
std::vector<SourcePlace> PlacesOf(const Source& source, const std::vector<SourceRange>& calls,
                                  SourceRange range, SourceRange statement);
std::vector<SourcePlace> PlacesOf(const Source& source, const Code& code,
                                  const CodeLocation& location);

// "line 22: down(&full), line 7: while (*s <= 0)"
std::string PlacesText(const std::vector<SourcePlace>& places);

// A statement, or the head of one, on one line, of at most `width` columns. Of blocks that are one
// step, what stands on their first line.
std::string StatementText(const Source& source, SourceRange statement, std::size_t width);

}  // namespace interleave
