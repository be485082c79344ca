// The rules of the language, by small scenarios with a verdict derived by hand: one file of them a
// topic, in tests/scenarios_language (tests/support/language_cases.h has their form).
#include <doctest/doctest.h>

#include <string>

#include "tests/support/language_cases.h"

namespace interleave {
namespace {

void CheckFile(const std::string& name) {
  const std::string path = std::string(INTERLEAVE_SOURCE_DIR) + "/tests/scenarios_language/" + name;
  const std::vector<LanguageCase> cases = ReadLanguageCases(path);
  CHECK(cases.size() >= 10);
  for (const LanguageCase& one : cases) {
    std::string complaints;
    for (const std::string& complaint : RunLanguageCase(one)) complaints += complaint + "\n";
    INFO(path << ":" << one.line << ": " << one.sentence << "\n" << complaints);
    CHECK(complaints.empty());
  }
}

TEST_CASE("Arithmetic is that of gcc on x86-64") { CheckFile("arithmetic.cases"); }

TEST_CASE("The C of a textbook means what it means in C") { CheckFile("c_subset.cases"); }

TEST_CASE("Textbook programs paste unchanged and do what the textbook says") {
  CheckFile("textbook.cases");
}

TEST_CASE("Programs in C are read as they are") { CheckFile("programs.cases"); }

TEST_CASE("A step is one access, or one evaluation at statement granularity") {
  CheckFile("steps.cases");
}

TEST_CASE("Who waits, who is blocked, and when that is a deadlock") { CheckFile("waiting.cases"); }

TEST_CASE("Marks and ghosts only watch, and unwritten cells are not read") {
  CheckFile("ghosts_and_unwritten.cases");
}

TEST_CASE("Properties judge every state, and the first to break is shown") {
  CheckFile("properties.cases");
}

TEST_CASE("Runs without an end: formulas, fairness, and who starves") {
  CheckFile("liveness.cases");
}

TEST_CASE("Queues keep order, and words that are not reserved are the user's") {
  CheckFile("queues_and_names.cases");
}

TEST_CASE("Rules that meet do not get in each other's way") { CheckFile("corners.cases"); }

TEST_CASE("Locks, semaphores, conditions, and objects of a scenario's own") {
  CheckFile("objects.cases");
}

TEST_CASE("Functions of a monitor exclude each other") { CheckFile("monitors.cases"); }

TEST_CASE("What is atomic is one step") { CheckFile("atomics.cases"); }

TEST_CASE("What the language refuses is refused at its place") { CheckFile("refused.cases"); }

TEST_CASE("What checks nothing is warned of") { CheckFile("vacuous.cases"); }

}  // namespace
}  // namespace interleave
