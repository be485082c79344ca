#pragma once
// How cells, values and operations are called. Whatever prints a state or a step takes its words
// from here; what a kind of object is called and how it is drawn is in the kind's own folder.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/program/program.h"
#include "sim/program/stepper.h"

namespace interleave {

// "buffer[2]", "in", "link[1].length", "producer[0].i": how a slot is named in traces.
std::string SlotName(const Program& program, uint32_t slot);

// As SlotName, but the first slot of an object of a kind stands for the object: "q", "link[1]".
std::string PlaceName(const Program& program, uint32_t slot);

// A value as a person reads it: characters quoted, enumerators by name, pointers as "&buffer[2]".
std::string FormatValue(const Program& program, const Type* type, int64_t value);

// A call of a function with these arguments: "sum(2)", "first(&buffer[1])".
std::string CallText(const Program& program, const InlinedCall& call,
                     const std::vector<int64_t>& arguments);

// The value of a cell, "-" if it was never written.
std::string CellText(const Program& program, const int64_t* state, uint32_t slot);

// The object of a kind that begins at a slot, as its kind draws it: a list as "[1 2]", any other
// as its one value or as "{value = 1, owner = 2}".
std::string ObjectText(const Program& program, const int64_t* state, uint32_t slot);

// "done", "not started", "killed": of a process that stands before no access.
std::string_view StandingText(Standing standing);

// Whether the slot is the first of an object of a kind.
bool StartsObject(const Program& program, uint32_t slot);

// Whether the object that begins at a slot is drawn as a set of processes.
bool KeepsSet(const Program& program, uint32_t slot);

// How many slots belong to what PlaceName names: those of the object, or one cell.
uint32_t CellsOfPlace(const Program& program, uint32_t slot);

// Where the cells of a list lie, from the first slot of the object.
struct ObjectList {
  uint32_t length = 0;
  uint32_t cells = 0;
  uint32_t capacity = 0;
};
// Nothing if the kind of `object` does not draw it as a list.
std::optional<ObjectList> ListOf(const MemoryObject& object);
std::optional<ObjectList> ListOf(const ObjectKind& kind);

// How an event of each kind reads, one row a kind. Whoever tells events lays these texts out.
// {place} and {value} are filled in; an operation has the words of its kind of object instead.
struct EventWords {
  Event::Kind kind;
  std::string_view name;  // for machines: "read"
  std::string_view verb;  // what the step does, said once for all of its events in a row: "reads"
  std::string_view what;  // behind the verb: "{place} = {value}"
  std::string_view picture;  // beside the arrow or lane of a chart; empty: not shown there
  std::string_view in_code;  // of the place in the code, in a picture of the program: "reads"
};
const EventWords& WordsOf(Event::Kind kind);

// One event in words.
struct EventText {
  Event::Kind kind = Event::Kind::kRead;
  const Operation* operation = nullptr;  // kOperation
  std::string place;                     // the cell or object; empty where there is none
  std::string value;                     // "-": never written
  std::string old;                       // kWrite: what was there
  std::string woken;                     // "woken by p": of an operation that ends a sleep
  std::vector<std::string> arguments;    // kOperation: of its call
  // kOperation: what its words may tell beside that (OperationWords).
  int64_t result = 0;
  int64_t numbers[OperationUse::kToldArguments] = {};
  std::string process;  // that the result names
  std::string bytes;

  std::string Name() const;
  std::string_view verb() const { return WordsOf(kind).verb; }
  // What stands behind the verb, in parts between which a line may be broken: {"in = 0"},
  // {"appends 5", "to q"}.
  std::vector<std::string> Parts() const;
  // Of the words of an operation: those of what it did.
  const std::string& Chosen(const OperationWords& words, const std::string& does) const;
  // The words of an operation, with its arguments and its value.
  std::string Filled(std::string words) const;
  std::optional<std::string> Field(const std::string& name) const;
  // As a chart says it. `tells_place`: of which of several objects an operation is.
  std::string Picture(bool tells_place) const;
  // Whether it points into memory there.
  bool is_towards() const;
};
EventText TextOf(const Program& program, const Event& event);

// "last appended to by".
std::string OperationChangedBy(const Operation& operation);

}  // namespace interleave
