#include "model/graph/state_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "model/explore/explore.h"
#include "model/report/explain.h"
#include "model/report/text_layout.h"
#include "model/report/trace_view.h"
#include "sim/program/clock.h"
#include "sim/program/evaluate.h"

namespace interleave {
namespace {

constexpr std::size_t kCallWidth = 40;

std::string TimeLimitText(const StateSpaceOptions& options) {
  return fmt::format("the limit of {:g} seconds", options.max_seconds);
}

// What exploring is watched for: limits alone.
class LimitProbe {
 public:
  LimitProbe(const StateStore& store, const StateSpaceOptions& options)
      : store_(store), options_(options) {}

  void OnState(uint32_t, const int64_t*, uint64_t) {
    if (store_.size() >= options_.max_states)
      Limit(fmt::format("the limit of {} states", options_.max_states));
  }
  void OnInitial(const int64_t*, const Successor&) {}
  void OnSuccessor(const Expanded&, uint32_t, const int64_t*, const Successor&) {}
  void OnExpanded(const Expanded&, const Expansion&) {}
  static bool OnLevel(uint64_t) { return true; }
  bool MayGoOnWithin(const ExploreCounts& counts) { return Continue(counts); }
  bool Continue(const ExploreCounts& counts) {
    HasTime();
    if (options_.max_memory_bytes != 0 && store_.growth_bytes() > options_.max_memory_bytes)
      Limit(fmt::format("the limit of {} MiB of memory", options_.max_memory_bytes >> 20));
    const double seconds = ElapsedSeconds() - started_;
    if (options_.progress) {
      options_.progress({store_.size(),
                         counts.transitions,
                         counts.frontier,
                         counts.depth,
                         store_.memory_bytes(),
                         seconds,
                         {}});
    }
    return reason_.empty();
  }
  bool stop() const { return !reason_.empty(); }
  bool HasTime() {
    if (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed))
      Limit("an interrupt");
    // All of it is gone through once more, to be written down: half of the time is for that.
    if (options_.max_seconds > 0 && ElapsedSeconds() - started_ > options_.max_seconds / 2)
      Limit(TimeLimitText(options_));
    return reason_.empty();
  }
  const std::string& reason() const { return reason_; }

 private:
  void Limit(std::string reason) {
    if (reason_.empty()) reason_ = std::move(reason);
  }

  const StateStore& store_;
  const StateSpaceOptions& options_;
  const double started_ = ElapsedSeconds();
  std::string reason_;
};

template <class Value>
void Append(std::string& key, const Value& value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  key.append(bytes, sizeof value);
}

bool IsChange(Event::Kind kind) {
  return kind == Event::Kind::kWrite || kind == Event::Kind::kOperation ||
         kind == Event::Kind::kProduced || kind == Event::Kind::kConsumed;
}

// Whether an event touches a cell or an object.
bool HasAddress(Event::Kind kind) {
  return kind == Event::Kind::kRead || kind == Event::Kind::kWrite ||
         kind == Event::Kind::kOperation;
}

}  // namespace

// The states that were found, as a store for another walk from the start: they get their numbers in
// the order in which that meets them, and no state joins them.
class StateSpace::KnownStates {
 public:
  explicit KnownStates(StateSpace& space) : space_(space) {}

  StateStore::Inserted Insert(const int64_t* state) {
    const uint32_t known_before = space_.known_;
    const uint32_t stored = space_.store_->Find(state);
    if (stored == StateStore::kNone) return {stored, false};
    if (space_.number_of_.empty()) {
      space_.known_ = std::max(space_.known_, stored + 1);
      return {stored, stored >= known_before};
    }
    uint32_t& number = space_.number_of_[stored];
    if (number != StateStore::kNone) return {number, false};
    number = space_.known_++;
    space_.stored_as_.push_back(stored);
    return {number, true};
  }
  void Get(uint32_t number, int64_t* state) const { space_.Get(number, state); }
  uint32_t size() const { return space_.known_; }

 private:
  StateSpace& space_;
};

// Looks at all there is while the states get their numbers.
class StateSpace::Recorder {
 public:
  // `until`: when the time is over; 0: never.
  Recorder(StateSpace& space, const StateSpaceOptions& options, double until)
      : space_(space), options_(options), until_(until) {}

