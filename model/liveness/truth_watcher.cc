#include "model/liveness/truth_watcher.h"

namespace interleave {

std::optional<TruthWatcher> TruthWatcher::Of(const RunGraph& graph, const Formula& formula) {
  TruthWatcher watcher(graph);
  // So that a bit says whether the whole is true.
  watcher.whole_ = watcher.forms_.Lasting(
      watcher.forms_.Make(formula, static_cast<int>(formula.size()) - 1, true));
  const int parts = static_cast<int>(watcher.forms_.size());
  watcher.bit_.assign(watcher.forms_.size(), -1);
  watcher.truth_.assign(watcher.forms_.size(), 0);
  for (int part = 0; part < parts; ++part) {
    if (!watcher.forms_[part].is_temporal()) continue;
    watcher.bit_[static_cast<std::size_t>(part)] = static_cast<int>(watcher.temporal_.size());
    watcher.temporal_.push_back(part);
    if (watcher.forms_[part].kind == Normal::Kind::kUntil) ++watcher.untils_;
  }
  if (watcher.temporal_.size() > kMostParts) return std::nullopt;
  return watcher;
}

// What is remembered is a bit for each temporal part that is to be true here; of X g the bit is
// that of g. What is to be true behind the step is guessed, and each guess kept with which the
// parts are true here that are to be.
void TruthWatcher::Next(uint32_t memory, uint32_t from, uint32_t, uint64_t mover,
                        std::vector<Follow>& next) const {
  const uint64_t atoms = graph_.truth[from];
  const auto guesses = uint32_t{1} << temporal_.size();
  const auto is_true = [&](int part) { return truth_[static_cast<std::size_t>(part)] != 0; };
  for (uint32_t guess = 0; guess < guesses; ++guess) {
    uint32_t here = 0, marks = 0, until = 0;
    for (int part = 0; part < static_cast<int>(forms_.size()); ++part) {
      const Normal& f = forms_[part];
      const int bit = bit_[static_cast<std::size_t>(part)];
      const bool later = bit >= 0 && (guess >> bit & 1) != 0;
      bool value = false;
      switch (f.kind) {
        case Normal::Kind::kTrue: value = true; break;
        case Normal::Kind::kFalse: break;
        case Normal::Kind::kAtom: value = ((atoms >> f.number & 1) != 0) != f.is_negated; break;
        case Normal::Kind::kMoved: value = ((mover >> f.number & 1) != 0) != f.is_negated; break;
        case Normal::Kind::kAnd: value = is_true(f.left) && is_true(f.right); break;
        case Normal::Kind::kOr: value = is_true(f.left) || is_true(f.right); break;
        // X g: its bit says that g is true behind the step.
        case Normal::Kind::kNext: value = later; break;
        case Normal::Kind::kUntil:
          value = is_true(f.right) || (is_true(f.left) && later);
          if (!value || is_true(f.right)) marks |= uint32_t{1} << until;
          ++until;
          break;
        case Normal::Kind::kRelease: value = is_true(f.right) && (is_true(f.left) || later); break;
      }
      truth_[static_cast<std::size_t>(part)] = value ? 1 : 0;
    }
    for (const int part : temporal_) {
      const Normal& f = forms_[part];
      const int promised = f.kind == Normal::Kind::kNext ? f.left : part;
      if (is_true(promised)) here |= uint32_t{1} << bit_[static_cast<std::size_t>(part)];
    }
    if (here == memory) next.push_back({guess, marks});
  }
}

}  // namespace interleave
