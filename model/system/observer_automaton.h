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

  // What its words mean. Symmetry permutes what in them is the number of a process, and compiled
  // steps keep those that they can.
  struct Layout {
    enum class Kind : uint8_t {
      kQueue,  // how many, then the items, oldest first
      kBag,    // how many, then the items, ascending
      kCells,  // one a cell of `object`
    };
    Kind kind = Kind::kQueue;
    uint32_t words = 0;
    int object = -1;

    bool has_items() const { return kind != Kind::kCells; }
  };

  virtual ~ObserverAutomaton() = default;
  // What it adds behind the program's slots.
  virtual Layout layout() const = 0;
  std::size_t words() const { return layout().words; }
  // Its state at the start is all zeros. Reacts to one event; `explain`, when not null, gets what
  // went wrong, in words.
  virtual Reaction On(const Event& event, int64_t* words, std::string* explain) const = 0;
  // Judges a run that is complete.
  virtual Reaction OnComplete(const int64_t* words, std::string* explain) const = 0;
};

using ObserverLayout = ObserverAutomaton::Layout;

}  // namespace interleave
