#include "sim/host/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
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

// Spawned, not forked: a fork marks every page of this process, and each write to one costs a fault
// afterwards. posix_spawn cannot ask for a signal at the parent's death, setpriv (util-linux) can;
// where it is missing an orphan goes on until it notices that nobody reads what it writes.
pid_t Start(std::vector<std::string> words, const std::vector<std::string>& environment, int in,
            int out, int err) {
  if (const auto setpriv = FindProgram("/usr/bin/setpriv")) {
    const std::vector<std::string> before = {*setpriv, "--pdeathsig", "KILL", "--"};
    words.insert(words.begin(), before.begin(), before.end());
  }
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in, 0);
  posix_spawn_file_actions_adddup2(&files, out, 1);
  posix_spawn_file_actions_adddup2(&files, err, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t pipe_signal;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &pipe_signal);
  pid_t child = 0;
  const int failed = posix_spawn(&child, words[0].c_str(), &files, &attributes,
                                 Pointers(words).data(), Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) ThrowSystemError(failed, words.front());
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
  if (name.empty() || name.find(' ') != std::string::npos) return std::nullopt;
  if (name.find('/') != std::string::npos) {
    return access(name.c_str(), X_OK) == 0 ? std::optional(name) : std::nullopt;
  }
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
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
  const pid_t child = Start(words, Environment(options.environment), input.theirs.number(),
                            output.theirs.number(), errors.theirs.number());
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
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) ThrowSystemError(errno, "waitpid");
  }
  if (result.end == End::kExited && WIFSIGNALED(status)) result.end = End::kSignaled;
  result.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

}  // namespace interleave
