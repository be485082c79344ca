// Declarations: types, storage, functions, processes, options.

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "sim/language/arithmetic.h"
#include "sim/language/checker_impl.h"

namespace interleave {
namespace {

constexpr int kMaxCallDepth = 100;
constexpr char kNamelessStruct[] = "struct {...}";
constexpr int kMaxProcesses = 64;

}  // namespace

std::unique_ptr<Scenario> Check(std::unique_ptr<ScenarioSyntax> syntax,
                                const OptionOverrides& overrides, Diagnostics& diagnostics) {
  auto scenario = std::make_unique<Scenario>();
  scenario->syntax = std::move(syntax);
  Checker(*scenario, overrides, diagnostics).Run();
  return scenario;
}

Checker::Checker(Scenario& scenario, const OptionOverrides& overrides, Diagnostics& diagnostics)
    : scenario_(scenario),
      syntax_(*scenario.syntax),
      types_(scenario.types),
      overrides_(overrides),
      diagnostics_(diagnostics) {}

void Checker::Run() {
  PushScope();
  CheckOptions();
  for (const auto& function : syntax_.functions) calls_[function.get()];
  using Kind = ScenarioSyntax::Item::Kind;
  for (const ScenarioSyntax::Item& item : syntax_.items) {
    if (item.kind == Kind::kDeclaration) CheckFileDeclaration(*syntax_.declarations[item.index]);
    if (item.kind == Kind::kFunction) CheckFunctionHeader(*syntax_.functions[item.index]);
    if (item.kind == Kind::kProcess) {
      ProcessSyntax& process = *syntax_.processes[item.index];
      ProcessTemplate entry;
      entry.syntax = &process;
      entry.is_daemon = process.is_daemon;
      entry.is_array = process.count != nullptr;
      if (process.count != nullptr) {
        const auto count = CheckConstant(process.count, "the number of processes");
        if (count && (*count < 1 || *count > kMaxProcesses)) {
          Error(process.count->range,
                fmt::format("{} processes: 1 to {} are possible", *count, kMaxProcesses));
        } else if (count) {
          entry.count = static_cast<int>(*count);
        }
      }
      entry.symbol = Declare(SymbolKind::kProcess, process.name, process.name_range, types_.Void());
      entry.symbol->process = static_cast<int>(scenario_.processes.size());
      scenario_.processes.push_back(std::move(entry));
    }
  }
  int total = 0;
  for (const ProcessTemplate& process : scenario_.processes) total += process.count;
  if (total > kMaxProcesses) {
    Error(scenario_.processes.back().syntax->name_range,
          fmt::format("{} processes in all: at most {} are possible", total, kMaxProcesses));
  }
  if (scenario_.processes.empty() && !diagnostics_.has_errors()) {
    Error({0, 0}, "the scenario has no process", "add `process NAME { ... }`");
  }
  for (const auto& function : syntax_.functions) {
    if (function->body) CheckFunctionBody(*function);
  }
  CheckRecursion();
  for (const auto& process : syntax_.processes) CheckProcess(*process);
  CheckProperties();
  CheckSchedules();
  CheckExpectations();
  for (const auto& [function, range] : pure_calls_) {
    if (function->has_side_effects) {
      Error(range,
            fmt::format(
                "`{}` changes something; only functions without side effects can be called here",
                function->name));
    }
  }
  for (const auto& [function, range, behind_guard] : atomic_calls_) {
    if (blocking_.contains(function)) {
      RefuseBlocking(range, fmt::format("`{}`", function->name), behind_guard);
    }
  }
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

void Checker::CheckOptions() {
  ScenarioOptions& options = scenario_.options;
  std::vector<std::string> known = {"granularity", "unwritten", "outstanding", "queue_cap",
                                    "local_limit", "draw",      "graph",       "memory_model"};
  const auto word = [&](const std::string& name, const std::string& value, SourceRange range) {
    if (name == "granularity" && (value == "access" || value == "statement")) {
      options.granularity = value == "access" ? Granularity::kAccess : Granularity::kStatement;
    } else if (name == "unwritten" && (value == "zero" || value == "error")) {
      options.unwritten_is_zero = value == "zero";
    } else if (name == "memory_model" && value == "sc") {
    } else if (name == "granularity" || name == "unwritten" || name == "memory_model") {
      Error(range, fmt::format("`{}` is not a value of option {}", value, name),
            name == "granularity" ? "access or statement"
            : name == "unwritten" ? "error or zero"
                                  : "sc (sequential consistency)");
    } else {
      return false;
    }
    return true;
  };
  const auto number = [&](const std::string& name, int64_t value, SourceRange range) {
    const auto limited = [&](int64_t low, int64_t high) {
      if (value >= low && value <= high) return true;
      Error(range, fmt::format("option {} is {} to {}", name, low, high));
      return false;
    };
    if (name == "outstanding") {
      if (limited(1, 1024)) options.outstanding = static_cast<int>(value);
    } else if (name == "queue_cap") {
      if (limited(1, 1024)) options.queue_cap = static_cast<int>(value);
    } else if (name == "local_limit") {
      if (limited(1, 1'000'000'000)) options.local_limit = value;
    } else {
      return false;
    }
    return true;
  };
  for (OptionSyntax& option : syntax_.options) {
    // These need the names: CheckProperties.
    if (option.name == "draw" || option.name == "graph") continue;
    if (std::find(known.begin(), known.end(), option.name) == known.end()) {
      const std::string near = NearestName(option.name, known);
      Error(option.name_range, fmt::format("there is no option `{}`", option.name),
            near.empty() ? "options are granularity, unwritten, outstanding, queue_cap, "
                           "local_limit, draw, graph"
                         : fmt::format("did you mean `{}`?", near));
      continue;
    }
    if (!option.word.empty() && word(option.name, option.word, option.value_range)) continue;
    if (option.number != nullptr) {
      const auto value = CheckConstant(option.number, "the option's value");
      if (!value || number(option.name, *value, option.value_range)) continue;
    }
    Error(option.value_range, fmt::format("option {} cannot have this value", option.name));
  }
  for (const auto& [name, value] : overrides_) {
    if (word(name, value, {0, 0})) continue;
    char* end = nullptr;
    const int64_t parsed = std::strtoll(value.c_str(), &end, 10);
    if (*end == '\0' && !value.empty() && number(name, parsed, {0, 0})) continue;
    Error({0, 0}, fmt::format("there is no option `{}` that takes `{}`", name, value));
  }
}

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
  return nullptr;
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

const Type* Checker::ResolveType(TypeSyntax& syntax) {
  using Base = TypeSyntax::Base;
  const Type* type = types_.Error();
  switch (syntax.base) {
    case Base::kVoid: type = types_.Void(); break;
    case Base::kBool: type = types_.Bool(); break;
    case Base::kChar: type = types_.Char(); break;
    case Base::kSignedChar: type = types_.Integer(8, true); break;
    case Base::kUnsignedChar: type = types_.Integer(8, false); break;
    case Base::kShort: type = types_.Integer(16, true); break;
    case Base::kUnsignedShort: type = types_.Integer(16, false); break;
    case Base::kInt: type = types_.Int(); break;
    case Base::kUnsignedInt: type = types_.UnsignedInt(); break;
    case Base::kLong: type = types_.Long(); break;
    case Base::kUnsignedLong: type = types_.Integer(64, false); break;
    case Base::kStruct: type = ResolveStruct(syntax); break;
    case Base::kEnum: type = ResolveEnum(syntax); break;
    case Base::kQueue: {
      const Type* element = ResolveType(*syntax.queue_element);
      if (element->kind == TypeKind::kError) return element;
      if (!element->is_integer()) {
        Error(syntax.range, fmt::format("a queue holds integers, not {}", TypeName(*element)));
        return types_.Error();
      }
      int64_t capacity = scenario_.options.queue_cap;
      if (syntax.queue_capacity != nullptr) {
        auto capacity_expr = std::make_unique<Expr>(std::move(*syntax.queue_capacity));
        const auto value = CheckConstant(capacity_expr, "the capacity of a queue");
        *syntax.queue_capacity = std::move(*capacity_expr);
        if (!value) return types_.Error();
        if (*value < 1 || *value > 1024) {
          Error(syntax.range, fmt::format("the capacity of a queue is 1 to 1024, not {}", *value));
          return types_.Error();
        }
        capacity = *value;
      }
      type = types_.QueueOf(element, capacity, syntax.queue_capacity != nullptr);
      break;
    }
    case Base::kNamed: {
      static const std::map<std::string, std::pair<int, bool>> kStandard = {
          {"int8_t", {8, true}},     {"uint8_t", {8, false}},   {"int16_t", {16, true}},
          {"uint16_t", {16, false}}, {"int32_t", {32, true}},   {"uint32_t", {32, false}},
          {"int64_t", {64, true}},   {"uint64_t", {64, false}}, {"size_t", {64, false}},
          {"ssize_t", {64, true}},   {"ptrdiff_t", {64, true}}, {"intptr_t", {64, true}},
          {"uintptr_t", {64, false}}};
      const Symbol* symbol = Lookup(syntax.name);
      if (symbol != nullptr && symbol->kind == SymbolKind::kTypedef) {
        type = symbol->type;
        break;
      }
      if (syntax.name == "bool" || syntax.name == "_Bool") {
        type = types_.Bool();
        break;
      }
      const auto it = kStandard.find(syntax.name);
      if (it == kStandard.end()) {
        Error(syntax.range, fmt::format("there is no type `{}`", syntax.name));
        return types_.Error();
      }
      type = types_.Integer(it->second.first, it->second.second);
      break;
    }
  }
  for (int i = 0; i < syntax.pointers && type->kind != TypeKind::kError; ++i)
    type = types_.PointerTo(type);
  return type;
}

const Type* Checker::ResolveStruct(TypeSyntax& syntax) {
  const auto find = [&]() -> const Type* {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      const auto it = scope->tags.find(syntax.name);
      if (it != scope->tags.end()) return it->second;
    }
    return nullptr;
  };
  if (!syntax.struct_definition) {
    const Type* known = syntax.name.empty() ? nullptr : find();
    if (known != nullptr && known->kind == TypeKind::kError) return known;
    if (known != nullptr && known->kind == TypeKind::kStruct) return known;
    Type* fresh = types_.NewStruct("struct " + syntax.name);
    scopes_.front().tags[syntax.name] = fresh;
    return fresh;
  }
  Type* type = nullptr;
  if (!syntax.name.empty()) {
    const auto it = scopes_.back().tags.find(syntax.name);
    if (it != scopes_.back().tags.end()) {
      if (it->second->kind != TypeKind::kStruct || it->second->complete) {
        Error(syntax.range, fmt::format("`struct {}` is defined already", syntax.name));
        return types_.Error();
      }
      type = const_cast<Type*>(it->second);  // completes a forward reference of this table's own
    }
  }
  if (type == nullptr)
    type = types_.NewStruct(syntax.name.empty() ? kNamelessStruct : "struct " + syntax.name);
  if (!syntax.name.empty()) scopes_.back().tags[syntax.name] = type;
  int64_t cells = 0;
  int64_t bytes = 0;
  int64_t alignment = 1;
  for (StructSyntax::Field& field : syntax.struct_definition->fields) {
    const Type* base = ResolveType(field.type);
    for (Declarator& declarator : field.declarators) {
      const Type* member = ApplyDeclarator(base, declarator);
      if (member->kind == TypeKind::kError) continue;
      if (!member->complete) {
        Error(
            declarator.range,
            fmt::format("a member cannot be {}: its members are not known here", TypeName(*member)),
            fmt::format("a pointer to it is possible: `{} *{}`", TypeName(*base), declarator.name));
        continue;
      }
      if (member->kind == TypeKind::kVoid || member->kind == TypeKind::kQueue) {
        Error(declarator.range, fmt::format("a member cannot be {}", TypeName(*member)));
        continue;
      }
      for (const Member& other : type->members) {
        if (other.name == declarator.name)
          Error(declarator.range, fmt::format("member `{}` is there already", declarator.name));
      }
      const Type* element = member;
      while (element->kind == TypeKind::kArray) element = element->element;
      const int64_t align =
          element->kind == TypeKind::kStruct ? element->alignment : std::max(1, element->bytes);
      alignment = std::max(alignment, align);
      bytes = (bytes + align - 1) / align * align + member->bytes;
      type->members.push_back({declarator.name, member, static_cast<int>(cells)});
      cells += member->cells;
      if (cells > kMaxCells) {
        if (!syntax.name.empty()) scopes_.back().tags[syntax.name] = types_.Error();
        Error(declarator.range,
              fmt::format("a struct has at most {} cells; with `{}` this one is larger", kMaxCells,
                          declarator.name));
        return types_.Error();
      }
    }
  }
  if (type->members.empty()) Error(syntax.range, "a struct needs members");
  type->cells = static_cast<int>(cells);
  type->bytes = static_cast<int>((bytes + alignment - 1) / alignment * alignment);
  type->alignment = static_cast<int>(alignment);
  type->complete = true;
  return type;
}

const Type* Checker::ResolveEnum(TypeSyntax& syntax) {
  if (!syntax.enum_definition) {
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      const auto it = scope->tags.find("enum " + syntax.name);
      if (it != scope->tags.end()) return it->second;
    }
    Error(syntax.range, fmt::format("there is no `enum {}`", syntax.name));
    return types_.Error();
  }
  EnumType definition;
  definition.name = syntax.name;
  int64_t next = 0;
  bool negative = false;
  for (EnumSyntax::Item& item : syntax.enum_definition->items) {
    if (item.value) {
      const auto value = CheckConstant(item.value, "the value of an enumerator");
      if (value) next = *value;
    }
    if (next != static_cast<int32_t>(next)) Error(item.range, "an enumerator must fit into an int");
    negative = negative || next < 0;
    Symbol* symbol = Declare(SymbolKind::kConstant, item.name, item.range, types_.Int());
    symbol->constant = next;
    definition.enumerators.push_back({item.name, next});
    ++next;
  }
  const Type* type = types_.NewEnum(std::move(definition), negative);
  if (!syntax.name.empty()) scopes_.back().tags["enum " + syntax.name] = type;
  return type;
}

// `struct foo k;` where there was no `struct foo { ... }`: only pointers to it are possible.
void Checker::RefuseIncomplete(SourceRange range, const Type& type) {
  std::vector<std::string> known;
  for (const Scope& scope : scopes_) {
    for (const auto& [tag, other] : scope.tags) {
      if (other->kind == TypeKind::kStruct && other->complete) known.push_back(other->name);
    }
  }
  std::sort(known.begin(), known.end());
  const std::string near = NearestName(type.name, known);
  Error(range, fmt::format("`{}` is not declared: its members are not known here", type.name),
        near.empty() ? "a struct stands before what is declared with it"
                     : fmt::format("did you mean `{}`?", near));
}

const Type* Checker::ApplyDeclarator(const Type* base, Declarator& declarator) {
  const Type* type = base;
  if (type->kind == TypeKind::kError) return type;
  for (int i = 0; i < declarator.pointers; ++i) {
    if (type->kind == TypeKind::kVoid || type->kind == TypeKind::kQueue) {
      Error(declarator.range, fmt::format("there are no pointers to {}", TypeName(*type)));
      return types_.Error();
    }
    type = types_.PointerTo(type);
  }
  for (auto dimension = declarator.dimensions.rbegin(); dimension != declarator.dimensions.rend();
       ++dimension) {
    if (!type->complete) {
      RefuseIncomplete(declarator.range, *type);
      return types_.Error();
    }
    if (type->kind == TypeKind::kVoid) {
      Error(declarator.range, fmt::format("there are no arrays of {}", TypeName(*type)));
      return types_.Error();
    }
    if (*dimension == nullptr) {
      if (std::next(dimension) != declarator.dimensions.rend() || !declarator.initializer) {
        Error(declarator.range, "the length of this array is missing");
        return types_.Error();
      }
      SizeFromInitializer(type, declarator);
      continue;
    }
    const auto count = CheckConstant(*dimension, "the length of an array");
    if (!count) return types_.Error();
    if (*count < 1 || *count > kMaxCells || *count * type->cells > kMaxCells) {
      Error((*dimension)->range, fmt::format("an array has 1 to {} cells", kMaxCells));
      return types_.Error();
    }
    type = types_.ArrayOf(type, *count);
  }
  return type;
}

void Checker::CheckFileDeclaration(Declaration& declaration) {
  using Storage = Declaration::Storage;
  const Type* base = ResolveType(declaration.type);
  for (Declarator& declarator : declaration.declarators) {
    const Type* type = ApplyDeclarator(base, declarator);
    if (declaration.storage == Storage::kTypedef) {
      Declare(SymbolKind::kTypedef, declarator.name, declarator.range, type);
      // A struct without a tag is called by the name that this gives it.
      if (type->kind == TypeKind::kStruct && type->name == kNamelessStruct) {
        const_cast<Type*>(type)->name = declarator.name;
      }
      continue;
    }
    if (!type->complete) {
      RefuseIncomplete(declarator.range, *type);
      type = types_.Error();
    } else if (type->kind == TypeKind::kVoid) {
      Error(declarator.range, fmt::format("`{}` cannot be {}", declarator.name, TypeName(*type)));
      type = types_.Error();
    }
    const Type* element = type;
    while (element->kind == TypeKind::kArray) element = element->element;
    if (element->kind == TypeKind::kQueue && declaration.storage != Storage::kShared) {
      Error(declarator.range, "a queue is always shared",
            fmt::format("write `shared {} {};`", TypeName(*type), declarator.name));
    }
    if (element->kind == TypeKind::kQueue && declarator.initializer) {
      Error(declarator.initializer->range, "a queue starts empty");
    }
    SymbolKind kind = SymbolKind::kShared;
    if (declaration.storage == Storage::kGhost) kind = SymbolKind::kGhost;
    if (declaration.storage == Storage::kLocal) {
      if (type->kind == TypeKind::kError) {
        kind = SymbolKind::kShared;
      } else if (!declaration.type.is_const) {
        Error(declarator.range, fmt::format("`{}` belongs to nobody", declarator.name),
              "write `shared` before it, `ghost` if it only watches, or `const` with a value");
        kind = SymbolKind::kShared;
      } else if (type->is_integer()) {
        kind = SymbolKind::kConstant;
        if (!declarator.initializer) {
          Error(declarator.range, "a constant needs a value");
        } else {
          CheckInitializer(type, declarator.initializer);
        }
        Symbol* symbol = Declare(kind, declarator.name, declarator.range, type);
        declarator.symbol = symbol;
        symbol->is_const = true;
        symbol->constant = declarator.initializer ? declarator.initializer->constant : std::nullopt;
        if (declarator.initializer && !symbol->constant &&
            declarator.initializer->type->kind != TypeKind::kError) {
          Error(declarator.initializer->range, "the value of a constant must be constant");
        }
        if (!symbol->constant) symbol->constant = 0;
        continue;
      } else {
        kind = SymbolKind::kTable;
        if (!declarator.initializer && type->kind != TypeKind::kError)
          Error(declarator.range, "a constant needs a value");
      }
    }
    Symbol* symbol = Declare(kind, declarator.name, declarator.range, type);
    declarator.symbol = symbol;
    symbol->is_const =
        (declaration.type.is_const && declarator.pointers == 0) || kind == SymbolKind::kTable;
    symbol->is_atomic = declaration.storage == Storage::kSharedAtomic;
    symbol->is_initialized = declarator.initializer != nullptr;
    if (declarator.initializer && element->kind != TypeKind::kQueue)
      CheckInitializer(type, declarator.initializer);
    FillInitialCells(*symbol,
                     element->kind == TypeKind::kQueue ? nullptr : declarator.initializer.get());
    scenario_.memory.push_back(symbol);
  }
}

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
    } else if (declared->kind == TypeKind::kVoid || declared->kind == TypeKind::kQueue) {
      Error(parameter.declarator.range,
            fmt::format("a parameter cannot be {}", TypeName(*declared)));
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
    } else if (existing->function->type != function.type ||
               existing->function->parameter_symbols.size() != function.parameter_symbols.size()) {
      Error(function.name_range,
            fmt::format("`{}` was declared differently before", function.name));
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

// Functions are inlined, so the graph of calls must have no cycle and no long way. Side effects and
// blocking spread from callee to caller.
void Checker::CheckRecursion() {
  std::map<const Function*, int> mark;    // 1: on the path, 2: finished
  std::map<const Function*, int> height;  // of the finished: calls inside calls
  bool recursive = false;
  bool too_deep = false;
  const std::function<void(Function*, int)> visit = [&](Function* function, int depth) {
    mark[function] = 1;
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
        if (!recursive) {
          Error(callee->name_range,
                fmt::format("`{}` calls itself; functions are inlined, so recursion is refused",
                            callee->name),
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
      function->has_side_effects |= callee->has_side_effects;
      if (blocking_.contains(callee)) blocking_.insert(function);
    }
    mark[function] = 2;
  };
  for (const auto& function : syntax_.functions) {
    if (function->body && mark[function.get()] == 0) visit(function.get(), 0);
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

void Checker::CheckLocalDeclaration(Declaration& declaration) {
  using Storage = Declaration::Storage;
  if (declaration.storage == Storage::kShared || declaration.storage == Storage::kSharedAtomic) {
    Error(declaration.range, "shared objects are declared outside processes",
          "move this line before the process");
  }
  const bool ghost = declaration.storage == Storage::kGhost || context_ == Context::kGhost;
  const Type* base = ResolveType(declaration.type);
  for (Declarator& declarator : declaration.declarators) {
    const Type* type = ApplyDeclarator(base, declarator);
    if (declaration.storage == Storage::kTypedef) {
      Declare(SymbolKind::kTypedef, declarator.name, declarator.range, type);
      continue;
    }
    if (!type->complete) {
      RefuseIncomplete(declarator.range, *type);
      type = types_.Error();
    } else if (type->kind == TypeKind::kVoid) {
      Error(declarator.range, fmt::format("`{}` cannot be {}", declarator.name, TypeName(*type)));
      type = types_.Error();
    }
    const Type* element = type;
    while (element->kind == TypeKind::kArray) element = element->element;
    if (element->kind == TypeKind::kQueue) {
      Error(declarator.range, "a queue is always shared", "declare it outside the process");
      type = types_.Error();
    }
    if (type->cells > 4096) {
      Error(declarator.range, "a local variable has at most 4096 cells");
      type = types_.Error();
    }
    if (ghost && function_ != nullptr) {
      Error(declarator.range, "a ghost is declared in a process or outside");
    }
    // C17 6.2.1: the scope begins before the initialiser; a use there would read nothing.
    if (declarator.initializer) {
      const Context saved = context_;
      if (ghost) context_ = Context::kGhost;
      if (type->is_scalar() && declarator.initializer->kind != ExprKind::kInitializer) {
        CheckFull(declarator.initializer);
        if (type->kind != TypeKind::kError)
          Convert(declarator.initializer, type, "the initialiser");
      } else {
        CheckInitializer(type, declarator.initializer);
      }
      context_ = saved;
    }
    // An initialised const integer is a constant expression.
    const bool constant = declaration.type.is_const && type->is_integer() &&
                          declarator.initializer && declarator.initializer->constant && !ghost;
    Symbol* symbol = Declare(constant ? SymbolKind::kConstant : SymbolKind::kLocal, declarator.name,
                             declarator.range, type);
    declarator.symbol = symbol;
    // `const int *p` may itself be moved.
    symbol->is_const = declaration.type.is_const && declarator.pointers == 0;
    symbol->is_ghost = ghost;
    symbol->is_initialized = declarator.initializer != nullptr;
    symbol->process = process_;
    if (constant) symbol->constant = declarator.initializer->constant;
    if (!constant && process_ >= 0 && function_ == nullptr) {
      scenario_.processes[static_cast<std::size_t>(process_)].locals.push_back(symbol);
    }
  }
}

}  // namespace interleave
