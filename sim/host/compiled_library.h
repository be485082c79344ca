#pragma once
// Emitted C on its way to code that this process can call: the system compiler, found at run time,
// and the dynamic loader.

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "sim/host/sandbox.h"

namespace interleave {

// The first of $CC, cc, gcc, clang that can be run, as a path; nothing without any.
std::optional<std::string> FindCompiler();

// Texts of C, compiled and loaded. Stays loaded as long as it lives.
class CompiledLibrary {
 public:
  // Compiles `texts`, each a translation unit, into one library in the sandbox's folder, at an
  // optimisation level such as "-O1"; a build with sanitizers does not optimise. Throws
  // std::runtime_error with what the compiler said when it fails, or when `cancel`, which may be
  // null, was set and the compiler killed; std::system_error when it cannot be run.
  CompiledLibrary(Sandbox& sandbox, const std::string& compiler,
                  const std::vector<std::string>& texts, const std::string& optimization,
                  const std::atomic<bool>* cancel = nullptr);
  CompiledLibrary(const CompiledLibrary&) = delete;
  CompiledLibrary& operator=(const CompiledLibrary&) = delete;
  ~CompiledLibrary();

  // The address of a function or variable, null when there is none of that name.
  void* Find(const std::string& name) const;

 private:
  void* library_ = nullptr;
};

}  // namespace interleave
