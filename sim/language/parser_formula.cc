// Formulas of linear temporal logic. See parser_private.h.
//
//   implies := or [(-> | => | <-> | leads_to) implies]
//   or      := and {|| and}
//   and     := until {&& until}
//   until   := unary [(U | R | W | M) until]
//   unary   := (! | G | F | X | [] | <> | always | eventually | next) unary | atom
//   atom    := ( implies ) | P moved | a condition without && and ||
//
// An atom that begins with a bracket may be a formula or a condition of C, such as `(x + 1) == y`:
// what stands behind the bracket that closes it tells.

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/language/parser_private.h"

namespace interleave {
namespace {

using Part = FormulaPart::Kind;

constexpr std::size_t kMostParts = 256;  // 64 operators as people write them

constexpr const char* kFormulaHint =
    "a formula has G F X U R W M, && || ! -> <->, conditions, and `P moved`";

bool IsOperatorBefore(std::string_view text) {
  return text == "G" || text == "F" || text == "X" || text == "always" || text == "eventually" ||
         text == "next" || text == "true" || text == "false";
}

bool IsWordBehind(std::string_view text) {
  return text == "U" || text == "R" || text == "W" || text == "M" || text == "leads_to" ||
         text == "fair";
}

}  // namespace

// Its number; those that have one operand are given it as `left`.
int Parser::AddPart(PropertySyntax& property, FormulaPart part) {
  if (property.formula.size() == kMostParts) {
    if (!panic_) Fail(Here(), "the formula has more than 64 operators", "say it in several");
    return 0;
  }
  property.formula.push_back(part);
  return static_cast<int>(property.formula.size()) - 1;
}

void Parser::ParseFormula(PropertySyntax& property) {
  const std::size_t first = position_;
  const int outer = std::exchange(operators_, 0);
  const bool was_in_formula = std::exchange(in_formula_, true);
  int whole = ParseFormulaImplies(property);
  if (property.kind == PropertyKind::kEventually ||
      property.kind == PropertyKind::kAlwaysEventually) {
    const int yes = AddPart(property, {Part::kTrue});
    whole = AddPart(property, {Part::kUntil, yes, whole});
  }
  if (property.kind == PropertyKind::kAlwaysEventually) {
    const int no = AddPart(property, {Part::kFalse});
    whole = AddPart(property, {Part::kRelease, no, whole});
  }
  // The whole stands last.
  if (!panic_ && whole + 1 != static_cast<int>(property.formula.size()))
    property.formula.push_back(property.formula[static_cast<std::size_t>(whole)]);
  operators_ = outer;
  in_formula_ = was_in_formula;
  property.formula_range = Since(first);
}

int Parser::ParseFormulaImplies(PropertySyntax& property) {
  Depth depth(*this);
  const int left = ParseFormulaOr(property);
  if (panic_) return left;
  if (Is("<") && Is("->", 1)) {
    Next();
    Next();
    const int right = ParseFormulaImplies(property);
    const int both = AddPart(property, {Part::kAnd, left, right});
    const int not_left = AddPart(property, {Part::kNot, left});
    const int not_right = AddPart(property, {Part::kNot, right});
    const int neither = AddPart(property, {Part::kAnd, not_left, not_right});
    return AddPart(property, {Part::kOr, both, neither});
  }
  if (Is("->") || Is("=>")) {
    Next();
    const int right = ParseFormulaImplies(property);
    const int not_left = AddPart(property, {Part::kNot, left});
    return AddPart(property, {Part::kOr, not_left, right});
  }
  if (Accept("leads_to")) {
    const int right = ParseFormulaImplies(property);
    const int not_left = AddPart(property, {Part::kNot, left});
    const int yes = AddPart(property, {Part::kTrue});
    const int no = AddPart(property, {Part::kFalse});
    const int comes = AddPart(property, {Part::kUntil, yes, right});
    const int answered = AddPart(property, {Part::kOr, not_left, comes});
    return AddPart(property, {Part::kRelease, no, answered});
  }
  return left;
}

int Parser::ParseFormulaOr(PropertySyntax& property) {
  int left = ParseFormulaAnd(property);
  while (!panic_ && Accept("||")) {
    const int right = ParseFormulaAnd(property);
    left = AddPart(property, {Part::kOr, left, right});
  }
  return left;
}

int Parser::ParseFormulaAnd(PropertySyntax& property) {
  int left = ParseFormulaUntil(property);
  while (!panic_ && Accept("&&")) {
    const int right = ParseFormulaUntil(property);
    left = AddPart(property, {Part::kAnd, left, right});
  }
  return left;
}

int Parser::ParseFormulaUntil(PropertySyntax& property) {
  Depth depth(*this);
  const int left = ParseFormulaUnary(property);
  if (panic_) return left;
  const std::string op = Peek().text;
  if (!Accept("U") && !Accept("R") && !Accept("W") && !Accept("M")) return left;
  const int right = ParseFormulaUntil(property);
  if (op == "U") return AddPart(property, {Part::kUntil, left, right});
  if (op == "R") return AddPart(property, {Part::kRelease, left, right});
  if (op == "W") {
    const int either = AddPart(property, {Part::kOr, left, right});
    return AddPart(property, {Part::kRelease, right, either});
  }
  const int both = AddPart(property, {Part::kAnd, left, right});
  return AddPart(property, {Part::kUntil, right, both});
}

int Parser::ParseFormulaUnary(PropertySyntax& property) {
  Depth depth(*this);
  if (panic_) return 0;
  const bool begins_operand = Peek(1).kind == TokenKind::kIdentifier ||
                              Peek(1).kind == TokenKind::kInteger || Is("(", 1) || Is("!", 1) ||
                              Is("[", 1) || Is("<", 1);
  const auto means = [&](std::string_view word) {
    return Is(word) && (!IsDeclared(Peek().text) || (begins_operand && !Is("[", 1)));
  };
  const bool is_box = Is("[") && Is("]", 1);
  const bool is_diamond = Is("<") && Is(">", 1);
  if (is_box || is_diamond) Next();
  if (is_box || means("G") || means("always")) {
    Next();
    const int operand = ParseFormulaUnary(property);
    const int no = AddPart(property, {Part::kFalse});
    return AddPart(property, {Part::kRelease, no, operand});
  }
  if (is_diamond || means("F") || means("eventually")) {
    Next();
    const int operand = ParseFormulaUnary(property);
    const int yes = AddPart(property, {Part::kTrue});
    return AddPart(property, {Part::kUntil, yes, operand});
  }
  if (means("X") || means("next")) {
    Next();
    return AddPart(property, {Part::kNext, ParseFormulaUnary(property)});
  }
  if (Is("!") && NegatesFormula()) {
    Next();
    return AddPart(property, {Part::kNot, ParseFormulaUnary(property)});
  }
  return ParseFormulaAtom(property);
}

// Whether the `!` that begins here is of a formula. `!x == 1` is a condition of C, (!x) == 1.
bool Parser::NegatesFormula() const {
  std::size_t ahead = 0;
  while (Is("!", ahead)) ++ahead;
  if (Is("(", ahead)) return StartsFormulaInBrackets(ahead);
  const bool is_sign =
      (Is("[", ahead) && Is("]", ahead + 1)) || (Is("<", ahead) && Is(">", ahead + 1));
  const bool is_operator = IsOperatorBefore(Peek(ahead).text) && !IsDeclared(Peek(ahead).text);
  const std::size_t behind = Is("[", ahead + 1) ? BehindBracket(ahead + 1) : ahead + 1;
  return is_sign || is_operator || Is("moved", behind);
}

// Whether the bracket there holds a formula: nothing of C goes on behind it.
bool Parser::StartsFormulaInBrackets(std::size_t from) const {
  if (!Is("(", from)) return false;
  int level = 0;
  for (std::size_t ahead = from; position_ + ahead < tokens_.size(); ++ahead) {
    const Token& token = Peek(ahead);
    if (token.kind == TokenKind::kEnd || Is(";", ahead)) return true;
    if (Is("(", ahead)) ++level;
    if (!Is(")", ahead) || --level > 0) continue;
    if (IsWordBehind(Peek(ahead + 1).text)) return true;
    static constexpr std::array<std::string_view, 7> kBehind = {")",  ";",  "&&", "||",
                                                                "->", "=>", "}"};
    for (const std::string_view text : kBehind) {
      if (Is(text, ahead + 1)) return true;
    }
    return (Is("<", ahead + 1) && Is("->", ahead + 2)) || Peek(ahead + 1).kind == TokenKind::kEnd ||
           Peek(ahead + 1).newline_before;
  }
  return true;
}

int Parser::ParseFormulaAtom(PropertySyntax& property) {
  if (StartsFormulaInBrackets(0)) {
    Next();
    const int inside = ParseFormulaImplies(property);
    Expect(")", "of the formula", kFormulaHint);
    return inside;
  }
  if (Is("true") || Is("false"))
    return AddPart(property, {Next().text == "true" ? Part::kTrue : Part::kFalse});
  const std::size_t behind = Is("[", 1) ? BehindBracket(1) : 1;
  if (Peek().kind == TokenKind::kIdentifier && Is("moved", behind)) {
    ProcessRef process;
    ParseProcessRef(process);
    Next();
    const int part = AddPart(property, {Part::kMoved});
    property.movers.emplace_back(static_cast<std::size_t>(part), std::move(process));
    return part;
  }
  constexpr int kAboveAnd = 3;
  FormulaPart part{Part::kAtom};
  property.atoms.push_back(ParseBinary(kAboveAnd));
  // The same text is the same condition, so that p || !p is known to be true.
  std::vector<ExprPtr>& atoms = property.atoms;
  const std::string_view text = source_.Slice(atoms.back()->range);
  while (source_.Slice(atoms[static_cast<std::size_t>(++part.atom)]->range) != text) {
  }
  if (static_cast<std::size_t>(part.atom) + 1 < atoms.size()) atoms.pop_back();
  return AddPart(property, part);
}

}  // namespace interleave
