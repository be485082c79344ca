#pragma once
// What a state shows to a reader: the cells of the shared objects, where each process stands.

#include <cstdint>
#include <string>
#include <vector>

#include "model/report/places.h"
#include "sim/language/source.h"
#include "sim/program/program.h"

namespace interleave {

// A shared or ghost object, or the count of outstanding items.
struct ShownObject {
  std::string name;
  std::vector<std::string> cells;  // of arrays and structures one a cell, of queues one an item
  bool is_row = false;             // cells are drawn side by side: an array or a queue
  bool is_ghost = false;
};

struct ShownProcess {
  int process = 0;
  std::string where;                // "21", "done"
  std::vector<SourcePlace> places;  // see places.h; none where it stands before no access
  bool is_known = true;

  // As `where`, with the lines in the functions: "21>7".
  std::string Lines() const;
};

struct ShownState {
  std::vector<ShownObject> objects;
  std::vector<ShownProcess> processes;
};

// `is_known`: by slot, whether all states that are meant agree in it; empty: all slots are known.
// What is not known is "*".
ShownState ShowState(const Program& program, const Source& source, const int64_t* state,
                     const std::vector<bool>& is_known = {});

// "buffer [a - -]", "in 1".
std::string ObjectInOneLine(const ShownObject& object);
// In one line: "buffer [a - -]  in 1  out 0 | producer 21  consumer 33".
std::string InOneLine(const Program& program, const ShownState& shown);
// All of it, a line an object and a process, with the processes' statements and live locals.
std::string InFull(const Program& program, const Source& source, const int64_t* state);

}  // namespace interleave
