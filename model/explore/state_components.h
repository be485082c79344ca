#pragma once
// Strongly connected components of the states of a transition system, found while it is explored.
// A run that never ends stays in one of them from some point on, so what must happen again and
// again is judged component by component.

#include <cstdint>
#include <functional>

#include "model/explore/path_explorer.h"
#include "model/explore/state_store.h"
#include "sim/program/strong_components.h"

namespace interleave {

// The probe of path_explorer.h that finds components.
template <class Visit>
class ComponentProbe {
 public:
  ComponentProbe(Visit& visit, const std::function<bool(uint32_t states)>& go_on)
      : visit_(visit), go_on_(go_on) {}

  void OnInitial(const int64_t*, const Successor&) {}
  void OnEnter(const Path& path, const int64_t*) { stack_.Enter(path.back().number); }
  void OnEdge(const Path& path, uint32_t to, EdgeKind kind) {
    if (kind != EdgeKind::kTree) stack_.Meet(path.back().number, to);
  }
  void OnFailure(const Path&, const Successor&) {}
  void OnLeave(const Path& path) { stack_.Leave(path.back().number, visit_); }
  bool Continue(uint32_t states) {
    stop_ = stop_ || (go_on_ && !go_on_(states));
    return !stop_;
  }
  bool stop() const { return stop_; }

 private:
  Visit& visit_;
  const std::function<bool(uint32_t)>& go_on_;
  ComponentStack stack_;
  bool stop_ = false;
};

// visit(const StrongComponent&), its nodes being numbers of the store, which is empty before: all
// components, each after those that transitions lead to from it. `go_on` is asked every few
// thousand states, and may be empty. False when it said no.
template <class System, class Visit>
bool ForEachStateComponent(System& system, StateStore& store, Visit&& visit,
                           const std::function<bool(uint32_t states)>& go_on = {}) {
  ComponentProbe probe(visit, go_on);
  return PathExplorer(system, store, probe).Run();
}

}  // namespace interleave
