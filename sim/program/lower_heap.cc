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
  uint32_t protection = kZeroRegister;
  const bool maps = e.name == "mmap";
  if (maps) {
    protection = NewRegister();
    Move(protection, Value(*e.operands[1]), e.range);
  }
  EnterAtomic(e.range);
  const uint32_t result = TakeBlock(*pool, e.is_zeroed, e.range);
  if (maps && e.is_mapped && scenario_.mappings != nullptr) {
    const uint32_t rights = RightsOf(protection, e.range);
    for (const Symbol* block : pool->blocks) {
      Label next;
      EmitBranch(Opcode::kBranchFalse,
                 EmitBinary(Op::kEq, IntType::kI64, e.range, result, BlockOf(*block)), next,
                 e.range);
      NoteMapping(block->mapping, rights, e.range);
      Bind(next);
    }
  }
  LeaveAtomic(e.range);
  return result;
}

// What may be written may be read, and what may be executed, too, as on x86.
uint32_t Lowering::RightsOf(uint32_t protection, SourceRange range) {
  const auto binary = [&](Op op, uint32_t a, int64_t b) {
    return EmitBinary(op, IntType::kI64, range, a, Constant(b));
  };
  const uint32_t any = EmitBinary(
      Op::kOr, IntType::kI64, range, binary(Op::kShr, protection, 1),
      EmitBinary(Op::kOr, IntType::kI64, range, protection, binary(Op::kShr, protection, 2)));
  const uint32_t reads = binary(Op::kAnd, any, Mapping::kReads);
  const uint32_t writes = binary(Op::kAnd, protection, Mapping::kWrites);
  return binary(Op::kOr, EmitBinary(Op::kOr, IntType::kI64, range, reads, writes),
                Mapping::kIsThere);
}

// The process has mapped it once more.
void Lowering::NoteMapping(int mapping, uint32_t rights, SourceRange range) {
  if (mapping == 0) return;
  const auto binary = [&](Op op, uint32_t a, uint32_t b) {
    return EmitBinary(op, IntType::kI64, range, a, b);
  };
  const Place cell = PartOf(PlaceOfSymbol(*scenario_.mappings), scenario_.types.Int(), mapping);
  const uint32_t known = binary(Op::kAnd, Read(cell, range), Constant(~Mapping::kTakenAway));
  Write(cell, binary(Op::kAdd, binary(Op::kOr, known, rights), Constant(Mapping::kOne)), range);
}

