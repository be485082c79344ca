#pragma once
// Names, types and the rules of the language: the syntax tree in, the checked scenario out.

#include <memory>
#include <string>

#include "sim/language/lexer.h"
#include "sim/language/scenario.h"
#include "sim/language/source.h"

namespace interleave {

// Resolves and checks everything in `syntax`. Never null; with errors in `diagnostics` the result
// must not be compiled. `overrides` win over `option` lines. The scenario keeps pointers into
// `library`.
std::unique_ptr<Scenario> Check(std::unique_ptr<ScenarioSyntax> syntax,
                                const OptionOverrides& overrides, Diagnostics& diagnostics,
                                const KindLibrary& library = KindLibrary::Default());

}  // namespace interleave
