#include "model/conform/explore_real.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "model/conform/stress.h"
#include "model/explore/explore.h"
#include "model/explore/state_store.h"
#include "model/property/judge.h"
#include "sim/program/clock.h"

namespace interleave {
namespace {

using Script = std::vector<uint32_t>;  // indices of decisions

Script IndicesOf(const std::vector<DecisionTaken>& taken) {
  Script script;
  script.reserve(taken.size());
  for (const DecisionTaken& decision : taken) script.push_back(decision.index);
  return script;
}

// The script after the one that took these decisions; nothing when that was the last.
std::optional<Script> NextScript(std::vector<DecisionTaken> taken) {
  while (!taken.empty() && taken.back().index + 1 >= taken.back().count) taken.pop_back();
  if (taken.empty()) return std::nullopt;
  Script script = IndicesOf(taken);
  ++script.back();
  return script;
}

std::vector<int64_t> ValuesOf(const std::vector<DecisionTaken>& taken) {
  std::vector<int64_t> values;
  values.reserve(taken.size());
  for (const DecisionTaken& decision : taken) values.push_back(decision.value);
  return values;
}

// How a state was first reached: the last move, from another state or at the start.
struct Arrival {
  uint32_t parent = StateStore::kNone;  // kNone: a start
  int process = -1;
  Script script;                 // of the last move
  std::vector<int64_t> decided;  // the values of it
  std::vector<Script> start;     // of starts: by process
  std::vector<std::vector<int64_t>> start_decided;
};

// Real processes as a transition system, with the observers that properties need. What a step does
// is found by doing it; to be in a state, the processes are started anew and go the way there.
class RealSystem {
 public:
  // All are kept by the caller. `store` and `arrivals`, by number, are those of the search.
  // `may_go_on`: asked before each step and start; false: no more of them are visited.
  RealSystem(const Program& program, RealWorld& world, Judge& judge, StateStore& store,
             const std::vector<Arrival>& arrivals, std::function<bool()> may_go_on)
      : program_(program),
        world_(world),
        judge_(judge),
        store_(store),
        arrivals_(arrivals),
        may_go_on_(std::move(may_go_on)) {}

  std::size_t state_words() const { return judge_.state_words(); }
  static constexpr bool is_whole() { return true; }

  // All outcomes of the local work before the first accesses, whatever `visit` returns: there are
  // few, each takes several starts.
  template <class Visit>
  void ForEachInitial(Visit visit) {
    start_decided_.clear();
    StartFrom(0, {}, std::vector<int64_t>(state_words() - program_.state_size(), 0), visit);
  }

  template <class Visit>
  void ForEachSuccessor(const int64_t* state, Visit visit) {
    const uint32_t number = store_.Find(state);
    bool is_there = false;
    for (const Actor actor : program_.actors()) {
      const int p = actor.process();
      if (!program_.HasSteps(state, p)) continue;
      Successor successor;
      successor.choice.actor = actor;
      std::optional<Script> script = Script();
      while (script) {
        if (!may_go_on_()) return;
        if (!is_there && !GoTo(number, state)) return;
        std::vector<DecisionTaken> taken;
        successor.status = world_.StepBlind(p, *script, taken);
        is_there = successor.status == StepStatus::kBlocked;  // nothing moved
        if (is_there) break;
        left_to_real_ = left_to_real_ || world_.IsDecidedByReal(p);
        if (successor.status != StepStatus::kCut) {
          arrival_ = {number, p, IndicesOf(taken), ValuesOf(taken), {}, {}};
          Observe(p, state + program_.state_size(), successor);
          visit(static_cast<const int64_t*>(next_.data()),
                static_cast<const Successor&>(successor));
        }
        ++successor.choice.outcome;
        script = NextScript(taken);
      }
    }
  }

  // Of what was just visited.
  const Arrival& arrival() const { return arrival_; }
  // What the step broke, by the observers.
  const std::vector<Violation>& broken() const { return broken_; }
  const RunError& error() const { return world_.error(); }
  // Whether some step was decided by the real thing behind an object: others were not seen.
  bool left_to_real() const { return left_to_real_; }

