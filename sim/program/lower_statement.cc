// Statements: control flow, scopes, atomic blocks. Every access stands in the code once, so loops
// test at one place and nothing is duplicated. At statement granularity a kEndExpression ends the
// step's accesses behind each full expression, on every path out of it.

#include <algorithm>
#include <cassert>
#include <string>

#include "sim/program/lower.h"

namespace interleave {
namespace {

// "the cap of an unbounded queue (64 items, `option queue_cap`)": the words, with what parameters
// are.
std::string LimitOf(const ObjectKind& object) {
  std::string text = object.kind == nullptr || object.kind->words.limit.empty()
                         ? "what the model of `" + object.name + "` holds"
                         : object.kind->words.limit;
  for (const ObjectSyntax::Parameter& parameter : object.syntax->parameters) {
    const std::string word = "{" + parameter.name + "}";
    const std::size_t at = text.find(word);
    if (at != std::string::npos)
      text.replace(at, word.size(), std::to_string(object.constants.at(parameter.name)));
  }
  return text;
}

}  // namespace

void Lowering::EndExpression(SourceRange range) {
  if (granularity_ == Granularity::kStatement && touch_ == Touch::kAccess && atomic_depth_ == 0) {
    Emit(Opcode::kEndExpression, range);
  }
}

void Lowering::EnterAtomic(SourceRange range) {
  if (atomic_depth_++ == 0) {
    code_.instructions[Emit(Opcode::kAtomicBegin, range)].flags = kStops;
    atomic_labels_.clear();
  }
}

// Code that leaves atomic blocks for a place at `depth`; the depth here stays.
void Lowering::LeaveAtomicTo(int depth, SourceRange range) {
  if (atomic_depth_ == 0 || depth > 0) return;
  for (const int label : atomic_labels_) {
    Move(process_code_->label_registers[static_cast<std::size_t>(label)], kZeroRegister, range);
  }
  Emit(Opcode::kAtomicEnd, range);
}

void Lowering::LeaveAtomic(SourceRange range) {
  LeaveAtomicTo(atomic_depth_ - 1, range);
  --atomic_depth_;
}

Lowering::Place Lowering::PlaceOfSymbol(const Symbol& symbol) {
  if (symbol.kind == SymbolKind::kField) {
    const Type& object = *object_.type;
    return PartOf(object_, symbol.type,
                  object.members[static_cast<std::size_t>(symbol.field)].cell_offset);
  }
  if (symbol.shadow != nullptr) return PlaceInShadow(symbol);
  Place place;
  place.type = symbol.type;
  if (symbol.kind == SymbolKind::kShared || symbol.kind == SymbolKind::kGhost ||
      symbol.kind == SymbolKind::kTable) {
    for (const MemoryObject& object : program_.objects) {
      if (object.symbol != &symbol) continue;
      place.kind = Place::Kind::kMemory;
      place.constant = object.base;
      place.is_access = symbol.kind == SymbolKind::kShared;
      return place;
    }
  }
  const auto it = storage_.find(&symbol);
  if (it == storage_.end()) {
    // Jumped over, or used in its own initialiser: it exists from here on.
    Declare(symbol, nullptr, symbol.range);
    return PlaceOfSymbol(symbol);
  }
  if (it->second.kind == Storage::Kind::kOwn) {
    place.kind = Place::Kind::kMemory;
    place.dynamic = kFrameRegister;
    place.constant = it->second.offset;
    return place;
  }
  place.kind = Place::Kind::kRegisters;
  place.reg = it->second.reg;
  return place;
}

// A local of a program in C that other processes may know of.
Lowering::Place Lowering::PlaceInShadow(const Symbol& local) {
  Place place = PlaceOfSymbol(*local.shadow);
  place.type = local.type;
  if (local.home != nullptr) {
    const auto open = static_cast<uint32_t>(std::max(1, active_[local.home]) - 1);
    place.constant += open * static_cast<uint32_t>(local.shadow->type->element->cells);
  }
  if (local.shared_by == Symbol::SharedBy::kOne || process_ == nullptr) return place;
  const auto cells = static_cast<uint32_t>(local.type->cells);
  if (local.shared_by == Symbol::SharedBy::kMe) {
    place.constant += FirstOfRow() * cells;
  }
  if (!process_->is_array) return place;
  place.dynamic =
      cells == 1 ? kSelfRegister
                 : EmitBinary(Op::kMul, IntType::kI64, local.range, kSelfRegister, Constant(cells));
  place.span = static_cast<uint32_t>(process_->count) * cells;
  return place;
}

void Lowering::CheckVariableLength(const Declarator& declarator) {
  for (const ExprPtr& dimension : declarator.dimensions) {
    if (dimension->constant) continue;
    code_.texts.push_back("more than " + std::to_string(kUnknownElements) + " elements in `" +
                          declarator.name + "`");
    const auto text = static_cast<uint32_t>(code_.texts.size());
    const uint32_t fits = EmitBinary(Op::kLe, IntType::kI64, dimension->range, Value(*dimension),
                                     Constant(kUnknownElements));
    Emit(Opcode::kLimit, dimension->range, 0, fits, 0, text);
  }
}

void Lowering::Declare(const Symbol& symbol, const Expr* initializer, SourceRange range) {
  const bool has_memory = process_code_ != nullptr;  // a property has none of its own
  if ((symbol.is_address_taken || symbol.shadow != nullptr) && !has_memory) {
    diagnostics_.Error(symbol.range,
                       "`" + symbol.name + "` has an address, but a property calls this function",
                       "what a property calls points to shared objects only");
  }
  if (symbol.shadow != nullptr) {
    if (initializer != nullptr) Initialize(PlaceOfSymbol(symbol), symbol.type, initializer, range);
    return;
  }
  const auto cells = static_cast<uint32_t>(symbol.type->cells);
  Storage storage;
  LocalVariable* local = nullptr;
  if (const auto it = locals_.find(&symbol); it != locals_.end())
    local = &process_code_->locals[it->second];
  if (symbol.is_address_taken && has_memory) {
    storage.kind = Storage::Kind::kOwn;
    storage.offset = process_code_->own_count;
    process_code_->own_objects.push_back({&symbol, storage.offset, cells, here(), here()});
    process_code_->own_count += cells + 1;  // and the address one past its end
    if (local != nullptr) {
      local->is_own = true;
      local->own_offset = storage.offset;
    }
  } else {
    storage.reg = NewRegisters(cells, symbol.name.empty() ? "argument" : symbol.name);
    NoteType(storage.reg, *symbol.type);
    if (local != nullptr) local->registers.push_back(storage.reg);
  }
  storage_[&symbol] = storage;
  open_scopes_.push_back({&symbol, here()});
  if (initializer != nullptr) {
    Initialize(PlaceOfSymbol(symbol), symbol.type, initializer, range);
  } else if (!symbol.is_initialized) {
    if (storage.kind == Storage::Kind::kRegisters && symbol.type->is_scalar()) {
      implicits_.push_back({here(), storage.reg, &symbol});
    }
    Initialize(PlaceOfSymbol(symbol), symbol.type, nullptr, range);
  }
}

void Lowering::Initialize(const Place& place, const Type* type, const Expr* initializer,
                          SourceRange range) {
  if (type->kind == TypeKind::kObject) return;  // as it is at the start
  if (initializer == nullptr && !HoldsObject(*type)) {
    for (int i = 0; i < type->cells; ++i)
      Write(PartOf(place, scenario_.types.Int(), i), kZeroRegister, range);
    return;
  }
  if (initializer != nullptr && initializer->kind != ExprKind::kInitializer) {
    Write(place, Value(*initializer), range);
    return;
  }
  if (type->is_union) return InitializeUnion(place, *type, initializer, range);
  static const std::vector<ExprPtr> kNothing;
  const auto& list = initializer == nullptr ? kNothing : initializer->operands;
  const auto item = [&](std::size_t i) { return i < list.size() ? list[i].get() : nullptr; };
  if (type->kind != TypeKind::kStruct) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(type->count); ++i) {
      const Type* const part = type->element;
      Initialize(PartOf(place, part, static_cast<int>(i) * part->cells), part, item(i), range);
    }
    return;
  }
  const std::vector<Member>& named = type->named();
  for (std::size_t i = 0; i < named.size(); ++i) {
    const Member& member = named[i];
    if (member.unit == nullptr) {
      Initialize(PartOf(place, member.type, member.cell_offset), member.type, item(i), range);
      continue;
    }
    // All bit-fields of a unit at once.
    uint32_t cell = kZeroRegister;
    for (; i < named.size() && named[i].unit != nullptr; ++i) {
      if (named[i].cell_offset != member.cell_offset) break;
      if (item(i) != nullptr) cell = WithValue(named[i], cell, Value(*item(i)), range);
    }
    --i;
    Write(PartOf(place, member.unit, member.cell_offset), cell, range);
  }
}

