#pragma once
// Test results as JUnit XML, the form that build servers read.

#include <optional>
#include <string>
#include <vector>

namespace interleave {

struct JUnitCase {
  std::string suite;  // the file
  std::string name;   // the schedule or expectation
  std::optional<double> seconds;
  bool passed = true;
  bool is_error =
      false;  // the file could not be judged at all, as opposed to: judged, and not as expected
  std::string message;  // why not, in one line
  std::string details;  // may have many lines
};

// Suites in the order of their first case, cases in theirs. The same cases give the same bytes: no
// date, no host. Control characters, which XML cannot hold, become '?'.
std::string RenderJUnit(const std::vector<JUnitCase>& cases);

}  // namespace interleave
