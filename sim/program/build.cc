#include "sim/program/build.h"

#include <utility>

#include "sim/language/parser.h"
#include "sim/program/compile.h"

namespace interleave {

BuiltProgram BuildProgram(const Source& source, const DefineOverrides& defines,
                          const OptionOverrides& options, Diagnostics& diagnostics) {
  BuiltProgram built;
  std::unique_ptr<ScenarioSyntax> syntax = Parse(source, defines, diagnostics);
  // What could not be parsed would only cascade.
  if (diagnostics.has_errors()) return built;
  built.scenario = Check(std::move(syntax), options, diagnostics);
  if (!diagnostics.has_errors()) built.program = Compile(*built.scenario, diagnostics);
  if (built.program == nullptr) built.scenario = nullptr;
  return built;
}

}  // namespace interleave
