// Each step is followed over all its paths, from a point to the next ones: what may be touched on
// them, and by how much locals may have changed (intervals, widened in loops: P. and R. Cousot,
// "Abstract interpretation", POPL 1977).
//
// What would surprise: where paths join, only what both know is kept, and what grows in a loop is
// soon given up (Join). The changes are no proof, since an addition may wrap around; the search
// checks each.

#include "model/reduce/point_graph.h"

#include <algorithm>
#include <boost/container/flat_map.hpp>
#include <map>
#include <optional>

#include "model/reduce/step_head.h"
#include "model/reduce/units.h"

namespace interleave {
namespace {

constexpr std::size_t kMostGates = 32;

class GraphMaker {
 public:
  GraphMaker(const Program& program, int process, const FixedMemory& memory,
             const FootprintUnits& units, std::vector<Gate>& gates)
      : program_(program),
        code_(program.CodeOf(process)),
        units_(units),
        memory_(memory),
        code_index_(program.processes[static_cast<std::size_t>(process)].code),
        constants_(program, process, &memory),
        instance_(program.processes[static_cast<std::size_t>(process)]),
        gates_(gates),
        touched_(code_.instructions.size()) {}

  std::vector<PointFacts> Run() {
    std::vector<PointFacts> points(code_.points.size());
    for (uint32_t k = 1; k <= code_.access_points; ++k) {
      const uint32_t at = code_.points[k].instruction;
      if (!constants_.IsReached(at)) continue;
      forks_ = false;
      FollowStep(k, points[k]);
      points[k].forks = forks_;
      AddHead(at, points[k]);
      AsCounting(points[k].counting, units_, points[k].next);
    }
    for (uint32_t at = 0; at < code_.instructions.size(); ++at) {
      if (code_.instructions[at].opcode == Opcode::kFork)
        points[0].edges.push_back({code_.point_of[at + 1], {}});
    }
    return points;
  }

 private:
  SlotSpan Span(uint32_t at) const {
    const Instruction& i = code_.instructions[at];
    return SpanOf(program_, code_, i, constants_.ValueBefore(at, i.a));
  }

  const Footprint& Touched(uint32_t at) const {
    std::optional<Footprint>& known = touched_[at];
    if (!known) Touch(at, known.emplace());
    return *known;
  }

  void Touch(uint32_t at, Footprint& to) const {
    const auto all = [&](void (FootprintUnits::*how)(uint64_t, Footprint&) const) {
      const SlotSpan span = Span(at);
      for (uint32_t slot = span.begin; slot < span.end; ++slot) (units_.*how)(slot, to);
    };
    const Instruction& i = code_.instructions[at];
    if ((i.flags & kCovered) != 0 || memory_.LeadsToOwn(code_index_, i)) return;
    switch (i.opcode) {
      case Opcode::kPeek:
      case Opcode::kLoad: all(&FootprintUnits::Read); break;
      case Opcode::kPoke:
      case Opcode::kStore: all(&FootprintUnits::Write); break;
      case Opcode::kOperationBegin:
        switch (program_.operations[code_.operations[i.b].operation].group) {
          case Operation::Group::kNone: break;
          case Operation::Group::kFirst: all(&FootprintUnits::First); break;
          case Operation::Group::kSecond: all(&FootprintUnits::Second); break;
        }
        break;
      case Opcode::kProduced:
      case Opcode::kConsumed: units_.Mark(to); break;
      case Opcode::kMove:
      case Opcode::kBinary:
      case Opcode::kUnary:
      case Opcode::kConvert:
      case Opcode::kJump:
      case Opcode::kBranchFalse:
      case Opcode::kBranchTrue:
      case Opcode::kIndex:
      case Opcode::kRegisterLoad:
      case Opcode::kRegisterStore:
      case Opcode::kPointerAdd:
      case Opcode::kPointerSub:
      case Opcode::kPointerOrder:
      case Opcode::kPointerCheck:
      case Opcode::kChoose:
      case Opcode::kAssert:
      case Opcode::kAssume:
      case Opcode::kEndExpression:
      case Opcode::kAtomicEnd:
      case Opcode::kBlockUnless:
      case Opcode::kLimit:
      case Opcode::kOperationEnd:
      case Opcode::kSelect:
      case Opcode::kAtomicBegin:
      case Opcode::kPrint:
      case Opcode::kStep:
      case Opcode::kFork:
      case Opcode::kHalt:
      case Opcode::kProcessDone:
      case Opcode::kProcessBlocked:
      case Opcode::kProcessWaiting:
      case Opcode::kProcessInSection:
      case Opcode::kProcessAtLabel:
      case Opcode::kProcessLocal:
      case Opcode::kIsUnwritten: break;
    }
  }

