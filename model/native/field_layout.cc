#include "model/native/field_layout.h"

#include <algorithm>
#include <bit>

namespace interleave {

FieldLayout::FieldLayout(const Program& program, const std::vector<SlotRange>& ranges)
    : fields_(ranges.size()) {
  for (std::size_t slot = 0; slot < ranges.size(); ++slot) {
    const uint64_t span =
        static_cast<uint64_t>(ranges[slot].high) - static_cast<uint64_t>(ranges[slot].low);
    fields_[slot].low = ranges[slot].low;
    fields_[slot].width = static_cast<uint32_t>(std::bit_width(span));
  }
  std::vector<bool> placed(ranges.size(), false);
  const auto place = [&](uint32_t begin, uint32_t end) {
    std::vector<uint32_t> slots;
    for (uint32_t slot = begin; slot < end; ++slot) {
      if (placed[slot]) continue;
      placed[slot] = true;
      if (fields_[slot].width > 0) slots.push_back(slot);
    }
    Place(slots);
  };
  for (const ProcessInstance& process : program.processes) place(process.point_slot, process.end);
  for (const MemoryObject& object : program.objects) {
    place(object.base, object.base + object.cells);
  }
  for (uint32_t slot = 0; slot < ranges.size(); ++slot) place(slot, slot + 1);
  for (uint32_t slot = 0; slot < ranges.size(); ++slot) {
    if (fields_[slot].width > 0) varying_.push_back(slot);
  }
  if (used_.empty()) used_.push_back(0);
  words_ = used_.size();
  bytes_ = std::max<std::size_t>(8 * (words_ - 1) + (used_.back() + 7) / 8, 1);
}

void FieldLayout::Place(const std::vector<uint32_t>& slots) {
  uint32_t bits = 0;
  for (const uint32_t slot : slots) bits += fields_[slot].width;
  if (bits > 64) {
    for (const uint32_t slot : slots) Place({slot});
    return;
  }
  if (bits == 0) return;
  std::size_t word = 0;
  while (word < used_.size() && used_[word] + bits > 64) ++word;
  if (word == used_.size()) used_.push_back(0);
  for (const uint32_t slot : slots) {
    fields_[slot].word = static_cast<uint32_t>(word);
    fields_[slot].shift = used_[word];
    used_[word] += fields_[slot].width;
  }
}

int FieldLayout::Pack(const int64_t* state, uint64_t* packed) const {
  std::fill(packed, packed + words_, 0);
  for (std::size_t slot = 0; slot < fields_.size(); ++slot) {
    const PackedField& field = fields_[slot];
    const uint64_t raw = static_cast<uint64_t>(state[slot]) - static_cast<uint64_t>(field.low);
    if ((raw & ~field.mask()) != 0) return static_cast<int>(slot);
    if (field.width > 0) packed[field.word] |= raw << field.shift;
  }
  return -1;
}

void FieldLayout::Convert(const FieldLayout& from, const uint64_t* other, uint64_t* packed) const {
  std::fill(packed, packed + words_, 0);
  for (const uint32_t slot : varying_) {
    const PackedField& field = fields_[slot];
    const PackedField& old = from.fields_[slot];
    const uint64_t raw = ((other[old.word] >> old.shift) & old.mask()) +
                         (static_cast<uint64_t>(old.low) - static_cast<uint64_t>(field.low));
    packed[field.word] |= raw << field.shift;
  }
}

void FieldLayout::Unpack(const uint64_t* packed, int64_t* state) const {
  for (std::size_t slot = 0; slot < fields_.size(); ++slot) state[slot] = fields_[slot].low;
  for (const uint32_t slot : varying_) {
    const PackedField& field = fields_[slot];
    const uint64_t raw = (packed[field.word] >> field.shift) & field.mask();
    state[slot] = static_cast<int64_t>(static_cast<uint64_t>(field.low) + raw);
  }
}

}  // namespace interleave
