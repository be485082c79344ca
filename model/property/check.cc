// Composes a program, the observers its properties need, an explorer and the judge, and turns what
// the search found into verdict, counterexamples and warnings.
//
// Breadth-first the search stops when the level is finished in which something broke: then nothing
// shorter exists, and of all that broke at that depth the one declared first is reported. A
// violation found depth-first is looked up again breadth-first, bounded by the length found, so
// that every explorer shows the same counterexample.

#include "model/property/check.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <set>

#include "model/explore/explore.h"
#include "model/property/canonical.h"
#include "model/property/checkpoint.h"
#include "model/property/judge.h"
#include "model/property/native_search.h"
#include "model/property/trace.h"
#include "model/reduce/reduced_system.h"
#include "sim/program/clock.h"

namespace interleave {
namespace {

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The first violation of each rank, with the length of the run that found it.
struct Found {
  Violation violation;
  uint64_t length = 0;
  std::vector<int64_t> initial;  // length 0: the state itself, when it is not stored
};

class CheckProbe {
 public:
  CheckProbe(const Program& program, ProgramSystem& system, StateStore& store, Judge& judge,
             const CheckOptions& options, Order order, uint64_t bound, NativeSearch* native,
             const ReducedSystem& reduced)
      : program_(program),
        system_(system),
        reduced_(reduced),
        store_(store),
        judge_(judge),
        options_(options),
        order_(order),
        bound_(bound),
        native_(native) {
    started_ = ElapsedSeconds();
    for (const ProcessCode& code : program.codes) seen_.emplace_back(code.points.size(), false);
  }

  void OnState(uint32_t, const int64_t* state, uint64_t depth) {
    for (std::size_t p = 0; p < program_.processes.size(); ++p) {
      const ProcessInstance& process = program_.processes[p];
      seen_[static_cast<std::size_t>(process.code)]
           [static_cast<std::size_t>(state[process.point_slot])] = true;
    }
    violations_.clear();
    judge_.JudgeState(state, violations_);
    for (Violation& violation : violations_) Note(std::move(violation), depth, nullptr);
    if (judge_.met_limit()) Skip("the limit on the work of judging one property");
    if (store_.size() > options_.max_states)
      Limit(fmt::format("the limit of {} states", options_.max_states));
  }

  void OnInitial(const int64_t* state, const Successor& successor) {
    OnSuccessor(nullptr, state, successor, 0);
  }

  void OnSuccessor(const int64_t* from, const int64_t* next, const Successor& successor,
                   uint64_t depth) {
    const uint64_t length = from == nullptr ? 0 : depth + 1;
    if (successor.status == StepStatus::kOk && successor.violated_observer < 0 &&
        !successor.observer_full)
      return;
    if (successor.status == StepStatus::kError) {
      Violation violation;
      violation.kind = Violation::Kind::kError;
      violation.process = successor.choice.actor;
      violation.error = system_.error();
      Note(std::move(violation), length, from == nullptr ? next : nullptr);
    } else if (successor.status == StepStatus::kLocalLimit) {
      Skip(fmt::format("the limit on local work in one step, met by {}",
                       program_.processes[static_cast<std::size_t>(successor.choice.actor)].name));
    } else if (successor.status == StepStatus::kQueueCap) {
      Skip(fmt::format("the cap of an unbounded queue ({} items, `option queue_cap`), met by {}",
                       program_.scenario->options.queue_cap,
                       program_.processes[static_cast<std::size_t>(successor.choice.actor)].name));
    } else if (successor.observer_full) {
      Skip(fmt::format("more than {} items outstanding (`option outstanding`)",
                       program_.scenario->options.outstanding));
    } else {
      for (std::size_t k = 0; k < system_.observers().size(); ++k) {
        if (!system_.violated(k)) continue;
        Violation violation;
        violation.property = judge_.property_of_automaton(static_cast<int>(k));
        violation.process = successor.choice.actor;
        violation.explanation = system_.explanation(k);
        Note(std::move(violation), length, from == nullptr ? next : nullptr);
      }
    }
  }

  void OnExpanded(uint32_t, const int64_t* state, uint64_t depth, const Expansion& expansion) {
    // Whoever changes memory, finishes or fails does not wait; so most states need no closer look.
    if (expansion.any_error || expansion.changed_shared || expansion.finished) return;
    // From a deadlock every step leads to another, in the end to one from which all are taken.
    if (!expansion.is_whole) return;
    if (!judge_.IsDeadlock(state)) {
      if (judge_.observer().met_solo_limit()) {
        Skip(fmt::format("the limit of {} states that one process may go through while it waits",
                         Observer::kSoloLimit));
      }
      return;
    }
    Violation violation;
    violation.kind = Violation::Kind::kDeadlock;
    Note(std::move(violation), depth, nullptr);
  }

