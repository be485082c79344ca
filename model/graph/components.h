#pragma once
// Strongly connected components of a labelled graph, numbered (sim/program/strong_components.h).

#include <cstdint>
#include <vector>

#include "model/graph/lts.h"

namespace interleave {

struct Components {
  std::vector<uint32_t> of;  // by node
  uint32_t count = 0;
};

// Edges lead from components to themselves or to smaller ones. `edges`: by `from`; labels do not
// matter.
Components FindComponents(uint32_t nodes, const std::vector<LtsEdge>& edges);

}  // namespace interleave
