#pragma once
// Who moves when: the schedules of a scenario, and random walks.

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/language/source.h"
#include "sim/program/program.h"
#include "sim/world/run.h"

namespace interleave {

struct ScheduleResult {
  enum class End : uint8_t {
    kDone,     // every command did what it says
    kFailed,   // a command could not, or an `expect` is false: `failure` says so
    kStopped,  // the run ended before (Run::status): judged, an error, a limit
  };
  End end = End::kDone;
  int command = -1;    // into Schedule::steps, of the one that failed or during which the run ended
  SourceRange range;   // of that command, or of the schedule
  Diagnostic failure;  // kFailed
  std::vector<Diagnostic> notes;  // for example of an expectation about a dead local
};

// Runs `schedule` from the start. `source` is the scenario's, for messages that quote conditions.
//
// `run P until e` judges e before the first step and after each; `run P` ends when P is done,
// blocked or goes round. *Goes round*: the whole state was there before in this command; or P waits
// (ghosts may change meanwhile) and what it owns was there before. A process that waits is let go
// round once, so that `until` may ask for any place on its way.
ScheduleResult RunSchedule(Run& run, const Schedule& schedule, const Source& source);

// "`in == 2` is false: in is 1". Judges `code` in `state` and says what it looked at. `notes` (may
// be null) gets a note for each local that is dead there.
std::string ExplainCondition(Evaluator& evaluator, const Program& program, const Source& source,
                             const Code& code, const int64_t* state,
                             std::vector<Diagnostic>* notes);

// "choosing 1", "choosing 1, 0", or empty where there was nothing to decide.
std::string DecidedText(const std::vector<int64_t>& decided);

// Whether a process that moves alone from here only goes round, see RunSchedule.
class RoundTrip {
 public:
  RoundTrip(Evaluator& evaluator, const Program& program, int process);
  // Notes the state; true when the process has gone round. The states live in the trace, by their
  // number: 0 is the initial one.
  bool Visit(const Trace& trace);

 private:
  const std::vector<int64_t>& StateAt(const Trace& trace, std::size_t number) const;

  Evaluator& evaluator_;
  const Program& program_;
  const int process_;
  std::vector<uint32_t> shared_slots_;
  // By hash; equal hashes are compared.
  std::unordered_multimap<uint64_t, std::size_t> whole_;
  std::unordered_multimap<uint64_t, std::size_t> own_;  // since shared memory changed
  bool first_ = true;
};

// Draws that are the same on every platform: mt19937_64 (fixed by the standard) and rejection for
// the bound (the standard's distributions may differ between libraries).
class Draw {
 public:
  explicit Draw(uint64_t seed) : generator_(seed) {}
  // Uniform in 0 .. bound - 1. REQUIRES: bound > 0.
  uint64_t Below(uint64_t bound);

 private:
  std::mt19937_64 generator_;
};

// Starts the run and lets a random process take a random outcome of its step (each enabled process
// as likely as any other), until `max_steps`, nobody can move, the run ends, or `enough`, which may
// be empty, says so. False: there is no run (an assume cuts every start).
bool RandomWalk(Run& run, uint64_t seed, uint64_t max_steps,
                const std::function<bool(const Trace&)>& enough);

}  // namespace interleave
