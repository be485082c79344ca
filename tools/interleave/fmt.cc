// interleave fmt: the canonical layout.

#include <fmt/format.h>
#include <unistd.h>

#include "sim/host/interrupted.h"
#include "sim/language/formatter.h"
#include "tools/interleave/command.h"
#include "tools/interleave/files.h"
#include "tools/interleave/interrupt.h"
#include "tools/interleave/load_scenario.h"
#include "tools/interleave/options.h"

namespace interleave {

int FormatCommand(const std::vector<std::string>& arguments) {
  namespace po = boost::program_options;
  po::options_description options;
  options.add_options()("in-place,i", "replace the files instead of printing")(
      "check", "print the names of the files that are laid out differently; change nothing");
  AddColorOption(options);
  const CommandHelp help = {
      "interleave fmt [--check | --in-place] FILE...",
      "Prints the scenarios in the canonical layout. Comments are kept; formatting again changes\n"
      "nothing. A file with errors of syntax is left alone.\n"
      "\n"
      "exit codes: 0 (--check: all are laid out so), 1 usage, 2 errors in a file,\n"
      "3 --check: some are not, 20 --in-place: interrupted before the last file\n"};
  const auto parsed = ParseArguments(arguments, help, options);
  if (!parsed) return 0;
  SomeFiles(*parsed);
  const bool check = parsed->Has("check");
  const bool in_place = parsed->Has("in-place");
  if (check && in_place) throw UsageError("--check changes nothing: not with --in-place");
  int code = 0;
  for (const std::string& path : parsed->files) {
    if (in_place && path == "-")
      throw UsageError("standard input cannot be replaced: leave out --in-place");
    // A file is replaced whole or not at all.
    if (in_place && InterruptFlag().load()) throw Interrupted();
    const auto source = LoadSource({path});
    if (source->is_c()) throw UsageError(path + " is a program in C: clang-format lays out those");
    Diagnostics diagnostics;
    const std::string text = Format(*source, diagnostics);
    PrintDiagnostics(diagnostics, *source, UseColor(*parsed, STDERR_FILENO));
    if (diagnostics.has_errors()) {
      code = kExitScenarioErrors;
      continue;
    }
    const bool differs = text != source->text();
    if (check) {
      if (!differs) continue;
      fmt::print("{}\n", source->name());
      if (code == 0) code = kExitNotAsExpected;
    } else if (!in_place) {
      fmt::print("{}", text);
    } else if (differs) {
      WriteFile(path, text);
    }
  }
  return code;
}

}  // namespace interleave
