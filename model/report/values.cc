// Walks the checked tree beside a state. A condition was judged by the compiled code; this only
// finds out what to print next to it, so whatever it does not understand it leaves out.

#include "model/report/values.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/language/arithmetic.h"

namespace interleave {
namespace {

constexpr int64_t kMaxCases = 64;  // of a quantifier

void VisitStatement(const Stmt* statement, const std::function<void(const Expr&)>& visit) {
  if (statement == nullptr) return;
  if (statement->init) VisitStatement(statement->init.get(), visit);
  if (statement->declaration) {
    for (const Declarator& declarator : statement->declaration->declarators) {
      if (declarator.initializer) VisitExpressions(*declarator.initializer, visit);
    }
  }
  if (statement->condition) VisitExpressions(*statement->condition, visit);
  if (statement->step) VisitExpressions(*statement->step, visit);
  VisitStatement(statement->body.get(), visit);
  VisitStatement(statement->else_body.get(), visit);
  for (const StmtPtr& inner : statement->body_list) VisitStatement(inner.get(), visit);
}

// What an operator computes in. Of integers it is a long, which holds all that is of interest.
IntType TypeOfOperation(const Expr& expr) {
  const Type* type = expr.operands[0]->type;
  return type != nullptr && type->is_floating() ? IntTypeOf(*type) : IntType::kI64;
}

// Whether a local in own memory is out of scope.
bool IsDead(const ProgramPoint& point, const LocalVariable& local) {
  return std::any_of(point.dead.begin(), point.dead.end(),
                     [&](const OwnRange& range) { return range.offset == local.own_offset; });
}

}  // namespace

std::vector<NamedValue> LocalsOf(const Program& program, const int64_t* state, int process) {
  const ProcessInstance& instance = program.processes[static_cast<std::size_t>(process)];
  const ProcessCode& code = program.CodeOf(process);
  const auto number = static_cast<std::size_t>(state[instance.point_slot]);
  if (number == 0) return {};
  const ProgramPoint& point = code.points[number];
  std::vector<NamedValue> values;
  for (std::size_t i = 0; i < code.locals.size(); ++i) {
    const LocalVariable& local = code.locals[i];
    const Type* type = local.symbol->type;
    const bool is_array = type->kind == TypeKind::kArray && type->element->is_scalar();
    if (!type->is_scalar() && !is_array) continue;
    uint32_t first = 0;
    if (local.is_own) {
      if (IsDead(point, local)) continue;
      first = instance.own_base + local.own_offset;
    } else {
      if (i >= point.local_offsets.size() || point.local_offsets[i] < 0) continue;
      first = instance.spill_base + static_cast<uint32_t>(point.local_offsets[i]);
    }
    const Type* cell = is_array ? type->element : type;
    std::string text;
    for (int k = 0; k < type->cells; ++k) {
      text += (k == 0 ? "" : ", ") +
              FormatValue(program, cell, state[first + static_cast<uint32_t>(k)]);
    }
    values.push_back({local.symbol->name, is_array ? "{" + text + "}" : text});
  }
  return values;
}

void VisitExpressions(const Expr& expr, const std::function<void(const Expr&)>& visit) {
  visit(expr);
  for (const ExprPtr& operand : expr.operands) {
    if (operand) VisitExpressions(*operand, visit);
  }
}

void VisitExpressions(const Scenario& scenario, const std::function<void(const Expr&)>& visit) {
  for (const auto& process : scenario.syntax->processes) VisitStatement(process->body.get(), visit);
  for (const auto& function : scenario.syntax->functions) {
    VisitStatement(function->body.get(), visit);
  }
  // What the library's kinds are made of is no text of this file.
  for (const auto& kind : scenario.kinds) {
    if (kind->kind != nullptr) continue;
    for (const auto& function : kind->syntax->functions)
      VisitStatement(function->body.get(), visit);
  }
  for (const PropertySyntax& property : scenario.syntax->properties) {
    if (property.expression) VisitExpressions(*property.expression, visit);
    for (const ExprPtr& atom : property.atoms) VisitExpressions(*atom, visit);
  }
}

const Expr* FindExpression(const Scenario& scenario, SourceRange range) {
  const Expr* found = nullptr;
  VisitExpressions(scenario, [&](const Expr& expr) {
    if (expr.range.begin != range.begin || expr.range.end != range.end) return;
    if (found == nullptr || found->kind == ExprKind::kCast) found = &expr;
  });
  return found;
}

std::optional<uint32_t> Condition::SlotOf(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kName:
      if (expr.symbol == nullptr) return std::nullopt;
      if (expr.symbol->kind == SymbolKind::kField) return SlotOfField(*expr.symbol);
      for (const MemoryObject& object : program_.objects) {
        if (object.symbol == expr.symbol) return object.base;
      }
      return std::nullopt;
    case ExprKind::kIndex: {
      const Expr& array = *expr.operands[0];
      if (array.type == nullptr || array.type->kind != TypeKind::kArray) return std::nullopt;
      const auto base = SlotOf(array);
      const auto index = Evaluate(*expr.operands[1]);
      if (!base || !index || *index < 0 || *index >= array.type->count) return std::nullopt;
      const Type* element = array.type->element;
      return *base + static_cast<uint32_t>(*index * element->cells);
    }
    case ExprKind::kMember: {
      if (expr.process >= 0 || expr.is_arrow) return std::nullopt;
      const Expr& owner = *expr.operands[0];
      const auto base = SlotOf(owner);
      if (!base || owner.type == nullptr || owner.type->kind != TypeKind::kStruct) {
        return std::nullopt;
      }
      for (const Member& member : owner.type->members) {
        if (member.name == expr.name) return *base + static_cast<uint32_t>(member.cell_offset);
      }
      return std::nullopt;
    }
    case ExprKind::kCast: return SlotOf(*expr.operands[0]);
    case ExprKind::kInteger:
    case ExprKind::kString:
    case ExprKind::kUnary:
    case ExprKind::kBinary:
    case ExprKind::kAssign:
    case ExprKind::kIncrement:
    case ExprKind::kConditional:
    case ExprKind::kCall:
    case ExprKind::kSizeof:
    case ExprKind::kCompound:
    case ExprKind::kInitializer:
    case ExprKind::kWildcard:
    case ExprKind::kChoose:
    case ExprKind::kQuantifier:
    case ExprKind::kAtLabel:
    case ExprKind::kInSection: break;
  }
  return std::nullopt;
}

