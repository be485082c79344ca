#include "model/graph/components.h"

#include "sim/program/strong_components.h"

namespace interleave {

Components FindComponents(uint32_t nodes, const std::vector<LtsEdge>& edges) {
  std::vector<std::size_t> first(std::size_t{nodes} + 1, 0);
  for (const LtsEdge& edge : edges) ++first[edge.from + 1];
  for (uint32_t n = 0; n < nodes; ++n) first[n + 1] += first[n];
  Components found;
  found.of.resize(nodes);
  ForEachComponent(
      nodes,
      [&](uint32_t from, uint32_t k) {
        const std::size_t at = first[from] + k;
        return at < first[from + 1] ? edges[at].to : kNoNode;
      },
      [&](const StrongComponent& component) {
        for (const uint32_t node : component.nodes) found.of[node] = found.count;
        ++found.count;
      });
  return found;
}

}  // namespace interleave
