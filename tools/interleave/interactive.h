#pragma once
// A person as the scheduler.

#include "model/property/run_judge.h"
#include "sim/world/run.h"
#include "tools/interleave/load_scenario.h"

namespace interleave {

// Offers the choices by number and takes the one that a line of standard input names, until the
// input ends or `q`. `u` takes a step back, `s` shows the state, `?` explains. False: the run was
// not started.
bool SteerByHand(const LoadedScenario& loaded, RunJudge& judge, Run& run, bool color);

}  // namespace interleave
