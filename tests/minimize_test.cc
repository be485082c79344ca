// Minimisation against the definitions, computed the slow way on small random systems; against
// textbook examples; and twice.

#include "model/graph/minimize.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace interleave {
namespace {

#ifdef INTERLEAVE_SANITIZED
constexpr int kSystems = 400;
#else
constexpr int kSystems = 4'000;
#endif

Lts MakeLts(std::vector<uint32_t> classes, std::vector<LtsEdge> edges,
            std::vector<uint32_t> initial = {0}) {
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return {std::move(classes), std::move(initial), std::move(edges)};
}

// States that cannot be reached are taken out.
Lts Reachable(const Lts& lts) {
  std::vector<uint32_t> number(lts.states(), UINT32_MAX), reached = lts.initial;
  std::vector<bool> is_met(lts.states(), false);
  for (const uint32_t state : reached) is_met[state] = true;
  for (std::size_t at = 0; at < reached.size(); ++at) {
    for (const LtsEdge& edge : lts.edges) {
      if (edge.from != reached[at] || is_met[edge.to]) continue;
      is_met[edge.to] = true;
      reached.push_back(edge.to);
    }
  }
  Lts made;
  for (uint32_t state = 0; state < lts.states(); ++state) {
    if (!is_met[state]) continue;
    number[state] = made.states();
    made.classes.push_back(lts.classes[state]);
  }
  for (const uint32_t state : lts.initial) made.initial.push_back(number[state]);
  std::vector<LtsEdge> edges;
  for (const LtsEdge& edge : lts.edges) {
    if (is_met[edge.from]) edges.push_back({number[edge.from], edge.label, number[edge.to]});
  }
  std::sort(edges.begin(), edges.end());
  made.edges = std::move(edges);
  return made;
}

Lts RandomLts(uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](uint64_t n) { return static_cast<uint32_t>(random() % n); };
  const uint32_t states = 1 + below(seed % 7 == 0 ? 24 : 10);
  const uint32_t labels = 1 + below(3), classes = 1 + below(seed % 3 == 0 ? 3 : 1);
  std::vector<uint32_t> of;
  for (uint32_t s = 0; s < states; ++s) of.push_back(below(classes));
  std::vector<LtsEdge> edges;
  const uint32_t count = below(states * 3 + 1);
  const bool mostly_hidden = seed % 2 == 0;
  for (uint32_t k = 0; k < count; ++k) {
    const uint32_t label = mostly_hidden && below(2) == 0 ? Lts::kTau : below(labels + 1);
    edges.push_back({below(states), label, below(states)});
  }
  std::vector<uint32_t> initial = {0};
  if (states > 2 && below(3) == 0) initial.push_back(1 + below(states - 1));
  return Reachable(MakeLts(std::move(of), std::move(edges), std::move(initial)));
}

using Relation = std::vector<std::vector<bool>>;

// The greatest relation that `may_stay(r, s, t)` leaves of the one that relates equal classes.
template <class MayStay>
Relation Greatest(const Lts& lts, MayStay may_stay) {
  Relation related(lts.states(), std::vector<bool>(lts.states()));
  for (uint32_t s = 0; s < lts.states(); ++s) {
    for (uint32_t t = 0; t < lts.states(); ++t) related[s][t] = lts.classes[s] == lts.classes[t];
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (uint32_t s = 0; s < lts.states(); ++s) {
      for (uint32_t t = 0; t < lts.states(); ++t) {
        if (!related[s][t] || (may_stay(related, s, t) && may_stay(related, t, s))) continue;
        related[s][t] = related[t][s] = false;
        changed = true;
      }
    }
  }
  return related;
}

Relation Strong(const Lts& lts) {
  return Greatest(lts, [&](const Relation& related, uint32_t s, uint32_t t) {
    return std::all_of(lts.edges.begin(), lts.edges.end(), [&](const LtsEdge& a) {
      return a.from != s || std::any_of(lts.edges.begin(), lts.edges.end(), [&](const LtsEdge& b) {
               return b.from == t && b.label == a.label && related[a.to][b.to];
             });
    });
  });
}

using Blocks = std::vector<uint32_t>;  // by state

Relation RelationOf(const Blocks& block_of) {
  Relation related(block_of.size(), std::vector<bool>(block_of.size()));
  for (std::size_t s = 0; s < block_of.size(); ++s) {
    for (std::size_t t = 0; t < block_of.size(); ++t) related[s][t] = block_of[s] == block_of[t];
  }
  return related;
}

