// Each step is followed twice. FollowStep goes over all paths from a point to the next ones: what
// may be touched on them, and by how much locals may have changed (intervals, widened in loops: P.
// and R. Cousot 1977). FollowHead goes along the beginning of the step for as long as there is one
// path and nothing on it can fail: whether one comparison of one cell with a constant decides that
// it is enabled (a gate), and whether the step does nothing else than add a constant to that cell
// (counting).
//
// What would surprise: gates and counting are found from the code of `atomic` blocks and `await`
// alone. There is no declaration of a lock or a semaphore to go by.

#include "model/reduce/point_graph.h"

#include <algorithm>
#include <map>
#include <set>

#include "model/reduce/units.h"
#include "sim/language/arithmetic.h"

namespace interleave {
namespace {

constexpr std::size_t kMostGates = 32;

class GraphMaker {
 public:
  GraphMaker(const Program& program, int process, const FootprintUnits& units,
             std::vector<Gate>& gates)
      : program_(program),
        code_(program.CodeOf(process)),
        units_(units),
        constants_(program, process),
        instance_(program.processes[static_cast<std::size_t>(process)]),
        gates_(gates) {}

  std::vector<PointFacts> Run() {
    std::vector<PointFacts> points(code_.points.size());
    for (uint32_t k = 1; k < points.size(); ++k) {
      const uint32_t at = code_.points[k].instruction;
      if (!constants_.IsReached(at)) continue;
      FollowStep(k, points[k]);
      FollowHead(at, points[k]);
      AsCounting(points[k].counting, units_, points[k].next);
    }
    return points;
  }

 private:
  SlotSpan Span(uint32_t at) const {
    const Instruction& i = code_.instructions[at];
    return SpanOf(program_, code_, i, constants_.ValueBefore(at, i.a));
  }

