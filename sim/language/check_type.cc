// Types as they are written: the base of a declaration (ResolveType), and what a declarator makes
// of it (ApplyDeclarator). A struct is laid out here in cells, and in bytes as gcc on x86-64 does.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "sim/language/arithmetic.h"
#include "sim/language/checker_impl.h"

namespace interleave {
namespace {

int64_t RoundedUp(int64_t value, int64_t to) { return (value + to - 1) / to * to; }

// `x[]`, or gcc's `x[0]`.
bool HasNoLength(const Declarator& declarator) {
  const Expr* const length = declarator.dimensions[0].get();
  return length == nullptr || (length->kind == ExprKind::kInteger && length->value == 0);
}

void SetLength(Declarator& declarator, int64_t length) {
  auto number = std::make_unique<Expr>();
  number->kind = ExprKind::kInteger;
  number->range = number->op_range = declarator.range;
  number->value = static_cast<uint64_t>(length);
  declarator.dimensions[0] = std::move(number);
}

// A cell of a type, and where it lies in memory.
struct CellAtByte {
  int64_t byte = 0;
  IntType type = IntType::kI32;
  bool is_pointer = false;
  bool operator==(const CellAtByte&) const = default;
};

// False: not all of them lie somewhere.
bool CellsAtBytes(const Type& type, int64_t at, std::vector<CellAtByte>& cells) {
  if (type.kind == TypeKind::kArray) {
    for (int64_t i = 0; i < type.count; ++i) {
      if (!CellsAtBytes(*type.element, at + i * type.element->bytes, cells)) return false;
    }
    return true;
  }
  if (type.kind == TypeKind::kStruct) {
    if (!type.views.empty() && type.views[0].number != 0) return false;
    return std::all_of(type.members.begin(), type.members.end(), [&](const Member& member) {
      return CellsAtBytes(*member.type, at + member.byte_offset, cells);
    });
  }
  if (!type.is_scalar()) return false;
  cells.push_back({at, IntTypeOf(type), type.is_pointer()});
  return true;
}

}  // namespace

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
  if (syntax.array != nullptr) type = ApplyDeclarator(type, *syntax.array);
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
  MemberLayout layout;
  int64_t union_bits = 0;
  for (StructSyntax::Field& field : definition.fields) {
    const Type* base = ResolveType(field.type);
    for (Declarator& declarator : field.declarators) {
      // C17 6.7.2.1: `char text[];` at the end. It has a few elements here, and no size.
      const bool is_last = &field == &definition.fields.back() &&
                           &declarator == &field.declarators.back() && !type.members.empty();
      const bool is_flexible = syntax_.is_c && is_last && !type.is_union &&
                               !declarator.dimensions.empty() && HasNoLength(declarator);
      if (is_flexible) SetLength(declarator, kUnknownElements);
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
      for (const Member& other : layout.named) {
        if (other.name == declarator.name && !other.name.empty())
          Error(declarator.range, fmt::format("member `{}` is there already", declarator.name));
      }
      if (type.is_union) {
        union_bits = std::max(union_bits, std::exchange(layout.bits, 0));
        layout.is_unit_open = false;
      }
      if (declarator.width != nullptr) {
        AddBitField(declarator, member, type, layout);
        continue;
      }
      const Type* element = InnermostElement(member);
      const int64_t align =
          element->has_members() ? element->alignment : std::max(1, element->bytes);
      layout.alignment = std::max(layout.alignment, align);
      layout.bits = RoundedUp(layout.bits, align * 8);
      layout.is_unit_open = false;
      Member added;
      added.name = declarator.name;
      added.type = member;
      added.cell_offset = static_cast<int>(layout.cells);
      added.byte_offset = static_cast<int>(layout.bits / 8);
      type.members.push_back(added);
      layout.named.push_back(added);
      layout.cells += member->cells;
      if (is_flexible) {
        type.flexible_bytes = member->bytes;
      } else {
        layout.bits += int64_t{member->bytes} * 8;
      }
      if (layout.cells > kMaxCells) {
        Error(declarator.range, fmt::format("{} has at most {} cells; with `{}` this one is larger",
                                            what, kMaxCells, declarator.name));
        return false;
      }
    }
  }
  const int64_t bits = std::max(layout.bits, union_bits);
  type.bytes = static_cast<int>(RoundedUp(bits, layout.alignment * 8) / 8);
  type.alignment = static_cast<int>(layout.alignment);
  if (type.is_union) {
    LayOutUnion(type, layout);
  } else if (layout.has_bit_fields) {
    type.views = std::move(layout.named);
  }
  type.cells = static_cast<int>(layout.cells);
  type.complete = true;
  return true;
}

