// interleave: the command line. Finds the command, and turns what went wrong outside a scenario
// (usage, the operating system) into a message and an exit code.

#include <boost/program_options/errors.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "sim/host/interrupted.h"
#include "sim/language/characters.h"
#include "sim/language/source.h"
#include "sim/world/lockstep_world.h"
#include "tools/interleave/command.h"
#include "tools/interleave/terminal.h"

namespace interleave {
namespace {

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(const std::vector<std::string>&);
  std::string_view takes_less = {};  // what makes it take less memory
};

constexpr std::string_view kLowerLimit = "a lower --max-memory ends the search in time";

constexpr std::array<Command, 9> kCommands = {{
    {"check", "every interleaving of a scenario", CheckCommand, kLowerLimit},
    {"run", "one run: a schedule, a random walk, or step by step", RunCommand,
     "fewer --steps take less"},
    {"replay", "a recorded schedule, strictly", ReplayCommand},
    {"test", "every schedule and expectation in files and folders", TestCommand, kLowerLimit},
    {"conform", "every transition of the state graph, on real processes", ConformCommand,
     "a lower --max-states takes less"},
    {"stress", "real processes running free: how often what happened", StressCommand},
    {"graph", "the state graph, a program or a run: a picture, a page, a file", GraphCommand,
     kLowerLimit},
    {"show", "the compiled program", ShowCommand},
    {"fmt", "the canonical layout", FormatCommand},
}};

void PrintHelp() {
  fmt::print(
      "interleave: a simulator and model checker for processes that share memory\n"
      "\n"
      "usage: interleave COMMAND [OPTION...] FILE...\n"
      "\n");
  for (const Command& command : kCommands) {
    fmt::print("  {:<8}{}\n", command.name, command.summary);
  }
  fmt::print(
      "\n"
      "`interleave COMMAND --help` explains a command; `interleave --version` names the version.\n"
      "FILE `-` is standard input.\n"
      "\n"
      "exit codes:\n"
      "  0   the scenario holds; test: everything is as the files expect\n"
      "  1   the call is wrong, or a file cannot be read or written\n"
      "  2   the scenario (or the schedule to replay) has errors\n"
      "  3   something is not as expected\n"
      "  10  an assumption that no run survives; with --vacuity error, a check that checks "
      "nothing; nothing to test\n"
      "  11  deadlock\n"
      "  12  a property is violated\n"
      "  14  a run-time error or a failed assertion\n"
      "  15  a data race\n"
      "  17  real processes do something else than the model\n"
      "  20  incomplete: a limit was met, the search was interrupted, or a real process was lost\n"
      "  141 whoever reads the output has gone away\n");
}

int Dispatch(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw UsageError("no command");
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") {
    PrintHelp();
    return 0;
  }
  if (name == "--version") {
    fmt::print("interleave {}\n", kVersion);
    return 0;
  }
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    if (command.name == name) return command.run({arguments.begin() + 1, arguments.end()});
    names.emplace_back(command.name);
  }
  const std::string nearest = NearestName(name, names);
  throw UsageError(
      fmt::format("there is no command `{}`{}", name,
                  nearest.empty() ? "" : fmt::format("; did you mean `{}`?", nearest)));
}

// The command named; null: none.
const Command* CommandOf(const std::vector<std::string>& arguments) {
  for (const Command& command : kCommands) {
    if (!arguments.empty() && arguments.front() == command.name) return &command;
  }
  return nullptr;
}

// For "see interleave check --help".
std::string HelpHint(const std::vector<std::string>& arguments) {
  const Command* const command = CommandOf(arguments);
  return command == nullptr ? "interleave --help"
                            : fmt::format("interleave {} --help", command->name);
}

// Of the command that runs; static, and told without memory being asked for.
std::string_view what_takes_less;

void TellOutOfMemory() {
  std::fputs("interleave: out of memory", stderr);
  if (!what_takes_less.empty()) {
    std::fputs("; ", stderr);
    std::fwrite(what_takes_less.data(), 1, what_takes_less.size(), stderr);
  }
  std::fputs("\n", stderr);
}

// Where nobody can catch any more: a destructor needed memory (nlohmann::json has such), or a
// thread. The janitor cleans up.
[[noreturn]] void OnTerminate() {
  try {
    if (std::current_exception() != nullptr) std::rethrow_exception(std::current_exception());
  } catch (const std::bad_alloc&) {
    TellOutOfMemory();
    _exit(kExitIncomplete);
  } catch (...) {
    // A mistake of ours: the signal says so.
  }
  std::abort();
}

int Main(int argc, char** argv) {
  std::set_terminate(OnTerminate);
  // A reader of our output that goes away shall not keep us from cleaning up, nor a file that
  // becomes larger than it may; both are errors of the call that writes.
  for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);
  std::vector<std::string> arguments;
  const auto usage = [&](const char* what) {
    PrintError("interleave: {}\nsee `{}`\n", Printable(what, "\n"), HelpHint(arguments));
    return kExitUsage;
  };
  try {
    arguments.assign(argv + (argc > 0 ? 1 : 0), argv + argc);
    const Command* const command = CommandOf(arguments);
    if (command != nullptr) what_takes_less = command->takes_less;
    const int code = Dispatch(arguments);
    // The error flag: an earlier flush may have failed and left nothing to flush.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(),
                              "cannot write to standard output");
    }
    return code;
  } catch (const UsageError& error) {
    return usage(error.what());
  } catch (const boost::program_options::error& error) {
    return usage(error.what());
  } catch (const WorldsDiffer& error) {
    fmt::print("DIFFERS  the real world from the model, {}", error.what());
    return kExitRealWorldDiffers;
  } catch (const RealWorldError& error) {
    fmt::print("DIFFERS  the real world from the model: {}\n", error.what());
    return kExitRealWorldDiffers;
  } catch (const ProcessLost& lost) {
    fmt::print("INCOMPLETE  {}\n", lost.what());
    return kExitIncomplete;
  } catch (const Interrupted&) {
    fmt::print("INCOMPLETE  an interrupt\n");
    return kExitIncomplete;
  } catch (const std::system_error& error) {
    if (error.code().value() == EPIPE && std::ferror(stdout) != 0) return kExitPipe;
    PrintError("interleave: {}\n", Printable(error.what(), "\n"));
    return kExitUsage;
  } catch (const std::runtime_error& error) {  // no compiler, or one that fails
    PrintError("interleave: {}\n", Printable(error.what(), "\n\t"));
    return kExitUsage;
  } catch (const std::bad_alloc&) {
    TellOutOfMemory();
    return kExitIncomplete;
  }
}

}  // namespace
}  // namespace interleave

int main(int argc, char** argv) { return interleave::Main(argc, argv); }
