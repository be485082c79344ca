// Declarations of the file and of bodies: storage, and what it allows.
//
// What would surprise: a const integer with a constant initialiser is a constant expression, which
// it is not in C; and as in C a local is declared before its initialiser, where it has a size and
// an address, but no value yet.

#include <fmt/format.h>

#include <utility>

#include "sim/language/checker_impl.h"

namespace interleave {

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
    const Type* element = InnermostElement(type);
    // An object is shared in any case, so it need not be said.
    const bool is_const = declaration.type.is_const && (!syntax_.is_c || !type->is_pointer());
    const bool is_shared_object = (HoldsObject(*element) || element->is_atomic() || syntax_.is_c) &&
                                  declaration.storage != Storage::kGhost && !is_const &&
                                  (declaration.storage == Storage::kLocal || syntax_.is_c);
    if (HoldsObject(*element) && declaration.storage != Storage::kShared && !is_shared_object) {
      Error(declarator.range, fmt::format("{} is always shared", CalledObject(*element)),
            fmt::format("write `shared {} {};`", TypeName(*type), declarator.name));
    }
    SymbolKind kind = SymbolKind::kShared;
    if (declaration.storage == Storage::kGhost) kind = SymbolKind::kGhost;
    if (declaration.storage == Storage::kLocal && !is_shared_object) {
      if (type->kind == TypeKind::kError) {
        kind = SymbolKind::kShared;
      } else if (!is_const) {
        Error(declarator.range, fmt::format("`{}` belongs to nobody", declarator.name),
              "write `shared` before it, `ghost` if it only watches, or `const` with a value");
        kind = SymbolKind::kShared;
      } else if (type->is_arithmetic()) {
        kind = SymbolKind::kConstant;
        if (!declarator.initializer) {
          Error(declarator.range, "a constant needs a value",
                fmt::format("write `= 1` behind `{}`, for example", declarator.name));
        } else {
          CheckInitializer(type, declarator.initializer);
        }
        Symbol* symbol = Declare(kind, declarator.name, declarator.range, type);
        declarator.symbol = symbol;
        symbol->is_const = true;
        symbol->constant = declarator.initializer ? declarator.initializer->constant : std::nullopt;
        if (declarator.initializer && !symbol->constant &&
            declarator.initializer->type->kind != TypeKind::kError) {
          Error(declarator.initializer->range, "the value of a constant must be constant",
                "what changes while processes run is declared `shared`");
        }
        symbol->is_of_define =
            declarator.initializer != nullptr && DependsOnDefine(*declarator.initializer);
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
    symbol->is_const = (is_const && declarator.pointers == 0) || kind == SymbolKind::kTable;
    symbol->is_atomic = declaration.storage == Storage::kSharedAtomic;
    // C17 6.7.9: what nobody calls `shared` is as a static variable of C, and zero.
    symbol->is_initialized = declarator.initializer != nullptr || is_shared_object;
    if (declarator.initializer) CheckInitializer(type, declarator.initializer);
    FillInitialCells(*symbol, declarator.initializer.get());
    const bool is_private =
        forks() && kind == SymbolKind::kShared && (!in_header_ || declaration.is_thread_local);
    if (is_private && !HoldsObject(*element)) {
      MakePrivate(*symbol);
    } else {
      const bool has_each = declaration.is_thread_local || is_private;
      scenario_.memory.push_back(has_each ? OneForEach(*symbol) : symbol);
    }
  }
}

void Checker::MakePrivate(Symbol& variable) {
  variable.kind = SymbolKind::kLocal;
  variable.is_address_taken = variable.is_initialized = true;
  scenario_.privates.push_back(&variable);
}

// C17 6.2.4: a variable of which each process has its own is one of an array of them.
Symbol* Checker::OneForEach(Symbol& variable) {
  auto all = std::make_unique<Symbol>(variable);
  const int64_t count = ProcessesAhead();
  all->type = types_.ArrayOf(variable.type, count);
  all->is_read = true;
  all->shared_by = Symbol::SharedBy::kMe;
  for (int64_t i = 1; i < count; ++i)
    all->initial.insert(all->initial.end(), variable.initial.begin(), variable.initial.end());
  variable.kind = SymbolKind::kLocal;
  variable.shadow = all.get();
  variable.shared_by = Symbol::SharedBy::kMe;
  scenario_.symbols.push_back(std::move(all));
  return variable.shadow;
}

void Checker::CheckLocalDeclaration(Declaration& declaration) {
  using Storage = Declaration::Storage;
  if (declaration.storage == Storage::kShared && syntax_.is_c) {  // C17 6.2.4: `static`
    return CheckFileDeclaration(declaration);
  }
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
    if (HoldsObject(*type) && !syntax_.is_c) {
      Error(declarator.range, fmt::format("{} is always shared", CalledObject(*type)),
            "declare it outside the process");
      type = types_.Error();
    }
    if (type->cells > 4096) {
      Error(declarator.range, "a local variable has at most 4096 cells",
            "make it smaller, or declare it `shared` at file scope");
      type = types_.Error();
    }
    if (ghost && function_ != nullptr) {
      Error(declarator.range, "a ghost is declared in a process or outside",
            fmt::format("write `ghost int {};` at file scope", declarator.name));
    }
    // C17 6.2.1: the scope begins before the initialiser.
    const Symbol* const outer = Lookup(declarator.name);
    Symbol* symbol = Declare(SymbolKind::kLocal, declarator.name, declarator.range, type);
    symbol->is_ghost = ghost;
    if (syntax_.is_c) home_[symbol] = function_;
    if (syntax_.is_c && HoldsObject(*type)) NoteEscape(symbol);
    if (declarator.initializer) {
      const Context saved = context_;
      const Initialized initialized = std::exchange(initialized_, {symbol, outer, false});
      if (ghost) context_ = Context::kGhost;
      if (type->is_scalar() && declarator.initializer->kind != ExprKind::kInitializer) {
        CheckFull(declarator.initializer);
        if (type->kind != TypeKind::kError)
          Convert(declarator.initializer, type, "the initialiser");
      } else {
        CheckInitializer(type, declarator.initializer);
      }
      context_ = saved;
      initialized_ = initialized;
    }
    // An initialised const number is a constant expression.
    const bool constant = declaration.type.is_const && type->is_arithmetic() &&
                          declarator.initializer && declarator.initializer->constant && !ghost;
    if (constant) {
      symbol->kind = SymbolKind::kConstant;
      symbol->is_of_define = DependsOnDefine(*declarator.initializer);
    }
    declarator.symbol = symbol;
    if (syntax_.is_c && declarator.initializer)
      initializers_[symbol] = declarator.initializer.get();
    // `const int *p` may itself be moved.
    symbol->is_const = declaration.type.is_const && declarator.pointers == 0;
    symbol->is_initialized = declarator.initializer != nullptr;
    symbol->process = process_;
    if (constant) symbol->constant = declarator.initializer->constant;
    const int process = function_ != nullptr ? function_->process : process_;
    if (!constant && process >= 0 && process < static_cast<int>(scenario_.processes.size())) {
      scenario_.processes[static_cast<std::size_t>(process)].locals.push_back(symbol);
    }
  }
}

}  // namespace interleave
