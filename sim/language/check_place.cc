// Places: what can be read, assigned to or have its address taken. Elements, members, and locals of
// a process that a property names (`P.x`, `P[i].x`); and who may write what. Ghosts watch, so they
// never write what the program uses, and the program never writes them.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/language/checker_impl.h"

namespace interleave {

const Type* Checker::CheckIndex(ExprPtr& expr) {
  Expr& e = *expr;
  const Type* base = CheckExpr(e.operands[0]);
  const Type* index = CheckInteger(e.operands[1], "an index");
  if (base->kind == TypeKind::kError || index->kind == TypeKind::kError) return Fail(e);
  if (base->kind != TypeKind::kArray && !base->is_pointer()) {
    Error(e.range, fmt::format("{} has no elements", TypeName(*base)));
    return Fail(e);
  }
  const auto& constant = e.operands[1]->constant;
  const int64_t most = base->count - (one_past_ == &e ? 0 : 1);
  if (base->kind == TypeKind::kArray && constant && (*constant < 0 || *constant > most)) {
    diagnostics_.Warning(e.operands[1]->range,
                         fmt::format("index {} is outside: {} has elements 0 to {}", *constant,
                                     TypeName(*base), base->count - 1));
  }
  return e.type = base->element;
}

const Type* Checker::CheckMember(ExprPtr& expr) {
  Expr& e = *expr;
  // P.x and P[i].x: a local variable of a process.
  Expr& base = *e.operands[0];
  const Expr* name = base.kind == ExprKind::kIndex ? base.operands[0].get() : &base;
  if (!e.is_arrow && name->kind == ExprKind::kName) {
    const Symbol* shadow = Lookup(name->name);
    if (NamesProcess(name->name, shadow)) {
      if (!in_property()) {
        Error(e.range, "a process does not see the locals of another",
              "in a property or schedule it can be named so");
        return Fail(e);
      }
      ProcessTemplate* process = CheckProcessRef(base);
      if (process == nullptr) return Fail(e);
      std::vector<std::string> names;
      for (Symbol* local : process->locals) {
        names.push_back(local->name);
        if (local->name != e.name) continue;
        if (e.symbol != nullptr && e.symbol->type != local->type) {
          Error(e.range,
                fmt::format("{} has two variables `{}` of different types", process->symbol->name,
                            e.name),
                "rename one of them");
          return Fail(e);
        }
        if (context_ == Context::kProperty) local->is_mentioned = true;
        if (e.symbol == nullptr) e.symbol = local;
      }
      if (e.symbol == nullptr) {
        const std::string near = NearestName(e.name, names);
        const std::string place = HintForPlace(*process, e.name);
        Error(e.op_range,
              fmt::format("process {} has no variable `{}`", process->symbol->name, e.name),
              !place.empty() ? place
              : near.empty() ? ""
                             : fmt::format("did you mean `{}`?", near));
        return Fail(e);
      }
      e.process = base.process;
      return e.type = e.symbol->type;
    }
    if (shadow == nullptr && in_property() && name->name != "self") {
      Error(name->range, fmt::format("`{}` is neither a process nor an object", name->name),
            HintForProcess(name->name));
      return Fail(e);
    }
  }
  const Type* type = e.is_arrow ? CheckValue(e.operands[0]) : CheckExpr(e.operands[0]);
  if (type->kind == TypeKind::kError) return Fail(e);
  if (e.is_arrow) {
    if (!type->is_pointer()) {
      Error(e.range, fmt::format("`->` needs a pointer, this is {}", TypeName(*type)),
            type->kind == TypeKind::kStruct ? "write `.`"
            : in_property()                 ? "an implication is written `=>`"
                                            : "");
      return Fail(e);
    }
    type = type->element;
  } else if (type->is_pointer() && type->element->kind == TypeKind::kStruct) {
    Error(e.range, "this is a pointer", "write `->`");
    return Fail(e);
  }
  if (type->kind == TypeKind::kObject && !in_property() && context_ != Context::kGhost) {
    Error(e.range, fmt::format("only the operations of {} see its members", CalledObject(*type)),
          AdviceFor(*type));
    return Fail(e);
  }
  if (!type->has_members()) {
    Error(e.range, fmt::format("{} has no members", TypeName(*type)));
    return Fail(e);
  }
  std::vector<std::string> names;
  for (const Type* owner = type; owner != nullptr;) {
    const std::vector<Member>& members = owner->named();
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!members[i].name.empty()) names.push_back(members[i].name);
      if (members[i].name != e.name) continue;
      e.id = static_cast<int>(i);
      return e.type = members[i].type;
    }
    // C17 6.7.2.1: the members of a struct without a name are members of what it is in.
    const Member* const around = NamelessWith(*owner, e.name);
    owner = nullptr;
    if (around != nullptr) {
      ExprPtr outer = Wrap(ExprKind::kMember, std::move(e.operands[0]), around->type);
      outer->is_arrow = std::exchange(e.is_arrow, false);
      outer->id = static_cast<int>(around - members.data());
      e.operands[0] = std::move(outer);
      owner = around->type;
    }
  }
  const std::string near = NearestName(e.name, names);
  Error(e.op_range, fmt::format("{} has no member `{}`", TypeName(*type), e.name),
        near.empty() ? "" : fmt::format("did you mean `{}`?", near));
  return Fail(e);
}

