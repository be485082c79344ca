#include "model/search/deviations.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "model/explore/state_store.h"
#include "model/property/judge.h"
#include "model/search/search.h"
#include "model/search/trace.h"
#include "model/system/program_system.h"
#include "sim/program/clock.h"

namespace interleave {
namespace {

constexpr int kNobody = -1;
constexpr int kMostDeviations = 64;

std::vector<int64_t> InitialSituation(const Program& program, std::size_t words) {
  std::vector<int64_t> situation(words + 1, 0);
  std::copy(program.initial.begin(), program.initial.end(), situation.begin());
  return situation;
}

class Searcher {
 public:
  Searcher(const Program& program, Deviation deviation, const CheckOptions& options,
           uint64_t max_situations)
      : program_(program),
        deviation_(deviation),
        options_(options),
        max_situations_(max_situations),
        judge_(program),
        system_(program, judge_.automata()),
        store_(InitialSituation(program, system_.state_words()),
               Hints(program, system_.state_words() + 1)) {
    const auto may_go_on = [this] { return MayGoOn(); };
    system_.stepper().set_may_go_on(may_go_on);
    judge_.evaluator().set_may_go_on(may_go_on);
  }

  DeviationSearch Run() {
    try {
      Search();
    } catch (const StepStopped&) {  // a limit
    }
    result_.situations = store_.size();
    return std::move(result_);
  }

 private:
  struct Situation {
    uint32_t before = StateStore::kNone;
    int running = kNobody;
    Choice choice;
  };

  bool MayGoOn() const {
    const bool stopped = options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed);
    return !stopped && store_.size() < max_situations_ &&
           (options_.max_work == 0 || system_.stepper().work() < options_.max_work) &&
           (options_.max_memory_bytes == 0 || store_.growth_bytes() < options_.max_memory_bytes) &&
           (options_.max_seconds <= 0 || ElapsedSeconds() - started_ <= options_.max_seconds);
  }

  void Search() {
    system_.ForEachInitial([&](const int64_t* state, const Successor& successor) {
      if (IsFine(successor)) Add(state, kNobody, {});
      return MayGoOn() && !is_found();
    });
    // What breaks at once is found by every search.
    for (int deviations = 0; deviations <= kMostDeviations; ++deviations) {
      result_.deviations = deviations;
      for (std::size_t i = 0; i < this_level_.size() && !is_found(); ++i) {
        if (!MayGoOn()) return;
        GoOn(this_level_[i]);
      }
      if (is_found() || left_out_) return;
      result_.covered = deviations;
      if (deviating_.empty()) return;
      this_level_.clear();
      std::vector<Turn> deviating;
      deviating.swap(deviating_);
      for (const Turn& turn : deviating) {
        if (is_found()) break;
        if (!MayGoOn()) return;
        Load(turn.number);
        LetOthersGoOn(turn.number, turn.next);
      }
    }
  }

  void Load(uint32_t number) {
    at_.resize(system_.state_words() + 1);
    store_.Get(number, at_.data());
  }

  // What follows a situation without a deviation.
  void GoOn(uint32_t number) {
    Load(number);
    const int running = situations_[number].running;
    bool is_over = true;  // whoever ran cannot go on, or need not
    changed_ = false;
    if (running != kNobody) {
      is_over = !LetGoOn(number, running) || IsAtStep(running);
      if (is_found()) return;
    }
    if (!is_over) {
      deviating_.push_back({number, 1});
      return;
    }
    LetOthersGoOn(number, 1);
    if (!is_found() && !changed_ && judge_.IsDeadlock(at_.data())) {
      Violation violation;
      violation.kind = Violation::Kind::kDeadlock;
      Find(number, std::nullopt, std::move(violation));
    }
  }

  // From the process on whose turn it is `next` turns behind the one that runs: all of them, or
  // the first that can go on, where each that is passed over counts.
  void LetOthersGoOn(uint32_t number, int next) {
    const int running = situations_[number].running;
    const int count = program_.process_count();
    const int others = running == kNobody ? count + 1 : count;
    for (; next < others; ++next) {
      if (is_found()) return;
      const bool goes_on = LetGoOn(number, (running + next) % count);
      if (!goes_on || deviation_ == Deviation::kPreemption) continue;
      if (next + 1 < others) deviating_.push_back({number, next + 1});
      return;
    }
  }

  // Whether the process has a step that leads to something new of its own.
  bool LetGoOn(uint32_t number, int process) {
    bool goes_on = false;
    system_.ForEachOutcome(
        at_.data(), Actor::OfProcess(process),
        [&](const int64_t* next, const Successor& successor) {
          if (is_found()) return;
          changed_ |=
              successor.changed_shared || successor.finished || successor.status != StepStatus::kOk;
          if (!IsFine(successor)) {
            Break(number, successor);
            return;
          }
          const auto to = Add(next, process, {number, process, successor.choice});
          goes_on |= to.is_new || !IsInSameRun(to.number, number);
        });
    return goes_on;
  }

