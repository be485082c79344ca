// Random expressions. What may be written where follows C17 6.5 paragraph 2: a node hands each of
// its unsequenced operands a disjoint set of variables to write, and takes these from what the
// other operands may read; sequenced operands (of `&&`, `||`, `?:` and the comma) get all of it.

#include "tests/support/random_c_generator.h"

#include <array>
#include <utility>

namespace interleave {
namespace {

// C's precedences; a higher one binds stronger.
enum Precedence {
  kComma,
  kAssign,
  kConditional,
  kOr,
  kAnd,
  kBitOr,
  kBitXor,
  kBitAnd,
  kEquality,
  kRelation,
  kShift,
  kSum,
  kProduct,
  kUnary,
  kPostfix,
  kPrimary,
};

struct Operator {
  const char* text;
  int precedence;
  bool can_fail;
};

constexpr std::array<Operator, 14> kOperators = {{
    {"+", kSum, true},
    {"-", kSum, true},
    {"*", kProduct, true},
    {"/", kProduct, true},
    {"%", kProduct, true},
    {"&", kBitAnd, false},
    {"|", kBitOr, false},
    {"^", kBitXor, false},
    {"<", kRelation, false},
    {"<=", kRelation, false},
    {">", kRelation, false},
    {">=", kRelation, false},
    {"==", kEquality, false},
    {"!=", kEquality, false},
}};

char FirstVisible(const std::string& text) {
  for (const char c : text) {
    if (c > mark::kLast) return c;
  }
  return '\0';
}

std::string Marked(char begin, const std::string& text, char end) {
  return std::string(1, begin) + text + end;
}

// Kept values count: they may be calls.
bool CanFail(const std::string& text) {
  return text.find_first_of({mark::kOperation, mark::kPlace, mark::kKeep, mark::kCompound}) !=
         std::string::npos;
}

int MaskFor(int size) { return size >= 8 ? 7 : size >= 4 ? 3 : size >= 2 ? 1 : 0; }

}  // namespace

std::string CGenerator::At(const Node& node, int precedence) {
  return node.precedence < precedence || OneIn(12) ? "(" + node.text + ")" : node.text;
}

std::vector<CGenerator::Permit> CGenerator::Split(Permit permit, std::size_t parts) {
  std::vector<Permit> out(parts, Permit{permit.read & ~permit.write, 0});
  for (uint64_t bits = permit.write; bits != 0; bits &= bits - 1) {
    const uint64_t bit = bits & (~bits + 1);
    const uint64_t owner = Below(parts + 1);
    for (std::size_t i = 0; i < parts; ++i) {
      if (owner == i) out[i].write |= bit;
      if (owner == i || owner == parts) out[i].read |= bit;  // `parts`: nobody writes it
    }
  }
  return out;
}

const CGenerator::Variable* CGenerator::Choose(uint64_t bits, bool for_write) {
  std::vector<const Variable*> found;
  for (const Variable& variable : variables_) {
    if ((variable.bit & ~bits) == 0 && (variable.is_writable || !for_write))
      found.push_back(&variable);
  }
  return found.empty() ? nullptr : Any(found);
}

CGenerator::Permit CGenerator::FullPermit() {
  Permit permit;
  std::vector<uint64_t> writable;
  for (const Variable& variable : variables_) {
    permit.read |= variable.bit;
    if (variable.is_writable) writable.push_back(variable.bit);
  }
  for (uint64_t n = Below(4); n > 0 && !writable.empty(); --n) permit.write |= Any(writable);
  return permit;
}

int64_t CGenerator::RandomValue() {
  static const std::vector<int64_t> kEdges = {31,
                                              32,
                                              33,
                                              63,
                                              64,
                                              127,
                                              128,
                                              -128,
                                              -129,
                                              255,
                                              256,
                                              32767,
                                              32768,
                                              -32768,
                                              65535,
                                              65536,
                                              INT32_MAX,
                                              INT32_MIN,
                                              int64_t{INT32_MAX} + 1,
                                              int64_t{INT32_MIN} - 1,
                                              UINT32_MAX,
                                              INT64_MAX,
                                              INT64_MIN,
                                              INT64_MIN + 1};
  switch (Below(30)) {
    case 0:
    case 1:
    case 2: return Any(kEdges);
    case 3: return static_cast<int64_t>(engine_() >> Below(64));
    case 4: return -static_cast<int64_t>(engine_() >> (33 + Below(31)));
    case 5:
    case 6: return static_cast<int64_t>(Below(200));
    default: return static_cast<int64_t>(Below(19)) - 9;
  }
}

CGenerator::Node CGenerator::Literal() {
  static const std::vector<std::string> kCharacters = {
      "'a'",   "'Z'",  "'0'",     "' '",     "'\\n'",   "'\\0'",   "'\\\\'",
      "'\\''", "'\"'", "'\\x7f'", "'\\x80'", "'\\377'", "'\\xff'", "'\\101'"};
  static const std::vector<std::string> kSuffixes = {"u",  "U",  "l",  "L",  "ul",
                                                     "Ul", "LU", "ll", "LLu"};
  if (OneIn(12)) return {Any(kCharacters), kPrimary, true};
  if (OneIn(12)) return {OneIn(2) ? "true" : "false", kPrimary, true};
  if (OneIn(10)) return {Any(enumerators_), kPrimary, true};
  const int64_t value = RandomValue();
  const bool is_negative = value < 0;
  const uint64_t magnitude =
      is_negative ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
  std::string digits;
  bool is_decimal = false;
  const auto digits_in = [&](uint64_t base) {
    std::string text;
    uint64_t rest = magnitude;
    do {
      text.insert(text.begin(), "0123456789abcdef"[rest % base]);
      rest /= base;
    } while (rest != 0);
    return text;
  };
  switch (Below(8)) {
    case 0: digits = (OneIn(2) ? "0x" : "0X") + digits_in(16); break;
    case 1: digits = "0" + digits_in(8); break;
    case 2: digits = "0b" + digits_in(2); break;
    default: digits = digits_in(10); is_decimal = true;
  }
  if (OneIn(4)) {
    digits += Any(kSuffixes);
    is_decimal = is_decimal && digits.find_first_of("uU") == std::string::npos;
  }
  // A decimal constant without `u` must fit into a long.
  if (is_decimal && magnitude > INT64_MAX) {
    digits = digits_in(10) + "ul";
  }
  if (is_negative) return {"-" + digits, kUnary, true};
  return {digits, kPrimary, true};
}

CGenerator::Node CGenerator::Leaf(Permit permit) {
  if (OneIn(4)) return Literal();
  const Variable* variable = Choose(permit.read, false);
  if (variable == nullptr) return Literal();
  Node node = Place(*variable, 1, permit);
  if (CanFail(node.text)) node.text = Marked(mark::kKeep, node.text, mark::kKept);
  return node;
}

// An index that is in bounds of an array of `size`. Below depth 0 nothing in it can fail.
std::string CGenerator::Masked(int size, int depth, Permit permit) {
  const std::string mask = " & " + std::to_string(MaskFor(size));
  if (depth >= 0) return At(Expression(depth, permit), kEquality) + mask;
  const std::string scalar = Scalar(permit);
  return (scalar.empty() ? std::to_string(Below(100)) : scalar) + mask;
}

std::string CGenerator::Index(int size, int depth, Permit permit) {
  switch (Below(12)) {
    case 0:
    case 1:
    case 2:
    case 3: return std::to_string(Below(static_cast<uint64_t>(size)));
    case 4:
      if (depth >= 0 && OneIn(4)) return At(Expression(depth, permit), kComma);
      break;
    case 5:
      if (depth >= 0 && OneIn(8)) return std::to_string(size + static_cast<int>(Below(3)));
      break;
    default: break;
  }
  return Masked(size, depth, permit);
}

// The name of a readable scalar, or "".
std::string CGenerator::Scalar(Permit permit) {
  std::vector<std::string> names;
  for (const Variable& variable : variables_) {
    const bool is_scalar = variable.shape == Variable::Shape::kScalar;
    if (is_scalar && (variable.bit & ~permit.read) == 0) names.push_back(variable.name);
  }
  return names.empty() ? "" : Any(names);
}

// Places through pointers cannot fail here: no pointer is null, and offsets are masked.
CGenerator::Node CGenerator::Place(const Variable& v, int depth, Permit permit) {
  using Shape = Variable::Shape;
  permit.write &= ~v.bit;
  const auto element = [&](const std::string& array, const std::string& index) {
    return mark::kPlace + array + mark::kOperator + "[" + index + "]" + mark::kEnd;
  };
  const auto member = [&](const std::string& owner) -> Node {
    switch (Below(6)) {
      case 0: return {owner + "first", kPostfix};
      case 1: return {owner + "second", kPostfix};
      case 2: return {element(owner + "third", Index(3, depth - 1, permit)), kPostfix};
      case 3: return {owner + "inner.left", kPostfix};
      case 4: return {element(owner + "inner.right", Index(2, depth - 1, permit)), kPostfix};
      default: return {owner + "last", kPostfix};
    }
  };
  switch (v.shape) {
    case Shape::kScalar: return {v.name, kPrimary};
    case Shape::kArray: return {element(v.name, Index(v.rows, depth - 1, permit)), kPostfix};
    case Shape::kMatrix: {
      const std::vector<Permit> parts = Split(permit, 2);
      const std::string row = Index(v.rows, depth - 1, parts[0]);
      std::string column = Index(v.columns, depth - 1, parts[1]);
      if (CanFail(row) || CanFail(column))
        column = std::to_string(Below(static_cast<uint64_t>(v.columns)));
      return {element(element(v.name, row), column), kPostfix};
    }
    case Shape::kStruct: return member(v.name + ".");
    case Shape::kStructPointer:
      return OneIn(4) ? member("(*" + v.name + ").") : member(v.name + "->");
    case Shape::kPointer: break;
  }
  const std::string rows = std::to_string(Below(static_cast<uint64_t>(v.rows)));
  switch (Below(4)) {
    case 0: return {"*" + v.name, kUnary};
    case 1: return {"*(" + v.name + " + " + rows + ")", kUnary};
    case 2: return {"*(" + v.name + " + (" + Masked(v.rows, depth - 1, permit) + "))", kUnary};
    default: return {v.name + "[" + Masked(v.rows, depth - 1, permit) + "]", kPostfix};
  }
}

// gcc keeps no order; where both can fail the language's is forced upon it.
std::string CGenerator::InOrder(const std::string& left, const std::string& op,
                                const std::string& right) {
  const std::string rest = " " + op + " " + right;
  if (!CanFail(left) || !CanFail(right)) return left + rest;
  return mark::kFirst + left + mark::kThen + rest + mark::kDone;
}

CGenerator::Node CGenerator::Binary(const char* op, int precedence, bool can_fail, Node left,
                                    Node right) {
  const bool is_constant = left.is_constant && right.is_constant;
  std::string a = At(left, precedence);
  std::string b = At(right, precedence + 1);
  if (precedence == kAnd || precedence == kOr)
    return {a + " " + op + " " + b, precedence, is_constant};
  if (!can_fail) return {InOrder(a, op, b), precedence, is_constant};
  // gcc folds constants, and a constant into a comparison, before it looks for overflow.
  const bool sums = op[0] == '+' || op[0] == '-' || op[0] == '*';
  if (left.is_constant && (sums || right.is_constant)) {
    a = Marked(mark::kKeep, a, mark::kKept);
  } else if (right.is_constant && sums) {
    b = Marked(mark::kKeep, b, mark::kKept);
  }
  return {mark::kOperation + InOrder(a, mark::kOperator + std::string(op), b) + mark::kEnd,
          precedence, is_constant};
}

CGenerator::Node CGenerator::Arithmetic(int depth, Permit permit) {
  const std::vector<Permit> parts = Split(permit, 2);
  const Operator& op = kOperators[Below(kOperators.size())];
  Node left = Expression(depth - 1, parts[0]);
  Node right;
  const bool divides = op.text[0] == '/' || op.text[0] == '%';
  if (divides && OneIn(3)) {
    right = {std::to_string(1 + Below(9)), kPrimary, true};
  } else {
    right = Expression(depth - 1, parts[1]);
    if (divides && !OneIn(4)) right = Binary("|", kBitOr, false, right, {"1", kPrimary, true});
  }
  return Binary(op.text, op.precedence, op.can_fail, std::move(left), std::move(right));
}

CGenerator::Node CGenerator::Shift(int depth, Permit permit) {
  const std::vector<Permit> parts = Split(permit, 2);
  const bool is_left = OneIn(2);
  Node left = Expression(depth - 1, parts[0]);
  if (is_left && !OneIn(4)) {
    left = {(OneIn(2) ? "(unsigned)" : "(uint64_t)") + At(left, kUnary), kUnary, left.is_constant};
  }
  Node right = {std::to_string(Below(12)), kPrimary, true};
  if (OneIn(3)) {
    right = Binary("&", kBitAnd, false, Expression(depth - 1, parts[1]),
                   {OneIn(2) ? "7" : "31", kPrimary, true});
  } else if (OneIn(4)) {
    right = Leaf(parts[1]);
  }
  return Binary(is_left ? "<<" : ">>", kShift, true, std::move(left), std::move(right));
}

CGenerator::Node CGenerator::Sequenced(int depth, Permit permit) {
  const Node first = Expression(depth - 1, permit);
  switch (Below(4)) {
    case 0: return Binary("&&", kAnd, false, first, Expression(depth - 1, permit));
    case 1: return Binary("||", kOr, false, first, Expression(depth - 1, permit));
    case 2:
      // What has no effect left of a comma is nothing to gcc.
      if (permit.write != 0) {
        const Node effect = OneIn(2) ? Assignment(depth, permit) : Increment(permit);
        return {effect.text + ", " + At(first, kAssign), kComma};
      }
      break;
    default: break;
  }
  std::string condition = At(first, kOr);
  if (first.is_constant) condition = Marked(mark::kKeep, condition, mark::kKept);
  const std::string yes = At(Expression(depth - 1, permit), kAssign);
  return {condition + " ? " + yes + " : " + At(Expression(depth - 1, permit), kConditional),
          kConditional};
}

CGenerator::Node CGenerator::Unary(int depth, Permit permit) {
  const Node inner = Expression(depth - 1, permit);
  std::string text = At(inner, kUnary);
  const uint64_t kind = Below(8);
  if (kind >= 4)
    return {"(" + RandomType() + ")" + (OneIn(2) ? " " : "") + text, kUnary, inner.is_constant};
  const char op = "-~!+"[kind];
  const char next = FirstVisible(text);
  const std::string sign = std::string(1, op) + (next == op || OneIn(8) ? " " : "");
  if (op != '-') return {sign + text, kUnary, inner.is_constant};
  if (inner.is_constant) text = Marked(mark::kKeep, text, mark::kKept);
  return {std::string(1, mark::kOperation) + mark::kOperator + sign + text + mark::kEnd, kUnary,
          inner.is_constant};
}

CGenerator::Node CGenerator::Assignment(int depth, Permit permit) {
  static const std::vector<std::string> kCompound = {
      "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="};
  const Variable* target = Choose(permit.write, true);
  if (target == nullptr) return Leaf(permit);
  permit.write &= ~target->bit;
  const std::vector<Permit> parts = Split(permit, 2);
  const bool is_plain = OneIn(2);
  // gcc loses checks in the place of a compound assignment, or makes them late.
  const std::string place = At(Place(*target, is_plain ? depth - 1 : 0, parts[0]), kUnary);
  Node value = Expression(depth - 1, parts[1]);
  // Which of the two comes first is gcc's choice, and there is no way to force it.
  if (CanFail(place) && CanFail(value.text)) value = Literal();
  if (is_plain) return {place + " = " + At(value, kAssign), kAssign};
  const std::string& op = Any(kCompound);
  const bool divides = op == "/=" || op == "%=";
  const bool shifts = op.size() == 3;
  if (divides && !OneIn(4)) value = Binary("|", kBitOr, false, value, {"1", kPrimary, true});
  if (shifts && !OneIn(4)) value = Binary("&", kBitAnd, false, value, {"7", kPrimary, true});
  // gcc computes a sum for a narrow variable in its own width before its sanitizer sees it.
  const bool narrows = target->bits < 64 && (op == "+=" || op == "-=" || op == "*=");
  const bool is_scalar = target->shape == Variable::Shape::kScalar;
  if (narrows && is_scalar) {
    return {mark::kCompound + place + mark::kCompoundOperator + op.substr(0, 1) +
                mark::kCompoundValue + At(value, kProduct + 1) + mark::kCompoundEnd,
            kAssign};
  }
  if (narrows && target->bits == 32)
    value = {(OneIn(2) ? "(int)" : "(unsigned)") + At(value, kUnary), kUnary};
  const bool avoided = narrows && target->bits < 32;
  return {mark::kOperation + place + " " + mark::kOperator + (avoided ? "^=" : op) + " " +
              At(value, kAssign) + mark::kEnd,
          kAssign};
}

CGenerator::Node CGenerator::Increment(Permit permit) {
  const Variable* target = Choose(permit.write, true);
  if (target == nullptr) return Leaf(permit);
  permit.write &= ~target->bit;
  const Node place = Place(*target, 0, permit);
  const std::string op = OneIn(2) ? "++" : "--";
  if (OneIn(2)) {
    return {
        std::string(1, mark::kOperation) + mark::kOperator + op + At(place, kUnary) + mark::kEnd,
        kUnary};
  }
  return {mark::kOperation + At(place, kPostfix) + mark::kOperator + op + mark::kEnd, kPostfix};
}

// At most one argument can fail: gcc evaluates the last one first.
CGenerator::Node CGenerator::Call(int depth, Permit permit) {
  if (pure_.empty()) return Arithmetic(depth, permit);
  const Function& function = Any(pure_);
  const std::vector<Permit> parts =
      Split(permit, static_cast<std::size_t>(function.parameters) + 1);
  std::vector<std::string> arguments;
  if (function.returns_struct) {
    std::vector<const Variable*> structs;
    for (const Variable& variable : variables_) {
      const bool is_struct = variable.shape == Variable::Shape::kStruct;
      if (is_struct && (variable.bit & ~parts.back().read) == 0) structs.push_back(&variable);
    }
    if (structs.empty()) return Arithmetic(depth, permit);
    arguments.push_back(Any(structs)->name);
  }
  const uint64_t deep = Below(static_cast<uint64_t>(function.parameters));
  for (std::size_t i = 0; i < static_cast<std::size_t>(function.parameters); ++i) {
    if (i == deep) {
      arguments.push_back(At(Expression(depth - 1, parts[i]), kAssign));
    } else {
      const std::string scalar = Scalar(parts[i]);
      arguments.push_back(scalar.empty() || OneIn(3) ? Literal().text : scalar);
    }
  }
  std::string text = function.name + "(";
  for (std::size_t i = 0; i < arguments.size(); ++i) text += (i > 0 ? ", " : "") + arguments[i];
  text += ")";
  if (function.returns_struct) text += OneIn(2) ? ".first" : ".inner.left";
  return {Marked(mark::kKeep, text, mark::kKept), kPostfix};
}

CGenerator::Node CGenerator::Size(Permit permit) {
  if (OneIn(3)) return {"sizeof (" + RandomType() + ")", kUnary, true};
  if (!struct_.empty() && OneIn(3))
    return {"sizeof (" + (OneIn(2) ? struct_ : inner_struct_) + ")", kUnary, true};
  const Variable* variable = Choose(permit.read, false);
  if (variable != nullptr && OneIn(2)) return {"sizeof " + variable->name, kUnary, true};
  return {"sizeof (" + Expression(2, {permit.read, 0}).text + ")", kUnary, true};
}

CGenerator::Node CGenerator::Expression(int depth, Permit permit) {
  if (depth <= 0 || OneIn(9)) return Leaf(permit);
  switch (Below(24)) {
    case 0:
    case 1:
    case 2: return Shift(depth, permit);
    case 3:
    case 4:
    case 5: return Sequenced(depth, permit);
    case 6:
    case 7:
    case 8:
    case 9:
    case 10: return Unary(depth, permit);
    case 11:
    case 12:
      if (permit.write != 0) return Assignment(depth, permit);
      break;
    case 13:
    case 14:
      if (permit.write != 0) return Increment(permit);
      break;
    case 15: return Call(depth, permit);
    case 16:
      if (OneIn(2)) return Size(permit);
      break;
    default: break;
  }
  return Arithmetic(depth, permit);
}

}  // namespace interleave
