#pragma once
// Schedules as text, to be kept and replayed:
//
//   interleave schedule 1              the version of this format
//   program 0123456789abcdef           ProgramHash of what it was made from
//   granularity statement              settings in force (the default, access, may be left out)
//   define BUFFER_SIZE=4               one a --define
//   start producer choosing 1          only for processes that start in several ways
//   producer[0]                        # 1: reads in = 0
//   producer[1] choosing 1, 0          values of choose, numbers of select's alternatives
//   loop:                              what follows repeats for ever: the run has no end
//
// One step a line; `#` begins a comment. A schedule is replayed strictly: where it does not fit the
// program, that is an error with its place.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/language/lexer.h"
#include "sim/language/scenario.h"
#include "sim/language/source.h"
#include "sim/world/run.h"
#include "sim/world/trace.h"

namespace interleave {

inline constexpr int kScheduleVersion = 1;
inline constexpr std::size_t kMaxScheduleBytes = std::size_t{64} << 20;

struct ScheduleFile {
  struct Line {
    SourceRange range;
    std::string process;
    std::vector<int64_t> choosing;
    SourceRange choosing_range;
  };

  uint64_t program_hash = 0;
  SourceRange hash_range;
  Granularity granularity = Granularity::kAccess;
  DefineOverrides defines;
  std::vector<Line> starts;
  std::vector<Line> steps;
  std::optional<std::size_t> loop_start;  // as in Trace
  SourceRange loop_range;
};

// So often a loop is gone round when it is replayed.
inline constexpr int kScheduleRounds = 10;

// Nothing, with errors in `diagnostics`, where the text is not a schedule. At most Run::kMaxSteps
// steps.
std::optional<ScheduleFile> ParseScheduleFile(const Source& source, Diagnostics& diagnostics);

// The run of `trace` as the text of a file. Every step gets a comment that says what it does.
// `defines`: the --define that were in force.
std::string WriteScheduleFile(const Program& program, const Trace& trace,
                              const DefineOverrides& defines);

// Takes the steps of `file`, until they end or the run does; those of a loop kScheduleRounds times.
// False, with an error in `diagnostics` (positions in the file), where the schedule does not fit:
// another program, no such process, a process that is done or blocked, a decision that is not
// possible, steps left after the run ended.
bool Replay(Run& run, const ScheduleFile& file, Diagnostics& diagnostics);

// "buffer[0] = 'a'", "reads in = 0": what a step did, in one line.
std::string StepText(const Program& program, const TraceStep& step);

}  // namespace interleave
