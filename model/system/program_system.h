#pragma once
// A program as a transition system, with observer automata composed in. What every explorer takes:
// a class with state_words, ForEachInitial and ForEachSuccessor; a template parameter, so that
// successors inline.
//
// Its state is the program's slots, then the words of each observer.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/system/observer_automaton.h"
#include "sim/program/stepper.h"
#include "sim/world/choice.h"

namespace interleave {

// How the local work of one process before its first access went.
struct StartOutcome {
  std::vector<int64_t> state;  // after it
  std::vector<int64_t> decided;
  std::vector<Event> events;
};

// What a successor is like.
struct Successor {
  Choice choice;
  StepStatus status = StepStatus::kOk;  // kOk, kError, kLocalLimit or kObjectLimit
  int violated_observer = -1;           // the first observer that this step broke
  bool observer_full = false;           // none broke, but one cannot hold more: incomplete
  bool changed_shared = false;
  bool finished = false;  // the process is done
  uint32_t steps = 1;     // that were taken at once
};

// Outcomes of the local work before one process's first access above which exploration is
// incomplete.
inline constexpr std::size_t kMaxInitialOutcomes = 1U << 16;

class ProgramSystem {
 public:
  // `observers` are kept by the caller.
  ProgramSystem(const Program& program, std::vector<const ObserverAutomaton*> observers)
      : program_(program), observers_(std::move(observers)), stepper_(program) {
    words_ = program.state_size();
    for (const ObserverAutomaton* observer : observers_) {
      observer_base_.push_back(words_);
      words_ += observer->words();
    }
    next_.resize(words_);
    reactions_.resize(observers_.size(), ObserverAutomaton::Reaction::kFine);
    explanations_.resize(observers_.size());
    if (!observers_.empty()) stepper_.set_log(&events_);
  }
  ProgramSystem(const ProgramSystem&) = delete;
  ProgramSystem& operator=(const ProgramSystem&) = delete;

  const Program& program() const { return program_; }
  std::size_t state_words() const { return words_; }
  std::size_t actor_count() const { return program_.actors().size(); }
  const std::vector<const ObserverAutomaton*>& observers() const { return observers_; }
  std::size_t observer_base(std::size_t k) const { return observer_base_[k]; }

  // visit(const int64_t* state, const Successor&) -> bool: one for each combination of outcomes of
  // the local work before the first accesses, processes in order, until it returns false (there may
  // be billions). Runs that an assume cuts are left out.
  template <class Visit>
  void ForEachInitial(Visit visit) {
    std::vector<int64_t> state(words_, 0);
    std::copy(program_.initial.begin(), program_.initial.end(), state.begin());
    StartFrom(0, state, visit);
  }

  // visit(const int64_t* next, const Successor&), enabled processes in order, outcomes in order.
  // `next` is meaningful when the status is kOk. A process that is done or blocked has none.
  template <class Visit>
  void ForEachSuccessor(const int64_t* state, Visit visit) {
    for (const Actor actor : program_.actors()) ForEachOutcome(state, actor, visit);
  }

  template <class Visit>
  void ForEachOutcome(const int64_t* state, Actor actor, Visit visit) {
    const int p = actor.process();
    if (!program_.HasSteps(state, p)) return;
    Successor successor;
    successor.choice.actor = actor;
    stepper_.FirstOutcome();
    do {
      std::copy(state, state + words_, next_.begin());
      events_.clear();
      successor.status = stepper_.Step(next_.data(), p);
      if (successor.status == StepStatus::kBlocked) continue;
      if (successor.status == StepStatus::kCut) {
        saw_cut_ = true;
        ++successor.choice.outcome;
        continue;
      }
      successor.changed_shared = stepper_.changed_shared();
      successor.finished = !program_.HasSteps(next_.data(), p);
      Observe(successor);
      visit(static_cast<const int64_t*>(next_.data()), static_cast<const Successor&>(successor));
      ++successor.choice.outcome;
    } while (stepper_.NextOutcome());
    if (stepper_.outcomes_left_out()) [[unlikely]] {
      successor.status = StepStatus::kLocalLimit;
      visit(static_cast<const int64_t*>(next_.data()), static_cast<const Successor&>(successor));
    }
  }

  // Nothing is ever left out.
  static constexpr bool is_whole() { return true; }
  // Of the successor just visited.
  const RunError& error() const { return stepper_.error(); }
  // REQUIRES: its status is kOk. Several observers may break at one step.
  bool violated(std::size_t observer) const {
    return reactions_[observer] == ObserverAutomaton::Reaction::kViolated;
  }
  const std::string& explanation(std::size_t observer) const { return explanations_[observer]; }
  std::vector<int64_t> decided() const { return stepper_.decided(); }
  const std::vector<Event>& events() const { return events_; }
  // Of the initial state just visited, by process, up to the one that broke something.
  const std::vector<const StartOutcome*>& starts() const { return starts_; }
  // Keep events also where no observer needs them (they are always there when one does).
  void KeepEvents() { stepper_.set_log(&events_); }
  bool saw_cut() const { return saw_cut_; }
  const Stepper& stepper() const { return stepper_; }
  Stepper& stepper() { return stepper_; }

