#pragma once
// Test results as JUnit XML, the form that build servers read.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace interleave {

struct JUnitCase {
  enum class Outcome : uint8_t {
    kPassed,
    kFailed,   // judged, and not as expected
    kError,    // it could not be judged at all
    kSkipped,  // there was nothing to judge
  };
  std::string name;               // the schedule or expectation
  std::optional<double> seconds;  // on the clock
  Outcome outcome = Outcome::kPassed;
  std::string type;     // of what did not pass, one word: "expectation", "vacuity"
  std::string message;  // why not, in one line
  std::string details;  // may have many lines; empty: the message
};

struct JUnitSuite {
  std::string name;  // the file
  std::vector<JUnitCase> cases;
  std::string output;  // what else was said of it; may be empty
};

// Suites and cases in the order given. The same suites give the same bytes: no date, no host.
// Control characters, which XML cannot hold, become '?'.
std::string RenderJUnit(const std::vector<JUnitSuite>& suites);

}  // namespace interleave
