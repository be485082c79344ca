// Programs in C: which locals may be used after the function that they belong to has returned (C17
// 6.2.4: their lifetime has ended then, and a pointer to them leads nowhere).
//
// An address that is only followed, compared, or handed to functions that do no more with it, ends
// with the call. One that is stored, returned or given to a thread may outlive it: of such a local
// it is kept whether it is there, beside its value.
//
// What would surprise: the locals of `main` count as there for ever. Programs end `main` by
// pthread_exit while its threads go on with them, and no C library takes them away.

#include <map>
#include <utility>

#include "sim/language/checker_impl.h"

namespace interleave {
namespace {

// Whether the address of one variable, or what one parameter holds, is kept by somebody.
class EscapeFinder {
 public:
  using Known = std::map<std::pair<const Function*, std::size_t>, bool>;

  EscapeFinder(const Symbol& symbol, bool is_parameter, Known& known)
      : symbol_(symbol), is_parameter_(is_parameter), known_(known) {}

  bool IsKeptIn(const Stmt& s) const {
    const bool gives = s.kind == StmtKind::kReturn || s.kind == StmtKind::kExit;
    if (gives && s.condition && IsIt(*s.condition)) return true;
    if (s.condition && IsKeptIn(*s.condition)) return true;
    if (s.step && IsKeptIn(*s.step)) return true;
    if (s.init && IsKeptIn(*s.init)) return true;
    if (s.body && IsKeptIn(*s.body)) return true;
    if (s.else_body && IsKeptIn(*s.else_body)) return true;
    if (s.declaration) {
      for (const Declarator& declarator : s.declaration->declarators) {
        const Expr* const value = declarator.initializer.get();
        if (value != nullptr && (IsIt(*value) || IsKeptIn(*value))) return true;
      }
    }
    for (const StmtPtr& inner : s.body_list) {
      if (inner && IsKeptIn(*inner)) return true;
    }
    return false;
  }

 private:
  // Whether the value of the expression may be the address.
  bool IsIt(const Expr& e) const {
    switch (e.kind) {
      case ExprKind::kName: return is_parameter_ && e.symbol == &symbol_;
      case ExprKind::kUnary:
        return !is_parameter_ && e.op == Op::kAddressOf && RootOf(*e.operands[0]) == &symbol_;
      case ExprKind::kCast: {
        const Expr& inner = *e.operands[0];
        const bool is_array = inner.type != nullptr && inner.type->kind == TypeKind::kArray;
        return is_array ? !is_parameter_ && RootOf(inner) == &symbol_ : IsIt(inner);
      }
      case ExprKind::kBinary:
        if (e.op == Op::kComma) return IsIt(*e.operands[1]);
        return (e.op == Op::kAdd || e.op == Op::kSub) &&
               (IsIt(*e.operands[0]) || IsIt(*e.operands[1]));
      case ExprKind::kConditional: return IsIt(*e.operands[1]) || IsIt(*e.operands[2]);
      case ExprKind::kAssign: return IsIt(*e.operands[1]);
      default: return false;
    }
  }

  static const Symbol* RootOf(const Expr& place) {
    const Expr* e = &place;
    while (true) {
      const bool is_part =
          (e->kind == ExprKind::kIndex && !e->operands[0]->type->is_pointer()) ||
          (e->kind == ExprKind::kMember && e->process < 0 && !e->is_arrow) ||
          (e->kind == ExprKind::kCast && e->operands[0]->type->kind == TypeKind::kArray);
      if (!is_part) break;
      e = e->operands[0].get();
    }
    return e->kind == ExprKind::kName ? e->symbol : nullptr;
  }

  bool IsKeptIn(const Expr& e) const {
    for (std::size_t i = 0; i < e.operands.size(); ++i) {
      if (e.operands[i] == nullptr) continue;
      if (IsIt(*e.operands[i]) && KeepsOperand(e, i)) return true;
      if (IsKeptIn(*e.operands[i])) return true;
    }
    return false;
  }

  // Whether what is done with an operand, which is the address, may keep it.
  bool KeepsOperand(const Expr& e, std::size_t operand) const {
    switch (e.kind) {
      case ExprKind::kAssign: return operand == 1;
      case ExprKind::kInitializer:
      case ExprKind::kCompound: return true;
      case ExprKind::kCall: return KeepsArgument(e, operand);
      default: return false;  // its value is looked at where it is used
    }
  }

  bool KeepsArgument(const Expr& call, std::size_t operand) const {
    if (call.intrinsic != 0) return false;
    if (call.is_indirect || call.function != nullptr || call.symbol == nullptr) {
      // Of an object's function the first operand is the object itself.
      return !(operand == 0 && (call.names_object || call.is_method || call.is_indirect));
    }
    const Function* const function = call.symbol->function;
    if (function == nullptr || function->body == nullptr) return true;
    if (operand >= function->parameter_symbols.size()) return false;  // printf and the like
    const auto [it, is_new] = known_.try_emplace({function, operand}, false);
    if (is_new) {
      const EscapeFinder finder(*function->parameter_symbols[operand], true, known_);
      known_[{function, operand}] = finder.IsKeptIn(*function->body);
    }
    return known_.at({function, operand});
  }

  const Symbol& symbol_;
  const bool is_parameter_;
  Known& known_;
};

}  // namespace

void Checker::FollowLifetime(Symbol& local, const Function& home) {
  const bool is_of_main = home.name == "main";
  if (is_of_main || home.body == nullptr || local.home != nullptr || HoldsObject(*local.type)) {
    return;
  }
  EscapeFinder::Known known;
  if (!EscapeFinder(local, false, known).IsKeptIn(*home.body)) return;
  const auto make = [&](SymbolKind kind, const Type* type) {
    auto symbol = std::make_unique<Symbol>();
    symbol->kind = kind;
    symbol->name = local.name + std::string(kIsThere);
    symbol->range = local.range;
    symbol->type = type;
    scenario_.symbols.push_back(std::move(symbol));
    return scenario_.symbols.back().get();
  };
  const bool is_one = local.shared_by == Symbol::SharedBy::kOne;
  Symbol* const all =
      make(SymbolKind::kShared,
           is_one ? types_.Bool() : types_.ArrayOf(types_.Bool(), local.shadow->type->count));
  all->is_initialized = all->is_read = all->is_atomic = true;
  all->initial.assign(static_cast<std::size_t>(all->type->cells), {1, nullptr});
  scenario_.memory.push_back(all);
  local.alive = make(SymbolKind::kLocal, types_.Bool());
  local.alive->shadow = all;
  local.alive->shared_by = local.shared_by;
  local.shadow->alive = all;
  const_cast<Function&>(home).outlived.push_back(&local);
}

}  // namespace interleave