// The member that the list is for, and 0 in all cells beside it.
void Lowering::InitializeUnion(const Place& place, const Type& type, const Expr* list,
                               SourceRange range) {
  const bool has_value = list != nullptr && !list->operands.empty();
  const Member& member = type.named()[has_value ? static_cast<std::size_t>(list->id) : 0];
  const int begin = has_value ? member.cell_offset : 0;
  const int end = has_value ? begin + (member.unit != nullptr ? 1 : member.type->cells) : 0;
  for (int i = 0; i < type.cells; ++i) {
    if (i >= begin && i < end) continue;
    const bool says = i == 0 && has_value && member.number != 0;
    Write(PartOf(place, scenario_.types.Int(), i), says ? Constant(member.number) : kZeroRegister,
          range);
  }
  if (!has_value) return;
  const Expr& value = *list->operands[0];
  if (member.unit == nullptr) {
    return Initialize(PartOf(place, member.type, begin), member.type, &value, range);
  }
  Write(PartOf(place, member.unit, begin), WithValue(member, kZeroRegister, Value(value), range),
        range);
}

void Lowering::CloseScope(std::size_t mark) {
  while (open_scopes_.size() > mark) {
    const OpenScope scope = open_scopes_.back();
    open_scopes_.pop_back();
    const Storage storage = storage_.at(scope.symbol);
    const auto cells = static_cast<uint32_t>(scope.symbol->type->cells);
    if (storage.kind == Storage::Kind::kOwn) {
      std::vector<OwnObject>& objects = process_code_->own_objects;  // by offset
      std::lower_bound(objects.begin(), objects.end(), storage.offset,
                       [](const OwnObject& o, uint32_t offset) { return o.offset < offset; })
          ->end = here();
      // What has no declaration, as a literal, is there anew where it is used the next time.
      storage_.erase(scope.symbol);
    } else if (scope.symbol->is_mentioned) {
      kept_alive_.push_back({scope.begin, here(), storage.reg, cells});
    }
  }
}

