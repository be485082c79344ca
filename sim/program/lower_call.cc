// Calls of functions, which are inlined, and what else is written as a call: `self`, `done(P)`,
// `produced(x)`.
//
// What would surprise: arguments are copied when they are evaluated, since a later argument may
// change what a register stands for. There is no recursion; depth and size are bounded here, over
// all functions together.

#include <algorithm>
#include <cassert>

#include "sim/program/lower.h"

namespace interleave {
namespace {

constexpr int kMaxLevels = 1'000;

int CallsOf(const Function& function, const Stmt* s);

// How often an expression calls the function by its name.
int CallsOf(const Function& function, const Expr& e) {
  int calls = e.kind == ExprKind::kCall && e.symbol != nullptr && e.symbol->function == &function;
  for (const ExprPtr& operand : e.operands) calls += operand ? CallsOf(function, *operand) : 0;
  return calls;
}

int CallsOf(const Function& function, const Stmt* s) {
  if (s == nullptr) return 0;
  int calls = CallsOf(function, s->init.get()) + CallsOf(function, s->body.get()) +
              CallsOf(function, s->else_body.get());
  if (s->condition) calls += CallsOf(function, *s->condition);
  if (s->step) calls += CallsOf(function, *s->step);
  if (s->declaration) {
    for (const Declarator& declarator : s->declaration->declarators)
      calls += declarator.initializer ? CallsOf(function, *declarator.initializer) : 0;
  }
  for (const StmtPtr& inner : s->body_list) calls += CallsOf(function, inner.get());
  return calls;
}

// So many activations of a function of a program in C may be open at a time. Each stands in the
// code, and one that calls itself twice doubles what is below it.
int RecursionDepth(const Function& function) {
  if (function.keeps_locals) return kOpenCallsWithLocals;
  const int calls = CallsOf(function, function.body.get());
  return calls <= 1 ? 24 : calls == 2 ? 6 : 4;
}

}  // namespace

uint32_t Lowering::Call(const Expr& e) {
  const Function* function = e.symbol->function;
  if (!function->body) {
    diagnostics_.Error(e.range, "`" + function->name + "` is declared but has no body",
                       scenario_.syntax->is_c
                           ? "name the file that has it; if it changes nothing that matters, "
                             "`--stub " +
                                 function->name + "` calls it so, and it gives 0"
                           : "");
    return kZeroRegister;
  }
  if (levels_ > kMaxLevels && !too_large_) {
    diagnostics_.Error(
        e.range,
        "calls, blocks and expressions are nested too deep: functions are inlined at every call",
        "nest the blocks and expressions around the calls less");
    too_large_ = true;
  }
  if (too_large_)
    return NewRegisters(static_cast<uint32_t>(std::max(1, function->type->cells)), "");
  if (MayNotRecur(*function)) return TooDeep(e, *function);
  std::vector<uint32_t> arguments;
  std::vector<std::optional<Place>> targets;
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    const ExprPtr& operand = e.operands[i];
    targets.push_back(TargetOfArgument(*operand, *function, i));
    const uint32_t value =
        targets.back() ? AddressOf(*targets.back(), operand->range) : Value(*operand);
    // Captured now: a later argument may change what this register stands for.
    const auto cells = static_cast<uint32_t>(operand->type->cells);
    const uint32_t copy = NewRegisters(cells, "");
    NoteType(copy, *operand->type);
    for (uint32_t k = 0; k < cells; ++k) Move(copy + k, value + k, operand->range);
    arguments.push_back(copy);
  }
  const HeapPool* const outer_pool = pool_;
  if (e.pool != nullptr) pool_ = e.pool;
  const uint32_t result = CallOf(e, *function, 0, arguments, targets);
  pool_ = outer_pool;
  return result;
}

