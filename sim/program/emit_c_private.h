#pragma once
// The emitter behind emit_c.h, whose members stand in several files: emit_c.cc the process and its
// local work, emit_c_memory.cc loads and stores, emit_c_waiting.cc where a process stands, waits
// and is taken back. Used by these only.

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "sim/program/c_text.h"
#include "sim/program/emit_c.h"
#include "sim/program/emit_real.h"
#include "sim/program/ghosts.h"
#include "sim/program/run_error.h"

namespace interleave {

inline bool MayBlock(const Instruction& i) {
  return i.opcode == Opcode::kBlockUnless || i.opcode == Opcode::kSelect;
}

// Whether it is part of an operation, which tells of itself as a whole.
inline bool IsQuiet(const Instruction& i) { return (i.flags & kQuiet) != 0; }

// Whether a free process holds the lock at this instruction.
inline bool IsUnderLock(const Instruction& i) {
  return (i.flags & (kInAtomic | kInOperation)) != 0;
}

class CEmitter {
 public:
  // All are kept by the caller while it emits.
  CEmitter(const Program& program, const ByteLayout& layout, const EmitOptions& options);

  std::string Run();

 private:
  template <class... Arguments>
  void Line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }

  template <class Value>
  void Table(const char* type, const char* name, std::size_t count, Value value) {
    text_ += fmt::format("static __attribute__((unused)) const {} {}[] = {{", type, name);
    for (std::size_t i = 0; i < count; ++i) {
      text_ += fmt::format("{}{}", i % 24 == 0 ? "\n  " : " ", value(i));
      text_ += ',';
    }
    text_ += "\n};\n";
  }

  bool is_free() const { return options_.mode == EmitMode::kFree; }
  std::string R(uint32_t reg) const {
    return uses_array_ ? fmt::format("r[{}]", reg) : fmt::format("r{}", reg);
  }
  // Running free, the statements behind `ghost` do nothing.
  bool in_ghost(const Instruction& i) const { return IsGhostCode(*code_, i, ghosts_); }
  // True once: for the first place where `fault` can be planted.
  bool Plant(EmitFault fault);

  // --- processes and local work (emit_c.cc)
  void Process(int number);
  void Emit(const Instruction& i);
  void Jump(uint32_t target, const std::string& condition);
  void Local(const Instruction& i);
  void Choose(const Instruction& i);
  void Mark(const Instruction& i);
  LocalFailures FailuresOf(const Instruction& i) const;
  // A statement that ends the process's run with an error. Ghosts running free do not fail.
  std::string Fail(const Instruction& i, ErrorKind kind) const;
  std::string End(const char* status) const;

  // --- memory (emit_c_memory.cc)
  // Where an access goes: a typed place, or, through a pointer, whatever its slot says.
  struct Address {
    std::string slot;   // its number
    std::string place;  // its bytes
    IntType type = IntType::kI64;
    bool is_typed = false;
    std::string written;  // the number of its written flag's slot, "" where it has none
  };
  void Tables();
  Address AddressOf(const Instruction& i) const;
  // How the cell there is read, and how it is written.
  std::string Get(const Address& address, const std::string& order) const;
  std::string Put(const Address& address, const std::string& value, const std::string& order) const;
  std::string Flag(const Address& address) const;
  std::string AtomicOrder(const Instruction& i) const;
  bool NeedsLock(const Instruction& i) const;
  std::string GoOn() const;
  void Load(const Instruction& i);
  void Store(const Instruction& i);
  void SwapWithOther(const Instruction& i, Address& address);
  void CheckAllocated(const Instruction& i, const Address& address, const std::string& seen);
  void PeekOrPoke(const Instruction& i);

  // --- where a process stands and waits (emit_c_waiting.cc)
  void StopAt(const Instruction& i);
  void Stand(uint32_t point, const char* indent);
  void Gate(const std::string& shut, uint32_t begin);
  std::string Kept(uint32_t at, bool keep) const;
  void Undo();
  void Select(const Instruction& i);
  void BeginAtomic();
  void EndAtomic();

  // --- operations on objects (emit_c_operations.cc)
  void OperationBegin(const Instruction& i);
  void OperationEnd(const Instruction& i);
  // What it did, as one event.
  void OperationEvent(const Instruction& i);
  struct RealForm {
    std::size_t kind = 0;    // into RealKinds
    std::size_t number = 0;  // of the function in the kind
  };
  RealForm FormOf(const Function& function) const;
  // An operation with a real form that is being emitted.
  struct RealUse {
    const OperationUse* use = nullptr;  // null: there is none
    std::string slot;                   // C's expression for where its object begins
    RealForm form;
    std::string thing;   // C's expression for the real thing
    uint32_t begin = 0;  // the instruction where it begins
  };
  void FindRealUse(const Instruction& i);
  std::string SlotText(const ObjectPlace& place) const;
  std::string RealThing(const ObjectPlace& place) const;
  // The statement that calls a form; that of the operation being emitted.
  static std::string CallReal(const RealForm& form, const std::string& thing, bool tries);
  std::string CallReal(bool tries) const;
  // A statement that ends the process's run as one whose real thing does something else.
  std::string Differ(const char* what, const std::string& real) const;
  void CompareReal();
  void RealCallEnd(const Instruction& i);
  // The calls of functions that begin or end at the instruction, as real calls, behind which the
  // model's code is left out.
  void RealFunctions();

  const Program& program_;
  const ByteLayout& layout_;
  const EmitOptions options_;
  const std::vector<bool> locked_;
  const bool any_locked_;
  std::string text_;
  const ProcessCode* code_ = nullptr;
  std::vector<SourceRange> ghosts_;
  bool uses_array_ = false;
  bool may_block_ = false;
  uint32_t at_ = 0;
  bool planted_ = false;
  uint32_t swap_first_ = 0, swap_second_ = 0, swap_at_ = 0;  // the fault kSwappedPair
  const std::vector<const ObjectKind*> real_kinds_;
  const std::vector<bool> is_real_;  // by object: operations on it are made on its real thing
  RealUse real_;
  uint32_t atomic_begin_ = 0;  // of the atomic code that is being emitted
};

}  // namespace interleave
