// Operations on objects in the emitted C: the model's code between their begin and their end, and,
// where the kind has a real thing, its forms.
//
// Taking turns, both are made: the form that does not block is called when the model has something
// to compare it with, which is where the model is blocked, where it needs a value that the real
// thing may choose, or else at the operation's end. A step that is only tried calls it in the first
// case alone: what would have to be taken back never happens. Running free there is the real call,
// and no model.

#include <algorithm>

#include "sim/program/emit_c_private.h"

namespace interleave {

// Sets real_, which stays empty where the operation has no real form.
void CEmitter::FindRealUse(const Instruction& i) {
  const int object = program_.slots[i.c].object;
  if (object < 0 || !is_real_[static_cast<std::size_t>(object)]) return;
  const OperationUse& use = code_->operations[i.b];
  const Function& function = *program_.operations[use.operation].function;
  if (!function.owner->kind->forms.Has(function.name)) return;
  real_ = {&use, SlotText({i.a, i.c}), FormOf(function), RealThing({i.a, i.c}), at_};
}

std::string CEmitter::SlotText(const ObjectPlace& place) const {
  return place.a == kZeroRegister ? fmt::format("{}", place.c)
                                  : fmt::format("({} + {})", R(place.a), place.c);
}

std::string CEmitter::RealThing(const ObjectPlace& place) const {
  const int number = program_.slots[place.c].object;
  const MemoryObject& object = program_.objects[static_cast<std::size_t>(number)];
  return fmt::format("il_real_thing(il, {}, (unsigned long)({} - {}) / {})", number,
                     SlotText(place), object.base, object.stride);
}

CEmitter::RealForm CEmitter::FormOf(const Function& function) const {
  const ObjectKind* kind = function.owner;
  const auto& functions = kind->syntax->functions;
  const auto number = std::find_if(functions.begin(), functions.end(), [&](const auto& candidate) {
    return candidate.get() == &function;
  });
  const auto kind_number = std::find(real_kinds_.begin(), real_kinds_.end(), kind);
  return {static_cast<std::size_t>(kind_number - real_kinds_.begin()),
          static_cast<std::size_t>(number - functions.begin())};
}

std::string CEmitter::CallReal(const RealForm& form, const std::string& thing, bool tries) {
  return fmt::format("il_real_{}_form({}, {}, {}, &il->real);", form.kind, thing, form.number,
                     tries ? 1 : 0);
}

std::string CEmitter::CallReal(bool tries) const {
  return CallReal(real_.form, real_.thing, tries);
}

std::string CEmitter::Differ(const char* what, const std::string& real) const {
  return fmt::format("{{ il_differ(il, {}, {}, (unsigned){}, 0, {}); goto IL_differs; }}", what,
                     real_.use->operation, real_.slot, real);
}

void CEmitter::CompareReal() {
  const Operation& operation = program_.operations[real_.use->operation];
  Line("  ++il_made;");
  Line("  if (!trying) {{");
  Line("    if (!il->real.called) {}", CallReal(true));
  Line("    if (il_compare(il, {}, (unsigned){}, {}, il_real_{}_observe, {})) goto IL_differs;",
       real_.use->operation, real_.slot,
       operation.has_result() ? fmt::format("(long[]){{{}}}", R(real_.use->result)) : "0",
       real_.form.kind, real_.thing);
  Line("  }}");
}

// Of a process that runs free: what ends it.
void CEmitter::RealCallEnd(const Instruction& i) {
  Line("  if (il->real.said == REAL_LIMIT) {}", End("IL_OBJECT_LIMIT"));
  Line("  if (il->real.said == REAL_MISUSE) {}", Fail(i, ErrorKind::kMisuse));
}

void CEmitter::RealFunctions() {
  if (!is_free()) return;
  for (std::size_t k = 0; k < code_->functions.size(); ++k) {
    const FunctionUse& use = code_->functions[k];
    if (use.begin != at_ && use.end != at_) continue;
    if (!IsRealFunction(program_, is_real_, use)) continue;
    if (use.end == at_) Line("IL_function_{}:;", k);
    if (use.begin != at_) continue;
    Line("  il->real.called = 0;");
    for (std::size_t a = 0; a < use.arguments.size(); ++a) {
      const FunctionUse::Argument& argument = use.arguments[a];
      Line("  il->real.arguments[{}] = {};", a,
           argument.is_object ? "(long)" + RealThing(argument.place) : R(argument.place.a));
    }
    Line("  {}", CallReal(FormOf(*use.function), RealThing(use.object), false));
    RealCallEnd(code_->instructions[at_]);
    if (use.function->type->kind != TypeKind::kVoid) Line("  {} = il->real.result;", R(use.result));
    Line("  goto IL_function_{};", k);
  }
}

void CEmitter::OperationBegin(const Instruction& i) {
  if ((i.flags & kInOperation) == 0) FindRealUse(i);
  if ((i.flags & kInOperation) == 0 && real_.use != nullptr) {
    Line("  il->real.called = 0;");
    for (std::size_t k = 0; k < real_.use->argument_count; ++k) {
      Line("  il->real.arguments[{}] = {};", k, R(real_.use->arguments[k]));
    }
    if (is_free()) {
      Line("  {}", CallReal(false));
      RealCallEnd(i);
      if (program_.operations[real_.use->operation].has_result()) {
        Line("  {} = il->real.result;", R(real_.use->result));
      }
      Line("  goto IL_real_{};", at_);
    }
  }
  if (!is_free() || IsUnderLock(i)) return;
  atomic_begin_ = at_;
  if (may_block_) Line("  {}", Kept(at_, true));
  Line("B{}:;", at_);
  Line("  if (!il_take_lock(il)) {}", End("IL_STUCK"));
}

void CEmitter::OperationEnd(const Instruction& i) {
  const bool ends_real = real_.use != nullptr && (i.flags & kInOperation) == 0;
  if (is_free()) {
    if (!IsUnderLock(i)) Line("  if (il->has_lock) il_drop_lock(il);");
    if (ends_real) Line("IL_real_{}:;", real_.begin);
  } else {
    if (ends_real) CompareReal();
    OperationEvent(i);
    Line("  {}", GoOn());
  }
  if (ends_real) real_ = {};
}

void CEmitter::OperationEvent(const Instruction& i) {
  const OperationUse& use = code_->operations[i.b];
  const Operation& operation = program_.operations[use.operation];
  if (is_free() || operation.is_query || (i.flags & kQuiet) != 0) return;
  std::string arguments;
  for (std::size_t k = 0; k < OperationUse::kToldArguments; ++k) {
    arguments += k < use.argument_count ? ", " + R(use.arguments[k]) : ", 0";
  }
  const std::string value = operation.has_result()   ? R(use.result)
                            : use.argument_count > 0 ? R(use.arguments[0])
                                                     : "0";
  Line("  il_operation(il, {}, (unsigned)({} + {}), {}{});", use.operation, R(i.a), i.c, value,
       arguments);
}

}  // namespace interleave
