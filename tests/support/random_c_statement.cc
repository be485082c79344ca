// Random declarations, functions and statements, and the two kinds of program made of them. Every
// loop counts down a variable that nothing else writes.

#include <algorithm>
#include <utility>

#include "tests/support/random_c_generator.h"

namespace interleave {
namespace {

constexpr int kBitAndPrecedence = 8;  // operands of `&`
constexpr int kAndPrecedence = 5;     // operands of `&&`
constexpr int kOrPrecedence = 3;      // conditions of `?:`

}  // namespace

CGenerator::CGenerator(uint64_t seed, int number)
    : seed_(seed), number_(number), engine_(seed), suffix_("_" + std::to_string(number)) {}

uint64_t CGenerator::NewBit() {
  next_bit_ = std::min(next_bit_ + 1, 63);  // the last one is for all that come then
  return uint64_t{1} << next_bit_;
}

std::string CGenerator::RandomType() { return Any(types_); }

int CGenerator::BitsOf(const std::string& type) const {
  if (type == "word" + suffix_) return BitsOf(word_type_);
  const auto has = [&](const char* name) { return type.find(name) != std::string::npos; };
  if (has("char") || has("bool") || has("int8")) return 8;
  if (has("short") || has("int16")) return 16;
  return has("long") || has("64") || has("size_t") ? 64 : 32;
}

std::string CGenerator::ValueText() {
  const int64_t value = RandomValue();
  if (value == INT64_MIN) return "-9223372036854775807 - 1";
  return std::to_string(value);
}

void CGenerator::DeclareTypes() {
  types_ = {"char",
            "signed char",
            "unsigned char",
            "short",
            "unsigned short",
            "int",
            "unsigned",
            "long",
            "unsigned long",
            "long long",
            "unsigned long long",
            "bool",
            "int8_t",
            "uint8_t",
            "int16_t",
            "uint16_t",
            "int32_t",
            "uint32_t",
            "int64_t",
            "uint64_t",
            "size_t",
            "int",
            "int",
            "int"};
  const std::string color = "enum color" + suffix_;
  const std::string level = "enum level" + suffix_;
  enumerators_ = {"red" + suffix_, "green" + suffix_, "low" + suffix_, "high" + suffix_};
  Line(color + " { " + enumerators_[0] + ", " + enumerators_[1] + " = 5 };");
  Line(level + " { " + enumerators_[2] + " = -2, middle" + suffix_ + ", " + enumerators_[3] +
       " = 1000 };");
  word_type_ = RandomType();
  Line("typedef " + word_type_ + " word" + suffix_ + ";");
  inner_struct_ = "struct inner" + suffix_;
  struct_ = "struct outer" + suffix_;
  Line(inner_struct_ + " { " + RandomType() + " left; " + RandomType() + " right[2]; };");
  types_.push_back(color);
  types_.push_back(level);
  types_.push_back("word" + suffix_);
  Line(struct_ + " { " + RandomType() + " first, second; " + RandomType() + " third[3]; " +
       inner_struct_ + " inner; " + RandomType() + " last; };");
  array_type_ = RandomType();
}

std::string CGenerator::StructInitializer() {
  switch (Below(3)) {
    case 0: return "{" + ValueText() + ", " + ValueText() + "}";
    case 1:
      return "{" + ValueText() + ", " + ValueText() + ", {" + ValueText() + "}, {" + ValueText() +
             "}}";
    default:
      return "{" + ValueText() + ", " + ValueText() + ", {" + ValueText() + ", " + ValueText() +
             "}, {" + ValueText() + ", {" + ValueText() + ", " + ValueText() + "}}, " +
             ValueText() + "}";
  }
}

void CGenerator::DeclareScalar(const std::string& prefix) {
  Variable variable;
  const bool aliased = prefix.empty() && OneIn(6);
  variable.name = Name("x");
  variable.bit = aliased ? 1 : NewBit();
  variable.is_writable = !OneIn(6);
  const std::string type = aliased ? array_type_ : RandomType();
  const bool constant = !variable.is_writable && prefix.empty() && !aliased;
  const std::string value = !prefix.empty() || OneIn(2) ? ValueText() : Full(2);
  variable.bits = BitsOf(type);
  Line(prefix + (constant ? "const " : "") + type + " " + variable.name + " = " + value + ";");
  variables_.push_back(variable);
}

void CGenerator::DeclareArray(const std::string& prefix) {
  Variable variable;
  const bool is_local = prefix.empty();
  const bool is_matrix = OneIn(3);
  const bool aliased = is_local && !is_matrix && OneIn(2);
  variable.name = Name(is_matrix ? "m" : "a");
  variable.shape = is_matrix ? Variable::Shape::kMatrix : Variable::Shape::kArray;
  variable.rows = 2 + static_cast<int>(Below(is_matrix ? 2 : 4));
  variable.columns = 2 + static_cast<int>(Below(2));
  variable.bit = aliased ? 1 : NewBit();
  variable.is_writable = prefix != "const ";
  std::string dimensions = "[" + std::to_string(variable.rows) + "]";
  std::string values;
  for (int i = 0; i < variable.rows; ++i) {
    const std::string value = is_local && !is_matrix && OneIn(3) ? Full(1) : ValueText();
    values +=
        (i > 0 ? ", " : "") + (is_matrix ? "{" + ValueText() + ", " + ValueText() + "}" : value);
    if (OneIn(8)) break;
  }
  if (is_matrix) dimensions += "[" + std::to_string(variable.columns) + "]";
  const std::string type = aliased ? array_type_ : RandomType();
  variable.bits = BitsOf(type);
  Line(prefix + type + " " + variable.name + dimensions + " = {" + values + "};");
  variables_.push_back(variable);
}

void CGenerator::DeclareStruct(const std::string& prefix) {
  Variable variable;
  variable.name = Name("s");
  variable.shape = Variable::Shape::kStruct;
  variable.bit = prefix.empty() && OneIn(3) ? 1 : NewBit();
  Line(prefix + struct_ + " " + variable.name + " = " + StructInitializer() + ";");
  variables_.push_back(variable);
}

// To a variable that is among those which pointers may lead to.
void CGenerator::DeclarePointer() {
  std::vector<Variable> targets;
  for (const Variable& variable : variables_) {
    const bool is_pointer = variable.shape == Variable::Shape::kPointer ||
                            variable.shape == Variable::Shape::kStructPointer;
    if (variable.bit == 1 && !is_pointer) targets.push_back(variable);
  }
  if (targets.empty()) return DeclareArray("");
  const Variable& target = Any(targets);
  Variable variable;
  variable.name = Name("p");
  variable.bit = 1;
  variable.is_writable = target.is_writable;
  variable.bits = target.bits;
  variable.shape = Variable::Shape::kPointer;
  std::string value = "&" + target.name;
  if (target.shape == Variable::Shape::kStruct) {
    variable.shape = Variable::Shape::kStructPointer;
  } else if (target.shape == Variable::Shape::kArray) {
    const int skipped = static_cast<int>(Below(static_cast<uint64_t>(target.rows)));
    variable.rows = target.rows - skipped;
    value = OneIn(2)       ? "&" + target.name + "[" + std::to_string(skipped) + "]"
            : skipped == 0 ? target.name
            : OneIn(2)     ? target.name + " + " + std::to_string(skipped)
                           : "&" + target.name + "[" + std::to_string(target.rows) + "] - " +
                             std::to_string(variable.rows);
  }
  const bool to_struct = variable.shape == Variable::Shape::kStructPointer;
  Line((to_struct ? struct_ : array_type_) + " *" + variable.name + " = " + value + ";");
  variables_.push_back(variable);
}

// Takes what statements compute for its own sake; unsigned, so that it cannot fail.
void CGenerator::DeclareSum() {
  Variable variable;
  variable.name = "sum";
  variable.bit = NewBit();
  variable.is_writable = false;
  Line("unsigned long sum = 0;");
  variables_.push_back(variable);
}

void CGenerator::Declare() {
  switch (Below(8)) {
    case 0:
    case 1: return DeclareArray("");
    case 2: return DeclareStruct("");
    case 3:
    case 4: return DeclarePointer();
    default: return DeclareScalar("");
  }
}

void CGenerator::DeclareGlobals() {
  DeclareScalar("const ");
  variables_.back().is_writable = false;
  DeclareArray("const ");
}

void CGenerator::DeclareFunctions() {
  const std::vector<Variable> constants = variables_;
  const auto parameters = [&](Function& function, std::string first) {
    function.parameters = 1 + static_cast<int>(Below(3));
    for (int i = 0; i < function.parameters; ++i) {
      Variable parameter;
      parameter.name = Name("n");
      parameter.bit = NewBit();
      const std::string type = RandomType();
      parameter.bits = BitsOf(type);
      first += (first.empty() ? "" : ", ") + type + " " + parameter.name;
      variables_.push_back(parameter);
    }
    return "(" + first + ") {";
  };
  const auto body = [&](const std::string& result) {
    indent_ = 4;
    DeclareSum();
    for (uint64_t n = Below(3); n > 0; --n) Declare();
    for (uint64_t n = Below(3); n > 0; --n) Statement(1);
    if (result == "early" && OneIn(2)) Line("if (" + Full(2) + ") return " + Full(2) + ";");
    Line(result == "early" ? "return " + Full(3) + ";" : result);
    indent_ = 0;
    Line("}");
    variables_ = constants;
  };
  for (uint64_t n = Below(3); n > 0; --n) {
    Function function;
    function.name = Name("f");
    const std::string list = parameters(function, "");
    Line(RandomType() + " " + function.name + list);
    body("early");
    pure_.push_back(function);
  }
  if (OneIn(2)) {
    Function function;
    function.name = Name("g");
    function.returns_struct = true;
    Variable parameter;
    parameter.name = Name("s");
    parameter.shape = Variable::Shape::kStruct;
    parameter.bit = NewBit();
    variables_.push_back(parameter);
    const std::string list = parameters(function, struct_ + " " + parameter.name);
    Line(struct_ + " " + function.name + list);
    body("return " + parameter.name + ";");
    pure_.push_back(function);
  }
  if (OneIn(2)) {
    Function function;
    function.name = Name("h");
    Variable parameter;
    parameter.name = Name("p");
    parameter.shape = Variable::Shape::kPointer;
    parameter.bits = BitsOf(array_type_);
    parameter.rows = 4;
    parameter.bit = 1;
    variables_.push_back(parameter);
    const bool as_array = OneIn(2);
    const std::string list = parameters(
        function, array_type_ + (as_array ? " " : " *") + parameter.name + (as_array ? "[]" : ""));
    Line("void " + function.name + list);
    body("return;");
    fillers_.push_back(function);
  }
}

void CGenerator::Block(int depth, int statements) {
  const std::size_t scope = variables_.size();
  indent_ += 4;
  if (OneIn(2)) Declare();
  for (int i = 0; i < statements; ++i) Statement(depth - 1);
  indent_ -= 4;
  variables_.resize(scope);
}

void CGenerator::Assign() {
  Permit permit = FullPermit();
  if (OneIn(3)) {
    Line("sum = sum * 31 + (" + Expression(3, permit).text + ");");
    return;
  }
  std::vector<uint64_t> bits;
  for (const Variable& variable : variables_) {
    if (variable.is_writable) bits.push_back(variable.bit);
  }
  if (bits.empty()) return Line(";");
  permit.write |= Any(bits);
  const Node node = OneIn(6) ? Increment(permit) : Assignment(3, permit);
  Line(node.text + ";");
}

void CGenerator::CallStatement() {
  using Shape = Variable::Shape;
  std::vector<std::string> structs;
  std::vector<std::string> arrays;
  std::vector<std::string> scalars;
  std::vector<std::string> targets;
  for (const Variable& v : variables_) {
    if (v.shape == Shape::kStruct) structs.push_back(v.name);
    if (v.shape == Shape::kArray && v.bit == 1 && v.rows >= 4) arrays.push_back(v.name);
    if (v.shape == Shape::kScalar) scalars.push_back(v.name);
    if (v.shape == Shape::kScalar && v.is_writable) targets.push_back(v.name);
  }
  const auto call = [&](const Function& function, std::string arguments) {
    for (int i = 0; i < function.parameters; ++i) {
      arguments += (arguments.empty() ? "" : ", ") +
                   (scalars.empty() || OneIn(3) ? Literal().text : Any(scalars));
    }
    return function.name + "(" + arguments + ");";
  };
  if (!arrays.empty() && !fillers_.empty()) return Line(call(Any(fillers_), Any(arrays)));
  if (!targets.empty() && !writers_.empty())
    return Line(Any(targets) + " = " + call(Any(writers_), ""));
  if (structs.empty()) return Assign();
  for (const Function& function : pure_) {
    if (function.returns_struct && OneIn(2))
      return Line(Any(structs) + " = " + call(function, Any(structs)));
  }
  const std::string target = Any(structs);
  Line(target + " = " +
       (OneIn(2) ? At(Expression(2, FullPermit()), kOrPrecedence) + " ? " + Any(structs) + " : "
                 : "") +
       Any(structs) + ";");
}

void CGenerator::Loop(int depth) {
  const int rounds = 1 + static_cast<int>(Below(4));
  Variable counter;
  counter.name = Name("i");
  counter.bit = NewBit();
  counter.is_writable = false;
  const int kind = static_cast<int>(Below(5));
  const std::size_t scope = variables_.size();
  const std::string more = OneIn(2) ? "" : " && " + At(Expression(2, FullPermit()), kAndPrecedence);
  ++loops_;
  ++breakable_;
  if (kind <= 1) {
    const std::string type =
        Any(std::vector<std::string>{"int", "int", "char", "unsigned", "short", "long"});
    const bool down = OneIn(3);
    variables_.push_back(counter);
    Line(down ? "for (" + type + " " + counter.name + " = " + std::to_string(rounds) + "; " +
                    counter.name + " > 0" + more + "; " + counter.name + "--) {"
              : "for (" + type + " " + counter.name + " = 0; " + counter.name + " < " +
                    std::to_string(rounds) + more + "; ++" + counter.name + ") {");
    Block(depth, 1 + static_cast<int>(Below(3)));
    Line("}");
  } else {
    Line("int " + counter.name + " = " + std::to_string(rounds) + ";");
    variables_.push_back(counter);
    if (kind == 2) Line("while (" + counter.name + "-- > 0" + more + ") {");
    if (kind == 3) Line("do {");
    if (kind == 4) {
      Line("for (;;) {");
      Line("    if (--" + counter.name + " < 0) break;");
    }
    Block(depth, 1 + static_cast<int>(Below(3)));
    Line(kind == 3 ? "} while (--" + counter.name + " > 0" + more + ");" : "}");
  }
  --loops_;
  --breakable_;
  // A counter outside its loop keeps its value: still read by others.
  if (kind <= 1) variables_.resize(scope);
}

// A pointer goes over an array.
void CGenerator::Walk() {
  std::vector<Variable> arrays;
  for (const Variable& v : variables_) {
    if (v.shape == Variable::Shape::kArray && v.bit == 1) arrays.push_back(v);
  }
  if (arrays.empty()) return Assign();
  const Variable& array = Any(arrays);
  const std::string size = std::to_string(array.rows);
  Variable pointer = array;
  pointer.name = Name("p");
  pointer.shape = Variable::Shape::kPointer;
  pointer.rows = 1;
  const std::string& p = pointer.name;
  const std::string end =
      OneIn(2) ? array.name + " + " + size : "&" + array.name + "[" + size + "]";
  const std::string test = p + Any(std::vector<std::string>{" != ", " < "}) + end;
  Line("for (" + array_type_ + " *" + p + " = " + array.name + "; " + test + "; " +
       (OneIn(2) ? p + "++" : p + " += 1") + ") {");
  variables_.push_back(pointer);
  indent_ += 4;
  Assign();
  Line("sum = sum * 7 + (" + p + " - " + array.name + ")" + (OneIn(2) ? " + *" + p : "") + ";");
  indent_ -= 4;
  variables_.pop_back();
  Line("}");
}

void CGenerator::Switch(int depth) {
  std::vector<int> values = {-1, 0, 1, 2, 3, 5};
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[Below(i)]);
  values.resize(2 + Below(4));
  const uint64_t otherwise = Below(values.size() + 2);
  std::string value = At(Expression(2, FullPermit()), kBitAndPrecedence) + " & 3";
  if (OneIn(3)) value = "(" + RandomType() + ")(" + value + ")";
  Line("switch (" + value + ") {");
  ++breakable_;
  const auto body = [&] {
    Block(depth, 1);
    Line("}");
    if (!OneIn(3)) Line("break;");
  };
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i == otherwise) {
      Line("default: {");
      body();
    }
    const std::string text = std::to_string(values[i]);
    Line("case " + (OneIn(4) ? text + " + 0" : text) + ":" + (OneIn(5) ? "" : " {"));
    if (out_.ends_with(" {\n")) {
      body();
    } else {
      Line("    ;");
    }
  }
  --breakable_;
  Line("}");
}

