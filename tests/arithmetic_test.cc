// The arithmetic of the language (sim/language/arithmetic.h) against C17's own words: the exact
// mathematical result, computed in 128 bits, is either representable and then the value, or an
// error for a signed type, or taken modulo for an unsigned one.

#include "sim/language/arithmetic.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/c_programs.h"

namespace interleave {
namespace {

__extension__ typedef __int128 Wide;

constexpr std::array kPromoted = {IntType::kI32, IntType::kU32, IntType::kI64, IntType::kU64};

bool IsSigned(IntType type) { return type == IntType::kI32 || type == IntType::kI64; }
int WidthOf(IntType type) { return type == IntType::kI64 || type == IntType::kU64 ? 64 : 32; }

// The number that `value` stands for in `type`.
Wide NumberOf(IntType type, int64_t value) {
  return type == IntType::kU64 ? static_cast<Wide>(static_cast<uint64_t>(value))
                               : static_cast<Wide>(value);
}

// The 64 bits that carry the number, if the type has it; an unsigned type takes it modulo.
std::optional<int64_t> Represented(IntType type, Wide number) {
  const int width = WidthOf(type);
  if (!IsSigned(type)) {
    const Wide modulus = static_cast<Wide>(1) << width;
    const Wide rest = ((number % modulus) + modulus) % modulus;
    return static_cast<int64_t>(static_cast<uint64_t>(rest));
  }
  const Wide limit = static_cast<Wide>(1) << (width - 1);
  if (number < -limit || number >= limit) return std::nullopt;
  return static_cast<int64_t>(number);
}

struct ExpectedResult {
  ArithmeticError error = ArithmeticError::kNone;
  int64_t value = 0;
};

ExpectedResult ValueOf(IntType type, Wide number) {
  const std::optional<int64_t> value = Represented(type, number);
  return value ? ExpectedResult{ArithmeticError::kNone, *value}
               : ExpectedResult{ArithmeticError::kOverflow, 0};
}

Wide PowerOfTwo(int64_t exponent) { return static_cast<Wide>(1) << exponent; }

// C17 6.5.5 to 6.5.12. `b` of a shift is a long.
ExpectedResult ReferenceValue(Op op, IntType type, int64_t a, int64_t b) {
  const Wide x = NumberOf(type, a);
  const Wide y = NumberOf(type, b);
  const auto truth = [](bool value) {
    return ExpectedResult{ArithmeticError::kNone, value ? 1 : 0};
  };
  switch (op) {
    case Op::kAdd: return ValueOf(type, x + y);
    case Op::kSub: return ValueOf(type, x - y);
    case Op::kMul:
      // 64 by 64 bits without sign do not fit into 127; modulo, the signs do not matter.
      if (type == IntType::kU64)
        return {ArithmeticError::kNone,
                static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b))};
      return ValueOf(type, x * y);
    case Op::kDiv:
    case Op::kRem:
      if (y == 0) return {ArithmeticError::kDivision, 0};
      // 6.5.5 paragraph 6: where the quotient is not representable, `%` is undefined as well.
      if (!Represented(type, x / y) && IsSigned(type)) return {ArithmeticError::kOverflow, 0};
      return ValueOf(type, op == Op::kDiv ? x / y : x % y);
    case Op::kShl:
    case Op::kShr: {
      if (b < 0 || b >= WidthOf(type)) return {ArithmeticError::kShift, 0};
      if (op == Op::kShr) {  // gcc: a negative number is divided and rounded down
        const Wide power = PowerOfTwo(b);
        return ValueOf(type, x >= 0 ? x / power : -((-x + power - 1) / power));
      }
      if (IsSigned(type) && x < 0) return {ArithmeticError::kOverflow, 0};
      return ValueOf(type, x * PowerOfTwo(b));
    }
    case Op::kEq: return truth(x == y);
    case Op::kNe: return truth(x != y);
    case Op::kLt: return truth(x < y);
    case Op::kLe: return truth(x <= y);
    case Op::kGt: return truth(x > y);
    case Op::kGe: return truth(x >= y);
    default: break;
  }
  // Bit by bit; the result is a pattern of the type's width.
  int64_t bits = 0;
  for (int i = 0; i < WidthOf(type); ++i) {
    const bool p = (static_cast<uint64_t>(a) >> i & 1U) != 0;
    const bool q = (static_cast<uint64_t>(b) >> i & 1U) != 0;
    const bool r = op == Op::kAnd ? p && q : op == Op::kOr ? p || q : p != q;
    if (r) bits = static_cast<int64_t>(static_cast<uint64_t>(bits) | uint64_t{1} << i);
  }
  if (type == IntType::kI32 && bits > INT32_MAX) bits -= int64_t{1} << 32;
  return {ArithmeticError::kNone, bits};
}

const std::vector<int64_t>& Edges() {
  static const std::vector<int64_t> edges = [] {
    std::vector<int64_t> list;
    for (const int64_t middle :
         {int64_t{0}, int64_t{7}, int64_t{31}, int64_t{63}, int64_t{1} << 15, int64_t{1} << 16,
          int64_t{1} << 31, int64_t{1} << 32, int64_t{0x5555555555555555}}) {
      for (const int64_t distance : {-1, 0, 1}) {
        list.push_back(middle + distance);
        list.push_back(-middle - distance);
      }
    }
    for (const int64_t end : {INT64_MAX, INT64_MAX - 1, INT64_MIN, INT64_MIN + 1})
      list.push_back(end);
    return list;
  }();
  return edges;
}

