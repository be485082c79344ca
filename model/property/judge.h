#pragma once
// What is wrong with a state: the one place where properties are judged, for every explorer and for
// single runs.

#include <cstdint>
#include <string>
#include <vector>

#include "model/property/observers.h"
#include "model/property/violation.h"
#include "sim/program/evaluate.h"
#include "sim/program/program.h"

namespace interleave {

class Judge {
 public:
  explicit Judge(const Program& program);

  const Program& program() const { return program_; }
  // To compose into a system; their words lie behind the program's slots in this order.
  std::vector<const ObserverAutomaton*> automata() const;
  // What their words mean, for FindSymmetry.
  std::vector<ObserverLayout> layouts() const { return LayoutsOf(observers_); }
  int property_of_automaton(int k) const {
    return observers_[static_cast<std::size_t>(k)].property;
  }
  std::size_t state_words() const { return words_; }

  // Appends what is broken in `state` itself (invariants, never, races; what is outstanding when
  // the run is complete; errors while judging), in the order of rank. Not deadlock. Notes which
  // `reachable` hold.
  void JudgeState(const int64_t* state, std::vector<Violation>& violations);
  // Whether a process that is no daemon is left, and all that are left wait or are blocked.
  bool IsDeadlock(const int64_t* state);
  // Whether all processes but daemons are done, and every daemon is done, waits or is blocked.
  bool IsComplete(const int64_t* state);
  // What the observers say to the events of one step; their words in `state` advance. Appends what
  // they find broken.
  void Observe(const std::vector<Event>& events, int process, int64_t* state,
               std::vector<Violation>& violations);

  Evaluator& evaluator() { return evaluator_; }
  // By property: whether it was ever true (reachable), whether its antecedent was ever true.
  bool reached(std::size_t property) const { return reached_[property]; }
  bool antecedent_held(std::size_t property) const { return antecedent_held_[property]; }
  // What a search with compiled steps found, by property.
  void AddFacts(const uint8_t* reached, const uint8_t* antecedent) {
    for (std::size_t i = 0; i < reached_.size(); ++i) {
      if (reached[i] != 0) reached_[i] = true;
      if (antecedent[i] != 0) antecedent_held_[i] = true;
    }
  }
  void AddCompleteRun() { saw_complete_run_ = true; }
  bool saw_complete_run() const { return saw_complete_run_; }
  // Whether judging some property of some state took more operations than allowed: what it is there
  // is not known.
  bool met_limit() const { return limit_.has_value(); }
  struct Limit {
    int property = -1;
    RunError error;  // where, in words
  };
  const std::optional<Limit>& limit() const { return limit_; }  // the last time

 private:
  void JudgeRaces(const int64_t* state, int property, std::vector<Violation>& violations);

  const Program& program_;
  Evaluator evaluator_;
  std::vector<PropertyObserver> observers_;
  std::vector<std::size_t> observer_base_;
  std::size_t words_ = 0;
  std::vector<bool> reached_;
  std::vector<bool> antecedent_held_;
  bool saw_complete_run_ = false;
  std::optional<Limit> limit_;
  bool needs_completeness_ = false;
};

}  // namespace interleave
