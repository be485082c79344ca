// What would surprise: states are still expanded many at a time, so that the table's memory is
// asked for ahead; but what is new is taken in the order in which it was made. A state with a step
// that is the interpreter's ends such a round, and is expanded alone.

#include "model/native/ordered_explorer.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <mutex>
#include <set>
#include <unordered_set>
#include <utility>

#include "model/native/expander.h"
#include "model/native/frontier.h"
#include "model/native/packed_table.h"

namespace interleave {
namespace {

constexpr uint64_t kOrderedAskEvery = 8192;                // expanded states
constexpr uint64_t kOrderedAskWithin = uint64_t{1} << 20;  // transitions

// What compiled steps do not do alone is not done here at all: the hooks expand the state.
SlowPath NoSlowPath(const OrderedHooks& hooks) {
  SlowPath slow;
  slow.partial_order = hooks.partial_order;
  slow.symmetry = hooks.symmetry;
  slow.step = [](const int64_t*, int, std::vector<SlowSuccessor>&) { return false; };
  slow.try_step = [](const int64_t*, int, ProcessMove&, std::vector<SlowSuccessor>&) {
    return false;
  };
  slow.follow = [](const int64_t*, uint32_t, SlowSuccessor&) { return false; };
  slow.is_no_deadlock = [](const int64_t*) { return false; };
  return slow;
}

template <std::size_t kWords>
class OrderedOfWords : public OrderedExplorer {
 public:
  OrderedOfWords(const Program& program, const FieldLayout& layout, const NativeSteps& steps,
                 OrderedHooks hooks)
      : layout_(layout),
        steps_(steps),
        hooks_(std::move(hooks)),
        slow_(NoSlowPath(hooks_)),
        expander_(program, layout, steps, slow_, mutex_, nothing_aside_),
        table_(layout.word_bits()),
        states_(layout.bytes()),
        state_(layout.fields().size()) {}

  NativeResult Run(const std::vector<std::vector<int64_t>>& initials) override {
    Look();
    for (const std::vector<int64_t>& initial : initials) {
      Packed packed;
      if (!Pack(initial.data(), packed)) return End(NativeResult::End::kMisfit);
      if (table_.Insert(table_.Scramble(packed.data()))) states_.Push(packed.data(), free_);
    }
    level_starts_ = {0, states_.size()};
    end_ = NativeResult::End::kComplete;
    while (next_ < states_.size()) {
      if (next_ == level_starts_.back()) {
        level_starts_.push_back(states_.size());
        ++depth_;
      }
      if (next_ == level_starts_[level_starts_.size() - 2]) {
        result_.depth = depth_;
        if (!hooks_.on_level(depth_)) return End(NativeResult::End::kStopped);
      }
      if (!Round() || !MayGoOn()) break;
    }
    return End(end_);
  }

  std::vector<std::vector<std::vector<int64_t>>> Toward(const OrderedTarget& target) override {
    // What was found already is looked for now.
    expander_.IgnoreErrors(false);
    expander_.IgnoreDeadlocks(false);
    std::vector<std::vector<std::vector<int64_t>>> useful(target.length + 1);
    Set next;
    bool goes_on = true;
    if (target.is_state) {
      goes_on = ForEachOfLevel(target.length, target.keep_going, [&](const Packed& state) {
        const bool may_be = target.is_deadlock
                                ? expander_.Expand(state.data()) != NativeResult::End::kComplete
                                : steps_.Broken(state.data()) != 0;
        if (!may_be) return;
        layout_.Unpack(state.data(), state_.data());
        if (target.is_state(state_.data())) Take(state, useful[target.length], next);
      });
    }
    for (uint64_t level = target.length; goes_on && level-- > 0;) {
      Set here;
      goes_on = ForEachOfLevel(level, target.keep_going, [&](const Packed& state) {
        if (LeadsTo(state, next, target, level + 1 == target.length)) {
          Take(state, useful[level], here);
        }
      });
      next = std::move(here);
    }
    if (!goes_on) useful.clear();
    return useful;
  }

 private:
  using Packed = std::array<uint64_t, kWords>;
  using Table = PackedTable<kWords>;
  using Entry = typename Table::Entry;
  struct HashOfPacked {
    std::size_t operator()(const Packed& state) const {
      uint64_t hash = 0;
      for (const uint64_t word : state) hash = (hash ^ word) * 0x9e3779b97f4a7c15U + (hash >> 29);
      return hash ^ (hash >> 32);
    }
  };
  using Set = std::unordered_set<Packed, HashOfPacked>;

