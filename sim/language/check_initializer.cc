// Initialisers: lists get their full braces (C17 6.7.9), values their types, shared objects the
// cells they start with.
//
// Braces may be left out: an element or member that is itself an array or a struct then takes as
// many values off the list as it has room for. The lists are rewritten here, before their values
// are checked, so that nobody behind the checker has to know. What a value takes must be known
// before its types are: an array without a length gets it from its list, and may be named in it.
// Hence PeekType, which judges only whether a value is a struct, and says nothing.

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "sim/language/arithmetic.h"
#include "sim/language/checker_impl.h"

namespace interleave {

namespace {

// Of lists whose braces are left out; with the parser's limit on written ones it bounds every later
// recursion into a list.
constexpr int kMaxElided = 200;

// Of a union a list gives one member.
std::size_t PartCount(const Type& type) {
  if (type.kind != TypeKind::kStruct) return static_cast<std::size_t>(type.count);
  return type.is_union ? std::min<std::size_t>(1, type.named().size()) : type.named().size();
}

// What part `i` of a list is for: in a union the list says which member that is.
const Member& MemberOf(const Type& type, const Expr* list, std::size_t i) {
  const bool says = type.is_union && list != nullptr;
  return type.named()[i + (says ? static_cast<std::size_t>(list->id) : 0)];
}

const Type* PartOf(const Type& type, const Expr* list, std::size_t i) {
  return type.kind == TypeKind::kStruct ? MemberOf(type, list, i).type : type.element;
}

// A cell that holds the value for a member that shares it with others.
int64_t WithValue(const Member& member, int64_t cell, int64_t value) {
  if (member.bit_width == 0) {
    const Type& type = *member.type;
    const uint64_t all = type.bytes == 8 ? ~uint64_t{0} : (uint64_t{1} << (type.bytes * 8)) - 1;
    return ConvertTo(IntTypeOf(*member.unit),
                     static_cast<int64_t>(static_cast<uint64_t>(value) & all));
  }
  const uint64_t mask =
      (member.bit_width == 64 ? ~uint64_t{0} : (uint64_t{1} << member.bit_width) - 1)
      << member.bit_offset;
  const uint64_t bits = static_cast<uint64_t>(value) << member.bit_offset;
  return static_cast<int64_t>((static_cast<uint64_t>(cell) & ~mask) | (bits & mask));
}

bool IsCharacterArray(const Type& type) {
  return type.kind == TypeKind::kArray && type.element->is_integer() && type.element->bits == 8;
}

bool IsBracedString(const Expr& e) {
  return e.kind == ExprKind::kInitializer && e.operands.size() == 1 &&
         e.operands[0]->kind == ExprKind::kString;
}

}  // namespace

// The type of what may be a struct, before it is checked; null: none that could be one.
const Type* Checker::PeekType(const Expr& e) const {
  switch (e.kind) {
    case ExprKind::kName:
    case ExprKind::kCall: {
      const Symbol* symbol = e.is_method ? nullptr : Lookup(e.name);
      if (symbol == nullptr) return nullptr;
      return (symbol->kind == SymbolKind::kFunction) == (e.kind == ExprKind::kCall) ? symbol->type
                                                                                    : nullptr;
    }
    case ExprKind::kIndex: {
      const Type* base = PeekType(*e.operands[0]);
      const bool has_elements =
          base != nullptr && (base->kind == TypeKind::kArray || base->is_pointer());
      return has_elements ? base->element : nullptr;
    }
    case ExprKind::kMember: {
      const Type* base = PeekType(*e.operands[0]);
      if (base != nullptr && e.is_arrow) base = base->is_pointer() ? base->element : nullptr;
      if (base == nullptr || base->kind != TypeKind::kStruct) return nullptr;
      for (const Member& member : base->named()) {
        if (member.name == e.name) return member.type;
      }
      if (const Member* const around = NamelessWith(*base, e.name)) {
        for (const Member& member : around->type->named()) {
          if (member.name == e.name) return member.type;
        }
      }
      return nullptr;
    }
    case ExprKind::kUnary: {
      const Type* base = e.op == Op::kDereference ? PeekType(*e.operands[0]) : nullptr;
      return base != nullptr && base->is_pointer() ? base->element : nullptr;
    }
    case ExprKind::kBinary: return e.op == Op::kComma ? PeekType(*e.operands[1]) : nullptr;
    case ExprKind::kAssign: return PeekType(*e.operands[0]);
    case ExprKind::kConditional: return PeekType(*e.operands[1]);
    case ExprKind::kInteger:
    case ExprKind::kString:
    case ExprKind::kIncrement:
    case ExprKind::kCast:
    case ExprKind::kSizeof:
    case ExprKind::kCompound:
    case ExprKind::kInitializer:
    case ExprKind::kWildcard:
    case ExprKind::kChoose:
    case ExprKind::kQuantifier:
    case ExprKind::kAtLabel:
    case ExprKind::kInSection: break;
  }
  return nullptr;
}

// C17 6.7.9 paragraphs 13, 14 and 20.
bool Checker::InitializesWhole(const Type& type, const Expr& value) const {
  if (value.kind == ExprKind::kInitializer) return true;
  if (type.kind == TypeKind::kArray) {
    return value.kind == ExprKind::kString && IsCharacterArray(type);
  }
  return type.kind != TypeKind::kStruct || type.named().empty() || PeekType(value) == &type;
}

// How many of `items` from `at` on initialise one `type`; nothing where it nests too deep.
std::optional<std::size_t> Checker::ItemsFor(const Type& type, const std::vector<ExprPtr>& items,
                                             std::size_t at, int depth) const {
  if (InitializesWhole(type, *items[at])) return 1;
  if (depth == kMaxElided) return std::nullopt;
  std::size_t end = at;
  for (std::size_t i = 0; i < PartCount(type) && end < items.size(); ++i) {
    const auto taken = ItemsFor(*PartOf(type, nullptr, i), items, end, depth + 1);
    if (!taken) return std::nullopt;
    end += *taken;
  }
  return end - at;
}

// One level of the list gets its braces, so that each operand is a part of `type`; a list that is
// refused has none left.
void Checker::GroupItems(const Type& type, Expr& list) {
  std::vector<ExprPtr> items = std::exchange(list.operands, {});
  std::vector<ExprPtr> groups;
  bool any_elided = false;
  for (std::size_t at = 0; at < items.size();) {
    if (groups.size() == PartCount(type)) {
      if (any_elided) {
        Error(Join(items[at]->range, items.back()->range),
              fmt::format("too many values: there is no room left in {}", TypeName(type)));
      } else {
        Error(list.range, fmt::format("{} values for {} {}{}", items.size(), groups.size(),
                                      type.kind == TypeKind::kStruct ? "member" : "element",
                                      groups.size() == 1 ? "" : "s"));
      }
      return;
    }
    const Type& part = *PartOf(type, &list, groups.size());
    if (InitializesWhole(part, *items[at])) {
      groups.push_back(std::move(items[at++]));
      continue;
    }
    const auto taken = ItemsFor(part, items, at, 0);
    if (!taken) {
      Error(items[at]->range,
            fmt::format("{} is nested more than {} levels deep here", TypeName(type), kMaxElided),
            "write the inner braces");
      return;
    }
    any_elided = true;
    auto group = std::make_unique<Expr>();
    group->kind = ExprKind::kInitializer;
    group->range = Join(items[at]->range, items[at + *taken - 1]->range);
    group->op_range = group->range;
    for (std::size_t i = 0; i < *taken; ++i) group->operands.push_back(std::move(items[at++]));
    groups.push_back(std::move(group));
  }
  list.operands = std::move(groups);
}

void Checker::SizeFromInitializer(const Type*& type, Declarator& declarator) {
  const Expr& initializer = *declarator.initializer;
  const bool of_characters = type->is_integer() && type->bits == 8;
  const Expr& text =
      of_characters && IsBracedString(initializer) ? *initializer.operands[0] : initializer;
  std::optional<int64_t> count = 0;
  if (text.kind == ExprKind::kString) {
    count = static_cast<int64_t>(text.name.size()) + 1;
  } else if (text.kind == ExprKind::kInitializer) {
    int64_t next = 0;
    for (std::size_t at = 0; at < text.operands.size() && count;) {
      ExprPtr& index = text.operands[at]->designated_index;
      if (index != nullptr) next = CheckConstant(index, "the index").value_or(-1);
      const auto taken = ItemsFor(*type, text.operands, at, 0);
      count = taken ? std::optional(std::max(*count, ++next)) : std::nullopt;
      at += taken.value_or(0);
    }
  }
  if (!count || *count < 1 || *count * type->cells > kMaxCells) {
    Error(declarator.range, "the length of this array cannot be read off its initialiser");
    type = types_.Error();
    return;
  }
  type = types_.ArrayOf(type, *count);
}

void Checker::CheckInitializer(const Type* type, ExprPtr& initializer) {
  if (type->kind == TypeKind::kError) return;
  if (type->kind == TypeKind::kObject) return InitializeObject(*type, initializer);
  if (type->kind == TypeKind::kArray && HoldsObject(*type) &&
      initializer->kind != ExprKind::kInitializer && InnermostElement(type)->object != nullptr) {
    return InitializeObject(*InnermostElement(type), initializer);  // each of them
  }
  if (IsCharacterArray(*type) && IsBracedString(*initializer)) {
    ExprPtr text = std::move(initializer->operands[0]);
    initializer = std::move(text);
  }
  Expr& e = *initializer;
  if (e.kind == ExprKind::kString && IsCharacterArray(*type)) {
    const std::string text = e.name;
    if (static_cast<int64_t>(text.size()) > type->count) {
      Error(e.range, fmt::format("{} characters for {} cells", text.size(), type->count));
    }
    e.kind = ExprKind::kInitializer;
    e.type = type;
    for (const char c : text) {
      auto item = std::make_unique<Expr>();
      item->kind = ExprKind::kInteger;
      item->range = e.range;
      item->type = type->element;
      item->constant = c;
      e.operands.push_back(std::move(item));
    }
    return;
  }
  if (e.kind != ExprKind::kInitializer) {
    CheckValue(initializer);
    if (type->kind == TypeKind::kArray) {
      Error(initializer->range, "an array is initialised with a list in braces");
    } else if (type->kind == TypeKind::kStruct) {
      if (initializer->type != type && initializer->type->kind != TypeKind::kError) {
        Error(initializer->range,
              fmt::format("{} cannot start as {}", TypeName(*type), TypeName(*initializer->type)));
      }
    } else {
      Convert(initializer, type, "the initialiser");
    }
    return;
  }
  e.type = type;
  if (type->is_scalar()) {
    if (e.operands.size() != 1) {
      Error(e.range, "one value is needed here");
      for (ExprPtr& operand : e.operands) CheckValue(operand);
      return;
    }
    ExprPtr inner = std::move(e.operands[0]);
    initializer = std::move(inner);
    CheckInitializer(type, initializer);
    return;
  }
  if (syntax_.is_c) OrderDesignated(*type, e);
  GroupItems(*type, e);
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    CheckInitializer(PartOf(*type, &e, i), e.operands[i]);
  }
}

