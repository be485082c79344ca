#pragma once
// Partial-order reduction: which processes' steps it is enough to look at from a state.
//
// Ample sets (E. M. Clarke, O. Grumberg, D. A. Peled, "Model Checking", chapter 10; persistent
// sets: P. Godefroid, LNCS 1032) of whole processes: all enabled steps of a set C of processes,
// where
//
//   C0  some process of C has a successor;
//   C1  nothing that the others can do, for as long as C stands still, conflicts with the next step
//       of a process in C. What a process of C touches next is known exactly, from the state: the
//       very cell of an array. What the others may ever touch is known by program point, with what
//       follows from who the process is (constants.h). A gate that is closed, and that nobody
//       outside C can open, is not passed (point_graph.h): who waits for a lock that C holds does
//       nothing behind it. W. T. Overman (thesis, UCLA 1981) for closing C under conflicts;
//   C2  the steps of C change nothing that a property looks at, and none fails;
//   C3  every cycle of a process's program points on which no local only ever grows (or shrinks)
//       has a sticky point: steps from there are only taken when all processes move (R. Kurshan,
//       V. Levin, M. Minea, D. Peled, H. Yenigün, "Static partial order reduction", TACAS 1998). So
//       the reduced graph is the same whatever order states are visited in, by whatever engine and
//       however many threads.
//
// Where one step with one outcome is enough, the state behind it stands for the one before: nothing
// that a property looks at differs. Where races are looked for, only a process that is enough alone
// is followed like that, and not one whose set has others, which are blocked or cut: they may be
// about to touch what it touches.
//
// Kept: every error, violated property, deadlock and complete run that the whole system reaches is
// reached, if not in as many steps. Each of these is a set of states, closed under the steps of
// others: along a run to it, either some step of C comes first of all steps of C and may be taken
// first of all, or all steps of C can be put before the run; C3 ends the latter. A process that
// waits changes nothing, so deadlock (which is about running alone) is such a set.
//
// So are the states in which two processes are about to race: neither access conflicts with a step
// of C, unless both processes are in C; then neither has moved, and they race where C was chosen.
// (One of the two alone cannot be in C, by C1.) For that, whatever can race must conflict: a plain
// cell that is written outside atomic is no gate, whose reader would not be seen while it is
// closed, and no counter (FootprintUnits::may_race).
//
// Forks: who is not started yet may do something while C stands still if one of the others may fork
// it; then a set that it conflicts with is none. A step that forks conflicts by the operation on
// the table of processes that it is part of.
//
// Counters (point_graph.h) commute: additions with each other and with whoever waits for the
// counter to rise. That is so until an addition wraps around. Locals grow until they do the same.
// Neither is proved beforehand: Check() of every step says whether all is as it was taken to be,
// and if not, the reduced search proves nothing. (An addition that comes earlier only wraps
// earlier, so a wrapping one is seen.)

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/reduce/point_graph.h"
#include "model/reduce/reduction_fault.h"
#include "sim/program/footprint.h"
#include "sim/program/program.h"

namespace interleave {

// How one process stands in a state: what trying its next step showed.
struct ProcessMove {
  uint32_t point = 0;       // 0: done
  uint32_t outcomes = 0;    // successors; 0: blocked, or cut by an assume
  bool is_plain = true;     // no outcome fails, breaks an observer, or meets a limit
  bool is_visible = false;  // some outcome leads between points that properties tell apart
  Footprint next;           // of all outcomes
  bool is_kept = true;      // else they are too many to be held in memory: `outcomes` is 0, and
                            // is_plain false
};

class PartialOrder {
 public:
  // Why there is no sound reduction; nothing: there is one.
  static std::optional<std::string> Refusal(const Program& program);

  // REQUIRES: there is no Refusal. `trusts_locals`: locals that seem to grow break cycles.
  explicit PartialOrder(const Program& program, bool trusts_locals = true,
                        ReductionFault fault = ReductionFault::kNone);

  const FootprintUnits& units() const { return units_; }
  const std::vector<Gate>& gates() const { return gates_; }
  bool looks_for_races() const { return looks_for_races_; }
  // Whether properties tell the two points of a process apart.
  bool IsVisible(int process, uint32_t from, uint32_t to) const {
    const std::vector<uint32_t>& looks = looks_[static_cast<std::size_t>(process)];
    return looks[from] != looks[to] || looks[from] == kAlwaysVisible;
  }
  // A number for each point of a process: properties tell points of different numbers apart.
  static constexpr uint32_t kAlwaysVisible = UINT32_MAX;
  const std::vector<uint32_t>& looks(int process) const {
    return looks_[static_cast<std::size_t>(process)];
  }
  const PointFacts& point(int process, uint32_t point) const {
    return graphs_[static_cast<std::size_t>(process)][point];
  }
  // A local that never shrinks (or never grows) on an edge between two points: with all edges of a
  // component, a ranking function.
  struct Claim {
    uint32_t to = 0;
    uint32_t slot_before = 0, slot_after = 0;
    bool shrinks = false;
    bool is_strict = false;
  };

