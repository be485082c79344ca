#pragma once
// Running free: real processes without turns, at full speed, many times; what came of it, counted.
//
// As litmus7 does (Alglave, Maranget, Sarkar, Sewell: Litmus, TACAS 2011), a start serves many
// runs: the processes go through the instances of a batch, each with memory of its own, with a
// barrier before each instance.
//
// Where an object has a real thing behind it (real.c of its kind) and no atomic code works on it,
// the processes make the real calls, and the model's code does not run. What the real thing tells
// of the model's cells at the end is put into these, and judged like all other memory; a cell that
// it does not tell is left out of the final states.

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sim/program/emit_c.h"
#include "sim/program/program.h"
#include "sim/program/stepper.h"
#include "sim/world/region.h"

namespace interleave {

enum class Pinning : uint8_t { kNone, kSame, kDifferent };

struct StressOptions {
  uint64_t runs = 1'000'000;  // 0: as many as come to their end in max_seconds
  double max_seconds = 0;     // 0: no limit. REQUIRES: this or `runs`
  uint64_t max_accesses = 0;  // of one process in one run; 0: until it ends
  bool relaxed = false;       // plain accesses are relaxed, not sequentially consistent
  RegionKind region = RegionKind::kAnonymous;
  Pinning pinning = Pinning::kNone;
  unsigned yield_one_in = 0;  // give the processor away before one access in so many; 0: never
  unsigned delay_one_in = 0;  // wait a little before one access in so many; 0: never
  uint64_t seed = 1;          // of the yields, delays and of `choose`
  EmitFault fault = EmitFault::kNone;  // planted, to see that it is noticed
  // Without any progress for so long, a run is looked at: see StressResult. Half a second says
  // nothing by itself: the machine may be busy, or the processes stopped.
  double stuck_seconds = 0.5;
  uint64_t max_states = 1'000'000;  // of the model that final states are judged by
  const std::atomic<bool>* stop = nullptr;
  std::function<void(uint64_t runs, double seconds)> progress;  // may be empty
  // Called when the processes of a batch have been started; may be empty. What the machine may do
  // to them, tests do there.
  std::function<void(const std::vector<pid_t>& pids)> on_batch;
};

// Where several processes failed in one run, the first of them counts.
struct StressError {
  int process = 0;
  ErrorKind kind = ErrorKind::kNone;
  uint32_t instruction = 0;
  auto operator<=>(const StressError&) const = default;
};

struct StressResult {
  uint64_t runs = 0;
  double seconds = 0;
  double barrier_seconds = 0;  // of a bare barrier of as many processes, mean
  // Shared memory at the end (slots of shared objects, in order) of runs that all processes ended.
  std::map<std::vector<int64_t>, uint64_t> finals;
  std::map<StressError, uint64_t> errors;  // runs by what failed
  // Runs that made no progress any more, although each of their processes got time of the processor
  // or slept: where the model has a deadlock, or a real thing blocks for ever though the model's
  // always ends; and where the model has none or is not known.
  uint64_t stuck = 0;
  uint64_t endless = 0;
  uint64_t given_up = 0;      // runs that made no progress for long, of which nothing is known
  uint64_t cut = 0;           // runs that an assume ended
  uint64_t out_of_steps = 0;  // runs that max_accesses ended
  uint64_t queue_full = 0;    // runs that met the cap of an unbounded queue
  // Of marks, in runs that all processes ended (see ended()):
  uint64_t lost = 0, invented = 0, doubled = 0, reordered = 0, too_many_marks = 0;
  uint64_t left_when_stuck = 0;  // stuck runs in which an item was produced and not consumed
  // By slot of FinalSlots: false where a real thing does not tell the cell, which is 0 in all
  // finals.
  std::vector<bool> is_told;
  // The model: final states it has; empty and not judged when its graph is not complete.
  bool is_judged = false;
  std::string not_judged_reason;
  std::map<std::vector<int64_t>, uint64_t> model_finals;  // -> 0
  uint64_t unreachable = 0;  // runs whose final state the model does not reach
  // Why fewer runs were made than asked for: an interrupt, the limit of time, or a process was
  // lost. Empty: all were made.
  std::string cut_short;

  // Runs that all processes ended.
  uint64_t ended() const;
};

// Slots of shared memory that make up a final state.
std::vector<uint32_t> FinalSlots(const Program& program);

// The program's ghost assertions are silenced: running free there are no ghosts.
// REQUIRES: granularity access; no daemon unless max_accesses is set. Throws std::runtime_error
// (no compiler, a process cannot be set up), std::system_error, RealWorldError (a process died by
// its own doing). A process that is lost ends the runs: StressResult::cut_short.
StressResult Stress(Program& program, const StressOptions& options);

}  // namespace interleave
