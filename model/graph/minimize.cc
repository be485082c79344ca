#include "model/graph/minimize.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "model/graph/components.h"
#include "model/graph/partition.h"

namespace interleave {
namespace {

void SortUnique(std::vector<LtsEdge>& edges) {
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
}

void SortUnique(std::vector<uint32_t>& states) {
  std::sort(states.begin(), states.end());
  states.erase(std::unique(states.begin(), states.end()), states.end());
}

// The quotient by `block_of`, whose numbers are made those of the blocks' smallest states.
// `keeps`: which edges between blocks stay.
template <class Keeps>
Minimized Quotient(const Lts& lts, std::vector<uint32_t> block_of, uint32_t blocks, Keeps keeps) {
  Minimized made;
  std::vector<uint32_t> number(blocks, UINT32_MAX);
  for (uint32_t state = 0; state < lts.states(); ++state) {
    uint32_t& block = block_of[state];
    if (number[block] == UINT32_MAX) {
      number[block] = made.lts.states();
      made.lts.classes.push_back(lts.classes[state]);
    }
    block = number[block];
  }
  for (const uint32_t state : lts.initial) made.lts.initial.push_back(block_of[state]);
  SortUnique(made.lts.initial);
  for (const LtsEdge& edge : lts.edges) {
    const LtsEdge moved{block_of[edge.from], edge.label, block_of[edge.to]};
    if (keeps(edge, moved)) made.lts.edges.push_back(moved);
  }
  SortUnique(made.lts.edges);
  made.block_of = std::move(block_of);
  return made;
}

Minimized GivenUp() {
  Minimized nothing;
  nothing.was_given_up = true;
  return nothing;
}

Minimized MinimizeStrong(const Lts& lts, const MinimizeLimits& limits) {
  Partition partition(lts.classes, lts.edges, false, {});
  if (!partition.Refine(limits.may_go_on)) return GivenUp();
  std::vector<uint32_t> block_of(lts.states());
  for (uint32_t state = 0; state < lts.states(); ++state)
    block_of[state] = partition.BlockOf(state);
  return Quotient(lts, std::move(block_of), partition.blocks(),
                  [](const LtsEdge&, const LtsEdge&) { return true; });
}

// Cycles of hidden steps within a class are one state first; the numbers of components are such
// that hidden steps lead to smaller ones.
Minimized MinimizeBranching(const Lts& lts, const MinimizeLimits& limits) {
  std::vector<LtsEdge> inert;
  for (const LtsEdge& edge : lts.edges) {
    if (edge.label == Lts::kTau && lts.classes[edge.from] == lts.classes[edge.to]) {
      inert.push_back(edge);
    }
  }
  const Components components = FindComponents(lts.states(), inert);
  const std::vector<uint32_t>& component = components.of;
  std::vector<bool> diverges(components.count, false);
  for (const LtsEdge& edge : inert) {
    if (component[edge.from] == component[edge.to]) diverges[component[edge.from]] = true;
  }
  std::vector<uint32_t> classes(components.count);
  for (uint32_t state = 0; state < lts.states(); ++state) {
    classes[component[state]] = lts.classes[state];
  }
  const auto is_gone = [&](const LtsEdge& edge) {
    return edge.label == Lts::kTau && component[edge.from] == component[edge.to];
  };
  std::vector<LtsEdge> edges;
  for (const LtsEdge& edge : lts.edges) {
    if (!is_gone(edge)) edges.push_back({component[edge.from], edge.label, component[edge.to]});
  }
  SortUnique(edges);
  Partition partition(classes, edges, true, diverges);
  edges = {};
  if (!partition.Refine(limits.may_go_on)) return GivenUp();
  std::vector<uint32_t> block_of(lts.states());
  for (uint32_t state = 0; state < lts.states(); ++state) {
    block_of[state] = partition.BlockOf(component[state]);
  }
  return Quotient(lts, std::move(block_of), partition.blocks(),
                  [&](const LtsEdge& edge, const LtsEdge& moved) {
                    return edge.label != Lts::kTau || moved.from != moved.to || is_gone(edge);
                  });
}

// The subset construction (Rabin and Scott, "Finite automata and their decision problems", 1959)
// over hidden steps, then strong bisimulation, which on what is deterministic is trace equivalence.
class Determinizer {
 public:
  Determinizer(const Lts& lts, const MinimizeLimits& limits) : lts_(lts), limits_(limits) {
    first_.assign(lts.states() + 1, 0);
    for (const LtsEdge& edge : lts.edges) ++first_[edge.from + 1];
    for (uint32_t s = 0; s < lts.states(); ++s) first_[s + 1] += first_[s];
    is_in_.assign(lts.states(), false);
  }