 private:
  // False when `visit` wants no more.
  template <class Visit>
  bool StartFrom(int p, const std::vector<int64_t>& state, Visit& visit) {
    Successor successor;
    successor.choice.actor = Actor::OfProcess(p);
    if (p == program_.process_count()) {
      return visit(state.data(), static_cast<const Successor&>(successor));
    }
    if (program_.PointOf(state.data(), p) != 0) {  // it is not there yet
      const StartOutcome nothing;
      starts_.push_back(&nothing);
      const bool more = StartFrom(p + 1, state, visit);
      starts_.pop_back();
      return more;
    }
    // The stepper's decisions belong to one process at a time, so outcomes are collected first;
    // where they are many, they are made again one by one instead.
    std::vector<StartOutcome> outcomes;
    std::size_t good = 0, held = 0;
    bool left_out = false;
    stepper_.FirstOutcome();
    do {
      StartOne(state, p, successor);
      if (successor.status == StepStatus::kCut) continue;
      if (!IsGood(successor)) {
        const StartOutcome broken{{}, stepper_.decided(), events_};
        starts_.push_back(&broken);
        const bool more = visit(static_cast<const int64_t*>(next_.data()),
                                static_cast<const Successor&>(successor));
        starts_.pop_back();
        if (!more) return false;
        continue;
      }
      if (good == kMaxInitialOutcomes) {
        left_out = true;
        break;
      }
      ++good;
      held += words_ + events_.size();
      if (held <= kMostHeld) {
        outcomes.push_back({next_, stepper_.decided(), events_});
      } else {
        outcomes = {};
      }
    } while (stepper_.NextOutcome());
    if (left_out || stepper_.outcomes_left_out()) {
      successor.status = StepStatus::kLocalLimit;
      visit(static_cast<const int64_t*>(next_.data()), static_cast<const Successor&>(successor));
    }
    const auto go_on = [&](const StartOutcome& outcome) {
      starts_.push_back(&outcome);
      const bool more = StartFrom(p + 1, outcome.state, visit);
      starts_.pop_back();
      return more;
    };
    if (held <= kMostHeld) return std::all_of(outcomes.begin(), outcomes.end(), go_on);
    stepper_.FirstOutcome();
    do {
      StartOne(state, p, successor);
      if (!IsGood(successor)) continue;
      const StartOutcome outcome{next_, stepper_.decided(), events_};
      auto enumeration = stepper_.TakeEnumeration();
      if (!go_on(outcome)) return false;
      stepper_.PutEnumeration(std::move(enumeration));
      --good;
    } while (good > 0 && stepper_.NextOutcome());
    return true;
  }

  // The next outcome of the local work of p before its first access.
  void StartOne(const std::vector<int64_t>& state, int p, Successor& successor) {
    std::copy(state.begin(), state.end(), next_.begin());
    events_.clear();
    successor.status = stepper_.Start(next_.data(), p);
    if (successor.status == StepStatus::kCut) saw_cut_ = true;
    Observe(successor);
  }
  static bool IsGood(const Successor& successor) {
    return successor.status == StepStatus::kOk && successor.violated_observer < 0 &&
           !successor.observer_full;
  }

  // Each observer follows the events until it is broken or full. What is broken is certain, whether
  // or not another observer is full.
  void Observe(Successor& successor) {
    successor.violated_observer = -1;
    successor.observer_full = false;
    if (successor.status != StepStatus::kOk) return;
    for (std::size_t k = 0; k < observers_.size(); ++k) {
      using Reaction = ObserverAutomaton::Reaction;
      reactions_[k] = Reaction::kFine;
      for (std::size_t e = 0; e < events_.size() && reactions_[k] == Reaction::kFine; ++e) {
        reactions_[k] =
            observers_[k]->On(events_[e], next_.data() + observer_base_[k], &explanations_[k]);
      }
      if (reactions_[k] == Reaction::kIncomplete) successor.observer_full = true;
      if (reactions_[k] == Reaction::kViolated && successor.violated_observer < 0) {
        successor.violated_observer = static_cast<int>(k);
      }
    }
    if (successor.violated_observer >= 0) successor.observer_full = false;
  }

  // Words of states, and events, that are collected of one process's starts.
  static constexpr std::size_t kMostHeld = std::size_t{1} << 16;

  const Program& program_;
  std::vector<const ObserverAutomaton*> observers_;
  std::vector<std::size_t> observer_base_;
  std::size_t words_ = 0;
  Stepper stepper_;
  std::vector<int64_t> next_;
  std::vector<Event> events_;
  std::vector<ObserverAutomaton::Reaction> reactions_;  // of each observer to the step just visited
  std::vector<std::string> explanations_;
  std::vector<const StartOutcome*> starts_;
  bool saw_cut_ = false;
};

}  // namespace interleave
