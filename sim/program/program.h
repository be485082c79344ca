#pragma once
// A compiled scenario: the layout of its state vector, the code of its processes and properties.
//
// The state is one flat vector of int64_t slots:
//
//   0                 unused, so that a pointer of value 0 is null
//   objects           shared, ghost and constant memory, a cell a slot, an empty slot after each
//                     object (the address one past its end); an object of a kind is its members
//   written bits      one a cell of the objects that may be read before they are written
//   items             the count of outstanding items, where something reads it
//   processes         each: its program point (0 when done); its registers that are live, in fixed
//                     slots (dead ones are zero); its own memory, which holds the locals whose
//                     address is taken (zero where they are out of scope), and of a program that
//                     forks all that it does not share
//
// Behind all this model/ adds the words of observer automata.
//
// Equal situations are equal vectors.

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/language/property_kinds.h"
#include "sim/language/scenario.h"
#include "sim/program/actor.h"
#include "sim/program/code.h"

namespace interleave {

struct MemoryObject {
  const Symbol* symbol = nullptr;
  uint32_t base = 0;          // first slot
  uint32_t cells = 0;         // slots without the empty one
  uint32_t written_base = 0;  // first written bit; 0: not tracked
  const ObjectKind* kind =
      nullptr;          // an object of this kind, or an array of them; null: plain cells
  uint32_t stride = 1;  // slots of one such object, or of a cell
};

// An operation that some code uses.
struct Operation {
  // Operations of the first group commute with those of the second on one object, wherever both
  // are enabled, and neither looks at what the other changes.
  enum class Group : uint8_t { kNone, kFirst, kSecond };
  const Function* function = nullptr;
  const OperationWords* words = nullptr;  // null: the scenario's own kind
  Group group = Group::kNone;
  bool is_query = false;  // it changes nothing and never blocks: its reads are the events

  const ObjectKind& kind() const { return *function->owner; }
  const std::string& name() const { return function->name; }
  // Of the value that an event tells: the result or else the first argument; null if there is none.
  const Type* value_type() const {
    if (has_result()) return function->type;
    return function->parameter_symbols.empty() ? nullptr : function->parameter_symbols[0]->type;
  }
  bool has_result() const { return function->type->kind != TypeKind::kVoid; }
};

enum class SlotKind : uint8_t { kUnused, kMemory, kWritten, kItems, kPoint, kSpill, kOwn };

struct Slot {
  SlotKind kind = SlotKind::kUnused;
  int object = -1;             // kMemory, kWritten: into objects; kOwn: own object number
  int process = -1;            // kPoint, kSpill, kOwn: the process
  const Type* type = nullptr;  // of the cell
  uint32_t written = 0;        // kMemory: slot of its written bit, 0: none
  uint32_t allocated = 0;  // kMemory of a heap's block, or of a local that may be used after its
                           // end: slot that says whether it is there, 0: none
  uint32_t mapping = 0;    // kMemory that processes map: which cell of their own says what they may
                           // do with it (Mapping), from ProcessCode::mappings on; 0: none
};

// A register kept in the state while a process stands at a program point.
struct Spill {
  uint32_t reg = 0;
  uint32_t offset = 0;  // from the process's spill area
};

struct OwnRange {
  uint32_t offset = 0;  // from the process's own memory
  uint32_t cells = 0;
};

// Where a process is in its life. In the state that is part of its program point.
enum class Standing : uint8_t {
  kAtAccess,    // before its next access
  kDone,        // it came to its end
  kNotStarted,  // nobody has started it yet
  kKilled,      // it makes no further step, wherever it was
};

struct ProgramPoint {
  Standing standing = Standing::kAtAccess;
  uint32_t instruction = 0;
  std::vector<Spill> live;         // in the order of registers
  std::vector<OwnRange> dead;      // own memory that is out of scope here
  std::vector<bool> sections;      // by section number
  std::vector<int> local_offsets;  // by number in ProcessCode::locals: spill offset, or -1: dead
  bool in_loop = false;            // stands inside a cycle of the control flow
};

// Where a named local lives, for traces and properties.
struct LocalVariable {
  const Symbol* symbol = nullptr;
  std::vector<uint32_t> registers;  // the first registers of its instances (usually one)
  uint32_t own_offset = 0;
  bool is_own = false;  // in own memory
};

// An address-taken local.
struct OwnObject {
  const Symbol* symbol = nullptr;
  uint32_t offset = 0;
  uint32_t cells = 0;
  uint32_t begin = 0;  // the instructions of its scope
  uint32_t end = 0;
};

struct ProcessCode : Code {
  const ProcessTemplate* source = nullptr;
  // [0] is "done", then those before an access; after them "not started" and "killed", if
  // LetProcessesComeAndGo was called.
  std::vector<ProgramPoint> points;
  uint32_t access_points = 0;         // how many are before an access: 1 .. access_points
  std::vector<uint32_t> point_of;     // instruction -> program point, 0 where it is none
  std::vector<LocalVariable> locals;  // named ones of the process, declaration order
  std::vector<OwnObject> own_objects;
  std::vector<uint32_t> label_registers;  // by label number; 0: not asked for
  std::vector<std::string> register_names;
  std::vector<bool> holds_pointer;  // by register; of a code that forks
  uint32_t spill_count = 0;
  uint32_t own_count = 0;
  uint32_t mappings = 0;  // of own memory, see Slot::mapping
  bool forks = false;
};

struct ProcessInstance {
  int code = 0;   // into Program::codes; also the number of its template
  int index = 0;  // self
  std::string name;
  uint32_t point_slot = 0;
  uint32_t spill_base = 0;
  uint32_t own_base = 0;
  uint32_t end = 0;  // one past its last slot
};

struct Property {
  PropertyKind kind = PropertyKind::kInvariant;
  std::string name;
  SourceRange range;
  Code code;                         // of a condition
  std::unique_ptr<Code> antecedent;  // of `a => b` and `!a || b`, for vacuity
  SourceRange antecedent_range;
  int object = -1;      // of a property about an array
  std::string section;  // of a property about a section
  // Of one that is judged on runs without an end; as in PropertySyntax.
  Fairness fairness = Fairness::kUnsaid;
  std::vector<Code> atoms;
  Formula formula;
  uint64_t bound = 0;
  std::vector<SectionMember> members;
  std::vector<std::pair<int, int>> remainders;

