// Calls of an object's functions. An operation is inlined between its begin and its end, and is one
// access; a parameter that the operation does not change is the register of its argument, and the
// object is the place that the caller named, so that no pointer comes in between.

#include <cassert>

#include "sim/program/lower.h"

namespace interleave {
namespace {

// Whether some expression writes to the variable itself.
bool IsWritten(const Symbol& symbol, const Expr& e) {
  const bool writes = e.kind == ExprKind::kAssign || e.kind == ExprKind::kIncrement ||
                      (e.kind == ExprKind::kUnary && e.op == Op::kAddressOf);
  if (writes && e.operands[0]->kind == ExprKind::kName && e.operands[0]->symbol == &symbol) {
    return true;
  }
  for (const ExprPtr& operand : e.operands) {
    if (operand && IsWritten(symbol, *operand)) return true;
  }
  return false;
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  for (const std::string& candidate : names) {
    if (candidate == name) return true;
  }
  return false;
}

Operation::Group GroupOf(const Function& function) {
  const ObjectKind& object = *function.owner;
  if (object.kind == nullptr) return Operation::Group::kNone;
  const KindWords& words = object.kind->words;
  const auto condition = object.constants.find(words.commutes_if);
  if (condition != object.constants.end() && condition->second == 0) return Operation::Group::kNone;
  if (Contains(words.first, function.name)) return Operation::Group::kFirst;
  if (Contains(words.second, function.name)) return Operation::Group::kSecond;
  return Operation::Group::kNone;
}

}  // namespace

bool IsWritten(const Symbol& symbol, const Stmt* s) {
  if (s == nullptr) return false;
  if (s->condition && IsWritten(symbol, *s->condition)) return true;
  if (s->step && IsWritten(symbol, *s->step)) return true;
  if (s->declaration) {
    for (const Declarator& declarator : s->declaration->declarators) {
      if (declarator.initializer && IsWritten(symbol, *declarator.initializer)) return true;
    }
  }
  for (const StmtPtr& inner : s->body_list) {
    if (IsWritten(symbol, inner.get())) return true;
  }
  return IsWritten(symbol, s->init.get()) || IsWritten(symbol, s->body.get()) ||
         IsWritten(symbol, s->else_body.get());
}

uint32_t Lowering::NumberOfOperation(const Function& function) {
  for (std::size_t i = 0; i < program_.operations.size(); ++i) {
    if (program_.operations[i].function == &function) return static_cast<uint32_t>(i);
  }
  Operation operation;
  operation.function = &function;
  operation.words = function.owner->WordsOf(function.name);
  operation.group = GroupOf(function);
  operation.is_query = !function.has_side_effects && !function.may_block;
  program_.operations.push_back(operation);
  return static_cast<uint32_t>(program_.operations.size() - 1);
}

// A register of its own for the argument 0: a literal 0 of the model, which may clear a cell, is
// another one.
uint32_t Lowering::ArgumentZero() {
  if (argument_zero_ == 0) {
    argument_zero_ = NewRegister();
    code_.constants.emplace_back(argument_zero_, 0);
  }
  return argument_zero_;
}

// The registers of the arguments, each with a copy where a later argument, or the function, may
// change what the register stands for.
void Lowering::BindArguments(const Expr& call, std::size_t first, std::vector<uint32_t>& registers,
                             std::vector<std::optional<Place>>& targets) {
  const Function& function = *call.function;
  for (std::size_t i = first; i < call.operands.size(); ++i) {
    const Expr& operand = *call.operands[i];
    targets.push_back(TargetOfArgument(operand, function, i - first));
    uint32_t value = targets.back() ? AddressOf(*targets.back(), operand.range) : Value(operand);
    if (value == kZeroRegister) value = ArgumentZero();
    const Symbol& parameter = *function.parameter_symbols[i - first];
    const auto cells = static_cast<uint32_t>(operand.type->cells);
    const bool is_last = i + 1 == call.operands.size();
    if (!is_last || !function.is_operation || IsWritten(parameter, function.body.get())) {
      const uint32_t copy = NewRegisters(cells, "");
      for (uint32_t k = 0; k < cells; ++k) Move(copy + k, value + k, operand.range);
      value = copy;
    }
    registers.push_back(value);
  }
}

CodeLocation Lowering::CallInText(const Expr& call) const {
  return {call.range, statement_.end == 0 ? call.range : statement_, inlined_call_};
}

uint32_t Lowering::ObjectCall(const Expr& e) {
  const Place object = e.names_object ? PlaceFor(*e.operands[0]) : object_;
  return object.may_be_own && scenario_.syntax->is_c ? DispatchObjectCall(e, object)
                                                     : ObjectCallOn(e, object);
}

void Lowering::CollectObjects(const Type& type, uint32_t at, const Type* wanted,
                              std::vector<uint32_t>& places) const {
  if (&type == wanted) {
    places.push_back(at);
  } else if (type.kind == TypeKind::kArray && HoldsObject(type)) {
    for (int64_t i = 0; i < type.count; ++i)
      CollectObjects(*type.element, at + static_cast<uint32_t>(i * type.element->cells), wanted,
                     places);
  } else if (type.kind == TypeKind::kStruct) {
    for (const Member& member : type.members)
      CollectObjects(*member.type, at + static_cast<uint32_t>(member.cell_offset), wanted, places);
  }
}

// In a program in C a pointer may lead to any object of its kind: the operation stands in the code
// once for each, so that every access still says exactly which cells it touches.
uint32_t Lowering::DispatchObjectCall(const Expr& e, const Place& object) {
  std::vector<uint32_t> places;
  for (const MemoryObject& memory : program_.objects)
    CollectObjects(*memory.symbol->type, memory.base, object.type, places);
  const uint32_t address = AddressOf(object, e.range);
  const uint32_t result =
      NewRegisters(static_cast<uint32_t>(std::max(1, e.function->type->cells)), "");
  Label end;
  for (const uint32_t at : places) {
    if (too_large_) break;
    Label next;
    const uint32_t is_it = EmitBinary(Op::kEq, IntType::kI64, e.range, address, Constant(at));
    EmitBranch(Opcode::kBranchFalse, is_it, next, e.range);
    Place known;
    known.kind = Place::Kind::kMemory;
    known.type = object.type;
    known.constant = at;
    known.is_access = true;
    const uint32_t value = ObjectCallOn(e, known);
    if (e.function->type->kind != TypeKind::kVoid) Move(result, value, e.range);
    EmitJump(end, e.range);
    Bind(next);
  }
  code_.texts.push_back("a pointer leads to no " + TypeName(*object.type));
  Emit(Opcode::kAssert, e.range, 0, kZeroRegister, 1, static_cast<uint32_t>(code_.texts.size()));
  Bind(end);
  return result;
}

uint32_t Lowering::ObjectCallOn(const Expr& e, const Place& object) {
  const Function& function = *e.function;
  if (object.may_be_own && !too_large_) {
    diagnostics_.Error(
        e.operands[0]->range,
        "which object this pointer leads to is not known when the program is compiled",
        "name the object, or hand `&NAME` to a function that does not change its "
        "parameter");
    too_large_ = true;
  }
  std::vector<uint32_t> arguments;
  std::vector<std::optional<Place>> targets;
  BindArguments(e, e.names_object ? 1 : 0, arguments, targets);

  const bool is_whole = touch_ == Touch::kAccess && !function.is_operation &&
                        function.owner->kind != nullptr && atomic_depth_ == 0 && !in_function_;
  FunctionUse whole = {&function, {object.dynamic, object.constant}, {}, 0, here(), 0};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (targets[i])
      whole.arguments.push_back({true, {targets[i]->dynamic, targets[i]->constant}});
    else
      whole.arguments.push_back({false, {arguments[i], 0}});
  }

