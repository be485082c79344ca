// Expressions, by precedence climbing (Richards and Whitby-Strevens 1979), with C's precedences.
// `=>` binds weaker than `?:`, to the right. See parser_private.h.
//
// What would surprise: the range of an operator's expression runs from its first token to its last,
// so it holds the parentheses of its operands but not its own.

#include <string>
#include <unordered_map>
#include <utility>

#include "sim/language/parser_private.h"

namespace interleave {
namespace {

struct BinaryOperator {
  int precedence;
  Op op;
};

constexpr int kEquality = 6;
constexpr int kRelational = 7;
constexpr int kBitOr = 3;
constexpr int kBitAnd = 5;

const BinaryOperator* FindBinary(const Token& token) {
  static const std::unordered_map<std::string_view, BinaryOperator> kOperators = {
      {"*", {10, Op::kMul}},         {"/", {10, Op::kDiv}},          {"%", {10, Op::kRem}},
      {"+", {9, Op::kAdd}},          {"-", {9, Op::kSub}},           {"<<", {8, Op::kShl}},
      {">>", {8, Op::kShr}},         {"<", {kRelational, Op::kLt}},  {"<=", {kRelational, Op::kLe}},
      {">", {kRelational, Op::kGt}}, {">=", {kRelational, Op::kGe}}, {"==", {kEquality, Op::kEq}},
      {"!=", {kEquality, Op::kNe}},  {"&", {kBitAnd, Op::kAnd}},     {"^", {4, Op::kXor}},
      {"|", {kBitOr, Op::kOr}},      {"&&", {2, Op::kLogicalAnd}},   {"||", {1, Op::kLogicalOr}},
  };
  if (token.kind != TokenKind::kPunctuator) return nullptr;
  const auto found = kOperators.find(token.text);
  return found == kOperators.end() ? nullptr : &found->second;
}

std::optional<Op> FindAssignment(const Token& token) {
  static const std::unordered_map<std::string_view, Op> kOperators = {
      {"=", Op::kAssign}, {"+=", Op::kAdd}, {"-=", Op::kSub},  {"*=", Op::kMul},
      {"/=", Op::kDiv},   {"%=", Op::kRem}, {"<<=", Op::kShl}, {">>=", Op::kShr},
      {"&=", Op::kAnd},   {"|=", Op::kOr},  {"^=", Op::kXor},
  };
  if (token.kind != TokenKind::kPunctuator) return {};
  const auto found = kOperators.find(token.text);
  if (found == kOperators.end()) return {};
  return found->second;
}

std::optional<Op> FindUnary(const Token& token) {
  static const std::unordered_map<std::string_view, Op> kOperators = {
      {"+", Op::kPlus}, {"-", Op::kNegate},    {"~", Op::kBitNot},
      {"!", Op::kNot},  {"&", Op::kAddressOf}, {"*", Op::kDereference},
  };
  if (token.kind != TokenKind::kPunctuator) return {};
  const auto found = kOperators.find(token.text);
  if (found == kOperators.end()) return {};
  return found->second;
}

bool IsComparison(const Expr& expr) {
  return expr.kind == ExprKind::kBinary && expr.op >= Op::kEq && expr.op <= Op::kGe;
}

}  // namespace

ExprPtr Parser::MakeExpr(ExprKind kind, SourceRange range) const {
  auto expr = std::make_unique<Expr>();
  expr->kind = kind;
  expr->range = range;
  expr->op_range = range;
  return expr;
}

// Stands for what could not be read.
ExprPtr Parser::ErrorExpr() const { return MakeExpr(ExprKind::kInteger, Here()); }

ExprPtr Parser::ParseFull() {
  const int outer = std::exchange(operators_, 0);
  ExprPtr expr = ParseExpression();
  operators_ = outer;
  return expr;
}

ExprPtr Parser::ParseFullAssignment() {
  const int outer = std::exchange(operators_, 0);
  ExprPtr expr = ParseAssignment();
  operators_ = outer;
  return expr;
}

ExprPtr Parser::ParseExpression() {
  const std::size_t first = position_;
  ExprPtr left = ParseAssignment();
  while (!panic_ && Is(",") && (is_c_ || Peek(1).kind != TokenKind::kString) && Chain()) {
    ExprPtr comma = MakeExpr(ExprKind::kBinary, Here());
    Next();
    comma->op = Op::kComma;
    comma->operands.push_back(std::move(left));
    comma->operands.push_back(ParseAssignment());
    comma->range = Since(first);
    left = std::move(comma);
  }
  return left;
}

ExprPtr Parser::ParseAssignment() {
  Depth depth(*this);
  const std::size_t first = position_;
  ExprPtr left = ParseImplies();
  const std::optional<Op> op = FindAssignment(Peek());
  if (!op || panic_) return left;
  ExprPtr assign = MakeExpr(ExprKind::kAssign, Here());
  Next();
  assign->op = *op;
  assign->operands.push_back(std::move(left));
  assign->operands.push_back(ParseAssignment());
  assign->range = Since(first);
  return assign;
}

ExprPtr Parser::ParseImplies() {
  const std::size_t first = position_;
  ExprPtr left = ParseConditional();
  if (!Is("=>") || panic_) return left;
  Depth depth(*this);
  ExprPtr implies = MakeExpr(ExprKind::kBinary, Here());
  Next();
  implies->op = Op::kImplies;
  implies->operands.push_back(std::move(left));
  implies->operands.push_back(ParseImplies());
  implies->range = Since(first);
  return implies;
}

ExprPtr Parser::ParseConditional() {
  const std::size_t first = position_;
  ExprPtr condition = ParseBinary(1);
  if (!Is("?") || panic_) return condition;
  Depth depth(*this);
  ExprPtr conditional = MakeExpr(ExprKind::kConditional, Here());
  Next();
  conditional->operands.push_back(std::move(condition));
  conditional->operands.push_back(ParseExpression());
  Expect(":", "of the conditional `? :`");
  conditional->operands.push_back(ParseConditional());
  conditional->range = Since(first);
  return conditional;
}

ExprPtr Parser::ParseBinary(int min_precedence) {
  const std::size_t first = position_;
  ExprPtr left = ParseUnary();
  int left_precedence = 0;  // of the operator that made `left` here
  while (!panic_) {
    const BinaryOperator* found = FindBinary(Peek());
    if (in_formula_ && Is("<") && Is("->", 1)) break;
    if (found == nullptr || found->precedence < min_precedence || !Chain()) break;
    ExprPtr binary = MakeExpr(ExprKind::kBinary, Here());
    binary->op = found->op;
    Next();
    binary->operands.push_back(std::move(left));
    if (found->precedence == kEquality && Is("{")) {
      binary->operands.push_back(ParseInitializerList());
    } else {
      Depth depth(*this);
      binary->operands.push_back(ParseBinary(found->precedence + 1));
    }
    binary->range = Since(first);
    if (is_c_) ChooseForRandom(*binary);
    if (binary->kind == ExprKind::kBinary)
      WarnAboutOperands(*binary, found->precedence, left_precedence);
    left = std::move(binary);
    left_precedence = found->precedence;
  }
  return left;
}

// C gives these a meaning that nobody wants.
void Parser::WarnAboutOperands(const Expr& expr, int precedence, int left_precedence) const {
  if (panic_ || aborted_) return;
  const auto text = [&](const Expr& part) { return std::string(source_.Slice(part.range)); };
  const Expr& left = *expr.operands[0];
  const Expr& right = *expr.operands[1];
  if (left_precedence == precedence && (precedence == kRelational || precedence == kEquality)) {
    const bool is_short = left.range.end - left.range.begin < 40;
    diagnostics_.Warning(
        expr.op_range, "this compares the truth value (0 or 1) of the comparison to its left",
        is_short ? "write `" + text(left) + " && " + text(*left.operands[1]) + " " +
                       std::string(source_.Slice(expr.op_range)) + " " + text(right) + "`"
                 : "join two comparisons with `&&`");
    return;
  }
  if (precedence < kBitOr || precedence > kBitAnd) return;
  const bool left_compares = left_precedence >= kEquality && IsComparison(left);
  const bool right_compares = IsComparison(right) && &right != last_parenthesised_;
  if (left_compares || right_compares) {
    const std::string op(source_.Slice(expr.op_range));
    diagnostics_.Warning(expr.op_range, "`" + op + "` binds weaker than the comparison beside it",
                         "put the operands of `" + op + "` in parentheses");
  }
}

ExprPtr Parser::ParseUnary() {
  const std::size_t first = position_;
  if (Is("++") || Is("--")) {
    Depth depth(*this);
    ExprPtr expr = MakeExpr(ExprKind::kIncrement, Here());
    expr->op = Next().text == "++" ? Op::kAdd : Op::kSub;
    expr->is_prefix = true;
    expr->operands.push_back(ParseUnary());
    expr->range = Since(first);
    return expr;
  }
  if (const std::optional<Op> op = FindUnary(Peek())) {
    Depth depth(*this);
    ExprPtr expr = MakeExpr(ExprKind::kUnary, Here());
    Next();
    expr->op = *op;
    expr->operands.push_back(ParseUnary());
    expr->range = Since(first);
    return expr;
  }
  if (has_floating_ && Is("__builtin_sqrt") && Is("(", 1)) {
    ExprPtr expr = MakeExpr(ExprKind::kUnary, Here());
    Next();
    expr->op = Op::kSquareRoot;
    expr->operands.push_back(ParsePrimary());
    expr->range = Since(first);
    return expr;
  }
  if (Is("sizeof")) return ParseSizeof();
  if (is_c_ && (Is("offsetof") || Is("__builtin_offsetof")) && Is("(", 1)) return ParseOffset();
  if (Is("(") && StartsType(1)) return ParseCast();
  return ParsePostfix();
}

ExprPtr Parser::ParseSizeof() {
  Depth depth(*this);
  const std::size_t first = position_;
  ExprPtr expr = MakeExpr(ExprKind::kSizeof, Here());
  Next();
  if (Is("(") && StartsType(1)) {
    Next();
    expr->type_name = ParseTypeName();
    Expect(")", "after the type");
  } else {
    expr->operands.push_back(ParseUnary());
  }
  expr->range = Since(first);
  return expr;
}

ExprPtr Parser::ParseCast() {
  Depth depth(*this);
  const std::size_t first = position_;
  ExprPtr expr = MakeExpr(ExprKind::kCast, Here());
  Next();
  expr->type_name = ParseTypeName();
  Expect(")", "after the type");
  expr->op_range = Since(first);
  if (is_c_ && Is("{") && !panic_) {
    expr->kind = ExprKind::kCompound;
    expr->operands.push_back(ParseInitializerList());
    expr->range = Since(first);
    return expr;
  }
  if (Is("{") && !panic_) {
    Fail(Here(), "the scenario language has no compound literals",
         "declare a variable and initialise it");
  }
  expr->operands.push_back(ParseUnary());
  expr->range = Since(first);
  return expr;
}

ExprPtr Parser::ParsePostfix() {
  const std::size_t first = position_;
  ExprPtr expr = ParsePrimary();
  while (!panic_) {
    const bool is_section = Is("in") && Is("section", 1) && MayName(2);
    const bool is_postfix = Is("[") || Is("(") || Is(".") || (Is("->") && !in_formula_) ||
                            Is("++") || Is("--") || Is("@") || is_section;
    if (!is_postfix || !Chain()) break;
    expr = ParsePostfixOperator(std::move(expr), first);
  }
  return expr;
}

ExprPtr Parser::ParsePostfixOperator(ExprPtr operand, std::size_t first) {
  const SourceRange op_range = Here();
  const std::string op = Next().text;
  ExprPtr expr = MakeExpr(ExprKind::kIndex, op_range);
  if (op == "(" && is_c_) {
    --position_;
    expr->kind = ExprKind::kCall;
    expr->is_indirect = true;
    expr->operands.push_back(std::move(operand));
    ParseArguments(*expr);
    expr->range = Since(first);
    return expr;
  }
  if (op == "(") {
    Fail(op_range, "only a function can be called, by its name",
         "the scenario language has no function pointers");
    return operand;
  }
  if (op == "->" && operand->kind == ExprKind::kInteger) {
    Fail(op_range, "`->` needs a pointer before it", "an implication is written `=>`");
    return operand;
  }
  expr->operands.push_back(std::move(operand));
  if (op == "[") {
    expr->operands.push_back(ParseExpression());
    Expect("]", "after the index");
    if (is_c_) NoteArgument(*expr);
  } else if (op == "++" || op == "--") {
    expr->kind = ExprKind::kIncrement;
    expr->op = op == "++" ? Op::kAdd : Op::kSub;
  } else {
    expr->kind = op == "@"    ? ExprKind::kAtLabel
                 : op == "in" ? ExprKind::kInSection
                              : ExprKind::kMember;
    expr->is_arrow = op == "->";
    if (op == "in") Next();  // section
    const std::optional<Token> name = ExpectName(op == "@"    ? "the label"
                                                 : op == "in" ? "the section"
                                                              : "the member");
    if (name) {
      expr->name = name->text;
      expr->op_range = name->range;
    }
    // `full.wait()`, as books write it: wait(full).
    if (expr->kind == ExprKind::kMember && Is("(") && !panic_) {
      expr->kind = ExprKind::kCall;
      expr->is_method = true;
      ParseArguments(*expr);
    }
  }
  expr->range = Since(first);
  return expr;
}

ExprPtr Parser::ParsePrimary() {
  const std::size_t first = position_;
  if (is_c_) {
    while (Accept("__extension__")) {
    }
    if (ExprPtr assertion = ParseFailedAssertion(first)) return assertion;
  }
  const Token& token = Peek();
  switch (token.kind) {
    case TokenKind::kInteger:
    case TokenKind::kFloating:
    case TokenKind::kCharacter: {
      ExprPtr expr = MakeExpr(ExprKind::kInteger, token.range);
      expr->value = token.value;
      expr->literal_bits = token.literal_bits;
      expr->literal_unsigned = token.literal_unsigned;
      expr->literal_floating = token.kind == TokenKind::kFloating;
      expr->is_char_literal = token.kind == TokenKind::kCharacter;
      expr->is_expanded = token.expanded;
      Next();
      return expr;
    }
    case TokenKind::kString: return ParseString();
    case TokenKind::kPunctuator:
      if (Accept("(")) {
        ExprPtr expr = ParseExpression();
        Expect(")", "to close the parenthesis");
        last_parenthesised_ = expr.get();
        return expr;
      }
      break;
    case TokenKind::kIdentifier:
      if (MeansWord("choose")) return ParseChoose();
      if (StartsQuantifier()) return ParseQuantifier();
      if (IsReserved(token.text)) {
        if (Is("assert") || Is("assume") || Is("await")) {
          Fail(Here(), "`" + token.text + "` is a statement, it has no value");
          break;
        }
        FailHere("an expression");
        break;
      }
      if ((Is("forall") || Is("exists")) && Is("(", 1) && !IsDeclared(token.text)) {
        Fail(Here(), "`" + token.text + "` needs a variable and its range",
             "write `" + token.text + " (i : 0 .. 2) a[i] > 0`");
        break;
      }
      {
        const bool is_call = Is("(", 1);
        if (is_c_ && is_call) {
          if (ExprPtr print = ParsePrint(first)) return print;
          if (ExprPtr text = ParseFormatted(first)) return text;
          if (ExprPtr scan = ParseScan(first)) return scan;
          if (ExprPtr scan = ParseTextScan(first)) return scan;
          if (ExprPtr any = ParseVerifierCall(first)) return any;
        } else if (is_c_) {
          if (ExprPtr place = ParsePlaceName()) return place;
          NoteFunctionAsValue(token.text);
        }
        ExprPtr expr = MakeExpr(is_call ? ExprKind::kCall : ExprKind::kName, token.range);
        expr->name = is_call ? NameOfCall(token.text) : token.text;
        expr->is_expanded = token.expanded;
        Next();
        if (is_call) {
          ParseArguments(*expr);
          expr->range = Since(first);
        }
        return expr;
      }
    case TokenKind::kEnd:
    case TokenKind::kComment:
    case TokenKind::kDirective: break;
  }
  FailHere("an expression");
  return ErrorExpr();
}

// There is nothing to do with a string; a constant in its place keeps later stages quiet.
ExprPtr Parser::ParseString() {
  if (is_c_) return ParseInitializer(true);
  const Token& token = Peek();
  std::string hint;
  if (token.text.size() == 1 && token.text[0] != '\'' && token.text[0] != '\\' &&
      static_cast<unsigned char>(token.text[0]) >= 0x20) {
    hint = "one character is written '" + token.text + "'";
  } else if (position_ >= 2 && Is("(", 0) == false && tokens_[position_ - 1].text == "(") {
    const std::string& callee = tokens_[position_ - 2].text;
    if (callee == "printf" || callee == "puts" || callee == "perror" || callee == "fprintf") {
      hint = "leave out the `" + callee + "`: a counterexample shows every value as it changes";
    }
  } else if (position_ >= 2 && tokens_[position_ - 1].text == "=" &&
             tokens_[position_ - 2].kind == TokenKind::kIdentifier) {
    hint = "an array holds the characters: `char " + tokens_[position_ - 2].text + "[] = \"...\"`";
  }
  Report(token.range, "a string only initialises an array of characters, or names a schedule",
         hint);
  ExprPtr expr = MakeExpr(ExprKind::kInteger, token.range);
  while (Peek().kind == TokenKind::kString) Next();
  return expr;
}

void Parser::ParseArguments(Expr& call) {
  Next();
  const std::string outer = std::exchange(in_arguments_of_, call.name);
  while (!panic_ && !Is(")") && !AtEnd()) {
    if (StartsType() && !Is("(", 1)) {
      Fail(Here(), "expected an argument, found the type " + Describe(Peek()),
           "a call names values only, without their types");
      break;
    }
    call.operands.push_back(ParseAssignment());
    if (!Accept(",")) break;
  }
  in_arguments_of_ = outer;
  if (is_c_) NoteStart(call);
  Expect(")", "after the arguments of `" + call.name + "`");
}

ExprPtr Parser::ParseChoose() {
  const std::size_t first = position_;
  ExprPtr expr = MakeExpr(ExprKind::kChoose, Here());
  Next();
  Expect("(", "after `choose`", "write `choose (0 .. 3)`");
  expr->operands.push_back(ParseAssignment());
  Expect("..", "between the bounds of `choose`", "write `choose (0 .. 3)`");
  expr->operands.push_back(ParseAssignment());
  Expect(")", "after the bounds of `choose`");
  expr->range = Since(first);
  return expr;
}

bool Parser::StartsQuantifier() const {
  return (Is("forall") || Is("exists") || Is("count")) && Is("(", 1) && MayName(2) && Is(":", 3);
}

ExprPtr Parser::ParseQuantifier() {
  Depth depth(*this);
  const std::size_t first = position_;
  ExprPtr expr = MakeExpr(ExprKind::kQuantifier, Here());
  const std::string word = Next().text;
  expr->op = word == "forall" ? Op::kForall : word == "exists" ? Op::kExists : Op::kCount;
  Next();
  const Token name = Next();
  Next();
  expr->name = name.text;
  expr->op_range = name.range;
  expr->operands.push_back(ParseAssignment());
  Expect("..", "between the bounds of `" + word + "`", "write `" + word + " (i : 0 .. 2) ...`");
  expr->operands.push_back(ParseAssignment());
  Expect(")", "after the bounds of `" + word + "`");
  Scope scope(*this);
  DeclareName(name.text, NameKind::kOther);
  expr->operands.push_back(ParseAssignment());
  expr->range = Since(first);
  return expr;
}

}  // namespace interleave