// Where gcc puts it on x86-64. Those that share a storage unit are one cell, since they are one
// memory location (C17 3.14); its name is made of theirs.
void Checker::AddBitField(Declarator& declarator, const Type* type, Type& owner,
                          MemberLayout& layout) {
  const auto width = CheckConstant(declarator.width, "the width of a bit-field");
  if (!width) return;
  if (!type->is_integer() || type->is_atomic()) {
    Error(declarator.range, fmt::format("a bit-field cannot be {}", TypeName(*type)));
    return;
  }
  const int size = type->bytes * 8;
  const bool has_name = !declarator.name.empty();
  if (*width < (has_name ? 1 : 0) || *width > type->bits) {
    Error(declarator.width->range, fmt::format("a bit-field of {} has {} to {} bits",
                                               TypeName(*type), has_name ? 1 : 0, type->bits));
    return;
  }
  layout.has_bit_fields = true;
  if (*width == 0) {
    layout.bits = RoundedUp(layout.bits, size);
    layout.is_unit_open = false;
    return;
  }
  if (layout.bits / size != (layout.bits + *width - 1) / size)
    layout.bits = RoundedUp(layout.bits, size);
  const int64_t at = layout.bits;
  layout.bits += *width;
  if (!has_name) return;
  layout.alignment = std::max<int64_t>(layout.alignment, type->bytes);
  const int64_t begin = at / size * size;
  const auto end_of = [](const Member& unit) {
    return int64_t{unit.byte_offset} * 8 + unit.type->bits;
  };
  if (!layout.is_unit_open || begin >= end_of(owner.members.back())) {
    Member unit;
    unit.name = declarator.name;
    unit.type = types_.Integer(size, false);
    unit.cell_offset = static_cast<int>(layout.cells++);
    unit.byte_offset = static_cast<int>(begin / 8);
    owner.members.push_back(std::move(unit));
  } else {
    Member& unit = owner.members.back();
    unit.name += ":" + declarator.name;
    if (begin + size > end_of(unit) || begin < int64_t{unit.byte_offset} * 8) {
      // The unit of a wider type around those so far.
      const auto moved = static_cast<uint8_t>(int64_t{unit.byte_offset} * 8 - begin);
      unit.type = types_.Integer(size, false);
      unit.byte_offset = static_cast<int>(begin / 8);
      for (Member& other : layout.named) {
        if (other.unit == nullptr || other.cell_offset != unit.cell_offset) continue;
        other.unit = unit.type;
        other.bit_offset = static_cast<uint8_t>(other.bit_offset + moved);
      }
    }
  }
  layout.is_unit_open = true;
  const Member& unit = owner.members.back();
  Member added = unit;
  added.name = declarator.name;
  added.type = type;
  added.unit = unit.type;
  added.bit_offset = static_cast<uint8_t>(at - int64_t{unit.byte_offset} * 8);
  added.bit_width = static_cast<uint8_t>(*width);
  layout.named.push_back(std::move(added));
}

// Members whose cells are of the same types at the same bytes share them. Numbers without further
// ado share one cell, which holds the bytes of whichever was written last. Any others have cells of
// their own, and one that says which member that is.
void Checker::LayOutUnion(Type& type, MemberLayout& layout) {
  const std::vector<Member> all = std::exchange(type.members, {});
  type.views = std::move(layout.named);
  if (all.empty()) return;
  std::vector<std::vector<CellAtByte>> cells(all.size());
  std::size_t longest = 0;
  bool may_share = true;
  bool are_numbers = true;
  for (std::size_t i = 0; i < all.size(); ++i) {
    may_share = CellsAtBytes(*all[i].type, 0, cells[i]) && may_share;
    are_numbers = are_numbers && type.views[i].bit_width == 0 && all[i].type->is_arithmetic() &&
                  !all[i].type->is_atomic();
    if (cells[i].size() > cells[longest].size()) longest = i;
  }
  for (std::size_t i = 0; i < all.size() && may_share; ++i)
    may_share = std::equal(cells[i].begin(), cells[i].end(), cells[longest].begin());
  const auto name_of_all = [&] {
    std::string name;
    for (const Member& member : all) name += (name.empty() ? "" : "|") + member.name;
    return name;
  };
  if (may_share) {
    type.members = {all[longest]};
    type.members[0].cell_offset = 0;
    for (Member& view : type.views) view.cell_offset = 0;
    layout.cells = all[longest].type->cells;
  } else if (are_numbers) {
    const Type* raw = all[0].type;
    for (const Member& member : all) {
      const auto rank = [](const Type& t) {
        return t.bytes * 4 + (t.is_floating() ? 0 : t.is_signed ? 1 : 2);
      };
      if (rank(*member.type) > rank(*raw)) raw = member.type;
    }
    Member cell;
    cell.name = name_of_all();
    cell.type = raw;
    type.members = {std::move(cell)};
    for (Member& view : type.views) {
      view.cell_offset = 0;
      view.unit = IntTypeOf(*view.type) == IntTypeOf(*raw) ? nullptr : raw;
    }
    layout.cells = 1;
  } else {
    Member in_use;
    in_use.name = "member in use";
    in_use.type = types_.Int();
    type.members = {std::move(in_use)};
    type.members.insert(type.members.end(), all.begin(), all.end());
    for (std::size_t i = 0; i < all.size(); ++i) {
      ++type.members[i + 1].cell_offset;
      ++type.views[i].cell_offset;
      type.views[i].number = static_cast<int>(i) + 1;
    }
    ++layout.cells;
  }
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
