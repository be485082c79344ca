// Text of compiled programs. The hash is taken over the same text, without what no schedule can
// notice: which registers are live where, and the properties.

#include "sim/program/show.h"
#include "sim/program/words.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <iterator>

namespace interleave {
namespace {

const char* TypeText(IntType type) {
  switch (type) {
    case IntType::kBool: return "bool";
    case IntType::kI8: return "i8";
    case IntType::kU8: return "u8";
    case IntType::kI16: return "i16";
    case IntType::kU16: return "u16";
    case IntType::kI32: return "i32";
    case IntType::kU32: return "u32";
    case IntType::kI64: return "i64";
    case IntType::kU64: return "u64";
    case IntType::kF32: return "f32";
    case IntType::kF64: return "f64";
  }
  return "?";
}

// "slots 4 .. 6", "slot 4", "no slots".
std::string Slots(uint32_t first, uint32_t count) {
  if (count == 0) return "no slots";
  if (count == 1) return fmt::format("slot {}", first);
  return fmt::format("slots {} .. {}", first, first + count - 1);
}

class Writer {
 public:
  Writer(const Program& program, bool for_hash) : program_(program), for_hash_(for_hash) {}

  std::string Run() {
    Line("granularity {}", program_.granularity == Granularity::kAccess ? "access" : "statement");
    if (!for_hash_) Line("state of {} slots", program_.state_size());
    Objects();
    for (std::size_t i = 0; i < program_.codes.size(); ++i) Template(i);
    if (!for_hash_) {
      for (const Property& property : program_.properties) PropertyText(property);
    }
    return std::move(out_);
  }

 private:
  template <class... Args>
  void Line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }

  void Objects() {
    for (const MemoryObject& object : program_.objects) {
      const Symbol& symbol = *object.symbol;
      const char* storage = symbol.kind == SymbolKind::kGhost   ? "ghost"
                            : symbol.kind == SymbolKind::kTable ? "const"
                            : symbol.is_atomic                  ? "shared atomic"
                                                                : "shared";
      Line("");
      Line("{} {}: {}, {}", storage, symbol.name, TypeName(*symbol.type),
           Slots(object.base, object.cells));
      if (object.kind != nullptr) Line("  objects of {} slots", object.stride);
      // Of an unwritten cell its place is said; cells of one value are said once.
      for (uint32_t i = 0; i < object.cells;) {
        const int64_t value = program_.initial[object.base + i];
        uint32_t end = i + 1;
        while (end < object.cells && program_.initial[object.base + end] == value) ++end;
        Line("  {} = {}", Slots(object.base + i, end - i), value);
        i = end;
      }
      if (object.written_base != 0) {
        Line("  written bits in {}", Slots(object.written_base, object.cells));
      }
    }
    if (program_.items_slot != 0 && !for_hash_) {
      Line("");
      Line("items: slot {}", program_.items_slot);
    }
  }

  void Template(std::size_t number) {
    const ProcessCode& code = program_.codes[number];
    Line("");
    Line("{}process {}", code.source->is_daemon ? "daemon " : "", code.source->symbol->name);
    for (const ProcessInstance& process : program_.processes) {
      if (process.code != static_cast<int>(number)) continue;
      if (for_hash_) {
        Line("  {}", process.name);
      } else {
        Line("  {}: stands at slot {}, registers {}, own memory {}", process.name,
             process.point_slot, Slots(process.spill_base, code.spill_count),
             Slots(process.own_base, code.own_count));
      }
    }
    code_ = &code;
    process_code_ = &code;
    if (!for_hash_) {
      for (const LocalVariable& local : code.locals) LocalText(local);
      for (std::size_t p = 1; p <= code.access_points; ++p) Point(p);
    }
    CodeText();
    process_code_ = nullptr;
  }

  void LocalText(const LocalVariable& local) {
    std::string places;
    for (const uint32_t reg : local.registers) places += fmt::format(" r{}", reg);
    if (local.is_own) places = fmt::format(" own memory {}", local.own_offset);
    Line("  local {}: {},{}", local.symbol->name, TypeName(*local.symbol->type),
         places.empty() ? " nowhere" : places);
  }

