#pragma once
// Bisimulation by refinement of a partition.
//
// The signature of a state is the set of pairs (label, block of the target) of its steps. For
// branching bisimulation steps that are inert, hidden ones within its block, give the signature of
// their target instead, as one number; and if all else that a state can do is in the signature of
// such a target, it has that signature (Blom and van de Pol, "Distributed branching bisimulation
// minimization by inductive signatures", PDMC 2009). To copy the targets' signatures instead would
// take n^2 words for n hidden steps in a row. A partition is stable when the states of each block
// have one signature.
//
// When a block is split, its largest part keeps the block's number (Hopcroft's trick, as in Paige
// and Tarjan, "Three partition refinement algorithms", 1987, and Valmari, "Simple bisimilarity
// minimization in O(m log n) time", 2010), so that only signatures of states with a step into the
// other parts can have changed. A step is thus looked at O(log n) times for its target, each time
// with the other steps of its source: O(d m log n) for m steps and at most d from one state. For
// branching bisimulation a change goes back along inert steps, too; there that is no bound, but few
// states see their signature change often.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "model/graph/lts.h"

namespace interleave {

class Partition {
 public:
  // `edges`: ascending. `has_inert`: hidden steps within a block are inert; then no cycle of hidden
  // steps within one class may exist, and each such step leads to a smaller state.
  // No label is UINT32_MAX.
  // `diverges`: by state (or empty), what it can do is more than its steps.
  Partition(const std::vector<uint32_t>& classes, const std::vector<LtsEdge>& edges, bool has_inert,
            std::vector<bool> diverges);

  // Until it is stable, or `may_go_on`, which may be empty, says no. Returns whether it is stable.
  bool Refine(const std::function<bool()>& may_go_on = {});

  uint32_t blocks() const { return static_cast<uint32_t>(ranges_.size()); }
  uint32_t BlockOf(uint32_t state) const { return block_of_[state]; }

 private:
  struct Range {
    uint32_t begin = 0;
    uint32_t end = 0;
    uint32_t marked = 0;  // states from `begin` whose signature may have changed
  };
  struct Step {
    uint32_t label;
    uint32_t to;
  };
  static constexpr uint32_t kEmpty = UINT32_MAX;
  // A signature in words_, sorted.
  struct Signature {
    std::size_t begin = 0;
    std::size_t end = 0;
    uint64_t hash = 0;
  };

  void Mark(uint32_t state);
  void Swap(uint32_t state, uint32_t position);
  // Marks what reaches a marked state of the block by inert steps.
  void MarkBackwards(uint32_t block);
  void Split(uint32_t block);
  // The number of a state's signature in signatures_; its inert successors have theirs.
  uint32_t Sign(uint32_t state, uint32_t block);
  // Of the states of a block that are not marked, which all have the same; the first to be signed.
  void SignUnmarked(uint32_t block);
  // Of the words from `begin`, which are taken back where they are known.
  uint32_t Number(std::size_t begin);
  bool IsInert(uint32_t block, const Step& step) const {
    return has_inert_ && step.label == Lts::kTau && block_of_[step.to] == block;
  }
  // The states of a part that got a number of its own: who can see that. Hidden steps out of it
  // that were inert need no look: all states of the part had the target's number in their
  // signature, and now have its block's.
  void MarkObservers(uint32_t part);

  bool has_inert_;
  std::vector<bool> diverges_;
  std::vector<uint32_t> first_step_, first_source_;  // by state
  std::vector<Step> steps_;
  std::vector<uint32_t> sources_;  // twice the source, plus one where the label is hidden
  std::vector<uint32_t> block_of_;
  std::vector<uint32_t> order_, position_;  // states, block by block; where each stands
  std::vector<Range> ranges_;               // by block
  std::vector<uint32_t> pending_;           // blocks with marked states
  // Scratch.
  std::vector<uint64_t> words_;
  std::vector<Signature> signatures_;  // of the block being split, each once
  std::vector<uint32_t> table_;        // by hash: into signatures_, or kEmpty
  std::vector<uint32_t> marked_;
  std::vector<uint32_t> signature_of_;  // by state: into signatures_, while its block is split
};

}  // namespace interleave
