#include "model/liveness/lasso.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "model/liveness/truth_watcher.h"

namespace interleave {
namespace {

constexpr uint32_t kNowhere = UINT32_MAX;

// What a loop needs. Its marks are those of the automaton, then a bit for each weakly fair process,
// then two for each strongly fair one: it moved, it was owed a step.
class LoopMarks {
 public:
  // `marks`: so many the automaton has.
  LoopMarks(const RunProduct& product, std::size_t marks, LassoFault fault)
      : product_(product), fault_(fault) {
    needed_ = (uint64_t{1} << marks) - 1;
    int bit = static_cast<int>(marks);
    const std::vector<Fairness>& fairness = product.graph().fairness;
    for (std::size_t p = 0; p < fairness.size(); ++p) {
      Fairness fair = fault == LassoFault::kNoFairness ? Fairness::kNone : fairness[p];
      if (fault == LassoFault::kStrongIsWeak && fair == Fairness::kStrong) fair = Fairness::kWeak;
      if (fair == Fairness::kWeak) {
        weak_.emplace_back(uint64_t{1} << p, uint64_t{1} << bit);
        needed_ |= uint64_t{1} << bit++;
      } else if (fair == Fairness::kStrong) {
        strong_.push_back({uint64_t{1} << p, uint64_t{1} << bit, uint64_t{2} << bit});
        bit += 2;
      }
    }
  }

  uint64_t Of(uint32_t node, const RunProduct::Step& step) const {
    const int who = product_.Mover(step);
    const uint64_t mover = who < 0 ? 0 : uint64_t{1} << who;
    const uint64_t owed = product_.graph().owed[product_.state(node)];
    uint64_t marks = step.marks;
    if (fault_ == LassoFault::kMarksOnStates)
      product_.ForEachStep(node, [&](const RunProduct::Step& other) { marks |= other.marks; });
    for (const auto& [process, bit] : weak_) {
      if ((mover & process) != 0 || (owed & process) == 0) marks |= bit;
    }
    for (const Strong& strong : strong_) {
      if ((mover & strong.process) != 0) marks |= strong.moved;
      if ((owed & strong.process) != 0) marks |= strong.owed;
    }
    return marks;
  }

  // Of a loop: whether it is accepted and fair.
  bool IsEnough(uint64_t marks) const {
    if (fault_ == LassoFault::kAnyLoop) return true;
    return (marks & needed_) == needed_ &&
           std::all_of(strong_.begin(), strong_.end(), [&](const Strong& strong) {
             return (marks & strong.moved) != 0 || (marks & strong.owed) == 0;
           });
  }
  // Of a component: whether taking it apart cannot help.
  bool LacksWeak(uint64_t marks) const { return (marks & needed_) != needed_; }
  // Processes that are owed a step there and never move.
  uint64_t OwedInVain(uint64_t marks) const {
    uint64_t processes = 0;
    for (const Strong& strong : strong_) {
      if ((marks & strong.moved) == 0 && (marks & strong.owed) != 0) processes |= strong.process;
    }
    return processes;
  }
  // What a loop of the component can need: all that it has but that a step is owed.
  uint64_t Wanted(uint64_t marks) const {
    uint64_t wanted = needed_;
    for (const Strong& strong : strong_) wanted |= marks & strong.moved;
    return wanted;
  }
  bool LeavesOut(const RunProduct::Step& step) const {
    return fault_ == LassoFault::kNoStutter && step.step == kNoStep;
  }

 private:
  struct Strong {
    uint64_t process, moved, owed;
  };

  const RunProduct& product_;
  const LassoFault fault_;
  uint64_t needed_ = 0;
  std::vector<std::pair<uint64_t, uint64_t>> weak_;  // process, mark
  std::vector<Strong> strong_;
};

// The components that hold an accepted fair run.
class FairComponents {
 public:
  FairComponents(const RunProduct& product, const LoopMarks& marks, const GoesOn& goes_on)
      : product_(product), marks_(marks), goes_on_(goes_on) {}

