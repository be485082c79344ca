#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "model/graph/lts.h"
namespace interleave {
enum class Equivalence : uint8_t { kStrong, kBranching, kTrace };
struct Minimized {
  Lts lts;
  std::vector<uint32_t> block_of;
  std::vector<std::vector<uint32_t>> members;
  std::string incomplete_reason;
};
inline Minimized Minimize(const Lts& lts, Equivalence) {
  Minimized m;
  m.lts = lts;
  m.incomplete_reason = "it is not there yet";
  return m;
}
}  // namespace interleave