void Lowering::CollectLabelDepths(const Stmt& s, int depth) {
  if (s.kind == StmtKind::kAtomic) ++depth;
  if (s.kind == StmtKind::kLabel) (*label_depths_)[s.name] = depth;
  if (s.body) CollectLabelDepths(*s.body, depth);
  if (s.else_body) CollectLabelDepths(*s.else_body, depth);
  for (const StmtPtr& inner : s.body_list) CollectLabelDepths(*inner, depth);
}

// Of a program that forks: what others have at file scope is a process's own memory, set before it
// begins.
void Lowering::DeclarePrivates() {
  for (const Symbol* symbol : scenario_.privates) Declare(*symbol, nullptr, symbol->range);
  for (const Symbol* symbol : scenario_.privates) {
    const Place place = PlaceOfSymbol(*symbol);
    for (std::size_t i = 0; i < symbol->initial.size(); ++i) {
      const InitialCell& cell = symbol->initial[i];
      if (cell.value == 0 && cell.object == nullptr) continue;
      const Place to = PartOf(place, scenario_.types.Long(), static_cast<int>(i));
      if (cell.object == nullptr) {
        Write(to, Constant(cell.value), symbol->range);
        continue;
      }
      const Place target =
          PartOf(PlaceOfSymbol(*cell.object), scenario_.types.Long(), static_cast<int>(cell.value));
      Write(to, AddressOf(target, symbol->range), symbol->range);
    }
  }
}

void Lowering::LowerProcess(const ProcessTemplate& process, ProcessCode& out) {
  process_ = &process;
  process_code_ = &out;
  out.source = &process;
  out.forks = scenario_.syntax->forks;
  out.register_names = {"self", "frame", "0"};
  for (const Symbol* local : process.locals) {
    locals_[local] = out.locals.size();
    out.locals.push_back({local, {}, 0, false});
  }
  out.label_registers.assign(process.labels.size(), 0);
  for (std::size_t i = 0; i < process.labels.size(); ++i) {
    if (process.labels[i].is_mentioned) out.label_registers[i] = NewRegister();
  }
  std::map<std::string, Label> labels;
  std::map<std::string, int> depths;
  Label end;
  labels_ = &labels;
  label_depths_ = &depths;
  return_label_ = process_end_ = &end;
  CollectLabelDepths(*process.syntax->body, 0);
  DeclarePrivates();
  if (scenario_.mappings != nullptr) out.mappings = PlaceOfSymbol(*scenario_.mappings).constant;
  Statement(*process.syntax->body);
  CloseScope(0);
  Bind(end);
  statement_ = {process.syntax->range.end == 0 ? 0 : process.syntax->range.end - 1,
                process.syntax->range.end};
  Emit(Opcode::kHalt, statement_);
  if (out.forks) out.holds_pointer.resize(out.register_count);
}

