// Each anomaly is a pattern of accesses, looked for where its kind of violation can stem from it:
//
//   overwritten item      a store over a store that nobody read in between
//   item consumed twice   two reads of one store, both consumed
//   item consumed before it was produced   a read of a cell that nobody had stored anything in
//   items out of order, item lost          by the marks alone
//   lost update           P reads x, Q changes x, P writes x from what it had read
//   broken mutual exclusion  two processes inside, by sections or by a ghost that counts
//   stale check           P reads x and branches on it, Q changes x, P goes on without a second look
//   deadlock, data race

#include "model/report/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/report/history.h"
#include "model/report/trace_view.h"
#include "sim/language/arithmetic.h"

namespace interleave {
namespace {

using Kind = Event::Kind;

class Explainer {
 public:
  Explainer(const Program& program, const Source& source, const Counterexample& counterexample)
      : program_(program),
        source_(source),
        violation_(counterexample.violation),
        trace_(counterexample.trace),
        history_(program, counterexample.trace) {}

  Explanation Run() {
    Describe();
    if (!trace_.initial.empty()) {
      out_.remarks = FindRemarks(program_, trace_);
      switch (violation_.kind) {
        case Violation::Kind::kDeadlock: Deadlock(); break;
        case Violation::Kind::kError: Error(); break;
        case Violation::Kind::kProperty: BrokenProperty(); break;
      }
      FinalRemark();
    }
    return std::move(out_);
  }

 private:
  // --- words
  const std::string& Who(int process) const {
    return program_.processes[static_cast<std::size_t>(process)].name;
  }
  std::string Value(uint32_t address, int64_t value) const {
    return FormatValue(program_, program_.slots[address].type, value);
  }
  std::string Item(int64_t value) const {
    return FormatValue(program_, program_.scenario->item_type, value);
  }
  std::string Cell(const Access& access) const { return PlaceName(program_, access.event.address); }
  // "in = 0"
  std::string Equation(const Access& access) const {
    return Cell(access) + " = " + Value(access.event.address, access.event.value);
  }
  static std::string AtStep(const Access& access) {
    return access.step == 0 ? "at the start" : fmt::format("at step {}", access.step);
  }
  std::string List(const std::vector<int>& processes, const char* last) const {
    std::string text;
    for (std::size_t i = 0; i < processes.size(); ++i) {
      if (i > 0) text += i + 1 == processes.size() ? fmt::format(" {} ", last) : ", ";
      text += Who(processes[i]);
    }
    return text;
  }
  void Say(std::string sentence) { out_.why.push_back(std::move(sentence)); }
  bool Named(const char* anomaly) {
    out_.anomaly = anomaly;
    return true;
  }
  const std::vector<int64_t>& FinalState() const {
    return trace_.steps.empty() ? trace_.initial : trace_.steps.back().state;
  }
  std::size_t End() const { return history_.accesses().size(); }

  // --- what broke
  void Describe() {
    const Property* property =
        violation_.property < 0 ? nullptr : &program_.properties[static_cast<std::size_t>(violation_.property)];
    switch (violation_.kind) {
      case Violation::Kind::kDeadlock:
        out_.what = "deadlock";
        out_.anomaly = "deadlock";
        break;
      case Violation::Kind::kError:
        out_.what = violation_.error.kind == ErrorKind::kAssertion
                        ? "assertion"
                        : fmt::format("run-time error ({})", ErrorName(violation_.error.kind));
        out_.range = violation_.error.range;
        out_.message = violation_.error.message;
        if (property != nullptr) {
          out_.message += fmt::format(", while judging {}", PropertyName(*property));
        } else if (violation_.process >= 0) {
          out_.message = fmt::format("{}: {}", Who(violation_.process), out_.message);
        }
        break;
      case Violation::Kind::kProperty:
        out_.what = PropertyName(*property);
        out_.range = property->range;
        out_.message = violation_.explanation;
        break;
    }
  }

  static std::string PropertyName(const Property& property) {
    switch (property.kind) {
      case PropertyKind::kInvariant: return "invariant " + property.name;
      case PropertyKind::kNever: return "never " + property.name;
      case PropertyKind::kReachable: return "reachable " + property.name;
      default: return "property " + property.name;
    }
  }

  const Expr* ConditionOf(int property) const {
    return program_.scenario->syntax->properties[static_cast<std::size_t>(property)].expression.get();
  }

