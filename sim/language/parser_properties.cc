// Properties, schedules, expectations and options. See parser_private.h.
//
// Their words are names elsewhere. The parts of an expectation come in any order, but `for` is the
// last.

#include <algorithm>
#include <string>
#include <utility>

#include "sim/language/parser_private.h"
#include "sim/language/property_kinds.h"

namespace interleave {
namespace {

using Item = ScenarioSyntax::Item::Kind;

std::string DidYouMean(std::string_view word, const std::vector<std::string>& known,
                       std::string_view otherwise) {
  const std::string nearest = NearestName(word, known);
  return nearest.empty() ? std::string(otherwise) : "did you mean `" + nearest + "`?";
}

// In the order of ExpectationSyntax::Verdict.
const std::vector<std::string>& Verdicts() {
  static const std::vector<std::string> words = {"holds", "violates", "deadlock",
                                                 "race",  "error",    "incomplete"};
  return words;
}

// What to write instead of `property WORD`.
std::string PropertyHint(std::string_view word) {
  std::vector<std::string> words;
  std::vector<std::string> forms;
  for (const PropertyRow& row : kPropertyRows) {
    if (row.has_name()) continue;
    words.emplace_back(row.word);
    const char* operand = row.kind == PropertyKind::kBoundedWaiting ? " (section, number)"
                          : row.form == PropertyRow::Form::kArray   ? " (array)"
                          : row.form == PropertyRow::Form::kSection ? " (section)"
                                                                    : "";
    forms.push_back("`" + words.back() + operand + "`");
  }
  std::string all = "the properties are ";
  for (std::size_t i = 0; i < forms.size(); ++i) {
    all += (i == 0 ? "" : i + 1 == forms.size() ? " and " : ", ") + forms[i];
  }
  return DidYouMean(word, words, all);
}

bool IsVerdict(const std::string& word) {
  return std::find(Verdicts().begin(), Verdicts().end(), word) != Verdicts().end();
}

}  // namespace

// fair weak; of a process before its first word, of a property behind its last
void Parser::ParseFairness(Fairness& fairness) {
  Next();
  if (Accept("weak")) {
    fairness = Fairness::kWeak;
  } else if (Accept("strong")) {
    fairness = Fairness::kStrong;
  } else if (Accept("none")) {
    fairness = Fairness::kNone;
  } else {
    FailHere("`weak`, `strong` or `none` after `fair`");
  }
}

// property fifo; property exactly_once; property race; property slots (array);
// property mutual_exclusion (section); property bounded_waiting (section, number [, label]);
void Parser::ParseProperty() {
  const std::size_t first = position_;
  Next();
  PropertySyntax property;
  property.name = Peek().text;
  property.name_range = Here();
  const PropertyRow* row = FindProperty(Peek().text, false);
  if (row == nullptr && MayName() && Is(":", 1)) {
    const std::string name = Peek().text;
    Fail(Here(), "a condition is an `invariant`, `never` or `reachable`",
         "write `invariant " + name + ": ...`");
    return;
  }
  if (row == nullptr) {
    Fail(Here(), "there is no property " + Describe(Peek()), PropertyHint(Peek().text));
    return;
  }
  property.kind = row->kind;
  Next();
  if (row->has_operand()) {
    const bool is_section = row->form == PropertyRow::Form::kSection;
    const std::string word = "`" + property.name + "`";
    Expect("(", "after " + word,
           "write `property " + property.name + (is_section ? " (critical);`" : " (buffer);`"));
    if (is_section) {
      property.name_range = Here();
      if (const std::optional<Token> name = ExpectName("a section")) property.section = name->text;
      if (row->kind == PropertyKind::kBoundedWaiting && !panic_) {
        Expect(",", "after the section", "write `property bounded_waiting (critical, 1);`");
        if (!panic_) property.bound = ParseFullAssignment();
      }
      if (row->is_about_runs() && !panic_ && Accept(",")) {
        if (const std::optional<Token> label = ExpectName("a label")) property.entry = label->text;
      }
    } else {
      property.expression = ParseFull();
    }
    Expect(")", is_section ? "after the section" : "after the array");
  }
  property.range = Since(first);
  if (row->is_about_runs() && !panic_ && Is("fair")) ParseFairness(property.fairness);
  ExpectSemicolon("the property");
  scenario_->properties.push_back(std::move(property));
  AddItem(Item::kProperty, scenario_->properties.size());
}

// invariant NAME: condition; ltl NAME: formula; always eventually NAME: formula;
void Parser::ParseNamedProperty(const PropertyRow& row) {
  const std::size_t first = position_;
  std::string word = Next().text;
  PropertySyntax property;
  property.kind = row.kind;
  const bool is_formula = row.form == PropertyRow::Form::kFormula;
  if (row.kind == PropertyKind::kAlwaysEventually) {
    if (!Accept("eventually")) {
      FailHere(
          "`eventually` after `always`",
          "write `always eventually name: condition;`, or `invariant name: condition;` of what "
          "is always true");
      return;
    }
    word += " eventually";
  }
  const std::string hint =
      "write `" + word + " name: " + (is_formula ? "formula" : "condition") + ";`";
  if (!(MayName() && Is(":", 1)) && !(Peek().kind == TokenKind::kIdentifier && !MayName())) {
    const std::string special = HintFor(Peek());
    Fail(Here(), "expected a name and `:` after `" + word + "`", special.empty() ? hint : special);
    return;
  }
  const std::optional<Token> name = ExpectName("a property", hint);
  if (!name) return;
  property.name = name->text;
  property.name_range = name->range;
  Expect(":", "after the name", hint);
  if (is_formula) {
    ParseFormula(property);
    property.range = Since(first);
    if (!panic_ && Is("fair")) ParseFairness(property.fairness);
    ExpectSemicolon("the formula");
    scenario_->properties.push_back(std::move(property));
    AddItem(Item::kProperty, scenario_->properties.size());
    return;
  }
  property.expression = ParseFull();
  property.range = Since(first);
  if (property.expression->kind == ExprKind::kAssign && !panic_) {
    Report(property.expression->op_range, "a property changes nothing",
           "a comparison is written `==`");
  }
  ExpectSemicolon("the condition");
  scenario_->properties.push_back(std::move(property));
  AddItem(Item::kProperty, scenario_->properties.size());
}

void Parser::ParseSchedule() {
  const std::size_t first = position_;
  Next();
  ScheduleSyntax schedule;
  schedule.name_range = Here();
  if (Peek().kind != TokenKind::kString && !MayName()) {
    FailHere("a name for the schedule", "write `schedule \"two writers\" { ... }`");
    return;
  }
  schedule.name = Next().text;
  const SourceRange open = Here();
  if (!Expect("{", "after the name of the schedule")) return;
  while (!AtEnd() && !Is("}")) {
    // `expect` stands in a schedule too: a verdict behind it tells the file's from the schedule's.
    const bool is_command = Is("expect") && (!IsVerdict(Peek(1).text) || IsDeclared(Peek(1).text));
    if (StartsItem() && !is_command) break;
    const std::size_t start = position_;
    if (Accept(";")) continue;
    ScheduleCommand command;
    if (ParseCommand(command)) {
      command.range = Since(start);
      ExpectSemicolon("`" + tokens_[start].text + "`");
      schedule.commands.push_back(std::move(command));
    }
    if (panic_) SynchroniseStatement(start);
    if (position_ == start) Next();
  }
  if (!Accept("}")) FailMissingBrace(open);
  schedule.range = Since(first);
  scenario_->schedules.push_back(std::move(schedule));
  AddItem(Item::kSchedule, scenario_->schedules.size());
}

bool Parser::ParseCommand(ScheduleCommand& command) {
  if (Is("run")) {
    ParseRun(command);
  } else if (Is("step")) {
    ParseStep(command);
  } else if (Is("expect")) {
    Next();
    command.kind = ScheduleCommand::Kind::kExpect;
    command.expression = ParseFull();
  } else {
    Fail(Here(), "expected `run`, `step` or `expect`, found " + Describe(Peek()),
         DidYouMean(Peek().text, {"run", "step", "expect"},
                    "a schedule says who moves: `run producer until in == 2;`"));
  }
  return !panic_;
}

void Parser::ParseProcessRef(ProcessRef& process) {
  const std::size_t first = position_;
  const std::optional<Token> name = ExpectName("the process");
  if (!name) return;
  process.name = name->text;
  if (Accept("[")) {
    process.index = ParseFull();
    Expect("]", "after the number of the process");
  }
  process.range = Since(first);
}

// run P; run P until condition; run P until about to read|write place;
void Parser::ParseRun(ScheduleCommand& command) {
  Next();
  command.kind = ScheduleCommand::Kind::kRun;
  ParseProcessRef(command.process);
  if (panic_ || !Accept("until")) return;
  const bool is_access = Is("about") && Is("to", 1) && (Is("read", 2) || Is("write", 2));
  if (is_access) {
    Next();
    Next();
    command.kind = ScheduleCommand::Kind::kRunUntilAccess;
    command.is_write = Next().text == "write";
  } else if (Is("about") && Is("to", 1)) {
    Next();
    Next();
    FailHere("`read` or `write` after `about to`");
    return;
  } else {
    command.kind = ScheduleCommand::Kind::kRunUntil;
  }
  command.expression = ParseFull();
}

// step P [n] [choosing k, ...];
void Parser::ParseStep(ScheduleCommand& command) {
  Next();
  command.kind = ScheduleCommand::Kind::kStep;
  ParseProcessRef(command.process);
  if (Is("until") && !panic_) {
    Fail(Here(), "`step` takes a number of steps, not a condition",
         "write `run " + command.process.name + " until ...`");
    return;
  }
  const bool is_next_command =
      Peek().newline_before && (Is("run") || Is("step") || Is("expect") || Is("}"));
  if (!panic_ && !Is(";") && !Is("choosing") && !is_next_command) {
    command.expression = ParseFull();
  }
  if (panic_ || !Accept("choosing")) return;
  do {
    command.choosing.push_back(ParseFullAssignment());
  } while (!panic_ && Accept(","));
}

// expect VERDICT [in K steps] [states N] [transitions M] [depth D] [for NAME = A [.. B], ...];
void Parser::ParseExpectation() {
  const std::size_t first = position_;
  Next();
  ExpectationSyntax expectation;
  if (!ParseVerdict(expectation)) return;
  ParseCounts(expectation);
  if (!panic_ && Accept("for")) ParseSettings(expectation);
  expectation.range = Since(first);
  ExpectSemicolon("the expectation");
  scenario_->expectations.push_back(std::move(expectation));
  AddItem(Item::kExpectation, scenario_->expectations.size());
}

bool Parser::ParseVerdict(ExpectationSyntax& expectation) {
  using Verdict = ExpectationSyntax::Verdict;
  const std::vector<std::string>& verdicts = Verdicts();
  const std::vector<std::string> errors = {"index",   "division",  "overflow", "unwritten",
                                           "pointer", "assertion", "diverges", "misuse"};
  const auto found = std::find(verdicts.begin(), verdicts.end(), Peek().text);
  if (found == verdicts.end() || Peek().kind != TokenKind::kIdentifier) {
    Fail(Here(), "expected a verdict, found " + Describe(Peek()),
         DidYouMean(Peek().text, verdicts,
                    "a verdict is `holds`, `violates NAME`, `deadlock`, `race`, `error KIND` or "
                    "`incomplete`"));
    return false;
  }
  expectation.verdict = static_cast<Verdict>(found - verdicts.begin());
  expectation.name_range = Here();
  Next();
  if (expectation.verdict == Verdict::kViolates ||
      (expectation.verdict == Verdict::kRace && Accept("on"))) {
    const std::optional<Token> name =
        ExpectName(expectation.verdict == Verdict::kRace ? "the object" : "the property");
    if (!name) return false;
    expectation.name = name->text;
    expectation.name_range = name->range;
  } else if (expectation.verdict == Verdict::kError) {
    const std::string kinds =
        "the kinds are index, division, overflow, unwritten, pointer, assertion and diverges";
    if (std::find(errors.begin(), errors.end(), Peek().text) == errors.end()) {
      Fail(Here(), "expected a kind of error, found " + Describe(Peek()),
           DidYouMean(Peek().text, errors, kinds));
      return false;
    }
    expectation.name_range = Here();
    expectation.name = Next().text;
  }
  return true;
}

void Parser::ParseCounts(ExpectationSyntax& expectation) {
  const auto number = [&](std::optional<uint64_t>& out, const std::string& what,
                          SourceRange range) {
    if (out) Report(range, "`" + what + "` is given twice");
    if (Peek().kind != TokenKind::kInteger) {
      FailHere("a number after `" + what + "`");
      return;
    }
    out = Next().value;
  };
  while (!panic_) {
    const SourceRange range = Here();
    if (Accept("in")) {
      number(expectation.steps, "in", range);
      if (!panic_ && Accept("+")) number(expectation.loop, "+", range);
      if (!panic_ && !Accept("steps") && !Accept("step")) {
        FailHere("`steps` after the number", "write `in 12 steps`");
      }
    } else if (Accept("states")) {
      number(expectation.states, "states", range);
    } else if (Accept("transitions")) {
      number(expectation.transitions, "transitions", range);
    } else if (Accept("depth")) {
      number(expectation.depth, "depth", range);
    } else {
      break;
    }
  }
  if (panic_ || Is("for") || Is(";") || Peek().newline_before || AtEnd()) return;
  Fail(Here(), "expected `;` or more of the expectation, found " + Describe(Peek()),
       DidYouMean(Peek().text, {"in", "states", "transitions", "depth", "for"},
                  "behind the verdict stand `in K steps`, `states N`, `transitions M`, `depth D` "
                  "and `for NAME = VALUE`"));
}

void Parser::ParseSettings(ExpectationSyntax& expectation) {
  do {
    const std::size_t first = position_;
    ExpectationSyntax::Setting setting;
    const std::optional<Token> name =
        ExpectName("a setting", "write `for NAME = VALUE`, of a `#define` or an option");
    if (!name) return;
    setting.name = name->text;
    Expect("=", "after the name of the setting");
    const Token value = Peek();
    const std::size_t start = position_;
    constexpr int kAboveComma = 1;
    setting.from = ParseBinary(kAboveComma);
    if (value.kind == TokenKind::kIdentifier && position_ == start + 1) setting.word = value.text;
    if (!panic_ && Accept("..")) {
      setting.to = ParseBinary(kAboveComma);
      setting.word.clear();
    }
    setting.range = Since(first);
    expectation.settings.push_back(std::move(setting));
  } while (!panic_ && Accept(","));
}

// option NAME = word; option NAME = word (a, b); option NAME = 3;
void Parser::ParseOption() {
  const std::size_t first = position_;
  Next();
  OptionSyntax option;
  const std::optional<Token> name = ExpectName("an option", "write `option name = value;`");
  if (!name) return;
  option.name = name->text;
  option.name_range = name->range;
  Expect("=", "after the name of the option", "write `option " + name->text + " = value;`");
  const std::size_t value = position_;
  if (panic_) return;
  const bool ends_line = Peek(1).newline_before && Peek(1).kind != TokenKind::kPunctuator;
  if (IsName() && (Is(";", 1) || Is("(", 1) || ends_line || Peek(1).kind == TokenKind::kEnd)) {
    option.word = Next().text;
    if (Accept("(")) {
      while (!panic_ && !Is(")") && !AtEnd()) {
        option.arguments.push_back(ParseFullAssignment());
        if (!Accept(",")) break;
      }
      Expect(")", "after the arguments of `" + option.word + "`");
    }
  } else {
    option.number = ParseFull();
  }
  option.value_range = Since(value);
  option.range = Since(first);
  ExpectSemicolon("the option");
  scenario_->options.push_back(std::move(option));
  AddItem(Item::kOption, scenario_->options.size());
}

}  // namespace interleave
