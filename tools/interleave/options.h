#pragma once
// The command line of a command: options by Boost.Program_options, FILE... behind them.

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/language/lexer.h"
#include "sim/language/scenario.h"

namespace interleave {

// A command's options as given. `help` is there for every command.
struct Arguments {
  boost::program_options::variables_map options;
  std::vector<std::string> files;

  bool Has(const char* name) const { return options.count(name) > 0; }
  // REQUIRES: it was given or has a default.
  std::string Text(const char* name) const { return options[name].as<std::string>(); }
};

// What one command's help says.
struct CommandHelp {
  std::string usage;  // "interleave show [OPTION...] FILE..."
  std::string text;   // paragraphs behind the usage, before the options
};

// Parses; prints the help and returns nothing when it is asked for. Throws boost's errors for what
// it does not understand.
std::optional<Arguments> ParseArguments(const std::vector<std::string>& arguments,
                                        const CommandHelp& help,
                                        const boost::program_options::options_description& options);

// Throws UsageError unless there is a file.
void SomeFiles(const Arguments& arguments);
// The files of each program or scenario: all files in C are one program, each other file is its
// own. In the order in which they begin.
std::vector<std::vector<std::string>> ProgramsOf(const std::vector<std::string>& files);
// Those of the only one; of the only one, and the schedule that is the last file. Throw UsageError.
std::vector<std::string> OneProgram(const std::vector<std::string>& files);
std::pair<std::vector<std::string>, std::string> ProgramAndSchedule(
    const std::vector<std::string>& files);

// --define, --granularity, --memory-model: what changes the program.
void AddProgramOptions(boost::program_options::options_description& options);
DefineOverrides DefinesOf(const Arguments& arguments);
OptionOverrides OverridesOf(const Arguments& arguments);

// --color auto|always|never. On: standard output, or standard error, is to be coloured.
void AddColorOption(boost::program_options::options_description& options);
bool UseColor(const Arguments& arguments, int descriptor);

// The value of an option that takes one of some words; those in `later` are known but not there
// yet. Throws UsageError.
std::string WordOf(const Arguments& arguments, const char* name,
                   const std::vector<std::string>& words,
                   const std::vector<std::string>& later = {});

// "500M", "2G", "1000000": bytes. Throws UsageError.
uint64_t ParseSize(const std::string& text, const char* option);
// A number in the range. Throws UsageError.
uint64_t ParseNumber(const std::string& text, const char* option, uint64_t least, uint64_t most);
double ParseSeconds(const std::string& text, const char* option);

// Memory that can be had without swapping, in bytes: /proc/meminfo, or sysconf.
uint64_t AvailableMemory();

}  // namespace interleave
