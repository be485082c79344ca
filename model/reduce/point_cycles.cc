// A point is chosen by trying: the one without which the fewest components of its own are left.
// Components do not concern each other, so each is looked at for itself, with what is left of it.
//
// A cycle that a local cuts is judged as ranking functions are: on no edge of its component does
// the local shrink, so the edges on which it grows cannot be taken for ever. Whatever cuts a
// component also cuts each part of it, so the order of cuts makes no difference to what is left.

#include "model/reduce/point_cycles.h"

#include <algorithm>
#include <numeric>

#include "sim/program/strong_components.h"

namespace interleave {

void PointCycles::Add(uint32_t point, const PointEdge& edge, bool trusts_locals) {
  const auto [known, is_new] = edge_at_.try_emplace({point, edge.to}, edge_at_.size());
  if (is_new) {
    out_[point].push_back({edge.to, known->second});
    changes_.emplace_back();
    is_cut_.push_back(false);
  }
  std::map<uint32_t, Range> changes;
  for (const LocalChange& change : edge.changes) {
    if (trusts_locals) changes[change.reg] = {change.low, change.high};
  }
  std::map<uint32_t, Range>& all = changes_[known->second];
  if (is_new) {
    all = std::move(changes);
    return;
  }
  std::map<uint32_t, Range> both;
  for (const auto& [reg, range] : all) {
    const auto other = changes.find(reg);
    if (other == changes.end()) continue;
    both[reg] = {std::min(range.low, other->second.low), std::max(range.high, other->second.high)};
  }
  all = std::move(both);
}

template <class Visit>
void PointCycles::ForEachEdgeWithin(const Points& points, Visit visit) const {
  for (const uint32_t from : points) {
    for (const Out& out : out_[from]) {
      const bool inside = place_[out.to] < points.size() && points[place_[out.to]] == out.to;
      if (inside && !is_cut_[out.edge]) visit(from, out);
    }
  }
}

std::vector<PointCycles::Points> PointCycles::Components(const Points& points) {
  ++looks_;
  for (std::size_t k = 0; k < points.size(); ++k) place_[points[k]] = k;
  next_.clear();
  first_next_.assign(points.size() + 1, 0);
  ForEachEdgeWithin(points, [&](uint32_t from, const Out& out) {
    next_.push_back(static_cast<uint32_t>(place_[out.to]));
    ++first_next_[place_[from] + 1];
  });
  std::partial_sum(first_next_.begin(), first_next_.end(), first_next_.begin());
  std::vector<Points> components;
  ForEachComponent(
      static_cast<uint32_t>(points.size()),
      [&](uint32_t from, uint32_t k) {
        const std::size_t at = first_next_[from] + k;
        return at < first_next_[from + 1] ? next_[at] : kNoNode;
      },
      [&](const StrongComponent& component) {
        if (!component.has_cycle) return;
        Points& found = components.emplace_back();
        for (const uint32_t k : component.nodes) found.push_back(points[k]);
        std::sort(found.begin(), found.end());
      });
  return components;
}

std::vector<PointCycles::Claim> PointCycles::ClaimsOf(uint32_t from, uint32_t to,
                                                      uint32_t reg) const {
  std::vector<Claim> claims;
  const auto edge = edge_at_.find({from, to});
  if (edge == edge_at_.end()) return claims;
  for (const bool shrinks : {false, true}) {
    const auto it = claims_.find({edge->second, reg, shrinks});
    if (it != claims_.end()) claims.push_back({shrinks, it->second});
  }
  return claims;
}

bool PointCycles::Cut(const Points& component, Claims* claims, Edges& cut) {
  for (std::size_t k = 0; k < component.size(); ++k) place_[component[k]] = k;
  Edges edges;
  ForEachEdgeWithin(component, [&](uint32_t, const Out& out) { edges.push_back(out.edge); });
  for (const auto& [reg, unused] : changes_[edges.front()]) {
    for (const bool shrinks : {false, true}) {
      const auto least = [&, r = reg](std::size_t edge) {
        const auto it = changes_[edge].find(r);
        if (it == changes_[edge].end()) return INT64_MIN;
        return shrinks ? -it->second.high : it->second.low;
      };
      if (std::any_of(edges.begin(), edges.end(), [&](std::size_t e) { return least(e) < 0; }))
        continue;
      const std::size_t before = cut.size();
      for (const std::size_t edge : edges) {
        if (least(edge) < 1) continue;
        is_cut_[edge] = true;
        cut.push_back(edge);
      }
      if (cut.size() == before) continue;
      for (const std::size_t edge : edges) {
        if (claims == nullptr) break;
        bool& is_strict = (*claims)[{edge, reg, shrinks}];
        is_strict = is_strict || least(edge) > 0;
      }
      return true;
    }
  }
  return false;
}

std::vector<PointCycles::Points> PointCycles::LeftOver(const Points& points, Claims* claims) {
  Edges cut;
  std::vector<Points> left;
  std::vector<Points> work = Components(points);
  while (!work.empty()) {
    Points component = std::move(work.back());
    work.pop_back();
    if (!Cut(component, claims, cut)) {
      left.push_back(std::move(component));
      continue;
    }
    for (Points& part : Components(component)) work.push_back(std::move(part));
  }
  for (const std::size_t edge : cut) is_cut_[edge] = false;
  return left;
}

// Of a component the point that leaves least of it; of those the heaviest; of those the first.
uint32_t PointCycles::BestOf(const Points& component, const std::vector<uint32_t>& weight) {
  Points order = component;
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return weight[a] > weight[b]; });
  uint32_t best = order.front();
  std::size_t least = SIZE_MAX;
  for (const uint32_t point : order) {
    const std::size_t rest = LeftOver(Without(component, point), nullptr).size();
    if (rest >= least) continue;
    best = point;
    least = rest;
    if (least == 0) break;
  }
  return best;
}

PointCycles::Points PointCycles::Without(Points points, uint32_t point) {
  std::erase(points, point);
  return points;
}

std::vector<bool> PointCycles::Break(const std::vector<uint32_t>& weight) {
  std::vector<bool> is_out(out_.size(), false);
  Points all(out_.size());
  std::iota(all.begin(), all.end(), 0);
  for (std::vector<Points> work = LeftOver(all, nullptr); !work.empty();) {
    const Points component = std::move(work.back());
    work.pop_back();
    const uint32_t best = BestOf(component, weight);
    is_out[best] = true;
    for (Points& part : LeftOver(Without(component, best), nullptr))
      work.push_back(std::move(part));
  }
  std::erase_if(all, [&](uint32_t point) { return is_out[point]; });
  LeftOver(all, &claims_);
  return is_out;
}

}  // namespace interleave
