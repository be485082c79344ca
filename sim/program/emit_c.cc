// Instruction by instruction: a register is a `long` of C, an instruction one statement, a jump a
// goto, so that where a process stands and what is alive there are the program's own. Operators are
// C's, on operands of C's types; what is undefined in C is caught before (C17 6.5, gcc's checked
// built-ins), and reported as the interpreter does.
//
// Tested by tests/real_world_test.cc: every step of scenarios and random programs is compared with
// the interpreter's.

#include "sim/program/emit_c.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "sim/program/c_text.h"
#include "sim/program/ghosts.h"
#include "sim/program/stepper.h"
#include "sim/program/turn_block.h"

namespace interleave {
namespace {

bool MayBlock(const Instruction& i) {
  return i.opcode == Opcode::kBlockUnless || i.opcode == Opcode::kSelect;
}

// Whether it is part of an operation, which tells of itself as a whole.
bool IsQuiet(const Instruction& i) { return (i.flags & kQuiet) != 0; }

// Whether a free process holds the lock at this instruction.
bool IsUnderLock(const Instruction& i) { return (i.flags & (kInAtomic | kInOperation)) != 0; }

class Emitter {
 public:
  Emitter(const Program& program, const ByteLayout& layout, const EmitOptions& options)
      : program_(program),
        layout_(layout),
        options_(options),
        locked_(LockedObjects(program)),
        any_locked_(std::find(locked_.begin(), locked_.end(), true) != locked_.end()) {}

  std::string Run() {
    Line("{}", kTurnBlockText);
    if (is_free()) Line("#define IL_FREE 1");
    // Plain accesses of the generic functions; typed ones name their order.
    Line("#define IL_ORDER {}", options_.relaxed ? "__ATOMIC_RELAXED" : "__ATOMIC_SEQ_CST");
    Line("#define IL_BYTES {}", layout_.bytes);
    if (!is_free()) Line("static char il_undo[IL_BYTES];");
    Tables();
    text_ += kCRuntime;
    for (std::size_t c = 0; c < program_.codes.size(); ++c) Process(static_cast<int>(c));
    Line("int il_run(struct il *il, unsigned process) {{");
    Line("  switch (process) {{");
    for (int p = 0; p < program_.process_count(); ++p) {
      Line("    case {}: return il_process_{}(il);", p,
           program_.processes[static_cast<std::size_t>(p)].code);
    }
    Line("  }}");
    Line("  return 1;");
    Line("}}");
    Line("const unsigned long il_sizes[] = {{sizeof (struct il_turn), sizeof (struct il_free),");
    Line("  sizeof (struct il), sizeof (struct il_outcome), sizeof (struct il_mark)}};");
    return std::move(text_);
  }

 private:
  template <class... Arguments>
  void Line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }

  bool is_free() const { return options_.mode == EmitMode::kFree; }

  template <class Value>
  void Table(const char* type, const char* name, std::size_t count, Value value) {
    text_ += fmt::format("static __attribute__((unused)) const {} {}[] = {{", type, name);
    for (std::size_t i = 0; i < count; ++i) {
      text_ += fmt::format("{}{}", i % 24 == 0 ? "\n  " : " ", value(i));
      text_ += ',';
    }
    text_ += "\n};\n";
  }

