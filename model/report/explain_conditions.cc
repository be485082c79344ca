// Conditions that do not hold: two processes inside a critical section, a lost update of what the
// condition names, a check that was no longer true when its process acted on it.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/report/code_facts.h"
#include "model/report/explain_parts.h"
#include "model/report/what_if.h"
#include "sim/language/arithmetic.h"

namespace interleave {
namespace {

using Kind = Event::Kind;

class ConditionNarrator : public Narrator {
 public:
  using Narrator::Narrator;

  void BrokenCondition(const Expr& condition) {
    if (MutualExclusion(condition)) return;
    std::vector<uint32_t> slots =
        Condition(program_, FinalState().data(), violation_.process).Slots(condition);
    if (violation_.property >= 0) {
      for (const CallSeen& call : CallsSeen())
        slots.insert(slots.end(), call.cells.begin(), call.cells.end());
    }
    if (LostUpdateOf(slots)) return;
    if (ExplainOverwriting(context_)) return;
    if (StaleCheck() || StaleCopy(slots)) return;
    ChangedMeanwhile();
  }

  // What the run shows that has not been said, where nothing else explains it: an update that was
  // lost; a value that left and came back, so that a comparison did not notice.
  void AnythingElse() {
    if (!SayLostUpdates(history_.LostUpdates())) Aba();
  }

  // Of what the waiters of a deadlock wait for.
  void LostUpdateOfWaited(const std::vector<uint32_t>& cells) { LostUpdateOf(cells); }

  // P waits for a signal. Q looked whether it had to give one before P said that it waits.
  void LostWakeUp(int waiter, const std::vector<uint32_t>& cells) {
    for (int q = 0; q < program_.process_count(); ++q) {
      if (q == waiter || !MayEverWrite(q, cells)) continue;
      for (const StaleRead& stale : history_.StaleReads(q, End(), End())) {
        if (stale.change->process != waiter || stale.test->index > stale.change->index) continue;
        Name("lost wake-up");
        Say(fmt::format(
            "Lost wake-up: {} looked at {} {}, before {} wrote {} {}: so it did not wake {}.",
            Who(q), Equation(*stale.read), AtStep(*stale.read), Who(waiter),
            Equation(*stale.change), AtStep(*stale.change), Who(waiter)));
        return;
      }
    }
  }

  // P looked, somebody changed what it saw, P went on.
  bool StaleCheck() {
    if (trace_.steps.empty()) return false;
    const int process = trace_.steps.back().process;
    const std::vector<StaleRead> stale = history_.StaleReads(process, End(), End());
    if (stale.empty()) return false;
    Name("stale check");
    SayStale(stale.front());
    return true;
  }

 private:
  bool MayEverWrite(int process, const std::vector<uint32_t>& cells) const {
    const ProcessCode& code = program_.CodeOf(process);
    const FixedRegisters fixed(code, program_.processes[static_cast<std::size_t>(process)]);
    return std::any_of(
        code.instructions.begin(), code.instructions.end(), [&](const Instruction& i) {
          if (i.opcode != Opcode::kStore) return false;
          const auto offset = fixed.Value(i.a);
          return offset && std::any_of(cells.begin(), cells.end(), [&](uint32_t cell) {
                   return *offset + i.c == static_cast<int64_t>(cell);
                 });
        });
  }

