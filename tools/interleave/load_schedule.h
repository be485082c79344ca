#pragma once
// A .sched file on the way to its replay, with what is wrong with it on standard error.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/language/source.h"
#include "sim/world/run.h"
#include "sim/world/schedule_file.h"
#include "tools/interleave/load_scenario.h"
#include "tools/interleave/options.h"

namespace interleave {

struct LoadedSchedule {
  std::unique_ptr<Source> source;
  ScheduleFile file;
};

// Nothing after an error. Throws std::system_error when the file cannot be read.
std::optional<LoadedSchedule> LoadSchedule(const std::string& path, bool color);

// The scenario under the settings that the schedule carries; those on the command line win.
LoadedScenario LoadFor(const LoadedSchedule& schedule, const std::vector<std::string>& paths,
                       const Arguments& arguments, bool color);

// False where the schedule does not fit the program.
bool ReplayLoaded(Run& run, const LoadedSchedule& schedule, bool color);

}  // namespace interleave
