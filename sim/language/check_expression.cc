// Types of expressions, implicit conversions (C17 6.3, 6.5), constant folding, and who may read and
// write what. Conversions are inserted as casts; an array used as a value becomes a cast to
// pointer.

#include <fmt/format.h>

#include <algorithm>

#include "sim/language/arithmetic.h"
#include "sim/language/checker_impl.h"

namespace interleave {
namespace {

const std::map<std::string, Intrinsic>& Intrinsics() {
  static const auto* const kIntrinsics = new std::map<std::string, Intrinsic>{
      {"produced", Intrinsic::kProduced}, {"consumed", Intrinsic::kConsumed},
      {"append", Intrinsic::kAppend},     {"take", Intrinsic::kTake},
      {"empty", Intrinsic::kEmpty},       {"items", Intrinsic::kItems},
      {"done", Intrinsic::kDone},         {"waiting", Intrinsic::kWaiting},
      {"blocked", Intrinsic::kBlocked},   {"unwritten", Intrinsic::kUnwritten},
  };
  return *kIntrinsics;
}

// The root of a place; null, behind a pointer, counts too. The rest has an address only while
// somebody could follow it, and watching must not change where a variable lives.
bool IsInSharedMemory(const Symbol* root) {
  return root == nullptr || root->kind == SymbolKind::kShared || root->kind == SymbolKind::kTable;
}

bool IsNullConstant(const Expr& expr) {
  return expr.constant && *expr.constant == 0 && expr.type->is_integer();
}

}  // namespace

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
      e.type =
          e.is_char_literal ? types_.Int() : types_.Integer(e.literal_bits, !e.literal_unsigned);
      e.constant = static_cast<int64_t>(e.value);
      return e.type;
    case ExprKind::kString:
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
    case ExprKind::kCast: {
      if (!e.type_name) return e.type;  // an implicit one, checked already
      const Type* to = ResolveType(*e.type_name);
      const Type* from = CheckValue(e.operands[0]);
      if (to->kind == TypeKind::kError || from->kind == TypeKind::kError) return Fail(e);
      if (to->kind == TypeKind::kVoid) return e.type = to;
      const bool same_pointer = to->is_pointer() && from->is_pointer() && to == from;
      const bool null = to->is_pointer() && IsNullConstant(*e.operands[0]);
      if (!same_pointer && !null && !(to->is_integer() && from->is_integer())) {
        Error(e.range, fmt::format("cannot cast {} to {}", TypeName(*from), TypeName(*to)),
              "pointers keep their type: cells have no bytes to look into");
        return Fail(e);
      }
      e.type = to;
      Fold(e);
      return to;
    }
    case ExprKind::kInitializer:
      Error(e.range, "a list in braces stands only in an initialiser, or beside == in a property");
      return Fail(e);
    case ExprKind::kWildcard:
      Error(e.range, "`_` stands only inside `{}` beside == in a property or expectation");
      return Fail(e);
    case ExprKind::kChoose: {
      if (context_ != Context::kPlain) {
        Error(e.range, context_ == Context::kGhost
                           ? "a ghost must not choose: it never adds an interleaving"
                           : "nothing can be chosen here");
      }
      CheckInteger(e.operands[0], "the bound of choose");
      CheckInteger(e.operands[1], "the bound of choose");
      NoteSideEffect(e.range, "choose");
      const Expr& from = *e.operands[0];
      const Expr& to = *e.operands[1];
      if (from.constant && to.constant && *from.constant > *to.constant) {
        Error(e.range,
              fmt::format("nothing to choose: {} .. {} is empty", *from.constant, *to.constant));
      }
      if (from.constant && to.constant && *to.constant - *from.constant >= 65536) {
        Error(e.range, "more than 65,536 outcomes in one choose");
      }
      Convert(e.operands[0], types_.Int(), "the bound of choose");
      Convert(e.operands[1], types_.Int(), "the bound of choose");
      return e.type = types_.Int();
    }
    case ExprKind::kAtLabel:
    case ExprKind::kInSection: {
      if (!in_property()) {
        Error(e.range, "where a process stands is for properties and schedules");
        return Fail(e);
      }
      ProcessTemplate* process = CheckProcessRef(*e.operands[0]);
      if (process == nullptr) return Fail(e);
      const bool label = e.kind == ExprKind::kAtLabel;
      auto& places = label ? process->labels : process->sections;
      std::vector<std::string> names;
      for (std::size_t i = 0; i < places.size(); ++i) {
        names.push_back(places[i].name);
        if (places[i].name != e.name) continue;
        places[i].is_mentioned = true;
        e.id = static_cast<int>(i);
        e.process = e.operands[0]->process;
        return e.type = types_.Int();
      }
      const std::string near = NearestName(e.name, names);
      Error(e.op_range,
            fmt::format("process {} has no {} `{}`", process->symbol->name,
                        label ? "label" : "section", e.name),
            near.empty() ? "" : fmt::format("did you mean `{}`?", near));
      return Fail(e);
    }
  }
  return Fail(e);
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
    type = types_.PointerTo(type->element);
    expr = Wrap(ExprKind::kCast, std::move(expr), type);
  } else if (type->kind == TypeKind::kQueue) {
    Error(expr->range, "a queue is not a value", "use append, take and empty");
    return Fail(*expr);
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

void Checker::FindConflicts(const Expr& expr) {
  conflicts_.clear();
  Effects effects;
  FindConflicts(expr, effects);
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
  if (to->is_integer() && from->is_integer()) {
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

const Type* Checker::CheckName(ExprPtr& expr) {
  Expr& e = *expr;
  Symbol* symbol = Lookup(e.name);
  if (symbol == nullptr) {
    if (e.name == "items") {
      e.kind = ExprKind::kCall;
      return CheckIntrinsic(expr, Intrinsic::kItems);
    }
    if (e.name == "self") {
      if (process_ < 0 && function_ == nullptr) {
        Error(e.range, "`self` has a meaning only inside a process");
        return Fail(e);
      }
      e.kind = ExprKind::kCall;
      e.intrinsic = static_cast<int>(Intrinsic::kSelf);
      return e.type = types_.Int();
    }
    if (e.name == "true" || e.name == "false") {
      e.kind = ExprKind::kInteger;
      e.constant = e.name == "true";
      e.value = static_cast<uint64_t>(*e.constant);
      return e.type = types_.Int();
    }
    if (e.name == "NULL") {
      e.kind = ExprKind::kInteger;
      e.constant = 0;
      return e.type = types_.Int();
    }
    const std::string near = NearestName(e.name, VisibleNames());
    std::string hint;
    if (!near.empty()) {
      hint = fmt::format("did you mean `{}`?", near);
    } else if (e.name == "TRUE" || e.name == "FALSE" || e.name == "True" || e.name == "False") {
      hint = e.name[0] == 'T' ? "it is written `true`" : "it is written `false`";
    } else if (e.name == "null" || e.name == "nullptr" || e.name == "Null") {
      hint = "it is written `NULL`";
    } else if (e.name == "_") {
      hint = "`_` stands for any value inside `{}` only";
    } else if (in_property() && !scenario_.processes.empty()) {
      hint = fmt::format("a local variable is named with its process: `{}.{}`",
                         scenario_.processes[0].symbol->name, e.name);
    }
    Error(e.range, fmt::format("`{}` is not declared", e.name), hint);
    // One report a name is enough.
    Declare(SymbolKind::kBound, e.name, e.range, types_.Error());
    return Fail(e);
  }
  e.symbol = symbol;
  switch (symbol->kind) {
    case SymbolKind::kConstant: e.constant = symbol->constant; return e.type = symbol->type;
    case SymbolKind::kFunction:
      Error(e.range, fmt::format("`{}` is a function; there are no function pointers", e.name),
            fmt::format("call it: `{}(...)`", e.name));
      return Fail(e);
    case SymbolKind::kProcess:
      Error(e.range, fmt::format("`{}` is a process, not a value", e.name),
            in_property() ? fmt::format("`{}.x` is its variable x, `done({})` whether it has ended",
                                        e.name, e.name)
                          : "");
      return Fail(e);
    case SymbolKind::kTypedef:
      Error(e.range, fmt::format("`{}` is a type, not a value", e.name));
      return Fail(e);
    case SymbolKind::kGhost: break;
    case SymbolKind::kShared: symbol->is_read = true; break;
    default: break;
  }
  const bool ghost = symbol->kind == SymbolKind::kGhost || symbol->is_ghost;
  if (ghost && (context_ == Context::kPlain || context_ == Context::kGuard)) {
    Error(e.range,
          fmt::format("the program must not read the ghost `{}`: ghosts only watch", e.name),
          "put what uses it behind `ghost`, or make the variable `shared`");
    return Fail(e);
  }
  return e.type = symbol->type;
}

bool Checker::IsPlace(const Expr& expr) const {
  switch (expr.kind) {
    case ExprKind::kName:
      return expr.symbol != nullptr && expr.symbol->kind != SymbolKind::kConstant &&
             expr.symbol->kind != SymbolKind::kBound;
    case ExprKind::kIndex:
      return expr.operands[0]->type != nullptr &&
             (expr.operands[0]->type->is_pointer() || IsPlace(*expr.operands[0]));
    case ExprKind::kMember: return expr.process >= 0 || expr.is_arrow || IsPlace(*expr.operands[0]);
    case ExprKind::kUnary: return expr.op == Op::kDereference;
    default: return false;
  }
}

// The variable a place is part of; null behind a pointer.
const Symbol* Checker::RootOf(const Expr& place) const {
  switch (place.kind) {
    case ExprKind::kName: return place.symbol;
    case ExprKind::kIndex:
      return place.operands[0]->type != nullptr && place.operands[0]->type->is_pointer()
                 ? nullptr
                 : RootOf(*place.operands[0]);
    case ExprKind::kMember:
      if (place.process >= 0) return place.symbol;
      return place.is_arrow ? nullptr : RootOf(*place.operands[0]);
    default: return nullptr;
  }
}

void Checker::NoteSideEffect(SourceRange range, const std::string& what, const std::string& hint) {
  if (context_ == Context::kGuard) {
    Error(range,
          fmt::format("{} in a guard: a condition that is waited for has no side effects", what),
          hint);
  } else if (in_property()) {
    Error(range, fmt::format("{} in a property: properties only look", what), hint);
  }
  if (function_ != nullptr) function_->has_side_effects = true;
}

void Checker::NoteWrite(Expr& place, SourceRange range, bool is_plain_assignment) {
  Symbol* root = RootOf(place);
  if (context_ == Context::kGuard || in_property()) {
    NoteSideEffect(range, "an assignment",
                   is_plain_assignment ? "a comparison is written `==`" : "");
    return;
  }
  if (root == nullptr) {
    if (context_ == Context::kGhost) {
      Error(range, "a ghost statement must not write through a pointer");
    }
    if (function_ != nullptr) function_->has_side_effects = true;
    return;
  }
  if (root->is_const || root->kind == SymbolKind::kTable) {
    Error(range, fmt::format("`{}` is const", root->name));
    return;
  }
  const bool ghost = root->kind == SymbolKind::kGhost || root->is_ghost;
  if (context_ == Context::kGhost && !ghost) {
    Error(range,
          fmt::format("a ghost statement must not write `{}`: ghosts never feed the program",
                      root->name),
          fmt::format("leave out `ghost`, or declare `{}` as a ghost", root->name));
  } else if (context_ == Context::kPlain && ghost) {
    Error(range, fmt::format("`{}` is a ghost; only ghost statements write it", root->name),
          "write `ghost` before this statement");
  }
  if (function_ != nullptr && root->kind != SymbolKind::kLocal) function_->has_side_effects = true;
}

const Type* Checker::CheckUnary(ExprPtr& expr) {
  Expr& e = *expr;
  if (e.op == Op::kAddressOf) {
    one_past_ = e.operands[0].get();
    const Type* type = CheckExpr(e.operands[0]);
    if (type->kind == TypeKind::kError) return Fail(e);
    if (!IsPlace(*e.operands[0]) || e.operands[0]->process >= 0) {
      Error(e.range, "`&` needs a variable");
      return Fail(e);
    }
    if (type->kind == TypeKind::kQueue) {
      Error(e.range, "a queue has no address");
      return Fail(e);
    }
    Symbol* root = RootOf(*e.operands[0]);
    if ((context_ == Context::kGhost || in_property()) && !IsInSharedMemory(root)) {
      Error(e.range, "in ghosts and properties only shared objects have addresses");
      return Fail(e);
    }
    if (root != nullptr) root->is_address_taken = true;
    return e.type = types_.PointerTo(type);
  }
  const Type* type = CheckValue(e.operands[0]);
  if (type->kind == TypeKind::kError) return Fail(e);
  if (e.op == Op::kDereference) {
    if (!type->is_pointer()) {
      Error(e.range, fmt::format("`*` needs a pointer, this is {}", TypeName(*type)));
      return Fail(e);
    }
    return e.type = type->element;
  }
  if (e.op == Op::kNot) {
    if (!type->is_scalar()) {
      Error(e.range, fmt::format("`!` needs a number, this is {}", TypeName(*type)));
      return Fail(e);
    }
    e.type = types_.Int();
  } else {
    if (!type->is_integer()) {
      Error(e.range, fmt::format("this operator needs an integer, this is {}", TypeName(*type)));
      return Fail(e);
    }
    const Type* promoted = Promoted(type, types_);
    Convert(e.operands[0], promoted, "the operand");
    e.type = promoted;
  }
  Fold(e);
  return e.type;
}

const Type* Checker::CheckLogical(Expr& e) {
  CheckCondition(e.operands[0]);
  CheckCondition(e.operands[1]);
  if (e.op == Op::kImplies && !in_property() && context_ != Context::kGhost) {
    Error(e.op_range, "`=>` is for properties", "in C write `!a || b`");
  }
  e.type = types_.Int();
  const auto& a = e.operands[0]->constant;
  const auto& b = e.operands[1]->constant;
  if (a && b) {
    e.constant = e.op == Op::kLogicalAnd  ? (*a != 0 && *b != 0)
                 : e.op == Op::kLogicalOr ? (*a != 0 || *b != 0)
                                          : (*a == 0 || *b != 0);
  }
  return e.type;
}

const Type* Checker::CheckComparison(Expr& e, const Type* left, const Type* right) {
  if (left->is_pointer() || right->is_pointer()) {
    if (left->is_integer()) Convert(e.operands[0], right, "the comparison");
    if (right->is_integer()) Convert(e.operands[1], left, "the comparison");
    if (left->is_pointer() && right->is_pointer() && left != right) {
      Error(e.range,
            fmt::format("{} and {} are not comparable", TypeName(*left), TypeName(*right)));
    }
    return e.type = types_.Int();
  }
  if (!left->is_integer() || !right->is_integer()) {
    Error(e.range, fmt::format("{} and {} are not comparable", TypeName(*left), TypeName(*right)),
          left->kind == TypeKind::kStruct ? "compare the members one by one" : "");
    return Fail(e);
  }
  // A comparison that the type alone decides.
  const auto decided = [&](const Expr& variable, const Expr& constant, Op op) {
    if (variable.constant || !constant.constant || variable.kind == ExprKind::kInteger) return;
    const Type& t = *variable.type;
    if (t.bits >= 32 && (t.is_signed || t.bits == 64)) {
      if (t.is_signed || *constant.constant != 0) return;
    }
    const int64_t low = t.is_signed ? -(int64_t{1} << (t.bits - 1)) : 0;
    const int64_t high =
        t.bits == 64 ? INT64_MAX : (int64_t{1} << (t.is_signed ? t.bits - 1 : t.bits)) - 1;
    const int64_t c = *constant.constant;
    const bool always = (op == Op::kGe && c <= low) || (op == Op::kGt && c < low) ||
                        (op == Op::kLe && c >= high && t.bits < 64) ||
                        (op == Op::kLt && c > high && t.bits < 64) ||
                        (op == Op::kNe && (c < low || (c > high && t.bits < 64)));
    const bool never = (op == Op::kLt && c <= low) || (op == Op::kLe && c < low) ||
                       (op == Op::kGt && c >= high && t.bits < 64) ||
                       (op == Op::kGe && c > high && t.bits < 64) ||
                       (op == Op::kEq && (c < low || (c > high && t.bits < 64)));
    if (always || never) {
      diagnostics_.Warning(e.range, fmt::format("always {}: {} holds {} to {}",
                                                always ? "true" : "false", TypeName(t), low, high));
    }
  };
  const auto mirrored = [](Op op) {
    switch (op) {
      case Op::kLt: return Op::kGt;
      case Op::kLe: return Op::kGe;
      case Op::kGt: return Op::kLt;
      case Op::kGe: return Op::kLe;
      default: return op;
    }
  };
  decided(*e.operands[0], *e.operands[1], e.op);
  decided(*e.operands[1], *e.operands[0], mirrored(e.op));
  const Type* common = CommonType(left, right, types_);
  Convert(e.operands[0], common, "the comparison");
  Convert(e.operands[1], common, "the comparison");
  e.type = types_.Int();
  Fold(e);
  return e.type;
}

const Type* Checker::CheckBinary(ExprPtr& expr) {
  Expr& e = *expr;
  if (e.op == Op::kLogicalAnd || e.op == Op::kLogicalOr || e.op == Op::kImplies)
    return CheckLogical(e);
  if (e.op == Op::kComma) {
    CheckValue(e.operands[0]);
    return e.type = CheckValue(e.operands[1]);
  }
  // array == { ... }
  if (e.operands[1]->kind == ExprKind::kInitializer) {
    const Type* type = CheckExpr(e.operands[0]);
    if (type->kind == TypeKind::kError) return Fail(e);
    if (!in_property()) {
      Error(e.range, "an array is compared with {...} in properties and expectations only");
      return Fail(e);
    }
    if (type->kind != TypeKind::kArray || !type->element->is_scalar()) {
      Error(e.operands[0]->range,
            fmt::format("{} cannot be compared with a list", TypeName(*type)));
      return Fail(e);
    }
    auto& list = e.operands[1]->operands;
    if (static_cast<int64_t>(list.size()) != type->count) {
      Error(e.operands[1]->range, fmt::format("{} values for {} cells", list.size(), type->count),
            "`_` stands for a cell that does not matter");
    }
    for (ExprPtr& item : list) {
      if (item->kind == ExprKind::kWildcard) {
        item->type = type->element;
        continue;
      }
      CheckValue(item);
      if (item->type->is_integer() && type->element->is_integer()) {
        Convert(item, Promoted(item->type, types_), "the value");
      } else {
        Convert(item, type->element, "the value");
      }
    }
    e.operands[1]->type = type;
    return e.type = types_.Int();
  }
  const Type* left = CheckValue(e.operands[0]);
  const Type* right = CheckValue(e.operands[1]);
  if (left->kind == TypeKind::kError || right->kind == TypeKind::kError) return Fail(e);
  switch (e.op) {
    case Op::kEq:
    case Op::kNe:
    case Op::kLt:
    case Op::kLe:
    case Op::kGt:
    case Op::kGe: return CheckComparison(e, left, right);
    default: break;
  }
  if (left->is_pointer() || right->is_pointer()) {
    if (e.op == Op::kAdd && right->is_pointer() && left->is_integer()) {
      std::swap(e.operands[0],
                e.operands[1]);  // neither order of evaluation is C's; keep the pointer first
      std::swap(left, right);
    }
    if ((e.op == Op::kAdd || e.op == Op::kSub) && left->is_pointer() && right->is_integer()) {
      return e.type = left;
    }
    if (e.op == Op::kSub && left == right) return e.type = types_.Long();
    Error(e.range,
          fmt::format("no such operation on {} and {}", TypeName(*left), TypeName(*right)));
    return Fail(e);
  }
  if (!left->is_integer() || !right->is_integer()) {
    Error(e.range,
          fmt::format("no such operation on {} and {}", TypeName(*left), TypeName(*right)));
    return Fail(e);
  }
  if (e.op == Op::kShl || e.op == Op::kShr) {
    Convert(e.operands[0], Promoted(left, types_), "the operand");
    Convert(e.operands[1], Promoted(right, types_), "the operand");
    e.type = e.operands[0]->type;
  } else {
    const Type* common = CommonType(left, right, types_);
    Convert(e.operands[0], common, "the operand");
    Convert(e.operands[1], common, "the operand");
    e.type = common;
  }
  Fold(e);
  return e.type;
}

const Type* Checker::CheckAssign(ExprPtr& expr) {
  Expr& e = *expr;
  // A ghost may be the place of an assignment in plain code only to be told so.
  const Context saved = context_;
  Symbol* named = e.operands[0]->kind == ExprKind::kName ? Lookup(e.operands[0]->name) : nullptr;
  const bool was_read = named != nullptr && named->is_read;
  const bool plain_ghost = context_ == Context::kPlain && named != nullptr &&
                           (named->kind == SymbolKind::kGhost || named->is_ghost);
  if (plain_ghost) context_ = Context::kGhost;
  const Type* place = CheckExpr(e.operands[0]);
  context_ = saved;
  if (named != nullptr && e.kind == ExprKind::kAssign && e.op == Op::kAssign)
    named->is_read = was_read;
  if (place->kind == TypeKind::kError) {
    if (e.kind == ExprKind::kAssign) CheckValue(e.operands[1]);
    return Fail(e);
  }
  if (!IsPlace(*e.operands[0])) {
    const Expr& target = *e.operands[0];
    Error(target.range,
          target.constant ? "a constant cannot be assigned to" : "this cannot be assigned to");
    if (e.kind == ExprKind::kAssign) CheckValue(e.operands[1]);
    return Fail(e);
  }
  if (place->kind == TypeKind::kArray) {
    Error(e.operands[0]->range, "an array cannot be assigned as a whole",
          "assign the elements, or wrap it in a struct");
    if (e.kind == ExprKind::kAssign) CheckValue(e.operands[1]);
    return Fail(e);
  }
  if (place->kind == TypeKind::kQueue) {
    Error(e.operands[0]->range, "a queue cannot be assigned", "use append and take");
    return Fail(e);
  }
  NoteWrite(*e.operands[0], e.range, e.kind == ExprKind::kAssign && e.op == Op::kAssign);
  if (e.kind == ExprKind::kIncrement) {
    if (!place->is_scalar()) {
      Error(e.range, fmt::format("{} cannot be counted up or down", TypeName(*place)));
      return Fail(e);
    }
    return e.type = place;
  }
  const Type* value = CheckValue(e.operands[1]);
  if (value->kind == TypeKind::kError) return Fail(e);
  if (value->kind == TypeKind::kVoid) {
    Error(e.operands[1]->range, "this has no value");
    return Fail(e);
  }
  e.type = place;
  if (e.op == Op::kAssign) {
    if (place->kind == TypeKind::kStruct) {
      if (value != place) {
        Error(e.range, fmt::format("cannot assign {} to {}", TypeName(*value), TypeName(*place)));
        return Fail(e);
      }
      return place;
    }
    Convert(e.operands[1], place, "the assignment");
    return place;
  }
  if (place->is_pointer() && (e.op == Op::kAdd || e.op == Op::kSub) && value->is_integer())
    return place;
  if (!place->is_integer() || !value->is_integer()) {
    Error(e.range,
          fmt::format("no such operation on {} and {}", TypeName(*place), TypeName(*value)));
    return Fail(e);
  }
  if (e.op == Op::kShl || e.op == Op::kShr) {
    Convert(e.operands[1], Promoted(value, types_), "the operand");
  } else {
    Convert(e.operands[1], CommonType(place, value, types_), "the operand");
  }
  return place;
}

const Type* Checker::CheckConditional(Expr& e) {
  CheckCondition(e.operands[0]);
  const Type* left = CheckValue(e.operands[1]);
  const Type* right = CheckValue(e.operands[2]);
  if (left->kind == TypeKind::kError || right->kind == TypeKind::kError) return Fail(e);
  if (left->is_integer() && right->is_integer()) {
    const Type* common = CommonType(left, right, types_);
    Convert(e.operands[1], common, "the choice");
    Convert(e.operands[2], common, "the choice");
    e.type = common;
    const auto& condition = e.operands[0]->constant;
    if (condition) e.constant = e.operands[*condition != 0 ? 1 : 2]->constant;
    return common;
  }
  if (left->is_pointer() && right->is_integer()) Convert(e.operands[2], left, "the choice");
  if (right->is_pointer() && left->is_integer()) Convert(e.operands[1], right, "the choice");
  left = e.operands[1]->type;
  right = e.operands[2]->type;
  if (left != right) {
    Error(e.range,
          fmt::format("the two sides differ: {} and {}", TypeName(*left), TypeName(*right)));
    return Fail(e);
  }
  return e.type = left;
}

const Type* Checker::CheckCall(ExprPtr& expr) {
  Expr& e = *expr;
  Symbol* symbol = Lookup(e.name);
  if (symbol == nullptr || (symbol->kind != SymbolKind::kFunction && e.name == "items")) {
    const auto it = Intrinsics().find(e.name);
    if (it != Intrinsics().end()) return CheckIntrinsic(expr, it->second);
  }
  if (symbol == nullptr || symbol->kind != SymbolKind::kFunction) {
    for (ExprPtr& argument : e.operands) CheckValue(argument);
    if (symbol != nullptr) {
      Error(e.op_range, fmt::format("`{}` is not a function", e.name));
      return Fail(e);
    }
    static const std::map<std::string, const char*> kKnown = {
        {"printf", "a trace shows every value; there is no output"},
        {"wait", "until semaphores come: `atomic { await (s > 0); s--; }`"},
        {"signal", "until semaphores come: `atomic { s++; }`"},
        {"sem_wait", "until semaphores come: `atomic { await (s > 0); s--; }`"},
        {"sem_post", "until semaphores come: `atomic { s++; }`"},
        {"fork", "each `process` is one already"},
        {"rand", "free data is written `choose (a .. b)`"},
    };
    std::vector<std::string> names = VisibleNames();
    for (const auto& [name, unused] : Intrinsics()) names.push_back(name);
    const std::string near = NearestName(e.name, names);
    const auto known = kKnown.find(e.name);
    Error(e.op_range, fmt::format("there is no function `{}`", e.name),
          known != kKnown.end() ? known->second
          : near.empty()        ? ""
                                : fmt::format("did you mean `{}`?", near));
    return Fail(e);
  }
  Function* function = symbol->function;
  e.function = function;
  e.symbol = symbol;
  if (function_ != nullptr) calls_[function_].insert(function);
  if (context_ != Context::kPlain) pure_calls_.emplace_back(function, e.range);
  if (!MayBlock()) atomic_calls_.push_back({function, e.range, flow_.behind_guard > 0});
  if (e.operands.size() != function->parameter_symbols.size()) {
    Error(e.range,
          fmt::format("`{}` takes {} argument{}, {} given", e.name,
                      function->parameter_symbols.size(),
                      function->parameter_symbols.size() == 1 ? "" : "s", e.operands.size()));
    for (ExprPtr& argument : e.operands) CheckValue(argument);
    return e.type = function->type;
  }
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    const Type* parameter = function->parameter_symbols[i]->type;
    CheckValue(e.operands[i]);
    if (parameter->kind == TypeKind::kStruct) {
      if (e.operands[i]->type != parameter && e.operands[i]->type->kind != TypeKind::kError) {
        Error(e.operands[i]->range,
              fmt::format("the argument needs {}, this is {}", TypeName(*parameter),
                          TypeName(*e.operands[i]->type)));
      }
    } else {
      Convert(e.operands[i], parameter, "the argument");
    }
  }
  return e.type = function->type;
}

const Type* Checker::CheckIntrinsic(ExprPtr& expr, Intrinsic intrinsic) {
  Expr& e = *expr;
  e.intrinsic = static_cast<int>(intrinsic);
  const auto arguments = [&](std::size_t n) {
    if (e.operands.size() == n) return true;
    Error(e.range, fmt::format("`{}` takes {} argument{}, {} given", e.name, n, n == 1 ? "" : "s",
                               e.operands.size()));
    return false;
  };
  const auto queue = [&]() -> const Type* {
    const Type* type = CheckExpr(e.operands[0]);
    if (type->kind == TypeKind::kError) return nullptr;
    if (type->kind != TypeKind::kQueue) {
      Error(e.operands[0]->range,
            fmt::format("`{}` needs a queue, this is {}", e.name, TypeName(*type)));
      return nullptr;
    }
    return type;
  };
  switch (intrinsic) {
    case Intrinsic::kProduced:
    case Intrinsic::kConsumed: {
      if (!arguments(1)) return Fail(e);
      if (context_ != Context::kPlain)
        Error(e.range, fmt::format("the mark `{}` stands in plain code only", e.name));
      NoteSideEffect(e.range, "a mark");
      CheckInteger(e.operands[0], "an item");
      if (!scenario_.has_marks) scenario_.first_mark = e.range;
      if (scenario_.item_type == nullptr) scenario_.item_type = e.operands[0]->type;
      scenario_.has_marks = true;
      return e.type = types_.Void();
    }
    case Intrinsic::kAppend: {
      if (!arguments(2)) return Fail(e);
      const Type* type = queue();
      CheckValue(e.operands[1]);
      if (type == nullptr) return Fail(e);
      if (context_ == Context::kGhost) Error(e.range, "a ghost statement must not change a queue");
      NoteSideEffect(e.range, "`append`");
      if (function_ != nullptr && type->bounded) blocking_.insert(function_);
      if (type->bounded && !MayBlock() && context_ == Context::kPlain) {
        RefuseBlocking(e.range, "`append` to a bounded queue", flow_.behind_guard > 0);
      }
      Convert(e.operands[1], type->element, "the item");
      return e.type = types_.Void();
    }
    case Intrinsic::kTake: {
      if (!arguments(1)) return Fail(e);
      const Type* type = queue();
      if (type == nullptr) return Fail(e);
      if (context_ == Context::kGhost) Error(e.range, "a ghost statement must not change a queue");
      NoteSideEffect(e.range, "`take`");
      if (function_ != nullptr) blocking_.insert(function_);
      if (!MayBlock() && context_ == Context::kPlain) {
        RefuseBlocking(e.range, "`take`", flow_.behind_guard > 0);
      }
      return e.type = type->element;
    }
    case Intrinsic::kEmpty:
      if (!arguments(1) || queue() == nullptr) return Fail(e);
      return e.type = types_.Int();
    case Intrinsic::kItems:
      if (!e.operands.empty() && !arguments(0)) return Fail(e);
      if (!in_property() && context_ != Context::kGhost) {
        Error(e.range, "`items` is for ghosts and properties: the program does not know it");
        return Fail(e);
      }
      scenario_.uses_items = true;
      return e.type = types_.Int();
    case Intrinsic::kDone:
    case Intrinsic::kWaiting:
    case Intrinsic::kBlocked: {
      if (!arguments(1)) return Fail(e);
      if (!in_property()) {
        Error(e.range, fmt::format("`{}` is for properties and schedules", e.name));
        return Fail(e);
      }
      if (CheckProcessRef(*e.operands[0]) == nullptr) return Fail(e);
      e.process = e.operands[0]->process;
      return e.type = types_.Int();
    }
    case Intrinsic::kUnwritten: {
      if (!arguments(1)) return Fail(e);
      const Type* type = CheckExpr(e.operands[0]);
      if (type->kind == TypeKind::kError) return Fail(e);
      const Symbol* root = IsPlace(*e.operands[0]) ? RootOf(*e.operands[0]) : nullptr;
      if (!in_property() || root == nullptr || root->kind != SymbolKind::kShared ||
          !type->is_scalar()) {
        Error(e.range,
              "`unwritten` asks, in a property or schedule, for one cell of a shared object");
        return Fail(e);
      }
      return e.type = types_.Int();
    }
    default: return Fail(e);
  }
}

ProcessTemplate* Checker::FindProcess(const std::string& name) {
  for (ProcessTemplate& process : scenario_.processes) {
    if (process.symbol != nullptr && process.symbol->name == name) return &process;
  }
  return nullptr;
}

ProcessTemplate* Checker::CheckProcessRef(Expr& e) {
  const Expr* name = &e;
  if (e.kind == ExprKind::kIndex) name = e.operands[0].get();
  ProcessTemplate* process = name->kind == ExprKind::kName ? FindProcess(name->name) : nullptr;
  const Symbol* shadow = name->kind == ExprKind::kName ? Lookup(name->name) : nullptr;
  if (process == nullptr || (shadow != nullptr && shadow->kind != SymbolKind::kProcess)) {
    std::vector<std::string> names;
    for (const ProcessTemplate& p : scenario_.processes) names.push_back(p.symbol->name);
    const std::string near = name->kind == ExprKind::kName ? NearestName(name->name, names) : "";
    Error(e.range, "this must be a process",
          near.empty() ? "" : fmt::format("did you mean `{}`?", near));
    return nullptr;
  }
  e.process = process->symbol->process;
  e.type = types_.Int();
  if (e.kind == ExprKind::kIndex) {
    if (!process->is_array) {
      Error(e.range,
            fmt::format("there is one process {}, without an index", process->symbol->name));
      return nullptr;
    }
    const Type* type = CheckInteger(e.operands[1], "the index of a process");
    if (type->kind == TypeKind::kError) return nullptr;
    const auto& index = e.operands[1]->constant;
    if (index && (*index < 0 || *index >= process->count)) {
      Error(e.operands[1]->range,
            fmt::format("{} has processes 0 to {}", process->symbol->name, process->count - 1));
      return nullptr;
    }
  } else if (process->is_array) {
    Error(e.range, fmt::format("which {}? There are {}", process->symbol->name, process->count),
          fmt::format("write `{}[0]`, or `forall (i : 0 .. {}) ... {}[i]`", process->symbol->name,
                      process->count - 1, process->symbol->name));
    return nullptr;
  }
  return process;
}

const Type* Checker::CheckIndex(ExprPtr& expr) {
  Expr& e = *expr;
  const Type* base = CheckExpr(e.operands[0]);
  const Type* index = CheckInteger(e.operands[1], "an index");
  if (base->kind == TypeKind::kError || index->kind == TypeKind::kError) return Fail(e);
  if (base->kind != TypeKind::kArray && !base->is_pointer()) {
    Error(e.range, fmt::format("{} has no elements", TypeName(*base)));
    return Fail(e);
  }
  const auto& constant = e.operands[1]->constant;
  const int64_t most = base->count - (one_past_ == &e ? 0 : 1);
  if (base->kind == TypeKind::kArray && constant && (*constant < 0 || *constant > most)) {
    diagnostics_.Warning(e.operands[1]->range,
                         fmt::format("index {} is outside: {} has elements 0 to {}", *constant,
                                     TypeName(*base), base->count - 1));
  }
  return e.type = base->element;
}

const Type* Checker::CheckMember(ExprPtr& expr) {
  Expr& e = *expr;
  // P.x and P[i].x: a local variable of a process.
  Expr& base = *e.operands[0];
  const Expr* name = base.kind == ExprKind::kIndex ? base.operands[0].get() : &base;
  if (!e.is_arrow && name->kind == ExprKind::kName) {
    const Symbol* shadow = Lookup(name->name);
    if (shadow != nullptr && shadow->kind == SymbolKind::kProcess) {
      if (!in_property()) {
        Error(e.range, "a process does not see the locals of another",
              "in a property or schedule it can be named so");
        return Fail(e);
      }
      ProcessTemplate* process = CheckProcessRef(base);
      if (process == nullptr) return Fail(e);
      std::vector<std::string> names;
      for (Symbol* local : process->locals) {
        names.push_back(local->name);
        if (local->name != e.name) continue;
        if (e.symbol != nullptr && e.symbol->type != local->type) {
          Error(e.range,
                fmt::format("{} has two variables `{}` of different types", process->symbol->name,
                            e.name),
                "rename one of them");
          return Fail(e);
        }
        if (context_ == Context::kProperty) local->is_mentioned = true;
        if (e.symbol == nullptr) e.symbol = local;
      }
      if (e.symbol == nullptr) {
        const std::string near = NearestName(e.name, names);
        Error(e.op_range,
              fmt::format("process {} has no variable `{}`", process->symbol->name, e.name),
              near.empty() ? "" : fmt::format("did you mean `{}`?", near));
        return Fail(e);
      }
      e.process = base.process;
      return e.type = e.symbol->type;
    }
  }
  const Type* type = e.is_arrow ? CheckValue(e.operands[0]) : CheckExpr(e.operands[0]);
  if (type->kind == TypeKind::kError) return Fail(e);
  if (e.is_arrow) {
    if (!type->is_pointer()) {
      Error(e.range, fmt::format("`->` needs a pointer, this is {}", TypeName(*type)), "write `.`");
      return Fail(e);
    }
    type = type->element;
  } else if (type->is_pointer() && type->element->kind == TypeKind::kStruct) {
    Error(e.range, "this is a pointer", "write `->`");
    return Fail(e);
  }
  if (type->kind != TypeKind::kStruct) {
    Error(e.range, fmt::format("{} has no members", TypeName(*type)));
    return Fail(e);
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < type->members.size(); ++i) {
    names.push_back(type->members[i].name);
    if (type->members[i].name != e.name) continue;
    e.id = static_cast<int>(i);
    return e.type = type->members[i].type;
  }
  const std::string near = NearestName(e.name, names);
  Error(e.op_range, fmt::format("{} has no member `{}`", TypeName(*type), e.name),
        near.empty() ? "" : fmt::format("did you mean `{}`?", near));
  return Fail(e);
}

const Type* Checker::CheckSizeof(ExprPtr& expr) {
  Expr& e = *expr;
  const Type* type = e.type_name ? ResolveType(*e.type_name) : CheckExpr(e.operands[0]);
  if (type->kind == TypeKind::kError) return Fail(e);
  if (!type->complete) {
    RefuseIncomplete(e.range, *type);
    return Fail(e);
  }
  e.type = types_.Integer(64, false);
  e.constant = type->bytes;
  return e.type;
}

const Type* Checker::CheckQuantifier(Expr& e) {
  if (!in_property() && context_ != Context::kGhost) {
    Error(e.range, "forall, exists and count are for properties and ghosts");
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

void Checker::Fold(Expr& e) {
  if (e.type == nullptr || !e.type->is_integer()) return;
  const auto& a = e.operands[0]->constant;
  if (!a || !e.operands[0]->type->is_integer()) return;
  int64_t result = 0;
  if (e.kind == ExprKind::kCast) {
    e.constant = ConvertTo(IntTypeOf(*e.type), *a);
  } else if (e.kind == ExprKind::kUnary) {
    if (ApplyUnary(e.op, IntTypeOf(*e.type), *a, &result) == ArithmeticError::kNone)
      e.constant = result;
  } else if (e.kind == ExprKind::kBinary) {
    const auto& b = e.operands[1]->constant;
    if (!b) return;
    const ArithmeticError error =
        ApplyBinary(e.op, IntTypeOf(*e.operands[0]->type), *a, *b, &result);
    if (error == ArithmeticError::kNone) {
      e.constant = result;
    } else {
      diagnostics_.Warning(e.range,
                           error == ArithmeticError::kDivision ? "division by zero"
                           : error == ArithmeticError::kShift  ? "the shift count is out of range"
                           : e.op == Op::kShl && *a < 0        ? "a negative value is shifted left"
                                                               : "this overflows");
    }
  }
}

// C17 6.5 paragraph 2: a side effect on a scalar, unsequenced with another or with a use of its
// value. Named scalars only; elements of arrays are judged by whoever reads the trace. So
// `i = i++` is refused, `i = ++i == N ? 0 : i` and `i = next(i++)` are not: there a sequence point
// lies between the two changes.
void Checker::FindConflicts(const Expr& e, Effects& effects) {
  using Symbols = std::set<const Symbol*>;
  const auto clash = [&](const Symbols& a, const Symbols& b) -> const Symbol* {
    const Symbol* first = nullptr;  // by position: sets of pointers have no order of their own
    for (const Symbol* symbol : a) {
      if (!b.contains(symbol)) continue;
      if (first == nullptr || symbol->range.begin < first->range.begin) first = symbol;
    }
    return first;
  };
  const auto report = [&](const Symbol* symbol) {
    if (!conflicts_.insert(symbol).second) return;
    Error(e.range,
          fmt::format("`{}` is changed and used in one expression; C leaves the order open",
                      symbol->name),
          "write it as two statements");
  };
  // Of two operands in no order, the first conflict.
  const auto unsequenced = [&](const Effects& a, const Effects& b) {
    if (const Symbol* s = clash(b.writes, a.reads)) {
      report(s);
    } else if (const Symbol* t = clash(b.writes, a.writes)) {
      report(t);
    } else if (const Symbol* u = clash(b.reads, a.writes)) {
      report(u);
    }
  };
  const auto take = [&](const Effects& part) {
    effects.reads.insert(part.reads.begin(), part.reads.end());
    effects.writes.insert(part.writes.begin(), part.writes.end());
    effects.pending.insert(part.pending.begin(), part.pending.end());
  };
  const auto named = [](const Expr& place) {
    return place.kind == ExprKind::kName ? place.symbol : nullptr;
  };
  switch (e.kind) {
    case ExprKind::kName:
      if (e.symbol != nullptr && e.type != nullptr && e.type->is_scalar()) {
        effects.reads.insert(e.symbol);
      }
      return;
    case ExprKind::kSizeof: return;  // not evaluated
    case ExprKind::kIncrement: {
      const Symbol* target = named(*e.operands[0]);
      if (target == nullptr) return FindConflicts(*e.operands[0], effects);
      effects.writes.insert(target);
      effects.pending.insert(target);
      return;
    }
    case ExprKind::kAssign: {
      Effects place;
      Effects value;
      const Symbol* target = named(*e.operands[0]);
      if (target == nullptr) FindConflicts(*e.operands[0], place);
      FindConflicts(*e.operands[1], value);
      // The store comes after the value; `op=` reads the old one at no certain time.
      const Symbols& changed = e.op == Op::kAssign ? value.pending : value.writes;
      if (target != nullptr && changed.contains(target)) report(target);
      unsequenced(place, value);
      take(place);
      take(value);
      if (target != nullptr) {
        effects.writes.insert(target);
        effects.pending.insert(target);
      }
      return;
    }
    default: break;
  }
  const bool is_logical =
      e.kind == ExprKind::kBinary &&
      (e.op == Op::kLogicalAnd || e.op == Op::kLogicalOr || e.op == Op::kImplies);
  const bool is_sequenced = e.kind == ExprKind::kConditional || is_logical ||
                            (e.kind == ExprKind::kBinary && e.op == Op::kComma);
  Effects all;
  for (std::size_t i = 0; i < e.operands.size(); ++i) {
    Effects part;
    FindConflicts(*e.operands[i], part);
    if (!is_sequenced) unsequenced(all, part);
    // A sequence point follows: what is pending is done before the rest is evaluated.
    if (is_sequenced && i == 0) part.pending.clear();
    all.reads.insert(part.reads.begin(), part.reads.end());
    all.writes.insert(part.writes.begin(), part.writes.end());
    all.pending.insert(part.pending.begin(), part.pending.end());
  }
  if (e.kind == ExprKind::kCall) all.pending.clear();  // before the function begins
  take(all);
}

}  // namespace interleave
