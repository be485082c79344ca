// The language means what gcc makes of the same C: thousands of seeded random expressions and
// sequential programs give the same values, bit for bit, and the same first error, in kind and
// place, as gcc's undefined-behaviour sanitizer.
//
// Two C files are compiled: the programs as they are, optimised, for the values of those that
// reach their end; and with the sanitizer, each fallible operation's value kept (random_c.h), for
// the errors. Where the two must differ:
//   - DESIGN has one kind of error, overflow, for what gcc calls overflow, negation and shift;
//   - gcc gives a prefix `++` the column of what is around it.
// INT_MIN % -1 and a left shift of a negative value are errors to both.

#include <doctest/doctest.h>

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/c_programs.h"
#include "tests/support/random_c.h"

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr int kShare = 8;  // one program in so many
#else
constexpr int kShare = 1;
#endif

struct Mix {
  int programs = 0;
  int finished = 0;
  int expressions = 0;  // evaluated, the last one perhaps in part
  std::map<std::string, int> errors;
};

std::string Describe(const CProgram& program, const Interpreted& interpreted,
                     const Compiled& compiled) {
  const Source source("program.scn", program.scenario);
  std::string text = "seed " + std::to_string(program.seed) + "\n" + program.scenario;
  if (interpreted.error.kind != ErrorKind::kNone) {
    const LineColumn at = source.Locate(interpreted.error.range.begin);
    text += "interpreter: " + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " +
            interpreted.error.message + ", in `" +
            std::string(source.Slice(interpreted.error.range)) + "`\n";
  }
  if (!compiled.report.empty()) {
    const Source c("program.c", program.sanitized);
    text += "gcc: line " + std::to_string(compiled.position.line) + ": " + compiled.report +
            ", at `" +
            std::string(c.Line(compiled.position.line).substr(compiled.position.column - 1, 30)) +
            "`\n";
  }
  return text;
}

bool SamePlace(const CProgram& program, SourceRange range, LineColumn position) {
  const std::string sign = program.scenario.substr(range.begin, 2);
  for (const FallibleOperation& operation : program.operations) {
    if (operation.range.begin != range.begin || operation.range.end != range.end) continue;
    const bool same_column =
        operation.operation.column == position.column || sign == "++" || sign == "--";
    if (operation.operation.line == position.line && same_column) return true;
  }
  return false;
}

// Returns the first results that differ, or "".
std::string Difference(const Results& interpreted, const Results& compiled) {
  for (std::size_t i = 0; i < interpreted.size(); ++i) {
    if (interpreted[i] == compiled[i]) continue;
    return "result[" + std::to_string(i) + "]: interpreter " + std::to_string(interpreted[i]) +
           ", gcc " + std::to_string(compiled[i]);
  }
  return "";
}

void Judge(const CProgram& program, const Interpreted& interpreted, const Compiled& plain,
           const Compiled& sanitized, Mix& mix) {
  const auto wrong = [&](const std::string& what) {
    FAIL_CHECK(what << "\n" << Describe(program, interpreted, sanitized));
  };
  if (!interpreted.problem.empty()) return wrong(interpreted.problem);
  const bool fails = interpreted.error.kind != ErrorKind::kNone || !sanitized.report.empty();
  if (fails) {
    if (interpreted.error.kind != sanitized.kind) return wrong("the first errors differ in kind");
    if (!SamePlace(program, interpreted.error.range, sanitized.position))
      return wrong("the first errors differ in place");
    ++mix.errors[ErrorName(sanitized.kind)];
  } else if (!sanitized.finished || !plain.finished) {
    return wrong("the compiled program does not end");
  }
  const std::string with_checks = Difference(interpreted.results, sanitized.results);
  if (!with_checks.empty()) return wrong("with the sanitizer: " + with_checks);
  const std::string without = fails ? "" : Difference(interpreted.results, plain.results);
  if (!without.empty()) return wrong("optimised: " + without);
  ++mix.programs;
  mix.finished += fails ? 0 : 1;
  const std::size_t end = fails ? interpreted.error.range.begin : std::string::npos;
  // result[0] to result[7] are expressions, the rest the variables at the end.
  constexpr std::string_view kStatement = "\n    result[";
  for (std::size_t at = 0; (at = program.scenario.find(kStatement, at)) < end;
       at += kStatement.size()) {
    const std::string index = program.scenario.substr(at + kStatement.size(), 2);
    if (index[1] == ']' && index[0] < '8') ++mix.expressions;
  }
}

