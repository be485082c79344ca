#include "tools/interleave/find_scenarios.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace interleave {
namespace {

namespace fs = std::filesystem;
using Kind = FoundScenario::Kind;

void SearchFolder(const fs::path& folder, std::vector<FoundScenario>& found) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    std::error_code unknown;
    const fs::file_status status = entry->status(unknown);
    if (fs::is_directory(status)) {
      std::error_code ignored;
      if (!entry->is_symlink(ignored)) SearchFolder(path, found);
    } else if (path.extension() == ".scn" || path.extension() == ".c") {
      if (fs::is_regular_file(status)) {
        found.push_back({Kind::kFile, path.string(), ""});
      } else if (!fs::exists(status)) {
        // A link to what is not there.
        const int number = unknown ? unknown.value() : ENOENT;
        found.push_back({Kind::kTrouble, path.string(), std::generic_category().message(number)});
      }
    }
  }
  if (error) found.push_back({Kind::kTrouble, folder.string(), error.message()});
}

}  // namespace

std::vector<FoundScenario> FindScenarios(const std::vector<std::string>& paths) {
  std::vector<FoundScenario> all;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = path == "-" ? fs::file_status() : fs::status(path, error);
    if (path == "-" || (fs::exists(status) && !fs::is_directory(status))) {
      all.push_back({Kind::kFile, path, ""});
      continue;
    }
    if (!fs::is_directory(status)) {
      const int number = error ? error.value() : ENOENT;
      all.push_back({Kind::kTrouble, path, std::generic_category().message(number)});
      continue;
    }
    std::vector<FoundScenario> found;
    SearchFolder(path, found);
    if (found.empty()) found.push_back({Kind::kEmptyFolder, path, ""});
    std::sort(found.begin(), found.end(),
              [](const FoundScenario& a, const FoundScenario& b) { return a.path < b.path; });
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

}  // namespace interleave
