#pragma once
// Seeded random programs that mean the same in a scenario process and in a C function, for the
// comparison with the system compiler (compiler_agreement_test.cc).
//
// They are valid C17: no name is read and written, or written twice, without a sequence point
// between; of a call's arguments at most one can fail, because compilers choose their own order for
// them. What may go wrong at run time is what the language calls an error too: signed overflow,
// division by zero, shifts out of range, indices out of bounds.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/language/source.h"

namespace interleave {

// An operation that may fail, and where the compiler's sanitizer says that it stands.
struct FallibleOperation {
  SourceRange range;     // in CProgram::scenario
  LineColumn operation;  // in CProgram::sanitized: the operator, or the `[` of an index
};

// One program three times. It leaves its values in `result`, which holds kResultCells longs.
struct CProgram {
  static constexpr int kResultCells = 40;

  uint64_t seed = 0;
  // One process; the shared object `result` is declared in its first line.
  std::string scenario;
  // A C function `void pN(void)` and what it needs; `long result[]` and `#define shared` are given.
  std::string plain;
  // The same, each fallible operation's value passed through a volatile variable: else gcc drops
  // operations before its sanitizer sees them, as in `(char)(a * b)` or `(a + b) & 0`.
  std::string sanitized;
  std::vector<FallibleOperation> operations;
};

// A program written by hand, `body` in its process and `outside` before it. Knows no operations.
CProgram HandWrittenProgram(const std::string& outside, const std::string& body, int number);

// Locals and shared objects of all integer types; `result` takes the values of deep expressions and
// of what they have changed. `number` makes the C names unique in one file.
CProgram RandomExpressions(uint64_t seed, int number);

// Loops, switches, gotos, functions, structs, arrays, pointers. Every loop ends.
CProgram RandomSequentialProgram(uint64_t seed, int number);

}  // namespace interleave
