// Types as they are written: the base of a declaration (ResolveType), and what a declarator makes
// of it (ApplyDeclarator). A struct is laid out here in cells, and in bytes as gcc on x86-64 does.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/language/checker_impl.h"

namespace interleave {

const Type* Checker::ResolveType(TypeSyntax& syntax) {
  using Base = TypeSyntax::Base;
  const Type* type = types_.Error();
  switch (syntax.base) {
    case Base::kVoid: type = types_.Void(); break;
    case Base::kBool: type = types_.Bool(); break;
    case Base::kChar: type = types_.Char(); break;
    case Base::kSignedChar: type = types_.Integer(8, true); break;
    case Base::kUnsignedChar: type = types_.Integer(8, false); break;
    case Base::kShort: type = types_.Integer(16, true); break;
    case Base::kUnsignedShort: type = types_.Integer(16, false); break;
    case Base::kInt: type = types_.Int(); break;
    case Base::kUnsignedInt: type = types_.UnsignedInt(); break;
    case Base::kLong: type = types_.Long(); break;
    case Base::kUnsignedLong: type = types_.Integer(64, false); break;
    case Base::kFloat: type = types_.Float(); break;
    case Base::kDouble: type = types_.Double(); break;
    case Base::kStruct: type = ResolveStruct(syntax); break;
    case Base::kEnum: type = ResolveEnum(syntax); break;
    case Base::kObject: type = ResolveObject(syntax); break;
    case Base::kNamed: type = ResolveNamed(syntax); break;
    case Base::kAtomic: type = ResolveType(*syntax.inner); break;
  }
  if (syntax.is_atomic && type->kind != TypeKind::kError) {
    if (type->is_scalar() && !type->is_floating()) {
      type = types_.AtomicOf(type);
    } else {
      Error(syntax.range, fmt::format("{} cannot be atomic", TypeName(*type)),
            "an integer or a pointer can; a `mutex` guards what is larger");
    }
  }
  for (int i = 0; i < syntax.pointers && type->kind != TypeKind::kError; ++i)
    type = types_.PointerTo(type);
  if (syntax.is_function && type->kind != TypeKind::kError)
    type = types_.PointerTo(types_.FunctionOf(type));
  return type;
}

const Type* Checker::ResolveNamed(const TypeSyntax& syntax) {
  static const std::map<std::string, std::pair<int, bool>> kStandard = {
      {"int8_t", {8, true}},      {"uint8_t", {8, false}},           {"int16_t", {16, true}},
      {"uint16_t", {16, false}},  {"int32_t", {32, true}},           {"uint32_t", {32, false}},
      {"int64_t", {64, true}},    {"uint64_t", {64, false}},         {"size_t", {64, false}},
      {"ssize_t", {64, true}},    {"ptrdiff_t", {64, true}},         {"intptr_t", {64, true}},
      {"uintptr_t", {64, false}}, {"__builtin_va_list", {64, false}}};
  const Symbol* symbol = Lookup(syntax.name);
  if (symbol == nullptr && syntax.name == "process_id" && object_ != nullptr) {
    return types_.ProcessId();
  }
  if (symbol != nullptr && symbol->kind == SymbolKind::kTypedef) {
    return symbol->type;
  }
  if (syntax.name == "bool" || syntax.name == "_Bool") {
    return types_.Bool();
  }
  const auto it = kStandard.find(syntax.name);
  if (it == kStandard.end()) {
    if (const Type* object = ResolveKindName(syntax)) return object;
    Error(syntax.range, fmt::format("there is no type `{}`", syntax.name));
    return types_.Error();
  }
  return types_.Integer(it->second.first, it->second.second);
}

// Null: there is none.
const Type* Checker::FindTag(const std::string& tag) const {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    const auto it = scope->tags.find(tag);
    if (it != scope->tags.end()) return it->second;
  }
  const auto it = headers_.tags.find(tag);
  return it == headers_.tags.end() ? nullptr : it->second;
}