  // What the generic functions look up: of each slot its place and type and the number of its
  // object (from 1; 0 is none), of each object its bounds and, of own memory, whose and where.
  void Tables() {
    struct Object {
      int64_t begin = 0, end = 0;
      int owner = -1;
      uint32_t scope_begin = 0, scope_end = 0;
      bool is_const = false;
    };
    std::vector<Object> objects(1);
    std::vector<std::size_t> object_of(program_.slots.size(), 0);
    const auto add = [&](const Object& object) {
      for (int64_t slot = object.begin; slot < object.end; ++slot) {
        object_of[static_cast<std::size_t>(slot)] = objects.size();
      }
      objects.push_back(object);
    };
    for (const MemoryObject& object : program_.objects) {
      add({object.base, object.base + object.cells, -1, 0, 0, object.symbol->is_const});
    }
    for (int p = 0; p < program_.process_count(); ++p) {
      for (const OwnObject& own : program_.CodeOf(p).own_objects) {
        const int64_t begin = program_.processes[static_cast<std::size_t>(p)].own_base + own.offset;
        add({begin, begin + own.cells, p, own.begin, own.end, false});
      }
    }
    const std::size_t slots = program_.slots.size();
    Line("#define IL_SLOTS {}", slots);
    Table("unsigned", "il_object_of", slots, [&](std::size_t i) { return object_of[i]; });
    Table("unsigned", "il_offset", slots, [&](std::size_t i) { return layout_.offset_of[i]; });
    Table("unsigned char", "il_type", slots, [&](std::size_t i) {
      return layout_.offset_of[i] == ByteLayout::kNowhere
                 ? 7
                 : static_cast<int>(CellType(program_, static_cast<uint32_t>(i)));
    });
    Table("unsigned", "il_written", slots,
          [&](std::size_t i) { return program_.slots[i].written; });
    const std::size_t n = objects.size();
    Table("long", "il_begin", n, [&](std::size_t i) { return objects[i].begin; });
    Table("long", "il_end", n, [&](std::size_t i) { return objects[i].end; });
    Table("int", "il_owner", n, [&](std::size_t i) { return objects[i].owner; });
    Table("unsigned", "il_scope_begin", n, [&](std::size_t i) { return objects[i].scope_begin; });
    Table("unsigned", "il_scope_end", n, [&](std::size_t i) { return objects[i].scope_end; });
    Table("unsigned char", "il_const", n,
          [&](std::size_t i) { return objects[i].is_const ? 1 : 0; });
  }

  // --- one process ---

  std::string R(uint32_t reg) const {
    return uses_array_ ? fmt::format("r[{}]", reg) : fmt::format("r{}", reg);
  }

  void Process(int number) {
    code_ = &program_.codes[static_cast<std::size_t>(number)];
    const std::size_t n = code_->instructions.size();
    ghosts_ = GhostStatements(*code_);
    may_block_ = std::any_of(code_->instructions.begin(), code_->instructions.end(), MayBlock);
    uses_array_ = std::any_of(
        code_->instructions.begin(), code_->instructions.end(), [](const Instruction& i) {
          return i.opcode == Opcode::kRegisterLoad || i.opcode == Opcode::kRegisterStore;
        });
    const std::vector<bool> is_target = JumpTargets(*code_);
    Line("");
    Line("static int il_process_{}(struct il *il) {{", number);
    if (uses_array_) {
      Line("  long r[{}] = {{0}};", code_->register_count);
    } else {
      for (uint32_t r = 0; r < code_->register_count; ++r) {
        Line("  __attribute__((unused)) long r{} = 0;", r);
      }
    }
    Line("  long own[{}] = {{0}};", code_->own_count + 1);
    Line("  __attribute__((unused)) int lic = 0;");
    if (is_free()) {
      Line("  __attribute__((unused)) long il_kept[{}];",
           code_->spill_count + code_->own_count + 1);
    } else {
      Line("  int trying = 0;");
    }
    Line("  il->own = own;");
    Line("  {} = il->self;", R(kSelfRegister));
    Line("  {} = il->own_base;", R(kFrameRegister));
    for (const auto& [reg, value] : code_->constants) {
      if (reg != kZeroRegister) Line("  {} = {};", R(reg), CLiteral(value));
    }
    for (uint32_t at = 0; at < n; ++at) {
      at_ = at;
      const Instruction& i = code_->instructions[at];
      if (is_target[at]) Line("I{}:;", at);
      Emit(i);
    }
    Line("IL_ended:;");
    if (is_free()) {
      Line("  if (il->has_lock) il_drop_lock(il);");
      Line("  return 0;");
    } else {
      Line("  if (trying) {{ il->turn->status = IL_OPEN; goto IL_undo; }}");
      // What it was before the step stays reported; nothing but the end can come.
      Line("  for (;;) il_hand_over(il);");
      Undo();
    }
    Line("}}");
  }

  // Running free, the statements behind `ghost` do nothing.
  bool in_ghost(const Instruction& i) const { return IsGhostCode(*code_, i, ghosts_); }

  // A statement that ends the process's run with an error. Ghosts running free do not fail.
  std::string Fail(const Instruction& i, ErrorKind kind) const {
    if (is_free()) {
      if (in_ghost(i)) return fmt::format("{{ {} = 0; }}", R(i.dst));
      return fmt::format(
          "{{ il->outcome->status = IL_ERROR; il->outcome->error = {}; il->outcome->error_at = {}; "
          "goto IL_ended; }}",
          static_cast<int>(kind), at_);
    }
    return fmt::format(
        "{{ il->turn->status = IL_ERROR; il->turn->error = {}; il->turn->error_at = {}; goto "
        "IL_ended; }}",
        static_cast<int>(kind), at_);
  }
  std::string End(const char* status) const {
    return fmt::format("{{ il->{}->status = {}; goto IL_ended; }}", is_free() ? "outcome" : "turn",
                       status);
  }

