#include "tools/interleave/options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/program_options/cmdline.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>

#include "sim/language/lexer.h"
#include "sim/language/source.h"
#include "tools/interleave/command.h"

namespace interleave {
namespace {

namespace po = boost::program_options;

// For an option that the command does not have: those that it may have been meant to be.
std::string HintForOption(const std::string& given, const po::options_description& known) {
  std::string name = given.substr(std::min(given.find_first_not_of('-'), given.size()));
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::vector<std::string> names;
  std::vector<std::string> related;  // one begins with the other, or has it between its dashes
  for (const auto& option : known.options()) {
    const std::string& other = option->long_name();
    if (other == "file") continue;
    names.push_back(other);
    const bool begins = other.starts_with(name) || name.starts_with(other + "-");
    const bool has = ("-" + other + "-").find("-" + name + "-") != std::string::npos;
    if (name.size() > 1 && (begins || has)) related.push_back("`--" + other + "`");
  }
  const std::string nearest = NearestName(name, names);
  if (!nearest.empty()) return fmt::format("; did you mean `--{}`?", nearest);
  if (related.empty()) return "";
  std::sort(related.begin(), related.end());
  return fmt::format("; did you mean {}?", fmt::join(related, " or "));
}

constexpr const char* kNoFile = "no FILE: name a scenario, or `-` for standard input";

}  // namespace

std::optional<Arguments> ParseArguments(const std::vector<std::string>& arguments,
                                        const CommandHelp& help,
                                        const po::options_description& options) {
  constexpr unsigned kHelpWidth = 96;
  po::options_description visible("options", kHelpWidth);
  for (const auto& option : options.options()) visible.add(option);
  visible.add_options()("help,h", "print this");
  po::options_description all;
  all.add(visible);
  Arguments parsed;
  all.add_options()("file", po::value<std::vector<std::string>>(&parsed.files));
  po::positional_options_description positions;
  positions.add("file", -1);
  // An option is named in full: a prefix would change its meaning when options are added.
  const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  try {
    po::store(
        po::command_line_parser(arguments).options(all).positional(positions).style(style).run(),
        parsed.options);
    po::notify(parsed.options);
  } catch (const po::unknown_option& error) {
    throw UsageError(fmt::format("there is no option `{}`{}", error.get_option_name(),
                                 HintForOption(error.get_option_name(), all)));
  }
  if (parsed.Has("help")) {
    std::ostringstream text;
    text << visible;
    fmt::print("usage: {}\n\n{}\n{}", help.usage, help.text, text.str());
    return std::nullopt;
  }
  return parsed;
}

void SomeFiles(const Arguments& arguments) {
  if (arguments.files.empty()) throw UsageError(kNoFile);
}

std::vector<std::vector<std::string>> ProgramsOf(const std::vector<std::string>& files) {
  std::vector<std::vector<std::string>> programs;
  std::optional<std::size_t> in_c;
  for (const std::string& file : files) {
    const bool is_c = file.ends_with(".c");
    if (is_c && in_c) {
      programs[*in_c].push_back(file);
      continue;
    }
    if (is_c) in_c = programs.size();
    programs.push_back({file});
  }
  return programs;
}

std::vector<std::string> OneProgram(const std::vector<std::string>& files) {
  if (files.empty()) throw UsageError(kNoFile);
  std::vector<std::vector<std::string>> programs = ProgramsOf(files);
  if (programs.size() > 1)
    throw UsageError(fmt::format("one FILE is expected, not {}", files.size()));
  return std::move(programs.front());
}

std::pair<std::vector<std::string>, std::string> ProgramAndSchedule(
    const std::vector<std::string>& files) {
  if (files.size() < 2 || ProgramsOf({files.begin(), files.end() - 1}).size() != 1)
    throw UsageError("a scenario and a schedule are expected");
  return {{files.begin(), files.end() - 1}, files.back()};
}

void AddProgramOptions(po::options_description& options) {
  options.add_options()(
      "define,D", po::value<std::vector<std::string>>()->composing()->value_name("NAME=VALUE"),
      "another value for a #define of the file; may be repeated")(
      "arg", po::value<std::vector<std::string>>()->composing()->value_name("TEXT"),
      "an argument of `main` of a program in C; may be repeated")(
      "stub", po::value<std::vector<std::string>>()->composing()->value_name("NAME"),
      "a function that a program in C calls and does not have, and that changes nothing; may be "
      "repeated")("granularity", po::value<std::string>()->value_name("access|statement"),
                  "what one step is; wins over `option granularity`")(
      "memory-model", po::value<std::string>()->default_value("sc")->value_name("sc"),
      "sequential consistency");
}

DefineOverrides DefinesOf(const Arguments& arguments) {
  DefineOverrides defines;
  if (arguments.Has("arg")) {
    std::size_t number = 0;
    for (const std::string& text : arguments.options["arg"].as<std::vector<std::string>>())
      defines["argv[" + std::to_string(++number) + "]"] = text;
  }
  if (arguments.Has("stub")) {
    for (const std::string& name : arguments.options["stub"].as<std::vector<std::string>>()) {
      if (name.empty() || name.find_first_of("() =\n") != std::string::npos)
        throw UsageError(fmt::format("--stub takes the name of a function, not `{}`", name));
      defines[StubKey(name)] = "";
    }
  }
  if (!arguments.Has("define")) return defines;
  for (const std::string& text : arguments.options["define"].as<std::vector<std::string>>()) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      throw UsageError(fmt::format("--define takes NAME=VALUE, not `{}`", text));
    }
    defines[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return defines;
}

OptionOverrides OverridesOf(const Arguments& arguments) {
  OptionOverrides overrides;
  WordOf(arguments, "memory-model", {"sc"}, {"tso", "pso", "ra"});
  if (arguments.Has("granularity")) {
    overrides["granularity"] = WordOf(arguments, "granularity", {"access", "statement"});
  }
  return overrides;
}

void AddColorOption(po::options_description& options) {
  options.add_options()(
      "color", po::value<std::string>()->default_value("auto")->value_name("auto|always|never"),
      "auto: on a terminal, unless NO_COLOR is set");
}

bool UseColor(const Arguments& arguments, int descriptor) {
  const std::string word = WordOf(arguments, "color", {"auto", "always", "never"});
  if (word != "auto") return word == "always";
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if (no_color != nullptr && *no_color != '\0') return false;
  if (terminal != nullptr && std::string_view(terminal) == "dumb") return false;
  return isatty(descriptor) == 1;
}

std::string WordOf(const Arguments& arguments, const char* name,
                   const std::vector<std::string>& words, const std::vector<std::string>& later) {
  const std::string word = arguments.Text(name);
  if (std::find(words.begin(), words.end(), word) != words.end()) return word;
  if (std::find(later.begin(), later.end(), word) != later.end()) {
    throw UsageError(
        fmt::format("--{} {} is not there yet; possible: {}", name, word, fmt::join(words, ", ")));
  }
  const std::string nearest = NearestName(word, words);
  throw UsageError(
      fmt::format("--{} takes {}, not `{}`{}", name, fmt::join(words, ", "), word,
                  nearest.empty() ? "" : fmt::format("; did you mean `{}`?", nearest)));
}

uint64_t ParseNumber(const std::string& text, const char* option, uint64_t least, uint64_t most) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    throw UsageError(
        fmt::format("--{} takes a number from {} to {}, not `{}`", option, least, most, text));
  }
  return value;
}

