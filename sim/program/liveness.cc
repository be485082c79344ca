// A register is kept at a program point when some way on from there reads it before writing it.
// Named locals have a place of their own in the spill area; temporaries share places when they are
// never alive together (greedy colouring in the order of registers, deterministic).

#include "sim/program/liveness.h"

#include <algorithm>
#include <set>

#include "sim/program/lower.h"
#include "sim/program/register_life.h"
#include "sim/program/strong_components.h"

namespace interleave {
namespace {

// Instructions that lie on a cycle of the control flow.
std::vector<bool> OnCycle(const Code& code) {
  const std::size_t n = code.instructions.size();
  std::vector<std::vector<uint32_t>> next(n);
  for (uint32_t i = 0; i < n; ++i)
    VisitSuccessors(code, i, [&](uint32_t to) { next[i].push_back(to); });
  std::vector<bool> result(n, false);
  ForEachComponent(
      static_cast<uint32_t>(n),
      [&](uint32_t from, uint32_t k) { return k < next[from].size() ? next[from][k] : kNoNode; },
      [&](const StrongComponent& component) {
        for (const uint32_t i : component.nodes) result[i] = component.has_cycle;
      });
  return result;
}

// The shared places of temporaries: two that are alive at one point never share one.
class SharedPlaces {
 public:
  explicit SharedPlaces(std::size_t points) : taken_(points) {}
  // The first place that is free at all of `points`, which it takes.
  uint32_t Take(const std::vector<uint32_t>& points) {
    busy_.assign((count_ + 63) / 64, 0);
    for (const uint32_t p : points) {
      for (std::size_t w = 0; w < taken_[p].size(); ++w) busy_[w] |= taken_[p][w];
    }
    uint32_t place = 0;
    while (place < count_ && ((busy_[place / 64] >> (place % 64)) & 1) != 0) ++place;
    if (place == count_) ++count_;
    for (const uint32_t p : points) {
      if (taken_[p].size() <= place / 64) taken_[p].resize(place / 64 + 1, 0);
      taken_[p][place / 64] |= uint64_t{1} << (place % 64);
    }
    return place;
  }
  uint32_t count() const { return count_; }

