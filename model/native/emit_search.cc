// The translation unit as a whole. Its parts: fields (emit_fields.cc), work on pointers
// (emit_pointers.cc), steps (emit_steps.cc), what observers make of them (emit_observers.cc),
// judging (emit_judging.cc), and what partial-order reduction asks (emit_reduction.cc).
//
// Tested by tests/native_test.cc: every scenario and random programs have the interpreter's counts.

#include "model/native/emit_search.h"

#include <fmt/format.h>

#include "model/native/search_emitter.h"
#include "sim/program/c_text.h"

namespace interleave {
namespace {

constexpr int kMaxLocalWork = 100'000;

}  // namespace

std::string SearchEmitter::Run() {
  for (int p = 0; p < program_.process_count(); ++p) Process(p);
  Expand();
  Judge();
  if (partial_order_ != nullptr) ClosedGates();
  // Only now is it known which tables they use.
  std::string body = std::move(text_);
  text_.clear();
  Declarations();
  return text_ + body;
}

void SearchEmitter::Declarations() {
  Line("typedef unsigned long u64;");
  Line("#define IL_LIKELY(c) __builtin_expect(!!(c), 1)");
  Line("#define IL_UNLIKELY(c) __builtin_expect(!!(c), 0)");
  text_ += kRealsInC;
  Line("enum {{ W = {} }};", words_);
  Line("const unsigned il_words = W;");
  Line(
      "struct il_move {{ u64 reads, writes, first, second; unsigned point, outcomes; u64 "
      "visible; }};");
  if (has_races_) AccessLog();
  Line(
      "struct il_info {{ u64 slow, progress, broken, cut; struct il_move *moves; u64 "
      "ignores_errors; struct il_log "
      "*log; }};");
  Line("unsigned char il_seen[{}], il_saw_mark;", offsets_.point_count + 1);
  Line("unsigned char il_passed[{}], il_cut[{}];", offsets_.instruction_count + 1,
       offsets_.instruction_count + 1);
  Line("unsigned char il_reached[{}], il_antecedent[{}];", program_.properties.size() + 1,
       program_.properties.size() + 1);
  Line("unsigned char il_own[{}];", offsets_.instruction_count + 1);
  if (needs_tables_) Tables();
  if (needs_objects_) ObjectTables();
  if (needs_units_) {
    text_ += "static const u64 il_unit[] = {";
    for (const uint8_t unit : partial_order_->units().of_slot) {
      text_ += fmt::format("{}ul,", FootprintUnits::Bit(unit));
    }
    text_ += "};\n";
  }
}

void SearchEmitter::Expand() {
  Line("unsigned (*const il_steps[])(const u64 *, u64 *, unsigned, struct il_info *) = {{");
  for (int p = 0; p < program_.process_count(); ++p) Line("  il_step_{},", p);
  Line("}};");
  Line("unsigned il_expand(const u64 *s, u64 *out, unsigned room, struct il_info *info) {{");
  Line("  unsigned made = 0;");
  Line("  info->slow = info->progress = 0;");
  for (int p = 0; p < program_.process_count(); ++p) {
    Line("  made += il_step_{}(s, out + made * W, room - made, info);", p);
  }
  Line("  return made;");
  Line("}}");
}

bool SearchEmitter::EmitLocal(const Instruction& i, uint32_t at) {
  const auto jump = [&](const std::string& condition) {
    if (i.c <= at) {
      Line("  {}{{ if (IL_UNLIKELY((work += {}) > {})) goto slow; goto I{}; }}", condition,
           at + 1 - i.c, kMaxLocalWork, i.c);
    } else {
      Line("  {}goto I{};", condition, i.c);
    }
  };
  switch (i.opcode) {
    case Opcode::kJump: jump(""); return true;
    case Opcode::kBranchFalse: jump(fmt::format("if ({} == 0) ", R(i.a))); return true;
    case Opcode::kBranchTrue: jump(fmt::format("if ({} != 0) ", R(i.a))); return true;
    default: break;
  }
  if (EmitPointerWork(i, at)) return true;
  const auto name = [this](uint32_t reg) { return R(reg); };
  const auto text = LocalInC(i, name, {"goto failed;", "goto failed;", "goto failed;"});
  if (text) Line("  {}", *text);
  return text.has_value();
}

bool HasNativeSteps(const Program& program) {
  std::size_t instructions = 0;
  for (int p = 0; p < program.process_count(); ++p) {
    instructions += program.CodeOf(p).instructions.size();
  }
  return program.process_count() <= kMaxNativeProcesses && instructions <= kMaxNativeInstructions &&
         program.slots.size() <= kMaxNativeSlots;
}

FactOffsets OffsetsOfFacts(const Program& program) {
  FactOffsets offsets;
  for (const ProcessCode& code : program.codes) {
    offsets.points.push_back(offsets.point_count);
    offsets.instructions.push_back(offsets.instruction_count);
    offsets.point_count += code.points.size();
    offsets.instruction_count += code.instructions.size();
  }
  return offsets;
}

std::string EmitSearch(const Program& program, const FieldLayout& layout,
                       const std::vector<NativeObserver>& observers,
                       const PartialOrder* partial_order, SearchFault fault) {
  return SearchEmitter(program, layout, observers, partial_order, fault).Run();
}

}  // namespace interleave
