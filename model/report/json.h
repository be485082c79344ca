#pragma once
// Results for programs. The schema stands in README.md beside this file.

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

#include "model/search/check.h"
#include "sim/language/source.h"
#include "sim/program/program.h"

namespace interleave {

inline constexpr int kJsonSchemaVersion = 2;

struct JsonOptions {
  std::string file_name;                // empty: the source's name
  std::string schedule_path;            // where the schedule was written; empty: nowhere
  std::optional<int> exit_code;         // of the command; default: that of the verdict
  std::vector<Diagnostic> diagnostics;  // what compiling had to say
  // With what may differ between runs: time, memory, and whether compiled steps came in time.
  bool measured = true;
};

// One object, indented by two blanks, with a newline at the end.
std::string RenderJson(const Program& program, const Source& source, const CheckResult& result,
                       const JsonOptions& options = {});

// The shared objects of a state by name, as `initial.state` of a counterexample has them.
nlohmann::ordered_json StateJson(const Program& program, const int64_t* state);

// What is wrong with a scenario, in the same frame: verdict "errors", exit code 2 when there is an
// error.
std::string RenderDiagnosticsJson(const Diagnostics& diagnostics, const Source& source,
                                  const JsonOptions& options = {});

}  // namespace interleave
