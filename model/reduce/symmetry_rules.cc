// A template is symmetric if ids are only stored, handed on, compared for equality with each other
// or with a constant that is nobody's id, and used as an index where nothing else is. Whatever else
// is done with one treats an id as more than a name, so it refuses the template, with its range in
// the text.

#include "model/reduce/symmetry_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "sim/language/arithmetic.h"
#include "sim/program/liveness.h"

namespace interleave {
namespace {

constexpr std::size_t kMaxTerms = 4;

class Rules {
 public:
  Rules(const AbstractMemory& memory, const IdFlow& flow, SymmetryCandidates& candidates)
      : memory_(memory), flow_(flow), candidates_(candidates) {}

  void CheckAll() {
    for (std::size_t c = 0; c < memory_.codes.size(); ++c) {
      for (const Instruction& i : memory_.codes[c]->instructions) CheckInstruction(c, i);
    }
    for (std::size_t o = 0; o < memory_.objects.size(); ++o) CheckObject(o);
    CheckRegisters();
    for (std::size_t o = 0; o < memory_.objects.size(); ++o) {
      for (const ObjectCell& cell : memory_.objects[o].cells)
        CheckLocation(cell.location, memory_.program.objects[o].symbol->range);
    }
    for (const Property& property : memory_.program.properties) {
      if (property.row().follows_items) CheckLocation(memory_.items, property.range);
    }
  }

 private:
  std::string NameOf(std::size_t code) const {
    return memory_.program.codes[code].source->symbol->name;
  }

  std::string OwnersOf(const AbstractValue& value) const {
    std::string names;
    std::set<int> seen;
    for (const IdForm& id : value.ids) {
      if (!seen.insert(id.code).second) continue;
      names += (names.empty() ? "" : " and ") + NameOf(static_cast<std::size_t>(id.code));
    }
    return names;
  }

  void CheckRegisters() {
    for (std::size_t c = 0; c < memory_.codes.size(); ++c) {
      for (uint32_t r = 0; r < memory_.codes[c]->register_count; ++r) {
        if (!flow_.value(memory_.RegisterAt(c, r)).has_ids()) continue;
        const int at = memory_.register_uses[c].definitions[r];
        SourceRange range;
        for (const Instruction& i : memory_.codes[c]->instructions) {
          bool writes = false;
          VisitRegisters(
              i, *memory_.codes[c], [](uint32_t, uint32_t) {},
              [&](uint32_t first, uint32_t count) {
                writes = writes || (r >= first && r < first + count);
              });
          if (writes) range = memory_.RangeOf(c, i);
          if (writes && at >= 0) break;
        }
        CheckLocation(memory_.RegisterAt(c, r), range);
      }
    }
  }

  // A constant beside ids that is one of them.
  std::optional<int64_t> ConstantAmongIds(const AbstractValue& value) const {
    for (const int64_t constant : value.constants) {
      for (const IdForm& id : value.ids) {
        if (IsTheIdOfOne(memory_.program, id, constant)) return constant;
      }
    }
    return std::nullopt;
  }

  // A location may hold ids of each kind in one form, where no value stands for two, and beside
  // them only constants that are none.
  void CheckLocation(std::size_t location, SourceRange range) {
    const AbstractValue& value = flow_.value(location);
    if (!value.has_ids() || value.address) return;
    const std::string name =
        memory_.names[location].empty() ? "a value" : "`" + memory_.names[location] + "`";
    if (!AreApart(memory_.program, value.ids)) {
      candidates_.RefuseIds(
          value, range,
          std::set<int>{value.ids.begin()->code, value.ids.rbegin()->code}.size() > 1
              ? fmt::format("{} holds ids of {}", name, OwnersOf(value))
              : fmt::format("{} holds ids of {} in more than one form", name, OwnersOf(value)));
      return;
    }
    if (value.plain) {
      candidates_.RefuseIds(
          value, range, fmt::format("{} holds ids of {} and other values", name, OwnersOf(value)));
    }
    if (const auto constant = ConstantAmongIds(value)) {
      candidates_.RefuseIds(
          value, range,
          fmt::format("{} holds ids of {}, and the constant {}, which is one of them", name,
                      OwnersOf(value), *constant));
    }
  }

