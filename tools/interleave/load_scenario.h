#pragma once
// A scenario file on the way to its program, with what is wrong with it on standard error.

#include <memory>
#include <string>

#include "sim/language/lexer.h"
#include "sim/language/scenario.h"
#include "sim/language/source.h"
#include "sim/program/build.h"

namespace interleave {

struct LoadedScenario {
  std::unique_ptr<Source> source;
  std::size_t file_bytes = 0;  // of the source's text: what is behind was appended
  BuiltProgram built;
  Diagnostics diagnostics;

  bool ok() const { return built.program != nullptr; }
  const Program& program() const { return *built.program; }
};

// The file's text as a Source. Throws std::system_error when it cannot be read.
std::unique_ptr<Source> LoadSource(const std::string& path);

// Errors, warnings and notes are printed to standard error. Throws std::system_error when the file
// cannot be read. `appended`: text that counts as the file's end.
LoadedScenario LoadScenario(const std::string& path, const DefineOverrides& defines,
                            const OptionOverrides& options, bool color,
                            const std::string& appended = {});

// Prints to standard error, nothing when there is nothing.
void PrintDiagnostics(const Diagnostics& diagnostics, const Source& source, bool color);

}  // namespace interleave
