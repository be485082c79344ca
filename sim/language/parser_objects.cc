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
    const SourceRange open = Here();
    if (!Expect("{", "before the members of the object")) return;
    in_object_ = true;
    if (!IsDeclared("process_id")) DeclareName("process_id", NameKind::kTypedef);
    while (!Is("}") && !AtEnd()) {
      const std::size_t before = position_;
      ParseObjectMember(*object);
      if (panic_) SynchroniseStatement(before);
      if (position_ == before) Next();
    }
    in_object_ = false;
    if (!Accept("}")) FailMissingBrace(open);
  }
  object->range = Since(first);
  scenario_->objects.push_back(std::move(object));
  AddItem(ScenarioSyntax::Item::Kind::kObject, scenario_->objects.size());
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
  Specifiers specifiers = ParseSpecifiers();
  const int pointers = ParsePointers();
  if (MayName() && Is("(", 1)) {
    const Token name = Next();
    ParseFunction(std::move(specifiers), pointers, name, first);
    if (panic_ || scenario_->functions.empty()) return;
    std::unique_ptr<Function> function = std::move(scenario_->functions.back());
    scenario_->functions.pop_back();
    scenario_->items.pop_back();
    function->is_operation = is_operation;
    if (function->body == nullptr) {
      Report(function->name_range, "a function of an object has its body here");
      return;
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
  field.is_initialized = is_initialized;
  bool is_first = true;
  while (!panic_ && !Is(";")) {
    Declarator declarator;
    declarator.pointers = is_first ? pointers : ParsePointers();
    is_first = false;
    if (!ParseDeclaratorName(declarator)) break;
    DeclareName(declarator.name, NameKind::kOther);
    ParseDimensions(declarator);
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
