// Any bytes as a scenario and as a program in C: parse, render the diagnostics, lay out, check,
// compile. Fails when a sanitizer or an assertion does, or when laying out twice is not laying out
// once.
//
// Run: front_end tests/fuzz/corpus/front_end scenarios
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "sim/language/checker.h"
#include "sim/language/formatter.h"
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

}  // namespace
}  // namespace interleave

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  interleave::CheckFrontEnd({"fuzz.scn", text});
  interleave::CheckFrontEnd({"fuzz.c", text});
  return 0;
}