 private:
  // Begins anew with the first processes as `scripts` say. Throws where that is not possible any
  // more: the machine did something else than the time before.
  void Restart(const std::vector<Script>& scripts) {
    world_.Reset();
    std::vector<DecisionTaken> taken;
    for (std::size_t p = 0; p < scripts.size(); ++p) {
      if (world_.StartBlind(static_cast<int>(p), scripts[p], taken) != StepStatus::kOk) {
        throw RealWorldError("a start that went well before did not go well again");
      }
    }
  }

  // All outcomes of the starts of process p and those behind it. `words`: of the observers.
  template <class Visit>
  void StartFrom(std::size_t p, const std::vector<Script>& scripts,
                 const std::vector<int64_t>& words, Visit& visit) {
    Successor successor;
    if (p == program_.processes.size()) {
      next_.assign(world_.Observe().begin(), world_.Observe().end());
      next_.insert(next_.end(), words.begin(), words.end());
      arrival_ = {StateStore::kNone, -1, {}, {}, scripts, start_decided_};
      visit(static_cast<const int64_t*>(next_.data()), static_cast<const Successor&>(successor));
      return;
    }
    const auto process = static_cast<int>(p);
    successor.choice.actor = Actor::OfProcess(process);
    std::optional<Script> script = Script();
    while (script) {
      if (!may_go_on_()) return;
      Restart(scripts);
      std::vector<DecisionTaken> taken;
      successor.status = world_.StartBlind(process, *script, taken);
      script = NextScript(taken);
      start_decided_.resize(p);
      start_decided_.push_back(ValuesOf(taken));
      if (successor.status == StepStatus::kCut) continue;
      Observe(process, words.data(), successor);
      if (successor.status == StepStatus::kOk && broken_.empty()) {
        std::vector<Script> longer = scripts;
        longer.push_back(IndicesOf(taken));
        const std::vector<int64_t> after(
            next_.begin() + static_cast<std::ptrdiff_t>(program_.state_size()), next_.end());
        StartFrom(p + 1, longer, after, visit);
      } else {
        arrival_ = {StateStore::kNone, process, {}, {}, {}, start_decided_};
        visit(static_cast<const int64_t*>(next_.data()), static_cast<const Successor&>(successor));
      }
    }
  }

  // The state behind a step or start that went well, and what the observers say to it. `words`:
  // theirs before.
  void Observe(int process, const int64_t* words, Successor& successor) {
    broken_.clear();
    successor.violated_observer = -1;
    next_.assign(world_.Observe().begin(), world_.Observe().end());
    next_.insert(next_.end(), words, words + (state_words() - program_.state_size()));
    if (successor.status != StepStatus::kOk) return;
    judge_.Observe(world_.events(), process, next_.data(), broken_);
    if (!broken_.empty()) successor.violated_observer = 0;
  }

  // Puts the real processes into a state that was seen. What a real thing behind an object chooses
  // it may choose otherwise this time: then once more. False: there was no time for that.
  bool GoTo(uint32_t number, const int64_t* state) {
    constexpr int kMostAttempts = 1000;
    for (int attempt = 1; !GoesTo(number, state); ++attempt) {
      if (!world_.has_real_things() || attempt == kMostAttempts) {
        throw RealWorldError("the same steps led to another state than before");
      }
      if (!may_go_on_()) return false;
    }
    return true;
  }

  // One attempt.
  bool GoesTo(uint32_t number, const int64_t* state) {
    std::vector<const Arrival*> moves;
    const Arrival* arrival = &arrivals_[number];
    for (; arrival->parent != StateStore::kNone; arrival = &arrivals_[arrival->parent])
      moves.push_back(arrival);
    Restart(arrival->start);
    std::vector<DecisionTaken> taken;
    for (auto move = moves.rbegin(); move != moves.rend(); ++move) {
      if (world_.StepBlind((*move)->process, (*move)->script, taken) != StepStatus::kOk) {
        if (world_.has_real_things()) return false;
        throw RealWorldError("a step that went well before did not go well again");
      }
    }
    return std::equal(world_.Observe().begin(), world_.Observe().end(), state);
  }

