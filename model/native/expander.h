#pragma once
// The successors of one state, for one thread: compiled steps, the interpreter behind them, and
// whether the state is a deadlock.

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "model/native/field_layout.h"
#include "model/native/native_explorer.h"
#include "model/native/native_steps.h"

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
        solo_(std::size_t{kRoom} * kWords) {}

  // How many states that do not fit may be met until TakeOutside.
  void AllowOutside(std::size_t most) { most_outside_ = most; }

  // The successors are made(), and those that do not fit are set aside. kComplete, or why the
  // search ends.
  NativeResult::End Expand(const uint64_t* state) {
    NativeInfo info{};
    count_ = steps_.Expand(state, made_.data(), kRoom, &info);
    transitions_ += count_;
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
    if (!steps_.Judge(state)) [[likely]]
      return true;
    layout_.Unpack(state, state_.data());
    const std::lock_guard lock(slow_mutex_);
    return slow_.judge(state_.data());
  }

  // What happened since the last call.
  StateSet TakeOutside() { return std::exchange(outside_, {}); }
  std::vector<NativeResult::Misfit> TakeMisfits() { return std::exchange(misfits_, {}); }
  uint64_t TakeTransitions() { return std::exchange(transitions_, 0); }
  uint64_t TakeSlowSteps() { return std::exchange(slow_steps_, 0); }

 private:
  static constexpr unsigned kRoom = 4096;                       // successors of one state
  static constexpr std::array<int, 3> kSoloSteps = {2, 8, 64};  // that a process is followed

  // By the interpreter: a bit a process.
  NativeResult::End StepSlowly(const int64_t* state, uint64_t processes, uint64_t& progress) {
    const std::lock_guard lock(slow_mutex_);
    for (int p = 0; p < program_.process_count(); ++p) {
      if ((processes >> p & 1) == 0) continue;
      ++slow_steps_;
      successors_.clear();
      if (!slow_.step(state, p, successors_)) return NativeResult::End::kGaveUp;
      for (const SlowSuccessor& successor : successors_) {
        ++transitions_;
        if (!Join(successor.state)) return NativeResult::End::kMisfit;
        if (successor.progress) progress = 1;
      }
    }
    return NativeResult::End::kComplete;
  }

  // A successor that the interpreter made joins the others. False: too many do not fit.
  bool Join(const std::vector<int64_t>& state) {
    if (made_.size() < (count_ + 1) * kWords) made_.resize(made_.size() * 2);
    if (layout_.Pack(state.data(), made_.data() + count_ * kWords) < 0) {
      ++count_;
      return true;
    }
    AddMisfits(layout_, state.data(), misfits_);
    if (aside_.count(state) == 0) outside_.insert(state);
    return outside_.size() <= most_outside_;
  }

  // Whoever, run alone, changes memory or finishes within a few steps does not wait; nearly always
  // somebody does. The nearest is found first.
  bool IsNoDeadlock(const uint64_t* state) {
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
  uint64_t transitions_ = 0;
  uint64_t slow_steps_ = 0;
};

}  // namespace interleave