  // Returns false when a limit is met.
  bool Run() {
    if (!Add(lts_.initial)) return false;
    made_.initial = {0};
    for (uint32_t from = 0; from < sets_.size(); ++from) {
      was_given_up_ = limits_.may_go_on && !limits_.may_go_on();
      if (was_given_up_) return false;
      std::vector<std::pair<uint32_t, uint32_t>> steps;  // label, target
      for (const uint32_t state : sets_[from]) {
        for (std::size_t k = first_[state]; k < first_[state + 1]; ++k) {
          const LtsEdge& edge = lts_.edges[k];
          if (edge.label != Lts::kTau) steps.emplace_back(edge.label, edge.to);
        }
      }
      std::sort(steps.begin(), steps.end());
      for (std::size_t k = 0; k < steps.size();) {
        const uint32_t label = steps[k].first;
        std::vector<uint32_t> targets;
        for (; k < steps.size() && steps[k].first == label; ++k) targets.push_back(steps[k].second);
        if (!Add(std::move(targets))) return false;
        if (made_.edges.size() >= limits_.max_members) return false;
        made_.edges.push_back({from, label, last_});
      }
    }
    return true;
  }

  bool was_given_up() const { return was_given_up_; }
  const Lts& made() const { return made_; }
  const std::vector<std::vector<uint32_t>>& sets() const { return sets_; }

 private:
  // The set closed under hidden steps becomes last_. False: a limit.
  bool Add(std::vector<uint32_t> states) {
    SortUnique(states);
    for (const uint32_t state : states) is_in_[state] = true;
    for (std::size_t at = 0; at < states.size(); ++at) {
      for (std::size_t k = first_[states[at]]; k < first_[states[at] + 1]; ++k) {
        const LtsEdge& edge = lts_.edges[k];
        if (edge.label != Lts::kTau || is_in_[edge.to]) continue;
        is_in_[edge.to] = true;
        states.push_back(edge.to);
      }
    }
    for (const uint32_t state : states) is_in_[state] = false;
    std::sort(states.begin(), states.end());
    const uint64_t hash = XXH64(states.data(), states.size() * sizeof(uint32_t), 0);
    const auto [begin, end] = by_hash_.equal_range(hash);
    for (auto at = begin; at != end; ++at) {
      if (sets_[at->second] != states) continue;
      last_ = at->second;
      return true;
    }
    members_ += states.size();
    if (members_ > limits_.max_members || sets_.size() >= limits_.max_sets) return false;
    last_ = static_cast<uint32_t>(sets_.size());
    by_hash_.emplace(hash, last_);
    std::vector<uint32_t> classes;
    classes.reserve(states.size());
    for (const uint32_t state : states) classes.push_back(lts_.classes[state]);
    SortUnique(classes);
    made_.classes.push_back(
        class_of_.try_emplace(std::move(classes), static_cast<uint32_t>(class_of_.size()))
            .first->second);
    sets_.push_back(std::move(states));
    return true;
  }

  const Lts& lts_;
  const MinimizeLimits& limits_;
  std::vector<std::size_t> first_;
  Lts made_;
  std::vector<std::vector<uint32_t>> sets_;
  std::unordered_multimap<uint64_t, uint32_t> by_hash_;
  std::map<std::vector<uint32_t>, uint32_t> class_of_;
  std::vector<bool> is_in_;
  uint64_t members_ = 0;
  uint32_t last_ = 0;
  bool was_given_up_ = false;
};

Minimized MinimizeTraces(const Lts& lts, const MinimizeLimits& limits) {
  Determinizer determinizer(lts, limits);
  if (!determinizer.Run()) {
    if (determinizer.was_given_up()) return GivenUp();
    Minimized incomplete;
    incomplete.incomplete_reason = fmt::format(
        "trace equivalence needs more than {} sets of states, or {} states in them or steps "
        "between them",
        limits.max_sets, limits.max_members);
    return incomplete;
  }
  Minimized made = MinimizeStrong(determinizer.made(), limits);
  if (made.was_given_up) return made;
  made.members.resize(made.lts.states());
  for (std::size_t k = 0; k < determinizer.sets().size(); ++k) {
    std::vector<uint32_t>& members = made.members[made.block_of[k]];
    members.insert(members.end(), determinizer.sets()[k].begin(), determinizer.sets()[k].end());
  }
  for (std::vector<uint32_t>& members : made.members) SortUnique(members);
  made.block_of.clear();
  return made;
}

}  // namespace

Minimized Minimize(const Lts& lts, Equivalence equivalence, const MinimizeLimits& limits) {
  if (lts.states() == 0) return {};
  switch (equivalence) {
    case Equivalence::kStrong: return MinimizeStrong(lts, limits);
    case Equivalence::kBranching: return MinimizeBranching(lts, limits);
    case Equivalence::kTrace: break;
  }
  return MinimizeTraces(lts, limits);
}

}  // namespace interleave
