#pragma once
// How often others come in while one process waits to: for bounded waiting.

#include <cstdint>
#include <vector>

#include "model/liveness/run_product.h"

namespace interleave {

// Remembers 0 while the process asks for nothing, and 1 + how often others have come in since it
// asked, up to the bound and one more. It asks with its first access behind the entry label, or by
// being blocked there, until it is inside, or done: before that nobody can know that it wants to
// come in (L. Lamport's "doorway", "A new solution of Dijkstra's concurrent programming problem",
// 1974).
class WaitingWatcher : public RunWatcher {
 public:
  struct Member {
    uint64_t at_entry = 0, blocked = 0, inside = 0, done = 0;  // bits of atoms
    uint64_t others_inside = 0;
  };

  WaitingWatcher(const RunGraph& graph, const Member& member, uint64_t bound)
      : graph_(graph), member_(member), bound_(static_cast<uint32_t>(bound)) {}

  uint32_t size() const override { return bound_ + 3; }
  // More came in than the bound allows.
  bool IsBroken(uint32_t memory) const { return memory == bound_ + 2; }

  void Next(uint32_t memory, uint32_t from, uint32_t to, uint64_t,
            std::vector<Follow>& next) const override {
    if (IsBroken(memory)) return;
    const uint64_t before = graph_.truth[from], after = graph_.truth[to];
    if ((after & (member_.inside | member_.done)) != 0) {
      next.push_back({0, 0});
      return;
    }
    if (memory == 0) {
      const bool is_there = (after & member_.at_entry) != 0;
      const bool asked =
          is_there ? (after & member_.blocked) != 0 : (before & member_.at_entry) != 0;
      next.push_back({asked ? 1U : 0U, 0});
      return;
    }
    const bool came_in = (after & ~before & member_.others_inside) != 0;
    next.push_back({memory + (came_in ? 1 : 0), 0});
  }

 private:
  const RunGraph& graph_;
  const Member member_;
  const uint32_t bound_;
};

}  // namespace interleave
