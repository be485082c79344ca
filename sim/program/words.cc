#include "sim/program/words.h"

#include <fmt/format.h>

#include <utility>

namespace interleave {
namespace {

// "item[1].value" behind the object's name, for the cell at `offset` of `type`. The cells that make
// the picture of an object go by their numbers: "q.0".
std::string CellPath(const Type* type, uint32_t offset) {
  if (type->kind == TypeKind::kArray) {
    const auto stride = static_cast<uint32_t>(type->element->cells);
    return fmt::format("[{}]", offset / stride) + CellPath(type->element, offset % stride);
  }
  if (!type->has_members()) return "";
  for (std::size_t i = type->members.size(); i-- > 0;) {
    const Member& member = type->members[i];
    if (static_cast<uint32_t>(member.cell_offset) > offset) continue;
    const uint32_t rest = offset - static_cast<uint32_t>(member.cell_offset);
    if (type->kind == TypeKind::kObject && type->object->kind != nullptr &&
        type->object->kind->words.list == member.name) {
      return fmt::format(".{}", rest);
    }
    return "." + member.name + CellPath(member.type, rest);
  }
  return "";
}

// What an operation reads like where its kind has no words for it.
const OperationWords& WordsOf(const Operation& operation, OperationWords& own) {
  if (operation.words != nullptr) return *operation.words;
  const bool has_value = operation.value_type() != nullptr;
  own.does = operation.name() + (has_value ? " {value}" : "");
  own.imperative = own.does;
  own.joins = "on";
  own.changed_by = "last `" + operation.name() + "` by";
  return own;
}

std::string Filled(std::string text, const std::string& value) {
  constexpr std::string_view kValue = "{value}";
  const std::size_t at = text.find(kValue);
  if (at != std::string::npos) text.replace(at, kValue.size(), value);
  return text;
}

}  // namespace

std::string SlotName(const Program& program, uint32_t slot) {
  if (slot >= program.slots.size()) return fmt::format("observer.{}", slot - program.slots.size());
  const Slot& info = program.slots[slot];
  switch (info.kind) {
    case SlotKind::kUnused: return slot == 0 ? "NULL" : "unused";
    case SlotKind::kMemory: {
      const MemoryObject& object = program.objects[static_cast<std::size_t>(info.object)];
      return object.symbol->name + CellPath(object.symbol->type, slot - object.base);
    }
    case SlotKind::kWritten: {
      const MemoryObject& object = program.objects[static_cast<std::size_t>(info.object)];
      return "written " + object.symbol->name +
             CellPath(object.symbol->type, slot - object.written_base);
    }
    case SlotKind::kItems: return "items";
    case SlotKind::kPoint:
      return program.processes[static_cast<std::size_t>(info.process)].name + " stands at";
    case SlotKind::kSpill:
    case SlotKind::kOwn: {
      const ProcessInstance& process = program.processes[static_cast<std::size_t>(info.process)];
      const ProcessCode& code = program.CodeOf(info.process);
      if (info.kind == SlotKind::kOwn) {
        const OwnObject& object = code.own_objects[static_cast<std::size_t>(info.object)];
        return process.name + "." + object.symbol->name +
               CellPath(object.symbol->type, slot - process.own_base - object.offset);
      }
      const uint32_t offset = slot - process.spill_base;
      for (const ProgramPoint& point : code.points) {
        for (const Spill& spill : point.live) {
          if (spill.offset == offset && !code.register_names[spill.reg].empty()) {
            return process.name + "." + code.register_names[spill.reg];
          }
        }
      }
      return fmt::format("{}.t{}", process.name, offset);
    }
  }
  return "";
}

std::string FormatValue(const Program& program, const Type* type, int64_t value) {
  if (type == nullptr) return fmt::format("{}", value);
  if (type->is_pointer()) {
    if (value == 0) return "NULL";
    return "&" + SlotName(program, static_cast<uint32_t>(value));
  }
  if (type->enum_index >= 0) {
    for (const Enumerator& item :
         program.scenario->types.enums()[static_cast<std::size_t>(type->enum_index)].enumerators) {
      if (item.value == value) return item.name;
    }
  }
  if (type->is_char) {
    if (value >= 32 && value < 127 && value != '\'' && value != '\\')
      return fmt::format("'{}'", static_cast<char>(value));
    if (value == '\n') return "'\\n'";
    if (value == '\'') return "'\\''";
    if (value == '\\') return "'\\\\'";
  }
  if (!type->is_signed && type->bits == 64) return fmt::format("{}", static_cast<uint64_t>(value));
  return fmt::format("{}", value);
}

bool StartsObject(const Program& program, uint32_t slot) {
  const MemoryObject* object = program.ObjectOf(slot);
  return object != nullptr && object->kind != nullptr &&
         (slot - object->base) % object->stride == 0;
}

std::string PlaceName(const Program& program, uint32_t slot) {
  if (!StartsObject(program, slot)) return SlotName(program, slot);
  const MemoryObject& object = *program.ObjectOf(slot);
  std::string name = object.symbol->name;
  uint32_t offset = slot - object.base;
  for (const Type* type = object.symbol->type; type->kind == TypeKind::kArray;
       type = type->element) {
    const auto stride = static_cast<uint32_t>(type->element->cells);
    name += fmt::format("[{}]", offset / stride);
    offset %= stride;
  }
  return name;
}

std::string CellText(const Program& program, const int64_t* state, uint32_t slot) {
  const Slot& info = program.slots[slot];
  if (info.kind == SlotKind::kMemory && info.written != 0 && state[info.written] == 0) return "-";
  return FormatValue(program, info.type, state[slot]);
}

std::optional<ObjectList> ListOf(const MemoryObject& object) {
  if (object.kind == nullptr || object.kind->kind == nullptr) return std::nullopt;
  const KindWords& words = object.kind->kind->words;
  const Member* list = object.kind->FindMember(words.list);
  const Member* length = object.kind->FindMember(words.length);
  if (list == nullptr || length == nullptr) return std::nullopt;
  return ObjectList{static_cast<uint32_t>(length->cell_offset),
                    static_cast<uint32_t>(list->cell_offset),
                    static_cast<uint32_t>(list->type->cells)};
}

std::string ObjectText(const Program& program, const int64_t* state, uint32_t slot) {
  const MemoryObject& object = *program.ObjectOf(slot);
  if (const auto list = ListOf(object)) {
    std::string text = "[";
    for (uint32_t i = 0; i < static_cast<uint32_t>(state[slot + list->length]); ++i) {
      if (i > 0) text += " ";
      text += CellText(program, state, slot + list->cells + i);
    }
    return text + "]";
  }
  if (object.stride == 1) return CellText(program, state, slot);
  std::string text;
  for (uint32_t k = 0; k < object.stride; ++k) {
    const std::string path = CellPath(object.kind->type, k);
    text += fmt::format("{}{} = {}", k == 0 ? "" : ", ", path.substr(1),
                        CellText(program, state, slot + k));
  }
  return "{" + text + "}";
}

std::string OperationValue(const Program& program, const Event& event) {
  const Type* type = program.operations[event.operation].value_type();
  return type == nullptr ? "" : FormatValue(program, type, event.value);
}

std::string OperationDoes(const Operation& operation, const std::string& value) {
  OperationWords own;
  return Filled(WordsOf(operation, own).does, value);
}

std::string OperationJoins(const Operation& operation) {
  OperationWords own;
  return WordsOf(operation, own).joins;
}

std::string OperationImperative(const Operation& operation, const std::string& value) {
  OperationWords own;
  return Filled(WordsOf(operation, own).imperative, value);
}

std::string OperationChangedBy(const Operation& operation) {
  OperationWords own;
  return WordsOf(operation, own).changed_by;
}

}  // namespace interleave