  void Touch(uint32_t at, Footprint& to) const {
    const auto all = [&](void (FootprintUnits::*how)(uint64_t, Footprint&) const) {
      const SlotSpan span = Span(at);
      for (uint32_t slot = span.begin; slot < span.end; ++slot) (units_.*how)(slot, to);
    };
    const Instruction& i = code_.instructions[at];
    if ((i.flags & kCovered) != 0) return;
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
      case Opcode::kStep:
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
  using Shifts = std::map<uint32_t, Shift>;  // others are anything

  static constexpr int64_t kFar = int64_t{1} << 40;

  void Move(uint32_t at, Shifts& shifts) const {
    const Instruction& i = code_.instructions[at];
    std::optional<Shift> result;
    const auto of = [&](uint32_t reg) {
      const auto it = shifts.find(reg);
      return it == shifts.end() ? std::nullopt : std::optional(it->second);
    };
    if (i.opcode == Opcode::kMove || i.opcode == Opcode::kConvert) result = of(i.a);
    if (i.opcode == Opcode::kBinary && (i.op == Op::kAdd || i.op == Op::kSub)) {
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
    for (auto it = to.begin(); it != to.end();) {
      const auto other = from.find(it->first);
      if (other == from.end() || other->second.base != it->second.base) {
        it = to.erase(it);
        changed = true;
        continue;
      }
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
      ++it;
    }
    return changed;
  }

  // Follows every path from this point to the next ones, as Stepper::Run does.
  void FollowStep(uint32_t number, PointFacts& point) const {
    struct Node {
      Shifts shifts;
      int times = 0;
    };
    std::map<std::pair<uint32_t, bool>, Node> seen;
    std::vector<std::pair<uint32_t, bool>> work;
    const auto arrive = [&](uint32_t at, bool licence, const Shifts& shifts) {
      const auto [it, is_new] = seen.try_emplace({at, licence}, Node{shifts, 0});
      if (is_new || Join(shifts, it->second.shifts, ++it->second.times)) {
        work.emplace_back(at, licence);
      }
    };
    Shifts start;
    for (const Spill& live : code_.points[number].live) start[live.reg] = {live.reg, 0, 0};
    arrive(code_.points[number].instruction, true, start);
    std::map<uint32_t, Shifts> ends;  // by point
    const bool keeps = program_.granularity == Granularity::kStatement;
    while (!work.empty()) {
      const uint32_t at = work.back().first;
      const bool licence = work.back().second;
      work.pop_back();
      const Instruction& i = code_.instructions[at];
      Shifts shifts = seen.at({at, licence}).shifts;
      const auto end = [&](uint32_t to) {
        const auto [it, is_new] = ends.try_emplace(to, shifts);
        if (!is_new) Join(shifts, it->second, 0);
      };
      if ((i.flags & kStops) != 0 && !licence) {
        end(code_.point_of[at]);
        if ((i.flags & kMayBeOwn) == 0) continue;
      }
      if (i.opcode == Opcode::kHalt) {
        end(0);
        continue;
      }
      Touch(at, point.next);
      Move(at, shifts);
      const auto go = [&](bool with) {
        constants_.ForEachNext(at, [&](uint32_t next) { arrive(next, with, shifts); });
      };
      const bool is_end = i.opcode == Opcode::kEndExpression || i.opcode == Opcode::kAtomicEnd;
      const bool keeps_on = i.opcode == Opcode::kOperationEnd;
      if (is_end) {
        go(false);
      } else if (keeps_on || IsAccess(i.opcode)) {
        go(keeps);
        if ((i.flags & kMayBeOwn) != 0) go(licence);
      } else {
        go(licence);
      }
    }
    for (const auto& [to, shifts] : ends) {
      PointEdge edge;
      edge.to = to;
      for (const Spill& after : code_.points[to].live) {
        const auto shift = shifts.find(after.reg);
        if (shift == shifts.end() || shift->second.base != after.reg) continue;
        for (const Spill& before : code_.points[number].live) {
          if (before.reg != after.reg) continue;
          edge.changes.push_back({after.reg, instance_.spill_base + before.offset,
                                  instance_.spill_base + after.offset, shift->second.low,
                                  shift->second.high});
        }
      }
      point.edges.push_back(std::move(edge));
    }
  }

  // What a register holds on the path from a point, as far as that is known: a constant, the value
  // that one cell has there plus a constant, or a comparison of such a value.
  struct Term {
    enum class Kind : uint8_t { kOther, kConstant, kCell, kTest };
    Kind kind = Kind::kOther;
    int64_t value = 0;  // the constant; what is added to the cell; the bound of the test
    Op op = Op::kNone;  // of the test
  };

  Term TermOf(uint32_t at, uint32_t reg) const {
    if (const auto constant = constants_.ValueBefore(at, reg)) {
      return {Term::Kind::kConstant, *constant, Op::kNone};
    }
    const auto it = terms_.find(reg);
    return it == terms_.end() ? Term{} : it->second;
  }

  static Op Mirrored(Op op) {
    switch (op) {
      case Op::kLt: return Op::kGt;
      case Op::kLe: return Op::kGe;
      case Op::kGt: return Op::kLt;
      case Op::kGe: return Op::kLe;
      default: return op;
    }
  }
  static Op Negated(Op op) {
    switch (op) {
      case Op::kLt: return Op::kGe;
      case Op::kLe: return Op::kGt;
      case Op::kGt: return Op::kLe;
      case Op::kGe: return Op::kLt;
      case Op::kEq: return Op::kNe;
      default: return Op::kEq;
    }
  }

  // Whether a conversion of the cell's value to `type` gives that value again: it does where the
  // cell's type is no wider, and is not signed unless `type` is. An unsigned comparison of a signed
  // cell is not one of its value.
  bool Keeps(IntType type) const {
    const Type* cell = program_.slots[cell_].type;
    if (cell == nullptr || cell->is_pointer() || cell->bits > 32) return false;
    const IntType own = IntTypeOf(*cell);
    if (type == own || type == IntType::kI64) return true;
    if (type == IntType::kI32) return own != IntType::kU32;
    if (type == IntType::kU32 || type == IntType::kU64) return !cell->is_signed;
    return false;
  }

  static bool MayFail(Op op) {
    return !(op >= Op::kEq && op <= Op::kGe) && op != Op::kAnd && op != Op::kOr && op != Op::kXor;
  }

  Term Combine(const Instruction& i, uint32_t at) const {
    Term a = TermOf(at, i.a);
    Term b = TermOf(at, i.b);
    Op op = i.op;
    if (a.kind == Term::Kind::kConstant && b.kind == Term::Kind::kConstant) {
      int64_t value = 0;
      if (ApplyBinary(op, i.type, a.value, b.value, &value) != ArithmeticError::kNone) return {};
      return {Term::Kind::kConstant, value, Op::kNone};
    }
    if (a.kind == Term::Kind::kConstant) {
      if (op == Op::kSub) return {};
      std::swap(a, b);
      op = Mirrored(op);
    }
    if (a.kind != Term::Kind::kCell || b.kind != Term::Kind::kConstant || !Keeps(i.type)) return {};
    const bool is_small = b.value > -(1 << 20) && b.value < (1 << 20);
    if ((op == Op::kAdd || op == Op::kSub) && is_small) {
      return {Term::Kind::kCell, a.value + (op == Op::kAdd ? b.value : -b.value), Op::kNone};
    }
    if (op >= Op::kEq && op <= Op::kGe && a.value == 0) return {Term::Kind::kTest, b.value, op};
    return {};
  }

  // Follows the only path from a point for as long as there is one and nothing on it can fail, to
  // see whether one cell closes it and whether it counts one cell.
  void FollowHead(uint32_t at, PointFacts& point) {
    terms_.clear();
    cell_ = 0;
    bool passed_gate = false;
    Gate gate;
    int stores = 0;
    int64_t step = 0;
    bool is_first = true;
    for (;; is_first = false) {
      const Instruction& i = code_.instructions[at];
      if (!is_first && (i.flags & kStops) != 0 && !IsInStatement()) return;
      Term result;
      switch (i.opcode) {
        case Opcode::kAtomicBegin: break;
        case Opcode::kMove: result = TermOf(at, i.a); break;
        case Opcode::kBinary:
          result = Combine(i, at);
          if (result.kind == Term::Kind::kOther && MayFail(i.op)) return;
          break;
        case Opcode::kConvert:
          result = TermOf(at, i.a);
          if (result.kind == Term::Kind::kCell && !Keeps(i.type)) result = {};
          break;
        case Opcode::kUnary:
          result = TermOf(at, i.a);
          if (i.op == Op::kNot && result.kind == Term::Kind::kTest) {
            result.op = Negated(result.op);
          } else if (i.op == Op::kNot && result.kind == Term::Kind::kCell && result.value == 0) {
            result = {Term::Kind::kTest, 0, Op::kEq};
          } else if (i.op == Op::kNegate) {
            return;
          } else if (i.op != Op::kPlus) {
            result = {};
          }
          break;
        case Opcode::kIndex:
          if (!constants_.ValueBefore(at, i.a) ||
              static_cast<uint64_t>(*constants_.ValueBefore(at, i.a)) >= i.b) {
            return;
          }
          break;
        case Opcode::kJump:
        case Opcode::kBranchFalse:
        case Opcode::kBranchTrue: break;
        case Opcode::kLoad:
          if (!IsTheCell(at)) return;
          result = {Term::Kind::kCell, stores == 0 ? 0 : step, Op::kNone};
          break;
        case Opcode::kStore: {
          const Term value = TermOf(at, i.b);
          if (!IsTheCell(at) || value.kind != Term::Kind::kCell || ++stores > 1) return;
          step = value.value;
          break;
        }
        case Opcode::kBlockUnless: {
          const Term condition = TermOf(at, i.a);
          if (passed_gate || stores > 0) return;
          if (condition.kind == Term::Kind::kTest) {
            gate = {cell_, condition.op, condition.value};
          } else if (condition.kind == Term::Kind::kCell && condition.value == 0) {
            gate = {cell_, Op::kNe, 0};
          } else {
            return;
          }
          passed_gate = true;
          point.gate = NumberOf(gate);
          break;
        }
        case Opcode::kOperationBegin: break;
        case Opcode::kEndExpression:
        case Opcode::kAtomicEnd:
        case Opcode::kOperationEnd:
          Count(at, passed_gate ? &gate : nullptr, stores, step, point);
          return;
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
        case Opcode::kSelect:
        case Opcode::kStep:
        case Opcode::kLimit:
        case Opcode::kHalt:
        case Opcode::kProcessDone:
        case Opcode::kProcessBlocked:
        case Opcode::kProcessWaiting:
        case Opcode::kProcessInSection:
        case Opcode::kProcessAtLabel:
        case Opcode::kProcessLocal:
        case Opcode::kIsUnwritten: return;
      }
      VisitRegisters(
          i, code_, [](uint32_t, uint32_t) {},
          [&](uint32_t reg, uint32_t) { terms_[reg] = result; });
      uint32_t next = 0;
      int successors = 0;
      constants_.ForEachNext(at, [&](uint32_t to) {
        next = to;
        ++successors;
      });
      if (successors != 1 || next <= at) return;
      at = next;
    }
  }

  bool IsInStatement() const { return program_.granularity == Granularity::kStatement; }

  // Whether this access is to the one cell that the step is about, which can be read in any state.
  bool IsTheCell(uint32_t at) {
    const SlotSpan span = Span(at);
    if (span.end != span.begin + 1 || (code_.instructions[at].flags & kMayBeOwn) != 0) return false;
    if (program_.slots[span.begin].kind != SlotKind::kMemory ||
        program_.slots[span.begin].written != 0 || units_.is_watched[span.begin] != 0) {
      return false;
    }
    if (cell_ == 0) cell_ = span.begin;
    return cell_ == span.begin;
  }

  int NumberOf(const Gate& gate) {
    const auto it = std::find(gates_.begin(), gates_.end(), gate);
    if (it != gates_.end()) return static_cast<int>(it - gates_.begin());
    if (gates_.size() == kMostGates) return -1;
    gates_.push_back(gate);
    return static_cast<int>(gates_.size()) - 1;
  }

  // The accesses end at `end`; what comes behind must not touch the cell.
  void Count(uint32_t end, const Gate* gate, int stores, int64_t step, PointFacts& point) {
    if (stores != 1 || step == 0 || program_.slots[cell_].type->is_bool) return;
    const Footprint rest = After(end);
    if ((rest.All() & units_.Of(cell_)) != 0) return;
    if (gate == nullptr) {
      if (step > 0) point.counting = {Counting::Kind::kAdd, cell_};
      return;
    }
    // Behind the gate the cell holds at least as much as is taken away.
    const int64_t least = gate->op == Op::kGt ? gate->bound + 1 : gate->bound;
    if ((gate->op == Op::kGt || gate->op == Op::kGe) && step < 0 && -step <= least) {
      point.counting = {Counting::Kind::kWait, cell_};
    }
  }

  Footprint After(uint32_t end) const {
    PointFacts facts;
    std::set<uint32_t> seen;
    std::vector<uint32_t> work;
    constants_.ForEachNext(end, [&](uint32_t next) { work.push_back(next); });
    while (!work.empty()) {
      const uint32_t at = work.back();
      work.pop_back();
      const Instruction& i = code_.instructions[at];
      if (!seen.insert(at).second) continue;
      if ((i.flags & kStops) != 0 && (i.flags & kMayBeOwn) == 0) continue;
      Touch(at, facts.next);
      if (i.opcode == Opcode::kHalt) continue;
      constants_.ForEachNext(at, [&](uint32_t next) { work.push_back(next); });
    }
    return facts.next;
  }

  const Program& program_;
  const ProcessCode& code_;
  const FootprintUnits& units_;
  const Constants constants_;
  const ProcessInstance& instance_;
  std::vector<Gate>& gates_;
  std::map<uint32_t, Term> terms_;
  uint32_t cell_ = 0;  // 0: none yet
};

}  // namespace

std::vector<PointFacts> MakePointGraph(const Program& program, int process,
                                       const FootprintUnits& units, std::vector<Gate>& gates) {
  return GraphMaker(program, process, units, gates).Run();
}

}  // namespace interleave
