#pragma once
// Two worlds at once: every step is made in the simulated and in the real one, and both are
// compared before anybody goes on.
//
// Compared are how the step ended, what it read, wrote and marked, in order, and the whole state:
// shared memory with its ghosts, where every process stands, its locals and temporaries. Then every
// process tries its next step, and takes it back: it must be blocked where the model says so, and
// nowhere else.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/program/evaluate.h"
#include "sim/world/compared_world.h"
#include "sim/world/real_world.h"
#include "sim/world/simulated_world.h"

namespace interleave {

class LockstepWorld : public ComparedWorld {
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

  void TryAll() override;

  const RealWorld& real() const { return real_; }

 private:
  // As the real world does it, but a difference says at which step.
  StepResult RealStep(const EnabledChoice& choice);
  bool RealTry(int process);
  void Compare(const StepResult& simulated, const StepResult& real, int process);

  SimulatedWorld simulated_;
  RealWorld real_;
  Evaluator evaluator_;
  uint64_t step_ = 0;  // in this run
};

// The slots in which two states differ, a line each: "in: simulated 1, real 0". `memory_only`:
// without the processes' own part. At most a few lines; "" when they are equal.
std::string StateDifference(const Program& program, const int64_t* simulated, const int64_t* real,
                            bool memory_only);

}  // namespace interleave