// A member inside a function of the scenario's own kind, of which there is one object alone: which
// of several was meant is not known here.
std::optional<uint32_t> Condition::SlotOfField(const Symbol& field) const {
  std::optional<uint32_t> found;
  for (const MemoryObject& object : program_.objects) {
    if (object.kind == nullptr || object.kind->kind != nullptr) continue;
    const Member* member = object.kind->FindMember(field.name);
    if (member == nullptr || member->type != field.type) continue;
    if (found || object.cells != object.stride) return std::nullopt;
    found = object.base + static_cast<uint32_t>(member->cell_offset);
  }
  return found;
}

std::optional<int64_t> Condition::ProcessOf(const Expr& reference) {
  int64_t index = 0;
  if (reference.kind == ExprKind::kIndex) {
    const auto value = Evaluate(*reference.operands[1]);
    if (!value) return std::nullopt;
    index = *value;
  }
  for (int p = 0; p < program_.process_count(); ++p) {
    const ProcessInstance& process = program_.processes[static_cast<std::size_t>(p)];
    if (process.code == reference.process && process.index == index) return p;
  }
  return std::nullopt;
}

std::optional<int64_t> Condition::Local(const Expr& member, NamedValue* named) {
  Expr const& reference = *member.operands[0];
  const auto owner = ProcessOf(reference);
  if (!owner || member.type == nullptr || !member.type->is_scalar()) return std::nullopt;
  const ProcessInstance& process = program_.processes[static_cast<std::size_t>(*owner)];
  const ProcessCode& code = program_.CodeOf(static_cast<int>(*owner));
  const ProgramPoint& point = code.points[static_cast<std::size_t>(state_[process.point_slot])];
  // A name may stand for several variables; the one alive here is meant. None: it reads as 0.
  int64_t value = 0;
  for (std::size_t i = 0; i < code.locals.size(); ++i) {
    const LocalVariable& local = code.locals[i];
    if (local.symbol->name != member.name) continue;
    if (local.is_own) {
      if (IsDead(point, local)) continue;
      value = state_[process.own_base + local.own_offset];
      break;
    }
    if (i >= point.local_offsets.size() || point.local_offsets[i] < 0) continue;
    value = state_[process.spill_base + static_cast<uint32_t>(point.local_offsets[i])];
    break;
  }
  if (named != nullptr) {
    *named = {process.name + "." + member.name, FormatValue(program_, member.type, value)};
  }
  return value;
}