  // Whether a process that came from `to` to `number` without a change came back to it.
  bool IsInSameRun(uint32_t to, uint32_t number) const {
    const int running = situations_[to].running;
    constexpr int kMostLookedAt = 10'000;
    for (int i = 0; i < kMostLookedAt && number != StateStore::kNone; ++i) {
      if (number == to) return true;
      if (situations_[number].running != running) return false;
      number = situations_[number].before;
    }
    return false;
  }

  // Whether the next of the process is `step;`.
  bool IsAtStep(int process) const {
    const ProcessCode& code = program_.CodeOf(process);
    const auto point = static_cast<std::size_t>(program_.PointOf(at_.data(), process));
    return code.points[point].standing == Standing::kAtAccess &&
           code.instructions[code.points[point].instruction].opcode == Opcode::kStep;
  }

  static bool IsFine(const Successor& successor) {
    return successor.status == StepStatus::kOk && successor.violated_observer < 0 &&
           !successor.observer_full;
  }

  StateStore::Inserted Add(const int64_t* state, int running, const Situation& situation) {
    situation_.assign(state, state + system_.state_words());
    situation_.push_back(running + 1);
    const StateStore::Inserted inserted = store_.Insert(situation_.data());
    if (!inserted.is_new) return inserted;
    situations_.push_back(situation);
    situations_.back().running = running;
    this_level_.push_back(inserted.number);
    std::vector<Violation> violations;
    judge_.JudgeState(situation_.data(), violations);
    left_out_ |= judge_.met_limit();
    if (!violations.empty()) {
      const auto first = std::min_element(
          violations.begin(), violations.end(),
          [](const Violation& a, const Violation& b) { return a.Rank() < b.Rank(); });
      Find(inserted.number, std::nullopt, std::move(*first));
    }
    return inserted;
  }

  // A step that went wrong, or cannot be followed.
  void Break(uint32_t number, const Successor& successor) {
    Violation violation;
    violation.process = successor.choice.actor.process();
    if (successor.status == StepStatus::kError) {
      violation.kind = Violation::Kind::kError;
      violation.error = system_.error();
    } else if (successor.status == StepStatus::kOk && successor.violated_observer >= 0) {
      violation.property = judge_.property_of_automaton(successor.violated_observer);
      violation.explanation =
          system_.explanation(static_cast<std::size_t>(successor.violated_observer));
    } else {
      left_out_ = true;
      return;
    }
    Find(number, successor.choice, std::move(violation));
  }

  bool is_found() const { return found_; }

  // The run to a situation, and one step more where that is what breaks something.
  void Find(uint32_t number, std::optional<Choice> last, Violation violation) {
    if (found_) return;
    found_ = true;
    std::vector<Choice> choices;
    if (last) choices.push_back(*last);
    for (; situations_[number].running != kNobody; number = situations_[number].before) {
      choices.push_back(situations_[number].choice);
    }
    std::reverse(choices.begin(), choices.end());
    std::vector<int64_t> initial(system_.state_words() + 1);
    store_.Get(number, initial.data());
    initial.pop_back();
    Counterexample& counterexample = result_.counterexample.emplace();
    counterexample.violation = std::move(violation);
    counterexample.trace = BuildTrace(program_, judge_.automata(), initial, choices);
  }

  // A situation, and whose turn it is, as LetOthersGoOn has it.
  struct Turn {
    uint32_t number = 0;
    int next = 1;
  };

  const Program& program_;
  const Deviation deviation_;
  const CheckOptions& options_;
  const uint64_t max_situations_;
  Judge judge_;
  ProgramSystem system_;
  StateStore store_;  // states, behind each who ran last: 1 + its number; 0: nobody
  const double started_ = ElapsedSeconds();
  std::vector<Situation> situations_;  // by number in the store
  std::vector<uint32_t> this_level_;   // with as many deviations as are allowed now
  std::vector<Turn> deviating_;        // what takes one more
  std::vector<int64_t> at_, situation_;
  bool changed_ = false;   // some step from here changes shared memory, or ends something
  bool left_out_ = false;  // something could not be followed
  bool found_ = false;
  DeviationSearch result_;
};

}  // namespace

DeviationSearch SearchDeviations(const Program& program, Deviation deviation,
                                 const CheckOptions& options, uint64_t max_situations) {
  return Searcher(program, deviation, options, max_situations).Run();
}

std::string DeviationText(Deviation deviation, int count, bool is_most) {
  const char* const most = is_most ? "at most " : "";
  if (deviation == Deviation::kPreemption) {
    return count == 0 ? "without a preemption"
                      : fmt::format("with {}{} preemption{}", most, count, count == 1 ? "" : "s");
  }
  const std::string turns = "where processes take turns";
  return count == 0 ? turns
                    : fmt::format("{} and {}{} {} passed over", turns, most, count,
                                  count == 1 ? "is" : "are");
}

}  // namespace interleave
