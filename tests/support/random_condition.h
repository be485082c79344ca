#pragma once
// Seeded random conditions: expressions without side effects over fixed shared objects of all
// integer types, arrays, structs and pointers. They go wrong often, as the language's run-time
// errors: an index or a pointer out of bounds, overflow, a division by zero, a shift out of range.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/program/program.h"

namespace interleave {

// What the conditions look at; stands at the top of a scenario.
extern const char* const kConditionObjects;

// Functions that only look, which the conditions may call; behind kConditionObjects.
extern const char* const kConditionFunctions;

// An expression with a number as its value. No operator in it has only constant operands: such an
// error would be found before anything runs.
std::string RandomCondition(uint64_t seed, bool with_pointers = true, bool with_calls = false);

// Random values for all shared cells of a program that begins with kConditionObjects.
void FillRandomly(const Program& program, uint64_t seed, std::vector<int64_t>& state);

}  // namespace interleave
