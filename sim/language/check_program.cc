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
namespace {

// Whether what objects an initialiser gives values to start with 0, as they do without one.
bool StartsAsZero(const Type& type, const Expr& value) {
  if (!HoldsObject(type)) return true;
  if (value.kind != ExprKind::kInitializer) return value.constant == 0;
  for (std::size_t i = 0; i < value.operands.size(); ++i) {
    const bool has_part = type.kind == TypeKind::kStruct && i < type.named().size();
    const Type& part = type.kind == TypeKind::kArray ? *type.element
                       : has_part                    ? *type.named()[i].type
                                                     : type;
    const bool is_value = type.kind == TypeKind::kObject;
    if (is_value ? value.operands[i]->constant != 0 : !StartsAsZero(part, *value.operands[i]))
      return false;
  }
  return true;
}

}  // namespace

// (number of the function << 24) + (first process << 8) + how many, the lower part being what
// `thread_table` takes; all count from 1.
const Type* Checker::CheckFunctionValue(ExprPtr& expr) {
  Expr& e = *expr;
  Function& value = *e.symbol->function;
  auto& values = function_values_;
  auto number = std::find_if(values.begin(), values.end(),
                             [&](const Function* known) { return known->name == value.name; });
  if (number == values.end()) number = values.insert(values.end(), &value);
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
  e.constant =
      kFarPointer + ((number - values.begin() + 1) << 24) + (process < 0 ? 0 : first * 256 + count);
  e.value = static_cast<uint64_t>(*e.constant);
  return e.type = types_.PointerTo(types_.FunctionOf(value.type));
}

// A call of what is behind a pointer. What that may be is known when all functions have been looked
// at.
const Type* Checker::CheckIndirectCall(ExprPtr& expr) {
  Expr& e = *expr;
  e.is_indirect = true;
  const Type* type = CheckValue(e.operands[0]);
  for (std::size_t i = 1; i < e.operands.size(); ++i) CheckValue(e.operands[i]);
  if (type->kind == TypeKind::kError) return Fail(e);
  if (!type->is_function_pointer()) {
    Error(e.range, fmt::format("only a function can be called, this is {}", TypeName(*type)));
    return Fail(e);
  }
  if (in_property() || context_ == Context::kGhost) {
    Error(e.range, "which function this calls is not known here", "name the function");
    return Fail(e);
  }
  NoteSideEffect(e.range, "a call of what is behind a pointer");
  indirect_calls_.push_back({&e, function_, !MayBlock()});
  return e.type = type->element->element;
}

void Checker::FindCandidates() {
  const auto is_like = [](const Type& given, const Type& wanted) {
    return &given == &wanted || (given.is_integer() && wanted.is_integer()) ||
           (given.is_pointer() && wanted.is_pointer());
  };
  for (const IndirectCall& call : indirect_calls_) {
    const std::vector<ExprPtr>& operands = call.expr->operands;
    for (std::size_t number = 0; number < function_values_.size(); ++number) {
      Function* const value = function_values_[number];
      const Symbol* symbol = Lookup(value->name);  // its definition, if that came later
      Function* function =
          symbol != nullptr && symbol->function != nullptr ? symbol->function : value;
      bool fits = function->body != nullptr && function->type == call.expr->type &&
                  function->parameter_symbols.size() + 1 == operands.size();
      for (std::size_t i = 1; fits && i < operands.size(); ++i) {
        // 0 may be the null pointer.
        fits = is_like(*operands[i]->type, *function->parameter_symbols[i - 1]->type) ||
               operands[i]->constant == 0;
      }
      if (!fits) continue;
      function->number = static_cast<int>(number) + 1;
      call.expr->candidates.push_back(function);
      if (call.caller != nullptr) calls_[call.caller].insert(function);
      if (call.is_atomic) atomic_calls_.push_back({function, call.expr->range, false});
    }
  }
}

