#pragma once
// Which vectors can be states of a program: what the layout, the types and the code tell of each
// slot. Every reachable state is within these bounds; so a state that was read from somewhere and
// is within them, too, can be gone on with without harm, though it need not be reachable.
//
// Tested by tests/checkpoint_test.cc.

#include <cstdint>
#include <vector>

#include "model/native/field_layout.h"
#include "model/system/observer_automaton.h"
#include "sim/program/program.h"

namespace interleave {

// What a search can have noted of an instruction: whether an assume cut a run, whether an access
// went to own memory.
inline bool CanCut(const Instruction& i) { return i.opcode == Opcode::kAssume; }
inline bool CanBeOwn(const Instruction& i) {
  return i.opcode == Opcode::kLoad || i.opcode == Opcode::kStore;
}

// Of a search; far above what any can count to.
inline constexpr uint64_t kMostTransitions = uint64_t{1} << 56;

class StateBounds {
 public:
  // `observers`: what stands behind the program's slots. The program is kept by the caller.
  StateBounds(const Program& program, std::vector<ObserverLayout> observers);

  bool Holds(const std::vector<int64_t>& state) const;

 private:
  struct List {
    uint32_t length = 0;  // the slot
    int64_t capacity = 0;
  };

  bool IsMemory(int64_t address) const;
  bool HoldsProcess(const ProcessInstance& process, const int64_t* state) const;
  static bool HoldsObserver(const ObserverLayout& observer, const int64_t* words);

  const Program& program_;
  const std::vector<ObserverLayout> observers_;
  std::vector<SlotRange> slots_;                   // by slot; of registers: everything
  std::vector<std::vector<SlotRange>> registers_;  // by code and register
  std::vector<List> lists_;
};

}  // namespace interleave
