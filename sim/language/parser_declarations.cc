// Declarators, initialisers, declarations and functions. See parser_private.h.
//
// Of C's declarators there are the name, `*` before and `[...]` behind it; what a textbook program
// may contain beside that (bit-fields, function pointers) is named in the error.

#include <string>
#include <utility>

#include "sim/language/parser_private.h"

namespace interleave {

int Parser::ParsePointers() {
  int pointers = 0;
  while (!panic_) {
    if (Is("*")) {
      if (++pointers > kMaxPointers) {
        Fail(Here(), "a pointer has at most " + std::to_string(kMaxPointers) + " levels");
        return kMaxPointers;
      }
      Next();
    } else if (pointers > 0 && Is("const")) {
      Next();
    } else if (pointers == 0 || !ParseUnsupportedSpecifier()) {
      break;
    }
  }
  return pointers;
}

// From the `(` here to behind its `)`, if that is near.
std::size_t Parser::ParenthesisedTokens() const {
  constexpr std::size_t kFar = 64;  // a declarator is short; keeps the whole linear
  int level = 0;
  std::size_t count = 0;
  do {
    if (Is("(", count)) ++level;
    if (Is(")", count)) --level;
    ++count;
  } while (level > 0 && count < kFar && Peek(count).kind != TokenKind::kEnd);
  return count;
}

bool Parser::ParseDeclaratorName(Declarator& declarator) {
  if (panic_) return false;
  if (ParseFunctionPointer(declarator)) return !panic_;
  if (Is("(")) {
    if (!Is("*", 1)) {
      Fail(Here(), "a declared name takes no parentheses");
    } else if (const std::size_t end = ParenthesisedTokens(); Is("[", end)) {
      std::string name = "p";
      for (std::size_t i = end - 1; i > 0; --i) {
        if (IsName(i)) name = Peek(i).text;
      }
      Fail(Here(), HasNo("pointers to arrays"),
           "declare a pointer to the elements, `*" + name + "`; a parameter may be `" + name +
               "[][3]`");
    } else {
      Fail(Here(), HasNo("function pointers"), "call the function by its name");
    }
    return false;
  }
  const std::optional<Token> name = ExpectName("what is declared");
  if (!name) return false;
  declarator.name = name->text;
  declarator.range = name->range;
  return true;
}

void Parser::ParseDimensions(Declarator& declarator) {
  while (!panic_ && Is("[")) {
    if (declarator.dimensions.size() == kMaxDimensions) {
      Fail(Here(), "an array has at most " + std::to_string(kMaxDimensions) + " dimensions");
      return;
    }
    Next();
    declarator.dimensions.push_back(Is("]") ? nullptr : ParseFull());
    Expect("]", "after the size of the array");
  }
  if (Is(":") && !panic_ && !is_c_) {
    Fail(Here(), "the scenario language has no bit-fields", "use a member of its own");
  }
}

void Parser::ParseDeclarators(Declaration& declaration) {
  const bool is_typedef = declaration.storage == Declaration::Storage::kTypedef;
  while (!panic_) {
    if (Is("=") || Is("==")) FailHere("a name to declare");
    Declarator declarator;
    declarator.pointers = ParsePointers();
    if (!ParseDeclaratorName(declarator)) return;
    ParseDimensions(declarator);
    NoteTextLength(declaration.type, declarator);
    while (is_c_ && SkipAttribute()) {
    }
    if (is_typedef && IsOfLibrary(declarator.name)) {
      if (!Accept(",")) return;
      continue;
    }
    DeclareName(declarator.name, is_typedef ? NameKind::kTypedef : NameKind::kOther);
    if (Is("==")) {
      Report(Here(), "an initialiser is written with one `=`");
      Next();
      declarator.initializer = ParseInitializer(!declarator.dimensions.empty());
    } else if (Accept("=")) {
      declarator.initializer = ParseInitializer(!declarator.dimensions.empty());
    }
    declaration.declarators.push_back(std::move(declarator));
    if (!Accept(",")) return;
  }
}

// `may_be_string`: for the characters of an array. In a list one may always stand: whose members
// and elements those are, the checker knows.
ExprPtr Parser::ParseInitializer(bool may_be_string) {
  if (Is("{")) return ParseInitializerList();
  if (!may_be_string || panic_ || Peek().kind != TokenKind::kString) return ParseFullAssignment();
  const std::size_t first = position_;
  ExprPtr text = MakeExpr(ExprKind::kString, Here());
  while (Peek().kind == TokenKind::kString) text->name += Next().text;
  text->range = Since(first);
  return text;
}

ExprPtr Parser::ParseInitializerList() {
  Depth depth(*this);
  const std::size_t first = position_;
  const SourceRange open = Here();
  Next();
  ExprPtr list = MakeExpr(ExprKind::kInitializer, open);
  while (!panic_ && !Is("}") && !AtEnd()) {
    if (is_c_ && (Is(".") || Is("["))) {
      list->operands.push_back(ParseDesignated());
      if (!Accept(",")) break;
      continue;
    }
    if (Is(".") || Is("[")) {
      Fail(Here(), "the scenario language has no designated initialisers",
           "write the values in the order of the members");
      break;
    }
    if (Is("_") && (Is(",", 1) || Is("}", 1))) {
      list->operands.push_back(MakeExpr(ExprKind::kWildcard, Here()));
      Next();
    } else {
      list->operands.push_back(ParseInitializer(true));
    }
    if (!Accept(",")) break;
  }
  if (!Accept("}")) {
    FailHere("`,` or `}` in the list");
    // To this list's own end, so that the outer one does not take a `}` for its own.
    int level = 1;
    while (level > 0 && !AtEnd() && !Is(";") && !Is("process")) {
      if (Is("{")) ++level;
      if (Is("}")) --level;
      Next();
    }
  }
  list->range = Since(first);
  return list;
}

std::unique_ptr<Declaration> Parser::ParseDeclaration(Declaration::Storage storage,
                                                      bool at_file_scope) {
  const std::size_t first = position_;
  if (storage != Declaration::Storage::kLocal) Next();  // its word
  if (storage == Declaration::Storage::kShared && Is("atomic") &&
      (!IsDeclared("atomic") || StartsType(1))) {
    Next();
    storage = Declaration::Storage::kSharedAtomic;
  }
  Specifiers specifiers = ParseSpecifiers();
  if (specifiers.storage != Declaration::Storage::kLocal) storage = specifiers.storage;
  if (at_file_scope && storage == Declaration::Storage::kLocal && !panic_) {
    const std::size_t before = position_;
    const int pointers = ParsePointers();
    if (MayName() && Is("(", 1)) {
      const Token name = Next();
      ParseFunction(std::move(specifiers), pointers, name, first);
      return nullptr;
    }
    position_ = panic_ ? position_ : before;
  }
  if (specifiers.extern_range.end > 0 && !is_c_) {
    Report(specifiers.extern_range, "the scenario language has no `extern`",
           "a scenario is one file: declare the object with `shared`");
  }
  if (specifiers.static_range.end > 0 && !at_file_scope && is_c_) {
    storage = Declaration::Storage::kShared;
  } else if (specifiers.static_range.end > 0 && !at_file_scope) {
    Report(specifiers.static_range, "a local variable cannot be `static` here",
           "declare it at file scope: as `shared`, or in the process as an ordinary variable");
  }
  is_extern_ = is_c_ && specifiers.extern_range.end > 0;
  auto declaration = std::make_unique<Declaration>();
  declaration->storage = storage;
  declaration->type = std::move(specifiers.type);
  declaration->is_thread_local = specifiers.is_thread_local;
  const bool may_be_bare = declaration->type.struct_definition != nullptr ||
                           declaration->type.enum_definition != nullptr ||
                           declaration->type.base == TypeSyntax::Base::kStruct;
  const bool ends_at_brace = EndsAtBrace(declaration->type);
  if (!ends_at_brace && (!Is(";") || !may_be_bare)) ParseDeclarators(*declaration);
  declaration->range = Since(first);
  if (Is("(") && !panic_) {
    Fail(Here(), at_file_scope ? "a function is neither `shared` nor `ghost`"
                               : "a function is declared at file scope");
  }
  const char* const kind = declaration->type.enum_definition != nullptr ? "the enum" : "the struct";
  ExpectSemicolon(Is("{")         ? "the declaration, before `{`"
                  : ends_at_brace ? kind
                                  : "the declaration");
  // `extern int x;` defines nothing, wherever it stands.
  if (is_extern_) {
    std::erase_if(declaration->declarators,
                  [](const Declarator& declarator) { return !declarator.initializer; });
  }
  return declaration;
}

void Parser::ParseFileDeclaration() {
  Declaration::Storage storage = Declaration::Storage::kLocal;
  if (MeansWord("shared")) storage = Declaration::Storage::kShared;
  if (MeansWord("ghost")) storage = Declaration::Storage::kGhost;
  if (Is("typedef")) storage = Declaration::Storage::kTypedef;
  std::unique_ptr<Declaration> declaration = ParseDeclaration(storage, true);
  if (declaration == nullptr) return;
  if (is_extern_) {
    const bool defines_type = declaration->type.struct_definition != nullptr ||
                              declaration->type.enum_definition != nullptr;
    if (declaration->declarators.empty() && !defines_type) return;
  }
  scenario_->declarations.push_back(std::move(declaration));
  AddItem(ScenarioSyntax::Item::Kind::kDeclaration, scenario_->declarations.size());
}

void Parser::ParseFunction(Specifiers specifiers, int pointers, const Token& name,
                           std::size_t first) {
  auto function = std::make_unique<Function>();
  function->name = name.text;
  function->name_range = name.range;
  function->return_type = std::move(specifiers.type);
  function->return_pointers = pointers;
  const bool is_main = name.text == "main" && !is_c_;
  if (is_main) {
    Report(name.range, "a scenario has no `main`",
           "its processes run by themselves: write `process name { ... }` for each");
  }
  DeclareName(name.text, NameKind::kOther);
  if (is_c_) program_functions_[name.text] = function.get();
  in_function_ = name.text;
  Scope scope(*this);
  ParseParameters(*function);
  while (is_c_ && SkipAttribute()) {
  }
  if (!Accept(";") && !panic_) {
    for (const Parameter& parameter : function->parameters) {
      if (!parameter.declarator.name.empty()) continue;
      Report(parameter.declarator.range, "a parameter of a function with a body needs a name");
    }
    function->body =
        ParseBody("the function `" + name.text + "`", "a declaration alone ends in `;`");
  }
  if (is_verified_ && function->body && name.text.starts_with("__VERIFIER_atomic_")) {
    // SV-COMP: such a function is one step.
    StmtPtr atomic = MakeStmt(StmtKind::kAtomic, first);
    atomic->body = std::move(function->body);
    function->body = MakeStmt(StmtKind::kBlock, first);
    function->body->body_list.push_back(Finish(std::move(atomic), first));
    function->body = Finish(std::move(function->body), first);
  }
  function->range = Since(first);
  if (is_main || IsLeftOut(*function)) return;
  scenario_->functions.push_back(std::move(function));
  AddItem(ScenarioSyntax::Item::Kind::kFunction, scenario_->functions.size());
}

void Parser::ParseParameters(Function& function) {
  const std::size_t first = position_;
  Next();
  if (Is("void") && Is(")", 1)) Next();
  while (!panic_ && !Is(")") && !AtEnd()) {
    if (Is("...") && is_c_ && Is(")", 1) && (Is(";", 2) || source_.is_preprocessed())) {
      Next();
      break;
    }
    if (Is("...")) {
      Fail(Here(), HasNo("functions with `...`"));
      break;
    }
    if ((Is("shared") || Is("ghost")) && !StartsType()) {
      Report(Here(), "a parameter cannot be `" + Peek().text + "`",
             "pass a pointer to a shared object: `int *p`");
      Next();
    }
    Parameter parameter;
    if (!StartsType() && !(IsName() && MayName(1)) && !IsUnknownPointer()) {
      FailHere("the type of a parameter");
      break;
    }
    if (StartsType()) {
      parameter.type = ParseSpecifiers().type;
    } else {
      Report(Here(), "unknown type `" + Peek().text + "`", HintForType(Peek().text));
      parameter.type.range = Next().range;
    }
    parameter.declarator.range = parameter.type.range;
    parameter.declarator.pointers = ParsePointers();
    if (!Is(",") && !Is(")") && !Is("[")) {
      if (!ParseDeclaratorName(parameter.declarator)) break;
      DeclareName(parameter.declarator.name, NameKind::kOther);
    }
    if (is_c_ && Is("(")) {
      // C17 6.7.6.3: a parameter that is a function is a pointer to one.
      parameter.declarator.is_function = true;
      SkipBalanced("(", ")");
    }
    ParseDimensions(parameter.declarator);
    if (Is("=")) {
      Fail(Here(), "a parameter has no default value");
      break;
    }
    function.parameters.push_back(std::move(parameter));
    if (!Accept(",")) break;
  }
  Expect(")", "after the parameters");
  RecoverBehindParenthesis(first);
}

}  // namespace interleave
