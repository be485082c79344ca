#pragma once
// The judge of a single run: of a schedule, a replay, a random walk, a person who steps.

#include <cstdint>
#include <optional>
#include <vector>

#include "model/property/judge.h"
#include "model/property/violation.h"
#include "sim/world/run.h"

namespace interleave {

class RunJudge {
 public:
  // A deadlock is nothing, is found when the run is over, or ends the run.
  enum class Deadlock : uint8_t { kIgnore, kAtEnd, kEndsRun };

  explicit RunJudge(const Program& program, Deadlock deadlock = Deadlock::kIgnore)
      : judge_(program), deadlock_(deadlock) {}
  RunJudge(const RunJudge&) = delete;
  RunJudge& operator=(const RunJudge&) = delete;

  // For a Run; refers to this object. Keeps the observers' words in the trace's states.
  StepJudge AsStepJudge();
  // What broke at the end of the run: by the judge, or as a run-time error. Of several things at
  // one step, the one of the lowest rank.
  std::optional<Violation> Broken(const Run& run);
  Judge& judge() { return judge_; }

 private:
  bool Look(Trace& trace);

  Judge judge_;
  Deadlock deadlock_;
  std::vector<Violation> violations_;
};

}  // namespace interleave
