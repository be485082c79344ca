#pragma once
// The insides of random_c.h. Text is built with marks in it, single control characters that say
// where fallible operations begin, have their operator and end; RenderProgram takes them out.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/support/random_c.h"

namespace interleave {

namespace mark {
inline constexpr char kOperation = '\x01';  // begins; its value may be kept
inline constexpr char kPlace = '\x02';      // begins; it is a place, not a value
inline constexpr char kOperator = '\x03';
inline constexpr char kEnd = '\x04';   // of kOperation and kPlace
inline constexpr char kKeep = '\x05';  // a value to be kept that cannot fail itself
inline constexpr char kKept = '\x06';  // its end
// In the sanitized text what is between these is evaluated before what follows it, up to kDone.
inline constexpr char kFirst = '\x07';
inline constexpr char kThen = '\x08';
inline constexpr char kDone = '\x0e';
// `x op= e` with `op` between these two: in the sanitized text `x = x op e`, the sum kept.
inline constexpr char kCompound = '\x0f';
inline constexpr char kCompoundOperator = '\x10';
inline constexpr char kCompoundValue = '\x11';
inline constexpr char kCompoundEnd = '\x12';
inline constexpr char kLast = kCompoundEnd;
}  // namespace mark

// `marked` is the text of a scenario whose first line declares `result` and whose line
// `process run {` begins the process.
CProgram RenderProgram(const std::string& marked, uint64_t seed, int number);

class CGenerator {
 public:
  CGenerator(uint64_t seed, int number);
  CProgram Expressions();
  CProgram Sequential();

 private:
  // Which variables an expression may read and write, by Variable::bit. What is in `write` is in no
  // unsequenced neighbour's sets.
  struct Permit {
    uint64_t read = 0;
    uint64_t write = 0;
  };
  struct Node {
    std::string text;
    int precedence = 0;
    bool is_constant = false;
  };
  struct Variable {
    enum class Shape { kScalar, kArray, kMatrix, kStruct, kPointer, kStructPointer };
    std::string name;
    Shape shape = Shape::kScalar;
    int rows = 1;
    int columns = 1;
    uint64_t bit = 0;
    bool is_writable = true;
    int bits = 8;  // of each scalar in it; a struct: as if they were the narrowest
  };

  // --- draws
  uint64_t Below(uint64_t n) { return engine_() % n; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  template <class T>
  const T& Any(const std::vector<T>& list) {
    return list[Below(list.size())];
  }
  int64_t RandomValue();
  std::string RandomType();
  int BitsOf(const std::string& type) const;
  std::string ValueText();  // of an initialiser
  std::string Name(const std::string& stem) {
    return stem + std::to_string(next_name_++) + suffix_;
  }
  uint64_t NewBit();

  // --- random_c_expression.cc
  std::string At(const Node& node, int precedence);
  Node Expression(int depth, Permit permit);
  Node Leaf(Permit permit);
  Node Literal();
  // Two operands without a sequence point between them.
  static std::string InOrder(const std::string& left, const std::string& op,
                             const std::string& right);
  Node Binary(const char* op, int precedence, bool can_fail, Node left, Node right);
  Node Arithmetic(int depth, Permit permit);
  Node Shift(int depth, Permit permit);
  Node Sequenced(int depth, Permit permit);
  Node Unary(int depth, Permit permit);
  Node Assignment(int depth, Permit permit);
  Node Increment(Permit permit);
  Node Call(int depth, Permit permit);
  Node Size(Permit permit);
  std::string Scalar(Permit permit);
  std::string Masked(int size, int depth, Permit permit);
  std::string Index(int size, int depth, Permit permit);
  // One scalar of `variable`; marked as a place where an index can fail.
  Node Place(const Variable& variable, int depth, Permit permit);
  // A variable that `bits` allows, or null.
  const Variable* Choose(uint64_t bits, bool for_write);
  std::vector<Permit> Split(Permit permit, std::size_t parts);
  // For a full expression: everything readable, a few variables writable.
  Permit FullPermit();
  std::string Full(int depth) { return At(Expression(depth, FullPermit()), 1); }

  // --- random_c_statement.cc
  void Line(const std::string& text) { out_ += std::string(indent_, ' ') + text + "\n"; }
  void Declare();
  void DeclareSum();
  void DeclareScalar(const std::string& prefix);
  void DeclareArray(const std::string& prefix);
  void DeclareStruct(const std::string& prefix);
  void DeclarePointer();
  void DeclareTypes();
  void DeclareGlobals();
  void DeclareFunctions();
  void Statement(int depth);
  void Block(int depth, int statements);  // with its braces, behind the head already written
  void Assign();
  void CallStatement();
  void Loop(int depth);
  void Walk();
  void Switch(int depth);
  void Goto(int depth);
  void Jump();
  void DumpResults();
  std::string StructInitializer();

  struct Function {
    std::string name;
    int parameters = 0;
    bool returns_struct = false;
  };

  uint64_t seed_;
  int number_;
  std::mt19937_64 engine_;
  std::string suffix_;
  int next_name_ = 0;
  int next_bit_ = 1;  // bit 0: everything that a pointer may lead to
  std::vector<std::string> types_;
  std::vector<std::string> enumerators_;
  std::string word_type_;   // what `word` stands for
  std::string array_type_;  // of arrays that pointers lead to
  std::string struct_;
  std::string inner_struct_;
  std::vector<Variable> variables_;
  std::vector<Function> pure_;       // values in, a value out
  std::vector<Function> writers_;    // change shared objects; called as statements
  std::vector<Function> fillers_;    // change an array of four array_type_
  std::vector<std::string> labels_;  // behind blocks that are open
  int loops_ = 0;                    // open loops: `continue` stands in one
  int breakable_ = 0;                // open loops and switches
  int indent_ = 0;
  std::string out_;
};

}  // namespace interleave
