#pragma once
// Chains of steps that are taken at once: from a state on, for as long as an ample set is one step
// with one outcome. The one place that says how a chain goes on and where it ends, for interpreted
// steps (reduced_system.h) and compiled ones (model/native/expander.h).

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/reduce/partial_order.h"

namespace interleave {

// Whether PartialOrder::Choose chose this process.
inline bool IsChosen(uint64_t chosen, int process) {
  return chosen == PartialOrder::kAll || (chosen >> process & 1) != 0;
}

// The process whose one step with one outcome is enough; nothing where all processes move, or the
// chosen ones have several outcomes, or the state must be looked at for a race among them.
inline std::optional<int> OnlyMover(const PartialOrder& order, uint64_t chosen,
                                    const std::vector<ProcessMove>& moves) {
  if (chosen == PartialOrder::kAll) return std::nullopt;
  if (order.looks_for_races() && !std::has_single_bit(chosen)) return std::nullopt;
  uint32_t outcomes = 0;
  int mover = 0;
  for (int p = 0; p < static_cast<int>(moves.size()); ++p) {
    const uint32_t own = moves[static_cast<std::size_t>(p)].outcomes;
    if (own == 0 || !IsChosen(chosen, p)) continue;
    outcomes += own;
    mover = p;
  }
  return outcomes == 1 ? std::optional(mover) : std::nullopt;
}

// Goes on from a state that was reached by `taken` steps at once, and returns how many there were
// in the end. choose() -> uint64_t: tries the next steps of all processes in the state at hand, so
// that `moves` says what they are, and chooses among them; kAll ends the chain. take(process) ->
// bool: goes to the state behind the one step of that process; false: it does not, and the chain
// ends.
template <class Choose, class Take>
uint32_t FollowChain(const PartialOrder& order, uint32_t taken,
                     const std::vector<ProcessMove>& moves, Choose choose, Take take) {
  for (; taken < PartialOrder::kMostSteps; ++taken) {
    const std::optional<int> process = OnlyMover(order, choose(), moves);
    if (!process || !take(*process)) break;
  }
  return taken;
}

}  // namespace interleave
