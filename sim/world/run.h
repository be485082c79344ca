#pragma once
// One run of a world as it grows: choices go in, the trace comes out, a judge looks at each state.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/program/evaluate.h"
#include "sim/world/trace.h"
#include "sim/world/world.h"

namespace interleave {

// Called at the start (no steps yet: forget what was before) and after every step. May append words
// of its own behind the program's slots in the trace's first state; they are carried along, and it
// may change them in the last one. False: something is broken, the run ends here.
using StepJudge = std::function<bool(Trace& so_far)>;

class Run {
 public:
  enum class Status : uint8_t {
    kGoing,
    kJudged,       // the judge said no; it knows why
    kError,        // a run-time error: error(), of process()
    kLocalLimit,   // too much local work in one step
    kObjectLimit,  // the model holds no more, such as an unbounded queue
    kTooLong,      // the limit of steps of a single run
  };

  // `world` is kept by the caller. `judge` may be empty.
  explicit Run(World& world, StepJudge judge = {});

  // One outcome of World::InitialOutcomes for each process. Begins anew.
  void Start(const std::vector<EnabledChoice>& outcomes);
  // As Start, where every process starts in one way only. Else nothing happens, and the first
  // process that does not is returned.
  std::optional<int> StartIfUnambiguous();
  // REQUIRES: going, and the choice is enabled.
  void Take(const EnabledChoice& choice);
  // Takes the last step back: begins anew and takes all but that. False: there is none.
  bool Undo();

  bool going() const { return status_ == Status::kGoing; }
  Status status() const { return status_; }
  const RunError& error() const { return error_; }
  int process() const { return process_; }  // of the error or limit
  World& world() { return world_; }
  const Program& program() const { return world_.program(); }
  Evaluator& evaluator() { return evaluator_; }
  const Trace& trace() const { return trace_; }
  // The state it has come to: the program's slots, then the judge's words.
  const std::vector<int64_t>& state() const {
    return trace_.steps.empty() ? trace_.initial : trace_.steps.back().state;
  }

  // Longer runs are refused: their trace would not fit into memory, and nobody would read it.
  static constexpr std::size_t kMaxSteps = 1'000'000;
  static constexpr std::size_t kMaxCells = std::size_t{1} << 25;

 private:
  // True if all went well.
  bool Note(const StepResult& result, int process);
  void AskJudge();

  World& world_;
  StepJudge judge_;
  Evaluator evaluator_;
  Trace trace_;
  std::vector<EnabledChoice> initial_;
  std::vector<EnabledChoice> taken_;
  Status status_ = Status::kGoing;
  RunError error_;
  int process_ = -1;
};

// Why a run that is no longer going ended, in words, where it was not the judge: "index 3 is
// outside 0 .. 2", "more local work in one step than ...".
std::string EndText(const Run& run);

}  // namespace interleave
