#include "model/report/test_text.h"

#include <fmt/format.h>

#include <optional>

#include "model/report/explain.h"
#include "model/report/shell_words.h"
#include "model/report/text_layout.h"

namespace interleave {
namespace {

using Failure = TestCase::Failure;

// What the search behind a failed expectation found, in one sentence, and where.
struct TestReason {
  SourceRange range;  // empty: nowhere in particular
  std::string text;
};

std::optional<TestReason> ReasonOf(const TestCase& test, const Source& source) {
  if (test.failure != Failure::kNotAsExpected || test.search == nullptr) return std::nullopt;
  const CheckResult& result = *test.search->result;
  if (!result.counterexamples.empty()) {
    const Explanation explanation =
        Explain(*test.search->built.program, source, result.counterexamples.front());
    const std::string& message = explanation.message;
    return TestReason{explanation.range, message.empty()
                                             ? explanation.what
                                             : fmt::format("{}: {}", explanation.what, message)};
  }
  for (const Vacuity& vacuity : result.vacuities) {
    if (vacuity.is_fatal) return TestReason{vacuity.range, vacuity.message};
  }
  if (result.verdict != Verdict::kHolds || test.has_counts) return std::nullopt;
  return TestReason{{},
                    fmt::format("nothing broke in any interleaving ({} state{})",
                                Grouped(result.states), result.states == 1 ? "" : "s")};
}

// What to call to see more; empty: nothing shows more.
std::string CommandOf(const TestCase& test, const Source& source) {
  const std::string file = source.name() == "<stdin>" ? "-" : ShellPaths(source, source.name());
  const auto with = [](const std::string& words) { return words.empty() ? "" : " " + words; };
  const std::string flags = with(ProgramFlags(test.settings.defines, test.settings.options));
  if (test.kind == TestCase::Kind::kSchedule) {
    return fmt::format("interleave run {} --schedule {}", file, ShellWord(test.schedule));
  }
  switch (test.failure) {
    case Failure::kOutOfTime:
      return fmt::format("interleave check {}{} --max-time 60", file, flags);
    case Failure::kErrors: return fmt::format("interleave check {}{}", file, flags);
    case Failure::kNotAsExpected: {
      std::string command = fmt::format("interleave check {}{}", file, flags);
      // Reduced counts are others than those expected.
      if (test.has_counts) command += " --reduce none";
      for (const auto& [name, value] : test.settings.options) {
        if (name == "granularity") continue;
        command += fmt::format("  (with `option {} = {};` in the file)", name, value);
      }
      return command;
    }
    case Failure::kNone:
    case Failure::kNotJudged: break;
  }
  return "";
}

}  // namespace

std::string TestName(const TestCase& test) {
  if (test.settings.text.empty()) return test.name;
  return fmt::format("{} for {}", test.name, test.settings.text);
}

std::string TestMessage(const TestCase& test, const Source& source) {
  const std::optional<TestReason> reason = ReasonOf(test, source);
  return reason ? fmt::format("{}; {}", test.message, reason->text) : test.message;
}

std::string TestText(const TestCase& test, const Source& source, bool color) {
  Diagnostics diagnostics;
  std::string further;
  if (test.details.empty()) diagnostics.Error(test.range, test.message);
  for (const Diagnostic& detail : test.details) {
    if (detail.severity == Severity::kNote) {
      diagnostics.Note(detail.range, detail.message, detail.hint);
    } else {
      diagnostics.Error(detail.range, detail.message, detail.hint);
    }
  }
  if (const std::optional<TestReason> reason = ReasonOf(test, source)) {
    if (reason->range.end > reason->range.begin) {
      diagnostics.Explain(reason->range, reason->text);
    } else {
      further += fmt::format("found: {}\n", reason->text);
    }
  }
  const std::string command = CommandOf(test, source);
  if (!command.empty()) further += fmt::format("to see more: {}\n", command);
  return diagnostics.Render(source, color) + further;
}

std::string TestWarningsText(const std::vector<TestWarning>& warnings, const Source& source,
                             bool vacuity_is_error, bool color) {
  Diagnostics diagnostics;
  for (const TestWarning& warning : warnings) {
    std::string message = warning.diagnostic.message;
    if (!warning.settings.empty()) {
      message += fmt::format(" (for {}{})", warning.settings,
                             warning.more == 0 ? "" : fmt::format("; and {} more", warning.more));
    }
    if (warning.diagnostic.is_vacuity && vacuity_is_error) {
      diagnostics.Error(warning.diagnostic.range, std::move(message), warning.diagnostic.hint);
    } else {
      diagnostics.Warning(warning.diagnostic.range, std::move(message), warning.diagnostic.hint);
    }
  }
  return diagnostics.Render(source, color);
}

}  // namespace interleave