void CGenerator::Goto(int depth) {
  const std::string label = Name("label");
  if (OneIn(2)) {  // forward, out of a block
    labels_.push_back(label);
    Line("{");
    Block(depth, 2);
    Line("}");
    labels_.pop_back();
    Line(label + ":");
    Line("    ;");
    return;
  }
  Variable counter;
  counter.name = Name("i");
  counter.bit = NewBit();
  counter.is_writable = false;
  Line("int " + counter.name + " = " + std::to_string(1 + Below(3)) + ";");
  variables_.push_back(counter);
  Line(label + ": {");
  Block(depth, 2);
  Line("}");
  Line("if (" + counter.name + "-- > 0 && " + At(Expression(2, FullPermit()), kAndPrecedence) +
       ") goto " + label + ";");
}

void CGenerator::Jump() {
  std::vector<std::string> jumps;
  if (breakable_ > 0) jumps.push_back("break;");
  if (loops_ > 0) jumps.push_back("continue;");
  for (const std::string& label : labels_) jumps.push_back("goto " + label + ";");
  if (jumps.empty()) return Assign();
  const std::string condition = Full(2);
  Line("if (" + condition + ") " + Any(jumps));
}

void CGenerator::Statement(int depth) {
  const uint64_t kind = Below(20);
  if (depth <= 0 || kind < 6) return OneIn(5) ? Jump() : Assign();
  switch (kind) {
    case 6:
    case 7: {
      Line("if (" + Full(3) + ") {");
      Block(depth, 1 + static_cast<int>(Below(2)));
      if (OneIn(2)) {
        Line("} else {");
        Block(depth, 1);
      }
      Line("}");
      return;
    }
    case 8:
    case 9:
    case 10:
    case 11: return Loop(depth);
    case 12:
    case 13: return Switch(depth);
    case 14: return Goto(depth);
    case 15: return Jump();
    case 16: return Walk();
    case 17: return CallStatement();
    default: return Declare();
  }
}

