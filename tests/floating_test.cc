// float and double are those of gcc on x86-64: seeded random programs in C over them and integers
// give the same values, bit for bit, interpreted, compiled by gcc as they are, and in each way in
// which C is made of a program here.
//
// What C leaves undefined is kept out: integers meet as unsigned ones only, and what becomes an
// integer is looked at first.

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "model/conform/conform.h"
#include "model/search/check.h"
#include "sim/language/arithmetic.h"
#include "tests/support/c_programs.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr int kPrograms = 10;
#else
constexpr int kPrograms = 70;
#endif
constexpr int kEmitted = 4;
constexpr int kExpressions = CProgram::kResultCells - 8;  // the rest are the variables at the end

// Functions for integers out of numbers, once for all programs of a file.
constexpr const char* kHelpers = R"(
#ifndef HELPERS
#define HELPERS
static int to_int(double x) { return x > -2147483649.0 && x < 2147483648.0 ? (int)x : 5; }
static char to_char(float x) { return x > -129 && x < 128 ? (char)x : 'c'; }
static unsigned to_unsigned(float x) { return x > -1 && x < 4294967296.0f ? (unsigned)x : 9; }
static long to_long(float x) { return x >= -0x1p63f && x < 0x1p63f ? (long)x : -7; }
static unsigned long to_ulong(double x) { return x > -1 && x < 0x1p64 ? (unsigned long)x : 11; }
#endif
)";

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  // The statements of a program, which leaves its values with RESULT(k, value).
  std::string Statements() {
    std::string text;
    for (const char* type : {"double", "float"}) {
      for (int i = 0; i < 3; ++i)
        text += "    " + std::string(type) + " " + type[0] + std::to_string(i) + " = " +
                RealLiteral() + ";\n";
    }
    text += "    unsigned u0 = " + Pick(kIntegers) + ", u1 = " + Pick(kIntegers) + ";\n";
    text += "    int i0 = " + Pick({"0", "1", "-1", "2147483647", "-2147483647 - 1", "16777217"}) +
            ";\n";
    text += "    long l0 = " + Pick(kIntegers) + ";\n";
    text += "    unsigned long w0 = " + Pick(kIntegers) + ";\n";
    for (int k = 0; k < kExpressions; ++k) {
      text += "    RESULT(" + std::to_string(k) + ", " + (Below(4) == 0 ? Integer(4) : Real(4)) +
              ");\n";
      if (k % 3 == 0) text += "    " + Assignment() + ";\n";
    }
    int at = kExpressions;
    for (const char* variable : {"d0", "d1", "d2", "f0", "f1", "f2", "u0", "i0"})
      text += "    RESULT(" + std::to_string(at++) + ", " + variable + ");\n";
    return text;
  }

 private:
  using Words = std::vector<std::string>;
  const Words kIntegers = {"0",
                           "1",
                           "7",
                           "2147483648u",
                           "16777217",
                           "4294967295u",
                           "33554431",
                           "9007199254740993",
                           "4503599627",
                           "1099511627777",
                           "9223372036854775807",
                           "3"};

  uint64_t Below(uint64_t n) { return random_() % n; }
  std::string Pick(const Words& words) { return words[Below(words.size())]; }

  std::string RealLiteral() {
    return Pick({"0.0",
                 "-0.0",
                 "1.5",
                 "-2.5f",
                 "0.1",
                 "0.1f",
                 "3.",
                 "1e300",
                 "-1e-310",
                 "1e38f",
                 "2e-44f",
                 "16777216.0f",
                 "1e10",
                 "-7e18",
                 "0x1p-3",
                 "0x1.8p31",
                 "1e308",
                 ".5",
                 "4503599627370497.5",
                 "1e999",
                 "123e-1f",
                 "0x1.fffffep127f",
                 "9007199254740993.0",
                 "2.2250738585072014e-308"});
  }
  std::string RealVariable() { return Pick({"d0", "d1", "d2", "f0", "f1", "f2"}); }

  std::string Any(int depth) { return Below(3) == 0 ? Integer(depth) : Real(depth); }

  // An expression of a floating type.
  std::string Real(int depth) {
    if (depth == 0 || Below(8) == 0)
      return Below(3) == 0 ? "(" + RealLiteral() + ")" : RealVariable();
    switch (Below(10)) {
      case 0: return "(" + Pick({"(double)", "(float)"}) + Any(depth - 1) + ")";
      case 1: return "(" + Any(depth - 1) + " ? " + Real(depth - 1) + " : " + Any(depth - 1) + ")";
      case 2: return "(" + Pick({"-", "+"}) + Real(depth - 1) + ")";
      case 3: return "__builtin_sqrt(" + Any(depth - 1) + ")";
      case 4: return "(" + Any(depth - 1) + Pick({" + ", " * ", " / "}) + Real(depth - 1) + ")";
      default:
        return "(" + Real(depth - 1) + Pick({" + ", " - ", " * ", " / "}) + Any(depth - 1) + ")";
    }
  }

  std::string Integer(int depth) {
    if (depth == 0 || Below(8) == 0) return Pick({"u0", "u1", "i0", "l0", "w0", "7", "1u"});
    switch (Below(6)) {
      case 0:
        return Pick({"to_int", "to_char", "to_unsigned", "to_long", "to_ulong"}) + "(" +
               Real(depth - 1) + ")";
      case 1: return "(" + Real(depth - 1) + Pick({" && ", " || "}) + Any(depth - 1) + ")";
      case 2: return "(!" + Any(depth - 1) + ")";
      case 3:
        return "(" + Pick({"u0", "w0"}) + Pick({" + ", " - ", " * "}) + "(unsigned)" +
               Integer(depth - 1) + ")";
      default:
        return "(" + Any(depth - 1) + Pick({" < ", " <= ", " > ", " >= ", " == ", " != "}) +
               Any(depth - 1) + ")";
    }
  }

  std::string Assignment() {
    switch (Below(4)) {
      case 0: return RealVariable() + Pick({"++", "--"});
      case 1: return "i0 = to_int(" + Real(2) + ")";
      default: return RealVariable() + Pick({" = ", " += ", " -= ", " *= ", " /= "}) + Any(3);
    }
  }

  std::mt19937_64 random_;
};

