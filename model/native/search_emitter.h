#pragma once
// The insides of EmitSearch, shared by emit_*.cc only: what they write, and what they know while
// they write it.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/native/emit_search.h"

namespace interleave {

class SearchEmitter {
 public:
  SearchEmitter(const Program& program, const FieldLayout& layout,
                const std::vector<NativeObserver>& observers, const PartialOrder* partial_order,
                SearchFault fault)
      : program_(program),
        partial_order_(partial_order),
        fields_(layout.fields()),
        words_(layout.words()),
        observers_(observers),
        offsets_(OffsetsOfFacts(program)),
        fault_(fault),
        has_races_(program.LooksForRaces()) {}

  // The whole text.
  std::string Run();

 private:
  // One of `count` slots from `first` on: a fixed one, or by an index in C.
  struct Cell {
    uint32_t first = 0;
    uint32_t count = 1;
    std::string index;  // empty: the first
  };

  template <class... Arguments>
  void Line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }

  // --- emit_search.cc
  void Declarations();
  void Expand();
  // A fact from now on. Facts are shared by all threads: only ever written 1, and only once, lest
  // the line that holds them go to and fro between processors.
  void Fact(const std::string& name) { Line("    if (IL_UNLIKELY(!{})) {} = 1;", name, name); }
  // The part of an instruction that processes and properties share. False: it has none.
  bool EmitLocal(const Instruction& i, uint32_t at);

  // --- emit_pointers.cc
  // What the work on pointers looks up: of each slot its object's bounds, whose it is and where,
  // and the slot of its written bit.
  void ObjectTables();
  // Work on pointers. False: the instruction is none.
  bool EmitPointerWork(const Instruction& i, uint32_t at);
  // Finds out which registers hold an offset into cells that the instruction names, and no address.
  void FindOffsets();
  // A condition in C: whether an address leads to the process's own memory; empty if it has none.
  std::string IsOwn(const std::string& address) const;

  // --- emit_fields.cc
  // Fields that are found by the number of a slot.
  void Tables();
  // Expressions in C: the value in a field of the state, n or s.
  std::string Get(uint32_t slot, const char* state = "n") const;
  std::string Get(const Cell& cell);
  // A statement in C; a value that does not fit is for the interpreter.
  std::string Put(const Cell& cell, const std::string& value);
  // Whether the cells lie side by side and are alike.
  bool IsRegular(const Cell& cell) const;
  // A register as an expression in C; declarations of all of them.
  std::string R(uint32_t reg) const;
  void Registers();
  std::optional<int64_t> Constant(uint32_t reg) const;
  // The cell at c + r[a], one of the span that the instruction may lead to; where that is a
  // pointer, any cell.
  Cell CellAt(const Instruction& i) const;
  bool IsAnywhere(const Cell& cell) const { return cell.count == fields_.size(); }
  // In C: whether a cell that may be read before it is written was not written yet; empty: it may
  // not. The statement that notes that it is.
  std::string IsUnwritten(const Cell& cell);
  std::string SetWritten(const Cell& cell, bool is_written);
  // Likewise whether it is in a block of the heap that nobody has; empty: it is not.
  std::string IsFreed(const Instruction& i, const Cell& cell);
  // The written bit of a cell; count 0 where it has none.
  Cell WrittenOf(const Cell& cell) const;

  // --- emit_steps.cc
  void Process(int number);
  void Resume(bool decides);
  void Finish(int number, bool decides);
  void Instructions();
  void Emit(const Instruction& i, uint32_t at);
  void Load(const Instruction& i);
  void Store(const Instruction& i);
  void StoreShared(const Instruction& i, const Cell& cell);
  void LoadShared(const Instruction& i, const Cell& cell);
  // An access through a pointer was none.
  void NoteOwnUse(const Instruction& i);

  // --- emit_observers.cc
  // What the observers of marks, and those of the cells of an array, make of an event.
  void Mark(bool produced, const std::string& value);
  void MarkQueue(const NativeObserver& observer, bool produced, const std::string& value);
  void MarkBag(const NativeObserver& observer, bool produced, const std::string& value);
  void WatchCell(const Instruction& i, const Cell& cell, bool is_write);
  void Select(const Instruction& i);
  // dst = one of `count` outcomes.
  void Decide(const std::string& dst, const std::string& count);
  // The step ends at a program point: what is alive goes to the state.
  void Stop(uint32_t point);
  // After an access: at statement granularity the step goes on to further ones.
  void GoOn();

  // --- emit_judging.cc
  void Judge();
  // The value of a condition: 0 or not; the interpreter's where it returns 2.
  void Condition(const std::string& name, const Code& code);
  // What is asked of where a process stands, and of its locals.
  void OfProcess(const Instruction& i);
  std::string StandingOf(const ProcessInstance& process, const Instruction& i) const;
  void LocalOf(const ProcessInstance& process, const Instruction& i);
  // Who is blocked, and who waits, where a condition asks.
  void Waiting();

  // --- emit_races.cc
  // Where steps note their accesses; the statement that does so.
  void AccessLog();
  void NoteAccess(const Instruction& i, const Cell& cell, bool is_write);
  void Races();

  // --- emit_reduction.cc
  // PartialOrder::IsVisible and Check, of a step that ends at `to`.
  void CheckClaims(uint32_t to);
  // The step touches a cell: `set` is the variable of the C that collects units.
  void Touch(const char* set, const Cell& cell);
  void TouchRead(const Cell& cell);
  void ClosedGates();

  const Program& program_;
  const PartialOrder* partial_order_;  // may be null
  const std::vector<PackedField>& fields_;
  const std::size_t words_;
  const std::vector<NativeObserver>& observers_;
  const FactOffsets offsets_;
  const SearchFault fault_;
  const bool has_races_;  // some property is about them
  bool dropped_ = false;  // the fault kDroppedStore was made
  std::string text_;
  const Code* code_ = nullptr;
  const ProcessCode* process_code_ = nullptr;
  const ProcessInstance* process_ = nullptr;  // null: a property
  bool uses_array_ = false;                   // registers are an array, not variables
  std::vector<bool> is_offset_;               // by register of code_: FindOffsets
  bool needs_tables_ = false;
  bool needs_units_ = false;
  bool needs_objects_ = false;
};

}  // namespace interleave