 private:
  std::vector<std::vector<uint64_t>> taken_;  // by point, a bit a place
  std::vector<uint64_t> busy_;
  uint32_t count_ = 0;
};

std::vector<bool> Reachable(const Code& code) {
  std::vector<bool> reachable(code.instructions.size(), false);
  std::vector<uint32_t> work = {0};
  while (!work.empty()) {
    const uint32_t at = work.back();
    work.pop_back();
    if (reachable[at]) continue;
    reachable[at] = true;
    VisitSuccessors(code, at, [&](uint32_t to) { work.push_back(to); });
  }
  return reachable;
}

// Program points, in the order of the code; 0 is done.
void NumberPoints(ProcessCode& code, const std::vector<bool>& reachable) {
  const std::size_t n = code.instructions.size();
  const std::vector<bool> on_cycle = OnCycle(code);
  code.point_of.assign(n, 0);
  code.points.assign(1, {});
  code.points[0].instruction = static_cast<uint32_t>(n - 1);
  code.points[0].standing = Standing::kDone;
  for (uint32_t i = 0; i < n; ++i) {
    if ((code.instructions[i].flags & kStops) == 0 || !reachable[i]) continue;
    code.point_of[i] = static_cast<uint32_t>(code.points.size());
    ProgramPoint point;
    point.instruction = i;
    point.in_loop = on_cycle[i];
    code.points.push_back(std::move(point));
  }
  code.access_points = static_cast<uint32_t>(code.points.size()) - 1;
}

// visit(point) for the points that stand before an instruction of begin .. end - 1.
template <class Visit>
void ForEachPointIn(ProcessCode& code, uint32_t begin, uint32_t end, Visit visit) {
  const auto first = std::lower_bound(
      code.points.begin() + 1, code.points.end(), begin,
      [](const ProgramPoint& point, uint32_t at) { return point.instruction < at; });
  for (auto point = first; point != code.points.end() && point->instruction < end; ++point)
    visit(*point);
}

// Where a register is alive that is alive somewhere, and what else was asked.
struct Life {
  std::vector<std::vector<uint32_t>> points_of;  // by register, ascending
  std::vector<bool> implicit_is_read;            // by number in Lowering::implicits
};

Life LifeOf(const Lowering& lowering, const ProcessCode& code) {
  const std::size_t registers = code.register_count;
  std::vector<bool> excluded(registers, false);
  excluded[kSelfRegister] = excluded[kFrameRegister] = true;
  for (const auto& [reg, value] : code.constants) excluded[reg] = true;
  // A label's register is set anew in each step, and kept at every point all the same.
  for (const uint32_t reg : code.label_registers) excluded[reg] = true;

  const auto& implicits = lowering.implicits();
  std::vector<std::vector<uint32_t>> implicits_of(registers);
  for (uint32_t i = 0; i < implicits.size(); ++i) implicits_of[implicits[i].reg].push_back(i);

  Life life;
  life.points_of.resize(registers);
  life.implicit_is_read.assign(implicits.size(), false);
  RegisterLife registers_life(code, excluded, lowering.kept_alive());
  while (registers_life.Next()) {
    std::vector<uint32_t>& points = life.points_of[registers_life.reg()];
    for (const uint32_t at : registers_life.alive_before()) {
      if (code.point_of[at] != 0) points.push_back(code.point_of[at]);
    }
    std::sort(points.begin(), points.end());
    for (const uint32_t i : implicits_of[registers_life.reg()]) {
      const std::size_t after = std::size_t{implicits[i].instruction} + 1;
      life.implicit_is_read[i] = after < code.instructions.size() &&
                                 registers_life.IsAliveBefore(static_cast<uint32_t>(after));
    }
  }
  return life;
}

// Places in the spill area: labels, named locals, then coloured temporaries.
void PlaceRegisters(const Lowering& lowering, const Life& life, ProcessCode& code) {
  const std::size_t registers = code.register_count;
  std::vector<bool> alive_somewhere(registers, false);
  for (std::size_t r = 0; r < registers; ++r) alive_somewhere[r] = !life.points_of[r].empty();
  // An aggregate is found by its first cell, so its cells stay together.
  const auto cells_of = [](const LocalVariable& local) {
    return static_cast<uint32_t>(local.symbol->type->cells);
  };
  for (const LocalVariable& local : code.locals) {
    for (const uint32_t reg : local.registers) {
      bool any = false;
      for (uint32_t i = 0; i < cells_of(local); ++i) any = any || alive_somewhere[reg + i];
      for (uint32_t i = 0; i < cells_of(local) && any; ++i) alive_somewhere[reg + i] = true;
    }
  }
  std::vector<int> offset_of(registers, -1);
  uint32_t spills = 0;
  for (const uint32_t reg : code.label_registers) {
    if (reg != 0) offset_of[reg] = static_cast<int>(spills++);
  }
  for (std::size_t r = 0; r < registers; ++r) {
    if (alive_somewhere[r] && lowering.is_named()[r]) offset_of[r] = static_cast<int>(spills++);
  }
  SharedPlaces places(code.points.size());
  for (std::size_t r = 0; r < registers; ++r) {
    if (alive_somewhere[r] && offset_of[r] < 0)
      offset_of[r] = static_cast<int>(spills + places.Take(life.points_of[r]));
  }
  code.spill_count = spills + places.count();

  for (uint32_t r = 0; r < registers; ++r) {
    for (const uint32_t p : life.points_of[r])
      code.points[p].live.push_back({r, static_cast<uint32_t>(offset_of[r])});
  }
  for (ProgramPoint& point : code.points) point.local_offsets.assign(code.locals.size(), -1);
  for (std::size_t l = 0; l < code.locals.size(); ++l) {
    const LocalVariable& local = code.locals[l];
    for (const uint32_t reg : local.registers) {
      for (uint32_t i = 0; i < cells_of(local); ++i) {
        for (const uint32_t p : life.points_of[reg + i])
          code.points[p].local_offsets[l] = offset_of[reg];
      }
    }
  }
}

// Which sections control is in at each point, and which own memory is out of scope.
void PlaceScopes(const Lowering& lowering, ProcessCode& code) {
  for (ProgramPoint& point : code.points)
    point.sections.assign(code.source->sections.size(), false);
  for (const Lowering::SectionRange& section : lowering.sections()) {
    ForEachPointIn(code, section.begin, section.end, [&](ProgramPoint& point) {
      point.sections[static_cast<std::size_t>(section.section)] = true;
    });
  }
  for (const OwnObject& object : code.own_objects) {
    for (std::size_t p = 0; p < code.points.size(); ++p) {
      const uint32_t at = code.points[p].instruction;
      if (p == 0 || at < object.begin || at >= object.end)
        code.points[p].dead.push_back({object.offset, object.cells});
    }
  }
}

void WarnOfSections(const Lowering& lowering, const ProcessCode& code,
                    const std::vector<bool>& reachable, Diagnostics& diagnostics) {
  for (const Lowering::SectionRange& section : lowering.sections()) {
    bool any = false, is_reached = section.begin == section.end;
    for (uint32_t i = section.begin; i < section.end; ++i) {
      any = any || code.point_of[i] != 0;
      is_reached = is_reached || reachable[i];
    }
    if (!is_reached) {
      diagnostics.Warning(section.range,
                          "no process is ever seen in this section: it is never reached",
                          "what stands before it never ends, or never lets anybody through");
    } else if (!any) {
      diagnostics.Warning(section.range,
                          "no process is ever seen in this section: it has no access",
                          "write `step;` in it");
    }
  }
}

}  // namespace

void PlacePoints(const Lowering& lowering, ProcessCode& code, Diagnostics& diagnostics) {
  const std::vector<bool> reachable = Reachable(code);
  NumberPoints(code, reachable);
  const Life life = LifeOf(lowering, code);
  PlaceRegisters(lowering, life, code);
  PlaceScopes(lowering, code);
  WarnOfSections(lowering, code, reachable, diagnostics);

  std::set<const Symbol*> warned;
  for (std::size_t i = 0; i < lowering.implicits().size(); ++i) {
    const Lowering::Implicit& implicit = lowering.implicits()[i];
    if (!reachable[implicit.instruction] || !life.implicit_is_read[i]) continue;
    if (implicit.symbol->is_mentioned || !warned.insert(implicit.symbol).second) continue;
    diagnostics.Warning(
        implicit.symbol->range,
        "`" + implicit.symbol->name + "` may be read before it is set; it is 0 then",
        "give it a value here");
  }
}

}  // namespace interleave
