#pragma once
// The successors of one state, for one thread: compiled steps, the interpreter behind them, and
// whether the state is a deadlock.

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "model/native/canonizer.h"
#include "model/native/field_layout.h"
#include "model/native/native_explorer.h"
#include "model/native/native_steps.h"
#include "model/reduce/ample_chain.h"

namespace interleave {

template <std::size_t kWords>
class Expander {
 public:
  using StateSet = std::set<std::vector<int64_t>>;

  // All are kept by the caller. `slow_mutex`: the interpreter is for one thread at a time. `aside`:
  // does not change while this expands.
  Expander(const Program& program, const FieldLayout& layout, const NativeSteps& steps,
           const SlowPath& slow, std::mutex& slow_mutex, const StateSet& aside)
      : program_(program),
        layout_(layout),
        steps_(steps),
        slow_(slow),
        slow_mutex_(slow_mutex),
        aside_(aside),
        state_(layout.fields().size()),
        made_(std::size_t{kRoom} * kWords),
        solo_(std::size_t{kRoom} * kWords) {
    if (slow.symmetry != nullptr) canonizer_.emplace(program, *slow.symmetry, layout);
    if (slow.partial_order == nullptr) return;
    raw_.resize(static_cast<std::size_t>(program.process_count()));
    here_.Reserve(raw_.size(), std::size_t{kRoom} * kWords);
    ahead_.Reserve(raw_.size(), std::size_t{kRoom} * kWords);
  }

  // How many states that do not fit may be met until TakeOutside.
  void AllowOutside(std::size_t most) { most_outside_ = most; }

  // What is known already ends no search: a step that fails has no successor then.
  void IgnoreErrors(bool ignore) { ignores_errors_ = ignore; }
  void IgnoreDeadlocks(bool ignore) { ignores_deadlocks_ = ignore; }

  // The successors are made(), and those that do not fit are set aside. kComplete, or why the
  // search ends.
  NativeResult::End Expand(const uint64_t* state) {
    if (slow_.partial_order != nullptr) return ExpandReduced(state);
    NativeInfo info{};
    info.ignores_errors = ignores_errors_;
    count_ = steps_.Expand(state, made_.data(), kRoom, &info);
    transitions_ += count_;
    if (canonizer_ && !CanonizeMade()) return NativeResult::End::kMisfit;
    if (info.slow != 0) [[unlikely]] {
      layout_.Unpack(state, state_.data());
      const auto end = StepSlowly(state_.data(), info.slow, info.progress);
      if (end != NativeResult::End::kComplete) return end;
    }
    if (info.progress == 0 && !IsNoDeadlock(state)) return NativeResult::End::kGaveUp;
    return NativeResult::End::kComplete;
  }
  // Of a state that does not fit.
  NativeResult::End ExpandOutside(const std::vector<int64_t>& state) {
    count_ = 0;
    if (slow_.partial_order != nullptr) {
      const std::lock_guard lock(slow_mutex_);
      successors_.clear();
      bool is_whole = true;
      if (!slow_.expand(state.data(), successors_, is_whole)) return NativeResult::End::kGaveUp;
      bool goes_on = !is_whole;
      for (const SlowSuccessor& successor : successors_) {
        goes_on = goes_on || successor.progress;
        if (!Join(successor)) return NativeResult::End::kMisfit;
      }
      return goes_on || slow_.is_no_deadlock(state.data()) ? NativeResult::End::kComplete
                                                           : NativeResult::End::kGaveUp;
    }
    uint64_t progress = 0;
    const uint64_t all = UINT64_MAX >> (64 - program_.process_count());
    const auto end = StepSlowly(state.data(), all, progress);
    if (end != NativeResult::End::kComplete) return end;
    const std::lock_guard lock(slow_mutex_);
    return progress != 0 || slow_.is_no_deadlock(state.data()) ? NativeResult::End::kComplete
                                                               : NativeResult::End::kGaveUp;
  }