  void CheckObject(std::size_t o) {
    const MemoryObject& object = memory_.program.objects[o];
    const std::string& name = object.symbol->name;
    std::size_t dimensions = 0;
    for (std::size_t l = 0; l < memory_.objects[o].levels.size(); ++l) {
      const ObjectLevel& level = memory_.objects[o].levels[l];
      const IndexUse& use = flow_.index(o, l);
      const AbstractValue& index = use.value;
      if (!index.has_ids()) continue;
      if (++dimensions > kMaxTerms)
        candidates_.RefuseIds(index, object.symbol->range,
                              fmt::format("`{}` has too many dimensions", name));
      if (!AreApart(memory_.program, index.ids) || index.address) {
        candidates_.RefuseIds(index, object.symbol->range,
                              fmt::format("`{}` is indexed by ids of {} in more than one form",
                                          name, OwnersOf(index)));
        continue;
      }
      if (index.plain) {
        candidates_.RefuseIds(index, use.plain_range,
                              fmt::format("`{}` is indexed by {}, which is no id of {}", name,
                                          use.plain_name, OwnersOf(index)));
        continue;
      }
      if (const auto constant = ConstantAmongIds(index)) {
        candidates_.RefuseIds(
            index, use.plain_range,
            fmt::format("`{}` is indexed by the constant {}, which is one id of {}", name,
                        *constant, OwnersOf(index)));
      }
      for (const IdForm& id : index.ids) {
        if (id.offset >= 0 && id.offset + CountOf(memory_.program, id.code) <= level.count)
          continue;
        candidates_.Refuse(
            id.code, object.symbol->range,
            fmt::format("`{}` is indexed by ids of {} that lie outside it", name, OwnersOf(index)));
      }
      if (object.symbol->kind == SymbolKind::kTable) {
        candidates_.RefuseIds(index, object.symbol->range,
                              fmt::format("`{}`, which never changes, is indexed by ids of {}",
                                          name, OwnersOf(index)));
      }
    }
  }

  void CheckTruth(std::size_t c, const Instruction& i, const AbstractValue& value) {
    const SourceRange range = memory_.RangeOf(c, i);
    for (const IdForm& id : value.ids) {
      if (value.address || IsTheIdOfOne(memory_.program, id, 0)) {
        candidates_.Refuse(
            id.code, range,
            fmt::format("an id of {} is tested for 0, which is one of them", OwnersOf(value)));
      }
    }
  }

  // Where ids say which cell is meant.
  void CheckAddress(std::size_t c, const Instruction& i, int64_t base) {
    const SourceRange range = memory_.RangeOf(c, i);
    const Address address = memory_.Resolve(c, i.a, base);
    if (address.unknown) {
      candidates_.RefuseAll(range, "a pointer may lead anywhere");
      return;
    }
    const int number = address.own ? -1 : memory_.ObjectAtSlot(address.base);
    for (const Dimension& dimension : address.dimensions) {
      const AbstractValue& index = flow_.reg(c, dimension.reg);
      if (!index.has_ids()) continue;
      if (number < 0 || address.dimensions.size() > kMaxTerms ||
          !memory_.LevelOf(memory_.objects[static_cast<std::size_t>(number)],
                           memory_.CellAt(number, address.base), dimension)) {
        candidates_.RefuseIds(index, range,
                              fmt::format("an index depends on ids of {} here", OwnersOf(index)));
      }
    }
  }

  void CheckNoAddress(std::size_t c, const Instruction& i, const AbstractValue& value) {
    if (!value.address) return;
    candidates_.RefuseIds(
        value, memory_.RangeOf(c, i),
        fmt::format("the address of a cell that belongs to one {} is a value here",
                    OwnersOf(value)));
  }

