// A point is chosen by trying: the one without which the fewest components of its own are left.
// Graphs of program points are small, so components are found anew each time.
//
// A cycle that a local cuts is judged as ranking functions are: on no edge of its component does
// the local shrink, so the edges on which it grows cannot be taken for ever.

#include "model/reduce/point_cycles.h"

#include <algorithm>

#include "sim/program/strong_components.h"

namespace interleave {

void PointCycles::Add(uint32_t point, const PointEdge& edge, bool trusts_locals) {
  const auto [known, is_new] = changes_.try_emplace({point, edge.to});
  if (is_new) successors_[point].push_back(edge.to);
  std::map<uint32_t, Range> changes;
  for (const LocalChange& change : edge.changes) {
    if (trusts_locals) changes[change.reg] = {change.low, change.high};
  }
  if (is_new) {
    known->second = std::move(changes);
    return;
  }
  std::map<uint32_t, Range> both;
  for (const auto& [reg, range] : known->second) {
    const auto other = changes.find(reg);
    if (other == changes.end()) continue;
    both[reg] = {std::min(range.low, other->second.low), std::max(range.high, other->second.high)};
  }
  known->second = std::move(both);
}

std::vector<std::vector<uint32_t>> PointCycles::Components(
    const std::vector<bool>& is_out, const std::map<Edge, bool>& is_cut) const {
  const auto points = static_cast<uint32_t>(successors_.size());
  std::vector<std::vector<uint32_t>> left(points);
  for (uint32_t from = 0; from < points; ++from) {
    for (const uint32_t to : successors_[from]) {
      if (!is_out[from] && !is_out[to] && !is_cut.contains({from, to})) left[from].push_back(to);
    }
  }
  std::vector<std::vector<uint32_t>> components;
  ForEachComponent(
      points,
      [&](uint32_t from, uint32_t k) { return k < left[from].size() ? left[from][k] : kNoNode; },
      [&](const StrongComponent& component) {
        if (component.has_cycle) {
          components.emplace_back(component.nodes.rbegin(), component.nodes.rend());
        }
      });
  return components;
}

std::vector<PointCycles::Claim> PointCycles::ClaimsOf(uint32_t from, uint32_t to,
                                                      uint32_t reg) const {
  std::vector<Claim> claims;
  for (const bool shrinks : {false, true}) {
    const auto it = claims_.find({{from, to}, reg, shrinks});
    if (it != claims_.end()) claims.push_back({shrinks, it->second});
  }
  return claims;
}

std::vector<std::vector<uint32_t>> PointCycles::LeftOver(const std::vector<bool>& is_out,
                                                         Claims* claims) const {
  std::map<Edge, bool> is_cut;
  std::vector<std::vector<uint32_t>> left;
  for (bool cuts = true; cuts;) {
    cuts = false;
    left = Components(is_out, is_cut);
    for (const std::vector<uint32_t>& component : left) {
      std::vector<Edge> edges;
      for (const uint32_t from : component) {
        for (const uint32_t to : successors_[from]) {
          const bool inside = std::find(component.begin(), component.end(), to) != component.end();
          if (inside && !is_cut.contains({from, to})) edges.emplace_back(from, to);
        }
      }
      for (const auto& [reg, unused] : changes_.at(edges.front())) {
        for (const bool shrinks : {false, true}) {
          const auto least = [&, r = reg](const Edge& edge) {
            const auto it = changes_.at(edge).find(r);
            if (it == changes_.at(edge).end()) return INT64_MIN;
            return shrinks ? -it->second.high : it->second.low;
          };
          if (cuts || !std::all_of(edges.begin(), edges.end(),
                                   [&](const Edge& edge) { return least(edge) >= 0; })) {
            continue;
          }
          for (const Edge& edge : edges) {
            if (least(edge) < 1) continue;
            is_cut[edge] = true;
            cuts = true;
          }
          if (!cuts || claims == nullptr) continue;
          for (const Edge& edge : edges) {
            bool& is_strict = (*claims)[{edge, reg, shrinks}];
            is_strict = is_strict || least(edge) > 0;
          }
        }
      }
      if (cuts) break;
    }
  }
  return left;
}

std::vector<bool> PointCycles::Break(const std::vector<uint32_t>& weight) {
  std::vector<bool> is_out(successors_.size(), false);
  for (auto left = LeftOver(is_out, nullptr); !left.empty(); left = LeftOver(is_out, nullptr)) {
    // Of the first component the point that leaves least of it; of those the heaviest.
    std::vector<uint32_t> component = left.front();
    std::sort(component.begin(), component.end());
    uint32_t best = component.front();
    std::pair<std::size_t, uint32_t> best_cost = {SIZE_MAX, UINT32_MAX};
    for (const uint32_t point : component) {
      is_out[point] = true;
      std::size_t rest = 0;
      for (const auto& other : LeftOver(is_out, nullptr)) {
        rest += std::any_of(other.begin(), other.end(), [&](uint32_t member) {
          return std::binary_search(component.begin(), component.end(), member);
        });
      }
      is_out[point] = false;
      const std::pair<std::size_t, uint32_t> cost = {rest, UINT32_MAX - weight[point]};
      if (cost >= best_cost) continue;
      best = point;
      best_cost = cost;
    }
    is_out[best] = true;
  }
  LeftOver(is_out, &claims_);
  return is_out;
}

}  // namespace interleave
