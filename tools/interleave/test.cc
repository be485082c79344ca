// interleave test: every schedule and expectation in files and folders.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "model/report/junit.h"
#include "tools/interleave/command.h"
#include "tools/interleave/files.h"
#include "tools/interleave/find_scenarios.h"
#include "tools/interleave/interrupt.h"
#include "tools/interleave/limits.h"
#include "tools/interleave/options.h"
#include "tools/interleave/terminal.h"
#include "tools/interleave/test_report.h"
#include "tools/interleave/test_workers.h"

namespace interleave {
namespace {

constexpr double kDefaultSeconds = 60;  // a file

void Put(std::FILE* out, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), out);
  std::fflush(out);
}

}  // namespace

int TestCommand(const std::vector<std::string>& arguments) {
  namespace po = boost::program_options;
  po::options_description options;
  options.add_options()("verbose,v", "name what passed, too")(
      "junit", po::value<std::string>()->value_name("OUT.xml"),
      "write the results as JUnit XML; with `-` to standard output, and the text to standard "
      "error")("vacuity", po::value<std::string>()->default_value("warn")->value_name("warn|error"),
               "whether a check that checks nothing, or a file with nothing to test, is named or "
               "fails");
  options.add_options()("jobs,j", po::value<std::string>()->default_value("1")->value_name("N"),
                        "test so many files at a time; the output is the same");
  AddLimitOptions(options,
                  "the time of one file with all its searches (10m and 2h are understood); "
                  "default: 60");
  AddColorOption(options);
  const CommandHelp help = {
      "interleave test [OPTION...] PATH...",
      "Runs every schedule and judges every expectation in the files; folders are searched for\n"
      "*.scn, and for *.c with a `main`. An expectation with `for NAME = A .. B` is judged once\n"
      "for each combination of values. Warnings are shown, once each. A file without schedules\n"
      "and expectations is named as such; when there is nothing else, or a folder has no file,\n"
      "that is a failure.\n"
      "\n"
      "A file has 60 seconds, unless --max-time says otherwise. What it then has not come to has\n"
      "failed, and the next file has its turn. " +
          LimitHelp() +
          "\n"
          "exit codes: 0 everything is as the files expect, 1 usage, or a file or folder cannot "
          "be\n"
          "read (the others are tested), 2 a file has errors, 3 something is not as expected, or\n"
          "the time was up, 10 nothing to test, or, with --vacuity error, a check that checks\n"
          "nothing (and nothing else failed), 20 interrupted\n"};
  const auto parsed = ParseArguments(arguments, help, options);
  if (!parsed) return 0;
  if (parsed->files.empty()) throw UsageError("no PATH");
  const bool has_junit = parsed->Has("junit");
  const bool xml_on_output = has_junit && parsed->Text("junit") == "-";
  if (has_junit) RequireWritable(parsed->Text("junit"), parsed->files);
  TestReportOptions report_options;
  SetLimits(*parsed, report_options.check);
  if (!parsed->Has("max-time")) report_options.check.max_seconds = kDefaultSeconds;
  constexpr uint64_t kMostJobs = 256;
  const std::size_t jobs = ParseNumber(parsed->Text("jobs"), "jobs", 1, kMostJobs);
  if (!parsed->Has("max-memory")) report_options.check.max_memory_bytes /= jobs;
  report_options.check.stop = &InterruptFlag();
  report_options.vacuity_is_error = WordOf(*parsed, "vacuity", {"warn", "error"}) == "error";
  report_options.verbose = parsed->Has("verbose");
  report_options.color = UseColor(*parsed, xml_on_output ? STDERR_FILENO : STDOUT_FILENO);
  std::FILE* out = xml_on_output ? stderr : stdout;
  TestTotals totals;
  std::vector<JUnitSuite> junit;
  TestAll(FindScenarios(parsed->files), report_options, jobs, [&](TestReport report) {
    Put(out, report.text);
    if (!report.trouble.empty()) PrintError("interleave: {}\n", report.trouble);
    totals.Add(report.totals);
    if (!report.junit.cases.empty()) junit.push_back(std::move(report.junit));
  });
  const bool interrupted = InterruptFlag().load();
  Put(out, fmt::format("{}{}\n", totals.Text(), interrupted ? "; interrupted" : ""));
  if (has_junit) WriteFile(parsed->Text("junit"), RenderJUnit(junit));
  return totals.ExitCode(interrupted);
}

}  // namespace interleave
