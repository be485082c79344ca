#pragma once
// The real things behind a program's objects (real.c of their kinds): where each lies in the
// mapping that processes share, behind the model's cells, and what is done to all of them at once.

#include <cstddef>
#include <vector>

#include "sim/program/byte_layout.h"
#include "sim/program/program.h"
#include "sim/world/native_code.h"

namespace interleave {

class RealThings {
 public:
  // All are kept by the caller. REQUIRES: `code` was compiled with EmitRealThings(program).
  RealThings(const Program& program, const ByteLayout& layout, const NativeCode& code);

  bool empty() const { return objects_.empty(); }
  // Of the mapping: the model's cells, and the real things behind them.
  std::size_t bytes() const { return bytes_; }
  // Tells a process where they are.
  void Attach(il& context) const;
  // Makes them in fresh memory. In a child: this is the kind's own C. Throws std::runtime_error.
  void Make(char* memory) const;
  // Puts what they tell of the model's cells into these, and counts, by the byte where a cell
  // begins, in `told`. Only those with `objects`, by number. In a child.
  void Observe(char* memory, unsigned* told, const std::vector<bool>& objects) const;

 private:
  struct Behind {
    std::size_t object = 0;  // into Program::objects
    std::size_t count = 1;   // of an array
    int (*make)(void*, const void*) = nullptr;
    void (*observe)(void*, il_observation*) = nullptr;
  };

  const Program& program_;
  const ByteLayout& layout_;
  std::vector<Behind> objects_;
  std::vector<unsigned long> at_, size_;  // by object
  std::size_t bytes_ = 0;
};

}  // namespace interleave
