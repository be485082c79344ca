#include "model/graph/partition.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <numeric>
#include <utility>

namespace interleave {
namespace {

// Words of a signature that no step makes, as no step has this label.
constexpr uint32_t kNoLabel = UINT32_MAX;
constexpr uint64_t kDiverges = UINT64_MAX;

uint64_t WordOf(uint32_t label, uint32_t block) { return uint64_t{label} << 32 | block; }

}  // namespace

Partition::Partition(const std::vector<uint32_t>& classes, const std::vector<LtsEdge>& edges,
                     bool has_inert, std::vector<bool> diverges)
    : has_inert_(has_inert), diverges_(std::move(diverges)) {
  const auto states = static_cast<uint32_t>(classes.size());
  first_step_.assign(states + 1, 0);
  first_source_.assign(states + 1, 0);
  for (const LtsEdge& edge : edges) {
    ++first_step_[edge.from + 1];
    ++first_source_[edge.to + 1];
  }
  std::partial_sum(first_step_.begin(), first_step_.end(), first_step_.begin());
  std::partial_sum(first_source_.begin(), first_source_.end(), first_source_.begin());
  steps_.reserve(edges.size());
  sources_.resize(edges.size());
  std::vector<uint32_t> next(first_source_.begin(), first_source_.end() - 1);
  for (const LtsEdge& edge : edges) {
    steps_.push_back({edge.label, edge.to});
    sources_[next[edge.to]++] = edge.from * 2 + (edge.label == Lts::kTau ? 1 : 0);
  }
  // Blocks are the classes, in the order of their first states.
  constexpr uint32_t kNone = UINT32_MAX;
  const uint32_t most = classes.empty() ? 0 : *std::max_element(classes.begin(), classes.end());
  std::vector<uint32_t> block_of_class(std::size_t{most} + 1, kNone);
  for (const uint32_t of : classes) {
    if (block_of_class[of] == kNone) {
      block_of_class[of] = blocks();
      ranges_.emplace_back();
    }
    block_of_.push_back(block_of_class[of]);
    ++ranges_[block_of_.back()].end;
  }
  for (uint32_t b = 0, begin = 0; b < blocks(); ++b) {
    const uint32_t size = ranges_[b].end;
    ranges_[b] = {begin, begin, size};
    begin += size;
    pending_.push_back(b);
  }
  order_.resize(states);
  position_.resize(states);
  for (uint32_t state = 0; state < states; ++state) {
    position_[state] = ranges_[block_of_[state]].end++;
    order_[position_[state]] = state;
  }
  signature_of_.resize(states);
}

bool Partition::Refine(const std::function<bool()>& may_go_on) {
  while (!pending_.empty()) {
    if (may_go_on && !may_go_on()) return false;
    const uint32_t block = pending_.back();
    pending_.pop_back();
    if (has_inert_) MarkBackwards(block);
    Split(block);
  }
  return true;
}

void Partition::Swap(uint32_t state, uint32_t position) {
  const uint32_t other = order_[position];
  order_[position_[state]] = other;
  position_[other] = position_[state];
  order_[position] = state;
  position_[state] = position;
}

void Partition::Mark(uint32_t state) {
  Range& range = ranges_[block_of_[state]];
  if (position_[state] < range.begin + range.marked) return;
  Swap(state, range.begin + range.marked);
  if (range.marked++ == 0) pending_.push_back(block_of_[state]);
}

void Partition::MarkBackwards(uint32_t block) {
  Range& range = ranges_[block];
  for (uint32_t at = range.begin; at < range.begin + range.marked; ++at) {
    const uint32_t state = order_[at];
    for (uint32_t k = first_source_[state]; k < first_source_[state + 1]; ++k) {
      const uint32_t source = sources_[k] / 2;
      const bool is_inert = sources_[k] % 2 == 1 && block_of_[source] == block;
      if (!is_inert || position_[source] < range.begin + range.marked) continue;
      Swap(source, range.begin + range.marked++);
    }
  }
}

uint32_t Partition::Number(std::size_t begin) {
  const std::size_t size = words_.size() - begin;
  const uint64_t hash = XXH64(words_.data() + begin, size * sizeof(uint64_t), 0);
  const std::size_t mask = table_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    if (table_[at] == kEmpty) {
      table_[at] = static_cast<uint32_t>(signatures_.size());
      signatures_.push_back({begin, words_.size(), hash});
      return table_[at];
    }
    const Signature& known = signatures_[table_[at]];
    const auto first = words_.begin();
    if (known.hash == hash &&
        std::equal(first + static_cast<std::ptrdiff_t>(known.begin),
                   first + static_cast<std::ptrdiff_t>(known.end),
                   first + static_cast<std::ptrdiff_t>(begin), words_.end())) {
      words_.resize(begin);
      return table_[at];
    }
  }
}

