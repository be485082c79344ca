// Each anomaly is a pattern of accesses, looked for where its kind of violation can stem from it:
//
//   overwritten item         a store over a store that nobody read in between
//   item consumed twice      two reads of one store, both consumed
//   item consumed before it was produced
//                            a read of a cell that nobody had stored anything in
//   items out of order, item lost
//                            found by the marks alone
//   lost update              P reads x, Q changes x, P writes x from what it had read
//   broken mutual exclusion  two processes inside, by sections or by a ghost that counts
//   torn read                two cells read at two moments, never side by side
//   stale check              P reads x and branches on it, Q changes x, P goes on without reading
//                            it again
//   stale copy               P writes from what it had read, which Q had changed
//   lost wake-up, ABA        see explain_conditions.cc
//   deadlock, data race      see waiting.h and the race's two accesses

#include "model/report/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "model/report/explain_parts.h"
#include "model/report/failed_step.h"
#include "model/report/trace_view.h"

namespace interleave {
namespace {

using Kind = Event::Kind;

class Explainer : public Narrator {
 public:
  using Narrator::Narrator;

  void Run() {
    Describe();
    if (!trace_.initial.empty()) {
      out_.remarks = FindRemarks(program_, trace_);
      switch (violation_.kind) {
        case Violation::Kind::kDeadlock: Deadlock(); break;
        case Violation::Kind::kError: Error(); break;
        case Violation::Kind::kProperty: BrokenProperty(); break;
      }
      const bool is_race =
          violation_.kind == Violation::Kind::kProperty && property().kind == PropertyKind::kRace;
      const bool is_endless =
          violation_.kind == Violation::Kind::kProperty && property().row().is_about_runs();
      if (out_.anomaly.empty() && !is_race && !is_endless) ExplainAnythingElse(context_);
      FinalRemark();
    }
  }

 private:
  void Describe() {
    out_.what = BrokenName(program_, violation_);
    switch (violation_.kind) {
      case Violation::Kind::kDeadlock: out_.anomaly = "deadlock"; break;
      case Violation::Kind::kError:
        out_.range = violation_.error.range;
        out_.message = violation_.error.message;
        if (violation_.property >= 0) {
          out_.message += InCalls();
          out_.message +=
              fmt::format(", while judging {}", PropertyTitle(property().kind, property().name));
        } else if (violation_.process >= 0) {
          out_.message = fmt::format("{}: {}", Who(violation_.process), out_.message);
        }
        break;
      case Violation::Kind::kProperty:
        out_.range = property().range;
        out_.message = violation_.explanation;
        if (property().row().demand == PropertyRow::Demand::kOnceTrue) {
          out_.message = fmt::format("{} is not true in any reachable state",
                                     OneLine(source_, ConditionOf(violation_.property)->range));
        }
        break;
    }
  }

  // ", in `find(7)`": the call of the property in which judging it failed.
  std::string InCalls() const {
    const std::vector<InlinedCall>& calls = property().code.calls;
    int call = violation_.error.call;
    if (call < 0 || call >= static_cast<int>(calls.size())) return "";
    while (calls[static_cast<std::size_t>(call)].outer >= 0)
      call = calls[static_cast<std::size_t>(call)].outer;
    return fmt::format(", in `{}`", OneLine(source_, calls[static_cast<std::size_t>(call)].range));
  }

  const Expr* ConditionOf(int property) const {
    return program_.scenario->syntax->properties[static_cast<std::size_t>(property)]
        .expression.get();
  }

  void BrokenProperty() {
    switch (property().kind) {
      case PropertyKind::kInvariant:
      case PropertyKind::kNever: {
        const Expr& condition = *ConditionOf(violation_.property);
        NoteValues(condition);
        NoteCalls();
        const bool wants_true = property().row().demand == PropertyRow::Demand::kAlwaysTrue;
        const char* truth = wants_true ? "false" : "true";
        out_.message = fmt::format("{} is {}", OneLine(source_, condition.range), truth);
        if (!out_.values.empty()) out_.message += ": " + ValuesText();
        ExplainCondition(context_, condition);
        SayCalls();
        SayDeadLocals();
        break;
      }
      case PropertyKind::kMutualExclusion:
        out_.message =
            fmt::format("more than one process is in the section {}", property().section);
        ExplainCondition(context_, *ConditionOf(violation_.property));
        break;
      case PropertyKind::kReachable: break;  // no run shows that
      case PropertyKind::kFifo:
      case PropertyKind::kExactlyOnce: ExplainItems(context_); break;
      case PropertyKind::kSlots: ExplainSlots(context_); break;
      case PropertyKind::kRace: Race(); break;
      case PropertyKind::kTermination:
      case PropertyKind::kProgress:
      case PropertyKind::kBoundedWaiting:
      case PropertyKind::kStarvationFree:
      case PropertyKind::kEventually:
      case PropertyKind::kAlwaysEventually:
      case PropertyKind::kLtl: ExplainEndlessRun(context_); break;
    }
  }