// `munmap` and `mprotect` (POSIX.1-2017): the address is one that a page begins at, so that of a
// mapping that is smaller it is its first one.
uint32_t Lowering::Unmap(const Expr& e) {
  constexpr int64_t kNoMemory = 12, kInvalid = 22, kPage = 4096;  // ENOMEM, EINVAL
  const bool protects = static_cast<Intrinsic>(e.intrinsic) == Intrinsic::kProtect;
  const auto copy = [&](const Expr& operand) {
    const uint32_t reg = NewRegister();
    NoteType(reg, *operand.type);
    Move(reg, Value(operand), e.range);
    return reg;
  };
  const auto binary = [&](Op op, uint32_t a, uint32_t b) {
    return EmitBinary(op, IntType::kI64, e.range, a, b);
  };
  const uint32_t pointer = copy(*e.operands[0]);
  const uint32_t length = copy(*e.operands[1]);
  const uint32_t rights = protects ? RightsOf(copy(*e.operands[2]), e.range) : kZeroRegister;
  const uint32_t given = NewRegister();
  Label end, invalid;
  Move(given, Constant(protects ? -kNoMemory : 0), e.range);
  if (!protects) EmitBranch(Opcode::kBranchFalse, length, invalid, e.range);
  EmitBranch(Opcode::kBranchTrue, binary(Op::kEq, pointer, Constant(kFarPointer - 1)), invalid,
             e.range);
  const auto try_part = [&](int mapping, uint32_t address, int64_t cells, int64_t bytes) {
    Label next;
    const uint32_t offset = binary(Op::kSub, pointer, address);
    EmitBranch(Opcode::kBranchFalse,
               EmitBinary(Op::kLt, IntType::kU64, e.range, offset, Constant(cells)), next, e.range);
    if (bytes > kPage) {
      code_.texts.push_back(fmt::format("a part of a mapping given to `{}`", e.name));
      const auto text = static_cast<uint32_t>(code_.texts.size());
      const uint32_t is_first = binary(Op::kEq, offset, kZeroRegister);
      const uint32_t is_whole = binary(Op::kGt, length, Constant((bytes - 1) / kPage * kPage));
      Emit(Opcode::kLimit, e.range, 0, binary(Op::kAnd, is_first, is_whole), 0, text);
    } else {
      EmitBranch(Opcode::kBranchTrue, offset, invalid, e.range);
    }
    const Place cell = PartOf(PlaceOfSymbol(*scenario_.mappings), scenario_.types.Int(), mapping);
    const uint32_t known = NewRegister();
    Move(known, Read(cell, e.range), e.range);
    EmitBranch(Opcode::kBranchFalse, binary(Op::kAnd, known, Constant(Mapping::kIsThere)), end,
               e.range);
    if (protects) {
      const int64_t both = Mapping::kReads | Mapping::kWrites;
      Write(cell, binary(Op::kOr, binary(Op::kAnd, known, Constant(~both)), rights), e.range);
      Move(given, kZeroRegister, e.range);
    } else {
      Label last;
      const uint32_t left = binary(Op::kSub, known, Constant(Mapping::kOne));
      EmitBranch(Opcode::kBranchFalse, binary(Op::kGe, left, Constant(Mapping::kOne)), last,
                 e.range);
      Write(cell, left, e.range);
      EmitJump(end, e.range);
      Bind(last);
      Write(cell, Constant(Mapping::kTakenAway), e.range);
    }
    EmitJump(end, e.range);
    Bind(next);
  };
  for (std::size_t n = 0; scenario_.mappings != nullptr && n < program_.file_rows.size(); ++n) {
    try_part(static_cast<int>(n) + 1, Constant(program_.file_rows[n]), kMappedFileSize,
             kMappedFileSize);
  }
  for (const auto& pool : scenario_.pools) {
    for (const Symbol* block : pool->blocks) {
      if (block->mapping > 0) {
        try_part(block->mapping, BlockOf(*block), block->type->cells, block->type->bytes);
      } else if (block->kind != SymbolKind::kShared) {
        // Of MAP_PRIVATE it is gone, as behind `free`.
        Label next;
        EmitBranch(Opcode::kBranchFalse, binary(Op::kEq, pointer, BlockOf(*block)), next, e.range);
        Move(given, kZeroRegister, e.range);
        if (protects) {
          EmitJump(end, e.range);
        } else {
          const Place flag = AllocatedFlag(*block);
          EmitBranch(Opcode::kBranchFalse, Read(flag, e.range), end, e.range);
          Write(flag, kZeroRegister, e.range);
          FillBlock(*block, false, e.range);
          EmitJump(end, e.range);
        }
        Bind(next);
      }
    }
  }
  EmitJump(end, e.range);
  Bind(invalid);
  Move(given, Constant(-kInvalid), e.range);
  Bind(end);
  const Expr& call = *e.operands.back();
  return CallOf(call, *call.function, 0, {given}, {std::nullopt});
}

// The block of the process's own, and the copy is made when it is mapped.
uint32_t Lowering::CopyMapping(const HeapPool& pool, uint32_t from, uint32_t cells,
                               SourceRange range) {
  const uint32_t result = NewRegister();
  Move(result, TakeBlock(pool, true, range), range);
  const uint32_t at = NewRegister();
  Move(at, kZeroRegister, range);
  Label loop, end;
  Bind(loop);
  EmitBranch(Opcode::kBranchFalse, EmitBinary(Op::kLt, IntType::kI64, range, at, Constant(cells)),
             end, range);
  const uint32_t value = NewRegister();
  Emit(Opcode::kPeek, range, value, EmitBinary(Op::kAdd, IntType::kI64, range, from, at), 0, 0);
  Emit(Opcode::kPoke, range, 0, EmitBinary(Op::kAdd, IntType::kI64, range, result, at), value, 0);
  Move(at, EmitBinary(Op::kAdd, IntType::kI64, range, at, Constant(1)), range);
  EmitJump(loop, range);
  Bind(end);
  return result;
}

