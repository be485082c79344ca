#pragma once
// The values behind a condition: which variables it names, and what they hold in one state.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
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
  // The value of a local of the process; none where that is not known.
  using Locals = std::function<std::optional<int64_t>(const Symbol&)>;

  // `process`: whose `self` is meant, or -1. `locals`: the values of its locals, where they are
  // known.
  Condition(const Program& program, const int64_t* state, int process, Locals locals = {})
      : program_(program), state_(state), process_(process), locals_(std::move(locals)) {}

  // Nothing for what is not known: locals of the process itself without `locals`, calls, cells that
  // nobody wrote.
  std::optional<int64_t> Evaluate(const Expr& expr);
  // The variables that `expr` names, with their values, each once, in the order of the text. In
  // forall, exists and count only those of the cases that decide.
  std::vector<NamedValue> Values(const Expr& expr);
  // The slot that a place names, when it is shared or ghost memory.
  std::optional<uint32_t> SlotOf(const Expr& expr);
  std::optional<uint32_t> SlotOfField(const Symbol& field) const;
  // Slots of the shared or ghost cells that `expr` reads, as Values.
  std::vector<uint32_t> Slots(const Expr& expr);

 private:
  struct Binding {
    const Symbol* symbol;
    int64_t value;
  };
  std::optional<int64_t> ProcessOf(const Expr& reference);
  std::optional<int64_t> Local(const Expr& member, NamedValue* named);
  // A local of the process whose value is known.
  bool IsOwnLocal(const Expr& expr) const;
  // Calls `visit` with the variable bound to each of its values; whether it was known which, and
  // `visit` said true for all.
  bool ForEachCase(const Expr& quantifier, const std::function<bool()>& visit);
  void Collect(const Expr& expr, std::vector<NamedValue>& values, std::vector<uint32_t>& slots);

  const Program& program_;
  const int64_t* state_;
  int process_;
  Locals locals_;
  std::vector<Binding> bindings_;
};

}  // namespace interleave
