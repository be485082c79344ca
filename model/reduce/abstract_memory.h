#pragma once
// The abstract memory that values flow through: its locations, and which of them an instruction's
// address means.
//
// A location stands for all that is treated alike: one for each register of each code, one for the
// elements of an array together (or for one member of all of its structs, or for what a list
// holds), and one for the items that are produced and consumed.

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/reduce/register_uses.h"
#include "sim/program/program.h"
#include "sim/program/words.h"

namespace interleave {

// One dimension of an object, in all of its elements at once.
struct ObjectLevel {
  uint32_t stride = 0;
  int64_t count = 0;
};

struct ObjectCell {
  std::size_t location = 0;                           // of what it holds
  std::vector<std::pair<std::size_t, int64_t>> path;  // level, index; outermost first
  int64_t position = -1;                              // in its list; -1: it is in none
};

struct ObjectShape {
  std::vector<ObjectLevel> levels;
  std::vector<ObjectCell> cells;
};

struct Dimension {
  uint32_t stride = 0;
  int64_t bound = 0;
  uint32_t reg = 0;
};

// Where an instruction's memory operand leads.
struct Address {
  int64_t base = 0;
  std::vector<Dimension> dimensions;
  bool own = false;      // a local that has an address
  bool unknown = false;  // a pointer's
};

struct AbstractMemory {
  explicit AbstractMemory(const Program& of);

  std::size_t RegisterAt(std::size_t c, uint32_t reg) const { return register_base[c] + reg; }
  // The template whose processes the register stands for in turn, as `i` does in
  // `count (i : 0 .. 2) p[i] in section s`; -1: it does not.
  int QuantifiedBy(std::size_t c, uint32_t reg) const {
    const auto found = quantified[c].find(reg);
    return found == quantified[c].end() ? -1 : found->second;
  }
  bool IsEndOfQuantifier(std::size_t c, const Instruction& i) const {
    const auto& all = codes[c]->quantified;
    return i.type == IntType::kI64 && std::any_of(all.begin(), all.end(), [&](const auto& q) {
             return q.reg == i.a && q.to_reg == i.b;
           });
  }
  bool IsProperty(std::size_t c) const { return c >= program.codes.size(); }
  SourceRange RangeOf(std::size_t c, const Instruction& i) const {
    return codes[c]->locations[i.location].range;
  }
  Address Resolve(std::size_t c, uint32_t reg, int64_t base) const;
  // The object that holds the cell an address begins at, or -1.
  int ObjectAtSlot(int64_t slot) const;
  const ObjectCell& CellAt(int object, int64_t slot) const;
  // The one level of a cell's path with this stride and bound, as an index into the path.
  static std::optional<std::size_t> LevelOf(const ObjectShape& object, const ObjectCell& cell,
                                            const Dimension& dimension);
  // Whether an instruction leads to the cells of an object that is a list: behind its length they
  // are 0 and mean nothing.
  bool IsListCell(std::size_t c, const Instruction& i) const;
  // A name for what a register holds, as far as there is one.
  std::string NameOfRegister(std::size_t c, uint32_t reg) const;

  const Program& program;
  std::vector<const Code*> codes;           // of processes, then of properties
  std::vector<RegisterUses> register_uses;  // by code
  std::vector<std::size_t> register_base;   // by code: the location of its first register
  std::vector<std::string> names;           // by location; "" where there is none
  std::vector<ObjectShape> objects;
  // By code: registers that stand for each process of a template in turn, and the template.
  std::vector<std::map<uint32_t, int>> quantified;
  std::size_t items = 0;  // the location of items

 private:
  std::size_t NewLocation(std::string name);
  void AddCode(const Code& code);
  void FindQuantified(std::size_t c);
  void AddObject(const MemoryObject& object);
  void Resolve(std::size_t c, uint32_t reg, Address& address) const;
};

}  // namespace interleave
