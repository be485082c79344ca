#pragma once
// The observer automata behind `property fifo;`, `property exactly_once;` and `property slots
// (...);`.

#include <memory>
#include <vector>

#include "model/system/observer_automaton.h"
#include "sim/program/program.h"

namespace interleave {

// Items come out in the order they went in. Words: how many are outstanding, then the items, oldest
// first, unused ones zero.
class FifoAutomaton : public ObserverAutomaton {
 public:
  explicit FifoAutomaton(const Program& program) : program_(program) {}
  Layout layout() const override;
  Reaction On(const Event& event, int64_t* words, std::string* explain) const override;
  Reaction OnComplete(const int64_t* words, std::string* explain) const override;

 private:
  const Program& program_;
};

// Every item comes out once, in any order. Words: how many, then the items in ascending order.
class ExactlyOnceAutomaton : public ObserverAutomaton {
 public:
  explicit ExactlyOnceAutomaton(const Program& program) : program_(program) {}
  Layout layout() const override;
  Reaction On(const Event& event, int64_t* words, std::string* explain) const override;
  Reaction OnComplete(const int64_t* words, std::string* explain) const override;

 private:
  const Program& program_;
};

// Writes and reads of each cell of an array alternate, beginning with a write. Words: one a cell, 1
// between a write and the read that takes it.
class SlotsAutomaton : public ObserverAutomaton {
 public:
  SlotsAutomaton(const Program& program, int object) : program_(program), object_(object) {}
  Layout layout() const override;
  Reaction On(const Event& event, int64_t* words, std::string* explain) const override;
  Reaction OnComplete(const int64_t*, std::string*) const override { return Reaction::kFine; }

 private:
  const Program& program_;
  int object_;
};

// An observer for each property that needs one, in the order of declaration, with its property.
struct PropertyObserver {
  std::unique_ptr<ObserverAutomaton> automaton;
  int property = -1;
};
std::vector<PropertyObserver> MakeObservers(const Program& program);

// What they keep, in their order.
std::vector<ObserverLayout> LayoutsOf(const std::vector<PropertyObserver>& observers);

}  // namespace interleave