const Type* Checker::ResolveStruct(TypeSyntax& syntax) {
  if (!syntax.struct_definition) {
    const Type* known = syntax.name.empty() ? nullptr : FindTag(syntax.name);
    if (known != nullptr && known->kind == TypeKind::kError) return known;
    if (known != nullptr && known->kind == TypeKind::kStruct) return known;
    Type* fresh = types_.NewStruct("struct " + syntax.name);
    scopes_.front().tags[syntax.name] = fresh;
    return fresh;
  }
  Type* type = nullptr;
  if (!syntax.name.empty()) {
    const auto it = scopes_.back().tags.find(syntax.name);
    if (it != scopes_.back().tags.end()) {
      if (it->second->kind != TypeKind::kStruct || it->second->complete) {
        Error(syntax.range, fmt::format("`struct {}` is defined already", syntax.name));
        return types_.Error();
      }
      type = const_cast<Type*>(it->second);  // completes a forward reference of this table's own
    }
  }
  if (type == nullptr)
    type = types_.NewStruct(syntax.name.empty() ? kNamelessStruct : "struct " + syntax.name);
  if (!syntax.name.empty()) scopes_.back().tags[syntax.name] = type;
  type->is_union = syntax.struct_definition->is_union;
  if (!LayOutMembers(*syntax.struct_definition, "a struct", *type)) {
    if (!syntax.name.empty()) scopes_.back().tags[syntax.name] = types_.Error();
    return types_.Error();
  }
  const auto& fields = syntax.struct_definition->fields;
  const bool declares = std::any_of(fields.begin(), fields.end(),
                                    [](const auto& field) { return !field.declarators.empty(); });
  if (type->members.empty() && !declares) Error(syntax.range, "a struct needs members");
  return type;
}

bool Checker::LayOutMembers(StructSyntax& definition, const std::string& what, Type& type) {
  int64_t cells = 0;
  int64_t bytes = 0;
  int64_t alignment = 1;
  for (StructSyntax::Field& field : definition.fields) {
    const Type* base = ResolveType(field.type);
    for (Declarator& declarator : field.declarators) {
      const Type* member = ApplyDeclarator(base, declarator);
      if (member->kind == TypeKind::kError) continue;
      if (!member->complete) {
        Error(
            declarator.range,
            fmt::format("a member cannot be {}: its members are not known here", TypeName(*member)),
            fmt::format("a pointer to it is possible: `{} *{}`", TypeName(*base), declarator.name));
        continue;
      }
      if (member->kind == TypeKind::kVoid) {
        Error(declarator.range, fmt::format("a member cannot be {}", TypeName(*member)));
        continue;
      }
      for (const Member& other : type.members) {
        if (other.name == declarator.name)
          Error(declarator.range, fmt::format("member `{}` is there already", declarator.name));
      }
      const Type* element = member;
      while (element->kind == TypeKind::kArray) element = element->element;
      const int64_t align =
          element->has_members() ? element->alignment : std::max(1, element->bytes);
      alignment = std::max(alignment, align);
      bytes = (bytes + align - 1) / align * align + member->bytes;
      type.members.push_back({declarator.name, member, static_cast<int>(cells)});
      cells += member->cells;
      if (cells > kMaxCells) {
        Error(declarator.range, fmt::format("{} has at most {} cells; with `{}` this one is larger",
                                            what, kMaxCells, declarator.name));
        return false;
      }
    }
  }
  type.cells = static_cast<int>(cells);
  type.bytes = static_cast<int>((bytes + alignment - 1) / alignment * alignment);
  type.alignment = static_cast<int>(alignment);
  type.complete = true;
  return true;
}

