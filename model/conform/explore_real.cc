#include "model/conform/explore_real.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "model/conform/stress.h"
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

class RealExplorer {
 public:
  RealExplorer(const Program& program, const RealExploreOptions& options)
      : program_(program),
        options_(options),
        world_(program, options.real),
        judge_(program),
        final_slots_(FinalSlots(program)) {}

  RealExploration Run() {
    StartAll(0, {}, {});
    for (std::size_t number = 0; number < nodes_.size() && MayGoOn(); ++number) Expand(number);
    if (result_.incomplete_reason.empty()) FindDeadlocks();
    result_.complete = result_.incomplete_reason.empty();
    result_.states = nodes_.size();
    result_.steps = world_.steps();
    result_.starts = world_.starts();
    result_.seconds = ElapsedSeconds() - started_;
    return std::move(result_);
  }

 private:
  struct Edge {
    int process = 0;
    std::size_t to = 0;
    bool ends = false;  // in an error: `to` is none
  };
  struct Node {
    std::vector<int64_t> state;  // observed, then the observers' words
    std::size_t parent = 0;      // itself: a start
    int process = -1;
    Script script;                 // of the last move
    std::vector<int64_t> decided;  // the values of it
    std::vector<Script> start;     // of starts: by process
    std::vector<std::vector<int64_t>> start_decided;
    std::vector<Edge> edges;
  };

  bool MayGoOn() {
    const double seconds = ElapsedSeconds() - started_;
    if (options_.progress) options_.progress(nodes_.size(), world_.steps(), seconds);
    if (nodes_.size() > options_.max_states) {
      Limit(fmt::format("the limit of {} states", options_.max_states));
    } else if (options_.max_seconds > 0 && seconds > options_.max_seconds) {
      Limit(fmt::format("the limit of {:g} seconds", options_.max_seconds));
    } else if (options_.real.stop != nullptr && options_.real.stop->load()) {
      Limit("an interrupt");
    }
    return result_.incomplete_reason.empty();
  }
  void Limit(std::string reason) {
    if (result_.incomplete_reason.empty()) result_.incomplete_reason = std::move(reason);
  }

  // Begins anew with the first processes as `scripts` say. False if that is not possible any more:
  // the machine did something else than the time before.
  void Restart(const std::vector<Script>& scripts) {
    world_.Reset();
    std::vector<DecisionTaken> taken;
    for (std::size_t p = 0; p < scripts.size(); ++p) {
      if (world_.StartBlind(static_cast<int>(p), scripts[p], taken) != StepStatus::kOk) {
        throw RealWorldError("a start that went well before did not go well again");
      }
    }
  }

  // All outcomes of the starts of process p and those behind it. `state`: what the observers know.
  void StartAll(std::size_t p, const std::vector<Script>& scripts, std::vector<int64_t> words) {
    words.resize(judge_.state_words() - program_.state_size(), 0);
    if (p == program_.processes.size()) {
      Node node;
      node.state.assign(world_.Observe().begin(), world_.Observe().end());
      node.state.insert(node.state.end(), words.begin(), words.end());
      node.start = scripts;
      node.start_decided = start_decided_;
      Add(std::move(node), true);
      return;
    }
    std::optional<Script> script = Script();
    while (script) {
      Restart(scripts);
      std::vector<DecisionTaken> taken;
      const StepStatus status = world_.StartBlind(static_cast<int>(p), *script, taken);
      start_decided_.resize(p);
      start_decided_.push_back(ValuesOf(taken));
      if (status == StepStatus::kOk) {
        std::vector<int64_t> state(world_.Observe().begin(), world_.Observe().end());
        state.insert(state.end(), words.begin(), words.end());
        std::vector<Violation> broken;
        judge_.Observe(world_.events(), static_cast<int>(p), state.data(), broken);
        std::vector<Script> longer = scripts;
        longer.push_back(IndicesOf(taken));
        for (Violation& violation : broken) Note(std::move(violation), nodes_.size());
        if (broken.empty()) {
          StartAll(
              p + 1, longer,
              {state.begin() + static_cast<std::ptrdiff_t>(program_.state_size()), state.end()});
        }
      } else if (status == StepStatus::kError) {
        NoteError(static_cast<int>(p), nodes_.size());
      } else if (status != StepStatus::kCut) {
        Limit("local work without end");
      }
      script = NextScript(taken);
    }
  }

