#pragma once
// Breadth-first search with compiled steps. It finds out whether anything is wrong at all: counts
// everything, and gives up as soon as something breaks or is out of the ordinary, for the
// interpreted search to look closely. What the interpreter must do for it on the way (a step, a
// state to judge) it asks of its caller.

#include <cstdint>
#include <functional>
#include <vector>

#include "model/native/field_layout.h"
#include "model/native/native_steps.h"

namespace interleave {

// One successor that the interpreter made.
struct SlowSuccessor {
  std::vector<int64_t> state;
  bool progress = false;  // it changed shared memory or finished its process
};

// What is asked of the interpreter, about whole states. Each returns false when something broke, or
// cannot be followed, so that the search gives up.
struct SlowPath {
  std::function<bool(const int64_t* state, int process, std::vector<SlowSuccessor>& out)> step;
  std::function<bool(const int64_t* state)> judge;
  std::function<bool(const int64_t* state)> is_no_deadlock;
  // Asked now and then; false: a limit.
  struct Progress {
    uint64_t states, transitions, frontier, depth, memory_bytes;
  };
  std::function<bool(const Progress&)> go_on;
};

struct NativeResult {
  enum class End : uint8_t {
    kComplete,
    kGaveUp,  // something is broken or out of the ordinary
    kMisfit,  // `slot` needs room for `value`
    kLimit,   // go_on said so
  };
  End end = End::kGaveUp;
  uint32_t slot = 0;
  int64_t value = 0;
  uint64_t states = 0;
  uint64_t transitions = 0;
  uint64_t depth = 0;
  uint64_t memory_bytes = 0;  // at most, of the table and the frontier
  uint64_t slow_steps = 0;    // made by the interpreter
};

// Words of a packed state above which ExploreNative gives up at once.
inline constexpr std::size_t kMaxNativeWords = 8;

// `initials`: the initial states, each once; judged already.
NativeResult ExploreNative(const Program& program, const FieldLayout& layout,
                           const NativeSteps& steps,
                           const std::vector<std::vector<int64_t>>& initials, const SlowPath& slow);

}  // namespace interleave
