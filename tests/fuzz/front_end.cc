// Any bytes as a scenario and as a program in C: parse, render the diagnostics, lay out, check,
// compile. Fails when a sanitizer or an assertion does, or when laying out twice is not laying out
// once.
//
// Run: front_end tests/fuzz/corpus/front_end scenarios
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "sim/language/checker.h"
#include "sim/language/formatter.h"
#include "sim/language/gather_c.h"
#include "sim/language/parser.h"
#include "sim/language/source.h"
#include "sim/program/compile.h"

namespace interleave {
namespace {

[[noreturn]] void Fail(const char* what, const std::string& first, const std::string& second) {
  std::fprintf(stderr, "%s\n--- first\n%s\n--- second\n%s\n", what, first.c_str(), second.c_str());
  std::abort();
}

void CheckLayout(const Source& source) {
  Diagnostics diagnostics;
  const std::string once = Format(source, diagnostics);
  if (diagnostics.has_errors()) return;
  const std::string twice = Format(Source(source.name(), once), diagnostics);
  if (diagnostics.has_errors()) Fail("the layout does not parse", source.text(), once);
  if (once != twice) Fail("the layout is not stable", once, twice);
}

void CheckFrontEnd(const Source& source) {
  Diagnostics diagnostics;
  std::unique_ptr<ScenarioSyntax> syntax = Parse(source, {}, diagnostics);
  if (!diagnostics.has_errors()) {
    if (!source.is_c()) CheckLayout(source);
    const std::unique_ptr<Scenario> scenario = Check(std::move(syntax), {}, diagnostics);
    if (!diagnostics.has_errors()) Compile(*scenario, diagnostics);
  }
  diagnostics.Render(source, true);
}

// The text's parts between two form feeds as files that may include each other, two of them units.
void CheckSeveral(const std::string& text) {
  std::map<std::string, std::string> files;
  std::size_t begin = 0;
  for (const char* name : {"a.c", "b.c", "a.h", "b.h"}) {
    const std::size_t end = std::min(text.find('\f', begin), text.size());
    files[name] = text.substr(begin, end - begin);
    begin = std::min(end + 1, text.size());
  }
  const auto read = [&](const std::string& path) {
    const auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  };
  CheckFrontEnd(GatherSource({{"a.c", files["a.c"]}, {"b.c", files["b.c"]}}, read));
}

}  // namespace
}  // namespace interleave

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  interleave::CheckFrontEnd({"fuzz.scn", text});
  interleave::CheckFrontEnd({"fuzz.c", text});
  interleave::CheckSeveral(text);
  return 0;
}
