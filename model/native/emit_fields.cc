// Where values lie: fields of packed states, registers, and the cells that an instruction leads to.
//
// What would surprise: a field of width 0 takes no room, its value is the constant `low`. An index
// into cells that lie side by side and are alike becomes a shift; any other index goes through
// tables of all fields (`il_get`, `il_put`), which are emitted only if something asks for them.

#include <fmt/format.h>

#include <algorithm>

#include "model/native/search_emitter.h"
#include "sim/program/c_text.h"

namespace interleave {

void SearchEmitter::Tables() {
  const auto table = [&](const char* type, const char* name, auto value) {
    text_ += fmt::format("static const {} {}[] = {{", type, name);
    for (const PackedField& field : fields_) text_ += value(field) + ",";
    text_ += "};\n";
  };
  table("unsigned", "il_word", [](const PackedField& f) { return fmt::format("{}", f.word); });
  table("unsigned char", "il_shift",
        [](const PackedField& f) { return fmt::format("{}", f.shift); });
  table("u64", "il_mask", [](const PackedField& f) { return fmt::format("{}ul", f.mask()); });
  table("long", "il_low", [](const PackedField& f) { return CLiteral(f.low); });
  text_ += R"c(
static inline long il_get(const u64 *n, long slot) {
  return (long)(((n[il_word[slot]] >> il_shift[slot]) & il_mask[slot]) + (u64)il_low[slot]);
}
static inline int il_put(u64 *n, long slot, long value) {
  u64 raw = (u64)value - (u64)il_low[slot];
  u64 *at = n + il_word[slot];
  if (raw & ~il_mask[slot]) return 0;
  *at = (*at & ~(il_mask[slot] << il_shift[slot])) | raw << il_shift[slot];
  return 1;
}
)c";
}

std::string SearchEmitter::Get(uint32_t slot, const char* state) const {
  const PackedField& f = fields_[slot];
  if (f.width == 0) return CLiteral(f.low);
  const std::string raw =
      fmt::format("(long)(({}[{}] >> {}) & {}ul)", state, f.word, f.shift, f.mask());
  return f.low == 0 ? raw : fmt::format("((long)((u64){} + (u64){}))", raw, CLiteral(f.low));
}

bool SearchEmitter::IsRegular(const Cell& cell) const {
  const PackedField& first = fields_[cell.first];
  for (uint32_t k = 0; k < cell.count; ++k) {
    const PackedField& f = fields_[cell.first + k];
    if (f.width != first.width || f.low != first.low) return false;
    if (f.width > 0 && (f.word != first.word || f.shift != first.shift + k * first.width)) {
      return false;
    }
  }
  return true;
}

std::string SearchEmitter::Get(const Cell& cell) {
  if (cell.index.empty()) return Get(cell.first);
  const PackedField& f = fields_[cell.first];
  if (!IsRegular(cell)) {
    needs_tables_ = true;
    return fmt::format("il_get(n, {} + {})", cell.first, cell.index);
  }
  if (f.width == 0) return CLiteral(f.low);
  return fmt::format("((long)(((n[{}] >> ({} + {} * ({}))) & {}ul) + (u64){}))", f.word, f.shift,
                     f.width, cell.index, f.mask(), CLiteral(f.low));
}

std::string SearchEmitter::Put(const Cell& cell, const std::string& value) {
  const PackedField& f = fields_[cell.first];
  if (!cell.index.empty() && !IsRegular(cell)) {
    needs_tables_ = true;
    return fmt::format("if (IL_UNLIKELY(!il_put(n, {} + {}, {}))) goto slow;", cell.first,
                       cell.index, value);
  }
  if (f.width == 0) {
    return fmt::format("if (IL_UNLIKELY({} != {})) goto slow;", value, CLiteral(f.low));
  }
  if (fault_ == SearchFault::kTruncation && cell.index.empty()) {
    return fmt::format("n[{}] = (n[{}] & ~({}ul << {})) | (((u64)({}) - (u64){}) & {}ul) << {};",
                       f.word, f.word, f.mask(), f.shift, value, CLiteral(f.low), f.mask(),
                       f.shift);
  }
  const std::string shift = cell.index.empty()
                                ? fmt::format("{}", f.shift)
                                : fmt::format("({} + {} * ({}))", f.shift, f.width, cell.index);
  return fmt::format(
      "{{ u64 raw = (u64)({}) - (u64){}; if (IL_UNLIKELY(raw > {}ul)) goto slow; n[{}] = (n[{}] "
      "& "
      "~({}ul << {})) | raw << {}; }}",
      value, CLiteral(f.low), f.mask(), f.word, f.word, f.mask(), shift, shift);
}

