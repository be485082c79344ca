#pragma once
// An automaton composed into the system: it watches what steps do, its words are part of the state.

#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/program/stepper.h"

namespace interleave {

class ObserverAutomaton {
 public:
  enum class Reaction : uint8_t { kFine, kViolated, kIncomplete };

  virtual ~ObserverAutomaton() = default;
  virtual std::size_t words() const = 0;
  // Its state at the start is all zeros. Reacts to one event; `explain`, when not null, gets what
  // went wrong, in words.
  virtual Reaction On(const Event& event, int64_t* words, std::string* explain) const = 0;
  // Judges a run that is complete.
  virtual Reaction OnComplete(const int64_t* words, std::string* explain) const = 0;
};

// What the words mean that an observer automaton adds behind the program's slots: symmetry permutes
// what in them is the number of a process.
struct ObserverLayout {
  enum class Kind : uint8_t {
    kFifo,         // how many, then the items, oldest first
    kExactlyOnce,  // how many, then the items, ascending
    kSlots,        // one a cell of `object`
  };
  Kind kind = Kind::kFifo;
  uint32_t words = 0;
  int object = -1;
};

}  // namespace interleave
