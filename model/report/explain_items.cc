// Items that went wrong: overwritten, taken twice, taken too early, lost, out of order.
//
// The marks say which item broke the property; the item is followed back to the read that its
// consumer took it with and to the store that put it there. Where it lies is an array's cell.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "model/report/code_facts.h"
#include "model/report/explain_parts.h"
#include "model/report/trace_view.h"

namespace interleave {
namespace {

using Kind = Event::Kind;

class ItemNarrator : public Narrator {
 public:
  using Narrator::Narrator;

  void Marks() {
    const bool in_order = property().kind == PropertyKind::kFifo;
    std::vector<Mark> produced;
    const Access* broken = nullptr;  // the mark that broke the property; null: what is left over
    for (const Access& access : history_.accesses()) {
      if (access.event.kind == Kind::kProduced) produced.push_back({&access});
      if (access.event.kind != Kind::kConsumed) continue;
      const auto taken = std::find_if(produced.begin(), produced.end(), [&](const Mark& mark) {
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
        NothingLeft(*broken, got, produced.empty());
        return;
      }
      const bool outstanding = std::any_of(produced.begin(), produced.end(), [&](const Mark& mark) {
        return mark.consumed_by == nullptr && mark.access->event.value == broken->event.value;
      });
      if (outstanding) {
        Name("items out of order");
        Say(fmt::format("{} consumed {} {}, but {}, which {} produced {}, was due first.",
                        Who(broken->process), Item(broken->event.value), AtStep(*broken),
                        Item(oldest->access->event.value), Who(oldest->access->process),
                        AtStep(*oldest->access)));
      } else {
        Say(
            fmt::format("{} consumed {} {}; nobody had produced such an item that was still to be "
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
    Name("item lost");
    Say(fmt::format("{} produced {} {}; everything is done and nobody consumed it.",
                    Who(mark.process), Item(mark.event.value), AtStep(mark)));
    if (store != nullptr) {
      const Access* read = history_.FirstAfter(store->index, [&](const Access& a) {
        return a.event.kind == Kind::kRead && a.event.address == store->event.address;
      });
      if (read == nullptr) {
        Say(fmt::format("It was stored in {} {}, which nobody read again.", Cell(*store),
                        AtStep(*store)));
      }
    }
  }

  void Slots() {
    const MemoryObject& object = program_.objects[static_cast<std::size_t>(property().object)];
    const Access* last = history_.LastBefore(End(), [&](const Access& a) {
      return (a.event.kind == Kind::kRead || a.event.kind == Kind::kWrite) &&
             a.event.address >= object.base && a.event.address < object.base + object.cells;
    });
    if (last == nullptr) return;
    const Access* write = history_.LastWrite(last->event.address, last->index);
    if (last->event.kind == Kind::kWrite) {
      if (write != nullptr && history_.OverwrittenBy(*write) == last) SayOverwritten(*write, *last);
      return;
    }
    if (write == nullptr) {
      Name("item consumed before it was produced");
      ReadTooEarly(*last);
      return;
    }
    const Access* first = history_.FirstAfter(write->index, [&](const Access& a) {
      return a.event.kind == Kind::kRead && a.event.address == last->event.address;
    });
    if (first == nullptr || first == last) return;
    Name("item consumed twice");
    SayTakenTwice(write, *first, *last);
    SameIndex(*first, *last, "read");
  }

  void Unwritten() {
    const Access* last =
        history_.LastBefore(End(), [](const Access& a) { return a.event.kind == Kind::kRead; });
    if (last != nullptr) WhyThere(*last);
  }

  // What the failing process read last from an array was an overwriting by a process that used the
  // same index: so it failed over a value that should not be there.
  bool ReadOfOverwriting() {
    if (trace_.steps.empty()) return false;
    const int process = trace_.steps.back().process;
    const Access* read = history_.LastBefore(End(), [&](const Access& a) {
      return a.process == process && a.event.kind == Kind::kRead && IsElement(a.event.address);
    });
    if (read == nullptr) return false;
    const Access* over = history_.LastWrite(read->event.address, read->index);
    if (over == nullptr || over->process == process) return false;
    const Access* store = history_.LastWrite(read->event.address, over->index);
    if (store == nullptr || store->process == over->process ||
        history_.OverwrittenBy(*store) != over) {
      return false;
    }
    const Access* first = history_.IndexRead(*store);
    const Access* second = history_.IndexRead(*over);
    if (first == nullptr || second == nullptr || first->event.address != second->event.address ||
        first->event.value != second->event.value) {
      return false;
    }
    SayOverwritten(*store, *over);
    Say(fmt::format("{} read {} {}.", Who(process), Equation(*read), AtStep(*read)));
    return true;
  }

 private:
  struct Mark {
    const Access* access;
    const Access* consumed_by = nullptr;
  };

  // The read or take that gave `consumer` the item it marks as consumed.
  const Access* SourceOf(const Access& mark) {
    Flow& flow = history_.FlowOf(mark.process);
    return history_.LastBefore(mark.index, [&](const Access& a) {
      return a.process == mark.process &&
             (a.event.kind == Kind::kRead || a.event.kind == Kind::kOperation) &&
             a.event.value == mark.event.value &&
             flow.ToValue(a.event.location, mark.event.location);
    });
  }
  // The store of an item that its producer marks (before or after it).
  const Access* StoreOf(const Access& mark) {
    const auto is_store = [&](const Access& a) {
      return a.process == mark.process && a.event.kind == Kind::kWrite &&
             a.event.value == mark.event.value && IsElement(a.event.address);
    };
    return history_.LastBefore(mark.index, is_store);
  }
  // Whether the cell is an array's element: items lie in arrays.
  bool IsElement(uint32_t address) const {
    const Slot& slot = program_.slots[address];
    if (slot.kind != SlotKind::kMemory) return false;
    const Symbol& symbol = *program_.objects[static_cast<std::size_t>(slot.object)].symbol;
    return symbol.kind == SymbolKind::kShared && symbol.type->kind == TypeKind::kArray;
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
    const Access* moved = history_.FirstAfter(a->index, [&](const Access& access) {
      return access.event.kind == Kind::kWrite && access.event.address == a->event.address &&
             access.event.value != access.event.old;
    });
    std::string text =
        fmt::format("Both {} where {} says, and both had read {}: {} {}, {} {}", did, Quoted(*a),
                    Equation(*a), Who(a->process), AtStep(*a), Who(b->process), AtStep(*b));
    if (moved == nullptr) {
      text += fmt::format("; nobody had moved {} in between", Quoted(*a));
    } else if (moved->index > b->index) {
      text +=
          fmt::format("; {} moved {} only {}", Who(moved->process), Quoted(*moved), AtStep(*moved));
    }
    Say(text + ".");
  }

  bool Overwritten(const Access* store) {
    if (store == nullptr) return false;
    const Access* over = history_.OverwrittenBy(*store);
    return over != nullptr && SayOverwritten(*store, *over);
  }

  bool SayOverwritten(const Access& store, const Access& over) {
    Name("overwritten item");
    if (store.process != over.process) {
      Say(fmt::format(
          "{} stored {} in {} {}, over the {} that {} had stored there {} and nobody "
          "had read.",
          Who(over.process), Value(over.event.address, over.event.value), Cell(over), AtStep(over),
          Value(store.event.address, store.event.value), Who(store.process), AtStep(store)));
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
    for (std::size_t i = store.index + 1; i < over.index; ++i) {
      const Access& a = history_.accesses()[i];
      if (a.process != over.process || a.event.kind != Kind::kRead) continue;
      if (a.event.address == index->event.address || IsElement(a.event.address)) continue;
      if (!seen.insert(a.event.address).second) continue;
      looked += (looked.empty() ? "" : ", ") + Equation(a);
    }
    Say(looked.empty()
            ? fmt::format("In between it looked at nothing but {}: it did not ask whether the cell "
                          "was free.",
                          Quoted(*index))
            : fmt::format("In between it had read {}, and took the cell to be free.", looked));
  }

  void ConsumedInstead(const Access& mark, const Access* got, const Access& due) {
    std::string text =
        fmt::format("{} then consumed {} ", Who(mark.process), Item(mark.event.value));
    if (got != nullptr && got->step != mark.step) {
      text += fmt::format("(read from {} {}) ", Cell(*got), AtStep(*got));
    }
    Say(fmt::format("{}{}, where {} was due: {} is lost.", text, AtStep(mark),
                    Item(due.event.value), Item(due.event.value)));
  }

  bool ConsumedTwice(const Access& mark, const Access* got, const std::vector<Mark>& produced) {
    if (got == nullptr || got->event.kind != Kind::kRead) return false;
    const Access* store = history_.LastWrite(got->event.address, got->index);
    for (const Mark& earlier : produced) {
      if (earlier.consumed_by == nullptr || earlier.access->event.value != mark.event.value)
        continue;
      const Access* first = SourceOf(*earlier.consumed_by);
      if (first == nullptr || first == got || first->event.address != got->event.address ||
          history_.LastWrite(first->event.address, first->index) != store) {
        continue;
      }
      Name("item consumed twice");
      const Access& a = first->index < got->index ? *first : *got;
      const Access& b = first->index < got->index ? *got : *first;
      SayTakenTwice(store, a, b);
      SameIndex(a, b, "read");
      Say(fmt::format("{} consumed it {}, {} {}.", Who(earlier.consumed_by->process),
                      AtStep(*earlier.consumed_by), Who(mark.process), AtStep(mark)));
      return true;
    }
    return false;
  }

  // Every item that was marked as produced had been consumed: whose item is it?
  void NothingLeft(const Access& mark, const Access* got, bool is_first) {
    const Access* store = got != nullptr && got->event.kind == Kind::kRead
                              ? history_.LastWrite(got->event.address, got->index)
                              : nullptr;
    const std::string promise =
        store != nullptr && !IsMarked(*store) ? NextProduced(store->process) : "";
    if (!promise.empty()) {
      Name("item consumed before it was produced");
      Say(fmt::format("{} stored {} {} and has not reached its `{}`; {} consumed it {}.",
                      Who(store->process), Item(mark.event.value), AtStep(*store), promise,
                      Who(mark.process), AtStep(mark)));
    } else if (is_first) {
      Say(fmt::format("{} consumed {} {}, when nobody had produced anything.", Who(mark.process),
                      Item(mark.event.value), AtStep(mark)));
    } else {
      Say(fmt::format("{} consumed {} {}, when every item produced had been consumed.",
                      Who(mark.process), Item(mark.event.value), AtStep(mark)));
    }
  }

  // Whether the process has marked as many such items as it has stored.
  bool IsMarked(const Access& store) const {
    const auto count = [&](Kind kind) {
      return std::count_if(
          history_.accesses().begin(), history_.accesses().end(), [&](const Access& a) {
            return a.process == store.process && a.event.kind == kind &&
                   a.event.value == store.event.value &&
                   (kind == Kind::kProduced || a.event.address == store.event.address);
          });
    };
    return count(Kind::kProduced) >= count(Kind::kWrite);
  }

  // A mark that a process may still come to, as the text has it; "" where there is none.
  std::string NextProduced(int process) const {
    const ProcessCode& code = program_.CodeOf(process);
    const auto point = static_cast<std::size_t>(program_.PointOf(FinalState().data(), process));
    std::string mark;
    if (!program_.HasSteps(FinalState().data(), process)) return mark;
    VisitReachable(code, code.points[point].instruction, [&](const Instruction& i) {
      if (i.opcode == Opcode::kProduced && mark.empty())
        mark = OneLine(source_, code.locations[i.location].range);
    });
    return mark;
  }

  void SayTakenTwice(const Access* store, const Access& first, const Access& second) {
    if (store != nullptr) {
      Say(fmt::format("{} stored {} in {} once, {}.", Who(store->process),
                      Value(store->event.address, store->event.value), Cell(*store),
                      AtStep(*store)));
    }
    Say(fmt::format("{} took {} {}, and {} again {}.", Who(first.process),
                    store == nullptr ? Cell(first) : "it", AtStep(first),
                    first.process == second.process ? "took it" : Who(second.process) + " took it",
                    AtStep(second)));
  }

  // The cell that was read had never been stored to: who let the reader go there?
  bool ConsumedTooEarly(const Access& mark, const Access* got) {
    if (got == nullptr || got->event.kind != Kind::kRead || !IsElement(got->event.address) ||
        history_.LastWrite(got->event.address, got->index) != nullptr) {
      return false;
    }
    Name("item consumed before it was produced");
    ReadTooEarly(*got);
    Say(fmt::format("{} consumed that {} {}.", Who(mark.process), Item(mark.event.value),
                    AtStep(mark)));
    return true;
  }

  void ReadTooEarly(const Access& read) {
    Say(fmt::format("{} read {} {}; nobody had stored anything there before.", Who(read.process),
                    Equation(read), AtStep(read)));
    WhyThere(read);
  }

  // What it had read that another process wrote: that sent it there.
  void WhyThere(const Access& read) {
    Flow& flow = history_.FlowOf(read.process);
    const Access* sign = history_.LastBefore(read.index, [&](const Access& a) {
      if (a.process != read.process || a.event.kind != Kind::kRead) return false;
      const Access* write = history_.LastWrite(a.event.address, a.index);
      if (write == nullptr || write->process == read.process) return false;
      const Access* branch = history_.FirstAfter(a.index, [&](const Access& b) {
        return b.process == read.process && b.event.kind == Kind::kBranch &&
               flow.ToBranch(a.event.location, b.event.location);
      });
      return branch != nullptr || flow.ToAddress(a.event.location, read.event.location);
    });
    if (sign != nullptr) {
      const Access* write = history_.LastWrite(sign->event.address, sign->index);
      Say(
          fmt::format("{} went there because it had read {} {}; {} had written that {}, before any "
                      "item was in {}.",
                      Who(read.process), Equation(*sign), AtStep(*sign), Who(write->process),
                      AtStep(*write), Cell(read)));
    }
  }
};

}  // namespace

void ExplainItems(ExplainContext& context) { ItemNarrator(context).Marks(); }

void ExplainSlots(ExplainContext& context) { ItemNarrator(context).Slots(); }

void ExplainUnwritten(ExplainContext& context) { ItemNarrator(context).Unwritten(); }

bool ExplainOverwriting(ExplainContext& context) {
  return ItemNarrator(context).ReadOfOverwriting();
}

}  // namespace interleave
