#include "model/property/trace.h"

#include <algorithm>

namespace interleave {
namespace {

// Finds the outcomes of the local work before the first accesses that lead to `target`.
class StartFinder {
 public:
  StartFinder(const Program& program, const std::vector<int64_t>& target, Trace& trace)
      : program_(program), stepper_(program), target_(target), trace_(trace) {
    stepper_.set_log(&events_);
    const auto n = static_cast<std::size_t>(program.process_count());
    trace_.initial_decided.resize(n);
    trace_.initial_events.resize(n);
  }

  bool Find(int p, const std::vector<int64_t>& state) {
    const std::size_t size = program_.state_size();
    if (p == program_.process_count())
      return std::equal(state.begin(), state.end(), target_.begin());
    struct Outcome {
      std::vector<int64_t> state, decided;
      std::vector<Event> events;
      bool failed;
    };
    std::vector<Outcome> outcomes;
    stepper_.FirstOutcome();
    do {
      std::vector<int64_t> next = state;
      events_.clear();
      const StepStatus status = stepper_.Start(next.data(), p);
      if (status == StepStatus::kCut) continue;
      outcomes.push_back({std::move(next), stepper_.decided(), events_, status != StepStatus::kOk});
    } while (stepper_.NextOutcome());
    const auto at = static_cast<std::size_t>(p);
    for (Outcome& outcome : outcomes) {
      trace_.initial_decided[at] = outcome.decided;
      trace_.initial_events[at] = outcome.events;
      if (std::equal(outcome.state.begin(),
                     outcome.state.begin() + static_cast<std::ptrdiff_t>(size), target_.begin())) {
        bool rest_done = true;  // a failing start leaves the processes after it where they are
        for (int q = p + 1; q < program_.process_count(); ++q)
          rest_done = rest_done && outcome.failed;
        if (rest_done) return true;
      }
      if (!outcome.failed && Find(p + 1, outcome.state)) return true;
    }
    trace_.initial_decided[at].clear();
    trace_.initial_events[at].clear();
    return false;
  }

 private:
  const Program& program_;
  Stepper stepper_;
  const std::vector<int64_t>& target_;
  Trace& trace_;
  std::vector<Event> events_;
};

}  // namespace

Trace BuildTrace(const Program& program, const std::vector<const ObserverAutomaton*>& observers,
                 const std::vector<int64_t>& initial, const std::vector<Choice>& choices) {
  Trace trace;
  trace.initial = initial;
  StartFinder(program, initial, trace).Find(0, program.initial);
  ProgramSystem system(program, observers);
  system.KeepEvents();
  std::vector<int64_t> state = initial;
  for (const Choice& choice : choices) {
    TraceStep step;
    step.process = choice.actor;
    system.ForEachOutcome(state.data(), choice.actor,
                          [&](const int64_t* next, const Successor& successor) {
                            if (successor.choice.outcome != choice.outcome) return;
                            step.decided = system.decided();
                            step.events = system.events();
                            step.state.assign(next, next + system.state_words());
                          });
    state = step.state;
    trace.steps.push_back(std::move(step));
  }
  return trace;
}

}  // namespace interleave
