#pragma once
// Small scenarios with what must come of them, many to a file (tests/scenarios_language/*.cases).
//
//   == A sentence that the case shows
//   > holds states 3 transitions 2
//   > [granularity=statement, N=2] error overflow at 3:17 in 1 steps
//   > refused: 3:9: error: `y` is not declared
//   > warned: 3:9: warning: always true
//   the text of the scenario, up to the next `==`
//
// A line `>` is one expectation. In front, in brackets, it may set options and `#define`s. Then
// comes a verdict (holds, violates NAME, deadlock, race [on NAME], error KIND, vacuous, incomplete)
// with any of `in K steps`, `states N`, `transitions M`, `depth D`, `at LINE:COLUMN` behind it; or
// a diagnostic:
//   refused:  there is an error, and what is said has this line
//   warned:   what is said has this line, and the scenario is checked all the same
//   hint:     what is said has this hint
//   vacuous:  the check warns of this
//   silent    nothing at all is said
// A text whose first line is `// program` is a program in C. Lines of a case count from 1 behind
// its
// `>` lines. Text before the first `==` is for readers.

#include <string>
#include <vector>

namespace interleave {

struct LanguageCase {
  std::string sentence;
  int line = 0;  // of its header
  std::vector<std::string> expectations;
  std::string text;
};

// The cases of one file; throws std::runtime_error when it cannot be read or a case has no
// expectation.
std::vector<LanguageCase> ReadLanguageCases(const std::string& path);

// What is not as the case says, a line each; empty: all is.
std::vector<std::string> RunLanguageCase(const LanguageCase& language_case);

}  // namespace interleave
