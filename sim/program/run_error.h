#pragma once
// A run-time error of a scenario: what it is, where, and what to do about it.

#include <cstdint>
#include <string>

#include "sim/language/source.h"

namespace interleave {

enum class ErrorKind : uint8_t {
  kNone,
  kIndex,
  kDivision,
  kOverflow,
  kUnwritten,
  kPointer,
  kAssertion,
  kDiverges,
  kMisuse,  // an operation that its object does not permit, as the unlock of what one does not hold
};

const char* ErrorName(ErrorKind kind);  // "index", "division", ... as `expect error` names them

struct RunError {
  ErrorKind kind = ErrorKind::kNone;
  SourceRange range;
  SourceRange statement;
  int call = -1;        // the inlined call that it happened in, into Code::calls; -1: none
  std::string message;  // "index 3 is outside 0 .. 2"
  std::string hint;
};

}  // namespace interleave
