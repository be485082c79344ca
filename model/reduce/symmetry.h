#pragma once
// Symmetry among the processes of `process name[count]`: which templates have it, and the one state
// of each orbit that a search needs to look at.
//
// A template is symmetric when its processes may change places: exchanging two of them (their parts
// of the state, their cells of arrays that are indexed by `self`, and their numbers wherever they
// are stored) takes every step to a step and leaves every property as it was. Then a search over
// one representative of each orbit finds whatever the whole search finds (Ip and Dill, "Better
// verification through symmetry", 1996; Clarke, Emerson, Jha and Sistla, "Symmetry reductions in
// model checking", 1998). The initial states need not be symmetric for that.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/system/observer_automaton.h"
#include "sim/program/program.h"

namespace interleave {

// A symmetric template.
struct SymmetricGroup {
  int code = 0;        // into Program::codes
  int first = 0;       // its first process
  int count = 0;       // of its processes
  int node = 0;        // the number of that process among those of all groups
  uint32_t slot = 0;   // of its program point
  uint32_t width = 0;  // slots of each process
};

// A value that is `offset` more than the number of a process of a group.
struct IdName {
  int group = 0;
  int64_t offset = 0;
};

// A part of a value, or of a cell's place, that is the number of a process, of one group or of
// another: what is found at `stride`. Values that no name fits are nobody's; two never do.
struct IdTerm {
  std::vector<IdName> names;
  uint32_t stride = 1;
};

// A place in a process's part of the state that holds ids, while it stands at one program point:
// an id, or how far into an object the cell lies that ids index.
struct IdField {
  uint32_t offset = 0;          // from the program point's slot
  std::vector<IdTerm> terms;    // by descending stride
  std::vector<uint32_t> inner;  // strides of all indices, ids or not, descending
};

// A cell of memory or a word of an observer that moves when processes change places, or holds an
// id.
struct SharedSite {
  uint32_t slot = 0;
  std::vector<std::pair<int, uint32_t>>
      owners;                 // node whose cell it is, and the stride to the next
  std::vector<IdName> names;  // that its value may be an id of; none: it is no id
  // The value is one only if state[guard] > above; guard 0: always.
  uint32_t guard = 0;
  int64_t above = 0;
  uint32_t label = 0;  // the same for cells that change places, and for items of a sorted observer
};

// How permutations of processes act on states.
struct SymmetryPlan {
  std::size_t words = 0;  // of a state
  std::vector<SymmetricGroup> groups;
  int nodes = 0;                                          // processes in all groups
  std::vector<std::vector<std::vector<IdField>>> fields;  // by code and program point
  std::vector<SharedSite> sites;
  std::vector<std::pair<uint32_t, uint32_t>> sorted;  // (length, capacity): its words are sorted
};

// Why the processes of a template are not interchangeable.
struct SymmetryRefusal {
  int code = 0;
  std::string reason;  // "`level` is indexed by `k`, which is no id of p"
  SourceRange range;   // of the place
};

struct SymmetryFindings {
  std::unique_ptr<SymmetryPlan> plan;     // null: there is no symmetry
  std::vector<SymmetryRefusal> refusals;  // of templates with more than one process, in order
};

// Infers which registers, cells, queues and items hold ids, and refuses what treats one id
// differently from another. Never finds a symmetry that is not there. (Detection from the text, as
// Donaldson and Miller, "Exact and approximate strategies for symmetry reduction in model
// checking", 2006, and the scalarsets of Ip and Dill, found rather than declared.)
SymmetryFindings FindSymmetry(const Program& program, const std::vector<ObserverLayout>& observers);

// Takes states to the representatives of their orbits. Owns scratch space, so one a thread.
class Symmetry {
 public:
  static constexpr int kMaxNodes = 64;

  Symmetry(const Program& program, const SymmetryPlan& plan);
  Symmetry(const Symmetry&) = delete;
  Symmetry& operator=(const Symmetry&) = delete;

  // Two states become equal if and only if a permutation takes one to the other.
  void Canonize(int64_t* state);
  const SymmetryPlan& plan() const { return plan_; }

 private:
  using Colors = std::array<uint64_t, kMaxNodes>;
  using Permutation = std::array<uint8_t, kMaxNodes>;  // node -> new place in its group
  // What several processes have to do with each other.
  struct Relation {
    uint64_t label = 0;
    uint8_t count = 0;
    std::array<uint8_t, 6> nodes{};
  };
  // The flat form of SymmetryPlan::sites.
  struct Site {
    uint32_t slot = 0;
    int32_t node = -1;  // owner; several: in many_
    int32_t stride = 0;
    const std::vector<IdName>* names = nullptr;  // null: no id
    uint32_t guard = 0;
    int64_t above = 0;
    uint64_t label = 0;
    const SharedSite* many = nullptr;  // more than one owner
  };
  struct Run {
    int begin = 0;
    int end = 0;
  };

  // Node that `value` stands for, or -1.
  int NodeOf(const std::vector<IdName>& names, int64_t value) const {
    for (const IdName& name : names) {
      const int64_t id = value - name.offset;
      const SymmetricGroup& of = plan_.groups[static_cast<std::size_t>(name.group)];
      if (id >= 0 && id < of.count) return of.node + static_cast<int>(id);
    }
    return -1;
  }
  int NodeOfProcess(int process) const { return node_of_[static_cast<std::size_t>(process)]; }
  void Color(const int64_t* state, Colors& colors);
  void AddItem(uint64_t label, const uint8_t* nodes, int count, Colors& colors);
  void Refine(Colors& colors);
  void Sort(const Colors& colors, std::array<uint8_t, kMaxNodes>& order) const;
  int CountClasses(const Colors& colors) const;
  bool FindTie(const int64_t* state, const Colors& colors,
               const std::array<uint8_t, kMaxNodes>& order, Run& tie);
  bool AreTwins(const int64_t* state, int a, int b);
  void Search(const int64_t* state, const Colors& colors);
  // By how many places a node moves within its group.
  int64_t Moved(int node, const Permutation& to) const;
  int64_t Renamed(const IdField& field, int64_t value, const Permutation& to) const;
  void Apply(const Permutation& to, const int64_t* state, int64_t* out) const;
  // The permutation that puts nodes in this order.
  Permutation PermutationOf(const std::array<uint8_t, kMaxNodes>& order) const;

  const Program& program_;
  SymmetryPlan plan_;
  std::vector<Site> sites_;
  std::vector<int> node_of_;      // by process; -1: in no group
  std::vector<int> group_of_;     // by node
  std::vector<int> with_fields_;  // processes that hold ids at some point
  std::vector<Relation> relations_;
  std::vector<int64_t> scratch_;
  std::vector<int64_t> swapped_;
  std::vector<int64_t> best_;
  bool has_best_ = false;
};

}  // namespace interleave