  // P read A, others changed that to B and back to A, and P's atomic comparison found what it had
  // read: P wrote as if nothing had happened.
  void Aba() {
    for (const Access& write : history_.accesses()) {
      if (write.event.kind != Kind::kWrite || !write.event.in_atomic) continue;
      const auto is_read_of_it = [&](const Access& a) {
        return a.process == write.process && a.event.kind == Kind::kRead &&
               a.event.address == write.event.address;
      };
      const Access* compare = history_.LastBefore(write.index, is_read_of_it);
      if (compare == nullptr || compare->step != write.step) continue;
      const Access* read = history_.LastBefore(
          compare->index, [&](const Access& a) { return is_read_of_it(a) && a.step < write.step; });
      if (read == nullptr || read->event.value != compare->event.value) continue;
      const auto is_change = [&](const Access& a) {
        return a.event.kind == Kind::kWrite && a.event.address == write.event.address &&
               a.event.value != a.event.old;
      };
      const Access* left = history_.FirstAfter(read->index, is_change);
      if (left == nullptr || left->index > compare->index || left->process == write.process)
        continue;
      const Access* back = history_.LastBefore(compare->index, is_change);
      Name("ABA");
      Say(
          fmt::format("{} read {} {}; {} wrote {} {}, and {} wrote {} again {}. {} compared {} and "
                      "found what it had read, as if nothing had happened in between.",
                      Who(read->process), Equation(*read), AtStep(*read), Who(left->process),
                      Equation(*left), AtStep(*left), Who(back->process), Equation(*back),
                      AtStep(*back), Who(write.process), AtStep(write)));
      return;
    }
  }

  bool LostUpdateOf(const std::vector<uint32_t>& slots) {
    std::vector<LostUpdate> lost;
    for (const LostUpdate& update : history_.LostUpdates()) {
      if (std::find(slots.begin(), slots.end(), update.write->event.address) != slots.end()) {
        lost.push_back(update);
      }
    }
    return SayLostUpdates(lost);
  }

  bool SayLostUpdates(const std::vector<LostUpdate>& lost) {
    if (lost.empty()) return false;
    if (out_.anomaly.empty()) Name("lost update");
    const LostUpdate& first = lost.front();
    Say(
        fmt::format("{} read {} {}; {} wrote {} {}; then {}, which had not seen that, wrote {} {}, "
                    "from what it had read before.",
                    Who(first.read->process), Equation(*first.read), AtStep(*first.read),
                    Who(first.lost->process), Equation(*first.lost), AtStep(*first.lost),
                    Who(first.write->process), Equation(*first.write), AtStep(*first.write)));
    Say(lost.size() == 1
            ? fmt::format("The update of step {} is lost.", first.lost->step)
            : fmt::format("The update of step {} is lost, the first of {} such updates.",
                          first.lost->step, lost.size()));
    return true;
  }

  // An assertion that would hold with what another process has overwritten, in a cell that the
  // failing one had not looked at since.
  void ChangedMeanwhile() {
    if (violation_.kind != Violation::Kind::kError || violation_.property >= 0 ||
        trace_.steps.empty()) {
      return;
    }
    const int process = trace_.steps.back().process;
    const std::vector<CodeLocation>& locations = program_.CodeOf(process).locations;
    WhatIf what_if(program_, trace_);
    const Access* read = history_.LastBefore(End(), [&](const Access& a) {
      if (a.process != process || a.event.kind != Kind::kRead) return false;
      const SourceRange& range = locations[a.event.location].range;
      if (range.begin < violation_.error.range.begin || range.end > violation_.error.range.end)
        return false;
      const Access* write = history_.LastWrite(a.event.address, a.index);
      return write != nullptr && write->process != process &&
             !what_if.FailsToo(a, write->event.old);
    });
    if (read == nullptr) return;
    const Access& write = *history_.LastWrite(read->event.address, read->index);
    std::string text = fmt::format("{} wrote {} {}, over the {} with which the assertion holds",
                                   Who(write.process), Equation(write), AtStep(write),
                                   Value(write.event.address, write.event.old));
    const Access* own = history_.LastBefore(read->index, [&](const Access& a) {
      return a.process == process && a.step < read->step && a.index > write.index;
    });
    if (own != nullptr) {
      text += fmt::format("; {} went on {} without looking at {} again", Who(process), AtStep(*own),
                          Quoted(write));
    }
    Say(text + ".");
  }

