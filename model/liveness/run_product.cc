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

bool RunProduct::Explore(const GoesOn& goes_on, uint32_t most) {
  number_.assign(static_cast<std::size_t>(graph_.size()) * watcher_.size(), 0);
  for (const uint32_t start : graph_.starts) {
    for (uint32_t memory = 0; memory < watcher_.size(); ++memory) {
      if (watcher_.StartsWith(memory)) Add(start, memory, 0);
    }
  }
  for (uint32_t node = 0; node < size(); ++node) {
    if (node % 4096 == 0 && !goes_on()) return false;
    if (depth_[node] >= most) break;
    const uint32_t depth = depth_[node] + 1;
    ForEachFollowed(node, [&](uint32_t to, const RunWatcher::Follow& follow, uint64_t) {
      Add(to, follow.to, depth);
    });
  }
  return true;
}

std::vector<uint64_t> WaySearch::Steps(std::size_t way, std::size_t* first) const {
  std::vector<uint64_t> steps;
  for (; ways_[way].before != UINT32_MAX; way = ways_[way].before) steps.push_back(ways_[way].step);
  std::reverse(steps.begin(), steps.end());
  if (first != nullptr) *first = way;
  return steps;
}

namespace {

std::vector<WaySearch::Way> Starts(const RunProduct& product) {
  std::vector<WaySearch::Way> starts;
  for (uint32_t node = 0; node < product.size() && product.depth(node) == 0; ++node)
    starts.push_back({node});
  return starts;
}

}  // namespace

StemFinder::StemFinder(const RunProduct& product, uint32_t depth)
    : product_(product), search_(product, Starts(product)) {
  for (uint32_t at = 0; at < depth && search_.begin() < search_.end(); ++at) {
    search_.Advance([&](const WaySearch::Way&, const RunProduct::Step& step, uint64_t&) {
      return product.depth(step.to) == at + 1;
    });
  }
  for (std::size_t way = 0; way < search_.end(); ++way)
    to_[search_[way].node].push_back(static_cast<uint32_t>(way));
}

std::vector<uint32_t> StemFinder::WaysTo(uint32_t node) const {
  const auto found = to_.find(node);
  return found == to_.end() ? std::vector<uint32_t>() : found->second;
}

RunStem StemFinder::Stem(uint32_t way) const {
  RunStem stem;
  std::size_t first = 0;
  stem.steps = search_.Steps(way, &first);
  stem.start = product_.state(search_[first].node);
  return stem;
}

RunStem StemFinder::BestTo(uint32_t node) const {
  const std::vector<uint32_t> ways = WaysTo(node);
  return Stem(*std::min_element(ways.begin(), ways.end(), [&](uint32_t a, uint32_t b) {
    return search_[a].switches < search_[b].switches;
  }));
}

}  // namespace interleave