  // Where the process gives its turn away: what is alive goes to the block. A step that is only
  // tried ends here too, and is taken back.
  void Stand(uint32_t point, const char* indent) {
    Line("{}if (trying) {{ il->turn->status = IL_OPEN; goto IL_undo; }}", indent);
    const ProgramPoint& at = code_->points[point];
    std::vector<std::string> value(code_->spill_count + code_->own_count, "0");
    for (const Spill& live : at.live) value[live.offset] = R(live.reg);
    uint32_t label_place = 0;
    for (const uint32_t reg : code_->label_registers) {
      if (reg != 0) value[label_place++] = R(reg);
    }
    for (const OwnObject& own : code_->own_objects) {
      const bool dead = std::any_of(at.dead.begin(), at.dead.end(), [&](const OwnRange& range) {
        return range.offset == own.offset;
      });
      for (uint32_t cell = own.offset; cell < own.offset + own.cells; ++cell) {
        if (dead) {
          Line("{}own[{}] = 0;", indent, cell);
        } else {
          value[code_->spill_count + cell] = fmt::format("own[{}]", cell);
        }
      }
    }
    for (std::size_t k = 0; k < value.size(); ++k) {
      if (value[k] != "0" && Plant(EmitFault::kStaleLocal)) {
        Line(
            "{}{{ static long stale; static int have; if (!have) {{ have = 1; stale = {}; }} "
            "il->slots[{}] = stale; }}",
            indent, value[k], k);
        continue;
      }
      Line("{}il->slots[{}] = {};", indent, k, value[k]);
    }
    Line("{}il->turn->point = {};", indent, point);
    Line("{}il_hand_over(il);", indent);
    if (point != 0) {
      Line("{}trying = il->turn->command == IL_TRY;", indent);
      Line("{}{}__builtin_memcpy(il_undo, il->memory, IL_BYTES);", indent,
           may_block_ ? "" : "if (trying) ");
    }
    for (const uint32_t reg : code_->label_registers) {
      if (reg != 0) Line("{}{} = 0;", indent, R(reg));
    }
  }

  // A program point, unless a pointer leads into own memory.
  void StopAt(const Instruction& i) {
    if ((i.flags & kStops) == 0) return;
    const std::string unless_own =
        (i.flags & kMayBeOwn) != 0 ? fmt::format("!IL_IS_OWN({} + {})", R(i.a), i.c) : "1";
    if (is_free()) {
      Line("  if ({} && IL_UNLIKELY(!il_access(il))) goto IL_ended;", unless_own);
      return;
    }
    const uint32_t point = code_->point_of[at_];
    if (point == 0) return;  // never reached
    Line("S{}:;", at_);
    Line("  if ({} && !lic) {{", unless_own);
    Stand(point, "    ");
    Line("  }}");
  }

  // Where a step is made or not: if `shut`, the process goes back to where the step began, as if
  // nothing had been tried; running free, to `begin`, to try again.
  void Gate(const std::string& shut, uint32_t begin) {
    if (Plant(EmitFault::kIgnoredWait)) return;
    if (is_free()) {
      Line(
          "    if ({}) {{ unsigned spins = 0; if (il->has_lock) il_drop_lock(il); if "
          "(il_abandoned(il)) {} il_pause(il, &spins); {}goto B{}; }}",
          shut, End("IL_STUCK"), begin == at_ ? "" : Kept(begin, false), begin);
      return;
    }
    Line("    if ({}) {{ il->turn->status = IL_BLOCKED; goto IL_undo; }}", shut);
  }

  // Running free, what is alive at an instruction, kept or given back.
  std::string Kept(uint32_t at, bool keep) const {
    std::string text;
    for (const Spill& live : code_->points[code_->point_of[at]].live) {
      const std::string kept = fmt::format("il_kept[{}]", live.offset);
      text += keep ? fmt::format("{} = {}; ", kept, R(live.reg))
                   : fmt::format("{} = {}; ", R(live.reg), kept);
    }
    for (uint32_t cell = 0; cell < code_->own_count; ++cell) {
      const std::string kept = fmt::format("il_kept[{}]", code_->spill_count + cell);
      text += keep ? fmt::format("{} = own[{}]; ", kept, cell)
                   : fmt::format("own[{}] = {}; ", cell, kept);
    }
    return text;
  }

