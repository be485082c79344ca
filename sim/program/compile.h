#pragma once
// The checked scenario to a Program.

#include <memory>
#include <optional>

#include "sim/language/scenario.h"
#include "sim/language/source.h"
#include "sim/program/program.h"

namespace interleave {

// REQUIRES: `scenario` was checked without errors, and outlives the program. What only compiling
// finds (a program that is too large, a section without an access, a variable that may be read
// before it is set) goes to `diagnostics`. Returns null after an error.
std::unique_ptr<Program> Compile(const Scenario& scenario, Diagnostics& diagnostics);

}  // namespace interleave
