// Functions, processes, and the graph of calls. Functions are inlined where they are called, so the
// graph must have no cycle; what a callee does (side effects, blocking) its callers do too.

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "sim/language/checker_impl.h"

namespace interleave {
namespace {

constexpr int kMaxCallDepth = 100;

}  // namespace

void Checker::CheckFunctionHeader(Function& function) {
  const Type* type = ResolveType(function.return_type);
  for (int i = 0; i < function.return_pointers && type->kind != TypeKind::kError; ++i)
    type = types_.PointerTo(type);
  function.type = type;
  Symbol* existing = nullptr;
  const auto it = scopes_.back().names.find(function.name);
  if (it != scopes_.back().names.end() && it->second->kind == SymbolKind::kFunction)
    existing = it->second;
  PushScope();
  for (Parameter& parameter : function.parameters) {
    const Type* base = ResolveType(parameter.type);
    const Type* declared = types_.Error();
    if (!parameter.declarator.dimensions.empty()) {
      // C17 6.7.6.3: a parameter of array type is a pointer.
      parameter.declarator.dimensions.erase(parameter.declarator.dimensions.begin());
      const Type* element = ApplyDeclarator(base, parameter.declarator);
      declared = element->kind == TypeKind::kError ? element : types_.PointerTo(element);
    } else {
      declared = ApplyDeclarator(base, parameter.declarator);
    }
    if (!declared->complete) {
      RefuseIncomplete(parameter.declarator.range, *declared);
      declared = types_.Error();
    } else if (declared->kind == TypeKind::kVoid || HoldsObject(*declared)) {
      Error(parameter.declarator.range,
            fmt::format("a parameter cannot be {}", TypeName(*declared)),
            declared->kind == TypeKind::kVoid
                ? ""
                : fmt::format("an object is not copied: take a pointer, `{} *{}`",
                              TypeName(*declared), parameter.declarator.name));
      declared = types_.Error();
    }
    Symbol* symbol = Declare(SymbolKind::kLocal, parameter.declarator.name,
                             parameter.declarator.range, declared);
    symbol->is_initialized = true;
    parameter.declarator.symbol = symbol;
    function.parameter_symbols.push_back(symbol);
  }
  PopScope();
  if (existing != nullptr) {
    if (existing->function->body && function.body) {
      Error(function.name_range, fmt::format("function `{}` is defined already", function.name));
      diagnostics_.Explain(existing->function->name_range, "it is here");
    } else if (existing->function->type != function.type ||
               existing->function->parameter_symbols.size() != function.parameter_symbols.size()) {
      Error(function.name_range,
            fmt::format("`{}` was declared differently before", function.name));
      diagnostics_.Explain(existing->function->name_range, "it is here");
    }
    if (function.body) {
      // Calls through the prototype reach the definition.
      existing->function->body = nullptr;
      existing->function = &function;
    }
    return;
  }
  Declare(SymbolKind::kFunction, function.name, function.name_range, type)->function = &function;
}

void Checker::CheckFunctionBody(Function& function) {
  function_ = &function;
  PushScope();
  for (Symbol* parameter : function.parameter_symbols) {
    if (!parameter->name.empty()) scopes_.back().names[parameter->name] = parameter;
  }
  CheckBody(*function.body);
  PopScope();
  function_ = nullptr;
}

// Functions are inlined, so the graph of calls must have no cycle and no long way; in a program in
// C a cycle is followed as deep as the code may grow (lower_call.cc). Side effects and blocking
// spread from callee to caller.
void Checker::CheckRecursion() {
  std::map<const Function*, int> mark;    // 1: on the path, 2: finished
  std::map<const Function*, int> height;  // of the finished: calls inside calls
  std::vector<const Function*> path;
  bool recursive = false;
  bool too_deep = false;
  const std::function<void(Function*, int)> visit = [&](Function* function, int depth) {
    mark[function] = 1;
    path.push_back(function);
    int& most = height[function];
    const auto callees = calls_[function];
    std::vector<Function*> ordered(callees.begin(), callees.end());
    std::sort(ordered.begin(), ordered.end(),
              [](const Function* a, const Function* b) { return a->range.begin < b->range.begin; });
    for (Function* callee : ordered) {
      if (!callee->body) {
        // A prototype: its symbol leads to the definition, if there is one.
        const Symbol* symbol = Lookup(callee->name);
        if (symbol == nullptr || symbol->function == nullptr || !symbol->function->body) continue;
        callee = symbol->function;
      }
      if (mark[callee] == 1) {
        if (syntax_.is_c) {
          const auto begin = std::find(path.begin(), path.end(), callee);
          recursive_.insert(begin, path.end());
          continue;
        }
        if (!recursive) {
          Error(callee->name_range,
                fmt::format("`{}` calls itself; functions are inlined, so recursion is refused",
                            callee->written_name()),
                "write it as a loop");
        }
        recursive = true;
        continue;
      }
      if (mark[callee] == 0 && depth < kMaxCallDepth) visit(callee, depth + 1);
      most = std::max(most, height[callee] + 1);
      if ((depth == kMaxCallDepth || most > kMaxCallDepth) && !too_deep) {
        Error(function->name_range,
              fmt::format("functions call functions more than {} deep", kMaxCallDepth),
              "functions are inlined: let one do the work of several");
        too_deep = true;
      }
      if (callee->has_side_effects && !function->has_side_effects) {
        function->has_side_effects = true;
        function->effect = callee->effect;
        function->effect_range = callee->effect_range;
      }
      if (!function->self) function->self = callee->self;
      if (blocking_.contains(callee)) blocking_.insert(function);
    }
    mark[function] = 2;
    path.pop_back();
  };
  for (const auto& header : syntax_.headers) {
    for (const auto& function : header->functions) {
      if (mark[function.get()] == 0) visit(function.get(), 0);
    }
  }
  for (const auto& function : syntax_.functions) {
    if (function->body && mark[function.get()] == 0) visit(function.get(), 0);
  }
  for (const auto& object : scenario_.kinds) {
    for (const auto& function : object->syntax->functions) {
      if (mark[function.get()] == 0) visit(function.get(), 0);
      function->may_block = blocking_.contains(function.get());
    }
  }
}

void Checker::CheckProcess(ProcessSyntax& process) {
  ProcessTemplate* entry = nullptr;
  for (ProcessTemplate& candidate : scenario_.processes) {
    if (candidate.syntax == &process) entry = &candidate;
  }
  if (entry == nullptr || !process.body) return;
  process_ = entry->symbol->process;
  CheckBody(*process.body);
  process_ = -1;
}

}  // namespace interleave