  bool OnLevel(uint64_t depth) {
    if (options_.keep_going) return depth <= bound_;
    if (!found_.empty() && Best().length <= depth) return false;
    return depth <= bound_;
  }

  bool Continue(const ExploreCounts& counts) {
    const bool may_go_on =
        MayGoOn(store_.growth_bytes(), {store_.size(), counts.transitions, counts.frontier,
                                        counts.depth, store_.memory_bytes(), 0});
    if (pause_) pause_(!may_go_on);
    if (!may_go_on) return false;
    if (reduced_.broken() != PartialOrder::Broken::kNothing) stop_ = true;
    if (native_ != nullptr && found_.empty() && skipped_.empty() && native_->TakesOver(store_)) {
      native_takes_over_ = true;
      stop_ = true;
    }
    return !stop_;
  }

  // Limits, an interrupt, and who watches. `memory`: what may be needed in a moment.
  bool MayGoOn(uint64_t memory, CheckProgress now) {
    if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed))
      Limit("an interrupt");
    if (options_.max_memory_bytes != 0 && memory > options_.max_memory_bytes) {
      const uint64_t kib = options_.max_memory_bytes >> 10;
      Limit(kib % 1024 == 0 ? fmt::format("the limit of {} MiB of memory", kib >> 10)
                            : fmt::format("the limit of {} KiB of memory", kib));
    }
    const double seconds = ElapsedSeconds() - started_;
    if (options_.max_seconds > 0 && seconds > options_.max_seconds) {
      Limit(fmt::format("the limit of {:g} seconds", options_.max_seconds));
    }
    now.seconds = seconds;
    if (options_.progress) options_.progress(now);
    return limit_.empty();
  }

  // Called where the search can be saved; `ends`: it goes no further.
  void set_pause(std::function<void(bool ends)> pause) { pause_ = std::move(pause); }
  void AddSkipped(const std::string& skipped) { skipped_ = skipped; }
  bool stop() const { return stop_; }
  // The search ended for the one with compiled steps to begin.
  bool native_takes_over() const { return native_takes_over_; }
  // What was passed in states that were not visited.
  void AddSeen(const std::vector<std::vector<bool>>& passed) {
    for (std::size_t c = 0; c < passed.size(); ++c) {
      for (std::size_t k = 0; k < passed[c].size(); ++k) {
        if (passed[c][k]) seen_[c][k] = true;
      }
    }
  }
  // What that one saw.
  void AddSeen(const NativeFacts& facts) {
    const FactOffsets offsets = OffsetsOfFacts(program_);
    for (std::size_t c = 0; c < seen_.size(); ++c) {
      for (std::size_t k = 0; k < seen_[c].size(); ++k) {
        if (facts.seen[offsets.points[c] + k] != 0) seen_[c][k] = true;
      }
    }
  }
  const std::map<int, Found>& found() const { return found_; }
  const Found& Best() const {
    const Found* best = nullptr;
    for (const auto& [rank, found] : found_) {
      if (best == nullptr || found.length < best->length) best = &found;
    }
    return *best;
  }
  const std::string& limit() const { return limit_; }      // why the search stopped early
  const std::string& skipped() const { return skipped_; }  // what it could not follow
  const std::vector<std::vector<bool>>& seen() const { return seen_; }

 private:
  void Note(Violation violation, uint64_t length, const int64_t* unstored) {
    if (length > bound_) return;
    const int rank = violation.Rank();
    const auto it = found_.find(rank);
    if (it != found_.end() && it->second.length <= length) return;
    Found found{std::move(violation), length, {}};
    if (unstored != nullptr) found.initial.assign(unstored, unstored + system_.state_words());
    const bool first_deadlock =
        rank == Violation{Violation::Kind::kDeadlock, -1, {}, -1, {}, -1}.Rank();
    found_.insert_or_assign(rank, std::move(found));
    if (options_.keep_going) return;
    // Nothing that is found from here on could be shorter.
    if (order_ == Order::kDepthFirst || first_deadlock || length == 0) stop_ = true;
  }

  void Limit(std::string reason) {
    if (limit_.empty()) limit_ = std::move(reason);
    stop_ = true;
  }
  void Skip(std::string reason) {
    if (skipped_.empty()) skipped_ = std::move(reason);
  }

  const Program& program_;
  ProgramSystem& system_;
  const ReducedSystem& reduced_;
  StateStore& store_;
  Judge& judge_;
  const CheckOptions& options_;
  Order order_;
  uint64_t bound_;
  NativeSearch* native_;
  bool native_takes_over_ = false;
  std::function<void(bool)> pause_;
  std::map<int, Found> found_;  // by rank
  std::string limit_;
  std::string skipped_;
  bool stop_ = false;
  double started_ = 0;
  std::vector<std::vector<bool>> seen_;
  std::vector<Violation> violations_;
};