const Member* Checker::NamelessWith(const Type& type, const std::string& name) {
  for (const Member& member : type.named()) {
    if (!member.name.empty() || !member.type->has_members()) continue;
    const auto& inner = member.type->named();
    if (std::any_of(inner.begin(), inner.end(), [&](const Member& m) { return m.name == name; }) ||
        NamelessWith(*member.type, name) != nullptr)
      return &member;
  }
  return nullptr;
}

const Member* Checker::NamedMember(const Expr& e) {
  if (e.kind != ExprKind::kMember || e.process >= 0 || e.type == nullptr) return nullptr;
  if (e.type->kind == TypeKind::kError) return nullptr;
  const Type* const of = e.operands[0]->type;
  return &(e.is_arrow ? of->element : of)->named()[static_cast<std::size_t>(e.id)];
}

// The processes nearest to a name that is none's.
std::string Checker::HintForProcess(const std::string& name) const {
  std::vector<std::string> known;
  std::vector<std::string> all;
  for (const ProcessTemplate& process : scenario_.processes) {
    known.push_back(process.symbol->name);
    all.push_back(process.is_array
                      ? fmt::format("`{}[0 .. {}]`", process.symbol->name, process.count - 1)
                      : fmt::format("`{}`", process.symbol->name));
  }
  const std::string near = NearestName(name, known);
  if (!near.empty()) return fmt::format("did you mean `{}`?", near);
  constexpr std::size_t kMost = 5;
  if (all.size() > kMost) {
    all.resize(kMost);
    all.emplace_back("...");
  }
  if (all.empty()) return "";
  return fmt::format("{} {}", all.size() == 1 ? "the process is" : "the processes are",
                     fmt::join(all, ", "));
}

// How a place of this name is asked for; empty: there is none.
std::string Checker::HintForPlace(const ProcessTemplate& process, const std::string& name) {
  for (const NamedPlace& label : process.labels) {
    if (label.name == name) return fmt::format("`{0}` is a label: write `@ {0}`", name);
  }
  for (const NamedPlace& section : process.sections) {
    if (section.name == name)
      return fmt::format("`{0}` is a section: write `in section {0}`", name);
  }
  return "";
}

ProcessTemplate* Checker::FindProcess(const std::string& name) {
  for (ProcessTemplate& process : scenario_.processes) {
    if (process.symbol != nullptr && process.symbol->name == name) return &process;
  }
  return nullptr;
}

// In a program in C the processes have the names of functions or of files; its own text does not
// see them.
bool Checker::NamesProcess(const std::string& name, const Symbol* shadow) {
  if (shadow != nullptr && shadow->kind == SymbolKind::kProcess) return true;
  const bool is_free = shadow == nullptr || shadow->kind == SymbolKind::kFunction;
  return syntax_.is_c && in_property() && is_free && FindProcess(name) != nullptr;
}