  void Point(std::size_t number) {
    const ProgramPoint& point = process_code_->points[number];
    std::string text = fmt::format("  point {} at {}{}", number, point.instruction,
                                   point.in_loop ? ", in a loop" : "");
    for (std::size_t s = 0; s < point.sections.size(); ++s) {
      if (point.sections[s]) text += ", in section " + process_code_->source->sections[s].name;
    }
    if (!point.live.empty()) text += ", live:";
    for (const Spill& spill : point.live) {
      text += fmt::format(" {} (+{})", Name(spill.reg), spill.offset);
    }
    Line("{}", text);
  }

  // "r5", "r5:next_produced".
  std::string Name(uint32_t reg) const {
    if (process_code_ != nullptr && !for_hash_ && reg < process_code_->register_names.size() &&
        !process_code_->register_names[reg].empty() && reg >= kFirstRegister) {
      return fmt::format("r{}:{}", reg, process_code_->register_names[reg]);
    }
    for (const auto& [constant, value] : code_->constants) {
      if (constant == reg) return fmt::format("{}", value);
    }
    if (reg == kZeroRegister) return "0";
    if (reg == kSelfRegister) return "self";
    if (reg == kFrameRegister) return "frame";
    return fmt::format("r{}", reg);
  }

  std::string Memory(const Instruction& i) const {
    if (i.a != kZeroRegister) return fmt::format("[{} + {}]", i.c, Name(i.a));
    if (for_hash_ || i.c >= program_.slots.size()) return fmt::format("[{}]", i.c);
    return fmt::format("[{}] ({})", i.c, SlotName(program_, i.c));
  }

  void CodeText() {
    for (std::size_t at = 0; at < code_->instructions.size(); ++at) {
      const Instruction& i = code_->instructions[at];
      std::string flags;
      if ((i.flags & kMayBeOwn) != 0) flags += " maybe-own";
      if ((i.flags & kInAtomic) != 0) flags += " atomic";
      if ((i.flags & kInOperation) != 0) flags += " inside";
      Line("  {:>4} {} {}{}", at, (i.flags & kStops) != 0 ? '>' : ' ', InstructionText(i), flags);
    }
  }

