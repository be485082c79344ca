// Tables of C by hand, each judged by gcc and by the language: the types and sizes of expressions,
// what is an error at run time and what is none, and small programs of shapes that the random ones
// (compiler_agreement_test.cc) leave out.

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/c_programs.h"
#include "tests/support/random_c.h"

namespace interleave {
namespace {

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

// What the random programs leave out.
TEST_CASE("Small programs by hand have gcc's values") {
  struct Case {
    const char* outside;
    const char* body;
  };
  static const std::vector<Case> kCases = {
      // Duff's device
      {"",
       R"(
int n = 7, k = 2, x = 0;
switch (n % 4) {
case 0: do { x += 1;
case 3: x += 10;
case 2: x += 100;
case 1: x += 1000;
} while (--k > 0);
}
result[0] = x; result[1] = k;
)"},
      // a `case` label deep inside, a `default` in the middle, a switch without braces
      {"",
       R"(
for (int i = 0; i < 6; i++) {
int x = 0;
switch (i) {
case 1: x += 1;
default: x += 2;
if (i == 9) {
case 4: x += 4;
}
break;
case 5: ;
}
result[i] = x;
switch (i) case 3: result[10] = 3;
}
)"},
      // goto into a loop and out of two
      {"",
       R"(
int i = 0, x = 0;
goto inside;
for (; i < 4; i++) {
x += 100;
inside:
for (int j = 0; j < 3; j++) {
x++;
if (i == 2 && j == 1) goto out;
}
}
out:
result[0] = x; result[1] = i;
)"},
      // names that hide names
      {R"(
int h0(int x) { int y = x; { int x = 5; y += x; { char x = 7; y += x; } y += x; } return y + x; }
)",
       R"(
int x = 1;
for (int x = 0; x < 3; x++) { int x = 10; result[0] += x; }
result[1] = x;
{ int y = x; int x = 9; result[2] = x + y; }
result[3] = h0(2);
)"},
      // functions that call functions, the same one twice in one expression
      {R"(
int h1(int a, int b) { return a > b ? a : b; }
int h2(int a) { if (a < 0) return -a; return a; }
)",
       R"(
result[0] = h1(h1(1, 5), h1(h2(-9), 3)) - h2(h1(-4, -2));
result[1] = h1(2, 3) * 10 + h1(7, 6);
)"},
      // a parameter is the function's own
      {R"(
int h3(int n) { int r = 0; while (n-- > 0) r += n; return r; }
void h4(int *p, int n) { *p += n; p++; *p = n; }
)",
       R"(
int n = 5, a[2] = {1, 2};
result[0] = h3(n) + n;
h4(a, 10);
result[1] = a[0]; result[2] = a[1];
)"},
      // structs: by value, nested, in arrays, through pointers
      {R"(
struct v1 { int x; char y[3]; };
struct w1 { struct v1 v[2]; long n; };
struct w1 h5(struct w1 w, int i) { w.v[i].x++; w.n += w.v[i].y[1]; return w; }
)",
       R"(
struct w1 a = {{{1, {2, 3, 4}}, {5}}, 6}, b;
b = h5(a, 0);
b = h5(b, 1);
result[0] = a.v[0].x; result[1] = b.v[0].x;
result[2] = b.v[1].x; result[3] = b.n; result[4] = h5(a, 1).v[1].x;
struct w1 c[2] = {a, b}; struct w1 *p = &c[1];
p->v[1] = p->v[0]; p->v[1].y[2] = 99; result[5] = c[1].v[1].y[2]; result[6] = c[1].v[0].y[2]; result[7] = c[1].v[1].x;
struct v1 *q = c[0].v; q++; q->x = 77; result[8] = c[0].v[1].x; result[9] = (*q).y[0]; result[10] = sizeof c;
struct w1 d = c[0]; d.v[1].x = 1; result[11] = c[0].v[1].x - d.v[1].x; result[12] = (1 ? c[0] : d).v[1].x;
)"},
      // a struct assigned to itself through a function, and exchanged
      {R"(
struct v2 { int a, b; };
struct v2 h6(struct v2 s) { struct v2 t = {s.b, s.a}; return t; }
)",
       R"(
struct v2 s = {1, 2}, t = {3, 4}, u;
s = h6(s); u = s; s = t; t = u;
result[0] = s.a; result[1] = s.b; result[2] = t.a; result[3] = t.b; result[4] = h6(h6(t)).a;
)"},
      // pointers: arithmetic, differences, comparisons, of pointers, from functions
      {R"(
int *h7(int *a, int *b) { return *a > *b ? a : b; }
int h8(int m[][3], int n) { int r = 0; for (int i = 0; i < n; i++) r = r * 10 + m[i][2]; return r; }
)",
       R"(