uint32_t Lowering::CallOf(const Expr& e, const Function& function, std::size_t first_argument,
                          const std::vector<uint32_t>& arguments,
                          const std::vector<std::optional<Place>>& targets) {
  // The variables of an activation that goes on after this call of the same function.
  const bool is_recursive = active_[&function]++ > 0;
  const auto outer_storage = is_recursive ? storage_ : decltype(storage_)();
  const auto outer_aliases = is_recursive ? aliases_ : decltype(aliases_)();
  const auto outer_nulls = is_recursive ? nulls_ : decltype(nulls_)();
  const std::size_t scope = open_scopes_.size();
  const auto outer_object_call = object_call_;
  if (function.is_of_header && !object_call_) object_call_ = CallInText(e);
  const int outer_call = inlined_call_;
  const std::size_t number = code_.calls.size();
  code_.calls.push_back({e.range, statement_.end == 0 ? e.range : statement_, outer_call, &function,
                         arguments, kZeroRegister, 0});
  inlined_call_ = static_cast<int>(number);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Symbol& parameter = *function.parameter_symbols[i];
    nulls_.erase(&parameter);
    if (targets[i]) {
      aliases_[&parameter] = *targets[i];
      continue;
    }
    aliases_.erase(&parameter);
    // In a program in C a call such as pthread_join(t, NULL) does not follow that pointer.
    if (scenario_.syntax->is_c && parameter.type->is_pointer() &&
        e.operands[first_argument + i]->constant == 0 &&
        !IsWritten(parameter, function.body.get())) {
      nulls_.insert(&parameter);
    }
    Declare(parameter, nullptr, e.range);
    Write(PlaceOfSymbol(parameter), arguments[i], e.range);
  }
  SetThere(function, true, e.range);
  const uint32_t result = InlineBody(function, e.range);
  SetThere(function, false, e.range);
  inlined_call_ = outer_call;
  object_call_ = outer_object_call;
  code_.calls[number].result = result;
  code_.calls[number].end = here();
  CloseScope(scope);
  --active_[&function];
  if (is_recursive) {
    storage_ = outer_storage;
    aliases_ = outer_aliases;
    nulls_ = outer_nulls;
  }
  return result;
}

// C17 6.2.4: what a function's own variables hold is nothing before it is called, and after it
// returned. One step for all of those that may be used then.
void Lowering::SetThere(const Function& function, bool there, SourceRange range) {
  if (function.outlived.empty() || process_code_ == nullptr) return;
  EnterAtomic(range);
  for (const Symbol* local : function.outlived) {
    Write(PlaceOfSymbol(*local->alive), there ? Constant(1) : kZeroRegister, range);
    const Place place = PlaceOfSymbol(*local);
    for (int i = 0; i < local->type->cells; ++i) {
      Write(PartOf(place, scenario_.types.Long(), i), kZeroRegister, range);
      code_.instructions.back().flags |= kForgets;
    }
  }
  LeaveAtomic(range);
}

uint32_t Lowering::IndirectCall(const Expr& e) {
  const uint32_t pointer = Value(*e.operands[0]);
  std::vector<uint32_t> given;
  for (std::size_t i = 1; i < e.operands.size(); ++i) {
    const uint32_t value = Value(*e.operands[i]);
    const auto cells = static_cast<uint32_t>(e.operands[i]->type->cells);
    const uint32_t copy = NewRegisters(cells, "");
    NoteType(copy, *e.operands[i]->type);
    for (uint32_t k = 0; k < cells; ++k) Move(copy + k, value + k, e.operands[i]->range);
    given.push_back(copy);
  }
  const auto cells = static_cast<uint32_t>(std::max(1, e.type->cells));
  const uint32_t result = NewRegisters(cells, "");
  // Where it is known, as behind a parameter that a name was given for, there is one.
  std::optional<int64_t> known;
  for (const auto& [reg, value] : code_.constants) {
    if (reg == pointer) known = value >> 24;
  }
  Label end;
  for (const Function* function : e.candidates) {
    if (too_large_) break;
    const int64_t value = (kFarPointer >> 24) + function->number;
    if (known && *known != value) continue;
    Label next;
    const uint32_t number = EmitBinary(Op::kShr, IntType::kI64, e.range, pointer, Constant(24));
    EmitBranch(Opcode::kBranchFalse,
               EmitBinary(Op::kEq, IntType::kI64, e.range, number, Constant(value)), next, e.range);
    std::vector<uint32_t> arguments;
    for (std::size_t i = 0; i < given.size(); ++i) {
      arguments.push_back(Convert(given[i], e.operands[i + 1]->type,
                                  function->parameter_symbols[i]->type, e.range));
    }
    const uint32_t value_of_call =
        MayNotRecur(*function) ? TooDeep(e, *function)
                               : CallOf(e, *function, 1, arguments,
                                        std::vector<std::optional<Place>>(arguments.size()));
    if (e.type->kind != TypeKind::kVoid) {
      for (uint32_t k = 0; k < cells; ++k) Move(result + k, value_of_call + k, e.range);
    }
    EmitJump(end, e.range);
    Bind(next);
  }
  code_.texts.push_back("a pointer is called that leads to no function of this form");
  Emit(Opcode::kAssert, e.range, 0, kZeroRegister, 1, static_cast<uint32_t>(code_.texts.size()));
  Bind(end);
  return result;
}

