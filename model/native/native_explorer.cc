// States are expanded in batches: the successors of a batch are hashed and their places in the
// table asked for before the first is looked up, so that the memory answers many at once.

#include "model/native/native_explorer.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "model/native/packed_table.h"

namespace interleave {
namespace {

constexpr unsigned kRoom = 4096;                       // successors of one state
constexpr std::size_t kFewAside = 64;                  // states that may stay aside in any case
constexpr std::size_t kBatch = 64;                     // states expanded at once
constexpr std::array<int, 3> kSoloSteps = {2, 8, 64};  // that a process is followed
constexpr uint64_t kAskEvery = 8192;                   // expanded states

template <std::size_t kWords>
class ExplorerOfWords : public NativeExplorer {
 public:
  ExplorerOfWords(const Program& program, const FieldLayout& layout, const NativeSteps& steps,
                  const SlowPath& slow, uint64_t states)
      : program_(program),
        layout_(layout),
        steps_(steps),
        slow_(slow),
        table_(layout.bytes(), states),
        state_(layout.fields().size()),
        solo_(std::size_t{kRoom} * kWords) {}

  void Begin(const std::vector<std::vector<int64_t>>& initials) override {
    std::array<uint64_t, kWords> packed{};
    for (const std::vector<int64_t>& initial : initials) {
      if (layout_.Pack(initial.data(), packed.data()) >= 0) {
        NoteMisfits(initial.data());
        if (aside_.all.insert(initial).second) aside_.current.push_back(initial);
      } else if (table_.Insert(packed.data(), PackedTable<kWords>::Hash(packed.data()))) {
        current_.insert(current_.end(), packed.begin(), packed.end());
      }
    }
  }

  void Adopt(NativeExplorer& other) override {
    const FieldLayout& old = other.layout();
    std::array<uint64_t, kWords> packed{};
    const auto convert = [&](const uint64_t* state) { layout_.Convert(old, state, packed.data()); };
    result_ = other.result();
    made_.Reserve(kBatch);
    const auto insert_all = [&] {
      for (std::size_t k = 0; k < made_.count; ++k) table_.Insert(made_.At(k), made_.hashes[k]);
      made_.count = 0;
    };
    other.DrainTable([&](const uint64_t* state) {
      uint64_t* const to = made_.At(made_.count);
      layout_.Convert(old, state, to);
      made_.hashes[made_.count] = PackedTable<kWords>::Hash(to);
      table_.Prefetch(made_.hashes[made_.count]);
      if (++made_.count == kBatch) insert_all();
    });
    insert_all();
    const Rest rest = other.TakeRest();
    const auto convert_all = [&](const std::vector<uint64_t>& from, std::vector<uint64_t>& to) {
      for (std::size_t at = 0; at < from.size(); at += old.words()) {
        convert(from.data() + at);
        to.insert(to.end(), packed.begin(), packed.end());
      }
    };
    convert_all(rest.current, current_);
    convert_all(rest.next, next_);
    const auto pack = [&](const std::vector<int64_t>& state) {
      [[maybe_unused]] const int misfit = layout_.Pack(state.data(), packed.data());
      assert(misfit < 0 && "the layout was widened for it");
    };
    for (const std::vector<int64_t>& state : rest.aside.all) {
      pack(state);
      table_.Insert(packed.data(), PackedTable<kWords>::Hash(packed.data()));
    }
    for (std::size_t k = rest.aside.at; k < rest.aside.current.size(); ++k) {
      pack(rest.aside.current[k]);
      current_.insert(current_.end(), packed.begin(), packed.end());
    }
    for (const std::vector<int64_t>& state : rest.aside.next) {
      pack(state);
      next_.insert(next_.end(), packed.begin(), packed.end());
    }
    expanded_ = rest.expanded;
    result_.misfits.clear();
  }

  NativeResult Run() override {
    result_.end = NativeResult::End::kComplete;
    for (;;) {
      for (; aside_.at < aside_.current.size(); ++aside_.at) {
        if (!ExpandAside(aside_.current[aside_.at])) return Done();
      }
      while (at_ < current_.size()) {
        const std::size_t count = std::min(kBatch, (current_.size() - at_) / kWords);
        if (!ExpandBatch(current_.data() + at_, count)) return Done();
        at_ += count * kWords;
      }
      if (!InsertPending()) return Done();
      if (next_.empty() && aside_.next.empty()) return Done();
      ++result_.depth;
      std::swap(current_, next_);
      next_.clear();
      at_ = 0;
      std::swap(aside_.current, aside_.next);
      aside_.next.clear();
      aside_.at = 0;
    }
  }

