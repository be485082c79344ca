#include "model/graph/partition.h"

#include <xxhash.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace interleave {
namespace {

// A word of a signature that no step makes.
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
  place_.resize(states);
  for (uint32_t state = 0; state < states; ++state) {
    place_[state] = ranges_[block_of_[state]].end++;
    order_[place_[state]] = state;
  }
  signature_of_.resize(states);
}

void Partition::Refine() {
  while (!pending_.empty()) {
    const uint32_t block = pending_.back();
    pending_.pop_back();
    if (has_inert_) MarkBackwards(block);
    Split(block);
  }
}

void Partition::Swap(uint32_t state, uint32_t place) {
  const uint32_t other = order_[place];
  order_[place_[state]] = other;
  place_[other] = place_[state];
  order_[place] = state;
  place_[state] = place;
}

void Partition::Mark(uint32_t state) {
  Range& range = ranges_[block_of_[state]];
  if (place_[state] < range.begin + range.marked) return;
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
      if (!is_inert || place_[source] < range.begin + range.marked) continue;
      Swap(source, range.begin + range.marked++);
    }
  }
}

Partition::Signature Partition::Finish(uint32_t state, uint32_t begin) {
  const auto first = words_.begin() + begin;
  std::sort(first, words_.end());
  words_.erase(std::unique(first, words_.end()), words_.end());
  const auto end = static_cast<uint32_t>(words_.size());
  return {state, begin, end, XXH64(words_.data() + begin, (end - begin) * sizeof(uint64_t), 0)};
}

Partition::Signature Partition::Sign(uint32_t state, uint32_t block, uint32_t first_known) {
  const auto begin = static_cast<uint32_t>(words_.size());
  if (!diverges_.empty() && diverges_[state]) words_.push_back(kDiverges);
  const Range& range = ranges_[block];
  for (uint32_t k = first_step_[state]; k < first_step_[state + 1]; ++k) {
    const Step& step = steps_[k];
    if (!IsInert(block, step)) {
      words_.push_back(WordOf(step.label, block_of_[step.to]));
      continue;
    }
    const bool is_marked = place_[step.to] < range.begin + range.marked;
    const Signature& known = signatures_[is_marked ? signature_of_[step.to] : first_known];
    for (uint32_t w = known.begin; w < known.end; ++w) {
      const uint64_t word = words_[w];
      words_.push_back(word);
    }
  }
  return Finish(state, begin);
}

Partition::Signature Partition::SignUnmarked(uint32_t block) {
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
  return Sign(state, block, 0);
}

bool Partition::Same(const Signature& a, const Signature& b) const {
  return a.hash == b.hash && std::equal(words_.begin() + a.begin, words_.begin() + a.end,
                                        words_.begin() + b.begin, words_.begin() + b.end);
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
  const bool has_unmarked = range.marked < size;
  if (has_unmarked) signatures_.push_back(SignUnmarked(block));
  // Inert steps lead to smaller states: those first.
  if (has_inert_) {
    const auto first = order_.begin() + range.begin;
    std::sort(first, first + range.marked);
    for (uint32_t at = range.begin; at < range.begin + range.marked; ++at) place_[order_[at]] = at;
  }
  const auto first_marked = static_cast<uint32_t>(signatures_.size());
  for (uint32_t at = range.begin; at < range.begin + range.marked; ++at) {
    const uint32_t state = order_[at];
    signature_of_[state] = static_cast<uint32_t>(signatures_.size());
    signatures_.push_back(Sign(state, block, 0));
  }
  // Equal signatures side by side; the states that were not marked, and are as they were, last.
  std::vector<Signature>& made = signatures_;
  const auto is_old = [&](const Signature& s) { return has_unmarked && Same(s, made[0]); };
  const auto middle = std::partition(made.begin() + first_marked, made.end(),
                                     [&](const Signature& s) { return !is_old(s); });
  std::sort(made.begin() + first_marked, middle, [&](const Signature& a, const Signature& b) {
    if (a.hash != b.hash) return a.hash < b.hash;
    const auto w = words_.begin();
    if (!Same(a, b)) {
      return std::lexicographical_compare(w + a.begin, w + a.end, w + b.begin, w + b.end);
    }
    return a.state < b.state;
  });
  uint32_t place = range.begin;
  std::vector<std::pair<uint32_t, uint32_t>> parts;  // begin, end
  for (auto at = made.begin() + first_marked; at != middle; ++at) {
    const bool is_same = at != made.begin() + first_marked && Same(*at, *(at - 1));
    if (!is_same) parts.emplace_back(place, place);
    order_[place] = at->state;
    place_[at->state] = place++;
    parts.back().second = place;
  }
  for (auto at = middle; at != made.end(); ++at) {
    order_[place] = at->state;
    place_[at->state] = place++;
  }
  if (place < range.end || middle != made.end()) {
    const auto begin = range.begin + static_cast<uint32_t>(middle - (made.begin() + first_marked));
    parts.emplace_back(begin, range.end);
  }
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
  for (uint32_t part = first_new; part < blocks(); ++part) MarkObservers(part, block);
}

void Partition::MarkObservers(uint32_t part, uint32_t old_block) {
  // Marking reorders the states of a part.
  const std::vector<uint32_t> states(order_.begin() + ranges_[part].begin,
                                     order_.begin() + ranges_[part].end);
  for (const uint32_t state : states) {
    for (uint32_t k = first_source_[state]; k < first_source_[state + 1]; ++k) {
      Mark(sources_[k] / 2);
    }
    if (!has_inert_) continue;
    // A hidden step into what keeps the block's number was inert, and no longer is.
    for (uint32_t k = first_step_[state]; k < first_step_[state + 1]; ++k) {
      if (steps_[k].label == Lts::kTau && block_of_[steps_[k].to] == old_block) Mark(state);
    }
  }
}

}  // namespace interleave
