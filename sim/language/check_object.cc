// Kinds of objects: a kind is checked anew for each list of arguments, as a struct with functions.
// A kind of the library is parsed from its text each time, so that each of its instances has a tree
// of its own; it sees nothing of the scenario's names.

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "sim/language/checker_impl.h"
#include "sim/language/parser.h"

namespace interleave {
namespace {

constexpr int64_t kMostOfConstant = 1024;
constexpr std::size_t kMostRealArguments = 3;  // as many as an event carries

std::string ArticleOf(const ObjectKind& object) {
  return object.kind == nullptr ? "a" : object.kind->words.article;
}

// The first object in a type that holds one.
const Type& ObjectIn(const Type& type) {
  if (type.kind == TypeKind::kArray) return ObjectIn(*type.element);
  for (const Member& member : type.members) {
    if (type.kind == TypeKind::kStruct && HoldsObject(*member.type)) return ObjectIn(*member.type);
  }
  return type;
}

}  // namespace

std::string CalledObject(const Type& type) {
  const Type& object = ObjectIn(type);
  const std::string called = ArticleOf(*object.object) + " " + object.object->name;
  return &object == &type ? called : fmt::format("{}, which holds {},", TypeName(type), called);
}

std::string AdviceFor(const Type& type) {
  const ObjectKind& object = *ObjectIn(type).object;
  return object.kind == nullptr ? "" : object.kind->words.advice;
}

Function* ObjectKind::FindFunction(std::string function) const {
  if (kind != nullptr) {
    const auto meant = kind->words.spellings.find(function);
    if (meant != kind->words.spellings.end()) function = meant->second;
  }
  for (const std::unique_ptr<Function>& candidate : syntax->functions) {
    if (candidate->name == function) return candidate.get();
  }
  return nullptr;
}

const Member* ObjectKind::FindMember(const std::string& member) const {
  for (const Member& candidate : type->members) {
    if (candidate.name == member) return &candidate;
  }
  return nullptr;
}

void Checker::DeclareObject(ObjectSyntax& object) {
  if (!object.parameters.empty()) {
    Error(object.parameters.front().range,
          "an object of a scenario has no parameters; those of the library have",
          "write the type and the number in its place");
    return;
  }
  Declare(SymbolKind::kObjectKind, object.name, object.name_range, types_.Void())->object = &object;
  std::vector<ObjectArgument> none;
  Instantiate(object.name, &object, nullptr, none, object.name_range);
}

const Type* Checker::ResolveObject(TypeSyntax& syntax) {
  // Without arguments it is what the parser makes monitors of, whatever the scenario calls so.
  const Symbol* symbol = syntax.arguments.empty() ? nullptr : Lookup(syntax.name);
  if (symbol != nullptr && symbol->kind == SymbolKind::kObjectKind) {
    return Instantiate(syntax.name, symbol->object, nullptr, syntax.arguments, syntax.range);
  }
  const KindSource* kind = symbol == nullptr ? library_.Find(syntax.name) : nullptr;
  if (kind != nullptr) {
    return Instantiate(syntax.name, nullptr, kind, syntax.arguments, syntax.range);
  }
  Error(syntax.range, fmt::format("`{}` is no kind of object", syntax.name));
  return types_.Error();
}

const Type* Checker::ResolveKindName(const TypeSyntax& syntax) {
  std::vector<ObjectArgument> none;
  const Symbol* symbol = Lookup(syntax.name);
  if (symbol != nullptr && symbol->kind == SymbolKind::kObjectKind) {
    return Instantiate(syntax.name, symbol->object, nullptr, none, syntax.range);
  }
  const KindSource* kind = symbol == nullptr ? library_.Find(syntax.name) : nullptr;
  return kind == nullptr ? nullptr : Instantiate(syntax.name, nullptr, kind, none, syntax.range);
}

const Type* Checker::Instantiate(const std::string& name, ObjectSyntax* own, const KindSource* kind,
                                 std::vector<ObjectArgument>& arguments, SourceRange range) {
  auto object = std::make_unique<ObjectKind>();
  object->name = name;
  object->kind = kind;
  object->syntax = own;
  if (kind != nullptr) {
    const Source text(name, kind->model);
    Diagnostics errors;
    object->library = Parse(text, {}, errors, library_);
    if (errors.has_errors() || object->library->objects.size() != 1) {
      Error(range, fmt::format("the kind `{}` cannot be read", name), errors.Render(text));
      return types_.Error();
    }
    object->syntax = object->library->objects.front().get();
  }

  // The arguments are the scenario's; everything else of a library's kind is its own.
  std::vector<Scope> outer = scopes_;
  PushScope();
  if (!BindParameters(*object, arguments, range)) {
    scopes_ = std::move(outer);
    return types_.Error();
  }
  const Scope bound = scopes_.back();
  const std::string key = NameWithArguments(*object, bound);
  if (const auto known = objects_.find(key); known != objects_.end()) {
    scopes_ = std::move(outer);
    return known->second;
  }

  scopes_ = std::move(outer);
  std::vector<Scope> seen = {bound};
  if (kind == nullptr) seen.insert(seen.begin(), scopes_.front());
  Type* type = types_.NewObject(key);
  type->object = object.get();
  object->type = type;
  const std::size_t errors = diagnostics_.error_count();
  Apart(std::move(seen), [&] {
    object_ = object.get();
    CheckMembers(*object, *type);
    CheckObjectFunctions(*object);
    if (kind != nullptr && !kind->real.empty()) CheckRealForms(*object, range);
  });
  scenario_.kinds.push_back(std::move(object));
  const Type* result = diagnostics_.error_count() == errors ? type : types_.Error();
  objects_.emplace(key, result);
  return result;
}

// "queue<int, 4>", without what has not been given.
std::string Checker::NameWithArguments(const ObjectKind& object, const Scope& bound) {
  std::string list;
  for (const ObjectSyntax::Parameter& parameter : object.syntax->parameters) {
    const auto given = object.constants.find(parameter.name + "_is_given");
    if (given != object.constants.end() && given->second == 0) continue;
    list += list.empty() ? "" : ", ";
    list += parameter.is_type ? TypeName(*bound.names.at(parameter.name)->type)
                              : fmt::format("{}", object.constants.at(parameter.name));
  }
  return list.empty() ? object.name : object.name + "<" + list + ">";
}

// Declares the parameters in the innermost scope.
bool Checker::BindParameters(ObjectKind& object, std::vector<ObjectArgument>& arguments,
                             SourceRange range) {
  const std::string called = ArticleOf(object) + " " + object.name;
  const auto& parameters = object.syntax->parameters;
  if (arguments.size() > parameters.size()) {
    Error(range, fmt::format("{} takes {} argument{}, {} given", called, parameters.size(),
                             parameters.size() == 1 ? "" : "s", arguments.size()));
    return false;
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const ObjectSyntax::Parameter& parameter = parameters[i];
    ObjectArgument* argument = i < arguments.size() ? &arguments[i] : nullptr;
    if (parameter.is_type) {
      if (argument == nullptr || argument->type == nullptr) {
        Error(range, fmt::format("{} needs a type as its argument `{}`", called, parameter.name),
              fmt::format("write `{}<int>`", object.name));
        return false;
      }
      const Type* type = ResolveType(*argument->type);
      if (type->kind == TypeKind::kError) return false;
      if (!type->is_integer()) {
        Error(range, fmt::format("{} holds integers, not {}", called, TypeName(*type)));
        return false;
      }
      Declare(SymbolKind::kTypedef, parameter.name, parameter.range, type);
      object.types[parameter.name] = type;
      continue;
    }
    int64_t value = 0;
    if (argument != nullptr) {
      if (argument->value == nullptr) {
        Error(range, fmt::format("the {} of {} is a number", parameter.name, called));
        return false;
      }
      auto expr = std::make_unique<Expr>(std::move(*argument->value));
      const std::string what = fmt::format("the {} of {}", parameter.name, called);
      const auto constant = CheckConstant(expr, what.c_str());
      *argument->value = std::move(*expr);
      if (!constant) return false;
      value = *constant;
      if (value < 1 || value > kMostOfConstant) {
        Error(range, fmt::format("{} is 1 to {}, not {}", what, kMostOfConstant, value));
        return false;
      }
    } else if (parameter.option == "queue_cap") {
      value = scenario_.options.queue_cap;
    } else if (parameter.option == "pipe_size") {
      value = scenario_.options.pipe_size;
    } else if (parameter.option == "pipe_buf") {
      value = scenario_.options.pipe_buf;
    } else {
      Error(range, fmt::format("{} needs its argument `{}`", called, parameter.name));
      return false;
    }
    object.constants[parameter.name] = value;
    object.constants[parameter.name + "_is_given"] = argument != nullptr;
    for (const std::string& name : {parameter.name, parameter.name + "_is_given"}) {
      Symbol* symbol = Declare(SymbolKind::kConstant, name, parameter.range, types_.Int());
      symbol->constant = object.constants.at(name);
      symbol->is_of_kind = true;
    }
  }
  return true;
}

void Checker::CheckMembers(ObjectKind& object, Type& type) {
  if (!LayOutMembers(object.syntax->members, "an object", type)) return;
  if (type.members.empty()) Error(object.syntax->name_range, "an object needs members");
  for (const StructSyntax::Field& field : object.syntax->members.fields) {
    for (const Declarator& declarator : field.declarators) {
      if (!declarator.is_initialized) continue;
      for (std::size_t i = 0; i < type.members.size(); ++i) {
        if (type.members[i].name != declarator.name) continue;
        if (!type.members[i].type->is_integer())
          Error(declarator.range, "only a member that is a number has a value at the start",
                object.syntax->is_monitor
                    ? "declare the object beside the monitor, whose functions see it"
                    : "");
        object.initialized.push_back(static_cast<int>(i));
      }
    }
  }
  type.bytes = 8;  // a handle: sizeof of an object says nothing
  for (std::size_t i = 0; i < type.members.size(); ++i) {
    Symbol* symbol = Declare(SymbolKind::kField, type.members[i].name, object.syntax->name_range,
                             type.members[i].type);
    symbol->field = static_cast<int>(i);
  }
}

void Checker::CheckObjectFunctions(ObjectKind& object) {
  for (const std::unique_ptr<Function>& function : object.syntax->functions) {
    function->owner = &object;
    calls_[function.get()];
    CheckFunctionHeader(*function);
  }
  for (const std::unique_ptr<Function>& function : object.syntax->functions) {
    CheckFunctionBody(*function);
    function->may_block = blocking_.contains(function.get());
  }
}

// Whether the real thing behind a kind has a form of every operation that needs one. `range`: where
// the kind is used.
void Checker::CheckRealForms(const ObjectKind& object, SourceRange range) {
  const RealForms& forms = object.kind->forms;
  const auto complain = [&](const std::string& what, const std::string& hint) {
    Error(range,
          fmt::format("the real thing behind the kind `{}` cannot be used: {}", object.name, what),
          hint);
  };
  for (const std::unique_ptr<Function>& function : object.syntax->functions) {
    const std::string& name = function->name;
    const bool is_whole = forms.functions.contains(name);  // of several steps
    if (!forms.Has(name) && !is_whole) {
      const bool needs_one = function->is_operation && forms.IsForTurns();
      if (needs_one && (function->has_side_effects || function->may_block)) {
        complain(fmt::format("`{}` has no real form", name),
                 fmt::format("write `real_{}` in {}/real.c", name, object.name));
      }
      continue;
    }
    if (forms.IsForTurns() && function->may_block && !forms.tries.contains(name)) {
      complain(fmt::format("`{}` may block, and has no form that does not", name),
               fmt::format("write `real_try_{}` in {}/real.c", name, object.name));
    }
    bool is_plain = function->type->kind == TypeKind::kVoid || function->type->is_integer();
    for (const Symbol* parameter : function->parameter_symbols) {
      const bool is_object =
          parameter->type->is_pointer() && parameter->type->element->kind == TypeKind::kObject;
      is_plain = is_plain && (parameter->type->is_integer() || (is_whole && is_object));
    }
    if (!is_plain || function->parameter_symbols.size() > kMostRealArguments) {
      complain(fmt::format("`{}` takes or gives more than numbers", name),
               fmt::format("an operation with a real form has at most {} parameters; they and its "
                           "result are integers",
                           kMostRealArguments));
    }
  }
}

// "a barrier, a condition or a semaphore": the kinds that have a function of this name. What other
// things are made of is named only where nothing else has one.
std::string Checker::KindsWith(const std::string& function) const {
  std::vector<std::string> kinds;
  const auto add_library = [&](bool parts) {
    for (const KindSource* kind : library_.AllWithFunction(function)) {
      if (kind->words.is_part == parts) kinds.push_back(kind->words.article + " " + kind->name);
    }
  };
  add_library(false);
  for (const auto& own : scenario_.kinds) {
    if (own->kind == nullptr && own->FindFunction(function) != nullptr)
      kinds.push_back("a " + own->name);
  }
  if (kinds.empty()) add_library(true);
  std::string text;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    text += i == 0 ? "" : i + 1 < kinds.size() ? ", " : " or ";
    text += kinds[i];
  }
  return text;
}

