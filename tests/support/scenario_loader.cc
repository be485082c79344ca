#include "tests/support/scenario_loader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "sim/language/gather_c.h"
#include "sim/program/build.h"

namespace interleave {

namespace {

LoadedScenario Load(Source source, const DefineOverrides& defines, const OptionOverrides& options) {
  LoadedScenario loaded;
  loaded.source = std::make_unique<Source>(std::move(source));
  Diagnostics diagnostics;
  BuiltProgram built = BuildProgram(*loaded.source, defines, options, diagnostics);
  loaded.scenario = std::move(built.scenario);
  loaded.program = std::move(built.program);
  loaded.diagnostics = diagnostics.Render(*loaded.source);
  return loaded;
}

std::optional<std::string> ReadOfCheckout(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(std::string(INTERLEAVE_SOURCE_DIR) + "/" + path, error))
    return std::nullopt;
  return ReadCheckoutFile(path);
}

}  // namespace

LoadedScenario LoadScenario(std::string text, const DefineOverrides& defines,
                            const OptionOverrides& options, std::string name) {
  return Load(Source(std::move(name), std::move(text)), defines, options);
}

LoadedScenario LoadFiles(const std::vector<std::pair<std::string, std::string>>& files,
                         std::size_t units) {
  std::vector<SourceFile> named;
  for (std::size_t i = 0; i < units; ++i) named.push_back({files[i].first, files[i].second});
  const ReadSourceFile read = [&](const std::string& path) -> std::optional<std::string> {
    for (const auto& [name, text] : files) {
      if (name == path) return text;
    }
    return std::nullopt;
  };
  return Load(GatherSource(std::move(named), read), {}, {});
}

LoadedScenario LoadValid(const std::string& text) {
  LoadedScenario loaded = LoadScenario(text);
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  return loaded;
}

LoadedScenario LoadScenarioFile(const std::string& path, const DefineOverrides& defines,
                                const OptionOverrides& options) {
  return Load(GatherSource({{path, ReadCheckoutFile(path)}}, ReadOfCheckout), defines, options);
}

std::string ReadCheckoutFile(const std::string& path) {
  std::ifstream file(std::string(INTERLEAVE_SOURCE_DIR) + "/" + path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

namespace {

bool IsOfNotes(const std::string& file) {
  return file.starts_with("scenarios/notes/") || file.starts_with("scenarios/ipc/");
}

}  // namespace

std::vector<ScenarioSetting> SettingsForRealProcesses() {
  std::vector<ScenarioSetting> settings;
  for (const std::string& file : ScenarioFiles()) {
    const bool is_of_notes = IsOfNotes(file);
    const bool is_even = settings.size() % 2 == 0;
    if (is_of_notes || is_even) settings.push_back({file, "access", is_of_notes});
    if (is_of_notes || !is_even) settings.push_back({file, "statement", is_of_notes});
  }
  return settings;
}

std::vector<std::string> ProgramFiles() {
  const std::filesystem::path root = INTERLEAVE_SOURCE_DIR;
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(root / "scenarios/programs")) {
    if (entry.path().extension() != ".c") continue;
    const std::string file = std::filesystem::relative(entry.path(), root).string();
    if (HasMain(GatherSource({{file, ReadCheckoutFile(file)}}, ReadOfCheckout)))
      files.push_back(file);
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> ScenarioFiles() {
  const std::filesystem::path root = INTERLEAVE_SOURCE_DIR;
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "scenarios")) {
    if (entry.path().extension() == ".scn") {
      files.push_back(std::filesystem::relative(entry.path(), root).string());
    }
  }
  std::sort(files.begin(), files.end());
#ifdef INTERLEAVE_SANITIZED
  // The code is what sanitizers look at; what each scenario gives is compared without them.
  constexpr int kOneOf = 3;
  int number = 0;
  std::erase_if(
      files, [&](const std::string& file) { return !IsOfNotes(file) && number++ % kOneOf != 0; });
#endif
  return files;
}

}  // namespace interleave
