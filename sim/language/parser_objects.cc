// `object NAME<type T, int n> { members; op ... }`, and the use of a kind with arguments. An
// object's functions are parsed as any other; they are kept with the object instead of at file
// scope.

#include <utility>

#include "sim/language/parser_private.h"

namespace interleave {

using Base = TypeSyntax::Base;

// `object` is a word only before a name and a brace: a variable may be called so.
bool Parser::StartsObject() const {
  return Is("object") && IsName(1) && (Is("{", 2) || Is("<", 2));
}

void Parser::ParseObject() {
  Depth depth(*this);
  const std::size_t first = position_;
  Next();
  auto object = std::make_unique<ObjectSyntax>();
  object->name = Peek().text;
  object->name_range = Next().range;
  DeclareName(object->name, NameKind::kTypedef);
  {
    Scope scope(*this);
    if (Accept("<")) ParseObjectParameters(*object);
    if (!ParseObjectBody(*object)) return;
  }
  object->range = Since(first);
  scenario_->objects.push_back(std::move(object));
  AddItem(ScenarioSyntax::Item::Kind::kObject, scenario_->objects.size());
}

bool Parser::ParseObjectBody(ObjectSyntax& object) {
  const SourceRange open = Here();
  if (!Expect("{", "before the members of the object")) return false;
  in_object_ = true;
  if (!IsDeclared("process_id")) DeclareName("process_id", NameKind::kTypedef);
  while (!Is("}") && !AtEnd() && !StartsItem()) {
    const std::size_t before = position_;
    ParseObjectMember(object);
    if (panic_) SynchroniseStatement(before);
    if (position_ == before) Next();
  }
  in_object_ = false;
  if (!Accept("}")) FailMissingBrace(open);
  return true;
}

// `monitor` is a word only before a name and a brace, as `object` is.
bool Parser::StartsMonitor() const {
  return Is("monitor") && IsName(1) && (Is("{", 2) || (IsName(2) && Is("{", 3)));
}

// `monitor NAME { members; functions }`, after Hansen ("Operating System Principles", 1973) and
// Hoare
// ("Monitors: an operating system structuring concept", 1974): one object, whose functions exclude
// each other. Behind the name may stand what a signal does, in the words of Silberschatz, Galvin,
// Gagne, "Operating System Concepts". It is an object with a mutex, and a declaration of the one
// that there is.
void Parser::ParseMonitor() {
  Depth depth(*this);
  const std::size_t first = position_;
  Next();
  const Token name = Next();
  DeclareName(name.text, NameKind::kOther);
  auto object = std::make_unique<ObjectSyntax>();
  object->is_monitor = true;
  object->name = "monitor " + name.text;
  object->name_range = name.range;
  if (!Is("{")) {
    object->hands_over = Is("signal_and_wait");
    if (!object->hands_over && !Is("signal_and_continue")) {
      Report(Here(), "what a signal does is `signal_and_wait` or `signal_and_continue`",
             "the first hands the monitor over (Hoare), the second does not (Mesa)");
    }
    Next();
  }
  StructSyntax::Field lock;
  lock.type = NamedType(object->hands_over ? "hoare_lock" : "mutex", name.range);
  lock.type.base = Base::kObject;
  lock.declarators.emplace_back();
  lock.declarators.back().name = kMonitorLock;
  lock.declarators.back().range = name.range;
  object->members.fields.push_back(std::move(lock));
  monitor_values_.clear();
  {
    Scope scope(*this);
    if (!ParseObjectBody(*object)) return;
  }
  object->range = Since(first);
  auto monitor = std::make_unique<Declaration>();
  monitor->storage = Declaration::Storage::kShared;
  monitor->range = name.range;
  monitor->type = NamedType(object->name, name.range);
  monitor->declarators.emplace_back();
  monitor->declarators.back().name = name.text;
  monitor->declarators.back().range = name.range;
  if (!monitor_values_.empty()) {
    ExprPtr values = MakeExpr(ExprKind::kInitializer, name.range);
    values->operands = std::move(monitor_values_);
    monitor->declarators.back().initializer = std::move(values);
  }
  monitor_values_.clear();
  scenario_->objects.push_back(std::move(object));
  AddItem(ScenarioSyntax::Item::Kind::kObject, scenario_->objects.size());
  scenario_->declarations.push_back(std::move(monitor));
  AddItem(ScenarioSyntax::Item::Kind::kDeclaration, scenario_->declarations.size());
}

TypeSyntax Parser::NamedType(const std::string& name, SourceRange range) {
  TypeSyntax type;
  type.base = Base::kNamed;
  type.name = name;
  type.range = range;
  return type;
}

// Of a function of a monitor, what others call: it locks, does the work and unlocks. `entry` is the
// function parsed once more, with a body that this gives it.
void Parser::MakeEntry(const Function& work, TypeSyntax result, Function& entry) {
  const SourceRange range = entry.name_range;
  const auto name = [&](const std::string& text) {
    ExprPtr e = MakeExpr(ExprKind::kName, range);
    e->name = text;
    return e;
  };
  const auto statement = [&](StmtKind kind, ExprPtr expr) {
    StmtPtr made = std::make_unique<Stmt>();
    made->kind = kind;
    made->range = made->head_range = range;
    made->condition = std::move(expr);
    return made;
  };
  const auto on_lock = [&](const char* operation) {
    ExprPtr call = MakeExpr(ExprKind::kCall, range);
    call->name = operation;
    call->is_method = true;
    call->operands.push_back(name(kMonitorLock));
    return statement(StmtKind::kExpression, std::move(call));
  };
  ExprPtr call = MakeExpr(ExprKind::kCall, range);
  call->name = work.name;
  for (const Parameter& parameter : entry.parameters)
    call->operands.push_back(name(parameter.declarator.name));
  StmtPtr body = statement(StmtKind::kBlock, nullptr);
  body->body_list.push_back(on_lock("lock"));
  const bool is_void = work.return_type.base == Base::kVoid && work.return_pointers == 0;
  if (is_void) {
    body->body_list.push_back(statement(StmtKind::kExpression, std::move(call)));
    body->body_list.push_back(on_lock("unlock"));
  } else {
    constexpr const char* kResult = "the result";
    StmtPtr keep = statement(StmtKind::kDeclaration, nullptr);
    keep->declaration = std::make_unique<Declaration>();
    keep->declaration->range = range;
    keep->declaration->type = std::move(result);
    keep->declaration->declarators.emplace_back();
    keep->declaration->declarators.back().name = kResult;
    keep->declaration->declarators.back().range = range;
    keep->declaration->declarators.back().pointers = work.return_pointers;
    keep->declaration->declarators.back().initializer = std::move(call);
    body->body_list.push_back(std::move(keep));
    body->body_list.push_back(on_lock("unlock"));
    body->body_list.push_back(statement(StmtKind::kReturn, name(kResult)));
  }
  entry.body = std::move(body);
  entry.is_entry = true;
}

void Parser::ParseObjectParameters(ObjectSyntax& object) {
  while (!panic_ && !Is(">") && !AtEnd()) {
    ObjectSyntax::Parameter parameter;
    parameter.is_type = Is("type");
    if (!parameter.is_type && !Is("int")) {
      FailHere("`type` or `int` and the name of a parameter",
               "write `object queue<type T, int n>`");
      return;
    }
    Next();
    const std::optional<Token> name = ExpectName("a parameter of the object");
    if (!name) return;
    parameter.name = name->text;
    parameter.range = name->range;
    DeclareName(name->text, parameter.is_type ? NameKind::kTypedef : NameKind::kOther);
    if (Accept("=")) {
      if (!Expect("option", "before the option that stands in for the argument")) return;
      if (!Expect("(", "before the name of the option")) return;
      const std::optional<Token> option = ExpectName("the option");
      if (!option || !Expect(")", "after the name of the option")) return;
      parameter.option = option->text;
    }
    object.parameters.push_back(std::move(parameter));
    if (!Accept(",")) break;
  }
  Expect(">", "after the parameters of the object");
}

// Null after an error.
std::unique_ptr<Function> Parser::ParseObjectFunction(Specifiers specifiers, int pointers,
                                                      std::size_t first) {
  const Token name = Next();
  ParseFunction(std::move(specifiers), pointers, name, first);
  if (panic_ || scenario_->functions.empty()) return nullptr;
  std::unique_ptr<Function> function = std::move(scenario_->functions.back());
  scenario_->functions.pop_back();
  scenario_->items.pop_back();
  if (function->body == nullptr) {
    Report(function->name_range, "a function of an object has its body here");
    return nullptr;
  }
  return function;
}

// A member, an operation, or another function.
void Parser::ParseObjectMember(ObjectSyntax& object) {
  const std::size_t first = position_;
  const bool is_operation = Is("op") && (StartsType(1) || Is("void", 1));
  const bool is_initialized = Is("init") && StartsType(1);
  if (is_operation || is_initialized) Next();
  if (!StartsType() && !StartsUnknownType()) {
    Fail(Here(), "expected a member or an operation of the object, found " + Describe(Peek()),
         "write `int value;` or `op void signal() { value++; }`");
    return;
  }
  const std::size_t type_at = position_;
  Specifiers specifiers = ParseSpecifiers();
  const int pointers = ParsePointers();
  if (MayName() && Is("(", 1)) {
    std::unique_ptr<Function> function =
        ParseObjectFunction(std::move(specifiers), pointers, first);
    if (function == nullptr) return;
    function->is_operation = is_operation;
    if (object.is_monitor) {
      if (is_operation) {
        Report(tokens_[first].range, "a monitor has no operations",
               "its functions exclude each other: leave `op` out");
      }
      if (diagnostics_.has_errors()) return;
      const std::size_t end = position_;
      position_ = type_at;
      TypeSyntax result = ParseSpecifiers().type;
      position_ = type_at;
      Specifiers again = ParseSpecifiers();
      ParsePointers();
      std::unique_ptr<Function> entry = ParseObjectFunction(std::move(again), pointers, first);
      position_ = end;
      if (entry == nullptr) return;
      function->name += kInside;
      MakeEntry(*function, std::move(result), *entry);
      object.functions.push_back(std::move(entry));
    }
    object.functions.push_back(std::move(function));
    return;
  }
  if (is_initialized && pointers > 0) {
    FailHere("a number that an initialiser can give");
    return;
  }
  if (is_operation) {
    FailHere("the name and the `(` of an operation");
    return;
  }
  StructSyntax::Field field;
  field.type = std::move(specifiers.type);
  if (object.hands_over && field.type.name == "condition") {
    field.type.base = Base::kObject;
    field.type.name = "hoare_condition";
  }
  bool is_first = true;
  while (!panic_ && !Is(";")) {
    Declarator declarator;
    declarator.pointers = is_first ? pointers : ParsePointers();
    is_first = false;
    if (!ParseDeclaratorName(declarator)) break;
    DeclareName(declarator.name, NameKind::kOther);
    ParseDimensions(declarator);
    declarator.is_initialized = is_initialized;
    if (object.is_monitor && Accept("=")) {
      if (Is("{")) {
        Report(Here(), "a member that is an array starts with zeros",
               "give its elements their values in a function");
        ParseInitializer();
      } else {
        declarator.is_initialized = true;
        monitor_values_.push_back(ParseFullAssignment());
      }
    } else if (Is("=")) {
      Fail(Here(), "a member has no initialiser",
           "mark it `init`, and initialise the object: `" + object.name + " x = 1;`");
    }
    field.declarators.push_back(std::move(declarator));
    if (!Accept(",")) break;
  }
  ExpectSemicolon("the member");
  object.members.fields.push_back(std::move(field));
}

// `queue<int, 4>`: a name and what stands between `<` and `>`.
void Parser::ParseKindArguments(TypeSyntax& type) {
  Depth depth(*this);
  type.base = Base::kObject;
  type.name = Next().text;
  Next();
  do {
    ObjectArgument argument;
    if (StartsType()) {
      argument.type = ParseTypeName();
    } else if (type.arguments.empty() && type.name == "queue") {
      FailHere("the type of the items", "write `shared queue<int> q;`");
      return;
    } else {
      constexpr int kAboveRelational = 8;  // so that `>` closes the list
      argument.value = ParseBinary(kAboveRelational);
    }
    type.arguments.push_back(std::move(argument));
  } while (!panic_ && Accept(","));
  Expect(">", "after the items of the queue");
}

}  // namespace interleave
