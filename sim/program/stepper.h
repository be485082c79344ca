#pragma once
// Executes steps: the interpreter, which is the definition of what a program does. One Stepper a
// thread; it owns the registers.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/program/footprint.h"
#include "sim/program/local_operations.h"
#include "sim/program/program.h"
#include "sim/program/run_error.h"

namespace interleave {

enum class StepStatus : uint8_t {
  kOk,
  kBlocked,      // not enabled; the state is not meaningful
  kCut,          // an assume failed: there is no such run
  kError,        // error() says what
  kLocalLimit,   // too much local work in one step: exploration is incomplete
  kObjectLimit,  // the model of an object holds no more: exploration is incomplete
};

// What a step did, in order.
struct Event {
  enum class Kind : uint8_t {
    kRead,         // address, value
    kWrite,        // address, value, old
    kOperation,    // operation, address of the object, value: the result or else the first argument
    kStep,         // `step;`
    kBegin,        // a process that was forked begins
    kAtomic,       // await, atomic or select begins
    kProduced,     // value
    kConsumed,     // value
    kChose,        // value: of choose
    kAlternative,  // value: the number of select's alternative
    kPrinted,      // text
    kBranch,       // value: whether the condition at `location` was true
  };
  Kind kind = Kind::kRead;
  bool in_atomic = false;
  uint16_t operation = 0;  // into Program::operations
  uint32_t address = 0;
  uint32_t location = 0;  // into the process's Code::locations
  int64_t value = 0;
  int64_t old = 0;
  int64_t arguments[OperationUse::kToldArguments] = {};  // kOperation
  // kPrinted; kOperation: what the first argument of the type `char *` leads to. kMostText bytes at
  // most.
  static constexpr std::size_t kMostText = 64;
  std::string text;

  // Whether it is an access to memory, and one that can change it.
  bool is_of_memory() const {
    return kind == Kind::kRead || kind == Kind::kWrite || kind == Kind::kOperation;
  }
  bool is_decision() const { return kind == Kind::kChose || kind == Kind::kAlternative; }
  bool may_change() const { return kind == Kind::kWrite || kind == Kind::kOperation; }
};

// Where a step begins an operation on an object, or ends it.
struct OperationMoment {
  uint32_t operation = 0;  // into Program::operations
  bool is_over = false;
  int64_t result = 0;  // at the end, of an operation that has one
  uint32_t argument_count = 0;
  int64_t arguments[OperationUse::kMostArguments] = {};
  const int64_t* state = nullptr;  // as it is at this moment
};

// Thrown out of a step, or from between two outcomes of one, that was not to go on.
struct StepStopped {};

class Stepper {
  struct Decision {
    uint32_t index = 0;
    uint32_t count = 0;
    int64_t value = 0;
  };
  // The outcomes of one step, as far as they were gone through.
  struct Enumeration {
    std::vector<Decision> decisions;
    std::size_t decided = 0;
    uint64_t all_decisions = 0;  // since FirstOutcome
    bool gives_up = false;       // the outcome just seen diverges, or meets a limit
    bool left_out = false;
  };

 public:
  explicit Stepper(const Program& program);

  // The local work of `process` up to its first access. REQUIRES: it has not started.
  StepStatus Start(int64_t* state, int process);
  // Likewise at the start of a run: of a process that is not there yet it is nothing.
  StepStatus StartIfThere(int64_t* state, int process) {
    outcomes_.decided = 0;
    return program_.PointOf(state, process) != 0 ? StepStatus::kOk : Start(state, process);
  }
  // The next step of `process`, in place. REQUIRES: it is not done.
  StepStatus Step(int64_t* state, int process);
  // The operation that begins at instruction `at` of the code of `process`, on the object at
  // `address`, whatever the process does before: with arguments that are 0 unless they are
  // constant. Only memory is meaningful afterwards.
  StepStatus Operate(int64_t* state, int process, uint32_t at, int64_t address);

