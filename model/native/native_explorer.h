#pragma once
// Breadth-first search with compiled steps. It finds out whether anything is wrong at all: counts
// everything, and gives up as soon as something breaks or is out of the ordinary, for the
// interpreted search to look closely. What the interpreter must do for it on the way (a step, a
// state to judge) it asks of its caller.

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "model/native/field_layout.h"
#include "model/native/native_steps.h"
#include "model/reduce/symmetry.h"

namespace interleave {

// One successor that the interpreter made.
struct SlowSuccessor {
  std::vector<int64_t> state;
  bool progress = false;  // it changed shared memory or finished its process
  uint32_t steps = 1;     // that were taken at once
};

// What is asked of the interpreter, about whole states. Each returns false when something broke, or
// cannot be followed, so that the search gives up. They are called by one thread at a time.
struct SlowPath {
  std::function<bool(const int64_t* state, int process, std::vector<SlowSuccessor>& out)> step;
  // With partial order: of one process, as ReducedSystem::Try; from a state on, for as long as one
  // step is enough, `steps` of them taken already; all that is taken from a state, and whether that
  // is everything.
  const PartialOrder* partial_order = nullptr;
  const SymmetryPlan* symmetry = nullptr;  // states become their representatives
  std::function<bool(const int64_t* state, int process, ProcessMove& move,
                     std::vector<SlowSuccessor>& out)>
      try_step;
  std::function<bool(const int64_t* state, uint32_t steps, SlowSuccessor& out)> follow;
  std::function<bool(const int64_t* state, std::vector<SlowSuccessor>& out, bool& is_whole)> expand;

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
    kGaveUp,   // something is broken or out of the ordinary
    kMisfit,   // too many values do not fit: `misfits`
    kLimit,    // go_on said so
    kStopped,  // of OrderedExplorer: its hooks said so
  };
  struct Misfit {
    uint32_t slot = 0;
    SlotRange values;  // met so far
  };
  End end = End::kGaveUp;
  std::vector<Misfit> misfits;
  uint64_t states = 0;
  uint64_t transitions = 0;
  uint64_t depth = 0;
  uint64_t memory_bytes = 0;   // at most, of the table and the frontier
  uint64_t slow_steps = 0;     // made by the interpreter
  uint64_t slow_judgings = 0;  // states that the interpreter judged
  std::string shortage;        // why there were fewer threads than wanted; empty: there were not
  // What partial order relied on, and a step did not do.
  PartialOrder::Broken broken = PartialOrder::Broken::kNothing;
};

// Adds to `misfits` what of a state does not fit.
void AddMisfits(const FieldLayout& layout, const int64_t* state,
                std::vector<NativeResult::Misfit>& misfits);
// Adds `more`.
void AddMisfits(const std::vector<NativeResult::Misfit>& more,
                std::vector<NativeResult::Misfit>& misfits);

// Words of a packed state that a search can have.
inline constexpr std::size_t kMaxNativeWords = 8;

class NativeExplorer {
 public:
  virtual ~NativeExplorer() = default;
  // The initial states, judged already.
  virtual void Begin(const std::vector<std::vector<int64_t>>& initials) = 0;
  // Goes on where `other` stopped for values that did not fit its layout; they do here. Takes its
  // states.
  virtual void Adopt(NativeExplorer& other) = 0;
  // To the end of the search, or of what this layout can hold.
  virtual NativeResult Run() = 0;
  virtual const NativeResult& result() const = 0;

  // States that do not fit the layout, a few: the interpreter makes their steps.
  struct Aside {
    std::set<std::vector<int64_t>> all;
    std::vector<std::vector<int64_t>> current, next;
    std::size_t at = 0;  // in current
  };
  // What Adopt takes. Each lets go of what it visited.
  using Visit = std::function<void(const uint64_t* state)>;
  virtual void DrainTable(const Visit& visit) = 0;
  virtual void DrainCurrent(const Visit& visit) = 0;  // of this level, not expanded
  virtual void DrainNext(const Visit& visit) = 0;
  virtual Aside TakeAside() = 0;
  // The same without letting go of anything; between rounds, as when go_on is asked.
  virtual void VisitTable(const Visit& visit) const = 0;
  virtual void VisitCurrent(const Visit& visit) const = 0;
  virtual void VisitNext(const Visit& visit) const = 0;
  virtual const Aside& aside() const = 0;
  // What they gave to another explorer of this layout, one state after the other; then Restored.
  virtual void RestoreStored(const uint64_t* state) = 0;
  virtual void RestoreCurrent(const uint64_t* state) = 0;
  virtual void RestoreNext(const uint64_t* state) = 0;
  virtual void Restored(Aside aside, const NativeResult& result) = 0;
  virtual const FieldLayout& layout() const = 0;
};

// All are kept by the caller. What is found does not depend on `threads`. REQUIRES: at most
// kMaxNativeWords words.
std::unique_ptr<NativeExplorer> MakeNativeExplorer(const Program& program,
                                                   const FieldLayout& layout,
                                                   const NativeSteps& steps, const SlowPath& slow,
                                                   std::size_t threads);

}  // namespace interleave
