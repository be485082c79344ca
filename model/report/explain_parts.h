#pragma once
// What the parts of the explanation share: the run, what is said about it so far, and the words for
// accesses. Used by explain*.cc only.

#include <string>
#include <utility>
#include <vector>

#include "model/property/violation.h"
#include "model/report/explain.h"
#include "model/report/history.h"
#include "model/report/values.h"
#include "sim/language/source.h"
#include "sim/program/evaluate.h"
#include "sim/program/program.h"

namespace interleave {

class FailedStep;

struct ExplainContext {
  const Program& program;
  const Source& source;
  const Violation& violation;
  const Trace& trace;
  History history;
  Explanation out;
};

// Says sentences about accesses into a context.
class Narrator {
 public:
  explicit Narrator(ExplainContext& context)
      : context_(context),
        program_(context.program),
        source_(context.source),
        violation_(context.violation),
        trace_(context.trace),
        history_(context.history),
        out_(context.out) {}

 protected:
  const std::string& Who(int process) const {
    return program_.processes[static_cast<std::size_t>(process)].name;
  }
  // "a, b or c"
  std::string List(const std::vector<int>& processes, const char* last) const;
  std::string Value(uint32_t address, int64_t value) const {
    return FormatValue(program_, program_.slots[address].type, value);
  }
  std::string Item(int64_t value) const {
    return FormatValue(program_, program_.scenario->item_type, value);
  }
  std::string Cell(const Access& access) const { return PlaceName(program_, access.event.address); }
  // "`in`": the name alone in a sentence. What has brackets needs no quotes.
  std::string Quoted(const Access& access) const;
  // "in = 0"
  std::string Equation(const Access& access) const;
  // "at step 3"
  static std::string AtStep(const Access& access);

  void Say(std::string sentence) { out_.why.push_back(std::move(sentence)); }
  void Name(const char* anomaly) { out_.anomaly = anomaly; }
  // Of what `condition` names, in the last state.
  void NoteValues(const Expr& condition, Condition::Locals locals = {});
  std::string ValuesText() const;
  // What judging the broken property in the last state looks at.
  std::vector<Look> Looks() const;
  // What the function calls in a condition gave, and the cells that they read, by the outermost.
  struct CallSeen {
    NamedValue value;  // "sum(2)"
    std::vector<uint32_t> cells;
  };
  std::vector<CallSeen> CallsSeen() const;

  // After `step` steps.
  const std::vector<int64_t>& StateAfter(std::size_t step) const {
    return step == 0 ? trace_.initial : trace_.steps[step - 1].state;
  }
  const std::vector<int64_t>& FinalState() const { return StateAfter(trace_.steps.size()); }
  std::size_t End() const { return history_.accesses().size(); }
  const Property& property() const {
    return program_.properties[static_cast<std::size_t>(violation_.property)];
  }

  ExplainContext& context_;
  const Program& program_;
  const Source& source_;
  const Violation& violation_;
  const Trace& trace_;
  History& history_;
  Explanation& out_;
};

// `fifo` or `exactly_once` is broken: by a consumption, or by what is left over.
void ExplainItems(ExplainContext& context);
// `slots` is broken by the last access to its array.
void ExplainSlots(ExplainContext& context);
// The last read was of a cell that nobody had written: what sent its process there.
void ExplainUnwritten(ExplainContext& context);
// An invariant, a never or an assertion is broken.
void ExplainCondition(ExplainContext& context, const Expr& condition);
// The process that failed had read a value that overwrote another before anybody read that; false
// when it had not.
bool ExplainOverwriting(ExplainContext& context);
// An expression failed. True, and said: what it looks at was read at moments of which none had all
// of it.
bool ExplainTornRead(ExplainContext& context, const Expr& failed, const FailedStep& step);
// Where the locals came from that the expression names.
void ExplainOrigins(ExplainContext& context, const Expr& failed, const FailedStep& step);
// At a deadlock: a signal that came too early, an update of what is waited for that was lost.
void ExplainWaiters(ExplainContext& context);
// What else the run shows, where nothing is said yet.
void ExplainAnythingElse(ExplainContext& context);
// What is said of runs without an end is broken.
void ExplainEndlessRun(ExplainContext& context);
// Names a stale check, where the process that made the last step made one.
void ExplainStaleCheck(ExplainContext& context);

}  // namespace interleave
