#pragma once
// Results for a reader at a terminal: the verdict first, then each counterexample as a table, in
// words, and how to see it again.

#include <cstddef>
#include <string>
#include <vector>

#include "model/report/explain.h"
#include "model/report/trace_view.h"
#include "model/search/check.h"
#include "sim/language/source.h"
#include "sim/program/program.h"

namespace interleave {

struct TextOptions {
  bool color = false;
  std::size_t width = 80;      // columns; below 40 counts as 40
  std::string file_name;       // as the user gave it; empty: the source's name
  std::string schedule_path;   // where the schedule was written; empty: nowhere
  std::string flags;           // what a later run must be given too: "--granularity statement"
  std::size_t max_rows = 400;  // of a longer run the middle is left out
};

// Ends with a newline. The first line says what holds or breaks.
std::string RenderText(const Program& program, const Source& source, const CheckResult& result,
                       const TextOptions& options = {});

// One counterexample without the verdict: table, source lines, words.
std::string RenderCounterexample(const Program& program, const Source& source,
                                 const Counterexample& counterexample,
                                 const TextOptions& options = {});

// Any run as a table with the source lines it went through, broken or not. REQUIRES: `trace` has
// an initial state.
std::string RenderTrace(const Program& program, const Source& source, const Trace& trace,
                        const TextOptions& options = {});

// "DEADLOCK", "ERROR", "VIOLATED", "RACE": the word that a report begins with.
std::string_view VerdictWord(const Violation& violation, const Program& program);

// "a run without an error, no deadlock, property fifo, ...": what a pass has shown; with
// `endless_runs`, of runs without an end, too.
std::vector<std::string> CheckedFacts(const Program& program, bool endless_runs = true);
// The same in one sentence; where the scenario states no property, that.
std::string CheckedText(const Program& program);

}  // namespace interleave
