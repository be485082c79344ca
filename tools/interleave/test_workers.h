#pragma once
// Files tested side by side, each in one of several processes.
//
// Processes and not threads: a run with real or compiled steps forks children and leaves files, and
// its clean-up counts on being the only one in its process. And what ends one of them, be it a
// fault of ours, costs one file its test.

#include <cstddef>
#include <functional>
#include <vector>

#include "tools/interleave/find_scenarios.h"
#include "tools/interleave/test_report.h"

namespace interleave {

// Tests all that was found with `jobs` processes, and calls `on_report` for each in the order of
// `all`, whatever was done first. With one job that is this process. Ends early, with the reports
// that are there, when `options.check.stop` is set. Throws std::system_error where a process cannot
// be started.
void TestAll(const std::vector<FoundScenario>& all, const TestReportOptions& options,
             std::size_t jobs, const std::function<void(TestReport)>& on_report);

}  // namespace interleave