  // Before the values of variables, what the functions gave that the condition calls.
  void NoteCalls() {
    constexpr std::size_t kMost = 8;
    std::vector<NamedValue> values;
    for (CallSeen& call : CallsSeen()) {
      const bool is_known = std::find(values.begin(), values.end(), call.value) != values.end();
      if (!is_known && values.size() < kMost) values.push_back(std::move(call.value));
    }
    out_.values.insert(out_.values.begin(), values.begin(), values.end());
  }

  // Where the values of the functions came from.
  void SayCalls() {
    constexpr std::size_t kMostCalls = 4;
    constexpr std::size_t kMostCells = 8;
    std::set<std::string> said;
    for (const CallSeen& call : CallsSeen()) {
      if (call.cells.empty() || said.size() == kMostCalls) continue;
      if (!said.insert(call.value.name).second) continue;
      std::vector<std::string> cells;
      for (const uint32_t cell : call.cells) {
        if (cells.size() == kMostCells) {
          cells.emplace_back("...");
          break;
        }
        cells.push_back(PlaceName(program_, cell) + " = " +
                        CellText(program_, FinalState().data(), cell));
      }
      Say(fmt::format("{} read {}.", call.value.name, fmt::join(cells, ", ")));
    }
  }

  // A local that is dead reads as 0, whatever it held last.
  void SayDeadLocals() {
    Evaluator evaluator(program_);
    std::set<std::string> said;
    for (const Look& look : Looks()) {
      if (look.kind != Look::Kind::kLocal || !look.unknown) continue;
      const std::string& who = Who(look.process);
      const std::string name =
          who + "." + program_.CodeOf(look.process).locals[look.local].symbol->name;
      if (!said.insert(name).second) continue;
      const bool done = evaluator.IsDone(FinalState().data(), look.process);
      Say(fmt::format("{} is dead there ({} is {}), so it reads as 0.", name, who,
                      done ? "done" : "outside its scope"));
    }
  }

  void FinalRemark() {
    const int last = static_cast<int>(trace_.steps.size());
    const bool remarked = std::any_of(out_.remarks.begin(), out_.remarks.end(),
                                      [&](const Remark& remark) { return remark.step == last; });
    std::string text;
    if (violation_.kind == Violation::Kind::kDeadlock) {
      text = "from here nobody can go on";
    } else if (violation_.kind == Violation::Kind::kError && violation_.property < 0) {
      text = violation_.error.message;
      if (violation_.error.kind == ErrorKind::kAssertion) {
        text = AssertionText();
      }
      if (!out_.values.empty()) text += ": " + ValuesText();
    } else if (property().row().judged_by == PropertyRow::JudgedBy::kNextAccesses) {
      text = "both accesses could come next";
    } else {
      text = "breaks " + property().name;
      // Why it does is said already when this very step is remarked upon, the condition at the top.
      if (!out_.values.empty()) {
        text += ": " + ValuesText();
      } else if (!out_.message.empty() && !remarked) {
        text += ": " + out_.message;
      }
    }
    out_.remarks.push_back({last, std::move(text)});
  }

  // "the assertion x == 1 fails", and the words that the scenario has for it.
  std::string AssertionText() const {
    std::string text =
        fmt::format("the assertion {} fails", OneLine(source_, violation_.error.range));
    if (violation_.error.message != "the assertion fails") text += ": " + violation_.error.message;
    return text;
  }