std::vector<int64_t> BaseState(const Program& program, std::size_t words) {
  std::vector<int64_t> state(words, 0);
  std::copy(program.initial.begin(), program.initial.end(), state.begin());
  return state;
}

// What the layout tells of the values a slot will take.
std::vector<SlotHint> Hints(const Program& program, std::size_t words) {
  constexpr uint32_t kSmallArray = 16;
  std::vector<SlotHint> hints(words);
  for (std::size_t slot = 0; slot < words; ++slot) {
    hints[slot].low = hints[slot].high = slot < program.initial.size() ? program.initial[slot] : 0;
  }
  uint32_t group = 0;
  for (const MemoryObject& object : program.objects) {
    ++group;
    if (object.is_queue || object.cells > kSmallArray) continue;
    for (uint32_t i = 0; i < object.cells; ++i) hints[object.base + i].group = group;
  }
  // Processes of one template: a group for each offset in their part of the state.
  for (std::size_t c = 0; c < program.codes.size(); ++c) {
    const uint32_t first_group = group + 1;
    for (const ProcessInstance& process : program.processes) {
      if (process.code != static_cast<int>(c)) continue;
      for (uint32_t slot = process.point_slot; slot < process.end; ++slot) {
        hints[slot].group = first_group + (slot - process.point_slot);
        group = std::max(group, hints[slot].group);
      }
      hints[process.point_slot].high = static_cast<int64_t>(program.codes[c].points.size()) - 1;
    }
  }
  return hints;
}

constexpr EngineOptions kInterpretedOnly = {Engine::kInterpreted, 0, 1, SearchFault::kNone};

std::unique_ptr<Symmetry> MakeSymmetry(const Program& program, const Judge& judge) {
  const SymmetryFindings findings = FindSymmetry(program, judge.layouts());
  return findings.plan == nullptr ? nullptr : std::make_unique<Symmetry>(program, *findings.plan);
}

// Leaves out what is not sound, and says why.
Reductions SoundOnes(const Program& program, Reductions reduce,
                     std::vector<ReductionRefusal>& refusals) {
  if (reduce.partial_order) {
    if (const auto reason = PartialOrder::Refusal(program)) {
      refusals.push_back({"partial order", *reason, {}});
      reduce.partial_order = false;
    }
  }
  if (reduce.symmetry) {
    const SymmetryFindings findings = FindSymmetry(program, Judge(program).layouts());
    for (const SymmetryRefusal& refusal : findings.refusals) {
      const ProcessTemplate* source = program.codes[static_cast<std::size_t>(refusal.code)].source;
      refusals.push_back(
          {fmt::format("symmetry of {}", source->symbol->name), refusal.reason, refusal.range});
    }
    if (findings.plan == nullptr) {
      if (findings.refusals.empty()) {
        refusals.push_back({"symmetry", "there is no `process name[count]`", {}});
      }
      reduce.symmetry = false;
    }
  }
  return reduce;
}

void WriteHead(const Program& program, Order order, const Reductions& reduce,
               CheckpointWriter& to) {
  to.Number(SearchHash(program));
  to.Number((order == Order::kDepthFirst ? 1U : 0U) | (reduce.partial_order ? 2U : 0U) |
            (reduce.symmetry ? 4U : 0U) | (reduce.trusts_locals ? 8U : 0U));
}

// A search goes on with the reductions with which it was begun.
void ReadHead(const Program& program, Order order, CheckpointReader& from, Reductions& reduce) {
  if (from.Number() != SearchHash(program)) {
    from.Refuse("is of another scenario, or of one with other properties or definitions");
  }
  const uint64_t flags = from.NumberUpTo(15);
  if ((flags & 1) != (order == Order::kDepthFirst ? 1U : 0U)) {
    from.Refuse("is of a search with another --explorer");
  }
  reduce.partial_order = (flags & 2) != 0;
  reduce.symmetry = (flags & 4) != 0;
  reduce.trusts_locals = (flags & 8) != 0;
  std::vector<ReductionRefusal> refusals;
  const Reductions sound = SoundOnes(program, reduce, refusals);
  if (sound.partial_order != reduce.partial_order || sound.symmetry != reduce.symmetry) {
    from.Refuse("is damaged: it has a reduction that is not sound");
  }
}

