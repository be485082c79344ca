#pragma once
// All that a program can do, for showing: its reachable states, numbered breadth-first whatever
// explored them, what is special about each, and the steps between them with their labels.
//
// States are kept, steps are made again whenever they are asked for: so a graph of many transitions
// can be written within the memory of its states.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/explore/state_store.h"
#include "model/property/judge.h"
#include "model/report/places.h"
#include "model/search/check.h"
#include "model/system/program_system.h"
#include "sim/language/source.h"
#include "sim/program/program.h"

namespace interleave {

// What is special about a state; bits.
enum StateMark : uint8_t {
  kInitialState = 1,
  kCompleteState = 2,    // all processes but daemons are done, daemons at rest
  kDeadlockState = 4,    // somebody is left and nobody will go on
  kBrokenState = 8,      // a property is violated here, or the step that ends here broke something
  kUnexpandedState = 16  // a limit was met: what follows is not known
};

// Something that broke. Steps that break something end in a state of its own (an *end*), numbered
// behind the reachable states, one for each thing that broke.
struct BrokenThing {
  std::string name;     // "property fifo", "deadlock", "run-time error: index"
  std::string message;  // one sentence; of the first time it was met
};

// What a step did. Steps of one process that do the same at the same place are one action.
struct Action {
  int process = 0;
  uint32_t label = 0;     // into StateSpace::labels
  std::string text;       // "buffer[0] = 'a'", in a function "down(&full): reads full = 0"
  std::string statement;  // of the source, in one line
  uint32_t line = 0;      // 1-based, in the process's own text
  std::vector<SourcePlace> places;
  bool changes = false;  // something shared was written, appended, taken, produced or consumed
  bool breaks = false;   // the step ended in an error or broke an observer
  // Addresses of cells and queues, in order: those that were read, and those that were written,
  // appended to or taken from.
  std::vector<uint32_t> reads, writes;
};

// How steps are named where steps of one name count as the same.
enum class LabelStyle : uint8_t {
  kAction,     // process and what it did: "producer: buffer[0] = 'a'"
  kStatement,  // process and the source: "producer: buffer[in] = next_produced"
};

struct StateSpaceOptions {
  uint64_t max_states = UINT32_MAX - 2;
  uint64_t max_memory_bytes = 0;  // of the store; 0: no limit
  LabelStyle labels = LabelStyle::kAction;
  bool depth_first = false;  // how states are found; makes no difference to the result
  double max_seconds = 0;    // 0: no limit
  const std::atomic<bool>* stop = nullptr;
  std::function<void(const CheckProgress&)> progress;  // now and then; may be empty
};

class StateSpace {
 public:
  struct Step {
    uint32_t from = 0;
    uint32_t to = 0;  // a state, or an end
    Choice choice;
    uint32_t action = 0;  // into actions
    std::vector<int64_t> decided;
  };

  // Both are kept by the caller.
  StateSpace(const Program& program, const Source& source);
  StateSpace(const StateSpace&) = delete;
  StateSpace& operator=(const StateSpace&) = delete;

  // Finds all there is, once, before anything below is asked.
  void Explore(const StateSpaceOptions& options);

  const Program& program() const { return program_; }
  const Source& source() const { return source_; }

  // Reachable states; what `check` counts. After a limit only those that got a number.
  uint32_t states() const { return states_; }
  // With the ends.
  uint32_t nodes() const { return states() + static_cast<uint32_t>(ends_.size()); }
  // What `check` counts, and the steps that end in a run-time error.
  uint64_t transitions() const { return transitions_; }
  uint64_t steps() const { return transitions_ + failed_steps_; }
  bool is_end(uint32_t node) const { return node >= states(); }

  // Slots of a state: the program's, then the observers'.
  std::size_t state_words() const { return system_.state_words(); }
  // REQUIRES: no end.
  void Get(uint32_t state, int64_t* slots) const {
    store_->Get(stored_as_.empty() ? state : stored_as_[state], slots);
  }
  std::vector<int64_t> Get(uint32_t state) const;
  // The number of a state with these slots, or StateStore::kNone.
  uint32_t Find(const int64_t* slots);

  uint8_t marks(uint32_t node) const;  // StateMark
  // Steps from the nearest initial state; of an end from the nearest step into it.
  uint32_t depth(uint32_t node) const;
  uint32_t depth() const { return static_cast<uint32_t>(level_starts_.size()) - 2; }
  // What is broken in a state or end; ascending, into broken().
  std::vector<uint32_t> BrokenAt(uint32_t node) const;
  const std::vector<BrokenThing>& broken() const { return broken_; }
  // The initial states are those before this one.
  uint32_t initial_states() const { return level_starts_[1]; }

  const std::vector<Action>& actions() const { return actions_; }
  const std::vector<std::string>& labels() const { return labels_; }
  // The steps of a state, processes and outcomes in order.
  void ForEachStep(uint32_t state, const std::function<void(const Step&)>& visit);

  // Why not everything is here; empty: it is.
  const std::string& incomplete_reason() const { return incomplete_reason_; }

 private:
  class KnownStates;
  class Recorder;

  void FindStates(const StateSpaceOptions& options);
  // Of the program and of judging (Stepper::set_may_go_on).
  void AskWithinSteps(const std::function<bool()>& may_go_on);
  void Record(const StateSpaceOptions& options, double until);
  void KeepWhatIsKnown();
  void JudgeOne(uint32_t number, const int64_t* state, bool goes_on);
  // Whether a step, if nothing is wrong with it, leads to a state.
  static bool LeadsToState(const Successor& successor) {
    return successor.status == StepStatus::kOk && successor.violated_observer < 0 &&
           !successor.observer_full;
  }
  std::optional<uint32_t> EndOf(const Successor& successor, bool notes);
  uint32_t EndOf(const Violation& violation, bool notes);
  uint32_t BrokenThingOf(const Violation& violation);
  uint32_t ActionOf(const int64_t* from, const int64_t* next, const Successor& successor,
                    bool notes);
  void NoteIncomplete(const std::string& reason);

  const Program& program_;
  const Source& source_;
  LabelStyle style_ = LabelStyle::kAction;
  Judge judge_;
  ProgramSystem system_;
  std::unique_ptr<StateStore> store_;
  // Found depth-first: numbers in the store, by number and back. Else empty: they are the same.
  std::vector<uint32_t> stored_as_, number_of_;
  uint32_t states_ = 0;
  uint32_t known_ = 0;     // states that have a number
  uint32_t recorded_ = 0;  // states whose steps were looked at: those before this one
  std::vector<uint8_t> marks_;
  std::vector<uint32_t> level_starts_;  // one more than levels
  std::vector<BrokenThing> broken_;
  std::unordered_map<std::string, uint32_t> broken_by_key_;
  std::unordered_map<uint32_t, std::vector<uint32_t>> broken_at_;  // by state
  std::vector<uint32_t> ends_;                                     // into broken_
  std::vector<uint32_t> end_depths_;
  uint64_t transitions_ = 0;
  uint64_t failed_steps_ = 0;
  std::vector<Action> actions_;
  std::vector<std::string> labels_;
  std::unordered_map<std::string, uint32_t> action_by_key_;
  std::unordered_map<std::string, uint32_t> label_by_text_;
  std::string incomplete_reason_;
  // Scratch.
  std::vector<int64_t> from_;
  std::vector<Violation> violations_;
  std::string key_;
};

}  // namespace interleave