  // Back to where the step began: memory as it was found, registers and own memory as they were
  // published there.
  void Undo() {
    Line("IL_undo: __attribute__((unused));");
    Line("  __builtin_memcpy(il->memory, il_undo, IL_BYTES);");
    Line("  lic = trying = 0;");
    Line("  for (long k = 0; k < {}; ++k) own[k] = il->slots[{} + k];", code_->own_count,
         code_->spill_count);
    Line("  switch (il->turn->point) {{");
    for (std::size_t k = 1; k < code_->points.size(); ++k) {
      std::string restore;
      for (const Spill& live : code_->points[k].live) {
        restore += fmt::format("{} = il->slots[{}]; ", R(live.reg), live.offset);
      }
      uint32_t label_place = 0;
      for (const uint32_t reg : code_->label_registers) {
        if (reg != 0) restore += fmt::format("{} = il->slots[{}]; ", R(reg), label_place++);
      }
      Line("    case {}: {}goto S{};", k, restore, code_->points[k].instruction);
    }
    Line("  }}");
    Line("  for (;;) il_hand_over(il);");
  }

  std::string AtomicOrder(const Instruction& i) const {
    if (!options_.relaxed || (i.flags & kMayBeOwn) != 0) return "IL_ORDER";
    const MemoryObject& object =
        program_.objects[static_cast<std::size_t>(program_.slots[i.c].object)];
    return object.symbol->is_atomic ? "__ATOMIC_SEQ_CST" : "__ATOMIC_RELAXED";
  }

  // A free access to an object that atomic code touches too takes the lock for itself.
  bool NeedsLock(const Instruction& i) const {
    if (!is_free() || IsUnderLock(i)) return false;
    if ((i.flags & kMayBeOwn) != 0) return any_locked_;
    const int object = program_.slots[i.c].object;
    return object >= 0 && locked_[static_cast<std::size_t>(object)];
  }

  void Jump(uint32_t target, const std::string& condition) {
    const std::string go = fmt::format("goto I{};", target);
    std::string text = go;
    if (target <= at_) {
      text = is_free() ? fmt::format("{{ if (IL_UNLIKELY(il_abandoned(il))) {} {} }}",
                                     End("IL_STUCK"), go)
                       : fmt::format("{{ if ((il->work += {}) > {}) {} {} }}", at_ + 1 - target,
                                     program_.local_limit, End("IL_LOCAL_LIMIT"), go);
    }
    Line("  {}{}", condition, text);
  }

  LocalFailures FailuresOf(const Instruction& i) const {
    return {Fail(i, ErrorKind::kOverflow), Fail(i, ErrorKind::kDivision),
            Fail(i, ErrorKind::kIndex)};
  }

  // True once: for the first place where `fault` can be planted.
  bool Plant(EmitFault fault) {
    if (options_.fault != fault || planted_) return false;
    planted_ = true;
    return true;
  }

  // Where an access goes: a typed place, or, through a pointer, whatever its slot says.
  struct Address {
    std::string slot;   // its number
    std::string place;  // its bytes
    IntType type = IntType::kI64;
    bool is_typed = false;
    std::string written;  // the number of its written flag's slot, "" where it has none
  };
  Address AddressOf(const Instruction& i) const {
    Address address;
    if (i.a == kZeroRegister) {
      address.slot = fmt::format("{}", i.c);
      address.place = fmt::format("(il->memory + {})", layout_.offset_of[i.c]);
      address.type = CellType(program_, i.c);
      address.is_typed = true;
      if (program_.slots[i.c].written != 0) {
        address.written = fmt::format("{}", program_.slots[i.c].written);
      }
      return address;
    }
    address.slot = fmt::format("({} + {})", R(i.a), i.c);
    address.place = fmt::format("(il->memory + il_offset[{}])", address.slot);
    if ((i.flags & kMayBeOwn) == 0) {
      address.type = CellType(program_, i.c);
      address.is_typed = true;
      if (program_.slots[i.c].written != 0) {
        address.written = fmt::format("il_written[{}]", address.slot);
      }
    } else {
      address.written = fmt::format("il_written[{}]", address.slot);
    }
    return address;
  }