  const PropertyRow& row() const { return RowOf(kind); }
};

struct ScheduleStep {
  ScheduleCommand::Kind kind;
  SourceRange range;
  int process = -1;
  Code code;  // kRunUntil, kExpect: the condition; kRunUntilAccess: the address, or of the whole
              // object
  int object = -1;     // kRunUntilAccess: what is accessed
  bool whole = false;  // kRunUntilAccess: any cell of the object
  bool is_write = false;
  int64_t count = 1;
  std::vector<int64_t> choosing;
};

struct Schedule {
  std::string name;
  SourceRange range;
  std::vector<ScheduleStep> steps;
};

struct Drawing {
  int object = -1;  // -1: none
  Code out;
  Code in;
};

// What a reader of the state graph wants to tell apart: an expression, or all of an object.
struct GraphKey {
  int object = -1;
  Code code;  // where it is no object
  const Type* type = nullptr;
  SourceRange range;
};

struct Program {
  const Scenario* scenario = nullptr;
  Granularity granularity = Granularity::kAccess;
  std::vector<MemoryObject> objects;
  std::vector<Operation> operations;
  std::vector<Slot> slots;
  std::vector<int64_t> initial;  // before the processes' first local work; program points not set
  uint32_t items_slot = 0;       // 0: not kept
  bool has_lifetimes = false;    // some slot has Slot::allocated
  bool has_mappings = false;     // some slot has Slot::mapping
  // Where the bytes of each regular file begin, if files may be mapped: no pointer leads from one
  // to another.
  std::vector<uint32_t> file_rows;
  std::vector<ProcessCode> codes;
  std::vector<ProcessInstance> processes;
  std::vector<Property> properties;
  std::vector<Schedule> schedules;
  Drawing drawing;
  std::vector<GraphKey> graph_by;
  int64_t local_limit = 1'000'000;

  std::size_t state_size() const { return slots.size(); }
  const ProcessCode& CodeOf(int process) const {
    return codes[static_cast<std::size_t>(processes[static_cast<std::size_t>(process)].code)];
  }
  // Whether a process may fork another one.
  bool forks() const {
    return std::any_of(codes.begin(), codes.end(), [](const ProcessCode& c) { return c.forks; });
  }
  bool IsDaemon(int process) const { return CodeOf(process).source->is_daemon; }
  // The object that a slot of memory is part of; null if it is no memory.
  const MemoryObject* ObjectOf(uint32_t slot) const {
    if (slot >= slots.size() || slots[slot].kind != SlotKind::kMemory) return nullptr;
    return &objects[static_cast<std::size_t>(slots[slot].object)];
  }
  // Whether accesses to the slot can race: memory that is neither atomic nor part of an object of
  // some kind, but for what is mapped of a file.
  bool IsPlain(uint32_t slot) const {
    const MemoryObject* const object = ObjectOf(slot);
    return object != nullptr && (object->kind == nullptr || slots[slot].mapping != 0) &&
           !object->symbol->is_atomic && !slots[slot].type->is_atomic();
  }
  int process_count() const { return static_cast<int>(processes.size()); }
  // Whether a property is about accesses that can come next.
  bool LooksForRaces() const {
    return std::any_of(properties.begin(), properties.end(), [](const Property& property) {
      return property.row().judged_by == PropertyRow::JudgedBy::kNextAccesses;
    });
  }
  // Who may be able to move, in order.
  Actors actors() const { return Actors(process_count()); }

  int64_t PointOf(const int64_t* state, int process) const {
    return state[processes[static_cast<std::size_t>(process)].point_slot];
  }
  // Whether the process has steps left: it stands before an access. Then it may still be blocked.
  bool HasSteps(const int64_t* state, int process) const {
    return static_cast<uint64_t>(PointOf(state, process)) - 1 < CodeOf(process).access_points;
  }
  Standing StandingOf(const int64_t* state, int process) const {
    return CodeOf(process).points[static_cast<std::size_t>(PointOf(state, process))].standing;
  }
};

// Gives processes that are not started and killed ones a place in the state. The processes of a
// program are then those that a run can have at most; which are there at the start is up to
// `initial`.
void LetProcessesComeAndGo(Program& program);
// Puts a process there. REQUIRES: LetProcessesComeAndGo; `standing` is not kAtAccess.
void Place(const Program& program, Standing standing, int process, int64_t* state);

}  // namespace interleave