// `mmap` of a shared memory object: its block among those of the type; of a regular file: its bytes
// in the kernel's model. MAP_FAILED is -1.
uint32_t Lowering::MapNamed(const Expr& e) {
  constexpr int64_t kFirstFile = 16, kIsText = 8, kIsEmpty = 4;  // of the model's `map`
  const HeapPool* const given_pool = PoolFor(e);
  if (given_pool == nullptr) return NewRegister();
  const auto named = std::find_if(
      scenario_.pools.begin(), scenario_.pools.end(),
      [&](const auto& one) { return one->is_named && one->element == given_pool->element; });
  const HeapPool& pool = **named;
  const Expr& call = *e.operands[1];
  const auto binary = [&](Op op, uint32_t a, uint32_t b) {
    return EmitBinary(op, IntType::kI64, e.range, a, b);
  };
  const auto copy = [&](uint32_t value) {
    const uint32_t reg = NewRegister();
    Move(reg, value, e.range);
    return reg;
  };
  const uint32_t length = copy(Value(*e.operands[0]));
  const uint32_t fd = copy(Value(*call.operands[0]));
  const uint32_t protection = copy(Value(*call.operands[1]));
  const uint32_t offset = copy(Value(*call.operands[4]));
  const uint32_t type = Constant(named - scenario_.pools.begin() + 1);
  const bool is_text = pool.element->bytes == 1;
  const int64_t flags = call.operands[3]->constant.value_or(0) | (is_text ? kIsText : 0);
  const uint32_t is_empty = binary(Op::kEq, length, kZeroRegister);
  const uint32_t how =
      binary(Op::kOr, binary(Op::kMul, is_empty, Constant(kIsEmpty)), Constant(flags));
  const uint32_t segment =
      copy(CallOf(call, *call.function, 0, {fd, protection, type, how, offset},
                  {std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt}));
  const auto limit = [&](uint32_t holds, const char* text) {
    code_.texts.emplace_back(text);
    Emit(Opcode::kLimit, e.range, 0, holds, 0, static_cast<uint32_t>(code_.texts.size()));
  };
  limit(binary(Op::kNe, segment, Constant(-1000)),
        "a shared memory object that is mapped as different types");
  limit(binary(Op::kNe, segment, Constant(-1001)),
        "a regular file that is mapped as another type than `char`");
  const uint32_t result = NewRegister();
  Move(result, Constant(kFarPointer - 1), e.range);
  Label end;
  EmitBranch(Opcode::kBranchTrue, binary(Op::kLt, segment, kZeroRegister), end, e.range);
  limit(binary(Op::kEq, offset, kZeroRegister), "a mapping that does not begin with its object");
  const uint32_t rights = RightsOf(protection, e.range);
  const auto map = [&](int64_t number, uint32_t address, int mapping, int64_t cells) {
    Label next;
    EmitBranch(Opcode::kBranchFalse, binary(Op::kEq, segment, Constant(number)), next, e.range);
    if (number >= kFirstFile) {
      limit(binary(Op::kLe, length, Constant(kMappedFileSize)),
            "more than 64 bytes of a file that are mapped");
    }
    if (e.is_mapped) {
      Move(result, address, e.range);
      NoteMapping(mapping, rights, e.range);
    } else {
      const int64_t most = std::min(cells, given_pool->count * given_pool->element->cells);
      Move(result, CopyMapping(*given_pool, address, static_cast<uint32_t>(most), e.range),
           e.range);
    }
    EmitJump(end, e.range);
    Bind(next);
  };
  for (std::size_t k = 0; k < pool.blocks.size(); ++k) {
    const Symbol& block = *pool.blocks[k];
    map(static_cast<int64_t>(k), BlockOf(block), block.mapping, block.type->cells);
  }
  for (std::size_t n = 0; is_text && n < program_.file_rows.size(); ++n) {
    map(kFirstFile + static_cast<int64_t>(n), Constant(program_.file_rows[n]),
        static_cast<int>(n) + 1, kMappedFileSize);
  }
  Bind(end);
  return result;
}

// What stands behind the end of a shared memory object is 0, once it is there again (ftruncate).
void Lowering::ClearBehind(uint32_t size, const HeapPool& pool, const Symbol& block,
                           SourceRange range) {
  const auto binary = [&](Op op, uint32_t a, uint32_t b) {
    return EmitBinary(op, IntType::kI64, range, a, b);
  };
  const Type& element = *pool.element;
  const uint32_t rounded = binary(Op::kAdd, size, Constant(std::max(1, element.bytes) - 1));
  const uint32_t at = NewRegister();
  Move(at,
       binary(Op::kMul, binary(Op::kDiv, rounded, Constant(std::max(1, element.bytes))),
              Constant(element.cells)),
       range);
  Label loop, end;
  Bind(loop);
  EmitBranch(Opcode::kBranchFalse, binary(Op::kLt, at, Constant(block.type->cells)), end, range);
  Emit(Opcode::kPoke, range, 0, binary(Op::kAdd, at, BlockOf(block)), kZeroRegister, 0);
  Move(at, binary(Op::kAdd, at, Constant(1)), range);
  EmitJump(loop, range);
  Bind(end);
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
    const uint32_t is_there =
        EmitBinary(Op::kGt, IntType::kI64, e.range, arguments[1], kZeroRegister);
    for (const auto& pool : scenario_.pools) {
      if (!pool->is_named) continue;
      const Symbol& block = *pool->blocks[static_cast<std::size_t>(k)];
      Write(AllocatedFlag(block), is_there, e.range);
      ClearBehind(arguments[1], *pool, block, e.range);
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
