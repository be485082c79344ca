#include "model/search/trace.h"

#include <algorithm>

namespace interleave {

Trace BuildTrace(const Program& program, const std::vector<const ObserverAutomaton*>& observers,
                 const std::vector<int64_t>& initial, const std::vector<Choice>& choices,
                 bool broken_at_start) {
  Trace trace;
  trace.initial = initial;
  trace.initial_decided.resize(program.processes.size());
  trace.initial_events.resize(program.processes.size());
  ProgramSystem system(program, observers);
  system.KeepEvents();
  system.ForEachInitial([&](const int64_t* state, const Successor& successor) {
    const bool is_broken =
        successor.status == StepStatus::kError || successor.violated_observer >= 0;
    if (is_broken != broken_at_start || !std::equal(initial.begin(), initial.end(), state)) {
      return true;
    }
    for (std::size_t p = 0; p < system.starts().size(); ++p) {
      trace.initial_decided[p] = system.starts()[p]->decided;
      trace.initial_events[p] = system.starts()[p]->events;
    }
    return false;
  });
  std::vector<int64_t> state = initial;
  for (const Choice& choice : choices) {
    TraceStep step;
    step.process = choice.actor.process();
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
