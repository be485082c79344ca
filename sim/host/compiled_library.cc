#include "sim/host/compiled_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <boost/tokenizer.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "sim/host/child_program.h"
#include "sim/host/descriptor.h"
#include "sim/host/interrupted.h"

namespace interleave {
namespace {

// Under sanitizers the programs that run are small, and compiling them is what takes the time.
#ifdef INTERLEAVE_SANITIZED
constexpr bool kOptimizes = false;
#else
constexpr bool kOptimizes = true;
#endif

// The words of $CC, as a shell would find them.
std::vector<std::string> WordsOf(const std::string& text) {
  std::vector<std::string> words;
  try {
    const boost::escaped_list_separator<char> separator("\\", " \t", "\"'");
    const boost::tokenizer<boost::escaped_list_separator<char>> tokens(text, separator);
    for (const std::string& word : tokens) {
      if (!word.empty()) words.push_back(word);
    }
  } catch (const boost::escaped_list_error&) {
    return {text};  // No program is called so.
  }
  return words;
}

void WriteText(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  errno = 0;
  file << text;
  file.close();
  if (!file) ThrowSystemError(errno != 0 ? errno : EIO, "cannot write " + path);
}

// What becomes of a compiler that did not make a library.
[[noreturn]] void Refuse(const std::string& compiler, const ProgramResult& run,
                         const CompileOptions& options) {
  constexpr std::size_t kMostShown = 4000;
  const std::string said = run.errors.empty() ? "" : ":\n" + run.errors.substr(0, kMostShown);
  std::string how;
  switch (run.end) {
    case ProgramResult::End::kCancelled: throw Interrupted();
    case ProgramResult::End::kExited: how = fmt::format("failed ({})", run.code); break;
    case ProgramResult::End::kSignaled:
      how = fmt::format("was ended by signal {} ({})", run.code, strsignal(run.code));
      break;
    case ProgramResult::End::kTimeLimit:
      how =
          fmt::format("was not done after {:g} seconds and was ended", options.time_limit_seconds);
      break;
    case ProgramResult::End::kOutputLimit: how = "printed without end and was ended"; break;
  }
  throw std::runtime_error(fmt::format("the compiler {} {}{}", compiler, how, said));
}

}  // namespace

std::vector<std::string> FindCompiler(const std::string& hint) {
  const char* const chosen = std::getenv("CC");
  std::vector<std::string> words = WordsOf(chosen != nullptr ? chosen : "");
  if (!words.empty()) {
    const auto found = FindProgram(words.front());
    if (!found) {
      throw std::runtime_error(
          fmt::format("there is no C compiler: $CC names `{}`, which is no "
                      "program that can be run{}",
                      words.front(), hint));
    }
    words.front() = *found;
    return words;
  }
  for (const char* const name : {"cc", "gcc", "clang"}) {
    if (const auto found = FindProgram(name)) return {*found};
  }
  throw std::runtime_error("there is no C compiler (cc, gcc or clang)" + hint);
}

CompiledLibrary::CompiledLibrary(Sandbox& sandbox, const std::vector<std::string>& compiler,
                                 const std::vector<std::string>& texts,
                                 const CompileOptions& options) {
  const std::string base = fmt::format("{}/code{}", sandbox.path(), sandbox.TakeNumber());
  const std::string object = base + ".so";
  std::vector<std::string> command = compiler;
  // Each operation on numbers is rounded for itself, and a square root is one instruction. Unless
  // the rounding may vary, gcc 12 makes -i of 0.0 - i, which is not the same where i is 0.
  for (const std::string& word :
       {std::string("-std=gnu11"), kOptimizes ? options.optimization : std::string("-O0"),
        std::string("-w"), std::string("-fPIC"), std::string("-shared"), std::string("-pthread"),
        std::string("-fno-strict-aliasing"), std::string("-ffp-contract=off"),
        std::string("-fno-math-errno"), std::string("-frounding-math"), std::string("-o"),
        object}) {
    command.push_back(word);
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    command.push_back(fmt::format("{}-{}.c", base, i));
    WriteText(command.back(), texts[i]);
  }
  ProgramOptions run_options;
  run_options.environment = {"TMPDIR=" + sandbox.path()};
  run_options.cancel = options.cancel;
  run_options.time_limit_seconds = options.time_limit_seconds;
  run_options.sandbox = &sandbox;
  const std::string name = fmt::format("{}", fmt::join(compiler, " "));
  const ProgramResult run = RunProgram(command, run_options);
  if (!run.ok()) Refuse(name, run, options);
  library_ = dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) {
    throw std::runtime_error(fmt::format("cannot load what {} made: {}", name, dlerror()));
  }
}

CompiledLibrary::~CompiledLibrary() { dlclose(library_); }

void* CompiledLibrary::Find(const std::string& name) const { return dlsym(library_, name.c_str()); }

}  // namespace interleave
