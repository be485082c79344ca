#pragma once
// All on one processor: where processes take turns, only one of them runs at any time, and handing
// over to another processor costs a wake-up of it (on an idle virtual machine ten times as much).

#include <sched.h>

namespace interleave {

// While it lives this thread, and what it forks, runs on the processor on which it was made.
class Pinned {
 public:
  Pinned() {
    is_known_ = sched_getaffinity(0, sizeof before_, &before_) == 0;
    const int here = sched_getcpu();
    if (!is_known_ || here < 0 || here >= CPU_SETSIZE) return;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(here), &one);
    // Where that is not allowed it only takes longer.
    sched_setaffinity(0, sizeof one, &one);
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned() {
    if (is_known_) sched_setaffinity(0, sizeof before_, &before_);
  }

 private:
  cpu_set_t before_{};
  bool is_known_ = false;
};

}  // namespace interleave
