#include "sim/program/c_text.h"

#include <fmt/format.h>

#include <array>

namespace interleave {

const char* CName(IntType type) {
  static constexpr std::array<const char*, 11> kNames = {
      "_Bool",    "signed char", "unsigned char", "short", "unsigned short", "int",
      "unsigned", "long",        "unsigned long", "float", "double"};
  return kNames[static_cast<std::size_t>(type)];
}

const char* CCellName(IntType type) {
  switch (type) {
    case IntType::kBool: return "unsigned char";
    case IntType::kF32: return "unsigned";
    case IntType::kF64: return "long";
    default: return CName(type);
  }
}

const char* const kRealsInC = R"c(
static __attribute__((unused)) float il_float(long cell) {
  unsigned bits = (unsigned)cell;
  float number;
  __builtin_memcpy(&number, &bits, sizeof number);
  return number;
}
static __attribute__((unused)) double il_double(long cell) {
  double number;
  __builtin_memcpy(&number, &cell, sizeof number);
  return number;
}
static __attribute__((unused)) long il_of_float(float number) {
  unsigned bits;
  if (number != number) return 0x7fc00000l;
  __builtin_memcpy(&bits, &number, sizeof bits);
  return (long)bits;
}
static __attribute__((unused)) long il_of_double(double number) {
  long cell;
  if (number != number) return 0x7ff8000000000000l;
  __builtin_memcpy(&cell, &number, sizeof cell);
  return cell;
}
)c";

std::string CLiteral(int64_t value) {
  return value == INT64_MIN ? "(-9223372036854775807l - 1)" : fmt::format("{}l", value);
}

namespace {

// A number of a floating type, and the cell that holds one.
std::string RealInC(IntType type, const std::string& cell) {
  return fmt::format("il_{}({})", CName(type), cell);
}
std::string CellInC(IntType type, const std::string& number) {
  return fmt::format("il_of_{}({})", CName(type), number);
}

std::string ConversionInC(IntType from, IntType to, const std::string& dst, const std::string& a,
                          const LocalFailures& failures) {
  if (!IsFloating(from)) {
    const std::string number = fmt::format("({})({}){}", CName(to), CName(from), a);
    return fmt::format("{} = {};", dst, CellInC(to, number));
  }
  const std::string number = RealInC(from, a);
  if (IsFloating(to)) {
    return fmt::format("{} = {};", dst, CellInC(to, fmt::format("({}){}", CName(to), number)));
  }
  if (to == IntType::kBool) return fmt::format("{} = {} != 0;", dst, number);
  const RealBounds bounds = BoundsOf(to);
  return fmt::format(
      "{{ double v = {}; if (IL_UNLIKELY(!(v > {:.1f} && v < {:.1f}))) {} else {} = (long)({})v; "
      "}}",
      number, bounds.low, bounds.high, failures.overflow, dst, CName(to));
}

std::string BinaryInC(Op op, IntType type_of, const std::string& dst, const std::string& left,
                      const std::string& right, const LocalFailures& failures) {
  if (IsFloating(type_of)) {
    const std::string number =
        fmt::format("{} {} {}", RealInC(type_of, left), OperatorText(op), RealInC(type_of, right));
    const bool is_truth = op >= Op::kEq && op <= Op::kGe;
    return fmt::format("{} = {};", dst, is_truth ? number : CellInC(type_of, number));
  }
  const char* type = CName(type_of);
  const bool is_signed = type_of == IntType::kI32 || type_of == IntType::kI64;
  const bool is_wide = type_of == IntType::kI64 || type_of == IntType::kU64;
  const std::string a = fmt::format("({}){}", type, left);
  const std::string b = fmt::format("({}){}", type, right);
  const char* lowest = is_wide ? "(-9223372036854775807l - 1)" : "(-2147483647 - 1)";
  switch (op) {
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
      if (is_signed) {
        return fmt::format(
            "{{ {} v; if (IL_UNLIKELY(__builtin_{}_overflow({}, {}, &v))) {} else {} = (long)v; }}",
            type,
            op == Op::kAdd   ? "add"
            : op == Op::kSub ? "sub"
                             : "mul",
            a, b, failures.overflow, dst);
      }
      break;
    case Op::kDiv:
    case Op::kRem: {
      std::string text = fmt::format("if (IL_UNLIKELY({} == 0)) {} ", b, failures.division);
      if (is_signed) {
        text += fmt::format("else if (IL_UNLIKELY({} == -1 && {} == {})) {} ", b, a, lowest,
                            failures.overflow);
      }
      return text + fmt::format("else {} = (long)({} {} {});", dst, a, OperatorText(op), b);
    }
    case Op::kShl:
    case Op::kShr: {
      // The count keeps its own type: a negative one is huge.
      std::string text = fmt::format("if (IL_UNLIKELY((unsigned long){} >= {})) {} ", right,
                                     is_wide ? 64 : 32, failures.overflow);
      if (is_signed && op == Op::kShl) {
        text += fmt::format("else if (IL_UNLIKELY({} < 0 || ({} >> ({} - {})) != 0)) {} ", a, a,
                            is_wide ? 63 : 31, right, failures.overflow);
      }
      return text + fmt::format("else {} = (long)({} {} {});", dst, a, OperatorText(op), right);
    }
    default: break;
  }
  return fmt::format("{} = (long)({} {} {});", dst, a, OperatorText(op), b);
}

std::string UnaryInC(Op op, IntType type_of, const std::string& dst, const std::string& a,
                     const LocalFailures& failures) {
  const char* type = CName(type_of);
  const bool is_signed = type_of == IntType::kI32 || type_of == IntType::kI64;
  switch (op) {
    case Op::kFromLong: return ConversionInC(IntType::kI64, type_of, dst, a, failures);
    case Op::kFromUnsignedLong: return ConversionInC(IntType::kU64, type_of, dst, a, failures);
    case Op::kFromFloat: return ConversionInC(IntType::kF32, type_of, dst, a, failures);
    case Op::kFromDouble: return ConversionInC(IntType::kF64, type_of, dst, a, failures);
    case Op::kSquareRoot: {
      const std::string root = fmt::format("__builtin_sqrt({})", RealInC(type_of, a));
      return fmt::format("{} = {};", dst, CellInC(type_of, root));
    }
    case Op::kNegate:
      if (IsFloating(type_of))
        return fmt::format("{} = {};", dst, CellInC(type_of, "-" + RealInC(type_of, a)));
      if (is_signed) {
        return fmt::format(
            "{{ {} v; if (IL_UNLIKELY(__builtin_sub_overflow(({})0, ({}){}, &v))) {} else {} = "
            "(long)v; }}",
            type, type, type, a, failures.overflow, dst);
      }
      return fmt::format("{} = (long)({})-({}){};", dst, type, type, a);
    case Op::kBitNot: return fmt::format("{} = (long)({})~({}){};", dst, type, type, a);
    case Op::kNot: return fmt::format("{} = !{};", dst, a);
    default: return fmt::format("{} = {};", dst, a);
  }
}

}  // namespace