// Hidden steps within the block of `from`: what they reach, `from` included.
std::set<uint32_t> ReachedUnseen(const Lts& lts, const Blocks& block_of, uint32_t from) {
  std::set<uint32_t> met = {from};
  for (bool changed = true; changed;) {
    changed = false;
    for (const LtsEdge& edge : lts.edges) {
      if (edge.label != Lts::kTau || met.count(edge.from) == 0) continue;
      if (block_of[edge.to] == block_of[from]) changed = met.insert(edge.to).second || changed;
    }
  }
  return met;
}

// Whether hidden steps within its block go on for ever: some state that they reach reaches itself.
bool Diverges(const Lts& lts, const Blocks& block_of, uint32_t from) {
  for (const uint32_t state : ReachedUnseen(lts, block_of, from)) {
    for (const LtsEdge& edge : lts.edges) {
      if (edge.from != state || edge.label != Lts::kTau) continue;
      if (block_of[edge.to] != block_of[state]) continue;
      if (ReachedUnseen(lts, block_of, edge.to).count(state) != 0) return true;
    }
  }
  return false;
}

// A partition as an equivalence is a branching bisimulation with explicit divergence if each step
// of a state is inert, or made by every state of the block after inert steps, into the same block;
// and if all states of a block diverge or none.
bool IsBranching(const Lts& lts, const Blocks& block_of) {
  for (uint32_t s = 0; s < lts.states(); ++s) {
    for (uint32_t t = 0; t < lts.states(); ++t) {
      if (block_of[s] != block_of[t]) continue;
      if (lts.classes[s] != lts.classes[t]) return false;
      if (Diverges(lts, block_of, s) != Diverges(lts, block_of, t)) return false;
      const std::set<uint32_t> from_t = ReachedUnseen(lts, block_of, t);
      for (const LtsEdge& a : lts.edges) {
        if (a.from != s || (a.label == Lts::kTau && block_of[a.to] == block_of[s])) continue;
        const bool answered =
            std::any_of(lts.edges.begin(), lts.edges.end(), [&](const LtsEdge& b) {
              return b.label == a.label && block_of[b.to] == block_of[a.to] &&
                     from_t.count(b.from) != 0;
            });
        if (!answered) return false;
      }
    }
  }
  return true;
}

// The coarsest partition that is one, of all there are. For a handful of states.
Blocks BranchingOfAllPartitions(const Lts& lts) {
  Blocks block_of(lts.states(), 0), best;
  uint32_t fewest = UINT32_MAX;
  const std::function<void(uint32_t, uint32_t)> each = [&](uint32_t state, uint32_t blocks) {
    if (blocks >= fewest) return;
    if (state == lts.states()) {
      if (!IsBranching(lts, block_of)) return;
      best = block_of;
      fewest = blocks;
      return;
    }
    for (uint32_t block = 0; block <= blocks; ++block) {
      block_of[state] = block;
      each(state + 1, std::max(blocks, block + 1));
    }
  };
  each(0, 0);
  return best;
}

// For more states: all signatures again in each round, until nothing changes.
Blocks BranchingInRounds(const Lts& lts) {
  Blocks block_of = lts.classes;
  for (std::size_t blocks = 0;;) {
    using Signature = std::tuple<uint32_t, bool, std::set<std::pair<uint32_t, uint32_t>>>;
    std::map<Signature, uint32_t> numbers;
    Blocks next;
    for (uint32_t s = 0; s < lts.states(); ++s) {
      Signature signature{block_of[s], Diverges(lts, block_of, s), {}};
      const std::set<uint32_t> reached = ReachedUnseen(lts, block_of, s);
      for (const LtsEdge& edge : lts.edges) {
        if (reached.count(edge.from) == 0) continue;
        if (edge.label == Lts::kTau && block_of[edge.to] == block_of[s]) continue;
        std::get<2>(signature).insert({edge.label, block_of[edge.to]});
      }
      next.push_back(
          numbers.try_emplace(std::move(signature), static_cast<uint32_t>(numbers.size()))
              .first->second);
    }
    block_of = next;
    if (numbers.size() == blocks) return block_of;
    blocks = numbers.size();
  }
}