std::optional<int64_t> Condition::Evaluate(const Expr& expr) {
  if (expr.constant) return expr.constant;
  const auto operand = [&](std::size_t i) { return Evaluate(*expr.operands[i]); };
  switch (expr.kind) {
    case ExprKind::kInteger: return static_cast<int64_t>(expr.value);
    case ExprKind::kName:
    case ExprKind::kIndex:
    case ExprKind::kMember: {
      for (std::size_t i = bindings_.size(); i-- > 0;) {
        if (expr.symbol != nullptr && bindings_[i].symbol == expr.symbol) return bindings_[i].value;
      }
      if (IsOwnLocal(expr)) return locals_(*expr.symbol);
      if (expr.kind == ExprKind::kMember && expr.process >= 0) return Local(expr, nullptr);
      const auto slot = SlotOf(expr);
      if (!slot || expr.type == nullptr || !expr.type->is_scalar()) return std::nullopt;
      const uint32_t written = program_.slots[*slot].written;
      if (written != 0 && state_[written] == 0) return std::nullopt;
      return state_[*slot];
    }
    case ExprKind::kCast: {
      const auto a = operand(0);
      const Type* from = expr.operands[0]->type;
      if (!a || from == nullptr || expr.type == nullptr ||
          !(from->is_floating() || expr.type->is_floating())) {
        return a;
      }
      int64_t value = 0;
      return Convert(IntTypeOf(*from), IntTypeOf(*expr.type), *a, &value) == ArithmeticError::kNone
                 ? std::optional(value)
                 : std::nullopt;
    }
    case ExprKind::kUnary: {
      const auto a = operand(0);
      if (!a || expr.op == Op::kAddressOf || expr.op == Op::kDereference) return std::nullopt;
      int64_t value = *a;
      if (expr.op == Op::kPlus) return value;
      if (ApplyUnary(expr.op, TypeOfOperation(expr), *a, &value) != ArithmeticError::kNone) {
        return std::nullopt;
      }
      return value;
    }
    case ExprKind::kBinary: {
      const auto a = operand(0);
      if (!a) return std::nullopt;
      if (expr.op == Op::kLogicalAnd) return *a == 0 ? std::optional<int64_t>(0) : operand(1);
      if (expr.op == Op::kLogicalOr) return *a != 0 ? std::optional<int64_t>(1) : operand(1);
      if (expr.op == Op::kImplies) return *a == 0 ? std::optional<int64_t>(1) : operand(1);
      if (expr.op == Op::kComma || expr.operands[1]->kind == ExprKind::kInitializer) {
        return std::nullopt;
      }
      const auto b = operand(1);
      int64_t value = 0;
      if (!b ||
          ApplyBinary(expr.op, TypeOfOperation(expr), *a, *b, &value) != ArithmeticError::kNone) {
        return std::nullopt;
      }
      return value;
    }
    case ExprKind::kConditional: {
      const auto a = operand(0);
      if (!a) return std::nullopt;
      return *a != 0 ? operand(1) : operand(2);
    }
    case ExprKind::kCall:
      if (static_cast<Intrinsic>(expr.intrinsic) == Intrinsic::kSelf && process_ >= 0) {
        return program_.processes[static_cast<std::size_t>(process_)].index;
      }
      if (static_cast<Intrinsic>(expr.intrinsic) == Intrinsic::kItems && program_.items_slot != 0) {
        return state_[program_.items_slot];
      }
      if (static_cast<Intrinsic>(expr.intrinsic) == Intrinsic::kDone) {
        const auto p = ProcessOf(*expr.operands[0]);
        if (!p) return std::nullopt;
        return state_[program_.processes[static_cast<std::size_t>(*p)].point_slot] == 0;
      }
      return std::nullopt;
    case ExprKind::kInSection: {
      const auto p = ProcessOf(*expr.operands[0]);
      if (!p) return std::nullopt;
      const ProcessInstance& process = program_.processes[static_cast<std::size_t>(*p)];
      const auto point = static_cast<std::size_t>(state_[process.point_slot]);
      const std::vector<bool>& sections =
          program_.CodeOf(static_cast<int>(*p)).points[point].sections;
      const auto section = static_cast<std::size_t>(expr.id);
      return section < sections.size() && sections[section];
    }
    case ExprKind::kString:
    case ExprKind::kAssign:
    case ExprKind::kIncrement:
    case ExprKind::kSizeof:
    case ExprKind::kCompound:
    case ExprKind::kInitializer:
    case ExprKind::kWildcard:
    case ExprKind::kChoose:
    case ExprKind::kAtLabel: break;
    case ExprKind::kQuantifier: {
      int64_t true_cases = 0, cases = 0;
      const bool known = ForEachCase(expr, [&] {
        const auto value = Evaluate(*expr.operands[2]);
        ++cases;
        true_cases += value.value_or(0) != 0;
        return value.has_value();
      });
      if (!known) return std::nullopt;
      if (expr.op == Op::kCount) return true_cases;
      return expr.op == Op::kForall ? true_cases == cases : true_cases > 0;
    }
  }
  return std::nullopt;
}