  // How the cell there is read, and how it is written.
  std::string Get(const Address& address, const std::string& order) const {
    if (!address.is_typed) {
      return fmt::format("il_get({}, il_type[{}])", address.place, address.slot);
    }
    if (address.type == IntType::kBool) {
      return fmt::format("(long)(__atomic_load_n((unsigned char *){}, {}) != 0)", address.place,
                         order);
    }
    return fmt::format("(long)__atomic_load_n(({} *){}, {})", CName(address.type), address.place,
                       order);
  }
  std::string Put(const Address& address, const std::string& value,
                  const std::string& order) const {
    if (!address.is_typed) {
      return fmt::format("il_put({}, il_type[{}], {})", address.place, address.slot, value);
    }
    const char* type = address.type == IntType::kBool ? "unsigned char" : CName(address.type);
    return fmt::format("__atomic_store_n(({} *){}, ({}){}, {})", type, address.place, type, value,
                       order);
  }

  std::string Flag(const Address& address) const {
    return fmt::format("(unsigned char *)(il->memory + il_offset[{}])", address.written);
  }

  void Load(const Instruction& i) {
    Address address = AddressOf(i);
    if (options_.fault == EmitFault::kSwappedPair) SwapWithOther(i, address);
    const std::string order = AtomicOrder(i);
    if ((i.flags & kMayBeOwn) != 0) {
      Line("  if (IL_IS_OWN({})) {} = own[{} - il->own_base]; else {{", address.slot, R(i.dst),
           address.slot);
    } else {
      Line("  {{");
    }
    const bool lock = NeedsLock(i);
    if (lock) Line("    if (!il_take_lock(il)) {}", End("IL_STUCK"));
    // The flag before the cell: whoever sees it set sees the cell written.
    if (!address.written.empty()) {
      const std::string check = fmt::format(
          "{}__atomic_load_n({}, __ATOMIC_SEQ_CST) == 0",
          address.is_typed ? "" : fmt::format("{} != 0 && ", address.written), Flag(address));
      if (is_free() || IsQuiet(i)) {
        Line("    if (IL_UNLIKELY({})) {}", check, Fail(i, ErrorKind::kUnwritten));
      } else {
        Line("    if (IL_UNLIKELY({})) {{ il_event(il, IL_EV_READ, (unsigned){}, {}, 0); {} }}",
             check, address.slot, Get(address, order), Fail(i, ErrorKind::kUnwritten));
      }
    }
    Line("    {} = {};", R(i.dst), Get(address, order));
    if (lock) Line("    il_drop_lock(il);");
    if (!is_free() && !IsQuiet(i)) {
      Line("    il_event(il, IL_EV_READ, (unsigned){}, {}, 0);", address.slot, R(i.dst));
    }
    Line("    {}", Licence());
    Line("  }}");
  }

  // The fault kSwappedPair: the first two loads of different variables read each other's.
  void SwapWithOther(const Instruction& i, Address& address) {
    if (i.a != kZeroRegister) return;
    if (swap_first_ == 0) {
      for (uint32_t at = at_ + 1; at < code_->instructions.size(); ++at) {
        const Instruction& other = code_->instructions[at];
        if (other.opcode != Opcode::kLoad || other.a != kZeroRegister || other.c == i.c) continue;
        swap_first_ = i.c;
        swap_second_ = other.c;
        swap_at_ = at;
        break;
      }
      if (swap_first_ == 0) return;
    } else if (at_ != swap_at_) {
      return;
    }
    Instruction swapped = i;
    swapped.c = i.c == swap_first_ ? swap_second_ : swap_first_;
    const Address other = AddressOf(swapped);
    address.place = other.place;
    address.type = other.type;
  }

  std::string Licence() const {
    return program_.granularity == Granularity::kStatement && !is_free() ? "lic = 1;" : ";";
  }

  void Store(const Instruction& i) {
    const Address address = AddressOf(i);
    const std::string order = AtomicOrder(i);
    if ((i.flags & kMayBeOwn) != 0) {
      Line("  if (IL_IS_OWN({})) own[{} - il->own_base] = {}; else {{", address.slot, address.slot,
           R(i.b));
      Line("    if (il_const[il_object({})]) {}", address.slot, Fail(i, ErrorKind::kPointer));
    } else {
      Line("  {{");
    }
    const bool lock = NeedsLock(i);
    if (lock) Line("    if (!il_take_lock(il)) {}", End("IL_STUCK"));
    const bool tells = !is_free() && !IsQuiet(i);
    if (tells) Line("    long old = {};", Get(address, order));
    if (address.is_typed && Plant(EmitFault::kDroppedStore)) {
      Line("    ;");
    } else if (address.is_typed && Plant(EmitFault::kWrongWidth)) {
      Line("    __atomic_store_n((long *){}, {}, {});", address.place, R(i.b), order);
    } else {
      Line("    {};", Put(address, R(i.b), order));
    }
    if (!address.written.empty()) {
      Line("    {}__atomic_store_n({}, 1, __ATOMIC_SEQ_CST);",
           address.is_typed ? "" : fmt::format("if ({} != 0) ", address.written), Flag(address));
    }
    if (lock) Line("    il_drop_lock(il);");
    if (tells) {
      Line("    il_event(il, IL_EV_WRITE, (unsigned){}, {}, old);", address.slot, R(i.b));
    }
    Line("    {}", Licence());
    Line("  }}");
  }

