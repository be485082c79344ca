// The other processes' steps stay what they were: only the registers, the own memory and the
// program point of the process are carried from one of its steps to the next.

#include "model/report/what_if.h"

#include <algorithm>

namespace interleave {

bool WhatIf::Remake(const Access& read, int64_t value, std::size_t last) {
  const ProcessInstance& process = program_.processes[static_cast<std::size_t>(read.process)];
  const auto begin = static_cast<std::ptrdiff_t>(process.point_slot);
  const auto end = static_cast<std::ptrdiff_t>(process.end);
  const auto first = static_cast<std::size_t>(read.step);
  const std::vector<int64_t>& before = StateBefore(first);
  std::vector<int64_t> own(before.begin() + begin, before.begin() + end);
  stepper_.set_log(&events_);
  for (std::size_t step = first; step <= last; ++step) {
    const TraceStep& as_it_was = trace_.steps[step - 1];
    if (as_it_was.process != read.process) continue;
    made_ = step;
    std::vector<int64_t> from = StateBefore(step);
    std::copy(own.begin(), own.end(), from.begin() + begin);
    from[read.event.address] = value;
    std::vector<int64_t> state;
    bool decides_alike = false;
    stepper_.FirstOutcome();
    do {
      state = from;
      events_.clear();
      status_ = stepper_.Step(state.data(), read.process);
      decides_alike = stepper_.decided() == as_it_was.decided;
    } while (!decides_alike && stepper_.NextOutcome());
    if (!decides_alike || status_ != StepStatus::kOk) return false;
    if (step != trace_.steps.size() &&
        state[process.point_slot] != as_it_was.state[process.point_slot]) {
      return false;
    }
    own.assign(state.begin() + begin, state.begin() + end);
  }
  return true;
}

bool WhatIf::GoesAnotherWay(const Access& read, const Access& test, int64_t value) {
  const auto last = static_cast<std::size_t>(test.step);
  const bool came = Remake(read, value, last);
  if (made_ != last) return true;
  if (test.event.kind != Event::Kind::kBranch) return !came;
  // Its branches in that step, up to the test, one by one.
  const auto is_branch = [](const Event& event) { return event.kind == Event::Kind::kBranch; };
  const std::vector<Event>& events = trace_.steps[last - 1].events;
  auto now = events_.begin();
  for (const Event& then : events) {
    if (!is_branch(then)) continue;
    now = std::find_if(now, events_.end(), is_branch);
    if (now == events_.end() || now->location != then.location || now->value != then.value)
      return true;
    ++now;
    if (then.location == test.event.location) return false;
  }
  return !came;
}

bool WhatIf::FailsToo(const Access& read, int64_t value) {
  const std::size_t last = trace_.steps.size();
  return !Remake(read, value, last) && made_ == last && status_ == StepStatus::kError;
}

}  // namespace interleave