  void OnInitial(const int64_t*, const Successor& successor) {
    const std::optional<uint32_t> end = space_.EndOf(successor, true);
    if (end) space_.end_depths_[*end - space_.states()] = 0;
  }
  void OnState(uint32_t number, const int64_t*, uint64_t depth) {
    if (depth == 0) space_.marks_[number] |= kInitialState;
  }
  void OnSuccessor(const Expanded& from, uint32_t to, const int64_t* next,
                   const Successor& successor) {
    if (!LeadsToState(successor)) {
      const std::optional<uint32_t> end = space_.EndOf(successor, true);
      to = end.value_or(StateStore::kNone);
      if (end) {
        uint32_t& depth = space_.end_depths_[*end - space_.states()];
        depth = std::min(depth, static_cast<uint32_t>(from.depth) + 1);
      }
    }
    if (to == StateStore::kNone) {
      space_.marks_[from.number] |= kUnexpandedState;
      return;
    }
    space_.ActionOf(from.state, next, successor, true);
    ++(successor.status == StepStatus::kOk ? transitions_ : failed_steps_);
  }
  void OnExpanded(const Expanded& from, const Expansion& expansion) {
    space_.JudgeOne(from.number, from.state,
                    expansion.any_error || expansion.changed_shared || expansion.finished);
    space_.recorded_ = from.number + 1;
    space_.transitions_ += std::exchange(transitions_, 0);
    space_.failed_steps_ += std::exchange(failed_steps_, 0);
  }
  static bool OnLevel(uint64_t) { return true; }
  bool MayGoOnWithin(const ExploreCounts& counts) { return Continue(counts); }
  bool Continue(const ExploreCounts&) {
    if (options_.stop != nullptr && options_.stop->load()) {
      limit_ = "an interrupt";
    } else if (until_ > 0 && ElapsedSeconds() > until_) {
      limit_ = TimeLimitText(options_);
    }
    return limit_.empty();
  }
  // Beyond a limit there may be billions of initial states.
  bool stop() const {
    return !limit_.empty() || (!has_started_ && space_.known_ >= options_.max_states);
  }
  void EndStart() { has_started_ = true; }
  // Why not all of it was looked at; empty: it was.
  const std::string& limit() const { return limit_; }

 private:
  StateSpace& space_;
  const StateSpaceOptions& options_;
  const double until_;
  bool has_started_ = false;
  std::string limit_;
  uint64_t transitions_ = 0, failed_steps_ = 0;  // from the state that is being expanded
};

StateSpace::StateSpace(const Program& program, const Source& source)
    : program_(program), source_(source), judge_(program), system_(program, judge_.automata()) {
  system_.KeepEvents();
  std::vector<int64_t> initial = program.initial;
  initial.resize(system_.state_words());
  store_ = std::make_unique<StateStore>(std::move(initial));
}

void StateSpace::Explore(const StateSpaceOptions& options) {
  style_ = options.labels;
  const double until = options.max_seconds > 0 ? ElapsedSeconds() + options.max_seconds : 0;
  FindStates(options);
  Record(options, until);
  AskWithinSteps(nullptr);
}

void StateSpace::AskWithinSteps(const std::function<bool()>& may_go_on) {
  system_.stepper().set_may_go_on(may_go_on);
  judge_.evaluator().set_may_go_on(may_go_on);
}

void StateSpace::FindStates(const StateSpaceOptions& options) {
  LimitProbe probe(*store_, options);
  AskWithinSteps([&probe] { return probe.HasTime(); });
  Explorer explorer(system_, *store_, probe);
  explorer.Run(options.depth_first ? Order::kDepthFirst : Order::kBreadthFirst);
  NoteIncomplete(probe.reason());
}

// Goes breadth-first over the stored states, however those were found.
void StateSpace::Record(const StateSpaceOptions& options, double until) {
  if (options.depth_first) {
    stored_as_.reserve(store_->size());
    number_of_.assign(store_->size(), StateStore::kNone);
  }
  states_ = store_->size();
  marks_.assign(states_, 0);
  KnownStates known(*this);
  Recorder recorder(*this, options, until);
  AskWithinSteps([&recorder] { return recorder.Continue({}); });
  Explorer explorer(system_, known, recorder);
  explorer.Start(Order::kBreadthFirst);
  recorder.EndStart();
  explorer.GoOn(Order::kBreadthFirst);
  if (!recorder.limit().empty()) {
    NoteIncomplete(recorder.limit());
    KeepWhatIsKnown();
  }
  level_starts_ = explorer.level_starts();
  if (level_starts_.back() != known_) level_starts_.push_back(known_);
}