  // Ghosts, constant tables, own memory: no access.
  void PeekOrPoke(const Instruction& i) {
    const bool peek = i.opcode == Opcode::kPeek;
    if (i.a == kFrameRegister) {
      const std::string cell = fmt::format("own[{}]", i.c);
      peek ? Line("  {} = {};", R(i.dst), cell) : Line("  {} = {};", cell, R(i.b));
      return;
    }
    const std::string slot = fmt::format("({} + {})", R(i.a), i.c);
    const std::string place = fmt::format("il->memory + il_offset[{}]", slot);
    // Running free, what ghosts read is nothing; constants and own memory are there all the same.
    Line("  if (IL_IS_OWN({})) {{", slot);
    peek ? Line("    {} = own[{} - il->own_base];", R(i.dst), slot)
         : Line("    own[{} - il->own_base] = {};", slot, R(i.b));
    if (is_free() && !peek) {
      Line("  }}");
    } else if (is_free()) {
      Line("  }} else if (il_object_of[{}] != 0 && il_const[il_object_of[{}]]) {{", slot, slot);
      Line("    {} = il_get({}, il_type[{}]);", R(i.dst), place, slot);
      Line("  }} else {{");
      Line("    {} = 0;", R(i.dst));
      Line("  }}");
    } else {
      Line("  }} else {{");
      peek ? Line("    {} = il_get({}, il_type[{}]);", R(i.dst), place, slot)
           : Line("    il_put({}, il_type[{}], {});", place, slot, R(i.b));
      Line("  }}");
    }
  }

  // What it did, as one event.
  void OperationEvent(const Instruction& i) {
    const OperationUse& use = code_->operations[i.b];
    const Operation& operation = program_.operations[use.operation];
    if (is_free() || operation.is_query || (i.flags & kQuiet) != 0) return;
    std::string arguments;
    for (std::size_t k = 0; k < OperationUse::kMostArguments; ++k) {
      arguments += k < use.argument_count ? ", " + R(use.arguments[k]) : ", 0";
    }
    const std::string value = operation.has_result()   ? R(use.result)
                              : use.argument_count > 0 ? R(use.arguments[0])
                                                       : "0";
    Line("  il_operation(il, {}, (unsigned)({} + {}), {}{});", use.operation, R(i.a), i.c, value,
         arguments);
  }

  void Select(const Instruction& i) {
    const SelectTable& table = code_->selects[i.c];
    std::string count = "0";
    for (const auto& [reg, target] : table.alternatives)
      count += fmt::format(" + ({} != 0)", R(reg));
    Line("  {{ unsigned count = (unsigned)({}); long skip = 0;", count);
    if (table.else_target >= 0) {
      Line("    if (count == 0) goto I{};", table.else_target);
    } else {
      Gate("count == 0", atomic_begin_);
    }
    if (is_free()) {
      Line(
          "    if (count > 1) {{ il->random = il->random * 6364136223846793005ul + 1; skip = "
          "(long)((il->random >> 33) % count); }}");
    } else {
      // Alternatives are known by their numbers; the decision counts those that are open.
      Line("    if (count > 1) {{");
      Line("      struct il_turn *t = il->turn; long wanted = -1; unsigned n = t->taken;");
      Line("      if (n < t->given && !t->give_index) {{");
      Line("        long open = 0; wanted = -2;");
      for (std::size_t k = 0; k < table.alternatives.size(); ++k) {
        Line("        if ({} != 0) {{ if (t->give[n] == {}) wanted = open; ++open; }}",
             R(table.alternatives[k].first), k);
      }
      Line("        if (wanted < 0) {}", End("IL_NOT_DECIDED"));
      Line("        t->give[n] = wanted;");
      Line("      }}");
      Line("      skip = il_decide(il, count, 0);");
      Line("      if (skip == -1) {}", End("IL_LOCAL_LIMIT"));
      Line("      if (skip < 0) {}", End("IL_NOT_DECIDED"));
      Line("    }}");
    }
    for (std::size_t k = 0; k < table.alternatives.size(); ++k) {
      const auto& [reg, target] = table.alternatives[k];
      Line("    if ({} != 0 && skip-- == 0) {{", R(reg));
      if (!is_free()) {
        Line(
            "      if (count > 1) {{ il->turn->took[il->turn->taken - 1].value = {}; il_event(il, "
            "IL_EV_CHOSE, 0, {}, 0); }}",
            k, k);
      }
      Line("      goto I{};", target);
      Line("    }}");
    }
    Line("  }}");
  }

