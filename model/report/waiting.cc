// A store whose address is not known counts for the whole object. Whether a store would help is
// tried out: the cell is changed in a copy of the state, and the waiter asked again. That nobody
// can help is said only when all that the others may write was tried, together.

#include "model/report/waiting.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "model/report/code_facts.h"
#include "model/report/solo_run.h"

namespace interleave {
namespace {

using Kind = Event::Kind;

// The location whose condition blocks the program point at `at`.
uint32_t BlockingPlace(const ProcessCode& code, uint32_t at) {
  if (code.instructions[at].opcode == Opcode::kAtomicBegin) {
    for (uint32_t i = at; i < code.instructions.size(); ++i) {
      const Opcode opcode = code.instructions[i].opcode;
      if (opcode == Opcode::kBlockUnless || opcode == Opcode::kSelect) {
        return code.instructions[i].location;
      }
    }
  }
  return code.instructions[at].location;
}

// How far the code of a process is followed from where it stands.
enum class Reach : uint8_t {
  kFirstChange,  // as long as the cell holds what it does: what it keeps out does not come further
  kAny,
};

// What the code of a process may do to one cell or object from where it stands.
struct Effects {
  bool unknown = false;  // it may store anything
  std::vector<int64_t> values;
  std::vector<int64_t> changes;  // it adds them to what is there, any number of times
  struct Use {
    int process;
    uint32_t instruction;  // where the operation begins
  };
  std::vector<Use> operations;  // one use of each operation on the object
};

Effects EffectsOn(const Program& program, const int64_t* state, int process, uint32_t slot,
                  Reach reach) {
  const ProcessInstance& instance = program.processes[static_cast<std::size_t>(process)];
  const ProcessCode& code = program.CodeOf(process);
  Effects effects;
  const auto point = static_cast<std::size_t>(state[instance.point_slot]);
  if (!program.HasSteps(state, process)) return effects;
  const FixedRegisters fixed(code, instance);
  FixedRegisters before_change(code, instance);
  before_change.Know({slot, state[slot]}, code.points[point]);
  const auto note = [&](const Instruction& i) {
    const bool stores = i.opcode == Opcode::kStore;
    const bool operates = i.opcode == Opcode::kOperationBegin;
    if ((!stores && !operates) || (i.flags & kInOperation) != 0) return;
    const auto offset = fixed.Value(i.a);
    if (offset && *offset + i.c != static_cast<int64_t>(slot)) return;
    if (!offset) {
      const AddressRange range = ObjectAt(program, i.c);
      const bool anywhere =
          (i.flags & kMayBeOwn) != 0 || program.slots[i.c].kind != SlotKind::kMemory;
      if (!anywhere && (slot < range.begin || slot >= range.end)) return;
    }
    if (operates) {
      const auto operation = [&](uint32_t at) {
        return program.CodeOf(process).operations[code.instructions[at].b].operation;
      };
      const auto at = static_cast<uint32_t>(&i - code.instructions.data());
      const bool known = std::any_of(
          effects.operations.begin(), effects.operations.end(),
          [&](const Effects::Use& use) { return operation(use.instruction) == operation(at); });
      if (!known) effects.operations.push_back({process, at});
    } else if (const auto value = offset ? fixed.Value(i.b) : std::nullopt) {
      effects.values.push_back(*value);
    } else if (const auto change = offset ? fixed.Difference(i.b, slot) : std::nullopt) {
      if (*change != 0) effects.changes.push_back(*change);
    } else {
      effects.unknown = true;
    }
  };
  VisitReachable(code, code.points[point].instruction, note,
                 reach == Reach::kFirstChange ? &before_change : nullptr);
  return effects;
}

// The objects that a blocked operation inside the step at `at` concerns.
void AddObjects(const Program& program, const ProcessCode& code, const FixedRegisters& fixed,
                uint32_t at, std::vector<uint32_t>& cells) {
  if (code.instructions[at].opcode == Opcode::kAtomicBegin) ++at;
  for (; at < code.instructions.size(); ++at) {
    const Instruction& i = code.instructions[at];
    const bool operates = i.opcode == Opcode::kOperationBegin;
    if (operates && !program.operations[code.operations[i.b].operation].is_query) {
      if (const auto offset = fixed.Value(i.a)) {
        cells.push_back(static_cast<uint32_t>(*offset + i.c));
      } else {
        const MemoryObject& object = *program.ObjectOf(i.c);
        for (uint32_t cell = object.base; cell < object.base + object.cells;
             cell += object.stride) {
          cells.push_back(cell);
        }
      }
      return;
    }
    if (i.opcode == Opcode::kBlockUnless || i.opcode == Opcode::kAtomicEnd ||
        (i.flags & kStops) != 0) {
      return;
    }
  }
}

std::vector<int> FindCycle(const std::vector<Waiter>& waiters) {
  const auto next = [&](int process) {
    for (const Waiter& waiter : waiters) {
      if (waiter.process == process) return waiter.waits_chiefly_for;
    }
    return -1;
  };
  for (const Waiter& start : waiters) {
    std::vector<int> path;
    for (int p = start.process; p >= 0; p = next(p)) {
      const auto seen = std::find(path.begin(), path.end(), p);
      if (seen != path.end()) {
        std::vector<int> cycle(seen, path.end());
        std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
        return cycle;
      }
      path.push_back(p);
    }
  }
  return {};
}

// Where a process that waits ends up, and the cells and queues that keep it there.
struct Wait {
  bool waits = false;
  std::vector<uint32_t> cells;
  std::vector<uint32_t> all;  // with those that it reads on the way there
  std::size_t steps = 0;      // that were looked at
  SoloEnd end;
};

// What can be said of `Effects` on a cell for one who waits.
enum class Help : uint8_t {
  kNo,        // nothing that it may write ends the wait by itself
  kUnlikely,  // nothing of what was tried does; it may go on adding
  kMaybe,     // what it writes is not known, or brings the waiter to another condition
  kYes,       // something that it writes ends the wait
};

class WaitFinder {
 public:
  WaitFinder(const Program& program, const int64_t* state, History& history)
      : program_(program),
        state_(state),
        history_(history),
        evaluator_(program),
        stepper_(program) {}

