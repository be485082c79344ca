#include "model/graph/components.h"

#include <algorithm>

namespace interleave {

Components FindComponents(uint32_t nodes, const std::vector<LtsEdge>& edges) {
  constexpr uint32_t kNone = UINT32_MAX;
  std::vector<std::size_t> next(std::size_t{nodes} + 1, 0);
  for (const LtsEdge& edge : edges) ++next[edge.from + 1];
  for (uint32_t n = 0; n < nodes; ++n) next[n + 1] += next[n];
  const std::vector<std::size_t> end(next.begin() + 1, next.end());
  std::vector<uint32_t> order(nodes, kNone), low(nodes, 0), open, path;
  Components found;
  found.of.assign(nodes, kNone);
  uint32_t met = 0;
  for (uint32_t root = 0; root < nodes; ++root) {
    if (order[root] != kNone) continue;
    path.push_back(root);
    while (!path.empty()) {
      const uint32_t at = path.back();
      if (order[at] == kNone) {
        order[at] = low[at] = met++;
        open.push_back(at);
      }
      bool goes_down = false;
      while (next[at] < end[at] && !goes_down) {
        const uint32_t to = edges[next[at]].to;
        if (order[to] == kNone) {
          path.push_back(to);
          goes_down = true;  // and looks at this edge again, for its `low`
        } else {
          if (found.of[to] == kNone) low[at] = std::min(low[at], low[to]);
          ++next[at];
        }
      }
      if (goes_down) continue;
      path.pop_back();
      if (low[at] != order[at]) continue;
      for (uint32_t member = kNone; member != at; open.pop_back()) {
        member = open.back();
        found.of[member] = found.count;
      }
      ++found.count;
    }
  }
  return found;
}

}  // namespace interleave