ProcessTemplate* Checker::CheckProcessRef(Expr& e) {
  const Expr* name = &e;
  if (e.kind == ExprKind::kIndex) name = e.operands[0].get();
  ProcessTemplate* process = name->kind == ExprKind::kName ? FindProcess(name->name) : nullptr;
  const Symbol* shadow = name->kind == ExprKind::kName ? Lookup(name->name) : nullptr;
  if (process == nullptr || !NamesProcess(name->name, shadow)) {
    const bool is_name = name->kind == ExprKind::kName;
    Error(e.range,
          is_name && shadow == nullptr ? fmt::format("there is no process `{}`", name->name)
                                       : "this must be a process",
          HintForProcess(is_name ? name->name : ""));
    return nullptr;
  }
  e.process = process->symbol->process;
  e.type = types_.Int();
  if (e.kind == ExprKind::kIndex) {
    if (!process->is_array) {
      Error(e.range,
            fmt::format("there is one process {}, without an index", process->symbol->name),
            fmt::format("write `{}`", process->symbol->name));
      return nullptr;
    }
    const Type* type = CheckInteger(e.operands[1], "the index of a process");
    if (type->kind == TypeKind::kError) return nullptr;
    const auto& index = e.operands[1]->constant;
    if (index && (*index < 0 || *index >= process->count)) {
      Error(e.operands[1]->range,
            fmt::format("{} has processes 0 to {}", process->symbol->name, process->count - 1));
      return nullptr;
    }
  } else if (process->is_array) {
    Error(e.range, fmt::format("which {}? There are {}", process->symbol->name, process->count),
          fmt::format("write `{}[0]`, or `forall (i : 0 .. {}) ... {}[i]`", process->symbol->name,
                      process->count - 1, process->symbol->name));
    return nullptr;
  }
  return process;
}

// `P @ L` and `P in section S`.
const Type* Checker::CheckPosition(Expr& e) {
  if (!in_property()) {
    Error(e.range, "where a process stands is for properties and schedules", kOnlySharedHint);
    return Fail(e);
  }
  ProcessTemplate* process = CheckProcessRef(*e.operands[0]);
  if (process == nullptr) return Fail(e);
  const bool label = e.kind == ExprKind::kAtLabel;
  auto& places = label ? process->labels : process->sections;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < places.size(); ++i) {
    names.push_back(places[i].name);
    if (places[i].name != e.name) continue;
    places[i].is_mentioned = true;
    e.id = static_cast<int>(i);
    e.process = e.operands[0]->process;
    return e.type = types_.Int();
  }
  const std::string near = NearestName(e.name, names);
  const std::string place = HintForPlace(*process, e.name);
  const std::string form = label ? "in the process it is written `{0}: statement`"
                                 : "in the process it is written `section {0} {{ ... }}`";
  Error(e.op_range,
        fmt::format("process {} has no {} `{}`", process->symbol->name, label ? "label" : "section",
                    e.name),
        !place.empty()  ? place
        : !near.empty() ? fmt::format("did you mean `{}`?", near)
                        : fmt::format(fmt::runtime(form), e.name));
  return Fail(e);
}

bool Checker::IsPlace(const Expr& expr) const {
  switch (expr.kind) {
    case ExprKind::kName:
      return expr.symbol != nullptr && expr.symbol->kind != SymbolKind::kConstant &&
             expr.symbol->kind != SymbolKind::kBound;
    case ExprKind::kIndex:
      return expr.operands[0]->type != nullptr &&
             (expr.operands[0]->type->is_pointer() || IsPlace(*expr.operands[0]));
    case ExprKind::kMember: return expr.process >= 0 || expr.is_arrow || IsPlace(*expr.operands[0]);
    case ExprKind::kUnary: return expr.op == Op::kDereference;
    case ExprKind::kInteger:
    case ExprKind::kString:
    case ExprKind::kBinary:
    case ExprKind::kAssign:
    case ExprKind::kIncrement:
    case ExprKind::kConditional:
    case ExprKind::kCall:
    case ExprKind::kCast:
    case ExprKind::kSizeof:
    case ExprKind::kCompound:
    case ExprKind::kInitializer:
    case ExprKind::kWildcard:
    case ExprKind::kChoose:
    case ExprKind::kQuantifier:
    case ExprKind::kAtLabel:
    case ExprKind::kInSection: break;
  }
  return false;
}