// `semaphore s = 3;`, `{3}`: the members of the object that are marked `init`, in order.
void Checker::InitializeObject(const Type& type, ExprPtr& initializer) {
  const ObjectKind& object = *type.object;
  // C17 6.7.9: what a list leaves out is zero, and so is `{0}`.
  const std::function<bool(const Expr&)> is_nothing = [&](const Expr& e) {
    if (e.kind == ExprKind::kInitializer)
      return std::all_of(e.operands.begin(), e.operands.end(),
                         [&](const ExprPtr& item) { return is_nothing(*item); });
    const Symbol* const symbol = e.kind == ExprKind::kName ? Lookup(e.name) : nullptr;
    if (symbol != nullptr) return symbol->kind == SymbolKind::kConstant && symbol->constant == 0;
    return e.kind == ExprKind::kInteger && e.value == 0;
  };
  if (syntax_.is_c && is_nothing(*initializer)) {
    initializer->kind = ExprKind::kInitializer;
    initializer->operands.clear();
    initializer->type = &type;
    return;
  }
  const auto named = initializer->kind == ExprKind::kName ? headers_.names.find(initializer->name)
                                                          : headers_.names.end();
  const bool is_named = named != headers_.names.end() && Lookup(initializer->name) == named->second;
  const bool starts_so = object.kind != nullptr && !object.kind->words.starts.empty();
  if (object.initialized.empty() && is_named) {
    // PTHREAD_RWLOCK_INITIALIZER: as it starts anyway.
    initializer = Wrap(ExprKind::kInitializer, std::move(initializer), &type);
    initializer->operands.clear();
    return;
  }
  if (object.initialized.empty() || (starts_so && !is_named)) {
    Error(initializer->range, starts_so ? object.kind->words.starts
                                        : fmt::format("{} has no initialiser", CalledObject(type)));
    initializer->type = types_.Error();
    return;
  }
  if (initializer->kind != ExprKind::kInitializer)
    initializer = Wrap(ExprKind::kInitializer, std::move(initializer), &type);
  Expr& e = *initializer;
  e.type = &type;
  if (e.operands.size() > object.initialized.size()) {
    Error(e.range, fmt::format("{} values for {}: an initialiser gives {}", e.operands.size(),
                               CalledObject(type), object.initialized.size()));
    return;
  }
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    const Member& member = type.members[static_cast<std::size_t>(object.initialized[i])];
    const auto value = CheckConstant(e.operands[i], "the value at the start");
    if (!value) continue;
    if (ConvertTo(IntTypeOf(*member.type), *value) != *value) {
      Error(e.operands[i]->range,
            fmt::format("{} cannot start with {}: its `{}` is {}", CalledObject(type), *value,
                        member.name, TypeName(*member.type)));
    }
  }
}

