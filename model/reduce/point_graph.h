#pragma once
// One process as a graph of its program points, with what each step may touch: what partial-order
// reduction knows before a search.

#include <cstdint>
#include <vector>

#include "model/reduce/constants.h"
#include "sim/program/footprint.h"
#include "sim/program/program.h"

namespace interleave {

// The condition under which a blocking step is enabled, where it is one about one cell: value of
// the slot `op` bound. While it is closed the process cannot pass, whatever its locals are.
struct Gate {
  uint32_t slot = 0;
  Op op = Op::kNone;  // a comparison
  int64_t bound = 0;
  bool operator==(const Gate&) const = default;

  bool IsOpen(int64_t value) const {
    switch (op) {
      case Op::kEq: return value == bound;
      case Op::kNe: return value != bound;
      case Op::kLt: return value < bound;
      case Op::kLe: return value <= bound;
      case Op::kGt: return value > bound;
      default: return value >= bound;
    }
  }
};

// A step that does nothing but change one cell by a constant (and local work): atomic { s++; }, or
// atomic { await (s > 0); s--; }.
struct Counting {
  enum class Kind : uint8_t { kNone, kAdd, kWait };
  Kind kind = Kind::kNone;
  uint32_t slot = 0;
  // The step fails where the cell is at a bound above kMostCounted: it counts only below that.
  bool is_bounded = false;

  static constexpr int64_t kMostCounted = int64_t{1} << 30;
};

// By how much a local changes in a step between two points, as far as the code tells. It is no
// proof, since an addition may wrap around.
struct LocalChange {
  uint32_t reg = 0;
  uint32_t from = 0, to = 0;  // where it is kept: slots of the state before and after
  int64_t low = 0, high = 0;  // what is added to it
};

struct PointEdge {
  uint32_t to = 0;  // a point; 0 is done
  std::vector<LocalChange> changes;
};

struct PointFacts {
  Footprint next;                // all that the step from here may touch
  std::vector<PointEdge> edges;  // one for each point they lead to
  int gate = -1;                 // into a list of all gates
  bool forks = false;            // the step from here may fork another process
  Counting counting;
};

// By point of the process's code; [0] is done, or not started: of a code that forks, edges lead
// from there to where a fork lets it begin. `gates` grows.
std::vector<PointFacts> MakePointGraph(const Program& program, int process,
                                       const FixedMemory& memory, const FootprintUnits& units,
                                       std::vector<Gate>& gates);

// What a step from such a point touched, as counting rather than reading and writing. Additions
// commute with each other, which operations of the first group need not; of a wait the second group
// says more.
inline void AsCounting(const Counting& counting, const FootprintUnits& units, Footprint& touched) {
  if (counting.kind == Counting::Kind::kNone) return;
  const uint64_t unit = units.Of(counting.slot);
  if (counting.kind == Counting::Kind::kWait && (touched.second & unit) != 0) return;
  touched.reads &= ~unit;
  touched.writes &= ~unit;
  touched.first &= ~unit;
  (counting.kind == Counting::Kind::kAdd ? touched.adds : touched.waits) |= unit;
}

}  // namespace interleave
