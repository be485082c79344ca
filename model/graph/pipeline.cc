#include "model/graph/pipeline.h"

#include <fmt/format.h>

#include <utility>

#include "model/report/text_layout.h"

namespace interleave {

MadeGraph MakeGraph(StateSpace& space, const GraphRequest& request) {
  MadeGraph made;
  auto whole = std::make_unique<WholeGraph>(space, request.hidden);
  whole->SayWhatIsHidden();
  const bool is_small = request.by_keys || request.minimize || request.fold != Fold::kNothing ||
                        request.trace != nullptr ||
                        (request.max_nodes != 0 && whole->nodes() > request.max_nodes);
  if (!is_small) {
    made.diagram = std::move(whole);
    return made;
  }
  auto graph = std::make_unique<SmallGraph>(*whole);
  whole.reset();
  std::optional<Keys> keys;
  if (request.by_keys) keys = KeysOf(space);
  if (request.minimize) {
    made.is_incomplete =
        !MinimizeGraph(*graph, *request.minimize, keys ? &*keys : nullptr, request.limits);
  }
  if (keys && (!request.minimize || made.is_incomplete)) {
    GroupByKeys(*graph, *keys);
    made.picture.grid = RingGridOf(space.program(), space.source(), *keys);
  }
  if (request.fold == Fold::kComponents) FoldComponents(*graph);
  if (request.fold == Fold::kLayers) FoldLayers(*graph);
  if (request.trace != nullptr) made.lost_trace = !graph->MarkTrace(*request.trace);
  const uint32_t before = graph->nodes();
  if (request.trace != nullptr && request.around) KeepAround(*graph, *request.around);
  if (request.max_nodes != 0) KeepNearest(*graph, request.max_nodes);
  const bool is_folded = request.fold != Fold::kNothing;
  if (is_folded || graph->nodes() != before) made.picture.grid.reset();
  made.picture.node_of = graph->node_of();
  made.diagram = std::move(graph);
  return made;
}

std::optional<Path> PathOf(StateSpace& space, const Trace& trace, const HiddenSteps& hidden) {
  const WholeGraph whole(space, hidden);
  Path path;
  uint32_t at = space.Find(trace.initial.data());
  if (at >= space.states()) {
    // It broke before the first step: an end at the start.
    for (uint32_t end = space.states(); trace.steps.empty() && end < space.nodes(); ++end) {
      if (space.depth(end) == 0) return Path{{end}, {}, {}};
    }
    return std::nullopt;
  }
  path.nodes.push_back(at);
  for (const TraceStep& taken : trace.steps) {
    std::optional<StateSpace::Step> found;
    space.ForEachStep(at, [&](const StateSpace::Step& step) {
      if (found || step.choice.actor.process() != taken.process || step.decided != taken.decided)
        return;
      const bool leads_there =
          space.is_end(step.to) ? &taken == &trace.steps.back() : space.Get(step.to) == taken.state;
      if (leads_there) found = step;
    });
    if (!found) return std::nullopt;
    at = found->to;
    path.nodes.push_back(at);
    path.actions.push_back(found->action);
    path.is_hidden.push_back(whole.IsHidden(found->action));
  }
  return path;
}

}  // namespace interleave
