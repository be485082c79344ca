#pragma once
// A program's system with reductions. Explorers take it as any other system, and know of no
// reduction.
//
// What would surprise: with partial order the state that is visited may lie several steps behind
// the one that it was reached from, and the states between are never stored.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "model/reduce/ample_chain.h"
#include "model/reduce/partial_order.h"
#include "model/reduce/symmetry.h"
#include "model/system/program_system.h"

namespace interleave {

class ReducedSystem {
 public:
  // `partial_order` and `symmetry` may be null. All are kept by the caller.
  explicit ReducedSystem(ProgramSystem& system, const PartialOrder* partial_order = nullptr,
                         Symmetry* symmetry = nullptr);

  const Program& program() const { return system_.program(); }
  std::size_t state_words() const { return system_.state_words(); }

  template <class Visit>
  void ForEachInitial(Visit visit) {
    system_.ForEachInitial([&](const int64_t* state, const Successor& successor) {
      return visit(Representative(state, successor), successor);
    });
  }

  // As ProgramSystem's, but of some processes only where those are enough; and where that is one
  // step with one outcome, what follows it in its stead (`steps` says how many there were). With
  // symmetry what is visited are representatives of orbits, in which the processes and outcomes
  // that `successor` names may have other places.
  template <class Visit>
  void ForEachSuccessor(const int64_t* state, Visit visit) {
    is_whole_ = true;
    if (partial_order_ == nullptr) {
      system_.ForEachSuccessor(state, [&](const int64_t* next, const Successor& successor) {
        visit(Representative(next, successor), successor);
      });
      return;
    }
    const uint64_t chosen = Choose(state, here_);
    is_whole_ = chosen == PartialOrder::kAll;
    std::size_t at = 0;
    for (const Actor actor : program().actors()) {
      const std::size_t number = Actors::NumberOf(actor);
      const ProcessMove& move = here_.moves[number];
      const std::size_t first = at;
      at += move.outcomes;
      if (!IsChosen(chosen, static_cast<int>(number))) continue;
      if (!move.is_plain) {
        // Made again, for who looks at what went wrong.
        system_.ForEachOutcome(state, actor, [&](const int64_t* next, const Successor& successor) {
          if (successor.status != StepStatus::kOk || successor.violated_observer >= 0 ||
              successor.observer_full) {
            visit(next, successor);
          } else if (!move.is_kept) {
            visit(Representative(next, successor), successor);
          }
        });
      }
      for (std::size_t k = first; k < at; ++k) {
        Successor successor = here_.successors[k];
        const int64_t* const last = Follow(here_.next.data() + k * state_words(), successor);
        visit(Representative(last, successor), static_cast<const Successor&>(successor));
      }
    }
  }

  // Of the state whose successors were visited last: whether those were all.
  bool is_whole() const { return is_whole_; }
  // What a step did that the reduction relies on never to happen: then nothing is proved.
  PartialOrder::Broken broken() const { return broken_; }
  // By code and point: whether a process came there in a state that was not visited.
  const std::vector<std::vector<bool>>& passed() const { return passed_; }

  // Outcomes of one process's step that are held in memory: with more of them it is never the one
  // whose steps are enough.
  static constexpr std::size_t kMostKept = 1U << 16;
  // How `process` stands in a state. Appends to the buffers the successors that are fine.
  ProcessMove Try(const int64_t* state, int process, std::vector<int64_t>& next,
                  std::vector<Successor>& successors);
  // From a successor on, for as long as one step with one outcome is enough.
  const int64_t* Follow(const int64_t* state, Successor& successor);

 private:
  // The next steps of all processes in one state.
  struct Steps {
    std::vector<ProcessMove> moves;
    std::vector<int64_t> next;          // states, process by process
    std::vector<Successor> successors;  // theirs
  };

  uint64_t Choose(const int64_t* state, Steps& steps);
  // Behind a step that went wrong there is no state.
  const int64_t* Representative(const int64_t* state, const Successor& successor) {
    if (symmetry_ == nullptr || successor.status != StepStatus::kOk) return state;
    std::copy(state, state + state_words(), representative_.begin());
    symmetry_->Canonize(representative_.data());
    return representative_.data();
  }

  ProgramSystem& system_;
  const PartialOrder* partial_order_;
  Symmetry* symmetry_;
  std::vector<int64_t> representative_;
  PartialOrder::Memory memory_;
  Steps here_, ahead_;
  std::vector<int64_t> at_;
  std::vector<std::vector<bool>> passed_;
  bool is_whole_ = true;
  PartialOrder::Broken broken_ = PartialOrder::Broken::kNothing;
};

}  // namespace interleave
