#pragma once
// The canonical layout of a scenario: four spaces a level, braces as in K&R, a statement a line.

#include <string>

#include "sim/language/source.h"

namespace interleave {

// The text of `source` in the canonical layout, or an empty string where it does not parse or would
// become too large, with the errors in `diagnostics`. Keeps every token and comment; formatting
// twice changes nothing.
//
// Kept from the user: at most one blank line between statements, line breaks inside an expression
// or a list, an `atomic { ... }` or `ghost { ... }` in one line, a statement in the line of its
// `when (...)`. Trailing comments of adjacent lines are aligned.
std::string Format(const Source& source, Diagnostics& diagnostics);

}  // namespace interleave
