#include "model/search/native_search.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <system_error>

#include "sim/host/interrupted.h"

namespace interleave {
namespace {

// Compiled anew when a value does not fit: each time a field at least doubles.
constexpr int kMostCompilations = 24;
constexpr std::size_t kMostCellsMet = 20'000'000;
constexpr int kScoutedRun = 1'000;                     // steps
constexpr std::size_t kMostSlowSuccessors = 1U << 16;  // of one state: they are held in memory

std::vector<NativeObserver> Observers(const ProgramSystem& system) {
  std::vector<NativeObserver> observers;
  for (std::size_t k = 0; k < system.observers().size(); ++k) {
    observers.push_back(
        {system.observers()[k]->layout(), static_cast<uint32_t>(system.observer_base(k))});
  }
  return observers;
}

std::vector<int64_t> NumbersOf(const Program& program) {
  std::vector<int64_t> numbers;
  for (const ProcessCode& code : program.codes) {
    for (const auto& [reg, value] : code.constants) numbers.push_back(value);
    for (const Instruction& i : code.instructions) {
      if (i.opcode == Opcode::kIndex) numbers.push_back(i.b);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// By slot: the greatest small number that the program compares its value with; 0: none.
std::vector<int64_t> ComparedWith(const Program& program, std::size_t slots) {
  constexpr int64_t kSmall = 1 << 16;
  std::vector<int64_t> greatest(slots, 0);
  for (const ProcessCode& code : program.codes) {
    std::map<uint32_t, int64_t> constants(code.constants.begin(), code.constants.end());
    std::map<uint32_t, uint32_t> holds;  // a register: the slot it was read from
    for (const Instruction& i : code.instructions) {
      const bool reads = i.opcode == Opcode::kLoad || i.opcode == Opcode::kPeek;
      if (reads && i.a == kZeroRegister) holds[i.dst] = i.c;
      if (i.opcode != Opcode::kBinary || i.op < Op::kEq || i.op > Op::kGe) continue;
      for (const auto& [value, bound] : {std::pair(i.a, i.b), std::pair(i.b, i.a)}) {
        const auto slot = holds.find(value);
        const auto constant = constants.find(bound);
        if (slot == holds.end() || constant == constants.end()) continue;
        if (constant->second < kSmall) {
          greatest[slot->second] = std::max(greatest[slot->second], constant->second);
        }
      }
    }
  }
  return greatest;
}

}  // namespace

NativeSearch::NativeSearch(const Program& program, const EngineOptions& options, Judge& judge,
                           ProgramSystem& system, const PartialOrder* partial_order,
                           const Symmetry* symmetry, std::vector<SlotHint> hints)
    : program_(program),
      options_(options),
      judge_(judge),
      system_(system),
      partial_order_(partial_order),
      symmetry_(symmetry != nullptr ? &symmetry->plan() : nullptr),
      hints_(std::move(hints)),
      observers_(Observers(system)),
      numbers_(NumbersOf(program)) {
  is_written_.assign(system.state_words(), false);
  for (const ProcessCode& code : program.codes) {
    for (const Instruction& i : code.instructions) {
      const bool writes = i.opcode == Opcode::kStore || i.opcode == Opcode::kPoke;
      if (writes && i.a == kZeroRegister) is_written_[i.c] = true;
    }
  }
  is_possible_ = options.engine != Engine::kInterpreted && HasNativeSteps(program);
}

NativeSearch::~NativeSearch() { cancel_ = true; }

bool NativeSearch::TakesOver(const StateStore& store) {
  if (!is_possible_) return false;
  const bool at_once = options_.engine == Engine::kNative;
  const uint64_t usual = at_once ? kCompileAtOnce : kCompileAt;
  if (!compiling_.valid()) {
    if (store.size() < (options_.compile_at != 0 ? options_.compile_at : usual)) return false;
    try {
      MeetRanges(store);
    } catch (const StepStopped&) {
      return false;  // the limit is the search's to tell
    }
    StartCompiling();
    if (!is_possible_) return false;
  }
  if (!at_once && compiling_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    return false;
  }
  return FinishCompiling();
}

void NativeSearch::MeetRanges(const StateStore& store) {
  const std::size_t slots = system_.state_words();
  std::vector<int64_t> state(slots);
  // Of a large store a part of the states is enough: a value that does not fit is noticed later.
  const uint32_t stride = 1 + static_cast<uint32_t>(store.size() * slots / kMostCellsMet);
  ranges_.assign(slots, {});
  store.Get(0, state.data());
  for (std::size_t slot = 0; slot < slots; ++slot) ranges_[slot] = {state[slot], state[slot]};
  for (uint32_t number = 0; number < store.size(); number += stride) {
    store.Get(number, state.data());
    MeetState(state.data());
  }
  std::mt19937_64 random(store.size());
  Scout(store, random);
  MeetGroups();
  const std::vector<SlotRange> half = ranges_;
  const std::vector<int64_t> compared = ComparedWith(program_, slots);
  Scout(store, random);
  MeetGroups();
  for (std::size_t slot = 0; slot < slots; ++slot) {
    SlotRange& range = ranges_[slot];
    const SlotKind kind =
        slot < program_.slots.size() ? program_.slots[slot].kind : SlotKind::kMemory;
    if (kind == SlotKind::kPoint) {
      const auto process = static_cast<int>(program_.slots[slot].process);
      range = {0, static_cast<int64_t>(program_.CodeOf(process).points.size()) - 1};
    } else if (kind == SlotKind::kWritten) {
      range = {0, 1};
    } else {
      // A dead local is zero.
      if (kind == SlotKind::kSpill) {
        range = {std::min<int64_t>(range.low, 0), std::max<int64_t>(range.high, 0)};
      }
      const bool has_met_number = std::binary_search(numbers_.begin(), numbers_.end(), range.high);
      // Few values count downwards through 0, which dead locals are.
      const bool sinks = range.low < half[slot].low && range.low < 0;
      Extend(range, range.high > half[slot].high && !has_met_number, sinks);
      // What is written late only, perhaps counted: room up to some number that is mentioned.
      if (range.low == range.high && is_written_[slot] && range.high < INT64_MAX) {
        ++range.high;
        if (!program_.slots[slot].type->is_bool) Extend(range, true, false);
        range.high = std::max(range.high, compared[slot]);
      }
    }
  }
}

void NativeSearch::MeetState(const int64_t* state) {
  for (std::size_t slot = 0; slot < ranges_.size(); ++slot) {
    ranges_[slot].low = std::min(ranges_[slot].low, state[slot]);
    ranges_[slot].high = std::max(ranges_[slot].high, state[slot]);
  }
}

void NativeSearch::MeetGroups() {
  std::map<uint32_t, SlotRange> of_group;
  for (std::size_t slot = 0; slot < ranges_.size(); ++slot) {
    SlotRange& group = of_group.try_emplace(hints_[slot].group, ranges_[slot]).first->second;
    group.low = std::min(group.low, ranges_[slot].low);
    group.high = std::max(group.high, ranges_[slot].high);
  }
  for (std::size_t slot = 0; slot < ranges_.size(); ++slot) {
    if (hints_[slot].group != 0) ranges_[slot] = of_group.at(hints_[slot].group);
  }
}

// Breadth-first what is far away is met late: a few random runs come there at once.
void NativeSearch::Scout(const StateStore& store, std::mt19937_64& random) {
  const auto processes = static_cast<uint64_t>(program_.process_count());
  std::vector<int64_t> at(system_.state_words()), next(at.size());
  for (uint32_t steps = 0; steps < options_.scouted_steps / 2;) {
    store.Get(static_cast<uint32_t>(random() % store.size()), at.data());
    for (int k = 0; k < kScoutedRun; ++k) {
      // A process that cannot move is passed over, all being tried in turn.
      uint64_t outcomes = 0;
      const uint64_t first = random();
      for (uint64_t p = 0; p < processes && outcomes == 0; ++p) {
        const auto process = static_cast<int>((first % processes + p) % processes);
        system_.ForEachOutcome(at.data(), Actor::OfProcess(process),
                               [&](const int64_t* made, const Successor& successor) {
                                 if (successor.status != StepStatus::kOk) return;
                                 if (successor.violated_observer >= 0 || successor.observer_full)
                                   return;
                                 if (random() % ++outcomes == 0)
                                   next.assign(made, made + next.size());
                               });
      }
      // One with very many outcomes is as much work as many.
      steps += 1 + static_cast<uint32_t>(outcomes / 64);
      if (outcomes == 0) break;
      at.swap(next);
      MeetState(at.data());
    }
  }
}

void NativeSearch::Extend(SlotRange& range, bool upwards, bool downwards) const {
  const auto span = static_cast<int64_t>(std::min<uint64_t>(
      static_cast<uint64_t>(range.high) - static_cast<uint64_t>(range.low) + 1, INT64_MAX / 2));
  if (upwards) {
    const auto next = std::upper_bound(numbers_.begin(), numbers_.end(), range.high);
    int64_t doubled = 0;
    if (__builtin_add_overflow(range.high, span, &doubled)) doubled = INT64_MAX;
    range.high =
        next != numbers_.end() && *next <= std::max<int64_t>(doubled, 16) ? *next : doubled;
  }
  if (downwards && __builtin_sub_overflow(range.low, span, &range.low)) range.low = INT64_MIN;
}

bool NativeSearch::Widen(const std::vector<NativeResult::Misfit>& misfits) {
  const auto widen = [&](SlotRange& range, const SlotRange& values) {
    const bool up = values.high > range.high;
    const bool down = values.low < range.low;
    range.high = std::max(range.high, values.high);
    range.low = std::min(range.low, values.low);
    Extend(range, up, down);
  };
  for (const NativeResult::Misfit& misfit : misfits) {
    const uint32_t group = hints_[misfit.slot].group;
    for (std::size_t other = 0; group != 0 && other < ranges_.size(); ++other) {
      if (other != misfit.slot && hints_[other].group == group) {
        widen(ranges_[other], misfit.values);
      }
    }
    widen(ranges_[misfit.slot], misfit.values);
  }
  StartCompiling();
  return FinishCompiling();
}

void NativeSearch::StartCompiling() {
  // The states of the search so far lie in the old layout, until it was adopted.
  old_layout_ = std::move(layout_);
  old_steps_ = std::move(steps_);
  layout_ = std::make_unique<FieldLayout>(program_, ranges_);
  // What it holds may be stored soon, and must fit the next layout too.
  for (std::size_t slot = 0; slot < ranges_.size(); ++slot) ranges_[slot] = layout_->Holds(slot);
  try {
    if (options_.fault == SearchFault::kNoThread) {
      throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
    }
    compiling_ = std::async(std::launch::async, [this] {
      return std::make_unique<NativeSteps>(program_, *layout_, observers_, partial_order_,
                                           options_.fault, &cancel_);
    });
  } catch (const std::system_error& error) {
    failure_ = "the thread that compiles could not be started: " + error.code().message();
    is_possible_ = false;
  }
}

bool NativeSearch::FinishCompiling() {
  if (!compiling_.valid()) return false;
  constexpr std::chrono::milliseconds kMoment(20);
  while (may_wait_ && compiling_.wait_for(kMoment) != std::future_status::ready) {
    if (!may_wait_()) cancel_ = true;
  }
  try {
    steps_ = compiling_.get();
    if (layout_->words() <= kMaxNativeWords) return true;
  } catch (const Interrupted&) {
    // The limit that was met, or the interrupt, is the search's to tell.
  } catch (const std::exception& error) {
    failure_ = error.what();
  }
  is_possible_ = false;
  return false;
}

std::vector<std::vector<int64_t>> NativeSearch::Initials(const StateStore& store,
                                                         uint32_t initials) const {
  std::vector<std::vector<int64_t>> starts(initials, std::vector<int64_t>(system_.state_words()));
  for (uint32_t number = 0; number < initials; ++number) store.Get(number, starts[number].data());
  return starts;
}

NativeResult NativeSearch::RunOrdered(const StateStore& store, uint32_t initials,
                                      const OrderedHooks& hooks,
                                      const std::function<void()>& release_store) {
  const std::vector<std::vector<int64_t>> starts = Initials(store, initials);
  release_store();
  malloc_trim(0);
  seen_.resize(OffsetsOfFacts(program_).point_count);
  reduced_ = std::make_unique<ReducedSystem>(system_, partial_order_);
  NativeResult result;
  for (int k = 0; k < kMostCompilations; ++k) {
    ordered_ = MakeOrderedExplorer(program_, *layout_, *steps_, hooks);
    old_steps_.reset();
    old_layout_.reset();
    result = ordered_->Run(starts);
    AddFacts();
    if (result.end != NativeResult::End::kMisfit) return result;
    if (!Widen(result.misfits)) break;
  }
  result.end = NativeResult::End::kGaveUp;
  return result;
}

NativeResult NativeSearch::Run(const StateStore& store, uint32_t initials,
                               std::function<bool(const SlowPath::Progress&)> go_on,
                               const std::function<void()>& release_store) {
  const std::vector<std::vector<int64_t>> starts = Initials(store, initials);
  release_store();
  malloc_trim(0);  // much is free now, and the table does not come from there
  return Search(std::move(go_on), [&](NativeExplorer& explorer) { explorer.Begin(starts); });
}

bool NativeSearch::IsFollowed(const Successor& successor) {
  if (successor.status == StepStatus::kError || successor.violated_observer >= 0) {
    saw_violation_ = true;
  }
  return successor.status == StepStatus::kOk && successor.violated_observer < 0 &&
         !successor.observer_full;
}

template <class Body>
bool NativeSearch::UnlessStopped(Body body) {
  try {
    return body();
  } catch (const StepStopped&) {
    was_stopped_ = true;
    return false;
  }
}

SlowPath NativeSearch::MakeSlowPath(std::function<bool(const SlowPath::Progress&)> go_on) {
  SlowPath slow;
  slow.step = [this](const int64_t* state, int process, std::vector<SlowSuccessor>& out) {
    bool fine = true;
    const FactOffsets offsets = OffsetsOfFacts(program_);
    const uint32_t point = program_.processes[static_cast<std::size_t>(process)].point_slot;
    const auto step = [&] {
      system_.ForEachOutcome(
          state, Actor::OfProcess(process), [&](const int64_t* next, const Successor& successor) {
            if (!IsFollowed(successor) || out.size() == kMostSlowSuccessors) fine = false;
            if (!fine) return;
            const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
            seen_[offsets.points[static_cast<std::size_t>(instance.code)] +
                  static_cast<std::size_t>(next[point])] = 1;
            out.push_back({{next, next + system_.state_words()},
                           successor.changed_shared || successor.finished});
          });
      return fine;
    };
    return UnlessStopped(step);
  };
  slow.partial_order = partial_order_;
  slow.symmetry = symmetry_;
  slow.try_step = [this](const int64_t* state, int process, ProcessMove& move,
                         std::vector<SlowSuccessor>& out) {
    const auto step = [&] {
      std::vector<int64_t> next;
      std::vector<Successor> successors;
      const std::size_t words = system_.state_words();
      move = reduced_->Try(state, process, next, successors);
      if (!move.is_plain) {
        // Made again: is it broken, or a limit?
        system_.ForEachOutcome(
            state, Actor::OfProcess(process),
            [this](const int64_t*, const Successor& successor) { IsFollowed(successor); });
      }
      for (std::size_t k = 0; k < successors.size(); ++k) {
        const int64_t* const made = next.data() + k * words;
        out.push_back(
            {{made, made + words}, successors[k].changed_shared || successors[k].finished, 1});
      }
      return move.is_plain && IsFine();
    };
    return UnlessStopped(step);
  };
  slow.follow = [this](const int64_t* state, uint32_t steps, SlowSuccessor& out) {
    const auto follow = [&] {
      Successor successor;
      successor.steps = steps;
      const int64_t* const last = reduced_->Follow(state, successor);
      const std::size_t words = system_.state_words();
      out = {{last, last + words}, successor.changed_shared || successor.finished, successor.steps};
      return IsFine();
    };
    return UnlessStopped(follow);
  };
  slow.expand = [this](const int64_t* state, std::vector<SlowSuccessor>& out, bool& is_whole) {
    bool fine = true;
    const std::size_t words = system_.state_words();
    const auto expand = [&] {
      reduced_->ForEachSuccessor(state, [&](const int64_t* made, const Successor& successor) {
        if (!IsFollowed(successor) || out.size() == kMostSlowSuccessors) fine = false;
        if (!fine) return;
        out.push_back({{made, made + words},
                       successor.changed_shared || successor.finished,
                       successor.steps});
      });
      is_whole = reduced_->is_whole();
      return fine && IsFine();
    };
    return UnlessStopped(expand);
  };
  slow.judge = [this](const int64_t* state) {
    const auto judge = [&] {
      std::vector<Violation> violations;
      judge_.JudgeState(state, violations);
      saw_violation_ = saw_violation_ || !violations.empty();
      return violations.empty() && !judge_.met_limit();
    };
    const bool was_stopped = was_stopped_;
    const bool is_fine = UnlessStopped(judge);
    if (was_stopped_ && !was_stopped) is_torn_ = true;  // states of this round are stored
    return is_fine;
  };
  slow.is_no_deadlock = [this](const int64_t* state) {
    const auto look = [&] {
      const bool is_deadlock = judge_.IsDeadlock(state);
      saw_violation_ = saw_violation_ || is_deadlock;
      return !is_deadlock && !judge_.evaluator().met_solo_limit();
    };
    return UnlessStopped(look);
  };
  slow.go_on = std::move(go_on);
  return slow;
}

bool NativeSearch::IsFine() const { return reduced_->broken() == PartialOrder::Broken::kNothing; }

NativeResult NativeSearch::Search(std::function<bool(const SlowPath::Progress&)> go_on,
                                  const std::function<void(NativeExplorer&)>& begin) {
  seen_.resize(OffsetsOfFacts(program_).point_count);
  reduced_ = std::make_unique<ReducedSystem>(system_, partial_order_);
  const SlowPath slow = MakeSlowPath(std::move(go_on));
  NativeResult result;
  for (int k = 0; k < kMostCompilations; ++k) {
    std::unique_ptr<NativeExplorer> old = std::move(explorer_);
    explorer_ = MakeNativeExplorer(program_, *layout_, *steps_, slow, options_.threads);
    if (old != nullptr) {
      explorer_->Adopt(*old);
      old.reset();
    } else {
      begin(*explorer_);
    }
    old_steps_.reset();
    old_layout_.reset();
    result = explorer_->Run();
    AddFacts();
    if (result.end != NativeResult::End::kMisfit) break;
    if (Widen(result.misfits)) continue;
    result.end = NativeResult::End::kGaveUp;
    break;
  }
  if (!IsFine()) result.broken = reduced_->broken();
  if (result.end == NativeResult::End::kGaveUp && was_stopped_ && !saw_violation_ && IsFine()) {
    // The round did not happen; the search stands before it.
    result.end = NativeResult::End::kLimit;
    slow.go_on({result.states, result.transitions, 0, result.depth, result.memory_bytes});
  }
  return result;
}

void NativeSearch::Save(CheckpointWriter& to) {
  AddFacts();
  for (const SlotRange& range : ranges_) {
    to.Number(static_cast<uint64_t>(range.low));
    to.Number(static_cast<uint64_t>(range.high));
  }
  for (const auto* facts : {&seen_, &passed_, &cut_, &own_, &reached_, &antecedent_}) {
    to.List(*facts);
  }
  to.Number(saw_mark_ ? 1 : 0);
  const NativeResult& result = explorer_->result();
  to.Number(result.transitions);
  to.Number(result.depth);
  to.Number(result.misfits.size());
  for (const NativeResult::Misfit& misfit : result.misfits) {
    to.Number(misfit.slot);
    to.Number(static_cast<uint64_t>(misfit.values.low));
    to.Number(static_cast<uint64_t>(misfit.values.high));
  }
  const NativeExplorer::Aside& aside = explorer_->aside();
  to.Number(aside.all.size());
  for (const std::vector<int64_t>& state : aside.all) to.List(state);
  to.Number(aside.current.size() - aside.at);
  for (std::size_t k = aside.at; k < aside.current.size(); ++k) to.List(aside.current[k]);
  to.Number(aside.next.size());
  for (const std::vector<int64_t>& state : aside.next) to.List(state);
  // States, each behind a 1; then a 0.
  const std::size_t bytes = layout_->bytes();
  const auto write = [&](void (NativeExplorer::*visit)(const NativeExplorer::Visit&) const) {
    const char more = 1, end = 0;
    (*explorer_.*visit)([&](const uint64_t* state) {
      to.Bytes(&more, 1);
      to.Bytes(state, bytes);
    });
    to.Bytes(&end, 1);
  };
  write(&NativeExplorer::VisitTable);
  write(&NativeExplorer::VisitCurrent);
  write(&NativeExplorer::VisitNext);
}

NativeResult NativeSearch::Resume(CheckpointReader& from, const StateBounds& bounds,
                                  std::function<bool(const SlowPath::Progress&)> go_on) {
  const std::size_t slots = system_.state_words();
  ranges_.resize(slots);
  for (SlotRange& range : ranges_) {
    range.low = static_cast<int64_t>(from.Number());
    range.high = static_cast<int64_t>(from.Number());
    if (range.low > range.high) from.Refuse("is damaged: a range in it is none");
  }
  const FactOffsets offsets = OffsetsOfFacts(program_);
  const auto facts = [&](std::vector<uint8_t>& to, std::size_t count) {
    to.clear();
    for (const uint64_t fact : from.List<uint64_t>(count)) to.push_back(fact != 0 ? 1 : 0);
    if (to.size() != count) from.Refuse("is damaged: it is not about all of the program");
  };
  facts(seen_, offsets.point_count);
  facts(passed_, offsets.instruction_count);
  facts(cut_, offsets.instruction_count);
  facts(own_, offsets.instruction_count);
  // What properties say of the states is found out again.
  for (std::vector<uint8_t>* found_again : {&reached_, &antecedent_}) {
    facts(*found_again, program_.properties.size());
    std::fill(found_again->begin(), found_again->end(), 0);
  }
  for (std::size_t c = 0; c < program_.codes.size(); ++c) {
    for (std::size_t i = 0; i < program_.codes[c].instructions.size(); ++i) {
      const Instruction& what = program_.codes[c].instructions[i];
      const std::size_t at = offsets.instructions[c] + i;
      const bool can_be = (CanCut(what) || (passed_[at] == 0 && cut_[at] == 0)) &&
                          (CanBeOwn(what) || own_[at] == 0);
      if (!can_be) from.Refuse("is damaged: it says of an instruction what cannot be");
    }
  }
  saw_mark_ = from.NumberUpTo(1) != 0;
  NativeResult result;
  result.transitions = from.NumberUpTo(kMostTransitions);
  result.depth = from.Number();
  result.misfits.resize(from.NumberUpTo(slots));
  for (NativeResult::Misfit& misfit : result.misfits) {
    misfit.slot = static_cast<uint32_t>(from.NumberUpTo(slots - 1));
    misfit.values.low = static_cast<int64_t>(from.Number());
    misfit.values.high = static_cast<int64_t>(from.Number());
    if (misfit.values.low > misfit.values.high) from.Refuse("is damaged: a range in it is none");
  }
  NativeExplorer::Aside aside;
  const auto whole_state = [&] {
    std::vector<int64_t> state = from.List<int64_t>(slots);
    if (state.size() != slots || !bounds.Holds(state))
      from.Refuse("is damaged: a state in it is none");
    return state;
  };
  for (uint64_t left = from.Number(); left > 0; --left) aside.all.insert(whole_state());
  for (uint64_t left = from.Number(); left > 0; --left) aside.current.push_back(whole_state());
  for (uint64_t left = from.Number(); left > 0; --left) aside.next.push_back(whole_state());
  for (const auto* states : {&aside.current, &aside.next}) {
    for (const std::vector<int64_t>& state : *states) {
      if (aside.all.count(state) == 0) from.Refuse("is damaged: a state in it was never found");
    }
  }
  if (HasNativeSteps(program_)) {
    StartCompiling();
    FinishCompiling();
  }
  if (cancel_) throw Interrupted();
  if (steps_ == nullptr || !is_possible_) {
    throw CheckpointError("a search with compiled steps cannot go on without them: " + failure_);
  }
  return Search(std::move(go_on), [&](NativeExplorer& explorer) {
    std::vector<uint64_t> state(layout_->words(), 0);
    std::vector<int64_t> unpacked(slots);
    const auto is_judged_fine = [&](const std::vector<int64_t>& whole) {
      std::vector<Violation> violations;
      judge_.JudgeState(whole.data(), violations);
      return violations.empty();
    };
    uint64_t stored = aside.all.size();
    const auto read = [&](void (NativeExplorer::*restore)(const uint64_t*), bool judges) {
      for (;; stored += judges ? 1 : 0) {
        char more = 0;
        from.Bytes(&more, 1);
        if (more == 0) return;
        from.Bytes(state.data(), layout_->bytes());
        layout_->Unpack(state.data(), unpacked.data());
        // Packed again it must be the same: no bit of it means nothing.
        std::vector<uint64_t> packed(state.size(), 0);
        const bool is_state = bounds.Holds(unpacked) &&
                              layout_->Pack(unpacked.data(), packed.data()) < 0 && packed == state;
        if (!is_state) from.Refuse("is damaged: a state in it is none");
        const bool is_fine =
            !judges || steps_->Broken(state.data()) == 0 || is_judged_fine(unpacked);
        if (!is_fine) from.Refuse("is damaged: a state in it would have ended the search");
        (explorer.*restore)(state.data());
      }
    };
    for (const std::vector<int64_t>& whole : aside.all) {
      if (!is_judged_fine(whole))
        from.Refuse("is damaged: a state in it would have ended the search");
      AddMisfits(*layout_, whole.data(), result.misfits);
    }
    read(&NativeExplorer::RestoreStored, true);
    read(&NativeExplorer::RestoreCurrent, false);
    read(&NativeExplorer::RestoreNext, false);
    from.Finish();
    if (result.depth > stored) from.Refuse("is damaged: it does not say where the search stood");
    explorer.Restored(std::move(aside), result);
  });
}

void NativeSearch::AddFacts() {
  const NativeFacts facts = steps_->facts();
  const FactOffsets offsets = OffsetsOfFacts(program_);
  const auto add = [](std::vector<uint8_t>& to, const uint8_t* from, std::size_t count) {
    to.resize(count);
    for (std::size_t i = 0; i < count; ++i) to[i] |= from[i];
  };
  add(seen_, facts.seen, offsets.point_count);
  add(passed_, facts.passed, offsets.instruction_count);
  add(cut_, facts.cut, offsets.instruction_count);
  add(own_, facts.own, offsets.instruction_count);
  add(reached_, facts.reached, program_.properties.size());
  add(antecedent_, facts.antecedent, program_.properties.size());
  saw_mark_ = saw_mark_ || facts.saw_mark;
  for (std::size_t c = 0; c < reduced_->passed().size(); ++c) {
    for (std::size_t point = 0; point < reduced_->passed()[c].size(); ++point) {
      if (reduced_->passed()[c][point]) seen_[offsets.points[c] + point] = 1;
    }
  }
}

NativeFacts NativeSearch::facts() const {
  return {seen_.data(),    passed_.data(),     cut_.data(), own_.data(),
          reached_.data(), antecedent_.data(), saw_mark_};
}

}  // namespace interleave
