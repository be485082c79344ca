// Rules of statements: where control may go, what may block, what a ghost may do.
//
// What would surprise: labels are collected before a body is checked, since `goto` may lead
// forward; and atomic blocks around a label and around a `goto` are compared, so that none is
// entered in its middle.

#include <fmt/format.h>

#include <algorithm>

#include "sim/language/checker_impl.h"

namespace interleave {

// `x == 1;` and `x + 1;` are no mistake for C, but nobody means them.
void Checker::WarnOfUnusedValue(const Expr& statement) {
  const Expr* e = &statement;
  while (e->kind == ExprKind::kCast) e = e->operands[0].get();
  const bool computes = (e->kind == ExprKind::kBinary && e->op < Op::kEq) ||
                        (e->kind == ExprKind::kUnary &&
                         (e->op == Op::kNegate || e->op == Op::kNot || e->op == Op::kBitNot));
  if (computes) {
    diagnostics_.Warning(e->range, "this computes, and does nothing with the result");
    return;
  }
  if (e->kind != ExprKind::kBinary || e->op > Op::kGe) return;
  const bool is_arrow = e->op == Op::kLt && e->operands[1]->kind == ExprKind::kUnary &&
                        e->operands[1]->op == Op::kNegate;
  diagnostics_.Warning(e->range, "this compares, and does nothing with the result",
                       e->op == Op::kEq || is_arrow ? "an assignment is written `=`" : "");
}

void Checker::CollectLabels(Stmt& statement) {
  const bool atomic = statement.kind == StmtKind::kAtomic;
  if (atomic) atomics_.push_back(&statement);
  if (statement.kind == StmtKind::kLabel) {
    const auto [it, fresh] =
        labels_.emplace(statement.name, LabelUse{statement.name, statement.name_range, atomics_});
    if (!fresh) {
      Error(statement.name_range, fmt::format("label `{}` is there already", statement.name));
      diagnostics_.Explain(it->second.range, fmt::format("`{}` is here", statement.name));
    } else if (process_ >= 0) {
      auto& labels = scenario_.processes[static_cast<std::size_t>(process_)].labels;
      statement.id = static_cast<int>(labels.size());
      labels.push_back({statement.name, statement.name_range, false});
    }
  }
  if (statement.kind == StmtKind::kSection) {
    if (process_ < 0) {
      Error(statement.range, "a section stands in a process, not in a function",
            "put the calls of the function into a section");
    } else {
      auto& sections = scenario_.processes[static_cast<std::size_t>(process_)].sections;
      for (std::size_t i = 0; i < sections.size(); ++i) {
        if (sections[i].name == statement.name) statement.id = static_cast<int>(i);
      }
      if (statement.id < 0) {
        statement.id = static_cast<int>(sections.size());
        sections.push_back({statement.name, statement.name_range, false});
      }
    }
  }
  if (statement.init) CollectLabels(*statement.init);
  if (statement.body) CollectLabels(*statement.body);
  if (statement.else_body) CollectLabels(*statement.else_body);
  for (StmtPtr& inner : statement.body_list) CollectLabels(*inner);
  if (atomic) atomics_.pop_back();
}

void Checker::CheckBody(Stmt& body) {
  labels_.clear();
  gotos_.clear();
  atomics_.clear();
  flow_ = {};
  if (function_ != nullptr && function_->is_operation) {  // one step, which may begin with a wait
    flow_.atomic = 1;
    flow_.first_of_atomic = true;
  }
  context_ = Context::kPlain;
  CollectLabels(body);
  CheckStatement(body);
  for (const LabelUse& use : gotos_) {
    const auto target = labels_.find(use.name);
    if (target == labels_.end()) {
      std::vector<std::string> names;
      for (const auto& [name, unused] : labels_) names.push_back(name);
      const std::string near = NearestName(use.name, names);
      Error(use.range, fmt::format("there is no label `{}` here", use.name),
            near.empty() ? "" : fmt::format("did you mean `{}`?", near));
      continue;
    }
    const auto& around = target->second.atomics;
    if (around.size() > use.atomics.size() ||
        !std::equal(around.begin(), around.end(), use.atomics.begin())) {
      Error(use.range, fmt::format("`goto {}` jumps into an atomic block", use.name),
            "an atomic block is entered at its start only");
    }
  }
}

void Checker::WarnIfConstant(const Expr& condition) {
  if (!condition.constant || DependsOnDefine(condition) || syntax_.is_c) return;
  diagnostics_.Vacuity(condition.range, fmt::format("this condition is always {}",
                                                    *condition.constant != 0 ? "true" : "false"));
}

// The step of a `select` is enabled when a guard is true (or by its `else`): were a body to block
// behind its guard, the step would be none although the guard says that it is one.
void Checker::RefuseBlocking(SourceRange range, const std::string& what, bool behind_guard) {
  if (behind_guard) {
    Error(range, fmt::format("{} may block: the guard before it has begun this step", what),
          "without `atomic` around the body it is the next step; without `select`, "
          "`atomic { ... }` waits for its first statement");
  } else {
    Error(range, fmt::format("{} may block: in `atomic` only as the first statement", what),
          "once an atomic block has begun it cannot wait");
  }
}

bool Checker::RefuseInGhost(const Stmt& s, const char* what) {
  if (context_ != Context::kGhost) return false;
  Error(s.head_range, fmt::format("{} cannot stand in a ghost statement", what));
  return true;
}

void Checker::CheckStatement(Stmt& s) {
  switch (s.kind) {
    case StmtKind::kExpression:
    case StmtKind::kAwait:
    case StmtKind::kDeclaration:
    case StmtKind::kAtomic:
    case StmtKind::kBlock:
    case StmtKind::kReturn:
    case StmtKind::kLabel:
    case StmtKind::kSelect: break;
    case StmtKind::kIf:
      // What a constant of the object's chooses stands in its place.
      if (object_ == nullptr) flow_.first_of_atomic = false;
      break;
    case StmtKind::kEmpty:
    case StmtKind::kWhile:
    case StmtKind::kDo:
    case StmtKind::kFor:
    case StmtKind::kSwitch:
    case StmtKind::kCase:
    case StmtKind::kDefault:
    case StmtKind::kBreak:
    case StmtKind::kContinue:
    case StmtKind::kGoto:
    case StmtKind::kGhost:
    case StmtKind::kWhen:
    case StmtKind::kRepeat:
    case StmtKind::kSection:
    case StmtKind::kStep:
    case StmtKind::kAssert:
    case StmtKind::kAssume:
    case StmtKind::kExit:
    case StmtKind::kCleanup:
    case StmtKind::kLimit: flow_.first_of_atomic = false;
  }
  switch (s.kind) {
    case StmtKind::kEmpty: break;
    case StmtKind::kExpression:
      CheckFull(s.condition);
      WarnOfUnusedValue(*s.condition);
      break;
    case StmtKind::kDeclaration: CheckLocalDeclaration(*s.declaration); break;
    case StmtKind::kBlock:
      if (!s.is_open) PushScope();
      for (StmtPtr& inner : s.body_list) {
        CheckStatement(*inner);
        flow_.first_of_atomic = false;
      }
      if (!s.is_open) PopScope();
      break;
    case StmtKind::kIf:
      CheckFullCondition(s.condition);
      if (object_ != nullptr && !s.condition->constant) flow_.first_of_atomic = false;
      if (object_ == nullptr) WarnIfConstant(*s.condition);
      if (object_ != nullptr && s.condition->constant == 0 && !s.else_body) break;
      PushScope();
      CheckStatement(*s.body);
      PopScope();
      if (s.else_body) {
        PushScope();
        CheckStatement(*s.else_body);
        PopScope();
      }
      break;
    case StmtKind::kWhile:
    case StmtKind::kDo:
    case StmtKind::kFor:
    case StmtKind::kRepeat: CheckLoop(s); break;
    case StmtKind::kSwitch: CheckSwitch(s); break;
    case StmtKind::kCase: CheckCase(s); break;
    case StmtKind::kDefault: CheckDefault(s); break;
    case StmtKind::kBreak:
      if (flow_.loops == 0 && flow_.switches == 0)
        Error(s.range, "there is no loop or switch here to break out of",
              "a process or function ends with `return;`");
      break;
    case StmtKind::kContinue:
      if (flow_.loops == 0) Error(s.range, "there is no loop here to continue");
      break;
    case StmtKind::kReturn: CheckReturn(s); break;
    case StmtKind::kGoto:
      if (RefuseInGhost(s, "`goto`")) break;
      gotos_.push_back({s.name, s.name_range, atomics_});
      break;
    case StmtKind::kLabel:
      RefuseInGhost(s, "a label");
      if (s.body) CheckStatement(*s.body);
      break;
    case StmtKind::kGhost: CheckGhost(s); break;
    case StmtKind::kAtomic:
      if (RefuseInGhost(s, "`atomic`")) break;
      atomics_.push_back(&s);
      if (flow_.atomic++ == 0) flow_.first_of_atomic = true;
      CheckStatement(*s.body);
      --flow_.atomic;
      atomics_.pop_back();
      break;
    case StmtKind::kAwait: CheckAwait(s); break;
    case StmtKind::kSelect: CheckSelect(s); break;
    case StmtKind::kWhen: break;  // in kSelect
    case StmtKind::kSection:
      if (RefuseInGhost(s, "a section")) break;
      CheckStatement(*s.body);
      break;
    case StmtKind::kStep:
      RefuseInGhost(s, "`step`");
      if (function_ != nullptr && function_->is_operation) {
        Error(s.range, "an operation is one step: there is no other in it",
              "a function without `op` is made of several steps");
      }
      NoteImpure(s.range, "this is a step");
      break;
    case StmtKind::kExit:
      if (s.condition) {
        CheckFull(s.condition);
        const bool is_number = s.condition->type->is_integer() && s.condition->constant != 0;
        if (!is_number && s.step)
          Convert(s.condition, types_.PointerTo(types_.Void()), "the result");
      }
      if (s.step) CheckFull(s.step);
      break;
    case StmtKind::kCleanup:
      CheckStatement(*s.body);
      CheckFullCondition(s.step);
      CheckFull(s.condition);
      break;
    case StmtKind::kLimit:
      if (object_ == nullptr || function_ == nullptr) {
        Error(s.range, "`limit` stands in an operation of an object only");
      }
      CheckFullCondition(s.condition);
      break;
    case StmtKind::kAssert:
    case StmtKind::kAssume:
      CheckFullCondition(s.condition);
      WarnIfConstant(*s.condition);
      if (context_ == Context::kPlain) {
        NoteImpure(s.range, s.kind == StmtKind::kAssert ? "this asserts" : "this assumes");
      }
      break;
  }
}

void Checker::CheckLoop(Stmt& s) {
  PushScope();
  if (s.init) CheckStatement(*s.init);
  if (s.kind == StmtKind::kRepeat) {
    CheckInteger(s.condition, "the number of rounds");
    FindConflicts(*s.condition);
    Convert(s.condition, types_.Int(), "the number of rounds");
  } else if (s.condition && s.kind != StmtKind::kDo) {
    CheckFullCondition(s.condition);
  }
  if (s.step) CheckFull(s.step);
  ++flow_.loops;
  PushScope();
  CheckStatement(*s.body);
  PopScope();
  --flow_.loops;
  if (s.kind == StmtKind::kDo) CheckFullCondition(s.condition);
  PopScope();
}

void Checker::CheckSwitch(Stmt& s) {
  const Type* type = CheckInteger(s.condition, "the value of a switch");
  FindConflicts(*s.condition);
  if (type->kind != TypeKind::kError) {
    type = Promoted(type, types_);
    Convert(s.condition, type, "the value of a switch");
  }
  cases_.push_back({type, {}, false});
  ++flow_.switches;
  PushScope();
  CheckStatement(*s.body);
  PopScope();
  --flow_.switches;
  cases_.pop_back();
}

void Checker::CheckCase(Stmt& s) {
  if (flow_.switches == 0) {
    Error(s.head_range, "`case` stands outside a switch");
  } else if (const auto value = CheckConstant(s.condition, "the value of a case")) {
    const Type* type = cases_.back().type;
    if (type->kind != TypeKind::kError) Convert(s.condition, type, "the value of a case");
    const auto [it, fresh] =
        cases_.back().values.emplace(*s.condition->constant, s.condition->range);
    if (!fresh) Error(s.condition->range, fmt::format("case {} is there already", *value));
  }
  if (s.body) CheckStatement(*s.body);
}

void Checker::CheckDefault(Stmt& s) {
  if (flow_.switches == 0) {
    Error(s.head_range, "`default` stands outside a switch");
  } else if (cases_.back().has_default) {
    Error(s.head_range, "this switch has a `default` already");
  } else {
    cases_.back().has_default = true;
  }
  if (s.body) CheckStatement(*s.body);
}

void Checker::CheckReturn(Stmt& s) {
  if (RefuseInGhost(s, "`return`")) return;
  if (s.condition) CheckFull(s.condition);
  if (function_ == nullptr) {
    if (s.condition) Error(s.condition->range, "a process returns no value", "write `return;`");
  } else if (function_->type->kind == TypeKind::kVoid) {
    if (s.condition && s.condition->type->kind != TypeKind::kVoid) {
      Error(s.condition->range, fmt::format("`{}` returns no value", function_->name),
            "give it a type instead of `void`");
    }
  } else if (!s.condition) {
    Error(s.range, fmt::format("`{}` must return {}", function_->name, TypeName(*function_->type)));
  } else if (function_->type->kind == TypeKind::kStruct) {
    if (s.condition->type != function_->type && s.condition->type->kind != TypeKind::kError) {
      Error(s.condition->range,
            fmt::format("`{}` must return {}", function_->name, TypeName(*function_->type)));
    }
  } else {
    Convert(s.condition, function_->type, "the result");
  }
}

void Checker::CheckGhost(Stmt& s) {
  const Flow flow = flow_;
  flow_.loops = 0;
  flow_.switches = 0;
  const auto cases = std::move(cases_);
  cases_.clear();
  const Context saved = context_;
  context_ = Context::kGhost;
  CheckStatement(*s.body);
  context_ = saved;
  cases_ = cases;
  flow_ = flow;
}

void Checker::CheckAwait(Stmt& s) {
  if (RefuseInGhost(s, "`await`")) return;
  if (!MayBlock() && flow_.behind_guard > 0) {
    RefuseBlocking(s.head_range, "`await`", true);
  } else if (!MayBlock()) {
    Error(s.head_range, "`await` stands in `atomic` only as the first statement",
          "once an atomic block has begun it cannot wait");
  }
  if (function_ != nullptr) blocking_.insert(function_);
  NoteImpure(s.head_range, "this waits");
  context_ = Context::kGuard;
  CheckCondition(s.condition);
  WarnIfConstant(*s.condition);
  context_ = Context::kPlain;
}

void Checker::CheckSelect(Stmt& s) {
  if (RefuseInGhost(s, "`select`")) return;
  if (!MayBlock() && !s.else_body) {
    Error(s.head_range,
          flow_.behind_guard > 0 ? "`select` may block: the guard before it has begun this step"
                                 : "`select` may block: in `atomic` only as the first statement",
          "give it an `else`");
  }
  if (function_ != nullptr && !s.else_body) blocking_.insert(function_);
  NoteImpure(s.head_range, "this chooses an alternative");
  flow_.first_of_atomic = false;
  for (StmtPtr& when : s.body_list) {
    context_ = Context::kGuard;
    CheckCondition(when->condition);
    context_ = Context::kPlain;
  }
  // An atomic body goes on in the step of its guard, so nothing in it may block.
  const auto body = [&](Stmt& inner) {
    const bool same_step = flow_.atomic > 0 || inner.kind == StmtKind::kAtomic;
    if (same_step) ++flow_.behind_guard;
    PushScope();
    if (inner.kind == StmtKind::kAtomic) {
      atomics_.push_back(&inner);
      ++flow_.atomic;
      CheckStatement(*inner.body);
      --flow_.atomic;
      atomics_.pop_back();
    } else {
      CheckStatement(inner);
    }
    PopScope();
    if (same_step) --flow_.behind_guard;
  };
  for (StmtPtr& when : s.body_list) body(*when->body);
  if (s.else_body) body(*s.else_body);
}

}  // namespace interleave
