#pragma once
// What a child tells of its own end, in memory that it shares with its parent.
//
// A wait status has the signal that ended a process, but not whose deed it was. Who faults (a bad
// address, a division, abort()) can tell it in a signal handler, because the kernel says there what
// the signal is about; who is killed from outside tells nothing. So a death is the program's own
// only where it was shown to be.
//
// Tested by tests/sandbox_test.cc.

#include <cstddef>
#include <string>
#include <string_view>

#include "sim/host/sandbox.h"
#include "sim/world/region.h"

namespace interleave {

class LastWords {
 public:
  // Room for Sandbox::kMaxChildren. Throws std::system_error.
  explicit LastWords(Sandbox& sandbox);

  // A place that nobody uses. REQUIRES: fewer than kMaxChildren are taken.
  std::size_t Take();
  void GiveBack(std::size_t place);

  // In a child: faults are told from here on.
  void TellFaults(std::size_t place) const;
  // In a child: why it cannot go on; of a long text the beginning.
  void Tell(std::size_t place, std::string_view why) const noexcept;

  // The signal that the child at `place` raised by what it did itself; 0: none.
  int FaultOf(std::size_t place) const;
  // What it said to Tell; "": nothing.
  std::string TextOf(std::size_t place) const;

 private:
  struct Place;
  Place& At(std::size_t place) const;

  const Region region_;
};

}  // namespace interleave