  // What one expanded state of a round made.
  struct Made {
    std::size_t end = 0;  // in made_, states
    uint64_t transitions = 0;
  };

  static void Copy(const uint64_t* from, Packed& to) { std::copy(from, from + kWords, to.begin()); }

  bool Pack(const int64_t* state, Packed& packed) {
    packed = {};
    if (layout_.Pack(state, packed.data()) < 0) return true;
    AddMisfits(layout_, state, result_.misfits);
    return false;
  }

  NativeResult End(NativeResult::End end) {
    result_.end = end;
    result_.states = states_.size();
    result_.memory_bytes = table_.memory_bytes() + states_.memory_bytes();
    const uint64_t broken = expander_.broken();
    if (broken != 0) {
      const bool by_local = (broken & static_cast<uint64_t>(PartialOrder::Broken::kLocal)) != 0;
      result_.broken = by_local ? PartialOrder::Broken::kLocal : PartialOrder::Broken::kCounter;
    }
    return result_;
  }

  // What the hooks know by now.
  void Look() {
    known_broken_ = hooks_.known_broken();
    expander_.IgnoreErrors(hooks_.knows_error());
    expander_.IgnoreDeadlocks(hooks_.knows_deadlock());
    stop_ = hooks_.stop();
  }

  // False when the search ends.
  bool Round() {
    const uint64_t level_end = level_starts_.back();
    bool is_slow = false;
    while (next_ < level_end && sorted_count_ * sizeof(Entry) < kRound &&
           (made_ends_.empty() || states_.size() + sorted_count_ <= hooks_.max_states)) {
      Packed state;
      states_.Get(next_, state.data());
      if (expander_.Expand(state.data()) != NativeResult::End::kComplete) {
        expander_.TakeTransitions();
        is_slow = true;
        break;
      }
      Sort();
      ++next_;
    }
    if (expander_.broken() != 0) {
      end_ = NativeResult::End::kGaveUp;
      return false;
    }
    Insert();
    if (!TakeNew()) return false;
    return !is_slow || ExpandSlowly();
  }

  void Sort() {
    for (std::size_t k = 0; k < expander_.count(); ++k) {
      const uint64_t* const state = expander_.made(k);
      const Entry entry = table_.Scramble(state);
      const std::size_t part = table_.PartOf(entry);
      sorted_[part].push_back(entry);
      numbers_[part].push_back(static_cast<uint32_t>(sorted_count_++));
      made_.insert(made_.end(), state, state + kWords);
    }
    made_ends_.push_back({sorted_count_, expander_.TakeTransitions()});
  }

  void Insert() {
    is_new_.assign(sorted_count_, false);
    for (std::size_t part = 0; part < Table::kParts; ++part) {
      std::vector<Entry>& entries = sorted_[part];
      table_.InsertMany(part, entries.data(), entries.size(), [&](const Entry& entry) {
        is_new_[numbers_[part][static_cast<std::size_t>(&entry - entries.data())]] = true;
      });
      entries.clear();
      numbers_[part].clear();
    }
  }

  // In the order in which they were made. False when the search ends.
  bool TakeNew() {
    std::size_t at = 0;
    for (const Made& made : made_ends_) {
      for (; at < made.end; ++at) {
        if (is_new_[at]) Add(made_.data() + at * kWords);
      }
      ++expanded_;
      result_.transitions += made.transitions;
      if (stop_) break;
    }
    made_.clear();
    made_ends_.clear();
    sorted_count_ = 0;
    if (stop_) end_ = NativeResult::End::kStopped;
    return !stop_;
  }

  void Add(const uint64_t* state) {
    states_.Push(state, free_);
    if ((steps_.Broken(state) & ~known_broken_) != 0) [[unlikely]] {
      ++result_.slow_judgings;
      layout_.Unpack(state, state_.data());
      hooks_.judge(state_.data(), depth_ + 1);
      Look();
    }
    if (states_.size() > hooks_.max_states) {
      hooks_.too_many();
      Look();
    }
  }

  bool ExpandSlowly() {
    Packed state;
    states_.Get(next_, state.data());
    std::vector<int64_t> from(state_.size());
    layout_.Unpack(state.data(), from.data());
    bool fits = true;
    const uint64_t steps = hooks_.expand(
        from.data(), depth_,
        [&](const int64_t* next) {
          Packed packed;
          // All that does not fit is met before the layout is widened.
          if (!Pack(next, packed)) fits = false;
          if (fits && table_.Insert(table_.Scramble(packed.data()))) Add(packed.data());
        },
        [&] { return !stop_ && TellAndAsk(); });
    if (end_ == NativeResult::End::kLimit) return false;
    result_.transitions += steps;
    result_.slow_steps += steps;
    ++next_;
    ++expanded_;
    Look();
    if (!fits) end_ = NativeResult::End::kMisfit;
    if (fits && stop_) end_ = NativeResult::End::kStopped;
    return fits && !stop_;
  }

