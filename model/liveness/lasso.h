#pragma once
// The shortest fair run without an end that an automaton accepts: a way in, and a loop.
//
// Fair runs are found by strongly connected components. Weak fairness of a process is one more
// mark: a step carries it that is the process's or leaves a state in which none is owed to it. A
// component without all marks holds no fair run; one in which a strongly fair process is owed a
// step and never moves is taken apart again without the states where it is owed one (E. A. Emerson
// and C.-L. Lei, "Modalities for model checking", 1987). What is left holds one.
//
// Then the shortest, in the product with truth_watcher.h: a shortest way to each state of these
// components and a shortest loop through it that carries all marks, found breadth-first over states
// and the marks collected so far. To find it is NP-hard in the number of marks (E. Clarke, O.
// Grumberg, K. McMillan and X. Zhao, "Efficient generation of counterexamples and witnesses",
// 1995), of which there are few.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/liveness/automaton.h"
#include "model/liveness/run_product.h"

namespace interleave {

struct Lasso {
  uint32_t start = 0;          // the initial state
  std::vector<uint64_t> stem;  // steps of the graph, kNoStep where nothing moves
  std::vector<uint64_t> loop;  // likewise; it comes back to where it began
  bool is_shortest = false;    // no other is shorter; false: there was no time to see

  std::size_t length() const { return stem.size() + loop.size(); }
};

struct LassoLimits {
  GoesOn goes_on = [] { return true; };
  uint64_t work = 50'000'000;  // steps that are looked at to find the shortest one
};

struct LassoSearch {
  std::optional<Lasso> lasso;  // nothing: there is none, if the search was complete
  bool complete = false;
  std::string refusal;  // why it cannot be judged at all
  uint64_t nodes = 0;   // of the product
};

// Mistakes that can be planted, for tests.
enum class LassoFault : uint8_t {
  kNone,
  kNoFairness,     // every run counts as fair
  kNoStutter,      // a run that ends is no run without an end
  kMarksOnStates,  // a step has the marks of all steps that leave the same state
  kStrongIsWeak,   // strong fairness is taken for weak fairness
  kAnyLoop,        // the loop that is shown need not have all marks
};

// A fair run that makes the formula false.
LassoSearch FindLasso(const RunGraph& graph, const Formula& formula, const LassoLimits& limits,
                      LassoFault fault = LassoFault::kNone);

}  // namespace interleave
