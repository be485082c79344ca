#pragma once
// The cycles of a process's program points, and how to break them.

#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "model/reduce/point_graph.h"

namespace interleave {

class PointCycles {
 public:
  explicit PointCycles(std::size_t points) : successors_(points) {}

  // An edge from `point`; of several between the same two points, what all have in common is known.
  void Add(uint32_t point, const PointEdge& edge, bool trusts_locals);

  // Points, one or more of each cycle on which no local only grows or only shrinks: of heavy ones
  // first, but such that few are needed. Greedy: the least set is NP-hard (R. Karp 1972).
  std::vector<bool> Break(const std::vector<uint32_t>& weight);

  // What Break relied on a local to do on an edge.
  struct Claim {
    bool shrinks = false;  // else it grows
    bool is_strict = false;
  };
  std::vector<Claim> ClaimsOf(uint32_t from, uint32_t to, uint32_t reg) const;

 private:
  struct Range {
    int64_t low = 0, high = 0;
  };
  using Edge = std::pair<uint32_t, uint32_t>;
  using Claims = std::map<std::tuple<Edge, uint32_t, bool>, bool>;  // shrinks: is strict

  // Strongly connected components with a cycle, of the edges that are left and the points that are
  // not out.
  std::vector<std::vector<uint32_t>> Components(const std::vector<bool>& is_out,
                                                const std::map<Edge, bool>& is_cut) const;
  // What is left of the cycles when a local that only grows in a component cuts the edges on
  // which it does. `claims` may be null.
  std::vector<std::vector<uint32_t>> LeftOver(const std::vector<bool>& is_out,
                                              Claims* claims) const;

  std::vector<std::vector<uint32_t>> successors_;
  std::map<Edge, std::map<uint32_t, Range>> changes_;
  Claims claims_;
};

}  // namespace interleave
