#pragma once
// A system seen through its symmetry: every state that it hands out is the representative of its
// orbit. For the explorer, in place of the system itself.

#include <cstdint>
#include <vector>

#include "model/reduce/symmetry.h"
#include "model/system/program_system.h"

namespace interleave {

template <class System>
class SymmetricSystem {
 public:
  // Both are kept by the caller.
  SymmetricSystem(System& system, Symmetry& symmetry)
      : system_(system), symmetry_(symmetry), next_(system.state_words()) {}

  std::size_t state_words() const { return system_.state_words(); }

  template <class Visit>
  void ForEachInitial(Visit visit) {
    system_.ForEachInitial([&](const int64_t* state, const Successor& successor) {
      return visit(Representative(state, successor), successor);
    });
  }

  // The processes and outcomes in `successor` are those of `state`; in what is handed out they may
  // have other places.
  template <class Visit>
  void ForEachSuccessor(const int64_t* state, Visit visit) {
    system_.ForEachSuccessor(state, [&](const int64_t* next, const Successor& successor) {
      visit(Representative(next, successor), successor);
    });
  }

 private:
  // Behind a step that went wrong there is no state.
  const int64_t* Representative(const int64_t* state, const Successor& successor) {
    if (successor.status != StepStatus::kOk) return state;
    std::copy(state, state + next_.size(), next_.begin());
    symmetry_.Canonize(next_.data());
    return next_.data();
  }

  System& system_;
  Symmetry& symmetry_;
  std::vector<int64_t> next_;
};

}  // namespace interleave