  void Local(const Instruction& i) {
    const auto text = LocalInC(
        i, [this](uint32_t reg) { return R(reg); }, FailuresOf(i));
    Line("  {}", *text);
  }

  void Emit(const Instruction& i) {
    StopAt(i);
    const bool ghost_free = is_free() && in_ghost(i);
    switch (i.opcode) {
      case Opcode::kMove:
      case Opcode::kBinary:
      case Opcode::kUnary:
      case Opcode::kConvert:
      case Opcode::kIndex:
      case Opcode::kRegisterLoad:
      case Opcode::kRegisterStore: Local(i); break;
      case Opcode::kJump: Jump(i.c, ""); break;
      case Opcode::kBranchFalse: Jump(i.c, fmt::format("if ({} == 0) ", R(i.a))); break;
      case Opcode::kBranchTrue: Jump(i.c, fmt::format("if ({} != 0) ", R(i.a))); break;
      case Opcode::kPointerAdd:
        Line("  if (!il_pointer_add({}, {}, {}, &{})) {}", R(i.a), R(i.b), i.c, R(i.dst),
             Fail(i, ErrorKind::kPointer));
        break;
      case Opcode::kPointerSub:
      case Opcode::kPointerOrder:
        Line("  if (!il_same_object({}, {})) {}", R(i.a), R(i.b), Fail(i, ErrorKind::kPointer));
        if (i.opcode == Opcode::kPointerSub) {
          Line("  else {} = ({} - {}) / {};", R(i.dst), R(i.a), R(i.b), i.c);
        }
        break;
      case Opcode::kPointerCheck:
        Line("  if (!il_may_follow(il, {}, {}, {})) {}", R(i.a), i.c, at_,
             Fail(i, ErrorKind::kPointer));
        break;
      case Opcode::kChoose:
        Line("  if ({} > {}) {}", R(i.a), R(i.b), Fail(i, ErrorKind::kIndex));
        Line("  if ((unsigned long){} - (unsigned long){} > 65535ul) {}", R(i.b), R(i.a),
             End("IL_LOCAL_LIMIT"));
        if (is_free()) {
          Line("  il->random = il->random * 6364136223846793005ul + 1;");
          Line("  {} = {} + (long)((il->random >> 33) % (unsigned long)({} - {} + 1));", R(i.dst),
               R(i.a), R(i.b), R(i.a));
        } else {
          Line("  {{ long way = il_decide(il, (unsigned)({} - {} + 1), {});", R(i.b), R(i.a),
               R(i.a));
          Line("    if (way == -1) {}", End("IL_LOCAL_LIMIT"));
          Line("    if (way < 0) {}", End("IL_NOT_DECIDED"));
          Line("    {} = {} + way; il_event(il, IL_EV_CHOSE, 0, {}, 0); }}", R(i.dst), R(i.a),
               R(i.dst));
        }
        break;
      case Opcode::kAssert:
        if (!ghost_free) Line("  if ({} == 0) {}", R(i.a), Fail(i, ErrorKind::kAssertion));
        break;
      case Opcode::kAssume:
        if (!ghost_free) Line("  if ({} == 0) {}", R(i.a), End("IL_CUT"));
        break;
      case Opcode::kPeek:
      case Opcode::kPoke: PeekOrPoke(i); break;
      case Opcode::kProduced:
      case Opcode::kConsumed: {
        const bool produced = i.opcode == Opcode::kProduced;
        const char* kind = produced ? "IL_EV_PRODUCED" : "IL_EV_CONSUMED";
        if (is_free()) {
          Line("  il_mark(il, {}, {});", kind, R(i.a));
          break;
        }
        if (program_.items_slot != 0) {
          Line("  *(int *)(il->memory + {}) {} 1;", layout_.offset_of[program_.items_slot],
               produced ? "+=" : "-=");
        }
        Line("  il_event(il, {}, 0, {}, 0);", kind, R(i.a));
        break;
      }
      case Opcode::kEndExpression: Line("  lic = 0;"); break;
      case Opcode::kAtomicBegin:
        atomic_begin_ = at_;
        if (is_free()) {
          if (may_block_) Line("  {}", Kept(at_, true));
          Line("B{}:;", at_);
          Line("  if (!il_take_lock(il)) {}", End("IL_STUCK"));
        } else {
          Line("  il_event(il, IL_EV_ATOMIC, 0, 0, 0);");
          Line("  {}", Licence());
        }
        break;
      case Opcode::kAtomicEnd:
        if (is_free()) {
          Line("  if (il->has_lock) il_drop_lock(il);");
        } else {
          Line("  lic = 0;");
        }
        break;
      case Opcode::kBlockUnless: Gate(fmt::format("{} == 0", R(i.a)), atomic_begin_); break;
      case Opcode::kSelect: Select(i); break;
      case Opcode::kLoad: Load(i); break;
      case Opcode::kStore: Store(i); break;
      case Opcode::kStep:
        if (!is_free()) {
          Line("  il_event(il, IL_EV_STEP, 0, 0, 0);");
          Line("  {}", Licence());
        }
        break;
      case Opcode::kOperationBegin:
        if (!is_free() || IsUnderLock(i)) break;
        atomic_begin_ = at_;
        if (may_block_) Line("  {}", Kept(at_, true));
        Line("B{}:;", at_);
        Line("  if (!il_take_lock(il)) {}", End("IL_STUCK"));
        break;
      case Opcode::kOperationEnd:
        if (is_free()) {
          if (!IsUnderLock(i)) Line("  if (il->has_lock) il_drop_lock(il);");
          break;
        }
        OperationEvent(i);
        Line("  {}", Licence());
        break;
      case Opcode::kLimit: Line("  if ({} == 0) {}", R(i.a), End("IL_OBJECT_LIMIT")); break;
      case Opcode::kHalt:
        if (is_free()) {
          Line("  goto IL_ended;");
        } else {
          Stand(0, "  ");
          Line("  goto IL_ended;");
        }
        break;
      case Opcode::kProcessDone:
      case Opcode::kProcessBlocked:
      case Opcode::kProcessWaiting:
      case Opcode::kProcessInSection:
      case Opcode::kProcessAtLabel:
      case Opcode::kProcessLocal:
      case Opcode::kIsUnwritten: break;  // in properties only
    }
  }

