// Properties, schedules, expectations and the drawing option: everything that looks at a run from
// outside. Checked last, when all processes and their variables are known.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/language/checker_impl.h"
#include "sim/language/property_kinds.h"

namespace interleave {
namespace {

bool HasPlace(const std::vector<NamedPlace>& places, const std::string& name) {
  return std::any_of(places.begin(), places.end(),
                     [&](const NamedPlace& place) { return place.name == name; });
}

}  // namespace

void Checker::CheckProperties() {
  context_ = Context::kProperty;
  std::map<std::string, SourceRange> names;
  for (PropertySyntax& property : syntax_.properties) {
    // Two `property slots (...)` may share their name: each is reported with its operand.
    const auto [it, fresh] = names.emplace(property.name, property.name_range);
    if (!fresh && !RowOf(property.kind).has_operand()) {
      Error(property.name_range, fmt::format("property `{}` is there already", property.name));
      diagnostics_.Explain(it->second, "it is here");
    }
    switch (RowOf(property.kind).form) {
      case PropertyRow::Form::kCondition:
        CheckCondition(property.expression);
        if (property.expression->constant && !DependsOnDefine(*property.expression)) {
          diagnostics_.Vacuity(property.expression->range,
                               fmt::format("`{}` is always {}: it checks nothing", property.name,
                                           *property.expression->constant != 0 ? "true" : "false"));
        }
        break;
      case PropertyRow::Form::kArray: {
        const Type* type = CheckExpr(property.expression);
        const Expr& e = *property.expression;
        if (type->kind == TypeKind::kError) break;
        if (e.kind != ExprKind::kName || e.symbol->kind != SymbolKind::kShared ||
            type->kind != TypeKind::kArray) {
          Error(e.range, fmt::format("{} needs a shared array", property.name),
                "it is named alone: `property slots (buffer);`");
        }
        break;
      }
      case PropertyRow::Form::kFormula: CheckEndlessRuns(property); break;
      case PropertyRow::Form::kSection:
        if (RowOf(property.kind).is_about_runs()) {
          CheckEndlessRuns(property);
          break;
        }
        property.expression = AtMostOneIn(property);
        if (property.expression != nullptr) CheckCondition(property.expression);
        break;
      case PropertyRow::Form::kWord:
        if (RowOf(property.kind).is_about_runs()) CheckEndlessRuns(property);
        break;
    }
  }
  for (OptionSyntax& option : syntax_.options) {
    if (option.name == "draw") CheckDrawOption(option);
  }
  // Not as a property: what is only looked at need not stay alive.
  context_ = Context::kSchedule;
  for (OptionSyntax& option : syntax_.options) {
    if (option.name == "graph") CheckGraphOption(option);
  }
  context_ = Context::kPlain;
}

// A part of a condition that the checker makes itself, told as if it stood at `range`.
ExprPtr Checker::Made(ExprKind kind, SourceRange range, std::string name) const {
  auto e = std::make_unique<Expr>();
  e->kind = kind;
  e->range = e->op_range = range;
  e->name = std::move(name);
  return e;
}

ExprPtr Checker::MadeNumber(int value, SourceRange range) const {
  ExprPtr e = Made(ExprKind::kInteger, range);
  e->value = static_cast<uint64_t>(value);
  return e;
}

// `p`, or `p[index]` of an array.
ExprPtr Checker::MadeProcess(const ProcessTemplate& process, ExprPtr index,
                             SourceRange range) const {
  ExprPtr name = Made(ExprKind::kName, range, process.symbol->name);
  if (!process.is_array) return name;
  ExprPtr one = Made(ExprKind::kIndex, range);
  one->operands.push_back(std::move(name));
  one->operands.push_back(std::move(index));
  return one;
}

void Checker::NoSuchSection(const PropertySyntax& property) {
  std::vector<std::string> others;
  for (const ProcessTemplate& process : scenario_.processes) {
    for (const NamedPlace& section : process.sections) others.push_back(section.name);
  }
  const std::string near = NearestName(property.section, others);
  Error(property.name_range, fmt::format("no process has a section `{}`", property.section),
        near.empty()
            ? fmt::format("in a process it is written `section {} {{ ... }}`", property.section)
            : fmt::format("did you mean `{}`?", near));
}

// (count (i : 0 .. 2) p[i] in section s) + (q in section s) <= 1: of all processes that have the
// section. Null after an error.
ExprPtr Checker::AtMostOneIn(const PropertySyntax& property) {
  const SourceRange range = property.name_range;
  ExprPtr sum;
  int processes = 0;
  for (const ProcessTemplate& process : scenario_.processes) {
    if (!HasPlace(process.sections, property.section)) continue;
    processes += process.count;
    ExprPtr inside = Made(ExprKind::kInSection, range, property.section);
    inside->operands.push_back(MadeProcess(process, Made(ExprKind::kName, range, "i"), range));
    if (process.is_array) {
      ExprPtr count = Made(ExprKind::kQuantifier, range, "i");
      count->op = Op::kCount;
      count->operands.push_back(MadeNumber(0, range));
      count->operands.push_back(MadeNumber(process.count - 1, range));
      count->operands.push_back(std::move(inside));
      inside = std::move(count);
    }
    if (sum != nullptr) {
      ExprPtr both = Made(ExprKind::kBinary, range);
      both->op = Op::kAdd;
      both->operands.push_back(std::move(sum));
      both->operands.push_back(std::move(inside));
      inside = std::move(both);
    }
    sum = std::move(inside);
  }
  if (sum == nullptr) {
    NoSuchSection(property);
    return nullptr;
  }
  if (processes == 1) {
    diagnostics_.Vacuity(range, fmt::format("only one process has the section `{}`: it excludes "
                                            "nobody",
                                            property.section));
  }
  ExprPtr at_most_one = Made(ExprKind::kBinary, range);
  at_most_one->op = Op::kLe;
  at_most_one->operands.push_back(std::move(sum));
  at_most_one->operands.push_back(MadeNumber(1, range));
  return at_most_one;
}

// What is judged on runs without an end: makes and checks the conditions that its automaton asks.
void Checker::CheckEndlessRuns(PropertySyntax& property) {
  const SourceRange range = property.name_range;
  const auto add = [&](ExprPtr atom) {
    CheckCondition(atom);
    property.atoms.push_back(std::move(atom));
    return static_cast<int>(property.atoms.size()) - 1;
  };
  for (ExprPtr& atom : property.atoms) CheckCondition(atom);
  for (auto& [part, mover] : property.movers) {
    const std::optional<int> process = NumberOf(mover);
    if (process) property.formula[part].process = *process;
  }
  const auto call_of = [&](const char* what, const ProcessTemplate& process, int index) {
    ExprPtr call = Made(ExprKind::kCall, range, what);
    call->operands.push_back(MadeProcess(process, MadeNumber(index, range), range));
    return call;
  };
  const auto at = [&](const ProcessTemplate& process, int index, ExprKind kind, std::string place) {
    ExprPtr e = Made(kind, range, std::move(place));
    e->operands.push_back(MadeProcess(process, MadeNumber(index, range), range));
    return e;
  };
  int number = -1;
  bool has_section = false, has_entry = false;
  std::vector<std::string> labels;
  for (const ProcessTemplate& process : scenario_.processes) {
    for (int index = 0; index < process.count; ++index) {
      ++number;
      // A. Silberschatz, P. B. Galvin and G. Gagne, "Operating System Concepts", 6.2: a process may
      // stay in its remainder section for ever.
      if (HasPlace(process.sections, "remainder"))
        property.remainders.emplace_back(
            number, add(at(process, index, ExprKind::kInSection, "remainder")));
      if (property.kind == PropertyKind::kTermination && !process.is_daemon) {
        SectionMember member;
        member.process = number;
        member.done = add(call_of("done", process, index));
        property.members.push_back(member);
      }
      if (property.section.empty() || !HasPlace(process.sections, property.section)) continue;
      has_section = true;
      SectionMember member;
      member.process = number;
      member.inside = add(at(process, index, ExprKind::kInSection, property.section));
      member.done = add(call_of("done", process, index));
      if (HasPlace(process.labels, property.entry)) {
        has_entry = true;
        member.at_entry = add(at(process, index, ExprKind::kAtLabel, property.entry));
        if (property.kind == PropertyKind::kBoundedWaiting)
          member.blocked = add(call_of("blocked", process, index));
      }
      for (const NamedPlace& label : process.labels) labels.push_back(label.name);
      property.members.push_back(member);
    }
  }
  if (!property.section.empty() && !has_section) NoSuchSection(property);
  if (has_section && !has_entry) {
    const std::string near = NearestName(property.entry, labels);
    Error(range,
          fmt::format("no process that has the section `{}` has a label `{}`", property.section,
                      property.entry),
          !near.empty() ? fmt::format("did you mean `{}`?", near)
                        : fmt::format("write `{}:` before the first statement with which a process "
                                      "asks to come in",
                                      property.entry));
  }
  if (property.bound) {
    const std::optional<int64_t> bound = CheckConstant(property.bound, "the bound");
    if (bound && (*bound < 0 || *bound > 60)) Error(property.bound->range, "the bound is 0 to 60");
  }
}

void Checker::CheckDrawOption(OptionSyntax& option) {
  if (option.word != "ring" || option.arguments.size() != 3) {
    Error(option.value_range, "option draw is `ring (buffer, out, in)`");
    return;
  }
  const Type* buffer = CheckExpr(option.arguments[0]);
  const Expr& e = *option.arguments[0];
  if (buffer->kind == TypeKind::kError) return;
  if (e.kind != ExprKind::kName || e.symbol->kind != SymbolKind::kShared ||
      buffer->kind != TypeKind::kArray) {
    Error(e.range, "a ring is drawn of a shared array");
    return;
  }
  CheckInteger(option.arguments[1], "the ring's `out`");
  CheckInteger(option.arguments[2], "the ring's `in`");
  scenario_.options.draw = {option.arguments[0].get(), option.arguments[1].get(),
                            option.arguments[2].get()};
}

void Checker::CheckGraphOption(OptionSyntax& option) {
  if (option.word != "by" || option.arguments.empty()) {
    Error(option.value_range, "option graph is `by (EXPRESSION, ...)`");
    return;
  }
  scenario_.options.graph_by.clear();
  for (ExprPtr& argument : option.arguments) {
    const Type* type = CheckExpr(argument);
    if (type->kind == TypeKind::kError) continue;
    const Expr& e = *argument;
    const bool is_object =
        e.kind == ExprKind::kName && e.symbol != nullptr &&
        (e.symbol->kind == SymbolKind::kShared || e.symbol->kind == SymbolKind::kGhost);
    if (!type->is_scalar() && !is_object) {
      Error(e.range, "a number, or the name of a shared object, is expected");
      continue;
    }
    scenario_.options.graph_by.push_back(&e);
  }
}

// The number of a process among all. Nothing after an error.
std::optional<int> Checker::NumberOf(ProcessRef& reference) {
  const ProcessTemplate* process = FindProcess(reference.name);
  if (process == nullptr) {
    Error(reference.range, fmt::format("there is no process `{}`", reference.name),
          HintForProcess(reference.name));
    return std::nullopt;
  }
  if (process->is_array != (reference.index != nullptr)) {
    const std::string& name = reference.name;
    Error(reference.range,
          process->is_array ? fmt::format("which {}? There are {}", name, process->count)
                            : fmt::format("there is one process {}, without an index", name),
          process->is_array ? fmt::format("write `{}[0]`", name) : fmt::format("write `{}`", name));
    return std::nullopt;
  }
  int number = 0;
  for (const ProcessTemplate& other : scenario_.processes) {
    if (&other == process) break;
    number += other.count;
  }
  if (!reference.index) return number;
  const auto index = CheckConstant(reference.index, "the index of a process");
  if (!index) return std::nullopt;
  if (*index < 0 || *index >= process->count) {
    Error(reference.index->range,
          fmt::format("{} has processes 0 to {}", reference.name, process->count - 1));
    return std::nullopt;
  }
  return number + static_cast<int>(*index);
}

void Checker::CheckSchedules() {
  context_ = Context::kSchedule;
  std::map<std::string, SourceRange> names;
  for (ScheduleSyntax& schedule : syntax_.schedules) {
    const auto [it, fresh] = names.emplace(schedule.name, schedule.name_range);
    if (!fresh) {
      Error(schedule.name_range, fmt::format("schedule \"{}\" is there already", schedule.name));
      diagnostics_.Explain(it->second, "it is here");
    }
    for (ScheduleCommand& command : schedule.commands) {
      using Kind = ScheduleCommand::Kind;
      if (command.kind != Kind::kExpect) {
        NumberOf(command.process);
      }
      switch (command.kind) {
        case Kind::kRun: break;
        case Kind::kRunUntil:
        case Kind::kExpect: CheckCondition(command.expression); break;
        case Kind::kRunUntilAccess: {
          const Type* type = CheckExpr(command.expression);
          if (type->kind == TypeKind::kError) break;
          const Symbol* root = IsPlace(*command.expression) ? RootOf(*command.expression) : nullptr;
          if (root == nullptr || root->kind != SymbolKind::kShared) {
            Error(command.expression->range, "what is read or written must be a shared object");
          }
          break;
        }
        case Kind::kStep:
          if (command.expression) {
            const auto count = CheckConstant(command.expression, "the number of steps");
            if (count && (*count < 1 || *count > 1'000'000)) {
              Error(command.expression->range, "the number of steps is 1 to 1,000,000");
            }
          }
          for (ExprPtr& value : command.choosing) CheckConstant(value, "what is chosen");
          break;
      }
    }
  }
  context_ = Context::kPlain;
}

void Checker::CheckExpectations() {
  std::vector<std::string> properties;
  for (const PropertySyntax& property : syntax_.properties) properties.push_back(property.name);
  static const std::set<std::string> kErrors = {"index",   "division",  "overflow", "unwritten",
                                                "pointer", "assertion", "diverges", "misuse"};
  for (ExpectationSyntax& expectation : syntax_.expectations) {
    using Verdict = ExpectationSyntax::Verdict;
    if (expectation.verdict == Verdict::kViolates &&
        std::find(properties.begin(), properties.end(), expectation.name) == properties.end()) {
      const std::string near = NearestName(expectation.name, properties);
      Error(expectation.name_range, fmt::format("there is no property `{}`", expectation.name),
            near.empty() ? "" : fmt::format("did you mean `{}`?", near));
    }
    if (expectation.verdict == Verdict::kRace) {
      if (std::find(properties.begin(), properties.end(), "race") == properties.end()) {
        Error(expectation.range, "races are judged only when asked for", "add `property race;`");
      }
      const Symbol* symbol = expectation.name.empty() ? nullptr : Lookup(expectation.name);
      if (!expectation.name.empty() && (symbol == nullptr || symbol->kind != SymbolKind::kShared)) {
        Error(expectation.name_range,
              fmt::format("there is no shared object `{}`", expectation.name),
              "behind `race on` stands what was declared `shared`");
      }
    }
    if (expectation.verdict == Verdict::kError && !kErrors.contains(expectation.name)) {
      Error(expectation.name_range,
            fmt::format("there is no run-time error `{}`", expectation.name),
            "index, division, overflow, unwritten, pointer, assertion or diverges");
    }
    for (ExpectationSyntax::Setting& setting : expectation.settings) {
      bool known = setting.name == "granularity" || setting.name == "unwritten" ||
                   setting.name == "outstanding" || setting.name == "fairness" ||
                   setting.name == "queue_cap" || setting.name == "pipe_size" ||
                   setting.name == "pipe_buf" || setting.name == "local_limit" ||
                   setting.name == "memory_model";
      for (const DefineSyntax& define : syntax_.defines)
        known = known || define.name == setting.name;
      if (!known) {
        std::vector<std::string> names = {"granularity", "unwritten", "memory_model"};
        for (const DefineSyntax& define : syntax_.defines) names.push_back(define.name);
        const std::string near = NearestName(setting.name, names);
        Error(setting.range, fmt::format("`{}` is neither a #define nor an option", setting.name),
              near.empty() ? "" : fmt::format("did you mean `{}`?", near));
      }
      // The setting's own word (`statement`) is no expression.
      if (!setting.word.empty()) {
        const Symbol* symbol = Lookup(setting.word);
        if (symbol == nullptr || symbol->kind != SymbolKind::kConstant) continue;
      }
      if (setting.from) CheckConstant(setting.from, "the setting");
      if (setting.to) {
        const auto to = CheckConstant(setting.to, "the setting");
        if (to && setting.from && setting.from->constant &&
            (*to < *setting.from->constant || *to - *setting.from->constant > 1000)) {
          Error(setting.to->range, "a range goes upwards and has at most 1,000 values");
        }
      }
    }
  }
}

}  // namespace interleave
