#pragma once
// Random sequences of calls to the kernel: real processes make them first, and then the model of
// the kernel has to say the same. Processes take turns, so that a sequence has one order. A call
// that would block is left alone until it is tried again, after calls of others.

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sim/objects/kinds.h"
#include "tests/support/scenario_loader.h"

namespace interleave {

// The kinds of calls, with the numbers and arguments that kernel_calls.c has.
enum class CallKind {
  kFork = 1,   // the number of the child
  kExit,       // code
  kGetppid,    //
  kWaitpid,    // the number of the child or -1, options
  kSignal,     // SIGPIPE: 1 to ignore it, 0
  kPipe,       // flags
  kClose,      // fd
  kDup,        // fd
  kDup2,       // fd, fd
  kRead,       // fd, count
  kWrite,      // fd, count, the first byte
  kGetFlags,   // fd
  kSetFlags,   // fd, flags
  kShmOpen,    // the number of the name, flags
  kShmUnlink,  // the number of the name
  kFtruncate,  // fd, length
  kExchange,   // fd, number: maps it, and puts the number in the place of the first one
  kSemOpen,    // the number of the name, flags, value: and posts it
  kSemUnlink,  // the number of the name
  kOpen,       // the number of the name, flags
  kUnlink,     // the number of the name
  kMkfifo,     // the number of the name
  kLink,       // the numbers of two names
  kRename,     // the numbers of two names
  kAccess,     // the number of the name
  kLseek,      // fd, offset, from where
  kPread,      // fd, count, offset
  kPwrite,     // fd, count, offset
  kFstat,      // fd
};

struct TableCall {
  int who = -1;  // the number of the process, by order of their forks
  CallKind kind = CallKind::kExit;
  int a = 0, b = 0, c = 0;
};

struct CallAnswer {
  int result = 0;
  int error = 0;  // errno, where the result is -1
  int more = 0;   // what else the call gives, in one number
  bool operator==(const CallAnswer&) const = default;
};

// How a turn ends.
enum class CallEnd {
  kReturns,
  kBlocks,   // it would; the process stays where it is
  kKills,    // SIGPIPE would end the process: the last call of a sequence
  kLeftOut,  // the model of the kernel does not hold as much, as is known: it was not made
};

// One process's turn: it makes a call or tries one again.
struct CallTurn {
  std::size_t call = 0;
  CallEnd end = CallEnd::kReturns;
  CallAnswer answer;
};

struct CallSequence {
  static constexpr std::size_t kMostCalls = 48;
  static constexpr int kMostProcesses = 6;
  static constexpr int kFds = 16;

  uint64_t seed = 0;
  std::vector<TableCall> calls;
  std::vector<CallTurn> turns;

  // "read", and what came of it: "errno 9", "blocks", "is killed"; empty for another result.
  std::pair<std::string, std::string> Said(const CallTurn& turn) const;
  // A turn a line, the last `count` of the first `turns`.
  std::string Text(std::size_t turn_count, std::size_t count) const;
};

// Makes calls by real processes and tells what they gave. Nothing of it stays. Throws
// std::runtime_error when processes do not answer.
CallSequence MakeRealCalls(uint64_t seed);

// The program that makes the same calls on the model of the kernel.
class ModelCalls {
 public:
  explicit ModelCalls(const KindLibrary& library);

  // What the model says otherwise; empty: nothing. The pairs of the kernel's state and a call are
  // added to `pairs`, which may be null.
  std::string Difference(const CallSequence& sequence, std::unordered_set<uint64_t>* pairs) const;

 private:
  struct Outcome {
    std::string problem;  // empty: it returns, blocks or kills
    CallEnd end = CallEnd::kReturns;
    CallAnswer answer;
    std::vector<int64_t> state;
  };
  std::vector<Outcome> Make(std::vector<int64_t> state, int process, std::size_t call,
                            CallKind kind) const;
  int64_t Told(const std::vector<int64_t>& state, std::size_t index) const {
    return state[told_ + index];
  }

  LoadedScenario program_;
  std::size_t table_ = 0;   // the first slot of the table of calls
  std::size_t told_ = 0;    // of what is told
  std::size_t kernel_ = 0;  // of the kernel
  std::size_t kernel_end_ = 0;
};

}  // namespace interleave