void Lowering::Loop(const Stmt& s) {
  const std::size_t scope = open_scopes_.size();
  if (s.init) Statement(*s.init);
  Label loop, next, end;
  uint32_t rounds = 0;
  if (s.kind == StmtKind::kRepeat) {
    statement_ = s.head_range;
    rounds = NewRegister();
    Move(rounds, Value(*s.condition), s.head_range);
    EndExpression(s.head_range);
  }
  Bind(loop);
  statement_ = s.head_range;
  if (s.kind == StmtKind::kDo)
    EndExpression(s.head_range);  // of the condition that leads back here
  if (s.kind == StmtKind::kRepeat) {
    const uint32_t more = EmitBinary(Op::kGt, IntType::kI32, s.head_range, rounds, kZeroRegister);
    EmitBranch(Opcode::kBranchFalse, more, end, s.head_range);
    Move(rounds, EmitBinary(Op::kSub, IntType::kI32, s.head_range, rounds, Constant(1)),
         s.head_range);
  } else if (s.condition && s.kind != StmtKind::kDo) {
    Branch(*s.condition, end);
    EndExpression(s.head_range);
  }
  breaks_.push_back({&end, atomic_depth_});
  continues_.push_back({&next, atomic_depth_});
  Statement(*s.body);
  continues_.pop_back();
  breaks_.pop_back();
  Bind(next);
  statement_ = s.head_range;
  if (s.kind == StmtKind::kDo) {
    statement_ = s.condition->range;
    BranchIfTrue(*s.condition, loop);
  } else {
    if (s.step) {
      statement_ = s.step->range;
      Value(*s.step);
      EndExpression(s.step->range);
    }
    EmitJump(loop, s.head_range);
  }
  Bind(end);
  EndExpression(s.head_range);
  CloseScope(scope);
}

void Lowering::CollectCases(const Stmt& s, std::vector<const Stmt*>& cases) {
  if (s.kind == StmtKind::kCase || s.kind == StmtKind::kDefault) cases.push_back(&s);
  if (s.kind == StmtKind::kSwitch) return;
  if (s.body) CollectCases(*s.body, cases);
  if (s.else_body) CollectCases(*s.else_body, cases);
  for (const StmtPtr& inner : s.body_list) CollectCases(*inner, cases);
}

void Lowering::Switch(const Stmt& s) {
  statement_ = s.head_range;
  const uint32_t value = Value(*s.condition);
  EndExpression(s.head_range);
  std::vector<const Stmt*> cases;
  if (s.body) CollectCases(*s.body, cases);
  Label end;
  const Stmt* otherwise = nullptr;
  const IntType type = IntTypeOf(*s.condition->type);
  for (const Stmt* label : cases) {
    case_labels_[label];
    if (label->kind == StmtKind::kDefault) {
      otherwise = label;
    } else {
      const uint32_t same = EmitBinary(Op::kEq, type, label->head_range, value,
                                       Constant(*label->condition->constant));
      EmitBranch(Opcode::kBranchTrue, same, case_labels_[label], label->head_range);
    }
  }
  EmitJump(otherwise != nullptr ? case_labels_[otherwise] : end, s.head_range);
  breaks_.push_back({&end, atomic_depth_});
  if (s.body) Statement(*s.body);
  breaks_.pop_back();
  Bind(end);
}

void Lowering::Select(const Stmt& s) {
  statement_ = s.head_range;
  EnterAtomic(s.head_range);
  SelectTable table;
  for (const StmtPtr& when : s.body_list) {
    statement_ = when->head_range;
    table.alternatives.emplace_back(Value(*when->condition), 0);
  }
  statement_ = s.head_range;
  const auto number = static_cast<uint32_t>(code_.selects.size());
  code_.selects.emplace_back();
  Emit(Opcode::kSelect, s.head_range, 0, 0, 0, number);
  Label end;
  const int outside = atomic_depth_ - 1;
  const auto body = [&](const Stmt& inner) {
    if (inner.kind == StmtKind::kAtomic) {
      Statement(*inner.body);
      LeaveAtomicTo(outside, inner.range);
    } else {
      LeaveAtomicTo(outside, inner.range);
      --atomic_depth_;
      Statement(inner);
      ++atomic_depth_;
    }
    EmitJump(end, s.head_range);
  };
  for (std::size_t i = 0; i < s.body_list.size(); ++i) {
    table.alternatives[i].second = here();
    body(*s.body_list[i]->body);
  }
  if (s.else_body) {
    table.else_target = here();
    body(*s.else_body);
  }
  Bind(end);
  --atomic_depth_;
  code_.selects[number] = std::move(table);
}