  const Program& program_;
  RealWorld& world_;
  Judge& judge_;
  StateStore& store_;
  const std::vector<Arrival>& arrivals_;
  const std::function<bool()> may_go_on_;
  std::vector<std::vector<int64_t>> start_decided_;
  Arrival arrival_;
  std::vector<int64_t> next_;
  std::vector<Violation> broken_;
  bool left_to_real_ = false;
};

std::vector<int64_t> BaseState(const Program& program, const Judge& judge) {
  std::vector<int64_t> state = program.initial;
  state.resize(judge.state_words());
  return state;
}

// The probe, and all that the search needs.
class RealExplorer {
 public:
  RealExplorer(const Program& program, const RealExploreOptions& options)
      : program_(program),
        options_(options),
        world_(program, options.real),
        judge_(program),
        store_(BaseState(program, judge_)),
        system_(program, world_, judge_, store_, arrivals_,
                [this] {
                  MayGoOn();
                  return !is_over_;
                }),
        final_slots_(FinalSlots(program)) {}

  RealExploration Run() {
    Explorer explorer(system_, store_, *this);
    try {
      explorer.Start(Order::kBreadthFirst);
      if (store_.size() > 0 && MayGoOn()) explorer.GoOn(Order::kBreadthFirst);
    } catch (const ProcessLost& lost) {
      Limit(lost.what());
    } catch (const Interrupted&) {
      Limit("an interrupt");
    }
    if (!stop()) FindDeadlocks();
    if (system_.left_to_real()) {
      Limit("the real thing behind an object decides, and only what it chose was seen");
    }
    result_.complete = !stop();
    result_.states = store_.size();
    result_.transitions = explorer.counts().transitions;
    result_.steps = world_.steps();
    result_.starts = world_.starts();
    result_.seconds = ElapsedSeconds() - started_;
    return std::move(result_);
  }

  // --- What explore.h asks of a probe ---

  void OnInitial(const int64_t*, const Successor& successor) {
    NoteBroken(successor, StateStore::kNone, "local work without end");
  }

  void OnState(uint32_t number, const int64_t* state, uint64_t) {
    arrivals_.push_back(system_.arrival());
    edges_.emplace_back();
    std::vector<Violation> violations;
    judge_.JudgeState(state, violations);
    for (Violation& violation : violations) Note(std::move(violation), number, nullptr);
    bool done = true;
    for (const Actor actor : program_.actors()) {
      done = done && !program_.HasSteps(state, actor.process());
    }
    if (!done) return;
    std::vector<int64_t> final;
    for (const uint32_t slot : final_slots_) final.push_back(state[slot]);
    result_.finals.insert(std::move(final));
  }

  void OnSuccessor(const Expanded& from, uint32_t to, const int64_t*, const Successor& successor) {
    const bool is_limit =
        successor.status != StepStatus::kOk && successor.status != StepStatus::kError;
    if (!is_limit) edges_[from.number].push_back({successor.choice.actor.process(), to});
    if (to != StateStore::kNone) return;
    NoteBroken(successor, from.number,
               successor.status == StepStatus::kObjectLimit ? "what the model of an object holds"
                                                            : "local work without end");
  }

  void OnExpanded(const Expanded& from, const Expansion&) {
    if (from.number + 1 < store_.size()) MayGoOn();
  }
  static bool OnLevel(uint64_t) { return true; }
  static bool Continue(const ExploreCounts&) { return true; }  // a step takes long: see OnExpanded
  bool stop() const { return !result_.incomplete_reason.empty(); }

 private:
  struct Edge {
    int process = 0;
    uint32_t to = StateStore::kNone;  // kNone: it ends in an error
  };

  bool MayGoOn() {
    const double seconds = ElapsedSeconds() - started_;
    if (options_.progress) options_.progress(store_.size(), world_.steps(), seconds);
    if (store_.size() > options_.max_states) {
      Limit(fmt::format("the limit of {} states", options_.max_states));
    } else if (options_.max_seconds > 0 && seconds > options_.max_seconds) {
      Limit(fmt::format("the limit of {:g} seconds", options_.max_seconds));
      is_over_ = true;
    } else if (options_.real.stop != nullptr && options_.real.stop->load()) {
      Limit("an interrupt");
      is_over_ = true;
    }
    return !stop();
  }
  void Limit(std::string reason) {
    if (result_.incomplete_reason.empty()) result_.incomplete_reason = std::move(reason);
  }

