#pragma once
// How long to wait for a process that does not answer, and what its silence means.
//
// The wall clock proves nothing: the machine may be busy, the process stopped, the waiting one as
// well. A process hangs when it could have moved on and did not: it had its share of a processor,
// or sleeps.
//
// Tested by tests/real_world_test.cc and tests/stress_test.cc.

#include <sys/types.h>

#include <optional>

namespace interleave {

// What a process did since somebody began to wait for it.
class Spent {
 public:
  explicit Spent(pid_t pid);

  // Whether it got so much time of a processor, or sleeps, or is gone: then the machine does not
  // hold it up.
  bool HadItsChance(double seconds) const;

 private:
  double Seconds() const;
  bool Sleeps() const;

  pid_t pid_;
  double at_begin_;
};

// Time as it passes for who looks around again and again: of a pause between two looks that is
// longer than `longest_seconds` only that much counts, because who waits may have been stopped,
// too.
class Waiting {
 public:
  explicit Waiting(double longest_seconds);

  // Seconds since the beginning, or since Restart.
  double Look();
  void Restart() { waited_ = 0; }

 private:
  const double longest_;
  double last_;
  double waited_ = 0;
};

// One silent process.
class Patience {
 public:
  enum class Finding : unsigned char {
    kWait,   // a little longer
    kHangs,  // by its own doing
    kLost,   // it did not get to run, and nobody waits any longer
  };

  // `seconds`: after so long it hangs if it had its chance, after three times as long it is lost.
  Patience(pid_t pid, double seconds) : seconds_(seconds), spent_(pid), waiting_(kLongestPause) {}

  // REQUIRES: called at least five times a second.
  Finding Look();

 private:
  static constexpr double kLongestPause = 0.2;

  const double seconds_;
  const Spent spent_;
  Waiting waiting_;
};

}  // namespace interleave