  void NoteValues(const Expr& expr) {
    out_.values = Condition(program_, FinalState().data(), violation_.process).Values(expr);
  }

  std::string ValuesText() const {
    std::string text;
    for (const NamedValue& value : out_.values) {
      text += (text.empty() ? "" : ", ") + value.name + " = " + value.value;
    }
    return text;
  }

  void BrokenProperty() {
    const Property& property = program_.properties[static_cast<std::size_t>(violation_.property)];
    switch (property.kind) {
      case PropertyKind::kInvariant:
      case PropertyKind::kNever: {
        const Expr& condition = *ConditionOf(violation_.property);
        NoteValues(condition);
        const char* truth = property.kind == PropertyKind::kInvariant ? "false" : "true";
        out_.message = fmt::format("{} is {}", OneLine(source_, condition.range), truth);
        if (!out_.values.empty()) out_.message += ": " + ValuesText();
        BrokenCondition(condition);
        break;
      }
      case PropertyKind::kReachable:
        out_.message = fmt::format("{} is not true in any reachable state",
                                   OneLine(source_, ConditionOf(violation_.property)->range));
        break;
      case PropertyKind::kFifo:
      case PropertyKind::kExactlyOnce: Marks(); break;
      case PropertyKind::kSlots: Slots(); break;
      case PropertyKind::kRace: Race(); break;
    }
  }

  void FinalRemark() {
    if (trace_.steps.empty()) return;
    const int last = static_cast<int>(trace_.steps.size());
    std::string text;
    if (violation_.kind == Violation::Kind::kDeadlock) {
      text = "nothing goes on from here";
    } else if (violation_.kind == Violation::Kind::kError && violation_.property < 0) {
      text = violation_.error.message;
      if (violation_.error.kind == ErrorKind::kAssertion) {
        text = fmt::format("the assertion {} fails", OneLine(source_, violation_.error.range));
      }
      if (!out_.values.empty()) text += ": " + ValuesText();
    } else if (program_.properties[static_cast<std::size_t>(violation_.property)].kind ==
               PropertyKind::kRace) {
      text = "both accesses could come next";
    } else {
      text = "breaks " + program_.properties[static_cast<std::size_t>(violation_.property)].name;
      // The words are there already when this very step is remarked upon.
      if (!out_.message.empty()) text += ": " + out_.message;
    }
    out_.remarks.push_back({last, std::move(text)});
  }

  // --- items
  struct Mark {
    const Access* access;
    const Access* consumed_by = nullptr;
  };

  // The read or take that gave `consumer` the item it marks as consumed.
  const Access* SourceOf(const Access& mark) {
    Flow& flow = history_.FlowOf(mark.process);
    return history_.LastBefore(mark.order, [&](const Access& a) {
      return a.process == mark.process && (a.event.kind == Kind::kRead || a.event.kind == Kind::kTake) &&
             a.event.value == mark.event.value && flow.ToValue(a.event.place, mark.event.place);
    });
  }
  // The store of an item that its producer marks (before or after it).
  const Access* StoreOf(const Access& mark) {
    const auto is_store = [&](const Access& a) {
      return a.process == mark.process && a.event.kind == Kind::kWrite &&
             a.event.value == mark.event.value && IsElement(a.event.address);
    };
    return history_.LastBefore(mark.order, is_store);
  }
  // Whether the cell is an array's element: items lie in arrays.
  bool IsElement(uint32_t address) const {
    const Slot& slot = program_.slots[address];
    if (slot.kind != SlotKind::kMemory) return false;
    const Symbol& symbol = *program_.objects[static_cast<std::size_t>(slot.object)].symbol;
    return symbol.kind == SymbolKind::kShared && symbol.type->kind == TypeKind::kArray;
  }