  void Error() {
    if (violation_.property >= 0) return;
    const Expr* failed = FindExpression(*program_.scenario, violation_.error.range);
    std::optional<FailedStep> step;
    if (!trace_.steps.empty()) step.emplace(program_, trace_, violation_.process);
    if (failed != nullptr && violation_.error.kind != ErrorKind::kUnwritten) {
      const Expr& named = failed->kind == ExprKind::kIndex ? *failed->operands[1] : *failed;
      NoteValues(named,
                 [&](const Symbol& local) { return step ? step->ValueOf(local) : std::nullopt; });
    }
    if (failed != nullptr && violation_.error.kind == ErrorKind::kIndex &&
        failed->kind == ExprKind::kIndex) {
      out_.message +=
          fmt::format(" of `{}`, in `{}` (line {})", OneLine(source_, failed->operands[0]->range),
                      OneLine(source_, failed->range), source_.LineName(failed->range.begin));
    }
    if (violation_.error.kind != ErrorKind::kAssertion && !out_.values.empty())
      out_.message += ": " + ValuesText();
    if (violation_.error.kind == ErrorKind::kAssertion) {
      out_.message = fmt::format("{}: {}", Who(violation_.process), AssertionText());
      if (!out_.values.empty()) out_.message += ": " + ValuesText();
    }
    if (failed != nullptr && step && ExplainTornRead(context_, *failed, *step)) return;
    ExplainError(failed);
    if (failed != nullptr && step && out_.why.empty()) ExplainOrigins(context_, *failed, *step);
  }

  void ExplainError(const Expr* failed) {
    if (violation_.error.kind == ErrorKind::kAssertion && failed != nullptr) {
      ExplainCondition(context_, *failed);
      return;
    }
    if (!violation_.error.hint.empty() && violation_.error.kind != ErrorKind::kUnwritten) {
      Say("Hint: " + violation_.error.hint + ".");
    }
    if (violation_.error.kind == ErrorKind::kUnwritten) {
      ExplainStaleCheck(context_);
      ExplainUnwritten(context_);
      Say("Hint: " + violation_.error.hint + ".");
      return;
    }
    ExplainStaleCheck(context_);
  }

  void Race() {
    const std::vector<int64_t>& state = FinalState();
    Evaluator evaluator(program_);
    Name("data race");
    std::string places;
    for (int p = 0; p < program_.process_count(); ++p) {
      std::vector<Event> events;
      evaluator.NextAccesses(state.data(), p, events);
      for (const Event& event : events) {
        if (event.kind != Kind::kRead && event.kind != Kind::kWrite) continue;
        if (program_.slots[event.address].object != violation_.race_object) continue;
        const SourceRange range = program_.CodeOf(p).locations[event.location].range;
        places += fmt::format("{}{} {}s `{}` in line {}: `{}`", places.empty() ? "" : "; ", Who(p),
                              WordsOf(event.kind).name, PlaceName(program_, event.address),
                              source_.LineName(range.begin), OneLine(source_, range));
        break;
      }
    }
    Say(fmt::format(
        "After {} {} could come next, in either order: {}.",
        trace_.steps.empty() ? "the start" : fmt::format("step {}", trace_.steps.size()), "both",
        places));
  }

  void Deadlock() {
    out_.waiting = FindWaiting(program_, FinalState().data(), history_);
    const std::vector<int>& cycle = out_.waiting.cycle;
    if (cycle.size() > 1) {
      std::string text;
      for (const int process : cycle) text += Who(process) + " -> ";
      Say(fmt::format("Who waits for whom: {}{}.", text, Who(cycle[0])));
    }
    std::vector<int> left;
    for (const Waiter& waiter : out_.waiting.waiters) {
      left.push_back(waiter.process);
      Say(Waits(waiter));
    }
    if (!out_.waiting.waiters.empty())
      out_.range = out_.waiting.waiters.front().points.front().own.range;
    ExplainWaiters(context_);
    out_.message = left.size() == 1 ? fmt::format("{} waits for ever", Who(left[0]))
                                    : fmt::format("{} processes wait for ever", left.size());
  }

