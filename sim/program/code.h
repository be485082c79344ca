#pragma once
// The instructions that processes and properties are compiled to: a register machine whose
// registers are int64_t, with the shared state addressed by slot number.
//
// A memory operand's address is c + r[a], a slot of the state vector; a pointer's value is such an
// address (0 is null). An instruction marked kStops is a *program point*: control stops before it,
// unless the step may still make an access (`may_access` in Stepper::Run): it has just begun, or,
// at statement granularity, its statement goes on.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/language/arithmetic.h"
#include "sim/language/source.h"
#include "sim/language/syntax.h"

namespace interleave {

enum class Opcode : uint8_t {
  // Local work.
  kMove,           // dst = r[a]
  kBinary,         // dst = r[a] op r[b], in `type`
  kUnary,          // dst = op r[a], in `type`
  kConvert,        // dst = (type) r[a]
  kJump,           // to c
  kBranchFalse,    // to c if r[a] == 0
  kBranchTrue,     // to c if r[a] != 0
  kIndex,          // dst = r[a] * c; error unless 0 <= r[a] < b
  kRegisterLoad,   // dst = r[c + r[a]]      (an element of a local array; b cells from c)
  kRegisterStore,  // r[c + r[a]] = r[dst]   (dst is read)
  kPointerAdd,     // dst = r[a] + r[b] * c; error outside its object
  kPointerSub,     // dst = (r[a] - r[b]) / c; error unless in one object
  kPointerOrder,   // error unless r[a] and r[b] point into one object
  kPointerCheck,   // error unless r[a] points to c cells that this process may touch
  kChoose,         // dst = one of r[a] .. r[b]: a decision
  kAssert,         // error if r[a] == 0; c: 1 + the text of it in Code::texts, or 0; b: not 0: of
                   // an object, which is misused
  kAssume,         // the run is cut if r[a] == 0
  kPeek,           // dst = memory: not an access (ghosts, constants, own memory)
  kPoke,           // memory = r[b]: not an access
  kProduced,       // mark r[a]
  kConsumed,       // mark r[a]
  kEndExpression,  // no access may follow in this step (statement granularity)
  kAtomicEnd,      // the atomic block ends; no access may follow in this step
  kBlockUnless,    // the step is not enabled if r[a] == 0
  kLimit,  // nothing further is modelled if r[a] == 0: exploration is incomplete; c: 1 + the
           // text of it in Code::texts
  // What a program in C prints of the value r[a], for who reads a trace: not an access, and the
  // value need not be kept for it. b: what it is (Printed); c: 1 + the conversion in Code::texts,
  // or the text itself.
  kPrint,
  kSelect,  // to one of selects[c] whose register is true: a decision; else; or not enabled
  // Process r[a] - 1, of the same code, which is not started or done, becomes a copy of this one:
  // it
  // begins at the next instruction, a program point, with dst = 0. This one goes on at c, with
  // dst = r[a].
  kFork,
  // Accesses.
  kLoad,         // dst = memory
  kStore,        // memory = r[b]
  kAtomicBegin,  // await, atomic, select: an access of its own
  kStep,         // an access to nothing; b: not 0: behind a fork, where a process begins
  // An operation on the object at the address: one access, between its begin and its end. What it
  // does is ordinary code between them; b: into operations.
  kOperationBegin,
  kOperationEnd,
  kHalt,  // the process is done; a property's value is r[a]
  // Properties only.
  kProcessDone,       // dst = whether process c + r[a] is done
  kProcessBlocked,    // ... blocked
  kProcessWaiting,    // ... waits
  kProcessInSection,  // ... stands in section b
  kProcessAtLabel,    // ... has passed label b and made no access since
  kProcessLocal,      // dst = cell r[b] of local c % 2^16 of process c / 2^16 + r[a]
  kIsUnwritten,       // dst = whether the cell was never written
};

// Bits of Instruction::flags.
inline constexpr uint8_t kStops = 1;     // a program point
inline constexpr uint8_t kMayBeOwn = 2;  // through a pointer: own memory is no access
inline constexpr uint8_t kInAtomic = 4;  // inside atomic, await or a guard
// Of what an operation on an object is made of:
inline constexpr uint8_t kInOperation = 8;
inline constexpr uint8_t kQuiet = 16;    // no event of its own: the operation is one
inline constexpr uint8_t kCovered = 32;  // the operation says as a whole what it touches
inline constexpr uint8_t kForgets = 64;  // kStore: the cell counts as never written

// What kPrint prints.
enum class Printed : uint32_t { kLiteral, kNumber, kText };

struct Instruction {
  Opcode opcode = Opcode::kHalt;
  Op op = Op::kNone;
  IntType type = IntType::kI64;
  uint8_t flags = 0;
  uint32_t dst = 0;
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t c = 0;
  uint32_t location = 0;  // into Code::locations
  uint32_t span = 1;      // of a memory operand: how many cells from c on it may lead to
};

// Where in the text an instruction stems from.
struct CodeLocation {
  SourceRange range;      // the expression
  SourceRange statement;  // the statement or head it is part of
  int call = -1;          // the call whose body it is part of, into Code::calls; -1: none
};

// A call of a function, which is inlined.
struct InlinedCall {
  SourceRange range;
  SourceRange statement;
  int outer = -1;  // the call in whose body it stands, into Code::calls; -1: none
  const Function* function = nullptr;
  std::vector<uint32_t> arguments;  // registers, of each the first
  uint32_t result = 0;              // the first register of the result
  uint32_t end = 0;                 // the instruction behind the body
};

// One use of an operation.
struct OperationUse {
  static constexpr std::size_t kMostArguments = 4;  // that are known here
  static constexpr std::size_t kToldArguments = 3;  // that an event tells
  uint32_t operation = 0;                           // into Program::operations
  uint32_t arguments[kMostArguments] = {};          // registers
  uint32_t argument_count = 0;
  uint32_t result = 0;  // a register; of an operation without a result kZeroRegister
};

// The place c + r[a] of an object.
struct ObjectPlace {
  uint32_t a = 0;
  uint32_t c = 0;
};

// A call of a function of a kind that makes several steps, outside of `atomic`.
struct FunctionUse {
  struct Argument {
    bool is_object = false;  // a pointer to an object, at `place`; else the register `place.a`
    ObjectPlace place;
  };
  const Function* function = nullptr;
  ObjectPlace object;
  std::vector<Argument> arguments;
  uint32_t result = 0;  // a register
  uint32_t begin = 0;   // its body: the instructions from here up to `end`
  uint32_t end = 0;
};

struct SelectTable {
  std::vector<std::pair<uint32_t, uint32_t>> alternatives;  // register, target
  int64_t else_target = -1;
};

// `count (i : from .. to) ...` with constant bounds: the register of `i`. The code compares it with
// `to_reg` and counts it up between the evaluations of what is quantified.
struct QuantifiedRegister {
  uint32_t reg = 0;
  uint32_t to_reg = 0;
  int64_t from = 0;
  int64_t to = 0;
  bool is_count = false;  // else the first that decides ends it
};

struct Code {
  std::vector<Instruction> instructions;
  std::vector<CodeLocation> locations;
  std::vector<InlinedCall> calls;
  std::vector<SelectTable> selects;
  std::vector<OperationUse> operations;
  std::vector<FunctionUse> functions;
  std::vector<QuantifiedRegister> quantified;
  std::vector<std::string> texts;  // of assertions
  // Registers that hold a constant: set once, never written.
  std::vector<std::pair<uint32_t, int64_t>> constants;
  uint32_t register_count = 0;