  void Marks() {
    const bool in_order = program_.properties[static_cast<std::size_t>(violation_.property)].kind ==
                          PropertyKind::kFifo;
    std::vector<Mark> produced;
    const Access* broken = nullptr;  // the mark that broke the property; null: what is left over
    for (const Access& access : history_.accesses()) {
      if (access.event.kind == Kind::kProduced) produced.push_back({&access});
      if (access.event.kind != Kind::kConsumed) continue;
      const auto taken =
          std::find_if(produced.begin(), produced.end(), [&](const Mark& mark) {
            return mark.consumed_by == nullptr &&
                   (in_order || mark.access->event.value == access.event.value);
          });
      if (taken == produced.end() || taken->access->event.value != access.event.value) {
        broken = &access;
        break;
      }
      taken->consumed_by = &access;
    }
    const auto oldest = std::find_if(produced.begin(), produced.end(),
                                     [](const Mark& mark) { return mark.consumed_by == nullptr; });
    if (broken != nullptr) {
      const Access* got = SourceOf(*broken);
      if (ConsumedTwice(*broken, got, produced)) return;
      if (ConsumedTooEarly(*broken, got)) return;
      if (oldest != produced.end() && Overwritten(StoreOf(*oldest->access))) {
        ConsumedInstead(*broken, got, *oldest->access);
        return;
      }
      if (oldest == produced.end()) {
        Say(fmt::format("{} consumed {} {}, when every item produced had been consumed.",
                        Who(broken->process), Item(broken->event.value), AtStep(*broken)));
        return;
      }
      const bool outstanding = std::any_of(produced.begin(), produced.end(), [&](const Mark& mark) {
        return mark.consumed_by == nullptr && mark.access->event.value == broken->event.value;
      });
      if (outstanding) {
        Named("items out of order");
        Say(fmt::format("{} consumed {} {}, but {}, which {} produced {}, was due first.",
                        Who(broken->process), Item(broken->event.value), AtStep(*broken),
                        Item(oldest->access->event.value), Who(oldest->access->process),
                        AtStep(*oldest->access)));
      } else {
        Say(fmt::format("{} consumed {} {}; nobody had produced such an item that was still to be "
                        "consumed.",
                        Who(broken->process), Item(broken->event.value), AtStep(*broken)));
      }
      return;
    }
    if (oldest == produced.end()) return;
    const Access& mark = *oldest->access;
    const Access* store = StoreOf(mark);
    if (Overwritten(store)) {
      Say(fmt::format("So {} is lost: everything is done and nobody consumed it.",
                      Item(mark.event.value)));
      return;
    }
    Named("item lost");
    Say(fmt::format("{} produced {} {}; everything is done and nobody consumed it.",
                    Who(mark.process), Item(mark.event.value), AtStep(mark)));
    if (store != nullptr) {
      const Access* read = history_.FirstAfter(store->order, [&](const Access& a) {
        return a.event.kind == Kind::kRead && a.event.address == store->event.address;
      });
      if (read == nullptr) {
        Say(fmt::format("It was stored in {} {}, which nobody read again.", Cell(*store), AtStep(*store)));
      }
    }
  }

  // What became of `in` (or whatever chose the cell): both stores used the same value of it.
  void SameIndex(const Access& first, const Access& second, const char* did) {
    const Access* a = history_.IndexRead(first);
    const Access* b = history_.IndexRead(second);
    if (a == nullptr || b == nullptr || a->event.address != b->event.address ||
        a->event.value != b->event.value) {
      return;
    }
    if (first.process == second.process) return;
    const Access* moved = history_.FirstAfter(a->order, [&](const Access& access) {
      return access.event.kind == Kind::kWrite && access.event.address == a->event.address &&
             access.event.value != access.event.old;
    });
    std::string text = fmt::format("Both {} where {} says, and both had read {}: {} {}, {} {}", did,
                                   Cell(*a), Equation(*a), Who(a->process), AtStep(*a),
                                   Who(b->process), AtStep(*b));
    if (moved == nullptr) {
      text += fmt::format("; nobody had moved {} in between", Cell(*a));
    } else if (moved->order > b->order) {
      text += fmt::format("; {} moved {} only {}", Who(moved->process), Cell(*moved), AtStep(*moved));
    }
    Say(text + ".");
  }

  bool Overwritten(const Access* store) {
    if (store == nullptr) return false;
    const Access* over = history_.OverwrittenBy(*store);
    return over != nullptr && SayOverwritten(*store, *over);
  }