  bool MayGoOn() {
    if (expanded_ < ask_at_ && result_.transitions < ask_at_transitions_) return true;
    ask_at_ = expanded_ + kOrderedAskEvery;
    ask_at_transitions_ = result_.transitions + kOrderedAskWithin;
    return TellAndAsk();
  }

  bool TellAndAsk() {
    result_.memory_bytes = table_.memory_bytes() + states_.memory_bytes();
    if (hooks_.go_on({states_.size(), result_.transitions, states_.size() - next_, result_.depth,
                      result_.memory_bytes})) {
      return true;
    }
    end_ = NativeResult::End::kLimit;
    return false;
  }

  // False: `keep_going` said so.
  template <class Visit>
  bool ForEachOfLevel(uint64_t level, const std::function<bool()>& keep_going, Visit visit) {
    const uint64_t end =
        level + 1 < level_starts_.size() ? level_starts_[level + 1] : states_.size();
    for (uint64_t number = level_starts_[level]; number < end; ++number) {
      if (number % 4096 == 0 && !keep_going()) return false;
      Packed state;
      states_.Get(number, state.data());
      visit(state);
    }
    return true;
  }

  void Take(const Packed& state, std::vector<std::vector<int64_t>>& states, Set& set) {
    set.insert(state);
    states.emplace_back(state_.size());
    layout_.Unpack(state.data(), states.back().data());
  }

  bool LeadsTo(const Packed& state, const Set& next, const OrderedTarget& target, bool is_last) {
    if (expander_.Expand(state.data()) == NativeResult::End::kComplete) {
      if (next.empty()) return false;
      for (std::size_t k = 0; k < expander_.count(); ++k) {
        Packed made;
        Copy(expander_.made(k), made);
        if (next.contains(made)) return true;
      }
      return false;
    }
    std::vector<int64_t> from(state_.size());
    layout_.Unpack(state.data(), from.data());
    return target.leads(from.data(), is_last, [&](const int64_t* made) {
      Packed packed;
      return Pack(made, packed) && next.contains(packed);
    });
  }

  const FieldLayout& layout_;
  const NativeSteps& steps_;
  const OrderedHooks hooks_;
  const SlowPath slow_;
  std::mutex mutex_;
  const std::set<std::vector<int64_t>> nothing_aside_;
  Expander<kWords> expander_;
  Table table_;
  Frontier<kWords> states_;  // all, in the order they were found
  FreeBlocks free_;
  std::vector<uint64_t> level_starts_;  // as Explorer's
  uint64_t next_ = 0;                   // that is expanded next
  uint64_t depth_ = 0;
  NativeResult result_;
  NativeResult::End end_ = NativeResult::End::kComplete;
  uint64_t known_broken_ = 0;
  bool stop_ = false;
  uint64_t expanded_ = 0;
  uint64_t ask_at_ = kOrderedAskEvery;
  uint64_t ask_at_transitions_ = kOrderedAskWithin;
  std::vector<int64_t> state_;
  // Of one round: the successors in order, and sorted by parts of the table with their numbers.
  std::vector<uint64_t> made_;
  std::vector<Made> made_ends_;
  std::array<std::vector<Entry>, Table::kParts> sorted_;
  std::array<std::vector<uint32_t>, Table::kParts> numbers_;
  std::size_t sorted_count_ = 0;
  std::vector<uint8_t> is_new_;
  static constexpr std::size_t kRound = std::size_t{1} << 18;  // bytes
};

}  // namespace

std::unique_ptr<OrderedExplorer> MakeOrderedExplorer(const Program& program,
                                                     const FieldLayout& layout,
                                                     const NativeSteps& steps, OrderedHooks hooks) {
  const auto make = [&]<std::size_t kWords>() -> std::unique_ptr<OrderedExplorer> {
    return std::make_unique<OrderedOfWords<kWords>>(program, layout, steps, std::move(hooks));
  };
  switch (layout.words()) {
    case 1: return make.template operator()<1>();
    case 2: return make.template operator()<2>();
    case 3: return make.template operator()<3>();
    case 4: return make.template operator()<4>();
    case 5: return make.template operator()<5>();
    case 6: return make.template operator()<6>();
    case 7: return make.template operator()<7>();
    case 8: return make.template operator()<8>();
    default: assert(false && "too many words"); return nullptr;
  }
}

}  // namespace interleave
