#pragma once
// What a scenario file expects of itself: its schedules and its `expect` lines, run and compared.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/search/check.h"
#include "sim/language/lexer.h"
#include "sim/language/scenario.h"
#include "sim/language/source.h"
#include "sim/program/program.h"

namespace interleave {

// One schedule, or one expectation under one setting of its `for`.
struct TestCase {
  enum class Kind : uint8_t { kSchedule, kExpectation };
  Kind kind = Kind::kExpectation;
  std::string name;      // `schedule "..."`; the expectation as written, without its `for`
  std::string settings;  // "BUFFER_SIZE = 2, granularity = access", or empty
  SourceRange range;
  bool passed = false;
  std::string message;              // why not, in one line; empty when it passed
  std::vector<Diagnostic> details;  // where in the file, for schedules and settings with errors
  uint64_t states = 0;              // of an expectation's search
  double seconds = 0;               // CPU time; 0 where an earlier case did the search
};

// All cases of one file.
struct FileTests {
  std::string file;
  bool has_errors = false;      // the scenario's, in the Diagnostics given
  std::vector<TestCase> cases;  // schedules first, then expectations, in the order of the file

  std::size_t failed() const;
};

// Runs every schedule and every expectation of `source`; an expectation once for each combination
// of the values in its `for`, with the file read anew under these settings. Equal settings are
// searched once. `options` apply to each search. `on_case`, which may be empty, is called after
// each.
FileTests TestScenario(const Source& source, const CheckOptions& options, Diagnostics& diagnostics,
                       const std::function<void(const TestCase&)>& on_case = {});

// A verdict in the words of an expectation: "violates fifo in 20 steps", "error index in 3 steps".
std::string VerdictText(const Program& program, const CheckResult& result);

}  // namespace interleave