  // False: it did not come to the end.
  bool Find() {
    const uint32_t size = product_.size();
    region_.assign(size, 1);
    index_.assign(size, 0);
    low_.assign(size, 0);
    component_.assign(size, kNowhere);
    std::vector<uint32_t> all(size);
    for (uint32_t node = 0; node < size; ++node) all[node] = node;
    todo_.emplace_back(std::move(all));
    while (!todo_.empty()) {
      const std::vector<uint32_t> nodes = std::move(todo_.back());
      todo_.pop_back();
      const uint32_t region = region_[nodes.front()];
      for (const uint32_t node : nodes) index_[node] = 0;
      next_index_ = 0;
      for (const uint32_t node : nodes) {
        if (index_[node] == 0 && !Walk(node, region)) return false;
      }
    }
    return true;
  }

  // kNowhere: of none.
  uint32_t of(uint32_t node) const { return component_[node]; }
  uint64_t marks(uint32_t component) const { return found_[component]; }
  bool any() const { return !found_.empty(); }

 private:
  struct Frame {
    uint32_t node;
    std::size_t next;  // into waiting_
    std::size_t end;
  };

  // R. Tarjan, "Depth-first search and linear graph algorithms", 1972, without recursion.
  bool Walk(uint32_t root, uint32_t region) {
    Enter(root, region);
    while (!frames_.empty()) {
      if (++steps_ % 65536 == 0 && !goes_on_()) return false;
      Frame& frame = frames_.back();
      if (frame.next < frame.end) {
        const uint32_t to = waiting_[frame.next++];
        if (index_[to] == 0) {
          Enter(to, region);
        } else if (is_open_[to]) {
          low_[frame.node] = std::min(low_[frame.node], index_[to]);
        }
        continue;
      }
      const uint32_t node = frame.node;
      frames_.pop_back();
      waiting_.resize(frames_.empty() ? 0 : frames_.back().end);
      if (!frames_.empty())
        low_[frames_.back().node] = std::min(low_[frames_.back().node], low_[node]);
      if (low_[node] == index_[node]) Close(node);
    }
    return true;
  }

  void Enter(uint32_t node, uint32_t region) {
    index_[node] = low_[node] = ++next_index_;
    if (is_open_.size() < product_.size()) is_open_.resize(product_.size(), false);
    is_open_[node] = true;
    open_.push_back(node);
    const std::size_t begin = waiting_.size();
    product_.ForEachStep(node, [&](const RunProduct::Step& step) {
      if (!marks_.LeavesOut(step) && region_[step.to] == region) waiting_.push_back(step.to);
    });
    frames_.push_back({node, begin, waiting_.size()});
  }

  void Close(uint32_t root) {
    std::vector<uint32_t> nodes;
    do {
      nodes.push_back(open_.back());
      is_open_[open_.back()] = false;
      open_.pop_back();
    } while (nodes.back() != root);
    const uint32_t own = ++last_region_;
    for (const uint32_t node : nodes) region_[node] = own;
    uint64_t found = 0;
    bool has_step = false;
    for (const uint32_t node : nodes) {
      product_.ForEachStep(node, [&](const RunProduct::Step& step) {
        if (marks_.LeavesOut(step) || region_[step.to] != own) return;
        has_step = true;
        found |= marks_.Of(node, step);
      });
    }
    if (!has_step || marks_.LacksWeak(found)) return;
    const uint64_t in_vain = marks_.OwedInVain(found);
    if (in_vain == 0) {
      for (const uint32_t node : nodes) component_[node] = static_cast<uint32_t>(found_.size());
      found_.push_back(found);
      return;
    }
    std::vector<uint32_t> rest;
    for (const uint32_t node : nodes) {
      const bool is_owed = (product_.graph().owed[product_.state(node)] & in_vain) != 0;
      if (is_owed) {
        region_[node] = 0;
      } else {
        rest.push_back(node);
      }
    }
    std::sort(rest.begin(), rest.end());
    if (!rest.empty()) todo_.push_back(std::move(rest));
  }

