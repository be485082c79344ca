#pragma once
// Seeded random programs as people write them in C, for the comparison of programs in C with the
// system compiler (program_agreement_test.cc): structs, unions and bit-fields, pointers, lists and
// trees from malloc, functions behind pointers, recursion, statics, texts, float and double.
//
// They are valid C17 whose values gcc on x86-64 defines: arithmetic that could overflow is
// unsigned, indices are taken modulo the length, no pointer that is followed is NULL. What a
// program computes goes into a checksum, which `result` takes after each part.

#include <cstdint>
#include <string>

#include "sim/program/run_error.h"

namespace interleave {

struct WholeProgram {
  uint64_t seed = 0;
  // Types, functions, and a function `static void pN(void)`; `long result[]` and the headers are
  // given.
  std::string text;
  int results = 0;  // so many cells of `result` are written
  // The error, where one is planted:
  ErrorKind error = ErrorKind::kNone;
  const char* mistake = "";  // "use after free", ...
  int planted_line = 0;      // where it happens, in `text`
  int results_before = 0;    // so many cells have their values when it happens
  std::string mended;        // the program without it
};

// `number` makes the names unique in one file.
WholeProgram RandomWholeProgram(uint64_t seed, int number);
WholeProgram RandomMistakenProgram(uint64_t seed, int number);

}  // namespace interleave
