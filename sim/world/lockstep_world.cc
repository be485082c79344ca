#include "sim/world/lockstep_world.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/program/words.h"
#include "sim/world/schedule_file.h"

namespace interleave {
namespace {

const char* StatusName(StepStatus status) {
  switch (status) {
    case StepStatus::kOk: return "goes well";
    case StepStatus::kBlocked: return "is blocked";
    case StepStatus::kCut: return "is cut by an assume";
    case StepStatus::kError: return "fails";
    case StepStatus::kLocalLimit: return "does not come to an end";
    case StepStatus::kObjectLimit: return "meets a limit of the model";
  }
  return "";
}

// A real process cannot tell a loop that never ends from one that takes too long.
bool SameEnd(const StepResult& simulated, const StepResult& real, bool with_place) {
  if (simulated.status == StepStatus::kError && simulated.error.kind == ErrorKind::kDiverges) {
    return real.status == StepStatus::kLocalLimit || real.status == StepStatus::kError;
  }
  if (simulated.status != real.status) return false;
  if (simulated.status != StepStatus::kError) return true;
  if (simulated.error.kind != real.error.kind) return false;
  return !with_place || (simulated.error.range.begin == real.error.range.begin &&
                         simulated.error.range.end == real.error.range.end);
}

std::string EndText(const StepResult& result) {
  std::string text = StatusName(result.status);
  if (result.status == StepStatus::kError) {
    text += fmt::format(" ({})", ErrorName(result.error.kind));
  }
  return text;
}

std::string ObservedText(const Program& program, const Event& event) {
  TraceStep step;
  step.events = {event};
  const std::string text = StepText(program, step);
  return text.empty() ? "nothing" : text;
}

// The first event that is another one. Conditions (kBranch) and what is printed are no accesses:
// real processes do not report them.
std::string EventDifference(const Program& program, const std::vector<Event>& simulated,
                            const std::vector<Event>& real) {
  auto at = real.begin();
  int number = 0;
  for (const Event& event : simulated) {
    if (event.kind == Event::Kind::kBranch || event.kind == Event::Kind::kPrinted) continue;
    if (++number > IL_MAX_EVENTS) return "";
    if (at == real.end()) {
      return fmt::format("  simulated: {}\n  real:      nothing\n", ObservedText(program, event));
    }
    const bool same = event.kind == at->kind && event.address == at->address &&
                      event.value == at->value && event.old == at->old &&
                      event.operation == at->operation &&
                      std::equal(std::begin(event.arguments), std::end(event.arguments),
                                 std::begin(at->arguments));
    if (!same) {
      return fmt::format("  simulated: {}\n  real:      {}\n", ObservedText(program, event),
                         ObservedText(program, *at));
    }
    ++at;
  }
  if (at == real.end()) return "";
  return fmt::format("  simulated: nothing\n  real:      {}\n", ObservedText(program, *at));
}

}  // namespace

std::string StateDifference(const Program& program, const int64_t* simulated, const int64_t* real,
                            bool memory_only) {
  constexpr int kMostLines = 8;
  if (std::equal(simulated, simulated + program.slots.size(), real)) return "";
  std::string text;
  int lines = 0;
  for (uint32_t slot = 0; slot < program.slots.size(); ++slot) {
    if (simulated[slot] == real[slot]) continue;
    const Slot& info = program.slots[slot];
    if (memory_only && info.process >= 0) continue;
    if (++lines > kMostLines) return text + "  ...\n";
    const std::string name = info.kind == SlotKind::kPoint
                                 ? program.processes[static_cast<std::size_t>(info.process)].name +
                                       " stands at program point"
                                 : SlotName(program, slot);
    text += fmt::format("  {}: simulated {}, real {}\n", name,
                        FormatValue(program, info.type, simulated[slot]),
                        FormatValue(program, info.type, real[slot]));
  }
  return text;
}

LockstepWorld::LockstepWorld(const Program& program, const RealOptions& options)
    : simulated_(program), real_(program, options), evaluator_(program) {}

std::vector<StepResult> LockstepWorld::Start(const std::vector<EnabledChoice>& outcomes) {
  step_ = 0;
  std::vector<StepResult> simulated = simulated_.Start(outcomes);
  const std::vector<StepResult> real = real_.Start(outcomes);
  for (std::size_t p = 0; p < std::min(simulated.size(), real.size()); ++p) {
    if (simulated[p].status == StepStatus::kOk && real[p].status == StepStatus::kOk &&
        EventDifference(program(), simulated[p].events, real[p].events).empty()) {
      continue;
    }
    Compare(simulated[p], real[p], outcomes[p].choice.actor.process());
  }
  if (!simulated.empty() && !real.empty()) {
    Compare(simulated.back(), real.back(),
            outcomes[std::min(simulated.size(), real.size()) - 1].choice.actor.process());
  }
  const bool all_well = simulated.back().status == StepStatus::kOk;
  if (tries_ && all_well) TryAll();
  return simulated;
}

StepResult LockstepWorld::Step(const EnabledChoice& choice) {
  ++step_;
  const StepResult real = RealStep(choice);
  StepResult simulated = simulated_.Step(real.made ? *real.made : choice);
  simulated.made = real.made;
  Compare(simulated, real, choice.choice.actor.process());
  if (tries_ && simulated.status == StepStatus::kOk) TryAll();
  return simulated;
}

StepResult LockstepWorld::RealStep(const EnabledChoice& choice) {
  try {
    return real_.Step(choice);
  } catch (const RealThingDiffers& difference) {
    const int process = choice.choice.actor.process();
    throw WorldsDiffer(fmt::format("at step {}, of {}\n{}", step_,
                                   program().processes[static_cast<std::size_t>(process)].name,
                                   difference.what_differs));
  }
}

bool LockstepWorld::RealTry(int process) {
  try {
    return real_.Try(process);
  } catch (const RealThingDiffers& difference) {
    throw WorldsDiffer(fmt::format("after step {}, when {} tries its step\n{}", step_,
                                   program().processes[static_cast<std::size_t>(process)].name,
                                   difference.what_differs));
  }
}

void LockstepWorld::Compare(const StepResult& simulated, const StepResult& real, int process) {
  ++compared_;
  std::string text;
  if (!SameEnd(simulated, real, !real_.is_interpreted())) {
    text += fmt::format("  simulated: the step {}\n  real:      the step {}\n", EndText(simulated),
                        EndText(real));
  }
  text += EventDifference(program(), simulated.events, real.events);
  text += StateDifference(program(), simulated_.Observe().data(), real_.Observe().data(),
                          simulated.status != StepStatus::kOk);
  if (text.empty()) return;
  const std::string& who = program().processes[static_cast<std::size_t>(process)].name;
  throw WorldsDiffer((step_ == 0 ? fmt::format("at the start of {}\n", who)
                                 : fmt::format("at step {}, of {}\n", step_, who)) +
                     text);
}

void LockstepWorld::TryAll() {
  const std::vector<int64_t> state(Observe().begin(), Observe().end());
  for (int p = 0; p < program().process_count(); ++p) {
    if (!program().HasSteps(state.data(), p)) continue;
    const bool is_blocked = evaluator_.IsBlocked(state.data(), p);
    const bool is_open = RealTry(p);
    const std::string difference =
        StateDifference(program(), state.data(), real_.Observe().data(), false);
    if (is_open != is_blocked && difference.empty()) {
      ++(is_open ? open_ : blocked_);
      continue;
    }
    const char* const blocked = "blocked";
    const char* const open = "not blocked";
    throw WorldsDiffer(
        fmt::format("after step {}: {} is {} in the model and {} in the real world{}\n{}", step_,
                    program().processes[static_cast<std::size_t>(p)].name,
                    is_blocked ? blocked : open, is_open ? open : blocked,
                    difference.empty() ? "" : ", and does not take its step back", difference));
  }
}

}  // namespace interleave
