#pragma once
// What a step touches, for deciding which steps commute.
//
// Memory is cut into at most 64 units (a cell, an object of a kind, several cells of a large array,
// the marks and what follows them), so that sets of them are words. Beside reading and writing
// there are the accesses that commute with some others although they change the same unit.

#include <cstdint>
#include <vector>

namespace interleave {

struct Footprint {
  uint64_t reads = 0;
  uint64_t writes = 0;
  uint64_t adds = 0;    // one step that adds to a cell and looks at nothing else
  uint64_t waits = 0;   // one step: until the cell is above a bound, then it is lowered
  uint64_t first = 0;   // an operation of the first group on an object (Operation::Group)
  uint64_t second = 0;  // and of the second

  Footprint& operator|=(const Footprint& other) {
    reads |= other.reads;
    writes |= other.writes;
    adds |= other.adds;
    waits |= other.waits;
    first |= other.first;
    second |= other.second;
    return *this;
  }
  uint64_t Changed() const { return writes | adds | waits | first | second; }
  uint64_t All() const { return reads | Changed(); }
  bool operator==(const Footprint&) const = default;
};

struct FootprintUnits {
  static constexpr uint8_t kNone = 64;
  std::vector<uint8_t> of_slot;  // kNone: nobody else's business
  // By slot: an observer follows who reads it, so that reading changes the observer's state.
  std::vector<uint8_t> is_watched;
  // By slot: races are looked for, and somebody may write it outside atomic. So it matters who is
  // about to touch it, even who waits for it or adds to it.
  std::vector<uint8_t> may_race;
  uint8_t marks = kNone;  // produced and consumed

  static uint64_t Bit(uint8_t unit) { return unit == kNone ? 0 : uint64_t{1} << unit; }
  uint64_t Of(uint64_t slot) const { return Bit(of_slot[slot]); }

  // What the instructions of these kinds touch at a slot.
  void Read(uint64_t slot, Footprint& to) const {
    (is_watched[slot] != 0 ? to.writes : to.reads) |= Of(slot);
  }
  void Write(uint64_t slot, Footprint& to) const { to.writes |= Of(slot); }
  // An operation that is declared to commute with others, on the object that begins at a slot.
  void First(uint64_t slot, Footprint& to) const { to.first |= Of(slot); }
  void Second(uint64_t slot, Footprint& to) const { to.second |= Of(slot); }
  void Mark(Footprint& to) const { to.writes |= Bit(marks); }
};

}  // namespace interleave
