// Sets are closed by adding whoever conflicts (Overman), from each process in turn, and the one
// with the fewest successors wins. What the others may still touch depends on which gates stay
// closed, and that on what the others may touch: the gates that they can open are opened until
// nothing changes.

#include "model/reduce/partial_order.h"

#include <algorithm>
#include <bit>
#include <map>

#include "model/reduce/point_cycles.h"
#include "model/reduce/units.h"

namespace interleave {
namespace {

bool IsAbout(const Property& property, Opcode opcode) {
  const auto has = [&](const Code& code) {
    return std::any_of(code.instructions.begin(), code.instructions.end(),
                       [&](const Instruction& i) { return i.opcode == opcode; });
  };
  return has(property.code) || (property.antecedent && has(*property.antecedent));
}

// New numbers, so that points with different numbers, or of which only one is in the set, differ.
template <class IsIn>
void TellApart(std::vector<uint32_t>& looks, IsIn is_in) {
  std::map<std::pair<uint32_t, bool>, uint32_t> numbers;
  for (std::size_t k = 0; k < looks.size(); ++k) {
    if (looks[k] == PartialOrder::kAlwaysVisible) continue;
    const auto number = static_cast<uint32_t>(numbers.size());
    looks[k] = numbers.try_emplace({looks[k], is_in(k)}, number).first->second;
  }
}

// An earlier process of the same code, where nothing is known of either's registers beforehand; -1:
// there is none.
int AlikeBefore(const Program& program, int process) {
  for (int p = 0; p < process && program.CodeOf(process).forks; ++p) {
    if (program.processes[static_cast<std::size_t>(p)].code ==
        program.processes[static_cast<std::size_t>(process)].code) {
      return p;
    }
  }
  return -1;
}

// The graph of a process that is alike, whose locals lie so far from there.
std::vector<PointFacts> MovedGraph(std::vector<PointFacts> graph, uint32_t distance) {
  for (PointFacts& facts : graph) {
    for (PointEdge& edge : facts.edges) {
      for (LocalChange& change : edge.changes) {
        change.from += distance;
        change.to += distance;
      }
    }
  }
  return graph;
}

}  // namespace

std::optional<std::string> PartialOrder::Refusal(const Program& program) {
  if (program.process_count() > 63) return "there are more than 63 processes";
  for (const Property& property : program.properties) {
    if (IsAbout(property, Opcode::kProcessWaiting) || IsAbout(property, Opcode::kProcessBlocked)) {
      return "`" + property.name + "` asks who waits or is blocked, which any step may change";
    }
  }
  // What every step may touch is followed through the code from each point. Of a program that forks
  // most code is that of the kernel's operations, which are one step each.
  constexpr std::size_t kMostWork = 600'000;
  std::size_t work = 0;
  for (int p = 0; p < program.process_count(); ++p) {
    const ProcessCode& code = program.CodeOf(p);
    if (AlikeBefore(program, p) >= 0) continue;
    const auto followed = std::count_if(
        code.instructions.begin(), code.instructions.end(),
        [&](const Instruction& i) { return !code.forks || (i.flags & kInOperation) == 0; });
    work += code.points.size() * static_cast<std::size_t>(followed);
  }
  if (work > kMostWork) return "the code is too large";
  return std::nullopt;
}

PartialOrder::PartialOrder(const Program& program, bool trusts_locals, ReductionFault fault)
    : program_(program),
      fault_(fault),
      units_(CutIntoUnits(program, fault)),
      looks_for_races_(program.LooksForRaces() && fault != ReductionFault::kRacesPassed) {
  const FixedMemory memory(program, fault);
  bool has_daemons = false;
  const auto spills_of = [&](int p) {
    return program.processes[static_cast<std::size_t>(p)].spill_base;
  };
  for (int p = 0; p < program.process_count(); ++p) {
    const int alike = AlikeBefore(program, p);
    graphs_.push_back(alike < 0 ? MakePointGraph(program, p, memory, units_, gates_)
                                : MovedGraph(graphs_[static_cast<std::size_t>(alike)],
                                             spills_of(p) - spills_of(alike)));
    point_base_.push_back(point_count_);
    point_count_ += graphs_.back().size();
    looks_.emplace_back(graphs_.back().size(), 0);
    has_daemons = has_daemons || program.IsDaemon(p);
  }
  for (const Property& property : program.properties) {
    Look(property.code);
    if (property.antecedent) Look(*property.antecedent);
    // A daemon may make items in a run that is complete.
    if (property.row().follows_items && has_daemons)
      looked_at_ |= FootprintUnits::Bit(units_.marks);
  }
  if (fault_ == ReductionFault::kNoVisibility) {
    looked_at_ = 0;
    for (std::vector<uint32_t>& looks : looks_) std::fill(looks.begin(), looks.end(), 0);
  }
  FindForks();
  PlaceSticky(trusts_locals);
}

// What a property's code looks at.
void PartialOrder::Look(const Code& code) {
  const auto constant = [&](uint32_t reg) -> std::optional<int64_t> {
    if (reg == kZeroRegister) return 0;
    for (const auto& [fixed, value] : code.constants) {
      if (fixed == reg) return value;
    }
    return std::nullopt;
  };
  const auto look_at = [&](uint32_t begin, uint32_t end) {
    for (uint32_t slot = begin; slot < end; ++slot) looked_at_ |= units_.Of(slot);
  };
  const auto everything = [&] { look_at(0, static_cast<uint32_t>(program_.slots.size())); };
  // The processes that c + r[a] may be: those of one template.
  const auto for_processes = [&](uint32_t first, uint32_t reg, auto visit) {
    if (const auto index = constant(reg)) {
      visit(static_cast<std::size_t>(first + *index));
      return;
    }
    for (std::size_t p = first; p < program_.processes.size(); ++p) {
      if (program_.processes[p].code == program_.processes[first].code) visit(p);
    }
  };
  for (const Instruction& i : code.instructions) {
    switch (i.opcode) {
      case Opcode::kPeek: {
        const auto offset = constant(i.a);
        if (offset) {
          const auto slot = static_cast<uint32_t>(*offset + i.c);
          look_at(slot, slot + 1);
        } else if (i.c < program_.slots.size() && program_.slots[i.c].kind == SlotKind::kMemory) {
          const MemoryObject& object =
              program_.objects[static_cast<std::size_t>(program_.slots[i.c].object)];
          look_at(object.base, object.base + object.cells);
        } else {
          everything();
        }
        break;
      }
      case Opcode::kIsUnwritten: everything(); break;
      case Opcode::kProcessDone:
        for_processes(i.c, i.a, [&](std::size_t p) {
          TellApart(looks_[p], [](std::size_t k) { return k == 0; });
        });
        break;
      case Opcode::kProcessInSection:
        for_processes(i.c, i.a, [&](std::size_t p) {
          const auto& points = program_.CodeOf(static_cast<int>(p)).points;
          TellApart(looks_[p], [&](std::size_t k) { return bool{points[k].sections[i.b]}; });
        });
        break;
      case Opcode::kProcessAtLabel:
      case Opcode::kProcessLocal: {
        const uint32_t first = i.opcode == Opcode::kProcessLocal ? i.c >> 16 : i.c;
        for_processes(first, i.a, [&](std::size_t p) {
          std::fill(looks_[p].begin(), looks_[p].end(), kAlwaysVisible);
        });
        break;
      }
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
      case Opcode::kPoke:
      case Opcode::kProduced:
      case Opcode::kConsumed:
      case Opcode::kEndExpression:
      case Opcode::kAtomicEnd:
      case Opcode::kBlockUnless:
      case Opcode::kSelect:
      case Opcode::kLoad:
      case Opcode::kStore:
      case Opcode::kAtomicBegin:
      case Opcode::kFork:
      case Opcode::kPrint:
      case Opcode::kStep:
      case Opcode::kLimit:
      case Opcode::kOperationBegin:
      case Opcode::kOperationEnd:
      case Opcode::kHalt:
      case Opcode::kProcessBlocked:
      case Opcode::kProcessWaiting: break;
    }
  }
}

void PartialOrder::PlaceSticky(bool trusts_locals) {
  const std::vector<Footprint> futures = FuturesOf(0);
  std::vector<Footprint> ever;  // by process
  for (std::size_t p = 0; p < graphs_.size(); ++p) {
    Footprint& all = ever.emplace_back();
    for (std::size_t x = 0; x < graphs_[p].size(); ++x) all |= futures[point_base_[p] + x];
  }
  sticky_.resize(graphs_.size());
  claims_.resize(graphs_.size());
  for (std::size_t c = 0; c < program_.codes.size(); ++c) {
    const std::size_t points = program_.codes[c].points.size();
    PointCycles cycles(points);
    // How unlikely it is anyway that a step from there is ample.
    std::vector<uint32_t> weight(points, 0);
    for (std::size_t p = 0; p < graphs_.size(); ++p) {
      if (program_.processes[p].code != static_cast<int>(c)) continue;
      for (std::size_t k = 1; k < points; ++k) {
        const PointFacts& facts = graphs_[p][k];
        for (const PointEdge& edge : facts.edges)
          cycles.Add(static_cast<uint32_t>(k), edge, trusts_locals);
        const ProcessMove move = {static_cast<uint32_t>(k), 1, true, false, facts.next, true};
        if (facts.gate >= 0 || facts.counting.kind == Counting::Kind::kWait) weight[k] += 1000;
        if ((facts.next.Changed() & looked_at_) != 0) weight[k] += 100;
        for (std::size_t q = 0; q < graphs_.size(); ++q) {
          if (q != p && Conflicts(move, ever[q])) ++weight[k];
        }
      }
    }
    std::vector<bool> sticky(points, false);
    if (fault_ != ReductionFault::kNoProviso) sticky = cycles.Break(weight);
    for (std::size_t p = 0; p < graphs_.size(); ++p) {
      if (program_.processes[p].code != static_cast<int>(c)) continue;
      sticky_[p] = sticky;
      claims_[p].resize(points);
      for (std::size_t k = 1; k < points; ++k) {
        for (const PointEdge& edge : graphs_[p][k].edges) {
          for (const LocalChange& change : edge.changes) {
            for (const PointCycles::Claim& claim :
                 cycles.ClaimsOf(static_cast<uint32_t>(k), edge.to, change.reg)) {
              claims_[p][k].push_back(
                  {edge.to, change.from, change.to, claim.shrinks, claim.is_strict});
            }
          }
        }
      }
    }
  }
}

// By process and point: whether it, or what it forks, may fork from there on.
void PartialOrder::FindForks() {
  may_fork_.assign(point_count_, false);
  for (std::size_t p = 0; p < graphs_.size(); ++p) {
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t k = graphs_[p].size(); k-- > 1;) {
        const PointFacts& facts = graphs_[p][k];
        const auto at = point_base_[p] + k;
        if (may_fork_[at]) continue;
        may_fork_[at] =
            facts.forks ||
            std::any_of(facts.edges.begin(), facts.edges.end(), [&](const PointEdge& edge) {
              return edge.to != 0 && may_fork_[point_base_[p] + edge.to];
            });
        changed = changed || may_fork_[at];
      }
    }
  }
}

