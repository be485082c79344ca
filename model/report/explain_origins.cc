// Values that a process kept in locals: where each was read, and whether those reads belong
// together. Two that no state between them shows side by side are a torn read.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "model/report/explain_parts.h"
#include "model/report/failed_step.h"

namespace interleave {
namespace {

using Kind = Event::Kind;

class OriginNarrator : public Narrator {
 public:
  OriginNarrator(ExplainContext& context, const Expr& failed, const FailedStep& step)
      : Narrator(context) {
    Collect(failed, step);
  }

  void SayOrigins() {
    std::vector<std::string> locals;
    for (const Origin& origin : origins_) {
      if (origin.local.empty()) continue;
      locals.push_back(
          fmt::format("{} {} for {}", Equation(*origin.read), AtStep(*origin.read), origin.local));
    }
    if (!locals.empty())
      Say(fmt::format("{} had read {}.", Who(violation_.process), fmt::join(locals, ", ")));
  }

  bool Torn() {
    for (std::size_t i = 0; i + 1 < origins_.size(); ++i) {
      const Access& first = *origins_[i].read;
      const Access& second = *origins_[i + 1].read;
      if (first.event.address == second.event.address || StoodTogether(first, second)) continue;
      std::vector<std::string> writes;
      for (std::size_t k = first.index + 1; k < second.index; ++k) {
        const Access& a = history_.accesses()[k];
        if (a.process == violation_.process || a.event.kind != Kind::kWrite) continue;
        if (a.event.address == first.event.address || a.event.address == second.event.address) {
          writes.push_back(fmt::format("{} wrote {} {}", Who(a.process), Equation(a), AtStep(a)));
        }
      }
      if (writes.empty()) continue;
      Name("torn read");
      SayOrigins();
      Say(fmt::format("{}, read {}, and {}, read {}, never stood there together: in between {}.",
                      Equation(first), AtStep(first), Equation(second), AtStep(second),
                      fmt::join(writes, ", ")));
      return true;
    }
    return false;
  }

 private:
  struct Origin {
    std::string local;  // "": read in the expression itself
    const Access* read;
  };

  // In the order of the reads.
  void Collect(const Expr& failed, const FailedStep& step) {
    const std::vector<CodeLocation>& locations = program_.CodeOf(violation_.process).locations;
    Flow& flow = history_.FlowOf(violation_.process);
    std::set<const Symbol*> seen;
    VisitExpressions(failed, [&](const Expr& e) {
      if (e.kind != ExprKind::kName || e.symbol == nullptr ||
          e.symbol->kind != SymbolKind::kLocal || !seen.insert(e.symbol).second) {
        return;
      }
      const auto reg = step.RegisterOf(*e.symbol);
      if (!reg) return;
      const Access* read = history_.LastBefore(End(), [&](const Access& a) {
        return a.process == violation_.process && a.event.kind == Kind::kRead &&
               flow.ToRegister(a.event.location, *reg);
      });
      if (read != nullptr) origins_.push_back({e.symbol->name, read});
    });
    for (const Access& a : history_.accesses()) {
      if (a.process != violation_.process || a.event.kind != Kind::kRead) continue;
      const SourceRange& range = locations[a.event.location].range;
      if (range.begin >= failed.range.begin && range.end <= failed.range.end &&
          a.step + 8 > static_cast<int>(trace_.steps.size())) {
        origins_.push_back({"", &a});
      }
    }
    std::stable_sort(origins_.begin(), origins_.end(), [](const Origin& a, const Origin& b) {
      return a.read->index < b.read->index;
    });
  }

  // Whether both values stood in memory at one moment between the two reads.
  bool StoodTogether(const Access& first, const Access& second) const {
    for (int step = first.step - 1; step < second.step; ++step) {
      const std::vector<int64_t>& state = StateAfter(static_cast<std::size_t>(std::max(step, 0)));
      if (state[first.event.address] == first.event.value &&
          state[second.event.address] == second.event.value) {
        return true;
      }
    }
    return false;
  }

  std::vector<Origin> origins_;
};

}  // namespace

bool ExplainTornRead(ExplainContext& context, const Expr& failed, const FailedStep& step) {
  return OriginNarrator(context, failed, step).Torn();
}

void ExplainOrigins(ExplainContext& context, const Expr& failed, const FailedStep& step) {
  OriginNarrator(context, failed, step).SayOrigins();
}

}  // namespace interleave