std::optional<std::string> LocalInC(const Instruction& i,
                                    const std::function<std::string(uint32_t)>& name,
                                    const LocalFailures& failures) {
  const auto dst = [&] { return name(i.dst); };
  const auto a = [&] { return name(i.a); };
  switch (i.opcode) {
    case Opcode::kMove: return fmt::format("{} = {};", dst(), a());
    case Opcode::kBinary: return BinaryInC(i.op, i.type, dst(), a(), name(i.b), failures);
    case Opcode::kUnary: return UnaryInC(i.op, i.type, dst(), a(), failures);
    case Opcode::kConvert: return fmt::format("{} = (long)({}){};", dst(), CName(i.type), a());
    case Opcode::kIndex:
      return fmt::format("if (IL_UNLIKELY((unsigned long){} >= {}ul)) {} else {} = {} * {};", a(),
                         i.b, failures.index, dst(), a(), i.c);
    case Opcode::kRegisterLoad: return fmt::format("{} = r[{} + {}];", dst(), i.c, a());
    case Opcode::kRegisterStore: return fmt::format("r[{} + {}] = {};", i.c, a(), dst());
    default: return std::nullopt;
  }
}

std::vector<bool> JumpTargets(const Code& code) {
  std::vector<bool> is_target(code.instructions.size(), false);
  for (const Instruction& i : code.instructions) {
    if (i.opcode == Opcode::kJump || i.opcode == Opcode::kBranchFalse ||
        i.opcode == Opcode::kBranchTrue) {
      is_target[i.c] = true;
    } else if (i.opcode == Opcode::kSelect) {
      const SelectTable& table = code.selects[i.c];
      for (const auto& [reg, target] : table.alternatives) is_target[target] = true;
      if (table.else_target >= 0) is_target[static_cast<std::size_t>(table.else_target)] = true;
    }
  }
  return is_target;
}

}  // namespace interleave
