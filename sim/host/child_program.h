#pragma once
// Another program, run to its end: the C compiler, Graphviz. Text in, text out, through pipes; no
// shell, no file.
//
// Tested by tests/render_test.cc.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace interleave {

class Sandbox;

// The program of this name in $PATH, as a path; a name with a slash is one already. Nothing when
// there is no file that can be run.
std::optional<std::string> FindProgram(const std::string& name);

struct ProgramOptions {
  std::string_view input;                // for its standard input
  std::vector<std::string> environment;  // "NAME=value", in place of what this process has
  double time_limit_seconds = 0;         // 0: none
  std::size_t output_limit_bytes = std::size_t{1} << 30;
  const std::atomic<bool>* cancel = nullptr;  // set: it is killed
  Sandbox* sandbox = nullptr;  // whose janitor kills what the program started, should this process
                               // be killed; without one only the program itself dies with it
};

struct ProgramResult {
  enum class End : uint8_t { kExited, kSignaled, kCancelled, kTimeLimit, kOutputLimit };
  End end = End::kExited;
  int code = 0;  // of the exit, or the signal
  std::string output;
  std::string errors;  // the first 64 KiB of its standard error

  bool ok() const { return end == End::kExited && code == 0; }
};

// Runs words[0], a path, with words[1..] as arguments. It leads a process group of its own, which
// is killed with all that it started at a limit, at `cancel` and when it ends; the kernel kills it
// when the thread that called this dies, at whatever moment. Throws std::system_error when it
// cannot be started.
ProgramResult RunProgram(const std::vector<std::string>& words, const ProgramOptions& options);

// Where this process ignores SIGCHLD, as some start their programs, that ends here: the kernel
// would throw the exits of children away. RunProgram sees to it itself.
void KeepExits();

}  // namespace interleave
