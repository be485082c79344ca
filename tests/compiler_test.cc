// The C compiler as it is found and run: $CC, compilers that hang, fail or are none, and what is
// left of one that is killed.

#include "sim/host/compiled_library.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "sim/host/interrupted.h"
#include "sim/host/sandbox.h"

namespace interleave {
namespace {

namespace fs = std::filesystem;

// A variable of the environment, set as long as this lives.
class CompilerVariable {
 public:
  CompilerVariable(const char* name, const std::string& value) : name_(name) {
    if (const char* const before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  CompilerVariable(const CompilerVariable&) = delete;
  CompilerVariable& operator=(const CompilerVariable&) = delete;
  ~CompilerVariable() {
    if (before_) {
      setenv(name_, before_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }

 private:
  const char* const name_;
  std::optional<std::string> before_;
};

// A folder, also for temporary files, with compilers that are scripts.
class CompilerFolder {
 public:
  CompilerFolder() {
    std::string pattern = (fs::temp_directory_path() / "compiler_test.XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
    fs::create_directory(path_ / "tmp");
    temporary_.emplace("TMPDIR", (path_ / "tmp").string());
  }
  CompilerFolder(const CompilerFolder&) = delete;
  CompilerFolder& operator=(const CompilerFolder&) = delete;
  ~CompilerFolder() {
    temporary_.reset();
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  std::string Path(const std::string& name) const { return (path_ / name).string(); }
  std::string Script(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << "#!/bin/sh\n" << text << "\n";
    REQUIRE(chmod(Path(name).c_str(), 0700) == 0);
    return Path(name);
  }
  bool is_clean() const { return fs::is_empty(path_ / "tmp"); }

 private:
  fs::path path_;
  std::optional<CompilerVariable> temporary_;
};

template <class Exception = std::runtime_error>
std::string CompilerMessage(const std::vector<std::string>& compiler,
                            const CompileOptions& options = {},
                            const std::string& text = "int x;\n") {
  Sandbox sandbox;
  try {
    const CompiledLibrary library(sandbox, compiler, {text}, options);
  } catch (const Exception& error) {
    return error.what();
  }
  return "";
}

bool MessageHas(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("$CC may have options and quotes, and must be a program") {
  const CompilerFolder folder;
  const std::string script = folder.Script("my cc", "exit 1");
  const std::string quoted = fmt::format("  '{}' -m64\t\"-DNAME=a b\" ", script);
  {
    const CompilerVariable cc("CC", quoted);
    CHECK(FindCompiler() == std::vector<std::string>{script, "-m64", "-DNAME=a b"});
  }
  fs::create_directory(folder.Path("cc"));
  std::ofstream(folder.Path("text")) << "no program";
  for (const std::string& name : {folder.Path("cc"), folder.Path("text"), folder.Path("missing")}) {
    CAPTURE(name);
    const CompilerVariable cc("CC", name);
    std::string message;
    try {
      FindCompiler("; install one");
    } catch (const std::runtime_error& error) {
      message = error.what();
    }
    CHECK(message == fmt::format("there is no C compiler: $CC names `{}`, which is no program that "
                                 "can be run; install one",
                                 name));
  }
  // A folder of that name on the way to the compiler is passed over.
  const CompilerVariable empty("CC", "");
  const char* const path = std::getenv("PATH");
  const std::string before = FindCompiler().front();
  const CompilerVariable with_folder("PATH", folder.Path("") + ":" + (path != nullptr ? path : ""));
  CHECK(FindCompiler() == std::vector<std::string>{before});
}

TEST_CASE("The compiler gets the options of $CC, and its temporary files lie in the sandbox") {
  const CompilerFolder folder;
  const std::vector<std::string> usual = FindCompiler();
  std::string words;
  for (const std::string& word : usual) words += "'" + word + "' ";
  const std::string script =
      folder.Script("cc", "echo x > \"$TMPDIR/left.s\"; echo \"$TMPDIR\" > '" +
                              folder.Path("where") + "'; exec " + words + " \"$@\"");
  std::string where, inside;
  {
    Sandbox sandbox;
    inside = sandbox.path();
    const CompiledLibrary library(sandbox, {script, "-DNAME=seven"},
                                  {"int NAME = 7;\n", "int other = 8;\n"}, {});
    CHECK(*static_cast<int*>(library.Find("seven")) == 7);
    CHECK(*static_cast<int*>(library.Find("other")) == 8);
  }
  std::ifstream(folder.Path("where")) >> where;
  CHECK(where == inside);
  CHECK(folder.is_clean());
}

TEST_CASE("A compiler that fails is reported in words") {
  const CompilerFolder folder;
  const auto message = [&](const std::string& script, const CompileOptions& options = {}) {
    return CompilerMessage({folder.Script("bad", script), "-m64"}, options);
  };
  const std::string name = "the compiler " + folder.Path("bad") + " -m64 ";
  CHECK(message("echo 'no room' >&2; exit 3") == name + "failed (3):\nno room\n");
  CHECK(message("exit 3") == name + "failed (3)");
  CHECK(message("kill -ABRT $$") == name + "was ended by signal 6 (Aborted)");
  CHECK(MessageHas(message("exit 0"), "cannot load what " + folder.Path("bad") + " -m64 made: "));
  CompileOptions hurried;
  hurried.time_limit_seconds = 0.2;
  CHECK(message("sleep 1000 & wait", hurried) ==
        name + "was not done after 0.2 seconds and was ended");
  const std::atomic<bool> cancelled = true;
  CompileOptions cancel;
  cancel.cancel = &cancelled;
  CHECK(CompilerMessage<Interrupted>({folder.Script("bad", "sleep 1000 & wait")}, cancel) ==
        "interrupted");
  CHECK(folder.is_clean());
}

TEST_CASE("A text that cannot be written is said before the compiler sees it") {
  const CompilerFolder folder;
  const std::string script = folder.Script("cc", "touch '" + folder.Path("ran") + "'");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small = {1000, 1000};
    setrlimit(RLIMIT_FSIZE, &small);
    const std::string message =
        CompilerMessage<std::system_error>({script}, {}, std::string(100'000, ' '));
    _exit(message.starts_with("cannot write ") && message.ends_with("File too large") ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK_FALSE(fs::exists(folder.Path("ran")));
}

// All that the compiler started holds the end of a pipe. CTest's limit of time is the failure.
TEST_CASE("Whenever its owner is killed nothing of the compiler stays") {
  const CompilerFolder folder;
  const std::string script = folder.Script(
      "cc", "(trap '' TERM; while :; do echo x > \"$TMPDIR/cc$$.s\"; done) & sleep 1000");
  for (int round = 0; round < 40; ++round) {
    CAPTURE(round);
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    const pid_t owner = fork();
    REQUIRE(owner >= 0);
    if (owner == 0) {
      close(ends[0]);
      Sandbox sandbox;
      if (write(ends[1], "x", 1) != 1) _exit(1);
      const CompiledLibrary library(sandbox, {script}, {"int x;\n"}, {});
      _exit(0);
    }
    close(ends[1]);
    char byte = 0;
    REQUIRE(read(ends[0], &byte, 1) == 1);
    usleep(static_cast<useconds_t>(round * 400));
    REQUIRE(kill(owner, SIGKILL) == 0);
    REQUIRE(waitpid(owner, nullptr, 0) == owner);
    CHECK(read(ends[0], &byte, 1) == 0);
    close(ends[0]);
  }
  while (!folder.is_clean()) usleep(1000);
}

}  // namespace
}  // namespace interleave
