// What would surprise: a state may break several things, and all are told, in the order of their
// rank. A condition whose evaluation fails is a run-time error of the scenario; one that does not
// come to an end is a limit that was met, and makes a search incomplete.

#include "model/property/judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/program/words.h"

namespace interleave {

Judge::Judge(const Program& program)
    : program_(program),
      evaluator_(program),
      observers_(MakeObservers(program)),
      words_(program.state_size()) {
  for (const PropertyObserver& observer : observers_) {
    observer_base_.push_back(words_);
    words_ += observer.automaton->words();
    needs_completeness_ =
        needs_completeness_ ||
        program.properties[static_cast<std::size_t>(observer.property)].row().follows_items;
  }
  reached_.assign(program.properties.size(), false);
  antecedent_held_.assign(program.properties.size(), false);
}

std::vector<const ObserverAutomaton*> Judge::automata() const {
  std::vector<const ObserverAutomaton*> automata;
  for (const PropertyObserver& observer : observers_) automata.push_back(observer.automaton.get());
  return automata;
}

bool Judge::IsDeadlock(const int64_t* state) {
  bool somebody = false;
  for (int p = 0; p < program_.process_count(); ++p) {
    if (program_.HasSteps(state, p) && !program_.IsDaemon(p)) somebody = true;
  }
  if (!somebody) return false;
  for (int p = 0; p < program_.process_count(); ++p) {
    if (program_.HasSteps(state, p) && !evaluator_.Waits(state, p)) return false;
  }
  return true;
}

bool Judge::IsComplete(const int64_t* state) {
  for (int p = 0; p < program_.process_count(); ++p) {
    if (program_.HasSteps(state, p) && !program_.IsDaemon(p)) return false;
  }
  for (int p = 0; p < program_.process_count(); ++p) {
    if (program_.HasSteps(state, p) && !evaluator_.Waits(state, p)) return false;
  }
  return true;
}

void Judge::JudgeState(const int64_t* state, std::vector<Violation>& violations) {
  const std::size_t first = violations.size();
  bool complete = false;
  if (needs_completeness_ && IsComplete(state)) complete = saw_complete_run_ = true;
  for (std::size_t i = 0; i < program_.properties.size(); ++i) {
    const Property& property = program_.properties[i];
    Violation violation;
    violation.property = static_cast<int>(i);
    const PropertyRow& row = property.row();
    switch (row.judged_by) {
      case PropertyRow::JudgedBy::kCondition: {
        const auto value = evaluator_.Evaluate(property.code, state);
        if (!value && evaluator_.error().kind == ErrorKind::kDiverges) {
          limit_ = Limit{static_cast<int>(i), evaluator_.error()};
          limit_->error.hint = "`option local_limit = N;` follows more of them";
          break;
        }
        if (!value) {
          violation.kind = Violation::Kind::kError;
          violation.error = evaluator_.error();
          violations.push_back(violation);
          break;
        }
        if (row.demand == PropertyRow::Demand::kOnceTrue) {
          if (*value != 0) reached_[i] = true;
          break;
        }
        if (property.antecedent && !antecedent_held_[i]) {
          const auto antecedent = evaluator_.Evaluate(*property.antecedent, state);
          if (antecedent && *antecedent != 0) antecedent_held_[i] = true;
        }
        if ((*value == 0) == (row.demand == PropertyRow::Demand::kAlwaysTrue))
          violations.push_back(violation);
        break;
      }
      case PropertyRow::JudgedBy::kAutomaton:
        if (!complete || !row.follows_items) break;
        for (std::size_t k = 0; k < observers_.size(); ++k) {
          if (observers_[k].property != static_cast<int>(i)) continue;
          const auto reaction = observers_[k].automaton->OnComplete(state + observer_base_[k],
                                                                    &violation.explanation);
          if (reaction == ObserverAutomaton::Reaction::kViolated) violations.push_back(violation);
        }
        break;
      case PropertyRow::JudgedBy::kNextAccesses:
        JudgeRaces(state, static_cast<int>(i), violations);
        break;
      case PropertyRow::JudgedBy::kEndlessRuns: break;
    }
  }
  std::stable_sort(violations.begin() + static_cast<std::ptrdiff_t>(first), violations.end(),
                   [](const Violation& a, const Violation& b) { return a.Rank() < b.Rank(); });
}

void Judge::Observe(const std::vector<Event>& events, int process, int64_t* state,
                    std::vector<Violation>& violations) {
  for (std::size_t k = 0; k < observers_.size(); ++k) {
    for (const Event& event : events) {
      Violation violation;
      const auto reaction =
          observers_[k].automaton->On(event, state + observer_base_[k], &violation.explanation);
      if (reaction != ObserverAutomaton::Reaction::kViolated) continue;
      violation.property = observers_[k].property;
      violation.process = process;
      violations.push_back(violation);
      break;
    }
  }
}

// DESIGN: two next accesses to one plain location, one a write, not both inside atomic, await or a
// guard. Judged on the state itself, so no happens-before is needed.
void Judge::JudgeRaces(const int64_t* state, int property, std::vector<Violation>& violations) {
  std::vector<std::vector<Event>> next(static_cast<std::size_t>(program_.process_count()));
  for (int p = 0; p < program_.process_count(); ++p) {
    evaluator_.NextAccesses(state, p, next[static_cast<std::size_t>(p)]);
  }
  const auto plain = [&](const Event& event) {
    if (event.kind != Event::Kind::kRead && event.kind != Event::Kind::kWrite) return false;
    return program_.IsPlain(event.address);
  };
  for (std::size_t p = 0; p < next.size(); ++p) {
    for (std::size_t q = p + 1; q < next.size(); ++q) {
      for (const Event& a : next[p]) {
        for (const Event& b : next[q]) {
          if (!plain(a) || !plain(b) || a.address != b.address || (a.in_atomic && b.in_atomic))
            continue;
          if (a.kind != Event::Kind::kWrite && b.kind != Event::Kind::kWrite) continue;
          Violation violation;
          violation.property = property;
          violation.race_object = program_.slots[a.address].object;
          const auto verb = [&](const Event& e) -> std::string_view {
            const Slot& slot = program_.slots[e.address];
            const bool ends = e.in_atomic && e.kind == Event::Kind::kWrite && slot.allocated != 0;
            if (!ends) return WordsOf(e.kind).name;
            return program_.ObjectOf(e.address)->symbol->alive == nullptr ? "free"
                                                                          : "end the life of";
          };
          violation.explanation =
              fmt::format("{} is about to {} {} and {} is about to {} it: nothing orders the two",
                          program_.processes[p].name, verb(a), SlotName(program_, a.address),
                          program_.processes[q].name, verb(b));
          violations.push_back(violation);
          return;
        }
      }
    }
  }
}

}  // namespace interleave
