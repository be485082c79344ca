// Unsequenced side effects (C17 6.5 paragraph 2): a change of a scalar, unsequenced with another
// change of it or with a use of its value. Named scalars only; elements of arrays are judged by
// whoever reads the trace. So `i = i++` is refused, `i = ++i == N ? 0 : i` and `i = next(i++)` are
// not: there a sequence point lies between the two changes.

#include <fmt/format.h>

#include "sim/language/checker_impl.h"

namespace interleave {

void Checker::FindConflicts(const Expr& expr) {
  conflicts_.clear();
  Effects effects;
  FindConflicts(expr, effects);
}

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
    case ExprKind::kInteger:
    case ExprKind::kString:
    case ExprKind::kUnary:
    case ExprKind::kBinary:
    case ExprKind::kConditional:
    case ExprKind::kCall:
    case ExprKind::kIndex:
    case ExprKind::kMember:
    case ExprKind::kCast:
    case ExprKind::kCompound:
    case ExprKind::kInitializer:
    case ExprKind::kWildcard:
    case ExprKind::kChoose:
    case ExprKind::kQuantifier:
    case ExprKind::kAtLabel:
    case ExprKind::kInSection: break;
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
