#pragma once
// Emitted C on its way to code that this process can call: the system compiler, found at run time,
// and the dynamic loader.

#include <optional>
#include <string>

#include "sim/program/turn_block.h"
#include "sim/world/sandbox.h"

namespace interleave {

// The first of $CC, cc, gcc, clang that can be run, as a path; nothing without any.
std::optional<std::string> FindCompiler();

// Loaded code of one program. Stays loaded as long as it lives.
class NativeCode {
 public:
  // Compiles and loads `text` (emit_c.h) in the sandbox's folder. Throws std::runtime_error with
  // what the compiler said when it fails, std::system_error when it cannot be run.
  NativeCode(Sandbox& sandbox, const std::string& compiler, const std::string& text);
  NativeCode(const NativeCode&) = delete;
  NativeCode& operator=(const NativeCode&) = delete;
  ~NativeCode();

  // What a process runs (emit_c.h: il_run).
  int Run(il* context, unsigned process) const { return run_(context, process); }

 private:
  void* library_ = nullptr;
  int (*run_)(il*, unsigned) = nullptr;
};

}  // namespace interleave