  // A state: known, or new and judged.
  std::size_t Add(Node node, bool is_start) {
    const auto [known, is_new] = numbers_.emplace(node.state, nodes_.size());
    if (!is_new) return known->second;
    if (is_start) node.parent = nodes_.size();
    nodes_.push_back(std::move(node));
    const std::size_t number = nodes_.size() - 1;
    std::vector<Violation> violations;
    judge_.JudgeState(nodes_[number].state.data(), violations);
    for (Violation& violation : violations) Note(std::move(violation), number);
    bool done = true;
    for (const ProcessInstance& process : program_.processes) {
      done = done && nodes_[number].state[process.point_slot] == 0;
    }
    if (done) {
      std::vector<int64_t> final;
      for (const uint32_t slot : final_slots_) final.push_back(nodes_[number].state[slot]);
      result_.finals.insert(std::move(final));
    }
    return number;
  }

  // Puts the real processes into a state that was seen.
  void GoTo(std::size_t number) {
    std::vector<std::size_t> way;
    for (std::size_t at = number; nodes_[at].parent != at; at = nodes_[at].parent) {
      way.push_back(at);
    }
    std::size_t root = number;
    while (nodes_[root].parent != root) root = nodes_[root].parent;
    Restart(nodes_[root].start);
    std::vector<DecisionTaken> taken;
    for (auto step = way.rbegin(); step != way.rend(); ++step) {
      if (world_.StepBlind(nodes_[*step].process, nodes_[*step].script, taken) != StepStatus::kOk) {
        throw RealWorldError("a step that went well before did not go well again");
      }
    }
    if (!std::equal(world_.Observe().begin(), world_.Observe().end(),
                    nodes_[number].state.begin())) {
      throw RealWorldError("the same steps led to another state than before");
    }
  }

  void Expand(std::size_t number) {
    bool is_there = false;
    for (int p = 0; p < program_.process_count(); ++p) {
      const ProcessInstance& instance = program_.processes[static_cast<std::size_t>(p)];
      if (nodes_[number].state[instance.point_slot] == 0) continue;
      std::optional<Script> script = Script();
      while (script) {
        if (!is_there) GoTo(number);
        std::vector<DecisionTaken> taken;
        const StepStatus status = world_.StepBlind(p, *script, taken);
        is_there = status == StepStatus::kBlocked;  // nothing moved
        if (status == StepStatus::kBlocked) break;
        Step(number, p, status, taken);
        script = NextScript(taken);
      }
    }
  }

  void Step(std::size_t number, int p, StepStatus status, const std::vector<DecisionTaken>& taken) {
    Node node;
    node.parent = number;
    node.process = p;
    node.script = IndicesOf(taken);
    node.decided = ValuesOf(taken);
    if (status == StepStatus::kError) {
      nodes_[number].edges.push_back({p, 0, true});
      last_ = std::move(node);
      NoteError(p, number);
      last_.reset();
      return;
    }
    if (status == StepStatus::kCut) return;
    if (status != StepStatus::kOk) {
      Limit(status == StepStatus::kQueueCap ? "the cap of an unbounded queue"
                                            : "local work without end");
      return;
    }
    node.state.assign(world_.Observe().begin(), world_.Observe().end());
    node.state.insert(
        node.state.end(),
        nodes_[number].state.begin() + static_cast<std::ptrdiff_t>(program_.state_size()),
        nodes_[number].state.end());
    std::vector<Violation> broken;
    judge_.Observe(world_.events(), p, node.state.data(), broken);
    ++result_.transitions;
    if (!broken.empty()) {
      last_ = std::move(node);
      for (Violation& violation : broken) Note(std::move(violation), number);
      last_.reset();
      nodes_[number].edges.push_back({p, 0, true});
      return;
    }
    const std::size_t to = Add(std::move(node), false);
    nodes_[number].edges.push_back({p, to, false});
  }

