#include "tests/support/scratch.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>

namespace interleave {

namespace fs = std::filesystem;

std::string ReadWhole(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

Scratch::Scratch() {
  std::string pattern = (fs::temp_directory_path() / "interleave_test_XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string Scratch::Write(const std::string& name, const std::string& text) const {
  fs::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << text;
  return Path(name);
}

// Files instead of pipes: nobody has to read while it writes.
Scratch::Output Scratch::CallProgram(const std::string& program,
                                     const std::vector<std::string>& arguments,
                                     const std::string& input) const {
  Write(".in", input);
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGHUP, SIG_DFL);  // whatever it is here: a shell keeps what is ignored
    if (chdir(path_.c_str()) != 0) _exit(126);
    const auto redirect = [](const char* name, int flags, int descriptor) {
      const int opened = open(name, flags, 0600);
      if (opened < 0 || dup2(opened, descriptor) < 0) _exit(126);
    };
    redirect(".in", O_RDONLY, 0);
    redirect(".out", O_WRONLY | O_CREAT | O_TRUNC, 1);
    redirect(".err", O_WRONLY | O_CREAT | O_TRUNC, 2);
    std::vector<char*> words = {const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments)
      words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    execvp(program.c_str(), words.data());
    _exit(127);
  }
  REQUIRE(child > 0);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  Output output;
  output.code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  output.out = ReadWhole(path_ / ".out");
  output.err = ReadWhole(path_ / ".err");
  return output;
}

}  // namespace interleave
