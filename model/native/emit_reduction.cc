// What partial-order reduction asks of a step: the units it touches, whether it is visible, whether
// a claim of partial_order.h is broken by it, and which gates are closed.

#include <fmt/format.h>

#include "model/native/search_emitter.h"
#include "sim/program/c_text.h"

namespace interleave {

void SearchEmitter::CheckClaims(uint32_t to) {
  const auto process = static_cast<int>(process_ - program_.processes.data());
  const std::size_t points = process_code_->points.size();
  std::string visible;
  for (uint32_t from = 1; from < points; ++from) {
    if (partial_order_->IsVisible(process, from, to))
      visible += fmt::format(" | (from == {})", from);
    const PointFacts& facts = partial_order_->point(process, from);
    if (facts.counting.kind == Counting::Kind::kAdd) {
      const std::string after = Get(facts.counting.slot);
      const std::string is_high = facts.counting.is_bounded
                                      ? fmt::format(" || {} > {}", after, Counting::kMostCounted)
                                      : "";
      Line("    if (from == {} && IL_UNLIKELY({} < {}{})) info->broken |= {};", from, after,
           Get(facts.counting.slot, "s"), is_high,
           static_cast<int>(PartialOrder::Broken::kCounter));
    }
    for (const PartialOrder::Claim& claim : partial_order_->claims(process, from)) {
      if (claim.to != to) continue;
      Line("    if (from == {} && IL_UNLIKELY({} {}{} {})) info->broken |= {};", from,
           Get(claim.slot_after), claim.shrinks ? ">" : "<", claim.is_strict ? "=" : "",
           Get(claim.slot_before, "s"), static_cast<int>(PartialOrder::Broken::kLocal));
    }
  }
  if (!visible.empty()) Line("    visible |= 0{};", visible);
}

void SearchEmitter::Touch(const char* set, const Cell& cell) {
  if (partial_order_ == nullptr) return;
  const FootprintUnits& units = partial_order_->units();
  const uint64_t first = units.Of(cell.first);
  bool same = true;
  for (uint32_t k = 1; k < cell.count; ++k) same = same && units.Of(cell.first + k) == first;
  if (cell.index.empty() || same) {
    if (first != 0) Line("  {} |= {}ul;", set, first);
    return;
  }
  needs_units_ = true;
  Line("  {} |= il_unit[{} + {}];", set, cell.first, cell.index);
}

void SearchEmitter::TouchRead(const Cell& cell) {
  if (partial_order_ == nullptr) return;
  Touch(partial_order_->units().is_watched[cell.first] != 0 ? "wr" : "rd", cell);
}

void SearchEmitter::ClosedGates() {
  Line("u64 il_closed(const u64 *n) {{");
  Line("  u64 closed = 0;");
  for (std::size_t g = 0; g < partial_order_->gates().size(); ++g) {
    const Gate& gate = partial_order_->gates()[g];
    Line("  if (!({} {} {})) closed |= 1ul << {};", Get(gate.slot), OperatorText(gate.op),
         CLiteral(gate.bound), g);
  }
  Line("  return closed;");
  Line("}}");
}

}  // namespace interleave
