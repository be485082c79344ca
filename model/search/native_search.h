#pragma once
// The search with compiled steps, composed: when it pays, how wide the fields of a state are, and
// the interpreter behind it for all that is not compiled.
//
// The interpreted search begins. When it has grown, the steps are compiled beside it, and it ends
// for the compiled search to start from the beginning: that is several times as fast, so what was
// done twice is soon made up for. Should the compiled search come upon anything that breaks, or a
// limit, it is made again in the interpreter's order (OrderedExplorer), which is for showing it.

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "model/explore/state_store.h"
#include "model/native/native_explorer.h"
#include "model/native/ordered_explorer.h"
#include "model/property/judge.h"
#include "model/reduce/reduced_system.h"
#include "model/search/checkpoint.h"
#include "model/search/engine.h"
#include "model/search/state_bounds.h"
#include "model/system/program_system.h"

namespace interleave {

class NativeSearch {
 public:
  // `hints`: the groups of slots that are alike. `partial_order` and `symmetry` may be null.
  NativeSearch(const Program& program, const EngineOptions& options, Judge& judge,
               ProgramSystem& system, const PartialOrder* partial_order, const Symmetry* symmetry,
               std::vector<SlotHint> hints);
  ~NativeSearch();

  // From here on the search goes in the interpreter's order.
  void set_ordered() { is_ordered_ = true; }
  bool is_ordered() const { return is_ordered_; }
  // Whether the search gave up because something was broken.
  bool saw_violation() const { return saw_violation_; }

  // Asked again and again while nothing but the compiler works; false: it is given up.
  void set_may_wait(std::function<bool()> may_wait) { may_wait_ = std::move(may_wait); }

  // Asked now and then by the interpreted search: true when the compiled one can take over. Starts
  // the compiler when it is time.
  bool TakesOver(const StateStore& store);
  // The whole search, from the states with the first `initials` numbers of `store`, which is not
  // needed afterwards.
  NativeResult Run(const StateStore& store, uint32_t initials,
                   std::function<bool(const SlowPath::Progress&)> go_on,
                   const std::function<void()>& release_store);
  // The same in the interpreter's order, which needs no more than what `hooks` do.
  NativeResult RunOrdered(const StateStore& store, uint32_t initials, const OrderedHooks& hooks,
                          const std::function<void()>& release_store);
  OrderedExplorer* ordered() { return ordered_.get(); }  // after RunOrdered

  // To where a search stands, while it asks whether to go on or when a limit ended it; and on from
  // there, instead of Run. Resume throws CheckpointError, and Interrupted when the compiler was
  // given up.
  void Save(CheckpointWriter& to);
  bool can_be_saved() const { return explorer_ != nullptr && !is_torn_; }
  NativeResult Resume(CheckpointReader& from, const StateBounds& bounds,
                      std::function<bool(const SlowPath::Progress&)> go_on);

  // Why there are no compiled steps, when there should be; empty: nothing to say.
  const std::string& failure() const { return failure_; }
  // Of a state, and of one slot in it.
  std::size_t state_bytes() const { return layout_->bytes(); }
  int width(uint32_t slot) const { return static_cast<int>(layout_->fields()[slot].width); }
  // REQUIRES: Run came to its end.
  NativeFacts facts() const;

 private:
  void MeetRanges(const StateStore& store);
  void MeetState(const int64_t* state);
  void MeetGroups();
  void Scout(const StateStore& store, std::mt19937_64& random);
  // More room than what was met, up to the next number that the program mentions.
  void Extend(SlotRange& range, bool upwards, bool downwards) const;
  void StartCompiling();
  bool FinishCompiling();
  bool Widen(const std::vector<NativeResult::Misfit>& misfits);
  void AddFacts();
  bool IsFine() const;
  // What `body` returns; false when it ends with StepStopped.
  template <class Body>
  bool UnlessStopped(Body body);
  // Whether the step can be followed.
  bool IsFollowed(const Successor& successor);
  std::vector<std::vector<int64_t>> Initials(const StateStore& store, uint32_t initials) const;
  SlowPath MakeSlowPath(std::function<bool(const SlowPath::Progress&)> go_on);
  // From what `begin` gives a new explorer.
  NativeResult Search(std::function<bool(const SlowPath::Progress&)> go_on,
                      const std::function<void(NativeExplorer&)>& begin);

  const Program& program_;
  const EngineOptions options_;
  Judge& judge_;
  ProgramSystem& system_;
  const PartialOrder* partial_order_;
  const SymmetryPlan* symmetry_;
  const std::vector<SlotHint> hints_;
  std::vector<NativeObserver> observers_;
  std::vector<int64_t> numbers_;  // that the program mentions, ascending
  std::vector<bool> is_written_;  // by slot: some process writes it under its own name
  std::vector<SlotRange> ranges_;
  std::unique_ptr<FieldLayout> layout_, old_layout_;
  std::unique_ptr<NativeSteps> steps_, old_steps_;
  std::unique_ptr<ReducedSystem> reduced_;
  std::unique_ptr<NativeExplorer> explorer_;
  std::unique_ptr<OrderedExplorer> ordered_;
  std::function<bool()> may_wait_;
  std::atomic<bool> cancel_ = false;  // nobody waits for the compiler any more
  std::future<std::unique_ptr<NativeSteps>> compiling_;
  // What all compiled steps so far met (NativeFacts).
  std::vector<uint8_t> seen_, passed_, cut_, own_, reached_, antecedent_;
  bool saw_mark_ = false;
  std::string failure_;
  bool is_possible_ = true;
  bool is_ordered_ = false;
  bool saw_violation_ = false;
  bool was_stopped_ = false;  // by StepStopped
  bool is_torn_ = false;      // that happened where a round cannot be taken back
};

}  // namespace interleave
