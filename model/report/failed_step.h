#pragma once
// The locals of a process at the moment at which it failed: they are in no state, since the step
// did not come to an end.

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/language/scenario.h"
#include "sim/program/program.h"
#include "sim/world/trace.h"

namespace interleave {

class FailedStep {
 public:
  // Makes the last step of the run again. REQUIRES: it is of `process` and ends in an error.
  FailedStep(const Program& program, const Trace& trace, int process);

  // Of a scalar local, of the process or of the function that failed; none: not known.
  std::optional<uint32_t> RegisterOf(const Symbol& local) const;
  std::optional<int64_t> ValueOf(const Symbol& local) const;

 private:
  const ProcessCode& code_;
  std::vector<int64_t> registers_;
  int call_ = -1;  // in whose body it failed
};

}  // namespace interleave
