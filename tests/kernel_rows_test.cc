// The tables of kernel_rows/: what POSIX says of shared memory objects, mappings and fork,
// assertion by assertion with the numbers of the Open POSIX Test Suite, and the errors that the
// manual pages name. A row is a program that holds in the model, in every interleaving, and on the
// real kernel; or it says what the model lacks.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "model/search/check.h"
#include "tests/support/check_text.h"
#include "tests/support/kernel_rows.h"
#include "tests/support/scenario_loader.h"
#include "tests/support/scratch.h"

namespace interleave {
namespace {

struct TableRow {
  std::string id;      // "fork 3", "read EBADF"
  std::string says;    // "holds", "SIGBUS": ends so; "differs": in the model; "left out"
  std::string reason;  // of the last two
  std::string body;
};

// "== ID SAYS" or "== ID SAYS: REASON", and the body behind it.
std::vector<TableRow> ReadTable(const std::string& call) {
  std::vector<TableRow> rows;
  std::istringstream text(ReadCheckoutFile("tests/kernel_rows/" + call + ".txt"));
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with("== ")) {
      REQUIRE(!rows.empty());
      rows.back().body += line + "\n";
      continue;
    }
    const std::size_t says = line.find(' ', 3) + 1, colon = line.find(": ");
    TableRow row;
    row.id = call + " " + line.substr(3, says - 4);
    row.says = line.substr(says, colon == std::string::npos ? colon : colon - says);
    if (colon != std::string::npos) row.reason = line.substr(colon + 2);
    rows.push_back(row);
  }
  return rows;
}

// How many assertions the suite lists of each.
const std::vector<std::pair<std::string, int>> kAssertions = {
    {"shm_open", 42}, {"shm_unlink", 11}, {"mmap", 31}, {"munmap", 10}, {"fork", 24}};
const std::vector<std::string> kWithErrors = {"pipe",    "read",     "write", "close",
                                              "dup",     "dup2",     "wait",  "waitpid",
                                              "mapping", "mprotect", "msync"};

std::vector<TableRow> AllRows() {
  std::vector<TableRow> all;
  const auto add = [&](const std::string& call) {
    for (TableRow& row : ReadTable(call)) all.push_back(std::move(row));
  };
  for (const auto& [call, count] : kAssertions) add(call);
  for (const std::string& call : kWithErrors) add(call);
  return all;
}

TEST_CASE("Each assertion has its row") {
  std::map<std::string, int> count;
  for (const TableRow& row : AllRows()) {
    INFO(row.id);
    CHECK(++count[row.id] == 1);
    const bool has_reason = row.says == "differs" || row.says == "left out";
    CHECK((has_reason || row.says == "holds" || row.says.starts_with("SIG")));
    CHECK(has_reason == !row.reason.empty());
    CHECK((row.says == "left out") == row.body.empty());
  }
  int assertions = 0;
  for (const auto& [call, most] : kAssertions) {
    for (int i = 1; i <= most; ++i) CHECK(count.contains(call + " " + std::to_string(i)));
    CHECK(ReadTable(call).size() == static_cast<std::size_t>(most));
    assertions += most;
  }
  CHECK(assertions == 118);
  std::map<std::string, int> says;
  for (const TableRow& row : AllRows()) ++says[row.says.starts_with("SIG") ? "holds" : row.says];
  MESSAGE(count.size() << " rows: " << says["holds"] << " hold, " << says["differs"]
                       << " differ in the model, " << says["left out"] << " left out");
}

// Of so many rows the model is asked about one.
#ifdef INTERLEAVE_SANITIZED
constexpr std::size_t kEveryRow = 3;
#else
constexpr std::size_t kEveryRow = 1;
#endif

TEST_CASE("The rows say what the real kernel does, and the model") {
  std::vector<TableRow> rows = AllRows();
  std::erase_if(rows, [](const TableRow& row) { return row.says == "left out"; });
  std::vector<std::string> bodies;
  for (const TableRow& row : rows) bodies.push_back(row.body);
  const std::vector<std::string> ends = EndsOnRealKernel(bodies);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const TableRow& row = rows[i];
    INFO(row.id);
    const bool is_signal = row.says.starts_with("SIG");
    CHECK(ends[i] == (is_signal ? row.says : ""));
    if (i % kEveryRow != 0) continue;
    const LoadedScenario loaded = LoadRow(row.body);
    if (!loaded) {
      CHECK_MESSAGE(row.says == "differs", loaded.diagnostics);
      continue;
    }
    CheckOptions options;
    options.max_states = 200'000;
    const CheckResult result = Check(*loaded, options);
    const std::string text = TextOf(result, false);
    if (is_signal) {
      REQUIRE_MESSAGE(result.verdict == Verdict::kError, text);
      const std::string& message = result.counterexamples[0].violation.error.message;
      CHECK_MESSAGE(Has(message, row.says), message);
    } else {
      CHECK_MESSAGE((result.verdict == Verdict::kHolds) == (row.says == "holds"), text);
    }
  }
}

TEST_CASE("A row that is wrong fails in the model") {
  std::size_t tried = 0, number = 0;
  for (const TableRow& row : AllRows()) {
    if (row.says != "holds" || row.body.find("assert(") == std::string::npos) continue;
    if (number++ % kEveryRow != 0) continue;
    INFO(row.id);
    const LoadedScenario loaded = LoadRow(WithLastAssertionWrong(row.body));
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    CheckOptions options;
    options.max_states = 200'000;
    CHECK(Check(*loaded, options).verdict == Verdict::kError);
    ++tried;
  }
  CHECK(tried * kEveryRow > 40);
}

}  // namespace
}  // namespace interleave
