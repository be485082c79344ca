// Operators (C17 6.5), assignments among them: the types that they take and give, and the folding
// of constants.

#include <fmt/format.h>

#include "sim/language/arithmetic.h"
#include "sim/language/checker_impl.h"

namespace interleave {
namespace {

// The same comparison with its sides exchanged.
Op Mirrored(Op op) {
  switch (op) {
    case Op::kLt: return Op::kGt;
    case Op::kLe: return Op::kGe;
    case Op::kGt: return Op::kLt;
    case Op::kGe: return Op::kLe;
    default: return op;
  }
}

// C17 6.5.5 to 6.5.12: `%`, shifts and operators on bits take integers alone.
bool MayCombine(Op op, const Type& left, const Type& right) {
  if (left.is_integer() && right.is_integer()) return true;
  return left.is_arithmetic() && right.is_arithmetic() &&
         (op == Op::kAdd || op == Op::kSub || op == Op::kMul || op == Op::kDiv);
}

}  // namespace

const Type* Checker::CheckUnary(ExprPtr& expr) {
  Expr& e = *expr;
  if (e.op == Op::kAddressOf) {
    if (e.operands[0]->kind == ExprKind::kCompound) {
      const Type* const type = CheckCompound(e.operands[0]);
      if (type->kind == TypeKind::kError) return Fail(e);
      if (e.operands[0]->kind == ExprKind::kCompound) return NameCompound(expr, e.operands[0]);
      Error(e.range, "an array is where its first element is", "leave out the `&`");
      return Fail(e);
    }
    one_past_ = e.operands[0].get();
    addressed_ = one_past_;
    while ((addressed_->kind == ExprKind::kMember && !addressed_->is_arrow) ||
           addressed_->kind == ExprKind::kIndex) {
      addressed_ = addressed_->operands[0].get();
    }
    if (syntax_.is_c && e.operands[0]->kind == ExprKind::kName) {
      // What a constant of a function is worth is known, but where it is asked for it is somewhere.
      Symbol* const constant = Lookup(e.operands[0]->name);
      if (constant != nullptr && constant->kind == SymbolKind::kConstant &&
          home_.contains(constant))
        constant->kind = SymbolKind::kLocal;
    }
    const Type* type = CheckExpr(e.operands[0]);
    if (type->kind == TypeKind::kError) return Fail(e);
    if (e.operands[0]->kind == ExprKind::kInteger && type->is_function_pointer()) {
      ExprPtr function = std::move(e.operands[0]);
      expr = std::move(function);
      return type;
    }
    if (!IsPlace(*e.operands[0]) || e.operands[0]->process >= 0) {
      Error(e.range, "`&` needs a variable");
      return Fail(e);
    }
    const Member* const member = NamedMember(*e.operands[0]);
    if (member != nullptr && member->unit != nullptr) {
      Error(e.range,
            member->bit_width > 0
                ? fmt::format("the bit-field `{}` has no address", member->name)
                : fmt::format("`{}` has no address of its own: it shares a cell of type {}",
                              member->name, TypeName(*member->unit)),
            "take the value to a variable");
      return Fail(e);
    }
    Symbol* root = RootOf(*e.operands[0]);
    if ((context_ == Context::kGhost || in_property()) && !IsInSharedMemory(root)) {
      Error(e.range, "in ghosts and properties only shared objects have addresses");
      return Fail(e);
    }
    if (root != nullptr) root->is_address_taken = true;
    NoteEscape(root);
    return e.type = types_.PointerTo(type);
  }
  const Type* type = CheckValue(e.operands[0]);
  if (type->kind == TypeKind::kError) return Fail(e);
  if (e.op == Op::kDereference && type->is_function_pointer()) {
    // C17 6.5.3.2, 6.3.2.1: a function, which becomes a pointer to itself again.
    ExprPtr pointer = std::move(e.operands[0]);
    expr = std::move(pointer);
    return type;
  }
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
    if (type->is_floating()) Convert(e.operands[0], types_.Bool(), "the operand");
    e.type = types_.Int();
  } else {
    if (!type->is_arithmetic() || (e.op == Op::kBitNot && !type->is_integer())) {
      Error(e.range, fmt::format("this operator needs an integer, this is {}", TypeName(*type)));
      return Fail(e);
    }
    const Type* promoted = e.op == Op::kSquareRoot ? types_.Double() : Promoted(type, types_);
    Convert(e.operands[0], promoted, "the operand");
    e.type = promoted;
  }
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
  if (e.operands[1]->kind == ExprKind::kInitializer) return CheckListComparison(e);
  if (in_property() && (e.op == Op::kEq || e.op == Op::kNe)) {
    for (ExprPtr& side : e.operands) NumberOfNamedProcess(side);
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
  if (!MayCombine(e.op, *left, *right)) {
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

// In a property a process may be compared with what an object keeps of it, as in `m.owner == p[0]`:
// 1 + its number among all.
void Checker::NumberOfNamedProcess(ExprPtr& side) {
  const Expr& name = side->kind == ExprKind::kIndex ? *side->operands[0] : *side;
  const Symbol* symbol = name.kind == ExprKind::kName ? Lookup(name.name) : nullptr;
  if (symbol == nullptr || symbol->kind != SymbolKind::kProcess) return;
  const ProcessTemplate& process = scenario_.processes[static_cast<std::size_t>(symbol->process)];
  if (process.is_array != (side->kind == ExprKind::kIndex)) return;  // reported as no value
  uint64_t first = 1;
  for (int p = 0; p < symbol->process; ++p)
    first += static_cast<uint64_t>(scenario_.processes[static_cast<std::size_t>(p)].count);
  auto number = std::make_unique<Expr>();
  number->kind = ExprKind::kInteger;
  number->range = number->op_range = side->range;
  number->value = first;
  number->literal_bits = 32;
  if (side->kind == ExprKind::kIndex) {
    ExprPtr sum = Wrap(ExprKind::kBinary, std::move(side->operands[1]), nullptr);
    sum->range = number->range;
    sum->op = Op::kAdd;
    sum->operands.push_back(std::move(number));
    number = std::move(sum);
  }
  side = std::move(number);
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

// array == { ... }
const Type* Checker::CheckListComparison(Expr& e) {
  const Type* type = CheckExpr(e.operands[0]);
  if (type->kind == TypeKind::kError) return Fail(e);
  if (!in_property()) {
    Error(e.range, "an array is compared with {...} in properties and expectations only",
          "a program compares the elements, in a loop");
    return Fail(e);
  }
  if (type->kind != TypeKind::kArray || !type->element->is_scalar()) {
    Error(e.operands[0]->range, fmt::format("{} cannot be compared with a list", TypeName(*type)));
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

const Type* Checker::CheckComparison(Expr& e, const Type* left, const Type* right) {
  if (left->is_pointer() || right->is_pointer()) {
    if (left->is_integer()) Convert(e.operands[0], right, "the comparison");
    if (right->is_integer()) Convert(e.operands[1], left, "the comparison");
    const auto is_array = [](const Expr& side) {
      return side.kind == ExprKind::kCast && side.operands[0]->type != nullptr &&
             side.operands[0]->type->kind == TypeKind::kArray;
    };
    if (is_array(*e.operands[0]) && is_array(*e.operands[1])) {
      diagnostics_.Warning(e.range, "this compares where two arrays are, not what they hold",
                           in_property() ? "write `forall (i : 0 .. 2) a[i] == b[i]`, or `a == "
                                           "{1, _, 3}`"
                                         : "compare the elements, in a loop");
    }
    const bool is_void = syntax_.is_c && (IsVoidPointer(left) || IsVoidPointer(right));
    if (left->is_pointer() && right->is_pointer() && left != right && !is_void) {
      Error(e.range,
            fmt::format("{} and {} are not comparable", TypeName(*left), TypeName(*right)));
    }
    return e.type = types_.Int();
  }
  if (!left->is_arithmetic() || !right->is_arithmetic()) {
    Error(e.range, fmt::format("{} and {} are not comparable", TypeName(*left), TypeName(*right)),
          left->kind == TypeKind::kStruct ? "compare the members one by one" : "");
    return Fail(e);
  }
  WarnIfDecided(e.range, *e.operands[0], *e.operands[1], e.op);
  WarnIfDecided(e.range, *e.operands[1], *e.operands[0], Mirrored(e.op));
  const Type* common = CommonType(left, right, types_);
  Convert(e.operands[0], common, "the comparison");
  Convert(e.operands[1], common, "the comparison");
  e.type = types_.Int();
  Fold(e);
  return e.type;
}

// Warns of a comparison that the type of `variable` alone decides.
void Checker::WarnIfDecided(SourceRange range, const Expr& variable, const Expr& constant, Op op) {
  if (variable.constant || !constant.constant || variable.kind == ExprKind::kInteger) return;
  const Type& t = *variable.type;
  if (!t.is_integer() || !constant.type->is_integer()) return;
  if (t.bits >= 32 && (t.is_signed || t.bits == 64)) {
    if (t.is_signed || *constant.constant != 0) return;
  }
  const int64_t low = t.is_signed ? -(int64_t{1} << (t.bits - 1)) : 0;
  const int64_t high =
      t.bits == 64 ? INT64_MAX : (int64_t{1} << (t.is_signed ? t.bits - 1 : t.bits)) - 1;
  int64_t c = *constant.constant;
  // C17 6.3.1.8: a signed constant that is no wider is compared as an unsigned one.
  if (t.bits == 32 && !t.is_signed && constant.type->bits <= 32) c &= UINT32_MAX;
  const bool always = (op == Op::kGe && c <= low) || (op == Op::kGt && c < low) ||
                      (op == Op::kLe && c >= high && t.bits < 64) ||
                      (op == Op::kLt && c > high && t.bits < 64) ||
                      (op == Op::kNe && (c < low || (c > high && t.bits < 64)));
  const bool never = (op == Op::kLt && c <= low) || (op == Op::kLe && c < low) ||
                     (op == Op::kGt && c >= high && t.bits < 64) ||
                     (op == Op::kGe && c > high && t.bits < 64) ||
                     (op == Op::kEq && (c < low || (c > high && t.bits < 64)));
  if (always || never) {
    const uint64_t most = t.bits == 64 && !t.is_signed ? UINT64_MAX : static_cast<uint64_t>(high);
    diagnostics_.Vacuity(range, fmt::format("always {}: {} holds {} to {}",
                                            always ? "true" : "false", TypeName(t), low, most));
  }
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
          target.constant ? "a constant cannot be assigned to" : "this cannot be assigned to",
          target.kind == ExprKind::kBinary && e.op == Op::kAssign ? "a comparison is written `==`"
                                                                  : "");
    if (e.kind == ExprKind::kAssign) CheckValue(e.operands[1]);
    return Fail(e);
  }
  if (place->kind == TypeKind::kArray) {
    Error(e.operands[0]->range, "an array cannot be assigned as a whole",
          "assign the elements, or wrap it in a struct");
    if (e.kind == ExprKind::kAssign) CheckValue(e.operands[1]);
    return Fail(e);
  }
  if (HoldsObject(*place)) {
    Error(e.operands[0]->range, fmt::format("{} cannot be assigned", CalledObject(*place)),
          AdviceFor(*place));
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
  if (!MayCombine(e.op, *place, *value)) {
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
  if (left->is_arithmetic() && right->is_arithmetic()) {
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

void Checker::Fold(Expr& e) {
  if (e.type == nullptr || !e.type->is_arithmetic()) return;
  const auto& a = e.operands[0]->constant;
  const Type& from = *e.operands[0]->type;
  if (!a || !from.is_arithmetic()) return;
  int64_t result = 0;
  if (e.kind == ExprKind::kCast) {
    if (interleave::Convert(IntTypeOf(from), IntTypeOf(*e.type), *a, &result) ==
        ArithmeticError::kNone) {
      e.constant = result;
    } else {
      diagnostics_.Warning(e.range, fmt::format("this does not fit into {}", TypeName(*e.type)));
    }
  } else if (e.kind == ExprKind::kUnary) {
    if (ApplyUnary(e.op, IntTypeOf(*e.type), *a, &result) == ArithmeticError::kNone)
      e.constant = result;
  } else if (e.kind == ExprKind::kBinary) {
    const auto& b = e.operands[1]->constant;
    if (!b) return;
    const ArithmeticError error = ApplyBinary(e.op, IntTypeOf(from), *a, *b, &result);
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

}  // namespace interleave
