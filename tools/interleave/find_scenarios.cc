#include "tools/interleave/find_scenarios.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>

#include "sim/language/gather_c.h"
#include "tools/interleave/load_scenario.h"

namespace interleave {
namespace {

namespace fs = std::filesystem;
using Kind = FoundScenario::Kind;

bool StartsProgram(const std::string& path) {
  try {
    return HasMain(*LoadSource({path}));
  } catch (const std::system_error&) {
    return true;  // whoever tests it will say what is wrong
  }
}

// Those of `all` that are named and in C are one program, if just one of them starts it.
void JoinNamed(std::vector<FoundScenario>& all, const std::vector<std::size_t>& named) {
  std::vector<std::size_t> parts;
  std::optional<std::size_t> start;
  for (const std::size_t i : named) {
    if (!StartsProgram(all[i].path)) {
      parts.push_back(i);
    } else if (start) {
      return;
    } else {
      start = i;
    }
  }
  if (!start) return;
  for (const std::size_t part : parts) all[*start].with.push_back(all[part].path);
  for (std::size_t k = parts.size(); k-- > 0;)
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(parts[k]));
}

// A program in C is found if it has a `main`, and no other one names it (`//@ with`): `parts`.
void AddProgram(const std::string& path, std::vector<FoundScenario>& found,
                std::set<std::string>& parts) {
  try {
    const std::unique_ptr<Source> source = LoadSource({path});
    for (const Source::File& file : source->files()) {
      if (file.is_unit && file.begin > 0)
        parts.insert(fs::path(file.name).lexically_normal().string());
    }
    if (!HasMain(*source)) return;
  } catch (const std::system_error&) {
    // Whoever tests it will say what is wrong.
  }
  found.push_back({Kind::kFile, path, {}, ""});
}

void SearchFolder(const fs::path& folder, std::vector<FoundScenario>& found,
                  std::set<std::string>& parts) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    std::error_code unknown;
    const fs::file_status status = entry->status(unknown);
    if (fs::is_directory(status)) {
      std::error_code ignored;
      if (!entry->is_symlink(ignored)) SearchFolder(path, found, parts);
    } else if (path.extension() == ".scn" || path.extension() == ".c") {
      if (fs::is_regular_file(status) && path.extension() == ".c") {
        AddProgram(path.string(), found, parts);
      } else if (fs::is_regular_file(status)) {
        found.push_back({Kind::kFile, path.string(), {}, ""});
      } else if (!fs::exists(status)) {
        // A link to what is not there.
        const int number = unknown ? unknown.value() : ENOENT;
        found.push_back(
            {Kind::kTrouble, path.string(), {}, std::generic_category().message(number)});
      }
    }
  }
  if (error) found.push_back({Kind::kTrouble, folder.string(), {}, error.message()});
}

}  // namespace

std::vector<FoundScenario> FindScenarios(const std::vector<std::string>& paths) {
  std::vector<FoundScenario> all;
  std::vector<std::size_t> named_in_c;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = path == "-" ? fs::file_status() : fs::status(path, error);
    if (path == "-" || (fs::exists(status) && !fs::is_directory(status))) {
      if (path.ends_with(".c")) named_in_c.push_back(all.size());
      all.push_back({Kind::kFile, path, {}, ""});
      continue;
    }
    if (!fs::is_directory(status)) {
      const int number = error ? error.value() : ENOENT;
      all.push_back({Kind::kTrouble, path, {}, std::generic_category().message(number)});
      continue;
    }
    std::vector<FoundScenario> found;
    std::set<std::string> parts;
    SearchFolder(path, found, parts);
    std::erase_if(found, [&](const FoundScenario& one) {
      return parts.contains(fs::path(one.path).lexically_normal().string());
    });
    if (found.empty()) found.push_back({Kind::kEmptyFolder, path, {}, ""});
    std::sort(found.begin(), found.end(),
              [](const FoundScenario& a, const FoundScenario& b) { return a.path < b.path; });
    all.insert(all.end(), found.begin(), found.end());
  }
  if (named_in_c.size() > 1) JoinNamed(all, named_in_c);
  return all;
}

}  // namespace interleave