// What was found but has no number is no state of this; what was not looked at has no steps.
void StateSpace::KeepWhatIsKnown() {
  states_ = known_;
  marks_.resize(states_);
  for (uint32_t state = recorded_; state < states_; ++state) marks_[state] |= kUnexpandedState;
}

void StateSpace::JudgeOne(uint32_t number, const int64_t* state, bool goes_on) {
  violations_.clear();
  judge_.JudgeState(state, violations_);
  if (!goes_on && (marks_[number] & kUnexpandedState) == 0 && judge_.IsDeadlock(state)) {
    marks_[number] |= kDeadlockState;
    Violation deadlock;
    deadlock.kind = Violation::Kind::kDeadlock;
    violations_.push_back(deadlock);
  }
  if (judge_.IsComplete(state)) marks_[number] |= kCompleteState;
  if (violations_.empty()) return;
  std::vector<uint32_t>& broken = broken_at_[number];
  for (const Violation& violation : violations_) {
    broken.push_back(BrokenThingOf(violation));
    if (violation.kind != Violation::Kind::kDeadlock) marks_[number] |= kBrokenState;
  }
  std::sort(broken.begin(), broken.end());
  broken.erase(std::unique(broken.begin(), broken.end()), broken.end());
}

// Of a step that leads to no state: the end for what it broke; nothing where it leads out of what
// is kept. `notes`: what is new may be added.
std::optional<uint32_t> StateSpace::EndOf(const Successor& successor, bool notes) {
  Violation violation;
  violation.process = successor.choice.actor.process();
  switch (successor.status) {
    case StepStatus::kOk: break;
    case StepStatus::kError:
      violation.kind = Violation::Kind::kError;
      violation.error = system_.error();
      return EndOf(violation, notes);
    case StepStatus::kObjectLimit: NoteIncomplete(system_.error().message); return std::nullopt;
    case StepStatus::kBlocked:
    case StepStatus::kCut:
    case StepStatus::kLocalLimit:
      NoteIncomplete("a limit on local work in one step");
      return std::nullopt;
  }
  if (successor.violated_observer >= 0) {
    const auto observer = static_cast<std::size_t>(successor.violated_observer);
    violation.property = judge_.property_of_automaton(successor.violated_observer);
    violation.explanation = system_.explanation(observer);
    return EndOf(violation, notes);
  }
  NoteIncomplete("more items outstanding than `option outstanding` allows");
  return std::nullopt;
}

uint32_t StateSpace::EndOf(const Violation& violation, bool notes) {
  const uint32_t broken = BrokenThingOf(violation);
  const auto known = std::find(ends_.begin(), ends_.end(), broken);
  const auto number = static_cast<uint32_t>(known - ends_.begin());
  if (known == ends_.end() && notes) {
    ends_.push_back(broken);
    end_depths_.push_back(UINT32_MAX);
  }
  return states() + number;
}

uint32_t StateSpace::BrokenThingOf(const Violation& violation) {
  std::string name = BrokenName(program_, violation);
  // One name may fail in several ways: at several places, with several messages.
  std::string key = name;
  if (violation.kind == Violation::Kind::kError) {
    key += fmt::format("|{}|{}", violation.error.range.begin, violation.property);
  }
  const auto [it, fresh] =
      broken_by_key_.try_emplace(std::move(key), static_cast<uint32_t>(broken_.size()));
  if (fresh) {
    BrokenThing thing;
    thing.name = std::move(name);
    thing.message =
        violation.kind == Violation::Kind::kError ? violation.error.message : violation.explanation;
    broken_.push_back(std::move(thing));
  }
  return it->second;
}

