#pragma once
// A state graph as a picture, in DOT: nodes show what the notes show (the buffer's cells, `in`,
// `out`, where each process stands), edges what a process does; ranks are distances from the start.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/graph/export.h"
#include "model/graph/shrink.h"

namespace interleave {

// Places for the nodes of a ring buffer's quotient by its two indices: fill level by position. The
// first column is drawn again behind the last, so that the band is seen to close on itself.
struct RingGrid {
  int64_t cells = 0;
  std::vector<std::optional<std::pair<int64_t, int64_t>>> positions;  // by node: column, row
};
// Nothing unless the keys are the indices of the ring that `option draw` names.
std::optional<RingGrid> RingGridOf(const Program& program, const Source& source, const Keys& keys);

struct StatePictureOptions {
  std::string title;
  std::optional<RingGrid> grid;
  // By node of the space: its node in the graph, for saying what the states of a node have in
  // common; empty: that is not said.
  std::vector<uint32_t> node_of;
  // For a page, which says all else and must be small: no tooltips, no tables in nodes.
  bool is_plain = false;
};

void DrawStates(Diagram& graph, const StatePictureOptions& options, const TextSink& sink);

}  // namespace interleave