  // A step with decisions (choose, select) has several outcomes. FirstOutcome() before the first
  // call, NextOutcome() after each, until it returns false. That ends early behind an outcome that
  // diverges or meets a limit, and when all outcomes together took kMaxDecisions decisions: a loop
  // that chooses in each round has more outcomes than anybody can look at.
  void FirstOutcome() {
    outcomes_.decisions.clear();
    outcomes_.all_decisions = 0;
    outcomes_.gives_up = false;
    outcomes_.left_out = false;
  }
  bool NextOutcome();
  // Where an enumeration of outcomes stands, so that another one can be made in between.
  Enumeration TakeEnumeration() { return std::exchange(outcomes_, {}); }
  void PutEnumeration(Enumeration outcomes) { outcomes_ = std::move(outcomes); }
  // Whether there are outcomes that NextOutcome() did not come to: exploration is incomplete.
  bool outcomes_left_out() const { return outcomes_.left_out; }
  static constexpr uint64_t kMaxDecisions = 1U << 22;
  // What was decided in the last step: values of choose, numbers of select's alternatives.
  std::vector<int64_t> decided() const;

  // Whether the last step changed the value of shared memory (ghosts do not count).
  bool changed_shared() const { return changed_shared_; }
  const RunError& error() const { return error_; }
  // Of a code, as the last step left them: after an error, where it happened.
  const std::vector<int64_t>& registers(int code) const {
    return registers_[static_cast<std::size_t>(code)];
  }
  // Events are appended to `log`, which may be null. Conditions (kBranch) in the middle of a step
  // that tests thousands of them are left out.
  void set_log(std::vector<Event>* log) { log_ = log; }
  // Of a code, before a step: as an earlier one left them, for who wants to see dead values
  // printed.
  void set_registers(int code, const std::vector<int64_t>& registers) {
    registers_[static_cast<std::size_t>(code)] = registers;
  }
  // Told of all operations, queries included, of steps that are logged; may be empty.
  void set_watcher(std::function<void(const OperationMoment&)> watcher) {
    watcher_ = std::move(watcher);
  }
  // Asked now and then, also where one step takes very long or has very many outcomes; may be
  // empty. When it says no, StepStopped is thrown.
  void set_may_go_on(std::function<bool()> may_go_on) { may_go_on_ = std::move(may_go_on); }
  // Since construction: steps that were made, those of every outcome, and more for very long ones
  // and for those of very large states. The same for the same steps on every machine.
  uint64_t work() const { return work_ + unasked_; }
  // What steps touch, blocked ones included, is added to `footprint`, which may be null. Both are
  // kept by the caller.
  void set_footprint(Footprint* footprint, const FootprintUnits* units) {
    footprint_ = footprint;
    units_ = units;
  }
  const Program& program() const { return program_; }
  // Since construction, by instruction of a code: whether some run passed its assume, was cut by
  // it.
  struct AssumeUse {
    bool passed = false;
    bool cut = false;
  };
  // Since construction: whether a mark, produced or consumed, was reached.
  bool saw_mark() const { return saw_mark_; }
  // What compiled steps met, by instruction of a code.
  void AddAssumeUse(int code, const uint8_t* passed, const uint8_t* cut) {
    std::vector<AssumeUse>& uses = assumes_[static_cast<std::size_t>(code)];
    for (std::size_t i = 0; i < uses.size(); ++i) {
      if (passed[i] != 0) uses[i].passed = true;
      if (cut[i] != 0) uses[i].cut = true;
    }
  }
  void AddOwnUse(int code, std::size_t at) { own_uses_[static_cast<std::size_t>(code)][at] = true; }
  void AddOwnUses(int code, const uint8_t* uses) {
    std::vector<bool>& own = own_uses_[static_cast<std::size_t>(code)];
    for (std::size_t i = 0; i < own.size(); ++i) own[i] = own[i] || uses[i] != 0;
  }
  void AddMark() { saw_mark_ = true; }
  const std::vector<AssumeUse>& assume_use(int code) const {
    return assumes_[static_cast<std::size_t>(code)];
  }
  // Since construction, by instruction of a code: whether an access through a pointer led to own
  // memory, where it is no access.
  const std::vector<bool>& own_uses(int code) const {
    return own_uses_[static_cast<std::size_t>(code)];
  }

