// What every part of the lowering writes with: instructions, registers, constants, jumps.
//
// What would surprise: constants are registers that are set before a run begins, one a value, so no
// instruction loads them. A jump to a label that is not bound yet is noted with the label and
// patched when it is.

#include <algorithm>

#include "sim/program/lower.h"

namespace interleave {
namespace {

constexpr std::size_t kMaxInstructions = 20'000;

}  // namespace

Lowering::Lowering(const LowerContext& context, Code& code)
    : scenario_(context.scenario),
      program_(context.program),
      diagnostics_(context.diagnostics),
      granularity_(context.granularity),
      code_(code) {
  code_.register_count = kFirstRegister;
  named_.assign(kFirstRegister, false);
  code_.constants.emplace_back(kZeroRegister, 0);
  constants_[0] = kZeroRegister;
}

uint32_t Lowering::LocationOf(SourceRange range) {
  CodeLocation location{range, statement_.end == 0 ? range : statement_, inlined_call_};
  if (object_call_) location = *object_call_;
  if (!code_.locations.empty()) {
    const CodeLocation& last = code_.locations.back();
    if (last.range.begin == location.range.begin && last.range.end == location.range.end &&
        last.statement.begin == location.statement.begin &&
        last.statement.end == location.statement.end && last.call == location.call) {
      return static_cast<uint32_t>(code_.locations.size() - 1);
    }
  }
  code_.locations.push_back(location);
  return static_cast<uint32_t>(code_.locations.size() - 1);
}

uint32_t Lowering::Emit(Opcode opcode, SourceRange range, uint32_t dst, uint32_t a, uint32_t b,
                        uint32_t c) {
  if (code_.instructions.size() >= kMaxInstructions) {
    if (!too_large_) {
      diagnostics_.Error(range, "the program is too large: functions are inlined at every call",
                         "make the process smaller, or call fewer functions from functions");
    }
    too_large_ = true;
    code_.instructions.pop_back();
  }
  Instruction instruction;
  instruction.opcode = opcode;
  instruction.dst = dst;
  instruction.a = a;
  instruction.b = b;
  instruction.c = c;
  instruction.location = LocationOf(range);
  if (opcode == Opcode::kPointerAdd && process_code_ != nullptr && process_code_->forks) {
    std::vector<bool>& holds = process_code_->holds_pointer;
    holds.resize(std::max<std::size_t>(holds.size(), code_.register_count));
    holds[dst] = true;
  }
  if (operation_ != nullptr) instruction.flags = kInOperation | kQuiet;
  code_.instructions.push_back(instruction);
  return here() - 1;
}

uint32_t Lowering::EmitBinary(Op op, IntType type, SourceRange range, uint32_t a, uint32_t b) {
  const uint32_t dst = NewRegister();
  Instruction& instruction = code_.instructions[Emit(Opcode::kBinary, range, dst, a, b)];
  instruction.op = op;
  instruction.type = type;
  return dst;
}

uint32_t Lowering::NewRegister() {
  named_.push_back(false);
  if (process_code_ != nullptr) process_code_->register_names.resize(named_.size());
  return code_.register_count++;
}

void Lowering::NoteType(uint32_t first, const Type& type) {
  if (process_code_ == nullptr || !process_code_->forks || first < kFirstRegister) return;
  std::vector<bool>& holds = process_code_->holds_pointer;
  holds.resize(std::max<std::size_t>(holds.size(), code_.register_count));
  if (type.kind == TypeKind::kArray) {
    for (int64_t i = 0; i < type.count; ++i)
      NoteType(first + static_cast<uint32_t>(i * type.element->cells), *type.element);
  } else if (type.has_members()) {
    for (const Member& member : type.members)
      NoteType(first + static_cast<uint32_t>(member.cell_offset), *member.type);
  } else if (type.is_pointer()) {
    holds[first] = true;
  }
}

uint32_t Lowering::NewRegisters(uint32_t count, const std::string& name) {
  const uint32_t first = code_.register_count;
  code_.register_count += count;
  named_.resize(code_.register_count, !name.empty());
  if (process_code_ != nullptr) {
    process_code_->register_names.resize(named_.size());
    for (uint32_t i = 0; i < count && !name.empty(); ++i) {
      process_code_->register_names[first + i] = count == 1 ? name : name + "." + std::to_string(i);
    }
  }
  return first;
}

uint32_t Lowering::Constant(int64_t value) {
  const auto it = constants_.find(value);
  if (it != constants_.end()) return it->second;
  const uint32_t reg = NewRegister();
  code_.constants.emplace_back(reg, value);
  constants_[value] = reg;
  return reg;
}

void Lowering::Bind(Label& label) {
  last_bound_ = here();
  label.target = here();
  for (const uint32_t patch : label.patches) code_.instructions[patch].c = here();
  label.patches.clear();
}

void Lowering::EmitJump(Label& label, SourceRange range) {
  const uint32_t at = Emit(Opcode::kJump, range);
  if (label.target >= 0)
    code_.instructions[at].c = static_cast<uint32_t>(label.target);
  else
    label.patches.push_back(at);
}

void Lowering::EmitBranch(Opcode opcode, uint32_t reg, Label& label, SourceRange range) {
  const uint32_t at = Emit(opcode, range, 0, reg);
  if (label.target >= 0)
    code_.instructions[at].c = static_cast<uint32_t>(label.target);
  else
    label.patches.push_back(at);
}

}  // namespace interleave
