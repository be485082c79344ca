// A level is searched in rounds of as many states as stay in the cache with their successors.
// In the first half of a round the threads expand states and sort the successors by parts of the
// table; in the second each takes parts and inserts what is for them. Nobody waits for a lock, and
// since one part is met many times in a row, its pages are at hand and its lines asked for ahead.
// One thread does the same, alone.

#include "model/native/native_explorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <mutex>
#include <optional>

#include "model/native/expander.h"
#include "model/native/frontier.h"
#include "model/native/packed_table.h"
#include "model/native/team.h"

namespace interleave {
namespace {

constexpr std::size_t kFewAside = 64;                     // states that may stay aside in any case
constexpr uint64_t kAskEvery = 8192;                      // expanded states
constexpr uint64_t kAskWithinRounds = uint64_t{1} << 20;  // transitions
// Of successors, by one thread in one round. Together threads need longer rounds: at the end of
// each half they wait for each other.
constexpr std::size_t kRoundAlone = std::size_t{1} << 18,
                      kRoundTogether = std::size_t{1} << 19;  // bytes

template <std::size_t kWords>
class ExplorerOfWords : public NativeExplorer {
 public:
  ExplorerOfWords(const Program& program, const FieldLayout& layout, const NativeSteps& steps,
                  const SlowPath& slow, std::size_t threads)
      : layout_(layout), slow_(slow), table_(layout.word_bits()), current_(layout.bytes()) {
    for (std::size_t k = 0; k < threads; ++k) {
      workers_.push_back(
          std::make_unique<Worker>(program, layout, steps, slow, slow_mutex_, aside_.all));
      if (threads > 1) workers_.back()->round_bytes = kRoundTogether;
    }
  }

  void Begin(const std::vector<std::vector<int64_t>>& initials) override {
    std::array<uint64_t, kWords> packed{};
    for (const std::vector<int64_t>& initial : initials) {
      if (layout_.Pack(initial.data(), packed.data()) >= 0) {
        AddMisfits(layout_, initial.data(), result_.misfits);
        if (aside_.all.insert(initial).second) aside_.current.push_back(initial);
      } else if (table_.Insert(table_.Scramble(packed.data()))) {
        current_.Push(packed.data(), workers_[0]->free);
      }
    }
  }

  void Adopt(NativeExplorer& other) override {
    result_ = other.result();
    result_.misfits.clear();
    Worker& worker = *workers_[0];
    std::array<uint64_t, kWords> packed{};
    const auto convert = [&](const uint64_t* state) {
      layout_.Convert(other.layout(), state, packed.data());
      return packed.data();
    };
    const auto pack = [&](const std::vector<int64_t>& state) {
      [[maybe_unused]] const int misfit = layout_.Pack(state.data(), packed.data());
      assert(misfit < 0 && "the layout was widened for it");
      return packed.data();
    };
    other.DrainTable([&](const uint64_t* state) {
      worker.Sort(table_, convert(state));
      if (worker.is_full()) InsertAll();
    });
    InsertAll();
    other.DrainCurrent([&](const uint64_t* state) { current_.Push(convert(state), worker.free); });
    other.DrainNext([&](const uint64_t* state) { worker.next.Push(convert(state), worker.free); });
    const Aside aside = other.TakeAside();
    for (const auto& state : aside.all) table_.Insert(table_.Scramble(pack(state)));
    for (std::size_t k = aside.at; k < aside.current.size(); ++k) {
      current_.Push(pack(aside.current[k]), worker.free);
    }
    for (const auto& state : aside.next) worker.next.Push(pack(state), worker.free);
  }

  NativeResult Run() override {
    result_.end = NativeResult::End::kComplete;
    if (workers_.size() > 1) {
      team_.emplace(workers_.size());
      if (!team_->shortage().empty()) {
        // What there is of memory may have gone to the stacks of those that could be started: half
        // of them leave some of it for the search.
        const std::string shortage = team_->shortage();
        const std::size_t fewer = (team_->members() + 1) / 2;
        team_.reset();
        team_.emplace(fewer);
        result_.shortage = fmt::format("only {} of {} threads could be started: {}",
                                       team_->members(), workers_.size(), shortage);
      }
    }
    Search();
    team_.reset();
    result_.states = table_.size() + aside_.all.size();
    for (const auto& worker : workers_) {
      const uint64_t broken = worker->expander.broken();
      if (broken == 0) continue;
      const bool by_local = (broken & static_cast<uint64_t>(PartialOrder::Broken::kLocal)) != 0;
      result_.broken = by_local ? PartialOrder::Broken::kLocal : PartialOrder::Broken::kCounter;
    }
    NoteMemory();
    return result_;
  }