const Type* Checker::CheckString(ExprPtr& expr) {
  const std::string text = expr->name;
  longest_text_ = std::max(longest_text_, static_cast<int64_t>(text.size()));
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
      type.kind == TypeKind::kArray ? static_cast<std::size_t>(type.count) : type.named().size();
  std::vector<ExprPtr> ordered;
  std::size_t at = 0;
  for (ExprPtr& item : list.operands) {
    if (!item->designated_member.empty()) {
      const std::string name = item->designated_member;
      at = parts;
      for (std::size_t i = 0; i < type.named().size(); ++i) {
        if (type.named()[i].name == name) at = i;
      }
      const Member* const around = at == parts ? NamelessWith(type, name) : nullptr;
      if (around != nullptr) {
        at = static_cast<std::size_t>(around - type.named().data());
        item = Wrap(ExprKind::kInitializer, std::move(item), nullptr);
        item->is_partial = true;
      }
      if (at == parts)
        Error(item->range, fmt::format("{} has no member `{}`", TypeName(type), name));
    } else if (item->designated_index != nullptr) {
      const auto index = CheckConstant(item->designated_index, "the index");
      at = index && *index >= 0 ? static_cast<std::size_t>(*index) : parts;
      if (at >= parts) Error(item->range, fmt::format("the array has {} elements", parts));
    }
    if (at >= parts) break;  // reported
    if (type.is_union) {
      // The last one stays.
      if (static_cast<std::size_t>(list.id) != at) ordered.clear();
      list.id = static_cast<int>(at);
      at = 0;
    }
    while (ordered.size() <= at) {
      auto zero = std::make_unique<Expr>();
      const std::size_t i = ordered.size();
      const Type* part = type.kind == TypeKind::kArray ? type.element
                         : type.is_union ? type.named()[static_cast<std::size_t>(list.id)].type
                                         : type.named()[i].type;
      zero->kind = part->is_scalar() ? ExprKind::kInteger : ExprKind::kInitializer;
      zero->range = zero->op_range = list.range;
      ordered.push_back(std::move(zero));
    }
    item->designated_member.clear();
    item->designated_index = nullptr;
    ExprPtr& part = ordered[at++];
    if (item->is_partial && part->kind == ExprKind::kInitializer) {
      part->range = item->range;
      for (ExprPtr& inner : item->operands) part->operands.push_back(std::move(inner));
    } else {
      part = std::move(item);
    }
  }
  list.operands = std::move(ordered);
}

void Checker::NoteEscape(Symbol* local) {
  if (!syntax_.is_c || local == nullptr || local->kind != SymbolKind::kLocal) return;
  // Nobody else can follow such a pointer.
  if (forks() && !HoldsObject(*local->type)) return;
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
  for (const auto& [process, functions] : process_calls_) {
    for (const Function* function : functions) visit(function, process);
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
    // Of a function that calls itself, one for each call that is open.
    if (recursive_.contains(home)) {
      local->home = home;
      const_cast<Function*>(home)->keeps_locals = true;
      shadow->type = types_.ArrayOf(shadow->type, kOpenCallsWithLocals);
    }
    shadow->is_read = true;
    shadow->shared_by = local->shared_by;
    const auto initializer = initializers_.find(local);
    const bool is_at_start = initializer != initializers_.end() && HoldsObject(*local->type);
    const bool is_one_object = local->shared_by == Symbol::SharedBy::kOne &&
                               local->home == nullptr &&
                               InnermostElement(local->type)->kind == TypeKind::kObject;
    if (is_at_start && !is_one_object && !StartsAsZero(*local->type, *initializer->second)) {
      Error(local->range,
            fmt::format("`{}` holds an object that cannot have this value at the start here",
                        local->name),
            "declare it at file scope");
    }
    FillInitialCells(*shadow, is_at_start && is_one_object ? initializer->second : nullptr);
    scenario_.memory.push_back(shadow.get());
    local->shadow = shadow.get();
    scenario_.symbols.push_back(std::move(shadow));
    FollowLifetime(*local, *home);
    for (ProcessTemplate& process : scenario_.processes) std::erase(process.locals, local);
  }
}

}  // namespace interleave
