// Small scope: most mistakes show with small numbers (Jackson, Software Abstractions, 2006, 5.1.3).

#include "tools/interleave/small_scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace interleave {
namespace {

constexpr uint64_t kSmallerStates = 200'000;

std::optional<int64_t> NumberIn(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

// Whether the smaller number itself may have brought this about.
bool IsOfSize(const Violation& violation) {
  if (violation.kind != Violation::Kind::kError) return false;
  return violation.error.kind != ErrorKind::kAssertion &&
         violation.error.kind != ErrorKind::kMisuse;
}

}  // namespace

std::optional<SmallerProgram> CheckSmaller(const Source& source, const Scenario& scenario,
                                           const DefineOverrides& defines,
                                           const OptionOverrides& options, CheckOptions check) {
  std::optional<SmallerProgram> best;
  check.max_states = kSmallerStates;
  check.progress = nullptr;
  for (const int64_t size : {2, 3}) {
    SmallerProgram smaller;
    smaller.defines = defines;
    for (const DefineSyntax& define : scenario.syntax->defines) {
      const auto value = NumberIn(define.replacement);
      const auto& texts = scenario.syntax->text_lengths;
      const bool is_of_text = std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
        return text.find(define.name) != std::string::npos;
      });
      if (!value || *value <= size || is_of_text || defines.contains(define.name)) continue;
      smaller.defines[define.name] = std::to_string(size);
      smaller.changes +=
          fmt::format("{}`{}` is {} instead of {}", smaller.changes.empty() ? "" : ", ",
                      define.name, size, *value);
    }
    if (smaller.changes.empty()) break;
    Diagnostics diagnostics;
    smaller.built = BuildProgram(source, smaller.defines, options, diagnostics);
    if (smaller.built.program == nullptr) break;
    smaller.result = Check(*smaller.built.program, check);
    const std::vector<Counterexample>& found = smaller.result.counterexamples;
    if (!found.empty() && IsOfSize(found.front().violation)) break;
    if (!found.empty()) return smaller;
    if (smaller.result.verdict != Verdict::kHolds) break;
    best = std::move(smaller);
  }
  return best;
}

}  // namespace interleave