// A search with all it needs.
struct Search {
  Search(const Program& program, const CheckOptions& options, Order order, uint64_t bound,
         const Reductions& reduce, const EngineOptions& engine, CheckpointReader* resumed = nullptr)
      : options_(options),
        order_(order),
        reduce_(reduce),
        judge(program),
        system(program, judge.automata()),
        partial_order(reduce.partial_order ? std::make_unique<PartialOrder>(
                                                 program, reduce.trusts_locals, reduce.fault)
                                           : nullptr),
        symmetry(reduce.symmetry ? MakeSymmetry(program, judge) : nullptr),
        reduced(system, partial_order.get(), symmetry.get()),
        store(std::make_unique<StateStore>(BaseState(program, system.state_words()),
                                           Hints(program, system.state_words()))),
        native(program,
               order == Order::kBreadthFirst && symmetry == nullptr ? engine : kInterpretedOnly,
               judge, system, partial_order.get(), Hints(program, system.state_words())),
        probe(program, system, *store, judge, options, order, bound, &native, reduced),
        explorer(reduced, *store, probe) {
    double cpu_started = CpuSeconds();
    saved_at_ = ElapsedSeconds();
    if (!options.checkpoint.empty()) {
      probe.set_pause([this](bool ends) { Pause(ends); });
    }
    const bool goes_on_compiled = resumed != nullptr && LoadFacts(*resumed);
    if (goes_on_compiled) {
      store.reset();
      is_native_ = true;
      const NativeResult result =
          native.Resume(*resumed, [this](const SlowPath::Progress& now) { return GoesOn(now); });
      EndNative(result);
      seconds = CpuSeconds() - cpu_started;
      return;
    }
    complete =
        resumed != nullptr ? explorer.Resume(order, LoadPosition(*resumed)) : explorer.Run(order);
    if (!options.checkpoint.empty() && !probe.limit().empty()) Pause(true);
    NoteFirst();
    states = store->size();
    transitions = explorer.counts().transitions;
    depth = explorer.counts().depth;
    state_bytes = store->state_bytes();
    memory_bytes = store->memory_bytes();
    if (probe.native_takes_over()) RunNative(cpu_started);
    probe.AddSeen(reduced.passed());
    if (reduced.broken() != PartialOrder::Broken::kNothing) broken = reduced.broken();
    if (broken != PartialOrder::Broken::kNothing) must_repeat = true;
    seconds = CpuSeconds() - cpu_started;
  }

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
  bool must_repeat = false;    // something broke that only the interpreter can show
  std::vector<int64_t> first;  // state 0
  uint64_t states = 0;
  uint64_t transitions = 0;
  uint64_t depth = 0;
  uint64_t state_bytes = 0;
  uint64_t memory_bytes = 0;
  double seconds = 0;  // CPU

 private:
  void RunNative(double& cpu_started) {
    const uint32_t initials = explorer.level_starts().at(1);
    is_native_ = true;
    EndNative(native.Run(
        *store, initials, [this](const SlowPath::Progress& now) { return GoesOn(now); },
        [&] {
          store.reset();
          cpu_started = CpuSeconds();
        }));
  }

  bool GoesOn(const SlowPath::Progress& now) {
    too_many_ = now.states > options_.max_states;
    const bool goes_on =
        !too_many_ && probe.MayGoOn(now.memory_bytes, {now.states, now.transitions, now.frontier,
                                                       now.depth, now.memory_bytes, 0});
    if (!options_.checkpoint.empty()) Pause(!goes_on);
    return goes_on;
  }

  void EndNative(const NativeResult& result) {
    // Where exactly the limit on states is met is the interpreted search's to say.
    must_repeat = result.end == NativeResult::End::kGaveUp || too_many_ ||
                  result.states > options_.max_states;
    broken = result.broken;
    if (must_repeat) return;
    complete = result.end == NativeResult::End::kComplete;
    states = result.states;
    transitions = result.transitions;
    depth = result.depth;
    state_bytes = native.state_bytes();
    memory_bytes = result.memory_bytes;
    const NativeFacts facts = native.facts();
    probe.AddSeen(facts);
    judge.AddFacts(facts.reached, facts.antecedent);
    const FactOffsets offsets = OffsetsOfFacts(system.program());
    for (std::size_t c = 0; c < system.program().codes.size(); ++c) {
      system.stepper().AddAssumeUse(static_cast<int>(c), facts.passed + offsets.instructions[c],
                                    facts.cut + offsets.instructions[c]);
    }
    if (facts.saw_mark) system.stepper().AddMark();
  }

  void NoteFirst() {
    first.resize(system.state_words());
    if (store->size() > 0) store->Get(0, first.data());
  }

  // --- Checkpoints ---

