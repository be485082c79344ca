#include "model/conform/stress.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <stdexcept>

#include "model/explore/state_graph.h"
#include "sim/host/sandbox.h"
#include "sim/program/byte_layout.h"
#include "sim/program/clock.h"
#include "sim/program/emit_real.h"
#include "sim/program/evaluate.h"
#include "sim/program/ghosts.h"
#include "sim/program/words.h"
#include "sim/world/children.h"
#include "sim/world/native_code.h"
#include "sim/world/patience.h"
#include "sim/world/real_errors.h"
#include "sim/world/real_things.h"

namespace interleave {
namespace {

constexpr double kMostSecondsApart = 10;  // for the real things of a batch to be made, or observed
constexpr double kMostSecondsToGiveUp =
    0.2;  // for processes that spin to see that a run is abandoned
constexpr double kMostSecondsOfBarriers = 1;
constexpr double kLongestRound = 0.05;  // of watching; what is longer counts as that much
constexpr double kShareOfTime = 0.2;  // of the patience: processor time that is a chance to move on
constexpr double kMostPatience = 20;  // times the patience, then nobody waits any more
// Behind an error in a run, until the others are told to end, and again until they have to.
constexpr double kSecondsBehindError = 0.01;
constexpr unsigned kMaxMarks = 64;  // of one process in one run
constexpr std::size_t kBatchBytes = std::size_t{8} << 20;
constexpr std::size_t kMaxBatch = 10'000;

// What the model says about runs, before there are any.
struct Model {
  enum class Sticking : uint8_t { kUnknown, kNever, kDeadlock, kEndless };

