// Definitions are counted; the locals that a property mentions are alive everywhere.

#include "model/reduce/register_uses.h"

#include <cstdint>
#include <utility>

#include "sim/program/liveness.h"
#include "sim/program/register_life.h"

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
  std::vector<std::vector<uint32_t>> moves_to(code.register_count);  // by register
  std::vector<bool>& dead = uses.dead_moves;
  dead.resize(n, false);
  for (uint32_t at = 0; at < n; ++at) {
    const Instruction& i = code.instructions[at];
    if (i.opcode == Opcode::kMove && !mentioned[i.dst]) moves_to[i.dst].push_back(at);
  }
  std::vector<bool>& zero = uses.zero_at_start;
  zero = mentioned;
  if (n > 0) {
    VisitRegisters(
        code.instructions[0], code, [](uint32_t, uint32_t) {},
        [&](uint32_t reg, uint32_t) { zero[reg] = false; });
  }
  std::vector<bool> is_constant(code.register_count, false);
  for (const auto& [reg, value] : code.constants) is_constant[reg] = true;
  RegisterLife life(code, is_constant, {});
  while (life.Next()) {
    if (n > 0 && life.IsAliveBefore(0)) zero[life.reg()] = true;
    for (const uint32_t at : moves_to[life.reg()]) {
      dead[at] = true;
      VisitSuccessors(code, at, [&](uint32_t to) {
        if (life.IsAliveBefore(to)) dead[at] = false;
      });
    }
  }
  for (const auto& [reg, value] : code.constants) zero[reg] = false;
  return uses;
}

}  // namespace interleave