  bool SayOverwritten(const Access& store, const Access& over) {
    Named("overwritten item");
    if (store.process != over.process) {
      Say(fmt::format("{} stored {} in {} {}, over the {} that {} had stored there {} and nobody "
                      "had read.",
                      Who(over.process), Value(over.event.address, over.event.value), Cell(over),
                      AtStep(over), Value(store.event.address, store.event.value),
                      Who(store.process), AtStep(store)));
    } else {
      Say(fmt::format("{} stored {} in {} {}, over its own {} of step {}, which nobody had read.",
                      Who(over.process), Value(over.event.address, over.event.value), Cell(over),
                      AtStep(over), Value(store.event.address, store.event.value), store.step));
    }
    SameIndex(store, over, "store");
    if (store.process == over.process) RoundTheRing(store, over);
    return true;
  }

  // One process came back to a cell before anybody had taken what is in it.
  void RoundTheRing(const Access& store, const Access& over) {
    const Access* index = history_.IndexRead(over);
    if (index == nullptr) return;
    // What it looked at between the two stores, apart from the index itself, of others.
    std::string looked;
    std::set<uint32_t> seen;
    for (std::size_t i = store.order + 1; i < over.order; ++i) {
      const Access& a = history_.accesses()[i];
      if (a.process != over.process || a.event.kind != Kind::kRead) continue;
      if (a.event.address == index->event.address || IsElement(a.event.address)) continue;
      if (!seen.insert(a.event.address).second) continue;
      looked += (looked.empty() ? "" : ", ") + Equation(a);
    }
    Say(looked.empty()
            ? fmt::format("In between it looked at nothing but {}: it did not ask whether the cell "
                          "was free.",
                          Cell(*index))
            : fmt::format("In between it had read {}, and took the cell to be free.", looked));
  }

  void ConsumedInstead(const Access& mark, const Access* got, const Access& due) {
    std::string text = fmt::format("{} then consumed {} ", Who(mark.process), Item(mark.event.value));
    if (got != nullptr && got->step != mark.step) {
      text += fmt::format("(read from {} {}) ", Cell(*got), AtStep(*got));
    }
    Say(fmt::format("{}{}, where {} was due: {} is lost.", text, AtStep(mark),
                    Item(due.event.value), Item(due.event.value)));
  }

  bool ConsumedTwice(const Access& mark, const Access* got, const std::vector<Mark>& produced) {
    if (got == nullptr || got->event.kind != Kind::kRead) return false;
    const Access* store = history_.LastWrite(got->event.address, got->order);
    for (const Mark& earlier : produced) {
      if (earlier.consumed_by == nullptr || earlier.access->event.value != mark.event.value) continue;
      const Access* first = SourceOf(*earlier.consumed_by);
      if (first == nullptr || first == got || first->event.address != got->event.address ||
          history_.LastWrite(first->event.address, first->order) != store) {
        continue;
      }
      Named("item consumed twice");
      const std::string stored =
          store == nullptr ? ""
                           : fmt::format(", which {} had stored there once, {}", Who(store->process),
                                         AtStep(*store));
      const Access& a = first->order < got->order ? *first : *got;
      const Access& b = first->order < got->order ? *got : *first;
      Say(fmt::format("{} took {} from {} {}, and {} took it again {}{}.", Who(a.process),
                      Value(a.event.address, a.event.value), Cell(a), AtStep(a),
                      a.process == b.process ? "it" : Who(b.process), AtStep(b), stored));
      SameIndex(a, b, "read");
      Say(fmt::format("{} consumed it {}, {} {}.", Who(earlier.consumed_by->process),
                      AtStep(*earlier.consumed_by), Who(mark.process), AtStep(mark)));
      return true;
    }
    return false;
  }

  // The cell that was read had never been stored to: who let the reader go there?
  bool ConsumedTooEarly(const Access& mark, const Access* got) {
    if (got == nullptr || got->event.kind != Kind::kRead || !IsElement(got->event.address) ||
        history_.LastWrite(got->event.address, got->order) != nullptr) {
      return false;
    }
    Named("item consumed before it was produced");
    ReadTooEarly(*got);
    Say(fmt::format("{} consumed that {} {}.", Who(mark.process), Item(mark.event.value), AtStep(mark)));
    return true;
  }

