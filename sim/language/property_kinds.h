#pragma once
// The kinds of properties, a row each: how the scenario writes one, what judges it, and how reports
// name it. Parser, judges and reports ask the row; what only one kind has (its automaton, its
// explanation) is where that work is done, in a switch that the compiler checks.

#include <array>
#include <string>
#include <string_view>

#include "sim/language/syntax.h"

namespace interleave {

struct PropertyRow {
  enum class Form : uint8_t {
    kCondition,  // WORD name: condition;
    kFormula,    // WORD name: formula;
    kWord,       // property WORD;
    kArray,      // property WORD (array);
    kSection,    // property WORD (section);
  };
  enum class JudgedBy : uint8_t {
    kCondition,     // a condition on every state
    kAutomaton,     // an automaton that follows the events of a run
    kNextAccesses,  // the accesses that can come next in a state
    kEndlessRuns,   // runs without an end (model/liveness)
  };
  // What a condition has to be.
  enum class Demand : uint8_t { kNone, kAlwaysTrue, kNeverTrue, kOnceTrue };

  PropertyKind kind;
  std::string_view word;
  Form form;
  JudgedBy judged_by;
  Demand demand;
  bool follows_items;        // follows marks, and asks at the end of a complete run what is left
  std::string_view fact;     // what holds when nothing is broken; {name} is filled in
  std::string_view verdict;  // the first word of a report when it is broken

  bool has_operand() const { return form == Form::kArray || form == Form::kSection; }
  bool is_condition() const { return judged_by == JudgedBy::kCondition; }
  bool is_about_runs() const { return judged_by == JudgedBy::kEndlessRuns; }
  bool has_name() const { return form == Form::kCondition || form == Form::kFormula; }
};

// In the order of PropertyKind.
inline constexpr std::array<PropertyRow, 15> kPropertyRows = {{
    {PropertyKind::kInvariant, "invariant", PropertyRow::Form::kCondition,
     PropertyRow::JudgedBy::kCondition, PropertyRow::Demand::kAlwaysTrue, false, "invariant {name}",
     "VIOLATED"},
    {PropertyKind::kNever, "never", PropertyRow::Form::kCondition,
     PropertyRow::JudgedBy::kCondition, PropertyRow::Demand::kNeverTrue, false, "never {name}",
     "VIOLATED"},
    {PropertyKind::kReachable, "reachable", PropertyRow::Form::kCondition,
     PropertyRow::JudgedBy::kCondition, PropertyRow::Demand::kOnceTrue, false, "reachable {name}",
     "VIOLATED"},
    {PropertyKind::kFifo, "fifo", PropertyRow::Form::kWord, PropertyRow::JudgedBy::kAutomaton,
     PropertyRow::Demand::kNone, true, "{name}", "VIOLATED"},
    {PropertyKind::kExactlyOnce, "exactly_once", PropertyRow::Form::kWord,
     PropertyRow::JudgedBy::kAutomaton, PropertyRow::Demand::kNone, true, "{name}", "VIOLATED"},
    {PropertyKind::kSlots, "slots", PropertyRow::Form::kArray, PropertyRow::JudgedBy::kAutomaton,
     PropertyRow::Demand::kNone, false, "{name}", "VIOLATED"},
    {PropertyKind::kRace, "race", PropertyRow::Form::kWord, PropertyRow::JudgedBy::kNextAccesses,
     PropertyRow::Demand::kNone, false, "no data race", "RACE"},
    // The checker writes the condition: no two processes are in the section.
    {PropertyKind::kMutualExclusion, "mutual_exclusion", PropertyRow::Form::kSection,
     PropertyRow::JudgedBy::kCondition, PropertyRow::Demand::kAlwaysTrue, false, "{name}",
     "VIOLATED"},
    {PropertyKind::kTermination, "termination", PropertyRow::Form::kWord,
     PropertyRow::JudgedBy::kEndlessRuns, PropertyRow::Demand::kNone, false, "{name}", "VIOLATED"},
    {PropertyKind::kProgress, "progress", PropertyRow::Form::kSection,
     PropertyRow::JudgedBy::kEndlessRuns, PropertyRow::Demand::kNone, false, "{name}", "VIOLATED"},
    {PropertyKind::kBoundedWaiting, "bounded_waiting", PropertyRow::Form::kSection,
     PropertyRow::JudgedBy::kEndlessRuns, PropertyRow::Demand::kNone, false, "{name}", "VIOLATED"},
    {PropertyKind::kStarvationFree, "starvation_free", PropertyRow::Form::kSection,
     PropertyRow::JudgedBy::kEndlessRuns, PropertyRow::Demand::kNone, false, "{name}", "VIOLATED"},
    {PropertyKind::kEventually, "eventually", PropertyRow::Form::kFormula,
     PropertyRow::JudgedBy::kEndlessRuns, PropertyRow::Demand::kNone, false, "eventually {name}",
     "VIOLATED"},
    {PropertyKind::kAlwaysEventually, "always", PropertyRow::Form::kFormula,
     PropertyRow::JudgedBy::kEndlessRuns, PropertyRow::Demand::kNone, false,
     "always eventually {name}", "VIOLATED"},
    {PropertyKind::kLtl, "ltl", PropertyRow::Form::kFormula, PropertyRow::JudgedBy::kEndlessRuns,
     PropertyRow::Demand::kNone, false, "ltl {name}", "VIOLATED"},
}};

constexpr const PropertyRow& RowOf(PropertyKind kind) {
  return kPropertyRows[static_cast<std::size_t>(kind)];
}

// The row of the word that begins a property with a name of its own, or without. Null: there is
// none.
const PropertyRow* FindProperty(std::string_view word, bool has_name);

// "invariant bounded" or "property fifo": how the scenario writes one, without its operand.
std::string PropertyTitle(PropertyKind kind, const std::string& name);

// "invariant bounded", "fifo", "no data race".
std::string PropertyFact(PropertyKind kind, const std::string& name);

}  // namespace interleave
