#pragma once
// One search with all it needs: system, observers, reductions, store, judge, and the search with
// compiled steps that may take over. The constructor only puts these together; Run searches.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/explore/explore.h"
#include "model/explore/state_store.h"
#include "model/property/judge.h"
#include "model/reduce/partial_order.h"
#include "model/reduce/reduced_system.h"
#include "model/reduce/symmetry.h"
#include "model/search/check.h"
#include "model/search/check_probe.h"
#include "model/search/checkpoint.h"
#include "model/search/native_search.h"
#include "model/search/reductions.h"
#include "sim/program/clock.h"

namespace interleave {

inline constexpr EngineOptions kInterpretedOnly = {Engine::kInterpreted, 0, 1, SearchFault::kNone};

// Of a checkpoint: what it must have in common with the search that goes on with it. A search goes
// on with the reductions with which it was begun: `reduce` becomes those.
void WriteHead(const Program& program, Order order, const Reductions& reduce, CheckpointWriter& to);
void ReadHead(const Program& program, Order order, CheckpointReader& from, Reductions& reduce);

// What the layout of a program tells of the values that the slots of a state will take.
std::vector<SlotHint> Hints(const Program& program, std::size_t words);

struct Search {
  // `bound`: the search looks for nothing that is more steps away. `is_ordered`: compiled steps are
  // taken in the interpreter's order, for showing what is found.
  Search(const Program& program, const CheckOptions& options, Order order, uint64_t bound,
         const Reductions& reduce, const EngineOptions& engine, bool is_ordered = false);
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  // Searches, once: from the initial states, or from where `resumed` stood, which may be null.
  // Throws CheckpointError when that is not of such a search.
  void Run(CheckpointReader* resumed = nullptr);

  std::unique_ptr<StateStore> MakeStore() const;

  // Steps to the violation that is farthest away.
  uint64_t FarthestFound() const {
    uint64_t farthest = 0;
    for (const auto& [rank, found] : probe.found()) farthest = std::max(farthest, found.length);
    return farthest;
  }

  const CheckOptions options_;
  const Order order_;
  const Reductions reduce_;
  Judge judge;
  ProgramSystem system;
  std::unique_ptr<PartialOrder> partial_order;  // null: every step is taken
  std::unique_ptr<Symmetry> symmetry;           // null: every state is visited
  ReducedSystem reduced;
  std::unique_ptr<StateStore> store;  // of the interpreted search; gone when the compiled one ran
  NativeSearch native;
  CheckProbe probe;
  Explorer<ReducedSystem, CheckProbe> explorer;
  bool complete = false;
  // What partial order relied on, and a step did not do.
  PartialOrder::Broken broken = PartialOrder::Broken::kNothing;
  std::string checkpoint_failure;
  std::string shortage;        // why there were fewer threads than wanted; empty: there were not
  bool must_repeat = false;    // something broke that only the interpreter can show
  std::vector<int64_t> first;  // state 0
  uint64_t states = 0;
  uint64_t transitions = 0;
  uint64_t interpreted_steps = 0;     // of the transitions
  uint64_t interpreted_judgings = 0;  // of the states
  uint64_t depth = 0;
  uint64_t state_bytes = 0;
  uint64_t memory_bytes = 0;
  double seconds = 0;          // CPU
  double elapsed_seconds = 0;  // on the clock

 private:
  struct Begin {
    double cpu = CpuSeconds();
    double elapsed = ElapsedSeconds();
  };
  void RunFrom(CheckpointReader* resumed, Begin& begun);
  void RunInterpreted(CheckpointReader* resumed);
  void ResumeNative(CheckpointReader& resumed);
  void RunNative(Begin& begun);
  OrderedHooks Hooks();
  void NoteTime(const Begin& begun);
  bool GoesOn(const SlowPath::Progress& now);
  void EndNative(const NativeResult& result);
  void NoteFirst();

  // --- Checkpoints (search_checkpoint.cc) ---

  // Writes one when it is time. What was found is not written: the search ends soon.
  void Pause(bool ends);
  void SaveFacts(CheckpointWriter& to) const;
  // True when it was a search with compiled steps.
  bool LoadFacts(CheckpointReader& from);
  void SavePosition(CheckpointWriter& to) const;
  Explorer<ReducedSystem, CheckProbe>::Position LoadPosition(CheckpointReader& from);
  // Whether the first `count` states of the store are the initial states, in their order.
  bool HasInitialStates(uint32_t count);

  double saved_at_ = 0;
  bool is_native_ = false;
  bool too_many_ = false;
};

}  // namespace interleave