std::string TextForGcc(int number, const std::string& statements) {
  return std::string(kHelpers) +
         "#undef RESULT\nstatic double real;\n"
         "#define RESULT(k, e) (real = (e), real != real ? (void)(result[k] = 0x7ff8000000000000) "
         ": (void)memcpy(&result[k], &real, 8))\n"
         "static void p" +
         std::to_string(number) + "(void)\n{\n" + statements + "}\n";
}

std::string TextForUs(const std::string& statements, const std::string& more = "") {
  return "#include <assert.h>\nstatic double result[" + std::to_string(CProgram::kResultCells) +
         "];\n" + kHelpers + "#define RESULT(k, e) result[k] = (e)\nint main(void)\n{\n" +
         statements + more + "    return 0;\n}\n";
}

// That the results are these, in C.
std::string Assertions(const Results& results) {
  std::string text;
  for (std::size_t k = 0; k < results.size(); ++k) {
    const double value = RealOf<double>(results[k]);
    const std::string cell = "result[" + std::to_string(k) + "]";
    std::array<char, 64> number{};
    std::snprintf(number.data(), number.size(), "%a", value);
    std::string condition = cell + " == " + number.data();
    if (std::isnan(value)) condition = cell + " != " + cell;
    if (std::isinf(value)) condition = cell + (value < 0 ? " == -1e999" : " == 1e999");
    if (value == 0) condition += " && 1 / " + cell + (std::signbit(value) ? " < 0" : " > 0");
    text += "    assert(" + condition + ");\n";
  }
  return text;
}

}  // namespace

