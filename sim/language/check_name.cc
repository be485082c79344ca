// Scopes, and what a name means: a variable, a constant, or one of the words that give way to a
// declaration of the scenario (`items`, `self`, `true`, `false`, `NULL`). A name that is not
// declared is reported once.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "sim/language/checker_impl.h"
#include "sim/language/foreign_words.h"

namespace interleave {
namespace {

// How others call the number of a process.
bool MeansSelf(const std::string& name) {
  static const std::set<std::string> kWords = {"pid",   "_pid",   "id",  "me",   "myid",
                                               "my_id", "my_pid", "tid", "rank", "this"};
  return kWords.contains(name);
}

// What the text of an object calls the numbers of processes.
std::optional<Intrinsic> NumberOfProcess(const std::string& name) {
  if (name == "me") return Intrinsic::kMe;
  if (name == "owner") return Intrinsic::kOwner;
  if (name == "row_begin") return Intrinsic::kRowBegin;
  if (name == "row_end") return Intrinsic::kRowEnd;
  return std::nullopt;
}

}  // namespace

Symbol* Checker::Declare(SymbolKind kind, const std::string& name, SourceRange range,
                         const Type* type) {
  auto symbol = std::make_unique<Symbol>();
  symbol->kind = kind;
  symbol->name = name;
  symbol->range = range;
  symbol->type = type;
  Symbol* raw = symbol.get();
  scenario_.symbols.push_back(std::move(symbol));
  auto& names = scopes_.back().names;
  const auto [it, fresh] = names.emplace(name, raw);
  if (!fresh) {
    if (it->second->type->kind != TypeKind::kError || it->second->kind != SymbolKind::kBound) {
      Error(range, fmt::format("`{}` is declared already", name));
      diagnostics_.Explain(it->second->range, fmt::format("`{}` was declared here", name));
    }
    it->second = raw;
  }
  return raw;
}

Symbol* Checker::Lookup(const std::string& name) const {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    const auto it = scope->names.find(name);
    if (it != scope->names.end()) return it->second;
  }
  const auto it = headers_.names.find(name);
  return it == headers_.names.end() ? nullptr : it->second;
}

std::vector<std::string> Checker::VisibleNames() const {
  std::vector<std::string> names;
  for (const Scope& scope : scopes_) {
    for (const auto& [name, symbol] : scope.names) {
      const bool names_value = symbol->kind != SymbolKind::kProcess || in_property();
      if (symbol->type->kind != TypeKind::kError && names_value) names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
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
        Error(e.range, "`self` has a meaning only inside a process",
              "a property names processes by their numbers: `P[0]`, or `forall (i : 0 .. 1) ...`");
        return Fail(e);
      }
      if (function_ != nullptr && !function_->self) function_->self = e.range;
      e.kind = ExprKind::kCall;
      e.intrinsic = static_cast<int>(Intrinsic::kSelf);
      return e.type = types_.Int();
    }
    if (const auto intrinsic = NumberOfProcess(e.name); intrinsic && object_ != nullptr) {
      e.kind = ExprKind::kCall;
      e.intrinsic = static_cast<int>(*intrinsic);
      return e.type = types_.ProcessId();
    }
    if (e.name == "nobody" && object_ != nullptr) {
      e.kind = ExprKind::kInteger;
      e.constant = 0;
      return e.type = types_.Int();
    }
    if (e.name == "processes" && object_ != nullptr) {
      e.kind = ExprKind::kInteger;
      e.constant = ProcessesAhead();
      e.value = static_cast<uint64_t>(*e.constant);
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
    if (!near.empty() && !(near.size() == 1 && MeansSelf(e.name))) {
      hint = fmt::format("did you mean `{}`?", near);
    } else if (e.name == "TRUE" || e.name == "FALSE" || e.name == "True" || e.name == "False") {
      hint = e.name[0] == 'T' ? "it is written `true`" : "it is written `false`";
    } else if (e.name == "null" || e.name == "nullptr" || e.name == "Null") {
      hint = "it is written `NULL`";
    } else if (e.name == "_") {
      hint = "`_` stands for any value inside `{}` only";
    } else if (const std::string header = library_.HeaderWith(e.name); !header.empty()) {
      hint = fmt::format("`#include <{}>` brings `{}`", header, e.name);
    } else if (!HintForForeignType(e.name).empty()) {
      hint = HintForForeignType(e.name);
    } else if (!in_property() && MeansSelf(e.name)) {
      hint = "the number of the process is `self`";
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
  if (symbol == initialized_.symbol && !initialized_.needs_no_value && &e != addressed_) {
    Error(e.range,
          fmt::format("`{}` is used in its own initialiser, where it has no value yet", e.name),
          initialized_.outer != nullptr && initialized_.outer->kind != SymbolKind::kFunction
              ? fmt::format("as in C, `{}` is the new variable here: give it another name", e.name)
              : "");
    return Fail(e);
  }
  switch (symbol->kind) {
    case SymbolKind::kConstant: e.constant = symbol->constant; return e.type = symbol->type;
    case SymbolKind::kFunction:
      if (syntax_.is_c) return CheckFunctionValue(expr);
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
    case SymbolKind::kObjectKind:
      Error(e.range, fmt::format("`{}` is a type, not a value", e.name));
      return Fail(e);
    case SymbolKind::kGhost: break;
    case SymbolKind::kShared: symbol->is_read = true; break;
    case SymbolKind::kLocal:
      if (in_property() && std::find(scenario_.privates.begin(), scenario_.privates.end(),
                                     symbol) != scenario_.privates.end()) {
        const ProcessTemplate& process = scenario_.processes[0];
        Error(e.range, fmt::format("each process has its own `{}`", e.name),
              fmt::format("name it with its process: `{}{}.{}`", process.symbol->name,
                          process.is_array ? "[0]" : "", e.name));
        return Fail(e);
      }
      break;
    case SymbolKind::kTable:
    case SymbolKind::kBound:
    case SymbolKind::kField: break;
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

}  // namespace interleave
