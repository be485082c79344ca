// Small scope: most mistakes show with small numbers (Jackson, Software Abstractions, 2006, 5.1.3).

#include "tools/interleave/small_scope.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <utility>

namespace interleave {
namespace {

constexpr uint64_t kFirstStates = 60'000;
constexpr uint64_t kFirstWork = 4'000'000;
constexpr uint64_t kSituations = 200'000;
constexpr uint64_t kSmallerStates = 200'000;
constexpr uint64_t kStates = 500'000;
constexpr uint64_t kWork = 24'000'000;
constexpr uint64_t kFirstMemory = uint64_t{1} << 29;
constexpr uint64_t kMemory = uint64_t{1} << 31;

void LimitMemory(uint64_t most, CheckOptions& check) {
  check.max_memory_bytes =
      check.max_memory_bytes == 0 ? most : std::min(most, check.max_memory_bytes);
}

std::optional<int64_t> NumberIn(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

// What a number becomes: `size`, or where it is a power of two, which code may rely on, another
// one.
int64_t Smaller(int64_t value, int64_t size) {
  const bool is_power = std::has_single_bit(static_cast<uint64_t>(value));
  return is_power ? std::min<int64_t>(value, size < 3 ? 2 : 4) : size;
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
  check.max_work = kFirstWork;
  LimitMemory(kFirstMemory, check);
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
      const int64_t number = Smaller(*value, size);
      if (number == *value) continue;
      smaller.defines[define.name] = std::to_string(number);
      smaller.changes +=
          fmt::format("{}`{}` is {} instead of {}", smaller.changes.empty() ? "" : ", ",
                      define.name, number, *value);
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

namespace {

// Runs with few preemptions; where there are very many already with one, those with few delays.
void SearchNearTurns(const Program& program, const CheckOptions& check, ScopedCheck& scoped) {
  for (const Deviation deviation : {Deviation::kPreemption, Deviation::kDelay}) {
    DeviationSearch search = SearchDeviations(program, deviation, check, kSituations);
    if (search.counterexample) {
      scoped.result.verdict = VerdictOf(program, search.counterexample->violation);
      scoped.result.counterexamples.push_back(std::move(*search.counterexample));
      scoped.result.deviations = fmt::format("found among the runs {}",
                                             DeviationText(deviation, search.deviations, false));
      if (search.deviations > 0) scoped.result.deviations += "; no run with fewer fails";
      return;
    }
    if (search.covered < 0) continue;
    scoped.covered.push_back(
        fmt::format("in all runs {}", DeviationText(deviation, search.covered, true)));
    if (search.covered > 0) return;
  }
}

}  // namespace

ScopedCheck CheckInScopes(const Program& program, const Source& source, const Scenario& scenario,
                          const DefineOverrides& defines, const OptionOverrides& options,
                          const CheckOptions& check) {
  ScopedCheck scoped;
  CheckOptions first = check;
  first.max_states = kFirstStates;
  first.max_work = kFirstWork;
  LimitMemory(kFirstMemory, first);
  scoped.result = Check(program, first);
  const auto is_open = [&] {
    const bool stopped = check.stop != nullptr && check.stop->load(std::memory_order_relaxed);
    return scoped.result.verdict == Verdict::kIncomplete && !stopped;
  };
  if (!is_open()) return scoped;
  const bool is_cut_short = scoped.result.is_cut_short;
  if (is_cut_short) SearchNearTurns(program, first, scoped);
  if (!is_open()) return scoped;
  if (is_cut_short) {
    CheckOptions all = check;
    all.max_states = kStates;
    all.max_work = kWork;
    LimitMemory(kMemory, all);
    all.engine.engine = Engine::kInterpreted;  // with compiled steps such a limit is met twice
    scoped.result = Check(program, all);
    if (!is_open()) return scoped;
  }
  scoped.smaller = CheckSmaller(source, scenario, defines, options, check);
  return scoped;
}

}  // namespace interleave
