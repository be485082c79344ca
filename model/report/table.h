#pragma once
// A run as a table: a column per process, a line per step, at the right what changed and the
// buffer. Where the columns would get too narrow, one column with the process's name instead.

#include <cstddef>
#include <string>
#include <vector>

#include "model/report/explain.h"
#include "model/report/text_layout.h"
#include "model/report/trace_view.h"
#include "sim/program/program.h"

namespace interleave {

struct TableOptions {
  std::size_t width = 80;
  bool color = false;
  std::size_t max_rows = 400;  // of a longer run the middle is left out
};

// Ends with the legend of the signs that occur. `remarks` stand beneath their steps.
std::string RenderTable(const Program& program, const TraceView& view,
                        const std::vector<Remark>& remarks, const TableOptions& options);

}  // namespace interleave
