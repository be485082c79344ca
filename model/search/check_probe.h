#pragma once
// What a search by the interpreter shows to properties, limits and whoever watches: the probe of
// explore.h.

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/explore/explore.h"
#include "model/property/judge.h"
#include "model/reduce/reduced_system.h"
#include "model/search/check.h"
#include "model/search/native_search.h"
#include "sim/program/clock.h"

namespace interleave {

// The first violation of each rank, with the length of the run that found it.
struct Found {
  Violation violation;
  uint64_t length = 0;
  std::vector<int64_t> initial;  // length 0: the state itself, when it is not stored
};

class CheckProbe {
 public:
  CheckProbe(const Program& program, ProgramSystem& system, StateStore& store, Judge& judge,
             const CheckOptions& options, Order order, uint64_t bound, NativeSearch* native,
             const ReducedSystem& reduced)
      : program_(program),
        system_(system),
        reduced_(reduced),
        store_(store),
        judge_(judge),
        options_(options),
        order_(order),
        bound_(bound),
        native_(native) {
    started_ = ElapsedSeconds();
    for (const ProcessCode& code : program.codes) seen_.emplace_back(code.points.size(), false);
  }

  void OnState(uint32_t number, const int64_t* state, uint64_t depth) {
    for (std::size_t p = 0; p < program_.processes.size(); ++p) {
      const ProcessInstance& process = program_.processes[p];
      seen_[static_cast<std::size_t>(process.code)]
           [static_cast<std::size_t>(state[process.point_slot])] = true;
    }
    JudgeState(state, depth);
    if (number >= options_.max_states) MeetMostStates();
  }

  // Of a new state only what is broken in it.
  void JudgeState(const int64_t* state, uint64_t depth) {
    violations_.clear();
    judge_.JudgeState(state, violations_);
    for (Violation& violation : violations_) Note(std::move(violation), depth, nullptr);
    if (const auto& limit = judge_.limit()) {
      const Property& property = program_.properties[static_cast<std::size_t>(limit->property)];
      Skip(fmt::format("more than {} operations to judge `{}` (`option local_limit`)",
                       program_.local_limit, property.name),
           limit->error);
    }
  }
  // There are more states than that.
  void MeetMostStates() { Limit(fmt::format("the limit of {} states", options_.max_states)); }

  void OnInitial(const int64_t* state, const Successor& successor) {
    NoteBroken(successor, 0, state);
  }

  void OnSuccessor(const Expanded& from, uint32_t, const int64_t*, const Successor& successor) {
    if (successor.status == StepStatus::kOk && successor.violated_observer < 0 &&
        !successor.observer_full)
      return;
    NoteBroken(successor, from.depth + 1, nullptr);
  }

  void OnExpanded(const Expanded& from, const Expansion& expansion) {
    // Whoever changes memory, finishes or fails does not wait; so most states need no closer look.
    if (expansion.any_error || expansion.changed_shared || expansion.finished) return;
    // From a deadlock every step leads to another, in the end to one from which all are taken.
    if (!expansion.is_whole) return;
    if (!judge_.IsDeadlock(from.state)) {
      if (judge_.evaluator().met_solo_limit()) {
        Skip(fmt::format("the limit of {} states that one process may go through while it waits",
                         Evaluator::kSoloLimit));
      }
      return;
    }
    Violation violation;
    violation.kind = Violation::Kind::kDeadlock;
    Note(std::move(violation), from.depth, nullptr);
  }

  bool OnLevel(uint64_t depth) {
    if (options_.keep_going) return depth <= bound_;
    if (!found_.empty() && Best().length <= depth) return false;
    return depth <= bound_;
  }

  bool Continue(const ExploreCounts& counts) {
    const bool may_go_on = MayGoOnWithin(counts);
    if (pause_) pause_(!may_go_on);
    if (!may_go_on) return false;
    if (reduced_.broken() != PartialOrder::Broken::kNothing) stop_ = true;
    const bool is_fine = found_.empty() && skipped_.empty();
    if ((native_->is_ordered() || is_fine) && native_->TakesOver(store_)) {
      native_takes_over_ = true;
      stop_ = true;
    }
    return !stop_;
  }

  // In the middle of an expansion: nothing is saved there, and no other search takes over.
  bool MayGoOnWithin(const ExploreCounts& counts) {
    return MayGoOn(store_.growth_bytes(), {store_.size(),
                                           counts.transitions,
                                           counts.frontier,
                                           counts.depth,
                                           store_.memory_bytes(),
                                           0,
                                           {}});
  }

