// Loads and stores of the emitted C, and the tables that its accesses through pointers look up.

#include "sim/program/emit_c_private.h"

namespace interleave {

// What the generic functions look up: of each slot its place and type and the number of its
// object (from 1; 0 is none), of each object its bounds and, of own memory, whose and where.
void CEmitter::Tables() {
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
  for (const uint32_t row : program_.file_rows) {
    add({row, row + kMappedFileSize, -1, 0, 0, false});
    object_of[row + kMappedFileSize] = objects.size() - 1;  // a pointer behind it is one of its own
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
  Table("unsigned", "il_written", slots, [&](std::size_t i) { return program_.slots[i].written; });
  if (program_.has_lifetimes) {
    Table("unsigned", "il_allocated", slots,
          [&](std::size_t i) { return program_.slots[i].allocated; });
  }
  if (program_.has_mappings) {
    Table("unsigned", "il_mapping", slots,
          [&](std::size_t i) { return program_.slots[i].mapping; });
  }
  const std::size_t n = objects.size();
  Table("long", "il_begin", n, [&](std::size_t i) { return objects[i].begin; });
  Table("long", "il_end", n, [&](std::size_t i) { return objects[i].end; });
  Table("int", "il_owner", n, [&](std::size_t i) { return objects[i].owner; });
  Table("unsigned", "il_scope_begin", n, [&](std::size_t i) { return objects[i].scope_begin; });
  Table("unsigned", "il_scope_end", n, [&](std::size_t i) { return objects[i].scope_end; });
  Table("unsigned char", "il_const", n, [&](std::size_t i) { return objects[i].is_const ? 1 : 0; });
}

// A free access to an object that atomic code touches too takes the lock for itself.
bool CEmitter::NeedsLock(const Instruction& i) const {
  if (!is_free() || IsUnderLock(i)) return false;
  if ((i.flags & kMayBeOwn) != 0) return any_locked_;
  const int object = program_.slots[i.c].object;
  return object >= 0 && locked_[static_cast<std::size_t>(object)];
}

std::string CEmitter::AtomicOrder(const Instruction& i) const {
  if (!options_.relaxed || (i.flags & kMayBeOwn) != 0) return "IL_ORDER";
  const Slot& slot = program_.slots[i.c];
  const MemoryObject& object = program_.objects[static_cast<std::size_t>(slot.object)];
  return object.symbol->is_atomic || slot.type->is_atomic() ? "__ATOMIC_SEQ_CST"
                                                            : "__ATOMIC_RELAXED";
}

CEmitter::Address CEmitter::AddressOf(const Instruction& i) const {
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
std::string CEmitter::Get(const Address& address, const std::string& order) const {
  if (!address.is_typed) {
    return fmt::format("il_get({}, il_type[{}])", address.place, address.slot);
  }
  if (address.type == IntType::kBool) {
    return fmt::format("(long)(__atomic_load_n((unsigned char *){}, {}) != 0)", address.place,
                       order);
  }
  return fmt::format("(long)__atomic_load_n(({} *){}, {})", CCellName(address.type), address.place,
                     order);
}

std::string CEmitter::Put(const Address& address, const std::string& value,
                          const std::string& order) const {
  if (!address.is_typed) {
    return fmt::format("il_put({}, il_type[{}], {})", address.place, address.slot, value);
  }
  const char* type = CCellName(address.type);
  return fmt::format("__atomic_store_n(({} *){}, ({}){}, {})", type, address.place, type, value,
                     order);
}

std::string CEmitter::Flag(const Address& address) const {
  return fmt::format("(unsigned char *)(il->memory + il_offset[{}])", address.written);
}

void CEmitter::Load(const Instruction& i) {
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
  CheckAllocated(i, address, IsQuiet(i) ? "" : Get(address, order));
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
  Line("    {}", GoOn());
  Line("  }}");
}

// A use of a block of the heap that nobody has is an error. `seen`: what its event tells.
void CEmitter::CheckAllocated(const Instruction& i, const Address& address,
                              const std::string& seen) {
  if ((i.flags & kMayBeOwn) == 0 || !program_.has_lifetimes) return;
  const bool writes = i.opcode == Opcode::kStore;
  const std::string event = is_free() || seen.empty()
                                ? ""
                                : fmt::format("il_event(il, {}, (unsigned){}, {}, {}); ",
                                              writes ? "IL_EV_WRITE" : "IL_EV_READ", address.slot,
                                              writes ? R(i.b) : seen, writes ? seen : "0");
  if (program_.has_mappings && code_ != nullptr) {
    Line(
        "    if (IL_UNLIKELY(il_mapping[{0}] != 0 && (own[{1} + il_mapping[{0}]] & {2}) == 0)) {{ "
        "{3}{4} }}",
        address.slot, code_->mappings, writes ? Mapping::kWrites : Mapping::kReads, event,
        Fail(i, ErrorKind::kPointer));
  }
  Line(
      "    if (IL_UNLIKELY(il_allocated[{0}] != 0 && "
      "*(unsigned char *)(il->memory + il_offset[il_allocated[{0}]]) == 0)) {{ {1}{2} }}",
      address.slot, event, Fail(i, ErrorKind::kPointer));
}

// The fault kSwappedPair: the first two loads of different variables read each other's.
void CEmitter::SwapWithOther(const Instruction& i, Address& address) {
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

std::string CEmitter::GoOn() const {
  return program_.granularity == Granularity::kStatement && !is_free() ? "may_access = 1;" : ";";
}

void CEmitter::Store(const Instruction& i) {
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
  CheckAllocated(i, address, tells ? "old" : "");
  if (address.is_typed && Plant(EmitFault::kDroppedStore)) {
    Line("    ;");
  } else if (address.is_typed && Plant(EmitFault::kWrongWidth)) {
    Line("    __atomic_store_n((long *){}, {}, {});", address.place, R(i.b), order);
  } else {
    Line("    {};", Put(address, R(i.b), order));
  }
  if (!address.written.empty()) {
    Line("    {}__atomic_store_n({}, {}, __ATOMIC_SEQ_CST);",
         address.is_typed ? "" : fmt::format("if ({} != 0) ", address.written), Flag(address),
         (i.flags & kForgets) == 0 ? 1 : 0);
  }
  if (lock) Line("    il_drop_lock(il);");
  if (tells) {
    Line("    il_event(il, IL_EV_WRITE, (unsigned){}, {}, old);", address.slot, R(i.b));
  }
  Line("    {}", GoOn());
  Line("  }}");
}

// Ghosts, constant tables, own memory: no access.
void CEmitter::PeekOrPoke(const Instruction& i) {
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

std::vector<bool> LockedObjects(const Program& program) {
  std::vector<bool> locked(program.objects.size(), false);
  bool through_pointer = false;
  const std::vector<bool> is_real = RunsFreeOnRealThing(program);
  for (const ProcessCode& code : program.codes) {
    for (const Instruction& i : code.instructions) {
      const bool access = i.opcode == Opcode::kLoad || i.opcode == Opcode::kStore;
      if (!access || !IsUnderLock(i)) continue;
      if ((i.flags & kMayBeOwn) != 0) {
        through_pointer = true;
      } else if (const auto object = static_cast<std::size_t>(program.slots[i.c].object);
                 !is_real[object]) {
        locked[object] = true;
      }
    }
  }
  if (through_pointer) locked.assign(locked.size(), true);
  return locked;
}

}  // namespace interleave
