#pragma once
// A scenario file on the way to its program, with what is wrong with it on standard error.

#include <memory>
#include <string>
#include <vector>

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

// The text of a scenario, or of a program in C of these files and of what they include. Throws
// std::system_error when one of them cannot be read. REQUIRES: there is a path.
std::unique_ptr<Source> LoadSource(const std::vector<std::string>& paths);

// LoadSource and what comes of it. Errors, warnings and notes are printed to standard error. Throws
// std::system_error when a file cannot be read. `appended`: lines that count as the file's last.
LoadedScenario LoadScenario(const std::vector<std::string>& paths, const DefineOverrides& defines,
                            const OptionOverrides& options, bool color,
                            const std::string& appended = {});

// Prints to standard error, nothing when there is nothing.
void PrintDiagnostics(const Diagnostics& diagnostics, const Source& source, bool color);

}  // namespace interleave