 private:
  void LogOperation(const int64_t* state, const int64_t* r, const Code& code, const Instruction& i);
  void LogPrint(const int64_t* state, const int64_t* r, const Code& code, const Instruction& i);
  void Watch(const int64_t* state, const int64_t* r, const Code& code, const Instruction& i) const;
  StepStatus RunAny(int64_t* state, int process, uint32_t at, bool may_access);
  template <bool kLog, bool kTouch>
  StepStatus Run(int64_t* state, int process, uint32_t at, bool may_access);
  StepStatus Fail(const Code& code, const Instruction& i, ErrorKind kind, std::string message,
                  std::string hint = {});
  // Says where in the text the error that error_ describes happened.
  StepStatus FailHere(const Code& code, const Instruction& i);
  void Stop(int64_t* state, const ProcessInstance& process, const ProcessCode& code, uint32_t point,
            const int64_t* r);
  // Process r[i.a] - 1 becomes a copy of `parent`, which has what `r` holds, behind the fork.
  void Fork(int64_t* state, const ProcessInstance& parent, const ProcessCode& code,
            const Instruction& i, const int64_t* r);
  // True when the loop through `target` came back to a configuration it had.
  bool Repeats(const int64_t* state, const ProcessInstance& process, const std::vector<int64_t>& r,
               uint32_t target, bool atomic);
  // Of a step with very many conditions, the log keeps the first and the last ones.
  void ForgetBranches();
  StepStatus GiveUp();
  void Ask(uint32_t work);
  // At local work that is too long: error() says where.
  StepStatus GiveUpAt(const Code& code, const Instruction& i);
  int64_t Decide(uint32_t count);
  bool IsOwn(int64_t address, const ProcessInstance& process) const;
  // What nobody else can change: own memory, and of a program that forks its constants.
  bool IsNoAccess(int64_t address, const ProcessInstance& process) const;
  // Untrue of what a pointer was followed to only in a state that somebody made up.
  bool IsMemory(int64_t address) const;
  // Whether a cell is in a block of the heap that nobody has.
  static bool IsFreed(const int64_t* state, const Slot& cell) {
    return cell.allocated != 0 && state[cell.allocated] == 0;
  }
  StepStatus FailFreed(const Code& code, const Instruction& i, int64_t address);
  // What the process may do with mapped memory, and with memory of any other kind.
  int64_t RightsTo(const int64_t* state, const Slot& cell, const ProcessInstance& process,
                   const ProcessCode& code) const {
    return cell.mapping == 0 ? Mapping::kReads | Mapping::kWrites
                             : state[process.own_base + code.mappings + cell.mapping];
  }
  StepStatus FailMapped(const Code& code, const Instruction& i, int64_t address, int64_t rights);

  const Program& program_;
  const bool forks_;
  std::vector<std::vector<int64_t>> registers_;  // per code
  std::vector<std::vector<AssumeUse>> assumes_;  // per code
  std::vector<std::vector<bool>> own_uses_;      // per code
  Enumeration outcomes_;
  bool changed_shared_ = false;
  bool only_operation_ = false;  // Operate
  bool saw_mark_ = false;
  RunError error_;
  std::vector<Event>* log_ = nullptr;
  std::function<void(const OperationMoment&)> watcher_;
  std::size_t log_begin_ = 0;  // where the events of this step begin
  std::size_t forget_at_ = 0;  // so many events: time for ForgetBranches
  Footprint* footprint_ = nullptr;
  const FootprintUnits* units_ = nullptr;
  std::function<bool()> may_go_on_;
  uint32_t unasked_ = 0;  // steps, decisions and back jumps in long loops since it was asked
  uint64_t work_ = 0;     // before those
  // Brent's cycle detection over backward jumps.
  uint64_t back_jumps_ = 0;
  uint64_t next_snapshot_ = 0;
  uint32_t snapshot_target_ = 0;
  std::vector<int64_t> snapshot_;
};

}  // namespace interleave