  std::string unknown_reason;  // empty: it is known in full
  Sticking sticking = Sticking::kUnknown;
  std::vector<std::vector<int64_t>> finals;  // shared memory where all processes are done
};

Model LookAtModel(const Program& program, const StressOptions& options) {
  Model model;
  // Where --steps ends runs only whether they can stick is asked.
  const uint64_t most = options.max_accesses == 0 ? options.max_states
                                                  : std::min<uint64_t>(options.max_states, 100'000);
  const StateGraph graph = BuildStateGraph(program, {most, options.stop, 0});
  if (!graph.incomplete_reason.empty()) {
    model.unknown_reason =
        fmt::format("the model is not known in full: {}", graph.incomplete_reason);
    return model;
  }
  const std::vector<uint32_t> slots = FinalSlots(program);
  std::vector<int64_t> state(program.state_size());
  // States from which a run can end, backwards from those in which it has, or ends in an error.
  std::vector<std::vector<uint32_t>> before(graph.store.size());
  std::vector<bool> can_end(graph.store.size(), false);
  std::vector<uint32_t> work;
  const auto ends_from = [&](uint32_t number) {
    if (!can_end[number]) work.push_back(number);
    can_end[number] = true;
  };
  for (const GraphEdge& edge : graph.edges) {
    if (edge.is_error) {
      ends_from(edge.from);
    } else {
      before[edge.to].push_back(edge.from);
    }
  }
  for (uint32_t number = 0; number < graph.store.size(); ++number) {
    graph.store.Get(number, state.data());
    bool all_done = true, rest_is_daemons = true;
    for (int p = 0; p < program.process_count(); ++p) {
      const bool is_done = !program.HasSteps(state.data(), p);
      all_done = all_done && is_done;
      rest_is_daemons = rest_is_daemons && (is_done || program.IsDaemon(p));
    }
    if (rest_is_daemons) ends_from(number);
    if (!all_done) continue;
    std::vector<int64_t>& final = model.finals.emplace_back();
    for (const uint32_t slot : slots) final.push_back(state[slot]);
  }
  while (!work.empty()) {
    const uint32_t number = work.back();
    work.pop_back();
    for (const uint32_t earlier : before[number]) ends_from(earlier);
  }
  model.sticking = Model::Sticking::kNever;
  Evaluator evaluator(program);
  for (uint32_t number = 0; number < graph.store.size(); ++number) {
    if (can_end[number]) continue;
    model.sticking = Model::Sticking::kEndless;
    graph.store.Get(number, state.data());
    bool all_wait = true;
    for (int p = 0; p < program.process_count() && all_wait; ++p) {
      all_wait = !program.HasSteps(state.data(), p) || evaluator.Waits(state.data(), p);
    }
    if (!all_wait) continue;
    model.sticking = Model::Sticking::kDeadlock;
    break;
  }
  return model;
}

// What the processes of a batch share beside the memory of the instances.
class Board {
 public:
  Board(Sandbox& sandbox, std::size_t processes, std::size_t instances)
      : processes_(processes),
        instances_(instances),
        region_(sandbox, RegionKind::kAnonymous,
                sizeof(il_free) +
                    processes * instances * (sizeof(il_outcome) + kMaxMarks * sizeof(il_mark))) {}

  il_free* free() const { return static_cast<il_free*>(region_.parent_address()); }
  il_outcome* outcome(std::size_t process, std::size_t instance) const {
    return reinterpret_cast<il_outcome*>(free() + 1) + process * instances_ + instance;
  }
  il_mark* marks(std::size_t process, std::size_t instance) const {
    return reinterpret_cast<il_mark*>(outcome(processes_, 0)) +
           (process * instances_ + instance) * kMaxMarks;
  }
  void Clear() { std::memset(region_.parent_address(), 0, region_.bytes()); }

 private:
  std::size_t processes_;
  std::size_t instances_;
  Region region_;
};

// Waits until all have come `round` times.
void Barrier(il_free* board, unsigned round) {
  __atomic_add_fetch(&board->arrived, 1, __ATOMIC_ACQ_REL);
  unsigned spins = 0;
  while (__atomic_load_n(&board->arrived, __ATOMIC_ACQUIRE) < round * board->processes) {
    if (++spins % board->spins != 0) {
      __builtin_ia32_pause();
    } else {
      sched_yield();
    }
  }
}

void Pin(Pinning pinning, std::size_t process) {
  if (pinning == Pinning::kNone) return;
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  std::vector<unsigned> processors;
  for (unsigned p = 0; p < CPU_SETSIZE; ++p) {
    if (CPU_ISSET(p, &allowed)) processors.push_back(p);
  }
  if (processors.empty()) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(processors[pinning == Pinning::kSame ? 0 : process % processors.size()], &one);
  sched_setaffinity(0, sizeof one, &one);
}

class Stresser {
 public:
  Stresser(const Program& program, const StressOptions& options, const Model& model)
      : program_(program),
        options_(options),
        model_(model),
        layout_(LayOutBytes(program)),
        final_slots_(FinalSlots(program)),
        processes_(program.processes.size()) {
    EmitOptions emit;
    emit.mode = EmitMode::kFree;
    emit.relaxed = options.relaxed;
    emit.fault = options.fault;
    code_ = std::make_unique<NativeCode>(
        sandbox_, EmitC(program, layout_, emit), EmitRealThings(program),
        " for the code of real processes; install one", options.stop);
    things_ = std::make_unique<RealThings>(program, layout_, *code_);
    instance_bytes_ = things_->bytes();
    is_real_ = RunsFreeOnRealThing(program);
    uses_real_ = std::find(is_real_.begin(), is_real_.end(), true) != is_real_.end();
    batch_ = std::clamp<std::size_t>(kBatchBytes / instance_bytes_, 1, kMaxBatch);
    if (options.runs != 0) batch_ = std::min<std::size_t>(batch_, options.runs);
    board_ = std::make_unique<Board>(sandbox_, processes_, batch_);
    first_.resize(layout_.bytes);
    result_.is_told.assign(final_slots_.size(), true);
    WriteInitial(first_.data(), layout_, program);
  }

  StressResult Run() {
    begin_ = ElapsedSeconds();
    if (options_.max_seconds > 0) deadline_ = begin_ + options_.max_seconds;
    while (GoesOn()) {
      const uint64_t left = options_.runs == 0 ? batch_ : options_.runs - result_.runs;
      try {
        Batch(std::min<uint64_t>(batch_, left), true);
      } catch (const ProcessLost& lost) {
        result_.cut_short = lost.what();
      }
      Report(0);
    }
    result_.seconds = ElapsedSeconds() - begin_;
    if (!result_.cut_short.empty() || result_.runs == 0) return std::move(result_);
    // The yardstick: the same without anything between the barriers.
    const double bare = ElapsedSeconds();
    deadline_ = bare + std::min(result_.seconds, kMostSecondsOfBarriers);
    try {
      const std::size_t barriers = Batch(batch_, false);
      const double seconds = ElapsedSeconds() - bare;
      if (barriers != 0) result_.barrier_seconds = seconds / static_cast<double>(barriers);
    } catch (const ProcessLost&) {
      // There is none, then.
    }
    return std::move(result_);
  }

 private:
  bool IsInterrupted() const {
    return options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed);
  }
  bool IsLate() const { return deadline_ > 0 && ElapsedSeconds() >= deadline_; }

  // Whether another batch begins. That time is up cuts nothing short where no number was asked for.
  bool GoesOn() {
    if (options_.runs != 0 && result_.runs >= options_.runs) return false;
    if (!result_.cut_short.empty()) return false;
    if (IsInterrupted()) {
      result_.cut_short = "an interrupt";
    } else if (IsLate()) {
      if (options_.runs != 0) {
        result_.cut_short = fmt::format("the limit of {:g} seconds", options_.max_seconds);
      }
    } else {
      return true;
    }
    return false;
  }

  // `more`: runs of the batch that is going.
  void Report(uint64_t more) {
    if (options_.progress) options_.progress(result_.runs + more, ElapsedSeconds() - begin_);
  }

  // `count` runs, or as many barriers alone. Returns how many came to their end.
  std::size_t Batch(std::size_t count, bool runs) {
    Region memory(sandbox_, options_.region, instance_bytes_ * batch_);
    auto* const bytes = static_cast<std::byte*>(memory.parent_address());
    for (std::size_t i = 0; i < count; ++i) {
      std::memcpy(bytes + i * instance_bytes_, first_.data(), layout_.bytes);
    }
    if (uses_real_) {
      Apart("make", [&] {
        for (std::size_t i = 0; i < count; ++i) things_->Make(InstanceOf(memory, i));
        return 0;
      });
    }
    board_->Clear();
    had_their_chance_.assign(count, false);
    il_free* const free = board_->free();
    free->processes = static_cast<unsigned>(processes_);
    // More processes than processors: who waits must let the others run.
    free->spins = processes_ > static_cast<std::size_t>(sysconf(_SC_NPROCESSORS_ONLN)) ||
                          options_.pinning == Pinning::kSame
                      ? 8
                      : 4096;
    free->yield_one_in = options_.yield_one_in;
    free->delay_one_in = options_.delay_one_in;
    free->delay_rounds = 64;
    free->max_marks = kMaxMarks;
    free->max_accesses = options_.max_accesses != 0 ? options_.max_accesses
                                                    : std::numeric_limits<unsigned long>::max();
    Children children(sandbox_);
    for (std::size_t p = 0; p < processes_; ++p) {
      children.Start(static_cast<int>(p), [&, p] { return Child(memory, p, count, runs); });
    }
    if (options_.on_batch) options_.on_batch(children.pids());
    count = Watch(children, free, static_cast<unsigned>(count), runs);
    memory.Unlink();
    if (runs) {
      if (uses_real_) ObserveRealThings(memory, count);
      for (std::size_t i = 0; i < count; ++i) Count(bytes + i * instance_bytes_, i);
    }
    ++batches_;
    return count;
  }

  // Of the parent's mapping.
  char* InstanceOf(const Region& memory, std::size_t number) const {
    return static_cast<char*>(memory.parent_address()) + number * instance_bytes_;
  }

  // Runs a kind's own C in a process of its own, which may fail or hang.
  void Apart(const char* what, const std::function<int()>& body) {
    Children children(sandbox_);
    const std::string who = fmt::format("the process that should {} the real things", what);
    Patience patience(children.Start(0, body), kMostSecondsApart);
    for (;;) {
      if (const auto exit = children.Poll()) {
        if (exit->is_well()) return;
        ThrowEnd(*exit, who, "");
      }
      switch (patience.Look()) {
        case Patience::Finding::kWait: break;
        case Patience::Finding::kHangs: throw RealWorldError(who + " hangs");
        case Patience::Finding::kLost: throw ProcessLost(who + " does not get to run");
      }
      usleep(100);
    }
  }

  bool HasEnded(std::size_t instance) const {
    for (std::size_t p = 0; p < processes_; ++p) {
      if (board_->outcome(p, instance)->status != IL_OK) return false;
    }
    return true;
  }

  // Puts what the real things tell into the model's cells, in the runs that all processes ended.
  void ObserveRealThings(const Region& memory, std::size_t count) {
    std::vector<std::size_t> ended;
    for (std::size_t i = 0; i < count; ++i) {
      if (HasEnded(i)) ended.push_back(i);
    }
    if (ended.empty()) return;
    const Region told(sandbox_, RegionKind::kAnonymous, layout_.bytes * sizeof(unsigned));
    auto* const times = static_cast<unsigned*>(told.parent_address());
    Apart("observe", [&] {
      for (const std::size_t i : ended) things_->Observe(InstanceOf(memory, i), times, is_real_);
      return 0;
    });
    for (std::size_t k = 0; k < final_slots_.size(); ++k) {
      const uint32_t slot = final_slots_[k];
      if (!is_real_[static_cast<std::size_t>(program_.slots[slot].object)]) continue;
      const unsigned seen = times[layout_.offset_of[slot]];
      const bool is_told = seen != 0;
      if ((seen != 0 && seen != ended.size()) || (knows_told_ && result_.is_told[k] != is_told)) {
        throw RealWorldError(
            fmt::format("the real thing tells {} in some states only", SlotName(program_, slot)));
      }
      result_.is_told[k] = is_told;
    }
    knows_told_ = true;
  }

  int Child(Region& memory, std::size_t process, std::size_t count, bool runs) {
    const ProcessInstance& instance = program_.processes[process];
    Pin(options_.pinning, process);
    auto* const bytes = static_cast<char*>(memory.AttachInChild(static_cast<int>(process)));
    il context{};
    things_->Attach(context);
    context.free = board_->free();
    context.self = instance.index;
    context.own_base = instance.own_base;
    context.own_end = instance.end;
    context.process = static_cast<long>(process);
    context.random = (options_.seed + 1) * 0x9e3779b97f4a7c15UL ^ (batches_ * 64 + process + 1);
    for (std::size_t i = 0; i < count; ++i) {
      context.memory = bytes + i * instance_bytes_;
      context.outcome = board_->outcome(process, i);
      context.marks = board_->marks(process, i);
      context.accesses = 0;
      context.number = static_cast<unsigned>(i + 1);
      Barrier(context.free, context.number);
      if (runs) code_->Run(&context, static_cast<unsigned>(process));
    }
    return 0;
  }

  // The process of the program that `exit` is about, when so many runs of a batch had been begun.
  [[noreturn]] void ThrowEndOf(const Children::Exit& exit, unsigned begun) const {
    ThrowEnd(exit,
             "the process of " + program_.processes[static_cast<std::size_t>(exit.index)].name,
             fmt::format(", in run {}", result_.runs + begun));
  }

  // Until all children have ended, or it is cut short: by an interrupt, by the limit of time or,
  // where there are `runs` and not barriers alone, because a process was lost. A run that nobody
  // moves on in is given up. Returns the number of runs that came to an end.
  unsigned Watch(Children& children, il_free* free, unsigned count, bool runs) {
    unsigned before = 0;
    Waiting waiting(kLongestRound);  // since somebody arrived
    std::vector<Spent> spent;
    // Those that have ended when no other run has begun.
    const auto cut = [&](unsigned begun) {
      children.KillAll();
      return begun == 0 ? 0 : begun - 1;
    };
    while (children.alive() > 0) {
      while (const auto exit = children.Poll()) {
        if (exit->is_well()) continue;
        const unsigned begun = __atomic_load_n(&free->arrived, __ATOMIC_RELAXED) / free->processes;
        try {
          ThrowEndOf(*exit, begun);
        } catch (const ProcessLost& lost) {
          if (!runs) throw;
          result_.cut_short = lost.what();
        }
        return cut(begun);
      }
      if (children.alive() == 0) break;
      const unsigned arrived = __atomic_load_n(&free->arrived, __ATOMIC_RELAXED);
      const double now = ElapsedSeconds();
      if (IsInterrupted() || IsLate()) return cut(arrived / free->processes);
      if (runs) Report(arrived / free->processes);
      // A round that took long is no evidence: this process was stopped, or had to wait itself.
      double waited = waiting.Look();
      if (arrived != before) {
        before = arrived;
        waiting.Restart();
        waited = 0;
        spent.clear();
      } else if (const unsigned number = RunBegun(arrived, count);
                 waited > kSecondsBehindError && HasError(number)) {
        // What the others do, or whom they wait for, changes nothing any more.
        __atomic_store_n(&free->abandon, number, __ATOMIC_RELAXED);
        abandoned_at_ = abandoned_at_ == 0 ? now : abandoned_at_;
        if (now - abandoned_at_ > kSecondsBehindError) {
          children.KillAll();
          abandoned_at_ = 0;
          return number;
        }
      } else if (spent.empty() && waited > PatienceSeconds() / 4) {
        for (const pid_t pid : children.pids()) spent.emplace_back(pid);
      } else if (waited > PatienceSeconds()) {
        const bool gets_nowhere = std::all_of(spent.begin(), spent.end(), [&](const Spent& one) {
          return one.HadItsChance(PatienceSeconds() * kShareOfTime);
        });
        // A real thing may do what the model's never does.
        const bool may_stick = model_.sticking != Model::Sticking::kNever || uses_real_;
        const bool is_evidence = gets_nowhere && may_stick;
        // Evidence comes sooner when it is asked for sooner, but not from a busy machine.
        const double most = options_.stuck_seconds * kMostPatience;
        if (waited > most && arrived < processes_)
          throw ProcessLost("not all processes came to the first run, they do not get to run");
        if (is_evidence || waited > most) {
          if (number > 0 && abandoned_at_ == 0) had_their_chance_[number - 1] = is_evidence;
          __atomic_store_n(&free->abandon, number, __ATOMIC_RELAXED);
          abandoned_at_ = abandoned_at_ == 0 ? now : abandoned_at_;
          has_got_nowhere_ = has_got_nowhere_ || is_evidence;
          // Who is blocked in a real call, or stopped, does not see that. All of the batch end, so
          // that nobody waits for a mutex that a killed process holds; the rest of the runs begins
          // anew.
          const double sees_it = uses_real_ ? kMostSecondsToGiveUp : most / 2;
          if (number > 0 && now - abandoned_at_ > sees_it) {
            children.KillAll();
            board_->outcome(0, number - 1)->status = IL_STUCK;
            abandoned_at_ = 0;
            return number;
          }
        }
      }
      if (waited == 0) abandoned_at_ = 0;
      usleep(200);
    }
    return count;
  }

  // The number of the run that began last, from 1 on; 0: none did. At most `count`.
  unsigned RunBegun(unsigned arrived, unsigned count) const {
    return std::min(arrived / static_cast<unsigned>(processes_), count);
  }
  // Whether a process has ended in an error in this run.
  bool HasError(unsigned number) const {
    for (std::size_t p = 0; number > 0 && p < processes_; ++p) {
      const int* const status = &board_->outcome(p, number - 1)->status;
      if (__atomic_load_n(status, __ATOMIC_RELAXED) == IL_ERROR) return true;
    }
    return false;
  }

  // After the first run that got nowhere the next ones are believed sooner.
  double PatienceSeconds() const { return options_.stuck_seconds * (has_got_nowhere_ ? 0.1 : 1); }

  void Count(const std::byte* memory, std::size_t instance) {
    ++result_.runs;
    int worst = IL_OK;
    StressError error;
    bool has_error = false;
    for (std::size_t p = 0; p < processes_; ++p) {
      const il_outcome& outcome = *board_->outcome(p, instance);
      if (outcome.status == IL_ERROR && !has_error) {
        has_error = true;
        error = {static_cast<int>(p), static_cast<ErrorKind>(outcome.error), outcome.error_at};
      }
      if (outcome.status != IL_OK) worst = std::max(worst, outcome.status);
    }
    if (has_error) {
      ++result_.errors[error];
      return;
    }
    switch (worst) {
      case IL_OK: break;
      case IL_STUCK:
        if (!had_their_chance_[instance]) {
          ++result_.given_up;
        } else if (model_.sticking == Model::Sticking::kDeadlock ||
                   model_.sticking == Model::Sticking::kNever) {
          ++result_.stuck;
          result_.left_when_stuck += LookAtMarks(instance).lost;
        } else {
          ++result_.endless;
        }
        return;
      case IL_CUT: ++result_.cut; return;
      case IL_STEPS: ++result_.out_of_steps; return;
      case IL_OBJECT_LIMIT: ++result_.queue_full; return;
      default: return;
    }
    std::vector<int64_t> final;
    for (std::size_t k = 0; k < final_slots_.size(); ++k) {
      final.push_back(result_.is_told[k] ? ReadCell(memory, layout_, program_, final_slots_[k])
                                         : 0);
    }
    ++result_.finals[std::move(final)];
    CountMarks(instance);
  }

  // What the marks of a run say.
  struct Marked {
    bool too_many = false;  // then the rest is not known
    bool lost = false, invented = false, doubled = false, reordered = false;
  };

  void CountMarks(std::size_t instance) {
    const Marked marked = LookAtMarks(instance);
    result_.too_many_marks += marked.too_many;
    result_.lost += marked.lost;
    result_.invented += marked.invented;
    result_.doubled += marked.doubled;
    result_.reordered += marked.reordered;
  }

  // What was produced and consumed, and each producer's order at each consumer.
  Marked LookAtMarks(std::size_t instance) const {
    struct Origin {
      std::size_t process, place;
    };
    Marked marked;
    std::map<int64_t, std::vector<Origin>> produced;
    std::map<int64_t, int64_t> balance;
    for (std::size_t p = 0; p < processes_; ++p) {
      const unsigned marks = board_->outcome(p, instance)->marks;
      if (marks > kMaxMarks) {
        marked.too_many = true;
        return marked;
      }
      for (unsigned m = 0; m < marks; ++m) {
        const il_mark& mark = board_->marks(p, instance)[m];
        if (mark.kind != IL_EV_PRODUCED) continue;
        produced[mark.value].push_back({p, m});
        ++balance[mark.value];
      }
    }
    for (std::size_t p = 0; p < processes_; ++p) {
      std::map<std::size_t, std::size_t> last;  // by producer: the place of its last item seen here
      for (unsigned m = 0; m < board_->outcome(p, instance)->marks; ++m) {
        const il_mark& mark = board_->marks(p, instance)[m];
        if (mark.kind != IL_EV_CONSUMED) continue;
        const auto from = produced.find(mark.value);
        if (from == produced.end()) {
          marked.invented = true;
          continue;
        }
        if (--balance[mark.value] < 0) marked.doubled = true;
        if (from->second.size() != 1) continue;  // equal items have no order
        const Origin& origin = from->second.front();
        const auto [at, is_first] = last.emplace(origin.process, origin.place);
        if (!is_first && at->second > origin.place) marked.reordered = true;
        at->second = origin.place;
      }
    }
    marked.lost = std::any_of(balance.begin(), balance.end(),
                              [](const auto& item) { return item.second > 0; });
    return marked;
  }

  const Program& program_;
  const StressOptions& options_;
  const Model& model_;
  const ByteLayout layout_;
  const std::vector<uint32_t> final_slots_;
  const std::size_t processes_;
  Sandbox sandbox_;
  std::unique_ptr<NativeCode> code_;
  std::unique_ptr<RealThings> things_;
  std::vector<bool> is_real_;  // by object: processes work on its real thing alone
  bool uses_real_ = false;     // for some object
  bool knows_told_ = false;    // result_.is_told was found out
  std::size_t instance_bytes_ = 0;
  std::size_t batch_ = 1;
  std::unique_ptr<Board> board_;
  std::vector<std::byte> first_;  // the model's cells of an instance at the start
  uint64_t batches_ = 0;
  std::vector<bool> had_their_chance_;  // by run of the batch, where it was given up
  double begin_ = 0;                    // of all runs
  double deadline_ = 0;                 // 0: none
  double abandoned_at_ = 0;             // 0: no run is being given up
  bool has_got_nowhere_ = false;        // some run did, by the evidence
  StressResult result_;
};

void JudgeByModel(const StressOptions& options, const Model& model, StressResult& result) {
  result.not_judged_reason =
      options.max_accesses != 0 ? "--steps ends runs anywhere" : model.unknown_reason;
  result.is_judged = result.not_judged_reason.empty();
  if (!result.is_judged) return;
  for (std::vector<int64_t> final : model.finals) {
    for (std::size_t k = 0; k < final.size(); ++k) {
      if (!result.is_told[k]) final[k] = 0;
    }
    result.model_finals.emplace(std::move(final), 0);
  }
  for (const auto& [final, count] : result.finals) {
    if (!result.model_finals.contains(final)) result.unreachable += count;
  }
}

}  // namespace

uint64_t StressResult::ended() const {
  return std::accumulate(finals.begin(), finals.end(), uint64_t{0},
                         [](uint64_t sum, const auto& row) { return sum + row.second; });
}

std::vector<uint32_t> FinalSlots(const Program& program) {
  std::vector<uint32_t> slots;
  for (const MemoryObject& object : program.objects) {
    if (object.symbol->kind != SymbolKind::kShared) continue;
    for (uint32_t i = 0; i < object.cells; ++i) slots.push_back(object.base + i);
  }
  return slots;
}

StressResult Stress(Program& program, const StressOptions& options) {
  SilenceGhostAssertions(program);
  const Model model = LookAtModel(program, options);
  StressResult result = Stresser(program, options, model).Run();
  JudgeByModel(options, model, result);
  return result;
}

}  // namespace interleave
