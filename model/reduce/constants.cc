// The usual work list: each instruction has the values that registers hold before it, joined over
// all instructions that control may come from. A branch whose condition is constant is followed one
// way only, so code that one process never reaches takes nothing from what is known of the rest.
//
// What would surprise: of memory only that is known which no process ever writes, such as the type
// of a mutex that nobody sets; there is no "written before the others begin".

#include "model/reduce/constants.h"

#include <algorithm>

#include "sim/language/arithmetic.h"

namespace interleave {
namespace {

// Registers times instructions that are followed; above it, only what is fixed is known.
constexpr std::size_t kMostValues = std::size_t{1} << 21;

}  // namespace

FixedMemory::FixedMemory(const Program& program, ReductionFault fault) : memory_(program) {
  std::vector<bool> varies(memory_.names.size(), false);
  for (std::size_t c = fault == ReductionFault::kMissedWrites ? 1 : 0; c < program.codes.size();
       ++c) {
    for (const Instruction& i : program.codes[c].instructions) {
      if (i.opcode != Opcode::kStore && i.opcode != Opcode::kPoke) continue;
      if (LeadsToOwn(static_cast<int>(c), i)) continue;
      const auto location = LocationOf(static_cast<int>(c), i);
      if (!location) return;
      varies[*location] = true;
    }
  }
  values_.resize(memory_.names.size());
  for (std::size_t o = 0; o < program.objects.size(); ++o) {
    const MemoryObject& object = program.objects[o];
    for (uint32_t cell = 0; cell < object.cells; ++cell) {
      const uint32_t slot = object.base + cell;
      const std::size_t location = memory_.objects[o].cells[cell].location;
      if (varies[location]) continue;
      const int64_t value = program.initial[slot];
      const bool differs = values_[location] && *values_[location] != value;
      if (differs || program.slots[slot].written != 0) {
        varies[location] = true;
        values_[location].reset();
      } else {
        values_[location] = value;
      }
    }
  }
}

std::optional<std::size_t> FixedMemory::LocationOf(int code, const Instruction& access) const {
  const Address address = memory_.Resolve(static_cast<std::size_t>(code), access.a, access.c);
  if (address.own || address.unknown || (access.flags & kMayBeOwn) != 0) return std::nullopt;
  const int object = memory_.ObjectAtSlot(address.base);
  if (object < 0) return std::nullopt;
  return memory_.CellAt(object, address.base).location;
}

bool FixedMemory::LeadsToOwn(int code, const Instruction& access) const {
  if (access.opcode != Opcode::kPeek && access.opcode != Opcode::kPoke) return false;
  return memory_.Resolve(static_cast<std::size_t>(code), access.a, access.c).own;
}

std::optional<int64_t> FixedMemory::ValueOfCell(uint32_t slot) const {
  const int object = memory_.ObjectAtSlot(slot);
  if (values_.empty() || object < 0) return std::nullopt;
  return values_[memory_.CellAt(object, slot).location];
}

std::optional<int64_t> FixedMemory::ValueOf(int code, const Instruction& load) const {
  if (values_.empty()) return std::nullopt;
  const auto location = LocationOf(code, load);
  return location ? values_[*location] : std::nullopt;
}

Constants::Constants(const Program& program, int process, const FixedMemory* memory)
    : code_(program.CodeOf(process)),
      code_index_(program.processes[static_cast<std::size_t>(process)].code),
      memory_(memory),
      fixed_(code_.register_count),
      is_fixed_(code_.register_count, false),
      reached_(code_.instructions.size(), false) {
  const auto fix = [&](uint32_t reg, int64_t value) {
    fixed_[reg] = {true, value};
    is_fixed_[reg] = true;
  };
  for (const auto& [reg, value] : code_.constants) fix(reg, value);
  const ProcessInstance& instance = program.processes[static_cast<std::size_t>(process)];
  // What a process that was forked has in its registers its parent computed.
  if (!code_.forks) {
    fix(kSelfRegister, instance.index);
    fix(kFrameRegister, instance.own_base);
  }
  fix(kZeroRegister, 0);
  if (code_.instructions.size() * code_.register_count > kMostValues) {
    reached_.assign(code_.instructions.size(), true);
    return;
  }
  before_.resize(code_.instructions.size());
  // Registers of labels are set to 0 by every step.
  std::vector<Value> start = fixed_;
  for (const uint32_t reg : code_.label_registers) {
    if (reg != 0) start[reg].known = false;
  }
  std::vector<uint32_t> work = {0};
  Merge(0, start);
  while (!work.empty()) {
    const uint32_t at = work.back();
    work.pop_back();
    std::vector<Value> after = before_[at];
    Transfer(at, after);
    ForEachNext(at, [&](uint32_t next) {
      if (Merge(next, after)) work.push_back(next);
    });
  }
}

std::optional<int64_t> Constants::ValueBefore(uint32_t at, uint32_t reg) const {
  if (is_fixed_[reg]) return fixed_[reg].value;
  if (before_.empty() || !reached_[at] || !before_[at][reg].known) return std::nullopt;
  return before_[at][reg].value;
}

bool Constants::Merge(uint32_t at, const std::vector<Value>& r) {
  if (!reached_[at]) {
    reached_[at] = true;
    before_[at] = r;
    return true;
  }
  bool changed = false;
  for (std::size_t reg = 0; reg < r.size(); ++reg) {
    Value& known = before_[at][reg];
    if (!known.known || known == r[reg]) continue;
    known = {false, 0};
    changed = true;
  }
  return changed;
}

Constants::Value Constants::Loaded(const Instruction& i) const {
  if (memory_ == nullptr || (i.opcode != Opcode::kLoad && i.opcode != Opcode::kPeek))
    return {false, 0};
  const auto value = memory_->ValueOf(code_index_, i);
  return value ? Value{true, *value} : Value{false, 0};
}

void Constants::Transfer(uint32_t at, std::vector<Value>& r) const {
  const Instruction& i = code_.instructions[at];
  const Value unknown = {false, 0};
  Value result = unknown;
  switch (i.opcode) {
    case Opcode::kMove: result = r[i.a]; break;
    case Opcode::kBinary:
      if (r[i.a].known && r[i.b].known) {
        result.known = ApplyBinary(i.op, i.type, r[i.a].value, r[i.b].value, &result.value) ==
                       ArithmeticError::kNone;
      }
      break;
    case Opcode::kUnary:
      if (r[i.a].known) {
        result.known =
            ApplyUnary(i.op, i.type, r[i.a].value, &result.value) == ArithmeticError::kNone;
      }
      break;
    case Opcode::kConvert:
      if (r[i.a].known) result = {true, ConvertTo(i.type, r[i.a].value)};
      break;
    case Opcode::kIndex:
      if (IsInside(r[i.a], i.b)) {
        result = {true, r[i.a].value * i.c};
      }
      break;
    case Opcode::kRegisterLoad:
      if (IsInside(r[i.a], i.b)) result = r[i.c + static_cast<uint64_t>(r[i.a].value)];
      break;
    case Opcode::kRegisterStore:
      if (IsInside(r[i.a], i.b)) {
        r[i.c + static_cast<uint64_t>(r[i.a].value)] = r[i.dst];
      } else {
        std::fill(r.begin() + i.c, r.begin() + i.c + i.b, unknown);
      }
      return;
    case Opcode::kPeek:
    case Opcode::kLoad: result = Loaded(i); break;
    case Opcode::kJump:
    case Opcode::kBranchFalse:
    case Opcode::kBranchTrue:
    case Opcode::kPointerAdd:
    case Opcode::kPointerSub:
    case Opcode::kPointerOrder:
    case Opcode::kPointerCheck:
    case Opcode::kChoose:
    case Opcode::kAssert:
    case Opcode::kAssume:
    case Opcode::kPoke:
    case Opcode::kProduced:
    case Opcode::kConsumed:
    case Opcode::kEndExpression:
    case Opcode::kAtomicEnd:
    case Opcode::kBlockUnless:
    case Opcode::kSelect:
    case Opcode::kStore:
    case Opcode::kAtomicBegin:
    case Opcode::kFork:
    case Opcode::kPrint:
    case Opcode::kStep:
    case Opcode::kLimit:
    case Opcode::kOperationBegin:
    case Opcode::kOperationEnd:
    case Opcode::kHalt:
    case Opcode::kProcessDone:
    case Opcode::kProcessBlocked:
    case Opcode::kProcessWaiting:
    case Opcode::kProcessInSection:
    case Opcode::kProcessAtLabel:
    case Opcode::kProcessLocal:
    case Opcode::kIsUnwritten: break;
  }
  VisitRegisters(
      i, code_, [](uint32_t, uint32_t) {}, [&](uint32_t reg, uint32_t) { r[reg] = result; });
  for (std::size_t reg = 0; reg < r.size(); ++reg) {
    if (is_fixed_[reg]) r[reg] = fixed_[reg];
  }
}

}  // namespace interleave
