#include "tools/interleave/load_schedule.h"

#include <utility>

#include "tools/interleave/files.h"

namespace interleave {

std::optional<LoadedSchedule> LoadSchedule(const std::string& path, bool color) {
  LoadedSchedule loaded;
  loaded.source = std::make_unique<Source>(DisplayName(path), ReadFile(path, kMaxScheduleBytes));
  Diagnostics diagnostics;
  std::optional<ScheduleFile> file = ParseScheduleFile(*loaded.source, diagnostics);
  PrintDiagnostics(diagnostics, *loaded.source, color);
  if (!file) return std::nullopt;
  loaded.file = std::move(*file);
  return loaded;
}

LoadedScenario LoadFor(const LoadedSchedule& schedule, const std::vector<std::string>& paths,
                       const Arguments& arguments, bool color) {
  DefineOverrides defines = schedule.file.defines;
  for (const auto& [name, value] : DefinesOf(arguments)) defines[name] = value;
  OptionOverrides options = OverridesOf(arguments);
  options.emplace("granularity",
                  schedule.file.granularity == Granularity::kAccess ? "access" : "statement");
  return LoadScenario(paths, defines, options, color);
}

bool ReplayLoaded(Run& run, const LoadedSchedule& schedule, bool color) {
  Diagnostics diagnostics;
  const bool fits = Replay(run, schedule.file, diagnostics);
  PrintDiagnostics(diagnostics, *schedule.source, color);
  return fits;
}

}  // namespace interleave
