#pragma once
// What a state of the kernel's model says of things that can also be seen on a real kernel: which
// descriptors are open and on what, and which names there are. This alone knows how the model's
// members hold that.
//
// Tested by tests/kernel_world_test.cc.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/program/program.h"
#include "sim/world/kernel_calls.h"

namespace interleave {

class KernelView {
 public:
  struct Descriptor {
    bool is_open = false;  // no open that still waits
    bool is_pipe = false;  // or a FIFO
    bool is_regular = false;
    int64_t object = 0;  // the same for the same file, pipe or shared memory object
    int access = -1;     // O_RDONLY, O_WRONLY, O_RDWR; -1: the model does not tell
    bool is_nonblocking = false;
    bool appends = false;
    int64_t bytes = 0;   // to be read from a pipe; else the size
    int64_t offset = 0;  // of a regular file
  };

  // REQUIRES: `object`, which the caller keeps, is of the kind `kernel`.
  explicit KernelView(const MemoryObject& object) : object_(object) {}

  // Of process `number`, which counts from 1.
  Descriptor DescriptorOf(const int64_t* state, int number, int descriptor) const;
  // Of a regular file, by its number.
  std::string ContentOf(const int64_t* state, int64_t number) const;
  // In the order of names.
  std::vector<NamedThing> Names(const int64_t* state) const;

 private:
  // The cells of a member. Throws std::runtime_error where the kernel's model has no such one.
  const int64_t* Cells(const int64_t* state, std::string_view member) const;

  const MemoryObject& object_;
};

}  // namespace interleave
