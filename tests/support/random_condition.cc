#include "tests/support/random_condition.h"

#include <array>
#include <random>

namespace interleave {

const char* const kConditionObjects = R"(
struct s { int f[4]; short g; };
shared bool b = 1;
shared char c = -3;
shared uint8_t uc = 200;
shared short h = -7;
shared uint16_t uh = 9;
shared int i = 2;
shared unsigned int u = 3;
shared long l = 1;
shared unsigned long ul = 2;
shared int a[4] = {1, 2, 3, 4};
shared unsigned long w[3] = {5, 6, 7};
shared int m[2][3] = {1, 2, 3, 4, 5, 6};
shared struct s t[3] = {};
shared int *p = &a[1];
shared int *q = &t[1].f[2];
shared int *n = 0;
shared struct s *r = &t[1];
)";

const char* const kConditionFunctions = R"(
int larger(int x, int y) {
    if (x > y) return x;
    return y;
}
long sum(unsigned char from, int many) {
    long total = 0;
    for (int k = 0; k < (many & 7); k++) {
        if (k == 5) break;
        total += a[(from + k) & 3];
    }
    return total;
}
int find(int value) {
    int k = 0;
    while (a[k] != value) k++;
    return k;
}
unsigned short folded(unsigned long bits) {
    unsigned short result = 0, left = 4;
    do {
        result ^= bits;
        bits >>= 16;
        if (result == 1) continue;
        result += larger(i & 15, left);
    } while (--left);
    return result;
}
)";

namespace {

constexpr std::array<int64_t, 16> kEdges = {0,
                                            1,
                                            -1,
                                            31,
                                            32,
                                            63,
                                            64,
                                            127,
                                            -128,
                                            INT32_MAX,
                                            INT32_MIN,
                                            INT64_MAX,
                                            INT64_MIN,
                                            UINT32_MAX,
                                            INT64_MIN + 1,
                                            INT64_MAX - 1};

class ConditionGenerator {
 public:
  ConditionGenerator(uint64_t seed, bool with_pointers, bool with_calls)
      : engine_(seed), with_pointers_(with_pointers), with_calls_(with_calls) {}

  std::string Top() { return Number(3 + static_cast<int>(Below(2))).text; }

 private:
  struct Node {
    std::string text;
    bool is_constant = false;
  };