// What was pushed to be called is called, the last first; each of them stands in the code of its
// function.
void Lowering::Exit(const Stmt& s) {
  if (process_code_ != nullptr && process_code_->forks) {
    Value(*s.step);
    EndExpression(s.range);
    LeaveAtomicTo(0, s.range);
    EmitJump(*process_end_, s.range);
    return;
  }
  if (thread_end_.label == nullptr) {
    if (!too_large_) diagnostics_.Error(s.range, "no thread runs here that could end");
    too_large_ = true;
    return;
  }
  const uint32_t value = s.condition ? Value(*s.condition) : kZeroRegister;
  EndExpression(s.range);
  const std::vector<const Stmt*> cleanups = cleanups_;
  while (!cleanups_.empty()) {
    const Stmt* const cleanup = cleanups_.back();
    cleanups_.pop_back();
    Value(*cleanup->condition);
    EndExpression(s.range);
  }
  cleanups_ = cleanups;
  const Function& function = *thread_end_.function;
  if (function.process != 0) {
    // The calls that this leaves; that of the thread's own function ends where it leads to.
    for (int call = inlined_call_; call >= 0;) {
      const InlinedCall left = code_.calls[static_cast<std::size_t>(call)];
      if (left.function == &function) break;
      SetThere(*left.function, false, s.range);
      call = left.outer;
    }
  }
  if (function.process == 0) {
    // `main`: the program goes on while other threads run, and gives 0.
    Value(*s.step);
    if (function.type->kind != TypeKind::kVoid) Move(thread_end_.registers, kZeroRegister, s.range);
  } else if (s.condition && function.type->kind != TypeKind::kVoid) {
    Move(thread_end_.registers, Convert(value, s.condition->type, function.type, s.range), s.range);
  }
  LeaveAtomicTo(thread_end_.depth, s.range);
  EmitJump(*thread_end_.label, s.range);
}

