#pragma once
// A run as a reader sees it: a row a step, with what the step did in words, what it changed and how
// the buffer looks afterwards. What every report (text, JSON, pages) is made from.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/language/source.h"
#include "sim/program/evaluate.h"
#include "sim/program/program.h"
#include "sim/program/words.h"
#include "sim/world/trace.h"

namespace interleave {

// Stands for a space at which a line must not be broken.
inline constexpr char kTied = '\x01';
// The text with ordinary spaces.
std::string Untied(std::string text);

// One access, mark or decision.
struct ViewAccess : EventText {
  bool in_atomic = false;
  SourceRange range;
};

// How a condition that the step came to turned out.
struct ViewCondition {
  SourceRange range;
  std::string text;
  bool value = false;
  bool is_of_access = false;  // what this step read is part of it
  bool follows = false;       // comes next, and what this step read may have decided it
  std::size_t at = 0;         // how many of the row's accesses come before it
};

// A cell whose value the step changed.
struct ViewChange {
  uint32_t slot = 0;
  std::string name;
  std::string before;
  std::string after;
  bool is_ghost = false;
  bool is_drawn = false;  // the drawing shows it
};

// One cell of the ring that `option draw` asks for.
struct DrawnCell {
  enum class State : uint8_t {
    kUnwritten,  // nobody has put anything there
    kLive,       // holds an item: written and not yet taken
    kTaken,      // was read, and `out` has moved past it; memory still holds the value
  };
  State state = State::kUnwritten;
  std::string value;  // as everywhere: 'a', 3
  std::string text;   // as it is drawn: characters without quotes
};

struct Drawn {
  std::vector<DrawnCell> cells;
  std::string out, in;   // empty when judging them is an error
  bool changed = false;  // since the row before
};

struct ViewRow {
  int first_step = 0;              // 1-based; 0: the start
  int last_step = 0;               // more than one when rounds that change nothing are folded
  int rounds = 0;                  // how many; 0: not folded
  int process = -1;                // -1: the start
  SourceRange range;               // the access, or what failed
  SourceRange statement;           // the statement or head it is part of
  uint32_t line = 0;               // LineIndex in the process's own text; 0: none
  std::string line_name;           // "24", "buffer.h:24"; empty: none
  std::vector<SourceRange> calls;  // that lead from there to the access, the outermost first
  // What it did: "reads in = 0", with ties where a line should not break. `words` says conditions
  // in full, `brief` only whether they were true.
  std::string words;
  std::string brief;
  std::string did;  // as `brief`, without the calls
  std::vector<ViewAccess> accesses;
  std::vector<ViewCondition> conditions;
  std::vector<int64_t> decided;
  std::vector<ViewChange> changes;
  std::vector<std::string> marks;  // "produced 'a'"
  Drawn drawn;
  bool failed = false;    // the step ended in an error
  bool done = false;      // the process is done afterwards
  SourceRange stands_at;  // its next access, when it is not done
};

struct TraceView {
  bool has_drawing = false;
  std::string ring_name, out_name, in_name;
  std::vector<ViewRow> rows;              // the first is the start
  std::vector<int> actors;                // processes that take a step, in order
  std::optional<std::size_t> loop_start;  // as in Trace
};

struct ViewOptions {
  // Not of a run without an end: one of the rounds is its loop.
  bool fold = true;                 // join rounds of one process that change nothing
  const RunError* error = nullptr;  // how the last step ended
};

// REQUIRES: `trace` has an initial state.
TraceView BuildTraceView(const Program& program, const Source& source, const Trace& trace,
                         const ViewOptions& options = {});

// What one step did, as the rows of a view say it; for stepping by hand. `error`: how it ended.
ViewRow DescribeStep(const Program& program, const Source& source, const TraceStep& step,
                     const std::vector<int64_t>& before, const RunError* error = nullptr);

// A piece of the source on one line: blanks joined, comments dropped, brackets around the whole
// left out.
std::string OneLine(const Source& source, SourceRange range);

}  // namespace interleave
