// The fixed point of the flow. What is in the state at the start needs no look: whether a cell that
// holds ids begins as the id of somebody, the state is one like any other. Constants in the code
// are another matter: they stay when processes change places.

#include "model/reduce/id_flow.h"

#include <fmt/format.h>

#include "sim/language/arithmetic.h"

namespace interleave {

// Joins; notes whether that changed anything.
void IdFlow::Flow(std::size_t location, const AbstractValue& from) {
  const AbstractValue before = values_[location];
  JoinInto(values_[location], from);
  changed_ = changed_ || values_[location] != before;
}

// To a fixed point, twice or more: what is there at the start is a constant where it is no id,
// and where ids are is known only behind the first time.
void IdFlow::Infer(const SymmetryCandidates& candidates) {
  std::vector<std::set<IdForm>> known(memory_.names.size());
  for (bool first = true;; first = false) {
    values_.assign(memory_.names.size(), {});
    indices_.clear();
    for (const ObjectShape& object : memory_.objects) indices_.emplace_back(object.levels.size());
    Begin(candidates, first, known);
    do {
      changed_ = false;
      for (std::size_t c = 0; c < memory_.codes.size(); ++c) {
        for (std::size_t at = 0; at < memory_.codes[c]->instructions.size(); ++at) {
          if (!memory_.register_uses[c].dead_moves[at])
            Transfer(c, memory_.codes[c]->instructions[at]);
        }
      }
    } while (changed_);
    bool more = first;
    for (std::size_t p = 0; p < known.size(); ++p) {
      for (const IdForm& id : values_[p].ids) more = known[p].insert(id).second || more;
    }
    if (!more) return;
  }
}

bool IdFlow::IsQuantified(std::size_t c, uint32_t reg) const {
  return memory_.QuantifiedBy(c, reg) >= 0 && this->reg(c, reg).has_ids();
}

void IdFlow::Begin(const SymmetryCandidates& candidates, bool first,
                   const std::vector<std::set<IdForm>>& known) {
  const auto begins_as = [&](std::size_t location, int64_t value) {
    for (const IdForm& id : known[location]) {
      if (IsTheIdOfOne(memory_.program, id, value)) return;
    }
    if (!first) JoinInto(values_[location], AbstractValue::Constant(value));
  };
  for (std::size_t c = 0; c < memory_.codes.size(); ++c) {
    for (const auto& [reg, value] : memory_.codes[c]->constants)
      values_[memory_.RegisterAt(c, reg)] = AbstractValue::Constant(value);
    values_[memory_.RegisterAt(c, kZeroRegister)] = AbstractValue::Constant(0);
    for (const auto& [reg, code] : memory_.quantified[c]) {
      if (candidates.contains(static_cast<std::size_t>(code)))
        values_[memory_.RegisterAt(c, reg)].ids.insert({code, 0});
    }
    AbstractValue& self = values_[memory_.RegisterAt(c, kSelfRegister)];
    if (!memory_.IsProperty(c) && candidates.contains(c))
      self.ids.insert({static_cast<int>(c), 0});
    else if (!memory_.IsProperty(c) && memory_.program.codes[c].source->count > 1)
      self.plain = true;
    else
      self = AbstractValue::Constant(0);
    values_[memory_.RegisterAt(c, kFrameRegister)].plain = true;
    for (uint32_t r = kFirstRegister; r < memory_.codes[c]->register_count; ++r) {
      if (memory_.register_uses[c].zero_at_start[r]) begins_as(memory_.RegisterAt(c, r), 0);
    }
  }
  for (std::size_t o = 0; o < memory_.objects.size(); ++o) {
    const MemoryObject& object = memory_.program.objects[o];
    for (uint32_t cell = 0; cell < object.cells; ++cell) {
      const std::size_t location = memory_.objects[o].cells[cell].location;
      // A table is no part of what changes.
      const int64_t value = memory_.program.initial[object.base + cell];
      if (object.symbol->kind == SymbolKind::kTable)
        JoinInto(values_[location], AbstractValue::Constant(value));
      else if (memory_.objects[o].cells[cell].position < 0 &&
               memory_.program.slots[object.base + cell].written == 0)
        begins_as(location, value);
    }
  }
}

// Notes what the object is indexed by. Returns the location of the cells, if any.
std::optional<std::size_t> IdFlow::Access(std::size_t c, const Instruction& i, int64_t base) {
  const Address address = memory_.Resolve(c, i.a, base);
  if (address.own || address.unknown) return std::nullopt;
  const int number = memory_.ObjectAtSlot(address.base);
  if (number < 0) return std::nullopt;
  const ObjectShape& object = memory_.objects[static_cast<std::size_t>(number)];
  std::vector<IndexUse>& indices = indices_[static_cast<std::size_t>(number)];
  const ObjectCell& cell = memory_.CellAt(number, address.base);
  const SourceRange range = memory_.RangeOf(c, i);
  std::vector<bool> met(cell.path.size(), false);
  for (const Dimension& dimension : address.dimensions) {
    const std::optional<std::size_t> at = memory_.LevelOf(object, cell, dimension);
    if (!at) {  // ids: refused by CheckAddress
      for (const auto& [level, index] : cell.path) {
        NoteIndex(indices[level], reg(c, dimension.reg), range,
                  memory_.NameOfRegister(c, dimension.reg));
      }
      continue;
    }
    met[*at] = true;
    NoteIndex(indices[cell.path[*at].first], reg(c, dimension.reg), range,
              memory_.NameOfRegister(c, dimension.reg));
  }
  for (std::size_t k = 0; k < met.size(); ++k) {
    if (!met[k]) {
      NoteIndex(indices[cell.path[k].first], AbstractValue::Constant(cell.path[k].second), range,
                fmt::format("`{}`", cell.path[k].second));
    }
  }
  return cell.location;
}

void IdFlow::NoteIndex(IndexUse& index, const AbstractValue& value, SourceRange range,
                       const std::string& name) {
  const AbstractValue before = index.value;
  JoinInto(index.value, value);
  if (index.value == before) return;
  changed_ = true;
  if ((value.plain || !value.has_ids()) && index.plain_name.empty()) {
    index.plain_range = range;
    index.plain_name = name;
  }
}

// The number of a process of a template without symmetry, and a constant: what an object calls such
// a process is one of so many constants.
AbstractValue IdFlow::Binary(std::size_t c, const Instruction& i) const {
  const AbstractValue& a = reg(c, i.a);
  const AbstractValue& b = reg(c, i.b);
  if (i.a != kSelfRegister || i.op != Op::kAdd || !a.plain || !b.only() || memory_.IsProperty(c)) {
    return AbstractBinary(memory_.program, i, a, b);
  }
  AbstractValue sum;
  for (int64_t k = 0; k < CountOf(memory_.program, static_cast<int>(c)); ++k) {
    int64_t value = 0;
    if (ApplyBinary(i.op, i.type, k, *b.only(), &value) != ArithmeticError::kNone)
      return AbstractValue::Plain();
    JoinInto(sum, AbstractValue::Constant(value));
  }
  return sum;
}

void IdFlow::Transfer(std::size_t c, const Instruction& i) {
  const auto reg = [&](uint32_t r) -> const AbstractValue& { return this->reg(c, r); };
  const auto flow = [&](const AbstractValue& value) { FlowToResult(c, i, value); };
  switch (i.opcode) {
    case Opcode::kMove:
      // Which number comes next is the quantifier's own business.
      if (!IsQuantified(c, i.dst)) flow(AbstractValue(reg(i.a)));
      break;
    case Opcode::kConvert: flow(AbstractConvert(i, reg(i.a))); break;
    case Opcode::kUnary: flow(AbstractUnary(i, reg(i.a))); break;
    case Opcode::kBinary: flow(Binary(c, i)); break;
    case Opcode::kIndex: flow(AbstractIndex(reg(i.a))); break;
    case Opcode::kRegisterLoad: {
      AbstractValue value;
      for (uint32_t r = i.c; r < i.c + i.b; ++r) JoinInto(value, reg(r));
      flow(value);
      break;
    }
    case Opcode::kRegisterStore:
      for (uint32_t r = i.c; r < i.c + i.b; ++r)
        Flow(memory_.RegisterAt(c, r), AbstractValue(reg(i.dst)));
      break;
    case Opcode::kPeek:
    case Opcode::kLoad: {
      const auto location = Access(c, i, i.c);
      flow(location ? AbstractValue(values_[*location]) : AbstractValue::Plain());
      // A ghost that looks at a cell that nobody has written sees 0. Properties know better.
      const bool looks = i.opcode == Opcode::kPeek && !memory_.IsProperty(c);
      if (location && looks && MayBeUnwritten(c, i)) flow(AbstractValue::Constant(0));
      break;
    }
    case Opcode::kPoke:
    case Opcode::kStore: {
      const auto location = Access(c, i, i.c);
      // A list's operation clears a cell that it needs no more with a literal 0.
      const bool clears = (i.flags & kInOperation) != 0 && i.b == kZeroRegister;
      if (location && !(clears && memory_.IsListCell(c, i))) {
        Flow(*location, AbstractValue(reg(i.b)));
      }
      break;
    }
    case Opcode::kIsUnwritten:
      Access(c, i, 0);
      flow(AbstractValue::Plain());
      break;
    case Opcode::kProduced:
    case Opcode::kConsumed: Flow(memory_.items, AbstractValue(reg(i.a))); break;
    case Opcode::kProcessLocal: TransferProcessLocal(c, i); break;
    case Opcode::kChoose:
    case Opcode::kFork:
    case Opcode::kPointerAdd:
    case Opcode::kPointerSub:
    case Opcode::kProcessDone:
    case Opcode::kProcessBlocked:
    case Opcode::kProcessWaiting:
    case Opcode::kProcessInSection:
    case Opcode::kProcessAtLabel: flow(AbstractValue::Plain()); break;
    case Opcode::kJump:
    case Opcode::kBranchFalse:
    case Opcode::kBranchTrue:
    case Opcode::kPointerOrder:
    case Opcode::kPointerCheck:
    case Opcode::kAssert:
    case Opcode::kAssume:
    case Opcode::kEndExpression:
    case Opcode::kAtomicEnd:
    case Opcode::kBlockUnless:
    case Opcode::kSelect:
    case Opcode::kLimit:
    case Opcode::kAtomicBegin:
    case Opcode::kOperationBegin:
    case Opcode::kOperationEnd:
    case Opcode::kPrint:
    case Opcode::kStep:
    case Opcode::kHalt: break;
  }
}

// A local variable that a property names.
void IdFlow::TransferProcessLocal(std::size_t c, const Instruction& i) {
  FlowToResult(c, i, AbstractValue::Constant(0));  // where it is dead
  const auto owner =
      static_cast<std::size_t>(memory_.program.processes[static_cast<std::size_t>(i.c >> 16)].code);
  const ProcessCode& code = memory_.program.codes[owner];
  const std::string& name = code.locals[i.c & 0xffff].symbol->name;
  for (const LocalVariable& local : code.locals) {
    if (local.symbol->name != name) continue;
    if (local.is_own) FlowToResult(c, i, AbstractValue::Plain());
    for (const uint32_t first : local.registers) {
      for (uint32_t k = 0; k < static_cast<uint32_t>(local.symbol->type->cells); ++k)
        FlowToResult(c, i, AbstractValue(reg(owner, first + k)));
    }
  }
}

bool IdFlow::MayBeUnwritten(std::size_t c, const Instruction& i) const {
  const int object = memory_.ObjectAtSlot(memory_.Resolve(c, i.a, i.c).base);
  return object >= 0 && memory_.program.objects[static_cast<std::size_t>(object)].written_base != 0;
}

}  // namespace interleave