  std::size_t count() const { return count_; }
  const uint64_t* made(std::size_t k) const { return made_.data() + k * kWords; }

  // Whether nothing is wrong with a state.
  bool Judge(const uint64_t* state) {
    if (steps_.Broken(state) == 0) [[likely]]
      return true;
    ++slow_judgings_;
    layout_.Unpack(state, state_.data());
    const std::lock_guard lock(slow_mutex_);
    return slow_.judge(state_.data());
  }

  // What happened since the last call.
  StateSet TakeOutside() { return std::exchange(outside_, {}); }
  std::vector<NativeResult::Misfit> TakeMisfits() { return std::exchange(misfits_, {}); }
  uint64_t TakeTransitions() { return std::exchange(transitions_, 0); }
  uint64_t broken() const { return broken_; }
  uint64_t TakeSlowSteps() { return std::exchange(slow_steps_, 0); }
  uint64_t TakeSlowJudgings() { return std::exchange(slow_judgings_, 0); }

 private:
  static constexpr unsigned kRoom = 4096;                       // successors of one state
  static constexpr std::array<int, 3> kSoloSteps = {2, 8, 64};  // that a process is followed

  // The next steps of all processes in one state, and which of them are enough.
  struct Steps {
    std::vector<ProcessMove> moves;
    std::vector<uint64_t> states;                     // made by compiled steps, process by process
    std::vector<std::pair<int, SlowSuccessor>> slow;  // by the interpreter, with their processes
    uint64_t slow_processes = 0;                      // a bit each
    bool progress = false;
    uint64_t chosen = PartialOrder::kAll;

    void Reserve(std::size_t processes, std::size_t words) {
      moves.resize(processes);
      states.resize(words);
    }
    bool IsChosen(std::size_t process) const {
      return interleave::IsChosen(chosen, static_cast<int>(process));
    }
    bool IsSlow(std::size_t process) const { return (slow_processes >> process & 1) != 0; }
  };

  // False when the search ends.
  bool Try(const uint64_t* state, Steps& steps) {
    NativeInfo info{};
    info.moves = raw_.data();
    info.ignores_errors = ignores_errors_;
    steps_.Expand(state, steps.states.data(), kRoom, &info);
    broken_ |= info.broken;
    if (info.broken != 0) return false;
    steps.slow.clear();
    steps.slow_processes = info.slow;
    steps.progress = info.progress != 0;
    for (std::size_t p = 0; p < raw_.size(); ++p) {
      if (steps.IsSlow(p)) continue;
      const NativeMove& raw = raw_[p];
      ProcessMove& move = steps.moves[p];
      move = {raw.point, raw.outcomes, true, raw.is_visible != 0, {}, true};
      if (raw.point == 0) continue;
      move.next.reads = raw.reads;
      move.next.writes = raw.writes;
      move.next.first = raw.first;
      move.next.second = raw.second;
      AsCounting(slow_.partial_order->point(static_cast<int>(p), raw.point).counting,
                 slow_.partial_order->units(), move.next);
    }
    if (info.slow != 0) [[unlikely]] {
      layout_.Unpack(state, state_.data());
      const std::lock_guard lock(slow_mutex_);
      for (std::size_t p = 0; p < raw_.size(); ++p) {
        if (!steps.IsSlow(p)) continue;
        ++slow_steps_;
        successors_.clear();
        if (!slow_.try_step(state_.data(), static_cast<int>(p), steps.moves[p], successors_)) {
          return false;
        }
        for (SlowSuccessor& successor : successors_) {
          steps.progress = steps.progress || successor.progress;
          steps.slow.emplace_back(static_cast<int>(p), std::move(successor));
        }
      }
    }
    steps.chosen = slow_.partial_order->Choose(steps.moves, steps_.ClosedGates(state), memory_);
    return true;
  }

