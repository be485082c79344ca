// A register is kept at a program point when some way on from there reads it before writing it.
// Named locals have a place of their own in the spill area; temporaries share places when they are
// never alive together (greedy colouring in the order of registers, deterministic).

#include "sim/program/liveness.h"

#include <algorithm>
#include <set>

#include "sim/program/lower.h"
#include "sim/program/strong_components.h"

namespace interleave {
namespace {

class BitMatrix {
 public:
  BitMatrix(std::size_t rows, std::size_t columns)
      : words_((columns + 63) / 64), bits_(rows * words_) {}
  std::size_t words() const { return words_; }
  uint64_t* Row(std::size_t row) { return bits_.data() + row * words_; }
  bool Get(std::size_t row, std::size_t column) {
    return (Row(row)[column / 64] >> (column % 64)) & 1;
  }

 private:
  std::size_t words_;
  std::vector<uint64_t> bits_;
};

void Set(uint64_t* row, uint32_t column) { row[column / 64] |= uint64_t{1} << (column % 64); }
void Clear(uint64_t* row, uint32_t column) { row[column / 64] &= ~(uint64_t{1} << (column % 64)); }

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

}  // namespace

void PlacePoints(const Lowering& lowering, ProcessCode& code, Diagnostics& diagnostics) {
  const std::size_t n = code.instructions.size();
  const std::size_t registers = code.register_count;
  std::vector<bool> excluded(registers, false);
  excluded[kSelfRegister] = excluded[kFrameRegister] = true;
  for (const auto& [reg, value] : code.constants) excluded[reg] = true;
  // A label's register is set anew in each step, and kept at every point all the same.
  for (const uint32_t reg : code.label_registers) excluded[reg] = true;

  BitMatrix kept(n, registers);
  for (const Lowering::KeptAlive& alive : lowering.kept_alive()) {
    for (uint32_t i = alive.begin; i < alive.end; ++i) {
      for (uint32_t r = 0; r < alive.count; ++r) Set(kept.Row(i), alive.reg + r);
    }
  }

  BitMatrix live(n, registers);  // before each instruction
  std::vector<uint64_t> row(live.words());
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t k = n; k-- > 0;) {
      const auto at = static_cast<uint32_t>(k);
      std::fill(row.begin(), row.end(), 0);
      VisitSuccessors(code, at, [&](uint32_t to) {
        for (std::size_t w = 0; w < row.size(); ++w) row[w] |= live.Row(to)[w];
      });
      const Instruction& instruction = code.instructions[at];
      VisitRegisters(
          instruction, code, [](uint32_t, uint32_t) {},
          [&](uint32_t first, uint32_t count) {
            for (uint32_t r = first; r < first + count; ++r) Clear(row.data(), r);
          });
      VisitRegisters(
          instruction, code,
          [&](uint32_t first, uint32_t count) {
            for (uint32_t r = first; r < first + count; ++r) {
              if (!excluded[r]) Set(row.data(), r);
            }
          },
          [](uint32_t, uint32_t) {});
      for (std::size_t w = 0; w < row.size(); ++w) row[w] |= kept.Row(at)[w];
      if (!std::equal(row.begin(), row.end(), live.Row(at))) {
        std::copy(row.begin(), row.end(), live.Row(at));
        changed = true;
      }
    }
  }

  const std::vector<bool> on_cycle = OnCycle(code);
  std::vector<bool> reachable(n, false);
  std::vector<uint32_t> work = {0};
  while (!work.empty()) {
    const uint32_t at = work.back();
    work.pop_back();
    if (reachable[at]) continue;
    reachable[at] = true;
    VisitSuccessors(code, at, [&](uint32_t to) { work.push_back(to); });
  }

  // Program points, in the order of the code; 0 is done.
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

  // Places in the spill area: labels, named locals, then coloured temporaries.
  std::vector<int> offset_of(registers, -1);
  std::vector<bool> alive_somewhere(registers, false);
  for (std::size_t p = 1; p < code.points.size(); ++p) {
    for (uint32_t r = 0; r < registers; ++r) {
      if (live.Get(code.points[p].instruction, r)) alive_somewhere[r] = true;
    }
  }
  // An aggregate is found by its first cell, so its cells stay together.
  const auto cells_of = [](const LocalVariable& local) {
    return static_cast<uint32_t>(local.symbol->type->cells);
  };
  const auto any_alive = [&](const LocalVariable& local, uint32_t reg, const auto& alive) {
    for (uint32_t i = 0; i < cells_of(local); ++i) {
      if (alive(reg + i)) return true;
    }
    return false;
  };
  for (const LocalVariable& local : code.locals) {
    for (const uint32_t reg : local.registers) {
      if (!any_alive(local, reg, [&](uint32_t r) { return bool{alive_somewhere[r]}; })) continue;
      for (uint32_t i = 0; i < cells_of(local); ++i) alive_somewhere[reg + i] = true;
    }
  }
  uint32_t spills = 0;
  for (const uint32_t reg : code.label_registers) {
    if (reg != 0) offset_of[reg] = static_cast<int>(spills++);
  }
  for (uint32_t r = 0; r < registers; ++r) {
    if (alive_somewhere[r] && lowering.is_named()[r]) offset_of[r] = static_cast<int>(spills++);
  }
  std::vector<std::vector<uint32_t>> colors;  // registers of each shared place
  const auto conflict = [&](uint32_t a, uint32_t b) {
    for (std::size_t p = 1; p < code.points.size(); ++p) {
      if (live.Get(code.points[p].instruction, a) && live.Get(code.points[p].instruction, b))
        return true;
    }
    return false;
  };
  for (uint32_t r = 0; r < registers; ++r) {
    if (!alive_somewhere[r] || offset_of[r] >= 0) continue;
    std::size_t color = 0;
    for (; color < colors.size(); ++color) {
      if (std::none_of(colors[color].begin(), colors[color].end(),
                       [&](uint32_t o) { return conflict(r, o); }))
        break;
    }
    if (color == colors.size()) colors.emplace_back();
    colors[color].push_back(r);
    offset_of[r] = static_cast<int>(spills + color);
  }
  code.spill_count = spills + static_cast<uint32_t>(colors.size());

  for (std::size_t p = 0; p < code.points.size(); ++p) {
    ProgramPoint& point = code.points[p];
    if (p > 0) {
      for (uint32_t r = 0; r < registers; ++r) {
        if (live.Get(point.instruction, r))
          point.live.push_back({r, static_cast<uint32_t>(offset_of[r])});
      }
    }
    for (const OwnObject& object : code.own_objects) {
      bool in_scope = false;
      for (const Lowering::OwnScope& scope : lowering.own_scopes()) {
        in_scope = in_scope || (p > 0 && scope.range.offset == object.offset &&
                                point.instruction >= scope.begin && point.instruction < scope.end);
      }
      if (!in_scope) point.dead.push_back({object.offset, object.cells});
    }
    point.sections.assign(code.source->sections.size(), false);
    for (const Lowering::SectionRange& section : lowering.sections()) {
      if (p > 0 && point.instruction >= section.begin && point.instruction < section.end) {
        point.sections[static_cast<std::size_t>(section.section)] = true;
      }
    }
    for (const LocalVariable& local : code.locals) {
      int offset = -1;
      for (const uint32_t reg : local.registers) {
        if (p > 0 &&
            any_alive(local, reg, [&](uint32_t r) { return live.Get(point.instruction, r); }))
          offset = offset_of[reg];
      }
      point.local_offsets.push_back(offset);
    }
  }

  for (const Lowering::SectionRange& section : lowering.sections()) {
    bool any = false, is_reached = section.begin == section.end;
    for (uint32_t i = section.begin; i < section.end; ++i) {
      any = any || code.point_of[i] != 0;
      is_reached = is_reached || reachable[i];
    }
    if (!is_reached) {
      diagnostics.Vacuity(section.range,
                          "no process is ever seen in this section: it is never reached",
                          "what stands before it never ends, or never lets anybody through");
    } else if (!any) {
      diagnostics.Vacuity(section.range,
                          "no process is ever seen in this section: it has no access",
                          "write `step;` in it");
    }
  }
  std::set<const Symbol*> warned;
  for (const Lowering::Implicit& implicit : lowering.implicits()) {
    const std::size_t after = implicit.instruction + 1;
    if (after >= n || !reachable[implicit.instruction] || !live.Get(after, implicit.reg)) continue;
    if (implicit.symbol->is_mentioned || !warned.insert(implicit.symbol).second) continue;
    diagnostics.Warning(
        implicit.symbol->range,
        "`" + implicit.symbol->name + "` may be read before it is set; it is 0 then",
        "give it a value here");
  }
}

}  // namespace interleave
