// Properties as functions of a packed state: each says 0, 1, or 2 for "ask the interpreter".
//
// What would surprise: nothing is reported from here. A state that breaks something, or may, is
// handed to the interpreter, which judges it again and words what is wrong.

#include <fmt/format.h>

#include <algorithm>

#include "model/native/search_emitter.h"
#include "sim/program/c_text.h"

namespace interleave {

bool SearchEmitter::IsJudged(const Code& code) {
  return std::all_of(code.instructions.begin(), code.instructions.end(), [](const Instruction& i) {
    return i.opcode != Opcode::kProcessBlocked && i.opcode != Opcode::kProcessWaiting &&
           i.opcode != Opcode::kProcessAtLabel && i.opcode != Opcode::kProcessLocal &&
           i.opcode != Opcode::kIsUnwritten && !IsPointerWork(i);
  });
}

void SearchEmitter::Condition(const std::string& name, const Code& code) {
  code_ = &code;
  process_ = nullptr;
  Line("static int {}(const u64 *n) {{", name);
  Line("  unsigned work = 0;");
  Registers();
  const std::vector<bool> is_target = JumpTargets(*code_);
  for (uint32_t at = 0; at < code.instructions.size(); ++at) {
    const Instruction& i = code.instructions[at];
    if (is_target[at]) Line("I{}:;", at);
    if (EmitLocal(i, at)) continue;
    switch (i.opcode) {
      case Opcode::kPeek: {
        const Cell cell = CellAt(i);
        if (const Cell written = WrittenOf(cell); written.count != 0) {
          Line("  if (IL_UNLIKELY({} == 0)) goto slow;", Get(written));
        }
        Line("  {} = {};", R(i.dst), Get(cell));
        break;
      }
      case Opcode::kProcessDone:
      case Opcode::kProcessInSection: OfProcess(i); break;
      case Opcode::kHalt: Line("  return {} != 0;", R(i.a)); break;
      default: Line("  goto slow;");
    }
  }
  Line("slow:;");
  Line("  return 2;");
  Line("}}");
}

void SearchEmitter::OfProcess(const Instruction& i) {
  Line("  switch ({} + {}) {{", i.c, R(i.a));
  for (std::size_t p = i.c; p < program_.processes.size(); ++p) {
    const ProcessInstance& process = program_.processes[p];
    if (process.code != program_.processes[i.c].code) break;
    const std::string point = Get(process.point_slot);
    std::string value = fmt::format("{} == 0", point);
    if (i.opcode == Opcode::kProcessInSection) {
      value = "0";
      const auto& points = program_.CodeOf(static_cast<int>(p)).points;
      for (std::size_t k = 0; k < points.size(); ++k) {
        if (points[k].sections[i.b]) value += fmt::format(" | {} == {}", point, k);
      }
    }
    Line("    case {}: {} = {}; break;", p, R(i.dst), value);
  }
  Line("    default: goto slow;");
  Line("  }}");
}

void SearchEmitter::Judge() {
  bool all = true;
  bool needs_completeness = false;
  std::string calls;
  for (std::size_t k = 0; k < program_.properties.size(); ++k) {
    const Property& property = program_.properties[k];
    const PropertyRow& row = property.row();
    switch (row.judged_by) {
      case PropertyRow::JudgedBy::kCondition: break;
      case PropertyRow::JudgedBy::kAutomaton:
        needs_completeness = needs_completeness || row.follows_items;
        continue;
      case PropertyRow::JudgedBy::kNextAccesses: all = false; continue;
    }
    if (!IsJudged(property.code) || (property.antecedent && !IsJudged(*property.antecedent))) {
      all = false;
      continue;
    }
    Condition(fmt::format("il_property_{}", k), property.code);
    if (row.demand == PropertyRow::Demand::kOnceTrue) {
      calls += fmt::format(
          "  if (!il_reached[{}]) {{ int v = il_property_{}(n); if (v == 2) return 1; "
          "if (v) il_reached[{}] = 1; }}\n",
          k, k, k);
      continue;
    }
    if (property.antecedent) {
      Condition(fmt::format("il_antecedent_{}", k), *property.antecedent);
      calls += fmt::format(
          "  if (!il_antecedent[{}]) {{ int v = il_antecedent_{}(n); if (v == 2) return 1; "
          "if (v) il_antecedent[{}] = 1; }}\n",
          k, k, k);
    }
    calls += fmt::format("  if (IL_UNLIKELY(il_property_{}(n) != {})) return 1;\n", k,
                         row.demand == PropertyRow::Demand::kAlwaysTrue ? 1 : 0);
  }
  Line("int il_judge(const u64 *n) {{");
  if (fault_ == SearchFault::kBlindJudge) {
    Line("  return 0;");
  } else if (!all) {
    Line("  return 1;");
  } else {
    text_ += calls;
    if (needs_completeness) {
      std::string over = "1";
      for (int p = 0; p < program_.process_count(); ++p) {
        if (program_.IsDaemon(p)) continue;
        over += fmt::format(" && (u64)({}) - 1 >= {}u",
                            Get(program_.processes[static_cast<std::size_t>(p)].point_slot),
                            program_.CodeOf(p).access_points);
      }
      Line("  if ({}) return 1;", over);
    }
    Line("  return 0;");
  }
  Line("}}");
}

}  // namespace interleave
