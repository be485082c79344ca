#pragma once
// A program's steps and properties as C on packed states: what the search with compiled steps
// calls. The interpreter stays the definition. Whatever is out of the ordinary (an error, a value
// that does not fit its field, a pointer, an observer that is not compiled) is not decided here but
// handed back, for the interpreter to do.
//
// The text is a whole translation unit without includes. It defines (u64: unsigned long)
//
//   unsigned il_expand(const u64 *state, u64 *out, unsigned room, struct il_info *info)
//       the successors of all processes in order, il_words words each; at most `room`
//   unsigned il_step_P(const u64 *state, u64 *out, unsigned room, struct il_info *info)
//       those of process P; il_steps[P] is its address
//   u64 il_judge(const u64 *state)
//       0: no property says anything; the bits of those that are broken; kAskInterpreter: the
//       interpreter must judge this state
//   u64 il_closed(const u64 *state)
//       with partial order: a bit for each gate that is closed
//   const unsigned il_words
//   unsigned char il_seen[], il_passed[], il_cut[], il_own[], il_reached[], il_antecedent[],
//   il_saw_mark
//       what happened since it was loaded (NativeFacts)

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/native/field_layout.h"
#include "model/native/search_fault.h"
#include "model/reduce/partial_order.h"
#include "model/system/observer_automaton.h"
#include "sim/program/program.h"

namespace interleave {

// What an observer keeps, and where in the state: its first word.
struct NativeObserver {
  ObserverLayout layout;
  uint32_t base = 0;
};

// With partial order: how a process stands, as ProcessMove has it; counting is not told apart from
// reading and writing.
struct NativeMove {
  uint64_t reads, writes, first, second;
  uint32_t point;
  uint32_t outcomes;
  uint64_t is_visible;
};

struct NativeInfo {
  uint64_t slow;  // a bit a process: the interpreter must make its steps, none of them is in `out`
  uint64_t progress;        // whether some step changed shared memory or finished its process
  uint64_t broken;          // PartialOrder::Broken of some step
  uint64_t cut;             // whether an assume cut some outcome
  NativeMove* moves;        // by process; with partial order only
  uint64_t ignores_errors;  // in: a step that fails has no successor, and is not slow
  void* log;                // where accesses are noted; null; only where a property is about races
};

// Of il_judge.
inline constexpr uint64_t kAskInterpreter = uint64_t{1} << 63;
inline constexpr uint64_t PropertyBit(std::size_t property) {
  return property < 63 ? uint64_t{1} << property : kAskInterpreter;
}

// Processes that a search with compiled steps can have: a bit each.
inline constexpr int kMaxNativeProcesses = 64;
// Instructions of all processes together above which compiling takes too long.
inline constexpr std::size_t kMaxNativeInstructions = 20'000;

inline constexpr std::size_t kMaxNativeSlots = 4096;

// Whether the program is one for compiled steps.
bool HasNativeSteps(const Program& program);

// Where the parts of the fact arrays begin: by code, a byte a program point (il_seen) or an
// instruction (il_passed, il_cut).
struct FactOffsets {
  std::vector<std::size_t> points;
  std::vector<std::size_t> instructions;
  std::size_t point_count = 0;
  std::size_t instruction_count = 0;
};
FactOffsets OffsetsOfFacts(const Program& program);

// `partial_order` may be null.
std::string EmitSearch(const Program& program, const FieldLayout& layout,
                       const std::vector<NativeObserver>& observers,
                       const PartialOrder* partial_order = nullptr,
                       SearchFault fault = SearchFault::kNone);

}  // namespace interleave
