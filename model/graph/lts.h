#pragma once
// A labelled transition system as numbers: what quotients, minimisation and `.aut` are about.

#include <cstdint>
#include <tuple>
#include <vector>

namespace interleave {

struct LtsEdge {
  uint32_t from = 0;
  uint32_t label = 0;
  uint32_t to = 0;

  bool operator==(const LtsEdge&) const = default;
  bool operator<(const LtsEdge& other) const {
    return std::tie(from, label, to) < std::tie(other.from, other.label, other.to);
  }
};

// States are 0 .. classes.size() - 1.
struct Lts {
  // The label of a hidden step.
  static constexpr uint32_t kTau = 0;

  // By state: what can be seen of it. States of different classes are never the same.
  std::vector<uint32_t> classes;
  std::vector<uint32_t> initial;  // ascending, each once
  std::vector<LtsEdge> edges;     // ascending, each once

  uint32_t states() const { return static_cast<uint32_t>(classes.size()); }
};

}  // namespace interleave