void CGenerator::DumpResults() {
  using Shape = Variable::Shape;
  std::vector<std::string> cells;
  for (const Variable& v : variables_) {
    if (!v.is_writable && v.name != "sum") continue;
    if (v.shape == Shape::kScalar) cells.push_back(v.name);
    for (int i = 0; i < v.rows && (v.shape == Shape::kArray || v.shape == Shape::kMatrix); ++i) {
      const std::string row = v.name + "[" + std::to_string(i) + "]";
      if (v.shape == Shape::kArray) cells.push_back(row);
      for (int j = 0; j < v.columns && v.shape == Shape::kMatrix; ++j) {
        cells.push_back(row + "[" + std::to_string(j) + "]");
      }
    }
    if (v.shape != Shape::kStruct) continue;
    for (const char* member :
         {"first", "second", "third[0]", "third[2]", "inner.left", "inner.right[1]", "last"}) {
      cells.push_back(v.name + "." + member);
    }
  }
  const std::size_t most = CProgram::kResultCells - 8;  // the first eight are for expressions
  if (cells.size() > most) cells.resize(most);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    Line("result[" + std::to_string(i + 8) + "] = " + cells[i] + ";");
  }
}

CProgram CGenerator::Expressions() {
  Line("shared long result[" + std::to_string(CProgram::kResultCells) + "] = {0};");
  DeclareTypes();
  DeclareGlobals();
  if (OneIn(4)) DeclareFunctions();
  for (int i = 0; i < 2; ++i) DeclareScalar("shared ");
  if (OneIn(2)) DeclareArray("shared ");
  Line("process run {");
  indent_ = 4;
  DeclareSum();
  for (int i = 0; i < 4; ++i) DeclareScalar("");
  DeclareArray("");
  if (OneIn(2)) Declare();
  if (OneIn(3)) DeclareStruct("");
  for (int i = 0; i < 6; ++i) Line("result[" + std::to_string(i) + "] = " + Full(4) + ";");
  DumpResults();
  indent_ = 0;
  Line("}");
  return RenderProgram(out_, seed_, number_);
}