bool Lowering::MayNotRecur(const Function& function) {
  constexpr uint32_t kMostInstructions = 10'000;
  const int active = active_[&function];
  return active > 0 && (active >= RecursionDepth(function) || here() > kMostInstructions);
}

uint32_t Lowering::TooDeep(const Expr& call, const Function& function) {
  code_.texts.push_back("more than " + std::to_string(active_[&function]) + " calls of `" +
                        function.written_name() + "` inside each other");
  Emit(Opcode::kLimit, call.range, 0, kZeroRegister, 0, static_cast<uint32_t>(code_.texts.size()));
  return NewRegisters(static_cast<uint32_t>(std::max(1, function.type->cells)), "");
}

std::optional<Lowering::Place> Lowering::TargetOfArgument(const Expr& argument,
                                                          const Function& function,
                                                          std::size_t number) {
  const Symbol& parameter = *function.parameter_symbols[number];
  if (!parameter.type->is_pointer() || IsWritten(parameter, function.body.get())) {
    return std::nullopt;
  }
  return Target(argument);
}

uint32_t Lowering::InlineBody(const Function& function, SourceRange call) {
  const auto cells =
      function.type->kind == TypeKind::kVoid ? 1U : static_cast<uint32_t>(function.type->cells);
  const uint32_t result = NewRegisters(cells, "");
  NoteType(result, *function.type);
  const auto& statements = function.body->body_list;
  const bool returns = !statements.empty() && statements.back()->kind == StmtKind::kReturn;
  if (function.owner == nullptr || (function.type->kind != TypeKind::kVoid && !returns)) {
    for (uint32_t i = 0; i < cells; ++i) Move(result + i, kZeroRegister, call);
  }
  const SourceRange statement = statement_;
  auto* const labels = labels_;
  auto* const label_depths = label_depths_;
  auto* const return_label = return_label_;
  const auto return_registers = return_registers_;
  const auto return_depth = return_depth_;
  std::vector<Jump> breaks, continues;
  breaks.swap(breaks_);
  continues.swap(continues_);
  std::map<std::string, Label> own_labels;
  std::map<std::string, int> own_depths;
  std::map<const Stmt*, Label> case_labels;
  case_labels.swap(case_labels_);
  Label end;
  labels_ = &own_labels;
  label_depths_ = &own_depths;
  return_label_ = &end;
  return_registers_ = result;
  return_depth_ = atomic_depth_;
  const bool begins_thread = function.process >= 0 && thread_end_.label == nullptr;
  if (begins_thread) thread_end_ = {&end, result, return_depth_, &function};
  CollectLabelDepths(*function.body, atomic_depth_);
  ++inline_depth_;
  EndExpression(call);
  Statement(*function.body);
  --inline_depth_;
  if (begins_thread) thread_end_ = {};
  // In an operation the last `return` needs no jump to what follows it.
  if (operation_ != nullptr && last_bound_ != here() && !end.patches.empty() &&
      end.patches.back() + 1 == here()) {
    end.patches.pop_back();
    code_.instructions.pop_back();
  }
  Bind(end);
  case_labels_.swap(case_labels);
  labels_ = labels;
  label_depths_ = label_depths;
  return_label_ = return_label;
  return_registers_ = return_registers;
  return_depth_ = return_depth;
  breaks_.swap(breaks);
  continues_.swap(continues);
  statement_ = statement;
  return result;
}

uint32_t Lowering::ProcessIndex(const Expr& ref, uint32_t& first) {
  first = 0;
  for (std::size_t i = 0; i < program_.processes.size(); ++i) {
    if (program_.processes[i].code == ref.process) {
      first = static_cast<uint32_t>(i);
      break;
    }
  }
  if (ref.kind != ExprKind::kIndex) return kZeroRegister;
  const uint32_t value = Value(*ref.operands[1]);
  const uint32_t index = NewRegister();
  const int count = scenario_.processes[static_cast<std::size_t>(ref.process)].count;
  Emit(Opcode::kIndex, ref.range, index, value, static_cast<uint32_t>(count), 1);
  return index;
}

uint32_t Lowering::Fork(const Expr& e) {
  const uint32_t child = Value(*e.operands[0]);
  const uint32_t result = NewRegister();
  Label end;
  const uint32_t at = here();
  EmitBranch(Opcode::kFork, child, end, e.range);
  code_.instructions[at].dst = result;
  const uint32_t begin = Emit(Opcode::kStep, e.range, 0, 0, 1);
  code_.instructions[begin].flags = kStops;
  Bind(end);
  return result;
}

