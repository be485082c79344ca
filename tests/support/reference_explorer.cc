#include "tests/support/reference_explorer.h"

#include <algorithm>
#include <utility>

namespace interleave {
namespace {

bool IsJudged(PropertyKind kind) {
  return kind == PropertyKind::kInvariant || kind == PropertyKind::kNever ||
         kind == PropertyKind::kReachable;
}

}  // namespace

Reference::Reference(const Program& program)
    : program_(program),
      stepper_(program),
      solo_(program),
      evaluator_(
          program,
          [this](const int64_t* state, int process) {
            return Waits({state, state + program_.state_size()}, process);
          },
          [this](const int64_t* state, int process) {
            return IsBlocked({state, state + program_.state_size()}, process);
          }),
      judged_evaluator_(program) {
  stepper_.set_log(&events_);
}

ReferenceOutcome Reference::Judge(std::size_t property, const std::vector<int64_t>& memory) {
  ReferenceOutcome outcome = evaluator_.EvaluateProperty(property, memory.data());
  ++cover_.judged;
  if (outcome.covered) return outcome;
  ++cover_.left_to_observer;
  ++cover_.not_covered[outcome.not_covered];
  const auto value = judged_evaluator_.Evaluate(program_.properties[property].code, memory.data());
  if (value)
    outcome.truth = *value != 0;
  else
    outcome.error = judged_evaluator_.error().kind;
  return outcome;
}

// What the observers of `property fifo`, `exactly_once` and `slots` say, on plain lists.
void Reference::Watch(ReferenceMove& move, const std::vector<Event>& events) {
  for (std::size_t i = 0; i < program_.properties.size(); ++i) {
    const Property& property = program_.properties[i];
    std::vector<int64_t>& list = move.next.watch[i];
    bool broken = false;
    for (const Event& event : events) {
      if (broken) break;
      if (property.kind == PropertyKind::kFifo || property.kind == PropertyKind::kExactlyOnce) {
        if (event.kind == Event::Kind::kProduced) {
          if (list.size() == static_cast<std::size_t>(program_.scenario->options.outstanding)) {
            move.full = true;
            break;
          }
          list.push_back(event.value);
          if (property.kind == PropertyKind::kExactlyOnce) std::sort(list.begin(), list.end());
        } else if (event.kind == Event::Kind::kConsumed) {
          auto at = list.begin();
          if (property.kind == PropertyKind::kExactlyOnce) {
            at = std::find(list.begin(), list.end(), event.value);
          }
          broken = at == list.end() || *at != event.value;
          if (!broken) list.erase(at);
        }
      } else if (property.kind == PropertyKind::kSlots) {
        const bool write = event.kind == Event::Kind::kWrite;
        if (!write && event.kind != Event::Kind::kRead) continue;
        const MemoryObject& array = program_.objects[static_cast<std::size_t>(property.object)];
        if (event.address < array.base || event.address >= array.base + array.cells) continue;
        int64_t& holds = list[event.address - array.base];
        broken = write == (holds == 1);
        holds = write ? 1 : 0;
      }
    }
    if (broken) move.broken.insert(static_cast<int>(i));
  }
}

std::vector<ReferenceMove> Reference::Outcomes(const ReferenceState& state, int process,
                                               bool start) {
  std::vector<ReferenceMove> moves;
  stepper_.FirstOutcome();
  do {
    ReferenceMove move;
    move.process = start ? -1 : process;
    move.next = state;
    events_.clear();
    move.status = start ? stepper_.StartIfThere(move.next.memory.data(), process)
                        : stepper_.Step(move.next.memory.data(), process);
    if (move.status == StepStatus::kBlocked || move.status == StepStatus::kCut) continue;
    move.decided = stepper_.decided();
    if (move.status == StepStatus::kError) {
      move.broken.insert(kErrorRank);
      move.error = stepper_.error().kind;
    }
    if (move.status == StepStatus::kOk) Watch(move, events_);
    moves.push_back(std::move(move));
  } while (stepper_.NextOutcome());
  if (stepper_.outcomes_left_out()) {
    moves.emplace_back();
    moves.back().process = start ? -1 : process;
    moves.back().status = StepStatus::kLocalLimit;
  }
  return moves;
}

std::vector<ReferenceMove> Reference::Starts() {
  ReferenceMove nothing;
  nothing.next.memory = program_.initial;
  for (const Property& property : program_.properties) {
    const bool slots = property.kind == PropertyKind::kSlots;
    nothing.next.watch.emplace_back(
        slots ? program_.objects[static_cast<std::size_t>(property.object)].cells : 0, 0);
  }
  std::vector<ReferenceMove> starts;
  StartFrom(0, nothing, starts);
  return starts;
}

void Reference::StartFrom(int process, const ReferenceMove& before,
                          std::vector<ReferenceMove>& starts) {
  if (process == program_.process_count()) {
    starts.push_back(before);
    return;
  }
  for (const ReferenceMove& move : Outcomes(before.next, process, true)) {
    if (move.status == StepStatus::kOk && move.broken.empty() && !move.full) {
      StartFrom(process + 1, move, starts);
    } else {
      starts.push_back(move);
    }
  }
}

std::vector<ReferenceMove> Reference::Moves(const ReferenceState& state) {
  std::vector<ReferenceMove> all;
  for (int p = 0; p < program_.process_count(); ++p) {
    if (IsDone(state.memory, p)) continue;
    for (ReferenceMove& move : Outcomes(state, p, false)) all.push_back(std::move(move));
  }
  return all;
}

bool Reference::IsDone(const std::vector<int64_t>& memory, int process) const {
  const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
  const auto point = static_cast<std::size_t>(memory[instance.point_slot]);
  return program_.CodeOf(process).points[point].standing != Standing::kAtAccess;
}

bool Reference::IsBlocked(const std::vector<int64_t>& memory, int process) {
  if (IsDone(memory, process)) return false;
  bool blocked = true;
  solo_.FirstOutcome();
  do {
    std::vector<int64_t> next = memory;
    if (solo_.Step(next.data(), process) != StepStatus::kBlocked) blocked = false;
  } while (solo_.NextOutcome());
  return blocked;
}

// "A process waits when, run alone, it never finishes, never fails and never changes the value of a
// shared object, whatever `choose` gives; ghosts do not count." A run that an assume cuts does not
// exist; where all are cut there is nobody to wait.
bool Reference::Waits(const std::vector<int64_t>& memory, int process) {
  if (IsDone(memory, process)) return false;
  std::set<std::vector<int64_t>> seen = {memory};
  std::vector<std::vector<int64_t>> work = {memory};
  std::vector<Event> events;
  solo_.set_log(&events);
  bool waits = true;
  while (!work.empty() && waits) {
    const std::vector<int64_t> from = work.back();
    work.pop_back();
    bool any = false;
    solo_.FirstOutcome();
    do {
      std::vector<int64_t> next = from;
      events.clear();
      const StepStatus status = solo_.Step(next.data(), process);
      if (status == StepStatus::kCut) continue;
      any = true;
      if (status == StepStatus::kBlocked) continue;
      if (status != StepStatus::kOk || IsDone(next, process)) waits = false;
      for (const Event& event : events) {
        using Kind = Event::Kind;
        if (event.kind == Kind::kWrite && event.value != event.old) waits = false;
      }
      for (std::size_t slot = 0; slot < program_.slots.size(); ++slot) {
        const Slot& info = program_.slots[slot];
        if (info.kind == SlotKind::kWritten && next[slot] != from[slot]) waits = false;
        const MemoryObject* object = program_.ObjectOf(static_cast<uint32_t>(slot));
        const bool of_kind = object != nullptr && HoldsObject(*object->symbol->type);
        if (of_kind && next[slot] != from[slot]) waits = false;
        const bool ghost = info.kind == SlotKind::kItems ||
                           (info.kind == SlotKind::kMemory &&
                            program_.objects[static_cast<std::size_t>(info.object)].symbol->kind ==
                                SymbolKind::kGhost);
        if (ghost) next[slot] = from[slot];
      }
      if (waits && seen.insert(next).second) work.push_back(next);
    } while (solo_.NextOutcome());
    if (!any) waits = false;
  }
  solo_.set_log(nullptr);
  return waits;
}

// "A process that is not a daemon is left, and every process left waits or is blocked."
bool Reference::IsDeadlock(const std::vector<int64_t>& memory) {
  bool somebody = false;
  bool all_wait = true;
  for (int p = 0; p < program_.process_count(); ++p) {
    if (IsDone(memory, p)) continue;
    if (!program_.IsDaemon(p)) somebody = true;
    if (all_wait && !Waits(memory, p) && !IsBlocked(memory, p)) all_wait = false;
  }
  return somebody && all_wait;
}

// "All processes but daemons are done, and every daemon is done, waits or is blocked."
bool Reference::IsComplete(const std::vector<int64_t>& memory) {
  for (int p = 0; p < program_.process_count(); ++p) {
    if (IsDone(memory, p)) continue;
    if (!program_.IsDaemon(p) || (!Waits(memory, p) && !IsBlocked(memory, p))) return false;
  }
  return true;
}

// "Two processes' next accesses touch the same plain shared location, one writes, and not both are
// inside `atomic`, `await` or guards."
bool Reference::HasRace(const std::vector<int64_t>& memory) {
  struct Access {
    int process;
    uint32_t address;
    bool write, guarded;
  };
  std::vector<Access> accesses;
  std::vector<Event> events;
  solo_.set_log(&events);
  for (int p = 0; p < program_.process_count(); ++p) {
    if (IsDone(memory, p)) continue;
    solo_.FirstOutcome();
    do {
      std::vector<int64_t> next = memory;
      events.clear();
      solo_.Step(next.data(), p);
      for (const Event& event : events) {
        const bool write = event.kind == Event::Kind::kWrite;
        if (!write && event.kind != Event::Kind::kRead) continue;
        const MemoryObject& object =
            program_.objects[static_cast<std::size_t>(program_.slots[event.address].object)];
        const Slot& slot = program_.slots[event.address];
        // What is mapped of a file is memory of the program, though the kernel has it.
        const bool is_kernels = object.kind != nullptr && slot.mapping == 0;
        if (is_kernels || object.symbol->is_atomic || slot.type->is_atomic()) continue;
        accesses.push_back({p, event.address, write, event.in_atomic});
      }
    } while (solo_.NextOutcome());
  }
  solo_.set_log(nullptr);
  for (const Access& a : accesses) {
    for (const Access& b : accesses) {
      if (a.process < b.process && a.address == b.address && (a.write || b.write) &&
          !(a.guarded && b.guarded)) {
        return true;
      }
    }
  }
  return false;
}

// Processes that stand in a section of this name.
int Reference::CountInside(const std::string& section, const std::vector<int64_t>& memory) const {
  int inside = 0;
  for (const ProcessInstance& process : program_.processes) {
    const ProcessCode& code = program_.codes[static_cast<std::size_t>(process.code)];
    const std::vector<NamedPlace>& sections = code.source->sections;
    const auto point = static_cast<std::size_t>(memory[process.point_slot]);
    for (std::size_t k = 0; k < sections.size(); ++k) {
      if (sections[k].name == section && code.points[point].sections[k]) ++inside;
    }
  }
  return inside;
}

std::set<int> Reference::Broken(const ReferenceState& state, std::set<ErrorKind>* errors) {
  std::set<int> broken;
  for (std::size_t i = 0; i < program_.properties.size(); ++i) {
    const Property& property = program_.properties[i];
    const int rank = static_cast<int>(i);
    if (IsJudged(property.kind)) {
      const ReferenceOutcome outcome = Judge(i, state.memory);
      if (outcome.error == ErrorKind::kDiverges) continue;  // a limit
      if (outcome.error != ErrorKind::kNone) {
        broken.insert(kErrorRank);
        if (errors != nullptr) errors->insert(outcome.error);
      } else if (property.kind != PropertyKind::kReachable &&
                 outcome.truth != (property.kind == PropertyKind::kInvariant)) {
        broken.insert(rank);
      }
    } else if (property.kind == PropertyKind::kMutualExclusion) {
      if (CountInside(property.section, state.memory) > 1) broken.insert(rank);
    } else if (property.kind == PropertyKind::kRace) {
      if (HasRace(state.memory)) broken.insert(rank);
    } else if (property.kind != PropertyKind::kSlots) {
      if (!state.watch[i].empty() && IsComplete(state.memory)) broken.insert(rank);
    }
  }
  if (IsDeadlock(state.memory)) broken.insert(kDeadlockRank);
  return broken;
}

std::set<int> Reference::Reached(const ReferenceState& state) {
  std::set<int> reached;
  for (std::size_t i = 0; i < program_.properties.size(); ++i) {
    if (program_.properties[i].kind != PropertyKind::kReachable) continue;
    const ReferenceOutcome outcome = Judge(i, state.memory);
    if (outcome.error == ErrorKind::kNone && outcome.truth) reached.insert(static_cast<int>(i));
  }
  return reached;
}

bool Reference::HasFatalAssume() const {
  for (std::size_t c = 0; c < program_.codes.size(); ++c) {
    for (const Stepper::AssumeUse& use : stepper_.assume_use(static_cast<int>(c))) {
      if (use.cut && !use.passed) return true;
    }
  }
  return false;
}

ReferenceResult ExploreByReference(const Program& program, std::size_t cap) {
  Reference reference(program);
  ReferenceResult result;
  for (std::size_t i = 0; i < program.properties.size(); ++i) {
    if (program.properties[i].kind == PropertyKind::kReachable) {
      result.unreached.insert(static_cast<int>(i));
    }
  }
  std::set<ReferenceState> seen;
  std::set<ReferenceState> layer;
  const auto broke = [&](int rank, uint64_t length, const std::set<ErrorKind>& errors) {
    ReferenceBreak& first =
        result.breaks.try_emplace(rank, ReferenceBreak{length, {}}).first->second;
    if (rank == kErrorRank && first.length == length) {
      first.errors.insert(errors.begin(), errors.end());
    }
  };
  const auto follow = [&](const ReferenceMove& move, uint64_t length) {
    if (move.is_limit()) result.complete = false;
    for (const int rank : move.broken) broke(rank, length, {move.error});
    if (move.status == StepStatus::kOk && !move.is_limit() && length > 0) ++result.transitions;
    if (!move.broken.empty() || move.is_limit()) return;
    if (!seen.insert(move.next).second) return;
    layer.insert(move.next);
    std::set<ErrorKind> errors;
    for (const int rank : reference.Broken(move.next, &errors)) broke(rank, length, errors);
    for (const int property : reference.Reached(move.next)) result.unreached.erase(property);
  };
  for (const ReferenceMove& start : reference.Starts()) follow(start, 0);
  for (uint64_t length = 1; !layer.empty(); ++length) {
    result.depth = length - 1;
    if (seen.size() > cap) {
      result.too_large = true;
      return result;
    }
    for (const ReferenceState& state : std::exchange(layer, {})) {
      for (const ReferenceMove& move : reference.Moves(state)) follow(move, length);
    }
  }
  result.states = seen.size();
  result.fatal_assume = reference.HasFatalAssume();
  result.cover = reference.cover();
  if (!result.complete) result.unreached.clear();
  return result;
}

std::optional<ReferenceRun> CanonicalByReference(const Program& program, int rank,
                                                 uint64_t length) {
  Reference reference(program);
  // The best run of each length to each state and process that moved last.
  using Run = std::pair<int, std::vector<int>>;
  std::map<std::pair<ReferenceState, int>, Run> runs;
  std::optional<Run> best;
  const auto better = [](std::optional<Run>& known, const Run& run) {
    if (!known || run < *known) known = run;
  };
  for (const ReferenceMove& start : reference.Starts()) {
    if (length == 0 && start.broken.contains(rank)) better(best, {});
    if (start.broken.empty() && !start.is_limit()) runs[{start.next, -1}] = {};
  }
  for (uint64_t step = 1; step <= length; ++step) {
    std::map<std::pair<ReferenceState, int>, Run> next_runs;
    for (const auto& [at, run] : runs) {
      for (const ReferenceMove& move : reference.Moves(at.first)) {
        Run longer = run;
        longer.first += at.second >= 0 && at.second != move.process;
        longer.second.push_back(move.process);
        if (step == length && move.broken.contains(rank)) better(best, longer);
        if (!move.broken.empty() || move.is_limit()) continue;
        const auto [it, fresh] = next_runs.emplace(std::pair(move.next, move.process), longer);
        if (!fresh && longer < it->second) it->second = longer;
      }
    }
    runs = std::move(next_runs);
  }
  for (const auto& [at, run] : runs) {
    if (best && *best <= run) continue;
    if (reference.Broken(at.first, nullptr).contains(rank)) best = run;
  }
  if (!best) return std::nullopt;
  return ReferenceRun{best->first, best->second};
}

}  // namespace interleave
