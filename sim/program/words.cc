#include "sim/program/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <iterator>
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

// The same for where a pointer to `target` leads: a struct has the address of its first member.
std::string PathTo(const Type* target, const Type* type, uint32_t offset) {
  if (type == target && offset == 0) return "";
  if (type->kind == TypeKind::kArray) {
    const auto stride = static_cast<uint32_t>(type->element->cells);
    return fmt::format("[{}]", offset / stride) + PathTo(target, type->element, offset % stride);
  }
  if (type->kind != TypeKind::kStruct) return CellPath(type, offset);
  for (std::size_t i = type->members.size(); i-- > 0;) {
    const Member& member = type->members[i];
    if (static_cast<uint32_t>(member.cell_offset) > offset) continue;
    return "." + member.name +
           PathTo(target, member.type, offset - static_cast<uint32_t>(member.cell_offset));
  }
  return "";
}

// The object of a kind that holds the cell at `offset` of `type`: where it begins, counted from the
// cell, and the path that leads to it.
struct HeldBy {
  const ObjectKind* kind = nullptr;  // null: it is in none
  uint32_t behind = 0;               // cells from its begin to the cell
  std::string path;
};

// `wanted`: the one to stop at where an object holds objects; null: the innermost.
HeldBy ObjectAround(const Type* type, uint32_t offset, const ObjectKind* wanted = nullptr) {
  HeldBy held;
  while (type->kind != TypeKind::kObject || IsComposite(*type)) {
    if (type->kind == TypeKind::kArray) {
      const auto stride = static_cast<uint32_t>(type->element->cells);
      held.path += fmt::format("[{}]", offset / stride);
      offset %= stride;
      type = type->element;
      continue;
    }
    if (!type->has_members()) return {};
    if (type->kind == TypeKind::kObject && type->object == wanted && offset == 0) break;
    const Member* around = &type->members.front();
    for (const Member& member : type->members) {
      if (static_cast<uint32_t>(member.cell_offset) <= offset) around = &member;
    }
    held.path += "." + around->name;
    offset -= static_cast<uint32_t>(around->cell_offset);
    type = around->type;
  }
  held.kind = type->object;
  held.behind = offset;
  return held;
}

