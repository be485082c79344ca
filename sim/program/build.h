#pragma once
// From the text of a scenario to its program, in one call.

#include <memory>

#include "sim/language/checker.h"
#include "sim/language/lexer.h"
#include "sim/language/scenario.h"
#include "sim/language/source.h"
#include "sim/program/program.h"

namespace interleave {

// The program refers to the scenario; both are null after an error.
struct BuiltProgram {
  std::unique_ptr<Scenario> scenario;
  std::unique_ptr<Program> program;
};

// Parses, checks and compiles. Errors and warnings replace what is in `diagnostics`. With overrides
// a schedule that does not fit them (three values for an array that now has four cells) is left
// out, with a note: schedules are written for the file's own settings.
BuiltProgram BuildProgram(const Source& source, const DefineOverrides& defines,
                          const OptionOverrides& options, Diagnostics& diagnostics,
                          const KindLibrary& library = KindLibrary::Default());

}  // namespace interleave
