// A step's outcomes are enumerated by running it again and again (Stepper::NextOutcome); taking one
// runs it up to that outcome. Steps with many outcomes are rare and small, and single runs are
// short, so nothing is kept between the calls.

#include "sim/world/simulated_world.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace interleave {

std::vector<EnabledChoice> World::Enabled() const {
  std::vector<EnabledChoice> all;
  for (const Actor actor : program().actors()) {
    std::vector<EnabledChoice> of_process = EnabledOf(actor.process());
    std::move(of_process.begin(), of_process.end(), std::back_inserter(all));
  }
  return all;
}

std::vector<EnabledChoice> ListOutcomes(Stepper& stepper, const std::vector<int64_t>& from,
                                        int process, bool start) {
  std::vector<EnabledChoice> outcomes;
  std::vector<int64_t> scratch;
  uint32_t number = 0;
  stepper.FirstOutcome();
  do {
    scratch = from;
    const StepStatus status = start ? stepper.StartIfThere(scratch.data(), process)
                                    : stepper.Step(scratch.data(), process);
    if (status == StepStatus::kBlocked) continue;
    if (status != StepStatus::kCut)
      outcomes.push_back({{Actor::OfProcess(process), number}, stepper.decided()});
    ++number;
  } while (stepper.NextOutcome());
  return outcomes;
}

SimulatedWorld::SimulatedWorld(const Program& program)
    : program_(program), state_(program.initial), stepper_(program) {
  stepper_.set_log(&events_);
}

template <class Visit>
void SimulatedWorld::ForEachOutcome(const std::vector<int64_t>& from, int process, bool start,
                                    Visit visit) const {
  uint32_t number = 0;
  stepper_.FirstOutcome();
  do {
    scratch_ = from;
    events_.clear();
    if (!registers_.empty()) {
      const auto p = static_cast<std::size_t>(process);
      stepper_.set_registers(program_.processes[p].code, registers_[p]);
    }
    const StepStatus status = start ? stepper_.StartIfThere(scratch_.data(), process)
                                    : stepper_.Step(scratch_.data(), process);
    if (status == StepStatus::kBlocked) continue;
    if (!visit(status, number)) return;
    ++number;
  } while (stepper_.NextOutcome());
}

std::vector<EnabledChoice> SimulatedWorld::InitialOutcomes(int process) const {
  return ListOutcomes(stepper_, program_.initial, process, true);
}

std::vector<EnabledChoice> SimulatedWorld::EnabledOf(int process) const {
  if (!program_.HasSteps(state_.data(), process)) return {};
  return ListOutcomes(stepper_, state_, process, false);
}

std::vector<StepResult> SimulatedWorld::Start(const std::vector<EnabledChoice>& outcomes) {
  assert(outcomes.size() == program_.processes.size() && "one outcome for each process");
  state_ = program_.initial;
  registers_.clear();
  for (const ProcessInstance& process : program_.processes)
    registers_.push_back(stepper_.registers(process.code));
  std::vector<StepResult> results;
  for (const EnabledChoice& outcome : outcomes) {
    results.push_back(Take(outcome, true));
    if (results.back().status != StepStatus::kOk) break;
  }
  return results;
}

StepResult SimulatedWorld::Step(const EnabledChoice& choice) { return Take(choice, false); }

StepResult SimulatedWorld::Take(const EnabledChoice& choice, bool start) {
  StepResult result;
  bool taken = false;
  ForEachOutcome(state_, choice.choice.actor.process(), start,
                 [&](StepStatus status, uint32_t number) {
                   taken = number == choice.choice.outcome;
                   if (!taken) return true;
                   result.status = status;
                   if (status == StepStatus::kError) result.error = stepper_.error();
                   return false;
                 });
  assert(taken && "the choice is enabled");
  if (!taken) return result;
  std::swap(state_, scratch_);
  result.events = events_;
  const int process = choice.choice.actor.process();
  const int code = program_.processes[static_cast<std::size_t>(process)].code;
  for (int p = 0; p < program_.process_count(); ++p) {
    const bool is_forked =
        !program_.HasSteps(scratch_.data(), p) && program_.HasSteps(state_.data(), p);
    if (p == process || (is_forked && program_.processes[static_cast<std::size_t>(p)].code == code))
      registers_[static_cast<std::size_t>(p)] = stepper_.registers(code);
  }
  return result;
}

}  // namespace interleave
