#pragma once
// What each arithmetic operation of the language means: C on x86-64 Linux as gcc compiles it
// (two's complement; C17 6.5), with every undefined case turned into an error value. This header is
// the definition; constant folding, the interpreter and the tests against the system compiler use
// it.
//
// Values are carried in int64_t, sign- or zero-extended from their type; 64-bit unsigned values as
// their bit pattern, and so are float and double (IEEE 754 binary32 and binary64, C17 annex F). All
// NaNs are one, so that equal situations are equal states. Operands of binary operations have the
// promoted, common type already.

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "sim/language/syntax.h"
#include "sim/language/types.h"

namespace interleave {

enum class IntType : uint8_t { kBool, kI8, kU8, kI16, kU16, kI32, kU32, kI64, kU64, kF32, kF64 };

enum class ArithmeticError : uint8_t { kNone, kOverflow, kDivision, kShift };

inline IntType IntTypeOf(const Type& type) {
  if (type.is_pointer()) return IntType::kI64;
  if (type.is_floating()) return type.bits == 32 ? IntType::kF32 : IntType::kF64;
  switch (type.bits) {
    case 1: return IntType::kBool;
    case 8: return type.is_signed ? IntType::kI8 : IntType::kU8;
    case 16: return type.is_signed ? IntType::kI16 : IntType::kU16;
    case 32: return type.is_signed ? IntType::kI32 : IntType::kU32;
    default: return type.is_signed ? IntType::kI64 : IntType::kU64;
  }
}

inline bool IsFloating(IntType type) { return type == IntType::kF32 || type == IntType::kF64; }

// C17 6.3.1.2, 6.3.1.3: of an integer to bool, to unsigned (modulo), to signed (gcc: modulo too).
// Of a floating type, its cell: see Convert for what becomes of a value.
inline int64_t ConvertTo(IntType type, int64_t value) {
  switch (type) {
    case IntType::kBool: return value != 0;
    case IntType::kI8: return static_cast<int8_t>(value);
    case IntType::kU8: return static_cast<uint8_t>(value);
    case IntType::kI16: return static_cast<int16_t>(value);
    case IntType::kU16: return static_cast<uint16_t>(value);
    case IntType::kI32: return static_cast<int32_t>(value);
    case IntType::kU32:
    case IntType::kF32: return static_cast<uint32_t>(value);
    case IntType::kI64:
    case IntType::kU64:
    case IntType::kF64: return value;
  }
  return value;
}

// The number in a cell of the type Real, float or double, and the cell that holds a number.
template <class Real>
Real RealOf(int64_t cell) {
  if constexpr (sizeof(Real) == 4) {
    return std::bit_cast<Real>(static_cast<uint32_t>(cell));
  } else {
    return std::bit_cast<Real>(cell);
  }
}
template <class Real>
int64_t CellOf(Real number) {
  static_assert(std::numeric_limits<Real>::is_iec559);
  if (std::isnan(number)) number = std::numeric_limits<Real>::quiet_NaN();
  if constexpr (sizeof(Real) == 4) {
    return std::bit_cast<uint32_t>(number);
  } else {
    return std::bit_cast<int64_t>(number);
  }
}

// A number strictly between these becomes one of an integer type when its fraction is cut off. (A
// long holds -2^63, and the double before that is far from it.)
struct RealBounds {
  double low = 0;
  double high = 0;
};
inline RealBounds BoundsOf(IntType type) {
  switch (type) {
    case IntType::kI8: return {-0x1p7 - 1, 0x1p7};
    case IntType::kU8: return {-1, 0x1p8};
    case IntType::kI16: return {-0x1p15 - 1, 0x1p15};
    case IntType::kU16: return {-1, 0x1p16};
    case IntType::kI32: return {-0x1p31 - 1, 0x1p31};
    case IntType::kU32: return {-1, 0x1p32};
    case IntType::kI64: return {-0x1p63 - 2048, 0x1p63};
    case IntType::kU64: return {-1, 0x1p64};
    case IntType::kBool:
    case IntType::kF32:
    case IntType::kF64: break;
  }
  return {};
}

// C17 6.3.1.4, 6.3.1.5: what does not fit into an integer is an error, what does not fit into a
// float is infinite.
inline ArithmeticError ConvertReal(IntType type, double number, int64_t* result) {
  if (type == IntType::kF64) {
    *result = CellOf(number);
  } else if (type == IntType::kF32) {
    *result = CellOf(static_cast<float>(number));
  } else if (type == IntType::kBool) {
    *result = number != 0;
  } else {
    const RealBounds bounds = BoundsOf(type);
    if (!(number > bounds.low && number < bounds.high)) return ArithmeticError::kOverflow;
    *result = type == IntType::kU64 ? static_cast<int64_t>(static_cast<uint64_t>(number))
                                    : static_cast<int64_t>(number);
  }
  return ArithmeticError::kNone;
}

template <class Real>
ArithmeticError ApplyRealBinary(Op op, int64_t left, int64_t right, int64_t* result) {
  const Real a = RealOf<Real>(left);
  const Real b = RealOf<Real>(right);
  switch (op) {
    case Op::kAdd: *result = CellOf<Real>(a + b); break;
    case Op::kSub: *result = CellOf<Real>(a - b); break;
    case Op::kMul: *result = CellOf<Real>(a * b); break;
    case Op::kDiv: *result = CellOf<Real>(a / b); break;
    case Op::kEq: *result = a == b; break;
    case Op::kNe: *result = a != b; break;
    case Op::kLt: *result = a < b; break;
    case Op::kLe: *result = a <= b; break;
    case Op::kGt: *result = a > b; break;
    case Op::kGe: *result = a >= b; break;
    default: break;
  }
  return ArithmeticError::kNone;
}

template <class Real>
ArithmeticError ApplyRealUnary(Op op, int64_t a, int64_t* result) {
  switch (op) {
    case Op::kNegate: *result = CellOf<Real>(-RealOf<Real>(a)); break;
    case Op::kNot: *result = RealOf<Real>(a) == 0; break;
    case Op::kSquareRoot: *result = CellOf<Real>(std::sqrt(RealOf<Real>(a))); break;
    case Op::kFromLong: *result = CellOf(static_cast<Real>(a)); break;
    case Op::kFromUnsignedLong:
      *result = CellOf(static_cast<Real>(static_cast<uint64_t>(a)));
      break;
    default: *result = a; break;
  }
  return ArithmeticError::kNone;
}

// One operation in a promoted type (from kI32 on). On an error *result is untouched.
// Comparisons give 0 or 1. Shifts take the type of the left operand; `b` is the count as a value
// of its own type, so that a negative or a huge count is seen as such.
[[gnu::always_inline]] inline ArithmeticError ApplyBinary(Op op, IntType type, int64_t a, int64_t b,
                                                          int64_t* result) {
  if (IsFloating(type)) [[unlikely]] {
    return type == IntType::kF32 ? ApplyRealBinary<float>(op, a, b, result)
                                 : ApplyRealBinary<double>(op, a, b, result);
  }
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

// kNegate, kBitNot, kPlus, kSquareRoot in a promoted type; kNot gives 0 or 1. `type` of a
// conversion is what it gives.
inline ArithmeticError ApplyUnary(Op op, IntType type, int64_t a, int64_t* result) {
  if (op == Op::kFromDouble) return ConvertReal(type, RealOf<double>(a), result);
  if (op == Op::kFromFloat) return ConvertReal(type, RealOf<float>(a), result);
  if (type == IntType::kF32) return ApplyRealUnary<float>(op, a, result);
  if (type == IntType::kF64) return ApplyRealUnary<double>(op, a, result);
  switch (op) {
    case Op::kNegate: return ApplyBinary(Op::kSub, type, 0, a, result);
    case Op::kBitNot: *result = ConvertTo(type, ~a); break;
    case Op::kNot: *result = a == 0; break;
    default: *result = a; break;
  }
  return ArithmeticError::kNone;
}

// The unary operation that converts from a type to another one, where one of them is floating.
inline Op ConversionFrom(IntType type) {
  switch (type) {
    case IntType::kU64: return Op::kFromUnsignedLong;
    case IntType::kF32: return Op::kFromFloat;
    case IntType::kF64: return Op::kFromDouble;
    default: return Op::kFromLong;
  }
}
inline bool IsConversion(Op op) { return op >= Op::kFromLong && op <= Op::kFromDouble; }

inline ArithmeticError Convert(IntType from, IntType to, int64_t value, int64_t* result) {
  if (from != to && (IsFloating(from) || IsFloating(to)))
    return ApplyUnary(ConversionFrom(from), to, value, result);
  *result = ConvertTo(to, value);
  return ArithmeticError::kNone;
}

// As C writes it: "+", "<<", "!"; of a conversion, from what. Of operators on values only, else
// "?".
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
    case Op::kFromLong: return "(long) ";
    case Op::kFromUnsignedLong: return "(unsigned long) ";
    case Op::kFromFloat: return "(float) ";
    case Op::kFromDouble: return "(double) ";
    case Op::kSquareRoot: return "sqrt ";
    default: return "?";
  }
}

}  // namespace interleave
