#pragma once
// Memory that real processes share: made by the parent, seen by the children it forks.
//
// Tested by tests/sandbox_test.cc.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/host/sandbox.h"

namespace interleave {

enum class RegionKind : uint8_t {
  kAnonymous,  // without a name; children inherit the mapping, and with it the address
  kShm,        // a POSIX shared memory object
  kFile,       // a file in the sandbox's folder
};

class Region {
 public:
  // Zeroed, its memory reserved: a full file system is an error here, not a signal at some later
  // write. REQUIRES: 0 < bytes < 2^46; it is rounded up to whole pages. Throws std::system_error.
  Region(Sandbox& sandbox, RegionKind kind, std::size_t bytes);
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  // Unmaps; in the process that made it also Unlink.
  ~Region();

  // Where the parent has it.
  void* parent_address() const { return parent_address_; }
  std::size_t bytes() const { return bytes_; }

  // In a child, once: returns where this child has it. With a name, the inherited mapping is gone
  // and the object, opened by its name, is somewhere else: a different address for each index and
  // none of them the parent's, so that a pointer passed from one process to another does not work
  // by accident. REQUIRES: 0 <= index < Sandbox::kMaxChildren; the parent did not Unlink yet.
  // Throws std::system_error.
  void* AttachInChild(int index);

  // Takes the name away, in the process that made the region; the memory stays for those who have
  // it. A second time, or without a name, nothing happens. Throws std::system_error.
  void Unlink();

 private:
  // Only sets members: the object can be destroyed from here on, whatever else fails.
  Region(RegionKind kind, std::size_t bytes, std::string name);
  // The object, readable and writable. `flags`: what open needs beyond that.
  int Open(int flags) const;
  void Unmap();
  // Maps `descriptor`, or fresh memory for -1. Takes the place that the kernel chooses.
  void Map(int descriptor);
  // Maps at an address that only this index may get.
  void MapApart(int descriptor, int index);

  const pid_t owner_;
  const RegionKind kind_;
  const std::size_t bytes_;
  std::string name_;  // path, or name of a shared memory object; empty: there is none (any more)
  void* parent_address_ = nullptr;
  void* address_ = nullptr;  // here; null: not mapped
};

}  // namespace interleave
