// interleave test: every schedule and expectation in files and folders.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "model/report/junit.h"
#include "model/search/expectation.h"
#include "tools/interleave/command.h"
#include "tools/interleave/files.h"
#include "tools/interleave/interrupt.h"
#include "tools/interleave/limits.h"
#include "tools/interleave/load_scenario.h"
#include "tools/interleave/options.h"

namespace interleave {
namespace {

struct Totals {
  std::size_t files = 0;
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t with_errors = 0;
  std::size_t empty = 0;
};

// The name with the settings.
std::string FullName(const TestCase& test) {
  return test.settings.empty() ? test.name : fmt::format("{} for {}", test.name, test.settings);
}

// Where and why a case failed.
std::string FailureText(const TestCase& test, const Source& source, bool color) {
  Diagnostics diagnostics;
  if (test.details.empty()) diagnostics.Error(test.range, test.message);
  for (const Diagnostic& detail : test.details) {
    if (detail.severity == Severity::kNote) {
      diagnostics.Note(detail.range, detail.message, detail.hint);
    } else {
      diagnostics.Error(detail.range, detail.message, detail.hint);
    }
  }
  return diagnostics.Render(source, color);
}

void TestFile(const std::string& path, const CheckOptions& options, bool verbose, bool color,
              Totals& totals, std::vector<JUnitCase>& junit) {
  const auto source = LoadSource(path);
  Diagnostics diagnostics;
  const FileTests tests = TestScenario(*source, options, diagnostics);
  ++totals.files;
  if (tests.has_errors) {
    ++totals.with_errors;
    fmt::print("{}: errors\n{}", source->name(), diagnostics.Render(*source, color));
    junit.push_back({source->name(), "the scenario", std::nullopt, false, true,
                     "the scenario has errors", diagnostics.Render(*source)});
    return;
  }
  const std::size_t failed = tests.failed();
  const std::size_t passed = tests.cases.size() - failed;
  totals.failed += failed;
  totals.passed += passed;
  if (tests.cases.empty()) {
    ++totals.empty;
    fmt::print("{}: nothing to test: no schedule, no expectation\n", source->name());
  } else if (failed == 0) {
    fmt::print("{}: {} passed\n", source->name(), passed);
  } else {
    fmt::print("{}: {} passed, {} FAILED\n", source->name(), passed, failed);
  }
  for (const TestCase& test : tests.cases) {
    if (!test.passed) {
      fmt::print("FAILED  {}\n{}", FullName(test), FailureText(test, *source, color));
    } else if (verbose) {
      fmt::print("  passed  {}\n", FullName(test));
    }
    junit.push_back({source->name(), FullName(test), test.seconds, test.passed, false, test.message,
                     test.passed ? "" : FailureText(test, *source, false)});
  }
  std::fflush(stdout);
}

}  // namespace

int TestCommand(const std::vector<std::string>& arguments) {
  namespace po = boost::program_options;
  po::options_description options;
  options.add_options()("verbose,v", "name what passed, too")(
      "junit", po::value<std::string>()->value_name("OUT.xml"), "write the results as JUnit XML");
  AddLimitOptions(options);
  AddColorOption(options);
  const CommandHelp help = {
      "interleave test [OPTION...] PATH...",
      "Runs every schedule and judges every expectation in the files; folders are searched for\n"
      "*.scn. An expectation with `for NAME = A .. B` is judged once for each combination of\n"
      "values. A file without schedules and expectations is named as such.\n"
      "\n" +
          LimitHelp() +
          "\n"
          "exit codes: 0 everything is as the files expect, 1 usage, 2 a file has errors,\n"
          "3 something is not as expected, 20 interrupted\n"};
  const auto parsed = ParseArguments(arguments, help, options);
  if (!parsed) return 0;
  if (parsed->files.empty()) throw UsageError("no PATH");
  CheckOptions check;
  SetLimits(*parsed, check);
  check.stop = &InterruptFlag();
  if (parsed->Has("junit")) RequireWritable(parsed->Text("junit"), parsed->files);
  const bool color = UseColor(*parsed, STDOUT_FILENO);
  Totals totals;
  std::vector<JUnitCase> junit;
  for (const std::string& path : FindScenarios(parsed->files)) {
    if (check.stop->load()) break;
    TestFile(path, check, parsed->Has("verbose"), color, totals, junit);
  }
  const bool interrupted = check.stop->load();
  fmt::print("{} {}: {} passed, {} failed", totals.files, totals.files == 1 ? "file" : "files",
             totals.passed, totals.failed);
  if (totals.with_errors > 0) fmt::print(", {} with errors", totals.with_errors);
  if (totals.empty > 0) fmt::print(", {} with nothing to test", totals.empty);
  fmt::print("{}\n", interrupted ? "; interrupted" : "");
  std::fflush(stdout);
  if (parsed->Has("junit")) WriteFile(parsed->Text("junit"), RenderJUnit(junit));
  if (totals.with_errors > 0) return kExitScenarioErrors;
  if (interrupted) return kExitIncomplete;
  return totals.failed > 0 ? kExitNotAsExpected : 0;
}

}  // namespace interleave
