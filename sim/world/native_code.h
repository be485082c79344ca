#pragma once
// The code of a program's processes, for turns or running free: what emit_c.h wrote, compiled and
// loaded.

#include <atomic>
#include <string>
#include <vector>

#include "sim/host/compiled_library.h"
#include "sim/host/sandbox.h"
#include "sim/program/turn_block.h"

namespace interleave {

// Loaded code of one program's processes. Stays loaded as long as it lives.
class NativeCode {
 public:
  // `text`: of emit_c.h; `real_things`: of emit_real.h; `cancel` as of CompileOptions. Throws what
  // FindCompiler and CompiledLibrary throw.
  NativeCode(Sandbox& sandbox, const std::string& text, const std::vector<std::string>& real_things,
             const std::string& without_compiler, const std::atomic<bool>* cancel);

  // What a process runs (emit_c.h: il_run).
  int Run(il* context, unsigned process) const { return run_(context, process); }

  // A symbol of the real things (emit_real.h). Throws std::runtime_error where there is none.
  void* Find(const std::string& name) const;

 private:
  CompiledLibrary library_;
  int (*run_)(il*, unsigned) = nullptr;
};

}  // namespace interleave
