#include "model/search/search.h"

#include <algorithm>

namespace interleave {
namespace {

std::vector<int64_t> BaseState(const Program& program, std::size_t words) {
  std::vector<int64_t> state(words, 0);
  std::copy(program.initial.begin(), program.initial.end(), state.begin());
  return state;
}

}  // namespace

std::vector<SlotHint> Hints(const Program& program, std::size_t words) {
  constexpr uint32_t kSmallArray = 16;
  std::vector<SlotHint> hints(words);
  for (std::size_t slot = 0; slot < words; ++slot) {
    hints[slot].low = hints[slot].high = slot < program.initial.size() ? program.initial[slot] : 0;
  }
  uint32_t group = 0;
  for (const MemoryObject& object : program.objects) {
    ++group;
    if (object.kind != nullptr) continue;
    const auto is_in = object.cells > kSmallArray ? &SlotHint::array : &SlotHint::group;
    for (uint32_t i = 0; i < object.cells; ++i) hints[object.base + i].*is_in = group;
    if (object.written_base == 0 || object.cells <= kSmallArray) continue;
    ++group;
    for (uint32_t i = 0; i < object.cells; ++i) {
      if (program.slots[object.base + i].written != 0) {
        hints[program.slots[object.base + i].written].array = group;
      }
    }
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

Search::Search(const Program& program, const CheckOptions& options, Order order, uint64_t bound,
               const Reductions& reduce, const EngineOptions& engine, bool is_ordered)
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
      store(MakeStore()),
      native(program, order == Order::kBreadthFirst && !program.forks() ? engine : kInterpretedOnly,
             judge, system, partial_order.get(), symmetry.get(),
             Hints(program, system.state_words())),
      probe(program, system, *store, judge, options_, order, bound, &native, reduced),
      explorer(reduced, *store, probe) {
  if (is_ordered) native.set_ordered();
}

std::unique_ptr<StateStore> Search::MakeStore() const {
  const Program& program = system.program();
  return std::make_unique<StateStore>(BaseState(program, system.state_words()),
                                      Hints(program, system.state_words()));
}

void Search::Run(CheckpointReader* resumed) {
  Begin begun;
  saved_at_ = begun.elapsed;
  const auto may_wait = [this] { return probe.MayWait(); };
  native.set_may_wait(may_wait);
  system.stepper().set_may_go_on(may_wait);
  judge.evaluator().set_may_go_on(may_wait);
  if (!options_.checkpoint.empty()) {
    probe.set_pause([this](bool ends) { Pause(ends); });
  }
  try {
    RunFrom(resumed, begun);
  } catch (const StepStopped&) {  // while a checkpoint was read
    probe.MeetLimits();
  }
  NoteTime(begun);
}

void Search::RunFrom(CheckpointReader* resumed, Begin& begun) {
  const bool goes_on_compiled = resumed != nullptr && LoadFacts(*resumed);
  if (goes_on_compiled) {
    ResumeNative(*resumed);
    return;
  }
  RunInterpreted(resumed);
  if (probe.native_takes_over()) RunNative(begun);
  probe.AddSeen(reduced.passed());
  if (reduced.broken() != PartialOrder::Broken::kNothing) broken = reduced.broken();
  if (broken != PartialOrder::Broken::kNothing) must_repeat = true;
}

void Search::RunInterpreted(CheckpointReader* resumed) {
  complete =
      resumed != nullptr ? explorer.Resume(order_, LoadPosition(*resumed)) : explorer.Run(order_);
  if (!options_.checkpoint.empty() && !probe.limit().empty()) Pause(true);
  NoteFirst();
  states = store->size();
  transitions = interpreted_steps = explorer.counts().transitions;
  interpreted_judgings = states;
  depth = explorer.counts().depth;
  state_bytes = store->state_bytes();
  memory_bytes = store->memory_bytes();
}

void Search::ResumeNative(CheckpointReader& resumed) {
  store.reset();
  is_native_ = true;
  const StateBounds bounds(system.program(), judge.layouts());
  EndNative(native.Resume(resumed, bounds,
                          [this](const SlowPath::Progress& now) { return GoesOn(now); }));
}

void Search::NoteTime(const Begin& begun) {
  seconds = CpuSeconds() - begun.cpu;
  elapsed_seconds = ElapsedSeconds() - begun.elapsed;
}

void Search::RunNative(Begin& begun) {
  const uint32_t initials = explorer.level_starts().at(1);
  is_native_ = true;
  const auto release_store = [&] {
    store.reset();
    begun = Begin();
  };
  const auto go_on = [this](const SlowPath::Progress& now) { return GoesOn(now); };
  probe.BeginAgain();
  EndNative(native.is_ordered() ? native.RunOrdered(*store, initials, Hooks(), release_store)
                                : native.Run(*store, initials, go_on, release_store));
}

OrderedHooks Search::Hooks() {
  OrderedHooks hooks;
  hooks.partial_order = partial_order.get();
  if (symmetry != nullptr) hooks.symmetry = &symmetry->plan();
  hooks.max_states = options_.max_states;
  hooks.on_level = [this](uint64_t level) { return probe.OnLevel(level); };
  hooks.judge = [this](const int64_t* state, uint64_t level) {
    try {
      probe.JudgeState(state, level);
    } catch (const StepStopped&) {
      probe.MeetLimits();
    }
  };
  hooks.expand = [this](const int64_t* state, uint64_t level,
                        const OrderedHooks::Successor& successor,
                        const std::function<bool()>& goes_on) -> uint64_t {
    try {
      const auto add = [&](const int64_t* next) {
        successor(next);
        return StateStore::kNone;
      };
      return ExpandWhile(reduced, probe, {0, state, level}, add, goes_on).value_or(0);
    } catch (const StepStopped&) {
      probe.MeetLimits();
      return 0;
    }
  };
  hooks.too_many = [this] { probe.MeetMostStates(); };
  hooks.stop = [this] { return probe.stop(); };
  hooks.known_broken = [this] {
    uint64_t known = 0;
    for (const auto& [rank, found] : probe.found()) {
      const bool is_property = found.violation.kind == Violation::Kind::kProperty;
      if (is_property) known |= PropertyBit(static_cast<std::size_t>(rank));
    }
    return known & ~kAskInterpreter;
  };
  const auto knows = [this](Violation::Kind kind) {
    return std::any_of(probe.found().begin(), probe.found().end(),
                       [&](const auto& found) { return found.second.violation.kind == kind; });
  };
  hooks.knows_error = [knows] { return knows(Violation::Kind::kError); };
  hooks.knows_deadlock = [knows] { return knows(Violation::Kind::kDeadlock); };
  hooks.go_on = [this](const SlowPath::Progress& now) { return GoesOn(now); };
  return hooks;
}

bool Search::GoesOn(const SlowPath::Progress& now) {
  too_many_ = !native.is_ordered() && now.states > options_.max_states;
  const bool goes_on =
      !too_many_ &&
      probe.MayGoOn(now.memory_bytes, {now.states, now.transitions, now.frontier, now.depth,
                                       now.memory_bytes, 0, "compiled steps"});
  if (!options_.checkpoint.empty()) Pause(!goes_on);
  return goes_on;
}

void Search::EndNative(const NativeResult& result) {
  // Where exactly the limit on states is met is said by a search in the interpreter's order.
  must_repeat = result.end == NativeResult::End::kGaveUp || too_many_ ||
                (!native.is_ordered() && result.states > options_.max_states);
  broken = result.broken;
  shortage = result.shortage;
  if (must_repeat) return;
  complete = result.end == NativeResult::End::kComplete;
  states = result.states;
  transitions = result.transitions;
  interpreted_steps = result.slow_steps;
  interpreted_judgings = result.slow_judgings;
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
    system.stepper().AddOwnUses(static_cast<int>(c), facts.own + offsets.instructions[c]);
  }
  if (facts.saw_mark) system.stepper().AddMark();
}

void Search::NoteFirst() {
  first.resize(system.state_words());
  if (store->size() > 0) store->Get(0, first.data());
}

}  // namespace interleave