  // What a step broke, or that it met a limit. `from`: kNone at the start.
  void NoteBroken(const Successor& successor, uint32_t from, const char* limit) {
    if (successor.status == StepStatus::kError) {
      Violation violation;
      violation.kind = Violation::Kind::kError;
      violation.process = successor.choice.actor.process();
      violation.error = system_.error();
      Note(std::move(violation), from, &system_.arrival());
    } else if (successor.status != StepStatus::kOk) {
      Limit(limit);
    } else {
      for (const Violation& violation : system_.broken()) Note(violation, from, &system_.arrival());
    }
  }

  // `number`: the state that is broken, or from which `last` leads to none; kNone: a start does.
  void Note(Violation violation, uint32_t number, const Arrival* last) {
    const int rank = violation.Rank();
    if (result_.violations.contains(rank)) return;
    RealViolation found;
    found.violation = std::move(violation);
    if (number == StateStore::kNone) {
      found.start = last->start_decided;
    } else {
      if (last != nullptr) found.moves.push_back({last->process, last->decided});
      const Arrival* arrival = &arrivals_[number];
      for (; arrival->parent != StateStore::kNone; arrival = &arrivals_[arrival->parent]) {
        found.moves.push_back({arrival->process, arrival->decided});
      }
      found.start = arrival->start_decided;
    }
    std::reverse(found.moves.begin(), found.moves.end());
    result_.violations.emplace(rank, std::move(found));
  }

  std::vector<int64_t> StateOf(uint32_t number) const {
    std::vector<int64_t> state(system_.state_words());
    store_.Get(number, state.data());
    return state;
  }

  // Whether p, alone from here, never finishes, fails or changes shared memory: on the graph that
  // the real processes went through. A blocked process has no steps there.
  bool Waits(uint32_t number, int p) const {
    std::set<uint32_t> seen = {number};
    std::vector<uint32_t> work = {number};
    while (!work.empty()) {
      const uint32_t at = work.back();
      work.pop_back();
      const std::vector<int64_t> before = StateOf(at);
      for (const Edge& edge : edges_[at]) {
        if (edge.process != p) continue;
        if (edge.to == StateStore::kNone) return false;
        const std::vector<int64_t> after = StateOf(edge.to);
        if (!program_.HasSteps(after.data(), p)) return false;
        for (uint32_t slot = 0; slot < program_.state_size(); ++slot) {
          const Slot& info = program_.slots[slot];
          const bool is_shared =
              info.kind == SlotKind::kWritten ||
              (info.kind == SlotKind::kMemory &&
               program_.objects[static_cast<std::size_t>(info.object)].symbol->kind ==
                   SymbolKind::kShared);
          if (is_shared && before[slot] != after[slot]) return false;
        }
        if (seen.insert(edge.to).second) work.push_back(edge.to);
      }
    }
    return true;
  }

  void FindDeadlocks() {
    for (uint32_t number = 0; number < store_.size(); ++number) {
      if (!MayGoOn()) return;
      const std::vector<int64_t> state = StateOf(number);
      bool somebody = false;
      bool all_wait = true;
      for (int p = 0; p < program_.process_count() && all_wait; ++p) {
        if (!program_.HasSteps(state.data(), p)) continue;
        somebody = somebody || !program_.IsDaemon(p);
        all_wait = Waits(number, p);
      }
      if (!somebody || !all_wait) continue;
      Violation violation;
      violation.kind = Violation::Kind::kDeadlock;
      Note(std::move(violation), number, nullptr);
      return;
    }
  }

  const Program& program_;
  const RealExploreOptions& options_;
  RealWorld world_;
  Judge judge_;
  StateStore store_;
  std::vector<Arrival> arrivals_;         // by number of a state
  std::vector<std::vector<Edge>> edges_;  // by number of a state
  RealSystem system_;
  const std::vector<uint32_t> final_slots_;
  RealExploration result_;
  const double started_ = ElapsedSeconds();
  bool is_over_ = false;  // no time is left, or somebody interrupted
};

}  // namespace

RealExploration ExploreReal(const Program& program, const RealExploreOptions& options) {
  return RealExplorer(program, options).Run();
}

}  // namespace interleave
