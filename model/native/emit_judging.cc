// Properties as functions of a packed state: each says 0, 1, or 2 for "ask the interpreter".
//
// What would surprise: nothing is reported from here. A state that breaks something, or may, is
// handed to the interpreter, which judges it again and words what is wrong.

#include <fmt/format.h>

#include <algorithm>

#include "model/native/search_emitter.h"
#include "sim/program/c_text.h"

namespace interleave {

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
        if (const std::string unwritten = IsUnwritten(cell); !unwritten.empty()) {
          Line("  if (IL_UNLIKELY({})) goto slow;", unwritten);
        }
        Line("  {} = {};", R(i.dst), Get(cell));
        break;
      }
      case Opcode::kProcessDone:
      case Opcode::kProcessInSection:
      case Opcode::kProcessAtLabel:
      case Opcode::kProcessLocal: OfProcess(i); break;
      case Opcode::kProcessBlocked:
      case Opcode::kProcessWaiting: {
        const bool blocked = i.opcode == Opcode::kProcessBlocked;
        Line("  {{ int v = {}(n, {} + {}); if (IL_UNLIKELY(v == 2)) goto slow; {} = v; }}",
             blocked ? "il_is_blocked" : "il_waits", i.c, R(i.a), R(i.dst));
        break;
      }
      case Opcode::kIsUnwritten: {
        const Cell cell{0, static_cast<uint32_t>(fields_.size()), fmt::format("({})", R(i.a))};
        Line("  {} = {};", R(i.dst), IsUnwritten(cell));
        break;
      }
      case Opcode::kHalt: Line("  return {} != 0;", R(i.a)); break;
      default: Line("  goto slow;");
    }
  }
  Line("failed: __attribute__((unused));");
  Line("slow: __attribute__((unused));");
  Line("  return 2;");
  Line("}}");
}

void SearchEmitter::OfProcess(const Instruction& i) {
  const bool of_local = i.opcode == Opcode::kProcessLocal;
  const std::size_t first = of_local ? i.c >> 16 : i.c;
  Line("  switch ({} + {}) {{", first, R(i.a));
  for (std::size_t p = first; p < program_.processes.size(); ++p) {
    const ProcessInstance& process = program_.processes[p];
    if (process.code != program_.processes[first].code) break;
    if (of_local) {
      Line("    case {}:", p);
      LocalOf(process, i);
      Line("      break;");
      continue;
    }
    Line("    case {}: {} = {}; break;", p, R(i.dst), StandingOf(process, i));
  }
  Line("    default: goto slow;");
  Line("  }}");
}

std::string SearchEmitter::StandingOf(const ProcessInstance& process, const Instruction& i) const {
  const ProcessCode& code = program_.codes[static_cast<std::size_t>(process.code)];
  const std::string point = Get(process.point_slot);
  if (i.opcode == Opcode::kProcessDone) return fmt::format("{} == 0", point);
  if (i.opcode == Opcode::kProcessAtLabel) {
    const auto labels = code.label_registers.begin();
    const auto place = static_cast<uint32_t>(
        std::count_if(labels, labels + i.b, [](uint32_t reg) { return reg != 0; }));
    return Get(process.spill_base + place);
  }
  std::string value = "0";
  for (std::size_t k = 0; k < code.points.size(); ++k) {
    if (code.points[k].sections[i.b]) value += fmt::format(" | {} == {}", point, k);
  }
  return value;
}

// As Evaluator has it: a name may stand for several variables, and the first one alive is meant.
void SearchEmitter::LocalOf(const ProcessInstance& process, const Instruction& i) {
  const ProcessCode& code = program_.codes[static_cast<std::size_t>(process.code)];
  const std::size_t local = i.c & 0xffff;
  const std::string& name = code.locals[local].symbol->name;
  Line("      switch ({}) {{", Get(process.point_slot));
  for (std::size_t k = 0; k < code.points.size(); ++k) {
    const ProgramPoint& point = code.points[k];
    for (std::size_t v = local; v < code.locals.size(); ++v) {
      const LocalVariable& variable = code.locals[v];
      if (variable.symbol->name != name) continue;
      const bool is_dead = variable.is_own
                               ? std::any_of(point.dead.begin(), point.dead.end(),
                                             [&](const OwnRange& dead) {
                                               return dead.offset == variable.own_offset;
                                             })
                               : point.local_offsets[v] < 0;
      if (is_dead) continue;
      const uint32_t base =
          variable.is_own ? process.own_base + variable.own_offset
                          : process.spill_base + static_cast<uint32_t>(point.local_offsets[v]);
      const auto cells = static_cast<uint32_t>(variable.symbol->type->cells);
      const auto constant = Constant(i.b);
      const Cell cell = constant ? Cell{base + static_cast<uint32_t>(*constant), 1, ""}
                                 : Cell{base, cells, fmt::format("({})", R(i.b))};
      Line("        case {}: {} = {}; break;", k, R(i.dst), Get(cell));
      break;
    }
  }
  Line("        default: {} = 0;", R(i.dst));
  Line("      }}");
}

