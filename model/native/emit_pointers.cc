// Work on pointers. A pointer is the number of a slot, so what sim/program/local_operations.h says
// of it is a look into tables by that number.
//
// What would surprise: where work on a pointer fails, the interpreter makes the step and words the
// error. An address in a process's own memory is no access to anything shared.

#include <fmt/format.h>

#include "model/native/search_emitter.h"
#include "sim/program/liveness.h"
#include "sim/program/local_operations.h"

namespace interleave {

void SearchEmitter::ObjectTables() {
  const std::size_t slots = program_.slots.size();
  const auto table = [&](const char* type, const char* name, std::size_t count, auto value) {
    text_ += fmt::format("static const {} {}[] = {{", type, name);
    for (std::size_t slot = 0; slot < count; ++slot) text_ += fmt::format("{},", value(slot));
    text_ += "};\n";
  };
  const auto range = [&](std::size_t slot) {
    return ObjectAt(program_, static_cast<int64_t>(slot));
  };
  const auto own = [&](std::size_t slot) -> const OwnObject* {
    const Slot& at = program_.slots[slot];
    if (at.kind != SlotKind::kOwn) return nullptr;
    return &program_.CodeOf(at.process).own_objects[static_cast<std::size_t>(at.object)];
  };
  table("int", "il_begin", slots + 1, [&](std::size_t slot) { return range(slot).begin; });
  table("int", "il_end", slots + 1, [&](std::size_t slot) { return range(slot).end; });
  table("int", "il_owner", slots,
        [&](std::size_t slot) { return own(slot) != nullptr ? program_.slots[slot].process : -1; });
  table("unsigned", "il_scope_begin", slots,
        [&](std::size_t slot) { return own(slot) != nullptr ? own(slot)->begin : 0; });
  table("unsigned", "il_scope_end", slots,
        [&](std::size_t slot) { return own(slot) != nullptr ? own(slot)->end : 0; });
  table("unsigned", "il_written", slots,
        [&](std::size_t slot) { return program_.slots[slot].written; });
  if (program_.has_lifetimes) {
    table("unsigned", "il_allocated", slots,
          [&](std::size_t slot) { return program_.slots[slot].allocated; });
  }
  table("unsigned char", "il_const", slots, [&](std::size_t slot) {
    const MemoryObject* const object = program_.ObjectOf(static_cast<uint32_t>(slot));
    return object != nullptr && object->symbol->is_const ? 1 : 0;
  });
  Line("enum {{ SLOTS = {} }};", slots);
  text_ += R"c(
static inline int il_same_object(long a, long b) {
  if ((u64)a > SLOTS || (u64)b > SLOTS) return a == b;
  return il_begin[a] == il_begin[b] && (il_begin[a] != il_end[a] || a == b);
}
static inline long il_pointer_add(long a, long b, long size) {
  long offset, result;
  if (b == 0) return a;
  if ((u64)a > SLOTS || il_begin[a] == il_end[a]) return -1;
  if (__builtin_mul_overflow(b, size, &offset) || __builtin_add_overflow(a, offset, &result)) return -1;
  return result < il_begin[a] || result > il_end[a] ? -1 : result;
}
static inline int il_leads_to(long a, long cells) {
  return a > 0 && a < SLOTS && a >= il_begin[a] && a + cells <= il_end[a];
}
static inline int il_follows(long a, long cells, int process, unsigned at) {
  if (!il_leads_to(a, cells)) return 0;
  if (il_owner[a] < 0) return 1;
  return il_owner[a] == process && at >= il_scope_begin[a] && at < il_scope_end[a];
}
)c";
}

bool SearchEmitter::EmitPointerWork(const Instruction& i, uint32_t at) {
  switch (i.opcode) {
    case Opcode::kPointerAdd:
      Line(
          "  {{ long pointer = il_pointer_add({}, {}, {}); if (IL_UNLIKELY(pointer < 0)) goto "
          "slow; "
          "{} = pointer; }}",
          R(i.a), R(i.b), i.c, R(i.dst));
      break;
    case Opcode::kPointerSub:
      Line("  if (IL_UNLIKELY(!il_same_object({0}, {1}))) goto failed; {2} = ({0} - {1}) / {3};",
           R(i.a), R(i.b), R(i.dst), i.c);
      break;
    case Opcode::kPointerOrder:
      Line("  if (IL_UNLIKELY(!il_same_object({}, {}))) goto failed;", R(i.a), R(i.b));
      break;
    case Opcode::kPointerCheck:
      if (process_ != nullptr) {
        Line("  if (IL_UNLIKELY(!il_follows({}, {}, {}, {}))) goto failed;", R(i.a), i.c,
             process_ - program_.processes.data(), at);
      } else {
        Line("  if (IL_UNLIKELY(!il_leads_to({}, {}))) goto failed;", R(i.a), i.c);
      }
      break;
    default: return false;
  }
  needs_objects_ = true;
  return true;
}

// An offset is what an index was made to, and sums of such; whatever else is written to a register
// makes it an address.
void SearchEmitter::FindOffsets() {
  is_offset_.assign(code_->register_count, false);
  std::vector<bool> is_address(code_->register_count, false);
  for (const auto& [reg, value] : code_->constants) is_address[reg] = true;
  is_address[kFrameRegister] = is_address[kSelfRegister] = true;
  for (bool goes_on = true; goes_on;) {
    goes_on = false;
    for (const Instruction& i : code_->instructions) {
      const auto ignore = [](uint32_t, uint32_t) {};
      VisitRegisters(i, *code_, ignore, [&](uint32_t reg, uint32_t) {
        bool offset = i.opcode == Opcode::kIndex;
        if (i.opcode == Opcode::kMove) offset = !is_address[i.a];
        if (i.opcode == Opcode::kBinary && i.op == Op::kAdd) {
          offset = !is_address[i.a] && !is_address[i.b];
        }
        is_offset_[reg] = true;
        if (offset || is_address[reg]) return;
        is_address[reg] = true;
        goes_on = true;
      });
      if (i.opcode == Opcode::kRegisterStore) {
        for (uint32_t k = 0; k < i.b; ++k) {
          goes_on = goes_on || !is_address[i.c + k];
          is_address[i.c + k] = true;
        }
      }
    }
  }
  for (std::size_t reg = 0; reg < is_offset_.size(); ++reg) {
    is_offset_[reg] = is_offset_[reg] && !is_address[reg];
  }
}

std::string SearchEmitter::IsOwn(const std::string& address) const {
  if (process_ == nullptr || process_code_->own_count == 0) return "";
  return fmt::format("(u64)({} - {}) < {}ul", address, process_->own_base,
                     process_->end - process_->own_base);
}

}  // namespace interleave
