#include "sim/program/ghosts.h"

#include <algorithm>

namespace interleave {
namespace {

void Collect(const Stmt& s, std::vector<SourceRange>& ghosts) {
  if (s.kind == StmtKind::kGhost) ghosts.push_back(s.range);
  if (s.body) Collect(*s.body, ghosts);
  if (s.else_body) Collect(*s.else_body, ghosts);
  for (const StmtPtr& inner : s.body_list) Collect(*inner, ghosts);
}

}  // namespace

std::vector<SourceRange> GhostStatements(const ProcessCode& code) {
  std::vector<SourceRange> ghosts;
  Collect(*code.source->syntax->body, ghosts);
  return ghosts;
}

bool IsGhostCode(const ProcessCode& code, const Instruction& instruction,
                 const std::vector<SourceRange>& ghosts) {
  const SourceRange range = code.locations[instruction.location].range;
  return std::any_of(ghosts.begin(), ghosts.end(), [&](const SourceRange& ghost) {
    return ghost.begin <= range.begin && range.end <= ghost.end;
  });
}

void SilenceGhostAssertions(Program& program) {
  for (ProcessCode& code : program.codes) {
    const std::vector<SourceRange> ghosts = GhostStatements(code);
    for (Instruction& i : code.instructions) {
      if (i.opcode != Opcode::kAssert || !IsGhostCode(code, i, ghosts)) continue;
      i.opcode = Opcode::kMove;  // onto itself
      i.dst = i.a;
    }
  }
}

}  // namespace interleave