  void CheckStore(std::size_t c, const Instruction& i) {
    CheckNoAddress(c, i, flow_.reg(c, i.b));
    CheckAddress(c, i, i.c);
    if (memory_.Resolve(c, i.a, i.c).own) {
      candidates_.RefuseIds(flow_.reg(c, i.b), memory_.RangeOf(c, i),
                            fmt::format("an id of {} is stored in a local that has an address",
                                        OwnersOf(flow_.reg(c, i.b))));
    }
  }

  void CheckBinary(std::size_t c, const Instruction& i) {
    const AbstractValue& a = flow_.reg(c, i.a);
    const AbstractValue& b = flow_.reg(c, i.b);
    if (!a.has_ids() && !b.has_ids()) return;
    // The end of a quantifier, which is asked of the number of its turn.
    if (i.op == Op::kLe && flow_.IsQuantified(c, i.a) && memory_.IsEndOfQuantifier(c, i)) return;
    if (IsAddressSum(i, a, b)) return;  // used as an address only, or refused there
    CheckNoAddress(c, i, a);
    CheckNoAddress(c, i, b);
    const SourceRange range = memory_.RangeOf(c, i);
    AbstractValue both = a;
    JoinInto(both, b);
    if (i.op == Op::kEq || i.op == Op::kNe) {
      if (!AreApart(memory_.program, both.ids)) {
        candidates_.RefuseIds(
            both, range, fmt::format("ids of {} in different forms are compared", OwnersOf(both)));
      } else if (both.plain) {
        const bool left = a.plain;
        candidates_.RefuseIds(
            both, range,
            fmt::format("an id of {} is compared with {}, which is none", OwnersOf(both),
                        memory_.NameOfRegister(c, left ? i.a : i.b)));
      } else if (const auto constant = ConstantAmongIds(both)) {
        candidates_.RefuseIds(
            both, range,
            fmt::format("an id of {} is compared with the constant {}, which is one of them",
                        OwnersOf(both), *constant));
      }
      return;
    }
    if (i.op >= Op::kEq && i.op <= Op::kGe) {
      candidates_.RefuseIds(both, range,
                            fmt::format("ids of {} are compared by their order (`{}`)",
                                        OwnersOf(both), OperatorText(i.op)));
      return;
    }
    if (!Shifted(memory_.program, i, a, b)) {
      candidates_.RefuseIds(
          both, range,
          fmt::format("`{}` computes with ids of {}", OperatorText(i.op), OwnersOf(both)));
    }
  }

  // A process that a property names.
  void CheckProcess(std::size_t c, const Instruction& i, int process) {
    const int code = memory_.program.processes[static_cast<std::size_t>(process)].code;
    if (!candidates_.contains(static_cast<std::size_t>(code)) || i.a == kZeroRegister) {
      // Of another template: then no id may say which.
      if (i.a != kZeroRegister) CheckNoAddress(c, i, flow_.reg(c, i.a));
      return;
    }
    const Address address = memory_.Resolve(c, i.a, 0);
    bool fits =
        !address.unknown && !address.own && address.base == 0 && address.dimensions.size() == 1;
    if (fits) {
      AbstractValue expected;
      expected.ids.insert({code, 0});
      fits = flow_.reg(c, address.dimensions[0].reg) == expected;
    }
    if (!fits) {
      candidates_.Refuse(
          code, memory_.RangeOf(c, i),
          fmt::format("a property names one {}", NameOf(static_cast<std::size_t>(code))));
    }
  }