// All words up to a length, with the classes met behind each: what trace equivalence is about.
using Traces = std::map<std::vector<uint32_t>, std::set<uint32_t>>;
Traces TracesOf(const Lts& lts, std::size_t length) {
  const auto closed = [&](std::set<uint32_t> states) {
    for (bool changed = true; changed;) {
      changed = false;
      for (const LtsEdge& edge : lts.edges) {
        if (edge.label != Lts::kTau || states.count(edge.from) == 0) continue;
        changed = states.insert(edge.to).second || changed;
      }
    }
    return states;
  };
  Traces traces;
  std::map<std::vector<uint32_t>, std::set<uint32_t>> level = {
      {{}, closed({lts.initial.begin(), lts.initial.end()})}};
  for (std::size_t k = 0; k <= length; ++k) {
    std::map<std::vector<uint32_t>, std::set<uint32_t>> next;
    for (const auto& [word, states] : level) {
      for (const uint32_t state : states) traces[word].insert(lts.classes[state]);
      for (const LtsEdge& edge : lts.edges) {
        if (edge.label == Lts::kTau || states.count(edge.from) == 0) continue;
        std::vector<uint32_t> longer = word;
        longer.push_back(edge.label);
        next[longer].insert(edge.to);
      }
    }
    for (auto& [word, states] : next) states = closed(states);
    level = std::move(next);
  }
  return traces;
}

void CheckAgainst(const Lts& lts, Equivalence equivalence, const Relation& related) {
  const Minimized made = Minimize(lts, equivalence);
  REQUIRE(made.block_of.size() == lts.states());
  std::set<uint32_t> blocks;
  for (uint32_t s = 0; s < lts.states(); ++s) {
    // Numbered by their smallest states.
    if (made.block_of[s] == blocks.size()) blocks.insert(made.block_of[s]);
    CHECK(blocks.count(made.block_of[s]) == 1);
    CHECK(made.lts.classes[made.block_of[s]] == lts.classes[s]);
    for (uint32_t t = 0; t < lts.states(); ++t) {
      CHECK((made.block_of[s] == made.block_of[t]) == related[s][t]);
    }
  }
  CHECK(blocks.size() == made.lts.states());
  CHECK(std::is_sorted(made.lts.edges.begin(), made.lts.edges.end()));
  std::vector<uint32_t> initial;
  for (const uint32_t state : lts.initial) initial.push_back(made.block_of[state]);
  std::sort(initial.begin(), initial.end());
  initial.erase(std::unique(initial.begin(), initial.end()), initial.end());
  CHECK(made.lts.initial == initial);
  // Each state is equivalent to its block: put side by side, the relation says so.
  Lts both = lts;
  for (const uint32_t of : made.lts.classes) both.classes.push_back(of);
  for (const LtsEdge& edge : made.lts.edges) {
    both.edges.push_back({edge.from + lts.states(), edge.label, edge.to + lts.states()});
  }
  const Relation across =
      equivalence == Equivalence::kStrong ? Strong(both) : RelationOf(BranchingInRounds(both));
  for (uint32_t s = 0; s < lts.states(); ++s) {
    CHECK(across[s][lts.states() + made.block_of[s]]);
  }
  const Minimized again = Minimize(made.lts, equivalence);
  CHECK(again.lts.classes == made.lts.classes);
  CHECK(again.lts.edges == made.lts.edges);
}

TEST_CASE("Strong bisimulation is the greatest relation of its definition") {
  for (uint64_t seed = 0; seed < kSystems; ++seed) {
    CAPTURE(seed);
    const Lts lts = RandomLts(seed);
    CheckAgainst(lts, Equivalence::kStrong, Strong(lts));
  }
}

TEST_CASE("Branching bisimulation with divergence is the coarsest of all partitions that are one") {
  int smaller = 0, enumerated = 0;
  for (uint64_t seed = 0; seed < kSystems; ++seed) {
    CAPTURE(seed);
    const Lts lts = RandomLts(seed);
    const Relation related = RelationOf(BranchingInRounds(lts));
    if (lts.states() <= 6) {
      CHECK(RelationOf(BranchingOfAllPartitions(lts)) == related);
      ++enumerated;
    }
    CheckAgainst(lts, Equivalence::kBranching, related);
    smaller += Minimize(lts, Equivalence::kBranching).lts.states() <
               Minimize(lts, Equivalence::kStrong).lts.states();
  }
  CHECK(smaller * 10 > kSystems);
  CHECK(enumerated * 3 > kSystems);
}