  // "p is blocked at `x == 0` (line 14): x = 1, written by q at step 2. Only q can change that."
  std::string Waits(const Waiter& waiter) const {
    std::string text = Who(waiter.process);
    if (waiter.most_steps > 0) {
      const std::string least =
          waiter.least_steps == waiter.most_steps ? "" : fmt::format("{} to ", waiter.least_steps);
      text = fmt::format("After {}{} more step{} {}", least, waiter.most_steps,
                         waiter.most_steps == 1 ? "" : "s", text);
    }
    for (std::size_t i = 0; i < waiter.points.size(); ++i) {
      const WaitPoint& point = waiter.points[i];
      if (i == 0 || point.blocked != waiter.points[i - 1].blocked) {
        text += i == 0 ? "" : ", or";
        text += point.blocked ? " is blocked at" : " goes round at";
      } else {
        text += point.blocked ? " or" : " and";
      }
      text += fmt::format(" `{}` ", OneLine(source_, point.range));
      if (point.own.range.begin != point.range.begin) {
        text += fmt::format("in `{}` ", OneLine(source_, point.own.range));
      }
      text += fmt::format("(line {})", source_.LineName(point.own.range.begin));
    }
    for (std::size_t i = 0; i < waiter.values.size() && waiter.held.empty(); ++i) {
      text += (i == 0 ? ": " : "; ") + waiter.values[i].name + " = " + waiter.values[i].value;
      const Access* write = history_.LastBefore(End(), [&](const Access& a) {
        return a.event.may_change() && a.event.address == waiter.cells[i];
      });
      if (write == nullptr || write->step == waiter.took_at) continue;
      const Event& event = write->event;
      text += fmt::format(", {} {} at step {}",
                          event.kind == Event::Kind::kWrite
                              ? "written by"
                              : OperationChangedBy(program_.operations[event.operation]),
                          Who(write->process), write->step);
    }
    if (!waiter.cells.empty()) text += ". " + HopeText(waiter);
    return waiter.cells.empty() ? text + "." : text + HoldersText(waiter);
  }

  // " An end that writes to it is still open in p itself and q."
  std::string HoldersText(const Waiter& waiter) const {
    std::string names;
    for (std::size_t i = 0; i < waiter.holders.size(); ++i) {
      const int holder = waiter.holders[i];
      names += i == 0 ? "" : i + 1 < waiter.holders.size() ? ", " : " and ";
      names += Who(holder) + (holder == waiter.process ? " itself" : "");
    }
    if (waiter.held.empty()) return "";
    return names.empty() ? " " + waiter.held + "." : fmt::format(" {} {}.", waiter.held, names);
  }

  std::string HopeText(const Waiter& waiter) const {
    const char* it = waiter.cells.size() == 1 ? "it" : "any of these";
    switch (waiter.prospect) {
      case Prospect::kNobodyWrites:
        // Who sleeps put itself among those who do: it took nothing.
        return waiter.took_at < 0 || KeepsSet(program_, waiter.cells.front())
                   ? "Nobody is left who could change that."
                   : fmt::format("{} waits for what it took itself at step {}.",
                                 Who(waiter.process), waiter.took_at);
      case Prospect::kNothingHelps:
        return fmt::format(
            "Nobody is left who could help: {} could still write {}, but nothing "
            "that ends the wait.",
            List(waiter.writers, "or"), it);
      case Prospect::kMayWrite:
        return fmt::format("Only {} could still write {}.", List(waiter.writers, "or"), it);
      case Prospect::kMayHelp: break;
    }
    const bool only = waiter.waits_for.size() == 1 && waiter.writers.size() == 1;
    return fmt::format("{}{} could change that.", only ? "Only " : "",
                       List(waiter.waits_for, "or"));
  }
};

}  // namespace

std::string Narrator::List(const std::vector<int>& processes, const char* last) const {
  std::string text;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    if (i > 0) text += i + 1 == processes.size() ? fmt::format(" {} ", last) : ", ";
    text += Who(processes[i]);
  }
  return text;
}

std::string Narrator::Quoted(const Access& access) const {
  const std::string name = Cell(access);
  return name.find('[') == std::string::npos ? "`" + name + "`" : name;
}

std::string Narrator::Equation(const Access& access) const {
  return Cell(access) + " = " + Value(access.event.address, access.event.value);
}

std::string Narrator::AtStep(const Access& access) {
  return access.step == 0 ? "at the start" : fmt::format("at step {}", access.step);
}

void Narrator::NoteValues(const Expr& condition, Condition::Locals locals) {
  out_.values = Condition(program_, FinalState().data(), violation_.process, std::move(locals))
                    .Values(condition);
}

std::vector<Look> Narrator::Looks() const {
  std::vector<Look> looks;
  Evaluator evaluator(program_);
  evaluator.set_looks(&looks);
  evaluator.Evaluate(property().code, FinalState().data());
  return looks;
}

