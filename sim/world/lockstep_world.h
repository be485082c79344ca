#pragma once
// Two worlds at once: every step is made in the simulated and in the real one, and both are
// compared before anybody goes on.
//
// Compared are how the step ended, what it read, wrote and marked, in order, and the whole state:
// shared memory with its ghosts, where every process stands, its locals and temporaries. A process
// that the model says is blocked is given a turn, and must be found blocked.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/program/observe.h"
#include "sim/world/real_world.h"
#include "sim/world/simulated_world.h"

namespace interleave {

// What differs, a line each; the first line says where.
class WorldsDiffer : public RealWorldError {
 public:
  using RealWorldError::RealWorldError;
};

class LockstepWorld : public World {
 public:
  // `program` is kept by the caller.
  explicit LockstepWorld(const Program& program, const RealOptions& options = {});

  const Program& program() const override { return simulated_.program(); }
  std::vector<EnabledChoice> InitialOutcomes(int process) const override {
    return simulated_.InitialOutcomes(process);
  }
  std::vector<EnabledChoice> EnabledOf(int process) const override {
    return simulated_.EnabledOf(process);
  }
  std::span<const int64_t> Observe() const override { return simulated_.Observe(); }
  // Both throw WorldsDiffer.
  std::vector<StepResult> Start(const std::vector<EnabledChoice>& outcomes) override;
  StepResult Step(const EnabledChoice& choice) override;

  // Whether every step is followed by TryBlocked (it is, unless this says otherwise).
  void set_tries_blocked(bool tries) { tries_blocked_ = tries; }
  // Gives a turn to each process that is blocked in the model. Throws WorldsDiffer if one moves.
  void TryBlocked();

  uint64_t compared() const { return compared_; }  // steps, starts of all processes are one
  uint64_t blocked() const { return blocked_; }    // moves that were tried and really blocked
  const RealWorld& real() const { return real_; }

 private:
  void Compare(const StepResult& simulated, const StepResult& real, int process);

  SimulatedWorld simulated_;
  RealWorld real_;
  Observer observer_;
  bool tries_blocked_ = true;
  uint64_t step_ = 0;  // in this run
  uint64_t compared_ = 0;
  uint64_t blocked_ = 0;
};

// The slots in which two states differ, a line each: "in: simulated 1, real 0". `memory_only`:
// without the processes' own part. At most a few lines; "" when they are equal.
std::string StateDifference(const Program& program, const int64_t* simulated, const int64_t* real,
                            bool memory_only);

// Whether the next access of `process` can be tried without making it, should it be blocked: it is
// the first of its step. REQUIRES: the process is not done.
bool CanTryBlocked(const Program& program, const int64_t* state, int process);

}  // namespace interleave
