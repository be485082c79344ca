#include "sim/host/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <sstream>

#include "sim/host/descriptor.h"
#include "sim/host/sandbox.h"
#include "sim/program/clock.h"

namespace interleave {
namespace {

constexpr std::size_t kErrorBytes = 64 * 1024;
constexpr int kMomentMs = 5;

// Two connected sockets rather than a pipe: MSG_NOSIGNAL keeps a child that stops reading from
// killing this process. Our end does not block.
struct Channel {
  Descriptor ours, theirs;

  Channel() {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
      ThrowSystemError(errno, "socketpair");
    ours.Open(ends[0]);
    theirs.Open(ends[1]);
    // Where this process has no standard streams of its own, one end may have taken their number.
    if (ends[1] <= STDERR_FILENO) {
      const int above = fcntl(ends[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
      if (above < 0) ThrowSystemError(errno, "fcntl");
      theirs.Close();
      theirs.Open(above);
    }
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) ThrowSystemError(errno, "fcntl");
  }
};

std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// This process's environment, but for the names that `own` sets.
std::vector<std::string> Environment(const std::vector<std::string>& own) {
  std::vector<std::string> all = own;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    const auto sets = [&](const std::string& other) { return other.starts_with(name); };
    if (!std::any_of(own.begin(), own.end(), sets)) all.emplace_back(text);
  }
  return all;
}

// What a child needs to know before it becomes the program.
struct Launch {
  char** words;
  char** environment;
  std::array<int, 3> streams;  // above the standard ones
  sigset_t signals;            // blocked in the program
  pid_t parent;
  std::atomic<pid_t>* place;  // in a janitor's list; may be null
  int error;                  // of what failed, written by the child
};

// In the child, which shares this process's memory and waits for nothing; all signals are blocked.
// Its stack is not the thread's: AddressSanitizer must not look at it.
__attribute__((no_sanitize("address"))) int BecomeProgram(void* argument) {
  Launch& launch = *static_cast<Launch*>(argument);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A parent that died before that sends no signal.
  if (getppid() != launch.parent) _exit(127);
  setpgid(0, 0);
  if (launch.place != nullptr) launch.place->store(getpid());
  // No handler of this process may run here, where it would change this process's memory.
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action {};
    if (sigaction(signal, nullptr, &action) != 0) continue;
    const bool is_ours = signal == SIGPIPE || signal == SIGXFSZ;
    if (action.sa_handler == SIG_DFL || (action.sa_handler == SIG_IGN && !is_ours)) continue;
    action.sa_flags = 0;
    action.sa_handler = SIG_DFL;
    sigaction(signal, &action, nullptr);
  }
  for (int k = 0; k < 3; ++k) {
    if (dup2(launch.streams[static_cast<std::size_t>(k)], k) < 0) {
      launch.error = errno;
      _exit(127);
    }
  }
  sigprocmask(SIG_SETMASK, &launch.signals, nullptr);
  execve(launch.words[0], launch.words, launch.environment);
  launch.error = errno;
  _exit(127);
}

// Like posix_spawn(): a fork would mark every page of this process, and each write to one would
// cost a fault afterwards. But posix_spawn() cannot ask for a signal at the parent's death, and
// what asks later (setpriv) may come too late.
pid_t Start(const std::vector<std::string>& words, const std::vector<std::string>& environment,
            const std::array<int, 3>& streams, std::atomic<pid_t>* place) {
  constexpr std::size_t kStackBytes = 256 * 1024;
  const std::vector<char*> word_pointers = Pointers(words);
  const std::vector<char*> environment_pointers = Pointers(environment);
  Launch launch{};
  launch.words = const_cast<char**>(word_pointers.data());
  launch.environment = const_cast<char**>(environment_pointers.data());
  launch.streams = streams;
  launch.place = place;
  launch.parent = getpid();
  void* const stack = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) ThrowSystemError(errno, words.front());
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &launch.signals);
  const pid_t child = clone(BecomeProgram, static_cast<char*>(stack) + kStackBytes,
                            CLONE_VM | CLONE_VFORK | SIGCHLD, &launch);
  const int failed = child < 0 ? errno : launch.error;
  pthread_sigmask(SIG_SETMASK, &launch.signals, nullptr);
  munmap(stack, kStackBytes);
  if (failed != 0) {
    if (place != nullptr) place->store(0);
    while (child > 0 && waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
    ThrowSystemError(failed, words.front());
  }
  return child;
}