  WaitGraph Find();

 private:
  Wait WaitOf(const int64_t* state, int process);
  Waiter Describe(int process);
  void FindHolders(Waiter& waiter);
  void FindHelpers(Waiter& waiter);
  int TookItself(const Waiter& waiter);
  Help HelpOf(const Effects& effects, int waiter, uint32_t slot);
  bool NothingHelps(int waiter);
  using Contents = std::vector<int64_t>;  // of a cell or an object
  std::optional<std::vector<Contents>> ContentsOf(uint32_t slot, int waiter);
  bool Operate(int64_t* state, const Effects::Use& use, uint32_t slot);
  bool CanChange(uint32_t slot, const Effects& effects);

  const Program& program_;
  const int64_t* state_;
  History& history_;
  Evaluator evaluator_;
  Stepper stepper_;
  std::vector<std::optional<Wait>> waits_;    // by process; none: it is done
  std::vector<std::vector<bool>> may_write_;  // by process
};

void AddOnce(std::vector<uint32_t>& cells, uint32_t cell) {
  if (std::find(cells.begin(), cells.end(), cell) == cells.end()) cells.push_back(cell);
}

Wait WaitFinder::WaitOf(const int64_t* state, int process) {
  const ProcessCode& code = program_.CodeOf(process);
  WaitReason reason;
  Wait wait;
  wait.waits = evaluator_.ExplainWait(state, process, &reason);
  if (wait.waits) wait.end = FindSoloEnd(reason, history_.FlowOf(process));
  for (const Event& event : wait.end.reads) AddOnce(wait.cells, event.address);
  const FixedRegisters fixed(code, program_.processes[static_cast<std::size_t>(process)]);
  for (const uint32_t point : wait.end.blocked) {
    AddObjects(program_, code, fixed, code.points[point].instruction, wait.cells);
  }
  wait.steps = reason.steps.size();
  wait.all = wait.cells;
  for (const SoloStep& step : reason.steps) {
    for (const Event& event : step.events) {
      if (event.kind == Kind::kRead) AddOnce(wait.all, event.address);
    }
  }
  return wait;
}

Waiter WaitFinder::Describe(int process) {
  const ProcessCode& code = program_.CodeOf(process);
  const Wait& wait = *waits_[static_cast<std::size_t>(process)];
  Waiter waiter;
  waiter.process = process;
  waiter.waits = wait.waits;
  waiter.blocked = evaluator_.IsBlocked(state_, process);
  waiter.least_steps = wait.end.least;
  waiter.most_steps = wait.end.most;
  const auto add = [&](uint32_t location, bool blocked) {
    const SourceRange range = code.locations[location].range;
    const CodeLocation own = code.InOwnText(code.locations[location]);
    for (const WaitPoint& known : waiter.points) {
      if (known.range.begin == range.begin && known.range.end == range.end &&
          known.own.range.begin == own.range.begin) {
        return;
      }
    }
    waiter.points.push_back({range, own, blocked});
  };
  for (const uint32_t location : wait.end.conditions) add(location, false);
  for (const uint32_t point : wait.end.blocked) {
    add(BlockingPlace(code, code.points[point].instruction), true);
  }
  if (waiter.points.empty()) {  // nobody knows: a limit was met
    const auto point = static_cast<std::size_t>(
        state_[program_.processes[static_cast<std::size_t>(process)].point_slot]);
    add(code.instructions[code.points[point].instruction].location, waiter.blocked);
  }
  std::stable_sort(waiter.points.begin(), waiter.points.end(),
                   [](const WaitPoint& a, const WaitPoint& b) {
                     if (a.blocked != b.blocked) return b.blocked;
                     return a.range.begin < b.range.begin;
                   });
  waiter.cells = wait.cells;
  for (const uint32_t cell : waiter.cells) {
    waiter.values.push_back({PlaceName(program_, cell), StartsObject(program_, cell)
                                                            ? ObjectText(program_, state_, cell)
                                                            : CellText(program_, state_, cell)});
  }
  FindHolders(waiter);
  return waiter;
}

// Who has another end of what a blocked operation is about.
void WaitFinder::FindHolders(Waiter& waiter) {
  const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(waiter.process)];
  const ProcessCode& code = program_.CodeOf(waiter.process);
  const ProgramPoint& point =
      code.points[static_cast<std::size_t>(program_.PointOf(state_, waiter.process))];
  const Instruction& begin = code.instructions[point.instruction];
  if (!waiter.blocked || begin.opcode != Opcode::kOperationBegin) return;
  const OperationUse& use = code.operations[begin.b];
  const Operation& operation = program_.operations[use.operation];
  if (operation.words == nullptr || operation.words->held.empty()) return;
  const OperationWords& words = *operation.words;
  waiter.held = words.held;
  const Member* const member = operation.kind().FindMember(words.holders);
  const Member* const leads_to = operation.kind().FindMember(words.leads_to);
  const Member* const as = operation.kind().FindMember(words.as);
  std::vector<int64_t> after(state_, state_ + program_.state_size());
  stepper_.FirstOutcome();
  if (member == nullptr || leads_to == nullptr || as == nullptr || use.argument_count == 0 ||
      stepper_.Step(after.data(), waiter.process) != StepStatus::kBlocked) {
    return;
  }
  // What the step left in its registers.
  const std::vector<int64_t>& r = stepper_.registers(instance.code);
  const int64_t* const object = state_ + r[begin.a] + begin.c;
  const int64_t each = member->type->count / (program_.process_count() + 1);
  const int64_t named = r[use.arguments[0]];
  if (named < 0 || named >= each) return;
  const auto cell = [&](int process, int64_t number) {
    return object[member->cell_offset + (process + 1) * each + number];
  };
  const auto at = [&](const Member& array, int64_t number) {
    return number < 0 || number >= array.type->count ? 0 : object[array.cell_offset + number];
  };
  const int64_t wanted = at(*leads_to, cell(waiter.process, named));
  for (int p = 0; p < program_.process_count(); ++p) {
    bool holds = false;
    for (int64_t k = 0; k < each; ++k) {
      const int64_t number = cell(p, k);
      holds = holds || (at(*leads_to, number) == wanted && at(*as, number) != 0);
    }
    if (holds) waiter.holders.push_back(p);
  }
}

// Whether the operation can be made in `state` and changes memory; then it is made.
bool WaitFinder::Operate(int64_t* state, const Effects::Use& use, uint32_t slot) {
  std::vector<int64_t> after(state, state + program_.state_size());
  stepper_.FirstOutcome();
  const StepStatus status = stepper_.Operate(after.data(), use.process, use.instruction, slot);
  if (status != StepStatus::kOk || !stepper_.changed_shared()) return false;
  std::copy(after.begin(), after.end(), state);
  return true;
}

// Whether any of that can be the first to change the cell.
bool WaitFinder::CanChange(uint32_t slot, const Effects& effects) {
  for (const Effects::Use& use : effects.operations) {
    std::vector<int64_t> state(state_, state_ + program_.state_size());
    if (Operate(state.data(), use, slot)) return true;
  }
  return effects.unknown || !effects.changes.empty() ||
         std::any_of(effects.values.begin(), effects.values.end(),
                     [&](int64_t value) { return value != state_[slot]; });
}

Help WaitFinder::HelpOf(const Effects& effects, int waiter, uint32_t slot) {
  constexpr int kTimes = 64;
  constexpr int kMostOperations = 1024;
  constexpr std::size_t kManySteps = 10'000;
  const Wait& wait = *waits_[static_cast<std::size_t>(waiter)];
  std::vector<int64_t> changed;
  bool moves = wait.steps > kManySteps;  // that is not found out, to save time
  const auto ends_in = [&] {
    if (!evaluator_.Waits(changed.data(), waiter)) return true;
    if (!moves) moves = WaitOf(changed.data(), waiter).cells != wait.cells;
    return false;
  };
  const auto ends = [&](int64_t value) {
    changed.assign(state_, state_ + program_.state_size());
    changed[slot] = value;
    return ends_in();
  };
  bool yes = false, more = false;
  if (StartsObject(program_, slot)) {
    // An operation is tried again and again, with 0 where its arguments are not known.
    for (const Effects::Use& use : effects.operations) {
      changed.assign(state_, state_ + program_.state_size());
      for (int k = 0; k < kMostOperations && !yes && Operate(changed.data(), use, slot); ++k) {
        yes = ends_in();
      }
      const ProcessCode& code = program_.CodeOf(use.process);
      moves = moves || code.operations[code.instructions[use.instruction].b].argument_count > 0;
    }
  } else {
    const IntType type = IntTypeOf(*program_.slots[slot].type);
    for (const int64_t value : effects.values) yes = yes || ends(value);
    for (const int64_t change : effects.changes) {
      more = true;
      int64_t value = state_[slot];
      for (int k = 0; k < kTimes && !yes; ++k) {
        value += change;
        if (ConvertTo(type, value) != value) break;  // it would wrap: nobody means that
        yes = ends(value);
      }
    }
  }
  if (evaluator_.met_solo_limit()) return Help::kMaybe;  // else `yes` may only mean that
  if (yes) return Help::kYes;
  if (moves || effects.unknown) return Help::kMaybe;
  return more ? Help::kUnlikely : Help::kNo;
}

// All that may come to stand in a cell or in an object while `waiter` does nothing; none when that
// is not known.
std::optional<std::vector<WaitFinder::Contents>> WaitFinder::ContentsOf(uint32_t slot, int waiter) {
  constexpr std::size_t kMost = 512;
  const uint32_t cells = CellsOfPlace(program_, slot);
  std::set<Contents> known = {Contents(state_ + slot, state_ + slot + cells)};
  std::vector<Contents> work(known.begin(), known.end());
  std::vector<Effects::Use> operations;
  for (int q = 0; q < program_.process_count(); ++q) {
    if (q == waiter) continue;
    const Effects effects = EffectsOn(program_, state_, q, slot, Reach::kAny);
    if (effects.unknown || !effects.changes.empty()) return std::nullopt;
    for (const int64_t value : effects.values) known.insert({value});
    for (const Effects::Use& use : effects.operations) {
      const ProcessCode& code = program_.CodeOf(q);
      const OperationUse& operation = code.operations[code.instructions[use.instruction].b];
      if (operation.argument_count > 0) return std::nullopt;
      operations.push_back(use);
    }
  }
  std::vector<int64_t> state(state_, state_ + program_.state_size());
  while (!work.empty() && known.size() <= kMost) {
    const Contents from = std::move(work.back());
    work.pop_back();
    for (const Effects::Use& use : operations) {
      std::copy(from.begin(), from.end(), state.begin() + slot);
      if (!Operate(state.data(), use, slot)) continue;
      Contents next(state.begin() + slot, state.begin() + slot + cells);
      if (known.insert(next).second) work.push_back(std::move(next));
    }
  }
  if (known.size() > kMost) return std::nullopt;
  return std::vector<Contents>(known.begin(), known.end());
}

// Whether `waiter`, which is blocked, stays so whatever the others may still write, in whatever
// order. False also where that is not known.
bool WaitFinder::NothingHelps(int waiter) {
  constexpr std::size_t kMost = 512;
  if (!evaluator_.IsBlocked(state_, waiter)) return false;  // else what it has read matters
  std::vector<uint32_t> cells = waits_[static_cast<std::size_t>(waiter)]->cells;
  for (std::size_t known = 0; known != cells.size();) {
    known = cells.size();
    std::vector<std::vector<Contents>> values;
    std::size_t combinations = 1;
    for (const uint32_t cell : cells) {
      auto of_cell = ContentsOf(cell, waiter);
      if (!of_cell || combinations * of_cell->size() > kMost) return false;
      combinations *= of_cell->size();
      values.push_back(std::move(*of_cell));
    }
    std::vector<int64_t> changed;
    for (std::size_t number = 0; number < combinations; ++number) {
      changed.assign(state_, state_ + program_.state_size());
      std::size_t rest = number;
      for (std::size_t i = 0; i < known; ++i) {
        const Contents& contents = values[i][rest % values[i].size()];
        std::copy(contents.begin(), contents.end(), changed.begin() + cells[i]);
        rest /= values[i].size();
      }
      if (!evaluator_.IsBlocked(changed.data(), waiter)) return false;
      for (const uint32_t cell : WaitOf(changed.data(), waiter).cells) AddOnce(cells, cell);
    }
  }
  return true;
}

void WaitFinder::FindHelpers(Waiter& waiter) {
  std::map<int, Help> helps;
  for (const uint32_t cell : waiter.cells) {
    for (int q = 0; q < program_.process_count(); ++q) {
      const std::optional<Wait>& other = waits_[static_cast<std::size_t>(q)];
      if (q == waiter.process || !may_write_[static_cast<std::size_t>(q)][cell]) continue;
      // Who waits for nothing but this cell cannot be the first to change it.
      if (other->waits && other->all == std::vector<uint32_t>{cell}) continue;
      const Effects effects = EffectsOn(program_, state_, q, cell, Reach::kFirstChange);
      if (!CanChange(cell, effects)) continue;
      const Help help = HelpOf(effects, waiter.process, cell);
      const auto [known, is_new] = helps.emplace(q, help);
      if (!is_new) known->second = std::max(known->second, help);
    }
  }
  std::set<int> hopeful;
  bool sure = false;
  for (const auto& [q, help] : helps) {
    waiter.writers.push_back(q);
    if (help >= Help::kMaybe) hopeful.insert(q);
    sure = sure || help == Help::kYes;
  }
  if (helps.empty()) {
    waiter.prospect = Prospect::kNobodyWrites;
    waiter.took_at = TookItself(waiter);
  } else if (hopeful.empty() && NothingHelps(waiter.process)) {
    waiter.prospect = Prospect::kNothingHelps;
  } else {
    waiter.prospect = sure ? Prospect::kMayHelp : Prospect::kMayWrite;
    if (hopeful.empty()) hopeful.insert(waiter.writers.begin(), waiter.writers.end());
    waiter.waits_for.assign(hopeful.begin(), hopeful.end());
    waiter.waits_chiefly_for = waiter.waits_for[0];
  }
  const Access* last = history_.LastBefore(history_.accesses().size(), [&](const Access& access) {
    return access.event.may_change() && hopeful.count(access.process) == 1 &&
           std::find(waiter.cells.begin(), waiter.cells.end(), access.event.address) !=
               waiter.cells.end();
  });
  if (last != nullptr) waiter.waits_chiefly_for = last->process;
}

// The step at which the waiter made what it waits for so, if it would undo that further on; -1: it
// did not.
int WaitFinder::TookItself(const Waiter& waiter) {
  for (const uint32_t cell : waiter.cells) {
    const Access* last = history_.LastBefore(history_.accesses().size(), [&](const Access& access) {
      return access.event.may_change() && access.event.address == cell;
    });
    if (last == nullptr || last->process != waiter.process) continue;
    const Effects effects = EffectsOn(program_, state_, waiter.process, cell, Reach::kAny);
    if (CanChange(cell, effects) && HelpOf(effects, waiter.process, cell) == Help::kYes)
      return last->step;
  }
  return -1;
}

WaitGraph WaitFinder::Find() {
  WaitGraph graph;
  for (int p = 0; p < program_.process_count(); ++p) {
    waits_.emplace_back();
    may_write_.push_back(MayWrite(program_, state_, p));
    if (program_.HasSteps(state_, p)) waits_.back() = WaitOf(state_, p);
  }
  for (int p = 0; p < program_.process_count(); ++p) {
    if (waits_[static_cast<std::size_t>(p)]) graph.waiters.push_back(Describe(p));
  }
  for (Waiter& waiter : graph.waiters) FindHelpers(waiter);
  graph.cycle = FindCycle(graph.waiters);
  return graph;
}

}  // namespace

