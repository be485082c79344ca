#pragma once
// What each operation on registers and on pointers means. The Stepper, which makes steps, and the
// Evaluator, which judges conditions, call these functions and have no meaning of their own, so
// that `assert (e)` and `invariant e` cannot disagree about e.
//
// A function returns whether the operation succeeds; if not, it fills kind, message and hint of
// `error` and leaves the registers alone. C17 6.5.6 and 6.5.8 say what a program may do with
// pointers; here everything else is an error of the scenario.
//
// Tested by tests/condition_agreement_test.cc (against an evaluator of the syntax tree, and as
// invariant, assertion, ghost and guard) and by tests/compiler_agreement_test.cc (against gcc).

#include "sim/program/program.h"
#include "sim/program/run_error.h"

namespace interleave {

// The bounds of the object an address lies in, or is one past of; begin == end when there is none.
struct AddressRange {
  int64_t begin = 0;
  int64_t end = 0;  // one past the last cell
};
AddressRange ObjectAt(const Program& program, int64_t address);

// Fills `error` and returns false. Out of line: errors are rare and their texts are long.
bool FailArithmetic(const Instruction& i, ArithmeticError why, int64_t a, int64_t b,
                    RunError* error);
bool FailIndex(const Instruction& i, int64_t index, RunError* error);

[[gnu::always_inline]] inline bool ApplyBinaryOperator(const Instruction& i, int64_t* r,
                                                       RunError* error) {
  const ArithmeticError why = ApplyBinary(i.op, i.type, r[i.a], r[i.b], &r[i.dst]);
  if (why == ArithmeticError::kNone) [[likely]]
    return true;
  return FailArithmetic(i, why, r[i.a], r[i.b], error);
}

[[gnu::always_inline]] inline bool ApplyUnaryOperator(const Instruction& i, int64_t* r,
                                                      RunError* error) {
  const ArithmeticError why = ApplyUnary(i.op, i.type, r[i.a], &r[i.dst]);
  if (why == ArithmeticError::kNone) [[likely]]
    return true;
  return FailArithmetic(i, why, r[i.a], 0, error);
}

inline bool ApplyIndex(const Instruction& i, int64_t* r, RunError* error) {
  if (static_cast<uint64_t>(r[i.a]) >= i.b) [[unlikely]]
    return FailIndex(i, r[i.a], error);
  r[i.dst] = r[i.a] * i.c;
  return true;
}

inline void ApplyRegisterLoad(const Instruction& i, int64_t* r) {
  r[i.dst] = r[i.c + static_cast<uint64_t>(r[i.a])];
}

inline void ApplyRegisterStore(const Instruction& i, int64_t* r) {
  r[i.c + static_cast<uint64_t>(r[i.a])] = r[i.dst];
}

bool ApplyPointerAdd(const Program& program, const Instruction& i, int64_t* r, RunError* error);
bool ApplyPointerSub(const Program& program, const Instruction& i, int64_t* r, RunError* error);
// Fails unless the two pointers belong to one object.
bool ApplyPointerOrder(const Program& program, const Instruction& i, const int64_t* r,
                       RunError* error);

// Who follows a pointer: a process that stands at an instruction of its code, which has its own
// memory and no other's; or a condition, which looks at all memory.
struct Follower {
  int process = -1;
  uint32_t at = 0;
};
// Fails unless the pointer leads to i.c cells that the follower may touch.
bool ApplyPointerCheck(const Program& program, const Instruction& i, const int64_t* r,
                       Follower follower, RunError* error);

}  // namespace interleave
