// The order of the checks: options first, since sizes depend on them; then what the file declares,
// in the order of the text; then bodies, which may call functions that are written below them; then
// properties, schedules and expectations; and at last what only the whole scenario shows.

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "sim/language/checker_impl.h"

namespace interleave {
namespace {

constexpr int kMaxProcesses = 64;

}  // namespace

std::unique_ptr<Scenario> Check(std::unique_ptr<ScenarioSyntax> syntax,
                                const OptionOverrides& overrides, Diagnostics& diagnostics,
                                const KindLibrary& library) {
  auto scenario = std::make_unique<Scenario>();
  scenario->syntax = std::move(syntax);
  Checker(*scenario, overrides, library, diagnostics).Run();
  return scenario;
}

Checker::Checker(Scenario& scenario, const OptionOverrides& overrides, const KindLibrary& library,
                 Diagnostics& diagnostics)
    : scenario_(scenario),
      syntax_(*scenario.syntax),
      types_(scenario.types),
      overrides_(overrides),
      library_(library),
      diagnostics_(diagnostics) {}

void Checker::Run() {
  PushScope();
  CheckOptions();
  CheckHeaders();
  for (const auto& function : syntax_.functions) calls_[function.get()];
  using Kind = ScenarioSyntax::Item::Kind;
  for (const ScenarioSyntax::Item& item : syntax_.items) {
    if (item.kind == Kind::kDeclaration) CheckFileDeclaration(*syntax_.declarations[item.index]);
    if (item.kind == Kind::kFunction) CheckFunctionHeader(*syntax_.functions[item.index]);
    if (item.kind == Kind::kObject) {
      DeclareObject(*syntax_.objects[item.index]);
    }
    if (item.kind == Kind::kProcess) DeclareProcess(*syntax_.processes[item.index]);
  }
  CheckProcessCount();
  for (const auto& function : syntax_.functions) {
    if (function->body) CheckFunctionBody(*function);
  }
  FindCandidates();
  CheckRecursion();
  for (const auto& process : syntax_.processes) CheckProcess(*process);
  if (syntax_.is_c) ShareEscapedLocals();
  if (forks()) {
    for (Symbol* symbol : scenario_.privates) {
      if (symbol->heap_block < 0 && !symbol->name.starts_with(kLibraryPrefix))
        for (ProcessTemplate& process : scenario_.processes) process.locals.push_back(symbol);
    }
  }
  FinishHeap();
  CheckProperties();
  CheckSchedules();
  CheckExpectations();
  CheckDeferredCalls();
  CheckMemorySize();
}

void Checker::DeclareProcess(ProcessSyntax& process) {
  ProcessTemplate entry;
  entry.syntax = &process;
  entry.is_daemon = process.is_daemon;
  entry.fairness = process.fairness;
  entry.is_array = process.count != nullptr;
  if (process.count != nullptr) {
    const auto count = CheckConstant(process.count, "the number of processes");
    if (count && (*count < 1 || *count > kMaxProcesses)) {
      Error(process.count->range,
            fmt::format("{} processes: 1 to {} are possible", *count, kMaxProcesses),
            *count < 1 ? "" : "two or three show the same mistakes, and sooner");
    } else if (count) {
      entry.count = static_cast<int>(*count);
    }
  }
  if (syntax_.is_c) PushScope();  // the name is that of the function
  entry.symbol = Declare(SymbolKind::kProcess, process.name, process.name_range, types_.Void());
  if (syntax_.is_c) PopScope();
  entry.symbol->process = static_cast<int>(scenario_.processes.size());
  scenario_.processes.push_back(std::move(entry));
}

void Checker::CheckHeaders() {
  using Kind = ScenarioSyntax::Item::Kind;
  const std::vector<Scope> outer = std::exchange(scopes_, {});
  PushScope();
  in_header_ = true;
  for (const auto& header : syntax_.headers) {
    for (const auto& function : header->functions) calls_[function.get()];
    for (const ScenarioSyntax::Item& item : header->items) {
      if (item.kind == Kind::kDeclaration) CheckFileDeclaration(*header->declarations[item.index]);
      if (item.kind == Kind::kFunction) CheckFunctionHeader(*header->functions[item.index]);
    }
  }
  for (const auto& header : syntax_.headers) {
    for (const auto& function : header->functions) CheckFunctionBody(*function);
  }
  in_header_ = false;
  headers_ = scopes_.back();
  scopes_ = outer;
}

int64_t Checker::ProcessesAhead() const {
  const std::function<std::optional<int64_t>(const Expr&, int)> value =
      [&](const Expr& e, int depth) -> std::optional<int64_t> {
    if (depth > kMaxProcesses) return std::nullopt;
    if (e.constant) return e.constant;
    if (e.kind == ExprKind::kInteger && e.value <= kMaxProcesses)
      return static_cast<int64_t>(e.value);
    if (e.kind == ExprKind::kBinary) {
      const auto a = value(*e.operands[0], depth + 1);
      const auto b = value(*e.operands[1], depth + 1);
      if (!a || !b || *a > kMaxProcesses || *b > kMaxProcesses) return std::nullopt;
      if (e.op == Op::kAdd) return *a + *b;
      if (e.op == Op::kSub) return *a - *b;
      if (e.op == Op::kMul) return *a * *b;
    }
    if (e.kind != ExprKind::kName) return std::nullopt;
    for (const auto& declaration : syntax_.declarations) {
      for (const Declarator& declarator : declaration->declarators) {
        if (declarator.name == e.name && declaration->type.is_const && declarator.initializer)
          return value(*declarator.initializer, depth + 1);
      }
    }
    return std::nullopt;
  };
  int64_t total = 0;
  for (const auto& process : syntax_.processes) {
    const auto count = process->count ? value(*process->count, 0) : std::optional<int64_t>(1);
    total += count && *count >= 1 ? *count : kMaxProcesses;
  }
  return std::clamp<int64_t>(total, 1, kMaxProcesses);
}

void Checker::CheckProcessCount() {
  int total = 0;
  for (const ProcessTemplate& process : scenario_.processes) total += process.count;
  if (total > kMaxProcesses) {
    Error(scenario_.processes.back().syntax->name_range,
          fmt::format("{} processes in all: at most {} are possible", total, kMaxProcesses),
          "two or three of each show the same mistakes, and sooner");
  }
  if (scenario_.processes.empty() && !diagnostics_.has_errors()) {
    Error({0, 0}, "the scenario has no process", "add `process NAME { ... }`");
  }
}

// What a called function does is known only when all bodies have been checked.
void Checker::CheckDeferredCalls() {
  for (const auto& [function, range, has_process] : pure_calls_) {
    if (function->has_side_effects) {
      Error(range, fmt::format("`{}` does more than look: only functions that change nothing and "
                               "never wait can be called here",
                               function->name));
      const bool is_of_file = function->owner == nullptr || function->owner->kind == nullptr;
      if (is_of_file) diagnostics_.Explain(function->effect_range, function->effect);
    } else if (function->self && !has_process) {
      Error(range,
            fmt::format("`{}` asks for `self`, but no process calls it here", function->name),
            "give it the number as a parameter");
      diagnostics_.Explain(*function->self, "`self` is asked for here");
    }
  }
  for (const auto& [function, range, behind_guard] : atomic_calls_) {
    if (blocking_.contains(function)) {
      RefuseBlocking(range, fmt::format("`{}`", function->name), behind_guard);
    }
  }
}

void Checker::CheckMemorySize() {
  int64_t cells = 0;
  for (const Symbol* symbol : scenario_.memory) {
    cells += symbol->type->cells;
    if (cells > kMaxCells) {
      Error(symbol->range,
            fmt::format("shared memory is limited to {} cells; with `{}` it is larger", kMaxCells,
                        symbol->name),
            "make the array smaller: every state holds all of it");
      break;
    }
  }
}

}  // namespace interleave
