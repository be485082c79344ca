// Programs in C: functions and strings as values, and locals whose address is taken.
//
// Threads of a program share all memory, so such a local is as good as shared: another thread may
// come to know where it is. Where its address goes is not followed.

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "sim/language/checker_impl.h"

namespace interleave {

// (first process << 8) + how many, as `thread_table` takes it; processes count from 1.
const Type* Checker::CheckFunctionValue(ExprPtr& expr) {
  Expr& e = *expr;
  int process = -1;
  for (const auto& function : syntax_.functions) {
    const bool is_run =
        function->process >= 0 && function->process < static_cast<int>(syntax_.processes.size());
    if (function->name == e.name && is_run) process = function->process;
  }
  int64_t first = 1;
  int64_t count = 1;
  for (int i = 0; i <= process; ++i) {
    const ProcessSyntax& syntax = *syntax_.processes[static_cast<std::size_t>(i)];
    count = syntax.count ? static_cast<int64_t>(syntax.count->value) : 1;
    if (i < process) first += count;
  }
  e.kind = ExprKind::kInteger;
  e.symbol = nullptr;
  e.type = types_.Long();
  e.constant = process < 0 ? 0 : first * 256 + count;
  e.value = static_cast<uint64_t>(*e.constant);
  const Type* type = types_.PointerTo(types_.Void());
  expr = Wrap(ExprKind::kCast, std::move(expr), type);
  return type;
}

const Type* Checker::CheckString(ExprPtr& expr) {
  const std::string text = expr->name;
  auto symbol = std::make_unique<Symbol>();
  symbol->kind = SymbolKind::kTable;
  symbol->name = fmt::format("string at {}", expr->range.begin);
  symbol->range = expr->range;
  symbol->type = types_.ArrayOf(types_.Char(), static_cast<int64_t>(text.size()) + 1);
  symbol->is_const = true;
  symbol->is_initialized = true;
  for (const char c : text) symbol->initial.push_back({c, nullptr});
  symbol->initial.push_back({0, nullptr});
  scenario_.memory.push_back(symbol.get());
  expr->kind = ExprKind::kName;
  expr->symbol = symbol.get();
  expr->type = symbol->type;
  scenario_.symbols.push_back(std::move(symbol));
  return expr->type;
}

void Checker::OrderDesignated(const Type& type, Expr& list) {
  const bool is_designated =
      std::any_of(list.operands.begin(), list.operands.end(), [](const ExprPtr& item) {
        return !item->designated_member.empty() || item->designated_index != nullptr;
      });
  if (!is_designated) return;
  const std::size_t parts =
      type.kind == TypeKind::kArray ? static_cast<std::size_t>(type.count) : type.members.size();
  std::vector<ExprPtr> ordered;
  std::size_t at = 0;
  for (ExprPtr& item : list.operands) {
    if (!item->designated_member.empty()) {
      at = parts;
      for (std::size_t i = 0; i < type.members.size(); ++i) {
        if (type.members[i].name == item->designated_member) at = i;
      }
      if (at == parts)
        Error(item->range,
              fmt::format("{} has no member `{}`", TypeName(type), item->designated_member));
    } else if (item->designated_index != nullptr) {
      const auto index = CheckConstant(item->designated_index, "the index");
      at = index && *index >= 0 ? static_cast<std::size_t>(*index) : parts;
      if (at >= parts) Error(item->range, fmt::format("the array has {} elements", parts));
    }
    if (at >= parts) return;
    while (ordered.size() <= at) {
      auto zero = std::make_unique<Expr>();
      const std::size_t i = ordered.size();
      const Type* part = type.kind == TypeKind::kArray ? type.element : type.members[i].type;
      zero->kind = part->is_scalar() ? ExprKind::kInteger : ExprKind::kInitializer;
      zero->range = zero->op_range = list.range;
      ordered.push_back(std::move(zero));
    }
    item->designated_member.clear();
    item->designated_index = nullptr;
    ordered[at++] = std::move(item);
  }
  list.operands = std::move(ordered);
}

void Checker::NoteEscape(Symbol* local) {
  if (!syntax_.is_c || local == nullptr || local->kind != SymbolKind::kLocal) return;
  if (std::find(escaped_.begin(), escaped_.end(), local) == escaped_.end())
    escaped_.push_back(local);
}

void Checker::ShareEscapedLocals() {
  const auto defined = [&](const Function* function) -> const Function* {
    for (const auto& candidate : syntax_.functions) {
      if (candidate->name == function->name && candidate->body) return candidate.get();
    }
    return function;
  };
  // Which processes run which functions.
  std::map<const Function*, std::set<int>> runs;
  const std::function<void(const Function*, int)> visit = [&](const Function* function,
                                                              int process) {
    function = defined(function);
    if (!runs[function].insert(process).second) return;
    const auto callees = calls_.find(function);
    if (callees == calls_.end()) return;
    for (const Function* callee : callees->second) visit(callee, process);
  };
  for (const auto& function : syntax_.functions) {
    if (function->process >= 0 && function->process < static_cast<int>(scenario_.processes.size()))
      visit(function.get(), function->process);
  }
  std::sort(escaped_.begin(), escaped_.end(),
            [](const Symbol* a, const Symbol* b) { return a->range.begin < b->range.begin; });
  int64_t all = 0;
  for (const ProcessTemplate& process : scenario_.processes) all += process.count;
  for (Symbol* local : escaped_) {
    const Function* home = home_[local];
    if (home == nullptr || local->type->kind == TypeKind::kError) continue;
    const std::set<int>& processes = runs[home];
    if (processes.empty()) continue;  // nobody calls it
    const ProcessTemplate& first =
        scenario_.processes[static_cast<std::size_t>(*processes.begin())];
    int64_t count = 1;
    if (processes.size() > 1) {
      local->shared_by = Symbol::SharedBy::kMe;
      count = all;
    } else if (first.is_array) {
      local->shared_by = Symbol::SharedBy::kSelf;
      count = first.count;
    }
    auto shadow = std::make_unique<Symbol>();
    shadow->kind = SymbolKind::kShared;
    shadow->name = local->name;
    shadow->range = local->range;
    shadow->type = local->shared_by == Symbol::SharedBy::kOne ? local->type
                                                              : types_.ArrayOf(local->type, count);
    shadow->is_read = true;
    const auto initializer = initializers_.find(local);
    const bool is_at_start = initializer != initializers_.end() && HoldsObject(*local->type);
    const bool is_one_object = local->shared_by == Symbol::SharedBy::kOne &&
                               InnermostElement(local->type)->kind == TypeKind::kObject;
    if (is_at_start && !is_one_object) {
      Error(local->range,
            fmt::format("`{}` holds an object: it cannot have a value at the start here",
                        local->name),
            "declare it at file scope");
    }
    FillInitialCells(*shadow, is_at_start && is_one_object ? initializer->second : nullptr);
    scenario_.memory.push_back(shadow.get());
    local->shadow = shadow.get();
    scenario_.symbols.push_back(std::move(shadow));
    for (ProcessTemplate& process : scenario_.processes) std::erase(process.locals, local);
  }
}

}  // namespace interleave
