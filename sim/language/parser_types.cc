// Types: specifiers, structs, enumerations and names of types. See parser_private.h.
//
// The words of a simple type are counted and resolved at the end, since C allows them in any order.
// What a textbook program may contain beside the types there are (unions, `float`) is
// named in the error.

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "sim/language/foreign_words.h"
#include "sim/language/parser_private.h"

namespace interleave {
namespace {

using Base = TypeSyntax::Base;

bool IsDeclarationWord(std::string_view word) {
  static const std::unordered_set<std::string_view> kWords = {
      "void",     "char",    "short",    "int",           "long",     "signed",
      "unsigned", "float",   "double",   "enum",          "struct",   "union",
      "const",    "static",  "inline",   "extern",        "auto",     "register",
      "restrict", "_Atomic", "_Complex", "_Thread_local", "__thread", "__attribute__",
  };
  return kWords.contains(word);
}

// The words of a simple type, counted.
struct TypeWords {
  int void_ = 0, char_ = 0, int_ = 0, short_ = 0, long_ = 0, signed_ = 0, unsigned_ = 0;
  int float_ = 0, double_ = 0;

  int* Find(std::string_view word) {
    if (word == "void") return &void_;
    if (word == "char") return &char_;
    if (word == "int") return &int_;
    if (word == "short") return &short_;
    if (word == "long") return &long_;
    if (word == "signed") return &signed_;
    if (word == "unsigned") return &unsigned_;
    if (word == "float") return &float_;
    if (word == "double") return &double_;
    return nullptr;
  }
  bool any() const { return sum() > 0; }

  // C17 6.7.2; nothing where the words do not go together.
  std::optional<Base> Resolve() const {
    const int signs = signed_ + unsigned_;
    if (float_ + double_ > 0) {
      if (sum() > 1) return {};
      return double_ > 0 ? Base::kDouble : Base::kFloat;
    }
    if (void_ > 1 || char_ > 1 || int_ > 1 || short_ > 1 || long_ > 2 || signs > 1) return {};
    if (void_ > 0) {
      if (char_ + int_ + short_ + long_ + signs > 0) return {};
      return Base::kVoid;
    }
    if (char_ > 0) {
      if (int_ + short_ + long_ > 0) return {};
      return unsigned_ > 0 ? Base::kUnsignedChar : signed_ > 0 ? Base::kSignedChar : Base::kChar;
    }
    if (short_ > 0 && long_ > 0) return {};
    if (short_ > 0) return unsigned_ > 0 ? Base::kUnsignedShort : Base::kShort;
    if (long_ > 0) return unsigned_ > 0 ? Base::kUnsignedLong : Base::kLong;
    return unsigned_ > 0 ? Base::kUnsignedInt : Base::kInt;
  }

