#pragma once
// Runs C programs (random_c.h) twice: through the language's front end and interpreter, and through
// the system's gcc, as it is and with its undefined-behaviour sanitizer.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/language/scenario.h"
#include "sim/program/stepper.h"
#include "tests/support/random_c.h"

namespace interleave {

using Results = std::array<int64_t, CProgram::kResultCells>;

struct Interpreted {
  std::string problem;  // not empty: it does not compile, or does not come to an end
  RunError error;       // kind kNone: none
  Results results{};
  int steps = 0;
};
// A `name` that ends in `.c` makes it a program in C.
Interpreted Interpret(const std::string& scenario, Granularity granularity,
                      const std::string& name = "program.scn");

struct Compiled {
  bool finished = false;  // else `results` are those up to the report
  std::string report;     // the sanitizer's message, empty: none
  LineColumn position;    // of the report, in the program's own text
  ErrorKind kind = ErrorKind::kNone;
  Results results{};
};

// Compiles programs 0, 1, ... of `texts` (each with its function `pN`) as one file and runs them.
// Throws std::runtime_error with the compiler's messages when that does not work.
std::vector<Compiled> CompileAndRun(const std::vector<std::string>& texts,
                                    const std::string& flags);

// Says which results differ first, "" if none.
std::string Difference(const Results& interpreted, const Results& compiled);

// Its errors are those that the language has, in gcc's words.
inline constexpr const char* kSanitizerFlags =
    "-O0 -fsanitize=signed-integer-overflow,shift,integer-divide-by-zero,bounds-strict "
    "-fno-sanitize-recover=all";

}  // namespace interleave