  // Whether a call leads into the text of the process. In a program in C that is the text of the
  // function that it runs.
  bool IsInText(int call) const {
    return call >= 0 && calls[static_cast<std::size_t>(call)].function->process < 0;
  }
  // The calls that lead from the process's own text to a location, the outermost first.
  std::vector<SourceRange> CallsTo(const CodeLocation& location) const {
    std::vector<SourceRange> ranges;
    for (int call = location.call; IsInText(call);
         call = calls[static_cast<std::size_t>(call)].outer) {
      ranges.insert(ranges.begin(), calls[static_cast<std::size_t>(call)].range);
    }
    return ranges;
  }
  // Where the process stands in its own text: at the location itself, or at the outermost call.
  CodeLocation InOwnText(CodeLocation location) const {
    while (IsInText(location.call)) {
      const InlinedCall& call = calls[static_cast<std::size_t>(location.call)];
      location = {call.range, call.statement, call.outer};
    }
    return location;
  }
};

// Registers every code has.
inline constexpr uint32_t kSelfRegister = 0;   // the index of the process in its array
inline constexpr uint32_t kFrameRegister = 1;  // the slot where the process's own memory begins
inline constexpr uint32_t kZeroRegister = 2;   // 0
inline constexpr uint32_t kFirstRegister = 3;

}  // namespace interleave
