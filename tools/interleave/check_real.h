#pragma once
// `check --world real`: every interleaving on real processes.

#include "model/search/check.h"
#include "tools/interleave/load_scenario.h"
#include "tools/interleave/options.h"

namespace interleave {

// Explores, prints what was found, writes --schedule; the exit code. `limits`: of states and time.
int CheckReal(const Arguments& arguments, const LoadedScenario& loaded, const CheckOptions& limits);

}  // namespace interleave
