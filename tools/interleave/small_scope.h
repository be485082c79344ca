#pragma once
// Programs in C that are too large to be looked at whole: the same with smaller numbers.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/search/check.h"
#include "model/search/deviations.h"
#include "sim/language/scenario.h"
#include "sim/program/build.h"

namespace interleave {

// The program with other values for its #defines, and what came of it.
struct SmallerProgram {
  DefineOverrides defines;  // of the caller, and those that were made smaller
  std::string changes;      // "`N` is 2 instead of 1000000"
  BuiltProgram built;
  CheckResult result;
};

// What came of a program for which the caller sets no limit.
struct ScopedCheck {
  // Of the program itself. Where all its interleavings are too many, what breaks among those that
  // are near to taking turns breaks it.
  CheckResult result;
  std::vector<std::string> covered;  // "in all runs with at most 2 preemptions"
  std::optional<SmallerProgram> smaller;
};

// Checks a program within scopes that grow, as long as nothing breaks, so that an answer comes in
// the time that a person waits: some states of it, all runs with few preemptions or
// delays, more states, smaller numbers (CheckSmaller). Limits are numbers of states and of steps,
// so it is the same on every machine.
ScopedCheck CheckInScopes(const Program& program, const Source& source, const Scenario& scenario,
                          const DefineOverrides& defines, const OptionOverrides& options,
                          const CheckOptions& check);

// Checks the program with each #define that is a number, and is greater than 2 and not set by the
// caller, at 2, then at 3 (powers of two at 2, then at 4). Gives the first that breaks, else the
// largest that holds; nothing where there is none, where it cannot be compiled, or where it is too
// large as well. An error that smaller numbers may have brought about, such as an index outside of
// an array, does not count.
std::optional<SmallerProgram> CheckSmaller(const Source& source, const Scenario& scenario,
                                           const DefineOverrides& defines,
                                           const OptionOverrides& options, CheckOptions check);

}  // namespace interleave