// By process and point: all that it may touch from there on without passing a closed gate.
std::vector<Footprint> PartialOrder::FuturesOf(uint64_t closed) const {
  std::vector<Footprint> futures(point_count_);
  for (std::size_t p = 0; p < graphs_.size(); ++p) {
    const auto is_shut = [&](const PointFacts& facts) {
      return facts.gate >= 0 && (closed >> facts.gate & 1) != 0;
    };
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t k = graphs_[p].size(); k-- > 0;) {
        const PointFacts& facts = graphs_[p][k];
        if (is_shut(facts)) continue;
        Footprint future = facts.next;
        for (const PointEdge& edge : facts.edges) future |= futures[point_base_[p] + edge.to];
        Footprint& known = futures[point_base_[p] + k];
        if (future == known) continue;
        known = future;
        changed = true;
      }
    }
  }
  return futures;
}

const std::vector<Footprint>& PartialOrder::Futures(uint64_t closed, Memory& memory) const {
  constexpr std::size_t kMost = 1 << 14;
  if (memory.last != nullptr && memory.last_gates == closed) return *memory.last;
  auto it = memory.futures.find(closed);
  if (it == memory.futures.end()) {
    if (memory.futures.size() > kMost) memory.futures.clear();
    it = memory.futures.emplace(closed, FuturesOf(closed)).first;
  }
  memory.last_gates = closed;
  memory.last = &it->second;
  return it->second;
}

