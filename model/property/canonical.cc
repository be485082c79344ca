#include "model/property/canonical.h"

#include <algorithm>
#include <unordered_map>

namespace interleave {
namespace {

constexpr uint32_t kNever = UINT32_MAX;

}  // namespace

std::optional<CanonicalRun> FindCanonical(ProgramSystem& system, StateStore& store,
                                          const std::vector<uint32_t>& level_starts,
                                          const CanonicalTarget& target,
                                          const std::function<bool()>& keep_going) {
  const auto actors = static_cast<std::size_t>(system.actor_count());
  const auto level_begin = [&](uint64_t level) {
    return level < level_starts.size() ? level_starts[static_cast<std::size_t>(level)]
                                       : store.size();
  };
  std::vector<int64_t> state(system.state_words());
  // cost[n * actors + a]: fewest switches after the step, when `a` moves next from the n-th useful
  // state of its level. kNever: that way leads nowhere. A state at the end has cost 0 for all.
  struct Layer {
    std::unordered_map<uint32_t, uint32_t> row;  // state -> row
    std::vector<uint32_t> cost;
  };
  std::vector<Layer> layers(static_cast<std::size_t>(target.length) + 1);

  // Switches that remain after `actor` has moved into `number` of `layer`.
  const auto remaining = [&](const Layer& layer, uint32_t number, std::size_t actor,
                             bool at_end) -> uint32_t {
    const auto it = layer.row.find(number);
    if (it == layer.row.end()) return kNever;
    if (at_end) return 0;
    uint32_t best = kNever;
    for (std::size_t a = 0; a < actors; ++a) {
      const uint32_t cost = layer.cost[it->second * actors + a];
      if (cost != kNever) best = std::min(best, cost + (a != actor));
    }
    return best;
  };

  if (target.is_state) {
    Layer& last = layers.back();
    for (uint32_t n = level_begin(target.length); n < level_begin(target.length + 1); ++n) {
      if (n % 4096 == 0 && !keep_going()) return std::nullopt;
      store.Get(n, state.data());
      if (target.is_state(state.data()))
        last.row.emplace(n, static_cast<uint32_t>(last.row.size()));
    }
  }
  for (uint64_t level = target.length; level-- > 0;) {
    Layer& layer = layers[static_cast<std::size_t>(level)];
    const Layer& next_layer = layers[static_cast<std::size_t>(level) + 1];
    const bool next_is_end = level + 1 == target.length;
    std::vector<uint32_t> row(actors);
    for (uint32_t n = level_begin(level); n < level_begin(level + 1); ++n) {
      if (n % 4096 == 0 && !keep_going()) return std::nullopt;
      store.Get(n, state.data());
      std::fill(row.begin(), row.end(), kNever);
      bool useful = false;
      system.ForEachSuccessor(state.data(), [&](const int64_t* next, const Successor& successor) {
        const auto actor = static_cast<std::size_t>(successor.choice.actor);
        uint32_t cost = kNever;
        if (next_is_end && target.is_step && target.is_step(successor)) cost = 0;
        if (successor.status == StepStatus::kOk && successor.violated_observer < 0 &&
            !next_layer.row.empty()) {
          const uint32_t number = store.Find(next);
          if (number != StateStore::kNone)
            cost = std::min(cost, remaining(next_layer, number, actor, next_is_end));
        }
        row[actor] = std::min(row[actor], cost);
        useful = useful || cost != kNever;
      });
      if (!useful) continue;
      layer.row.emplace(n, static_cast<uint32_t>(layer.row.size()));
      layer.cost.insert(layer.cost.end(), row.begin(), row.end());
    }
  }

  // The best initial state; ties go to the first.
  uint32_t current = StateStore::kNone;
  uint32_t best = kNever;
  for (uint32_t n = level_begin(0); n < level_begin(1); ++n) {
    const auto it = layers[0].row.find(n);
    if (it == layers[0].row.end()) continue;
    uint32_t cost = 0;
    if (target.length > 0) {
      cost = kNever;
      for (std::size_t a = 0; a < actors; ++a)
        cost = std::min(cost, layers[0].cost[it->second * actors + a]);
    }
    if (cost < best) {
      best = cost;
      current = n;
    }
  }
  if (current == StateStore::kNone) return std::nullopt;
  CanonicalRun run;
  run.initial.resize(system.state_words());
  store.Get(current, run.initial.data());
  std::size_t last = actors;  // nobody
  for (uint64_t level = 0; level < target.length; ++level) {
    const Layer& layer = layers[static_cast<std::size_t>(level)];
    const Layer& next_layer = layers[static_cast<std::size_t>(level) + 1];
    const bool next_is_end = level + 1 == target.length;
    const uint32_t row = layer.row.at(current);
    const auto total = [&](std::size_t a) {
      const uint32_t cost = layer.cost[row * actors + a];
      return cost == kNever ? kNever : cost + (last != actors && a != last);
    };
    std::size_t actor = 0;
    for (std::size_t a = 1; a < actors; ++a) {
      if (total(a) < total(actor)) actor = a;
    }
    const uint32_t cost = layer.cost[row * actors + actor];
    store.Get(current, state.data());
    bool found = false;
    uint32_t next_number = StateStore::kNone;
    Choice choice;
    system.ForEachOutcome(
        state.data(), static_cast<int>(actor),
        [&](const int64_t* next, const Successor& successor) {
          if (found) return;
          if (next_is_end && target.is_step && target.is_step(successor) && cost == 0) {
            found = true;
          } else if (successor.status == StepStatus::kOk && successor.violated_observer < 0 &&
                     !next_layer.row.empty()) {
            next_number = store.Find(next);
            found = next_number != StateStore::kNone &&
                    remaining(next_layer, next_number, actor, next_is_end) == cost;
          }
          if (found) choice = successor.choice;
        });
    run.choices.push_back(choice);
    current = next_number;
    last = actor;
  }
  return run;
}

}  // namespace interleave