  const NativeResult& result() const override { return result_; }
  const FieldLayout& layout() const override { return layout_; }
  Rest TakeRest() override {
    current_.erase(current_.begin(), current_.begin() + static_cast<std::ptrdiff_t>(at_));
    return {std::move(current_), std::move(next_), std::move(aside_), expanded_};
  }
  void DrainTable(const std::function<void(const uint64_t*)>& visit) override {
    table_.Drain(visit);
  }

 private:
  // Successors of one batch, packed, with their hashes.
  struct Successors {
    std::vector<uint64_t> states;
    std::vector<uint64_t> hashes;
    std::size_t count = 0;

    uint64_t* At(std::size_t k) { return states.data() + k * kWords; }
    void Reserve(std::size_t most) {
      if (hashes.size() >= most) return;
      hashes.resize(most * 2);
      states.resize(most * 2 * kWords);
    }
  };

  NativeResult Done() {
    result_.states = table_.size() + aside_.all.size();
    NoteMemory();
    return result_;
  }

  void NoteMemory() {
    const uint64_t frontier = (current_.capacity() + next_.capacity()) * sizeof(uint64_t);
    result_.memory_bytes = std::max(result_.memory_bytes, table_.memory_bytes() + frontier);
  }

  bool End(NativeResult::End end) {
    result_.end = end;
    return false;
  }

  void NoteMisfits(const int64_t* state) {
    layout_.ForEachMisfit(state, [&](uint32_t slot, int64_t value) {
      const auto known = std::find_if(result_.misfits.begin(), result_.misfits.end(),
                                      [&](const auto& misfit) { return misfit.slot == slot; });
      if (known == result_.misfits.end()) {
        result_.misfits.push_back({slot, {value, value}});
      } else {
        known->values.low = std::min(known->values.low, value);
        known->values.high = std::max(known->values.high, value);
      }
    });
  }

  // A successor that the interpreter made joins the batch. False: too many do not fit.
  bool Join(const std::vector<int64_t>& state) {
    made_.Reserve(made_.count + 1);
    if (layout_.Pack(state.data(), made_.At(made_.count)) < 0) {
      ++made_.count;
      return true;
    }
    NoteMisfits(state.data());
    aside_made_.push_back(state);
    if (aside_.all.size() + aside_made_.size() <= kFewAside + table_.size() / 1024) return true;
    return End(NativeResult::End::kMisfit);
  }

  // False when the search ends.
  bool ExpandBatch(const uint64_t* states, std::size_t count) {
    made_.count = 0;
    aside_made_.clear();
    for (std::size_t k = 0; k < count; ++k) {
      const uint64_t* const state = states + k * kWords;
      std::size_t first = made_.count;
      made_.Reserve(first + kRoom);
      NativeInfo info{};
      made_.count += steps_.Expand(state, made_.At(first), kRoom, &info);
      if (info.slow != 0 && !StepSlowly(state, info)) [[unlikely]]
        return InsertPending() && false;
      for (; first < made_.count; ++first) {
        made_.hashes[first] = PackedTable<kWords>::Hash(made_.At(first));
        table_.Prefetch(made_.hashes[first]);
      }
      if (info.progress == 0 && !IsNoDeadlock(state)) return End(NativeResult::End::kGaveUp);
    }
    return Commit(count);
  }

  bool ExpandAside(const std::vector<int64_t>& state) {
    made_.count = 0;
    aside_made_.clear();
    bool progress = false;
    for (int p = 0; p < program_.process_count(); ++p) {
      successors_.clear();
      if (!slow_.step(state.data(), p, successors_)) return End(NativeResult::End::kGaveUp);
      for (const SlowSuccessor& successor : successors_) {
        if (!Join(successor.state)) return InsertPending() && false;
        progress = progress || successor.progress;
      }
    }
    for (std::size_t k = 0; k < made_.count; ++k) {
      made_.hashes[k] = PackedTable<kWords>::Hash(made_.At(k));
    }
    if (!progress && !slow_.is_no_deadlock(state.data())) return End(NativeResult::End::kGaveUp);
    return Commit(1);
  }

  // What a batch of `count` states led to counts from here on.
  bool Commit(std::size_t count) {
    if (!InsertPending()) return false;
    result_.transitions += made_.count + aside_made_.size();
    for (std::vector<int64_t>& state : aside_made_) {
      if (!aside_.all.insert(state).second) continue;
      if (!slow_.judge(state.data())) return End(NativeResult::End::kGaveUp);
      aside_.next.push_back(std::move(state));
    }
    std::swap(made_, pending_);
    expanded_ += count;
    if (expanded_ < ask_at_) return true;
    ask_at_ = expanded_ + kAskEvery;
    NoteMemory();
    if (slow_.go_on({table_.size() + aside_.all.size(), result_.transitions, next_.size() / kWords,
                     result_.depth, result_.memory_bytes})) {
      return true;
    }
    return End(NativeResult::End::kLimit);
  }

