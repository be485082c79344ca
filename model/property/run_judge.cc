#include "model/property/run_judge.h"

#include <algorithm>

namespace interleave {

StepJudge RunJudge::AsStepJudge() {
  return [this](Trace& trace) { return Look(trace); };
}

bool RunJudge::Look(Trace& trace) {
  violations_.clear();
  if (trace.steps.empty()) {
    trace.initial.resize(judge_.state_words(), 0);
    for (std::size_t p = 0; p < trace.initial_events.size(); ++p) {
      judge_.Observe(trace.initial_events[p], static_cast<int>(p), trace.initial.data(),
                     violations_);
    }
  } else {
    TraceStep& step = trace.steps.back();
    judge_.Observe(step.events, step.process, step.state.data(), violations_);
  }
  const std::vector<int64_t>& state =
      trace.steps.empty() ? trace.initial : trace.steps.back().state;
  // A step that broke an observer goes no further: what its state would break is news of a run that
  // an explorer does not see either.
  if (violations_.empty()) judge_.JudgeState(state.data(), violations_);
  if (violations_.empty() && deadlock_ == Deadlock::kEndsRun && judge_.IsDeadlock(state.data())) {
    Violation violation;
    violation.kind = Violation::Kind::kDeadlock;
    violations_.push_back(violation);
  }
  return violations_.empty();
}

std::optional<Violation> RunJudge::Broken(const Run& run) {
  if (run.trace().initial.empty()) return std::nullopt;  // not started
  if (run.status() == Run::Status::kError) {
    Violation violation;
    violation.kind = Violation::Kind::kError;
    violation.process = run.process();
    violation.error = run.error();
    return violation;
  }
  if (run.going() && deadlock_ == Deadlock::kAtEnd && judge_.IsDeadlock(run.state().data())) {
    Violation violation;
    violation.kind = Violation::Kind::kDeadlock;
    return violation;
  }
  if (run.status() != Run::Status::kJudged || violations_.empty()) return std::nullopt;
  return *std::min_element(
      violations_.begin(), violations_.end(),
      [](const Violation& a, const Violation& b) { return a.Rank() < b.Rank(); });
}

}  // namespace interleave
