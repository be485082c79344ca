#pragma once
// The smallest transition system that cannot be told from a given one.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/graph/lts.h"

namespace interleave {

enum class Equivalence : uint8_t {
  // Strong bisimulation: the hidden label is one like the others.
  kStrong,
  // Branching bisimulation with explicit divergence (van Glabbeek and Weijland, "Branching time and
  // abstraction in bisimulation semantics", Journal of the ACM 43, 1996): hidden steps that decide
  // nothing are not seen, but a state that can go on hidden steps for ever is not one that cannot.
  kBranching,
  // Weak trace equivalence: the same sequences of visible labels, and the same classes met behind
  // each. Says nothing of where runs branch or diverge.
  kTrace,
};

struct Minimized {
  Lts lts;
  // By state of the input: its state in `lts`. Empty for kTrace.
  std::vector<uint32_t> block_of;
  // By state of `lts`: the states of the input it stands for, ascending. For kTrace alone, where
  // one state of the input may belong to several.
  std::vector<std::vector<uint32_t>> members;
  std::string incomplete_reason;  // a limit was met, and the rest is empty; else empty
  bool was_given_up = false;      // may_go_on said so, and the rest is empty
};

struct MinimizeLimits {
  // Of the sets of states that kTrace makes: there may be exponentially many.
  uint64_t max_members = 100'000'000;  // in all sets together; and of steps between sets
  uint32_t max_sets = 5'000'000;
  // Asked now and then, may be empty. False: minimising is given up.
  std::function<bool()> may_go_on = {};
};

// The states of the result are numbered by their smallest state of the input (kTrace: breadth-first
// from the initial one). Of branching bisimulation inert hidden steps are left out; a loop of the
// hidden label is left where steps can be hidden for ever.
Minimized Minimize(const Lts& lts, Equivalence equivalence, const MinimizeLimits& limits = {});

}  // namespace interleave
