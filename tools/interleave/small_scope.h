#pragma once
// Programs in C that are too large to be looked at whole: the same with smaller numbers.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/search/check.h"
#include "sim/language/scenario.h"
#include "sim/program/build.h"

namespace interleave {

// So many states are looked at where the caller sets no limit, so that an answer comes in the time
// that a person waits, and is the same on every machine.
inline constexpr uint64_t kProgramStates = 500'000;

// The program with other values for its #defines, and what came of it.
struct SmallerProgram {
  DefineOverrides defines;  // of the caller, and those that were made smaller
  std::string changes;      // "`N` is 2 instead of 1000000"
  BuiltProgram built;
  CheckResult result;
};

// Checks the program with each #define that is a number, and is greater than 2 and not set by the
// caller, at 2, then at 3. Gives the first that breaks, else the largest that holds; nothing where
// there is none, where it cannot be compiled, or where it is too large as well. An error that
// smaller numbers may have brought about, such as an index outside of an array, does not count.
std::optional<SmallerProgram> CheckSmaller(const Source& source, const Scenario& scenario,
                                           const DefineOverrides& defines,
                                           const OptionOverrides& options, CheckOptions check);

}  // namespace interleave