  uint64_t Below(uint64_t n) { return engine_() % n; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  template <std::size_t kSize>
  const char* Any(const std::array<const char*, kSize>& list) {
    return list[Below(kSize)];
  }

  std::string Variable() {
    static constexpr std::array<const char*, 14> kVariables = {
        "b", "c", "uc", "h", "uh", "i", "i", "u", "l", "ul", "a[2]", "w[1]", "m[1][0]", "t[1].g"};
    return Any(kVariables);
  }
  Node Literal() {
    static constexpr std::array<const char*, 12> kLarge = {"2147483647",
                                                           "4294967295u",
                                                           "9223372036854775807l",
                                                           "18446744073709551615ul",
                                                           "4611686018427387904l",
                                                           "31",
                                                           "32",
                                                           "63",
                                                           "0x80000000",
                                                           "1u",
                                                           "255",
                                                           "3074457345618258603l"};
    if (OneIn(4)) return {Any(kLarge), true};
    return {std::to_string(Below(5)), true};
  }
  Node Leaf() { return OneIn(3) ? Literal() : Node{Variable()}; }

  // Not constant, so that an operator with it is not folded.
  std::string Varying(int depth) {
    const Node node = Number(depth);
    return node.is_constant ? Variable() : node.text;
  }

  std::string Index(int size, int depth) {
    if (OneIn(3)) return std::to_string(Below(static_cast<uint64_t>(size)));
    if (OneIn(2)) return Varying(depth);
    return "(" + Varying(depth) + " & " + (size >= 4 ? "3" : "1") + ")";
  }

  // How far a pointer is moved: near, far, or so far that the number of cells overflows.
  std::string Distance(int depth) {
    static constexpr std::array<const char*, 10> kFar = {
        "4611686018427387904l", "-4611686018427387904l",
        "9223372036854775807l", "-9223372036854775807l",
        "1844674407370955162l", "3689348814741910324l",
        "2147483647",           "-1",
        "4294967295u",          "-2147483647"};
    if (OneIn(4)) return std::string("(") + Any(kFar) + ")";
    if (OneIn(2)) return std::to_string(Below(4));
    return "(" + (OneIn(2) ? Varying(depth) + " & 3" : "(long)" + Varying(depth)) + ")";
  }

  std::string Pointer(int depth) {
    static constexpr std::array<const char*, 7> kPointers = {"p",      "q",    "n",    "a",
                                                             "t[2].f", "m[1]", "&a[1]"};
    if (depth <= 0) return std::string("(") + Any(kPointers) + ")";
    const int d = depth - 1;
    switch (Below(10)) {
      case 0: return "(&a[" + Index(4, d) + "])";
      case 1: return "(&t[" + Index(3, d) + "].f[" + Index(4, d) + "])";
      case 2: return "(&*" + Pointer(d) + ")";
      case 3: return "(&" + Struct(d) + "->f[" + Index(4, d) + "])";
      case 4: return "(" + Varying(d) + " ? " + Pointer(d) + " : " + Pointer(d) + ")";
      case 5: return "(" + Distance(d) + " + " + Pointer(d) + ")";
      case 6: return "(&" + Pointer(d) + "[" + Distance(d) + "])";
      case 7: return "(" + Pointer(d) + " - " + Distance(d) + ")";
      case 8: return "(" + Pointer(d) + " + " + Distance(d) + ")";
      default: return Pointer(0);
    }
  }

  std::string Struct(int depth) {
    static constexpr std::array<const char*, 3> kPointers = {"r", "t", "&t[2]"};
    if (depth <= 0) return std::string("(") + Any(kPointers) + ")";
    const int d = depth - 1;
    switch (Below(5)) {
      case 0: return "(" + Struct(d) + " + " + Distance(d) + ")";
      case 1: return "(" + Struct(d) + " - " + Distance(d) + ")";
      case 2: return "(&t[" + Index(3, d) + "])";
      case 3: return "(&" + Struct(d) + "[" + Distance(d) + "])";
      default: return Struct(0);
    }
  }

  // A scalar in memory.
  std::string Place(int depth) {
    const int d = depth - 1;
    switch (Below(with_pointers_ ? 9 : 4)) {
      case 0: return "a[" + Index(4, d) + "]";
      case 1: return "w[" + Index(3, d) + "]";
      case 2: return "m[" + Index(2, d) + "][" + Index(3, d) + "]";
      case 3: return "t[" + Index(3, d) + "].f[" + Index(4, d) + "]";
      case 4: return "(*" + Pointer(d) + ")";
      case 5: return Pointer(d) + "[" + Distance(d) + "]";
      case 6: return Struct(d) + "->f[" + Index(4, d) + "]";
      case 7: return Struct(d) + "[" + Distance(d) + "].g";
      default: return Struct(d) + "->g";
    }
  }

  std::string Compared(int depth) {
    static constexpr std::array<const char*, 6> kComparisons = {"==", "!=", "<", "<=", ">", ">="};
    const std::string op = Any(kComparisons);
    const int d = depth - 1;
    switch (with_pointers_ ? Below(5) : 4) {
      case 0: return "(" + Pointer(d) + " " + op + " " + Pointer(d) + ")";
      case 1: return "(" + Struct(d) + " " + op + " " + Struct(d) + ")";
      case 2: return "(" + Pointer(d) + (OneIn(2) ? " == " : " != ") + "NULL)";
      default: return "(" + Varying(d) + " " + op + " " + Number(d).text + ")";
    }
  }

  std::string Call(int depth) {
    const int d = depth - 1;
    switch (Below(4)) {
      case 0: return "larger(" + Varying(d) + ", " + Number(d).text + ")";
      case 1: return "sum(" + Varying(d) + ", " + Varying(d) + ")";
      case 2: return "find(" + (OneIn(2) ? Place(0) : Varying(d)) + ")";
      default: return "folded(" + Varying(d) + ")";
    }
  }

  Node Number(int depth) {
    static constexpr std::array<const char*, 8> kArithmetic = {"+", "-", "*", "/",
                                                               "%", "&", "|", "^"};
    static constexpr std::array<const char*, 8> kTypes = {
        "bool", "char", "uint8_t", "short", "int", "unsigned int", "long", "unsigned long"};
    static constexpr std::array<const char*, 4> kUnary = {"-", "~", "!", "+"};
    if (depth <= 0) return Leaf();
    if (with_calls_ && OneIn(4)) return {Call(depth)};
    const int d = depth - 1;
    switch (Below(16)) {
      case 0:
      case 1:
      case 2: {
        const std::string op = Any(kArithmetic);
        const std::string right = Number(d).text;
        return {"(" + Varying(d) + " " + op + " " + right + ")"};
      }
      case 3: return {"(" + Number(d).text + " - " + Varying(d) + ")"};
      case 4:
        return {"(" + Varying(d) + (OneIn(2) ? " << " : " >> ") + "(" + Varying(d) +
                (OneIn(3) ? "" : " & 31") + "))"};
      case 5: return {"(" + Number(d).text + " << " + Varying(d) + ")"};
      case 6:
      case 7: return {Compared(depth)};
      case 8: return {"(" + Varying(d) + " && " + Compared(d) + ")"};
      case 9: return {"(" + Compared(d) + " || " + Varying(d) + ")"};
      case 10: return {"(" + Varying(d) + " ? " + Number(d).text + " : " + Number(d).text + ")"};
      case 11: return {std::string("((") + Any(kTypes) + ")" + Varying(d) + ")"};
      case 12: {
        const std::string op = Any(kUnary);
        return {"(" + op + (op == "!" && with_pointers_ && OneIn(2) ? Pointer(d) : Varying(d)) +
                ")"};
      }
      case 13:
      case 14: return {Place(depth)};
      default:
        if (!with_pointers_) return {Place(depth)};
        if (OneIn(2)) return {"(" + Struct(d) + " - " + Struct(d) + ")"};
        return {"(" + Pointer(d) + " - " + Pointer(d) + ")"};
    }
  }

  std::mt19937_64 engine_;
  bool with_pointers_;
  bool with_calls_;
};

}  // namespace

std::string RandomCondition(uint64_t seed, bool with_pointers, bool with_calls) {
  return ConditionGenerator(seed, with_pointers, with_calls).Top();
}

void FillRandomly(const Program& program, uint64_t seed, std::vector<int64_t>& state) {
  std::mt19937_64 engine(seed);
  for (const MemoryObject& object : program.objects) {
    if (object.symbol->kind != SymbolKind::kShared) continue;
    for (uint32_t slot = object.base; slot < object.base + object.cells; ++slot) {
      const Type& type = *program.slots[slot].type;
      if (!type.is_pointer()) {
        const uint64_t draw = engine() % 4;
        const int64_t value = draw == 0   ? kEdges[engine() % kEdges.size()]
                              : draw == 1 ? static_cast<int64_t>(engine())
                                          : static_cast<int64_t>(engine() % 12) - 4;
        const uint64_t kept = type.bits == 64 ? UINT64_MAX : (uint64_t{1} << type.bits) - 1;
        uint64_t bits = static_cast<uint64_t>(value) & kept;
        if (type.is_signed && !type.is_bool && (bits >> (type.bits - 1)) != 0) bits |= ~kept;
        state[slot] = static_cast<int64_t>(bits);
        continue;
      }
      // Null, or a cell of an object that such a pointer may lead to, or one past its end.
      state[slot] = 0;
      const bool to_struct = type.element->has_members();
      const uint64_t draw = engine();
      for (const MemoryObject& target : program.objects) {
        const bool fits = target.symbol->name == "t" || (!to_struct && target.symbol->name == "a");
        if (!fits || draw % 5 == 0 || (state[slot] != 0 && draw % 2 == 0)) continue;
        const auto stride = static_cast<uint64_t>(type.element->cells);
        state[slot] =
            target.base + static_cast<int64_t>(draw / 16 % (target.cells / stride + 1) * stride);
      }
    }
  }
}

}  // namespace interleave