  // Writes one when it is time. What was found is not written: the search ends soon.
  void Pause(bool ends) {
    const double now = ElapsedSeconds();
    if (!ends && now - saved_at_ < options_.checkpoint_seconds) return;
    if (!probe.found().empty() || broken != PartialOrder::Broken::kNothing) return;
    if (!is_native_ && explorer.level_starts().empty()) return;  // not all initial states are there
    if (store != nullptr) NoteFirst();
    try {
      CheckpointWriter to(options_.checkpoint);
      SaveFacts(to);
      if (is_native_) {
        native.Save(to);
      } else {
        SavePosition(to);
      }
      to.Finish();
      checkpoint_failure.clear();
    } catch (const CheckpointError& error) {
      checkpoint_failure = error.what();  // no reason to end: the one before is still there
    }
    // Writing takes a small part of the time, however long it takes.
    saved_at_ = std::max(ElapsedSeconds(), now + 9 * (ElapsedSeconds() - now));
  }

  void SaveFacts(CheckpointWriter& to) const {
    const Program& program = system.program();
    WriteHead(program, order_, reduce_, to);
    to.Number(is_native_ ? 1 : 0);
    to.List(first);
    to.List(probe.skipped());
    for (std::size_t c = 0; c < program.codes.size(); ++c) {
      std::vector<bool> seen = probe.seen()[c];
      for (std::size_t k = 0; k < seen.size() && !reduced.passed().empty(); ++k) {
        if (reduced.passed()[c][k]) seen[k] = true;
      }
      to.List(seen);
      std::vector<uint8_t> uses;
      const auto code = static_cast<int>(c);
      for (std::size_t i = 0; i < program.codes[c].instructions.size(); ++i) {
        const Stepper::AssumeUse& use = system.stepper().assume_use(code)[i];
        uses.push_back(static_cast<uint8_t>((use.passed ? 1 : 0) | (use.cut ? 2 : 0) |
                                            (system.stepper().own_uses(code)[i] ? 4 : 0)));
      }
      to.List(uses);
    }
    std::vector<uint8_t> properties;
    for (std::size_t k = 0; k < program.properties.size(); ++k) {
      properties.push_back(
          static_cast<uint8_t>((judge.reached(k) ? 1 : 0) | (judge.antecedent_held(k) ? 2 : 0)));
    }
    to.List(properties);
    to.Number(judge.saw_complete_run() ? 1 : 0);
    to.Number(system.stepper().saw_mark() ? 1 : 0);
  }

  // True when it was a search with compiled steps.
  bool LoadFacts(CheckpointReader& from) {
    const Program& program = system.program();
    const bool is_native = from.NumberUpTo(1) != 0;
    first = from.List<int64_t>(system.state_words());
    first.resize(system.state_words());
    constexpr uint64_t kLongest = 10'000;
    const std::vector<char> skipped = from.List<char>(kLongest);
    probe.AddSkipped({skipped.begin(), skipped.end()});
    std::vector<std::vector<bool>> seen;
    for (std::size_t c = 0; c < program.codes.size(); ++c) {
      seen.push_back(from.List<bool>(program.codes[c].points.size()));
      seen.back().resize(program.codes[c].points.size());
      const std::vector<uint8_t> uses = from.List<uint8_t>(program.codes[c].instructions.size());
      std::vector<uint8_t> passed, cut;
      for (std::size_t i = 0; i < uses.size(); ++i) {
        passed.push_back(uses[i] & 1);
        cut.push_back(uses[i] & 2);
        if ((uses[i] & 4) != 0) system.stepper().AddOwnUse(static_cast<int>(c), i);
      }
      passed.resize(program.codes[c].instructions.size());
      cut.resize(program.codes[c].instructions.size());
      system.stepper().AddAssumeUse(static_cast<int>(c), passed.data(), cut.data());
    }
    probe.AddSeen(seen);
    const std::vector<uint8_t> properties = from.List<uint8_t>(program.properties.size());
    std::vector<uint8_t> reached, antecedent;
    for (const uint8_t property : properties) {
      reached.push_back(property & 1);
      antecedent.push_back(property & 2);
    }
    reached.resize(program.properties.size());
    antecedent.resize(program.properties.size());
    judge.AddFacts(reached.data(), antecedent.data());
    if (from.NumberUpTo(1) != 0) judge.AddCompleteRun();
    if (from.NumberUpTo(1) != 0) system.stepper().AddMark();
    return is_native;
  }

  void SavePosition(CheckpointWriter& to) const {
    const auto& position = explorer.position();
    for (const uint64_t number :
         {position.counts.transitions, position.counts.depth, position.counts.expanded,
          position.counts.frontier, uint64_t{position.next_number}, position.depth}) {
      to.Number(number);
    }
    to.List(position.level_starts);
    std::vector<uint64_t> stack;
    for (const auto& [number, at] : position.stack) stack.push_back(uint64_t{at} << 32 | number);
    to.List(stack);
    to.Number(store->size());
    std::vector<int64_t> state(system.state_words());
    for (uint32_t number = 0; number < store->size(); ++number) {
      store->Get(number, state.data());
      to.List(state);
    }
  }