  // As ReducedSystem does it.
  NativeResult::End ExpandReduced(const uint64_t* state) {
    count_ = 0;
    if (!Try(state, here_)) return NativeResult::End::kGaveUp;
    const uint64_t* made = here_.states.data();
    for (std::size_t p = 0; p < raw_.size(); ++p) {
      if (here_.IsSlow(p)) continue;
      for (uint32_t k = 0; k < here_.moves[p].outcomes; ++k, made += kWords) {
        if (!here_.IsChosen(p)) continue;
        const auto end = Follow(made);
        if (end != NativeResult::End::kComplete) return end;
      }
    }
    for (const auto& [p, successor] : here_.slow) {
      if (!here_.IsChosen(static_cast<std::size_t>(p))) continue;
      const auto end = FollowSlowly(successor.state.data(), 1);
      if (end != NativeResult::End::kComplete) return end;
    }
    // From a deadlock every step leads to another, in the end to one from which all are taken.
    const bool must_look = here_.chosen == PartialOrder::kAll && !here_.progress;
    if (must_look && !IsNoDeadlock(state)) return NativeResult::End::kGaveUp;
    return NativeResult::End::kComplete;
  }

  // From a successor on, for as long as one step with one outcome is enough.
  NativeResult::End Follow(const uint64_t* state) {
    std::array<uint64_t, kWords> at;
    std::copy(state, state + kWords, at.begin());
    bool gives_up = false;
    const int64_t* slow = nullptr;  // behind a step that the interpreter made
    const uint32_t taken = FollowChain(
        *slow_.partial_order, 1, ahead_.moves,
        [&] {
          gives_up = !Try(at.data(), ahead_);
          return gives_up ? PartialOrder::kAll : ahead_.chosen;
        },
        [&](int process) {
          const auto mover = static_cast<std::size_t>(process);
          if (ahead_.IsSlow(mover)) {
            slow = std::find_if(ahead_.slow.begin(), ahead_.slow.end(), [&](const auto& made) {
                     return made.first == process;
                   })->second.state.data();
            return false;
          }
          std::size_t before = 0;
          for (std::size_t p = 0; p < mover; ++p) {
            if (!ahead_.IsSlow(p)) before += ahead_.moves[p].outcomes;
          }
          const uint64_t* const next = ahead_.states.data() + before * kWords;
          std::copy(next, next + kWords, at.begin());
          return true;
        });
    if (gives_up) return NativeResult::End::kGaveUp;
    if (slow != nullptr) return FollowSlowly(slow, taken + 1);
    transitions_ += taken;
    if (made_.size() < (count_ + 1) * kWords) made_.resize(made_.size() * 2);
    std::copy(at.begin(), at.end(), made_.begin() + static_cast<std::ptrdiff_t>(count_ * kWords));
    ++count_;
    if (!canonizer_ || canonizer_->Canonize(made_.data() + (count_ - 1) * kWords)) {
      return NativeResult::End::kComplete;
    }
    --count_;
    return SetAside(canonizer_->whole()) ? NativeResult::End::kComplete
                                         : NativeResult::End::kMisfit;
  }

  // All that was made becomes its representative. False: too many do not fit.
  bool CanonizeMade() {
    std::size_t kept = 0;
    for (std::size_t k = 0; k < count_; ++k) {
      uint64_t* const state = made_.data() + k * kWords;
      if (!canonizer_->Canonize(state)) {
        if (!SetAside(canonizer_->whole())) return false;
        continue;
      }
      if (kept != k) std::copy(state, state + kWords, made_.data() + kept * kWords);
      ++kept;
    }
    count_ = kept;
    return true;
  }

  // The interpreter goes on, `taken` steps behind the state that is expanded.
  NativeResult::End FollowSlowly(const int64_t* state, uint32_t taken) {
    SlowSuccessor last;
    const std::lock_guard lock(slow_mutex_);
    if (!slow_.follow(state, taken, last)) return NativeResult::End::kGaveUp;
    return Join(last) ? NativeResult::End::kComplete : NativeResult::End::kMisfit;
  }

