#include "tests/support/language_cases.h"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "model/search/check.h"
#include "sim/program/build.h"

namespace interleave {
namespace {

// What became of a scenario under one setting.
struct Outcome {
  std::string said;  // the diagnostics, rendered
  bool refused = false;
  std::string verdict;  // "violates fifo", ...
  CheckResult result;
  LineColumn place;  // of a run-time error
};

std::string VerdictOf(const Program& program, const CheckResult& result) {
  if (result.counterexamples.empty()) return VerdictName(result.verdict);
  const Violation& violation = result.counterexamples.front().violation;
  switch (result.verdict) {
    case Verdict::kError: return fmt::format("error {}", ErrorName(violation.error.kind));
    case Verdict::kViolated:
      return fmt::format("violates {}",
                         program.properties[static_cast<std::size_t>(violation.property)].name);
    case Verdict::kRace:
      return fmt::format(
          "race on {}",
          program.objects[static_cast<std::size_t>(violation.race_object)].symbol->name);
    default: return VerdictName(result.verdict);
  }
}

Outcome CaseRun(const std::string& text, const std::string& settings) {
  const Source source(text.starts_with("// program\n") ? "case.c" : "case.scn", text);
  Diagnostics diagnostics;
  DefineOverrides defines;
  OptionOverrides options;
  std::istringstream in(settings);
  for (std::string setting; in >> setting;) {
    if (setting.back() == ',') setting.pop_back();
    const std::size_t equals = setting.find('=');
    const std::string name = setting.substr(0, equals);
    const bool is_option = name.find_first_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos;
    (is_option ? static_cast<std::map<std::string, std::string>&>(options) : defines)[name] =
        setting.substr(equals + 1);
  }
  Outcome outcome;
  const BuiltProgram built = BuildProgram(source, defines, options, diagnostics);
  outcome.refused = diagnostics.has_errors();
  outcome.said = diagnostics.Render(source);
  if (outcome.refused) return outcome;
  CheckOptions check;
  check.max_states = 1'000'000;
  check.endless_runs = true;
  outcome.result = Check(*built.program, check);
  outcome.verdict = VerdictOf(*built.program, outcome.result);
  if (!outcome.result.counterexamples.empty()) {
    outcome.place =
        source.Locate(outcome.result.counterexamples.front().violation.error.range.begin);
  }
  return outcome;
}

std::string Describe(const Outcome& outcome) {
  if (outcome.refused) return "refused:\n" + outcome.said;
  std::string text = outcome.verdict;
  const CheckResult& result = outcome.result;
  if (outcome.verdict.starts_with("error"))
    text += fmt::format(" at {}:{}", outcome.place.line, outcome.place.column);
  if (!result.counterexamples.empty()) {
    const Trace& trace = result.counterexamples.front().trace;
    text += fmt::format(" in {} steps", trace.steps.size());
    if (trace.loop_start) text += fmt::format(", the loop behind {}", *trace.loop_start);
  }
  text += fmt::format(" states {} transitions {} depth {}", result.states, result.transitions,
                      result.depth);
  if (!result.incomplete_reason.empty()) text += "\n  " + result.incomplete_reason;
  for (const Counterexample& c : result.counterexamples) {
    text += "\n  " + c.violation.explanation + c.violation.error.message;
  }
  for (const Vacuity& vacuity : result.vacuities) text += "\n  vacuous: " + vacuity.message;
  return outcome.said.empty() ? text : text + "\n" + outcome.said;
}

// True if a line of `text`, behind its file name, is `line`.
bool HasLine(const std::string& text, const std::string& line) {
  const std::string lines = "\n" + text;
  return lines.find("\ncase.scn:" + line + "\n") != std::string::npos ||
         lines.find("\ncase.c:" + line + "\n") != std::string::npos;
}

bool Matches(const Outcome& outcome, const std::string& expectation) {
  const auto rest = [&](std::string_view prefix) { return expectation.substr(prefix.size()); };
  if (expectation.starts_with("refused: "))
    return outcome.refused && HasLine(outcome.said, rest("refused: "));
  if (expectation.starts_with("hint: "))
    return outcome.said.find("hint: " + rest("hint: ") + "\n") != std::string::npos;
  if (outcome.refused) return false;
  if (expectation == "silent") return outcome.said.empty() && outcome.result.vacuities.empty();
  if (expectation.starts_with("warned: ")) return HasLine(outcome.said, rest("warned: "));
  if (expectation.starts_with("vacuous: ")) {
    for (const Vacuity& vacuity : outcome.result.vacuities) {
      if (vacuity.message == rest("vacuous: ")) return true;
    }
    return false;
  }
  std::istringstream in(expectation);
  std::string verdict, word;
  in >> verdict;
  std::string name;
  if (verdict == "violates" || verdict == "error") in >> name;
  if (!name.empty()) verdict += " " + name;
  const CheckResult& result = outcome.result;
  const auto number = [&](uint64_t actual) {
    uint64_t expected = 0;
    return static_cast<bool>(in >> expected) && expected == actual;
  };
  while (in >> word) {
    if (word == "on") {
      in >> name;
      verdict += " on " + name;
    } else if (word == "at") {
      in >> name;
      if (name != fmt::format("{}:{}", outcome.place.line, outcome.place.column)) return false;
    } else if (word == "in") {
      // "12", or "12+4" of a run without an end.
      if (result.counterexamples.empty()) return false;
      const Trace& trace = result.counterexamples.front().trace;
      const std::size_t steps = trace.loop_start.value_or(trace.steps.size());
      in >> name;
      if (name != (trace.loop_start ? fmt::format("{}+{}", steps, trace.steps.size() - steps)
                                    : fmt::format("{}", steps)))
        return false;
      in >> word;
    } else if (word == "states"        ? !number(result.states)
               : word == "transitions" ? !number(result.transitions)
                                       : word != "depth" || !number(result.depth)) {
      return false;
    }
  }
  return verdict == outcome.verdict || (verdict == "race" && outcome.verdict.starts_with("race "));
}

}  // namespace

std::vector<LanguageCase> ReadLanguageCases(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::vector<LanguageCase> cases;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with("== ")) {
      cases.push_back({line.substr(3), number, {}, {}});
    } else if (!cases.empty() && cases.back().text.empty() && line.starts_with("> ")) {
      cases.back().expectations.push_back(line.substr(2));
    } else if (!cases.empty()) {
      cases.back().text += line + "\n";
    }
  }
  for (LanguageCase& one : cases) {
    if (one.expectations.empty())
      throw std::runtime_error(path + ": no expectation: " + one.sentence);
    while (one.text.ends_with("\n\n")) one.text.pop_back();
  }
  return cases;
}

std::vector<std::string> RunLanguageCase(const LanguageCase& language_case) {
  std::vector<std::string> complaints;
  std::string settings;
  std::optional<Outcome> outcome;  // under these settings
  bool is_wrong = false;
  const auto finish = [&] {
    if (outcome && is_wrong) complaints.push_back("but: " + Describe(*outcome));
    is_wrong = false;
    outcome.reset();
  };
  for (const std::string& line : language_case.expectations) {
    const std::size_t close = line.starts_with('[') ? line.find(']') : std::string::npos;
    const std::string own = close == std::string::npos ? "" : line.substr(1, close - 1);
    const std::string expectation = close == std::string::npos ? line : line.substr(close + 2);
    if (own != settings) finish();
    settings = own;
    if (!outcome) outcome = CaseRun(language_case.text, settings);
    if (Matches(*outcome, expectation)) continue;
    complaints.push_back("expected: " + line);
    is_wrong = true;
  }
  finish();
  return complaints;
}

}  // namespace interleave
