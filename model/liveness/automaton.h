#pragma once
// From a formula of linear temporal logic to an automaton that accepts the runs which make it true.
//
// The automaton is a generalized Büchi automaton with its acceptance on transitions: each U of the
// formula has a mark, a transition carries it unless it puts off what is on the U's right, and a
// run is accepted if it has every mark again and again. The construction is the tableau of J.-M.
// Couvreur, "On-the-fly verification of linear temporal logic", FM 1999: a state is the set of
// formulas that are to hold from here on; it is taken apart into what must hold now and what must
// hold of the rest of the run.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/language/syntax.h"

namespace interleave {

// What a transition asks of the state it leaves and of the step that leaves it, a bit for each atom
// and each process.
struct AutomatonLabel {
  uint64_t atoms = 0, not_atoms = 0;
  uint64_t moved = 0, not_moved = 0;

  bool operator==(const AutomatonLabel&) const = default;
  // Whether some state and step fit it. A step is of one process.
  bool is_possible() const {
    return (atoms & not_atoms) == 0 && (moved & not_moved) == 0 && (moved & (moved - 1)) == 0;
  }
  // `truth`: the atoms that are true; `mover`: a bit for who moves, none where nobody does.
  bool Fits(uint64_t truth, uint64_t mover) const {
    return (truth & atoms) == atoms && (truth & not_atoms) == 0 && (mover & moved) == moved &&
           (mover & not_moved) == 0;
  }
};

struct AutomatonTransition {
  uint32_t to = 0;
  AutomatonLabel label;
  uint32_t marks = 0;  // a bit for each mark that it carries

  bool operator==(const AutomatonTransition&) const = default;
};

struct Automaton {
  std::vector<std::vector<AutomatonTransition>> states;  // by state; the first is where it starts
  std::size_t marks = 0;                                 // how many there are

  // Whether it accepts no sequence of states and steps at all.
  bool is_empty() const;
};

// Most states and marks of an automaton.
inline constexpr std::size_t kMostAutomatonStates = 4096;
inline constexpr std::size_t kMostMarks = 24;

// The runs that make the formula true; where `negated`, those that make it false. Nothing where
// that takes more states or marks. REQUIRES: atoms and processes have numbers below 64.
std::optional<Automaton> MakeAutomaton(const Formula& formula, bool negated);

// Puts a formula together from its parts. Each function returns the number of what it made.
class FormulaBuilder {
 public:
  int True() { return Add({FormulaPart::Kind::kTrue}); }
  int False() { return Add({FormulaPart::Kind::kFalse}); }
  int Atom(int atom);
  int Not(int operand) { return Add({FormulaPart::Kind::kNot, operand}); }
  int And(int left, int right) { return Add({FormulaPart::Kind::kAnd, left, right}); }
  int Or(int left, int right) { return Add({FormulaPart::Kind::kOr, left, right}); }
  int Finally(int operand);
  int Globally(int operand);
  // What was made last is the whole.
  Formula Take() { return std::move(parts_); }

 private:
  int Add(FormulaPart part) {
    parts_.push_back(part);
    return static_cast<int>(parts_.size()) - 1;
  }

  Formula parts_;
};

}  // namespace interleave
