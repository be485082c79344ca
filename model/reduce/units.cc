// A footprint has 64 bits: one for the marks, the others for cells, or for queues as a whole. Where
// there are more cells than bits, the cells of the largest objects share bits in turn. Then steps
// seem to conflict that do not, which costs reduction and never soundness.

#include "model/reduce/units.h"

#include <algorithm>

namespace interleave {
namespace {

// What takes part in the order of steps: each cell of an object, or each object of a kind as one.
uint32_t PartsOf(const MemoryObject& object) { return object.cells / object.stride; }

// The plain cells that some code may write outside atomic.
void FindRaces(const Program& program, std::vector<uint8_t>& may_race) {
  for (const ProcessCode& code : program.codes) {
    for (const Instruction& i : code.instructions) {
      if (i.opcode != Opcode::kStore || (i.flags & kInAtomic) != 0) continue;
      const SlotSpan span =
          SpanOf(program, code, i, i.a == kZeroRegister ? std::optional<int64_t>(0) : std::nullopt);
      for (uint32_t slot = span.begin; slot < span.end; ++slot) {
        if (program.IsPlain(slot)) may_race[slot] = 1;
      }
    }
  }
}

}  // namespace

FootprintUnits CutIntoUnits(const Program& program, ReductionFault fault) {
  const bool with_ghosts = fault != ReductionFault::kBareGhosts;
  FootprintUnits units;
  units.of_slot.assign(program.slots.size(), FootprintUnits::kNone);
  units.is_watched.assign(program.slots.size(), 0);
  units.may_race.assign(program.slots.size(), 0);
  std::vector<const MemoryObject*> objects;
  for (const MemoryObject& object : program.objects) {
    const bool is_ghost = object.symbol->kind == SymbolKind::kGhost;
    if (!object.symbol->is_const && (with_ghosts || !is_ghost)) objects.push_back(&object);
  }
  // Each part has a unit of its own if there are enough; else the parts of the largest objects
  // share.
  uint32_t most = 1;
  for (const MemoryObject* object : objects) most = std::max(most, PartsOf(*object));
  const auto needed = [&](uint32_t limit) {
    uint64_t sum = 1;  // the marks
    for (const MemoryObject* object : objects) sum += std::min(PartsOf(*object), limit);
    return sum;
  };
  while (most > 1 && needed(most) > 64) --most;
  uint32_t next = 0;
  for (const MemoryObject* object : objects) {
    const uint32_t parts = std::min(PartsOf(*object), most);
    for (uint32_t k = 0; k < object->cells; ++k) {
      const uint32_t slot = object->base + k;
      units.of_slot[slot] = static_cast<uint8_t>((next + k / object->stride % parts) % 63);
    }
    next += parts;
  }
  for (const Property& property : program.properties) {
    if (property.row().form != PropertyRow::Form::kArray) continue;
    const MemoryObject& object = program.objects[static_cast<std::size_t>(property.object)];
    std::fill_n(units.is_watched.begin() + object.base, object.cells, 1);
  }
  if (program.LooksForRaces() && fault != ReductionFault::kRacesCommute)
    FindRaces(program, units.may_race);
  if (with_ghosts) units.marks = 63;
  if (program.items_slot != 0) units.of_slot[program.items_slot] = units.marks;
  return units;
}

SlotSpan SpanOf(const Program& program, const ProcessCode& code, const Instruction& i,
                std::optional<int64_t> offset) {
  if (offset) {
    const int64_t slot = *offset + i.c;
    if (slot >= 0 && slot < static_cast<int64_t>(program.slots.size())) {
      return {static_cast<uint32_t>(slot), static_cast<uint32_t>(slot) + 1};
    }
  }
  const auto all = static_cast<uint32_t>(program.slots.size());
  if (code.own_count > 0 || (i.flags & kMayBeOwn) != 0 || i.c >= all ||
      program.slots[i.c].kind != SlotKind::kMemory) {
    return {0, all};
  }
  const MemoryObject& object = program.objects[static_cast<std::size_t>(program.slots[i.c].object)];
  return {object.base, object.base + object.cells};
}

}  // namespace interleave
