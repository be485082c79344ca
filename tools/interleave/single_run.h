#pragma once
// What `run` and `replay` share: showing a single run and what came of it.

#include <optional>
#include <string>

#include "model/property/run_judge.h"
#include "sim/world/run.h"
#include "tools/interleave/load_scenario.h"
#include "tools/interleave/options.h"

namespace interleave {

// Prints the run as a table, with what broke, if anything. `title` stands in the first line where
// is broken, and then `shown` is the table; null: the whole run. Returns the exit code of what
// broke, or 0 (20 where a limit ended the run).
int ShowRun(const LoadedScenario& loaded, RunJudge& judge, Run& run, const std::string& title,
            bool color, const Trace* shown = nullptr);

}  // namespace interleave