bool PartialOrder::Conflicts(const ProcessMove& move, const Footprint& future) {
  const Footprint& next = move.next;
  const uint64_t changed = future.Changed();
  const uint64_t all = changed | future.reads;
  if ((next.reads & changed) != 0 || (next.writes & all) != 0) return true;
  if ((next.adds & (future.reads | future.writes | future.first)) != 0) return true;
  if (move.outcomes == 0) {
    // A step that is not enabled depends only on what may enable it.
    return (next.waits & (future.writes | future.adds)) != 0 ||
           (next.second & (future.writes | future.first | future.adds)) != 0 ||
           (next.first & (future.writes | future.second)) != 0;
  }
  return (next.waits & all) != 0 ||
         (next.second & (future.reads | future.writes | future.second)) != 0 ||
         (next.first & (future.reads | future.writes | future.first | future.adds)) != 0;
}

// Whether the first group of an object's operations never lowers what is in the slot, and the
// second never raises it, as the kind declares.
bool CountsOperations(const Program& program, uint32_t slot) {
  const MemoryObject* object = program.ObjectOf(slot);
  if (object == nullptr || object->kind == nullptr || object->kind->kind == nullptr) return false;
  const Member* member = object->kind->FindMember(object->kind->kind->words.counts);
  return member != nullptr &&
         (slot - object->base) % object->stride == static_cast<uint32_t>(member->cell_offset);
}

