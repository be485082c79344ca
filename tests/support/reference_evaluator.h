#pragma once
// The reference evaluator: what a condition of a property means, found by walking its checked
// syntax tree on a state. It shares no code with what it judges: neither the compiled code of
// conditions nor sim/program/local_operations.h nor sim/language/arithmetic.h. Numbers are exact
// (128 bits) and checked against the range of their type afterwards; a pointer is an object and a
// cell in it; cells are found by counting those of types.
//
// It does not cover all of the language: `covered` says so. Not covered are functions with locals
// of several cells, `switch` or `goto`, names that stand for several locals of a process, and
// pointers into the memory of a process.

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "sim/program/program.h"
#include "sim/program/run_error.h"

namespace interleave {

__extension__ typedef __int128 Int128;  // not ISO C++

struct ReferenceOutcome {
  bool covered = true;
  std::string not_covered;             // what is not
  ErrorKind error = ErrorKind::kNone;  // the first one
  SourceRange range;                   // of what fails
  bool truth = false;                  // where there is no error
  int64_t value = 0;                   // the same as a 64-bit pattern; not of pointers
};

class ReferenceEvaluator {
 public:
  // What `waiting` and `blocked` ask, by process.
  using Ask = std::function<bool(const int64_t* state, int process)>;

  explicit ReferenceEvaluator(const Program& program, Ask waits = {}, Ask is_blocked = {});

  ReferenceOutcome Evaluate(const Expr& e, const int64_t* state);
  // Of properties[property], one with a condition.
  ReferenceOutcome EvaluateProperty(std::size_t property, const int64_t* state);

 private:
  struct Value {
    Int128 number = 0;     // of a pointer: the cell, at the end of its object one past the last
    int object = -1;       // of a pointer: into Program::objects; -1: null
    bool unknown = false;  // computed from a cell that was never written
    bool truth() const { return !unknown && (object >= 0 || number != 0); }
  };
  struct Place {
    int object = -1;  // or a local of a process:
    int process = -1;
    std::size_t local = 0;
    Int128 cell = 0;
    const Type* type = nullptr;
  };

  enum class Flow : uint8_t { kOn, kBreak, kContinue, kReturn };

  Value Of(const Expr& e);
  Value OfBinary(const Expr& e);
  Value OfUnary(const Expr& e);
  Value OfCall(const Expr& e);
  // Changes a local of a function.
  Value OfAssignment(const Expr& e);
  // A statement of a function; `result` is what it returns.
  Flow Run(const Stmt& s, Value& result);
  Flow RunLoop(const Stmt& s, Value& result);
  Value OfList(const Expr& e);
  Value OfQuantifier(const Expr& e);
  Value OfIntrinsic(const Expr& e);
  Place PlaceOf(const Expr& e);
  Place ElementOf(const Expr& e, bool one_past);
  Place PlaceOfProcessLocal(const Expr& e);
  Value AddressOf(const Expr& operand, SourceRange range);
  Value Moved(const Value& pointer, Int128 by, const Type& element, SourceRange range) const;
  Place Followed(const Value& pointer, const Type& type, SourceRange range) const;
  Value Read(const Place& place) const;
  Value Decoded(int64_t bits, const Type& type) const;
  int ProcessOf(const Expr& e);
  int ObjectOf(const Symbol& symbol) const;
  const ProcessInstance& Instance(int process) const {
    return program_.processes[static_cast<std::size_t>(process)];
  }

  const Program& program_;
  Ask waits_;
  Ask is_blocked_;
  const int64_t* state_ = nullptr;
  std::map<const Symbol*, Value> bound_;  // of quantifiers and functions
  Place owner_;                           // in a function of an object: the object
  int64_t rounds_ = 0;                    // of quantifiers and loops
};

}  // namespace interleave
