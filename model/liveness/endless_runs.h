#pragma once
// Judges what a program says of its runs without an end: `termination`, `progress`,
// `bounded_waiting`, `starvation_free`, `eventually`, `always eventually` and `ltl`.
//
// A run that comes to an end repeats its last state for ever. A state counts as many times as the
// run stays in it: X speaks of the next step, whoever makes it.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/property/violation.h"
#include "sim/program/program.h"
#include "sim/world/choice.h"

namespace interleave {

struct EndlessLimits {
  uint64_t max_states = UINT32_MAX - 2;
  uint64_t max_memory_bytes = 0;  // 0: no limit
  double max_seconds = 0;         // 0: no limit
  const std::atomic<bool>* stop = nullptr;
  // Called now and then with the states and steps found so far; may be empty.
  std::function<void(uint64_t states, uint64_t steps)> progress;
};

// A run that breaks a property.
struct EndlessFinding {
  Violation violation;
  std::vector<int64_t> initial;
  std::vector<Choice> choices;
  // So many of them come before the loop; not there: what is broken is broken at the end.
  std::optional<std::size_t> loop_start;
  bool is_shortest = false;
};

struct EndlessVerdict {
  std::vector<EndlessFinding> findings;  // in the order of declaration, at most one a property
  std::string incomplete_reason;         // empty: all was judged
  struct Vacuity {
    int property = -1;
    std::string message;
  };
  std::vector<Vacuity> vacuities;
  uint64_t states = 0;  // of the system
  uint64_t nodes = 0;   // of all products with automata
};

// `all`: go on after the first property that is broken. REQUIRES: no step of the program fails.
EndlessVerdict JudgeEndlessRuns(const Program& program, const EndlessLimits& limits, bool all);

// Whether some property is about runs without an end.
bool SpeaksOfEndlessRuns(const Program& program);

// What each process is owed where this property is judged: what the property says, else what the
// process says, else what the file says.
std::vector<Fairness> FairnessFor(const Program& program, const Property& property);
// "weak fairness", "no fairness", "weak fairness, strong for p[0] and q".
std::string FairnessText(const Program& program, const Property& property);

}  // namespace interleave
