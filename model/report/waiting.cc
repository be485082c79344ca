// The addresses of stores are computed where they depend on constants and `self` alone
// (chopstick[(self + 1) % N] is one cell); else the whole object counts as written. Whether a store
// would help is tried out: the cell is changed in a copy of the state, and the waiter asked again.

#include "model/report/waiting.h"

#include <algorithm>
#include <optional>
#include <set>

#include "model/report/code_facts.h"

namespace interleave {
namespace {

using Kind = Event::Kind;

// The place whose condition blocks the program point at `at`.
uint32_t BlockingPlace(const ProcessCode& code, uint32_t at) {
  if (code.instructions[at].opcode == Opcode::kAtomicBegin) {
    for (uint32_t i = at; i < code.instructions.size(); ++i) {
      const Opcode opcode = code.instructions[i].opcode;
      if (opcode == Opcode::kBlockUnless || opcode == Opcode::kSelect || opcode == Opcode::kTake ||
          opcode == Opcode::kAppend) {
        return code.instructions[i].place;
      }
    }
  }
  return code.instructions[at].place;
}

// Values that `process` may store in `slot` from where it stands, as far as its code says: a
// constant, or what is there plus or minus a constant, some times over. `all` is set when it may
// store anything.
std::vector<int64_t> StoredValues(const Program& program, const int64_t* state, int process,
                                  uint32_t slot, bool* all) {
  constexpr int kTimes = 64;
  const ProcessInstance& instance = program.processes[static_cast<std::size_t>(process)];
  const ProcessCode& code = program.CodeOf(process);
  const FixedRegisters fixed(code, instance);
  const IntType type = IntTypeOf(*program.slots[slot].type);
  std::vector<int64_t> values;
  VisitReachable(code,
                 code.points[static_cast<std::size_t>(state[instance.point_slot])].instruction,
                 [&](const Instruction& i) {
                   if (i.opcode != Opcode::kStore) return;
                   const auto offset = fixed.Value(i.a);
                   if (!offset) {
                     const AddressRange range = ObjectAt(program, i.c);
                     const bool may_be =
                         (i.flags & kMayBeOwn) != 0 || (slot >= range.begin && slot < range.end);
                     if (may_be) *all = true;
                     return;
                   }
                   if (*offset + i.c != static_cast<int64_t>(slot)) return;
                   if (const auto value = fixed.Value(i.b)) {
                     values.push_back(*value);
                     return;
                   }
                   const auto change = fixed.Difference(i.b, slot);
                   if (!change || *change == 0) {
                     *all = true;
                     return;
                   }
                   int64_t value = state[slot];
                   for (int k = 0; k < kTimes; ++k) {
                     value += *change;
                     if (ConvertTo(type, value) != value)
                       break;  // it would wrap: nobody means that
                     values.push_back(value);
                   }
                 });
  return values;
}

// Whether `process` can store something in `slot` after which `waiter` no longer waits.
bool CanHelp(const Program& program, Observer& observer, const int64_t* state, int process,
             int waiter, uint32_t slot) {
  const Slot& info = program.slots[slot];
  if (info.kind != SlotKind::kMemory || info.type == nullptr ||
      program.objects[static_cast<std::size_t>(info.object)].is_queue) {
    return true;
  }
  bool all = false;
  const std::vector<int64_t> values = StoredValues(program, state, process, slot, &all);
  if (all) return true;
  std::vector<int64_t> changed(state, state + program.state_size());
  for (const int64_t value : values) {
    changed[slot] = value;
    if (!observer.Waits(changed.data(), waiter)) return true;
  }
  return false;
}

// The queues that a blocked append or take inside the step at `at` concerns.
void AddQueues(const Program& program, const ProcessCode& code, const FixedRegisters& fixed,
               uint32_t at, std::vector<uint32_t>& cells) {
  if (code.instructions[at].opcode == Opcode::kAtomicBegin) ++at;
  for (; at < code.instructions.size(); ++at) {
    const Instruction& i = code.instructions[at];
    if (i.opcode == Opcode::kTake || i.opcode == Opcode::kAppend) {
      if (const auto offset = fixed.Value(i.a)) {
        cells.push_back(static_cast<uint32_t>(*offset + i.c));
      } else {
        const AddressRange range = ObjectAt(program, i.c);
        const MemoryObject& object =
            program.objects[static_cast<std::size_t>(program.slots[i.c].object)];
        for (int64_t cell = range.begin; cell < range.end; cell += object.queue_stride) {
          cells.push_back(static_cast<uint32_t>(cell));
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

}  // namespace

std::vector<bool> MayWrite(const Program& program, const int64_t* state, int process) {
  std::vector<bool> cells(program.state_size(), false);
  const ProcessInstance& instance = program.processes[static_cast<std::size_t>(process)];
  const ProcessCode& code = program.CodeOf(process);
  const auto point = static_cast<std::size_t>(state[instance.point_slot]);
  if (point == 0) return cells;
  const FixedRegisters fixed(code, instance);
  VisitReachable(code, code.points[point].instruction, [&](const Instruction& i) {
    if (i.opcode != Opcode::kStore && i.opcode != Opcode::kAppend && i.opcode != Opcode::kTake) {
      return;
    }
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

WaitGraph FindWaiting(const Program& program, const int64_t* state, const History& history) {
  WaitGraph graph;
  Observer observer(program);
  std::vector<std::vector<bool>> may_write;
  may_write.reserve(program.processes.size());
  for (int p = 0; p < program.process_count(); ++p) {
    may_write.push_back(MayWrite(program, state, p));
  }
  for (int p = 0; p < program.process_count(); ++p) {
    if (observer.IsDone(state, p)) continue;
    const ProcessInstance& instance = program.processes[static_cast<std::size_t>(p)];
    const ProcessCode& code = program.CodeOf(p);
    Waiter waiter;
    waiter.process = p;
    WaitReason reason;
    waiter.waits = observer.ExplainWait(state, p, &reason);
    waiter.blocked = observer.IsBlocked(state, p);
    const uint32_t at =
        code.points[static_cast<std::size_t>(state[instance.point_slot])].instruction;
    // The condition it tests, where it tests one.
    const bool tests = !reason.blocked && reason.place != 0 && reason.place < code.places.size();
    const uint32_t place = waiter.blocked ? BlockingPlace(code, at)
                           : tests        ? reason.place
                                          : code.instructions[at].place;
    waiter.range = code.places[place].range;
    for (const Event& event : reason.reads) {
      if (std::find(waiter.cells.begin(), waiter.cells.end(), event.address) ==
          waiter.cells.end()) {
        waiter.cells.push_back(event.address);
      }
    }
    if (waiter.blocked) AddQueues(program, code, FixedRegisters(code, instance), at, waiter.cells);
    for (const uint32_t cell : waiter.cells) {
      const Slot& slot = program.slots[cell];
      const bool queue = slot.kind == SlotKind::kMemory &&
                         program.objects[static_cast<std::size_t>(slot.object)].is_queue;
      waiter.values.push_back({PlaceName(program, cell), queue ? QueueText(program, state, cell)
                                                               : CellText(program, state, cell)});
    }
    graph.waiters.push_back(std::move(waiter));
  }
  for (Waiter& waiter : graph.waiters) {
    std::set<int> any, able;
    for (const uint32_t cell : waiter.cells) {
      for (const Waiter& other : graph.waiters) {
        const int q = other.process;
        if (q == waiter.process || !may_write[static_cast<std::size_t>(q)][cell]) continue;
        // Who waits for nothing but this cell cannot be the first to change it.
        if (other.waits && other.cells == std::vector<uint32_t>{cell}) continue;
        any.insert(q);
        if (CanHelp(program, observer, state, q, waiter.process, cell)) able.insert(q);
      }
    }
    waiter.is_sure = able.empty() || able == any;
    const std::set<int>& others = able.empty() ? any : able;
    waiter.waits_for.assign(others.begin(), others.end());
    if (!others.empty()) waiter.waits_chiefly_for = *others.begin();
    const Access* last = history.LastBefore(history.accesses().size(), [&](const Access& access) {
      const Kind kind = access.event.kind;
      return (kind == Kind::kWrite || kind == Kind::kAppend || kind == Kind::kTake) &&
             others.count(access.process) == 1 &&
             std::find(waiter.cells.begin(), waiter.cells.end(), access.event.address) !=
                 waiter.cells.end();
    });
    if (last != nullptr) waiter.waits_chiefly_for = last->process;
  }
  graph.cycle = FindCycle(graph.waiters);
  return graph;
}

}  // namespace interleave