  const NativeResult& result() const override { return result_; }
  const FieldLayout& layout() const override { return layout_; }
  void DrainTable(const Visit& visit) override { table_.Drain(visit); }
  void DrainCurrent(const Visit& visit) override { DrainFrontier(current_, slice_, visit); }
  void DrainNext(const Visit& visit) override {
    for (const auto& worker : workers_) DrainFrontier(worker->next, 0, visit);
  }
  Aside TakeAside() override { return std::move(aside_); }
  void VisitTable(const Visit& visit) const override { table_.ForEachState(visit); }
  void VisitCurrent(const Visit& visit) const override { VisitFrontier(current_, slice_, visit); }
  void VisitNext(const Visit& visit) const override {
    for (const auto& worker : workers_) VisitFrontier(worker->next, 0, visit);
  }
  const Aside& aside() const override { return aside_; }
  void RestoreStored(const uint64_t* state) override {
    workers_[0]->Sort(table_, state);
    if (workers_[0]->is_full()) InsertAll();
  }
  void RestoreCurrent(const uint64_t* state) override { current_.Push(state, workers_[0]->free); }
  void RestoreNext(const uint64_t* state) override {
    workers_[0]->next.Push(state, workers_[0]->free);
  }
  void Restored(Aside aside, const NativeResult& result) override {
    InsertAll();
    aside_ = std::move(aside);
    result_ = result;
  }

 private:
  using Table = PackedTable<kWords>;
  using Entry = typename Table::Entry;
  using End = NativeResult::End;

  // What one thread has for itself.
  struct Worker {
    Worker(const Program& program, const FieldLayout& layout, const NativeSteps& steps,
           const SlowPath& slow, std::mutex& slow_mutex,
           const std::set<std::vector<int64_t>>& aside)
        : expander(program, layout, steps, slow, slow_mutex, aside), next(layout.bytes()) {}

    void Sort(const Table& table, const uint64_t* state) {
      const Entry entry = table.Scramble(state);
      sorted[table.PartOf(entry)].push_back(entry);
      ++sorted_count;
    }
    void SortMade(const Table& table) {
      for (std::size_t k = 0; k < expander.count(); ++k) Sort(table, expander.made(k));
    }
    bool is_full() const { return sorted_count * sizeof(Entry) >= round_bytes; }
    void ForgetSorted() {
      for (std::vector<Entry>& entries : sorted) entries.clear();
      sorted_count = 0;
    }

    Expander<kWords> expander;
    std::array<std::vector<Entry>, Table::kParts> sorted;  // by the part of the table
    std::size_t sorted_count = 0;
    std::size_t round_bytes = kRoundAlone;
    Frontier<kWords> next;
    FreeBlocks free;
    uint64_t expanded = 0;  // states, in this round
  };

  void Search() {
    for (;;) {
      for (; aside_.at < aside_.current.size(); ++aside_.at) {
        if (!ExpandAside(aside_.current[aside_.at])) return;
      }
      while (slice_ < current_.slices()) {
        if (!Round()) return;
      }
      if (!NextLevel()) return;
      ++result_.depth;
    }
  }

  // False: there is none.
  bool NextLevel() {
    current_.Clear();
    slice_ = 0;
    for (const auto& worker : workers_) current_.Append(std::move(worker->next));
    std::swap(aside_.current, aside_.next);
    aside_.next.clear();
    aside_.at = 0;
    return !current_.empty() || !aside_.current.empty();
  }

  // False when the search ends.
  bool Round() {
    end_ = End::kComplete;
    next_slice_ = slice_;
    const std::size_t room = RoomAside();
    for (const auto& worker : workers_) worker->expander.AllowOutside(room);
    // Few states are not worth waking anybody.
    const bool alone = current_.slices() - slice_ < 2 * workers_.size();
    Do(alone, [this](Worker& worker) { Expand(worker); });
    if (end_ != End::kComplete) return Discard();
    const uint64_t done = std::min<uint64_t>(next_slice_, current_.slices());
    return Commit(alone, done);
  }

