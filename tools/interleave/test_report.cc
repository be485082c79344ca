#include "tools/interleave/test_report.h"

#include <fmt/format.h>

#include <optional>
#include <system_error>
#include <utility>

#include "model/report/test_text.h"
#include "model/search/expectation.h"
#include "tools/interleave/command.h"
#include "tools/interleave/files.h"
#include "tools/interleave/load_scenario.h"

namespace interleave {
namespace {

using Outcome = JUnitCase::Outcome;

const char* TypeOf(const TestCase& test) {
  switch (test.failure) {
    case TestCase::Failure::kErrors: return "errors";
    case TestCase::Failure::kOutOfTime:
    case TestCase::Failure::kNotJudged: return "time";
    case TestCase::Failure::kNone:
    case TestCase::Failure::kNotAsExpected: break;
  }
  return test.kind == TestCase::Kind::kSchedule ? "schedule" : "expectation";
}

class TestReporter {
 public:
  TestReporter(std::string name, const TestReportOptions& options) : options_(options) {
    report_.junit.name = std::move(name);
  }

  TestReport File(const Source& source) {
    report_.totals.files = 1;
    Diagnostics diagnostics;
    const FileTests tests = TestScenario(source, options_.check, diagnostics);
    if (tests.has_errors) {
      report_.totals.with_errors = 1;
      report_.text =
          fmt::format("{}: errors\n{}", name(), diagnostics.Render(source, options_.color));
      Put("the scenario", {}, Outcome::kError, "errors", "the scenario has errors",
          diagnostics.Render(source));
      return std::move(report_);
    }
    for (const TestCase& test : tests.cases) Case(test, source);
    if (not_judged_ > 0) {
      body_ += fmt::format("not judged: {} more, for the same reason\n", not_judged_);
    }
    const bool was_stopped = options_.check.stop != nullptr && options_.check.stop->load();
    if (tests.cases.empty() && !was_stopped) {
      Nothing("no schedule, no expectation", options_.vacuity_is_error);
    }
    Warnings(tests, source);
    if (!tests.cases.empty() || !report_.text.empty() || !body_.empty()) Head();
    report_.text += body_;
    return std::move(report_);
  }

  TestReport EmptyFolder() {
    report_.totals.empty_folders = 1;
    // Whoever names a folder means that there are tests in it.
    Nothing("no *.scn in this folder", true);
    return std::move(report_);
  }

  TestReport Trouble(const std::string& why) {
    report_.totals.unreadable = 1;
    report_.trouble = fmt::format("{}: {}", name(), why);
    Put("the file", {}, Outcome::kError, "unreadable", why, "");
    return std::move(report_);
  }

 private:
  const std::string& name() const { return report_.junit.name; }

  void Put(std::string what, std::optional<double> seconds, Outcome outcome, std::string type,
           std::string message, std::string details) {
    report_.junit.cases.push_back({std::move(what), seconds, outcome, std::move(type),
                                   std::move(message), std::move(details)});
  }

  void Case(const TestCase& test, const Source& source) {
    const std::string what = TestName(test);
    if (test.passed()) {
      ++report_.totals.passed;
      if (options_.verbose) body_ += fmt::format("  passed  {}\n", what);
      Put(what, test.seconds, Outcome::kPassed, "", "", "");
      return;
    }
    ++report_.totals.failed;
    if (test.failure == TestCase::Failure::kNotJudged) {
      ++not_judged_;
    } else {
      body_ += fmt::format("FAILED  {}\n{}", what, TestText(test, source, options_.color));
    }
    Put(what, test.seconds, Outcome::kFailed, TypeOf(test), TestMessage(test, source),
        TestText(test, source));
  }

  void Nothing(const char* why, bool fails) {
    report_.totals.without_tests = 1;
    report_.text = fmt::format("{}: nothing to test: {}\n", name(), why);
    Put("tests", {}, fails ? Outcome::kFailed : Outcome::kSkipped, "nothing to test",
        fmt::format("nothing to test: {}", why), "");
    if (!fails) return;
    ++report_.totals.failed;
    ++report_.totals.vacuous;
  }

  void Warnings(const FileTests& tests, const Source& source) {
    if (tests.warnings.empty()) return;
    report_.totals.warnings = tests.warnings.size();
    const bool fails = options_.vacuity_is_error && tests.has_vacuities();
    if (fails) {
      ++report_.totals.failed;
      ++report_.totals.vacuous;
      body_ += "FAILED  vacuity\n";
    }
    body_ += TestWarningsText(tests.warnings, source, fails, options_.color);
    const std::string plain = TestWarningsText(tests.warnings, source, fails);
    if (fails) {
      Put("vacuity", {}, Outcome::kFailed, "vacuity", "something checks nothing", plain);
    } else {
      report_.junit.output = plain;
    }
  }

  // What the file came to, before what is said of its parts.
  void Head() {
    const TestTotals& totals = report_.totals;
    if (totals.without_tests > 0) return;
    report_.text = fmt::format("{}: {} passed", name(), totals.passed);
    if (totals.failed > 0) report_.text += fmt::format(", {} FAILED", totals.failed);
    if (totals.warnings > 0) {
      report_.text +=
          fmt::format(", {} warning{}", totals.warnings, totals.warnings == 1 ? "" : "s");
    }
    report_.text += "\n";
  }

  const TestReportOptions& options_;
  TestReport report_;
  std::string body_;
  std::size_t not_judged_ = 0;
};

}  // namespace

void TestTotals::Add(const TestTotals& other) {
  files += other.files;
  passed += other.passed;
  failed += other.failed;
  vacuous += other.vacuous;
  with_errors += other.with_errors;
  without_tests += other.without_tests;
  empty_folders += other.empty_folders;
  unreadable += other.unreadable;
  warnings += other.warnings;
}

std::string TestTotals::Text() const {
  std::string text = fmt::format("{} {}: {} passed, {} failed", files,
                                 files == 1 ? "file" : "files", passed, failed);
  if (with_errors > 0) text += fmt::format(", {} with errors", with_errors);
  if (unreadable > 0) text += fmt::format(", {} not readable", unreadable);
  if (without_tests > 0) text += fmt::format(", {} with nothing to test", without_tests);
  if (warnings > 0) text += fmt::format(", {} warning{}", warnings, warnings == 1 ? "" : "s");
  return text;
}

int TestTotals::ExitCode(bool interrupted) const {
  if (unreadable > 0) return kExitUsage;
  if (with_errors > 0) return kExitScenarioErrors;
  if (interrupted) return kExitIncomplete;
  if (failed > vacuous) return kExitNotAsExpected;
  return vacuous > 0 || passed == 0 ? kExitVacuous : 0;
}

TestReport TestFound(const FoundScenario& found, const TestReportOptions& options) {
  TestReporter reporter(DisplayName(found.path), options);
  if (found.kind == FoundScenario::Kind::kTrouble) return TestTrouble(found, found.trouble);
  if (found.kind == FoundScenario::Kind::kEmptyFolder) return reporter.EmptyFolder();
  std::unique_ptr<Source> source;
  try {
    std::vector<std::string> paths = found.with;
    paths.insert(paths.begin(), found.path);
    source = LoadSource(paths);
  } catch (const std::system_error& error) {
    return TestTrouble(found, error.code().message());
  }
  return reporter.File(*source);
}

TestReport TestTrouble(const FoundScenario& found, const std::string& why) {
  return TestReporter(DisplayName(found.path), {}).Trouble(why);
}

}  // namespace interleave
