#include "model/graph/state_text.h"

#include <fmt/format.h>

#include <utility>

#include "model/report/values.h"

namespace interleave {
namespace {

constexpr const char* kUnknown = "*";

// A cell without the quotes of a character.
std::string Bare(std::string text) {
  if (text.size() == 3 && text.front() == '\'' && text.back() == '\'') return text.substr(1, 1);
  return text;
}

class StateShower {
 public:
  StateShower(const Program& program, const Source& source, const int64_t* state,
              const std::vector<bool>& is_known)
      : program_(program), source_(source), state_(state), is_known_(is_known) {}

  ShownState Show() {
    ShownState shown;
    for (const MemoryObject& object : program_.objects) {
      if (object.symbol->kind == SymbolKind::kTable) continue;
      if (object.kind != nullptr) {
        for (uint32_t k = 0; k < object.cells; k += object.stride) {
          shown.objects.push_back(OfKind(object, object.base + k));
        }
        continue;
      }
      ShownObject one;
      one.name = object.symbol->name;
      one.is_ghost = object.symbol->is_ghost || object.symbol->kind == SymbolKind::kGhost;
      one.is_row = object.symbol->type->kind == TypeKind::kArray;
      for (uint32_t k = 0; k < object.cells; k += CellsOfPlace(program_, object.base + k)) {
        const uint32_t slot = object.base + k;
        one.cells.push_back(StartsObject(program_, slot) ? Bare(ObjectText(program_, state_, slot))
                                                         : Cell(slot));
      }
      shown.objects.push_back(std::move(one));
    }
    if (program_.items_slot != 0) {
      const std::string count =
          Knows(program_.items_slot) ? fmt::format("{}", state_[program_.items_slot]) : kUnknown;
      shown.objects.push_back({"items", {count}, false, true});
    }
    for (int p = 0; p < program_.process_count(); ++p) shown.processes.push_back(Process(p));
    return shown;
  }

 private:
  bool Knows(uint32_t slot) const { return is_known_.empty() || is_known_[slot]; }

  std::string Cell(uint32_t slot) const {
    const uint32_t written = program_.slots[slot].written;
    if (!Knows(slot) || (written != 0 && !Knows(written))) return kUnknown;
    return Bare(CellText(program_, state_, slot));
  }

  ShownObject OfKind(const MemoryObject& object, uint32_t slot) const {
    ShownObject one;
    one.name = PlaceName(program_, slot);
    const auto list = ListOf(object);
    one.is_row = list.has_value();
    bool known = true;
    for (uint32_t k = 0; k < object.stride; ++k) known = known && Knows(slot + k);
    if (!known) {
      one.cells.emplace_back(kUnknown);
      return one;
    }
    if (!list) one.cells.push_back(Bare(ObjectText(program_, state_, slot)));
    for (uint32_t k = 0; list && k < static_cast<uint32_t>(state_[slot + list->length]); ++k) {
      one.cells.push_back(Bare(CellText(program_, state_, slot + list->cells + k)));
    }
    return one;
  }

  ShownProcess Process(int p) const {
    const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(p)];
    if (!Knows(instance.point_slot)) return {p, kUnknown, {}, false};
    const auto point = static_cast<std::size_t>(state_[instance.point_slot]);
    const Standing standing = program_.StandingOf(state_, p);
    if (standing != Standing::kAtAccess) return {p, std::string(StandingText(standing)), {}, true};
    const ProcessCode& code = program_.CodeOf(p);
    std::vector<SourcePlace> places = PlacesOf(
        source_, code, code.locations[code.instructions[code.points[point].instruction].location]);
    std::string where = places.front().name;
    return {p, std::move(where), std::move(places), true};
  }

  const Program& program_;
  const Source& source_;
  const int64_t* state_;
  const std::vector<bool>& is_known_;
};

std::string CellsText(const ShownObject& object) {
  const std::string cells = fmt::format("{}", fmt::join(object.cells, " "));
  return object.is_row ? "[" + cells + "]" : cells;
}

}  // namespace

std::string ShownProcess::Lines() const {
  std::string lines = where;
  for (std::size_t depth = 1; depth < places.size(); ++depth) {
    lines += fmt::format(">{}", places[depth].name);
  }
  return lines;
}

ShownState ShowState(const Program& program, const Source& source, const int64_t* state,
                     const std::vector<bool>& is_known) {
  return StateShower(program, source, state, is_known).Show();
}

std::string ObjectInOneLine(const ShownObject& object) {
  return fmt::format("{} {}", object.name, CellsText(object));
}

std::string InOneLine(const Program& program, const ShownState& shown) {
  std::string text;
  for (const ShownObject& object : shown.objects) {
    text += (text.empty() ? "" : "  ") + ObjectInOneLine(object);
  }
  text += " |";
  for (const ShownProcess& process : shown.processes) {
    text +=
        fmt::format(" {} {} ", program.processes[static_cast<std::size_t>(process.process)].name,
                    process.Lines());
  }
  text.pop_back();
  return text;
}

std::string InFull(const Program& program, const Source& source, const int64_t* state) {
  const ShownState shown = ShowState(program, source, state);
  std::string text;
  for (const ShownObject& object : shown.objects) {
    text += fmt::format("{} = {}\n", object.name, CellsText(object));
  }
  for (const ShownProcess& process : shown.processes) {
    const std::string& name = program.processes[static_cast<std::size_t>(process.process)].name;
    if (process.places.empty()) {
      text += fmt::format("{}: {}\n", name, process.where);
      continue;
    }
    text += fmt::format("{}: before {}\n", name, PlacesText(process.places));
    for (const NamedValue& local : LocalsOf(program, state, process.process)) {
      text += fmt::format("    {} = {}\n", local.name, local.value);
    }
  }
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace interleave