  Explorer<ReducedSystem, CheckProbe>::Position LoadPosition(CheckpointReader& from) {
    Explorer<ReducedSystem, CheckProbe>::Position position;
    for (uint64_t* number : {&position.counts.transitions, &position.counts.depth,
                             &position.counts.expanded, &position.counts.frontier}) {
      *number = from.Number();
    }
    position.next_number = static_cast<uint32_t>(from.NumberUpTo(StateStore::kMaxStates));
    position.depth = from.Number();
    position.level_starts = from.List<uint32_t>(StateStore::kMaxStates);
    for (const uint64_t entry : from.List<uint64_t>(StateStore::kMaxStates)) {
      position.stack.emplace_back(static_cast<uint32_t>(entry), static_cast<uint32_t>(entry >> 32));
    }
    const uint64_t count = from.NumberUpTo(StateStore::kMaxStates);
    for (uint64_t number = 0; number < count; ++number) {
      const std::vector<int64_t> state = from.List<int64_t>(system.state_words());
      if (state.size() != system.state_words()) from.Refuse("is damaged: a state in it is none");
      store->Insert(state.data());
    }
    from.Finish();
    if (store->size() != count || position.next_number > count) {
      from.Refuse("is damaged: its states are not as many as they should be");
    }
    return position;
  }

  double saved_at_ = 0;
  bool is_native_ = false;
  bool too_many_ = false;
};

// The observer automaton behind the property that broke, or -1.
int ObserverOf(const Search& search, const Violation& violation) {
  if (violation.kind != Violation::Kind::kProperty) return -1;
  for (std::size_t k = 0; k < search.system.observers().size(); ++k) {
    if (search.judge.property_of_automaton(static_cast<int>(k)) == violation.property)
      return static_cast<int>(k);
  }
  return -1;
}

// The canonical counterexample for what `search`, breadth-first, found with this rank.
std::optional<Counterexample> Canonical(const Program& program, Search& search, const Found& found,
                                        const CheckOptions& options, double started) {
  Counterexample counterexample;
  counterexample.violation = found.violation;
  if (!found.initial.empty()) {
    counterexample.is_shortest = true;
    counterexample.trace = BuildTrace(program, search.judge.automata(), found.initial, {}, true);
    return counterexample;
  }
  const int rank = found.violation.Rank();
  const int observer = ObserverOf(search, found.violation);
  CanonicalTarget target;
  target.length = found.length;
  std::vector<Violation> violations;
  if (found.violation.kind == Violation::Kind::kDeadlock) {
    target.is_state = [&](const int64_t* state) { return search.judge.IsDeadlock(state); };
  } else {
    target.is_state = [&](const int64_t* state) {
      violations.clear();
      search.judge.JudgeState(state, violations);
      return std::any_of(violations.begin(), violations.end(),
                         [&](const Violation& v) { return v.Rank() == rank; });
    };
    target.is_step = [&](const Successor& successor) {
      if (successor.status == StepStatus::kError)
        return found.violation.kind == Violation::Kind::kError;
      return successor.violated_observer >= 0 && observer >= 0 &&
             search.system.violated(static_cast<std::size_t>(observer));
    };
  }
  const auto keep_going = [&] {
    if (options.stop != nullptr && options.stop->load(std::memory_order_relaxed)) return false;
    return options.max_seconds <= 0 || ElapsedSeconds() - started < options.max_seconds;
  };
  const auto run = FindCanonical(search.system, *search.store, search.explorer.level_starts(),
                                 target, keep_going);
  if (!run) return std::nullopt;
  counterexample.is_shortest = true;
  counterexample.trace = BuildTrace(program, search.judge.automata(), run->initial, run->choices);
  // The violation as this run shows it, which need not be the one the search met first.
  std::vector<Violation> last;
  const Trace& trace = counterexample.trace;
  if (found.violation.kind != Violation::Kind::kDeadlock && !run->choices.empty()) {
    const std::vector<int64_t>& before =
        trace.steps.size() > 1 ? trace.steps[trace.steps.size() - 2].state : trace.initial;
    const Choice choice = run->choices.back();
    search.system.ForEachOutcome(
        before.data(), choice.actor, [&](const int64_t*, const Successor& successor) {
          if (successor.choice.outcome != choice.outcome || !target.is_step(successor)) return;
          Violation violation = found.violation;
          violation.process = choice.actor;
          if (successor.status == StepStatus::kError)
            violation.error = search.system.error();
          else
            violation.explanation = search.system.explanation(static_cast<std::size_t>(observer));
          last.push_back(std::move(violation));
        });
  }
  if (last.empty() && found.violation.kind != Violation::Kind::kDeadlock) {
    search.judge.JudgeState(
        trace.steps.empty() ? trace.initial.data() : trace.steps.back().state.data(), last);
  }
  for (const Violation& violation : last) {
    if (violation.Rank() != rank) continue;
    counterexample.violation = violation;
    break;
  }
  return counterexample;
}