// Evaluator::IsBlocked and Waits, by compiled steps: 0, 1, or 2 where the interpreter must look.
void SearchEmitter::Waiting() {
  const auto asks = [](const Code& code) {
    return std::any_of(
        code.instructions.begin(), code.instructions.end(), [](const Instruction& i) {
          return i.opcode == Opcode::kProcessBlocked || i.opcode == Opcode::kProcessWaiting;
        });
  };
  const bool is_asked = std::any_of(
      program_.properties.begin(), program_.properties.end(),
      [&](const Property& p) { return asks(p.code) || (p.antecedent && asks(*p.antecedent)); });
  if (!is_asked) return;
  Line("static int il_has_steps(const u64 *n, long process) {{");
  Line("  switch (process) {{");
  for (int p = 0; p < program_.process_count(); ++p) {
    Line("    case {}: return (u64)({}) - 1 < {}u;", p,
         Get(program_.processes[static_cast<std::size_t>(p)].point_slot),
         program_.CodeOf(p).access_points);
  }
  Line("    default: return 0;");
  Line("  }}");
  Line("}}");
  Line("enum {{ PROCESSES = {}, ROOM = 16, SOLO = 64 }};", program_.process_count());
  text_ += R"c(
static int il_is_blocked(const u64 *n, long process) {
  struct il_move moves[PROCESSES];
  struct il_info info = {.moves = moves};
  u64 out[ROOM * W];
  if (!il_has_steps(n, process)) return 0;
  unsigned made = il_steps[process](n, out, ROOM, &info);
  return info.slow != 0 ? 2 : made == 0 && !info.cut;
}
static int il_same(const u64 *a, const u64 *b) {
  u64 differ = 0;
  for (unsigned w = 0; w < W; ++w) differ |= a[w] ^ b[w];
  return differ == 0;
}
static int il_waits(const u64 *n, long process) {
  struct il_move moves[PROCESSES];
  u64 here[W], seen[W], out[2 * W];
  if (!il_has_steps(n, process)) return 0;
  for (unsigned w = 0; w < W; ++w) here[w] = seen[w] = n[w];
  for (unsigned steps = 1; steps < SOLO; ++steps) {
    struct il_info info = {.moves = moves};
    unsigned made = il_steps[process](here, out, 2, &info);
    if (info.slow != 0) return 2;
    if (info.progress != 0) return 0;
    if (made == 0) return !info.cut;
    if (made > 1) return 2;
    for (unsigned w = 0; w < W; ++w) here[w] = out[w];
    if (il_same(here, seen)) return 1;
    if ((steps & (steps - 1)) == 0) for (unsigned w = 0; w < W; ++w) seen[w] = here[w];
  }
  return 2;
}
)c";
}

void SearchEmitter::Judge() {
  Waiting();
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
      case PropertyRow::JudgedBy::kNextAccesses:
        calls += fmt::format("  if (IL_UNLIKELY(il_races(n))) broken |= {}ul;\n", PropertyBit(k));
        continue;
      case PropertyRow::JudgedBy::kEndlessRuns: continue;
    }
    Condition(fmt::format("il_property_{}", k), property.code);
    if (row.demand == PropertyRow::Demand::kOnceTrue) {
      calls += fmt::format(
          "  if (!il_reached[{}]) {{ int v = il_property_{}(n); if (v == 2) broken |= ASK; "
          "else if (v) il_reached[{}] = 1; }}\n",
          k, k, k);
      continue;
    }
    if (property.antecedent) {
      Condition(fmt::format("il_antecedent_{}", k), *property.antecedent);
      calls += fmt::format(
          "  if (!il_antecedent[{}]) {{ int v = il_antecedent_{}(n); if (v == 2) broken |= ASK; "
          "else if (v) il_antecedent[{}] = 1; }}\n",
          k, k, k);
    }
    calls += fmt::format(
        "  {{ int v = il_property_{}(n); if (IL_UNLIKELY(v != {})) broken |= v == 2 ? ASK : {}ul; "
        "}}\n",
        k, row.demand == PropertyRow::Demand::kAlwaysTrue ? 1 : 0, PropertyBit(k));
  }
  if (has_races_) Races();
  Line("#define ASK {}ul", kAskInterpreter);
  Line("u64 il_judge(const u64 *n) {{");
  if (fault_ == SearchFault::kBlindJudge) {
    Line("  return 0;");
  } else {
    Line("  u64 broken = 0;");
    text_ += calls;
    if (needs_completeness) {
      std::string over = "1";
      for (int p = 0; p < program_.process_count(); ++p) {
        if (program_.IsDaemon(p)) continue;
        over += fmt::format(" && (u64)({}) - 1 >= {}u",
                            Get(program_.processes[static_cast<std::size_t>(p)].point_slot),
                            program_.CodeOf(p).access_points);
      }
      Line("  if ({}) broken |= ASK;", over);
    }
    Line("  return broken;");
  }
  Line("}}");
}

}  // namespace interleave