void Lowering::Statement(const Stmt& s) {
  if (too_large_) return;
  const Level level(levels_);
  switch (s.kind) {
    case StmtKind::kEmpty: break;
    case StmtKind::kExpression:
      statement_ = s.range;
      Value(*s.condition);
      EndExpression(s.range);
      break;
    case StmtKind::kDeclaration:
      if (s.declaration->storage == Declaration::Storage::kTypedef) break;
      for (const Declarator& declarator : s.declaration->declarators) {
        if (declarator.is_variable) CheckVariableLength(declarator);
        if (declarator.symbol == nullptr || declarator.symbol->kind != SymbolKind::kLocal) continue;
        // A `static` variable is there from where the process begins.
        if (s.declaration->storage == Declaration::Storage::kShared) continue;
        statement_ = s.range;
        const Touch touch = touch_;
        if (declarator.symbol->is_ghost) touch_ = Touch::kLook;
        Declare(*declarator.symbol, declarator.initializer.get(), s.range);
        EndExpression(s.range);
        touch_ = touch;
      }
      break;
    case StmtKind::kBlock: {
      const std::size_t scope = open_scopes_.size();
      for (const StmtPtr& inner : s.body_list) Statement(*inner);
      if (!s.is_open) CloseScope(scope);
      break;
    }
    case StmtKind::kIf: {
      statement_ = s.head_range;
      if (object_.type != nullptr && s.condition->constant) {  // a constant of the object's
        if (*s.condition->constant != 0) {
          Statement(*s.body);
        } else if (s.else_body) {
          Statement(*s.else_body);
        }
        break;
      }
      Label otherwise, end;
      Branch(*s.condition, otherwise);
      EndExpression(s.head_range);
      Statement(*s.body);
      if (s.else_body) EmitJump(end, s.head_range);
      Bind(otherwise);
      statement_ = s.head_range;
      EndExpression(s.head_range);
      if (s.else_body) Statement(*s.else_body);
      Bind(end);
      break;
    }
    case StmtKind::kWhile:
    case StmtKind::kDo:
    case StmtKind::kFor:
    case StmtKind::kRepeat: Loop(s); break;
    case StmtKind::kSwitch: Switch(s); break;
    case StmtKind::kCase:
    case StmtKind::kDefault:
      Bind(case_labels_[&s]);
      if (s.body) Statement(*s.body);
      break;
    case StmtKind::kBreak:
    case StmtKind::kContinue: {
      statement_ = s.range;
      const Jump jump = s.kind == StmtKind::kBreak ? breaks_.back() : continues_.back();
      LeaveAtomicTo(jump.atomic_depth, s.range);
      EmitJump(*jump.target, s.range);
      break;
    }
    case StmtKind::kReturn:
      statement_ = s.range;
      if (s.condition) {
        const uint32_t value = Value(*s.condition);
        EndExpression(s.range);
        if (s.condition->type->kind != TypeKind::kVoid) {
          for (int i = 0; i < s.condition->type->cells; ++i) {
            Move(return_registers_ + static_cast<uint32_t>(i), value + static_cast<uint32_t>(i),
                 s.range);
          }
        }
      }
      LeaveAtomicTo(return_depth_, s.range);
      EmitJump(*return_label_, s.range);
      break;
    case StmtKind::kGoto:
      statement_ = s.range;
      LeaveAtomicTo((*label_depths_)[s.name], s.range);
      EmitJump((*labels_)[s.name], s.range);
      break;
    case StmtKind::kLabel:
      Bind((*labels_)[s.name]);
      if (s.id >= 0 && inline_depth_ == 0 && process_code_ != nullptr &&
          process_code_->label_registers[static_cast<std::size_t>(s.id)] != 0) {
        statement_ = s.name_range;
        Move(process_code_->label_registers[static_cast<std::size_t>(s.id)], Constant(1),
             s.name_range);
        if (atomic_depth_ > 0) atomic_labels_.push_back(s.id);
      }
      if (s.body) Statement(*s.body);
      break;
    case StmtKind::kGhost: {
      const Touch touch = touch_;
      touch_ = Touch::kLook;
      Statement(*s.body);
      touch_ = touch;
      break;
    }
    case StmtKind::kAtomic:
      statement_ = s.head_range;
      EnterAtomic(s.head_range);
      Statement(*s.body);
      statement_ = s.head_range;
      LeaveAtomic(s.head_range);
      break;
    case StmtKind::kAwait: {
      statement_ = s.head_range;
      EnterAtomic(s.head_range);
      const uint32_t value = Value(*s.condition);
      Emit(Opcode::kBlockUnless, s.condition->range, 0, value);
      LeaveAtomic(s.head_range);
      break;
    }
    case StmtKind::kLimit: {
      const uint32_t holds = Value(*s.condition);
      code_.texts.push_back(LimitOf(*object_.type->object));
      Emit(Opcode::kLimit, s.condition->range, 0, holds, 0,
           static_cast<uint32_t>(code_.texts.size()));
      break;
    }
    case StmtKind::kExit:
      statement_ = s.range;
      Exit(s);
      break;
    case StmtKind::kCleanup: {
      cleanups_.push_back(&s);
      Statement(*s.body);
      cleanups_.pop_back();
      statement_ = s.head_range;
      Label end;
      Branch(*s.step, end);
      Value(*s.condition);
      Bind(end);
      EndExpression(s.head_range);
      break;
    }
    case StmtKind::kSelect: Select(s); break;
    case StmtKind::kWhen: break;
    case StmtKind::kSection: {
      const uint32_t begin = here();
      Statement(*s.body);
      section_ranges_.push_back({begin, here(), s.id, s.name_range});
      break;
    }
    case StmtKind::kStep:
      statement_ = s.range;
      code_.instructions[Emit(Opcode::kStep, s.range)].flags = AccessFlags();
      EndExpression(s.range);
      break;
    case StmtKind::kAssert:
    case StmtKind::kAssume: {
      statement_ = s.range;
      const uint32_t value = Value(*s.condition);
      uint32_t text = 0;
      // What a function of a header asserts without a word is the program's own assertion.
      const bool is_misuse = object_call_ && (!s.text.empty() || object_.type != nullptr);
      if (!s.text.empty()) {
        code_.texts.push_back(s.text);
        text = static_cast<uint32_t>(code_.texts.size());
      }
      Emit(s.kind == StmtKind::kAssert ? Opcode::kAssert : Opcode::kAssume, s.condition->range, 0,
           value, is_misuse ? 1 : 0, text);
      EndExpression(s.range);
      break;
    }
  }
}

}  // namespace interleave
