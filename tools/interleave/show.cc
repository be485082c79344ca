// interleave show: the compiled program as text.

#include <fmt/format.h>
#include <unistd.h>

#include "sim/program/show.h"
#include "tools/interleave/command.h"
#include "tools/interleave/load_scenario.h"
#include "tools/interleave/options.h"

namespace interleave {

int ShowCommand(const std::vector<std::string>& arguments) {
  boost::program_options::options_description options;
  AddProgramOptions(options);
  AddColorOption(options);
  const CommandHelp help = {
      "interleave show [OPTION...] FILE",
      "Prints the compiled program: its hash (which schedules carry), the layout of its state,\n"
      "the code of its processes and properties. The text is stable: comments, layout and the\n"
      "machine do not change it.\n"
      "\n"
      "In the code `>` marks the instructions before which a process can be seen to stand.\n"
      "\n"
      "exit codes: 0, 1 usage, 2 the scenario has errors\n"};
  const auto parsed = ParseArguments(arguments, help, options);
  if (!parsed) return 0;
  const LoadedScenario loaded = LoadScenario(
      OneFile(*parsed), DefinesOf(*parsed), OverridesOf(*parsed), UseColor(*parsed, STDERR_FILENO));
  if (!loaded.ok()) return kExitScenarioErrors;
  fmt::print("{}", ShowProgram(loaded.program()));
  return 0;
}

}  // namespace interleave
