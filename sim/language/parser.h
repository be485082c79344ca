#pragma once
// Tokens to the syntax tree, by recursive descent with precedence climbing.

#include <memory>

#include "sim/language/lexer.h"
#include "sim/language/source.h"
#include "sim/language/syntax.h"

namespace interleave {

// Never null. With errors in `diagnostics` the tree holds what could be understood.
std::unique_ptr<ScenarioSyntax> Parse(const Source& source, const DefineOverrides& overrides,
                                      Diagnostics& diagnostics);

}  // namespace interleave