// The variable a place is part of; null behind a pointer.
const Symbol* Checker::RootOf(const Expr& place) const {
  switch (place.kind) {
    case ExprKind::kName: return place.symbol;
    case ExprKind::kIndex:
      return place.operands[0]->type != nullptr && place.operands[0]->type->is_pointer()
                 ? nullptr
                 : RootOf(*place.operands[0]);
    case ExprKind::kMember:
      if (place.process >= 0) return place.symbol;
      return place.is_arrow ? nullptr : RootOf(*place.operands[0]);
    case ExprKind::kInteger:
    case ExprKind::kString:
    case ExprKind::kUnary:
    case ExprKind::kBinary:
    case ExprKind::kAssign:
    case ExprKind::kIncrement:
    case ExprKind::kConditional:
    case ExprKind::kCall:
    case ExprKind::kCast:
    case ExprKind::kSizeof:
    case ExprKind::kCompound:
    case ExprKind::kInitializer:
    case ExprKind::kWildcard:
    case ExprKind::kChoose:
    case ExprKind::kQuantifier:
    case ExprKind::kAtLabel:
    case ExprKind::kInSection: break;
  }
  return nullptr;
}

// The root of a place; null, behind a pointer, counts too. The rest has an address only while
// somebody could follow it, and watching must not change where a variable lives.
bool Checker::IsInSharedMemory(const Symbol* root) {
  return root == nullptr || root->kind == SymbolKind::kShared || root->kind == SymbolKind::kTable;
}

void Checker::NoteSideEffect(SourceRange range, const std::string& what, const std::string& hint) {
  if (context_ == Context::kGuard) {
    Error(range,
          fmt::format("{} in a guard: a condition that is waited for has no side effects", what),
          hint);
  } else if (in_property()) {
    Error(range, fmt::format("{} in a property: properties only look", what), hint);
  }
  NoteImpure(range, fmt::format("here is {}", what));
}

void Checker::NoteImpure(SourceRange range, const std::string& what) {
  if (function_ == nullptr || function_->has_side_effects) return;
  function_->has_side_effects = true;
  function_->effect = what;
  function_->effect_range = range;
}

void Checker::NoteWrite(Expr& place, SourceRange range, bool is_plain_assignment) {
  Symbol* root = RootOf(place);
  if (context_ == Context::kGuard || in_property()) {
    NoteSideEffect(range, "an assignment",
                   is_plain_assignment ? "a comparison is written `==`" : "");
    return;
  }
  if (root == nullptr) {
    if (context_ == Context::kGhost) {
      Error(range, "a ghost statement must not write through a pointer");
    }
    NoteImpure(range, "this writes through a pointer");
    return;
  }
  if (root->is_const || root->kind == SymbolKind::kTable) {
    Error(range, fmt::format("`{}` is const", root->name));
    return;
  }
  const bool ghost = root->kind == SymbolKind::kGhost || root->is_ghost;
  if (context_ == Context::kGhost && !ghost) {
    Error(range,
          fmt::format("a ghost statement must not write `{}`: ghosts never feed the program",
                      root->name),
          fmt::format("leave out `ghost`, or declare `{}` as a ghost", root->name));
  } else if (context_ == Context::kPlain && ghost) {
    Error(range, fmt::format("`{}` is a ghost; only ghost statements write it", root->name),
          "write `ghost` before this statement");
  }
  if (root->kind != SymbolKind::kLocal)
    NoteImpure(range, fmt::format("this writes `{}`", root->name));
}

}  // namespace interleave