HeldBy ObjectAround(const Program& program, uint32_t slot, const ObjectKind* wanted = nullptr) {
  const MemoryObject* object = program.ObjectOf(slot);
  if (object == nullptr || slot >= object->base + object->cells) return {};
  return ObjectAround(object->symbol->type, slot - object->base, wanted);
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

std::string Joined(const OperationWords& words, const std::string& place) {
  return words.joins.empty() ? place : words.joins + " " + place;
}

std::string Replaced(std::string text, std::string_view field, const std::string& value) {
  const std::size_t at = text.find(field);
  if (at != std::string::npos) text.replace(at, field.size(), value);
  return text;
}

// As calls of the system have it: "-1 ENOENT" for -2.
std::string ResultText(int64_t result, const std::string& value) {
  constexpr int64_t kMostErrors = 4095;  // as Linux has it
  if (result >= 0 || result < -kMostErrors) return value;
  const char* const name = strerrorname_np(static_cast<int>(-result));
  return name == nullptr ? value : fmt::format("-1 {}", name);
}

// The first of the bytes, as C writes them.
std::string QuotedBytes(const std::string& bytes) {
  constexpr std::size_t kMostShown = 32;
  std::string text = "\"";
  for (const char c : bytes.substr(0, kMostShown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (c == '\n') {
      text += "\\n";
    } else if (c == '\0') {
      text += "\\0";
    } else if (byte >= 32 && byte < 127) {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", byte);
    }
  }
  return text + (bytes.size() > kMostShown ? "\"..." : "\"");
}

}  // namespace

std::string SlotName(const Program& program, uint32_t slot) {
  if (slot >= program.slots.size()) return fmt::format("observer.{}", slot - program.slots.size());
  const Slot& info = program.slots[slot];
  switch (info.kind) {
    case SlotKind::kUnused: return slot == 0 ? "NULL" : "unused";
    case SlotKind::kMemory: {
      const MemoryObject& object = program.objects[static_cast<std::size_t>(info.object)];
      if (object.kind != nullptr && info.mapping > 0) {
        const uint32_t file = info.mapping - 1;
        return fmt::format("file[{}][{}]", file, slot - program.file_rows[file]);
      }
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

namespace {

// What a pointer to `target` with this value leads to.
std::string TargetName(const Program& program, const Type& target, uint32_t slot) {
  const Slot* info = slot < program.slots.size() ? &program.slots[slot] : nullptr;
  if (info != nullptr && info->kind == SlotKind::kMemory) {
    const MemoryObject& object = program.objects[static_cast<std::size_t>(info->object)];
    if (object.kind != nullptr && info->mapping > 0) return SlotName(program, slot);
    return object.symbol->name + PathTo(&target, object.symbol->type, slot - object.base);
  }
  if (info != nullptr && info->kind == SlotKind::kOwn) {
    const ProcessInstance& process = program.processes[static_cast<std::size_t>(info->process)];
    const OwnObject& object =
        program.CodeOf(info->process).own_objects[static_cast<std::size_t>(info->object)];
    return process.name + "." + object.symbol->name +
           PathTo(&target, object.symbol->type, slot - process.own_base - object.offset);
  }
  return SlotName(program, slot);
}

}  // namespace

namespace {

// Of a program in C: a function, or a number in a pointer.
std::string FarValue(const Program& program, int64_t value) {
  const int64_t number = (value - kFarPointer) >> 24;
  for (const auto& function : program.scenario->syntax->functions) {
    if (function->number > 0 && function->number == number) return function->written_name();
  }
  return fmt::format("(void *){}", static_cast<int64_t>(static_cast<uint64_t>(value) -
                                                        static_cast<uint64_t>(kFarPointer)));
}

}  // namespace

std::string FormatValue(const Program& program, const Type* type, int64_t value) {
  if (type == nullptr) return fmt::format("{}", value);
  if (type->is_pointer()) {
    if (value == 0) return "NULL";
    if (value >= kFarPointer / 2 || value < 0) return FarValue(program, value);
    return "&" + TargetName(program, *type->element, static_cast<uint32_t>(value));
  }
  if (type->is_process) {
    if (value == 0) return "nobody";
    if (value > 0 && value <= program.process_count())
      return program.processes[static_cast<std::size_t>(value - 1)].name;
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
  if (type->is_floating()) {
    return type->bits == 32 ? fmt::format("{}", RealOf<float>(value))
                            : fmt::format("{}", RealOf<double>(value));
  }
  if (!type->is_signed && type->bits == 64) return fmt::format("{}", static_cast<uint64_t>(value));
  return fmt::format("{}", value);
}

std::string_view StandingText(Standing standing) {
  switch (standing) {
    case Standing::kAtAccess: return "at an access";
    case Standing::kDone: return "done";
    case Standing::kNotStarted: return "not started";
    case Standing::kKilled: return "killed";
  }
  return "";
}

bool StartsObject(const Program& program, uint32_t slot) {
  const HeldBy held = ObjectAround(program, slot);
  return held.kind != nullptr && held.behind == 0;
}

bool KeepsSet(const Program& program, uint32_t slot) {
  const HeldBy held = ObjectAround(program, slot);
  return held.kind != nullptr && held.behind == 0 && held.kind->kind != nullptr &&
         held.kind->FindMember(held.kind->kind->words.set) != nullptr;
}

uint32_t CellsOfPlace(const Program& program, uint32_t slot) {
  const HeldBy held = ObjectAround(program, slot);
  return held.kind != nullptr && held.behind == 0 ? static_cast<uint32_t>(held.kind->type->cells)
                                                  : 1;
}

std::string PlaceName(const Program& program, uint32_t slot) {
  const HeldBy held = ObjectAround(program, slot);
  if (held.kind == nullptr || held.behind != 0) return SlotName(program, slot);
  return program.ObjectOf(slot)->symbol->name + held.path;
}

std::string CallText(const Program& program, const InlinedCall& call,
                     const std::vector<int64_t>& arguments) {
  std::string text;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Type* type = call.function->parameter_symbols[i]->type;
    text += i == 0 ? "" : ", ";
    text += type->is_scalar() ? FormatValue(program, type, arguments[i]) : "{...}";
  }
  return call.function->written_name() + "(" + text + ")";
}

std::string CellText(const Program& program, const int64_t* state, uint32_t slot) {
  const Slot& info = program.slots[slot];
  if (info.kind == SlotKind::kMemory && info.written != 0 && state[info.written] == 0) return "-";
  return FormatValue(program, info.type, state[slot]);
}

std::optional<ObjectList> ListOf(const MemoryObject& object) {
  return object.kind == nullptr ? std::nullopt : ListOf(*object.kind);
}

std::optional<ObjectList> ListOf(const ObjectKind& kind) {
  if (kind.kind == nullptr) return std::nullopt;
  const KindWords& words = kind.kind->words;
  const Member* list = kind.FindMember(words.list);
  const Member* length = kind.FindMember(words.length);
  if (list == nullptr || length == nullptr) return std::nullopt;
  return ObjectList{static_cast<uint32_t>(length->cell_offset),
                    static_cast<uint32_t>(list->cell_offset),
                    static_cast<uint32_t>(list->type->cells)};
}

std::string ObjectText(const Program& program, const int64_t* state, uint32_t slot) {
  const ObjectKind& kind = *ObjectAround(program, slot).kind;
  if (const auto list = ListOf(kind)) {
    std::string text = "[";
    for (uint32_t i = 0; i < static_cast<uint32_t>(state[slot + list->length]); ++i) {
      if (i > 0) text += " ";
      text += CellText(program, state, slot + list->cells + i);
    }
    return text + "]";
  }
  const auto cells = static_cast<uint32_t>(kind.type->cells);
  if (cells == 1) return CellText(program, state, slot);
  std::string text;
  if (const Member* set = kind.kind == nullptr ? nullptr : kind.FindMember(kind.kind->words.set)) {
    for (uint32_t k = 0; k < static_cast<uint32_t>(set->type->cells); ++k) {
      if (state[slot + static_cast<uint32_t>(set->cell_offset) + k] == 0) continue;
      text += text.empty() ? "" : " ";
      text += FormatValue(program, program.scenario->types.ProcessId(), k);
    }
    text = "{" + text + "}";
    if (const Member* number = kind.FindMember(kind.kind->words.number)) {
      const uint32_t cell = slot + static_cast<uint32_t>(number->cell_offset);
      text = CellText(program, state, cell) + " " + text;
    }
    return text;
  }
  if (kind.kind != nullptr && !kind.kind->words.shows.empty()) {
    for (const std::string& name : kind.kind->words.shows) {
      const Member* member = kind.FindMember(name);
      if (member == nullptr) continue;
      const uint32_t cell = slot + static_cast<uint32_t>(member->cell_offset);
      const std::string value = CellText(program, state, cell);
      if (text.empty())
        text = value;
      else if (state[cell] != 0)
        text += fmt::format(", {} = {}", name, value);
    }
    return text;
  }
  for (uint32_t k = 0; k < cells; ++k) {
    const std::string path = CellPath(kind.type, k);
    text += fmt::format("{}{} = {}", k == 0 ? "" : ", ", path.substr(1),
                        CellText(program, state, slot + k));
  }
  return "{" + text + "}";
}

const EventWords& WordsOf(Event::Kind kind) {
  using Kind = Event::Kind;
  static constexpr std::array<EventWords, 12> kRows = {{
      {Kind::kRead, "read", "reads", "{place} = {value}", "{place} = {value}", "reads"},
      {Kind::kWrite, "write", "", "{place} = {value}", "{place} = {value}", "writes"},
      {Kind::kOperation, "", "", "", "", ""},
      {Kind::kStep, "step", "", "step", "", "a step, no access"},
      {Kind::kBegin, "begin", "", "begins", "", "begins"},
      {Kind::kAtomic, "atomic", "", "", "one step", ""},
      {Kind::kProduced, "produced", "", "produced {value}", "", "produced"},
      {Kind::kConsumed, "consumed", "", "consumed {value}", "", "consumed"},
      {Kind::kChose, "chose", "", "chose {value}", "chose {value}", ""},
      {Kind::kAlternative, "alternative", "", "alternative {value}", "alternative {value}", ""},
      {Kind::kPrinted, "printed", "prints", "{value}", "", "prints"},
      {Kind::kBranch, "branch", "", "", "", ""},
  }};
  const EventWords& row = kRows[static_cast<std::size_t>(kind)];
  assert(row.kind == kind);
  return row;
}

std::string EventText::Name() const {
  return operation != nullptr ? operation->name() : std::string(WordsOf(kind).name);
}

// Of an operation's words.
std::string EventText::Filled(std::string words) const {
  for (std::size_t k = 0; k < arguments.size(); ++k)
    words = Replaced(std::move(words), "{" + std::to_string(k + 1) + "}", arguments[k]);
  for (std::size_t at = words.find('{'); at != std::string::npos; at = words.find('{', at + 1)) {
    const std::size_t end = words.find('}', at);
    if (end == std::string::npos) break;
    if (const auto text = Field(words.substr(at + 1, end - at - 1)))
      words.replace(at, end + 1 - at, *text);
  }
  return Replaced(std::move(words), "{value}", value);
}

// What stands for `{name}`, of what needs more than the value and the arguments.
std::optional<std::string> EventText::Field(const std::string& name) const {
  const std::string what = name.substr(0, name.find(':'));
  const std::string which = name.size() > what.size() ? name.substr(what.size() + 1) : "";
  const auto number = [&] { return which.empty() ? 0 : which[0] - '0'; };
  if (what == "result") return ResultText(result, value);
  if (what == "byte") return std::to_string(result >> (8 * number()) & 255);
  if (what == "process") return process;
  if (what == "text") return QuotedBytes(bytes.substr(0, bytes.find('\0')));
  if (what != "data") return std::nullopt;
  const int64_t count = which == "value" ? result : numbers[std::clamp(number(), 1, 3) - 1];
  if (count <= 0) return "";
  return " " + QuotedBytes(bytes.substr(0, static_cast<std::size_t>(count)));
}

const std::string& EventText::Chosen(const OperationWords& words, const std::string& does) const {
  if (!words.refused.empty() && result < 0) return words.refused;
  return !words.fails.empty() && value != "0" ? words.fails : does;
}

std::vector<std::string> EventText::Parts() const {
  if (operation != nullptr) {
    OperationWords own;
    const OperationWords& words = WordsOf(*operation, own);
    std::vector<std::string> parts = {Filled(Chosen(words, words.does))};
    if (words.tells_place()) parts.push_back(Joined(words, place));
    if (!woken.empty()) parts.push_back(woken);
    return parts;
  }
  if (!place.empty() && value == "-") return {place, "(never written)"};
  std::string text = Replaced(std::string(WordsOf(kind).what), "{place}", place);
  return {Replaced(std::move(text), "{value}", value)};
}

std::string EventText::Picture(bool tells_place) const {
  if (operation != nullptr) {
    OperationWords own;
    const OperationWords& words = WordsOf(*operation, own);
    return Filled(Chosen(words, words.imperative)) +
           (tells_place && words.tells_place() ? " " + Joined(words, place) : "");
  }
  if (!place.empty() && value == "-") return place + ": never written";
  std::string text = Replaced(std::string(WordsOf(kind).picture), "{place}", place);
  return Replaced(std::move(text), "{value}", value);
}

bool EventText::is_towards() const {
  if (operation == nullptr) return kind == Event::Kind::kWrite;
  return operation->words == nullptr || operation->words->is_towards;
}

EventText TextOf(const Program& program, const Event& event) {
  EventText text;
  text.kind = event.kind;
  const auto cell = [&](int64_t value) {
    return FormatValue(program, program.slots[event.address].type, value);
  };
  switch (event.kind) {
    case Event::Kind::kWrite: text.old = cell(event.old); [[fallthrough]];
    case Event::Kind::kRead:
      // Of an object a read is one of its members.
      text.place = SlotName(program, event.address);
      text.value = cell(event.value);
      break;
    case Event::Kind::kPrinted:
      text.bytes = event.text;
      text.value = QuotedBytes(event.text);
      break;
    case Event::Kind::kOperation: {
      text.operation = &program.operations[event.operation];
      text.place = program.ObjectOf(event.address)->symbol->name +
                   ObjectAround(program, event.address, &text.operation->kind()).path;
      const Type* type = text.operation->value_type();
      if (type != nullptr) text.value = FormatValue(program, type, event.value);
      text.result = event.value;
      std::copy(std::begin(event.arguments), std::end(event.arguments), text.numbers);
      text.process = FormatValue(program, program.scenario->types.ProcessId(), event.value >> 16);
      text.bytes = event.text;
      const auto& parameters = text.operation->function->parameter_symbols;
      for (std::size_t k = 0; k < std::min(parameters.size(), OperationUse::kToldArguments); ++k)
        text.arguments.push_back(FormatValue(program, parameters[k]->type, event.arguments[k]));
      break;
    }
    case Event::Kind::kProduced:
    case Event::Kind::kConsumed:
      text.value = FormatValue(program, program.scenario->item_type, event.value);
      break;
    case Event::Kind::kStep:
    case Event::Kind::kBegin:
    case Event::Kind::kAtomic:
    case Event::Kind::kChose:
    case Event::Kind::kBranch: text.value = fmt::format("{}", event.value); break;
    case Event::Kind::kAlternative: text.value = fmt::format("{}", event.value + 1); break;
  }
  return text;
}

std::string OperationChangedBy(const Operation& operation) {
  OperationWords own;
  return WordsOf(operation, own).changed_by;
}

}  // namespace interleave