  const Program& program_;
  const ByteLayout& layout_;
  const EmitOptions options_;
  const std::vector<bool> locked_;
  const bool any_locked_;
  std::string text_;
  const ProcessCode* code_ = nullptr;
  std::vector<SourceRange> ghosts_;
  bool uses_array_ = false;
  bool may_block_ = false;
  uint32_t at_ = 0;
  bool planted_ = false;
  uint32_t swap_first_ = 0, swap_second_ = 0, swap_at_ = 0;  // the fault kSwappedPair
  uint32_t atomic_begin_ = 0;  // of the atomic code that is being emitted
};

}  // namespace

std::vector<bool> LockedObjects(const Program& program) {
  std::vector<bool> locked(program.objects.size(), false);
  bool through_pointer = false;
  for (const ProcessCode& code : program.codes) {
    for (const Instruction& i : code.instructions) {
      const bool access = i.opcode == Opcode::kLoad || i.opcode == Opcode::kStore;
      if (!access || !IsUnderLock(i)) continue;
      if ((i.flags & kMayBeOwn) != 0) {
        through_pointer = true;
      } else {
        locked[static_cast<std::size_t>(program.slots[i.c].object)] = true;
      }
    }
  }
  if (through_pointer) locked.assign(locked.size(), true);
  return locked;
}

std::optional<SourceRange> BlocksAfterItWrites(const Program& program) {
  for (const ProcessCode& code : program.codes) {
    bool wrote = false;
    for (const Instruction& i : code.instructions) {
      if ((i.flags & kStops) != 0) wrote = false;  // a step of its own begins
      if (wrote && MayBlock(i)) return code.places[i.place].range;
      wrote = wrote || i.opcode == Opcode::kStore;
    }
  }
  return std::nullopt;
}

std::string EmitC(const Program& program, const ByteLayout& layout, const EmitOptions& options) {
  return Emitter(program, layout, options).Run();
}

}  // namespace interleave
