#pragma once
// What a run with real processes leaves in the operating system, and that nothing of it stays.
//
// Three lines of defence. The destructor. A *janitor*, a process forked at construction that waits
// for the end of a pipe whose other end only the owner holds: however the owner dies, kill -9
// included, the kernel closes that end, and the janitor kills the children and removes the rest.
// Last, each new run removes what runs left whose owner and janitor were killed together.
//
// Names say whose they are: a run id holds the owner's process number and that process's start time
// (numbers are used again, pairs are not), and a digest of host and namespaces, because in another
// container that shares the folder the number means another process.
//
// Linux, with /proc. Tested by tests/sandbox_test.cc.

#include <sys/types.h>

#include <atomic>
#include <string>
#include <string_view>

namespace interleave {

// fork(), such that no signal handler of the parent ever runs in the child: all signals are blocked
// there until it says otherwise. `what` begins the message. Throws std::system_error.
pid_t ForkWithSignalsBlocked(const char* what);

// One run's names, private folder and janitor. One thread; several in one process are possible.
// Belongs to the process that made it: in a forked one, nothing here has an effect outside of it.
class Sandbox {
 public:
  static constexpr int kMaxChildren = 256;

  // Sweeps, starts the janitor, makes the folder. Throws std::system_error, then nothing is left.
  Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  // Removes the folder and all shared memory objects named by Name, reaps the janitor. What cannot
  // be removed yet (a program that is being killed still makes a file) is left to the janitor.
  // REQUIRES: no children of this sandbox, see Children.
  ~Sandbox();

  // The folder, mode 0700: "/tmp/interleave-<uid>-<run id>", in $TMPDIR if that is set. Absolute.
  const std::string& path() const { return path_; }
  // "<place>-<pid>-<start time>-<random>", place and random in hexadecimal.
  const std::string& run_id() const { return run_id_; }
  // "/interleave-<run id>-<suffix>": the name of a shared memory object, or of a semaphore, of this
  // run.
  std::string Name(std::string_view suffix) const;
  // 0, 1, 2, ...: for names that are unique within the run.
  int TakeNumber() { return next_number_++; }

  // In a forked process: lets go of the pipe, which would hide the owner's death from the janitor,
  // and of the list of children, which is shared memory.
  void ForgetInChild();

  // The list of children that the janitor kills. Register REQUIRES: fewer than kMaxChildren are
  // registered, `pid` is a child of this process that was not waited for.
  void Register(pid_t pid);
  // Where a child that leads a group writes its number, before it starts others: from then on it is
  // registered with all that are in its group, also when it is gone itself. REQUIRES: as Register.
  std::atomic<pid_t>* GroupPlace();
  // Nothing happens if it is not registered.
  void Unregister(pid_t pid);
  int registered() const;

  // Removes the folders (in $TMPDIR or /tmp) and shared memory objects of dead runs of this user at
  // this place. What cannot be removed stays, without an error.
  static void Sweep();

 private:
  struct Slot;

  Slot& FreeSlot();

  // Only sets names: the object can be destroyed from here on, whatever else fails.
  explicit Sandbox(std::string run_id);
  void StartJanitor();
  [[noreturn]] void RunJanitor(int read_end) noexcept;
  void KillRegistered() noexcept;
  // Folder and shared memory objects. True: nothing of it is left.
  bool RemoveAll() noexcept;

  const pid_t owner_;
  const std::string run_id_;
  const std::string path_;
  int next_number_ = 0;
  Slot* slots_ = nullptr;  // kMaxChildren of them, shared with the janitor
  int write_end_ = -1;     // of the janitor's pipe; nothing is ever written
  pid_t janitor_ = -1;
};

}  // namespace interleave
