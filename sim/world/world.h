#pragma once
// Somewhere a scenario's processes live: simulated here, or real ones on shared mappings. Whoever
// steers (a schedule, a replay, a random walk, a person) needs no more than this.
//
// An interface because there are two: the real one's processes stand before an access each and do
// it when they are told to; it learns which values `choose` shall give with the step.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/program/program.h"
#include "sim/program/stepper.h"
#include "sim/world/choice.h"

namespace interleave {

// A choice that can be taken, and what sets it apart from other outcomes of the same step.
struct EnabledChoice {
  Choice choice;
  std::vector<int64_t> decided;  // values of choose, numbers of select's alternatives
};

// What a step did.
struct StepResult {
  StepStatus status = StepStatus::kOk;  // kOk, kError, kLocalLimit or kObjectLimit
  std::vector<Event> events;            // in order; with an error, up to the error
  RunError error;                       // kError
  // What was made instead of the choice that was given, where the real thing behind an object
  // decided otherwise: another outcome of the same step.
  std::optional<EnabledChoice> made;
};

// One thread at a time.
class World {
 public:
  virtual ~World() = default;

  virtual const Program& program() const = 0;

  // The outcomes of the local work of `process` before its first access, none if an assume cuts
  // all. Possible at any time.
  virtual std::vector<EnabledChoice> InitialOutcomes(int process) const = 0;
  // Puts every process at its start, wherever it was. `outcomes`: one of InitialOutcomes for each
  // process. Returns what each did, up to the first that failed.
  virtual std::vector<StepResult> Start(const std::vector<EnabledChoice>& outcomes) = 0;

  // The next steps of one process, in the order of their outcomes: none when it is done or blocked.
  // REQUIRES: Start.
  virtual std::vector<EnabledChoice> EnabledOf(int process) const = 0;
  // REQUIRES: `choice` is in EnabledOf(its actor). After an error nothing but Start is possible.
  virtual StepResult Step(const EnabledChoice& choice) = 0;
  // The whole state, in the program's layout. Valid until the next call that changes it.
  virtual std::span<const int64_t> Observe() const = 0;

  // Of all processes, in order.
  std::vector<EnabledChoice> Enabled() const;
};

// The outcomes of the next step of `process` from a state (`start`: of its local work before the
// first access), as the step semantics has them. Those that an assume cuts are counted in the
// numbers, but not listed; of a blocked process there are none. REQUIRES: it is not done.
std::vector<EnabledChoice> ListOutcomes(Stepper& stepper, const std::vector<int64_t>& from,
                                        int process, bool start);

}  // namespace interleave