  // P wrote one cell of the condition from what it had read in another, which was no longer so.
  bool StaleCopy(const std::vector<uint32_t>& slots) {
    const auto is_named = [&](uint32_t cell) {
      return std::find(slots.begin(), slots.end(), cell) != slots.end();
    };
    for (const uint32_t cell : slots) {
      const Access* write = history_.LastWrite(cell, End());
      if (write == nullptr) continue;
      Flow& flow = history_.FlowOf(write->process);
      const Access* read = history_.LastBefore(write->index, [&](const Access& a) {
        return a.process == write->process && a.event.kind == Kind::kRead &&
               a.event.address != cell && flow.ToValue(a.event.location, write->event.location);
      });
      if (read == nullptr || !is_named(read->event.address)) continue;
      const Access* change = history_.LastWrite(read->event.address, write->index);
      if (change == nullptr || change->index < read->index || change->process == write->process ||
          change->event.value == read->event.value) {
        continue;
      }
      Name("stale copy");
      Say(fmt::format("{} wrote {} {} from {}, which it had read {}; {} had written {} {}.",
                      Who(write->process), Equation(*write), AtStep(*write), Equation(*read),
                      AtStep(*read), Who(change->process), Equation(*change), AtStep(*change)));
      return true;
    }
    return false;
  }

  struct Insider {
    int process;
    int since;  // step
  };

  // Processes in a section that the condition names.
  std::vector<Insider> InsideSections(const Expr& condition) {
    std::set<std::pair<int, int>> sections;  // template, section
    VisitExpressions(condition, [&](const Expr& e) {
      if (e.kind == ExprKind::kInSection) sections.insert({e.operands[0]->process, e.id});
    });
    std::vector<Insider> insiders;
    for (int p = 0; p < program_.process_count(); ++p) {
      const ProcessInstance& process = program_.processes[static_cast<std::size_t>(p)];
      const auto inside = [&](std::size_t step) {
        const auto point = static_cast<std::size_t>(StateAfter(step)[process.point_slot]);
        const std::vector<bool>& in = program_.CodeOf(p).points[point].sections;
        return std::any_of(sections.begin(), sections.end(), [&](const auto& section) {
          const auto number = static_cast<std::size_t>(section.second);
          return section.first == process.code && number < in.size() && in[number];
        });
      };
      std::size_t step = trace_.steps.size();
      if (!inside(step)) continue;
      while (step > 0 && inside(step - 1)) --step;
      insiders.push_back({p, static_cast<int>(step)});
    }
    return insiders;
  }

  // Whether `process`, from where it stands, comes to code that takes one off the ghost at `slot`:
  // without that the ghost counts something that happened, and nobody is inside.
  bool TakesBack(int process, uint32_t slot) const {
    const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(process)];
    const ProcessCode& code = program_.CodeOf(process);
    const auto point = static_cast<std::size_t>(FinalState()[instance.point_slot]);
    if (!program_.HasSteps(FinalState().data(), process)) return false;
    const FixedRegisters fixed(code, instance);
    bool takes_back = false;
    VisitReachable(code, code.points[point].instruction, [&](const Instruction& i) {
      if (i.opcode != Opcode::kPoke) return;
      const auto offset = fixed.Value(i.a);
      if (!offset || *offset + i.c != static_cast<int64_t>(slot)) return;
      takes_back = takes_back || fixed.Difference(i.b, slot) == -1;
    });
    return takes_back;
  }

  // Processes that have added one to a ghost and will take it back, when the condition holds for a
  // value of 1 and fails for 2.
  std::vector<Insider> InsideByGhost(const Expr& condition) {
    if (condition.kind != ExprKind::kBinary || condition.op < Op::kEq || condition.op > Op::kGe) {
      return {};
    }
    const Expr& left = *condition.operands[0];
    const Expr& right = *condition.operands[1];
    const auto slot = Condition(program_, FinalState().data(), -1).SlotOf(left);
    if (!slot || !right.constant || !left.type->is_integer()) return {};
    const MemoryObject& object =
        program_.objects[static_cast<std::size_t>(program_.slots[*slot].object)];
    if (object.symbol->kind != SymbolKind::kGhost) return {};
    int64_t one = 0, two = 0;
    ApplyBinary(condition.op, IntType::kI64, 1, *right.constant, &one);
    ApplyBinary(condition.op, IntType::kI64, 2, *right.constant, &two);
    if (one == 0 || two != 0) return {};
    std::map<int, int> since;
    for (std::size_t step = 1; step <= trace_.steps.size(); ++step) {
      const int64_t change = StateAfter(step)[*slot] - StateAfter(step - 1)[*slot];
      const int process = trace_.steps[step - 1].process;
      if (change == 0) continue;
      if (change == 1 && since.count(process) == 0) {
        since[process] = static_cast<int>(step);
      } else if (change == -1 && since.count(process) == 1) {
        since.erase(process);
      } else {
        return {};
      }
    }
    std::vector<Insider> insiders;
    insiders.reserve(since.size());
    for (const auto& [process, step] : since) {
      if (TakesBack(process, *slot)) insiders.push_back({process, step});
    }
    return insiders;
  }

