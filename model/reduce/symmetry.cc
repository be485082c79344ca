// Canonical states by colour refinement, then individualization and refinement where processes stay
// alike (McKay, "Practical graph isomorphism", 1981). Colours are hashes of what does not change
// when processes change places. That two different processes may have one colour costs time, never
// exactness: ties are broken by trying, and the least state wins.

#include "model/reduce/symmetry.h"

#include <algorithm>

namespace interleave {
namespace {

std::size_t Index(int first, int k) {
  return static_cast<std::size_t>(first) + static_cast<std::size_t>(k);
}

constexpr uint64_t kOdd = 0x9e3779b97f4a7c15ULL;

// A bijection (the finalizer of MurmurHash3, shortened).
inline uint64_t Mix(uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ULL;
  x ^= x >> 29;
  x *= 0xff51afd7ed558ccdULL;
  return x ^ (x >> 32);
}
inline uint64_t Mix(uint64_t a, uint64_t b) { return Mix(a * kOdd + b); }

}  // namespace

Symmetry::Symmetry(const Program& program, const SymmetryPlan& plan)
    : program_(program), plan_(plan) {
  node_of_.assign(program.processes.size(), -1);
  for (std::size_t g = 0; g < plan_.groups.size(); ++g) {
    const SymmetricGroup& group = plan_.groups[g];
    for (int i = 0; i < group.count; ++i) {
      node_of_[Index(group.first, i)] = group.node + i;
      group_of_.push_back(static_cast<int>(g));
    }
  }
  for (std::size_t p = 0; p < program.processes.size(); ++p) {
    bool any = false;
    for (const auto& fields : plan_.fields[static_cast<std::size_t>(program.processes[p].code)])
      any = any || !fields.empty();
    if (any) with_fields_.push_back(static_cast<int>(p));
  }
  for (const SharedSite& site : plan_.sites) {
    Site flat;
    flat.slot = site.slot;
    flat.names = site.names.empty() ? nullptr : &site.names;
    flat.guard = site.guard;
    flat.above = site.above;
    flat.label = Mix(site.label + 1);
    if (site.owners.size() == 1) {
      flat.node = site.owners[0].first;
      flat.stride = static_cast<int32_t>(site.owners[0].second);
    } else if (site.owners.size() > 1) {
      flat.many = &site;
    }
    sites_.push_back(flat);
  }
  scratch_.resize(plan_.words);
  swapped_.resize(plan_.words);
  best_.resize(plan_.words);
  relations_.reserve(plan_.words);
}

// Notes that these nodes play their roles in one thing. A thing with one node colours it; one with
// several is a relation, which Refine looks at.
void Symmetry::AddItem(uint64_t label, const uint8_t* nodes, int count, Colors& colors) {
  bool several = false;
  for (int i = 1; i < count; ++i) several = several || nodes[i] != nodes[0];
  // Which roles one node plays is invariant, too.
  for (int i = 1; i < count; ++i) {
    int same = 0;
    while (nodes[same] != nodes[i]) ++same;
    label = Mix(label, static_cast<uint64_t>(same));
  }
  if (!several) {
    colors[nodes[0]] += Mix(label);
    return;
  }
  Relation relation;
  relation.label = label;
  relation.count = static_cast<uint8_t>(count);
  for (int i = 0; i < count; ++i) {
    relation.nodes[static_cast<std::size_t>(i)] = nodes[i];
    colors[nodes[i]] += Mix(label, static_cast<uint64_t>(i) + 1);
  }
  relations_.push_back(relation);
}

void Symmetry::Color(const int64_t* state, Colors& colors) {
  relations_.clear();
  for (int n = 0; n < plan_.nodes; ++n)
    colors[static_cast<std::size_t>(n)] =
        static_cast<uint64_t>(group_of_[static_cast<std::size_t>(n)]);
  const auto fields_of = [&](int process) -> const std::vector<IdField>& {
    const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
    return plan_.fields[static_cast<std::size_t>(instance.code)]
                       [static_cast<std::size_t>(state[instance.point_slot])];
  };
  for (const SymmetricGroup& group : plan_.groups) {
    for (int i = 0; i < group.count; ++i) {
      const std::vector<IdField>& fields = fields_of(group.first + i);
      const int64_t* const block = state + group.slot + static_cast<uint32_t>(i) * group.width;
      uint64_t hash = static_cast<uint64_t>(group.node);
      std::size_t next = 0;
      for (uint32_t k = 0; k < group.width; ++k) {
        if (next < fields.size() && fields[next].offset == k) {
          ++next;
          continue;
        }
        hash = (hash ^ static_cast<uint64_t>(block[k])) * kOdd;
        hash ^= hash >> 32;
      }
      colors[Index(group.node, i)] += Mix(hash);
    }
  }
  std::array<uint8_t, 6> nodes{};
  for (const int process : with_fields_) {
    const int owner = NodeOfProcess(process);
    const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
    for (const IdField& field : fields_of(process)) {
      int count = 0;
      // Processes of one template have one label for a field; others are told apart by their slot.
      uint64_t label = owner >= 0 ? static_cast<uint64_t>(instance.code) << 32
                                  : static_cast<uint64_t>(instance.point_slot) << 16;
      label = Mix(label, field.offset);
      if (owner >= 0) nodes[static_cast<std::size_t>(count++)] = static_cast<uint8_t>(owner);
      int64_t rest = state[instance.point_slot + field.offset];
      std::size_t term = 0;
      for (const uint32_t stride : field.inner) {
        const int64_t index = rest / stride;
        rest -= index * stride;
        int node = -1;
        if (term < field.terms.size() && field.terms[term].stride == stride) {
          node = NodeOf(field.terms[term].names, index);
          ++term;
        }
        if (node >= 0)
          nodes[static_cast<std::size_t>(count++)] = static_cast<uint8_t>(node);
        else
          label = Mix(label ^ 1, static_cast<uint64_t>(index));
        label = Mix(label, node >= 0);
      }
      if (count > 0) AddItem(label, nodes.data(), count, colors);
    }
  }
  for (const Site& site : sites_) {
    const int64_t value = state[site.slot];
    int node = -1;
    if (site.names != nullptr && (site.guard == 0 || state[site.guard] > site.above))
      node = NodeOf(*site.names, value);
    int count = 0;
    if (site.node >= 0) nodes[static_cast<std::size_t>(count++)] = static_cast<uint8_t>(site.node);
    if (site.many != nullptr) {
      for (const auto& [of, stride] : site.many->owners)
        nodes[static_cast<std::size_t>(count++)] = static_cast<uint8_t>(of);
    }
    uint64_t label = site.label;
    if (node >= 0)
      nodes[static_cast<std::size_t>(count++)] = static_cast<uint8_t>(node);
    else
      label = Mix(label, static_cast<uint64_t>(value));
    if (count > 0) AddItem(label, nodes.data(), count, colors);
  }
}

int Symmetry::CountClasses(const Colors& colors) const {
  std::array<uint8_t, kMaxNodes> order{};
  Sort(colors, order);
  int classes = plan_.nodes > 0 ? 1 : 0;
  for (int i = 1; i < plan_.nodes; ++i) {
    classes += colors[order[static_cast<std::size_t>(i)]] !=
               colors[order[static_cast<std::size_t>(i - 1)]];
  }
  return classes;
}

void Symmetry::Refine(Colors& colors) {
  if (relations_.empty()) return;
  for (int classes = CountClasses(colors);;) {
    Colors next;
    for (int n = 0; n < plan_.nodes; ++n) {
      next[static_cast<std::size_t>(n)] = Mix(colors[static_cast<std::size_t>(n)]);
    }
    for (const Relation& relation : relations_) {
      uint64_t hash = relation.label;
      for (std::size_t i = 0; i < relation.count; ++i) hash = Mix(hash, colors[relation.nodes[i]]);
      for (std::size_t i = 0; i < relation.count; ++i) next[relation.nodes[i]] += Mix(hash, i);
    }
    const int now = CountClasses(next);
    if (now <= classes) return;
    classes = now;
    colors = next;
  }
}

// Sorts the nodes of each group by colour; `order` has the group's nodes where the group begins.
void Symmetry::Sort(const Colors& colors, std::array<uint8_t, kMaxNodes>& order) const {
  for (const SymmetricGroup& group : plan_.groups) {
    for (int n = group.node; n < group.node + group.count; ++n) {
      int at = n;
      for (; at > group.node &&
             colors[order[static_cast<std::size_t>(at - 1)]] > colors[static_cast<std::size_t>(n)];
           --at) {
        order[static_cast<std::size_t>(at)] = order[static_cast<std::size_t>(at - 1)];
      }
      order[static_cast<std::size_t>(at)] = static_cast<uint8_t>(n);
    }
  }
}

Symmetry::Permutation Symmetry::PermutationOf(const std::array<uint8_t, kMaxNodes>& order) const {
  Permutation to{};
  for (const SymmetricGroup& group : plan_.groups) {
    for (int i = 0; i < group.count; ++i) to[order[Index(group.node, i)]] = static_cast<uint8_t>(i);
  }
  return to;
}

// Whether nothing changes when these two change places.
bool Symmetry::AreTwins(const int64_t* state, int a, int b) {
  Permutation to{};
  for (const SymmetricGroup& group : plan_.groups) {
    for (int i = 0; i < group.count; ++i) to[Index(group.node, i)] = static_cast<uint8_t>(i);
  }
  std::swap(to[static_cast<std::size_t>(a)], to[static_cast<std::size_t>(b)]);
  Apply(to, state, swapped_.data());
  return std::equal(swapped_.begin(), swapped_.end(), state);
}

// The first nodes, in order, that have one colour and are not all twins.
bool Symmetry::FindTie(const int64_t* state, const Colors& colors,
                       const std::array<uint8_t, kMaxNodes>& order, Run& tie) {
  for (const SymmetricGroup& group : plan_.groups) {
    const int end = group.node + group.count;
    for (int begin = group.node; begin < end;) {
      const auto color = [&](int at) { return colors[order[static_cast<std::size_t>(at)]]; };
      int behind = begin + 1;
      while (behind < end && color(behind) == color(begin)) ++behind;
      for (int i = begin + 1; i < behind; ++i) {
        if (!AreTwins(state, order[static_cast<std::size_t>(i - 1)],
                      order[static_cast<std::size_t>(i)])) {
          tie = {begin, behind};
          return true;
        }
      }
      begin = behind;
    }
  }
  return false;
}

void Symmetry::Search(const int64_t* state, const Colors& colors) {
  std::array<uint8_t, kMaxNodes> order{};
  Sort(colors, order);
  Run tie;
  if (!FindTie(state, colors, order, tie)) {
    Apply(PermutationOf(order), state, scratch_.data());
    if (!has_best_ || std::lexicographical_compare(scratch_.begin(), scratch_.end(), best_.begin(),
                                                   best_.end())) {
      best_.swap(scratch_);
    }
    has_best_ = true;
    return;
  }
  for (int i = tie.begin; i < tie.end; ++i) {
    const int node = order[static_cast<std::size_t>(i)];
    // A twin of a node that was tried leads to the same states.
    bool seen = false;
    for (int k = tie.begin; k < i && !seen; ++k)
      seen = AreTwins(state, order[static_cast<std::size_t>(k)], node);
    if (seen) continue;
    Colors next = colors;
    next[static_cast<std::size_t>(node)] = Mix(colors[static_cast<std::size_t>(node)] ^ kOdd);
    Refine(next);
    Search(state, next);
  }
}

void Symmetry::Canonize(int64_t* state) {
  Colors colors;
  Color(state, colors);
  std::array<uint8_t, kMaxNodes> order{};
  Sort(colors, order);
  Run tie;
  if (!FindTie(state, colors, order, tie)) {
    bool moves = false;
    for (int n = 0; n < plan_.nodes; ++n) moves = moves || order[static_cast<std::size_t>(n)] != n;
    if (!moves) return;
    Apply(PermutationOf(order), state, scratch_.data());
    std::copy(scratch_.begin(), scratch_.end(), state);
    return;
  }
  Refine(colors);
  has_best_ = false;
  Search(state, colors);
  std::copy(best_.begin(), best_.end(), state);
}

int64_t Symmetry::Moved(int node, const Permutation& to) const {
  const SymmetricGroup& group =
      plan_.groups[static_cast<std::size_t>(group_of_[static_cast<std::size_t>(node)])];
  return int64_t{to[static_cast<std::size_t>(node)]} - (node - group.node);
}

int64_t Symmetry::Renamed(const IdField& field, int64_t value, const Permutation& to) const {
  int64_t rest = value;
  int64_t result = value;
  std::size_t term = 0;
  for (const uint32_t stride : field.inner) {
    const int64_t index = rest / stride;
    rest -= index * stride;
    if (term >= field.terms.size() || field.terms[term].stride != stride) continue;
    const int node = NodeOf(field.terms[term++].names, index);
    if (node >= 0) result += Moved(node, to) * stride;
  }
  return result;
}

void Symmetry::Apply(const Permutation& to, const int64_t* state, int64_t* out) const {
  std::copy(state, state + plan_.words, out);
  for (const SymmetricGroup& group : plan_.groups) {
    const int64_t* from = state + group.slot;
    for (int i = 0; i < group.count; ++i, from += group.width) {
      const uint8_t place = to[Index(group.node, i)];
      if (place == i) continue;
      std::copy(from, from + group.width, out + group.slot + place * group.width);
    }
  }
  for (const int process : with_fields_) {
    const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
    const std::vector<IdField>& fields =
        plan_.fields[static_cast<std::size_t>(instance.code)]
                    [static_cast<std::size_t>(state[instance.point_slot])];
    if (fields.empty()) continue;
    uint32_t slot = instance.point_slot;
    const int node = NodeOfProcess(process);
    if (node >= 0) {
      const SymmetricGroup& group =
          plan_.groups[static_cast<std::size_t>(group_of_[static_cast<std::size_t>(node)])];
      slot = group.slot + to[static_cast<std::size_t>(node)] * group.width;
    }
    for (const IdField& field : fields) {
      out[slot + field.offset] = Renamed(field, state[instance.point_slot + field.offset], to);
    }
  }
  for (const Site& site : sites_) {
    int64_t value = state[site.slot];
    if (site.names != nullptr && (site.guard == 0 || state[site.guard] > site.above)) {
      const int node = NodeOf(*site.names, value);
      if (node >= 0) value += Moved(node, to);
    }
    int64_t slot = site.slot;
    if (site.node >= 0) slot += Moved(site.node, to) * site.stride;
    if (site.many != nullptr) {
      for (const auto& [node, stride] : site.many->owners) slot += Moved(node, to) * stride;
    }
    out[slot] = value;
  }
  for (const auto& [length, capacity] : plan_.sorted)
    std::sort(out + length + 1, out + length + 1 + out[length]);
}

}  // namespace interleave