std::vector<Narrator::CallSeen> Narrator::CallsSeen() const {
  const Code& code = property().code;
  std::vector<CallSeen> seen;
  std::vector<uint32_t> cells;  // read since the last call from the property's own text
  for (const Look& look : Looks()) {
    if (look.kind == Look::Kind::kCell && code.locations[look.location].call >= 0) {
      if (std::find(cells.begin(), cells.end(), look.address) == cells.end())
        cells.push_back(look.address);
    }
    if (look.kind != Look::Kind::kCall) continue;
    const InlinedCall& call = code.calls[static_cast<std::size_t>(look.call)];
    if (call.outer >= 0) continue;
    CallSeen one;
    one.value.name = CallText(program_, call, look.arguments);
    one.value.value = look.unknown ? "-" : FormatValue(program_, call.function->type, look.value);
    one.cells = std::exchange(cells, {});
    seen.push_back(std::move(one));
  }
  return seen;
}

std::string Narrator::ValuesText() const {
  std::string text;
  for (const NamedValue& value : out_.values) {
    text += (text.empty() ? "" : ", ") + value.name + " = " + value.value;
  }
  return text;
}

std::vector<Remark> FindRemarks(const Program& program, const Trace& trace) {
  std::vector<Remark> remarks;
  History history(program, trace);
  // Cells in which items lie: of the ring, and of `property slots`.
  std::vector<bool> item_cell(program.slots.size(), false);
  const auto add = [&](int number) {
    if (number < 0) return;
    const MemoryObject& object = program.objects[static_cast<std::size_t>(number)];
    if (object.kind != nullptr) return;
    for (uint32_t i = 0; i < object.cells; ++i) item_cell[object.base + i] = true;
  };
  add(program.drawing.object);
  for (const Property& property : program.properties) add(property.object);
  const auto who = [&](int process) {
    return program.processes[static_cast<std::size_t>(process)].name;
  };
  std::map<uint32_t, const Access*> stored, taken;
  for (const Access& access : history.accesses()) {
    const uint32_t cell = access.event.address;
    if (cell >= item_cell.size() || !item_cell[cell]) continue;
    if (access.event.kind == Kind::kWrite) {
      if (stored[cell] != nullptr && taken[cell] == nullptr) {
        remarks.push_back(
            {access.step,
             fmt::format("overwrites {} of step {}, which nobody had read",
                         FormatValue(program, program.slots[cell].type, access.event.old),
                         stored[cell]->step)});
      }
      stored[cell] = &access;
      taken[cell] = nullptr;
    } else if (access.event.kind == Kind::kRead) {
      if (stored[cell] == nullptr) {
        remarks.push_back({access.step, "nobody has stored anything there yet"});
      } else if (taken[cell] != nullptr && taken[cell]->step != access.step) {
        remarks.push_back(
            {access.step,
             fmt::format("{} took it at step {} already",
                         taken[cell]->process == access.process ? "it" : who(taken[cell]->process),
                         taken[cell]->step)});
      }
      taken[cell] = &access;
    }
  }
  for (const LostUpdate& lost : history.LostUpdates()) {
    remarks.push_back(
        {lost.write->step,
         fmt::format("the update of step {} is lost: {} was read at step {}", lost.lost->step,
                     PlaceName(program, lost.write->event.address), lost.read->step)});
  }
  std::stable_sort(remarks.begin(), remarks.end(),
                   [](const Remark& a, const Remark& b) { return a.step < b.step; });
  return remarks;
}

std::string BrokenName(const Program& program, const Violation& violation) {
  switch (violation.kind) {
    case Violation::Kind::kDeadlock: return "deadlock";
    case Violation::Kind::kError:
      return violation.error.kind == ErrorKind::kAssertion
                 ? "assertion"
                 : fmt::format("run-time error ({})", ErrorName(violation.error.kind));
    case Violation::Kind::kProperty: break;
  }
  const Property& property = program.properties[static_cast<std::size_t>(violation.property)];
  return PropertyTitle(property.kind, property.name);
}

Explanation Explain(const Program& program, const Source& source,
                    const Counterexample& counterexample) {
  ExplainContext context{program,
                         source,
                         counterexample.violation,
                         counterexample.trace,
                         History(program, counterexample.trace),
                         {}};
  Explainer(context).Run();
  return std::move(context.out);
}

}  // namespace interleave
