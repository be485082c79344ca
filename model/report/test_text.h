#pragma once
// What a test of a scenario file says: why a case did not pass, what was warned of.

#include <string>
#include <vector>

#include "model/search/expectation.h"
#include "sim/language/source.h"

namespace interleave {

// The name, with the settings: "holds for N = 2".
std::string TestName(const TestCase& test);

// Why a case did not pass, in one line: what was expected, what was found, what broke.
// REQUIRES: it did not pass.
std::string TestMessage(const TestCase& test, const Source& source);

// The same with its places in the file, and the command that shows more. Ends with a newline.
std::string TestText(const TestCase& test, const Source& source, bool color = false);

// Warnings with their places; as errors where what checks nothing is a failure.
std::string TestWarningsText(const std::vector<TestWarning>& warnings, const Source& source,
                             bool vacuity_is_error, bool color = false);

}  // namespace interleave
