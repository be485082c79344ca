#include "sim/world/children.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <system_error>

#include "sim/host/child_program.h"

namespace interleave {
namespace {

// As waitpid, but goes on after a signal.
pid_t Wait(pid_t pid, int& status, int options) {
  pid_t result = 0;
  do {
    result = waitpid(pid, &status, options);
  } while (result < 0 && errno == EINTR);
  return result;
}

void ResetSignals() {
  for (int number = 1; number < NSIG; ++number) {
    // Fails for SIGKILL, SIGSTOP and the two that the C library keeps.
    std::signal(number, SIG_DFL);
  }
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) std::signal(number, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

// 1, not 0, also keeps it from programs that collect core files, see core(5).
void WriteNoCore() {
  rlimit limit{};
  if (getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(1, limit.rlim_max);
  setrlimit(RLIMIT_CORE, &limit);
}

}  // namespace

std::string Children::Exit::HowText() const {
  const char* const name =
      how == How::kFaulted || how == How::kKilled ? strsignal(code_or_signal) : "";
  switch (how) {
    case How::kReturned: break;
    case How::kFailed: return "could not go on: " + why;
    case How::kFaulted: return fmt::format("ended itself by signal {} ({})", code_or_signal, name);
    case How::kKilled: return fmt::format("was killed by signal {} ({})", code_or_signal, name);
  }
  return fmt::format("ended with code {}", code_or_signal);
}

Children::Children(Sandbox& sandbox) : sandbox_(sandbox), owner_(getpid()), words_(sandbox) {
  KeepExits();
}

Children::~Children() {
  if (getpid() == owner_) KillAll();
}

pid_t Children::Start(int index, const std::function<int()>& body) {
  if (sandbox_.registered() >= Sandbox::kMaxChildren) {
    throw std::system_error(EAGAIN, std::generic_category(),
                            fmt::format("more than {} processes", Sandbox::kMaxChildren));
  }
  children_.reserve(children_.size() + 1);  // Once there is a child, nothing may fail.
  const pid_t parent = getpid();
  const std::size_t words = words_.Take();
  pid_t pid = 0;
  try {
    pid = ForkWithSignalsBlocked("cannot start a process");
  } catch (...) {
    words_.GiveBack(words);
    throw;
  }
  if (pid == 0) RunInChild(parent, words, body);
  children_.push_back({index, pid, words});
  sandbox_.Register(pid);
  return pid;
}

void Children::RunInChild(pid_t parent, std::size_t words,
                          const std::function<int()>& body) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kFailedCode);  // It died before the line above.
  sandbox_.ForgetInChild();
  WriteNoCore();
  ResetSignals();
  words_.TellFaults(words);
  // The last handler registered is the first to run, and the only one.
  on_exit([](int code, void*) { _exit(code); }, nullptr);
  int code = kFailedCode;
  try {
    code = body();
  } catch (const std::exception& error) {
    words_.Tell(words, error.what());
  } catch (...) {
    words_.Tell(words, "an unknown exception");
  }
  _exit(code);
}

std::optional<Children::Exit> Children::Poll() {
  for (std::size_t i = 0; i < children_.size(); ++i) {
    const Child child = children_[i];
    int status = 0;
    const pid_t result = Wait(child.pid, status, WNOHANG);
    if (result == 0) continue;
    const int error = errno;
    children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i));
    sandbox_.Unregister(child.pid);
    words_.GiveBack(child.words);
    if (result < 0) {
      throw std::system_error(error, std::generic_category(),
                              fmt::format("cannot wait for process {}", child.pid));
    }
    Exit exit;
    exit.index = child.index;
    exit.pid = child.pid;
    if (WIFSIGNALED(status)) {
      exit.code_or_signal = WTERMSIG(status);
      exit.how = words_.FaultOf(child.words) == exit.code_or_signal ? Exit::How::kFaulted
                                                                    : Exit::How::kKilled;
    } else {
      exit.code_or_signal = WEXITSTATUS(status);
      exit.why = words_.TextOf(child.words);
      if (!exit.why.empty()) exit.how = Exit::How::kFailed;
    }
    return exit;
  }
  return std::nullopt;
}

std::vector<pid_t> Children::pids() const {
  std::vector<pid_t> pids;
  pids.reserve(children_.size());
  for (const Child& child : children_) pids.push_back(child.pid);
  return pids;
}

void Children::KillAll() {
  for (const Child& child : children_) kill(child.pid, SIGKILL);
  for (const Child& child : children_) {
    int status = 0;
    Wait(child.pid, status, 0);
    sandbox_.Unregister(child.pid);
    words_.GiveBack(child.words);
  }
  children_.clear();
}

}  // namespace interleave