 private:
  int sum() const {
    return void_ + char_ + int_ + short_ + long_ + signed_ + unsigned_ + float_ + double_;
  }
};

}  // namespace

bool Parser::StartsType(std::size_t ahead) const {
  const Token& token = Peek(ahead);
  if (token.kind != TokenKind::kIdentifier) return false;
  if (IsDeclarationWord(token.text)) return true;
  const std::optional<NameKind> kind = Lookup(token.text);
  if (kind) return *kind != NameKind::kOther;
  if (is_c_) return false;
  // A kind of the library: where its name can only be meant so.
  return library_.Find(token.text) != nullptr &&
         (Is("<", ahead + 1) || MayName(ahead + 1) || (Is("*", ahead + 1) && MayName(ahead + 2)));
}

// `sem_t mutex;`: two names in a row, the first of them new.
bool Parser::StartsUnknownType() const {
  if (!IsName() || IsDeclared(Peek().text) || !MayName(1)) return false;
  return Is(";", 2) || Is("=", 2) || Is(",", 2) || Is("[", 2) || (Is("(", 2) && Is(")", 3));
}

// Words of C that there is nothing for here. True: one was read and reported.
bool Parser::ParseUnsupportedSpecifier() {
  if (is_c_ && SkipAttribute()) return true;
  static const std::unordered_map<std::string_view, std::string_view> kHints = {
      {"restrict", "leave it out"},
      {"_Complex", ""},
      {"_Thread_local", "a variable of a process is its own anyway"},
      {"__attribute__", "leave it out"},
  };
  const auto found = kHints.find(Peek().text);
  if (found == kHints.end() || Peek().kind != TokenKind::kIdentifier) return false;
  Report(Here(), HasNo("`" + Peek().text + "`"), std::string(found->second));
  const bool has_arguments = found->first == "__attribute__" && Is("(", 1);
  Next();
  if (has_arguments) SkipBalanced("(", ")");
  return true;
}

std::string Parser::NearestTypeName(const std::string& name) const {
  if (diagnostics_.error_count() >= Diagnostics::kMaxErrors) return "";  // nobody will see it
  std::vector<std::string> known = {"int", "char", "unsigned", "long", "short"};
  for (const auto& [candidate, kind] : names_) {
    if (kind != NameKind::kOther) known.push_back(candidate);
  }
  for (const auto& [candidate, kind] : library_.kinds()) {
    if (!kind->model.empty() && !kind->words.is_part && !IsDeclared(candidate))
      known.push_back(candidate);
  }
  std::sort(known.begin(), known.end());
  return NearestName(name, known);
}

// `sem_t *p`, where a type must stand.
bool Parser::IsUnknownPointer() const { return IsName() && !IsDeclared(Peek().text) && Is("*", 1); }

// What to write instead of a type that nobody declared.
std::string Parser::HintForType(const std::string& name) const {
  const std::string header = library_.HeaderWith(name);
  if (!header.empty()) return "`#include <" + header + ">` brings `" + name + "`";
  const std::string_view foreign = HintForForeignType(name);
  if (!foreign.empty()) return std::string(foreign);
  const std::string_view word = HintForForeignWord(name);
  if (!word.empty()) return std::string(word);
  const std::string nearest = NearestTypeName(name);
  if (!nearest.empty()) return "did you mean `" + nearest + "`?";
  return "a type stands before what is declared with it, such as `typedef int " + name + ";`";
}

// The `;` behind the `}` of a struct or an enum is missing: what is in the next line begins anew.
bool Parser::EndsAtBrace(const TypeSyntax& type) const {
  const bool is_definition = type.struct_definition != nullptr || type.enum_definition != nullptr;
  if (!is_definition || AtEnd()) return is_definition;
  if (!Peek().newline_before || Peek().kind != TokenKind::kIdentifier) return false;
  const std::string& next = Peek().text;
  const bool is_word = IsDeclared(next) && IsScenarioWord(next) && MeansWord(next);
  // `x = 1;`: a struct does not start so, and one that starts would not be declared yet.
  const bool is_statement = Lookup(next) == NameKind::kOther && !Is(";", 1) && !Is(",", 1) &&
                            !Is("[", 1) &&
                            !(Is("=", 1) && (Is("{", 2) || type.struct_definition == nullptr));
  return !MayName() || is_word || is_statement || StartsType() || StartsItem();
}

Parser::Specifiers Parser::ParseSpecifiers() {
  const std::size_t first = position_;
  Specifiers out;
  TypeWords words;
  bool has_other = false;  // a base that is not made of TypeWords
  while (!panic_ && Peek().kind == TokenKind::kIdentifier) {
    const std::string& text = Peek().text;
    if (EndsAtBrace(out.type)) break;
    const bool is_refused = (text == "float" || text == "double") && !has_floating_;
    int* const count = is_refused ? nullptr : words.Find(text);
    if (count != nullptr) {
      if (has_other) break;
      ++*count;
      Next();
    } else if (text == "const") {
      out.type.is_const = true;
      Next();
    } else if (text == "_Atomic") {
      has_other |= ParseAtomic(out.type);
    } else if (text == "static" || text == "extern") {
      (text == "static" ? out.static_range : out.extern_range) = Here();
      Next();
    } else if (text == "inline" || text == "register" || text == "auto") {
      Next();
    } else if (MeansWord("shared") && (Peek(1).kind == TokenKind::kIdentifier || Is("*", 1))) {
      Report(Here(), "`shared` comes first in a declaration", "write `shared const int x = 1;`");
      out.storage = Declaration::Storage::kShared;
      Next();
    } else if ((is_c_ || source_.name().starts_with(kProgramHeader)) &&
               (text == "__thread" || text == "_Thread_local" || text == "thread_local")) {
      out.is_thread_local = true;
      Next();
    } else if (ParseUnsupportedSpecifier()) {
      continue;
    } else if (words.any() || has_other) {
      if (is_refused) {
        Report(Here(), "the scenario language has no floating-point types");
        Next();
        continue;
      }
      break;
    } else if (is_refused) {
      Report(Here(), "the scenario language has no `" + text + "`",
             "count in whole numbers, for example in thousandths");
      has_other = true;
      Next();
    } else if (text == "struct" || text == "union") {
      if (text == "union" && !is_c_) {
        Report(Here(), "the scenario language has no `union`",
               "a struct has room for every member");
      }
      ParseStruct(out.type);
      has_other = true;
    } else if (text == "enum") {
      ParseEnum(out.type);
      has_other = true;
    } else if (StartsType() && Is("<", 1)) {
      ParseKindArguments(out.type);
      has_other = true;
    } else if (StartsType()) {
      const bool is_bool =
          Lookup(text) == NameKind::kBuiltinType && (text == "bool" || text == "_Bool");
      out.type.base = is_bool ? Base::kBool : Base::kNamed;
      out.type.name = text;
      has_other = true;
      Next();
    } else if (StartsUnknownType()) {
      Report(Here(), "unknown type `" + text + "`", HintForType(text));
      has_other = true;
      Next();
    } else {
      break;
    }
  }
  if (words.any()) {
    // The system's headers declare functions of `long double`, which nobody calls.
    if (source_.is_preprocessed() && words.double_ > 0) words.long_ = 0;
    const std::optional<Base> base = words.Resolve();
    out.type.base = base.value_or(Base::kInt);
    if (!base) {
      Report(Since(first), "`" + std::string(source_.Slice(Since(first))) + "` is no type",
             words.double_ > 0 ? "there is no `long double`: write `double`" : "");
    }
  } else if (!has_other && !panic_) {
    if (IsUnknownPointer()) {
      Report(Here(), "unknown type `" + Peek().text + "`", HintForType(Peek().text));
      Next();
    } else if (IsName()) {
      Report(Here(), "expected a type before `" + Peek().text + "`",
             "write `int " + Peek().text + "`, for example");
    } else {
      FailHere("a type");
    }
  }
  out.type.range = Since(first);
  return out;
}

// C17 6.7.2.4: `_Atomic(T)`, a whole type (true), or the qualifier `_Atomic` of one that stands
// beside it.
bool Parser::ParseAtomic(TypeSyntax& type) {
  Next();
  type.is_atomic = true;
  if (!Is("(")) return false;
  const SourceRange open = Here();
  Next();
  type.base = Base::kAtomic;
  type.inner = ParseTypeName();
  if (!Accept(")") && !panic_) Fail(open, "the `)` of this `_Atomic (` is missing");
  return true;
}

void Parser::ParseStruct(TypeSyntax& type) {
  Depth depth(*this);
  const std::size_t first = position_;
  const std::string word = Next().text;
  type.base = Base::kStruct;
  if (MayNameTag()) type.name = Next().text;
  if (!Is("{")) {
    if (type.name.empty()) FailHere("a name or `{` after `" + word + "`");
    return;
  }
  type.struct_definition = std::make_shared<StructSyntax>();
  type.struct_definition->is_union = word == "union";
  ParseFields(*type.struct_definition);
  type.struct_definition->range = Since(first);
}

void Parser::ParseFields(StructSyntax& definition) {
  const SourceRange open = Here();
  Next();
  while (!Is("}") && !AtEnd()) {
    while (is_c_ && SkipAttribute()) {
    }
    if (StartsItem()) break;
    const std::size_t first = position_;
    StructSyntax::Field field;
    if ((Is("shared") || Is("ghost")) && !StartsType()) {
      Report(Here(), "a member cannot be `" + Peek().text + "` by itself",
             "the object as a whole is: `shared struct item x;`");
      Next();
    }
    if (StartsType() || StartsUnknownType() || IsUnknownPointer()) {
      field.type = ParseSpecifiers().type;
    } else {
      FailHere("a member of the struct, such as `int value;`");
    }
    if (Is(";") && field.type.struct_definition != nullptr && is_c_ && field.type.name.empty()) {
      // C17 6.7.2.1: its members are members of this one.
      field.declarators.emplace_back();
      field.declarators.back().range = field.type.range;
    } else if (Is(";") && field.type.struct_definition != nullptr && !is_c_) {
      Report(Here(), "a struct in a struct needs a name for the member");
    }
    while (!panic_ && !Is(";")) {
      Declarator declarator;
      declarator.range = Here();
      declarator.pointers = ParsePointers();
      const bool is_nameless = is_c_ && Is(":");
      if (!is_nameless && !ParseDeclaratorName(declarator)) break;
      ParseDimensions(declarator);
      if (is_c_ && Accept(":")) declarator.width = ParseFullAssignment();
      while (is_c_ && SkipAttribute()) {
      }
      NoteTextLength(field.type, declarator);
      if (Is("=")) {
        Report(Here(), "a member has no initialiser", "initialise the object: `= {1, 2}`");
        Next();
        ParseInitializer();
      }
      field.declarators.push_back(std::move(declarator));
      if (!Accept(",")) break;
    }
    ExpectSemicolon("the member");
    definition.fields.push_back(std::move(field));
    if (panic_) SynchroniseStatement(first);
    if (position_ == first) Next();
  }
  if (!Accept("}")) FailMissingBrace(open);
}

void Parser::ParseEnum(TypeSyntax& type) {
  const std::size_t first = position_;
  Next();
  type.base = Base::kEnum;
  if (MayNameTag()) type.name = Next().text;
  if (!Accept("{")) {
    if (type.name.empty()) FailHere("a name or `{` after `enum`");
    return;
  }
  auto definition = std::make_shared<EnumSyntax>();
  if (Is("}")) Report(Here(), "an enum has at least one name");
  while (!panic_ && !Is("}") && !AtEnd()) {
    const std::optional<Token> name = ExpectName("an enumerator");
    if (!name) break;
    EnumSyntax::Item item;
    item.name = name->text;
    item.range = name->range;
    if (Accept("=")) item.value = ParseFullAssignment();
    DeclareName(name->text, NameKind::kOther);
    definition->items.push_back(std::move(item));
    if (!Accept(",")) break;
  }
  Expect("}", "after the names of the enum");
  definition->range = Since(first);
  type.enum_definition = std::move(definition);
}

// What stands in `(T)x`, `sizeof (T)` and `queue<T>`.
std::unique_ptr<TypeSyntax> Parser::ParseTypeName() {
  const std::size_t first = position_;
  Specifiers specifiers = ParseSpecifiers();
  auto type = std::make_unique<TypeSyntax>(std::move(specifiers.type));
  type->pointers = ParsePointers();
  if (is_c_ && Is("(") && Is("*", 1) && Is(")", 2) && Is("(", 3)) {
    SkipBalanced("(", ")");
    SkipBalanced("(", ")");
    type->is_function = true;
  }
  if (is_c_ && Is("[")) {
    type->array = std::make_shared<Declarator>();
    type->array->range = Here();
    ParseDimensions(*type->array);
  }
  type->range = Since(first);
  if (Is("(") || Is("[")) {
    Fail(Here(),
         is_c_ ? "types like this have no names in programs in C so far"
               : "this type is too much for the scenario language",
         "a type name here is a type and `*`, such as `struct item *`");
  }
  return type;
}

}  // namespace interleave