Mix Compare(const std::vector<CProgram>& programs) {
  std::vector<std::string> texts;
  for (const CProgram& program : programs) texts.push_back(program.sanitized);
  const std::vector<Compiled> sanitized = CompileAndRun(texts, kSanitizerFlags);
  // What is undefined in one program could disturb the next, so only the good ones.
  for (std::size_t i = 0; i < programs.size(); ++i) {
    texts[i] =
        sanitized[i].finished ? programs[i].plain : "void p" + std::to_string(i) + "(void) {}";
  }
  const std::vector<Compiled> plain = CompileAndRun(texts, "-O1");
  Mix mix;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const Granularity granularity = i % 2 == 0 ? Granularity::kAccess : Granularity::kStatement;
    Judge(programs[i], Interpret(programs[i].scenario, granularity), plain[i], sanitized[i], mix);
  }
  std::string errors;
  for (const auto& [name, count] : mix.errors) errors += ", " + std::to_string(count) + " " + name;
  MESSAGE(mix.programs << " programs, " << mix.expressions << " expressions: " << mix.finished
                       << " programs end" << errors);
  return mix;
}

}  // namespace

TEST_CASE("Random expressions have gcc's values and its sanitizer's first error") {
  std::vector<CProgram> programs;
  for (int i = 0; i < 850 / kShare; ++i)
    programs.push_back(RandomExpressions(10'000 + static_cast<uint64_t>(i), i));
  Mix mix = Compare(programs);
  CHECK(mix.expressions >= 3000 / kShare);
  for (const char* kind : {"overflow", "division", "index"}) {
    INFO(kind);
    CHECK(mix.errors[kind] >= 20 / kShare);
  }
}

TEST_CASE("Random sequential programs have gcc's values and its sanitizer's first error") {
  std::vector<CProgram> programs;
  for (int i = 0; i < 500 / kShare; ++i) {
    programs.push_back(RandomSequentialProgram(20'000 + static_cast<uint64_t>(i), i));
  }
  Mix mix = Compare(programs);
  CHECK(mix.finished >= 200 / kShare);
  for (const char* kind : {"overflow", "division", "index"}) {
    INFO(kind);
    CHECK(mix.errors[kind] >= 20 / kShare);
  }
}

constexpr const char* kTypes = R"(
enum color { RED, GREEN = 5, BLUE };
enum level { LOW = -1, HIGH = 7 };
enum wide { SMALL = 1, LARGE = 2147483647 };
struct pair { char a; int b; };
struct mixed { char a; long b; char c; };
struct nested { struct pair p[3]; short s; };
struct bytes { bool a; unsigned char b[5]; };
typedef unsigned short half;
)";

constexpr const char* kVariables = R"(
bool b = 1; char c = -3; signed char sc = -3; unsigned char uc = 250; short s = -300; unsigned short us = 65000;
int i = -7; unsigned u = 7; long l = -9; unsigned long ul = 9; long long ll = -11; size_t z = 12;
int8_t i8 = -8; uint8_t u8 = 200; int16_t i16 = -16; uint16_t u16 = 60000; int32_t i32 = -32; uint32_t u32 = 32;
int64_t i64 = -64; uint64_t u64 = 64; half h = 3;
enum color e = GREEN; enum level n = HIGH; enum wide w = LARGE;
int a[3] = {1, 2, 3}; char m[2][5] = {{1}}; struct pair p = {1, 2}; struct nested q = {{{1}}}; int *pointer = a;
)";

// Of each expression the value, the size of its type, and whether that is unsigned when promoted.
TEST_CASE("Types, sizes and conversions are gcc's") {
  static const std::vector<std::string> kExpressions = {
      // literals
      "1",
      "1u",
      "1l",
      "1ul",
      "1ll",
      "1LLU",
      "2147483647",
      "2147483648",
      "4294967295",
      "4294967296",
      "0x7fffffff",
      "0x80000000",
      "0xffffffff",
      "0x100000000",
      "0x7fffffffffffffff",
      "0x8000000000000000",
      "037777777777",
      "020000000000",
      "0b11",
      "0x80000000l",
      "2147483648u",
      "9223372036854775807",
      "18446744073709551615u",
      "-2147483648",
      "'a'",
      "'\\377'",
      "'\\x80'",
      "'\\0'",
      "true",
      "false",
      "RED",
      "LOW",
      "LARGE",
      // promotion
      "+b",
      "+c",
      "+uc",
      "+s",
      "+us",
      "+i",
      "+u",
      "+l",
      "+ul",
      "-uc",
      "~us",
      "-u",
      "~b",
      "!ul",
      "!c",
      "+h",
      "-i8",
      "~u16",
      "+e",
      "+n",
      "+w",
      "-e",
      // usual arithmetic conversions
      "c + uc",
      "s + us",
      "i + u",
      "u + l",
      "i + ul",
      "l + ul",
      "ll + u",
      "z + i",
      "b + b",
      "u8 + u8",
      "u16 * 3",
      "u32 + i32",
      "u32 + i64",
      "i64 + u64",
      "e + 1",
      "e - 6",
      "n - 8",
      "e + n",
      "w + 1u",
      "i / u",
      "l / u",
      "i % ul",
      "-1 / 2u",
      "h - 4",
      // shifts take the left operand's type
      "1 << 3l",
      "uc << 4ul",
      "u << 1l",
      "l >> 1",
      "us >> 2u",
      "b << 3",
      "-8 >> 1",
      "c >> 1",
      "ul >> 63",
      // comparisons
      "i < u",
      "c < uc",
      "-1 < 1u",
      "-1l < 1u",
      "l < ul",
      "us > s",
      "e > -1",
      "n > -2",
      "i == (unsigned)-7",
      "u8 == (char)200",
      "b == 2",
      "i64 < u32",
      "(short)40000 < 0",
      // the conditional takes both sides' common type
      "1 ? -1 : 1u",
      "0 ? -1 : 1l",
      "b ? c : uc",
      "i ? u : l",
      "b ? e : n",
      "i && u",
      "l || 0",
      "(i, ul)",
      "(u, c)",
      // casts
      "(char)200",
      "(unsigned char)-1",
      "(short)70000",
      "(bool)256",
      "(bool)0",
      "(unsigned)-1",
      "(long)(unsigned)-1",
      "(unsigned long)-1",
      "(int)4294967295u",
      "(uint16_t)i",
      "(int8_t)us",
      "(enum color)-1",
      "(enum level)-1",
      "(half)-1",
      "(uint64_t)c",
      "(uint32_t)c",
      "(long)u32",
      // assignments have the type of their place
      "c = 200",
      "uc += 10",
      "us -= 65001",
      "b = 2",
      "b--",
      "++b",
      "c++",
      "--uc",
      "e = -1",
      "n = -1",
      "s *= 2",
      "u -= 8",
      "i += 1ul",
      "h = i",
      "l = u = -1",
      // sizes
      "sizeof b",
      "sizeof (c + c)",
      "sizeof c",
      "sizeof (c++)",
      "sizeof a",
      "sizeof m",
      "sizeof m[0]",
      "sizeof (a + 0)",
      "sizeof p",
      "sizeof q",
      "sizeof q.p",
      "sizeof (struct mixed)",
      "sizeof (struct bytes)",
      "sizeof (struct nested)",
      "sizeof (enum color)",
      "sizeof RED",
      "sizeof 'a'",
      "sizeof (half)",
      "sizeof pointer",
      "sizeof *pointer",
      "sizeof (long long)",
      "sizeof (1 ? c : c)",
      "sizeof (c, c)",
      "sizeof !l",
      "sizeof (l < l)",
      "sizeof sizeof i",
      "sizeof (int *)",
      "sizeof (b ? e : e)",
  };
  constexpr std::size_t kEach = CProgram::kResultCells / 3;
  std::vector<CProgram> programs;
  std::vector<std::string> texts;
  for (std::size_t first = 0; first < kExpressions.size(); first += kEach) {
    // One block each: an expression may change the variables.
    std::string body;
    for (std::size_t i = 0; i < kEach && first + i < kExpressions.size(); ++i) {
      const std::string& e = kExpressions[first + i];
      const auto cell = [&](std::size_t n) {
        return "result[" + std::to_string(3 * i + n) + "] = ";
      };
      body += std::string("{") + kVariables + cell(0) + e + ";\n" + cell(1) + "sizeof (" + e +
              ");\n" + cell(2) + "((" + e + ") & 0) - 1 > 0;\n}\n";
    }
    // The types are the same in all programs: in C they stand in the first one.
    CProgram program = HandWrittenProgram(kTypes, body, static_cast<int>(programs.size()));
    texts.push_back(program.plain);
    if (first > 0) texts.back().replace(texts.back().find(kTypes), std::string(kTypes).size(), "");
    programs.push_back(std::move(program));
  }
  const std::vector<Compiled> compiled = CompileAndRun(texts, "-O0");
  for (std::size_t k = 0; k < programs.size(); ++k) {
    const Interpreted interpreted = Interpret(programs[k].scenario, Granularity::kAccess);
    CHECK(interpreted.problem == "");
    CHECK(interpreted.error.message == "");
    CHECK(compiled[k].finished);
    static const std::array<std::string, 3> kWhat = {"value", "size", "is unsigned"};
    for (std::size_t i = 0; i < kEach && k * kEach + i < kExpressions.size(); ++i) {
      for (std::size_t n = 0; n < kWhat.size(); ++n) {
        CAPTURE(kExpressions[k * kEach + i]);
        CAPTURE(kWhat[n]);
        CHECK(interpreted.results[3 * i + n] == compiled[k].results[3 * i + n]);
      }
    }
  }
}

TEST_CASE("The sanitizer and the language agree on what is an error") {
  struct Case {
    const char* statement;
    ErrorKind kind;
  };
  static const std::vector<Case> kCases = {
      // INT_MIN and its like
      {"result[0] = low / minus;", ErrorKind::kOverflow},
      {"result[0] = low % minus;", ErrorKind::kOverflow},
      {"result[0] = -low;", ErrorKind::kOverflow},
      {"result[0] = lowest % minus;", ErrorKind::kOverflow},
      {"result[0] = lowest / -1l;", ErrorKind::kOverflow},
      {"result[0] = low * minus;", ErrorKind::kOverflow},
      {"result[0] = low / 1;", ErrorKind::kNone},
      {"result[0] = low / (unsigned)minus;", ErrorKind::kNone},
      {"result[0] = (unsigned)low % minus;", ErrorKind::kNone},
      // narrow types are computed as int and converted back
      {"narrow++; result[0] = narrow;", ErrorKind::kNone},
      {"narrow += 200; result[0] = narrow;", ErrorKind::kNone},
      {"small--; result[0] = small;", ErrorKind::kNone},
      {"small = -small; result[0] = small;", ErrorKind::kNone},
      {"result[0] = word * word;", ErrorKind::kOverflow},
      {"result[0] = (unsigned)word * word;", ErrorKind::kNone},
      {"flag--; flag--; result[0] = flag;", ErrorKind::kNone},
      {"high++; result[0] = high;", ErrorKind::kOverflow},
      {"--low; result[0] = low;", ErrorKind::kOverflow},
      {"high += 1l; result[0] = high;", ErrorKind::kNone},
      {"high += 1u; result[0] = high;", ErrorKind::kNone},
      // shifts
      {"result[0] = minus << 0;", ErrorKind::kOverflow},
      {"result[0] = one << 30;", ErrorKind::kNone},
      {"result[0] = one << 31;", ErrorKind::kOverflow},
      {"result[0] = one << 32;", ErrorKind::kOverflow},
      {"result[0] = one >> 32;", ErrorKind::kOverflow},
      {"result[0] = one >> minus;", ErrorKind::kOverflow},
      {"result[0] = one << (unsigned char)minus;", ErrorKind::kOverflow},
      {"result[0] = 1u << 31 << one;", ErrorKind::kNone},
      {"result[0] = 1l << 62;", ErrorKind::kNone},
      {"result[0] = (long)one << 63;", ErrorKind::kOverflow},
      {"result[0] = minus >> 31;", ErrorKind::kNone},
      {"narrow <<= 8; result[0] = narrow;", ErrorKind::kNone},
      {"small <<= 1; result[0] = small;", ErrorKind::kOverflow},
      // division
      {"result[0] = one / zero;", ErrorKind::kDivision},
      {"result[0] = one % zero;", ErrorKind::kDivision},
      {"result[0] = 0u / (unsigned)zero;", ErrorKind::kDivision},
      {"one /= zero;", ErrorKind::kDivision},
      {"small %= zero;", ErrorKind::kDivision},
      {"result[0] = zero && one / zero;", ErrorKind::kNone},
      {"result[0] = zero ? one / zero : 3;", ErrorKind::kNone},
      // indices
      {"result[0] = a[three];", ErrorKind::kIndex},
      {"result[0] = a[minus];", ErrorKind::kIndex},
      {"a[three] = one;", ErrorKind::kIndex},
      {"result[0] = m[one][three];", ErrorKind::kIndex},
      {"result[0] = m[three - 1][zero];", ErrorKind::kIndex},
      {"result[0] = s.inner[three].v;", ErrorKind::kIndex},
      {"result[0] = a[(unsigned)4294967297];", ErrorKind::kNone},
      {"result[0] = a[4294967297];", ErrorKind::kIndex},
      {"result[0] = &a[three] - a;", ErrorKind::kNone},
      {"result[0] = &m[1][three] - m[1];", ErrorKind::kNone},
      {"result[0] = &a[three + 1] - a;", ErrorKind::kIndex},
      // pointers
      {"result[0] = *null;", ErrorKind::kPointer},
      {"*null = 1;", ErrorKind::kPointer},
      {"result[0] = none->v;", ErrorKind::kPointer},
      {"none->v = 1;", ErrorKind::kPointer},
      {"result[0] = null == 0;", ErrorKind::kNone},
      {"result[0] = null ? *null : 5;", ErrorKind::kNone},
      {"struct cell t = *none; result[0] = t.v;", ErrorKind::kPointer},
      // order: the first error counts
      {"result[0] = a[three] / zero;", ErrorKind::kIndex},
      {"result[0] = (high + one) / zero;", ErrorKind::kOverflow},
      {"result[0] = one / zero + (high + one);", ErrorKind::kDivision},
  };
  constexpr const char* kBefore = R"(
int low = -2147483647 - 1, high = 2147483647, minus = -1, zero = 0, one = 1, three = 3; long lowest = -9223372036854775807 - 1;
signed char narrow = 127; short small = -32767 - 1; unsigned short word = 65535; bool flag = 0;
int a[3] = {1, 2, 3}; int m[2][3] = {{1}}; struct outer s = {{{1}}}; int *null = 0; struct cell *none = NULL;
)";
  std::vector<CProgram> programs;
  std::vector<std::string> texts;
  constexpr const char* kStructs =
      "struct cell { int u, v; };\nstruct outer { struct cell inner[3]; };\n";
  for (const Case& c : kCases) {
    programs.push_back(HandWrittenProgram(kStructs, std::string(kBefore) + c.statement + "\n",
                                          static_cast<int>(programs.size())));
    texts.push_back(programs.back().plain);
    if (texts.size() > 1)
      texts.back().replace(texts.back().find(kStructs), std::string(kStructs).size(), "");
  }
  const std::vector<Compiled> compiled =
      CompileAndRun(texts, std::string(kSanitizerFlags) + " -fsanitize=null");
  for (std::size_t i = 0; i < programs.size(); ++i) {
    CAPTURE(std::string(kCases[i].statement));
    const Interpreted interpreted = Interpret(programs[i].scenario, Granularity::kAccess);
    CHECK(interpreted.problem == "");
    CHECK(interpreted.error.kind == kCases[i].kind);
    CHECK(compiled[i].kind == kCases[i].kind);
    CHECK(compiled[i].finished == (kCases[i].kind == ErrorKind::kNone));
    CHECK(Difference(interpreted.results, compiled[i].results) == "");
  }
}

}  // namespace interleave
