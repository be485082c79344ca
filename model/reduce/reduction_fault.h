#pragma once
// Mistakes in partial-order reduction that are made on purpose, to see that a test notices them.
// Apart from partial_order.h (which says what C2 and C3 are), so that who only asks for reductions
// does not include how they are made.

#include <cstdint>

namespace interleave {

enum class ReductionFault : uint8_t {
  kNone,
  kNoProviso,       // C3 is left out
  kNoVisibility,    // C2 is left out
  kFailuresPassed,  // who fails is passed by where only one other can move
  kMissedWrites,    // what the first template writes is taken for memory that nobody writes
  kBareGhosts,      // touching ghosts and marks is left out of footprints
  kRacesCommute,    // who waits for a cell, or adds to it, is taken to race with nobody
  kRacesPassed,     // races are not looked for in states that are passed
};

}  // namespace interleave
