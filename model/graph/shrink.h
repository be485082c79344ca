#pragma once
// Ways to make a state graph smaller. Each says in the caption what it did, with numbers before and
// after, and what can no longer be read off the graph.

#include <cstdint>
#include <string>
#include <vector>

#include "model/graph/diagram.h"
#include "model/graph/minimize.h"

namespace interleave {

// By node of the space: the values of Program::graph_by there ("in = 0, out = 1"), as numbers of
// `texts`, in the order in which they are met. What broke in a step, an end, is a text of its own.
struct Keys {
  std::vector<uint32_t> of_node;
  std::vector<std::string> texts;
  // Where all keys are numbers: their values, by text and key; else empty.
  std::vector<std::vector<int64_t>> values;
};
// REQUIRES: program.graph_by is not empty.
Keys KeysOf(StateSpace& space);

// The quotient: states with the same values become one.
void GroupByKeys(SmallGraph& graph, const Keys& keys);

// States that cannot be told apart become one. `keys` (or null): these are told apart in any case.
// False: a limit was met, and the graph is what it was.
bool MinimizeGraph(SmallGraph& graph, Equivalence equivalence, const Keys* keys,
                   const MinimizeLimits& limits = {});

// Strongly connected components become one node each; the edges within are left out.
void FoldComponents(SmallGraph& graph);
// States of one distance from the start become one.
void FoldLayers(SmallGraph& graph);

// Nodes of the trace, and those at most `steps` edges, in any direction, away from it.
void KeepAround(SmallGraph& graph, uint32_t steps);
// At most so many nodes, those on the trace and those nearest to the start.
void KeepNearest(SmallGraph& graph, uint32_t most);

}  // namespace interleave