bool Checker::IsObjectCall(ExprPtr& expr) {
  Expr& e = *expr;
  const std::string kinds = KindsWith(e.name);
  if (kinds.empty()) return false;
  if (e.operands.empty()) {
    if (library_.AllWithFunction(e.name).empty()) return false;
    Error(e.range, fmt::format("`{}` needs {}", e.name, kinds));
    Fail(e);
    return true;
  }
  const Type* type = CheckExpr(e.operands[0]);
  if (type->is_pointer() && type->element->kind == TypeKind::kObject) {
    type = type->element;
    e.operands[0] = Wrap(ExprKind::kUnary, std::move(e.operands[0]), type);
    e.operands[0]->op = Op::kDereference;
  }
  if (type->kind == TypeKind::kObject) {
    if (Function* function = type->object->FindFunction(e.name)) {
      e.names_object = true;
      CheckObjectCall(expr, *function);
      return true;
    }
  }
  for (std::size_t i = 1; i < e.operands.size(); ++i) CheckValue(e.operands[i]);
  if (type->kind != TypeKind::kError) {
    const std::string hint =
        type->kind == TypeKind::kObject && type->object->kind != nullptr
            ? fmt::format("what {} can do: {}", CalledObject(*type), AdviceFor(*type))
        : type->is_integer() && e.operands[0]->kind == ExprKind::kName &&
                !library_.AllWithFunction(e.name).empty()
            ? fmt::format("declare it as what it is, for example `{} {};`",
                          library_.AllWithFunction(e.name).back()->name, e.operands[0]->name)
            : "";
    Error(e.operands[0]->range,
          fmt::format("`{}` needs {}, this is {}", e.name, kinds, TypeName(*type)), hint);
  }
  Fail(e);
  return true;
}

