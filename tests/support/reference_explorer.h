#pragma once
// The reference explorer: as stupid as it can be, so that one can see that it is right. Whole
// states in std::set, layer by layer; every definition of model/README.md and of the language taken
// literally at every state, with no filter, no packing and no early end. It shares the interpreter
// (Stepper) with the real explorers. Conditions it judges with an evaluator of its own
// (reference_evaluator.h); where that does not cover one, it asks Evaluator::Evaluate and counts.

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/program/evaluate.h"
#include "sim/program/program.h"
#include "sim/program/stepper.h"
#include "tests/support/reference_evaluator.h"

namespace interleave {

// Ranks as Violation::Rank() has them: -1 run-time errors, then properties, then deadlock.
inline constexpr int kErrorRank = -1;
inline constexpr int kDeadlockRank = 1 << 20;

// A program's slots, and by property what its observer remembers: fifo the items outstanding in
// their order, exactly_once the same sorted, slots one number a cell; others nothing.
struct ReferenceState {
  std::vector<int64_t> memory;
  std::vector<std::vector<int64_t>> watch;
  auto operator<=>(const ReferenceState&) const = default;
};

// One possible move, or one possible start (process -1).
struct ReferenceMove {
  int process = -1;
  std::vector<int64_t> decided;
  StepStatus status = StepStatus::kOk;
  bool full = false;     // an observer cannot hold more
  std::set<int> broken;  // ranks of what the move itself broke
  ErrorKind error = ErrorKind::kNone;
  ReferenceState next;

  bool is_limit() const {
    return status == StepStatus::kLocalLimit || status == StepStatus::kObjectLimit ||
           (full && broken.empty());
  }
};

// How often a condition was judged on a state, and how often not by the reference evaluator.
struct ReferenceCover {
  uint64_t judged = 0;
  uint64_t left_to_observer = 0;
  std::map<std::string, uint64_t> not_covered;  // why
};

class Reference {
 public:
  explicit Reference(const Program& program);
  Reference(const Reference&) = delete;  // the evaluator asks this object
  Reference& operator=(const Reference&) = delete;

  std::vector<ReferenceMove> Starts();
  // Of all processes in order; blocked and cut moves are none.
  std::vector<ReferenceMove> Moves(const ReferenceState& state);
  // Ranks of what is broken in the state itself. `errors` gets the kinds of errors while judging.
  std::set<int> Broken(const ReferenceState& state, std::set<ErrorKind>* errors);
  // `reachable` properties that hold here.
  std::set<int> Reached(const ReferenceState& state);

  bool IsDone(const std::vector<int64_t>& memory, int process) const;
  bool Waits(const std::vector<int64_t>& memory, int process);
  bool IsBlocked(const std::vector<int64_t>& memory, int process);
  bool IsDeadlock(const std::vector<int64_t>& memory);
  bool IsComplete(const std::vector<int64_t>& memory);
  int CountInside(const std::string& section, const std::vector<int64_t>& memory) const;
  bool HasRace(const std::vector<int64_t>& memory);
  // Some assume cut runs and let none pass, in all that was asked of this object.
  bool HasFatalAssume() const;
  const ReferenceCover& cover() const { return cover_; }

 private:
  // What the condition of a property gives: its truth or the kind of its error.
  ReferenceOutcome Judge(std::size_t property, const std::vector<int64_t>& memory);
  // Takes one process from one state through every outcome of its next step (or of its start).
  std::vector<ReferenceMove> Outcomes(const ReferenceState& state, int process, bool start);
  void Watch(ReferenceMove& move, const std::vector<Event>& events);
  void StartFrom(int process, const ReferenceMove& before, std::vector<ReferenceMove>& starts);

  const Program& program_;
  Stepper stepper_;
  Stepper solo_;  // for looking only: its assumes do not count
  ReferenceEvaluator evaluator_;
  Evaluator judged_evaluator_;  // for what the reference does not cover
  ReferenceCover cover_;
  std::vector<Event> events_;
};

struct ReferenceBreak {
  uint64_t length = 0;         // steps of the shortest run to it
  std::set<ErrorKind> errors;  // rank -1: what fails at that length
};

struct ReferenceResult {
  bool too_large = false;  // more than `cap` states: the rest is not meaningful
  bool complete = true;    // nothing was left out for a limit
  uint64_t states = 0;
  uint64_t transitions = 0;
  uint64_t depth = 0;
  std::map<int, ReferenceBreak> breaks;  // by rank; without `reachable`
  std::set<int> unreached;               // `reachable` properties that never held
  bool fatal_assume = false;
  ReferenceCover cover;
};

// Visits every state that can be reached.
ReferenceResult ExploreByReference(const Program& program, std::size_t cap);

// The canonical run to a violation, by brute force over all runs of that length: fewest switches
// between processes, then the smallest sequence of processes. Nothing when there is no such run.
struct ReferenceRun {
  int switches = 0;
  std::vector<int> processes;
};
std::optional<ReferenceRun> CanonicalByReference(const Program& program, int rank, uint64_t length);

}  // namespace interleave
