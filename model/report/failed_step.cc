// A name may stand for several registers: a function's locals have some at each call. Those that
// are written in the body of the call that failed are meant.

#include "model/report/failed_step.h"

#include <algorithm>

#include "sim/program/liveness.h"
#include "sim/program/stepper.h"

namespace interleave {

FailedStep::FailedStep(const Program& program, const Trace& trace, int process)
    : code_(program.CodeOf(process)) {
  if (trace.steps.empty()) return;
  const TraceStep& last = trace.steps.back();
  const std::vector<int64_t>& before =
      trace.steps.size() == 1 ? trace.initial : trace.steps[trace.steps.size() - 2].state;
  Stepper stepper(program);
  stepper.FirstOutcome();
  do {
    std::vector<int64_t> state = before;
    if (stepper.Step(state.data(), process) != StepStatus::kError ||
        stepper.decided() != last.decided) {
      continue;
    }
    registers_ = stepper.registers(program.processes[static_cast<std::size_t>(process)].code);
    call_ = stepper.error().call;
    return;
  } while (stepper.NextOutcome());
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
