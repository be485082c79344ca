#pragma once
// What can go wrong with real processes, and whose fault it is.
//
// A verdict ("the real world does something else") needs that it was shown: a RealWorldError. What
// the machine does to a process (it is killed, stopped, never runs) says nothing about the
// scenario: a ProcessLost, which leaves everything incomplete. What cannot even be set up is a
// std::runtime_error like other failures of the machine.

#include <stdexcept>
#include <string>

#include "sim/host/interrupted.h"
#include "sim/world/children.h"

namespace interleave {

class RealWorldError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What differs, a line each; the first line says where.
class WorldsDiffer : public RealWorldError {
 public:
  using RealWorldError::RealWorldError;
};

// The real thing behind an object did something else than its model.
class RealThingDiffers : public WorldsDiffer {
 public:
  RealThingDiffers(const std::string& where, const std::string& what)
      : WorldsDiffer(where + "\n" + what), what_differs(what) {}

  const std::string what_differs;  // without the first line
};

// "a process was lost: the process of p was killed by signal 9 (Killed), at turn 3".
class ProcessLost : public std::runtime_error {
 public:
  explicit ProcessLost(const std::string& how) : std::runtime_error("a process was lost: " + how) {}
};

// A child ended that should not have: throws RealWorldError where it did so itself, ProcessLost
// where it was ended, std::runtime_error where it could not go on. `who`: "the process of p";
// `where`: ", at turn 3", or "".
[[noreturn]] void ThrowEnd(const Children::Exit& exit, const std::string& who,
                           const std::string& where);

}  // namespace interleave
