// A process's step as a function of its own, so that where its fields lie and who it is are
// constants of the C. It jumps to the instruction of the program point it stands at, and each
// program point it comes to stores what is alive and ends the step.
//
// What would surprise: a step with decisions is run again for each outcome, as the interpreter does
// it (`again`). Whatever is not emitted here jumps to `slow`: the interpreter makes that step.

#include <fmt/format.h>

#include <algorithm>

#include "model/native/search_emitter.h"
#include "sim/program/c_text.h"

namespace interleave {
namespace {

constexpr int kMaxDecisionsNative = 32;

}  // namespace

void SearchEmitter::Process(int number) {
  process_ = &program_.processes[static_cast<std::size_t>(number)];
  const ProcessCode& code = program_.CodeOf(number);
  process_code_ = &code;
  code_ = &code;
  Line(
      "static unsigned il_step_{}(const u64 *s, u64 *out, unsigned room, struct il_info *info) "
      "{{",
      number);
  if (partial_order_ != nullptr) {
    Line("  info->moves[{}].point = info->moves[{}].outcomes = 0;", number, number);
  }
  const bool decides =
      std::any_of(code.instructions.begin(), code.instructions.end(), [](const Instruction& i) {
        return i.opcode == Opcode::kChoose || i.opcode == Opcode::kSelect;
      });
  Line("  u64 n[W]; unsigned made = 0, work, changed; int may_access;");
  if (decides) {
    Line("  unsigned decided, decisions = 0; struct {{ unsigned index, count; }} d[{}];",
         kMaxDecisionsNative);
  }
  if (partial_order_ != nullptr)
    Line("  unsigned from; u64 rd = 0, wr = 0, first = 0, second = 0, visible = 0;");
  Registers();
  Resume(decides);
  Instructions();
  Finish(number, decides);
  process_ = nullptr;
}

// Every outcome begins here: from the state again, at its program point.
void SearchEmitter::Resume(bool decides) {
  const ProcessCode& code = *process_code_;
  Line("again:;");
  Line("  for (unsigned w = 0; w < W; ++w) n[w] = s[w];");
  Line("  work = changed = 0; may_access = 1;");
  if (decides) Line("  decided = 0;");
  if (partial_order_ != nullptr) Line("  from = {};", Get(process_->point_slot));
  Line("  switch ({}) {{", Get(process_->point_slot));
  for (std::size_t k = 0; k < code.points.size(); ++k) {
    if (code.points[k].standing != Standing::kAtAccess) Line("    case {}: return 0;", k);
  }
  for (std::size_t k = 1; k <= code.access_points; ++k) {
    std::string load;
    for (const Spill& live : code.points[k].live) {
      load += fmt::format("{} = {}; ", R(live.reg), Get(process_->spill_base + live.offset));
    }
    for (const uint32_t reg : code.label_registers) {
      if (reg != 0) load += fmt::format("{} = 0; ", R(reg));
    }
    Line("    case {}: {}goto A{};", k, load, code.points[k].instruction);
  }
  Line("    default: __builtin_unreachable();");
  Line("  }}");
}

void SearchEmitter::Instructions() {
  const ProcessCode& code = *process_code_;
  const std::vector<bool> is_target = JumpTargets(code);
  for (uint32_t at = 0; at < code.instructions.size(); ++at) {
    const Instruction& i = code.instructions[at];
    if (is_target[at]) Line("I{}:;", at);
    if ((i.flags & kStops) != 0) {
      const uint32_t point = code.point_of[at];
      if (point == 0) {
        Line("  goto slow;");  // never reached
        continue;
      }
      // Outside statement granularity control falls in here only behind the step's one access.
      std::string stops = program_.granularity == Granularity::kStatement ? "!may_access" : "1";
      if ((i.flags & kMayBeOwn) != 0 && process_code_->own_count > 0) {
        stops += fmt::format(" && !({})", IsOwn(CellAt(i).index));
      }
      Line("  if ({}) {{", stops);
      Stop(point);
      Line("  }}");
      Line("A{}:;", at);
    }
    Emit(i, at);
  }
}

// What the ends of a step lead to: an outcome is made, there is none, or the interpreter is asked.
void SearchEmitter::Finish(int number, bool decides) {
  Line("made_one:;");
  Line("  if (IL_UNLIKELY(made == room)) goto slow;");
  Line("  for (unsigned w = 0; w < W; ++w) out[made * W + w] = n[w];");
  Line("  ++made;");
  Line("  info->progress |= changed;");
  Line("next_outcome:;");
  if (decides) {
    Line(
        "  while (decisions != 0 && ++d[decisions - 1].index == d[decisions - 1].count) "
        "--decisions;");
    Line("  if (decisions != 0) goto again;");
  }
  if (partial_order_ != nullptr) {
    Line("  info->moves[{}] = (struct il_move){{rd, wr, first, second, from, made, visible}};",
         number);
  }
  Line("  return made;");
  // Whoever knows of an error needs no other.
  Line("failed: __attribute__((unused));");
  Line("  if (info->ignores_errors) {{ info->progress = 1; goto next_outcome; }}");
  Line("slow:;");
  Line("  info->slow |= 1ul << {};", number);
  Line("  return 0;");
  Line("}}");
}

void SearchEmitter::Stop(uint32_t point) {
  const ProcessCode& code = *process_code_;
  // Of each slot that is set, its value in C; empty: it is dead, 0.
  std::vector<std::string> value(code.spill_count);
  std::vector<uint32_t> slots;
  for (uint32_t k = 0; k < code.spill_count; ++k) slots.push_back(process_->spill_base + k);
  for (const Spill& live : code.points[point].live) value[live.offset] = R(live.reg);
  uint32_t label_offset = 0;
  for (const uint32_t reg : code.label_registers) {
    if (reg != 0) value[label_offset++] = R(reg);
  }
  for (const OwnRange& dead : code.points[point].dead) {
    for (uint32_t k = 0; k < dead.cells; ++k) {
      slots.push_back(process_->own_base + dead.offset + k);
      value.emplace_back();
    }
  }
  std::vector<uint64_t> mask(words_, 0), fixed(words_, 0);
  std::vector<std::string> varying(words_);
  const PackedField& at = fields_[process_->point_slot];
  if (at.width > 0) {
    mask[at.word] |= at.mask() << at.shift;
    fixed[at.word] |= (point - static_cast<uint64_t>(at.low)) << at.shift;
  }
  for (std::size_t k = 0; k < slots.size(); ++k) {
    const PackedField& f = fields_[slots[k]];
    const bool dead = value[k].empty();
    if (f.width == 0) {
      if (!dead || f.low != 0) {
        Line("    if (IL_UNLIKELY({} != {})) goto slow;", dead ? "0l" : value[k], CLiteral(f.low));
      }
      continue;
    }
    mask[f.word] |= f.mask() << f.shift;
    if (dead) {
      fixed[f.word] |= (0 - static_cast<uint64_t>(f.low)) << f.shift;
      continue;
    }
    const std::string raw = fmt::format("((u64){} - (u64){})", value[k], CLiteral(f.low));
    if (fault_ != SearchFault::kTruncation) {
      Line("    if (IL_UNLIKELY({} > {}ul)) goto slow;", raw, f.mask());
    }
    varying[f.word] += fmt::format(" | ({} & {}ul) << {}", raw, f.mask(), f.shift);
  }
  for (std::size_t w = 0; w < words_; ++w) {
    if (mask[w] == 0) continue;
    Line("    n[{}] = (n[{}] & {}ul) | {}ul{};", w, w, ~mask[w], fixed[w], varying[w]);
  }
  Fact(fmt::format("il_seen[{}]",
                   offsets_.points[static_cast<std::size_t>(process_->code)] + point));
  if (point == 0) Line("    changed = 1;");  // it is done
  if (partial_order_ != nullptr) CheckClaims(point);
  Line("    goto made_one;");
}

void SearchEmitter::NoteOwnUse(const Instruction& i) {
  const auto at = static_cast<std::size_t>(&i - process_code_->instructions.data());
  Fact(fmt::format("il_own[{}]",
                   offsets_.instructions[static_cast<std::size_t>(process_->code)] + at));
}

void SearchEmitter::GoOn() {
  if (program_.granularity == Granularity::kStatement) Line("  may_access = 1;");
}

void SearchEmitter::Decide(const std::string& dst, const std::string& count) {
  Line(
      "    if (decided == decisions) {{ if (decisions == {}) goto slow; d[decisions].index = 0; "
      "d[decisions++].count = {}; }}",
      kMaxDecisionsNative, count);
  Line("    {} = d[decided++].index;", dst);
}

void SearchEmitter::Emit(const Instruction& i, uint32_t at) {
  if (EmitLocal(i, at)) return;
  switch (i.opcode) {
    case Opcode::kChoose:
      Line("  if (IL_UNLIKELY({} > {})) goto failed;", R(i.a), R(i.b));
      Line("  if (IL_UNLIKELY((u64){} - (u64){} > 65535ul)) goto slow;", R(i.b), R(i.a));
      Line("  {{ unsigned outcome;");
      Decide("outcome", fmt::format("(unsigned)({} - {} + 1)", R(i.b), R(i.a)));
      Line("    {} = {} + outcome; }}", R(i.dst), R(i.a));
      break;
    case Opcode::kAssert: Line("  if (IL_UNLIKELY({} == 0)) goto failed;", R(i.a)); break;
    case Opcode::kAssume: {
      const std::size_t fact = offsets_.instructions[static_cast<std::size_t>(process_->code)] + at;
      Line("  if ({} == 0) {{", R(i.a));
      Fact(fmt::format("il_cut[{}]", fact));
      Line("  info->cut = 1; goto next_outcome; }}");
      Fact(fmt::format("il_passed[{}]", fact));
      break;
    }
    case Opcode::kPeek:
      TouchRead(CellAt(i));
      Line("  {} = {};", R(i.dst), Get(CellAt(i)));
      break;
    case Opcode::kPoke:
      Touch("wr", CellAt(i));
      Line("  {}", Put(CellAt(i), R(i.b)));
      break;
    case Opcode::kProduced:
    case Opcode::kConsumed: Mark(i.opcode == Opcode::kProduced, R(i.a)); break;
    case Opcode::kPrint: break;
    case Opcode::kEndExpression:
    case Opcode::kAtomicEnd: Line("  may_access = 0;"); break;
    case Opcode::kBlockUnless: Line("  if ({} == 0) goto next_outcome;", R(i.a)); break;
    case Opcode::kSelect: Select(i); break;
    case Opcode::kLoad: Load(i); break;
    case Opcode::kStore: Store(i); break;
    case Opcode::kAtomicBegin:
    case Opcode::kStep: GoOn(); break;
    case Opcode::kOperationBegin: {
      if ((i.flags & kCovered) == 0) {
        const Operation& operation = program_.operations[code_->operations[i.b].operation];
        const Cell cell = CellAt(i);
        if (operation.group == Operation::Group::kFirst) Touch("first", cell);
        if (operation.group == Operation::Group::kSecond) Touch("second", cell);
      }
      GoOn();
      break;
    }
    case Opcode::kOperationEnd: GoOn(); break;
    case Opcode::kLimit: Line("  if (IL_UNLIKELY({} == 0)) goto slow;", R(i.a)); break;
    case Opcode::kHalt: Stop(0); break;
    default: Line("  goto slow;");
  }
}

void SearchEmitter::Load(const Instruction& i) {
  const Cell cell = CellAt(i);
  const std::string own = IsAnywhere(cell) ? IsOwn(cell.index) : "";
  if (own.empty()) {
    LoadShared(i, cell);
    return;
  }
  Line("  if ({}) {{", own);
  NoteOwnUse(i);
  Line("  {} = {};", R(i.dst), Get(cell));
  Line("  }} else {{");
  LoadShared(i, cell);
  Line("  }}");
}

void SearchEmitter::LoadShared(const Instruction& i, const Cell& cell) {
  if ((i.flags & kCovered) == 0) TouchRead(cell);
  NoteAccess(i, cell, false);
  WatchCell(i, cell, false);
  if (const std::string freed = IsFreed(i, cell); !freed.empty())
    Line("  if (IL_UNLIKELY({})) goto failed;", freed);
  if (const std::string unwritten = IsUnwritten(cell); !unwritten.empty()) {
    Line("  if (IL_UNLIKELY({})) goto failed;", unwritten);
  }
  Line("  {} = {};", R(i.dst), Get(cell));
  GoOn();
}

void SearchEmitter::Store(const Instruction& i) {
  const Cell cell = CellAt(i);
  const std::string own = IsAnywhere(cell) ? IsOwn(cell.index) : "";
  if (own.empty()) {
    StoreShared(i, cell);
    return;
  }
  Line("  if ({}) {{", own);
  NoteOwnUse(i);
  Line("  {}", Put(cell, R(i.b)));
  Line("  }} else {{");
  StoreShared(i, cell);
  Line("  }}");
}

void SearchEmitter::StoreShared(const Instruction& i, const Cell& cell) {
  if (fault_ == SearchFault::kDroppedStore && !dropped_) {
    dropped_ = true;
    return;
  }
  if (IsAnywhere(cell)) {
    needs_objects_ = true;
    Line("  if (IL_UNLIKELY(il_const[{}])) goto failed;", cell.index);
  }
  if ((i.flags & kCovered) == 0) Touch("wr", cell);
  NoteAccess(i, cell, true);
  WatchCell(i, cell, true);
  if (const std::string freed = IsFreed(i, cell); !freed.empty())
    Line("  if (IL_UNLIKELY({})) goto failed;", freed);
  Line("  changed |= {} != {};", Get(cell), R(i.b));
  Line("  {}", Put(cell, R(i.b)));
  if (const std::string unwritten = IsUnwritten(cell); !unwritten.empty()) {
    const bool is_written = (i.flags & kForgets) == 0;
    Line("  if ({}({})) {{ changed = 1; {} }}", is_written ? "" : "!", unwritten,
         SetWritten(cell, is_written));
  }
  GoOn();
}

void SearchEmitter::Select(const Instruction& i) {
  const SelectTable& table = code_->selects[i.c];
  std::string count = "0";
  for (const auto& [reg, target] : table.alternatives) count += fmt::format(" + ({} != 0)", R(reg));
  Line("  {{ unsigned count = (unsigned)({}), skip = 0;", count);
  if (table.else_target >= 0) {
    Line("    if (count == 0) goto I{};", table.else_target);
  } else {
    Line("    if (count == 0) goto next_outcome;");
  }
  Line("    if (count > 1) {{");
  Decide("skip", "count");
  Line("    }}");
  for (const auto& [reg, target] : table.alternatives) {
    Line("    if ({} != 0 && skip-- == 0) goto I{};", R(reg), target);
  }
  Line("  }}");
}

}  // namespace interleave