bool PartialOrder::Opens(const Footprint& touched, const Gate& gate) const {
  const uint64_t unit = units_.Of(gate.slot);
  const bool counts = CountsOperations(program_, gate.slot);
  const uint64_t raises = counts ? touched.first : touched.first | touched.second;
  const uint64_t lowers = counts ? touched.second : touched.first | touched.second;
  switch (gate.op) {
    case Op::kGt:
    case Op::kGe: return ((touched.writes | touched.adds | raises) & unit) != 0;
    case Op::kLt:
    case Op::kLe: return ((touched.writes | touched.waits | lowers) & unit) != 0;
    default: return (touched.Changed() & unit) != 0;
  }
}

bool PartialOrder::MayBeAmple(int process, const ProcessMove& move) const {
  return move.is_plain && !move.is_visible && !IsSticky(process, move.point) &&
         (move.next.Changed() & looked_at_) == 0;
}

uint64_t PartialOrder::Close(int seed, const std::vector<ProcessMove>& moves, uint64_t closed,
                             Memory& memory) const {
  const auto bit = [](std::size_t p) { return uint64_t{1} << p; };
  uint64_t set = bit(static_cast<std::size_t>(seed));
  for (;;) {
    // Who is not there can do something if one of the others may fork it.
    bool fork = false;
    for (std::size_t q = 0; q < moves.size(); ++q)
      fork = fork || ((set & bit(q)) == 0 && may_fork_[point_base_[q] + moves[q].point]);
    // What the others can do while the set stands still: gates stay closed unless they open them.
    uint64_t shut = closed;
    for (bool stable = false; !stable;) {
      stable = true;
      const std::vector<Footprint>& futures = Futures(shut, memory);
      Footprint others;
      for (std::size_t q = 0; q < moves.size(); ++q) {
        if ((set & bit(q)) == 0 && (moves[q].point != 0 || fork))
          others |= futures[point_base_[q] + moves[q].point];
      }
      for (uint64_t left = shut; left != 0; left &= left - 1) {
        const int g = std::countr_zero(left);
        if (!Opens(others, gates_[static_cast<std::size_t>(g)])) continue;
        shut &= ~(uint64_t{1} << g);
        stable = false;
      }
    }
    const std::vector<Footprint>& futures = Futures(shut, memory);
    uint64_t more = 0;
    for (std::size_t p = 0; p < moves.size(); ++p) {
      if ((set & bit(p)) == 0) continue;
      for (std::size_t q = 0; q < moves.size(); ++q) {
        if ((set & bit(q)) != 0 || (moves[q].point == 0 && !fork)) continue;
        if (!Conflicts(moves[p], futures[point_base_[q] + moves[q].point])) continue;
        if (moves[q].point == 0) return 0;
        more |= bit(q);
      }
    }
    if (more == 0) return set;
    for (uint64_t left = more; left != 0; left &= left - 1) {
      const int q = std::countr_zero(left);
      const ProcessMove& move = moves[static_cast<std::size_t>(q)];
      if (move.outcomes > 0 ? !MayBeAmple(q, move) : !move.is_plain) return 0;
    }
    set |= more;
  }
}

uint64_t PartialOrder::Choose(const std::vector<ProcessMove>& moves, uint64_t closed,
                              Memory& memory) const {
  uint32_t all = 0;
  for (const ProcessMove& move : moves) all += move.outcomes;
  if (all == 1 && !looks_for_races_) {
    // The only step that there is: all others are blocked, or cut, and none fails.
    uint64_t only = kAll;
    for (std::size_t p = 0; p < moves.size(); ++p) {
      if (!moves[p].is_plain && fault_ != ReductionFault::kFailuresPassed) return kAll;
      if (moves[p].outcomes == 1 && MayBeAmple(static_cast<int>(p), moves[p]))
        only = uint64_t{1} << p;
    }
    return only;
  }
  uint64_t best = kAll;
  uint32_t fewest = std::max(all, 2U);  // the only step that there is may be enough alone
  for (int p = 0; p < static_cast<int>(moves.size()) && fewest > 1; ++p) {
    const ProcessMove& move = moves[static_cast<std::size_t>(p)];
    if (move.outcomes == 0 || move.outcomes >= fewest || !MayBeAmple(p, move)) continue;
    const uint64_t set = Close(p, moves, closed, memory);
    if (set == 0) continue;
    uint32_t outcomes = 0;
    for (uint64_t left = set; left != 0; left &= left - 1) {
      outcomes += moves[static_cast<std::size_t>(std::countr_zero(left))].outcomes;
    }
    if (outcomes >= fewest) continue;
    best = set;
    fewest = outcomes;
  }
  return best;
}

}  // namespace interleave