  // By the interpreter: a bit a process.
  NativeResult::End StepSlowly(const int64_t* state, uint64_t processes, uint64_t& progress) {
    const std::lock_guard lock(slow_mutex_);
    for (int p = 0; p < program_.process_count(); ++p) {
      if ((processes >> p & 1) == 0) continue;
      ++slow_steps_;
      successors_.clear();
      if (!slow_.step(state, p, successors_)) return NativeResult::End::kGaveUp;
      for (const SlowSuccessor& successor : successors_) {
        if (!Join(successor)) return NativeResult::End::kMisfit;
        if (successor.progress) progress = 1;
      }
    }
    return NativeResult::End::kComplete;
  }

  // A successor that the interpreter made joins the others. False: too many do not fit.
  bool Join(const SlowSuccessor& successor) {
    std::vector<int64_t> state = successor.state;
    if (canonizer_) canonizer_->Canonize(state.data());
    transitions_ += successor.steps;
    if (made_.size() < (count_ + 1) * kWords) made_.resize(made_.size() * 2);
    if (layout_.Pack(state.data(), made_.data() + count_ * kWords) < 0) {
      ++count_;
      return true;
    }
    return SetAside(state);
  }

  // A state that does not fit.
  bool SetAside(const std::vector<int64_t>& state) {
    AddMisfits(layout_, state.data(), misfits_);
    if (aside_.count(state) == 0) outside_.insert(state);
    return outside_.size() <= most_outside_;
  }

  // Whoever, run alone, changes memory or finishes within a few steps does not wait; nearly always
  // somebody does. The nearest is found first.
  bool IsNoDeadlock(const uint64_t* state) {
    if (ignores_deadlocks_) return true;
    for (const int steps : kSoloSteps) {
      for (int p = 0; p < program_.process_count(); ++p) {
        if (GoesOn(state, p, steps)) return true;
      }
    }
    layout_.Unpack(state, state_.data());
    const std::lock_guard lock(slow_mutex_);
    return slow_.is_no_deadlock(state_.data());
  }

  bool GoesOn(const uint64_t* state, int process, int steps) {
    const NativeSteps::Step step = steps_.step(process);
    uint64_t here[kWords];
    std::copy(state, state + kWords, here);
    for (int k = 0; k < steps; ++k) {
      NativeInfo info{};
      info.moves = raw_.data();
      if (step(here, solo_.data(), kRoom, &info) == 0 || info.slow != 0) return false;
      if (info.progress != 0) return true;
      if (std::equal(here, here + kWords, solo_.data())) return false;  // it goes round
      for (std::size_t w = 0; w < kWords; ++w) here[w] = solo_[w];
    }
    return false;
  }

  const Program& program_;
  const FieldLayout& layout_;
  const NativeSteps& steps_;
  const SlowPath& slow_;
  std::mutex& slow_mutex_;
  const StateSet& aside_;
  std::vector<int64_t> state_;
  std::vector<uint64_t> made_, solo_;
  std::size_t count_ = 0;  // in made_
  std::vector<SlowSuccessor> successors_;
  StateSet outside_;
  std::size_t most_outside_ = 0;
  std::vector<NativeResult::Misfit> misfits_;
  std::optional<Canonizer<kWords>> canonizer_;  // with symmetry only
  // With partial order only.
  std::vector<NativeMove> raw_;
  Steps here_, ahead_;
  PartialOrder::Memory memory_;
  uint64_t broken_ = 0;  // PartialOrder::Broken
  uint64_t transitions_ = 0;
  bool ignores_errors_ = false;
  bool ignores_deadlocks_ = false;
  uint64_t slow_steps_ = 0;
  uint64_t slow_judgings_ = 0;
};

}  // namespace interleave