// What stands before a value in a format, and the value.
void Lowering::Print(const Expr& e) {
  const Expr& first = *e.operands.front();
  const Expr& last = *e.operands.back();
  const bool has_value = last.kind != ExprKind::kString;
  const uint32_t value = has_value ? Value(last) : kZeroRegister;
  const auto print = [&](Printed what, uint32_t reg, const std::string& text) -> Instruction& {
    code_.texts.push_back(text);
    const auto number = static_cast<uint32_t>(code_.texts.size());
    const uint32_t at = Emit(Opcode::kPrint, e.range, 0, reg, static_cast<uint32_t>(what), number);
    return code_.instructions[at];
  };
  if (first.kind == ExprKind::kString && !first.name.empty())
    print(Printed::kLiteral, kZeroRegister, first.name);
  if (!has_value || !last.type->is_scalar()) return;
  const std::string conversion = e.operands.size() == 1 ? "%c" : e.operands[1]->name;
  const Type& type = *last.type;
  const bool is_text = conversion.back() == 's' && type.is_pointer();
  print(is_text ? Printed::kText : Printed::kNumber, value, conversion).type = IntTypeOf(type);
}

// The number of the first process of the row that is lowered.
uint32_t Lowering::FirstOfRow() const {
  uint32_t first = 0;
  for (const ProcessTemplate& process : scenario_.processes) {
    if (&process == process_ || process_ == nullptr) break;
    first += static_cast<uint32_t>(process.count);
  }
  return first;
}

// 1 + the number of the process; 0: there is none.
uint32_t Lowering::NumberOfCaller(SourceRange range) {
  const int64_t first = process_ == nullptr ? 0 : FirstOfRow() + int64_t{1};
  if (process_ == nullptr || !process_->is_array) return Constant(first);
  return EmitBinary(Op::kAdd, IntType::kI32, range, kSelfRegister, Constant(first));
}

uint32_t Lowering::IntrinsicCall(const Expr& e) {
  const auto intrinsic = static_cast<Intrinsic>(e.intrinsic);
  switch (intrinsic) {
    case Intrinsic::kSelf: return kSelfRegister;
    case Intrinsic::kMe: return NumberOfCaller(e.range);
    case Intrinsic::kOwner: return scenario_.syntax->forks ? NumberOfCaller(e.range) : Constant(1);
    case Intrinsic::kRowBegin: return Constant(FirstOfRow() + 1);
    case Intrinsic::kRowEnd:
      return Constant(int64_t{FirstOfRow()} + 1 + (process_ == nullptr ? 0 : process_->count));
    case Intrinsic::kProduced:
    case Intrinsic::kConsumed: {
      const uint32_t value = Value(*e.operands[0]);
      Emit(intrinsic == Intrinsic::kProduced ? Opcode::kProduced : Opcode::kConsumed, e.range, 0,
           value);
      return kZeroRegister;
    }
    case Intrinsic::kItems: {
      const uint32_t dst = NewRegister();
      Emit(Opcode::kPeek, e.range, dst, kZeroRegister, 0, program_.items_slot);
      return dst;
    }
    case Intrinsic::kDone:
    case Intrinsic::kWaiting:
    case Intrinsic::kBlocked: {
      uint32_t first = 0;
      const uint32_t index = ProcessIndex(*e.operands[0], first);
      const uint32_t dst = NewRegister();
      Emit(intrinsic == Intrinsic::kDone      ? Opcode::kProcessDone
           : intrinsic == Intrinsic::kWaiting ? Opcode::kProcessWaiting
                                              : Opcode::kProcessBlocked,
           e.range, dst, index, 0, first);
      return dst;
    }
    case Intrinsic::kUnwritten: {
      const uint32_t address = AddressOf(PlaceFor(*e.operands[0]), e.range);
      const uint32_t dst = NewRegister();
      Emit(Opcode::kIsUnwritten, e.range, dst, address);
      return dst;
    }
    case Intrinsic::kAllocate: return Allocate(e);
    case Intrinsic::kReallocate: return Reallocate(e);
    case Intrinsic::kFree: return Free(e);
    case Intrinsic::kUnmap:
    case Intrinsic::kProtect: return Unmap(e);
    case Intrinsic::kSetMemory: return SetMemory(e);
    case Intrinsic::kCopyMemory: return CopyMemory(e);
    case Intrinsic::kFork: return Fork(e);
    case Intrinsic::kPrint: Print(e); return kZeroRegister;
    case Intrinsic::kTransfer: return Transfer(e);
    case Intrinsic::kTruncate: return Truncate(e);
    case Intrinsic::kNone: break;
  }
  assert(false && "an intrinsic without a meaning");
  return kZeroRegister;
}

}  // namespace interleave
