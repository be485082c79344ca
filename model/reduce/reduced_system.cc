// Choosing costs a trial of every process's next step, since the cells that it touches are known
// from the state alone. So the successors that were found by trying are kept, and visited if their
// process is chosen.

#include "model/reduce/reduced_system.h"

#include <algorithm>

namespace interleave {
namespace {

// Where steps note what they touch, for as long as this is there.
class FootprintOf {
 public:
  FootprintOf(Stepper& stepper, Footprint& footprint, const FootprintUnits& units)
      : stepper_(stepper) {
    stepper.set_footprint(&footprint, &units);
  }
  ~FootprintOf() { stepper_.set_footprint(nullptr, nullptr); }
  FootprintOf(const FootprintOf&) = delete;
  FootprintOf& operator=(const FootprintOf&) = delete;

 private:
  Stepper& stepper_;
};

}  // namespace

ReducedSystem::ReducedSystem(ProgramSystem& system, const PartialOrder* partial_order,
                             Symmetry* symmetry)
    : system_(system),
      partial_order_(partial_order),
      symmetry_(symmetry),
      representative_(system.state_words()) {
  if (partial_order_ == nullptr) return;
  here_.moves.resize(program().actors().size());
  ahead_.moves.resize(program().actors().size());
  at_.resize(state_words());
  for (const ProcessCode& code : program().codes) passed_.emplace_back(code.points.size(), false);
}

ProcessMove ReducedSystem::Try(const int64_t* state, int process, std::vector<int64_t>& next,
                               std::vector<Successor>& successors) {
  const ProcessInstance& instance = program().processes[static_cast<std::size_t>(process)];
  ProcessMove move;
  if (!program().HasSteps(state, process)) return move;
  const std::size_t before = successors.size();
  move.point = static_cast<uint32_t>(state[instance.point_slot]);
  const FootprintOf footprint(system_.stepper(), move.next, partial_order_->units());
  system_.ForEachOutcome(
      state, Actor::OfProcess(process), [&](const int64_t* after, const Successor& successor) {
        if (successor.status != StepStatus::kOk || successor.violated_observer >= 0 ||
            successor.observer_full) {
          move.is_plain = false;
          return;
        }
        const auto to = static_cast<uint32_t>(after[instance.point_slot]);
        move.is_visible = move.is_visible || partial_order_->IsVisible(process, move.point, to);
        const PartialOrder::Broken here =
            partial_order_->Check(process, move.point, to, state, after);
        if (here != PartialOrder::Broken::kNothing) broken_ = here;
        passed_[static_cast<std::size_t>(instance.code)][to] = true;
        if (!move.is_kept) return;
        if (move.outcomes == kMostKept) {
          move.is_kept = move.is_plain = false;
          return;
        }
        ++move.outcomes;
        next.insert(next.end(), after, after + state_words());
        successors.push_back(successor);
      });
  if (!move.is_kept) {
    move.outcomes = 0;
    successors.resize(before);
    next.resize(before * state_words());
  }
  AsCounting(partial_order_->point(process, move.point).counting, partial_order_->units(),
             move.next);
  return move;
}

uint64_t ReducedSystem::Choose(const int64_t* state, Steps& steps) {
  steps.next.clear();
  steps.successors.clear();
  for (const Actor actor : program().actors()) {
    steps.moves[Actors::NumberOf(actor)] =
        Try(state, actor.process(), steps.next, steps.successors);
  }
  return partial_order_->Choose(steps.moves, partial_order_->ClosedGates(state), memory_);
}

const int64_t* ReducedSystem::Follow(const int64_t* state, Successor& successor) {
  std::copy(state, state + state_words(), at_.begin());
  successor.steps = FollowChain(
      *partial_order_, successor.steps, ahead_.moves, [&] { return Choose(at_.data(), ahead_); },
      [&](int process) {
        std::size_t before = 0;
        for (int p = 0; p < process; ++p) {
          before += ahead_.moves[static_cast<std::size_t>(p)].outcomes;
        }
        const int64_t* const next = ahead_.next.data() + before * state_words();
        std::copy(next, next + state_words(), at_.begin());
        const Successor& taken = ahead_.successors[before];
        successor.changed_shared = successor.changed_shared || taken.changed_shared;
        successor.finished = successor.finished || taken.finished;
        return true;
      });
  return at_.data();
}

}  // namespace interleave
