// Operations on objects in the emitted C: the model's code between their begin and their end.

#include "sim/program/emit_c_private.h"

namespace interleave {

void CEmitter::OperationBegin(const Instruction& i) {
  if (!is_free() || IsUnderLock(i)) return;
  atomic_begin_ = at_;
  if (may_block_) Line("  {}", Kept(at_, true));
  Line("B{}:;", at_);
  Line("  if (!il_take_lock(il)) {}", End("IL_STUCK"));
}

void CEmitter::OperationEnd(const Instruction& i) {
  if (is_free()) {
    if (!IsUnderLock(i)) Line("  if (il->has_lock) il_drop_lock(il);");
    return;
  }
  OperationEvent(i);
  Line("  {}", Licence());
}

void CEmitter::OperationEvent(const Instruction& i) {
  const OperationUse& use = code_->operations[i.b];
  const Operation& operation = program_.operations[use.operation];
  if (is_free() || operation.is_query || (i.flags & kQuiet) != 0) return;
  std::string arguments;
  for (std::size_t k = 0; k < OperationUse::kMostArguments; ++k) {
    arguments += k < use.argument_count ? ", " + R(use.arguments[k]) : ", 0";
  }
  const std::string value = operation.has_result()   ? R(use.result)
                            : use.argument_count > 0 ? R(use.arguments[0])
                                                     : "0";
  Line("  il_operation(il, {}, (unsigned)({} + {}), {}{});", use.operation, R(i.a), i.c, value,
       arguments);
}

}  // namespace interleave
