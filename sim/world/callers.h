#pragma once
// Real processes that make calls of the kernel when they are told to, one for each process of a
// program that forks: a child of one is forked by it, so that parents, zombies, orphans and what is
// inherited are the kernel's own.
//
// All of them are kept by a *keeper*, a process between them and this one: it leads their group,
// whoever loses its parent becomes its child, and it ends them all and waits for them. They are
// told what to do through memory that they share, so that no descriptor of theirs is in use.
//
// Tested by tests/kernel_world_test.cc.

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/host/descriptor.h"
#include "sim/host/sandbox.h"
#include "sim/world/children.h"
#include "sim/world/kernel_calls.h"
#include "sim/world/pinned.h"
#include "sim/world/real_world.h"
#include "sim/world/region.h"

namespace interleave {

class Callers {
 public:
  static constexpr std::size_t kDescriptors = 16;  // of each, as in the model

  // At most `most` processes at a time, numbered from 1, of which `firsts` are there when a run
  // starts. Throws std::system_error.
  Callers(int most, std::vector<int> firsts, const RealOptions& options);
  Callers(const Callers&) = delete;
  Callers& operator=(const Callers&) = delete;
  ~Callers();

  // What follows throws ProcessLost where a process is ended from outside or does not answer,
  // Interrupted, and std::runtime_error for failures of the machine.

  // Ends all, takes away what has a name, and makes those that are there at the start.
  void StartRun();

  struct Answer {
    bool is_blocked = false;  // the call would wait, and was not made
    bool is_over = false;     // the process ended in the call
    int killed_by = 0;        // by a signal that the call raised; 0: by itself
    int64_t result = 0;
    uint64_t identity = 0;
  };
  // Has process `number` make a call. `ends`: it should not come back from it.
  Answer Call(int number, const KernelCall& call, bool ends);
  // Waits until an open that may wait has come to its end, or does wait.
  void Settle(int number);
  // Whether it would wait now.
  bool WouldBlock(int number, const KernelCall& call);
  // To be filled before a call and read behind it.
  CallBlock& BlockOf(int number);

  std::array<DescriptorSeen, kDescriptors> LookAtDescriptors(int number);
  bool IsAlive(int number) const { return lives_[static_cast<std::size_t>(number)].is_alive; }
  pid_t PidOf(int number) const { return lives_[static_cast<std::size_t>(number)].pid; }

  // What has a name now, in the order of names; of a file that nobody may read without content.
  std::vector<NamedThing> Names() const;

 private:
  enum class Order : uint32_t { kCall, kAsk, kLook, kHowEnded, kStartRun, kStop };
  struct Channel;
  struct Life {
    bool is_alive = false;
    pid_t pid = 0;  // also of a zombie
    int parent = 0;
    std::unique_ptr<Descriptor> handle;  // readable when the process is over
  };

  Channel& At(int number) const;
  std::span<std::atomic<pid_t>> Pids() const;

  // In the real processes: the orders that one gets, until it ends.
  [[noreturn]] void Serve(Caller caller) const;
  void Obey(Caller& caller, Channel& channel) const;
  void EndAll() const;
  void MakeFirst(Caller& caller) const;

  // False when the process is over instead of answering. `ends`: that is expected.
  bool Tell(int number, Order order, bool ends = false);
  bool IsOver(int number) const;
  // The signal that ended it; 0: it ended itself.
  int HowItEnded(int number);
  std::vector<std::string> NamesInMemory() const;
  void NoticeNew(int parent);
  void NoticeEnd(int number);
  std::string Who(int number) const;

  const int most_;
  const std::vector<int> firsts_;
  const RealOptions options_;
  Sandbox sandbox_;
  const std::string prefix_;
  const std::string folder_;
  const Pinned pinned_;
  Region region_;
  Children children_;
  pid_t keeper_ = 0;
  std::vector<Life> lives_;  // by number
  uint64_t orders_ = 0;
  bool is_stopping_ = false;
};

}  // namespace interleave