uint32_t StateSpace::ActionOf(const int64_t* from, const int64_t* next, const Successor& successor,
                              bool notes) {
  const auto process = static_cast<std::size_t>(successor.choice.actor.process());
  const bool breaks = successor.status != StepStatus::kOk || successor.violated_observer >= 0;
  key_.clear();
  Append(key_, successor.choice.actor.process());
  Append(key_, breaks);
  Append(key_, from[program_.processes[process].point_slot]);
  for (const Event& event : system_.events()) {
    Append(key_, event.kind);
    Append(key_, event.address);
    Append(key_, event.location);
    Append(key_, event.value);
  }
  const auto known = action_by_key_.find(key_);
  if (known != action_by_key_.end()) return known->second;
  if (!notes) return 0;
  TraceStep step;
  step.process = successor.choice.actor.process();
  step.decided = system_.decided();
  step.events = system_.events();
  step.state.assign(next, next + state_words());
  const std::vector<int64_t> before(from, from + state_words());
  const ViewRow row =
      DescribeStep(program_, source_, step, before,
                   successor.status == StepStatus::kError ? &system_.error() : nullptr);
  Action action;
  action.process = successor.choice.actor.process();
  action.text = Untied(row.did);
  action.places = PlacesOf(source_, row.calls, row.range, row.statement);
  // All calls would be too long for a label.
  if (!row.calls.empty()) {
    action.text = Shorten(action.places.front().text, kCallWidth) + ": " + action.text;
  }
  action.statement = OneLine(source_, row.statement);
  action.line = row.line;
  action.breaks = breaks;
  for (const Event& event : system_.events()) {
    action.changes = action.changes || IsChange(event.kind);
    if (event.kind == Event::Kind::kRead) action.reads.push_back(event.address);
    if (HasAddress(event.kind) && event.kind != Event::Kind::kRead) {
      action.writes.push_back(event.address);
    }
  }
  std::string label = program_.processes[process].name + ": ";
  label += style_ == LabelStyle::kAction ? action.text : action.statement;
  const auto [it, fresh] =
      label_by_text_.try_emplace(std::move(label), static_cast<uint32_t>(labels_.size()));
  if (fresh) labels_.push_back(it->first);
  action.label = it->second;
  const auto number = static_cast<uint32_t>(actions_.size());
  actions_.push_back(std::move(action));
  action_by_key_.emplace(key_, number);
  return number;
}

void StateSpace::ForEachStep(uint32_t state, const std::function<void(const Step&)>& visit) {
  if (state >= recorded_) return;
  from_.resize(state_words());
  Get(state, from_.data());
  system_.ForEachSuccessor(from_.data(), [&](const int64_t* next, const Successor& successor) {
    const uint32_t to =
        LeadsToState(successor) ? Find(next) : EndOf(successor, false).value_or(StateStore::kNone);
    if (to == StateStore::kNone) return;
    Step step;
    step.from = state;
    step.to = to;
    step.choice = successor.choice;
    step.action = ActionOf(from_.data(), next, successor, false);
    step.decided = system_.decided();
    visit(step);
  });
}

std::vector<int64_t> StateSpace::Get(uint32_t state) const {
  std::vector<int64_t> slots(state_words());
  Get(state, slots.data());
  return slots;
}

uint32_t StateSpace::Find(const int64_t* slots) {
  const uint32_t stored = store_->Find(slots);
  if (stored == StateStore::kNone) return stored;
  const uint32_t number = number_of_.empty() ? stored : number_of_[stored];
  return number < states_ ? number : StateStore::kNone;
}

uint8_t StateSpace::marks(uint32_t node) const {
  if (!is_end(node)) return marks_[node];
  const bool at_start = end_depths_[node - states()] == 0;
  return static_cast<uint8_t>(kBrokenState | (at_start ? kInitialState : 0));
}

uint32_t StateSpace::depth(uint32_t node) const {
  if (is_end(node)) return end_depths_[node - states()];
  const auto level = std::upper_bound(level_starts_.begin(), level_starts_.end(), node);
  return static_cast<uint32_t>(level - level_starts_.begin()) - 1;
}

std::vector<uint32_t> StateSpace::BrokenAt(uint32_t node) const {
  if (is_end(node)) return {ends_[node - states()]};
  const auto it = broken_at_.find(node);
  return it == broken_at_.end() ? std::vector<uint32_t>{} : it->second;
}

void StateSpace::NoteIncomplete(const std::string& reason) {
  if (incomplete_reason_.empty()) incomplete_reason_ = reason;
}

}  // namespace interleave
