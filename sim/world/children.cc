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
    std::signal(number, number == SIGINT ? SIG_IGN : SIG_DFL);
  }
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

Children::Children(Sandbox& sandbox) : sandbox_(sandbox), owner_(getpid()) { KeepExits(); }

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
  const pid_t pid = ForkWithSignalsBlocked("cannot start a process");
  if (pid == 0) RunInChild(parent, body);
  children_.push_back({index, pid});
  sandbox_.Register(pid);
  return pid;
}

void Children::RunInChild(pid_t parent, const std::function<int()>& body) noexcept {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kFailedCode);  // It died before the line above.
  sandbox_.ForgetInChild();
  WriteNoCore();
  ResetSignals();
  // The last handler registered is the first to run, and the only one.
  on_exit([](int code, void*) { _exit(code); }, nullptr);
  int code = kFailedCode;
  try {
    code = body();
  } catch (...) {
    // kFailedCode says so.
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
    if (result < 0) {
      throw std::system_error(error, std::generic_category(),
                              fmt::format("cannot wait for process {}", child.pid));
    }
    const bool signaled = WIFSIGNALED(status);
    return Exit{child.index, child.pid, signaled,
                signaled ? WTERMSIG(status) : WEXITSTATUS(status)};
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
  }
  children_.clear();
}

}  // namespace interleave
