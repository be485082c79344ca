// Programs in C: `malloc` takes the first block that is free, `free` gives one back, `realloc` does
// both. Each is one step. What is in a block that was not written yet, or is no more there, is
// unwritten, and 0, so that equal situations are equal states; a use of a block that is free is an
// error where the access is made (Slot::allocated).
//
// The blocks are tried one after the other, so that every access says exactly what it touches.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/program/lower.h"

namespace interleave {

std::vector<bool> CellsWithValue(const Type& type) {
  std::vector<bool> cells;
  const auto append = [&](const Type& part) {
    const std::vector<bool> inner = CellsWithValue(part);
    cells.insert(cells.end(), inner.begin(), inner.end());
  };
  if (type.kind == TypeKind::kArray) {
    for (int64_t i = 0; i < type.count; ++i) append(*type.element);
  } else if (type.kind == TypeKind::kStruct) {
    for (const Member& member : type.members) append(*member.type);
    // Of a bit-field's unit a part is written at a time, and of a union one member.
    if (type.is_union && type.cells > 1) cells.assign(cells.size(), true);
    for (const Member& view : type.views) {
      if (view.bit_width > 0) cells[static_cast<std::size_t>(view.cell_offset)] = true;
    }
  } else {
    cells.assign(static_cast<std::size_t>(type.cells), type.kind == TypeKind::kObject);
  }
  return cells;
}

uint32_t Lowering::BlockOf(const Symbol& block) {
  return AddressOf(PlaceOfSymbol(block), block.range);
}

Lowering::Place Lowering::AllocatedFlag(const Symbol& block) {
  const Symbol& flags =
      block.kind == SymbolKind::kShared ? *scenario_.allocated : *scenario_.privates_allocated;
  return PartOf(PlaceOfSymbol(flags), scenario_.types.Bool(), block.heap_block);
}

void Lowering::FillBlock(const Symbol& block, bool is_written, SourceRange range) {
  const Place place = PlaceOfSymbol(block);
  const std::vector<bool> has_value = CellsWithValue(*block.type);
  for (std::size_t cell = 0; cell < has_value.size(); ++cell) {
    Write(PartOf(place, scenario_.types.Long(), static_cast<int>(cell)), kZeroRegister, range);
    Instruction& write = code_.instructions.back();
    if (!is_written && !has_value[cell] && write.opcode == Opcode::kStore) write.flags |= kForgets;
  }
}

const HeapPool* Lowering::PoolFor(const Expr& e) {
  const HeapPool* const pool = e.pool != nullptr ? e.pool : pool_;
  const uint32_t size = Value(*e.operands[0]);
  if (pool == nullptr) {
    if (!too_large_) {
      diagnostics_.Error(e.range, "what is in this memory is not known here",
                         "give its type where the function is called: a cast, or a pointer");
    }
    too_large_ = true;
    return nullptr;
  }
  if (!e.operands[0]->constant || pool->element->flexible_bytes > 0) {
    const Type& element = *pool->element;
    const int64_t most = pool->count * element.bytes + element.flexible_bytes;
    code_.texts.push_back(fmt::format("more than {} elements in one `malloc`",
                                      element.flexible_bytes > 0 ? kUnknownElements : pool->count));
    const auto text = static_cast<uint32_t>(code_.texts.size());
    Emit(Opcode::kLimit, e.range, 0,
         EmitBinary(Op::kLe, IntType::kU64, e.range, size, Constant(most)), 0, text);
  }
  return pool;
}

uint32_t Lowering::TakeBlock(const HeapPool& pool, bool is_zeroed, SourceRange range) {
  const uint32_t result = NewRegister();
  Label end;
  for (const Symbol* block : pool.blocks) {
    Label next;
    const Place flag = AllocatedFlag(*block);
    EmitBranch(Opcode::kBranchTrue, Read(flag, range), next, range);
    Write(flag, Constant(1), range);
    FillBlock(*block, is_zeroed, range);
    Move(result, BlockOf(*block), range);
    EmitJump(end, range);
    Bind(next);
  }
  code_.texts.push_back(
      fmt::format("more than {} blocks of {} from `malloc` at a time (`option heap`)",
                  pool.blocks.size(), TypeName(*pool.blocks[0]->type)));
  Emit(Opcode::kLimit, range, 0, kZeroRegister, 0, static_cast<uint32_t>(code_.texts.size()));
  Bind(end);
  return result;
}

void Lowering::CheckUse(uint32_t holds, const char* text, SourceRange range) {
  code_.texts.emplace_back(text);
  Emit(Opcode::kAssert, range, 0, holds, 1, static_cast<uint32_t>(code_.texts.size()));
}

uint32_t Lowering::Allocate(const Expr& e) {
  if (e.is_named) return MapNamed(e);
  const HeapPool* const pool = PoolFor(e);
  if (pool == nullptr) return NewRegister();
  EnterAtomic(e.range);
  const uint32_t result = TakeBlock(*pool, e.is_zeroed, e.range);
  LeaveAtomic(e.range);
  return result;
}

// `mmap` of a shared memory object: its block among those of the type. MAP_FAILED is -1.
uint32_t Lowering::MapNamed(const Expr& e) {
  const HeapPool* const pool = PoolFor(e);
  if (pool == nullptr) return NewRegister();
  const Expr& call = *e.operands[1];
  const uint32_t fd = NewRegister();
  Move(fd, Value(*call.operands[0]), e.range);
  const uint32_t protection = NewRegister();
  Move(protection, Value(*call.operands[1]), e.range);
  const auto number = std::find_if(scenario_.pools.begin(), scenario_.pools.end(),
                                   [&](const auto& one) { return one.get() == pool; });
  const uint32_t type = Constant(number - scenario_.pools.begin() + 1);
  const uint32_t segment = CallOf(call, *call.function, 0, {fd, protection, type},
                                  {std::nullopt, std::nullopt, std::nullopt});
  const uint32_t result = NewRegister();
  Move(result, Constant(kFarPointer - 1), e.range);
  Label end;
  for (std::size_t k = 0; k < pool->blocks.size(); ++k) {
    Label next;
    EmitBranch(
        Opcode::kBranchFalse,
        EmitBinary(Op::kEq, IntType::kI64, e.range, segment, Constant(static_cast<int64_t>(k))),
        next, e.range);
    Move(result, BlockOf(*pool->blocks[k]), e.range);
    EmitJump(end, e.range);
    Bind(next);
  }
  Bind(end);
  return result;
}

// `ftruncate`: from then on what is mapped of the object is there.
uint32_t Lowering::Truncate(const Expr& e) {
  const Expr& call = *e.operands[0];
  std::vector<uint32_t> arguments;
  for (const ExprPtr& operand : call.operands) {
    arguments.push_back(NewRegister());
    Move(arguments.back(), Value(*operand), e.range);
  }
  EnterAtomic(e.range);
  const uint32_t segment = CallOf(call, *call.function, 0, arguments, {std::nullopt, std::nullopt});
  for (int k = 0; k < kMostSegments; ++k) {
    Label next;
    EmitBranch(Opcode::kBranchFalse,
               EmitBinary(Op::kEq, IntType::kI64, e.range, segment, Constant(k)), next, e.range);
    for (const auto& pool : scenario_.pools) {
      if (pool->is_named)
        Write(AllocatedFlag(*pool->blocks[static_cast<std::size_t>(k)]), Constant(1), e.range);
    }
    Bind(next);
  }
  LeaveAtomic(e.range);
  const uint32_t failed = EmitBinary(Op::kLt, IntType::kI64, e.range, segment, kZeroRegister);
  return EmitBinary(Op::kSub, IntType::kI32, e.range, kZeroRegister, failed);
}

// One step, and always to another block: who goes on with the old one is found out. Its cells are
// taken to registers, so that each access still says what it touches; that they are given back is
// an access to each.
uint32_t Lowering::Reallocate(const Expr& e) {
  const HeapPool* const pool = PoolFor(e);
  if (pool == nullptr) return NewRegister();
  const uint32_t pointer = NewRegister();
  Move(pointer, Value(*e.operands[1]), e.range);
  EnterAtomic(e.range);
  const uint32_t result = TakeBlock(*pool, false, e.range);
  const auto cells = static_cast<uint32_t>(pool->count * pool->element->cells);
  const uint32_t contents = NewRegisters(cells, "");
  const uint32_t taken = NewRegister();  // cells that the old block had, as far as there is room
  std::set<uint32_t> amounts;
  Label found, end;
  EmitBranch(Opcode::kBranchFalse, pointer, end, e.range);
  for (const auto& old : scenario_.pools) {
    if (old->element != pool->element) continue;
    const auto amount = std::min(cells, static_cast<uint32_t>(old->count * old->element->cells));
    amounts.insert(amount);
    for (const Symbol* block : old->blocks) {
      Label next;
      EmitBranch(Opcode::kBranchFalse,
                 EmitBinary(Op::kEq, IntType::kI64, e.range, pointer, BlockOf(*block)), next,
                 e.range);
      const Place flag = AllocatedFlag(*block);
      CheckUse(Read(flag, e.range), "memory is given to `realloc` that is free already", e.range);
      Write(flag, kZeroRegister, e.range);
      const Place from = PlaceOfSymbol(*block);
      for (uint32_t i = 0; i < amount; ++i) {
        Emit(Opcode::kPeek, e.range, contents + i, from.dynamic, 0, from.constant + i);
      }
      FillBlock(*block, false, e.range);
      Move(taken, Constant(amount), e.range);
      EmitJump(found, e.range);
      Bind(next);
    }
  }
  CheckUse(kZeroRegister, "memory is given to `realloc` that no `malloc` gave", e.range);
  Bind(found);
  for (const Symbol* block : pool->blocks) {
    const Place to = PlaceOfSymbol(*block);
    Label next;
    EmitBranch(Opcode::kBranchFalse,
               EmitBinary(Op::kEq, IntType::kI64, e.range, result, BlockOf(*block)), next, e.range);
    for (uint32_t i = 0; i < cells; ++i) {
      if (amounts.contains(i)) {
        EmitBranch(Opcode::kBranchFalse,
                   EmitBinary(Op::kGt, IntType::kI64, e.range, taken, Constant(i)), end, e.range);
      }
      Write(PartOf(to, scenario_.types.Long(), static_cast<int>(i)), contents + i, e.range);
    }
    EmitJump(end, e.range);
    Bind(next);
  }
  Bind(end);
  LeaveAtomic(e.range);
  return result;
}

uint32_t Lowering::Free(const Expr& e) {
  const uint32_t pointer = Value(*e.operands[0]);
  Label end, done;
  EmitBranch(Opcode::kBranchFalse, pointer, end, e.range);
  EnterAtomic(e.range);
  for (const auto& pool : scenario_.pools) {
    for (const Symbol* block : pool->blocks) {
      Label next;
      const uint32_t is_it = EmitBinary(Op::kEq, IntType::kI64, e.range, pointer, BlockOf(*block));
      EmitBranch(Opcode::kBranchFalse, is_it, next, e.range);
      const Place flag = AllocatedFlag(*block);
      CheckUse(Read(flag, e.range), "memory is freed that is free already", e.range);
      Write(flag, kZeroRegister, e.range);
      FillBlock(*block, false, e.range);
      EmitJump(done, e.range);
      Bind(next);
    }
  }
  CheckUse(kZeroRegister, "memory is freed that no `malloc` gave", e.range);
  Bind(done);
  LeaveAtomic(e.range);
  Bind(end);
  return kZeroRegister;
}

}  // namespace interleave
