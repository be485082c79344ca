#pragma once
// What `interleave test` says of one file or folder, as text and for JUnit.

#include <cstddef>
#include <string>

#include "model/report/junit.h"
#include "model/search/check.h"
#include "tools/interleave/find_scenarios.h"

namespace interleave {

struct TestTotals {
  std::size_t files = 0;
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t vacuous = 0;  // of these: only because something checks nothing
  std::size_t with_errors = 0;
  std::size_t without_tests = 0;
  std::size_t empty_folders = 0;  // of these: no file at all
  std::size_t unreadable = 0;
  std::size_t warnings = 0;

  void Add(const TestTotals& other);
  // "2 files: 3 passed, 1 failed, 1 with errors".
  std::string Text() const;
  int ExitCode(bool interrupted) const;
};

struct TestReport {
  std::string text;
  std::string trouble;  // for standard error: why this could not be read
  TestTotals totals;
  JUnitSuite junit;
};

struct TestReportOptions {
  CheckOptions check;  // max_seconds: of a file
  bool vacuity_is_error = false;
  bool verbose = false;  // name what passed, too
  bool color = false;
};

// Tests what was found. What cannot be read is a trouble of the report, no exception.
TestReport TestFound(const FoundScenario& found, const TestReportOptions& options);
// That it cannot be tested, and why.
TestReport TestTrouble(const FoundScenario& found, const std::string& why);

}  // namespace interleave
