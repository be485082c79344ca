#pragma once
// Tokens to the syntax tree, by recursive descent with precedence climbing.

#include <memory>

#include "sim/language/lexer.h"
#include "sim/language/source.h"
#include "sim/language/syntax.h"
#include "sim/objects/kinds.h"

namespace interleave {

// Never null. With errors in `diagnostics` the tree holds what could be understood. The names of
// the kinds of `library` are those of types.
std::unique_ptr<ScenarioSyntax> Parse(const Source& source, const DefineOverrides& overrides,
                                      Diagnostics& diagnostics,
                                      const KindLibrary& library = KindLibrary::Default());

}  // namespace interleave