  void ReadTooEarly(const Access& read) {
    Say(fmt::format("{} read {} {}; nobody had stored anything there before.", Who(read.process),
                    Equation(read), AtStep(read)));
    // What it had read that another process wrote: that sent it there.
    Flow& flow = history_.FlowOf(read.process);
    const Access* sign = history_.LastBefore(read.order, [&](const Access& a) {
      if (a.process != read.process || a.event.kind != Kind::kRead) return false;
      const Access* write = history_.LastWrite(a.event.address, a.order);
      if (write == nullptr || write->process == read.process) return false;
      const Access* branch = history_.FirstAfter(a.order, [&](const Access& b) {
        return b.process == read.process && b.event.kind == Kind::kBranch &&
               flow.ToBranch(a.event.place, b.event.place);
      });
      return branch != nullptr || flow.ToAddress(a.event.place, read.event.place);
    });
    if (sign != nullptr) {
      const Access* write = history_.LastWrite(sign->event.address, sign->order);
      const Access* store = history_.FirstAfter(write->order, [&](const Access& a) {
        return a.event.kind == Kind::kWrite && a.event.address == read.event.address;
      });
      std::string text = fmt::format(
          "It went there because it had read {} {}, which {} wrote {}", Equation(*sign),
          AtStep(*sign), Who(write->process), AtStep(*write));
      if (store != nullptr && store->process == write->process) {
        text += fmt::format(", before it stored the item {}", AtStep(*store));
      } else {
        text += fmt::format(" without an item in {}", Cell(read));
      }
      Say(text + ".");
    }
  }

  void Slots() {
    const Property& property = program_.properties[static_cast<std::size_t>(violation_.property)];
    const MemoryObject& object = program_.objects[static_cast<std::size_t>(property.object)];
    const Access* last = history_.LastBefore(End(), [&](const Access& a) {
      return (a.event.kind == Kind::kRead || a.event.kind == Kind::kWrite) &&
             a.event.address >= object.base && a.event.address < object.base + object.cells;
    });
    if (last == nullptr) return;
    const Access* write = history_.LastWrite(last->event.address, last->order);
    if (last->event.kind == Kind::kWrite) {
      if (write != nullptr && history_.OverwrittenBy(*write) == last) SayOverwritten(*write, *last);
      return;
    }
    if (write == nullptr) {
      Named("item consumed before it was produced");
      ReadTooEarly(*last);
      return;
    }
    const Access* first = history_.FirstAfter(write->order, [&](const Access& a) {
      return a.event.kind == Kind::kRead && a.event.address == last->event.address;
    });
    if (first == nullptr || first == last) return;
    Named("item consumed twice");
    Say(fmt::format("{} took {} from {} {}, and {} took it again {}; {} had stored it once, {}.",
                    Who(first->process), Value(first->event.address, first->event.value),
                    Cell(*first), AtStep(*first),
                    first->process == last->process ? "it" : Who(last->process), AtStep(*last),
                    Who(write->process), AtStep(*write)));
    SameIndex(*first, *last, "read");
  }

  // --- conditions: invariants and assertions
  void BrokenCondition(const Expr& condition) {
    if (MutualExclusion(condition)) return;
    const std::vector<uint32_t> slots =
        Condition(program_, FinalState().data(), violation_.process).Slots(condition);
    if (LostUpdateOf(slots)) return;
    StaleCheck();
  }

