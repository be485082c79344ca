#pragma once
// The values behind a condition: which variables it names, and what they hold in one state.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/language/scenario.h"
#include "sim/program/program.h"
#include "sim/program/words.h"

namespace interleave {

// "count" holds "2".
struct NamedValue {
  std::string name;
  std::string value;
  bool operator==(const NamedValue&) const = default;
};

// The locals of `process` that are alive where it stands, in the order of declaration.
std::vector<NamedValue> LocalsOf(const Program& program, const int64_t* state, int process);

// Calls `visit` for every expression of the scenario's processes, functions and properties, outer
// ones first.
void VisitExpressions(const Scenario& scenario, const std::function<void(const Expr&)>& visit);
// The same for one expression and what it consists of.
void VisitExpressions(const Expr& expr, const std::function<void(const Expr&)>& visit);
// The expression at exactly this range, without the conversions around it; null when there is none.
const Expr* FindExpression(const Scenario& scenario, SourceRange range);

// A condition looked at in one state: values of integer expressions and of the variables in them.
// Arithmetic is that of mathematics (no widths): for showing, never for judging.
class Condition {
 public:
  // `process`: whose `self` is meant, or -1.
  Condition(const Program& program, const int64_t* state, int process)
      : program_(program), state_(state), process_(process) {}

  // Nothing for what cannot be told from the state alone: locals of the process itself, calls,
  // cells that nobody wrote.
  std::optional<int64_t> Evaluate(const Expr& expr);
  // The variables that `expr` names, with their values, each once, in the order of the text. In
  // forall, exists and count only those of the cases that decide.
  std::vector<NamedValue> Values(const Expr& expr);
  // The slot that a place names, when it is shared or ghost memory.
  std::optional<uint32_t> SlotOf(const Expr& expr);
  // Slots of the shared or ghost cells that `expr` reads, as Values.
  std::vector<uint32_t> Slots(const Expr& expr);

 private:
  struct Binding {
    const Symbol* symbol;
    int64_t value;
  };
  std::optional<int64_t> ProcessOf(const Expr& reference);
  std::optional<int64_t> Local(const Expr& member, NamedValue* named);
  void Collect(const Expr& expr, std::vector<NamedValue>& values, std::vector<uint32_t>& slots);

  const Program& program_;
  const int64_t* state_;
  int process_;
  std::vector<Binding> bindings_;
};

}  // namespace interleave