  // The successors of the batch before, whose places are there by now.
  bool InsertPending() {
    for (std::size_t k = 0; k < pending_.count; ++k) {
      const uint64_t* const successor = pending_.At(k);
      if (!table_.Insert(successor, pending_.hashes[k])) continue;
      next_.insert(next_.end(), successor, successor + kWords);
      if (steps_.Judge(successor)) [[unlikely]] {
        layout_.Unpack(successor, state_.data());
        if (!slow_.judge(state_.data())) return End(NativeResult::End::kGaveUp);
      }
    }
    pending_.count = 0;
    return true;
  }

  bool StepSlowly(const uint64_t* state, NativeInfo& info) {
    layout_.Unpack(state, state_.data());
    for (int p = 0; p < program_.process_count(); ++p) {
      if ((info.slow >> p & 1) == 0) continue;
      ++result_.slow_steps;
      successors_.clear();
      if (!slow_.step(state_.data(), p, successors_)) return End(NativeResult::End::kGaveUp);
      for (const SlowSuccessor& successor : successors_) {
        if (!Join(successor.state)) return false;
        if (successor.progress) info.progress = 1;
      }
    }
    return true;
  }

  // Whoever, run alone, changes memory or finishes within a few steps does not wait; nearly always
  // somebody does. The nearest is found first.
  bool IsNoDeadlock(const uint64_t* state) {
    for (const int steps : kSoloSteps) {
      for (int p = 0; p < program_.process_count(); ++p) {
        if (GoesOn(state, p, steps)) return true;
      }
    }
    layout_.Unpack(state, state_.data());
    return slow_.is_no_deadlock(state_.data());
  }

  bool GoesOn(const uint64_t* state, int process, int steps) {
    const NativeSteps::Step step = steps_.step(process);
    uint64_t here[kWords];
    std::copy(state, state + kWords, here);
    for (int k = 0; k < steps; ++k) {
      NativeInfo info{};
      if (step(here, solo_.data(), kRoom, &info) == 0 || info.slow != 0) return false;
      if (info.progress != 0) return true;
      if (std::equal(here, here + kWords, solo_.data())) return false;  // it goes round
      for (std::size_t w = 0; w < kWords; ++w) here[w] = solo_[w];
    }
    return false;
  }

  const Program& program_;
  const FieldLayout& layout_;
  const NativeSteps& steps_;
  const SlowPath& slow_;
  PackedTable<kWords> table_;
  NativeResult result_;
  std::vector<uint64_t> current_, next_;  // the level that is expanded, and the one behind it
  std::size_t at_ = 0;                    // in current_: what is before it is expanded
  Aside aside_;
  std::vector<std::vector<int64_t>> aside_made_;  // by the batch
  std::vector<int64_t> state_;
  Successors made_, pending_;
  std::vector<uint64_t> solo_;
  std::vector<SlowSuccessor> successors_;
  uint64_t expanded_ = 0;
  uint64_t ask_at_ = kAskEvery;
};

}  // namespace

std::unique_ptr<NativeExplorer> MakeNativeExplorer(const Program& program,
                                                   const FieldLayout& layout,
                                                   const NativeSteps& steps, const SlowPath& slow,
                                                   uint64_t states) {
  switch (layout.words()) {
    case 1: return std::make_unique<ExplorerOfWords<1>>(program, layout, steps, slow, states);
    case 2: return std::make_unique<ExplorerOfWords<2>>(program, layout, steps, slow, states);
    case 3: return std::make_unique<ExplorerOfWords<3>>(program, layout, steps, slow, states);
    case 4: return std::make_unique<ExplorerOfWords<4>>(program, layout, steps, slow, states);
    case 5: return std::make_unique<ExplorerOfWords<5>>(program, layout, steps, slow, states);
    case 6: return std::make_unique<ExplorerOfWords<6>>(program, layout, steps, slow, states);
    case 7: return std::make_unique<ExplorerOfWords<7>>(program, layout, steps, slow, states);
    case 8: return std::make_unique<ExplorerOfWords<8>>(program, layout, steps, slow, states);
    default: assert(false && "too many words"); return nullptr;
  }
}

}  // namespace interleave
