#pragma once
// Text to a compiled program, with everything that must outlive it.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/language/lexer.h"
#include "sim/language/scenario.h"
#include "sim/language/source.h"
#include "sim/program/program.h"

namespace interleave {

// Owns a source, the scenario checked from it and the program compiled from that. The program
// points into the scenario, so keep the whole thing as long as either is used.
struct LoadedScenario {
  std::unique_ptr<Source> source;
  std::unique_ptr<Scenario> scenario;
  std::unique_ptr<Program> program;  // null after an error
  std::string diagnostics;           // rendered: errors, warnings, notes; empty when there are none

  explicit operator bool() const { return program != nullptr; }
  const Program& operator*() const { return *program; }
  const Program* operator->() const { return program.get(); }
};

// Lexes, parses, checks and compiles `text`. Never throws; what is wrong stands in `diagnostics`.
LoadedScenario LoadScenario(std::string text, const DefineOverrides& defines = {},
                            const OptionOverrides& options = {}, std::string name = "test.scn");

// The same for a text that must be right: the test case ends when it is not.
LoadedScenario LoadValid(const std::string& text);

// The same for a program in C of `files`, by name and text: the first `units` of them are named on
// the command line, the others are there to be included.
LoadedScenario LoadFiles(const std::vector<std::pair<std::string, std::string>>& files,
                         std::size_t units = 1);

// LoadScenario for a file of the checkout, named from its root:
// "scenarios/notes/two_producers.scn". Throws std::runtime_error when it cannot be read.
LoadedScenario LoadScenarioFile(const std::string& path, const DefineOverrides& defines = {},
                                const OptionOverrides& options = {});

// The checkout's scenarios, named from its root, in order. Under sanitizers those of the notes and
// a third of the others.
std::vector<std::string> ScenarioFiles();

// The programs in C beside them, each named by its file with `main`; all of them.
std::vector<std::string> ProgramFiles();

// Settings for tests that make real processes of every scenario, which takes long: those of the
// notes at both granularities, the others in turn at one and the other.
struct ScenarioSetting {
  std::string file;
  const char* granularity;
  bool is_of_notes = false;
};
std::vector<ScenarioSetting> SettingsForRealProcesses();

// The text of a file of the checkout. Throws std::runtime_error when it cannot be read.
std::string ReadCheckoutFile(const std::string& path);

}  // namespace interleave
