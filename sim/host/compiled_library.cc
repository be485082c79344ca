#include "sim/host/compiled_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "sim/host/child_program.h"

namespace interleave {
namespace {

// Under sanitizers the programs that run are small, and compiling them is what takes the time.
#ifdef INTERLEAVE_SANITIZED
constexpr bool kOptimizes = false;
#else
constexpr bool kOptimizes = true;
#endif

}  // namespace

std::optional<std::string> FindCompiler() {
  const char* chosen = std::getenv("CC");
  for (const std::string& name : {std::string(chosen != nullptr ? chosen : ""), std::string("cc"),
                                  std::string("gcc"), std::string("clang")}) {
    if (const auto found = FindProgram(name)) return found;
  }
  return std::nullopt;
}

CompiledLibrary::CompiledLibrary(Sandbox& sandbox, const std::string& compiler,
                                 const std::vector<std::string>& texts,
                                 const std::string& optimization, const std::atomic<bool>* cancel) {
  const std::string base = fmt::format("{}/code{}", sandbox.path(), sandbox.TakeNumber());
  const std::string object = base + ".so";
  std::vector<std::string> command = {compiler,
                                      "-std=gnu11",
                                      kOptimizes ? optimization : "-O0",
                                      "-w",
                                      "-fPIC",
                                      "-shared",
                                      "-pthread",
                                      "-fno-strict-aliasing",
                                      "-o",
                                      object};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    command.push_back(fmt::format("{}-{}.c", base, i));
    std::ofstream(command.back(), std::ios::binary) << texts[i];
  }
  ProgramOptions options;
  options.cancel = cancel;
  const ProgramResult run = RunProgram(command, options);
  if (!run.ok()) {
    throw std::runtime_error(fmt::format("the compiler {} failed ({}):\n{}", compiler, run.code,
                                         run.errors.substr(0, 4000)));
  }
  library_ = dlopen(object.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) {
    throw std::runtime_error(fmt::format("cannot load what {} made: {}", compiler, dlerror()));
  }
}

CompiledLibrary::~CompiledLibrary() { dlclose(library_); }

void* CompiledLibrary::Find(const std::string& name) const { return dlsym(library_, name.c_str()); }

}  // namespace interleave
