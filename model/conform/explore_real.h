#pragma once
// Exploring for real: every interleaving of a small scenario, enumerated on real processes with no
// model of memory in between. Whether a process can move, what a step does and where it leads is
// found by doing it; to get back to a state all processes are started anew and repeat the way
// there. What was observed before (the mapping, locals, positions) is not explored again.
//
// Stateless search with re-execution after VeriSoft (Godefroid, POPL 1997), but pruned on the
// observed state.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/property/violation.h"
#include "sim/program/program.h"
#include "sim/world/real_world.h"

namespace interleave {

struct RealExploreOptions {
  RealOptions real;
  uint64_t max_states = 20'000;
  double max_seconds = 0;                                                         // 0: no limit
  std::function<void(uint64_t states, uint64_t steps, double seconds)> progress;  // may be empty
};

// A step of the way to a state: who moved, and the values of what was decided.
struct RealMove {
  int process = 0;
  std::vector<int64_t> decided;
};

struct RealViolation {
  Violation violation;
  std::vector<std::vector<int64_t>> start;  // decided by each process before its first access
  std::vector<RealMove> moves;              // a shortest way
};

struct RealExploration {
  bool complete = false;
  std::string incomplete_reason;
  uint64_t states = 0;
  uint64_t transitions = 0;
  uint64_t steps = 0;   // turns given to real processes
  uint64_t starts = 0;  // processes forked
  double seconds = 0;
  std::map<int, RealViolation> violations;  // by rank (Violation::Rank), the first of each
  std::set<std::vector<int64_t>> finals;    // shared memory where all processes are done
};

// Throws what RealWorld throws.
RealExploration ExploreReal(const Program& program, const RealExploreOptions& options);

}  // namespace interleave