void Checker::FillCells(const Type* type, Expr& value, std::vector<InitialCell>& cells,
                        std::size_t at) {
  if (value.kind == ExprKind::kInitializer) {
    if (type->kind == TypeKind::kArray && value.type == InnermostElement(type) &&
        value.type->kind == TypeKind::kObject) {
      // One value for each object of an array.
      for (int at_element = 0; at_element < type->cells; at_element += value.type->cells)
        FillCells(value.type, value, cells, at + static_cast<std::size_t>(at_element));
      return;
    }
    if (type->kind == TypeKind::kObject) {
      const std::vector<int>& initialized = type->object->initialized;
      // More values than that are reported.
      for (std::size_t i = 0; i < std::min(value.operands.size(), initialized.size()); ++i) {
        const Member& member = type->members[static_cast<std::size_t>(initialized[i])];
        cells[at + static_cast<std::size_t>(member.cell_offset)].value =
            value.operands[i]->constant.value_or(0);
      }
      return;
    }
    for (std::size_t i = 0; i < value.operands.size(); ++i) {
      const bool is_struct = type->kind == TypeKind::kStruct;
      if (!is_struct && type->kind != TypeKind::kArray) return;
      if (i >= PartCount(*type)) return;  // reported
      const Type* part = PartOf(*type, &value, i);
      std::size_t offset = i * static_cast<std::size_t>(part->cells);
      if (is_struct) {
        const Member& member = MemberOf(*type, &value, i);
        offset = static_cast<std::size_t>(member.cell_offset);
        if (member.number != 0) cells[at].value = member.number;
        if (member.unit != nullptr && value.operands[i]->constant) {
          int64_t& cell = cells[at + offset].value;
          cell = WithValue(member, cell, *value.operands[i]->constant);
          continue;
        }
      }
      FillCells(part, *value.operands[i], cells, at + offset);
    }
    return;
  }
  if (value.constant) {
    cells[at].value = *value.constant;
    return;
  }
  // &object, &object[constant], or an array's name.
  const Expr* place = &value;
  while (place->kind == ExprKind::kCast) place = place->operands[0].get();
  if (place->constant && place->type->is_function_pointer()) {
    cells[at].value = *place->constant;
    return;
  }
  if (place->kind == ExprKind::kUnary && place->op == Op::kAddressOf)
    place = place->operands[0].get();
  int64_t offset = 0;
  while (place->type != nullptr && place->type->kind != TypeKind::kError) {
    const auto& privates = scenario_.privates;
    const auto is_memory = [&](const Symbol* symbol) {
      return symbol->kind == SymbolKind::kShared || symbol->kind == SymbolKind::kTable ||
             std::find(privates.begin(), privates.end(), symbol) != privates.end();
    };
    if (place->kind == ExprKind::kName && place->symbol != nullptr && is_memory(place->symbol) &&
        value.type->is_pointer()) {
      cells[at] = {offset, place->symbol};
      return;
    }
    if (place->kind == ExprKind::kIndex && place->operands[1]->constant &&
        !place->operands[0]->type->is_pointer()) {
      const int64_t index = *place->operands[1]->constant;
      if (index < 0 || index > place->operands[0]->type->count) {
        Error(place->operands[1]->range, fmt::format("index {} is outside its array", index));
        return;
      }
      offset += index * place->type->cells;
      place = place->operands[0].get();
    } else if (place->kind == ExprKind::kMember && !place->is_arrow && place->process < 0) {
      offset += NamedMember(*place)->cell_offset;
      place = place->operands[0].get();
    } else {
      break;
    }
  }
  if (value.type != nullptr && value.type->kind != TypeKind::kError) {
    Error(value.range, "the value at the start must be constant",
          "a process may assign it before the others need it");
  }
}

void Checker::FillInitialCells(Symbol& symbol, Expr* initializer) {
  const Type* element = symbol.type;
  while (element->kind == TypeKind::kArray) element = element->element;
  if (element->kind == TypeKind::kError) return;
  symbol.initial.resize(static_cast<std::size_t>(symbol.type->cells));
  if (initializer != nullptr) FillCells(symbol.type, *initializer, symbol.initial, 0);
}

}  // namespace interleave
