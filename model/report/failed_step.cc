// A name may stand for several registers: a function's locals have some at each call. Those that
// are written in the body of the call that failed are meant.
//
// What would surprise: all steps of the process are made again, not only the last. A condition may
// have read a local in an earlier step, after which nobody needs it; it is in no state from then
// on, but still in the register.

#include "model/report/failed_step.h"

#include <algorithm>

#include "sim/program/liveness.h"
#include "sim/program/stepper.h"

namespace interleave {

FailedStep::FailedStep(const Program& program, const Trace& trace, int process)
    : code_(program.CodeOf(process)) {
  if (trace.steps.empty()) return;
  Stepper stepper(program);
  StepStatus status = StepStatus::kOk;
  const auto make_again = [&](const std::vector<int64_t>& before,
                              const std::vector<int64_t>& decided, auto step) {
    stepper.FirstOutcome();
    do {
      std::vector<int64_t> state = before;
      status = step(state.data());
      if (stepper.decided() == decided) return;
    } while (stepper.NextOutcome());
  };
  const auto number = static_cast<std::size_t>(process);
  if (number < trace.initial_decided.size() &&
      program.PointOf(program.initial.data(), process) == 0) {
    make_again(program.initial, trace.initial_decided[number],
               [&](int64_t* state) { return stepper.Start(state, process); });
  }
  for (std::size_t k = 0; k < trace.steps.size(); ++k) {
    if (trace.steps[k].process != process) continue;
    make_again(k == 0 ? trace.initial : trace.steps[k - 1].state, trace.steps[k].decided,
               [&](int64_t* state) { return stepper.Step(state, process); });
  }
  if (status != StepStatus::kError) return;
  registers_ = stepper.registers(program.processes[number].code);
  call_ = stepper.error().call;
}

std::optional<uint32_t> FailedStep::RegisterOf(const Symbol& local) const {
  if (registers_.empty() || local.type == nullptr || !local.type->is_scalar()) return std::nullopt;
  for (const LocalVariable& known : code_.locals) {
    if (known.symbol == &local && !known.is_own && known.registers.size() == 1)
      return known.registers[0];
  }
  for (const Instruction& i : code_.instructions) {
    if (code_.locations[i.location].call != call_) continue;
    std::optional<uint32_t> found;
    VisitRegisters(
        i, code_, [](uint32_t, uint32_t) {},
        [&](uint32_t reg, uint32_t) {
          if (reg < code_.register_names.size() && code_.register_names[reg] == local.name)
            found = reg;
        });
    if (found) return found;
  }
  return std::nullopt;
}

std::optional<int64_t> FailedStep::ValueOf(const Symbol& local) const {
  const auto reg = RegisterOf(local);
  return reg ? std::optional<int64_t>(registers_[*reg]) : std::nullopt;
}

}  // namespace interleave