  bool ExpandAside(const std::vector<int64_t>& state) {
    end_ = End::kComplete;
    Worker& worker = *workers_[0];
    worker.expander.AllowOutside(RoomAside());
    end_ = worker.expander.ExpandOutside(state);
    if (end_ != End::kComplete) return Discard();
    worker.SortMade(table_);
    worker.expanded = 1;
    return Commit(true, slice_);
  }

  // Of states that do not fit, how many more may stay aside.
  std::size_t RoomAside() const {
    const std::size_t most = kFewAside + table_.size() / 1024;
    return most - std::min(most, aside_.all.size());
  }

  template <class Job>
  void Do(bool alone, const Job& job) {
    if (alone || !team_) {
      job(*workers_[0]);
    } else {
      team_->Do([&](std::size_t member) { job(*workers_[member]); });
    }
  }

  // The first half of a round: slices of the level, until there are enough successors.
  void Expand(Worker& worker) {
    while (!worker.is_full() && end_.load(std::memory_order_relaxed) == End::kComplete) {
      const uint64_t slice = next_slice_.fetch_add(1, std::memory_order_relaxed);
      if (slice >= current_.slices()) return;
      current_.ForEachOf(slice, [&](const uint64_t* state) {
        const End end = worker.expander.Expand(state);
        if (end != End::kComplete) {
          end_ = end;
          return false;
        }
        worker.SortMade(table_);
        ++worker.expanded;
        return true;
      });
    }
  }

  // The second half: all that is for one part, and then for another.
  void Insert(Worker& worker) {
    for (;;) {
      const std::size_t part = next_part_.fetch_add(1, std::memory_order_relaxed);
      if (part >= Table::kParts) return;
      for (const auto& from : workers_) {
        std::vector<Entry>& entries = from->sorted[part];
        table_.InsertMany(part, entries.data(), entries.size(), [&](const Entry& entry) {
          std::array<uint64_t, kWords> state;
          table_.Unscramble(entry, state.data());
          worker.next.Push(state.data(), worker.free);
          if (!worker.expander.Judge(state.data())) end_ = End::kGaveUp;
        });
        entries.clear();
      }
    }
  }

  // What worker 0 sorted, as states that were judged and expanded.
  void InsertAll() {
    Worker& worker = *workers_[0];
    for (std::size_t part = 0; part < Table::kParts; ++part) {
      table_.InsertMany(part, worker.sorted[part].data(), worker.sorted[part].size(),
                        [](const Entry&) {});
    }
    worker.ForgetSorted();
  }

  // A round that cannot be finished did not happen.
  bool Discard() {
    for (const auto& worker : workers_) {
      worker->ForgetSorted();
      worker->expanded = 0;
      worker->expander.TakeOutside();
      worker->expander.TakeTransitions();
      AddMisfits(worker->expander.TakeMisfits(), result_.misfits);
    }
    result_.end = end_;
    return false;
  }

  // What was expanded, up to slice `done`, counts from here on.
  bool Commit(bool alone, uint64_t done) {
    std::set<std::vector<int64_t>> outside;
    for (const auto& worker : workers_) outside.merge(worker->expander.TakeOutside());
    if (outside.size() > RoomAside()) {
      end_ = End::kMisfit;
      return Discard();
    }
    next_part_ = 0;
    Do(alone, [this](Worker& worker) { Insert(worker); });
    for (const auto& worker : workers_) {
      worker->sorted_count = 0;
      expanded_ += worker->expanded;
      worker->expanded = 0;
      result_.transitions += worker->expander.TakeTransitions();
      result_.slow_steps += worker->expander.TakeSlowSteps();
      result_.slow_judgings += worker->expander.TakeSlowJudgings();
      AddMisfits(worker->expander.TakeMisfits(), result_.misfits);
    }
    for (auto at = outside.begin(); at != outside.end();) {
      auto node = outside.extract(at++);
      if (!slow_.judge(node.value().data())) end_ = End::kGaveUp;
      aside_.next.push_back(node.value());
      aside_.all.insert(std::move(node));
    }
    if (end_ != End::kComplete) {
      result_.end = end_;
      return false;
    }
    slice_ = done;
    current_.Release(slice_, workers_[turn_++ % workers_.size()]->free);
    if (expanded_ < ask_at_ && result_.transitions < ask_at_transitions_) return true;
    ask_at_ = expanded_ + kAskEvery;
    ask_at_transitions_ = result_.transitions + kAskWithinRounds;
    return GoesOn();
  }

