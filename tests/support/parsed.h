#pragma once
// What the tests of the parser and the formatter share: a text with its tree, and a row of a table.

#include <memory>
#include <string>

#include "sim/language/parser.h"

namespace interleave {

struct Parsed {
  explicit Parsed(const std::string& text, const DefineOverrides& overrides = {})
      : source("f.scn", text), tree(Parse(source, overrides, diagnostics)) {}

  std::string rendered() const { return diagnostics.Render(source); }

  Source source;
  Diagnostics diagnostics;
  std::unique_ptr<ScenarioSyntax> tree;
};

struct Case {
  const char* text;
  const char* expected;
};

}  // namespace interleave
