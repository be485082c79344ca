// Definitions are counted; liveness is the usual backward data flow, with the locals that a
// property mentions alive everywhere.

#include "model/reduce/register_uses.h"

#include <cstdint>
#include <utility>

#include "sim/program/liveness.h"

namespace interleave {
namespace {

std::vector<int> FindDefinitions(const Code& code) {
  std::vector<int> definitions(code.register_count, -1);
  for (std::size_t at = 0; at < code.instructions.size(); ++at) {
    const auto define = [&](uint32_t reg) {
      definitions[reg] = definitions[reg] == -1 ? static_cast<int>(at) : -2;
    };
    const Instruction& i = code.instructions[at];
    if (i.opcode == Opcode::kRegisterStore) {
      for (uint32_t r = i.c; r < i.c + i.b; ++r) definitions[r] = -2;
    }
    VisitRegisters(
        i, code, [](uint32_t, uint32_t) {},
        [&](uint32_t first, uint32_t count) {
          for (uint32_t r = first; r < first + count; ++r) define(r);
        });
  }
  return definitions;
}

// Registers of locals that a property mentions: it may read them at any time.
std::vector<bool> MentionedRegisters(const Code& code, const ProcessCode* process) {
  std::vector<bool> mentioned(code.register_count, false);
  if (process != nullptr) {
    for (const LocalVariable& local : process->locals) {
      if (!local.symbol->is_mentioned) continue;
      for (const uint32_t first : local.registers) {
        for (uint32_t k = 0; k < static_cast<uint32_t>(local.symbol->type->cells); ++k)
          mentioned[first + k] = true;
      }
    }
  }
  return mentioned;
}

}  // namespace

RegisterUses FindRegisterUses(const Code& code, const ProcessCode* process) {
  RegisterUses uses;
  uses.definitions = FindDefinitions(code);
  const std::size_t n = code.instructions.size();
  const std::vector<bool> mentioned = MentionedRegisters(code, process);
  const auto behind = [&](const std::vector<std::vector<bool>>& live, uint32_t at) {
    std::vector<bool> row = mentioned;
    VisitSuccessors(code, at, [&](uint32_t to) {
      for (std::size_t r = 0; r < row.size(); ++r) row[r] = row[r] || live[to][r];
    });
    return row;
  };
  std::vector<std::vector<bool>> live(n, mentioned);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t k = n; k-- > 0;) {
      const auto at = static_cast<uint32_t>(k);
      std::vector<bool> row = behind(live, at);
      const auto set = [&](bool value) {
        return [&row, value](uint32_t first, uint32_t count) {
          for (uint32_t r = first; r < first + count; ++r) row[r] = value;
        };
      };
      const auto nothing = [](uint32_t, uint32_t) {};
      VisitRegisters(code.instructions[at], code, nothing, set(false));
      VisitRegisters(code.instructions[at], code, set(true), nothing);
      if (row != live[at]) {
        live[at] = std::move(row);
        changed = true;
      }
    }
  }
  std::vector<bool>& dead = uses.dead_moves;
  dead.resize(n, false);
  for (uint32_t at = 0; at < n; ++at) {
    const Instruction& i = code.instructions[at];
    if (i.opcode == Opcode::kMove) dead[at] = !behind(live, at)[i.dst];
  }

  std::vector<bool>& zero = uses.zero_at_start;
  zero.assign(code.register_count, false);
  if (n > 0) zero = live[0];
  for (const auto& [reg, value] : code.constants) zero[reg] = false;
  return uses;
}

}  // namespace interleave
