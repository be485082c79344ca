#pragma once
// What a program writes to regular files through mappings, done to the real files.
//
// The program's memory is the model's, and so is what it maps. A file that it maps is real, though:
// whoever calls read sees what was written through the mapping. So the parent maps, beside the
// process that does, the same real file (through /proc), and puts there what the model has, after
// each step that makes no call. What the kernel does with the file, on its own or in a call, is
// compared as ever.

#include <sys/types.h>

#include <cstdint>
#include <map>

#include "sim/world/kernel_view.h"

namespace interleave {

class MappedFiles {
 public:
  MappedFiles() = default;
  MappedFiles(const MappedFiles&) = delete;
  MappedFiles& operator=(const MappedFiles&) = delete;
  ~MappedFiles() { Forget(); }

  // Maps what `descriptor` of the process leads to, which is the model's file `number`, once.
  // Throws std::system_error.
  void Map(pid_t pid, int descriptor, int64_t number);
  // Writes what the files that are mapped hold in the state.
  void Write(const KernelView& view, const int64_t* state) const;
  // At the start of a run.
  void Forget();

 private:
  std::map<int64_t, char*> pages_;  // by the model's number
};

}  // namespace interleave