  // Limits, an interrupt, and who watches. `memory`: what may be needed in a moment.
  bool MayGoOn(uint64_t memory, CheckProgress now) {
    if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed))
      Limit("an interrupt");
    if (options_.max_memory_bytes != 0 && memory > options_.max_memory_bytes) {
      const uint64_t kib = options_.max_memory_bytes >> 10;
      Limit(kib % 1024 == 0 ? fmt::format("the limit of {} MiB of memory", kib >> 10)
                            : fmt::format("the limit of {} KiB of memory", kib));
    }
    const double seconds = ElapsedSeconds() - started_;
    if (options_.max_seconds > 0 && seconds > options_.max_seconds) {
      Limit(fmt::format("the limit of {:g} seconds", options_.max_seconds));
    }
    if (MetMostWork()) Limit(fmt::format("the limit of {} steps", options_.max_work));
    now.seconds = seconds;
    if (options_.progress) options_.progress(now);
    return limit_.empty();
  }

  // After StepStopped: says which limit that was.
  void MeetLimits() { MayGoOn(0, {}); }

  // The search goes on from the start, with compiled steps.
  void BeginAgain() { stop_ = false; }

  // Whether the search may stand still for a while.
  bool MayWait() const {
    const bool stopped = options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed);
    return !stopped && !MetMostWork() &&
           (options_.max_seconds <= 0 || ElapsedSeconds() - started_ <= options_.max_seconds);
  }

  bool MetMostWork() const {
    return options_.max_work != 0 && system_.stepper().work() > options_.max_work;
  }

  // Called where the search can be saved; `ends`: it goes no further.
  void set_pause(std::function<void(bool ends)> pause) { pause_ = std::move(pause); }
  void AddSkipped(const std::string& skipped) { skipped_ = skipped; }
  bool stop() const { return stop_; }
  // The search ended for the one with compiled steps to begin.
  bool native_takes_over() const { return native_takes_over_; }
  // What was passed in states that were not visited.
  void AddSeen(const std::vector<std::vector<bool>>& passed) {
    for (std::size_t c = 0; c < passed.size(); ++c) {
      for (std::size_t k = 0; k < passed[c].size(); ++k) {
        if (passed[c][k]) seen_[c][k] = true;
      }
    }
  }
  // What that one saw.
  void AddSeen(const NativeFacts& facts) {
    const FactOffsets offsets = OffsetsOfFacts(program_);
    for (std::size_t c = 0; c < seen_.size(); ++c) {
      for (std::size_t k = 0; k < seen_[c].size(); ++k) {
        if (facts.seen[offsets.points[c] + k] != 0) seen_[c][k] = true;
      }
    }
  }
  const std::map<int, Found>& found() const { return found_; }
  const Found& Best() const {
    const Found* best = nullptr;
    for (const auto& [rank, found] : found_) {
      if (best == nullptr || found.length < best->length) best = &found;
    }
    return *best;
  }
  const std::string& limit() const { return limit_; }      // why the search stopped early
  const std::string& skipped() const { return skipped_; }  // what it could not follow
  // The place of that in the text, with words and a hint, where it has one.
  const std::optional<RunError>& skipped_at() const { return skipped_at_; }
  const std::vector<std::vector<bool>>& seen() const { return seen_; }

 private:
  // What a step, or the local work before the first accesses, broke, or why it cannot be followed.
  void NoteBroken(const Successor& successor, uint64_t length, const int64_t* unstored) {
    if (successor.status == StepStatus::kError) {
      Violation violation;
      violation.kind = Violation::Kind::kError;
      violation.process = successor.choice.actor.process();
      violation.error = system_.error();
      Note(std::move(violation), length, unstored);
    } else if (successor.status == StepStatus::kLocalLimit) {
      const std::string& name =
          program_.processes[static_cast<std::size_t>(successor.choice.actor.process())].name;
      const RunError& error = system_.error();
      if (error.kind == ErrorKind::kDiverges) {
        Skip(fmt::format("more than {} local operations in one step of {} (`option local_limit`)",
                         program_.local_limit, name),
             error);
      } else {
        Skip(fmt::format("more outcomes of `choose` in one step of {} than can be followed", name));
      }
    } else if (successor.status == StepStatus::kObjectLimit) {
      Skip(fmt::format(
          "{}, met by {}", system_.error().message,
          program_.processes[static_cast<std::size_t>(successor.choice.actor.process())].name));
    } else if (successor.observer_full) {
      Skip(fmt::format("more than {} items outstanding (`option outstanding`)",
                       program_.scenario->options.outstanding));
    } else {
      for (std::size_t k = 0; k < system_.observers().size(); ++k) {
        if (!system_.violated(k)) continue;
        Violation violation;
        violation.property = judge_.property_of_automaton(static_cast<int>(k));
        violation.process = successor.choice.actor.process();
        violation.explanation = system_.explanation(k);
        Note(std::move(violation), length, unstored);
      }
    }
  }

  // `unstored`: a state at the start that is not in the store; else null.
  void Note(Violation violation, uint64_t length, const int64_t* unstored) {
    if (length > bound_) return;
    const int rank = violation.Rank();
    const auto it = found_.find(rank);
    if (it != found_.end() && it->second.length <= length) return;
    Found found{std::move(violation), length, {}};
    if (unstored != nullptr) found.initial.assign(unstored, unstored + system_.state_words());
    const bool first_deadlock =
        rank == Violation{Violation::Kind::kDeadlock, -1, {}, -1, {}, -1}.Rank();
    found_.insert_or_assign(rank, std::move(found));
    if (options_.keep_going) return;
    // Nothing that is found from here on could be shorter.
    if (order_ == Order::kDepthFirst || first_deadlock || length == 0) stop_ = true;
  }

  void Limit(std::string reason) {
    if (limit_.empty()) limit_ = std::move(reason);
    stop_ = true;
  }
  void Skip(std::string reason, std::optional<RunError> place = std::nullopt) {
    if (!skipped_.empty()) return;
    skipped_ = std::move(reason);
    skipped_at_ = std::move(place);
  }

  const Program& program_;
  ProgramSystem& system_;
  const ReducedSystem& reduced_;
  StateStore& store_;
  Judge& judge_;
  const CheckOptions& options_;
  Order order_;
  uint64_t bound_;
  NativeSearch* native_;
  bool native_takes_over_ = false;
  std::function<void(bool)> pause_;
  std::map<int, Found> found_;  // by rank
  std::string limit_;
  std::string skipped_;
  std::optional<RunError> skipped_at_;
  bool stop_ = false;
  double started_ = 0;
  std::vector<std::vector<bool>> seen_;
  std::vector<Violation> violations_;
};

}  // namespace interleave
