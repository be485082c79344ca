#pragma once
// Who waits for whom in a state in which nothing goes on.

#include <string>
#include <vector>

#include "model/report/history.h"
#include "model/report/values.h"
#include "sim/language/source.h"
#include "sim/program/observe.h"
#include "sim/program/program.h"

namespace interleave {

// One process that is not done.
struct Waiter {
  int process = 0;
  bool waits = false;
  bool blocked = false;            // at an access that is not enabled; else it goes round
  SourceRange range;               // the condition or the access
  std::vector<uint32_t> cells;     // what it waits for a change of
  std::vector<NamedValue> values;  // what it reads there
  std::vector<int> waits_for;      // who may still change that, in order
  bool is_sure = true;             // nobody but those could
  int waits_chiefly_for = -1;      // who wrote it last, if it may change it again; -1: nobody can
};

struct WaitGraph {
  std::vector<Waiter> waiters;
  std::vector<int> cycle;  // processes; empty: there is none
};

// Whom each process that is not done waits for in `state`. Whether a process may still change a
// cell is decided by its code from where it stands: an over-approximation. Left out is who waits
// for that very cell itself, and who can only change it in a way that does not help, as long as
// somebody remains who can.
WaitGraph FindWaiting(const Program& program, const int64_t* state, const History& history);

// The cells that `process` may still write (append to, take from) from where it stands.
std::vector<bool> MayWrite(const Program& program, const int64_t* state, int process);

}  // namespace interleave