  bool LostUpdateOf(const std::vector<uint32_t>& slots) {
    std::vector<LostUpdate> lost;
    for (const LostUpdate& update : history_.LostUpdates()) {
      if (std::find(slots.begin(), slots.end(), update.write->event.address) != slots.end()) {
        lost.push_back(update);
      }
    }
    if (lost.empty()) return false;
    Named("lost update");
    const LostUpdate& first = lost.front();
    Say(fmt::format("{} read {} {}; {} wrote {} {}; then {}, which had not seen that, wrote {} {}, "
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

  struct Insider {
    int process;
    int since;  // step
  };

  const std::vector<int64_t>& StateAfter(std::size_t step) const {
    return step == 0 ? trace_.initial : trace_.steps[step - 1].state;
  }

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

  // Processes that have added one to a ghost and not taken it back, when the condition holds for a
  // value of 1 and fails for 2.
  std::vector<Insider> InsideByGhost(const Expr& condition) {
    if (condition.kind != ExprKind::kBinary || condition.op < Op::kEq || condition.op > Op::kGe) {
      return {};
    }
    const Expr& left = *condition.operands[0];
    const Expr& right = *condition.operands[1];
    const auto slot = Condition(program_, FinalState().data(), -1).SlotOf(left);
    if (!slot || !right.constant) return {};
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
    for (const auto& [process, step] : since) insiders.push_back({process, step});
    return insiders;
  }

  bool MutualExclusion(const Expr& condition) {
    std::vector<Insider> inside = InsideSections(condition);
    if (inside.size() < 2) inside = InsideByGhost(condition);
    if (inside.size() < 2) return false;
    std::sort(inside.begin(), inside.end(),
              [](const Insider& a, const Insider& b) { return a.since < b.since; });
    Named("broken mutual exclusion");
    std::vector<std::string> who;
    for (const Insider& insider : inside) {
      who.push_back(insider.since == 0 ? Who(insider.process) + " from the start"
                                       : fmt::format("{} since step {}", Who(insider.process), insider.since));
    }
    Say(fmt::format("{} are inside together: {}.", inside.size() == 2 ? "Two processes" : fmt::format("{} processes", inside.size()),
                    fmt::join(who, ", ")));
    // What each had seen that was no longer so, or what it saw when it went in.
    for (const Insider& insider : inside) {
      std::size_t entry = 0;
      for (const Access& access : history_.accesses()) {
        if (access.step <= insider.since) entry = access.order + 1;
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
    Say(fmt::format("{} had read {} {} and did not look again; {} wrote {} {}.",
                    Who(stale.read->process), Equation(*stale.read), AtStep(*stale.read),
                    Who(stale.change->process), Equation(*stale.change), AtStep(*stale.change)));
  }

  // What a process looked at last, of cells that others write.
  void SayLook(int process, std::size_t before) {
    Flow& flow = history_.FlowOf(process);
    const Access* look = history_.LastBefore(before, [&](const Access& a) {
      if (a.process != process || a.event.kind != Kind::kRead) return false;
      const Access* branch = history_.FirstAfter(a.order, [&](const Access& b) {
        return b.process == process && b.event.kind == Kind::kBranch && b.step == a.step &&
               flow.ToBranch(a.event.place, b.event.place);
      });
      return branch != nullptr;
    });
    if (look == nullptr) return;
    Say(fmt::format("{} went in after it had read {} {}.", Who(process), Equation(*look), AtStep(*look)));
  }

  // P looked, somebody changed what it saw, P went on.
  bool StaleCheck() {
    if (trace_.steps.empty()) return false;
    const int process = trace_.steps.back().process;
    const std::vector<StaleRead> stale = history_.StaleReads(process, End(), End());
    if (stale.empty()) return false;
    Named("stale check");
    SayStale(stale.front());
    Say(fmt::format("What it did up to step {} rests on the old value.", trace_.steps.size()));
    return true;
  }

  // --- errors, deadlock, race
  void Error() {
    if (violation_.property >= 0) return;
    const Expr* failed = FindExpression(*program_.scenario, violation_.error.range);
    if (failed != nullptr) NoteValues(*failed);
    if (violation_.error.kind == ErrorKind::kAssertion) {
      out_.message = fmt::format("{}: the assertion {} fails", Who(violation_.process),
                                 OneLine(source_, violation_.error.range));
      if (!out_.values.empty()) out_.message += ": " + ValuesText();
    }
    if (violation_.error.kind == ErrorKind::kAssertion && failed != nullptr) {
      BrokenCondition(*failed);
      return;
    }
    if (!violation_.error.hint.empty() && violation_.error.kind != ErrorKind::kUnwritten) {
      Say("Hint: " + violation_.error.hint + ".");
    }
    StaleCheck();
    if (violation_.error.kind == ErrorKind::kUnwritten) {
      Say("Hint: " + violation_.error.hint + ".");
    }
  }

  void Race() {
    const std::vector<int64_t>& state = FinalState();
    Observer observer(program_);
    Named("data race");
    std::string places;
    for (int p = 0; p < program_.process_count(); ++p) {
      std::vector<Event> events;
      observer.NextAccesses(state.data(), p, events);
      for (const Event& event : events) {
        if (event.kind != Kind::kRead && event.kind != Kind::kWrite) continue;
        if (program_.slots[event.address].object != violation_.race_object) continue;
        const SourceRange range = program_.CodeOf(p).places[event.place].range;
        places += fmt::format("{}{} {}s {} in line {} ({})", places.empty() ? "" : ", ", Who(p),
                              event.kind == Kind::kWrite ? "write" : "read",
                              PlaceName(program_, event.address), source_.Locate(range.begin).line,
                              OneLine(source_, range));
        break;
      }
    }
    Say(fmt::format("After {} {} could come next, in either order: {}.",
                    trace_.steps.empty() ? "the start" : fmt::format("step {}", trace_.steps.size()),
                    "both", places));
  }

  void Deadlock() {
    out_.waiting = FindWaiting(program_, FinalState().data(), history_);
    std::vector<int> left;
    for (const Waiter& waiter : out_.waiting.waiters) {
      left.push_back(waiter.process);
      Say(Waits(waiter));
    }
    if (!out_.waiting.waiters.empty()) out_.range = out_.waiting.waiters.front().range;
    out_.message = left.size() == 1 ? fmt::format("{} is left and can never go on", Who(left[0]))
                                    : "every process that is left waits, and none can ever go on";
    const std::vector<int>& cycle = out_.waiting.cycle;
    if (cycle.size() > 1) {
      std::string text;
      for (const int process : cycle) text += Who(process) + " -> ";
      Say(fmt::format("The cycle: {}{}.", text, Who(cycle[0])));
    }
  }

  std::string Waits(const Waiter& waiter) const {
    const uint32_t line = source_.Locate(waiter.range.begin).line;
    std::string text = fmt::format("{} {} in line {}: {}", Who(waiter.process),
                                   waiter.blocked ? "is blocked" : "goes round", line,
                                   OneLine(source_, waiter.range));
    if (!waiter.values.empty()) {
      text += ", with ";
      for (std::size_t i = 0; i < waiter.values.size(); ++i) {
        text += (i == 0 ? "" : ", ") + waiter.values[i].name + " = " + waiter.values[i].value;
        const Access* write = history_.LastBefore(End(), [&](const Access& a) {
          const Kind kind = a.event.kind;
          return (kind == Kind::kWrite || kind == Kind::kAppend || kind == Kind::kTake) &&
                 a.event.address == waiter.cells[i];
        });
        if (write != nullptr) text += fmt::format(" ({}, step {})", Who(write->process), write->step);
      }
    }
    if (waiter.waits_for.empty()) return text + "; nobody is left who could change that.";
    if (waiter.waits_for.size() == 1) {
      return text + fmt::format("; only {} could change that.", Who(waiter.waits_for[0]));
    }
    return text + fmt::format("; {} could change that.", List(waiter.waits_for, "or"));
  }

  const Program& program_;
  const Source& source_;
  const Violation& violation_;
  const Trace& trace_;
  History history_;
  Explanation out_;
};

}  // namespace

std::vector<Remark> FindRemarks(const Program& program, const Trace& trace) {
  std::vector<Remark> remarks;
  History history(program, trace);
  // Cells in which items lie: of the ring, and of `property slots`.
  std::vector<bool> item_cell(program.slots.size(), false);
  const auto add = [&](int number) {
    if (number < 0) return;
    const MemoryObject& object = program.objects[static_cast<std::size_t>(number)];
    if (object.is_queue) return;
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
        remarks.push_back({access.step, fmt::format("overwrites {} of step {}, which nobody had read",
                                                    FormatValue(program, program.slots[cell].type,
                                                                access.event.old),
                                                    stored[cell]->step)});
      }
      stored[cell] = &access;
      taken[cell] = nullptr;
    } else if (access.event.kind == Kind::kRead) {
      if (stored[cell] == nullptr) {
        remarks.push_back({access.step, "nobody has stored anything there yet"});
      } else if (taken[cell] != nullptr && taken[cell]->step != access.step) {
        remarks.push_back({access.step, fmt::format("{} took it at step {} already",
                                                    taken[cell]->process == access.process
                                                        ? "it"
                                                        : who(taken[cell]->process),
                                                    taken[cell]->step)});
      }
      taken[cell] = &access;
    }
  }
  for (const LostUpdate& lost : history.LostUpdates()) {
    remarks.push_back({lost.write->step,
                       fmt::format("the update of step {} is lost: {} was read at step {}",
                                   lost.lost->step, PlaceName(program, lost.write->event.address),
                                   lost.read->step)});
  }
  std::stable_sort(remarks.begin(), remarks.end(),
                   [](const Remark& a, const Remark& b) { return a.step < b.step; });
  return remarks;
}

Explanation Explain(const Program& program, const Source& source,
                    const Counterexample& counterexample) {
  return Explainer(program, source, counterexample).Run();
}

}  // namespace interleave