  bool GoesOn() {
    NoteMemory();
    uint64_t frontier = 0;
    for (const auto& worker : workers_) frontier += worker->next.size();
    if (slow_.go_on({table_.size() + aside_.all.size(), result_.transitions, frontier,
                     result_.depth, result_.memory_bytes})) {
      return true;
    }
    result_.end = End::kLimit;
    return false;
  }

  void NoteMemory() {
    uint64_t bytes = table_.memory_bytes() + current_.memory_bytes();
    for (const auto& worker : workers_) {
      bytes += worker->next.memory_bytes() + worker->free.size() * Frontier<kWords>::kBlockBytes;
    }
    result_.memory_bytes = std::max(result_.memory_bytes, bytes);
  }

  static void VisitFrontier(const Frontier<kWords>& frontier, uint64_t from, const Visit& visit) {
    for (uint64_t slice = from; slice < frontier.slices(); ++slice) {
      frontier.ForEachOf(slice, [&](const uint64_t* state) {
        visit(state);
        return true;
      });
    }
  }

  void DrainFrontier(Frontier<kWords>& frontier, uint64_t from, const Visit& visit) {
    FreeBlocks gone;
    for (uint64_t slice = from; slice < frontier.slices(); ++slice) {
      frontier.ForEachOf(slice, [&](const uint64_t* state) {
        visit(state);
        return true;
      });
      frontier.Release(slice + 1, gone);
      gone.clear();
    }
    frontier.Clear();
  }

  const FieldLayout& layout_;
  const SlowPath& slow_;
  std::mutex slow_mutex_;
  Table table_;
  NativeResult result_;
  Frontier<kWords> current_;  // the level that is expanded; the next one is the workers'
  uint64_t slice_ = 0;        // in current_: those before it are expanded
  Aside aside_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::optional<Team> team_;
  std::atomic<uint64_t> next_slice_ = 0;
  std::atomic<std::size_t> next_part_ = 0;
  std::atomic<End> end_ = End::kComplete;  // of this round
  std::size_t turn_ = 0;                   // whose blocks the released ones become
  uint64_t expanded_ = 0;
  uint64_t ask_at_ = kAskEvery;
  uint64_t ask_at_transitions_ = kAskWithinRounds;
};

}  // namespace

void AddMisfits(const std::vector<NativeResult::Misfit>& more,
                std::vector<NativeResult::Misfit>& misfits) {
  for (const NativeResult::Misfit& misfit : more) {
    const auto known = std::find_if(misfits.begin(), misfits.end(),
                                    [&](const auto& other) { return other.slot == misfit.slot; });
    if (known == misfits.end()) {
      misfits.push_back(misfit);
    } else {
      known->values.low = std::min(known->values.low, misfit.values.low);
      known->values.high = std::max(known->values.high, misfit.values.high);
    }
  }
}

void AddMisfits(const FieldLayout& layout, const int64_t* state,
                std::vector<NativeResult::Misfit>& misfits) {
  layout.ForEachMisfit(state, [&](uint32_t slot, int64_t value) {
    AddMisfits({{slot, {value, value}}}, misfits);
  });
}

std::unique_ptr<NativeExplorer> MakeNativeExplorer(const Program& program,
                                                   const FieldLayout& layout,
                                                   const NativeSteps& steps, const SlowPath& slow,
                                                   std::size_t threads) {
  switch (layout.words()) {
    case 1: return std::make_unique<ExplorerOfWords<1>>(program, layout, steps, slow, threads);
    case 2: return std::make_unique<ExplorerOfWords<2>>(program, layout, steps, slow, threads);
    case 3: return std::make_unique<ExplorerOfWords<3>>(program, layout, steps, slow, threads);
    case 4: return std::make_unique<ExplorerOfWords<4>>(program, layout, steps, slow, threads);
    case 5: return std::make_unique<ExplorerOfWords<5>>(program, layout, steps, slow, threads);
    case 6: return std::make_unique<ExplorerOfWords<6>>(program, layout, steps, slow, threads);
    case 7: return std::make_unique<ExplorerOfWords<7>>(program, layout, steps, slow, threads);
    case 8: return std::make_unique<ExplorerOfWords<8>>(program, layout, steps, slow, threads);
    default: assert(false && "too many words"); return nullptr;
  }
}

}  // namespace interleave