// Appends what there is to read, keeping no more than `limit` bytes; closes at the end of the file.
void ReadSome(Descriptor& from, std::string& to, std::size_t limit, bool& over) {
  std::array<char, 65536> buffer{};
  while (from.is_open()) {
    const ssize_t got = read(from.number(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return from.Close();
    const std::size_t room = limit - to.size();
    over = over || static_cast<std::size_t>(got) > room;
    to.append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
    if (over) return;  // Let the caller look at its limits.
  }
}

void WriteSome(Descriptor& to, std::string_view& rest) {
  while (to.is_open() && !rest.empty()) {
    const ssize_t sent = send(to.number(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) return to.Close();  // It does not want more.
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  to.Close();
}

}  // namespace

std::optional<std::string> FindProgram(const std::string& name) {
  const auto can_be_run = [](const std::string& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
           access(path.c_str(), X_OK) == 0;
  };
  if (name.empty()) return std::nullopt;
  if (name.find('/') != std::string::npos) {
    return can_be_run(name) ? std::optional(name) : std::nullopt;
  }
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    if (can_be_run(candidate)) return candidate;
  }
  return std::nullopt;
}

void KeepExits() {
  struct sigaction action {};
  if (sigaction(SIGCHLD, nullptr, &action) == 0 &&
      (action.sa_handler == SIG_IGN || (action.sa_flags & SA_NOCLDWAIT) != 0)) {
    std::signal(SIGCHLD, SIG_DFL);
  }
}

ProgramResult RunProgram(const std::vector<std::string>& words, const ProgramOptions& options) {
  using End = ProgramResult::End;
  KeepExits();
  Channel input, output, errors;
  const double start = ElapsedSeconds();
  const pid_t child = Start(words, Environment(options.environment),
                            {input.theirs.number(), output.theirs.number(), errors.theirs.number()},
                            options.sandbox != nullptr ? options.sandbox->GroupPlace() : nullptr);
  input.theirs.Close();
  output.theirs.Close();
  errors.theirs.Close();
  ProgramResult result;
  std::string_view rest = options.input;
  for (bool ended = false; !ended;) {
    const bool quiet = !output.ours.is_open() && !errors.ours.is_open() && !input.ours.is_open();
    std::array<pollfd, 3> watched = {{{input.ours.number(), POLLOUT, 0},
                                      {output.ours.number(), POLLIN, 0},
                                      {errors.ours.number(), POLLIN, 0}}};
    poll(watched.data(), watched.size(), quiet ? 1 : kMomentMs);
    // Asked before the last reading: what it wrote is then there. Not reaped yet: as long as it is
    // a zombie its number names no other group.
    siginfo_t info{};
    if (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0 &&
        errno != EINTR) {
      ThrowSystemError(errno, "waitid");
    }
    ended = info.si_pid == child;
    bool over = false, ignored = false;
    WriteSome(input.ours, rest);
    ReadSome(output.ours, result.output, options.output_limit_bytes, over);
    ReadSome(errors.ours, result.errors, kErrorBytes, ignored);
    const auto stop = [&](End why) {
      if (result.end == End::kExited) result.end = why;
      kill(-child, SIGKILL);
    };
    if (over) stop(End::kOutputLimit);
    if (ended) continue;
    if (options.cancel != nullptr && options.cancel->load(std::memory_order_relaxed)) {
      stop(End::kCancelled);
    }
    if (options.time_limit_seconds > 0 && ElapsedSeconds() - start > options.time_limit_seconds) {
      stop(End::kTimeLimit);
    }
  }
  kill(-child, SIGKILL);  // What it left behind.
  if (options.sandbox != nullptr) options.sandbox->Unregister(child);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) ThrowSystemError(errno, "waitpid");
  }
  if (result.end == End::kExited && WIFSIGNALED(status)) result.end = End::kSignaled;
  result.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

}  // namespace interleave