std::vector<bool> MayWrite(const Program& program, const int64_t* state, int process) {
  std::vector<bool> cells(program.state_size(), false);
  const ProcessInstance& instance = program.processes[static_cast<std::size_t>(process)];
  const ProcessCode& code = program.CodeOf(process);
  const auto point = static_cast<std::size_t>(state[instance.point_slot]);
  if (!program.HasSteps(state, process)) return cells;
  const FixedRegisters fixed(code, instance);
  VisitReachable(code, code.points[point].instruction, [&](const Instruction& i) {
    if (i.opcode != Opcode::kStore && i.opcode != Opcode::kOperationBegin) return;
    if ((i.flags & kInOperation) != 0) return;
    if (const auto offset = fixed.Value(i.a)) {
      const int64_t address = *offset + i.c;
      if (address > 0 && address < static_cast<int64_t>(cells.size())) {
        cells[static_cast<std::size_t>(address)] = true;
      }
    } else if ((i.flags & kMayBeOwn) != 0 || program.slots[i.c].kind != SlotKind::kMemory) {
      for (std::size_t slot = 0; slot < cells.size(); ++slot) {  // through a pointer: anything
        if (program.slots[slot].kind == SlotKind::kMemory) cells[slot] = true;
      }
    } else {
      const AddressRange range = ObjectAt(program, i.c);
      for (int64_t slot = range.begin; slot < range.end; ++slot) {
        cells[static_cast<std::size_t>(slot)] = true;
      }
    }
  });
  return cells;
}

WaitGraph FindWaiting(const Program& program, const int64_t* state, History& history) {
  return WaitFinder(program, state, history).Find();
}

}  // namespace interleave