  void NoteError(int process, std::size_t number) {
    Violation violation;
    violation.kind = Violation::Kind::kError;
    violation.process = process;
    violation.error = world_.error();
    Note(std::move(violation), number);
  }

  void Note(Violation violation, std::size_t number) {
    const int rank = violation.Rank();
    if (result_.violations.contains(rank)) return;
    RealViolation found;
    found.violation = std::move(violation);
    if (last_) found.moves.push_back({last_->process, last_->decided});
    if (number < nodes_.size()) {
      std::size_t at = number;
      for (; nodes_[at].parent != at; at = nodes_[at].parent) {
        found.moves.push_back({nodes_[at].process, nodes_[at].decided});
      }
      found.start = nodes_[at].start_decided;
    } else {
      found.start = start_decided_;
    }
    std::reverse(found.moves.begin(), found.moves.end());
    result_.violations.emplace(rank, std::move(found));
  }

  // Whether p, alone from here, never finishes, fails or changes shared memory: on the graph that
  // the real processes went through. A blocked process has no steps there.
  bool Waits(std::size_t number, int p) const {
    const auto point = program_.processes[static_cast<std::size_t>(p)].point_slot;
    std::set<std::size_t> seen = {number};
    std::vector<std::size_t> work = {number};
    while (!work.empty()) {
      const std::size_t at = work.back();
      work.pop_back();
      for (const Edge& edge : nodes_[at].edges) {
        if (edge.process != p) continue;
        if (edge.ends || nodes_[edge.to].state[point] == 0) return false;
        for (uint32_t slot = 0; slot < program_.state_size(); ++slot) {
          const Slot& info = program_.slots[slot];
          const bool is_shared =
              info.kind == SlotKind::kWritten ||
              (info.kind == SlotKind::kMemory &&
               program_.objects[static_cast<std::size_t>(info.object)].symbol->kind ==
                   SymbolKind::kShared);
          if (is_shared && nodes_[at].state[slot] != nodes_[edge.to].state[slot]) return false;
        }
        if (seen.insert(edge.to).second) work.push_back(edge.to);
      }
    }
    return true;
  }

  void FindDeadlocks() {
    for (std::size_t number = 0; number < nodes_.size(); ++number) {
      bool somebody = false;
      bool all_wait = true;
      for (int p = 0; p < program_.process_count() && all_wait; ++p) {
        if (nodes_[number].state[program_.processes[static_cast<std::size_t>(p)].point_slot] == 0)
          continue;
        somebody = somebody || !program_.IsDaemon(p);
        all_wait = Waits(number, p);
      }
      if (!somebody || !all_wait) continue;
      Violation violation;
      violation.kind = Violation::Kind::kDeadlock;
      Note(std::move(violation), number);
      return;
    }
  }

  const Program& program_;
  const RealExploreOptions& options_;
  RealWorld world_;
  Judge judge_;
  const std::vector<uint32_t> final_slots_;
  std::vector<Node> nodes_;
  std::map<std::vector<int64_t>, std::size_t> numbers_;
  std::vector<std::vector<int64_t>> start_decided_;
  std::optional<Node> last_;  // a move that broke something and leads to no state
  RealExploration result_;
  double started_ = ElapsedSeconds();
};

}  // namespace

RealExploration ExploreReal(const Program& program, const RealExploreOptions& options) {
  return RealExplorer(program, options).Run();
}

}  // namespace interleave
