// Calls of functions, and of what the language brings along (intrinsics). A function that the
// scenario declares wins over an intrinsic of the same name.

#include <fmt/format.h>

#include <map>
#include <string_view>

#include "sim/language/checker_impl.h"
#include "sim/language/foreign_words.h"
#include "sim/language/parser.h"

namespace interleave {
namespace {

const std::map<std::string, Intrinsic>& Intrinsics() {
  static const auto* const kIntrinsics = new std::map<std::string, Intrinsic>{
      {"produced", Intrinsic::kProduced},   {"consumed", Intrinsic::kConsumed},
      {"items", Intrinsic::kItems},         {"done", Intrinsic::kDone},
      {"waiting", Intrinsic::kWaiting},     {"blocked", Intrinsic::kBlocked},
      {"unwritten", Intrinsic::kUnwritten}, {"library_fork", Intrinsic::kFork},
      {"library_print", Intrinsic::kPrint},
  };
  return *kIntrinsics;
}

std::string HintForFunction(const std::string& name, const std::string& nearest, bool is_c) {
  const std::string_view foreign = HintForForeignFunction(name);
  if (!foreign.empty()) return std::string(foreign);
  if (!nearest.empty()) return fmt::format("did you mean `{}`?", nearest);
  if (is_c) {
    return fmt::format(
        "name the file that has it; if it changes nothing that matters, `--stub {}` or `//@ stub "
        "{};` calls it so, and it gives 0",
        name, name);
  }
  return fmt::format(
      "write it: `void {}(...) {{ ... }}`; what touches nothing shared may be left out", name);
}

// C declares it with `...` behind two parameters.
bool TakesMore(std::string_view name) {
  return name == "sem_open" || name == "library_open" || name == "library_fcntl";
}

// What a program calls a function of the library, which may have another name here.
std::string_view WrittenName(std::string_view name) {
  for (const std::string_view prefix : {std::string_view("library_cancellable_"), kLibraryPrefix}) {
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  }
  return name;
}

}  // namespace

const Type* Checker::CheckCall(ExprPtr& expr) {
  Expr& e = *expr;
  if (e.is_indirect) return CheckIndirectCall(expr);
  if (e.is_method) return CheckMethod(expr);
  Symbol* symbol = Lookup(e.name);
  if (symbol != nullptr && symbol->type->is_function_pointer() &&
      symbol->kind != SymbolKind::kFunction && symbol->kind != SymbolKind::kTypedef) {
    ExprPtr name = Wrap(ExprKind::kName, std::make_unique<Expr>(), nullptr);
    name->operands.clear();
    name->name = e.name;
    name->range = name->op_range = e.op_range;
    e.operands.insert(e.operands.begin(), std::move(name));
    return CheckIndirectCall(expr);
  }
  if (symbol == nullptr || (symbol->kind != SymbolKind::kFunction && e.name == "items")) {
    const auto it = Intrinsics().find(e.name);
    if (it != Intrinsics().end()) return CheckIntrinsic(expr, it->second);
  }
  if (symbol == nullptr && syntax_.is_c) {
    if (IsAllocation(e.name)) return CheckAllocation(expr);
    if (e.name == "free") return CheckFree(expr);
    if (!in_header_ && (e.name == "munmap" || e.name == "mprotect")) return CheckUnmap(expr);
    if (IsMemoryCall(e.name)) return CheckMemoryCall(expr);
    if (!in_header_ && IsTransfer(e.name) && Lookup("library_" + e.name) != nullptr)
      return CheckTransfer(expr);
    if (!in_header_ && e.name == "ftruncate" && Lookup("library_ftruncate") != nullptr)
      return CheckTruncate(expr);
  }
  if (symbol == nullptr && IsObjectCall(expr)) return expr->type;
  if (symbol == nullptr) symbol = GenericFunction(e);
  if (symbol != nullptr && symbol->kind == SymbolKind::kFunction &&
      symbol->function->owner != nullptr) {
    Function* function = symbol->function;
    // Who is inside a monitor already does not lock it once more.
    if (function->is_entry) function = function->owner->FindFunction(e.name + std::string(kInside));
    return CheckObjectCall(expr, *function);
  }
  if (symbol == nullptr || symbol->kind != SymbolKind::kFunction) {
    for (ExprPtr& argument : e.operands) CheckValue(argument);
    if (symbol != nullptr) {
      Error(e.op_range, fmt::format("`{}` is not a function", e.name));
      if (symbol->type->kind != TypeKind::kError)
        diagnostics_.Explain(symbol->range, fmt::format("`{}` was declared here", e.name));
      return Fail(e);
    }
    std::vector<std::string> names = VisibleNames();
    for (const auto& [name, unused] : Intrinsics()) names.push_back(name);
    for (const auto& [name, kind] : library_.kinds()) {
      names.insert(names.end(), kind->functions.begin(), kind->functions.end());
    }
    const std::string header = library_.HeaderWith(e.name);
    Error(e.op_range, fmt::format("there is no function `{}`", e.name),
          header.empty() ? HintForFunction(e.name, NearestName(e.name, names), syntax_.is_c)
                         : fmt::format("`#include <{}>` brings `{}`", header, e.name));
    return Fail(e);
  }
  Function* function = symbol->function;
  // The arguments that C leaves out, as of `open` without O_CREAT.
  while (TakesMore(e.name) && function->is_of_header && e.operands.size() >= 2 &&
         e.operands.size() < function->parameter_symbols.size()) {
    e.operands.push_back(std::make_unique<Expr>());
    e.operands.back()->kind = ExprKind::kInteger;
    e.operands.back()->range = e.operands.back()->op_range = e.range;
  }
  e.function = function;
  e.symbol = symbol;
  if (function_ != nullptr) {
    calls_[function_].insert(function);
  } else if (process_ >= 0) {
    process_calls_[process_].insert(function);
  }
  if (context_ != Context::kPlain) pure_calls_.push_back({function, e.range, !in_property()});
  if (!MayBlock()) atomic_calls_.push_back({function, e.range, flow_.behind_guard > 0});
  if (e.operands.size() != function->parameter_symbols.size()) {
    Error(e.range,
          fmt::format("`{}` takes {} argument{}, {} given", WrittenName(e.name),
                      function->parameter_symbols.size(),
                      function->parameter_symbols.size() == 1 ? "" : "s", e.operands.size()));
    if (!function->is_of_header)
      diagnostics_.Explain(function->name_range, fmt::format("`{}` is here", e.name));
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
  e.type = function->type;
  if (syntax_.is_c) NoteAllocatingCall(e);
  return e.type;
}

// `object.name(...)`.
const Type* Checker::CheckMethod(ExprPtr& expr) {
  Expr& e = *expr;
  if (syntax_.is_c &&
      (e.operands[0]->kind != ExprKind::kName || e.operands[0]->name != kThePlaces)) {
    // A member that is a pointer to a function.
    ExprPtr member = Wrap(ExprKind::kMember, std::move(e.operands[0]), nullptr);
    member->name = e.name;
    member->is_arrow = e.is_arrow;
    member->op_range = e.op_range;
    member->range = Join(member->range, e.op_range);
    e.operands[0] = std::move(member);
    return CheckIndirectCall(expr);
  }
  if (IsObjectCall(expr)) return expr->type;
  const Type* type = CheckExpr(e.operands[0]);
  for (std::size_t i = 1; i < e.operands.size(); ++i) CheckValue(e.operands[i]);
  if (type->kind != TypeKind::kError) {
    Error(e.op_range, fmt::format("no kind of object has a function `{}`", e.name),
          type->kind == TypeKind::kObject && type->object->kind != nullptr
              ? fmt::format("what {} can do: {}", CalledObject(*type), AdviceFor(*type))
              : "");
  }
  return Fail(e);
}

Symbol* Checker::GenericFunction(Expr& call) {
  const std::string text = library_.FunctionsWith(call.name);
  if (text.empty()) return nullptr;
  const Type* type = types_.Int();
  if (!call.operands.empty()) {
    const Type* target = CheckValue(call.operands[0]);
    if (target->is_pointer() && target->element->is_scalar() && !target->element->is_floating())
      type = target->element;
  }
  const auto key = std::make_pair(call.name, type);
  const auto known = generic_functions_.find(key);
  if (known != generic_functions_.end()) return known->second;
  const Source source(call.name, "typedef int T;\n" + text);
  Diagnostics errors;
  std::unique_ptr<ScenarioSyntax> tree = Parse(source, {}, errors, library_);
  if (errors.has_errors()) {
    Error(call.range, fmt::format("the library's `{}` cannot be read", call.name),
          errors.Render(source));
    return nullptr;
  }
  std::erase_if(tree->functions, [&](const auto& f) { return f->name != call.name; });
  Function* function = tree->functions.front().get();
  function->is_of_header = true;
  calls_[function];
  Symbol* symbol = nullptr;
  Apart({Scope{}}, [&] {
    Declare(SymbolKind::kTypedef, "T", call.range, type);
    CheckFunctionHeader(*function);
    symbol = Lookup(call.name);
    CheckFunctionBody(*function);
  });
  syntax_.headers.push_back(std::move(tree));
  return generic_functions_[key] = symbol;
}

bool Checker::CheckArgumentCount(const Expr& e, std::size_t n) {
  if (e.operands.size() == n) return true;
  Error(e.range, fmt::format("`{}` takes {} argument{}, {} given", e.name, n, n == 1 ? "" : "s",
                             e.operands.size()));
  return false;
}

// A text, and behind it perhaps a conversion and a value; or a character alone.
const Type* Checker::CheckPrint(Expr& e) {
  ExprPtr& last = e.operands.back();
  if (last->kind != ExprKind::kString && CheckValue(last)->kind == TypeKind::kVoid)
    Error(last->range, "this has no value to print");
  return e.type = types_.Void();
}

const Type* Checker::CheckIntrinsic(ExprPtr& expr, Intrinsic intrinsic) {
  Expr& e = *expr;
  e.intrinsic = static_cast<int>(intrinsic);
  switch (intrinsic) {
    case Intrinsic::kProduced:
    case Intrinsic::kConsumed: {
      if (!CheckArgumentCount(e, 1)) return Fail(e);
      if (context_ != Context::kPlain)
        Error(e.range, fmt::format("the mark `{}` stands in plain code only", e.name));
      NoteSideEffect(e.range, "a mark");
      CheckInteger(e.operands[0], "an item");
      if (!scenario_.has_marks) scenario_.first_mark = e.range;
      if (scenario_.item_type == nullptr) scenario_.item_type = e.operands[0]->type;
      scenario_.has_marks = true;
      return e.type = types_.Void();
    }
    case Intrinsic::kFork:
      if (!CheckArgumentCount(e, 1)) return Fail(e);
      CheckInteger(e.operands[0], "the process");
      NoteSideEffect(e.range, "`fork`");
      return e.type = types_.Long();
    case Intrinsic::kPrint: return CheckPrint(e);
    case Intrinsic::kItems:
      if (!e.operands.empty() && !CheckArgumentCount(e, 0)) return Fail(e);
      if (!in_property() && context_ != Context::kGhost) {
        Error(e.range, "`items` is for ghosts and properties: the program does not know it",
              "a program counts for itself: in a variable");
        return Fail(e);
      }
      scenario_.uses_items = true;
      return e.type = types_.Int();
    case Intrinsic::kDone:
    case Intrinsic::kWaiting:
    case Intrinsic::kBlocked: {
      if (!CheckArgumentCount(e, 1)) return Fail(e);
      if (!in_property()) {
        Error(e.range, fmt::format("`{}` is for properties and schedules", e.name),
              kOnlySharedHint);
        return Fail(e);
      }
      if (CheckProcessRef(*e.operands[0]) == nullptr) return Fail(e);
      e.process = e.operands[0]->process;
      return e.type = types_.Int();
    }
    case Intrinsic::kUnwritten: {
      if (!CheckArgumentCount(e, 1)) return Fail(e);
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
    case Intrinsic::kAllocate:  // check_heap.cc, check_memory.cc
    case Intrinsic::kReallocate:
    case Intrinsic::kFree:
    case Intrinsic::kUnmap:
    case Intrinsic::kProtect:
    case Intrinsic::kSetMemory:
    case Intrinsic::kCopyMemory:
    case Intrinsic::kTransfer:
    case Intrinsic::kTruncate:
    case Intrinsic::kNone:
    case Intrinsic::kMe:
    case Intrinsic::kOwner:
    case Intrinsic::kRowBegin:
    case Intrinsic::kRowEnd:
    case Intrinsic::kSelf: break;  // A name without parentheses.
  }
  return Fail(e);
}

}  // namespace interleave
