#pragma once
// The real world: each process of the scenario is a child made by fork(), shared memory is a
// MAP_SHARED mapping, an access a real load or store on it, locals live in the child. A scheduler
// (whoever calls Step) hands out turns through a futex a process; a child makes one step a turn.
//
// What is observed is real: the bytes of the mapping, and what each child says of the registers and
// own memory that are alive where it stands. Which outcomes a step has is listed from the observed
// state by the step semantics, since choosing is a decision of the scheduler; that a step does what
// is listed, and that a process that has none is really blocked, the children show.
//
// Where an object has a real thing behind it (real.c of its kind), an operation is made on both,
// and the children compare them: RealThingDiffers. What a `choose` of an operation gives may be the
// real thing's decision; StepResult::made says so.
//
// A child that faults, hangs or does what its code cannot do is a RealWorldError; what the machine
// does to it is none, see real_errors.h.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/host/sandbox.h"
#include "sim/program/byte_layout.h"
#include "sim/program/emit_c.h"
#include "sim/world/children.h"
#include "sim/world/native_code.h"
#include "sim/world/pinned.h"
#include "sim/world/real_errors.h"
#include "sim/world/real_things.h"
#include "sim/world/region.h"
#include "sim/world/world.h"

namespace interleave {

struct RealOptions {
  RegionKind region = RegionKind::kAnonymous;
  bool interpreted = false;  // the step code of the simulator in real processes: "plumbing only"
  double hang_seconds = 10;  // a child that could answer and does not for so long hangs
  EmitFault fault = EmitFault::kNone;       // planted, to see that it is noticed
  const std::atomic<bool>* stop = nullptr;  // set by Ctrl-C: the next wait ends with Interrupted
  // Called before each turn with its number, 1 for the first start, and the processes by number, 0
  // where there is none yet; may be empty. What the machine may do to them, tests do there.
  std::function<void(uint64_t turn, const std::vector<pid_t>& pids)> before_turn;
};

// What a decision of a step was one of.
struct DecisionTaken {
  int64_t value = 0;
  uint32_t index = 0;
  uint32_t count = 0;
};

class RealWorld : public World {
 public:
  // `program` is kept by the caller. Compiles it, unless interpreted; throws std::runtime_error
  // when there is no compiler, Interrupted when `stop` is set meanwhile.
  explicit RealWorld(const Program& program, const RealOptions& options = {});
  ~RealWorld() override;

  const Program& program() const override { return program_; }
  std::vector<EnabledChoice> InitialOutcomes(int process) const override;
  std::vector<StepResult> Start(const std::vector<EnabledChoice>& outcomes) override;
  std::vector<EnabledChoice> EnabledOf(int process) const override;
  StepResult Step(const EnabledChoice& choice) override;
  std::span<const int64_t> Observe() const override { return state_; }

  // Has `process` make its next step and take it back. False if it is blocked.
  // REQUIRES: it is not done.
  bool Try(int process);

  // For who explores without the step semantics: starts all, or gives a turn, with the decisions
  // given by their indices; where there are more, the first way is taken. `taken`: all of them.
  // kBlocked and kCut are possible. After kCut or an error nothing but StartBlind is possible.
  StepStatus StartBlind(int process, const std::vector<uint32_t>& indices,
                        std::vector<DecisionTaken>& taken);
  StepStatus StepBlind(int process, const std::vector<uint32_t>& indices,
                       std::vector<DecisionTaken>& taken);
  // The error of the last step.
  const RunError& error() const { return error_; }
  const std::vector<Event>& events() const { return events_; }
  // Forgets all processes; StartBlind begins with this.
  void Reset();

  bool has_real_things() const { return things_ && !things_->empty(); }
  // Whether the real thing behind an object decided something in the last step of `process`. Such a
  // decision is told as the last of its ways.
  bool IsDecidedByReal(int process) const { return TurnOf(process)->real_decided != 0; }

  uint64_t steps() const { return steps_; }    // turns given, starts included
  uint64_t starts() const { return starts_; }  // processes forked
  bool is_interpreted() const { return options_.interpreted; }
  const std::vector<pid_t>& pids() const { return pids_; }  // by process, 0: not started

 private:
  il_turn* TurnOf(int process) const;
  int64_t* SlotsOf(int process) const;
  void Fork(int process);
  int ChildMain(int process);
  void InterpretTurns(int process);
  void CountTurn();
  void GiveTurn(int process, int command = IL_STEP);
  void WaitForAnswer(int process, unsigned before);
  StepStatus ReadAnswer(int process);
  // The same, as a step of a world.
  StepResult ReadResult(int process);
  void ReadState();
  void Give(int process, const std::vector<int64_t>& values);
  void Give(int process, const std::vector<uint32_t>& indices);
  [[noreturn]] void ThrowDifference(int process) const;
  // The outcome of a step from `before` that its real things decided, if it is not `planned`.
  std::optional<EnabledChoice> MadeInstead(const EnabledChoice& planned,
                                           const std::vector<int64_t>& before) const;
  void Taken(int process, std::vector<DecisionTaken>& taken) const;
  std::string Who(int process) const;

  const Program& program_;
  const RealOptions options_;
  const ByteLayout layout_;
  std::size_t turn_bytes_ = 0;  // of one process's block and slots
  Sandbox sandbox_;
  std::unique_ptr<NativeCode> code_;
  std::unique_ptr<RealThings> things_;  // null: interpreted
  std::optional<Pinned> pinned_;  // from when there is code: the compiler may use all processors
  std::unique_ptr<Region> turns_;
  std::unique_ptr<Region> memory_;
  std::unique_ptr<Children> children_;
  std::vector<pid_t> pids_;
  std::vector<int64_t> state_;
  // The mapping as state_ has it, and the slots of each of its lines: what did not change is not
  // decoded again.
  std::vector<std::byte> seen_;
  std::vector<std::vector<uint32_t>> slots_of_line_;
  std::vector<Event> events_;
  RunError error_;
  mutable Stepper stepper_;
  const bool blocks_after_it_writes_;
  uint64_t steps_ = 0;
  uint64_t starts_ = 0;
};

}  // namespace interleave
