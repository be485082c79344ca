#pragma once
// A simulated world and real processes beside it, which are compared after every step.

#include <cstdint>
#include <memory>

#include "sim/world/real_world.h"
#include "sim/world/world.h"

namespace interleave {

// Start and Step throw WorldsDiffer, and what real processes throw.
class ComparedWorld : public World {
 public:
  // Whether every step is followed by TryAll (it is, unless this says otherwise).
  void set_tries(bool tries) { tries_ = tries; }
  // Has each process try its next step. Throws WorldsDiffer if one is blocked in one world only, or
  // leaves something changed.
  virtual void TryAll() = 0;

  uint64_t compared() const { return compared_; }  // steps, starts of all processes are one
  uint64_t open() const { return open_; }          // steps that were tried and could be made
  uint64_t blocked() const { return blocked_; }    // steps that were tried and were blocked

 protected:
  bool tries_ = true;
  uint64_t compared_ = 0;
  uint64_t open_ = 0;
  uint64_t blocked_ = 0;
};

// Of a program that forks the calls of its kernel are real, of others all that its processes do.
// `program` is kept by the caller.
std::unique_ptr<ComparedWorld> MakeComparedWorld(const Program& program,
                                                 const RealOptions& options);

}  // namespace interleave
