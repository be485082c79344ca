#include "sim/world/native_code.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <vector>

namespace interleave {
namespace {

// $CC may hold options too; it is then for a shell to say, and not used here.
std::optional<std::string> FindOnPath(const std::string& name) {
  if (name.empty() || name.find(' ') != std::string::npos) return std::nullopt;
  if (name.find('/') != std::string::npos) {
    return access(name.c_str(), X_OK) == 0 ? std::optional(name) : std::nullopt;
  }
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Runs it with both outputs in `log`; its exit code, or 128 and the signal. It leads a process
// group of its own: `cancel` ends it with all that it started.
int RunProgram(const std::vector<std::string>& words, const std::string& log,
               const std::atomic<bool>* cancel) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  // Spawned, not forked: a fork marks every page of this process, and each write to one costs a
  // fault afterwards.
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  pid_t child = 0;
  const int failed =
      posix_spawn(&child, arguments[0], &files, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) throw std::system_error(failed, std::generic_category(), words.front());
  constexpr timespec kMoment = {0, 2'000'000};
  int status = 0;
  for (;;) {
    const pid_t ended = waitpid(child, &status, cancel != nullptr ? WNOHANG : 0);
    if (ended == child) break;
    if (ended < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "waitpid");
    }
    if (cancel == nullptr) continue;
    if (cancel->load(std::memory_order_relaxed)) kill(-child, SIGKILL);
    nanosleep(&kMoment, nullptr);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::optional<std::string> FindCompiler() {
  const char* chosen = std::getenv("CC");
  for (const std::string& name : {std::string(chosen != nullptr ? chosen : ""), std::string("cc"),
                                  std::string("gcc"), std::string("clang")}) {
    if (const auto found = FindOnPath(name)) return found;
  }
  return std::nullopt;
}

CompiledLibrary::CompiledLibrary(Sandbox& sandbox, const std::string& compiler,
                                 const std::string& text, const std::string& optimization,
                                 const std::atomic<bool>* cancel) {
  const std::string base = fmt::format("{}/code{}", sandbox.path(), sandbox.TakeNumber());
  const std::string source = base + ".c";
  const std::string object = base + ".so";
  std::ofstream(source, std::ios::binary) << text;
  const int code = RunProgram({compiler, "-std=gnu11", optimization, "-w", "-fPIC", "-shared",
                               "-fno-strict-aliasing", "-o", object, source},
                              base + ".log", cancel);
  if (code != 0) {
    throw std::runtime_error(fmt::format("the compiler {} failed ({}):\n{}", compiler, code,
                                         ReadFile(base + ".log").substr(0, 4000)));
  }
  library_ = dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) {
    throw std::runtime_error(fmt::format("cannot load what {} made: {}", compiler, dlerror()));
  }
}

CompiledLibrary::~CompiledLibrary() { dlclose(library_); }

void* CompiledLibrary::Find(const std::string& name) const { return dlsym(library_, name.c_str()); }

NativeCode::NativeCode(Sandbox& sandbox, const std::string& compiler, const std::string& text)
    : library_(sandbox, compiler, text, "-O1") {
  const auto* sizes = static_cast<const unsigned long*>(library_.Find("il_sizes"));
  const std::array<std::size_t, 5> expected = {sizeof(il_turn), sizeof(il_free), sizeof(il),
                                               sizeof(il_outcome), sizeof(il_mark)};
  bool same = sizes != nullptr;
  for (std::size_t i = 0; same && i < expected.size(); ++i) same = sizes[i] == expected[i];
  run_ = reinterpret_cast<int (*)(il*, unsigned)>(library_.Find("il_run"));
  if (!same || run_ == nullptr) {
    throw std::runtime_error(
        fmt::format("{} does not lay out structs as this program was built", compiler));
  }
}

}  // namespace interleave
