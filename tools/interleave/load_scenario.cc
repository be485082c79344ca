#include "tools/interleave/load_scenario.h"

#include <fmt/format.h>

#include <cstdio>

#include "tools/interleave/command.h"
#include "tools/interleave/files.h"

namespace interleave {
namespace {

// Above what the language accepts (kMaxSourceBytes), so that the message can tell the size; but a
// file without end has one.
constexpr std::size_t kMostBytes = std::size_t{64} << 20;

}  // namespace

std::unique_ptr<Source> LoadSource(const std::string& path) {
  return std::make_unique<Source>(DisplayName(path), ReadFile(path, kMostBytes));
}

void PrintDiagnostics(const Diagnostics& diagnostics, const Source& source, bool color) {
  const std::string text = diagnostics.Render(source, color);
  if (text.empty()) return;
  // What was printed before stands before it.
  std::fflush(stdout);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

LoadedScenario LoadScenario(const std::string& path, const DefineOverrides& defines,
                            const OptionOverrides& options, bool color,
                            const std::string& appended) {
  for (const char* ending : {".cpp", ".cc", ".cxx", ".hpp"}) {
    if (path.ends_with(ending))
      throw UsageError(path + " is C++: a scenario or a program in C can be read");
  }
  LoadedScenario loaded;
  loaded.source = LoadSource(path);
  loaded.file_bytes = loaded.source->text().size();
  if (!appended.empty()) {
    loaded.source =
        std::make_unique<Source>(loaded.source->name(), loaded.source->text() + appended);
  }
  loaded.built = BuildProgram(*loaded.source, defines, options, loaded.diagnostics);
  PrintDiagnostics(loaded.diagnostics, *loaded.source, color);
  return loaded;
}

}  // namespace interleave
