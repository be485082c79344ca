#pragma once
// State graphs for other programs. All are written as they go, so that a large graph needs no more
// memory than its states; README.md beside this file documents them.

#include <functional>
#include <string>
#include <string_view>

#include "model/graph/diagram.h"

namespace interleave {

// Takes text, in order. False: it cannot be written, so nothing more need come.
using TextSink = std::function<bool(std::string_view)>;

// Aldebaran (.aut), as CADP, mCRL2 and LTSmin read it: `des (0,T,S)`, then a line a transition.
// Labels are 7 bit and quoted; a double quote in one becomes two single ones; lines are shorter
// than 2048 bytes. Several initial states get a state before them, number 0, with steps "start".
void ExportAut(Diagram& graph, const TextSink& sink);

// JSON lines: an object about the graph, then one a node, each followed by its edges.
void ExportJsonLines(Diagram& graph, const TextSink& sink);

// GraphML (http://graphml.graphdrawing.org/specification.html), with the same data as keys.
void ExportGraphMl(Diagram& graph, const TextSink& sink);

}  // namespace interleave
