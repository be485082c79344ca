#pragma once
// Runs that are not far from taking turns, the nearest first. Most mistakes of real programs show
// with one or two changes that nothing asks for, also where all interleavings are too many to look
// at.
//
//   Preemptions: changes to another process although the one that ran could go on. Where it cannot,
//   any other may follow (M. Musuvathi, S. Qadeer, "Iterative context bounding for systematic
//   testing of multithreaded programs", PLDI 2007).
//   Delays: the next process in a fixed order follows, and each that is passed over though it could
//   go on is a delay. There are far fewer such runs where there are many processes (M. Emmi,
//   S. Qadeer, Z. Rakamaric, "Delay-bounded scheduling", POPL 2011).
//
// What would surprise: a process that has come back to the same state waits in a loop, so the
// change to another is neither; nor is one at `step;`, which is how programs sleep and yield.

#include <cstdint>
#include <optional>
#include <string>

#include "model/search/check.h"
#include "sim/program/program.h"

namespace interleave {

enum class Deviation : uint8_t { kPreemption, kDelay };

struct DeviationSearch {
  std::optional<Counterexample> counterexample;  // with the fewest
  int deviations = 0;                            // of that
  // All runs with at most so many were looked at, and nothing was broken; -1: not even all those
  // without any.
  int covered = -1;
  uint64_t situations = 0;  // that were looked at: a state, and who ran last
};

// Looks at no more than `max_situations`. Of the options the limits on work, memory and time count,
// and `stop`.
DeviationSearch SearchDeviations(const Program& program, Deviation deviation,
                                 const CheckOptions& options, uint64_t max_situations);

// Of which runs: "without a preemption", "where processes take turns and at most 2 are passed
// over".
std::string DeviationText(Deviation deviation, int count, bool is_most);

}  // namespace interleave
