// An object's type is walked once for each of its cells; cells that differ in the indices of arrays
// only come to the same location. An address is resolved by following the definitions of registers
// back to the sum of constants and indices that the compiler wrote; what was made in another way is
// a pointer's, and unknown.

#include "model/reduce/abstract_memory.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace interleave {
namespace {

std::optional<int> ProcessNamedBy(const Instruction& i) {
  switch (i.opcode) {
    case Opcode::kProcessDone:
    case Opcode::kProcessBlocked:
    case Opcode::kProcessWaiting:
    case Opcode::kProcessInSection:
    case Opcode::kProcessAtLabel: return static_cast<int>(i.c);
    case Opcode::kProcessLocal: return static_cast<int>(i.c >> 16);
    default: return std::nullopt;
  }
}

// Of the code of a property, whether it may end in an error.
bool MayFail(const Program& program, const Instruction& i) {
  switch (i.opcode) {
    case Opcode::kMove:
    case Opcode::kConvert:
    case Opcode::kJump:
    case Opcode::kBranchFalse:
    case Opcode::kBranchTrue:
    case Opcode::kHalt:
    case Opcode::kIsUnwritten:
    case Opcode::kProcessDone:
    case Opcode::kProcessBlocked:
    case Opcode::kProcessWaiting:
    case Opcode::kProcessInSection:
    case Opcode::kProcessLocal:
    case Opcode::kProcessAtLabel: return false;
    case Opcode::kPeek: return (i.flags & kMayBeOwn) != 0 || program.slots[i.c].written != 0;
    case Opcode::kUnary: return i.op != Op::kNot;
    case Opcode::kBinary:
      return i.op != Op::kEq && i.op != Op::kNe && i.op != Op::kLt && i.op != Op::kLe &&
             i.op != Op::kGt && i.op != Op::kGe;
    default: return true;
  }
}

}  // namespace

AbstractMemory::AbstractMemory(const Program& of) : program(of) {
  for (const ProcessCode& code : program.codes) codes.push_back(&code);
  for (const Property& property : program.properties) {
    if (!property.code.instructions.empty()) codes.push_back(&property.code);
    if (property.antecedent) codes.push_back(property.antecedent.get());
  }
  for (const Code* code : codes) AddCode(*code);
  quantified.resize(codes.size());
  for (std::size_t c = program.codes.size(); c < codes.size(); ++c) FindQuantified(c);
  for (const MemoryObject& object : program.objects) AddObject(object);
  items = NewLocation("an item");
}

std::size_t AbstractMemory::NewLocation(std::string name) {
  names.push_back(std::move(name));
  return names.size() - 1;
}

void AbstractMemory::AddCode(const Code& code) {
  register_base.push_back(names.size());
  const ProcessCode* process = nullptr;
  for (const ProcessCode& candidate : program.codes) {
    if (&candidate == &code) process = &candidate;
  }
  for (uint32_t r = 0; r < code.register_count; ++r) {
    const bool named = process != nullptr && r < process->register_names.size();
    NewLocation(named ? process->register_names[r] : "");
  }
  register_uses.push_back(FindRegisterUses(code, process));
}

// What is counted, or must be true of all, does not say which process is which, as long as what is
// said of one does not. Where nothing is counted, an error in the code is met or not by whose turn
// is first: so nothing in the code may fail.
void AbstractMemory::FindQuantified(std::size_t c) {
  const Code& code = *codes[c];
  const bool may_fail =
      std::any_of(code.instructions.begin(), code.instructions.end(), [&](const Instruction& i) {
        return MayFail(program, i) && std::none_of(code.quantified.begin(), code.quantified.end(),
                                                   [&](const auto& q) { return q.reg == i.a; });
      });
  for (const QuantifiedRegister& quantified_here : code.quantified) {
    if (may_fail && !quantified_here.is_count) continue;
    std::set<int> templates;
    for (const Instruction& i : code.instructions) {
      const std::optional<int> process = ProcessNamedBy(i);
      if (!process || i.a == kZeroRegister) continue;
      const Address address = Resolve(c, i.a, 0);
      for (const Dimension& dimension : address.dimensions) {
        if (dimension.reg == quantified_here.reg)
          templates.insert(program.processes[static_cast<std::size_t>(*process)].code);
      }
    }
    if (templates.size() != 1) continue;
    const int count = program.codes[static_cast<std::size_t>(*templates.begin())].source->count;
    if (quantified_here.from == 0 && quantified_here.to == count - 1)
      quantified[c][quantified_here.reg] = *templates.begin();
  }
}

