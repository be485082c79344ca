// `option NAME = VALUE;`, and the options that the caller sets, which win. `draw` and `graph` name
// variables, so they wait for check_property.cc.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "sim/language/checker_impl.h"

namespace interleave {

namespace {

// What each option may be.
const std::map<std::string, std::string>& ValuesOfOptions() {
  static const std::map<std::string, std::string> values = {
      {"granularity", "access or statement"}, {"fairness", "none, weak or strong"},
      {"unwritten", "error or zero"},         {"memory_model", "sc (sequential consistency)"},
      {"outstanding", "a number, 1 to 1024"}, {"queue_cap", "a number, 1 to 1024"},
      {"pipe_size", "a number, 1 to 64"},     {"pipe_buf", "a number, 1 to 64"},
      {"heap", "a number, 1 to 64"},          {"local_limit", "a number, 1 to 1000000000"},
      {"draw", "ring (buffer, out, in)"},     {"graph", "by (EXPRESSION, ...)"},
  };
  return values;
}

}  // namespace

void Checker::CheckOptions() {
  ScenarioOptions& options = scenario_.options;
  std::vector<std::string> known;
  for (const auto& [name, values] : ValuesOfOptions()) known.push_back(name);
  const auto word = [&](const std::string& name, const std::string& value, SourceRange range) {
    if (name == "granularity" && (value == "access" || value == "statement")) {
      options.granularity = value == "access" ? Granularity::kAccess : Granularity::kStatement;
    } else if (name == "unwritten" && (value == "zero" || value == "error")) {
      options.unwritten_is_zero = value == "zero";
    } else if (name == "memory_model" && value == "sc") {
    } else if (name == "fairness" && (value == "none" || value == "weak" || value == "strong")) {
      options.fairness = value == "none"   ? Fairness::kNone
                         : value == "weak" ? Fairness::kWeak
                                           : Fairness::kStrong;
    } else if (name == "granularity" || name == "unwritten" || name == "memory_model" ||
               name == "fairness") {
      Error(range, fmt::format("`{}` is not a value of option {}", value, name),
            ValuesOfOptions().at(name));
    } else {
      return false;
    }
    return true;
  };
  const auto number = [&](const std::string& name, int64_t value, SourceRange range) {
    const auto limited = [&](int64_t low, int64_t high) {
      if (value >= low && value <= high) return true;
      Error(range, fmt::format("option {} is {} to {}", name, low, high));
      return false;
    };
    if (name == "outstanding") {
      if (limited(1, 1024)) options.outstanding = static_cast<int>(value);
    } else if (name == "queue_cap") {
      if (limited(1, 1024)) options.queue_cap = static_cast<int>(value);
    } else if (name == "pipe_size") {
      if (limited(1, 64)) options.pipe_size = static_cast<int>(value);
    } else if (name == "pipe_buf") {
      if (limited(1, 64)) options.pipe_buf = static_cast<int>(value);
    } else if (name == "heap") {
      if (limited(1, 64)) options.heap = static_cast<int>(value);
    } else if (name == "local_limit") {
      if (limited(1, 1'000'000'000)) options.local_limit = value;
    } else {
      return false;
    }
    return true;
  };
  for (OptionSyntax& option : syntax_.options) {
    // These need the names: CheckProperties.
    if (option.name == "draw" || option.name == "graph") continue;
    if (std::find(known.begin(), known.end(), option.name) == known.end()) {
      const std::string near = NearestName(option.name, known);
      Error(option.name_range, fmt::format("there is no option `{}`", option.name),
            near.empty() ? "options are granularity, fairness, unwritten, outstanding, queue_cap, "
                           "pipe_size, pipe_buf, local_limit, draw, graph"
                         : fmt::format("did you mean `{}`?", near));
      continue;
    }
    if (!option.word.empty() && word(option.name, option.word, option.value_range)) continue;
    if (option.number != nullptr) {
      const auto value = CheckConstant(option.number, "the option's value");
      if (!value || number(option.name, *value, option.value_range)) continue;
    }
    Error(option.value_range, fmt::format("option {} cannot have this value", option.name),
          "it is " + ValuesOfOptions().at(option.name));
  }
  for (const auto& [name, value] : overrides_) {
    if (word(name, value, {0, 0})) continue;
    char* end = nullptr;
    const int64_t parsed = std::strtoll(value.c_str(), &end, 10);
    if (*end == '\0' && !value.empty() && number(name, parsed, {0, 0})) continue;
    Error({0, 0}, fmt::format("there is no option `{}` that takes `{}`", name, value));
  }
}

}  // namespace interleave