uint64_t ParseSize(const std::string& text, const char* option) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (suffix.ends_with("iB")) suffix.remove_suffix(2);
  if (suffix.ends_with("B")) suffix.remove_suffix(1);
  int shift = 0;
  if (suffix == "K" || suffix == "k") shift = 10;
  if (suffix == "M" || suffix == "m") shift = 20;
  if (suffix == "G" || suffix == "g") shift = 30;
  if (suffix == "T" || suffix == "t") shift = 40;
  const bool known = suffix.empty() || shift != 0;
  if (error != std::errc() || !known || value == 0 || value > (UINT64_MAX >> shift)) {
    throw UsageError(fmt::format("--{} takes a size such as 500M or 4G, not `{}`", option, text));
  }
  return value << shift;
}

double ParseSeconds(const std::string& text, const char* option) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  double unit = suffix.empty() || suffix == "s" ? 1 : 0;
  if (suffix == "m") unit = 60;
  if (suffix == "h") unit = 3600;
  if (error != std::errc() || unit == 0 || !std::isfinite(value) || value <= 0) {
    throw UsageError(
        fmt::format("--{} takes a time such as 30, 10m or 2h, not `{}`", option, text));
  }
  return value * unit;
}

uint64_t AvailableMemory() {
  std::ifstream information("/proc/meminfo");
  std::string word;
  while (information >> word) {
    uint64_t kibibytes = 0;
    if (word == "MemAvailable:" && information >> kibibytes) return kibibytes * 1024;
  }
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return 0;
  return static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_bytes);
}

}  // namespace interleave