std::string SearchEmitter::R(uint32_t reg) const {
  if (const auto constant = Constant(reg)) return CLiteral(*constant);
  return uses_array_ ? fmt::format("r[{}]", reg) : fmt::format("r{}", reg);
}

std::optional<int64_t> SearchEmitter::Constant(uint32_t reg) const {
  for (const auto& [constant, value] : code_->constants) {
    if (constant == reg) return value;
  }
  if (process_ != nullptr && reg == kSelfRegister) return process_->index;
  if (process_ != nullptr && reg == kFrameRegister) return process_->own_base;
  return std::nullopt;
}

void SearchEmitter::Registers() {
  FindOffsets();
  uses_array_ =
      std::any_of(code_->instructions.begin(), code_->instructions.end(), [](const Instruction& i) {
        return i.opcode == Opcode::kRegisterLoad || i.opcode == Opcode::kRegisterStore;
      });
  if (uses_array_) {
    Line("  long r[{}];", code_->register_count);
    for (uint32_t reg = 0; reg < code_->register_count; ++reg) {
      if (const auto constant = Constant(reg)) Line("  r[{}] = {};", reg, CLiteral(*constant));
    }
    return;
  }
  for (uint32_t reg = 0; reg < code_->register_count; ++reg) {
    if (!Constant(reg)) Line("  long r{} = 0;", reg);
  }
}

SearchEmitter::Cell SearchEmitter::CellAt(const Instruction& i) const {
  if (const auto constant = Constant(i.a)) {
    return {static_cast<uint32_t>(*constant + i.c), 1, ""};
  }
  const bool looks = i.opcode == Opcode::kPeek || i.opcode == Opcode::kPoke;
  if ((i.flags & kMayBeOwn) != 0 || (looks && !is_offset_[i.a])) {
    return {0, static_cast<uint32_t>(fields_.size()), fmt::format("({} + {})", R(i.a), i.c)};
  }
  const Slot& slot = program_.slots[i.c];
  if (slot.kind != SlotKind::kMemory) return {i.c, 1, fmt::format("({})", R(i.a))};
  const MemoryObject& object = program_.objects[static_cast<std::size_t>(slot.object)];
  const uint32_t reach = std::min(i.span, object.base + object.cells - i.c);
  return {i.c, reach, fmt::format("({})", R(i.a))};
}

SearchEmitter::Cell SearchEmitter::WrittenOf(const Cell& cell) const {
  const uint32_t first = program_.slots[cell.first].written;
  return first == 0 ? Cell{0, 0, ""} : Cell{first, cell.count, cell.index};
}

std::string SearchEmitter::IsUnwritten(const Cell& cell) {
  if (IsAnywhere(cell)) {
    needs_objects_ = needs_tables_ = true;
    return fmt::format("il_written[{0}] != 0 && il_get(n, il_written[{0}]) == 0", cell.index);
  }
  const Cell written = WrittenOf(cell);
  return written.count == 0 ? "" : fmt::format("{} == 0", Get(written));
}

std::string SearchEmitter::SetWritten(const Cell& cell, bool is_written) {
  if (!IsAnywhere(cell)) return Put(WrittenOf(cell), is_written ? "1" : "0");
  return fmt::format("if (IL_UNLIKELY(!il_put(n, il_written[{}], {}))) goto slow;", cell.index,
                     is_written ? 1 : 0);
}

std::string SearchEmitter::IsFreed(const Instruction& i, const Cell& cell) {
  if ((i.flags & kMayBeOwn) == 0 || !program_.has_lifetimes) return "";
  if (IsAnywhere(cell)) {
    needs_objects_ = needs_tables_ = true;
    return fmt::format("il_allocated[{0}] != 0 && il_get(n, il_allocated[{0}]) == 0", cell.index);
  }
  const uint32_t allocated = program_.slots[cell.first].allocated;
  return allocated == 0 ? "" : fmt::format("{} == 0", Get(Cell{allocated, 1, ""}));
}

}  // namespace interleave
