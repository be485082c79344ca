#pragma once
// The simulated world: the interpreter on a state vector.

#include <vector>

#include "sim/world/world.h"

namespace interleave {

class SimulatedWorld : public World {
 public:
  // `program` is kept by the caller.
  explicit SimulatedWorld(const Program& program);

  const Program& program() const override { return program_; }
  std::vector<EnabledChoice> InitialOutcomes(int process) const override;
  std::vector<StepResult> Start(const std::vector<EnabledChoice>& outcomes) override;
  std::vector<EnabledChoice> EnabledOf(int process) const override;
  StepResult Step(const EnabledChoice& choice) override;
  std::span<const int64_t> Observe() const override { return state_; }

 private:
  // Runs the step (or the start) of `process` from `from`, outcome after outcome, until `visit`,
  // called with the status and the outcome's number, returns false. scratch_ and events_ are then
  // what that outcome leads to and did.
  template <class Visit>
  void ForEachOutcome(const std::vector<int64_t>& from, int process, bool start, Visit visit) const;
  // Takes one outcome; state_ is what it leads to.
  StepResult Take(const EnabledChoice& choice, bool start);

  const Program& program_;
  std::vector<int64_t> state_;
  mutable Stepper stepper_;
  mutable std::vector<int64_t> scratch_;
  mutable std::vector<Event> events_;
  // By process, as its last step left them: what is dead is no part of the state, and printed.
  std::vector<std::vector<int64_t>> registers_;
};

}  // namespace interleave