TEST_CASE("Every operator gives the mathematical result, an error, or the rest modulo") {
  int cases = 0;
  for (const IntType type : kPromoted) {
    for (const Op op :
         {Op::kAdd, Op::kSub, Op::kMul, Op::kDiv, Op::kRem, Op::kShl, Op::kShr, Op::kAnd, Op::kOr,
          Op::kXor, Op::kEq, Op::kNe, Op::kLt, Op::kLe, Op::kGt, Op::kGe}) {
      for (const int64_t left : Edges()) {
        for (const int64_t right : Edges()) {
          const bool shifts = op == Op::kShl || op == Op::kShr;
          const int64_t a = ConvertTo(type, left);
          const int64_t b = shifts ? right : ConvertTo(type, right);
          const ExpectedResult expected = ReferenceValue(op, type, a, b);
          int64_t value = 12345;
          const ArithmeticError error = ApplyBinary(op, type, a, b, &value);
          ++cases;
          if (error == expected.error &&
              value == (error == ArithmeticError::kNone ? expected.value : 12345))
            continue;
          FAIL_CHECK("operator " << static_cast<int>(op) << ", type " << static_cast<int>(type)
                                 << ": " << a << ", " << b << " gives " << value << ", error "
                                 << static_cast<int>(error) << "; expected " << expected.value
                                 << ", error " << static_cast<int>(expected.error));
        }
      }
    }
  }
  CHECK(cases > 100'000);
}

TEST_CASE("Unary operators") {
  struct Case {
    Op op;
    IntType type;
    int64_t operand;
    int64_t value;
  };
  for (const Case& c : {
           Case{Op::kNegate, IntType::kI32, 5, -5},
           Case{Op::kNegate, IntType::kU32, 5, 4294967291},
           Case{Op::kNegate, IntType::kU32, 0, 0},
           Case{Op::kNegate, IntType::kI64, INT64_MAX, -INT64_MAX},
           Case{Op::kNegate, IntType::kU64, 1, -1},
           Case{Op::kBitNot, IntType::kI32, 0, -1},
           Case{Op::kBitNot, IntType::kU32, 0, 4294967295},
           Case{Op::kBitNot, IntType::kI32, INT32_MAX, INT32_MIN},
           Case{Op::kBitNot, IntType::kU64, 0, -1},
           Case{Op::kNot, IntType::kI64, INT64_MIN, 0},
           Case{Op::kNot, IntType::kU32, 0, 1},
           Case{Op::kPlus, IntType::kI32, -7, -7},
       }) {
    int64_t value = 0;
    CAPTURE(c.operand);
    CHECK(ApplyUnary(c.op, c.type, c.operand, &value) == ArithmeticError::kNone);
    CHECK(value == c.value);
  }
  int64_t value = 0;
  CHECK(ApplyUnary(Op::kNegate, IntType::kI32, INT32_MIN, &value) == ArithmeticError::kOverflow);
  CHECK(ApplyUnary(Op::kNegate, IntType::kI64, INT64_MIN, &value) == ArithmeticError::kOverflow);
}

TEST_CASE("Conversions keep the value or take it modulo; to bool everything but 0 is 1") {
  struct Case {
    IntType type;
    int64_t from;
    int64_t to;
  };
  for (const Case& c : {
           Case{IntType::kBool, 256, 1},       Case{IntType::kBool, INT64_MIN, 1},
           Case{IntType::kBool, 0, 0},         Case{IntType::kI8, 127, 127},
           Case{IntType::kI8, 128, -128},      Case{IntType::kI8, 255, -1},
           Case{IntType::kI8, 256, 0},         Case{IntType::kI8, -129, 127},
           Case{IntType::kU8, -1, 255},        Case{IntType::kU8, 256, 0},
           Case{IntType::kI16, 32768, -32768}, Case{IntType::kI16, -32769, 32767},
           Case{IntType::kU16, -1, 65535},     Case{IntType::kI32, 2147483648, INT32_MIN},
           Case{IntType::kI32, 4294967296, 0}, Case{IntType::kU32, -1, 4294967295},
           Case{IntType::kU32, 4294967296, 0}, Case{IntType::kI64, INT64_MIN, INT64_MIN},
           Case{IntType::kU64, -1, -1},
       }) {
    CAPTURE(c.from);
    CHECK(ConvertTo(c.type, c.from) == c.to);
  }
}

// gcc folds these before its sanitizer looks; to the language they are errors where they are
// reached.
TEST_CASE("A constant that overflows is an error when it is evaluated, and only then") {
  struct Case {
    const char* expression;
    ErrorKind error;
  };
  for (const Case& c : {
           Case{"2147483647 + 1", ErrorKind::kOverflow},
           Case{"-2147483647 - 2", ErrorKind::kOverflow},
           Case{"65536 * 65536", ErrorKind::kOverflow},
           Case{"-(-2147483647 - 1)", ErrorKind::kOverflow},
           Case{"1 / 0", ErrorKind::kDivision},
           Case{"1 << 31", ErrorKind::kOverflow},
           Case{"1 << 32", ErrorKind::kOverflow},
           Case{"1 ? 2 : 1 / 0", ErrorKind::kNone},
           Case{"0 && 1 / 0", ErrorKind::kNone},
           Case{"1 || 2147483647 + 1", ErrorKind::kNone},
           Case{"sizeof (1 / 0)", ErrorKind::kNone},
           Case{"2147483647u + 1u", ErrorKind::kNone},
           Case{"2147483648 + 1", ErrorKind::kNone},
           Case{"1u << 31", ErrorKind::kNone},
       }) {
    CAPTURE(std::string(c.expression));
    const Interpreted run =
        Interpret("shared long result[" + std::to_string(CProgram::kResultCells) +
                      "] = {0};\nprocess run {\n    result[0] = " + c.expression + ";\n}\n",
                  Granularity::kAccess);
    CHECK(run.problem == "");
    CHECK(run.error.kind == c.error);
  }
}

}  // namespace
}  // namespace interleave