uint32_t Partition::Sign(uint32_t state, uint32_t block) {
  const std::size_t begin = words_.size();
  const Range& range = ranges_[block];
  if (!diverges_.empty() && diverges_[state]) words_.push_back(kDiverges);
  uint32_t latest = kEmpty;  // signature of an inert successor
  for (uint32_t k = first_step_[state]; k < first_step_[state + 1]; ++k) {
    const Step& step = steps_[k];
    if (!IsInert(block, step)) {
      words_.push_back(WordOf(step.label, block_of_[step.to]));
      continue;
    }
    const bool is_marked = position_[step.to] < range.begin + range.marked;
    const uint32_t of = is_marked ? signature_of_[step.to] : 0;
    words_.push_back(WordOf(kNoLabel, of));
    latest = latest == kEmpty ? of : std::max(latest, of);
  }
  const auto at = [&](std::size_t n) { return words_.begin() + static_cast<std::ptrdiff_t>(n); };
  std::sort(at(begin), words_.end());
  words_.erase(std::unique(at(begin), words_.end()), words_.end());
  if (latest != kEmpty) {
    // Only the latest can have the others in it: numbers in a signature are smaller than its own.
    const Signature& known = signatures_[latest];
    const bool adds_nothing = std::all_of(at(begin), words_.end(), [&](uint64_t word) {
      return word == WordOf(kNoLabel, latest) ||
             std::binary_search(at(known.begin), at(known.end), word);
    });
    if (adds_nothing) {
      words_.resize(begin);
      return latest;
    }
  }
  return Number(begin);
}

void Partition::SignUnmarked(uint32_t block) {
  const Range& range = ranges_[block];
  // Along inert steps to a state without one: its signature is its own steps.
  uint32_t state = order_[range.begin + range.marked];
  for (bool goes_on = has_inert_; goes_on;) {
    goes_on = false;
    for (uint32_t k = first_step_[state]; k < first_step_[state + 1] && !goes_on; ++k) {
      if (!IsInert(block, steps_[k])) continue;
      state = steps_[k].to;
      goes_on = true;
    }
  }
  Sign(state, block);
}

void Partition::Split(uint32_t block) {
  const Range range = ranges_[block];
  const uint32_t size = range.end - range.begin;
  if (size == 1) {
    ranges_[block].marked = 0;
    return;
  }
  words_.clear();
  signatures_.clear();
  table_.assign(std::bit_ceil(2 * (std::size_t{range.marked} + 1)), kEmpty);
  // Signature 0 is that of the unmarked.
  const bool has_unmarked = range.marked < size;
  if (has_unmarked) SignUnmarked(block);
  const auto first = order_.begin() + range.begin;
  // Inert steps lead to smaller states: those first.
  if (has_inert_) {
    std::sort(first, first + range.marked);
    for (uint32_t at = range.begin; at < range.begin + range.marked; ++at)
      position_[order_[at]] = at;
  }
  for (uint32_t at = range.begin; at < range.begin + range.marked; ++at) {
    signature_of_[order_[at]] = Sign(order_[at], block);
  }
  // Equal signatures side by side, 0 last: there the unmarked stand.
  const auto signatures = static_cast<uint32_t>(signatures_.size());
  const auto part_of = [&](uint32_t state) {
    return has_unmarked ? (signature_of_[state] + signatures - 1) % signatures
                        : signature_of_[state];
  };
  marked_.assign(first, first + range.marked);
  std::vector<std::pair<uint32_t, uint32_t>> parts(signatures);  // begin, end
  for (const uint32_t state : marked_) ++parts[part_of(state)].second;
  uint32_t begin = range.begin;
  for (auto& [part_begin, part_end] : parts) {
    const uint32_t count = part_end;
    part_begin = part_end = begin;
    begin += count;
  }
  for (const uint32_t state : marked_) {
    const uint32_t position = parts[part_of(state)].second++;
    order_[position] = state;
    position_[state] = position;
  }
  if (has_unmarked) parts.back().second = range.end;
  const auto largest = std::max_element(
      parts.begin(), parts.end(),
      [](const auto& a, const auto& b) { return a.second - a.first < b.second - b.first; });
  ranges_[block] = {largest->first, largest->second, 0};
  const uint32_t first_new = blocks();
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    if (part == largest) continue;
    for (uint32_t at = part->first; at < part->second; ++at) block_of_[order_[at]] = blocks();
    ranges_.push_back({part->first, part->second, 0});
  }
  for (uint32_t part = first_new; part < blocks(); ++part) MarkObservers(part);
}

void Partition::MarkObservers(uint32_t part) {
  // Marking reorders the states of a part.
  const std::vector<uint32_t> states(order_.begin() + ranges_[part].begin,
                                     order_.begin() + ranges_[part].end);
  for (const uint32_t state : states) {
    for (uint32_t k = first_source_[state]; k < first_source_[state + 1]; ++k) {
      Mark(sources_[k] / 2);
    }
  }
}

}  // namespace interleave
