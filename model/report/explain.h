#pragma once
// A counterexample in words: what broke, the name of the anomaly, and the accesses that collided.
//
// Everything said follows from the run (and, for deadlocks, from the code that is left to run): a
// name is given only when the accesses that define it are there. Otherwise the plain fact remains.

#include <string>
#include <vector>

#include "model/property/violation.h"
#include "model/report/values.h"
#include "model/report/waiting.h"
#include "sim/language/source.h"
#include "sim/program/program.h"

namespace interleave {

// Said beneath one step: "overwrites 'a' of step 4".
struct Remark {
  int step = 0;  // 1-based; 0: the start
  std::string text;
};

struct Explanation {
  std::string what;                // "property fifo", "deadlock", "run-time error: index"
  std::string message;             // what broke, one sentence without a full stop
  SourceRange range;               // where: the property, or what failed
  std::vector<NamedValue> values;  // of what the broken condition names
  std::string anomaly;             // "lost update", ...; empty: none was recognised
  std::vector<std::string> why;    // sentences; may be empty
  std::vector<Remark> remarks;     // by step
  WaitGraph waiting;               // deadlock only
};

Explanation Explain(const Program& program, const Source& source,
                    const Counterexample& counterexample);

// "deadlock", "invariant full", "property fifo", "run-time error (index)", "assertion".
std::string BrokenName(const Program& program, const Violation& violation);

// What a reader should notice in any run, broken or not: cells overwritten or taken twice, updates
// lost. By step.
std::vector<Remark> FindRemarks(const Program& program, const Trace& trace);

}  // namespace interleave