  const RunProduct& product_;
  const LoopMarks& marks_;
  const GoesOn& goes_on_;
  std::vector<std::vector<uint32_t>> todo_;  // nodes of one region each
  std::vector<uint32_t> region_;             // 0: left out
  uint32_t last_region_ = 1;
  std::vector<uint32_t> index_, low_;
  uint32_t next_index_ = 0;
  std::vector<bool> is_open_;
  std::vector<uint32_t> open_;
  std::vector<Frame> frames_;
  std::vector<uint32_t> waiting_;
  uint64_t steps_ = 0;
  std::vector<uint32_t> component_;
  std::vector<uint64_t> found_;
};

class LassoFinder {
 public:
  LassoFinder(const RunProduct& product, const LoopMarks& marks, const FairComponents& components,
              const LassoLimits& limits)
      : product_(product), marks_(marks), components_(components), limits_(limits) {}

  Lasso Find() {
    std::vector<uint32_t> nodes;  // by depth, since that is how they are numbered
    for (uint32_t node = 0; node < product_.size(); ++node) {
      if (components_.of(node) != kNowhere) nodes.push_back(node);
    }
    Greedy(nodes.front());
    bool is_shortest = true;
    for (const uint32_t node : nodes) {
      const std::size_t depth = product_.depth(node);
      if (depth + 1 >= best_) break;
      const std::size_t length = ShortestLoop(node, best_ - 1 - depth);
      if (is_out_) {
        is_shortest = false;
        break;
      }
      if (length > 0) best_ = depth + length;
    }
    if (is_shortest) is_shortest = FewestSwitches(nodes);
    lasso_.is_shortest = is_shortest;
    return std::move(lasso_);
  }

 private:
  bool Works() {
    if (++work_ < limits_.work && (work_ % 65536 != 0 || limits_.goes_on())) return true;
    is_out_ = true;
    return false;
  }

  // Some loop: to the nearest step with a mark that is missing, again and again, and back.
  void Greedy(uint32_t first) {
    const uint32_t component = components_.of(first);
    const uint64_t wanted = marks_.Wanted(components_.marks(component));
    std::vector<uint64_t> loop;
    uint32_t at = first;
    uint64_t have = 0;
    while ((wanted & ~have) != 0 || loop.empty()) {
      if (!Nearest(
              at, component, loop,
              [&](uint32_t node, const RunProduct::Step& step) {
                const uint64_t marks = marks_.Of(node, step);
                return (wanted & ~have) == 0 || (marks & wanted & ~have) != 0;
              },
              have))
        break;
    }
    if (at != first) {
      Nearest(
          at, component, loop,
          [&](uint32_t, const RunProduct::Step& step) { return step.to == first; }, have);
    }
    RunStem stem = StemFinder(product_, product_.depth(first)).BestTo(first);
    lasso_.start = stem.start;
    lasso_.stem = std::move(stem.steps);
    lasso_.loop = std::move(loop);
    best_ = lasso_.length();
  }

  // Goes on from `at`, within the component, over the first step that is wanted.
  template <class IsWanted>
  bool Nearest(uint32_t& at, uint32_t component, std::vector<uint64_t>& loop, IsWanted is_wanted,
               uint64_t& have) {
    std::unordered_map<uint32_t, std::pair<uint32_t, uint64_t>> before;  // node: node, step
    std::vector<uint32_t> queue = {at};
    before[at] = {kNowhere, kNoStep};
    for (std::size_t i = 0; i < queue.size(); ++i) {
      const uint32_t node = queue[i];
      uint32_t to = kNowhere;
      uint64_t last = kNoStep;
      product_.ForEachStep(node, [&](const RunProduct::Step& step) {
        if (to != kNowhere || components_.of(step.to) != component || marks_.LeavesOut(step))
          return;
        if (is_wanted(node, step)) {
          to = step.to;
          last = step.step;
        } else if (before.try_emplace(step.to, node, step.step).second) {
          queue.push_back(step.to);
        }
      });
      if (to == kNowhere) continue;
      std::vector<uint64_t> way = {last};
      std::vector<uint32_t> nodes = {node};
      for (uint32_t n = node; before[n].first != kNowhere; n = before[n].first) {
        way.push_back(before[n].second);
        nodes.push_back(before[n].first);
      }
      // What the way carries is what its steps carry.
      for (std::size_t k = way.size(); k-- > 0;) {
        loop.push_back(way[k]);
        const uint32_t next = k == 0 ? to : nodes[k - 1];
        product_.ForEachStep(nodes[k], [&](const RunProduct::Step& step) {
          if (step.to == next && step.step == way[k]) have |= marks_.Of(nodes[k], step);
        });
      }
      at = to;
      return true;
    }
    return false;
  }

