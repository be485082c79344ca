// Where a process of the emitted C stands between two steps, where a step is made or not, and how
// one that is blocked or only tried is taken back.

#include <algorithm>

#include "sim/program/emit_c_private.h"

namespace interleave {

// A program point, unless a pointer leads into own memory.
void CEmitter::StopAt(const Instruction& i) {
  if ((i.flags & kStops) == 0) return;
  const std::string unless_own =
      (i.flags & kMayBeOwn) != 0 ? fmt::format("!IL_IS_OWN({} + {})", R(i.a), i.c) : "1";
  if (is_free()) {
    Line("  if ({} && IL_UNLIKELY(!il_access(il))) goto IL_ended;", unless_own);
    return;
  }
  const uint32_t point = code_->point_of[at_];
  if (point == 0) return;  // never reached
  Line("S{}:;", at_);
  Line("  if ({} && !may_access) {{", unless_own);
  Stand(point, "    ");
  Line("  }}");
}

// Where the process gives its turn away: what is alive goes to the block. A step that is only
// tried ends here too, and is taken back.
void CEmitter::Stand(uint32_t point, const char* indent) {
  Line("{}if (trying) {{ il->turn->status = IL_OPEN; goto IL_undo; }}", indent);
  const ProgramPoint& at = code_->points[point];
  std::vector<std::string> value(code_->spill_count + code_->own_count, "0");
  for (const Spill& live : at.live) value[live.offset] = R(live.reg);
  uint32_t label_place = 0;
  for (const uint32_t reg : code_->label_registers) {
    if (reg != 0) value[label_place++] = R(reg);
  }
  for (const OwnObject& own : code_->own_objects) {
    const bool dead = std::any_of(at.dead.begin(), at.dead.end(), [&](const OwnRange& range) {
      return range.offset == own.offset;
    });
    for (uint32_t cell = own.offset; cell < own.offset + own.cells; ++cell) {
      if (dead) {
        Line("{}own[{}] = 0;", indent, cell);
      } else {
        value[code_->spill_count + cell] = fmt::format("own[{}]", cell);
      }
    }
  }
  for (std::size_t k = 0; k < value.size(); ++k) {
    if (value[k] != "0" && Plant(EmitFault::kStaleLocal)) {
      Line(
          "{}{{ static long stale; static int have; if (!have) {{ have = 1; stale = {}; }} "
          "il->slots[{}] = stale; }}",
          indent, value[k], k);
      continue;
    }
    Line("{}il->slots[{}] = {};", indent, k, value[k]);
  }
  Line("{}il->turn->point = {};", indent, point);
  Line("{}il_hand_over(il);", indent);
  Line("{}il_made = 0;", indent);
  if (point != 0) {
    Line("{}trying = il->turn->command == IL_TRY;", indent);
    Line("{}{}__builtin_memcpy(il_undo, il->memory, IL_BYTES);", indent,
         may_block_ ? "" : "if (trying) ");
  }
  for (const uint32_t reg : code_->label_registers) {
    if (reg != 0) Line("{}{} = 0;", indent, R(reg));
  }
}

// Where a step is made or not: if `shut`, the process goes back to where the step began, as if
// nothing had been tried; running free, to `begin`, to try again.
void CEmitter::Gate(const std::string& shut, uint32_t begin) {
  if (Plant(EmitFault::kIgnoredWait)) return;
  if (is_free()) {
    Line(
        "    if ({}) {{ unsigned spins = 0; if (il->has_lock) il_drop_lock(il); if "
        "(il_abandoned(il)) {} il_pause(il, &spins); {}goto B{}; }}",
        shut, End("IL_STUCK"), begin == at_ ? "" : Kept(begin, false), begin);
    return;
  }
  if (real_.use != nullptr) {
    // A form that would block changes nothing, so that it can be asked even when a step is only
    // tried; not behind another operation of the same step, which the real thing then does not
    // know.
    Line("    if (il_made == 0 && ({})) {{ {} if (il->real.said != REAL_BLOCKS) {} }}", shut,
         CallReal(true), Differ("IL_DIFFERS_OPEN", "il->real.result"));
  }
  Line("    if ({}) {{ il->turn->status = IL_BLOCKED; goto IL_undo; }}", shut);
}

// Running free, what is alive at an instruction, kept or given back.
std::string CEmitter::Kept(uint32_t at, bool keep) const {
  std::string text;
  for (const Spill& live : code_->points[code_->point_of[at]].live) {
    const std::string kept = fmt::format("il_kept[{}]", live.offset);
    text += keep ? fmt::format("{} = {}; ", kept, R(live.reg))
                 : fmt::format("{} = {}; ", R(live.reg), kept);
  }
  for (uint32_t cell = 0; cell < code_->own_count; ++cell) {
    const std::string kept = fmt::format("il_kept[{}]", code_->spill_count + cell);
    text += keep ? fmt::format("{} = own[{}]; ", kept, cell)
                 : fmt::format("own[{}] = {}; ", cell, kept);
  }
  return text;
}

// Back to where the step began: memory as it was found, registers and own memory as they were
// published there.
void CEmitter::Undo() {
  Line("IL_undo: __attribute__((unused));");
  Line("  __builtin_memcpy(il->memory, il_undo, IL_BYTES);");
  Line("  may_access = trying = 0;");
  Line("  for (long k = 0; k < {}; ++k) own[k] = il->slots[{} + k];", code_->own_count,
       code_->spill_count);
  Line("  switch (il->turn->point) {{");
  for (std::size_t k = 1; k <= code_->access_points; ++k) {
    std::string restore;
    for (const Spill& live : code_->points[k].live) {
      restore += fmt::format("{} = il->slots[{}]; ", R(live.reg), live.offset);
    }
    uint32_t label_place = 0;
    for (const uint32_t reg : code_->label_registers) {
      if (reg != 0) restore += fmt::format("{} = il->slots[{}]; ", R(reg), label_place++);
    }
    Line("    case {}: {}goto S{};", k, restore, code_->points[k].instruction);
  }
  Line("  }}");
  Line("  for (;;) il_hand_over(il);");
}

void CEmitter::Select(const Instruction& i) {
  const SelectTable& table = code_->selects[i.c];
  std::string count = "0";
  for (const auto& [reg, target] : table.alternatives) count += fmt::format(" + ({} != 0)", R(reg));
  Line("  {{ unsigned count = (unsigned)({}); long skip = 0;", count);
  if (table.else_target >= 0) {
    Line("    if (count == 0) goto I{};", table.else_target);
  } else {
    Gate("count == 0", atomic_begin_);
  }
  if (is_free()) {
    Line(
        "    if (count > 1) {{ il->random = il->random * 6364136223846793005ul + 1; skip = "
        "(long)((il->random >> 33) % count); }}");
  } else {
    // Alternatives are known by their numbers; the decision counts those that are open.
    Line("    if (count > 1) {{");
    Line("      struct il_turn *t = il->turn; long wanted = -1; unsigned n = t->taken;");
    Line("      if (n < t->given && !t->give_index) {{");
    Line("        long open = 0; wanted = -2;");
    for (std::size_t k = 0; k < table.alternatives.size(); ++k) {
      Line("        if ({} != 0) {{ if (t->give[n] == {}) wanted = open; ++open; }}",
           R(table.alternatives[k].first), k);
    }
    Line("        if (wanted < 0) {}", End("IL_NOT_DECIDED"));
    Line("        t->give[n] = wanted;");
    Line("      }}");
    Line("      skip = il_decide(il, count, 0);");
    Line("      if (skip == -1) {}", End("IL_LOCAL_LIMIT"));
    Line("      if (skip < 0) {}", End("IL_NOT_DECIDED"));
    Line("    }}");
  }
  for (std::size_t k = 0; k < table.alternatives.size(); ++k) {
    const auto& [reg, target] = table.alternatives[k];
    Line("    if ({} != 0 && skip-- == 0) {{", R(reg));
    if (!is_free()) {
      Line("      if (count > 1) il->turn->took[il->turn->taken - 1].value = {};", k);
      Line("      il_event(il, IL_EV_ALTERNATIVE, 0, {}, 0);", k);
    }
    Line("      goto I{};", target);
    Line("    }}");
  }
  Line("  }}");
}

void CEmitter::BeginAtomic() {
  atomic_begin_ = at_;
  if (is_free()) {
    if (may_block_) Line("  {}", Kept(at_, true));
    Line("B{}:;", at_);
    Line("  if (!il_take_lock(il)) {}", End("IL_STUCK"));
  } else {
    Line("  il_event(il, IL_EV_ATOMIC, 0, 0, 0);");
    Line("  {}", GoOn());
  }
}

void CEmitter::EndAtomic() {
  if (is_free()) {
    Line("  if (il->has_lock) il_drop_lock(il);");
  } else {
    Line("  may_access = 0;");
  }
}

std::optional<SourceRange> BlocksAfterItWrites(const Program& program) {
  for (const ProcessCode& code : program.codes) {
    bool wrote = false;
    for (const Instruction& i : code.instructions) {
      if ((i.flags & kStops) != 0) wrote = false;  // a step of its own begins
      if (wrote && MayBlock(i)) return code.locations[i.location].range;
      wrote = wrote || i.opcode == Opcode::kStore;
    }
  }
  return std::nullopt;
}

}  // namespace interleave
