// Programs in C: `memset`, `memcpy` and `memmove`, on memory whose type is known where they are
// called. Cells have no bytes, so what is set or copied is a number of whole elements.

#include <fmt/format.h>

#include <utility>

#include "sim/language/checker_impl.h"

namespace interleave {

bool Checker::IsMemoryCall(const std::string& name) {
  return name == "memset" || name == "bzero" || name == "memcpy" || name == "memmove";
}

const Type* Checker::CheckMemoryCall(ExprPtr& expr) {
  Expr& e = *expr;
  const bool sets = e.name == "memset" || e.name == "bzero";
  e.intrinsic = static_cast<int>(sets ? Intrinsic::kSetMemory : Intrinsic::kCopyMemory);
  if (!CheckArgumentCount(e, e.name == "bzero" ? 2 : 3)) return Fail(e);
  const Type* element = types_.Void();
  const std::size_t pointers = sets ? 1 : 2;
  for (std::size_t i = 0; i < pointers; ++i) {
    // A cast to `void *` says less than what it is of.
    while (e.operands[i]->kind == ExprKind::kCast && e.operands[i]->type_name &&
           e.operands[i]->type_name->base == TypeSyntax::Base::kVoid) {
      ExprPtr inner = std::move(e.operands[i]->operands[0]);
      e.operands[i] = std::move(inner);
    }
    const Type* type = CheckValue(e.operands[i]);
    if (type->kind == TypeKind::kError) return Fail(e);
    if (!type->is_pointer()) {
      Error(e.operands[i]->range,
            fmt::format("`{}` needs a pointer, this is {}", e.name, TypeName(*type)));
      return Fail(e);
    }
    if (IsVoidPointer(type)) continue;
    if (element->kind != TypeKind::kVoid && element != type->element &&
        InnermostElement(element) != InnermostElement(type->element)) {
      Error(e.range,
            fmt::format("{} is copied to {}: cells have no bytes to look into",
                        TypeName(*type->element), TypeName(*element)),
            "copy the members");
      return Fail(e);
    }
    if (element->kind == TypeKind::kVoid || type->element->bytes < element->bytes)
      element = type->element;
  }
  if (element->kind == TypeKind::kVoid || !element->complete) {
    Error(e.range, "what is in this memory is not known here",
          "give the pointer its type: assign it to a variable first");
    return Fail(e);
  }
  for (std::size_t i = pointers; i < e.operands.size(); ++i) {
    CheckInteger(e.operands[i], "the argument");
    Convert(e.operands[i], types_.Long(), "the argument");
  }
  const auto& bytes = e.operands.back()->constant;
  if (bytes && (*bytes < 0 || *bytes % std::max(1, element->bytes) != 0)) {
    Error(e.operands.back()->range,
          fmt::format("{} bytes are no whole number of {}, which has {}", *bytes,
                      TypeName(*element), element->bytes),
          "is this the size of the pointer instead of what it leads to?");
    return Fail(e);
  }
  e.element = element;
  NoteSideEffect(e.range, fmt::format("`{}`", e.name));
  return e.type = types_.PointerTo(types_.Void());
}

bool Checker::IsTransfer(const std::string& name) {
  return name == "read" || name == "write" || name == "pread" || name == "pwrite";
}

// `read(fd, memory, count)` and `write`, whose memory is seen as bytes; `pread` and `pwrite`, which
// say where as well.
const Type* Checker::CheckTransfer(ExprPtr& expr) {
  Expr& e = *expr;
  const bool says_where = e.name.starts_with("p");
  if (!CheckArgumentCount(e, says_where ? 4 : 3)) return Fail(e);
  // What threads write to the terminal changes nothing, as with `printf`.
  const Expr& fd = *e.operands[0];
  const bool is_terminal =
      (fd.kind == ExprKind::kInteger && (fd.value == 1 || fd.value == 2)) ||
      (fd.kind == ExprKind::kName && (fd.name == "STDOUT_FILENO" || fd.name == "STDERR_FILENO"));
  if (!forks() && e.name == "write" && is_terminal) {
    CheckValue(e.operands[1]);
    ExprPtr count = std::move(e.operands[2]);
    CheckInteger(count, "the number of bytes");
    Convert(count, types_.Long(), "the number of bytes");
    expr = std::move(count);
    return expr->type;
  }
  ExprPtr call = LibraryCall("library_" + e.name, e.range);
  call->operands.push_back(std::move(e.operands[0]));
  call->operands.push_back(std::move(e.operands[2]));
  if (says_where) call->operands.push_back(std::move(e.operands[3]));
  ExprPtr memory = std::move(e.operands[1]);
  e.operands.clear();
  while (memory->kind == ExprKind::kCast && memory->type_name &&
         memory->type_name->base == TypeSyntax::Base::kVoid) {
    ExprPtr inner = std::move(memory->operands[0]);
    memory = std::move(inner);
  }
  ExprPtr bytes = LibraryCall("library_bytes", e.range);
  bytes->kind = ExprKind::kName;
  const Type* type = CheckValue(memory);
  CheckExpr(call);
  CheckExpr(bytes);
  if (type->kind == TypeKind::kError || call->type->kind == TypeKind::kError) return Fail(e);
  if (!type->is_pointer()) {
    Error(memory->range, fmt::format("`{}` needs a pointer, this is {}", e.name, TypeName(*type)));
    return Fail(e);
  }
  const Type* element = InnermostElement(type->element);
  if (element->kind == TypeKind::kVoid || !element->complete) {
    Error(memory->range, "what is in this memory is not known here",
          "give the pointer its type: assign it to a variable first");
    return Fail(e);
  }
  e.element = element;
  e.intrinsic = static_cast<int>(Intrinsic::kTransfer);
  e.operands.push_back(std::move(call));
  e.operands.push_back(std::move(memory));
  e.operands.push_back(std::move(bytes));
  return e.type = types_.Long();
}

}  // namespace interleave