TEST_CASE("Random programs with float and double have gcc's values, however they are run") {
  std::vector<std::string> statements, texts;
  for (int i = 0; i < kPrograms; ++i) {
    statements.push_back(Generator(30'000 + static_cast<uint64_t>(i)).Statements());
    texts.push_back(TextForGcc(i, statements.back()));
  }
  // gcc 12 makes -i of 0.0 - i, unless the rounding may vary.
  for (const std::string optimization : {"-O0", "-O2"}) {
    const std::vector<Compiled> compiled =
        CompileAndRun(texts, optimization + " -fno-math-errno -frounding-math");
    int numbers = 0;
    for (std::size_t i = 0; i < statements.size(); ++i) {
      const std::string text = TextForUs(statements[i]);
      INFO(text);
      REQUIRE(compiled[i].finished);
      const Interpreted run =
          Interpret(text, i % 2 == 0 ? Granularity::kAccess : Granularity::kStatement, "program.c");
      CHECK(run.problem == "");
      CHECK(run.error.message == "");
      CHECK(Difference(run.results, compiled[i].results) == "");
      for (const int64_t cell : run.results) numbers += std::isfinite(RealOf<double>(cell)) ? 1 : 0;
      if (i >= kEmitted || optimization != "-O0") continue;
      const LoadedScenario loaded =
          LoadScenario(TextForUs(statements[i], Assertions(compiled[i].results)), {}, {}, "p.c");
      REQUIRE_MESSAGE(loaded, loaded.diagnostics);
      CheckOptions options;
      options.engine.engine = Engine::kNative;
      CHECK(Check(*loaded, options).verdict == Verdict::kHolds);
      const ConformResult conform = Conform(*loaded, {});
      CHECK_MESSAGE(conform.conforms, conform.difference);
    }
    CHECK(numbers > kPrograms * CProgram::kResultCells / 2);
  }
}

TEST_CASE("What C says of numbers that are none, of 0 and of what does not fit") {
  const double infinity = std::numeric_limits<double>::infinity();
  const double none = std::numeric_limits<double>::quiet_NaN();
  struct Case {
    Op op;
    double a, b, value;
  };
  for (const Case& c : {
           Case{Op::kDiv, 1, 0, infinity},
           Case{Op::kDiv, -1, 0, -infinity},
           Case{Op::kDiv, 0, 0, none},
           Case{Op::kSub, infinity, infinity, none},
           Case{Op::kMul, 0, -1, -0.0},
           Case{Op::kAdd, -0.0, 0, 0},
           Case{Op::kMul, 1e300, 1e300, infinity},
           Case{Op::kAdd, 0.1, 0.2, 0.30000000000000004},
       }) {
    int64_t cell = 0;
    CHECK(ApplyBinary(c.op, IntType::kF64, CellOf(c.a), CellOf(c.b), &cell) ==
          ArithmeticError::kNone);
    CHECK(cell == CellOf(c.value));
  }
  // All of them are one, so that states with them are equal; no two of them are.
  const int64_t nan = CellOf(none);
  CHECK(CellOf(-none) == nan);
  CHECK(CellOf(std::bit_cast<double>(int64_t{0x7ff0000000000001})) == nan);
  int64_t truth = 1;
  ApplyBinary(Op::kEq, IntType::kF64, nan, nan, &truth);
  CHECK(truth == 0);
  ApplyBinary(Op::kEq, IntType::kF64, CellOf(0.0), CellOf(-0.0), &truth);
  CHECK(truth == 1);

  struct Conversion {
    IntType type;
    double number;
    bool fits;
    int64_t value;
  };
  for (const Conversion& c : {
           Conversion{IntType::kI8, 127.9, true, 127},
           Conversion{IntType::kI8, 128, false, 0},
           Conversion{IntType::kI8, -128.9, true, -128},
           Conversion{IntType::kI8, -129, false, 0},
           Conversion{IntType::kU8, -0.9, true, 0},
           Conversion{IntType::kU8, -1, false, 0},
           Conversion{IntType::kI16, 32767.5, true, 32767},
           Conversion{IntType::kU16, 65536, false, 0},
           Conversion{IntType::kI32, 2147483647.9, true, 2147483647},
           Conversion{IntType::kI32, 2147483648.0, false, 0},
           Conversion{IntType::kI32, -2147483648.9, true, INT32_MIN},
           Conversion{IntType::kI32, -2147483649.0, false, 0},
           Conversion{IntType::kU32, 4294967295.9, true, 4294967295},
           Conversion{IntType::kI64, -0x1p63, true, INT64_MIN},
           Conversion{IntType::kI64, std::nextafter(-0x1p63, -infinity), false, 0},
           Conversion{IntType::kI64, 0x1p63, false, 0},
           Conversion{IntType::kU64, 0x1p63, true, INT64_MIN},
           Conversion{IntType::kU64, 0x1p64, false, 0},
           Conversion{IntType::kI32, none, false, 0},
           Conversion{IntType::kBool, none, true, 1},
           Conversion{IntType::kBool, 0.25, true, 1},
           Conversion{IntType::kBool, -0.0, true, 0},
           Conversion{IntType::kF32, 1e39, true, CellOf(std::numeric_limits<float>::infinity())},
           Conversion{IntType::kF32, 0.1, true, CellOf(0.1F)},
       }) {
    CAPTURE(c.number);
    int64_t value = 12345;
    const ArithmeticError error = Convert(IntType::kF64, c.type, CellOf(c.number), &value);
    CHECK((error == ArithmeticError::kNone) == c.fits);
    CHECK(value == (c.fits ? c.value : 12345));
  }
  int64_t single = 0;  // not by way of a double, which would round twice
  CHECK(Convert(IntType::kI64, IntType::kF32, 0x1000001000000001, &single) ==
        ArithmeticError::kNone);
  CHECK(single == CellOf(static_cast<float>(int64_t{0x1000001000000001})));
}

}  // namespace interleave
