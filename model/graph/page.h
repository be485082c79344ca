#pragma once
// A state graph as one HTML file that needs nothing else: to explore, to step through, to search.

#include <cstddef>
#include <cstdint>
#include <string>

#include "model/graph/diagram.h"
#include "model/property/violation.h"
#include "model/search/check.h"

namespace interleave {

struct PageOptions {
  std::string title;
  // The state graph laid out by Graphviz, with ids as state_picture.h gives them; empty: the page
  // draws it itself, in clusters.
  std::string graph_svg;
  // What a search found: whether all holds, what the check says less than it seems. May be null.
  const CheckResult* result = nullptr;
  // A run to show; its steps are those of `path`. Both or none.
  const Counterexample* counterexample = nullptr;
  const Path* path = nullptr;
  std::size_t source_bytes = SIZE_MAX;  // of the source's text that are shown
  uint32_t max_nodes = 20'000;          // the nearest to the start; the page says what is left out
};

// The data of a page as JSON; README.md beside this file documents it. About 20 bytes a state and
// as many a step.
std::string PageData(StateSpace& space, const PageOptions& options);

// The page. Whatever stands in a scenario is text in it, never markup or script.
std::string RenderPage(StateSpace& space, const PageOptions& options);

}  // namespace interleave
