#pragma once
// Emitted C on its way to code that this process can call: the system compiler, found at run time,
// and the dynamic loader.

#include <atomic>
#include <string>
#include <vector>

#include "sim/host/sandbox.h"

namespace interleave {

// The C compiler: its path and the options that $CC gives it ("gcc -m64", with the quotes of a
// shell); without $CC the first of cc, gcc and clang. Throws std::runtime_error when there is none;
// `hint` stands at the end of the message.
std::vector<std::string> FindCompiler(const std::string& hint = "");

struct CompileOptions {
  std::string optimization = "-O1";           // a build with sanitizers does not optimise
  double time_limit_seconds = 300;            // several times what the largest programs take
  const std::atomic<bool>* cancel = nullptr;  // set: the compiler is killed
};

// Texts of C, compiled and loaded. Stays loaded as long as it lives.
class CompiledLibrary {
 public:
  // Compiles `texts`, each a translation unit, into one library in the sandbox's folder, where the
  // compiler's own temporary files are as well. Throws std::runtime_error with what the compiler
  // said when it fails or is not done in time; Interrupted after `cancel`; std::system_error when
  // it cannot be run or the texts cannot be written.
  CompiledLibrary(Sandbox& sandbox, const std::vector<std::string>& compiler,
                  const std::vector<std::string>& texts, const CompileOptions& options);
  CompiledLibrary(const CompiledLibrary&) = delete;
  CompiledLibrary& operator=(const CompiledLibrary&) = delete;
  ~CompiledLibrary();

  // The address of a function or variable, null when there is none of that name.
  void* Find(const std::string& name) const;

 private:
  void* library_ = nullptr;
};

}  // namespace interleave