CProgram CGenerator::Sequential() {
  Line("shared long result[" + std::to_string(CProgram::kResultCells) + "] = {0};");
  DeclareTypes();
  DeclareGlobals();
  DeclareFunctions();
  const bool has_shared = OneIn(2);
  if (has_shared) {
    const std::vector<Variable> constants = variables_;
    DeclareScalar("shared ");
    DeclareArray("shared ");
    if (OneIn(2)) DeclareStruct("shared ");
    const std::vector<Variable> globals = variables_;
    Function function;
    function.name = Name("w");
    function.parameters = 1;
    Variable parameter;
    parameter.name = Name("n");
    parameter.bit = NewBit();
    const std::string type = RandomType();
    parameter.bits = BitsOf(type);
    variables_.push_back(parameter);
    Line(RandomType() + " " + function.name + "(" + type + " " + parameter.name + ") {");
    indent_ = 4;
    DeclareSum();
    Block(2, 2);
    Line("return " + Full(2) + ";");
    indent_ = 0;
    Line("}");
    variables_ = globals;
    writers_.push_back(function);
  }
  Line("process run {");
  indent_ = 4;
  DeclareSum();
  DeclareScalar("");
  for (uint64_t n = 2 + Below(3); n > 0; --n) Declare();
  for (uint64_t n = 3 + Below(5); n > 0; --n) Statement(3);
  DumpResults();
  indent_ = 0;
  Line("}");
  return RenderProgram(out_, seed_, number_);
}

CProgram RandomExpressions(uint64_t seed, int number) {
  return CGenerator(seed, number).Expressions();
}

CProgram RandomSequentialProgram(uint64_t seed, int number) {
  return CGenerator(seed, number).Sequential();
}

}  // namespace interleave
