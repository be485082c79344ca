#pragma once
// What a scenario file expects of itself: its schedules and its `expect` lines, run and compared.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/search/check.h"
#include "sim/language/lexer.h"
#include "sim/language/scenario.h"
#include "sim/language/source.h"
#include "sim/program/build.h"
#include "sim/program/program.h"

namespace interleave {

// The values under which a file is read anew for an expectation.
struct TestSettings {
  DefineOverrides defines;
  OptionOverrides options;
  std::string text;  // "BUFFER_SIZE = 2, granularity = access"; empty: the file's own
};

// A search that expectations are judged by.
struct TestSearch {
  TestSettings settings;
  BuiltProgram built;
  Diagnostics diagnostics;
  std::optional<CheckResult> result;  // nothing where the file has errors under these settings
  bool out_of_time = false;           // the file's time ended it
  double seconds = 0;                 // on the clock
};

// One schedule, or one expectation under one setting of its `for`.
struct TestCase {
  enum class Kind : uint8_t { kSchedule, kExpectation };
  // Why it did not pass.
  enum class Failure : uint8_t {
    kNone,
    kNotAsExpected,
    kErrors,     // the scenario has errors under these settings
    kOutOfTime,  // the file's time was up while it was judged
    kNotJudged,  // or before
  };
  Kind kind = Kind::kExpectation;
  std::string name;         // `schedule "..."`; the expectation as written, without its `for`
  std::string schedule;     // of a schedule: what stands between the quotes
  bool has_counts = false;  // it expects states, transitions or a depth
  TestSettings settings;
  SourceRange range;
  Failure failure = Failure::kNone;
  std::string message;              // why not, in one line; empty when it passed
  std::vector<Diagnostic> details;  // where in the file, for schedules and settings with errors
  uint64_t states = 0;              // of an expectation's search
  double seconds = 0;               // on the clock; 0 where an earlier case did the search
  std::shared_ptr<const TestSearch> search;  // what an expectation that failed was judged by

  bool passed() const { return failure == Failure::kNone; }
};

// A warning, and under which settings: first those of one search, then how many searches more had
// it. Without settings it is about the file as it stands.
struct TestWarning {
  Diagnostic diagnostic;
  std::string settings;
  std::size_t more = 0;
};

// All cases of one file.
struct FileTests {
  std::string file;
  bool has_errors = false;            // the scenario's, in the Diagnostics given
  std::vector<TestCase> cases;        // schedules first, then expectations, in the file's order
  std::vector<TestWarning> warnings;  // of compiling and of the searches, each once

  std::size_t failed() const;
  bool has_vacuities() const;
};

// Runs every schedule and every expectation of `source`; an expectation once for each combination
// of the values in its `for`, with the file read anew under these settings. Equal settings are
// searched once. `options` apply to each search, but `max_seconds` is the time of the file as a
// whole: when it is up the cases that are left are not judged, which is a failure even where
// `incomplete` is expected. `on_case`, which may be empty, is called after each.
FileTests TestScenario(const Source& source, const CheckOptions& options, Diagnostics& diagnostics,
                       const std::function<void(const TestCase&)>& on_case = {});

// A verdict in the words of an expectation: "violates fifo in 20 steps", "error index in 3 steps".
std::string VerdictText(const Program& program, const CheckResult& result);

}  // namespace interleave