TEST_CASE("Trace equivalence keeps the traces and nothing is smaller") {
  int smaller = 0;
  for (uint64_t seed = 0; seed < kSystems; ++seed) {
    CAPTURE(seed);
    const Lts lts = RandomLts(seed);
    if (lts.states() > 7) continue;
    const Minimized made = Minimize(lts, Equivalence::kTrace);
    REQUIRE(made.incomplete_reason.empty());
    CHECK(made.members.size() == made.lts.states());
    // Deterministic, without hidden steps; then the smallest has one state for each set of futures.
    std::set<std::pair<uint32_t, uint32_t>> known;
    for (const LtsEdge& edge : made.lts.edges) {
      CHECK(edge.label != Lts::kTau);
      CHECK(known.insert({edge.from, edge.label}).second);
    }
    // Which classes were met behind a word, as one class of the result.
    std::map<uint32_t, std::set<uint32_t>> classes;
    const Traces of_input = TracesOf(lts, 5), of_result = TracesOf(made.lts, 5);
    REQUIRE(of_input.size() == of_result.size());
    for (const auto& [word, met] : of_result) {
      REQUIRE(of_input.count(word) == 1);
      REQUIRE(met.size() == 1);
      CHECK(classes.try_emplace(*met.begin(), of_input.at(word)).first->second ==
            of_input.at(word));
    }
    std::set<std::set<uint32_t>> distinct;
    for (const auto& [number, met] : classes) distinct.insert(met);
    CHECK(distinct.size() == classes.size());
    std::set<Traces> futures;
    for (uint32_t s = 0; s < made.lts.states(); ++s) {
      Lts from = made.lts;
      from.initial = {s};
      futures.insert(TracesOf(from, made.lts.states() < 8 ? made.lts.states() : 8));
    }
    if (made.lts.states() < 8) CHECK(futures.size() == made.lts.states());
    smaller += made.lts.states() < Minimize(lts, Equivalence::kBranching).lts.states();
    const Minimized again = Minimize(made.lts, Equivalence::kTrace);
    CHECK(again.lts.states() == made.lts.states());
    CHECK(again.lts.edges == made.lts.edges);
  }
  CHECK(smaller > kSystems / 50);
}

// --- By hand. Labels: 1 is a, 2 is b, 3 is c; 0 is tau. ---

bool AreSame(Equivalence equivalence, const Lts& lts, uint32_t s, uint32_t t) {
  const Minimized made = Minimize(lts, equivalence);
  return made.block_of[s] == made.block_of[t];
}

// The states of the traces from s and t, as one system with both as initial, are told apart?
bool HaveSameTraces(Lts lts, uint32_t s, uint32_t t) {
  lts.initial = {s};
  const Minimized one = Minimize(lts, Equivalence::kTrace);
  lts.initial = {t};
  const Minimized other = Minimize(lts, Equivalence::kTrace);
  return one.lts.edges == other.lts.edges && one.lts.classes == other.lts.classes;
}

TEST_CASE("Textbook systems are told apart as the textbooks say") {
  // 0: a.(b + c); 4: a.b + a.c
  const Lts choice =
      MakeLts(std::vector<uint32_t>(9, 0),
              {{0, 1, 1}, {1, 2, 2}, {1, 3, 3}, {4, 1, 5}, {4, 1, 6}, {5, 2, 7}, {6, 3, 8}});
  CHECK_FALSE(AreSame(Equivalence::kStrong, choice, 0, 4));
  CHECK_FALSE(AreSame(Equivalence::kBranching, choice, 0, 4));
  CHECK(HaveSameTraces(choice, 0, 4));
  CHECK(AreSame(Equivalence::kStrong, choice, 2, 8));

  // 0: tau.a; 1: a
  const Lts silent = MakeLts({0, 0, 0}, {{0, 0, 1}, {1, 1, 2}});
  CHECK_FALSE(AreSame(Equivalence::kStrong, silent, 0, 1));
  CHECK(AreSame(Equivalence::kBranching, silent, 0, 1));

  // 0: a + tau.b; 2: a + b
  const Lts decides =
      MakeLts({0, 0, 0, 0}, {{0, 1, 3}, {0, 0, 1}, {1, 2, 3}, {2, 1, 3}, {2, 2, 3}});
  CHECK_FALSE(AreSame(Equivalence::kBranching, decides, 0, 2));
  CHECK_FALSE(AreSame(Equivalence::kBranching, decides, 0, 1));
  CHECK(HaveSameTraces(decides, 0, 2));

  // The third law of tau, which holds weakly but not branching: 0: a.(b + tau.c); 1: that + a.c
  const Lts weak = MakeLts(std::vector<uint32_t>(5, 0),
                           {{0, 1, 2}, {1, 1, 2}, {1, 1, 3}, {2, 2, 4}, {2, 0, 3}, {3, 3, 4}});
  CHECK_FALSE(AreSame(Equivalence::kBranching, weak, 0, 1));

  // 0: a; 2: a, or going round unseen for ever
  const Lts spins = MakeLts({0, 0, 0}, {{0, 1, 1}, {2, 0, 2}, {2, 1, 1}});
  CHECK_FALSE(AreSame(Equivalence::kBranching, spins, 0, 2));
  CHECK(HaveSameTraces(spins, 0, 2));
  const Minimized kept = Minimize(spins, Equivalence::kBranching);
  CHECK(std::count_if(kept.lts.edges.begin(), kept.lts.edges.end(), [](const LtsEdge& edge) {
          return edge.label == Lts::kTau && edge.from == edge.to;
        }) == 1);

  // A hidden step into another class is seen.
  const Lts classes = MakeLts({0, 1, 1}, {{0, 0, 1}, {2, 1, 1}});
  CHECK(Minimize(classes, Equivalence::kBranching).lts.edges.size() == 2);
}

