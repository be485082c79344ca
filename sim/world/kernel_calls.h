#pragma once
// The real calls behind the operations of the kernel's model (sim/objects/kernel), a row each. The
// functions of a row run in a real process, which stands for one of the model's, and give what came
// of the call as the model's operation gives it.
//
// Tested by tests/kernel_world_test.cc.

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace interleave {

// What passes between who asks for a call and the process that makes it.
struct CallBlock {
  static constexpr std::size_t kMostOfOne = 1024;  // bytes that one argument leads to
  static constexpr std::size_t kMostArguments = 4;
  std::array<int64_t, kMostArguments> arguments{};
  // What the model's operation gave. Of several children that are over the model's choice is asked
  // for, since POSIX leaves it open; and a new process needs its number.
  int64_t model_result = 0;
  // What the pointers among the arguments lead to, before the call and after it; where in there
  // that of each argument begins, and how much it is.
  std::array<char, kMostOfOne * kMostArguments> bytes{};
  std::array<std::size_t, kMostArguments> bytes_at{};
  std::array<std::size_t, kMostArguments> byte_count{};
  int64_t result = 0;
  uint64_t identity = 0;  // of what the result numbers, see KernelCall::numbers; 0: of nothing
  // Of an open that may wait for others: it goes on in a thread of its own, and its result comes
  // later.
  enum Opening : int { kNotOpening, kOpens, kHasOpened };
  std::atomic<int> opening = kNotOpening;
  std::atomic<pid_t> opener = 0;  // the thread; 0: it has not begun
  int64_t opened = 0;
};

// What a real process knows of itself and the others.
struct Caller {
  int number = 0;         // as the model counts processes, from 1; 0: who keeps them all
  bool is_first = false;  // of its program: nobody of the model has forked it
  std::span<std::atomic<pid_t>> pids;  // by number; 0: there is none
  // Before each name of what lies in shared memory: "interleave-...-", which names things of this
  // run alone. Files are in a folder.
  std::string prefix;
  std::string folder;

  // 0: none of these.
  int NumberOf(pid_t pid) const;
  // A process that the model does not have has a number that is no child's.
  pid_t PidOf(int64_t of) const;
};

struct KernelCall {
  std::string_view operation;
  // Makes the call. Does not come back where the process ends; comes back twice, with another
  // number of the caller, where there are two from now on.
  int64_t (*make)(Caller& caller, CallBlock& block);
  // Whether the call would wait now; nothing is changed. Null: it never waits.
  bool (*would_block)(const Caller& caller, const CallBlock& block) = nullptr;
  // The result, as far as these bits go, numbers objects of this sort in the order in which they
  // were made; the real one has an identity instead. Empty: it does not.
  std::string_view numbers = "";
  int64_t number_bits = 0;
  // How the result is told: a number that is an error number where it is negative; a child's number
  // and its status; the two ends of a pipe.
  enum class Gives : uint8_t { kNumber, kChild, kEnds };
  Gives gives = Gives::kNumber;
  // The process does not come back from it.
  bool ends = false;
  // The call that may have been left in a thread comes to its end, and gives the first argument.
  bool gives_argument = false;
};

// Null: the operation has no real call.
const KernelCall* FindKernelCall(std::string_view operation);

// What can be seen of a descriptor from inside its process.
struct DescriptorSeen {
  bool is_open = false;
  bool is_pipe = false;  // or a FIFO
  bool is_regular = false;
  bool is_nonblocking = false;
  bool appends = false;
  int access = 0;  // O_RDONLY, O_WRONLY, O_RDWR
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t size = 0;     // as fstat gives it
  int64_t waiting = 0;  // of a pipe: the bytes in it
  int64_t offset = 0;   // of a regular file
};
DescriptorSeen LookAtDescriptor(int descriptor);

// What a name leads to.
struct NamedThing {
  enum class Sort : uint8_t { kFile, kFifo, kSharedMemory, kSemaphore };
  std::string name;  // in shared memory without the first '/'
  Sort sort = Sort::kFile;
  int64_t size = 0;     // of files and shared memory
  std::string content;  // of a file

  static bool IsBefore(const NamedThing& a, const NamedThing& b) {
    return a.name != b.name ? a.name < b.name : a.sort < b.sort;
  }
};

// The file that a semaphore of this name has.
std::string SemaphoreFile(std::string_view real_name);
// The last part of the path in the run's folder that stands for a program's path, and back. It has
// no folders of its own.
std::string FileOf(std::string path);
std::string PathOf(std::string file);

}  // namespace interleave
