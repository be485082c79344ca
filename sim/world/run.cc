#include "sim/world/run.h"

#include <fmt/format.h>

#include <cassert>
#include <utility>

namespace interleave {

Run::Run(World& world, StepJudge judge)
    : world_(world), judge_(std::move(judge)), evaluator_(world.program()) {}

bool Run::Note(const StepResult& result, int process) {
  switch (result.status) {
    case StepStatus::kOk: return true;
    case StepStatus::kError:
      status_ = Status::kError;
      error_ = result.error;
      break;
    case StepStatus::kObjectLimit: status_ = Status::kObjectLimit; break;
    case StepStatus::kLocalLimit:
    case StepStatus::kBlocked:
    case StepStatus::kCut: status_ = Status::kLocalLimit; break;
  }
  process_ = process;
  return false;
}

void Run::AskJudge() {
  if (judge_ && !judge_(trace_)) status_ = Status::kJudged;
}

void Run::Start(const std::vector<EnabledChoice>& outcomes) {
  trace_ = {};
  initial_ = outcomes;
  taken_.clear();
  status_ = Status::kGoing;
  error_ = {};
  process_ = -1;
  const std::vector<StepResult> results = world_.Start(outcomes);
  const std::size_t processes = program().processes.size();
  trace_.initial_decided.resize(processes);
  trace_.initial_events.resize(processes);
  for (std::size_t p = 0; p < results.size(); ++p) {
    trace_.initial_decided[p] = outcomes[p].decided;
    trace_.initial_events[p] = results[p].events;
    Note(results[p], static_cast<int>(p));
  }
  const auto state = world_.Observe();
  trace_.initial.assign(state.begin(), state.end());
  if (going()) AskJudge();
}

std::optional<int> Run::StartIfUnambiguous() {
  std::vector<EnabledChoice> outcomes;
  for (int p = 0; p < program().process_count(); ++p) {
    std::vector<EnabledChoice> of_process = world_.InitialOutcomes(p);
    if (of_process.size() != 1) return p;
    outcomes.push_back(std::move(of_process.front()));
  }
  Start(outcomes);
  return std::nullopt;
}

void Run::Take(const EnabledChoice& choice) {
  assert(going() && "a run that has ended takes no step");
  if (trace_.steps.size() >= kMaxSteps || (trace_.steps.size() + 2) * state().size() > kMaxCells) {
    status_ = Status::kTooLong;
    process_ = choice.choice.actor.process();
    return;
  }
  StepResult result = world_.Step(choice);
  const EnabledChoice& made = result.made ? *result.made : choice;
  TraceStep step;
  step.process = made.choice.actor.process();
  step.decided = made.decided;
  step.events = std::move(result.events);
  const auto slots = world_.Observe();
  const std::vector<int64_t>& before = state();
  step.state.reserve(before.size());
  step.state.assign(slots.begin(), slots.end());
  step.state.insert(step.state.end(), before.begin() + static_cast<std::ptrdiff_t>(slots.size()),
                    before.end());
  trace_.steps.push_back(std::move(step));
  taken_.push_back(made);
  if (Note(result, choice.choice.actor.process())) AskJudge();
}

bool Run::Undo() {
  if (taken_.empty()) return false;
  std::vector<EnabledChoice> choices = std::move(taken_);
  choices.pop_back();
  const std::vector<EnabledChoice> initial = initial_;
  Start(initial);
  for (const EnabledChoice& choice : choices) {
    if (!going()) break;
    Take(choice);
  }
  return true;
}

std::string EndText(const Run& run) {
  switch (run.status()) {
    case Run::Status::kGoing:
    case Run::Status::kJudged: return "";
    case Run::Status::kError: return run.error().message;
    case Run::Status::kLocalLimit:
      return "more local work in one step than `option local_limit` allows";
    case Run::Status::kObjectLimit:
      return "a limit of the model was met, such as the cap of an unbounded queue";
    case Run::Status::kTooLong:
      return fmt::format("a single run has at most {} steps here", run.trace().steps.size());
  }
  return "";
}

}  // namespace interleave