  static bool IsAccess(Opcode opcode) {
    switch (opcode) {
      case Opcode::kLoad:
      case Opcode::kStore:
      case Opcode::kAtomicBegin:
      case Opcode::kPrint:
      case Opcode::kStep:
      case Opcode::kOperationBegin: return true;
      case Opcode::kMove:
      case Opcode::kBinary:
      case Opcode::kUnary:
      case Opcode::kConvert:
      case Opcode::kJump:
      case Opcode::kBranchFalse:
      case Opcode::kBranchTrue:
      case Opcode::kIndex:
      case Opcode::kRegisterLoad:
      case Opcode::kRegisterStore:
      case Opcode::kPointerAdd:
      case Opcode::kPointerSub:
      case Opcode::kPointerOrder:
      case Opcode::kPointerCheck:
      case Opcode::kChoose:
      case Opcode::kAssert:
      case Opcode::kAssume:
      case Opcode::kPeek:
      case Opcode::kPoke:
      case Opcode::kProduced:
      case Opcode::kConsumed:
      case Opcode::kEndExpression:
      case Opcode::kAtomicEnd:
      case Opcode::kBlockUnless:
      case Opcode::kLimit:
      case Opcode::kOperationEnd:
      case Opcode::kSelect:
      case Opcode::kFork:
      case Opcode::kHalt:
      case Opcode::kProcessDone:
      case Opcode::kProcessBlocked:
      case Opcode::kProcessWaiting:
      case Opcode::kProcessInSection:
      case Opcode::kProcessAtLabel:
      case Opcode::kProcessLocal:
      case Opcode::kIsUnwritten: break;
    }
    return false;
  }

  // How far each register may be from what a register was at the point.
  struct Shift {
    uint32_t base = 0;
    int64_t low = 0, high = 0;
    bool operator==(const Shift&) const = default;
  };
  // Flat, since one is copied for each instruction that is followed.
  using Shifts = boost::container::flat_map<uint32_t, Shift>;  // others are anything

  static constexpr int64_t kFar = int64_t{1} << 40;

  void Move(uint32_t at, Shifts& shifts) const {
    const Instruction& i = code_.instructions[at];
    std::optional<Shift> result;
    const auto of = [&](uint32_t reg) {
      const auto it = shifts.find(reg);
      return it == shifts.end() ? std::nullopt : std::optional(it->second);
    };
    if (i.opcode == Opcode::kMove || i.opcode == Opcode::kConvert) result = of(i.a);
    if (i.opcode == Opcode::kBinary && (i.op == Op::kAdd || i.op == Op::kSub) &&
        !IsFloating(i.type)) {
      const auto constant = constants_.ValueBefore(at, i.b);
      if (constant && *constant > -kFar && *constant < kFar) {
        result = of(i.a);
        const int64_t by = i.op == Op::kAdd ? *constant : -*constant;
        if (result) {
          result->low = std::max(result->low + by, -kFar);
          result->high = std::min(result->high + by, kFar);
        }
      }
    }
    VisitRegisters(
        i, code_, [](uint32_t, uint32_t) {},
        [&](uint32_t reg, uint32_t) {
          if (result) {
            shifts[reg] = *result;
          } else {
            shifts.erase(reg);
          }
        });
    if (i.opcode == Opcode::kRegisterStore) {
      for (uint32_t k = 0; k < i.b; ++k) shifts.erase(i.c + k);
    }
  }

  // True when `to` knows less than before. `times`: how often that happened; in a loop what grows
  // is given up.
  static bool Join(const Shifts& from, Shifts& to, int times) {
    bool changed = false;
    const auto is_lost = [&](const auto& shift) {
      const auto other = from.find(shift.first);
      return other == from.end() || other->second.base != shift.second.base;
    };
    if (std::any_of(to.begin(), to.end(), is_lost)) {
      Shifts kept;
      kept.reserve(to.size());
      for (const auto& shift : to) {
        if (!is_lost(shift)) kept.insert(kept.end(), shift);
      }
      to.swap(kept);
      changed = true;
    }
    for (auto it = to.begin(); it != to.end(); ++it) {
      const auto other = from.find(it->first);
      Shift joined = it->second;
      joined.low = std::min(joined.low, other->second.low);
      joined.high = std::max(joined.high, other->second.high);
      if (!(joined == it->second)) {
        if (times > 8) {
          if (joined.low < it->second.low) joined.low = -kFar;
          if (joined.high > it->second.high) joined.high = kFar;
        }
        it->second = joined;
        changed = true;
      }
    }
    return changed;
  }

  using Ends = std::map<uint32_t, Shifts>;  // by the point where a path ends

