#pragma once
// Who waits for whom in a state in which nothing goes on.

#include <cstdint>
#include <string>
#include <vector>

#include "model/report/history.h"
#include "model/report/values.h"
#include "sim/language/source.h"
#include "sim/program/evaluate.h"
#include "sim/program/program.h"

namespace interleave {

// Where one ends up who runs alone and waits.
struct WaitPoint {
  SourceRange range;     // a condition of a loop, or an access
  CodeLocation own;      // where the process stands in its own text: there, or at a call
  bool blocked = false;  // the access is not enabled; else it goes round there
};

// What the code of those who are left says of a wait.
enum class Prospect : uint8_t {
  kNobodyWrites,  // nobody can be the first to change what is waited for
  kNothingHelps,  // `writers` can, but nothing that they write ends the wait
  kMayWrite,      // `writers` and nobody else can; whether that ends it is not known
  kMayHelp,       // `waits_for` can, and some of it ends the wait
};

// One process that is not done.
struct Waiter {
  int process = 0;
  bool waits = false;
  bool blocked = false;                      // now: at its next access
  std::vector<WaitPoint> points;             // loops first, in the order of the text
  uint32_t least_steps = 0, most_steps = 0;  // of its own until it comes to one of them
  std::vector<uint32_t> cells;               // what it waits for a change of
  std::vector<NamedValue> values;            // what it reads there
  Prospect prospect = Prospect::kNobodyWrites;
  int took_at = -1;            // kNobodyWrites: the step at which it took itself what it waits for
  std::vector<int> writers;    // who can be the first to change that, in order
  std::vector<int> waits_for;  // of those, whom the wait can be said to be for
  std::vector<int> holders;    // OperationWords::holders, in order
  std::string held;            // likewise
  int waits_chiefly_for = -1;  // who wrote it last, if it may change it again; -1: nobody can
};

struct WaitGraph {
  std::vector<Waiter> waiters;
  std::vector<int> cycle;  // processes; empty: there is none
};

// Whom each process that is not done waits for in `state`. Whether a process may still change a
// cell is decided by its code from where it stands: an over-approximation. A process does not count
// if the cell itself keeps it from coming there, or if it can only change it so that the wait goes
// on.
WaitGraph FindWaiting(const Program& program, const int64_t* state, History& history);

// The cells that `process` may still write (append to, take from) from where it stands.
std::vector<bool> MayWrite(const Program& program, const int64_t* state, int process);

}  // namespace interleave
