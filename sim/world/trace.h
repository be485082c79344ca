#pragma once
// A run: what happened, and the states along it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/program/stepper.h"

namespace interleave {

// One step of a run, with everything a report needs.
struct TraceStep {
  int process = 0;
  std::vector<int64_t> decided;  // values of choose, numbers of select's alternatives
  std::vector<Event> events;     // in order; of a step that ends in an error, up to the error
  std::vector<int64_t> state;    // after the step (program slots, then observer words); after an
                                 // error as far as the step came
};

// A run from an initial state. Step numbers in reports are 1-based.
struct Trace {
  std::vector<std::vector<int64_t>> initial_decided;  // per process, before its first access
  std::vector<std::vector<Event>> initial_events;     // per process
  std::vector<int64_t> initial;
  std::vector<TraceStep> steps;
  // Of a run without an end: so many steps come before those that repeat for ever, which are the
  // rest; none is left where the last state lasts for ever. Not there: the run ends.
  std::optional<std::size_t> loop_start = {};

  int Switches() const {
    int switches = 0;
    for (std::size_t i = 1; i < steps.size(); ++i) {
      switches += steps[i].process != steps[i - 1].process;
    }
    return switches;
  }
};

}  // namespace interleave
