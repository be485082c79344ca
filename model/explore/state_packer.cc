#include "model/explore/state_packer.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace interleave {

StatePacker::StatePacker(std::vector<int64_t> initial, std::vector<SlotHint> hints)
    : values_(std::move(initial)), hints_(std::move(hints)) {
  for (const int64_t value : values_) ranges_.push_back({value, value, 0});
  LayOut();
}

int StatePacker::Misfit(const int64_t* state) const {
  for (const Field& field : fields_) {
    if (((static_cast<uint64_t>(state[field.slot]) - field.low) & ~field.mask) != 0)
      return static_cast<int>(field.slot);
  }
  for (const Fixed& fixed : fixed_) {
    if (state[fixed.slot] != fixed.value) return static_cast<int>(fixed.slot);
  }
  assert(false && "called for a state that does not fit");
  return -1;
}

void StatePacker::Widen(int slot, int64_t value) {
  constexpr uint32_t kOneByOne = 128;
  const auto first = static_cast<std::size_t>(slot);
  if (first < hints_.size()) {
    const bool with_array = ++widened_ > kOneByOne && hints_[first].array != 0;
    const auto group = with_array ? &SlotHint::array : &SlotHint::group;
    const uint32_t number = hints_[first].*group;
    for (std::size_t other = 0; other < (number != 0 ? hints_.size() : 0); ++other) {
      if (other != first && hints_[other].*group == number) WidenOne(other, value);
    }
  }
  WidenOne(first, value);
  LayOut();
}

void StatePacker::WidenOne(std::size_t slot, int64_t value) {
  Range& range = ranges_[slot];
  if (range.width > 0 && value >= range.low && value <= range.high) return;
  if (slot < hints_.size() && range.width == 0) {
    range.low = std::min(range.low, hints_[slot].low);
    range.high = std::max(range.high, hints_[slot].high);
  }
  int64_t low = std::min(range.low, value);
  const int64_t high = std::max(range.high, value);
  int width = std::max(
      range.width + 1,
      static_cast<int>(std::bit_width(static_cast<uint64_t>(high) - static_cast<uint64_t>(low))));
  if (width >= 64) {
    range = {INT64_MIN, INT64_MAX, 64};
    return;
  }
  const auto span = static_cast<int64_t>((uint64_t{1} << width) - 1);
  if (low < range.low) {
    // Downwards: use the whole new width, so that counting down does not widen at each step.
    int64_t lowest = 0;
    if (__builtin_sub_overflow(high, span, &lowest)) lowest = INT64_MIN;
    if (low >= 0) lowest = std::max<int64_t>(lowest, 0);
    low = std::min(low, lowest);
  }
  low = std::min(low, INT64_MAX - span);
  // All that the bits can hold counts as covered: it may be stored without anybody asking.
  range = {low, low + span, width};
}

// First fit, widest fields first: no field straddles two words.
void StatePacker::LayOut() {
  fields_.clear();
  fixed_.clear();
  std::vector<uint32_t> order;
  for (uint32_t slot = 0; slot < ranges_.size(); ++slot) {
    if (ranges_[slot].width == 0)
      fixed_.push_back({slot, values_[slot]});
    else
      order.push_back(slot);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return ranges_[a].width > ranges_[b].width; });
  std::vector<int> used;
  int width = 0;
  std::size_t word = 0;  // those before it have no room for this width
  for (const uint32_t slot : order) {
    if (ranges_[slot].width != width) word = 0;
    width = ranges_[slot].width;
    while (word < used.size() && used[word] + width > 64) ++word;
    if (word == used.size()) used.push_back(0);
    fields_.push_back({slot, static_cast<uint32_t>(word), static_cast<uint32_t>(used[word]),
                       width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1,
                       static_cast<uint64_t>(ranges_[slot].low)});
    used[word] += width;
  }
  // In the order of the state, so that packing reads it once from front to back.
  std::sort(fields_.begin(), fields_.end(),
            [](const Field& a, const Field& b) { return a.slot < b.slot; });
  word_count_ = std::max<std::size_t>(1, used.size());
  packed_bytes_ =
      used.empty() ? 1 : (used.size() - 1) * 8 + static_cast<std::size_t>((used.back() + 7) / 8);
}

}  // namespace interleave