void CollectVacuities(const Program& program, Search& search, CheckResult& result) {
  const Scenario& scenario = *program.scenario;
  std::set<uint32_t> places;
  for (std::size_t c = 0; c < program.codes.size(); ++c) {
    const ProcessCode& code = program.codes[c];
    const auto& uses = search.system.stepper().assume_use(static_cast<int>(c));
    for (std::size_t i = 0; i < uses.size(); ++i) {
      if (uses[i].cut && !uses[i].passed) {
        result.vacuities.push_back(
            {code.places[code.instructions[i].place].range, "no run survives this assume", true});
      }
    }
  }
  if (!result.complete || !result.counterexamples.empty()) return;
  for (std::size_t i = 0; i < program.properties.size(); ++i) {
    const Property& property = program.properties[i];
    if (property.antecedent && !search.judge.antecedent_held(i)) {
      result.vacuities.push_back(
          {property.antecedent_range,
           fmt::format("`{}` checks nothing: this is never true", property.name), false});
    }
    const bool order =
        property.kind == PropertyKind::kFifo || property.kind == PropertyKind::kExactlyOnce;
    if (order && !scenario.has_marks) {
      result.vacuities.push_back(
          {property.range, fmt::format("`{}` checks nothing: no process has a mark", property.name),
           false});
    } else if (order && !search.system.stepper().saw_mark()) {
      result.vacuities.push_back(
          {property.range,
           fmt::format("`{}` checks nothing: no mark is ever reached", property.name), false});
    } else if (order && !search.judge.saw_complete_run()) {
      result.vacuities.push_back(
          {property.range,
           fmt::format("`{}`: no run is ever complete, so \"nothing lost\" was not checked",
                       property.name),
           false});
    }
    if (property.kind == PropertyKind::kReachable) {
      const auto value = search.judge.observer().Evaluate(property.code, search.first.data());
      if (value && *value != 0) {
        result.vacuities.push_back(
            {property.range, fmt::format("`{}` is true at the start", property.name), false});
      }
    }
  }
  // Statements none of whose accesses was ever next, or went to own memory.
  std::map<std::pair<uint32_t, uint32_t>, bool> reached;
  for (std::size_t c = 0; c < program.codes.size(); ++c) {
    const ProcessCode& code = program.codes[c];
    for (std::size_t p = 1; p < code.points.size(); ++p) {
      const uint32_t at = code.points[p].instruction;
      const CodePlace& place = code.places[code.instructions[at].place];
      reached[{place.statement.begin, place.statement.end}] |=
          search.probe.seen()[c][p] || search.system.stepper().own_uses(static_cast<int>(c))[at];
    }
  }
  for (const auto& [range, was_reached] : reached) {
    if (!was_reached)
      result.vacuities.push_back({{range.first, range.second}, "this is never reached", false});
  }
}

std::vector<std::string> LargestSlots(const Program& program, const Search& search) {
  std::vector<std::pair<int, uint32_t>> widths;
  for (uint32_t slot = 0; slot < program.slots.size(); ++slot) {
    const int width =
        search.store != nullptr ? search.store->packer().width(slot) : search.native.width(slot);
    if (width > 0) widths.emplace_back(width, slot);
  }
  std::stable_sort(widths.begin(), widths.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> names;
  for (std::size_t i = 0; i < widths.size() && i < 5; ++i) {
    names.push_back(
        fmt::format("{} ({} bits)", SlotName(program, widths[i].second), widths[i].first));
  }
  return names;
}

Verdict VerdictOf(const Program& program, const Violation& violation) {
  switch (violation.kind) {
    case Violation::Kind::kError: return Verdict::kError;
    case Violation::Kind::kDeadlock: return Verdict::kDeadlock;
    case Violation::Kind::kProperty: break;
  }
  const Property& property = program.properties[static_cast<std::size_t>(violation.property)];
  return property.kind == PropertyKind::kRace ? Verdict::kRace : Verdict::kViolated;
}

}  // namespace