  void CheckInstruction(std::size_t c, const Instruction& i) {
    const SourceRange range = memory_.RangeOf(c, i);
    const auto reg = [&](uint32_t r) -> const AbstractValue& { return flow_.reg(c, r); };
    switch (i.opcode) {
      case Opcode::kMove:
        if (!flow_.IsQuantified(c, i.dst)) CheckNoAddress(c, i, reg(i.a));
        break;
      case Opcode::kProduced:
      case Opcode::kConsumed: CheckNoAddress(c, i, reg(i.a)); break;
      case Opcode::kConvert:
        CheckNoAddress(c, i, reg(i.a));
        for (const IdForm& id : reg(i.a).ids) {
          const int64_t last = id.offset + CountOf(memory_.program, id.code) - 1;
          if (ConvertTo(i.type, id.offset) != id.offset || ConvertTo(i.type, last) != last) {
            candidates_.Refuse(
                id.code, range,
                fmt::format("an id of {} does not fit its type here", OwnersOf(reg(i.a))));
          }
        }
        break;
      case Opcode::kUnary:
        CheckNoAddress(c, i, reg(i.a));
        if (i.op == Op::kNot) {
          CheckTruth(c, i, reg(i.a));
        } else if (i.op != Op::kPlus) {
          candidates_.RefuseIds(
              reg(i.a), range,
              fmt::format("`{}` computes with ids of {}", OperatorText(i.op), OwnersOf(reg(i.a))));
        }
        break;
      case Opcode::kBinary: CheckBinary(c, i); break;
      case Opcode::kBranchFalse:
      case Opcode::kBranchTrue:
      case Opcode::kAssert:
      case Opcode::kAssume:
      case Opcode::kBlockUnless:
      case Opcode::kLimit: CheckTruth(c, i, reg(i.a)); break;
      case Opcode::kHalt:
        if (memory_.IsProperty(c)) CheckTruth(c, i, reg(i.a));
        break;
      case Opcode::kSelect:
        for (const auto& [condition, target] : memory_.codes[c]->selects[i.c].alternatives)
          CheckTruth(c, i, reg(condition));
        break;
      case Opcode::kIndex: CheckNoAddress(c, i, reg(i.a)); break;
      case Opcode::kRegisterLoad:
      case Opcode::kRegisterStore:
        if (i.opcode == Opcode::kRegisterStore) {
          CheckNoAddress(c, i, reg(i.dst));
          // Where a property forgets which values were never written.
          if (memory_.IsProperty(c)) {
            candidates_.RefuseIds(
                reg(i.dst), range,
                fmt::format("a property keeps ids of {} in an array", OwnersOf(reg(i.dst))));
          }
        }
        candidates_.RefuseIds(
            reg(i.a), range,
            fmt::format("a local array is indexed by ids of {}", OwnersOf(reg(i.a))));
        break;
      case Opcode::kChoose:
        candidates_.RefuseIds(
            reg(i.a), range,
            fmt::format("what is chosen depends on ids of {}", OwnersOf(reg(i.a))));
        candidates_.RefuseIds(
            reg(i.b), range,
            fmt::format("what is chosen depends on ids of {}", OwnersOf(reg(i.b))));
        break;
      case Opcode::kPoke:
      case Opcode::kStore: CheckStore(c, i); break;
      case Opcode::kPeek:
      case Opcode::kLoad: CheckAddress(c, i, i.c); break;
      case Opcode::kIsUnwritten: CheckAddress(c, i, 0); break;
      case Opcode::kProcessDone:
      case Opcode::kProcessBlocked:
      case Opcode::kProcessWaiting:
      case Opcode::kProcessInSection:
      case Opcode::kProcessAtLabel: CheckProcess(c, i, static_cast<int>(i.c)); break;
      case Opcode::kProcessLocal:
        CheckProcess(c, i, static_cast<int>(i.c >> 16));
        CheckNoAddress(c, i, reg(i.b));
        break;
      case Opcode::kPointerAdd:
      case Opcode::kPointerSub:
      case Opcode::kPointerOrder:
      case Opcode::kPointerCheck:
        candidates_.RefuseAll(range, "a pointer may lead anywhere");
        break;
      case Opcode::kFork: candidates_.RefuseAll(range, "one process forks another"); break;
      case Opcode::kJump:
      case Opcode::kEndExpression:
      case Opcode::kAtomicEnd:
      case Opcode::kAtomicBegin:
      case Opcode::kOperationBegin:
      case Opcode::kOperationEnd:
      case Opcode::kPrint:
      case Opcode::kStep: break;
    }
  }

  const AbstractMemory& memory_;
  const IdFlow& flow_;
  SymmetryCandidates& candidates_;
};

}  // namespace

void CheckSymmetryRules(const AbstractMemory& memory, const IdFlow& flow,
                        SymmetryCandidates& candidates) {
  Rules(memory, flow, candidates).CheckAll();
}

}  // namespace interleave
