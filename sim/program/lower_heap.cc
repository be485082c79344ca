// Programs in C: `malloc` takes the first block that is free, `free` gives one back. Each is one
// step. What is in a block that was not written yet, or is no more there, is unwritten, and 0, so
// that equal situations are equal states; a use of a block that is free is an error where the
// access is made (Slot::allocated).
//
// The blocks are tried one after the other, so that every access says exactly what it touches.

#include <fmt/format.h>

#include "sim/program/lower.h"

namespace interleave {

std::vector<bool> CellsInObjects(const Type& type) {
  std::vector<bool> cells;
  const auto append = [&](const Type& part) {
    const std::vector<bool> inner = CellsInObjects(part);
    cells.insert(cells.end(), inner.begin(), inner.end());
  };
  if (type.kind == TypeKind::kArray) {
    for (int64_t i = 0; i < type.count; ++i) append(*type.element);
  } else if (type.kind == TypeKind::kStruct) {
    for (const Member& member : type.members) append(*member.type);
  } else {
    cells.assign(static_cast<std::size_t>(type.cells), type.kind == TypeKind::kObject);
  }
  return cells;
}

uint32_t Lowering::BlockOf(const Symbol& block) const {
  for (const MemoryObject& object : program_.objects) {
    if (object.symbol == &block) return object.base;
  }
  return 0;
}

Lowering::Place Lowering::AllocatedFlag(const Symbol& block) const {
  Place place;
  place.kind = Place::Kind::kMemory;
  place.type = scenario_.types.Bool();
  place.constant = BlockOf(*scenario_.allocated) + static_cast<uint32_t>(block.heap_block);
  place.is_access = true;
  return place;
}

void Lowering::FillBlock(const Symbol& block, bool is_written, SourceRange range) {
  Place place;
  place.kind = Place::Kind::kMemory;
  place.type = scenario_.types.Long();
  place.is_access = true;
  const std::vector<bool> in_object = CellsInObjects(*block.type);
  for (std::size_t cell = 0; cell < in_object.size(); ++cell) {
    place.constant = BlockOf(block) + static_cast<uint32_t>(cell);
    Write(place, kZeroRegister, range);
    if (!is_written && !in_object[cell]) code_.instructions.back().flags |= kForgets;
  }
}

uint32_t Lowering::Allocate(const Expr& e) {
  const HeapPool* const pool = e.pool != nullptr ? e.pool : pool_;
  const uint32_t result = NewRegister();
  const uint32_t size = e.operands.empty() ? kZeroRegister : Value(*e.operands[0]);
  if (pool == nullptr) {
    if (!too_large_) {
      diagnostics_.Error(e.range, "what is in this memory is not known here",
                         "give its type where the function is called: a cast, or a pointer");
    }
    too_large_ = true;
    return result;
  }
  if (!e.operands[0]->constant) {
    const int64_t most = pool->count * pool->element->bytes;
    code_.texts.push_back(fmt::format("more than {} elements in one `malloc`", pool->count));
    const auto text = static_cast<uint32_t>(code_.texts.size());
    Emit(Opcode::kLimit, e.range, 0,
         EmitBinary(Op::kLe, IntType::kU64, e.range, size, Constant(most)), 0, text);
  }
  EnterAtomic(e.range);
  Label end;
  for (const Symbol* block : pool->blocks) {
    Label next;
    const Place flag = AllocatedFlag(*block);
    EmitBranch(Opcode::kBranchTrue, Read(flag, e.range), next, e.range);
    Write(flag, Constant(1), e.range);
    FillBlock(*block, e.is_zeroed, e.range);
    Move(result, Constant(BlockOf(*block)), e.range);
    EmitJump(end, e.range);
    Bind(next);
  }
  code_.texts.push_back(
      fmt::format("more than {} blocks of {} from `malloc` at a time (`option heap`)",
                  pool->blocks.size(), TypeName(*pool->blocks[0]->type)));
  Emit(Opcode::kLimit, e.range, 0, kZeroRegister, 0, static_cast<uint32_t>(code_.texts.size()));
  Bind(end);
  LeaveAtomic(e.range);
  return result;
}

uint32_t Lowering::Free(const Expr& e) {
  const uint32_t pointer = Value(*e.operands[0]);
  Label end, done;
  EmitBranch(Opcode::kBranchFalse, pointer, end, e.range);
  EnterAtomic(e.range);
  const auto misuse = [&](uint32_t holds, const char* text) {
    code_.texts.emplace_back(text);
    Emit(Opcode::kAssert, e.range, 0, holds, 1, static_cast<uint32_t>(code_.texts.size()));
  };
  for (const auto& pool : scenario_.pools) {
    for (const Symbol* block : pool->blocks) {
      Label next;
      const uint32_t is_it =
          EmitBinary(Op::kEq, IntType::kI64, e.range, pointer, Constant(BlockOf(*block)));
      EmitBranch(Opcode::kBranchFalse, is_it, next, e.range);
      const Place flag = AllocatedFlag(*block);
      misuse(Read(flag, e.range), "memory is freed that is free already");
      Write(flag, kZeroRegister, e.range);
      FillBlock(*block, false, e.range);
      EmitJump(done, e.range);
      Bind(next);
    }
  }
  misuse(kZeroRegister, "memory is freed that no `malloc` gave");
  Bind(done);
  LeaveAtomic(e.range);
  Bind(end);
  return kZeroRegister;
}

}  // namespace interleave
