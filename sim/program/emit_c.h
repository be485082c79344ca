#pragma once
// The processes of a program as C, for real processes to run: the program's steps with C's own
// operators and types, real loads and stores on real memory (byte_layout.h).
//
// The text is a whole translation unit without includes. It defines
//
//   int il_run(struct il*, unsigned process)   (turn_block.h) from the start of that process to its
//                                              end: turn by turn, or free
//   const unsigned long il_sizes[]             sizes of the structs, as the compiler saw them

#include <optional>
#include <string>
#include <vector>

#include "sim/program/byte_layout.h"
#include "sim/program/program.h"

namespace interleave {

enum class EmitMode : uint8_t {
  kTurns,  // a step when told to, everything reported after it
  kFree,   // full speed: no ghosts, nothing reported but errors and marks
};

// A mistake that is made on purpose, in the first place where it can be made, to see that whoever
// compares real processes with the model notices it.
enum class EmitFault : uint8_t {
  kNone,
  kDroppedStore,  // a store that does not happen
  kSwappedPair,   // two accesses of one process, each made in the other's place
  kWrongWidth,    // a store that is wider than its cell
  kStaleLocal,    // a local whose value of a step before is kept
  kIgnoredWait,   // a step that should be blocked and is not
};

struct EmitOptions {
  EmitMode mode = EmitMode::kTurns;
  EmitFault fault = EmitFault::kNone;
  bool relaxed = false;  // kFree: accesses to plain objects are relaxed instead of sequentially
                         // consistent ones
};

// REQUIRES: kFree: granularity access.
std::string EmitC(const Program& program, const ByteLayout& layout, const EmitOptions& options);

// Objects that a process touches inside atomic, await, a guard or an operation that is no real
// call, by number: running free these accesses, and all others to the same objects, are made under
// one lock.
std::vector<bool> LockedObjects(const Program& program);

// Where a step may turn out to be blocked when it has written already, if anywhere: taking turns
// the process takes it back; running free it cannot.
std::optional<SourceRange> BlocksAfterItWrites(const Program& program);

// The common part of every such text (c_runtime.cc).
extern const char* const kCRuntime;

}  // namespace interleave
