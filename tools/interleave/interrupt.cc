#include "tools/interleave/interrupt.h"

#include <poll.h>

#include <cerrno>
#include <csignal>
#include <initializer_list>

#include "sim/host/descriptor.h"
#include "sim/host/output_file.h"

namespace interleave {
namespace {

constexpr std::initializer_list<int> kSignals = {SIGINT, SIGTERM, SIGHUP};

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "set by a signal handler");

// A terminal that goes away may send SIGHUP twice, by the kernel and by the shell.
void OnSignal(int number) {
  if (!interrupted.exchange(true, std::memory_order_relaxed) || number == SIGHUP) return;
  OutputFile::RemoveUnfinished();
  std::signal(number, SIG_DFL);
  std::raise(number);  // taken when this handler returns
}

}  // namespace

const std::atomic<bool>& InterruptFlag() {
  static const bool installed = [] {
    struct sigaction action = {};
    action.sa_handler = OnSignal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (const int number : kSignals) {
      struct sigaction before = {};
      sigaction(number, nullptr, &before);
      if (number != SIGHUP || before.sa_handler != SIG_IGN) sigaction(number, &action, nullptr);
    }
    return true;
  }();
  static_cast<void>(installed);
  return interrupted;
}

bool WaitForInput(int descriptor) {
  // Between a look at the flag and a call that waits a signal would be lost: it is let through only
  // while ppoll() waits, which ends with it.
  sigset_t blocked, before;
  sigemptyset(&blocked);
  for (const int number : kSignals) sigaddset(&blocked, number);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  int ready = 0, error = 0;
  while (ready <= 0 && error == 0 && !interrupted.load()) {
    pollfd watched = {descriptor, POLLIN, 0};
    ready = ppoll(&watched, 1, nullptr, &before);
    if (ready < 0 && errno != EINTR) error = errno;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) ThrowSystemError(error, "cannot wait for input");
  return ready > 0;
}

}  // namespace interleave
