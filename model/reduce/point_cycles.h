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
  explicit PointCycles(std::size_t points) : out_(points), place_(points, 0) {}

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
  // How often components were looked for: the measure of the work.
  uint64_t looks() const { return looks_; }

 private:
  struct Range {
    int64_t low = 0, high = 0;
  };
  struct Out {
    uint32_t to;
    std::size_t edge;
  };
  using Points = std::vector<uint32_t>;  // ascending
  using Edges = std::vector<std::size_t>;
  using Claims = std::map<std::tuple<std::size_t, uint32_t, bool>, bool>;  // edge, register,
                                                                           // shrinks: is strict

  // visit(from, const Out&): the edges that are not cut. REQUIRES: place_ holds where the points
  // stand in `points`.
  template <class Visit>
  void ForEachEdgeWithin(const Points& points, Visit visit) const;
  // Strongly connected components with a cycle, of the edges among `points` that are not cut.
  std::vector<Points> Components(const Points& points);
  // Cuts the edges of a component on which a local grows that never shrinks in it, or the other way
  // round, and adds them to `cut`. False: there is none. `claims` may be null.
  bool Cut(const Points& component, Claims* claims, Edges& cut);
  // What is left of the cycles among `points` when all is cut that can be.
  std::vector<Points> LeftOver(const Points& points, Claims* claims);
  uint32_t BestOf(const Points& component, const std::vector<uint32_t>& weight);
  static Points Without(Points points, uint32_t point);

  std::vector<std::vector<Out>> out_;                             // by point
  std::map<std::pair<uint32_t, uint32_t>, std::size_t> edge_at_;  // from, to: its number
  std::vector<std::map<uint32_t, Range>> changes_;                // by edge
  std::vector<bool> is_cut_;                                      // by edge
  Claims claims_;
  uint64_t looks_ = 0;
  // Scratch.
  std::vector<std::size_t> place_;  // by point
  std::vector<uint32_t> next_;
  std::vector<std::size_t> first_next_;
};

}  // namespace interleave
