#pragma once
// Looking at a state from outside: conditions of properties and schedules, who is blocked, who
// waits.

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "sim/program/program.h"
#include "sim/program/stepper.h"

namespace interleave {

// One step of a process that runs alone. Its solo states are numbered as they are found, from 0.
struct SoloStep {
  static constexpr uint32_t kBlocked = UINT32_MAX;
  uint32_t from = 0;
  uint32_t to = 0;            // or kBlocked: the access is not enabled
  uint32_t point = 0;         // the program point it begins at
  std::vector<Event> events;  // of a blocked one: what it read in the guard
};

// Why a process waits: all that it can do alone.
struct WaitReason {
  bool waits = false;
  bool incomplete = false;      // a limit was met: the answer is not known, `waits` is false
  std::vector<SoloStep> steps;  // ordered by the order in which states were left; all if it waits
};

// One thing that judging a condition looked at.
struct Look {
  enum class Kind : uint8_t {
    kCell,     // address, value, or unknown: never written
    kWritten,  // address, value: whether it was ever written
    kLocal,    // process, local, value, or unknown: dead there, and reads as 0
    kProcess,  // value: of done, blocked, waiting, section or label; `location` has its text
    kCall,     // call, value: of a function that was called; its arguments
  };
  Kind kind = Kind::kCell;
  bool unknown = false;
  int process = -1;
  uint32_t local = 0;  // into ProcessCode::locals
  uint32_t cell = 0;   // kLocal: of an aggregate
  uint32_t address = 0;
  uint32_t location = 0;  // into the code's locations
  int64_t value = 0;
  int call = -1;  // kCall: into the code's calls
  std::vector<int64_t> arguments;
};

// Looks at states of one program; owns scratch space, so one a thread.
class Evaluator {
 public:
  explicit Evaluator(const Program& program);

  bool IsDone(const int64_t* state, int process) const {
    return state[program_.processes[static_cast<std::size_t>(process)].point_slot] == 0;
  }
  // Whether the next access of `process` is not enabled. A process that is done is not blocked.
  bool IsBlocked(const int64_t* state, int process);
  // Whether `process`, run alone, never finishes, never fails and never changes the value of a
  // shared object, whatever it chooses. A blocked process waits. Explores its solo states, at most
  // `kSoloLimit`.
  bool Waits(const int64_t* state, int process) { return ExplainWait(state, process, nullptr); }
  bool ExplainWait(const int64_t* state, int process, WaitReason* reason);
  static constexpr std::size_t kSoloLimit = 100'000;
  // Whether that limit was ever met: from then on nothing but a blocked process is found to wait,
  // and who says that there is no deadlock says too much.
  bool met_solo_limit() const { return met_solo_limit_; }

  // The value of a condition or address. Nothing when judging it is an error: error() says which.
  // A comparison with a cell that was never written is false.
  std::optional<int64_t> Evaluate(const Code& code, const int64_t* state);
  const RunError& error() const { return error_; }
  // What Evaluate looks at is appended to `looks`, which may be null.
  void set_looks(std::vector<Look>* looks) { looks_ = looks; }

  // Of the steps that it makes (Stepper::set_may_go_on).
  void set_may_go_on(std::function<bool()> may_go_on) {
    stepper_.set_may_go_on(std::move(may_go_on));
  }

  // All that `process` touches in its next step, for each outcome, enabled or not.
  void NextAccesses(const int64_t* state, int process, std::vector<Event>& events);

 private:
  std::optional<int64_t> Fail(const Code& code, const Instruction& i, ErrorKind kind,
                              std::string message);
  // Says where in the text the error that error_ describes happened.
  std::optional<int64_t> FailHere(const Code& code, const Instruction& i);
  // The functions whose bodies end before the instruction have been called.
  void LookAtCalls(const Code& code, uint32_t at);

  // What is known of one process: solo states in which it does not wait while memory is `shared`.
  struct GoesOn {
    std::vector<int64_t> shared;
    std::set<std::vector<int64_t>> own;
  };

  const Program& program_;
  Stepper stepper_;
  std::vector<GoesOn> goes_on_;  // by process
  RunError error_;
  std::vector<int64_t> scratch_;
  std::vector<int64_t> registers_;
  std::vector<bool> unknown_;
  std::vector<Look>* looks_ = nullptr;
  bool met_solo_limit_ = false;
};

}  // namespace interleave