  std::string InstructionText(const Instruction& i) const {
    switch (i.opcode) {
      case Opcode::kMove: return fmt::format("{} = {}", Name(i.dst), Name(i.a));
      case Opcode::kBinary:
        return fmt::format("{} = {} {} {} ({})", Name(i.dst), Name(i.a), OperatorText(i.op),
                           Name(i.b), TypeText(i.type));
      case Opcode::kUnary:
        return fmt::format("{} = {}{} ({})", Name(i.dst), OperatorText(i.op), Name(i.a),
                           TypeText(i.type));
      case Opcode::kConvert:
        return fmt::format("{} = ({}) {}", Name(i.dst), TypeText(i.type), Name(i.a));
      case Opcode::kJump: return fmt::format("goto {}", i.c);
      case Opcode::kBranchFalse: return fmt::format("unless {} goto {}", Name(i.a), i.c);
      case Opcode::kBranchTrue: return fmt::format("if {} goto {}", Name(i.a), i.c);
      case Opcode::kIndex:
        return fmt::format("{} = index {} of {} times {}", Name(i.dst), Name(i.a), i.b, i.c);
      case Opcode::kRegisterLoad:
        return fmt::format("{} = r{}[{}] of {}", Name(i.dst), i.c, Name(i.a), i.b);
      case Opcode::kRegisterStore:
        return fmt::format("r{}[{}] of {} = {}", i.c, Name(i.a), i.b, Name(i.dst));
      case Opcode::kPointerAdd:
        return fmt::format("{} = pointer {} + {} * {}", Name(i.dst), Name(i.a), Name(i.b), i.c);
      case Opcode::kPointerSub:
        return fmt::format("{} = (pointer {} - {}) / {}", Name(i.dst), Name(i.a), Name(i.b), i.c);
      case Opcode::kPointerOrder: return fmt::format("one object: {}, {}", Name(i.a), Name(i.b));
      case Opcode::kPointerCheck: return fmt::format("follow {}: {} cells", Name(i.a), i.c);
      case Opcode::kChoose:
        return fmt::format("{} = choose {} .. {}", Name(i.dst), Name(i.a), Name(i.b));
      case Opcode::kAssert: return fmt::format("assert {}", Name(i.a));
      case Opcode::kAssume: return fmt::format("assume {}", Name(i.a));
      case Opcode::kPeek: return fmt::format("{} = look {}", Name(i.dst), Memory(i));
      case Opcode::kPoke: return fmt::format("set {} = {}", Memory(i), Name(i.b));
      case Opcode::kProduced: return fmt::format("produced {}", Name(i.a));
      case Opcode::kConsumed: return fmt::format("consumed {}", Name(i.a));
      case Opcode::kEndExpression: return "end of expression";
      case Opcode::kAtomicEnd: return "end of atomic";
      case Opcode::kBlockUnless: return fmt::format("block unless {}", Name(i.a));
      case Opcode::kSelect: return SelectText(code_->selects[i.c]);
      case Opcode::kLoad: return fmt::format("{} = load {}", Name(i.dst), Memory(i));
      case Opcode::kStore: return fmt::format("store {} = {}", Memory(i), Name(i.b));
      case Opcode::kAtomicBegin: return "begin of atomic";
      case Opcode::kPrint: return fmt::format("print {}", Name(i.a));
      case Opcode::kStep: return "step";
      case Opcode::kFork:
        return fmt::format("{} = fork {}, which begins here; goto {}", Name(i.dst), Name(i.a), i.c);
      case Opcode::kLimit: return fmt::format("limit {}", Name(i.a));
      case Opcode::kOperationBegin:
        return fmt::format("begin of {} {}", OperationName(i), Memory(i));
      case Opcode::kOperationEnd: return fmt::format("end of {}", OperationName(i));
      case Opcode::kHalt:
        return process_code_ != nullptr ? "done" : fmt::format("value {}", Name(i.a));
      case Opcode::kProcessDone: return ProcessText(i, "done");
      case Opcode::kProcessBlocked: return ProcessText(i, "blocked");
      case Opcode::kProcessWaiting: return ProcessText(i, "waiting");
      case Opcode::kProcessInSection: return ProcessText(i, fmt::format("in section {}", i.b));
      case Opcode::kProcessAtLabel: return ProcessText(i, fmt::format("at label {}", i.b));
      case Opcode::kProcessLocal:
        return fmt::format("{} = process {} + {}, local {} cell {}", Name(i.dst), i.c >> 16,
                           Name(i.a), i.c & 0xffff, Name(i.b));
      case Opcode::kIsUnwritten: return fmt::format("{} = unwritten {}", Name(i.dst), Name(i.a));
    }
    return "?";
  }

  std::string OperationName(const Instruction& i) const {
    const Operation& operation = program_.operations[code_->operations[i.b].operation];
    return operation.kind().name + "." + operation.name();
  }

  std::string ProcessText(const Instruction& i, const std::string& what) const {
    return fmt::format("{} = process {} + {} {}", Name(i.dst), i.c, Name(i.a), what);
  }

  std::string SelectText(const SelectTable& table) const {
    std::string text = "select";
    for (const auto& [reg, target] : table.alternatives) {
      text += fmt::format(" {} -> {},", Name(reg), target);
    }
    return text +
           (table.else_target < 0 ? " else block" : fmt::format(" else -> {}", table.else_target));
  }

  void PropertyText(const Property& property) {
    Line("");
    std::string title = PropertyTitle(property.kind, property.name);
    if (RowOf(property.kind).form == PropertyRow::Form::kArray) {
      const auto object = static_cast<std::size_t>(property.object);
      const std::string name = property.object < 0 ? "?" : program_.objects[object].symbol->name;
      title += " (" + name + ")";
    }
    if (!property.section.empty()) title += " (" + property.section + ")";
    Line("{}", title);
    code_ = &property.code;
    CodeText();
  }

  const Program& program_;
  const bool for_hash_;
  const Code* code_ = nullptr;
  const ProcessCode* process_code_ = nullptr;  // null: a property's code
  std::string out_;
};

}  // namespace

std::string ShowProgram(const Program& program) {
  return fmt::format("program {}\n", HashText(ProgramHash(program))) + Writer(program, false).Run();
}

uint64_t ProgramHash(const Program& program) {
  const std::string text = Writer(program, true).Run();
  return XXH64(text.data(), text.size(), 0);
}

std::string HashText(uint64_t hash) { return fmt::format("{:016x}", hash); }

}  // namespace interleave