  // The length of a shortest loop through `first`, at most `most`; 0: there is none.
  std::size_t ShortestLoop(uint32_t first, std::size_t most) {
    const uint32_t component = components_.of(first);
    std::vector<std::pair<uint32_t, uint64_t>> visited = {{first, 0}};  // node, marks
    Seen seen;
    std::size_t begin = 0;
    for (std::size_t length = 1; length <= most; ++length) {
      const std::size_t end = visited.size();
      for (std::size_t i = begin; i < end; ++i) {
        const uint32_t node = visited[i].first;
        const uint64_t have = visited[i].second;
        bool is_found = false;
        product_.ForEachStep(node, [&](const RunProduct::Step& step) {
          if (is_out_ || components_.of(step.to) != component || marks_.LeavesOut(step)) return;
          if (!Works()) return;
          const uint64_t marks = have | marks_.Of(node, step);
          if (step.to == first && marks_.IsEnough(marks)) is_found = true;
          if (seen.insert({step.to, marks}).second) visited.emplace_back(step.to, marks);
        });
        if (is_out_) return 0;
        if (is_found) return length;
      }
      begin = end;
      if (begin == visited.size()) break;
    }
    return 0;
  }

  // Of the shortest lassos the one with the fewest switches. False: there was no time for that.
  bool FewestSwitches(const std::vector<uint32_t>& nodes) {
    const StemFinder stems(product_, static_cast<uint32_t>(best_));
    fewest_ = UINT32_MAX;
    for (const uint32_t node : nodes) {
      const std::size_t depth = product_.depth(node);
      if (depth + 1 > best_) break;
      LoopWithFewest(node, best_ - depth, stems);
      if (is_out_) return fewest_ != UINT32_MAX;
    }
    return true;
  }

  // Loops through `first` of this length: keeps the one with the fewest switches if it is better
  // than what is kept.
  void LoopWithFewest(uint32_t first, std::size_t length, const StemFinder& stems) {
    const uint32_t component = components_.of(first);
    const std::vector<uint32_t> ways = stems.WaysTo(first);
    std::vector<WaySearch::Way> begin;
    begin.reserve(ways.size());
    for (const uint32_t way : ways)
      begin.push_back({first, stems[way].last, 0, stems[way].switches});
    WaySearch search(product_, std::move(begin));
    for (std::size_t done = 0; done < length && search.begin() < search.end(); ++done) {
      search.Advance(
          [&](const WaySearch::Way& from, const RunProduct::Step& step, uint64_t& marks) {
            if (is_out_ || components_.of(step.to) != component || marks_.LeavesOut(step))
              return false;
            if (from.switches > fewest_ || !Works()) return false;
            marks |= marks_.Of(from.node, step);
            return true;
          });
      if (is_out_) return;
    }
    for (std::size_t way = search.begin(); way < search.end(); ++way) {
      const WaySearch::Way& end = search[way];
      if (end.node != first || !marks_.IsEnough(end.marks) || end.switches > fewest_) continue;
      Lasso lasso;
      std::size_t stem_way = 0;
      lasso.loop = search.Steps(way, &stem_way);
      RunStem stem = stems.Stem(ways[stem_way]);
      lasso.start = stem.start;
      lasso.stem = std::move(stem.steps);
      if (end.switches < fewest_ || Order(lasso) < Order(lasso_)) lasso_ = std::move(lasso);
      fewest_ = end.switches;
    }
  }