bool Condition::IsOwnLocal(const Expr& expr) const {
  return locals_ && expr.kind == ExprKind::kName && expr.symbol != nullptr &&
         expr.symbol->kind == SymbolKind::kLocal;
}

bool Condition::ForEachCase(const Expr& quantifier, const std::function<bool()>& visit) {
  const auto from = Evaluate(*quantifier.operands[0]);
  const auto to = Evaluate(*quantifier.operands[1]);
  if (quantifier.symbol == nullptr || !from || !to || *to - *from >= kMaxCases) return false;
  bool all = true;
  for (int64_t i = *from; i <= *to; ++i) {
    bindings_.push_back({quantifier.symbol, i});
    all = visit() && all;
    bindings_.pop_back();
  }
  return all;
}

void Condition::Collect(const Expr& expr, std::vector<NamedValue>& values,
                        std::vector<uint32_t>& slots) {
  const auto add = [&](NamedValue value) {
    if (std::find(values.begin(), values.end(), value) == values.end()) {
      values.push_back(std::move(value));
    }
  };
  if (expr.constant) return;
  if (expr.kind == ExprKind::kQuantifier) {
    ForEachCase(expr, [&] {
      const auto value = Evaluate(*expr.operands[2]);
      if (value && (*value == 0) == (expr.op == Op::kForall)) {
        Collect(*expr.operands[2], values, slots);
      }
      return true;
    });
    return;
  }
  if (IsOwnLocal(expr)) {
    const auto value = locals_(*expr.symbol);
    if (value) add({expr.symbol->name, FormatValue(program_, expr.type, *value)});
    return;
  }
  if (expr.kind == ExprKind::kMember && expr.process >= 0) {
    NamedValue named;
    if (Local(expr, &named)) add(std::move(named));
    return;
  }
  if (expr.kind == ExprKind::kInSection) {
    const auto p = ProcessOf(*expr.operands[0]);
    const auto inside = Evaluate(expr);
    if (p && inside) {
      add({fmt::format("{} in section {}", program_.processes[static_cast<std::size_t>(*p)].name,
                       expr.name),
           *inside != 0 ? "true" : "false"});
    }
    return;
  }
  if (expr.kind == ExprKind::kCall && static_cast<Intrinsic>(expr.intrinsic) == Intrinsic::kItems &&
      program_.items_slot != 0) {
    add({"items", fmt::format("{}", state_[program_.items_slot])});
    return;
  }
  if (const auto slot = SlotOf(expr); slot && expr.type != nullptr) {
    if (expr.type->is_scalar()) {
      add({PlaceName(program_, *slot), CellText(program_, state_, *slot)});
      if (std::find(slots.begin(), slots.end(), *slot) == slots.end()) slots.push_back(*slot);
      if (expr.kind == ExprKind::kIndex) Collect(*expr.operands[1], values, slots);
      return;
    }
    if (expr.type->kind == TypeKind::kObject) {
      add({PlaceName(program_, *slot), ObjectText(program_, state_, *slot)});
      slots.push_back(*slot);
      return;
    }
    if (expr.type->kind == TypeKind::kArray && expr.type->element->is_scalar()) {
      std::string text = "{";
      for (int64_t i = 0; i < expr.type->count; ++i) {
        text += (i == 0 ? "" : ", ") + CellText(program_, state_, *slot + static_cast<uint32_t>(i));
        slots.push_back(*slot + static_cast<uint32_t>(i));
      }
      add({PlaceName(program_, *slot).substr(0, PlaceName(program_, *slot).find('[')), text + "}"});
      return;
    }
  }
  for (const ExprPtr& operand : expr.operands) {
    if (operand) Collect(*operand, values, slots);
  }
}

std::vector<NamedValue> Condition::Values(const Expr& expr) {
  std::vector<NamedValue> values;
  std::vector<uint32_t> slots;
  Collect(expr, values, slots);
  return values;
}

std::vector<uint32_t> Condition::Slots(const Expr& expr) {
  std::vector<NamedValue> values;
  std::vector<uint32_t> slots;
  Collect(expr, values, slots);
  return slots;
}

}  // namespace interleave
