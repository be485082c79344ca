// Programs in C: `malloc`, `calloc`, `realloc` and `free`.
//
// The heap is a bounded number of blocks for each type of what is in them, each a shared object of
// its own, so that pointers know their bounds. Which type a block has is read off the text: off
// `sizeof` in what is asked for, or else off the pointer that it is assigned to. A function that
// gives back memory whose type it does not say, such as `void *xmalloc(size_t size)`, is looked at
// where it is called.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/language/checker_impl.h"

namespace interleave {
namespace {

// `sizeof` somewhere in what is asked for; null: there is none.
Expr* FindSizeof(Expr& e) {
  if (e.kind == ExprKind::kSizeof) return &e;
  if (e.kind == ExprKind::kCall) return nullptr;
  for (ExprPtr& operand : e.operands) {
    if (Expr* const found = FindSizeof(*operand)) return found;
  }
  return nullptr;
}

}  // namespace

bool Checker::IsAllocation(const std::string& name) {
  return name == "malloc" || name == "calloc" || name == "realloc" || name == "mmap";
}

// `mmap(NULL, length, protection, flags, -1, 0)` gives memory that is 0, and with MAP_SHARED one
// that a process which is forked later has together with this one. What is left of the arguments:
// the length and the protection, or the length and the call of the library that gets the
// rest.
bool Checker::CheckMapping(Expr& e) {
  constexpr int64_t kShared = 1, kPrivate = 2, kAnonymous = 32;
  if (!CheckArgumentCount(e, 6)) return false;
  for (const std::size_t i : {std::size_t{3}, std::size_t{4}})
    CheckInteger(e.operands[i], "the argument");
  const auto& flags = e.operands[3]->constant;
  const auto& fd = e.operands[4]->constant;
  // Of a file the call says EINVAL where they hold neither.
  const bool says_neither = flags && (*flags & (kShared | kPrivate)) == 0;
  if (!flags || (says_neither && ((*flags & kAnonymous) != 0 || fd == -1))) {
    Error(e.operands[3]->range, "whether this memory is shared is not known here",
          "the flags hold one of MAP_SHARED and MAP_PRIVATE");
    return false;
  }
  e.is_named = (*flags & kAnonymous) == 0 && fd != -1;
  e.is_mapped = (*flags & kShared) != 0;
  e.is_zeroed = true;
  maps_ = maps_ || forks();
  if (e.is_named && Lookup("library_mmap") == nullptr) {
    Error(e.op_range, "what is mapped here is no file and no shared memory object",
          "`open` and `shm_open` give one; with MAP_ANONYMOUS and -1 the memory has no name");
    return false;
  }
  const auto number = [&](int64_t value) {
    ExprPtr literal = std::make_unique<Expr>();
    literal->kind = ExprKind::kInteger;
    literal->value = static_cast<uint64_t>(value);
    literal->range = literal->op_range = e.range;
    return literal;
  };
  const int64_t how = *flags & (kShared | kPrivate);
  ExprPtr length = std::move(e.operands[1]);
  ExprPtr protection = std::move(e.operands[2]);
  ExprPtr file = std::move(e.operands[4]);
  ExprPtr offset = std::move(e.operands[5]);
  e.operands.clear();
  e.operands.push_back(std::move(length));
  if (!e.is_named) {
    e.operands.push_back(std::move(protection));
    return true;
  }
  e.operands.push_back(LibraryCall("library_mmap", e.range));
  std::vector<ExprPtr>& arguments = e.operands.back()->operands;
  arguments.push_back(std::move(file));
  arguments.push_back(std::move(protection));
  arguments.push_back(number(0));
  arguments.push_back(number(how));
  arguments.push_back(std::move(offset));
  return true;
}

// `munmap` and `mprotect`. Where there is one process what it says about its memory is not looked
// at.
const Type* Checker::CheckUnmap(ExprPtr& expr) {
  Expr& e = *expr;
  const bool protects = e.name == "mprotect";
  if (!forks()) {
    e.name = "library_" + e.name;
    return CheckCall(expr);
  }
  if (!CheckArgumentCount(e, protects ? 3 : 2)) return Fail(e);
  if (CheckValue(e.operands[0])->kind == TypeKind::kError) return Fail(e);
  Convert(e.operands[0], types_.PointerTo(types_.Void()), "the address");
  for (std::size_t i = 1; i < e.operands.size(); ++i) {
    CheckInteger(e.operands[i], "the argument");
    Convert(e.operands[i], types_.Integer(64, false), "the argument");
  }
  ExprPtr call = LibraryCall("library_mapped", e.range);
  call->operands.push_back(std::make_unique<Expr>());
  call->operands[0]->kind = ExprKind::kInteger;
  call->operands[0]->range = call->operands[0]->op_range = e.range;
  CheckCall(call);
  if (call->type->kind == TypeKind::kError) return Fail(e);
  NoteSideEffect(e.range, fmt::format("`{}`", e.name));
  e.intrinsic = static_cast<int>(protects ? Intrinsic::kProtect : Intrinsic::kUnmap);
  e.operands.push_back(std::move(call));
  frees_ = true;
  return e.type = types_.Int();
}

// A call of a function of the library's headers, without its arguments.
ExprPtr Checker::LibraryCall(const std::string& name, SourceRange range) {
  ExprPtr call = std::make_unique<Expr>();
  call->kind = ExprKind::kCall;
  call->name = name;
  call->range = call->op_range = range;
  return call;
}

const Type* Checker::CheckTruncate(ExprPtr& expr) {
  Expr& e = *expr;
  if (!CheckArgumentCount(e, 2)) return Fail(e);
  ExprPtr call = LibraryCall("library_ftruncate", e.range);
  call->operands = std::move(e.operands);
  e.operands.clear();
  CheckCall(call);
  if (call->type->kind == TypeKind::kError) return Fail(e);
  e.intrinsic = static_cast<int>(Intrinsic::kTruncate);
  e.operands.push_back(std::move(call));
  return e.type = types_.Int();
}

const Type* Checker::CheckAllocation(ExprPtr& expr) {
  Expr& e = *expr;
  const bool is_calloc = e.name == "calloc";
  const bool is_realloc = e.name == "realloc";
  e.intrinsic = static_cast<int>(is_realloc ? Intrinsic::kReallocate : Intrinsic::kAllocate);
  e.is_zeroed = is_calloc;
  if (e.name == "mmap" ? !CheckMapping(e) : !CheckArgumentCount(e, e.name == "malloc" ? 1 : 2))
    return Fail(e);
  const Type* element = nullptr;
  ExprPtr old;
  if (is_realloc) {
    // What the block holds is what the old one held.
    old = std::move(e.operands[0]);
    e.operands.erase(e.operands.begin());
    const Type* type = CheckValue(old);
    if (type->kind == TypeKind::kError) return Fail(e);
    if (type->is_pointer() && !IsVoidPointer(type)) element = type->element;
    Convert(old, types_.PointerTo(types_.Void()), "`realloc`");
    frees_ = true;
  }
  for (ExprPtr& operand : e.operands) {
    Expr* const size = FindSizeof(*operand);
    if (size == nullptr || element != nullptr) continue;
    const bool saved = std::exchange(initialized_.needs_no_value, true);
    element = size->type_name ? ResolveType(*size->type_name) : CheckExpr(size->operands[0]);
    initialized_.needs_no_value = saved;
    if (element->kind == TypeKind::kError) return Fail(e);
  }
  ExprPtr map;
  if (e.is_named) {
    map = std::move(e.operands.back());
    e.operands.pop_back();
    CheckCall(map);
    if (map->type->kind == TypeKind::kError) return Fail(e);
  }
  for (ExprPtr& operand : e.operands) {
    CheckInteger(operand, "the size of the memory");
    Convert(operand, types_.Integer(64, false), "the size of the memory");
  }
  if (is_calloc) {
    ExprPtr count = std::move(e.operands[0]);
    e.operands[0] = Wrap(ExprKind::kBinary, std::move(count), types_.Integer(64, false));
    e.operands[0]->op = Op::kMul;
    e.operands[0]->operands.push_back(std::move(e.operands[1]));
    e.operands.pop_back();
    Fold(*e.operands[0]);
  }
  if (is_realloc) e.operands.push_back(std::move(old));
  if (map != nullptr) e.operands.push_back(std::move(map));
  e.type = types_.PointerTo(types_.Void());
  NoteSideEffect(e.range, fmt::format("`{}`", e.name));
  // A `sizeof (char)` says nothing.
  if (element != nullptr && element->kind == TypeKind::kArray) {
    DecideAllocation(e, *InnermostElement(element));
  } else if (element != nullptr && element->kind != TypeKind::kVoid) {
    DecideAllocation(e, *element);
  } else {
    allocations_.push_back({&e, function_});
  }
  return e.type;
}

// What a call of a function gives that allocates memory of any type.
void Checker::NoteAllocatingCall(Expr& call) {
  if (call.type->is_pointer() && call.type->element->kind == TypeKind::kVoid) {
    for (const Allocation& known : allocations_) {
      if (known.function == nullptr || known.expr->pool != nullptr) continue;
      if (known.function->name != call.function->name) continue;
      call.is_mapped = known.expr->is_mapped;
      call.is_named = known.expr->is_named;
      const Type* element = nullptr;
      for (ExprPtr& operand : call.operands) {
        const Expr* const size = FindSizeof(*operand);
        if (size == nullptr || element != nullptr) continue;
        element = size->type_name ? ResolveType(*size->type_name) : size->operands[0]->type;
      }
      if (element != nullptr) DecideAllocation(call, *InnermostElement(element));
      if (call.pool == nullptr) allocations_.push_back({&call, function_});
      return;
    }
  }
}

void Checker::DecideAllocation(Expr& e, const Type& element) {
  if (e.pool != nullptr || element.kind == TypeKind::kVoid || !element.complete) return;
  int64_t count = kUnknownElements;
  const Expr* size = e.operands.empty() ? nullptr : e.operands[0].get();
  if (e.intrinsic == 0) {
    size = nullptr;
    for (const ExprPtr& operand : e.operands) {
      if (operand->type->is_integer() && operand->constant)
        size = size == nullptr ? operand.get() : size;
    }
  }
  if (element.flexible_bytes > 0) {
    count = 1;  // that they are enough is seen where it is called
  } else if (size != nullptr && size->constant) {
    const int64_t bytes = std::max<int64_t>(1, *size->constant);
    count = (bytes + element.bytes - 1) / std::max(1, element.bytes);
    if (count * element.cells > kMaxCells) {
      Error(e.range,
            fmt::format("{} bytes: every state holds all memory, which has at most {} cells", bytes,
                        kMaxCells),
            "ask for less: a few elements show the same mistakes, and sooner");
      count = 1;
    }
  }
  if (e.is_named) {
    const bool is_text = element.bytes == 1 && (size == nullptr || !size->constant);
    DecideNamed(e, element, is_text ? kMappedFileSize : count);
    if (e.is_mapped) return;
    count = e.pool->count;  // of MAP_PRIVATE, what is copied there
    e.pool = nullptr;
  }
  const bool is_length_known = element.flexible_bytes > 0 || (size != nullptr && size->constant);
  for (const auto& pool : scenario_.pools) {
    if (pool->element == &element && pool->count == count && !pool->is_mapped && !e.is_mapped &&
        pool->is_length_known == is_length_known) {
      e.pool = pool.get();
    }
  }
  if (e.pool != nullptr) return;
  auto pool = std::make_unique<HeapPool>();
  pool->element = &element;
  pool->count = count;
  pool->is_length_known = is_length_known;
  pool->is_mapped = e.is_mapped;
  e.pool = pool.get();
  scenario_.pools.push_back(std::move(pool));
  const bool is_private = forks() && !e.is_mapped;
  constexpr int kMostMappings = 4;  // of one call
  const int rows =
      e.is_mapped ? std::min(kMostMappings, scenario_.options.heap) : scenario_.options.heap;
  for (int row = 0; row < rows; ++row) {
    auto symbol = std::make_unique<Symbol>();
    symbol->kind = SymbolKind::kShared;
    symbol->name = fmt::format("heap[{}]", heap_blocks_);
    symbol->range = e.range;
    symbol->type = count == 1 ? &element : types_.ArrayOf(&element, count);
    symbol->is_read = true;
    symbol->is_initialized = e.is_mapped;
    symbol->mapping = forks() && e.is_mapped ? ++mapped_blocks_ : 0;
    symbol->heap_block = (is_private ? private_blocks_ : heap_blocks_)++;
    FillInitialCells(*symbol, nullptr);
    if (is_private) {
      MakePrivate(*symbol);
    } else {
      scenario_.memory.push_back(symbol.get());
    }
    scenario_.pools.back()->blocks.push_back(symbol.get());
    scenario_.symbols.push_back(std::move(symbol));
  }
}

// All mappings of shared memory objects as one type share the blocks, one for each object.
void Checker::DecideNamed(Expr& e, const Type& element, int64_t count) {
  for (const auto& pool : scenario_.pools) {
    if (!pool->is_named || pool->element != &element) continue;
    pool->count = std::max(pool->count, count);
    e.pool = pool.get();
    return;
  }
  scenario_.pools.push_back(std::make_unique<HeapPool>());
  HeapPool* const pool = scenario_.pools.back().get();
  e.pool = pool;
  pool->element = &element;
  pool->count = count;
  pool->is_mapped = pool->is_named = true;
  for (int segment = 0; segment < kMostSegments; ++segment) {
    auto symbol = std::make_unique<Symbol>();
    symbol->kind = SymbolKind::kShared;
    symbol->name = fmt::format("segment[{}]", segment);
    symbol->range = e.range;
    symbol->type = &element;
    symbol->is_read = symbol->is_initialized = symbol->is_of_segment = true;
    symbol->mapping = forks() ? ++mapped_blocks_ : 0;
    symbol->heap_block = heap_blocks_++;
    scenario_.memory.push_back(symbol.get());
    pool->blocks.push_back(symbol.get());
    scenario_.symbols.push_back(std::move(symbol));
  }
}

// A pointer of no type becomes one to `element`: what it may come from is decided by that.
void Checker::DecideBy(Expr& value, const Type& element) {
  Expr* e = &value;
  while (e->kind == ExprKind::kCast && IsVoidPointer(e->type)) e = e->operands[0].get();
  if (e->kind != ExprKind::kCall) return;
  for (const Allocation& allocation : allocations_) {
    if (allocation.expr == e) DecideAllocation(*e, element);
  }
}

const Type* Checker::CheckFree(ExprPtr& expr) {
  Expr& e = *expr;
  e.intrinsic = static_cast<int>(Intrinsic::kFree);
  if (!CheckArgumentCount(e, 1)) return Fail(e);
  const Type* type = CheckValue(e.operands[0]);
  if (type->kind == TypeKind::kError) return Fail(e);
  Convert(e.operands[0], types_.PointerTo(types_.Void()), "`free`");
  NoteSideEffect(e.range, "`free`");
  frees_ = true;
  return e.type = types_.Void();
}

// Copies of the program's own texts have room in the memory that is asked for with their lengths.
void Checker::LengthenTexts() {
  constexpr int64_t kMostCharacters = 128;
  const int64_t count = std::min(longest_text_ + 1, kMostCharacters);
  for (const auto& pool : scenario_.pools) {
    if (pool->is_length_known || pool->element->bytes != 1 || pool->count >= count) continue;
    pool->count = count;
    for (Symbol* const block : pool->blocks) {
      block->type = types_.ArrayOf(pool->element, count);
      block->initial.clear();
      FillInitialCells(*block, nullptr);
    }
  }
}

void Checker::FinishHeap() {
  for (const Allocation& allocation : allocations_) {
    const bool is_decided_by_callers = allocation.function != nullptr &&
                                       allocation.function->type != nullptr &&
                                       IsVoidPointer(allocation.function->type);
    if (allocation.expr->pool != nullptr || is_decided_by_callers) continue;
    Error(allocation.expr->range, "what is in this memory is not known here",
          "assign it to a pointer of the right type: `struct node *n = malloc(sizeof *n);`");
  }
  LengthenTexts();
  for (const auto& pool : scenario_.pools) {
    if (!pool->is_named) continue;
    for (Symbol* const block : pool->blocks) {
      if (pool->count > 1) block->type = types_.ArrayOf(pool->element, pool->count);
      FillInitialCells(*block, nullptr);
    }
  }
  if (private_blocks_ > 0) {
    auto flags = std::make_unique<Symbol>();
    flags->name = "private heap allocated";
    flags->type = types_.ArrayOf(types_.Bool(), private_blocks_);
    FillInitialCells(*flags, nullptr);
    MakePrivate(*flags);
    flags->heap_block = 0;
    scenario_.privates_allocated = flags.get();
    scenario_.symbols.push_back(std::move(flags));
  }
  if (maps_) {
    auto mappings = std::make_unique<Symbol>();
    mappings->name = "mappings";
    mappings->type = types_.ArrayOf(types_.Int(), mapped_blocks_ + 1);
    FillInitialCells(*mappings, nullptr);
    MakePrivate(*mappings);
    scenario_.mappings = mappings.get();
    scenario_.symbols.push_back(std::move(mappings));
  }
  if (heap_blocks_ == 0 && !frees_) return;
  auto symbol = std::make_unique<Symbol>();
  symbol->kind = SymbolKind::kShared;
  symbol->name = "heap allocated";
  symbol->type = types_.ArrayOf(types_.Bool(), std::max(1, heap_blocks_));
  symbol->is_initialized = symbol->is_read = symbol->is_atomic = true;
  FillInitialCells(*symbol, nullptr);
  scenario_.memory.push_back(symbol.get());
  scenario_.allocated = symbol.get();
  scenario_.symbols.push_back(std::move(symbol));
}

}  // namespace interleave