  const std::vector<Claim>& claims(int process, uint32_t point) const {
    return claims_[static_cast<std::size_t>(process)][point];
  }
  // What a step was relied on to do, and did not.
  enum class Broken : uint8_t { kNothing, kCounter, kLocal };
  Broken Check(int process, uint32_t from, uint32_t to, const int64_t* state,
               const int64_t* next) const {
    const Counting& counting = point(process, from).counting;
    if (counting.kind == Counting::Kind::kAdd &&
        (next[counting.slot] < state[counting.slot] ||
         (counting.is_bounded && next[counting.slot] > Counting::kMostCounted))) {
      return Broken::kCounter;
    }
    for (const Claim& claim : claims_[static_cast<std::size_t>(process)][from]) {
      if (claim.to != to) continue;
      const int64_t before = state[claim.slot_before], after = next[claim.slot_after];
      const bool grows = claim.shrinks ? after < before : after > before;
      if (!grows && (claim.is_strict || after != before)) return Broken::kLocal;
    }
    return Broken::kNothing;
  }
  bool IsSticky(int process, uint32_t point) const {
    return sticky_[static_cast<std::size_t>(process)][point];
  }

  static constexpr uint64_t kAll = UINT64_MAX;
  // Steps that are taken at once where each is the only one that is needed: the states between them
  // are not stored. They end where all processes move, at the latest.
  static constexpr uint32_t kMostSteps = 256;
  // Scratch space and what was found out before; one a thread.
  struct Memory {
    std::unordered_map<uint64_t, std::vector<Footprint>> futures;  // by closed gates, then point
    std::vector<const Footprint*> others;
    uint64_t last_gates = 0;
    const std::vector<Footprint>* last = nullptr;
  };
  // The processes, a bit each, whose steps are enough from a state; kAll when it takes all.
  // `closed`: a bit for each gate that is closed there.
  uint64_t Choose(const std::vector<ProcessMove>& moves, uint64_t closed, Memory& memory) const;

  // What a process may touch from a point on without passing one of the closed gates: by process
  // and point, at FutureIndex().
  std::vector<Footprint> FuturesOf(uint64_t closed) const;
  std::size_t FutureIndex(int process, uint32_t point) const {
    return point_base_[static_cast<std::size_t>(process)] + point;
  }
  // Whether what another process touches may change what this next step does or whether it is
  // enabled, or the other way round.
  static bool Conflicts(const ProcessMove& move, const Footprint& future);

  // Closed gates of a state.
  uint64_t ClosedGates(const int64_t* state) const {
    uint64_t closed = 0;
    for (std::size_t g = 0; g < gates_.size(); ++g) {
      if (!gates_[g].IsOpen(state[gates_[g].slot])) closed |= uint64_t{1} << g;
    }
    return closed;
  }

 private:
  void Look(const Code& code);
  void PlaceSticky(bool trusts_locals);
  void FindForks();
  const std::vector<Footprint>& Futures(uint64_t closed, Memory& memory) const;
  bool Opens(const Footprint& touched, const Gate& gate) const;
  // The least closed set around `seed`, or 0 when it holds what it must not.
  uint64_t Close(int seed, const std::vector<ProcessMove>& moves, uint64_t closed,
                 Memory& memory) const;
  bool MayBeAmple(int process, const ProcessMove& move) const;

  const Program& program_;
  const ReductionFault fault_;
  FootprintUnits units_;
  bool looks_for_races_ = false;
  std::vector<Gate> gates_;
  std::vector<std::vector<PointFacts>> graphs_;  // by process, point
  std::vector<std::size_t> point_base_;          // by process: where its points begin in futures
  std::size_t point_count_ = 0;
  std::vector<bool>
      may_fork_;  // by process and point: whether it may fork another one from there on
  std::vector<std::vector<uint32_t>> looks_;             // by process, point
  std::vector<std::vector<bool>> sticky_;                // by process, point
  std::vector<std::vector<std::vector<Claim>>> claims_;  // by process, point
  uint64_t looked_at_ = 0;                               // units that properties look at
};

}  // namespace interleave