const Type* Checker::ResolveEnum(TypeSyntax& syntax) {
  if (!syntax.enum_definition) {
    if (const Type* known = FindTag("enum " + syntax.name)) return known;
    Error(syntax.range, fmt::format("there is no `enum {}`", syntax.name));
    return types_.Error();
  }
  EnumType definition;
  definition.name = syntax.name;
  int64_t next = 0;
  bool negative = false;
  bool is_of_define = false;
  for (EnumSyntax::Item& item : syntax.enum_definition->items) {
    if (item.value) {
      const auto value = CheckConstant(item.value, "the value of an enumerator");
      if (value) next = *value;
      is_of_define = DependsOnDefine(*item.value);
    }
    if (next != static_cast<int32_t>(next)) Error(item.range, "an enumerator must fit into an int");
    negative = negative || next < 0;
    Symbol* symbol = Declare(SymbolKind::kConstant, item.name, item.range, types_.Int());
    symbol->constant = next;
    symbol->is_of_define = is_of_define;
    definition.enumerators.push_back({item.name, next});
    ++next;
  }
  const Type* type = types_.NewEnum(std::move(definition), negative);
  if (!syntax.name.empty()) scopes_.back().tags["enum " + syntax.name] = type;
  return type;
}

// `struct foo k;` where there was no `struct foo { ... }`: only pointers to it are possible.
void Checker::RefuseIncomplete(SourceRange range, const Type& type) {
  std::vector<std::string> known;
  for (const Scope& scope : scopes_) {
    for (const auto& [tag, other] : scope.tags) {
      if (other->kind == TypeKind::kStruct && other->complete) known.push_back(other->name);
    }
  }
  std::sort(known.begin(), known.end());
  const std::string near = NearestName(type.name, known);
  Error(range, fmt::format("`{}` is not declared: its members are not known here", type.name),
        near.empty() ? "a struct stands before what is declared with it"
                     : fmt::format("did you mean `{}`?", near));
}

const Type* Checker::ApplyDeclarator(const Type* base, Declarator& declarator) {
  const Type* type = base;
  if (type->kind == TypeKind::kError) return type;
  for (int i = 0; i < declarator.pointers; ++i) {
    if (type->kind == TypeKind::kVoid && !syntax_.is_c) {
      Error(declarator.range, fmt::format("there are no pointers to {}", TypeName(*type)),
            "a pointer has the type of what it points to, such as `int *`; what "
            "`pthread_create` would start is a `process name { ... }`");
      return types_.Error();
    }
    type = types_.PointerTo(type);
  }
  if (declarator.is_function) type = types_.PointerTo(types_.FunctionOf(type));
  for (auto dimension = declarator.dimensions.rbegin(); dimension != declarator.dimensions.rend();
       ++dimension) {
    if (!type->complete) {
      RefuseIncomplete(declarator.range, *type);
      return types_.Error();
    }
    if (type->kind == TypeKind::kVoid) {
      Error(declarator.range, fmt::format("there are no arrays of {}", TypeName(*type)));
      return types_.Error();
    }
    if (*dimension == nullptr) {
      if (std::next(dimension) != declarator.dimensions.rend() || !declarator.initializer) {
        Error(declarator.range, "the length of this array is missing",
              fmt::format("write `{}[3]`, or `{}[] = {{...}}` with a list", declarator.name,
                          declarator.name));
        return types_.Error();
      }
      SizeFromInitializer(type, declarator);
      continue;
    }
    if (syntax_.is_c && function_ != nullptr) {
      // C17 6.7.6.2: it has a few elements here; that they are enough is seen where it is declared.
      if (CheckInteger(*dimension, "the length of an array")->kind == TypeKind::kError)
        return types_.Error();
      if (!(*dimension)->constant) {
        Convert(*dimension, types_.Long(), "the length of an array");
        declarator.is_variable = true;
        type = types_.ArrayOf(type, kUnknownElements);
        continue;
      }
    }
    const auto count = CheckConstant(*dimension, "the length of an array");
    if (!count) return types_.Error();
    if (*count < 1 || *count > kMaxCells || *count * type->cells > kMaxCells) {
      Error((*dimension)->range, fmt::format("an array has 1 to {} cells", kMaxCells),
            *count < 1 ? "" : "a few elements show the same mistakes, and sooner");
      return types_.Error();
    }
    type = types_.ArrayOf(type, *count);
  }
  return type;
}

}  // namespace interleave
