#pragma once
// Follows a run by the truth of every part of a formula: the automaton of which each run has one
// run, no more (O. Lichtenstein and A. Pnueli, "Checking that finite state concurrent programs
// satisfy their linear specification", 1985). What it remembers is which parts are to be true from
// here on, so where a run comes round, it comes round with it: the shortest lasso among its own is
// the shortest of all. The automaton of automaton.h is smaller, and may need more rounds.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/liveness/normal_form.h"
#include "model/liveness/run_product.h"

namespace interleave {

class TruthWatcher : public RunWatcher {
 public:
  // Most parts of a formula that speak of the rest of the run.
  static constexpr std::size_t kMostParts = 10;

  // Runs that make the formula false. Nothing where it has too many parts.
  static std::optional<TruthWatcher> Of(const RunGraph& graph, const Formula& formula);

  uint32_t size() const override { return uint32_t{1} << temporal_.size(); }
  bool StartsWith(uint32_t memory) const override {
    const int bit = bit_[static_cast<std::size_t>(whole_)];
    return bit < 0 || (memory >> bit & 1) != 0;
  }
  std::size_t marks() const override { return untils_; }
  void Next(uint32_t memory, uint32_t from, uint32_t to, uint64_t mover,
            std::vector<Follow>& next) const override;

 private:
  explicit TruthWatcher(const RunGraph& graph) : graph_(graph) {}

  const RunGraph& graph_;
  NormalForms forms_;
  int whole_ = -1;
  std::vector<int> temporal_;  // parts, by bit
  std::vector<int> bit_;       // by part; -1: none
  std::size_t untils_ = 0;
  mutable std::vector<char> truth_;  // by part
};

}  // namespace interleave
