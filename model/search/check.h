#pragma once
// From a program to its verdict: searches it (search.h), once or more often, and turns what was
// found into the canonical counterexample.
//
// What would surprise: a violation that a reduced search finds is searched again without reduction,
// and its counts are those of that search.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/property/violation.h"
#include "model/search/engine.h"
#include "model/search/reductions.h"
#include "sim/program/program.h"

namespace interleave {

enum class ExplorerKind : uint8_t { kBreadthFirst, kDepthFirst };

struct CheckProgress {
  uint64_t states = 0;
  uint64_t transitions = 0;
  uint64_t frontier = 0;
  uint64_t depth = 0;
  uint64_t memory_bytes = 0;
  double seconds = 0;
  // What began anew, with the counts at 0: "compiled steps", "without reduction". Empty: the first
  // search.
  std::string_view stage = {};
};

struct CheckOptions {
  ExplorerKind explorer = ExplorerKind::kBreadthFirst;
  Reductions reduce;
  EngineOptions engine;  // breadth-first; depth-first steps are interpreted
  uint64_t max_states = UINT32_MAX - 2;
  uint64_t max_work = 0;          // of steps that are interpreted (Stepper::work); 0: no limit
  uint64_t max_memory_bytes = 0;  // 0: no limit
  double max_seconds = 0;         // 0: no limit
  bool keep_going = false;        // one counterexample a property, and one of run-time
                                  // errors, instead of the first
  bool vacuity_is_error = false;  // what checks nothing is kVacuous instead of kHolds
  bool compiled_vacuous = false;  // compiling found already that something checks nothing
  // Judge what is said of runs without an end, too, once nothing else is broken (model/liveness).
  bool endless_runs = false;
  // Where to write, now and then and when a limit or an interrupt ends the search, what is needed
  // to go on; and what to go on with. Empty: not. Not with keep_going.
  std::string checkpoint;
  double checkpoint_seconds = 60;
  std::string resume;
  const std::atomic<bool>* stop = nullptr;             // set by Ctrl-C: end with what there is
  std::function<void(const CheckProgress&)> progress;  // called now and then, may be empty
};

enum class Verdict : uint8_t {
  kHolds,
  kViolated,  // a property; `violations` says which
  kDeadlock,
  kRace,
  kError,       // run-time error or assertion
  kVacuous,     // an assume that no run survives; if asked, any check that checks nothing
  kIncomplete,  // a limit was met before anything was found
};

// A pass that checked less than it seems.
struct Vacuity {
  SourceRange range;
  std::string message;
  bool is_fatal = false;  // an assume that no run survives
};

struct CheckResult {
  Verdict verdict = Verdict::kIncomplete;
  bool complete = false;          // every reachable state was visited
  std::string incomplete_reason;  // "the limit of 1000 states", ...; empty when complete or stopped
                                  // at a violation
  std::optional<RunError> incomplete_at;  // the place that the reason is about, where it has one
  bool is_cut_short = false;              // the reason is a limit of the search, which could go on
  // Not empty: the counterexample is of another search (deviations.h), and this says of which.
  std::string deviations;
  uint64_t states = 0;
  uint64_t transitions = 0;
  uint64_t depth = 0;  // breadth-first: levels - 1; depth-first: the longest path of the search
  uint64_t state_bytes = 0;    // packed
  uint64_t memory_bytes = 0;   // of the store and the frontier
  double seconds = 0;          // CPU time of the search that visited all states
  double elapsed_seconds = 0;  // on the clock, of the same
  Reductions reduced;          // what the counts are reduced by; nothing after a violation
  std::vector<ReductionRefusal> refusals;
  bool is_native = false;             // that was one with compiled steps
  uint64_t interpreted_steps = 0;     // of its transitions, those that the interpreter made
  uint64_t interpreted_judgings = 0;  // of its states, those that the interpreter judged
  uint64_t peak_resident_bytes = 0;   // of this process, so far
  std::string thread_shortage;        // why there were fewer threads than wanted
  std::string engine_failure;         // why there were no compiled steps although they were wanted
  std::string checkpoint_failure;     // why the last one could not be written
  std::vector<Counterexample> counterexamples;  // by rank, then found; one unless keep_going
  std::vector<Vacuity> vacuities;
  std::vector<std::string>
      largest;  // what contributes most to the number of states, when incomplete
};

// Throws CheckpointError (checkpoint.h) when a checkpoint cannot be written or does not fit.
CheckResult Check(const Program& program, const CheckOptions& options);

// What a run that ends in this violation is judged to be.
Verdict VerdictOf(const Program& program, const Violation& violation);
int ExitCodeOf(Verdict verdict);           // as in the table of the top README
const char* VerdictName(Verdict verdict);  // "holds", "violated", "deadlock", ...

}  // namespace interleave
