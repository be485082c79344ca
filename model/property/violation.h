#pragma once
// What a check can find wrong, and the run that shows it.

#include <cstdint>
#include <string>
#include <vector>

#include "sim/program/stepper.h"
#include "sim/world/trace.h"

namespace interleave {

// One thing that broke. `rank` orders what breaks at the same depth: run-time errors first, then
// properties in the order of declaration, deadlock last.
struct Violation {
  enum class Kind : uint8_t { kError, kProperty, kDeadlock };
  Kind kind = Kind::kProperty;
  int property = -1;  // kProperty: into Program::properties; also of an error while judging one
  RunError error;     // kError
  int process = -1;   // kError, and of a step that broke an observer: who
  std::string explanation;  // an observer's words, the race's two accesses; may be empty
  int race_object = -1;     // a race: the object both touch
  int starving = -1;        // of a run without an end: the process that waits in vain

  int Rank() const {
    if (kind == Kind::kError) return -1;
    return kind == Kind::kProperty ? property : 1 << 20;
  }
};

struct Counterexample {
  Violation violation;
  Trace trace;
  bool is_shortest = false;  // shown by the search; else the one that was found
};

}  // namespace interleave
