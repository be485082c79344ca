#include "model/liveness/run_product.h"

#include <algorithm>

namespace interleave {

void RunProduct::Add(uint32_t state, uint32_t memory, uint32_t depth) {
  uint32_t& number = number_[Place(state, memory)];
  if (number != 0) return;
  nodes_.emplace_back(state, memory);
  depth_.push_back(depth);
  number = size();
}

bool RunProduct::Explore(const GoesOn& goes_on) {
  number_.assign(static_cast<std::size_t>(graph_.size()) * watcher_.size(), 0);
  for (const uint32_t start : graph_.starts) Add(start, 0, 0);
  for (uint32_t node = 0; node < size(); ++node) {
    if (node % 4096 == 0 && !goes_on()) return false;
    const uint32_t depth = depth_[node] + 1;
    ForEachFollowed(node, [&](uint32_t to, const RunWatcher::Follow& follow, uint64_t) {
      Add(to, follow.to, depth);
    });
  }
  return true;
}

StemFinder::StemFinder(const RunProduct& product, uint32_t depth)
    : product_(product), movers_(static_cast<int>(product.graph().fairness.size())) {
  uint32_t nodes = 0;
  while (nodes < product.size() && product.depth(nodes) <= depth) ++nodes;
  entries_.resize(Place(nodes, -1));
  for (uint32_t node = 0; node < nodes; ++node) {
    if (product.depth(node) == 0) entries_[Place(node, -1)].switches = 0;
    product.ForEachStep(node, [&](const RunProduct::Step& step) {
      if (step.to >= nodes || product.depth(step.to) != product.depth(node) + 1) return;
      const int mover = product.Mover(step);
      for (int last = -1; last < movers_; ++last) {
        const Entry& before = entries_[Place(node, last)];
        if (before.switches == UINT32_MAX) continue;
        // Where nobody moves, who moved last stays who it was.
        const int now = mover < 0 ? last : mover;
        const uint32_t switches = before.switches + (last >= 0 && now != last ? 1 : 0);
        Entry& entry = entries_[Place(step.to, now)];
        if (switches < entry.switches) entry = {switches, node, last, step.step};
      }
    });
  }
}

std::optional<uint32_t> StemFinder::Switches(uint32_t node, int mover) const {
  const uint32_t switches = entries_[Place(node, mover)].switches;
  if (switches == UINT32_MAX) return std::nullopt;
  return switches;
}

RunStem StemFinder::Way(uint32_t node, int mover) const {
  RunStem stem;
  while (product_.depth(node) > 0) {
    const Entry& entry = entries_[Place(node, mover)];
    stem.steps.push_back(entry.step);
    node = entry.from;
    mover = entry.from_mover;
  }
  std::reverse(stem.steps.begin(), stem.steps.end());
  stem.start = product_.state(node);
  return stem;
}

}  // namespace interleave