  const Place outer_object = object_;
  const auto outer_call = object_call_;
  const Operation* const outer_operation = operation_;
  const bool outer_in_atomic = operation_in_atomic_;
  // Watched by a property or a ghost it is no access.
  const bool is_access = touch_ == Touch::kAccess && function.is_operation;
  const std::size_t scope = open_scopes_.size();
  uint32_t use_number = 0;
  Operation operation;
  uint8_t flags = 0;
  // A function of several steps that the scenario's own kind has is text like any other; what else
  // is in an object stands at the call.
  const bool is_text = function.owner->kind == nullptr && !function.is_operation;
  // Of a monitor, one that is called by what locks around it.
  const bool is_around =
      function.name.ends_with(kInside) && e.range.begin == function.name_range.begin;
  in_function_ = in_function_ || is_whole;
  const int outer_inlined = inlined_call_;
  const std::size_t call_number = code_.calls.size();
  if (!is_text && !object_call_) object_call_ = CallInText(e);
  if (is_text && !is_around) {
    code_.calls.push_back({e.range, statement_.end == 0 ? e.range : statement_, inlined_call_,
                           &function, arguments, kZeroRegister, 0});
    inlined_call_ = static_cast<int>(call_number);
  }
  if (is_access) {
    flags = AccessFlags();
    OperationUse use;
    use.operation = NumberOfOperation(function);
    for (std::size_t i = 0; i < arguments.size() && i < OperationUse::kMostArguments; ++i) {
      use.arguments[use.argument_count++] = arguments[i];
    }
    use_number = static_cast<uint32_t>(code_.operations.size());
    code_.operations.push_back(use);
    const uint32_t at =
        Emit(Opcode::kOperationBegin, e.range, 0, object.dynamic, use_number, object.constant);
    code_.instructions[at].flags = flags;
    code_.instructions[at].span = object.span;
    operation = program_.operations[use.operation];
    operation_in_atomic_ = (flags & (kInAtomic | kInOperation)) != 0;
    operation_ = &operation;
    ++atomic_depth_;
  }
  object_ = object;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Symbol* parameter = function.parameter_symbols[i];
    storage_[parameter] = {Storage::Kind::kRegisters, arguments[i], 0};
    aliases_.erase(parameter);
    if (targets[i]) aliases_[parameter] = *targets[i];
  }
  const uint32_t result = InlineBody(function, e.range);
  CloseScope(scope);
  if (is_access) {
    --atomic_depth_;
    code_.operations[use_number].result = operation.has_result() ? result : kZeroRegister;
    const uint32_t at =
        Emit(Opcode::kOperationEnd, e.range, 0, object.dynamic, use_number, object.constant);
    code_.instructions[at].flags = static_cast<uint8_t>(flags & ~kStops);
    code_.instructions[at].span = object.span;
  }
  if (is_whole) {
    in_function_ = false;
    whole.result = result;
    whole.end = here();
    code_.functions.push_back(std::move(whole));
  }
  if (is_text && !is_around) {
    code_.calls[call_number].result = result;
    code_.calls[call_number].end = here();
  }
  inlined_call_ = outer_inlined;
  object_ = outer_object;
  object_call_ = outer_call;
  operation_ = outer_operation;
  operation_in_atomic_ = outer_in_atomic;
  return result;
}

}  // namespace interleave