  // Follows every path from an instruction to the end of the step, as Stepper::Run does, and adds
  // what may be touched on them.
  Ends Follow(uint32_t begin, bool may_access_first, const Shifts& start,
              Footprint& touched) const {
    using Position = std::pair<uint32_t, bool>;  // instruction, may_access as in Stepper::Run
    struct Node {
      Shifts shifts;
      int times = 0;
    };
    std::map<Position, Node> seen;
    std::vector<Position> work;
    const auto arrive = [&](uint32_t at, bool may_access, const Shifts& shifts) {
      const Position position{at, may_access};
      const auto [it, is_new] = seen.try_emplace(position, Node{shifts, 0});
      if (is_new || Join(shifts, it->second.shifts, ++it->second.times)) work.push_back(position);
    };
    arrive(begin, may_access_first, start);
    Ends ends;
    while (!work.empty()) {
      const uint32_t at = work.back().first;
      const bool may_access = work.back().second;
      Shifts shifts = seen.at(work.back()).shifts;
      work.pop_back();
      const Instruction& i = code_.instructions[at];
      const auto end = [&](uint32_t to) {
        const auto [it, is_new] = ends.try_emplace(to, shifts);
        if (!is_new) Join(shifts, it->second, 0);
      };
      if ((i.flags & kStops) != 0 && !may_access) {
        end(code_.point_of[at]);
        if ((i.flags & kMayBeOwn) == 0) continue;
      }
      if (i.opcode == Opcode::kHalt) {
        end(0);
        continue;
      }
      touched |= Touched(at);
      forks_ = forks_ || i.opcode == Opcode::kFork;
      Move(at, shifts);
      bool after = may_access;
      if (i.opcode == Opcode::kEndExpression || i.opcode == Opcode::kAtomicEnd) after = false;
      if (i.opcode == Opcode::kOperationEnd || IsAccess(i.opcode)) after = IsInStatement();
      constants_.ForEachNext(at, [&](uint32_t next) {
        arrive(next, after, shifts);
        // What is own memory is no access.
        if (IsAccess(i.opcode) && (i.flags & kMayBeOwn) != 0) arrive(next, may_access, shifts);
      });
    }
    return ends;
  }

  // Where the step from a point ends, what it touches and by how much it changes locals.
  void FollowStep(uint32_t number, PointFacts& point) const {
    Shifts start;
    for (const Spill& live : code_.points[number].live) start[live.reg] = {live.reg, 0, 0};
    const Ends ends = Follow(code_.points[number].instruction, true, start, point.next);
    for (const auto& [to, shifts] : ends) {
      PointEdge edge;
      edge.to = to;
      for (const Spill& after : code_.points[to].live) {
        const auto shift = shifts.find(after.reg);
        if (shift == shifts.end() || shift->second.base != after.reg) continue;
        // They are in the order of registers.
        const std::vector<Spill>& kept = code_.points[number].live;
        const auto before =
            std::lower_bound(kept.begin(), kept.end(), after.reg,
                             [](const Spill& spill, uint32_t reg) { return spill.reg < reg; });
        if (before == kept.end() || before->reg != after.reg) continue;
        edge.changes.push_back({after.reg, instance_.spill_base + before->offset,
                                instance_.spill_base + after.offset, shift->second.low,
                                shift->second.high});
      }
      point.edges.push_back(std::move(edge));
    }
  }

  // What the step is beyond what it touches: closed by a gate, or counting.
  void AddHead(uint32_t at, PointFacts& point) {
    const StepHead head = HeadOfStep(program_, code_, constants_, units_, at);
    if (head.gate) point.gate = NumberOf(*head.gate);
    if (head.counting.kind == Counting::Kind::kNone) return;
    // Other work may follow in the same step; it must not touch the cell.
    const bool goes_on =
        code_.instructions[head.end].opcode == Opcode::kOperationEnd && IsInStatement();
    Footprint rest;
    constants_.ForEachNext(head.end, [&](uint32_t next) { Follow(next, goes_on, {}, rest); });
    if ((rest.All() & units_.Of(head.counting.slot)) == 0) point.counting = head.counting;
  }

  int NumberOf(const Gate& gate) {
    const auto it = std::find(gates_.begin(), gates_.end(), gate);
    if (it != gates_.end()) return static_cast<int>(it - gates_.begin());
    if (gates_.size() == kMostGates) return -1;
    gates_.push_back(gate);
    return static_cast<int>(gates_.size()) - 1;
  }

  bool IsInStatement() const { return program_.granularity == Granularity::kStatement; }

  const Program& program_;
  const ProcessCode& code_;
  const FootprintUnits& units_;
  const FixedMemory& memory_;
  const int code_index_;
  const Constants constants_;
  const ProcessInstance& instance_;
  std::vector<Gate>& gates_;
  mutable bool forks_ = false;
  mutable std::vector<std::optional<Footprint>> touched_;  // by instruction, where it was asked
};

}  // namespace

std::vector<PointFacts> MakePointGraph(const Program& program, int process,
                                       const FixedMemory& memory, const FootprintUnits& units,
                                       std::vector<Gate>& gates) {
  return GraphMaker(program, process, memory, units, gates).Run();
}

}  // namespace interleave
