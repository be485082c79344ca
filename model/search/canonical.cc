#include "model/search/canonical.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

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
        const auto actor = Actors::NumberOf(successor.choice.actor);
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

  // Forwards with all states that a best run with this order of processes can be in: which one is
  // taken must not decide the order of processes that follows.
  struct Node {
    uint32_t number = StateStore::kNone;  // kNone: behind a step that breaks something
    std::size_t parent = 0;
    Choice choice;
  };
  std::vector<std::vector<Node>> fronts(1);
  uint32_t best = kNever;
  for (uint32_t n = level_begin(0); n < level_begin(1); ++n) {
    const auto it = layers[0].row.find(n);
    if (it == layers[0].row.end()) continue;
    uint32_t cost = 0;
    if (target.length > 0) {
      cost = kNever;
      for (std::size_t a = 0; a < actors; ++a) {
        cost = std::min(cost, layers[0].cost[it->second * actors + a]);
      }
    }
    if (cost < best) fronts[0].clear();
    best = std::min(best, cost);
    if (cost == best) fronts[0].push_back({n, 0, {}});
  }
  if (fronts[0].empty()) return std::nullopt;
  std::size_t last = actors;  // nobody
  for (uint64_t level = 0; level < target.length; ++level) {
    const Layer& layer = layers[static_cast<std::size_t>(level)];
    const Layer& next_layer = layers[static_cast<std::size_t>(level) + 1];
    const bool next_is_end = level + 1 == target.length;
    const std::vector<Node>& front = fronts.back();
    const auto cost_of = [&](const Node& node, std::size_t a) {
      return layer.cost[layer.row.at(node.number) * actors + a];
    };
    const auto total = [&](const Node& node, std::size_t a) {
      const uint32_t cost = cost_of(node, a);
      return cost == kNever ? kNever : cost + (last != actors && a != last);
    };
    // The cheapest actor, of equals the smallest.
    std::size_t actor = 0;
    uint32_t least = kNever;
    for (std::size_t a = 0; a < actors; ++a) {
      for (const Node& node : front) {
        if (total(node, a) >= least) continue;
        least = total(node, a);
        actor = a;
      }
    }
    std::vector<Node> next_front;
    std::unordered_set<uint32_t> seen;
    for (std::size_t k = 0; k < front.size(); ++k) {
      if (k % 4096 == 0 && !keep_going()) return std::nullopt;
      if (total(front[k], actor) != least) continue;
      const uint32_t cost = cost_of(front[k], actor);
      store.Get(front[k].number, state.data());
      system.ForEachOutcome(
          state.data(), system.program().actors()[actor],
          [&](const int64_t* next, const Successor& successor) {
            if (next_is_end && target.is_step && target.is_step(successor)) {
              if (cost == 0) next_front.push_back({StateStore::kNone, k, successor.choice});
              return;
            }
            if (successor.status != StepStatus::kOk || successor.violated_observer >= 0) return;
            const uint32_t number = store.Find(next);
            if (number == StateStore::kNone || !next_layer.row.contains(number)) return;
            if (remaining(next_layer, number, actor, next_is_end) != cost) return;
            if (seen.insert(number).second) next_front.push_back({number, k, successor.choice});
          });
    }
    fronts.push_back(std::move(next_front));
    last = actor;
  }
  CanonicalRun run;
  std::size_t at = 0;
  for (std::size_t level = fronts.size(); level-- > 1;) {
    run.choices.push_back(fronts[level][at].choice);
    at = fronts[level][at].parent;
  }
  std::reverse(run.choices.begin(), run.choices.end());
  run.initial.resize(system.state_words());
  store.Get(fronts[0][at].number, run.initial.data());
  return run;
}

}  // namespace interleave
