#include "sim/world/patience.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <limits>
#include <string>

#include "sim/program/clock.h"

namespace interleave {

Spent::Spent(pid_t pid) : pid_(pid), at_begin_(Seconds()) {}

bool Spent::HadItsChance(double seconds) const {
  return Seconds() - at_begin_ >= seconds || Sleeps();
}

double Spent::Seconds() const {
  clockid_t clock = 0;
  timespec time = {};
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &time) != 0)
    return std::numeric_limits<double>::max();
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// proc(5): the state stands behind the name in brackets. A stopped process is in T.
bool Spent::Sleeps() const {
  std::ifstream file(fmt::format("/proc/{}/stat", pid_));
  std::string text;
  std::getline(file, text);
  const std::size_t name = text.rfind(')');
  return name != std::string::npos && name + 2 < text.size() && text[name + 2] == 'S';
}

Waiting::Waiting(double longest_seconds) : longest_(longest_seconds), last_(ElapsedSeconds()) {}

double Waiting::Look() {
  const double now = ElapsedSeconds();
  waited_ += std::min(now - last_, longest_);
  last_ = now;
  return waited_;
}

Patience::Finding Patience::Look() {
  constexpr double kShareOfTime = 0.2;
  constexpr double kUntilLost = 3;
  const double waited = waiting_.Look();
  if (waited <= seconds_) return Finding::kWait;
  if (spent_.HadItsChance(seconds_ * kShareOfTime)) return Finding::kHangs;
  return waited <= seconds_ * kUntilLost ? Finding::kWait : Finding::kLost;
}

}  // namespace interleave
