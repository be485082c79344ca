#pragma once
// What each arithmetic operation of the language means: C on x86-64 Linux as gcc compiles it
// (two's complement; C17 6.5), with every undefined case turned into an error value. This header is
// the definition; constant folding, the interpreter and the tests against the system compiler use
// it.
//
// Values are carried in int64_t, sign- or zero-extended from their type; 64-bit unsigned values as
// their bit pattern. Operands of binary operations have the promoted, common type already.

#include <cstdint>

#include "sim/language/syntax.h"
#include "sim/language/types.h"

namespace interleave {

enum class IntType : uint8_t { kBool, kI8, kU8, kI16, kU16, kI32, kU32, kI64, kU64 };

enum class ArithmeticError : uint8_t { kNone, kOverflow, kDivision, kShift };

inline IntType IntTypeOf(const Type& type) {
  if (type.is_pointer()) return IntType::kI64;
  switch (type.bits) {
    case 1: return IntType::kBool;
    case 8: return type.is_signed ? IntType::kI8 : IntType::kU8;
    case 16: return type.is_signed ? IntType::kI16 : IntType::kU16;
    case 32: return type.is_signed ? IntType::kI32 : IntType::kU32;
    default: return type.is_signed ? IntType::kI64 : IntType::kU64;
  }
}

// C17 6.3.1.2, 6.3.1.3: to bool, to unsigned (modulo), to signed (gcc: modulo too).
inline int64_t ConvertTo(IntType type, int64_t value) {
  switch (type) {
    case IntType::kBool: return value != 0;
    case IntType::kI8: return static_cast<int8_t>(value);
    case IntType::kU8: return static_cast<uint8_t>(value);
    case IntType::kI16: return static_cast<int16_t>(value);
    case IntType::kU16: return static_cast<uint16_t>(value);
    case IntType::kI32: return static_cast<int32_t>(value);
    case IntType::kU32: return static_cast<uint32_t>(value);
    case IntType::kI64:
    case IntType::kU64: return value;
  }
  return value;
}

// One operation in a promoted type (kI32, kU32, kI64, kU64). On an error *result is untouched.
// Comparisons give 0 or 1. Shifts take the type of the left operand; `b` is the count as a value
// of its own type, so that a negative or a huge count is seen as such.
[[gnu::always_inline]] inline ArithmeticError ApplyBinary(Op op, IntType type, int64_t a, int64_t b,
                                                          int64_t* result) {
  const bool is_signed = type == IntType::kI32 || type == IntType::kI64;
  const bool is_wide = type == IntType::kI64 || type == IntType::kU64;
  const auto ua = static_cast<uint64_t>(a);
  const auto ub = static_cast<uint64_t>(b);
  int64_t r = 0;
  switch (op) {
    case Op::kAdd:
      if (!is_signed) {
        r = static_cast<int64_t>(ua + ub);
      } else if (__builtin_add_overflow(a, b, &r) || (!is_wide && r != static_cast<int32_t>(r))) {
        return ArithmeticError::kOverflow;
      }
      break;
    case Op::kSub:
      if (!is_signed) {
        r = static_cast<int64_t>(ua - ub);
      } else if (__builtin_sub_overflow(a, b, &r) || (!is_wide && r != static_cast<int32_t>(r))) {
        return ArithmeticError::kOverflow;
      }
      break;
    case Op::kMul:
      if (!is_signed) {
        r = static_cast<int64_t>(ua * ub);
      } else if (__builtin_mul_overflow(a, b, &r) || (!is_wide && r != static_cast<int32_t>(r))) {
        return ArithmeticError::kOverflow;
      }
      break;
    case Op::kDiv:
    case Op::kRem:
      if (b == 0) return ArithmeticError::kDivision;
      if (!is_signed) {
        r = static_cast<int64_t>(op == Op::kDiv ? ua / ub : ua % ub);
      } else {
        if (b == -1 && a == (is_wide ? INT64_MIN : INT32_MIN)) return ArithmeticError::kOverflow;
        r = op == Op::kDiv ? a / b : a % b;
      }
      break;
    case Op::kShl:
    case Op::kShr: {
      const unsigned width = is_wide ? 64 : 32;
      if (ub >= width) return ArithmeticError::kShift;  // negative counts are huge here
      const auto count = static_cast<unsigned>(ub);
      if (op == Op::kShr) {
        r = is_signed ? a >> count : static_cast<int64_t>(ua >> count);
      } else {
        // C17 6.5.7: a negative left operand, or a result its type cannot hold, is undefined.
        if (is_signed && (a < 0 || (a >> (width - 1 - count)) != 0))
          return ArithmeticError::kOverflow;
        r = static_cast<int64_t>(ua << count);
      }
      break;
    }
    case Op::kAnd: r = a & b; break;
    case Op::kOr: r = a | b; break;
    case Op::kXor: r = a ^ b; break;
    case Op::kEq: *result = a == b; return ArithmeticError::kNone;
    case Op::kNe: *result = a != b; return ArithmeticError::kNone;
    case Op::kLt: *result = type == IntType::kU64 ? ua < ub : a < b; return ArithmeticError::kNone;
    case Op::kLe:
      *result = type == IntType::kU64 ? ua <= ub : a <= b;
      return ArithmeticError::kNone;
    case Op::kGt: *result = type == IntType::kU64 ? ua > ub : a > b; return ArithmeticError::kNone;
    case Op::kGe:
      *result = type == IntType::kU64 ? ua >= ub : a >= b;
      return ArithmeticError::kNone;
    default: break;
  }
  // The other types hold r as it is.
  *result = type == IntType::kU32 ? static_cast<uint32_t>(r) : r;
  return ArithmeticError::kNone;
}

// kNegate, kBitNot, kPlus in a promoted type; kNot gives 0 or 1.
inline ArithmeticError ApplyUnary(Op op, IntType type, int64_t a, int64_t* result) {
  switch (op) {
    case Op::kNegate: return ApplyBinary(Op::kSub, type, 0, a, result);
    case Op::kBitNot: *result = ConvertTo(type, ~a); break;
    case Op::kNot: *result = a == 0; break;
    default: *result = a; break;
  }
  return ArithmeticError::kNone;
}

// As C writes it: "+", "<<", "!". Of operators on values only, else "?".
inline const char* OperatorText(Op op) {
  switch (op) {
    case Op::kAdd: return "+";
    case Op::kSub: return "-";
    case Op::kMul: return "*";
    case Op::kDiv: return "/";
    case Op::kRem: return "%";
    case Op::kShl: return "<<";
    case Op::kShr: return ">>";
    case Op::kAnd: return "&";
    case Op::kOr: return "|";
    case Op::kXor: return "^";
    case Op::kEq: return "==";
    case Op::kNe: return "!=";
    case Op::kLt: return "<";
    case Op::kLe: return "<=";
    case Op::kGt: return ">";
    case Op::kGe: return ">=";
    case Op::kNegate: return "-";
    case Op::kBitNot: return "~";
    case Op::kNot: return "!";
    case Op::kPlus: return "+";
    default: return "?";
  }
}

}  // namespace interleave
