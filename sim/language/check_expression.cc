// Types of expressions and implicit conversions (C17 6.3, 6.5). Each Check function sets the type
// of an expression, and its value where it is constant. Conversions are inserted as casts; an array
// used as a value becomes a cast to pointer.

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "sim/language/arithmetic.h"
#include "sim/language/checker_impl.h"

namespace interleave {
namespace {

bool IsNullConstant(const Expr& expr) {
  return expr.constant && *expr.constant == 0 && expr.type->is_integer();
}

// C17 6.7.2.1: whether a pointer to the struct, suitably converted, points to the other type.
bool BeginsWith(const Type& type, const Type& first) {
  const Type* begin = &type;
  while (begin != &first && begin->kind == TypeKind::kStruct && !begin->named().empty())
    begin = InnermostElement(begin->named()[0].type);
  return begin == &first;
}

}  // namespace

bool DependsOnDefine(const Expr& expr) {
  if (expr.is_expanded || (expr.symbol != nullptr && expr.symbol->is_of_define)) return true;
  return std::any_of(expr.operands.begin(), expr.operands.end(),
                     [](const ExprPtr& operand) { return DependsOnDefine(*operand); });
}

ExprPtr Checker::Wrap(ExprKind kind, ExprPtr inner, const Type* type) {
  auto wrapped = std::make_unique<Expr>();
  wrapped->kind = kind;
  wrapped->range = inner->range;
  wrapped->op_range = inner->range;
  wrapped->type = type;
  wrapped->operands.push_back(std::move(inner));
  return wrapped;
}

const Type* Checker::CheckExpr(ExprPtr& expr) {
  Expr& e = *expr;
  switch (e.kind) {
    case ExprKind::kInteger:
      if (e.literal_floating) {
        e.type = e.literal_bits == 32 ? types_.Float() : types_.Double();
      } else {
        e.type =
            e.is_char_literal ? types_.Int() : types_.Integer(e.literal_bits, !e.literal_unsigned);
      }
      e.constant = static_cast<int64_t>(e.value);
      return e.type;
    case ExprKind::kString:
      if (syntax_.is_c) return CheckString(expr);
      Error(e.range, "a string is not a value here", "a single character is written 'c'");
      return Fail(e);
    case ExprKind::kName: return CheckName(expr);
    case ExprKind::kUnary: return CheckUnary(expr);
    case ExprKind::kBinary: return CheckBinary(expr);
    case ExprKind::kAssign:
    case ExprKind::kIncrement: return CheckAssign(expr);
    case ExprKind::kConditional: return CheckConditional(e);
    case ExprKind::kCall: return CheckCall(expr);
    case ExprKind::kIndex: return CheckIndex(expr);
    case ExprKind::kMember: return CheckMember(expr);
    case ExprKind::kSizeof: return CheckSizeof(expr);
    case ExprKind::kQuantifier: return CheckQuantifier(e);
    case ExprKind::kCast: return CheckCast(e);
    case ExprKind::kCompound: return CheckCompound(expr);
    case ExprKind::kInitializer:
      Error(e.range, "a list in braces stands only in an initialiser, or beside == in a property");
      return Fail(e);
    case ExprKind::kWildcard:
      Error(e.range, "`_` stands only inside `{}` beside == in a property or expectation");
      return Fail(e);
    case ExprKind::kChoose: return CheckChoose(e);
    case ExprKind::kAtLabel:
    case ExprKind::kInSection: return CheckPosition(e);
  }
  return Fail(e);
}

const Type* Checker::CheckCast(Expr& e) {
  if (!e.type_name) return e.type;  // an implicit one, checked already
  if (syntax_.is_c && IsContainerOf(e)) return e.type;
  const Type* to = ResolveType(*e.type_name);
  const Type* from = CheckValue(e.operands[0]);
  if (to->kind == TypeKind::kError || from->kind == TypeKind::kError) return Fail(e);
  if (to->kind == TypeKind::kVoid) return e.type = to;
  const bool same_pointer =
      to->is_pointer() && from->is_pointer() && types_.Plain(to) == types_.Plain(from);
  const bool null = to->is_pointer() && IsNullConstant(*e.operands[0]);
  const bool is_free =
      syntax_.is_c && to->is_scalar() && from->is_scalar() &&
      (!to->is_pointer() || !from->is_floating()) && (!from->is_pointer() || !to->is_floating()) &&
      (!to->is_pointer() || !from->is_pointer() || IsVoidPointer(to) || IsVoidPointer(from) ||
       BeginsWith(*to->element, *from->element) || BeginsWith(*from->element, *to->element) ||
       (to->is_function_pointer() && from->is_function_pointer()) ||
       (to->element->is_pointer() && from->element->is_pointer()));
  if (is_free && to->is_pointer() && !null) {
    if (IsVoidPointer(from)) DecideBy(*e.operands[0], *to->element);
    e.type = to;
    return to;
  }
  if (!same_pointer && !null && !is_free && !(to->is_arithmetic() && from->is_arithmetic())) {
    Error(e.range, fmt::format("cannot cast {} to {}", TypeName(*from), TypeName(*to)),
          "pointers keep their type: cells have no bytes to look into");
    return Fail(e);
  }
  e.type = to;
  if (from->is_arithmetic()) Fold(e);
  return to;
}

// C17 7.19: the member may be one of a member, `a.b`.
const Type* Checker::CheckOffset(Expr& e, int* cells, const Type** member) {
  const Type* type = ResolveType(*e.type_name);
  int64_t bytes = 0;
  int offset = 0;
  for (std::string_view rest = e.name; !rest.empty();) {
    const std::size_t dot = std::min(rest.find('.'), rest.size());
    const std::string name(rest.substr(0, dot));
    rest.remove_prefix(std::min(dot + 1, rest.size()));
    if (type->kind == TypeKind::kError) return Fail(e);
    for (bool is_found = false; !is_found;) {
      const Member* found = type->has_members() ? NamelessWith(*type, name) : nullptr;
      for (const Member& candidate : type->named()) {
        if (candidate.name != name) continue;
        found = &candidate;
        is_found = true;
      }
      if (found == nullptr || found->bit_width > 0) {
        Error(e.range, found == nullptr
                           ? fmt::format("{} has no member `{}`", TypeName(*type), name)
                           : fmt::format("`{}` is a bit-field, which has no offset", name));
        return Fail(e);
      }
      bytes += found->byte_offset;
      offset += found->cell_offset;
      type = found->type;
    }
  }
  if (cells != nullptr) *cells = offset;
  if (member != nullptr) *member = type;
  e.type = types_.Integer(64, false);
  e.constant = bytes;
  return e.type;
}

// `(struct s *)((char *)p - offsetof(struct s, m))`: bytes are not counted here, but what this
// means is known.
bool Checker::IsContainerOf(Expr& e) {
  Expr& difference = *e.operands[0];
  if (difference.kind != ExprKind::kBinary || difference.op != Op::kSub) return false;
  Expr& bytes = *difference.operands[0];
  Expr& offset = *difference.operands[1];
  const Expr& written = offset.kind == ExprKind::kCast ? *offset.operands[0] : offset;
  if (bytes.kind != ExprKind::kCast || written.kind != ExprKind::kSizeof || written.name.empty())
    return false;
  const Type* const to = ResolveType(*e.type_name);
  const Type* const of = ResolveType(*written.type_name);
  int cells = 0;
  const Type* member = nullptr;
  e.type = to;
  Expr& wanted = offset.kind == ExprKind::kCast ? *offset.operands[0] : offset;
  if (CheckOffset(wanted, &cells, &member)->kind == TypeKind::kError) {
    Fail(e);
    return true;
  }
  ExprPtr pointer = std::move(bytes.operands[0]);
  const Type* const from = CheckValue(pointer);
  if (!to->is_pointer() || to->element != of || !from->is_pointer() ||
      (from->element != member && !IsVoidPointer(from))) {
    if (from->kind != TypeKind::kError) {
      Error(e.range,
            fmt::format("this leads from {} to {}, which are not the member and what it is "
                        "in",
                        TypeName(*from), TypeName(*to)));
    }
    Fail(e);
    return true;
  }
  e.op = Op::kSub;
  e.id = cells;
  e.operands[0] = std::move(pointer);
  e.type_name = nullptr;
  return true;
}

const Type* Checker::CheckCompound(ExprPtr& expr) {
  Expr& e = *expr;
  // An array may have its length from the list.
  Declarator* const array = e.type_name->array.get();
  if (array != nullptr) array->initializer = std::move(e.operands[0]);
  const Type* type = ResolveType(*e.type_name);
  if (array != nullptr) e.operands[0] = std::move(array->initializer);
  if (type->kind == TypeKind::kError) return Fail(e);
  if (type->kind == TypeKind::kVoid || !type->complete || HoldsObject(*type)) {
    Error(e.range, fmt::format("there is no value {} without a name", TypeName(*type)),
          "declare a variable and initialise it");
    return Fail(e);
  }
  CheckInitializer(type, e.operands[0]);
  e.type = type;
  return type->kind == TypeKind::kArray ? NameCompound(expr, expr) : type;
}

// C17 6.5.2.5: what has an address is a variable that nobody named. It lives as long as the block
// that it stands in. `expr` becomes the address.
const Type* Checker::NameCompound(ExprPtr& expr, ExprPtr& compound) {
  const SourceRange range = expr->range;
  const Type* const type = compound->type;
  if (type->kind == TypeKind::kError) return Fail(*expr);
  if (function_ == nullptr || context_ != Context::kPlain) {
    Error(range, "a value without a name has an address in functions only",
          "declare a variable and initialise it");
    return Fail(*expr);
  }
  auto symbol = std::make_unique<Symbol>();
  symbol->name = "literal";
  symbol->range = range;
  symbol->type = type;
  symbol->is_address_taken = true;
  symbol->process = process_;
  home_[symbol.get()] = function_;
  NoteEscape(symbol.get());
  const auto name = [&] {
    auto e = std::make_unique<Expr>();
    e->kind = ExprKind::kName;
    e->range = e->op_range = range;
    e->name = symbol->name;
    e->symbol = symbol.get();
    e->type = type;
    return e;
  };
  ExprPtr set = Wrap(ExprKind::kAssign, name(), type);
  set->op = Op::kAssign;
  set->range = range;
  set->operands.push_back(std::move(compound));
  const bool is_array = type->kind == TypeKind::kArray;
  ExprPtr address = Wrap(is_array ? ExprKind::kCast : ExprKind::kUnary, name(),
                         types_.PointerTo(is_array ? type->element : type));
  if (!is_array) address->op = Op::kAddressOf;
  expr = Wrap(ExprKind::kBinary, std::move(set), address->type);
  expr->op = Op::kComma;
  expr->operands.push_back(std::move(address));
  scenario_.symbols.push_back(std::move(symbol));
  return expr->type;
}

const Type* Checker::CheckSizeof(ExprPtr& expr) {
  Expr& e = *expr;
  if (!e.name.empty()) return CheckOffset(e);
  const bool saved = std::exchange(initialized_.needs_no_value, true);
  const Type* type = e.type_name ? ResolveType(*e.type_name) : CheckExpr(e.operands[0]);
  initialized_.needs_no_value = saved;
  if (type->kind == TypeKind::kError) return Fail(e);
  if (!type->complete) {
    RefuseIncomplete(e.range, *type);
    return Fail(e);
  }
  e.type = types_.Integer(64, false);
  e.constant = type->bytes;
  return e.type;
}

const Type* Checker::CheckChoose(Expr& e) {
  if (context_ != Context::kPlain) {
    Error(e.range,
          context_ == Context::kGhost ? "a ghost must not choose: it never adds an interleaving"
                                      : "nothing can be chosen here",
          "a process chooses, in a statement of its own: `x = choose (0 .. 3);`");
  }
  CheckInteger(e.operands[0], "the bound of choose");
  CheckInteger(e.operands[1], "the bound of choose");
  NoteSideEffect(e.range, "choose");
  const Expr& from = *e.operands[0];
  const Expr& to = *e.operands[1];
  if (from.constant && to.constant && *from.constant > *to.constant) {
    Error(e.range,
          fmt::format("nothing to choose: {} .. {} is empty", *from.constant, *to.constant),
          "the smaller bound comes first");
  }
  if (from.constant && to.constant && *to.constant - *from.constant >= 65536) {
    Error(e.range, "more than 65,536 outcomes in one choose",
          "choose from fewer: a few values show the same mistakes");
  }
  Convert(e.operands[0], types_.Int(), "the bound of choose");
  Convert(e.operands[1], types_.Int(), "the bound of choose");
  return e.type = types_.Int();
}

const Type* Checker::CheckQuantifier(Expr& e) {
  if (!in_property() && context_ != Context::kGhost) {
    Error(e.range, "forall, exists and count are for properties and ghosts",
          "a program counts in a loop");
    return Fail(e);
  }
  CheckInteger(e.operands[0], "the range");
  CheckInteger(e.operands[1], "the range");
  Convert(e.operands[0], types_.Int(), "the range");
  Convert(e.operands[1], types_.Int(), "the range");
  PushScope();
  e.symbol = Declare(SymbolKind::kBound, e.name, e.op_range, types_.Int());
  CheckCondition(e.operands[2]);
  PopScope();
  return e.type = types_.Int();
}

const Type* Checker::CheckValue(ExprPtr& expr) {
  const Type* type = CheckExpr(expr);
  if (type->kind == TypeKind::kArray) {
    Symbol* root = IsPlace(*expr) ? RootOf(*expr) : nullptr;
    if ((in_property() || context_ == Context::kGhost) &&
        !(IsPlace(*expr) && IsInSharedMemory(root))) {
      Error(expr->range, "an array is not a value here",
            "name an element, or compare with == {...}");
      return Fail(*expr);
    }
    if (root != nullptr) root->is_address_taken = true;
    NoteEscape(root);
    type = types_.PointerTo(type->element);
    expr = Wrap(ExprKind::kCast, std::move(expr), type);
  } else if (HoldsObject(*type)) {
    Error(expr->range, fmt::format("{} is not a value", CalledObject(*type)), AdviceFor(*type));
    return Fail(*expr);
  } else if (type->is_atomic()) {
    // C17 6.3.2.1: a value is not atomic.
    type = type->plain;
    expr = Wrap(ExprKind::kCast, std::move(expr), type);
  } else if (const Member* const member = NamedMember(*expr);
             member != nullptr && member->bit_width > 0 && member->bit_width < 32) {
    // C17 6.3.1.1: an int holds all values of it.
    type = types_.Int();
    expr = Wrap(ExprKind::kCast, std::move(expr), type);
  }
  return type;
}

void Checker::CheckCondition(ExprPtr& expr) {
  const Type* type = CheckValue(expr);
  if (expr->kind == ExprKind::kQuantifier && expr->op == Op::kCount &&
      expr->operands[2]->kind == ExprKind::kBinary) {
    diagnostics_.Warning(
        expr->range,
        "this is true when the count is not 0: all that follows belongs to what is counted",
        "to compare the count put it in parentheses: `(count (i : 0 .. 2) ...) <= 1`");
  }
  if (type->is_floating()) return Convert(expr, types_.Bool(), "a condition");
  if (type->kind == TypeKind::kError || type->is_scalar()) return;
  Error(expr->range, fmt::format("a condition must be a number, this is {}", TypeName(*type)));
  Fail(*expr);
}

const Type* Checker::CheckInteger(ExprPtr& expr, const char* what) {
  const Type* type = CheckValue(expr);
  if (type->kind == TypeKind::kError || type->is_integer()) return type;
  Error(expr->range, fmt::format("{} must be an integer, this is {}", what, TypeName(*type)));
  return Fail(*expr);
}

void Checker::CheckFull(ExprPtr& expr) {
  CheckValue(expr);
  FindConflicts(*expr);
}

void Checker::CheckFullCondition(ExprPtr& expr) {
  CheckCondition(expr);
  FindConflicts(*expr);
}

std::optional<int64_t> Checker::CheckConstant(ExprPtr& expr, const char* what) {
  const Type* type = CheckInteger(expr, what);
  if (type->kind == TypeKind::kError) return std::nullopt;
  if (!expr->constant) {
    const bool variable = expr->kind == ExprKind::kName && expr->symbol != nullptr;
    Error(expr->range, fmt::format("{} must be a constant expression", what),
          variable ? fmt::format("`#define {0} ...` or `const int {0} = ...;` gives a constant",
                                 expr->name)
                   : "");
    return std::nullopt;
  }
  return expr->constant;
}

void Checker::Convert(ExprPtr& expr, const Type* to, const char* what) {
  const Type* from = expr->type;
  if (from == to || from->kind == TypeKind::kError || to->kind == TypeKind::kError) return;
  if (to->is_arithmetic() && from->is_arithmetic()) {
    if (IntTypeOf(*from) == IntTypeOf(*to)) return;
    expr = Wrap(ExprKind::kCast, std::move(expr), to);
    Fold(*expr);
    return;
  }
  if (to->is_pointer() && IsNullConstant(*expr)) {
    expr = Wrap(ExprKind::kCast, std::move(expr), to);
    expr->constant = 0;
    return;
  }
  if (to->is_pointer() && from->is_pointer() && types_.Plain(from) == types_.Plain(to)) return;
  if (syntax_.is_c && to->is_pointer() && from->is_pointer() &&
      (IsVoidPointer(to) || IsVoidPointer(from) ||
       (to->is_function_pointer() && from->is_function_pointer()))) {
    if (IsVoidPointer(from)) DecideBy(*expr, *to->element);
    expr = Wrap(ExprKind::kCast, std::move(expr), to);
    return;
  }
  if (to->is_integer() && to->is_bool && from->is_pointer()) {
    expr = Wrap(ExprKind::kCast, std::move(expr), to);
    return;
  }
  std::string hint;
  if (to->is_pointer() && from == to->element) hint = "take its address with `&`";
  if (from->is_pointer() && from->element == to) hint = "read what it points to with `*`";
  Error(expr->range, fmt::format("{} needs {}, this is {}", what, TypeName(*to), TypeName(*from)),
        hint);
  Fail(*expr);
}

}  // namespace interleave
