// Writes a search to a checkpoint, and reads it back.
//
// The hash of a checkpoint says that it is what was written, not who wrote it. So all that is read
// is looked at as if somebody had made it up: states must be within the bounds of states, numbers
// must agree with each other, the initial states are made again, and what properties say of the
// states is found out again instead of being believed. What cannot be found out, short of searching
// again, is that no state is missing.

#include <algorithm>

#include "model/search/search.h"
#include "model/search/state_bounds.h"
#include "sim/program/clock.h"

namespace interleave {
namespace {

bool IsFine(const Successor& successor) {
  return successor.status == StepStatus::kOk && successor.violated_observer < 0 &&
         !successor.observer_full;
}

}  // namespace

void WriteHead(const Program& program, Order order, const Reductions& reduce,
               CheckpointWriter& to) {
  to.Number(SearchHash(program));
  to.Number((order == Order::kDepthFirst ? 1U : 0U) | (reduce.partial_order ? 2U : 0U) |
            (reduce.symmetry ? 4U : 0U) | (reduce.trusts_locals ? 8U : 0U));
}

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

void Search::Pause(bool ends) {
  const double now = ElapsedSeconds();
  if (!ends && now - saved_at_ < options_.checkpoint_seconds) return;
  if (!probe.found().empty() || broken != PartialOrder::Broken::kNothing) return;
  const bool stands_somewhere = is_native_ ? native.can_be_saved() : explorer.is_started();
  if (!stands_somewhere) return;
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

void Search::SaveFacts(CheckpointWriter& to) const {
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

bool Search::LoadFacts(CheckpointReader& from) {
  const Program& program = system.program();
  const bool is_native = from.NumberUpTo(1) != 0;
  from.List<int64_t>(system.state_words());  // state 0, which is made again
  first.assign(system.state_words(), 0);
  reduced.ForEachInitial([&](const int64_t* initial, const Successor& successor) {
    if (!IsFine(successor)) return true;
    first.assign(initial, initial + first.size());
    return false;
  });
  constexpr uint64_t kLongest = 10'000;
  const std::vector<char> skipped = from.List<char>(kLongest);
  const bool is_text = std::none_of(skipped.begin(), skipped.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
  if (!is_text) from.Refuse("is damaged: a text in it is none");
  probe.AddSkipped({skipped.begin(), skipped.end()});
  std::vector<std::vector<bool>> seen;
  for (std::size_t c = 0; c < program.codes.size(); ++c) {
    const std::vector<Instruction>& instructions = program.codes[c].instructions;
    seen.push_back(from.List<bool>(program.codes[c].points.size()));
    const std::vector<uint64_t> uses = from.List<uint64_t>(instructions.size());
    if (seen.back().size() != program.codes[c].points.size() ||
        uses.size() != instructions.size()) {
      from.Refuse("is damaged: it is not about all of the program");
    }
    std::vector<uint8_t> passed, cut;
    for (std::size_t i = 0; i < uses.size(); ++i) {
      const uint64_t can_be =
          (CanCut(instructions[i]) ? 3U : 0U) | (CanBeOwn(instructions[i]) ? 4U : 0U);
      if ((uses[i] & ~can_be) != 0) {
        from.Refuse("is damaged: it says of an instruction what cannot be");
      }
      passed.push_back(uses[i] & 1);
      cut.push_back(uses[i] & 2);
      if ((uses[i] & 4) != 0) system.stepper().AddOwnUse(static_cast<int>(c), i);
    }
    system.stepper().AddAssumeUse(static_cast<int>(c), passed.data(), cut.data());
  }
  probe.AddSeen(seen);
  // What properties say of the states is found out again (LoadPosition, NativeSearch::Resume).
  from.List<uint8_t>(program.properties.size());
  from.NumberUpTo(1);
  if (from.NumberUpTo(1) != 0) system.stepper().AddMark();
  return is_native;
}

void Search::SavePosition(CheckpointWriter& to) const {
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

bool Search::HasInitialStates(uint32_t count) {
  uint32_t met = 0;
  bool agrees = true;
  reduced.ForEachInitial([&](const int64_t* initial, const Successor& successor) {
    if (!IsFine(successor)) return true;
    const uint32_t number = store->Find(initial);
    agrees = number <= met && number < count;
    if (number == met) ++met;
    return agrees;
  });
  return agrees && met == count;
}

Explorer<ReducedSystem, CheckProbe>::Position Search::LoadPosition(CheckpointReader& from) {
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
  const StateBounds bounds(system.program(), judge.layouts());
  std::vector<Violation> violations;
  for (uint64_t number = 0; number < count; ++number) {
    const std::vector<int64_t> state = from.List<int64_t>(system.state_words());
    if (state.size() != system.state_words() || !bounds.Holds(state)) {
      from.Refuse("is damaged: a state in it is none");
    }
    if (!store->Insert(state.data()).is_new) from.Refuse("is damaged: a state is in it twice");
    judge.JudgeState(state.data(), violations);
    if (!violations.empty()) from.Refuse("is damaged: a state in it would have ended the search");
  }
  from.Finish();
  if (store->size() != count || position.next_number > count ||
      position.counts.transitions > kMostTransitions) {
    from.Refuse("is damaged: its states are not as many as they should be");
  }
  const std::vector<uint32_t>& levels = position.level_starts;
  const bool are_levels = levels.size() >= 2 && levels.front() == 0 && levels.back() <= count &&
                          std::is_sorted(levels.begin(), levels.end());
  // Breadth-first, the next state is one of the last level that was begun.
  const ExploreCounts& counts = position.counts;
  const bool is_within = order_ == Order::kDepthFirst
                             ? counts.depth <= count
                             : are_levels && position.depth == levels.size() - 2 &&
                                   position.next_number >= levels[levels.size() - 2] &&
                                   position.next_number <= levels.back() &&
                                   counts.depth == position.depth &&
                                   counts.expanded == position.next_number;
  const bool is_stack = std::all_of(position.stack.begin(), position.stack.end(),
                                    [&](const auto& entry) { return entry.first < count; });
  if (!are_levels || !is_within || !is_stack || !HasInitialStates(levels[1])) {
    from.Refuse("is damaged: it does not say where the search stood");
  }
  return position;
}

}  // namespace interleave
