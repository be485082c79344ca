#pragma once
// How cells, values and operations are called. Whatever prints a state or a step takes its words
// from here; what a kind of object is called and how it is drawn is in the kind's own folder.

#include <cstdint>
#include <string>

#include "sim/program/program.h"
#include "sim/program/stepper.h"

namespace interleave {

// "buffer[2]", "in", "link[1].length", "producer[0].i": how a slot is named in traces.
std::string SlotName(const Program& program, uint32_t slot);

// As SlotName, but the first slot of an object of a kind stands for the object: "q", "link[1]".
std::string PlaceName(const Program& program, uint32_t slot);

// A value as a person reads it: characters quoted, enumerators by name, pointers as "&buffer[2]".
std::string FormatValue(const Program& program, const Type* type, int64_t value);

// The value of a cell, "-" if it was never written.
std::string CellText(const Program& program, const int64_t* state, uint32_t slot);

// The object of a kind that begins at a slot, as its kind draws it: a list as "[1 2]", any other
// as its one value or as "{value = 1, owner = 2}".
std::string ObjectText(const Program& program, const int64_t* state, uint32_t slot);

// Whether the slot is the first of an object of a kind.
bool StartsObject(const Program& program, uint32_t slot);

// Where the cells of a list lie, from the first slot of the object.
struct ObjectList {
  uint32_t length = 0;
  uint32_t cells = 0;
  uint32_t capacity = 0;
};
// Nothing if the kind of `object` does not draw it as a list.
std::optional<ObjectList> ListOf(const MemoryObject& object);

// The value that an event kOperation is told with.
std::string OperationValue(const Program& program, const Event& event);
// "appends 5"; "to", which leads to the name of the object; "append 5"; "last appended to by".
std::string OperationDoes(const Operation& operation, const std::string& value);
std::string OperationJoins(const Operation& operation);
std::string OperationImperative(const Operation& operation, const std::string& value);
std::string OperationChangedBy(const Operation& operation);

}  // namespace interleave
