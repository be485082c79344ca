#pragma once
// Real processes, forked from this one, that do not outlive it.
//
// Tested by tests/sandbox_test.cc.

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/host/sandbox.h"
#include "sim/world/last_words.h"

namespace interleave {

// Owns its children. One thread: the kernel kills a child when the thread that forked it ends.
class Children {
 public:
  // What a body's exception, and a child whose parent died before it began, exit with.
  static constexpr int kFailedCode = 125;

  struct Exit {
    enum class How : unsigned char {
      kReturned,  // from its body, or by exit
      kFailed,    // its body threw: the machine does not let it go on
      kFaulted,   // by a signal that it raised by what it did, see LastWords
      kKilled,    // by a signal that somebody else sent, as far as is known
    };

    int index = 0;
    pid_t pid = 0;
    How how = How::kReturned;
    int code_or_signal = 0;  // the signal that ended it, else 0 .. 255
    std::string why;         // kFailed: what was thrown

    bool is_well() const { return how == How::kReturned && code_or_signal == 0; }
    // "was killed by signal 9 (Killed)"
    std::string HowText() const;
  };

  // `sandbox` is kept by the caller. Where this process ignores SIGCHLD, as some start their
  // programs, that ends here: the kernel would throw the exits away.
  explicit Children(Sandbox& sandbox);
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children();  // KillAll

  // Forks a child that runs `body` and exits with its result. No destructor or exit handler of the
  // parent runs there, even if `body` calls exit. Signals have their default action, and none is
  // blocked; those that ask a program to end are ignored: a whole group of processes gets them, and
  // the parent decides, and takes its children along. It writes no core file. What is in the
  // buffers of stdio and iostreams is the parent's: `body` shall not flush them. Throws
  // std::system_error, EAGAIN also at more than Sandbox::kMaxChildren.
  pid_t Start(int index, const std::function<int()>& body);

  // One child that ended and was not reported before, if there is any; does not wait. Throws
  // std::system_error (ECHILD) when somebody else has waited for it.
  std::optional<Exit> Poll();

  // Kills and waits for all; they are not reported.
  void KillAll();

  // Of those that were started, and neither reported nor killed.
  std::vector<pid_t> pids() const;
  int alive() const { return static_cast<int>(children_.size()); }

 private:
  struct Child {
    int index = 0;
    pid_t pid = 0;
    std::size_t words = 0;  // its place in words_
  };

  [[noreturn]] void RunInChild(pid_t parent, std::size_t words,
                               const std::function<int()>& body) noexcept;

  Sandbox& sandbox_;
  const pid_t owner_;
  LastWords words_;
  std::vector<Child> children_;
};

}  // namespace interleave
