#pragma once
// A run as a message-sequence chart, in DOT: a lane for each process, memory in between, time
// downwards. (The charts are those of ITU-T Z.120, with shared memory in the place of a partner.)
//
// Tested by tests/picture_test.cc.

#include <cstddef>
#include <string>
#include <vector>

#include "model/report/explain.h"
#include "sim/language/source.h"
#include "sim/program/program.h"
#include "sim/world/trace.h"

namespace interleave {

struct SchedulePictureOptions {
  const RunError* error = nullptr;  // how the last step ended
  std::string broken;               // what broke at the end, in words
  std::size_t max_rows = 400;       // of a longer run the middle is left out, which is said
};

// Lanes are drawn for processes that take a step and for shared objects that the run touches; where
// these are many, they share one lane. A row a step, with the source at its left; a thick arrow
// into memory writes, a thin one out of it reads; rounds of busy waiting are one row; at the right
// the ring of `option draw`, as it changes. `title` stands on top. Positions are fixed
// (layout=nop), and widths chosen by the lengths of the texts: nothing is laid out by Graphviz.
// REQUIRES: `trace` has an initial state.
std::string SchedulePicture(const Program& program, const Source& source, const Trace& trace,
                            const std::string& title, const SchedulePictureOptions& options = {});

}  // namespace interleave