  bool MutualExclusion(const Expr& condition) {
    std::vector<Insider> inside = InsideSections(condition);
    if (inside.size() < 2) inside = InsideByGhost(condition);
    if (inside.size() < 2) return false;
    std::sort(inside.begin(), inside.end(),
              [](const Insider& a, const Insider& b) { return a.since < b.since; });
    Name("broken mutual exclusion");
    std::vector<std::string> who;
    who.reserve(inside.size());
    for (const Insider& insider : inside) {
      who.push_back(insider.since == 0
                        ? Who(insider.process) + " from the start"
                        : fmt::format("{} since step {}", Who(insider.process), insider.since));
    }
    Say(fmt::format(
        "{} are inside together: {}.",
        inside.size() == 2 ? "Two processes" : fmt::format("{} processes", inside.size()),
        fmt::join(who, ", ")));
    // What each had seen that was no longer so, or what it saw when it went in.
    for (const Insider& insider : inside) {
      std::size_t entry = 0;
      for (const Access& access : history_.accesses()) {
        if (access.step <= insider.since) entry = access.index + 1;
      }
      const std::vector<StaleRead> stale = history_.StaleReads(insider.process, entry, End());
      if (!stale.empty()) {
        SayStale(stale.front());
        continue;
      }
      SayLook(insider.process, entry);
    }
    return true;
  }

  void SayStale(const StaleRead& stale) {
    std::string text = fmt::format(
        "{} had read {} {} {}; {} wrote {} {}", Who(stale.read->process), Equation(*stale.read),
        AtStep(*stale.read), stale.read_again ? "for its last test" : "and did not look again",
        Who(stale.change->process), Equation(*stale.change), AtStep(*stale.change));
    if (stale.test->index > stale.change->index) {
      text += fmt::format("; {} went by what it had read all the same {}", Who(stale.read->process),
                          AtStep(*stale.test));
    }
    Say(text + ".");
  }

  // What a process looked at last, of cells that others write.
  void SayLook(int process, std::size_t before) {
    Flow& flow = history_.FlowOf(process);
    const Access* look = history_.LastBefore(before, [&](const Access& a) {
      if (a.process != process || a.event.kind != Kind::kRead) return false;
      const Access* branch = history_.FirstAfter(a.index, [&](const Access& b) {
        return b.process == process && b.event.kind == Kind::kBranch && b.step == a.step &&
               flow.ToBranch(a.event.location, b.event.location);
      });
      return branch != nullptr;
    });
    if (look == nullptr) return;
    Say(fmt::format("{} went in after it had read {} {}.", Who(process), Equation(*look),
                    AtStep(*look)));
  }
};

}  // namespace

void ExplainCondition(ExplainContext& context, const Expr& condition) {
  ConditionNarrator(context).BrokenCondition(condition);
}

void ExplainStaleCheck(ExplainContext& context) { ConditionNarrator(context).StaleCheck(); }

void ExplainAnythingElse(ExplainContext& context) { ConditionNarrator(context).AnythingElse(); }

void ExplainWaiters(ExplainContext& context) {
  std::vector<uint32_t> cells;
  for (const Waiter& waiter : context.out.waiting.waiters) {
    cells.insert(cells.end(), waiter.cells.begin(), waiter.cells.end());
    if (waiter.prospect == Prospect::kNobodyWrites && waiter.took_at < 0)
      ConditionNarrator(context).LostWakeUp(waiter.process, waiter.cells);
  }
  ConditionNarrator(context).LostUpdateOfWaited(cells);
}

}  // namespace interleave