TEST_CASE("Long chains and rings come out as small as they are") {
#ifdef INTERLEAVE_SANITIZED
  constexpr uint32_t kLength = 20'000;
#else
  constexpr uint32_t kLength = 300'000;
#endif
  std::vector<LtsEdge> hidden_chain, chain, ring;
  for (uint32_t k = 0; k + 1 < kLength; ++k) {
    hidden_chain.push_back({k, Lts::kTau, k + 1});
    chain.push_back({k, 1, k + 1});
    ring.push_back({k, 1, k + 1});
  }
  ring.push_back({kLength - 1, 1, 0});
  const std::vector<uint32_t> classes(kLength, 0);
  CHECK(Minimize({classes, {0}, hidden_chain}, Equivalence::kBranching).lts.states() == 1);
  CHECK(Minimize({classes, {0}, chain}, Equivalence::kStrong).lts.states() == kLength);
  CHECK(Minimize({classes, {0}, ring}, Equivalence::kStrong).lts.states() == 1);
  CHECK(Minimize({classes, {0}, ring}, Equivalence::kTrace).lts.states() == 1);
  hidden_chain.push_back({kLength - 1, Lts::kTau, 0});
  const Minimized spins = Minimize({classes, {0}, hidden_chain}, Equivalence::kBranching);
  CHECK(spins.lts.edges == std::vector<LtsEdge>{{0, Lts::kTau, 0}});
}

TEST_CASE("Hidden steps in a row do not add up what can be done behind each") {
  // Each state of the chain can do something of its own. Copied along the chain, what can be done
  // would take half the square of its length in words: 80 GB.
#ifdef INTERLEAVE_SANITIZED
  constexpr uint32_t kLength = 20'000;
#else
  constexpr uint32_t kLength = 140'000;
#endif
  std::vector<LtsEdge> edges;
  for (uint32_t k = 0; k < kLength; ++k) {
    edges.push_back({k, Lts::kTau, k + 1});
    edges.push_back({k, k + 1, kLength});
  }
  const Lts lts = MakeLts(std::vector<uint32_t>(kLength + 1, 0), edges);
  CHECK(Minimize(lts, Equivalence::kBranching).lts.edges == lts.edges);
}

TEST_CASE("A limit on sets of states is said") {
  // Words of a and b with an a fifteen letters before the end: 2^15 sets.
  std::vector<LtsEdge> edges = {{0, 1, 0}, {0, 2, 0}, {0, 1, 1}};
  std::vector<uint32_t> classes(16, 0);
  for (uint32_t k = 1; k < 15; ++k) {
    edges.push_back({k, 1, k + 1});
    edges.push_back({k, 2, k + 1});
  }
  classes[15] = 1;
  const Lts lts = MakeLts(classes, edges);
  CHECK(Minimize(lts, Equivalence::kTrace).lts.states() == 1 << 15);
  MinimizeLimits limits;
  limits.max_sets = 1'000;
  const Minimized made = Minimize(lts, Equivalence::kTrace, limits);
  CHECK(made.incomplete_reason.find("1000 sets") != std::string::npos);
  CHECK(made.lts.states() == 0);
}

}  // namespace
}  // namespace interleave