  // Where a lasso stands among those of one length: who moves, with which outcome.
  std::vector<std::pair<int, uint32_t>> Order(const Lasso& lasso) const {
    std::vector<std::pair<int, uint32_t>> order;
    for (const std::vector<uint64_t>* part : {&lasso.stem, &lasso.loop}) {
      for (const uint64_t step : *part) {
        if (step == kNoStep) {
          order.emplace_back(-1, 0);
        } else {
          const GraphStep& taken = product_.graph().steps[step];
          order.emplace_back(taken.process, taken.outcome);
        }
      }
    }
    return order;
  }

  struct PairHash {
    std::size_t operator()(const std::pair<uint32_t, uint64_t>& pair) const {
      const uint64_t h = (pair.first + (pair.second << 20)) * 0x9E3779B97F4A7C15U;
      return static_cast<std::size_t>(h ^ (h >> 29));
    }
  };
  using Seen = std::unordered_set<std::pair<uint32_t, uint64_t>, PairHash>;

  const RunProduct& product_;
  const LoopMarks& marks_;
  const FairComponents& components_;
  const LassoLimits& limits_;
  uint64_t work_ = 0;
  bool is_out_ = false;
  std::size_t best_ = 0;
  uint32_t fewest_ = UINT32_MAX;  // switches of the lasso that is kept
  Lasso lasso_;
};

}  // namespace

// Finds a lasso in the product; nothing where there is none, or where a limit is met, which
// `complete` says.
static std::optional<Lasso> LassoIn(const RunProduct& product, std::size_t automaton_marks,
                                    const LassoLimits& limits, LassoFault fault, bool* complete) {
  const LoopMarks marks(product, automaton_marks, fault);
  FairComponents components(product, marks, limits.goes_on);
  *complete = product.size() == 0 || components.Find();
  if (!*complete || !components.any()) return std::nullopt;
  return LassoFinder(product, marks, components, limits).Find();
}

LassoSearch FindLasso(const RunGraph& graph, const Formula& formula, const LassoLimits& limits,
                      LassoFault fault) {
  LassoSearch search;
  const std::optional<Automaton> automaton = MakeAutomaton(formula, true);
  if (!automaton) {
    search.refusal = fmt::format("its automaton has more than {} states", kMostAutomatonStates);
    return search;
  }
  std::size_t bits = automaton->marks;
  for (const Fairness fairness : graph.fairness)
    bits += fairness == Fairness::kWeak ? 1 : fairness == Fairness::kStrong ? 2 : 0;
  if (bits > 64) {
    search.refusal = "too many processes are owed steps";
    return search;
  }
  const AutomatonWatcher watcher(graph, *automaton);
  RunProduct product(graph, watcher);
  if (!product.Explore(limits.goes_on)) return search;
  search.nodes = product.size();
  search.lasso = LassoIn(product, automaton->marks, limits, fault, &search.complete);
  if (!search.lasso) return search;
  // There is one. The shortest of all is at most as long; where that is not found in time, this one
  // is shown.
  search.lasso->is_shortest = false;
  const std::optional<TruthWatcher> truth = TruthWatcher::Of(graph, formula);
  constexpr std::size_t kMostNodes = 1U << 28;
  if (!truth || std::size_t{graph.size()} * truth->size() > kMostNodes) return search;
  RunProduct exact(graph, *truth);
  if (!exact.Explore(limits.goes_on, static_cast<uint32_t>(search.lasso->length()))) return search;
  bool complete = false;
  std::optional<Lasso> shortest = LassoIn(exact, truth->marks(), limits, fault, &complete);
  if (shortest && shortest->length() <= search.lasso->length()) search.lasso = std::move(shortest);
  return search;
}

}  // namespace interleave
