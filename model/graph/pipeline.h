#pragma once
// From a state space and what the reader asks for to the graph that is drawn or written.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "model/graph/diagram.h"
#include "model/graph/minimize.h"
#include "model/graph/state_picture.h"
#include "sim/world/trace.h"

namespace interleave {

enum class Fold : uint8_t { kNothing, kComponents, kLayers };

struct GraphRequest {
  HiddenSteps hidden;
  bool by_keys = false;  // Program::graph_by
  std::optional<Equivalence> minimize;
  Fold fold = Fold::kNothing;
  const Path* trace = nullptr;     // to be marked; kept by the caller
  std::optional<uint32_t> around;  // with `trace`: only so far from it
  uint32_t max_nodes = 0;          // 0: no limit
  MinimizeLimits limits;
};

struct MadeGraph {
  std::unique_ptr<Diagram> diagram;
  // Of a picture of it, but for the title.
  StatePictureOptions picture;
  // Something was asked for that could not be done within limits; the caption says what.
  bool is_incomplete = false;
  // The trace could not be followed in what became of the graph.
  bool lost_trace = false;
};

// The whole graph where nothing is asked for, else one in memory.
MadeGraph MakeGraph(StateSpace& space, const GraphRequest& request);

// The nodes and actions of a run, each step looked for in the whole graph; nothing where one is not
// there. `error` and observers: the last step may end in something broken.
std::optional<Path> PathOf(StateSpace& space, const Trace& trace, const HiddenSteps& hidden);

}  // namespace interleave
