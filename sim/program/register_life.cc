#include "sim/program/register_life.h"

#include <algorithm>

#include "sim/program/liveness.h"

namespace interleave {
namespace {

constexpr uint32_t kNothing = UINT32_MAX;

}  // namespace

RegisterLife::RegisterLife(const Code& code, const std::vector<bool>& ignored,
                           const std::vector<KeptRegisters>& kept)
    : code_(code) {
  const auto count = static_cast<uint32_t>(code.instructions.size());
  writes_.assign(count, kNothing);
  met_by_.assign(count, kNothing);
  begins_.assign(std::size_t{count} + 1, 0);
  for (uint32_t at = 0; at < count; ++at) {
    VisitRegisters(
        code.instructions[at], code,
        [&](uint32_t first, uint32_t cells) {  // several are an array: none of them is ignored
          if (cells > 0 && !ignored[first])
            wanted_.push_back({first, first + cells - 1, at, at + 1});
        },
        [&](uint32_t reg, uint32_t) { writes_[at] = reg; });
    VisitSuccessors(code, at, [&](uint32_t to) { ++begins_[std::size_t{to} + 1]; });
  }
  for (const KeptRegisters& k : kept) {
    if (k.count > 0) wanted_.push_back({k.reg, k.reg + k.count - 1, k.begin, k.end});
  }
  std::stable_sort(wanted_.begin(), wanted_.end(),
                   [](const Wanted& a, const Wanted& b) { return a.first < b.first; });
  for (uint32_t i = 0; i < count; ++i) begins_[std::size_t{i} + 1] += begins_[i];
  before_.resize(begins_[count]);
  std::vector<uint32_t> filled(begins_.begin(), begins_.end() - 1);
  for (uint32_t at = 0; at < count; ++at)
    VisitSuccessors(code, at, [&](uint32_t to) { before_[filled[to]++] = at; });
}

void RegisterLife::Want(uint32_t instruction) {
  ++visits_;
  if (met_by_[instruction] == reg_) return;
  met_by_[instruction] = reg_;
  alive_.push_back(instruction);
}

bool RegisterLife::Next() {
  if (++reg_ >= code_.register_count) return false;
  alive_.clear();
  std::erase_if(here_, [&](const Wanted& w) { return w.last < reg_; });
  for (; next_wanted_ < wanted_.size() && wanted_[next_wanted_].first == reg_; ++next_wanted_)
    here_.push_back(wanted_[next_wanted_]);
  for (const Wanted& wanted : here_) {
    for (uint32_t i = wanted.begin; i < wanted.end; ++i) Want(i);
  }
  for (std::size_t done = 0; done < alive_.size(); ++done) {
    const uint32_t at = alive_[done];
    for (uint32_t k = begins_[at]; k < begins_[std::size_t{at} + 1]; ++k) {
      if (writes_[before_[k]] != reg_) Want(before_[k]);
    }
  }
  return true;
}

}  // namespace interleave
