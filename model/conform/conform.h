#pragma once
// Conformance: every transition of the model's state graph is made by real processes, and what they
// do is compared with the model after every step.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/program/program.h"
#include "sim/world/real_world.h"
#include "sim/world/trace.h"

namespace interleave {

struct ConformProgress {
  uint64_t covered = 0;
  uint64_t required = 0;
  uint64_t steps = 0;
  double seconds = 0;
};

struct ConformOptions {
  RealOptions real;
  uint64_t max_states = 1'000'000;  // of the state graph
  uint64_t max_transitions = 0;     // a sample of so many; 0: all
  uint64_t seed = 1;                // of the sample
  double max_seconds = 0;           // 0: no limit
  bool measures_hand_over = false;  // beside the cost of a step
  const std::atomic<bool>* stop = nullptr;
  std::function<void(const ConformProgress&)> progress;  // called now and then, may be empty
};

struct ConformResult {
  bool conforms = true;
  std::string difference;         // what differs, lines
  Trace trace;                    // the model's run up to the step that differs; empty at a start
  bool complete = false;          // every transition there is was made
  std::string incomplete_reason;  // where it is not complete
  uint64_t states = 0;
  uint64_t transitions = 0;  // of the graph; steps that end in an error come on top:
  uint64_t errors = 0;
  uint64_t required = 0;  // of both, what was to be made
  uint64_t covered = 0;   // of both, what was made
  uint64_t left = 0;      // of both, what the real things behind objects never chose
  uint64_t steps = 0;     // made by real processes, starts not counted
  uint64_t tours = 0;
  uint64_t least_steps = 0;     // no tours take fewer
  bool least_is_exact = false;  // some tours take just so many
  uint64_t open = 0;            // steps that were tried, could be made, and were taken back
  uint64_t blocked = 0;         // steps that were tried and were blocked, as in the model
  uint64_t calls = 0;           // of a program that forks: calls of its kernel that were compared
  double seconds = 0;           // of all tours
  double step_seconds = 0;      // of a turn, mean
  double hand_over_seconds =
      0;  // if asked, of a bare hand-over between two processes, there and back
};

// Throws what RealWorld throws, but for WorldsDiffer, ProcessLost and Interrupted.
ConformResult Conform(const Program& program, const ConformOptions& options);

}  // namespace interleave
