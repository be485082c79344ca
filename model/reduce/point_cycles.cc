// A point is chosen by trying: the one without which the fewest components of its own are left.
// Graphs of program points are small, so components are found anew each time.
//
// A cycle that a local cuts is judged as ranking functions are: on no edge of its component does
// the local shrink, so the edges on which it grows cannot be taken for ever.

#include "model/reduce/point_cycles.h"

#include <algorithm>

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
  const std::size_t points = successors_.size();
  std::vector<std::vector<uint32_t>> components;
  std::vector<uint32_t> number(points, 0), low(points, 0), stack;
  std::vector<bool> on_stack(points, false);
  uint32_t count = 0;
  struct Frame {
    uint32_t point = 0;
    std::size_t next = 0;
  };
  for (uint32_t root = 0; root < points; ++root) {
    if (is_out[root] || number[root] != 0) continue;
    std::vector<Frame> frames;
    const auto enter = [&](uint32_t point) {
      number[point] = low[point] = ++count;
      stack.push_back(point);
      on_stack[point] = true;
      frames.push_back({point, 0});
    };
    enter(root);
    while (!frames.empty()) {
      const uint32_t point = frames.back().point;
      if (frames.back().next < successors_[point].size()) {
        const uint32_t to = successors_[point][frames.back().next++];
        if (is_out[to] || is_cut.contains({point, to})) continue;
        if (number[to] == 0) {
          enter(to);
        } else if (on_stack[to]) {
          low[point] = std::min(low[point], number[to]);
        }
        continue;
      }
      frames.pop_back();
      if (!frames.empty()) {
        low[frames.back().point] = std::min(low[frames.back().point], low[point]);
      }
      if (low[point] != number[point]) continue;
      std::vector<uint32_t> component;
      uint32_t member = 0;
      do {
        member = stack.back();
        stack.pop_back();
        on_stack[member] = false;
        component.push_back(member);
      } while (member != point);
      const auto& own = successors_[point];
      const bool loops =
          std::find(own.begin(), own.end(), point) != own.end() && !is_cut.contains({point, point});
      if (component.size() > 1 || loops) components.push_back(std::move(component));
    }
  }
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
