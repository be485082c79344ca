#pragma once
// The state graph of a small program, kept whole with what each process can do in each state, for
// tests that compare a claim about steps with its definition. Nothing here knows of reductions.

#include <cstdint>
#include <string>
#include <vector>

#include "model/system/program_system.h"

namespace interleave {

// One outcome of a process's next step.
struct StepOutcome {
  static constexpr uint32_t kNone = UINT32_MAX;
  StepStatus status = StepStatus::kOk;
  int violated_observer = -1;
  bool observer_full = false;
  std::string error;  // kError: its message
  std::vector<int64_t> decided;
  uint32_t to = kNone;  // a state, where the step is fine

  bool is_fine() const { return to != kNone; }
  // The same in all but where it leads.
  bool IsLike(const StepOutcome& other) const {
    return status == other.status && violated_observer == other.violated_observer &&
           observer_full == other.observer_full && error == other.error && decided == other.decided;
  }
};

struct StepGraph {
  std::vector<std::vector<int64_t>> states;  // initial ones first, in the order they are found
  uint32_t initial = 0;                      // how many are initial
  // By state that was expanded, by process: nothing of one that is done, blocked or cut.
  std::vector<std::vector<std::vector<StepOutcome>>> steps;

  // Whether every state was expanded.
  bool is_whole() const { return steps.size() == states.size(); }
  bool IsExpanded(uint32_t state) const { return state < steps.size(); }
  const std::vector<StepOutcome>& Of(uint32_t state, int process) const {
    return steps[state][static_cast<std::size_t>(process)];
  }
};

// Breadth-first, until `most` states were found.
StepGraph MakeStepGraph(ProgramSystem& system, std::size_t most);

// The definition of independence (E. M. Clarke, O. Grumberg, D. A. Peled, "Model Checking", section
// 10.2), of the steps of two processes in one state, by making them: where both are enabled neither
// changes what the other can do, and both orders lead to the same states. That one enables the
// other is no dependence. False as well where the graph ends before it can be seen.
bool AreIndependent(const StepGraph& graph, uint32_t state, int p, int q);

// Whether `process` can do the same in two states: as many outcomes, alike.
bool CanDoTheSame(const StepGraph& graph, uint32_t a, uint32_t b, int process);

}  // namespace interleave