void AbstractMemory::AddObject(const MemoryObject& object) {
  objects.emplace_back();
  ObjectShape& info = objects.back();
  const auto list = ListOf(object);
  std::map<std::string, std::size_t> locations;
  std::map<std::string, std::size_t> levels;
  for (uint32_t cell = 0; cell < object.cells; ++cell) {
    ObjectCell at;
    std::string key = object.symbol->name;
    const Type* type = object.symbol->type;
    uint32_t rest = cell;
    while (type->kind == TypeKind::kArray || type->has_members()) {
      if (type->kind == TypeKind::kArray) {
        const auto stride = static_cast<uint32_t>(type->element->cells);
        key += "[]";
        const auto [it, is_new] = levels.emplace(key, info.levels.size());
        if (is_new) info.levels.push_back({stride, type->count});
        at.path.emplace_back(it->second, rest / stride);
        rest %= stride;
        type = type->element;
        continue;
      }
      const Member* member = &type->members.front();
      for (const Member& candidate : type->members) {
        if (static_cast<uint32_t>(candidate.cell_offset) <= rest) member = &candidate;
      }
      key += "." + member->name;
      rest -= static_cast<uint32_t>(member->cell_offset);
      if (type->kind == TypeKind::kObject && list &&
          static_cast<uint32_t>(member->cell_offset) == list->cells) {
        at.position = rest;
      }
      type = member->type;
    }
    const auto it = locations.find(key);
    at.location = it != locations.end() ? it->second : NewLocation(key);
    locations.emplace(key, at.location);
    info.cells.push_back(std::move(at));
  }
}

Address AbstractMemory::Resolve(std::size_t c, uint32_t reg, int64_t base) const {
  Address address;
  address.base = base;
  Resolve(c, reg, address);
  return address;
}

void AbstractMemory::Resolve(std::size_t c, uint32_t reg, Address& address) const {
  const Code& code = *codes[c];
  if (reg == kZeroRegister) return;
  if (reg == kFrameRegister) {
    address.own = true;
    return;
  }
  for (const auto& [constant, value] : code.constants) {
    if (constant != reg) continue;
    address.base += value;
    return;
  }
  const int at = register_uses[c].definitions[reg];
  if (at >= 0) {
    const Instruction& i = code.instructions[static_cast<std::size_t>(at)];
    if (i.opcode == Opcode::kIndex) {
      address.dimensions.push_back({i.c, i.b, i.a});
      return;
    }
    if (i.opcode == Opcode::kBinary && i.op == Op::kAdd && i.type == IntType::kI64) {
      Resolve(c, i.a, address);
      Resolve(c, i.b, address);
      return;
    }
  }
  address.unknown = true;
}

int AbstractMemory::ObjectAtSlot(int64_t slot) const {
  for (std::size_t o = 0; o < program.objects.size(); ++o) {
    const MemoryObject& object = program.objects[o];
    if (slot >= object.base && slot < object.base + object.cells) return static_cast<int>(o);
  }
  return -1;
}

const ObjectCell& AbstractMemory::CellAt(int object, int64_t slot) const {
  const auto o = static_cast<std::size_t>(object);
  return objects[o].cells[static_cast<std::size_t>(slot - program.objects[o].base)];
}

std::optional<std::size_t> AbstractMemory::LevelOf(const ObjectShape& object,
                                                   const ObjectCell& cell,
                                                   const Dimension& dimension) {
  std::optional<std::size_t> found;
  for (std::size_t k = 0; k < cell.path.size(); ++k) {
    const ObjectLevel& level = object.levels[cell.path[k].first];
    if (level.stride != dimension.stride) continue;
    if (found || level.count != dimension.bound) return std::nullopt;
    found = k;
  }
  return found;
}

bool AbstractMemory::IsListCell(std::size_t c, const Instruction& i) const {
  const Address address = Resolve(c, i.a, i.c);
  const int object = ObjectAtSlot(address.base);
  return !address.own && !address.unknown && object >= 0 &&
         CellAt(object, address.base).position >= 0;
}

std::string AbstractMemory::NameOfRegister(std::size_t c, uint32_t reg) const {
  for (int hops = 0; hops < 8; ++hops) {
    const std::string& name = names[RegisterAt(c, reg)];
    if (!name.empty()) return "`" + name + "`";
    const int at = register_uses[c].definitions[reg];
    if (at < 0) break;
    const Instruction& i = codes[c]->instructions[static_cast<std::size_t>(at)];
    if (i.opcode == Opcode::kLoad || i.opcode == Opcode::kPeek) {
      const int object = ObjectAtSlot(Resolve(c, i.a, i.c).base);
      if (object < 0) break;
      return "`" + program.objects[static_cast<std::size_t>(object)].symbol->name + "`";
    }
    if (i.opcode != Opcode::kMove && i.opcode != Opcode::kConvert) break;
    reg = i.a;
  }
  return "something";
}

}  // namespace interleave