CheckResult Check(const Program& program, const CheckOptions& options) {
  const Order order =
      options.explorer == ExplorerKind::kBreadthFirst ? Order::kBreadthFirst : Order::kDepthFirst;
  CheckResult result;
  const double started = ElapsedSeconds();
  Reductions reduce = SoundOnes(program, options.reduce, result.refusals);
  std::unique_ptr<CheckpointReader> resumed;
  if (!options.resume.empty()) {
    resumed = std::make_unique<CheckpointReader>(options.resume);
    ReadHead(program, order, *resumed, reduce);
  }
  std::optional<Search> searched;
  searched.emplace(program, options, order, UINT64_MAX, reduce, options.engine, resumed.get());
  resumed.reset();
  result.engine_failure = searched->native.failure();
  result.checkpoint_failure = searched->checkpoint_failure;
  while (searched->must_repeat) {
    const PartialOrder::Broken broken = searched->broken;
    if (broken == PartialOrder::Broken::kLocal) reduce.trusts_locals = false;
    if (broken == PartialOrder::Broken::kCounter) {
      result.refusals.push_back({"partial order", "a counter wraps around", {}});
      reduce.partial_order = false;
    }
    searched.emplace(program, options, order, UINT64_MAX, reduce, kInterpretedOnly);
  }
  // What a reduced search found is shown by one that is not.
  if (reduce.any() && order == Order::kBreadthFirst && !searched->probe.found().empty()) {
    reduce = {};
    CheckOptions shown = options;
    shown.checkpoint.clear();
    searched.emplace(program, shown, order, UINT64_MAX, reduce, kInterpretedOnly);
  }
  result.reduced = reduce;
  Search& search = *searched;
  result.is_native = search.store == nullptr;
  result.seconds = search.seconds;
  result.states = search.states;
  result.transitions = search.transitions;
  result.depth = search.depth;
  result.state_bytes = search.state_bytes;
  result.memory_bytes = search.memory_bytes;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  result.peak_resident_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  result.complete = search.complete && search.probe.skipped().empty();
  if (!search.probe.limit().empty())
    result.incomplete_reason = search.probe.limit();
  else if (search.complete)
    result.incomplete_reason = search.probe.skipped();

  // Depth-first: what was found is looked up again, breadth-first, as far as it was away.
  std::optional<Search> again;
  if (order == Order::kDepthFirst && !search.probe.found().empty()) {
    CheckOptions bounded = options;
    bounded.progress = nullptr;
    bounded.checkpoint.clear();
    // Where steps are taken at once, the search does not know how many.
    const uint64_t bound = reduce.any() ? UINT64_MAX : search.FarthestFound();
    again.emplace(program, bounded, Order::kBreadthFirst, bound, Reductions{}, kInterpretedOnly);
  }
  for (const auto& [rank, found] : search.probe.found()) {
    if (!options.keep_going && &found != &search.probe.Best()) continue;
    std::optional<Counterexample> counterexample;
    if (order == Order::kBreadthFirst) {
      counterexample = Canonical(program, search, found, options, started);
    } else {
      const auto same = again->probe.found().find(rank);
      if (!options.keep_going && !again->probe.found().empty()) {
        counterexample = Canonical(program, *again, again->probe.Best(), options, started);
      } else if (same != again->probe.found().end()) {
        counterexample = Canonical(program, *again, same->second, options, started);
      }
    }
    if (!counterexample) {
      counterexample.emplace();
      counterexample->violation = found.violation;
    }
    result.counterexamples.push_back(std::move(*counterexample));
  }
  // What was never reached is broken once everything was seen.
  if (result.complete) {
    for (std::size_t i = 0; i < program.properties.size(); ++i) {
      if (program.properties[i].kind != PropertyKind::kReachable || search.judge.reached(i))
        continue;
      if (!result.counterexamples.empty() && !options.keep_going) break;
      Counterexample missing;
      missing.violation.property = static_cast<int>(i);
      missing.violation.explanation = "no reachable state satisfies it";
      missing.is_shortest = true;
      result.counterexamples.push_back(std::move(missing));
    }
  }
  CollectVacuities(program, search, result);
  const bool fatal = std::any_of(result.vacuities.begin(), result.vacuities.end(),
                                 [](const Vacuity& v) { return v.is_fatal; });
  if (!result.counterexamples.empty()) {
    result.verdict = VerdictOf(program, result.counterexamples.front().violation);
  } else if (result.complete &&
             (fatal || (options.vacuity_is_error && !result.vacuities.empty()))) {
    result.verdict = Verdict::kVacuous;
  } else {
    result.verdict = result.complete ? Verdict::kHolds : Verdict::kIncomplete;
  }
  if (result.verdict == Verdict::kIncomplete) result.largest = LargestSlots(program, search);
  return result;
}

int ExitCodeOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds: return 0;
    case Verdict::kVacuous: return 10;
    case Verdict::kDeadlock: return 11;
    case Verdict::kViolated: return 12;
    case Verdict::kError: return 14;
    case Verdict::kRace: return 15;
    case Verdict::kIncomplete: return 20;
  }
  return 1;
}

const char* VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds: return "holds";
    case Verdict::kViolated: return "violated";
    case Verdict::kDeadlock: return "deadlock";
    case Verdict::kRace: return "race";
    case Verdict::kError: return "error";
    case Verdict::kVacuous: return "vacuous";
    case Verdict::kIncomplete: return "incomplete";
  }
  return "";
}

}  // namespace interleave
