// Cells that belong to a process move with it: their label is the slot that they would have if the
// numbers of all their owners were 0, so cells that change places have one label.

#include "model/reduce/symmetry_plan.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace interleave {
namespace {

class Planner {
 public:
  Planner(const AbstractMemory& memory, const IdFlow& flow, const SymmetryCandidates& candidates,
          const std::vector<ObserverLayout>& observers)
      : memory_(memory), flow_(flow), candidates_(candidates), observers_(observers) {}

  std::unique_ptr<SymmetryPlan> Make() {
    auto plan = std::make_unique<SymmetryPlan>();
    AddGroups(*plan);
    AddFields(*plan);
    for (std::size_t o = 0; o < memory_.objects.size(); ++o) {
      for (uint32_t cell = 0; cell < memory_.program.objects[o].cells; ++cell)
        AddCell(*plan, o, cell);
    }
    auto words = static_cast<uint32_t>(memory_.program.state_size());
    for (const ObserverLayout& observer : observers_) {
      AddObserver(*plan, observer, words);
      words += observer.words;
    }
    plan->words = words;
    return plan;
  }

 private:
  void AddGroups(SymmetryPlan& plan) {
    group_of_.assign(memory_.program.codes.size(), -1);
    for (std::size_t p = 0; p < memory_.program.processes.size(); ++p) {
      const ProcessInstance& process = memory_.program.processes[p];
      const auto code = static_cast<std::size_t>(process.code);
      if (!candidates_.contains(code) || process.index != 0) continue;
      group_of_[code] = static_cast<int>(plan.groups.size());
      const auto count = static_cast<int>(CountOf(memory_.program, process.code));
      plan.groups.push_back({process.code, static_cast<int>(p), count, plan.nodes,
                             process.point_slot, process.end - process.point_slot});
      plan.nodes += count;
    }
  }

  void AddFields(SymmetryPlan& plan) const {
    plan.fields.resize(memory_.program.codes.size());
    for (std::size_t c = 0; c < memory_.program.codes.size(); ++c) {
      for (const ProgramPoint& point : memory_.program.codes[c].points) {
        std::vector<IdField>& fields = plan.fields[c].emplace_back();
        for (const Spill& live : point.live) {
          auto field = FieldOf(c, live.reg, 1 + live.offset);
          if (field) fields.push_back(std::move(*field));
        }
        std::sort(fields.begin(), fields.end(),
                  [](const IdField& a, const IdField& b) { return a.offset < b.offset; });
      }
    }
  }

  std::vector<IdName> NamesOf(const AbstractValue& value) const {
    std::vector<IdName> names;
    for (const IdForm& id : value.ids)
      names.push_back({group_of_[static_cast<std::size_t>(id.code)], id.offset});
    return names;
  }

  // What a live register holds, or nothing if that is no id.
  std::optional<IdField> FieldOf(std::size_t c, uint32_t reg, uint32_t offset) const {
    const AbstractValue& value = flow_.reg(c, reg);
    if (!value.has_ids()) return std::nullopt;
    IdField field;
    field.offset = offset;
    const auto term = [&](const AbstractValue& of, uint32_t stride) {
      field.terms.push_back({NamesOf(of), stride});
    };
    if (!value.address) {
      term(value, 1);
      field.inner = {1};
      return field;
    }
    Address address = memory_.Resolve(c, reg, 0);
    std::sort(address.dimensions.begin(), address.dimensions.end(),
              [](const Dimension& a, const Dimension& b) { return a.stride > b.stride; });
    for (const Dimension& dimension : address.dimensions) {
      field.inner.push_back(dimension.stride);
      if (flow_.reg(c, dimension.reg).has_ids())
        term(flow_.reg(c, dimension.reg), dimension.stride);
    }
    return field;
  }

  // Who owns a cell, and the slot of the same cell with all owners' numbers 0.
  SharedSite OwnersOfCell(const SymmetryPlan& plan, std::size_t o, uint32_t cell,
                          uint32_t base) const {
    SharedSite site;
    site.slot = site.label = base + cell;
    for (const auto& [number, at] : memory_.objects[o].cells[cell].path) {
      const ObjectLevel& level = memory_.objects[o].levels[number];
      const AbstractValue& by = flow_.index(o, number).value;
      for (const IdForm& id : by.ids) {
        const int64_t index = at - id.offset;
        if (index < 0 || index >= CountOf(memory_.program, id.code)) continue;
        const SymmetricGroup& group =
            plan.groups[static_cast<std::size_t>(group_of_[static_cast<std::size_t>(id.code)])];
        site.owners.emplace_back(group.node + static_cast<int>(index), level.stride);
        site.label -= static_cast<uint32_t>(index) * level.stride;
        break;  // there is no other one whose number this is
      }
    }
    return site;
  }

  void AddCell(SymmetryPlan& plan, std::size_t o, uint32_t cell) const {
    const MemoryObject& object = memory_.program.objects[o];
    const ObjectCell& info = memory_.objects[o].cells[cell];
    SharedSite site = OwnersOfCell(plan, o, cell, object.base);
    const AbstractValue& value = flow_.value(info.location);
    if (value.has_ids()) {
      site.names = NamesOf(value);
      if (info.position >= 0) {  // an id only while the list is as long as that
        site.guard = object.base + cell / object.stride * object.stride + ListOf(object)->length;
        site.above = info.position;
      } else {
        site.guard = memory_.program.slots[site.slot].written;
      }
    }
    if (!site.names.empty() || !site.owners.empty()) plan.sites.push_back(site);
    if (object.written_base != 0 && !site.owners.empty())
      plan.sites.push_back(OwnersOfCell(plan, o, cell, object.written_base));
  }

  void AddObserver(SymmetryPlan& plan, const ObserverLayout& observer, uint32_t base) const {
    if (!observer.has_items()) {
      for (uint32_t cell = 0; cell < observer.words; ++cell) {
        SharedSite site = OwnersOfCell(plan, static_cast<std::size_t>(observer.object), cell, base);
        if (!site.owners.empty()) plan.sites.push_back(std::move(site));
      }
      return;
    }
    const AbstractValue& items = flow_.value(memory_.items);
    if (!items.has_ids()) return;
    const bool sorted = observer.kind == ObserverLayout::Kind::kBag;
    for (uint32_t k = 0; k + 1 < observer.words; ++k) {
      SharedSite site;
      site.slot = base + 1 + k;
      site.names = NamesOf(items);
      site.guard = base;
      site.above = k;
      site.label = sorted ? base : site.slot;
      plan.sites.push_back(std::move(site));
    }
    if (sorted) plan.sorted.emplace_back(base, observer.words - 1);
  }

  const AbstractMemory& memory_;
  const IdFlow& flow_;
  const SymmetryCandidates& candidates_;
  const std::vector<ObserverLayout>& observers_;
  std::vector<int> group_of_;  // by code; -1: none
};

}  // namespace

std::unique_ptr<SymmetryPlan> MakeSymmetryPlan(const AbstractMemory& memory, const IdFlow& flow,
                                               const SymmetryCandidates& candidates,
                                               const std::vector<ObserverLayout>& observers) {
  return Planner(memory, flow, candidates, observers).Make();
}

}  // namespace interleave