int a[5] = {3, 1, 4, 1, 5}, *p = a, *q = a + 4, **pp = &p, m[2][3] = {{1, 2, 3}, {4, 5, 6}};
result[0] = *p++; result[1] = *++p; result[2] = q - p; result[3] = p - q; result[4] = p < q; result[5] = q[-1];
result[6] = *(*pp + 1); *pp = q; result[7] = *p; result[8] = p == &a[4]; result[9] = !p; result[10] = p && *p;
*h7(&a[0], &a[2]) = 50; result[11] = a[2]; result[12] = h8(m, 2); result[13] = p >= q; (*p)++; result[14] = a[4];
p -= 2; *p-- = 9; result[15] = a[2]; result[16] = *p; bool b = p; result[18] = b; p = NULL; b = p; result[19] = b;
p = 1 ? &a[1] : 0; result[20] = p - a; result[21] = (a + 1)[1]; result[22] = &m[1][0] - m[0]; result[23] = *m[1];
)"},
      // constants: in dimensions, cases, other constants; tables
      {R"(
enum { SIZE1 = 3, TWICE1 = SIZE1 * 2 };
const int limit1 = 0x10;
const short table1[2][SIZE1] = {{1, 2, 3}, {70000, -1}};
)",
       R"(
int a[TWICE1] = {SIZE1, TWICE1};
result[0] = sizeof a; result[1] = table1[1][0]; result[2] = table1[1][2];
for (int i = 0; i < SIZE1; i++) result[3] += table1[0][i];
switch (a[1]) { case TWICE1: result[4] = 1; break; case SIZE1 + 'a': result[4] = 2; }
const int local = limit1 / 2; result[5] = local + limit1; const unsigned char c = 300; result[6] = c;
)"},
      {R"(
#define COUNT1 (2 + 3)
#define NEXT1 COUNT1 * 2
)",
       R"(
int a[COUNT1] = {NEXT1};
result[0] = a[0]; result[1] = sizeof a / sizeof a[0]; switch (a[0]) { case NEXT1: result[2] = 1; }
)"},
      // strings
      {"",
       R"(
char a[] = "abc", b[5] = "xy", c[2] = "pq", m[2][3] = {"ab", "c"};
result[0] = sizeof a; result[1] = a[3]; result[2] = b[1]; result[3] = b[4];
result[4] = c[1]; result[5] = m[0][1] * 1000 + m[1][1]; result[6] = sizeof c; char d[3] = {'\n', '\''}; result[7] = d[0] * 100 + d[1];
)"},
      // unsigned loops that go below zero, char loops that go over the top
      {"",
       R"(
unsigned n = 0;
for (unsigned u = 2; u < 3; u--) n++;
result[0] = n;
int k = 0;
for (signed char c = 120; c > 0; c++) k++;
result[1] = k;
unsigned char w = 250; while (++w) k++; result[2] = k; bool b = 0; b -= 3; result[3] = b; b ^= 1; result[4] = b;
)"},
      // Euclid, sieve, bubble sort, Collatz
      {R"(
int h9(int a, int b) { while (b) { int t = a % b; a = b; b = t; } return a; }
)",
       R"(
result[0] = h9(1071, 462);
bool no[30] = {0}; int primes = 0;
for (int i = 2; i < 30; i++) {
if (no[i]) continue;
primes++;
for (int j = i * i; j < 30; j += i) no[j] = 1;
}
result[1] = primes;
int a[6] = {5, 2, 9, 1, 5, 6};
for (int i = 0; i < 5; i++) for (int j = 0; j < 5 - i; j++) if (a[j] > a[j + 1]) { int t = a[j]; a[j] = a[j + 1]; a[j + 1] = t; }
for (int i = 0; i < 6; i++) result[2] = result[2] * 10 + a[i];
long n = 27; do { n = n & 1 ? 3 * n + 1 : n / 2; result[3]++; } while (n != 1);
)"},
      // a full expression's effects, in order
      {R"(
shared int order1 = 0;
int h10(int n) { order1 = order1 * 10 + n; return n; }
)",
       R"(
int a[4] = {0};
h10(1) && h10(0) && h10(2);
h10(0) || h10(3);
result[0] = h10(4) ? h10(5) : h10(6);
result[1] = (h10(7), h10(8));
result[2] = order1; int i = 0; i = i + 1, a[i] = i, i++; result[3] = i * 10 + a[1]; int x = 5; x = x++ > 4 ? x : -x; result[4] = x;
x = h10(x++); result[5] = x; x = (x++, x * 2); result[6] = x; x = (x = 3, x + 1); result[7] = x; result[8] = sizeof (x++) + x;
)"},
      // void, prototypes, early returns
      {R"(
int h11(int);
void h12(void) { return; }
int h11(int a) { for (;;) { if (a > 100) return a; a *= 3; } }
void h13(int *p) { if (*p) return; *p = 4; }
)",
       R"(
int x = 0, y = 9;
h12();
h13(&x); h13(&y); result[0] = x; result[1] = y; result[2] = h11(2); (void)h11(1);
)"},
  };
  std::vector<CProgram> programs;
  std::vector<std::string> texts;
  for (const Case& c : kCases) {
    programs.push_back(HandWrittenProgram(c.outside, c.body, static_cast<int>(programs.size())));
    texts.push_back(programs.back().plain);
  }
  const std::vector<Compiled> compiled = CompileAndRun(texts, "-O0");
  for (std::size_t i = 0; i < programs.size(); ++i) {
    for (const Granularity granularity : {Granularity::kAccess, Granularity::kStatement}) {
      INFO(programs[i].scenario);
      const Interpreted interpreted = Interpret(programs[i].scenario, granularity);
      CHECK(interpreted.problem == "");
      CHECK(interpreted.error.message == "");
      CHECK(compiled[i].finished);
      CHECK(Difference(interpreted.results, compiled[i].results) == "");
    }
  }
}

}  // namespace
}  // namespace interleave
