// Ranges of registers are a fixed point over the instructions, whatever the order in which they are
// executed: the hull of all that is ever written. What keeps growing is given up.

#include "model/search/state_bounds.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "sim/language/arithmetic.h"
#include "sim/program/liveness.h"
#include "sim/program/words.h"

namespace interleave {
namespace {

constexpr SlotRange kAnything = {INT64_MIN, INT64_MAX};

bool IsWithin(int64_t value, const SlotRange& range) {
  return range.low <= value && value <= range.high;
}

SlotRange Hull(const SlotRange& a, const SlotRange& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

SlotRange RangeOf(IntType type) {
  switch (type) {
    case IntType::kI64:
    case IntType::kU64: return kAnything;
    default: break;
  }
  // A conversion keeps the values of its type, and no others.
  const int64_t all_ones = ConvertTo(type, -1);
  if (all_ones >= 0) return {0, all_ones};
  int64_t high = 1;
  while (ConvertTo(type, high * 2 + 1) == high * 2 + 1) high = high * 2 + 1;
  return {-high - 1, high};
}

SlotRange RangeOf(const Program& program, const Type* type) {
  if (type == nullptr) return kAnything;
  if (type->is_pointer()) return {0, static_cast<int64_t>(program.slots.size())};
  if (!type->is_integer()) return kAnything;
  return type->is_bool ? SlotRange{0, 1} : RangeOf(IntTypeOf(*type));
}

SlotRange Sum(const SlotRange& a, const SlotRange& b) {
  SlotRange sum;
  const bool overflows = __builtin_add_overflow(a.low, b.low, &sum.low) ||
                         __builtin_add_overflow(a.high, b.high, &sum.high);
  return overflows ? kAnything : sum;
}

// What each register of a process's code can hold.
class RegisterRanges {
 public:
  RegisterRanges(const Program& program, const ProcessCode& code,
                 const std::vector<SlotRange>& slots)
      : program_(program),
        code_(code),
        slots_(slots),
        ranges_(code.register_count, SlotRange{0, 0}),
        growths_(code.register_count, 0) {
    for (const SlotRange& range : slots) memory_ = Hull(memory_, range);
    for (const auto& [reg, value] : code.constants) ranges_[reg] = {value, value};
    ranges_[kSelfRegister] = {0, code.source->count};
    ranges_[kFrameRegister] = {0, static_cast<int64_t>(program.slots.size())};
  }

  std::vector<SlotRange> Run() {
    for (is_changed_ = true; is_changed_;) {
      is_changed_ = false;
      for (const Instruction& i : code_.instructions) Take(i);
    }
    return std::move(ranges_);
  }

 private:
  void Take(const Instruction& i) {
    if (i.opcode == Opcode::kRegisterStore) {
      for (uint32_t r = i.c; r < i.c + i.b; ++r) Grow(r, ranges_[i.dst]);
    }
    VisitRegisters(
        i, code_, [](uint32_t, uint32_t) {}, [&](uint32_t reg, uint32_t) { Grow(reg, Result(i)); });
  }

  void Grow(uint32_t reg, const SlotRange& by) {
    constexpr int kMostGrowths = 8;
    const SlotRange hull = Hull(ranges_[reg], by);
    if (hull.low == ranges_[reg].low && hull.high == ranges_[reg].high) return;
    ranges_[reg] = ++growths_[reg] > kMostGrowths ? kAnything : hull;
    is_changed_ = true;
  }

  SlotRange Result(const Instruction& i) const {
    switch (i.opcode) {
      case Opcode::kMove: return ranges_[i.a];
      case Opcode::kBinary:
        if (i.op == Op::kAdd && i.type == IntType::kI64) return Sum(ranges_[i.a], ranges_[i.b]);
        return RangeOf(i.type);
      case Opcode::kUnary: return Hull(RangeOf(i.type), {0, 1});
      case Opcode::kConvert: return RangeOf(i.type);
      case Opcode::kIndex:
        return {0, static_cast<int64_t>(i.b == 0 ? 0 : i.b - 1) * static_cast<int64_t>(i.c)};
      case Opcode::kPointerAdd: return {0, static_cast<int64_t>(program_.slots.size())};
      case Opcode::kChoose: return {ranges_[i.a].low, ranges_[i.b].high};
      case Opcode::kRegisterLoad: {
        SlotRange range = ranges_[i.c];
        for (uint32_t r = i.c; r < i.c + i.b; ++r) range = Hull(range, ranges_[r]);
        return range;
      }
      case Opcode::kLoad:
      case Opcode::kPeek: return Loaded(i);
      default: return kAnything;
    }
  }

  // Of a pointer it is not known where it leads.
  SlotRange Loaded(const Instruction& i) const {
    const SlotRange& offset = ranges_[i.a];
    const bool is_known = (i.flags & kMayBeOwn) == 0 && i.a != kFrameRegister && offset.low >= 0 &&
                          offset.high < int64_t{i.span} &&
                          std::size_t{i.c} + i.span <= slots_.size();
    if (!is_known) return memory_;
    SlotRange range = slots_[i.c];
    for (uint32_t k = 0; k < i.span; ++k) range = Hull(range, slots_[i.c + k]);
    return range;
  }

  const Program& program_;
  const ProcessCode& code_;
  const std::vector<SlotRange>& slots_;
  SlotRange memory_ = {0, 0};  // of all memory
  std::vector<SlotRange> ranges_;
  std::vector<int> growths_;
  bool is_changed_ = false;
};

}  // namespace

StateBounds::StateBounds(const Program& program, std::vector<ObserverLayout> observers)
    : program_(program), observers_(std::move(observers)) {
  for (const Slot& slot : program.slots) {
    switch (slot.kind) {
      case SlotKind::kUnused: slots_.push_back({0, 0}); break;
      case SlotKind::kMemory:
      case SlotKind::kOwn: slots_.push_back(RangeOf(program, slot.type)); break;
      case SlotKind::kWritten: slots_.push_back({0, 1}); break;
      case SlotKind::kPoint: {
        const auto points = program.CodeOf(slot.process).points.size();
        slots_.push_back({0, static_cast<int64_t>(points) - 1});
        break;
      }
      case SlotKind::kItems:
      case SlotKind::kSpill: slots_.push_back(kAnything); break;
    }
  }
  std::vector<SlotRange> memory = slots_;
  for (std::size_t slot = 0; slot < memory.size(); ++slot) {
    if (program.slots[slot].kind == SlotKind::kSpill) memory[slot] = {0, 0};  // no memory
  }
  for (const ProcessCode& code : program.codes)
    registers_.push_back(RegisterRanges(program, code, memory).Run());
  for (const MemoryObject& object : program.objects) {
    const auto list = ListOf(object);
    if (!list) continue;
    for (uint32_t at = object.base; at < object.base + object.cells; at += object.stride)
      lists_.push_back({at + list->length, int64_t{list->capacity}});
  }
}

bool StateBounds::IsMemory(int64_t address) const {
  return address >= 0 && address < static_cast<int64_t>(program_.slots.size()) &&
         program_.slots[static_cast<std::size_t>(address)].kind == SlotKind::kMemory;
}

bool StateBounds::HoldsProcess(const ProcessInstance& process, const int64_t* state) const {
  const auto c = static_cast<std::size_t>(process.code);
  const ProcessCode& code = program_.codes[c];
  const ProgramPoint& point = code.points[static_cast<std::size_t>(state[process.point_slot])];
  const int64_t* const spill = state + process.spill_base;
  // Who stops before an access through a pointer has followed it to shared memory.
  const Instruction& next = code.instructions[point.instruction];
  const bool is_through_pointer = CanBeOwn(next) && (next.flags & kMayBeOwn) != 0;
  std::size_t zeros = 0;  // of what is kept
  for (const Spill& live : point.live) {
    if (!IsWithin(spill[live.offset], registers_[c][live.reg])) return false;
    zeros += spill[live.offset] == 0;
    if (live.reg == next.a && is_through_pointer && !IsMemory(spill[live.offset] + next.c))
      return false;
  }
  std::size_t kept = point.live.size();
  uint32_t offset = 0;  // labels stand first
  for (const uint32_t reg : code.label_registers) {
    if (reg == 0) continue;
    if (!IsWithin(spill[offset], registers_[c][reg])) return false;
    zeros += spill[offset++] == 0;
    ++kept;
  }
  // What is dead is zero.
  const auto all_zeros = static_cast<std::size_t>(std::count(spill, spill + code.spill_count, 0));
  if (all_zeros - zeros != code.spill_count - kept) return false;
  return std::all_of(point.dead.begin(), point.dead.end(), [&](const OwnRange& dead) {
    const int64_t* const own = state + process.own_base + dead.offset;
    return std::all_of(own, own + dead.cells, [](int64_t value) { return value == 0; });
  });
}

bool StateBounds::HoldsObserver(const ObserverLayout& observer, const int64_t* words) {
  const int64_t* const end = words + observer.words;
  if (!observer.has_items())
    return std::all_of(words, end, [](int64_t full) { return full == 0 || full == 1; });
  if (words[0] < 0 || words[0] >= int64_t{observer.words}) return false;
  const int64_t* const items = words + 1;
  const int64_t* const behind = items + words[0];
  const bool is_sorted =
      observer.kind != ObserverLayout::Kind::kBag || std::is_sorted(items, behind);
  return is_sorted && std::all_of(behind, end, [](int64_t value) { return value == 0; });
}

bool StateBounds::Holds(const std::vector<int64_t>& state) const {
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    if (!IsWithin(state[slot], slots_[slot])) return false;
  }
  for (const List& list : lists_) {
    if (state[list.length] < 0 || state[list.length] > list.capacity) return false;
  }
  for (const ProcessInstance& process : program_.processes) {
    if (!HoldsProcess(process, state.data())) return false;
  }
  const int64_t* words = state.data() + slots_.size();
  for (const ObserverLayout& observer : observers_) {
    if (!HoldsObserver(observer, words)) return false;
    words += observer.words;
  }
  return true;
}

}  // namespace interleave
