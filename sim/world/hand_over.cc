#include "sim/world/hand_over.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <vector>

#include "sim/host/sandbox.h"
#include "sim/program/clock.h"
#include "sim/world/children.h"
#include "sim/world/pinned.h"
#include "sim/world/region.h"

namespace interleave {
namespace {

struct Words {
  alignas(64) unsigned there = 0;
  alignas(64) unsigned back = 0;
};

void Raise(unsigned* word) {
  __atomic_store_n(word, *word + 1, __ATOMIC_SEQ_CST);
  syscall(SYS_futex, word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

// False: `goes_on`, which is asked now and then, said no.
template <class GoesOn>
bool WaitWhile(unsigned* word, unsigned value, GoesOn goes_on) {
  constexpr timespec kNowAndThen = {0, 100'000'000};
  while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == value) {
    const long result = syscall(SYS_futex, word, FUTEX_WAIT, value, &kNowAndThen, nullptr, 0);
    if (result != 0 && errno == ETIMEDOUT && !goes_on()) return false;
  }
  return true;
}

}  // namespace

double MeasureHandOver() {
  constexpr unsigned kTurns = 2'000;
  constexpr unsigned kRounds = 7;
  const Pinned pinned;
  Sandbox sandbox;
  Region region(sandbox, RegionKind::kAnonymous, sizeof(Words));
  auto* const words = static_cast<Words*>(region.parent_address());
  Children children(sandbox);
  children.Start(0, [words] {
    for (unsigned i = 0; i < kTurns * kRounds; ++i) {
      WaitWhile(&words->there, i, [] { return true; });
      Raise(&words->back);
    }
    return 0;
  });
  std::vector<double> seconds;
  unsigned turn = 0;
  for (unsigned round = 0; round < kRounds; ++round) {
    const double begin = ElapsedSeconds();
    for (unsigned i = 0; i < kTurns; ++i) {
      Raise(&words->there);
      const bool is_back = WaitWhile(&words->back, turn++, [&] { return !children.Poll(); });
      if (!is_back) return 0;
    }
    seconds.push_back((ElapsedSeconds() - begin) / kTurns);
  }
  std::nth_element(seconds.begin(), seconds.begin() + kRounds / 2, seconds.end());
  return seconds[kRounds / 2];
}

}  // namespace interleave