const Type* Checker::CheckObjectCall(ExprPtr& expr, Function& function) {
  Expr& e = *expr;
  const ObjectKind& object = *function.owner;
  e.function = &function;
  const std::size_t first = e.names_object ? 1 : 0;
  const std::size_t needed = function.parameter_symbols.size() + first;
  if (function_ != nullptr) calls_[function_].insert(&function);
  if (e.operands.size() + 1 == needed && object_ != nullptr && object_->syntax->is_monitor &&
      !object_->type->members.empty() &&
      function.parameter_symbols.back()->type->element == object_->type->members.front().type) {
    // In a monitor, `wait (c)` gives the monitor back.
    ExprPtr lock = std::make_unique<Expr>();
    lock->kind = ExprKind::kName;
    lock->name = kMonitorLock;
    lock->range = lock->op_range = e.range;
    ExprPtr address = Wrap(ExprKind::kUnary, std::move(lock), nullptr);
    address->op = Op::kAddressOf;
    e.operands.push_back(std::move(address));
  }
  if (e.operands.size() != needed) {
    Error(e.range, fmt::format("`{}` takes {} argument{}, {} given", e.name, needed,
                               needed == 1 ? "" : "s", e.operands.size()));
    for (std::size_t i = first; i < e.operands.size(); ++i) CheckValue(e.operands[i]);
    return Fail(e);
  }
  for (std::size_t i = first; i < needed; ++i) CheckValue(e.operands[i]);
  if (function.has_side_effects) {
    if (context_ == Context::kGhost) {
      Error(e.range,
            fmt::format("a ghost statement must not change {} {}", ArticleOf(object), object.name));
    }
    NoteSideEffect(e.range, fmt::format("`{}`", e.name));
  } else if (context_ != Context::kPlain) {
    pure_calls_.push_back({&function, e.range, !in_property()});
  }
  if (function.may_block) {
    if (function_ != nullptr) blocking_.insert(function_);
    if (!MayBlock() && context_ == Context::kPlain) {
      const OperationWords* words = object.WordsOf(e.name);
      RefuseBlocking(e.range, words == nullptr ? fmt::format("`{}`", e.name) : words->blocks,
                     flow_.behind_guard > 0);
    }
  }
  for (std::size_t i = first; i < needed; ++i) {
    const Symbol& parameter = *function.parameter_symbols[i - first];
    Convert(e.operands[i], parameter.type, ("the " + parameter.name).c_str());
  }
  return e.type = function.type;
}

}  // namespace interleave
