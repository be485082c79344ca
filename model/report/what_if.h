#pragma once
// What a process would have done if it had read something else: its steps of a run are made again,
// with another value in one cell and everything else as it was.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/report/history.h"
#include "sim/program/program.h"
#include "sim/program/stepper.h"
#include "sim/world/trace.h"

namespace interleave {

class WhatIf {
 public:
  WhatIf(const Program& program, const Trace& trace)
      : program_(program), trace_(trace), stepper_(program) {}

  // Whether the process that made `read` and then came through `test` (a kBranch, or the read
  // itself where it waited for what it reads) would not have come through it so, had `value` been
  // in the cell. True also where it would not have come to the test.
  bool GoesAnotherWay(const Access& read, const Access& test, int64_t value);

  // Whether the run would end in an error all the same. REQUIRES: its last step, which ends in one,
  // is of the process that made `read`.
  bool FailsToo(const Access& read, int64_t value);

 private:
  // Makes the steps from the read's to number `last` again. False: one of them cannot be made, or
  // leads to another program point than it did. events_: of the last one that was made.
  bool Remake(const Access& read, int64_t value, std::size_t last);
  const std::vector<int64_t>& StateBefore(std::size_t step) const {
    return step == 1 ? trace_.initial : trace_.steps[step - 2].state;
  }

  const Program& program_;
  const Trace& trace_;
  Stepper stepper_;
  std::vector<Event> events_;
  StepStatus status_ = StepStatus::kOk;
  std::size_t made_ = 0;  // number of the last step that was tried
};

}  // namespace interleave
