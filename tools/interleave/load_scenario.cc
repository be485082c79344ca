#include "tools/interleave/load_scenario.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "sim/language/gather_c.h"
#include "tools/interleave/command.h"
#include "tools/interleave/files.h"

namespace interleave {
namespace {

// Above what the language accepts (kMaxSourceBytes), so that the message can tell the size; but a
// file without end has one.
constexpr std::size_t kMostBytes = std::size_t{64} << 20;

std::optional<std::string> ReadRegularFile(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  try {
    return ReadFile(path, kMostBytes);
  } catch (const std::system_error&) {
    return std::nullopt;
  }
}

// A line of its own; in C a comment. Of several files a further one, so that each stays as it is.
std::unique_ptr<Source> Append(const Source& source, const std::string& line) {
  const std::string text = source.is_c() ? "//@" + line : line;
  if (source.files().size() == 1)
    return std::make_unique<Source>(source.name(), source.text() + "\n" + text);
  std::vector<SourceFile> files;
  for (const Source::File& file : source.files()) {
    files.push_back({file.name, std::string(source.Slice({file.begin, file.end})), file.includes,
                     file.is_unit, file.is_found});
  }
  files.push_back({source.name(), text});
  return std::make_unique<Source>(std::move(files));
}

// A program that is named twice would run once.
void RefuseTwice(const std::vector<std::string>& paths) {
  std::set<std::string> known;
  for (const std::string& path : paths) {
    std::error_code error;
    const std::filesystem::path whole = std::filesystem::absolute(path, error);
    if (path == "-" || known.insert(whole.lexically_normal().string()).second) continue;
    throw UsageError(path + " is named twice; a program that runs twice needs a copy of its file");
  }
}

}  // namespace

std::unique_ptr<Source> LoadSource(const std::vector<std::string>& paths) {
  std::vector<SourceFile> files;
  files.reserve(paths.size());
  for (const std::string& path : paths)
    files.push_back({DisplayName(path), ReadFile(path, kMostBytes)});
  return std::make_unique<Source>(GatherSource(std::move(files), ReadRegularFile));
}

void PrintDiagnostics(const Diagnostics& diagnostics, const Source& source, bool color) {
  const std::string text = diagnostics.Render(source, color);
  if (text.empty()) return;
  // What was printed before stands before it.
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

LoadedScenario LoadScenario(const std::vector<std::string>& paths, const DefineOverrides& defines,
                            const OptionOverrides& options, bool color,
                            const std::string& appended) {
  for (const std::string& path : paths) {
    for (const char* ending : {".cpp", ".cc", ".cxx", ".hpp"}) {
      if (path.ends_with(ending))
        throw UsageError(path + " is C++: a scenario or a program in C can be read");
    }
  }
  RefuseTwice(paths);
  LoadedScenario loaded;
  loaded.source = LoadSource(paths);
  loaded.file_bytes = loaded.source->text().size();
  if (!appended.empty()) loaded.source = Append(*loaded.source, appended);
  loaded.built = BuildProgram(*loaded.source, defines, options, loaded.diagnostics);
  PrintDiagnostics(loaded.diagnostics, *loaded.source, color);
  return loaded;
}

}  // namespace interleave
