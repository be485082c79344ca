// States are expanded in batches: the successors of a batch are hashed and their places in the
// table asked for before the first is looked up, so that the memory answers many at once.

#include "model/native/native_explorer.h"

#include <algorithm>

#include "model/native/packed_table.h"

namespace interleave {
namespace {

constexpr unsigned kRoom = 4096;      // successors of one state
constexpr std::size_t kBatch = 64;    // states expanded at once
constexpr int kSoloSteps = 64;        // that a process is followed to see whether it goes on
constexpr uint64_t kAskEvery = 8192;  // expanded states

template <std::size_t kWords>
class NativeExplorer {
 public:
  NativeExplorer(const Program& program, const FieldLayout& layout, const NativeSteps& steps,
                 const SlowPath& slow)
      : program_(program),
        layout_(layout),
        steps_(steps),
        slow_(slow),
        table_(layout.bytes()),
        state_(layout.fields().size()),
        out_(std::size_t{kRoom} * kWords) {}

  NativeResult Run(const std::vector<std::vector<int64_t>>& initials) {
    std::vector<uint64_t> packed(kWords);
    for (const std::vector<int64_t>& initial : initials) {
      if (!Pack(initial.data(), packed.data())) return Done();
      if (table_.Insert(packed.data(), PackedTable<kWords>::Hash(packed.data()))) {
        next_.insert(next_.end(), packed.begin(), packed.end());
      }
    }
    result_.end = NativeResult::End::kComplete;
    for (uint64_t depth = 0; !next_.empty(); ++depth) {
      result_.depth = depth;
      std::swap(current_, next_);
      next_.clear();
      for (std::size_t at = 0; at < current_.size(); at += kBatch * kWords) {
        if (!ExpandBatch(current_.data() + at, std::min(kBatch, (current_.size() - at) / kWords))) {
          return Done();
        }
      }
    }
    return Done();
  }

 private:
  NativeResult Done() {
    result_.states = table_.size();
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

  bool Pack(const int64_t* state, uint64_t* packed) {
    const int misfit = layout_.Pack(state, packed);
    if (misfit < 0) return true;
    result_.slot = static_cast<uint32_t>(misfit);
    result_.value = state[misfit];
    return End(NativeResult::End::kMisfit);
  }

  // False when the search ends.
  bool ExpandBatch(const uint64_t* states, std::size_t count) {
    std::size_t made = 0;  // successors in out_
    for (std::size_t k = 0; k < count; ++k) {
      const uint64_t* const state = states + k * kWords;
      if (out_.size() < (made + kRoom) * kWords) out_.resize((made + kRoom) * kWords * 2);
      NativeInfo info{};
      made += steps_.Expand(state, out_.data() + made * kWords, kRoom, &info);
      if (info.slow != 0) [[unlikely]] {
        if (!StepSlowly(state, info, made)) return false;
      }
      if (info.progress == 0 && !IsNoDeadlock(state)) return End(NativeResult::End::kGaveUp);
    }
    result_.transitions += made;
    hashes_.resize(std::max(hashes_.size(), made));
    for (std::size_t k = 0; k < made; ++k) {
      hashes_[k] = PackedTable<kWords>::Hash(out_.data() + k * kWords);
      table_.Prefetch(hashes_[k]);
    }
    for (std::size_t k = 0; k < made; ++k) {
      const uint64_t* const successor = out_.data() + k * kWords;
      if (!table_.Insert(successor, hashes_[k])) continue;
      next_.insert(next_.end(), successor, successor + kWords);
      if (steps_.Judge(successor)) [[unlikely]] {
        layout_.Unpack(successor, state_.data());
        if (!slow_.judge(state_.data())) return End(NativeResult::End::kGaveUp);
      }
    }
    expanded_ += count;
    if (expanded_ < ask_at_) return true;
    ask_at_ = expanded_ + kAskEvery;
    NoteMemory();
    if (slow_.go_on({table_.size(), result_.transitions, next_.size() / kWords, result_.depth,
                     result_.memory_bytes})) {
      return true;
    }
    return End(NativeResult::End::kLimit);
  }

  bool StepSlowly(const uint64_t* state, NativeInfo& info, std::size_t& made) {
    layout_.Unpack(state, state_.data());
    for (int p = 0; p < program_.process_count(); ++p) {
      if ((info.slow >> p & 1) == 0) continue;
      ++result_.slow_steps;
      successors_.clear();
      if (!slow_.step(state_.data(), p, successors_)) return End(NativeResult::End::kGaveUp);
      out_.resize(std::max(out_.size(), (made + successors_.size() + kRoom) * kWords));
      for (const SlowSuccessor& successor : successors_) {
        if (!Pack(successor.state.data(), out_.data() + made * kWords)) return false;
        ++made;
        if (successor.progress) info.progress = 1;
      }
    }
    return true;
  }

  // Whoever, run alone, changes memory or finishes within a few steps does not wait; nearly always
  // somebody does.
  bool IsNoDeadlock(const uint64_t* state) {
    uint64_t here[kWords];
    for (int p = 0; p < program_.process_count(); ++p) {
      std::copy(state, state + kWords, here);
      for (int k = 0; k < kSoloSteps; ++k) {
        NativeInfo info{};
        if (solo_.size() < std::size_t{kRoom} * kWords) solo_.resize(std::size_t{kRoom} * kWords);
        if (steps_.step(p)(here, solo_.data(), kRoom, &info) == 0 || info.slow != 0) break;
        if (info.progress != 0) return true;
        std::copy(solo_.data(), solo_.data() + kWords, here);
      }
    }
    layout_.Unpack(state, state_.data());
    return slow_.is_no_deadlock(state_.data());
  }

  const Program& program_;
  const FieldLayout& layout_;
  const NativeSteps& steps_;
  const SlowPath& slow_;
  PackedTable<kWords> table_;
  NativeResult result_;
  std::vector<uint64_t> current_, next_;  // the level that is expanded, and the one behind it
  std::vector<int64_t> state_;
  std::vector<uint64_t> out_, solo_, hashes_;
  std::vector<SlowSuccessor> successors_;
  uint64_t expanded_ = 0;
  uint64_t ask_at_ = kAskEvery;
};

template <std::size_t kWords>
NativeResult Explore(const Program& program, const FieldLayout& layout, const NativeSteps& steps,
                     const std::vector<std::vector<int64_t>>& initials, const SlowPath& slow) {
  return NativeExplorer<kWords>(program, layout, steps, slow).Run(initials);
}

}  // namespace

NativeResult ExploreNative(const Program& program, const FieldLayout& layout,
                           const NativeSteps& steps,
                           const std::vector<std::vector<int64_t>>& initials,
                           const SlowPath& slow) {
  switch (layout.words()) {
    case 1: return Explore<1>(program, layout, steps, initials, slow);
    case 2: return Explore<2>(program, layout, steps, initials, slow);
    case 3: return Explore<3>(program, layout, steps, initials, slow);
    case 4: return Explore<4>(program, layout, steps, initials, slow);
    case 5: return Explore<5>(program, layout, steps, initials, slow);
    case 6: return Explore<6>(program, layout, steps, initials, slow);
    case 7: return Explore<7>(program, layout, steps, initials, slow);
    case 8: return Explore<8>(program, layout, steps, initials, slow);
    default: return {};
  }
}

}  // namespace interleave
