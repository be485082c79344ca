// Statements. See parser_private.h.
//
// What would surprise: words such as `select` or `section` are names until what follows them cannot
// be anything else, so that a program that was pasted may use them for its own variables.

#include <array>
#include <string>
#include <unordered_map>
#include <utility>

#include "sim/language/parser_private.h"

namespace interleave {
namespace {

const std::vector<std::string>& StatementWords() {
  static const std::vector<std::string> words = {
      "while",  "repeat", "if",     "for",      "switch", "await", "select", "section", "assert",
      "assume", "atomic", "return", "continue", "break",  "else",  "when",   "ghost",   "process",
  };
  return words;
}

}  // namespace

StmtPtr Parser::MakeStmt(StmtKind kind, std::size_t first) const {
  auto stmt = std::make_unique<Stmt>();
  stmt->kind = kind;
  stmt->range = tokens_[first].range;
  stmt->head_range = stmt->range;
  stmt->name_range = stmt->range;
  return stmt;
}

StmtPtr Parser::Finish(StmtPtr stmt, std::size_t first) const {
  stmt->range = Since(first);
  return stmt;
}

StmtPtr Parser::ParseStatement() {
  Depth depth(*this);
  const std::size_t first = position_;
  if (panic_) return MakeStmt(StmtKind::kEmpty, first);
  const Token& token = Peek();
  if (token.kind == TokenKind::kPunctuator) {
    if (Is("{")) return ParseBlock(true);
    if (Accept(";")) return MakeStmt(StmtKind::kEmpty, first);
  }
  if (token.kind == TokenKind::kIdentifier) {
    if (MayName() && Is(":", 1) && !Is("=", 2)) {
      StmtPtr label = MakeStmt(StmtKind::kLabel, first);
      label->name = Next().text;
      return ParseLabelled(std::move(label), first);
    }
    if (IsReserved(token.text) || (IsScenarioWord(token.text) && MeansWord(token.text))) {
      if (StmtPtr stmt = ParseKeywordStatement(first)) return stmt;
    } else {
      if (StmtPtr stmt = ParseContextualStatement(first)) return stmt;
    }
    if (StmtPtr stmt = ParseExit(first)) return stmt;
    if (is_c_) {
      if (StmtPtr stmt = ParseCleanup(first)) return stmt;
      if (StmtPtr stmt = ParseVerifierStatement(first)) return stmt;
    }
    if (StartsType() || StartsUnknownType()) {
      return ParseDeclarationStatement(Declaration::Storage::kLocal, first);
    }
  }
  return ParseExpressionStatement(first);
}

// Null: the word starts no statement of its own (a type, `sizeof`, `choose`).
StmtPtr Parser::ParseKeywordStatement(std::size_t first) {
  const std::string word = Peek().text;
  static const std::unordered_map<std::string_view, StmtKind> kWithHead = {
      {"while", StmtKind::kWhile},
      {"switch", StmtKind::kSwitch},
      {"repeat", StmtKind::kRepeat},
  };
  static const std::unordered_map<std::string_view, StmtKind> kConditions = {
      {"await", StmtKind::kAwait},
      {"assert", StmtKind::kAssert},
      {"assume", StmtKind::kAssume},
  };
  if (const auto found = kWithHead.find(word); found != kWithHead.end()) {
    StmtPtr stmt = MakeStmt(found->second, first);
    Next();
    ParseHead(*stmt, first, word, word == "while");
    const int64_t rounds = rounds_;
    if (word == "while") CountRounds(*stmt);
    stmt->body = ParseSubstatement(word);
    rounds_ = rounds;
    return Finish(std::move(stmt), first);
  }
  if (const auto found = kConditions.find(word); found != kConditions.end()) {
    StmtPtr stmt = MakeStmt(found->second, first);
    Next();
    ParseHead(*stmt, first, word, word != "await");
    ExpectSemicolon("`" + word + " (...)`");
    return Finish(std::move(stmt), first);
  }
  if (word == "if") return ParseIf(first);
  if (word == "do") return ParseDo(first);
  if (word == "for") return ParseFor(first);
  if (word == "case" || word == "default") return ParseCase(first);
  if (word == "break") return ParseJump(StmtKind::kBreak, first);
  if (word == "continue") return ParseJump(StmtKind::kContinue, first);
  if (word == "return") return ParseJump(StmtKind::kReturn, first);
  if (word == "goto") return ParseJump(StmtKind::kGoto, first);
  if (word == "ghost") return ParseGhost(first);
  if (word == "atomic") {
    StmtPtr stmt = MakeStmt(StmtKind::kAtomic, first);
    Next();
    stmt->body = ParseBody("`atomic`", "write `atomic { ... }`");
    return Finish(std::move(stmt), first);
  }
  if (word == "shared") {
    Report(Here(), "`shared` declares an object of all processes: it belongs to file scope",
           "move it above the processes; without `shared` the variable is the process's own");
    return ParseDeclarationStatement(Declaration::Storage::kShared, first);
  }
  if (word == "typedef") return ParseDeclarationStatement(Declaration::Storage::kTypedef, first);
  if (word == "else") {
    Report(Here(), "`else` without `if`",
           "an `if` takes one statement: put several into `{ }`, and no `;` behind the `)`");
    Next();
    return ParseSubstatement(word);
  }
  if (word == "when") {
    Report(Here(), "`when` belongs into a `select`", "write `select { when (...) ... }`");
    StmtPtr stmt = MakeStmt(StmtKind::kWhen, first);
    Next();
    ParseHead(*stmt, first, word, false);
    stmt->body = ParseSubstatement(word);
    return Finish(std::move(stmt), first);
  }
  return nullptr;
}

// Words that mean a statement where what follows them cannot be anything else.
StmtPtr Parser::ParseContextualStatement(std::size_t first) {
  if (Is("select") && Is("{", 1)) return ParseSelect(first);
  if (Is("section") && MayName(1) && Is("{", 2)) {
    StmtPtr stmt = MakeStmt(StmtKind::kSection, first);
    Next();
    stmt->name_range = Here();
    stmt->name = Next().text;
    stmt->head_range = Since(first);
    stmt->body = ParseBlock(true);
    return Finish(std::move(stmt), first);
  }
  if (Is("section") && Is("{", 1)) {
    Next();
    FailHere("a name for the section", "write `section critical { ... }`");
    return MakeStmt(StmtKind::kEmpty, first);
  }
  if (in_object_ && Is("limit") && Is("(", 1) && !IsDeclared("limit")) {
    StmtPtr stmt = MakeStmt(StmtKind::kLimit, first);
    Next();
    ParseHead(*stmt, first, "limit", true);
    ExpectSemicolon("`limit (...)`");
    return Finish(std::move(stmt), first);
  }
  if (Is("step") && Is(";", 1) && !IsDeclared("step")) {
    StmtPtr stmt = MakeStmt(StmtKind::kStep, first);
    Next();
    Next();
    return Finish(std::move(stmt), first);
  }
  return nullptr;
}

StmtPtr Parser::ParseBlock(bool own_scope) {
  const std::size_t first = position_;
  StmtPtr block = MakeStmt(StmtKind::kBlock, first);
  const SourceRange open = Here();
  Next();
  if (own_scope) {
    Scope scope(*this);
    ParseStatements(*block, open);
  } else {
    ParseStatements(*block, open);
  }
  return Finish(std::move(block), first);
}

// The body of a process, a function, an `atomic`: in braces. Without them what follows is read as
// the body, up to the next `}` or item.
StmtPtr Parser::ParseBody(std::string_view owner, std::string_view hint) {
  if (Is("{") && !panic_) return ParseBlock(owner == "`atomic`");
  const std::size_t first = position_;
  StmtPtr block = MakeStmt(StmtKind::kBlock, first);
  if (panic_) return block;
  const std::string message = "expected `{` to open the body of " + std::string(owner);
  Report(PreviousEnd(), message, std::string(hint));
  Accept(";");
  if (owner == "`atomic`") {
    block->body_list.push_back(ParseStatement());
    return Finish(std::move(block), first);
  }
  while (!AtEnd() && !Is("}") && !StartsItem() && !aborted_) {
    const std::size_t start = position_;
    if (StartsLine() && (StartsType() || Is("ghost"))) break;
    block->body_list.push_back(ParseStatement());
    if (panic_) SynchroniseStatement(start);
    if (position_ == start) break;
  }
  if (position_ > first) Accept("}");
  return Finish(std::move(block), first);
}

void Parser::ParseStatements(Stmt& block, SourceRange open) {
  while (!AtEnd() && !Is("}") && !StartsItem()) {
    const std::size_t start = position_;
    block.body_list.push_back(ParseStatement());
    if (panic_) {
      if (last_failure_ == position_ && StartsItem()) return;  // a `}` misses, which is reported
      SynchroniseStatement(start);
    }
    if (position_ == start) Next();
  }
  if (!Is("}")) return FailMissingBrace(open);
  if (Peek().newline_before && !suspect_brace_) {
    const uint32_t column = source_.Locate(Here().begin).column - 1;
    if (column < IndentationOf(open.begin)) suspect_brace_ = open;
  }
  Next();
}

void Parser::ParseHead(Stmt& stmt, std::size_t first, std::string_view keyword,
                       bool warn_assignment) {
  const std::string what = "`" + std::string(keyword) + "`";
  const std::size_t open = position_;
  const std::string hint = keyword == "repeat" ? "write `repeat (3) { ... }`" : "";
  Expect("(", "after " + what, hint);
  if (Is(")") && !panic_) {
    FailHere(keyword == "repeat" ? "the number of times" : "a condition", hint);
  }
  stmt.condition = ParseFull();
  if (keyword == "assert" && Accept(",")) {
    while (Peek().kind == TokenKind::kString) stmt.text += Next().text;
  }
  const Expr& condition = *stmt.condition;
  if (warn_assignment && condition.kind == ExprKind::kAssign && condition.op == Op::kAssign &&
      &condition != last_parenthesised_) {
    Warn(condition.op_range, "`=` assigns: the condition is the value assigned",
         "a comparison is written `==`; if you mean it, put a second pair of parentheses around");
  }
  Expect(")", "after the condition of " + what);
  RecoverBehindParenthesis(open);
  stmt.head_range = Since(first);
}

// What an `if` or a loop governs.
StmtPtr Parser::ParseSubstatement(std::string_view keyword) {
  if (Is("}") && !panic_) {
    FailHere("a statement after `" + std::string(keyword) + "`", "an empty one is `;`");
    return MakeStmt(StmtKind::kEmpty, position_);
  }
  if (Is(";") && !Peek().newline_before && Is("{", 1)) {
    Warn(Here(), "this `;` is the whole body of the `" + std::string(keyword) + "`",
         "remove it if the block behind it is the body");
  }
  Scope scope(*this);
  return ParseStatement();
}

StmtPtr Parser::ParseIf(std::size_t first) {
  StmtPtr stmt = MakeStmt(StmtKind::kIf, first);
  Next();
  ParseHead(*stmt, first, "if", true);
  stmt->body = ParseSubstatement("if");
  if (!panic_ && Accept("else")) stmt->else_body = ParseSubstatement("else");
  return Finish(std::move(stmt), first);
}

StmtPtr Parser::ParseDo(std::size_t first) {
  StmtPtr stmt = MakeStmt(StmtKind::kDo, first);
  Next();
  stmt->body = ParseSubstatement("do");
  const std::size_t head = position_;
  Expect("while", "after the body of `do`");
  ParseHead(*stmt, head, "while", true);
  ExpectSemicolon("`do ... while (...)`");
  return Finish(std::move(stmt), first);
}

StmtPtr Parser::ParseFor(std::size_t first) {
  StmtPtr stmt = MakeStmt(StmtKind::kFor, first);
  Next();
  Scope scope(*this);
  const std::size_t open = position_;
  Expect("(", "after `for`");
  const std::size_t init = position_;
  if (StartsType() && !panic_) {
    stmt->init = MakeStmt(StmtKind::kDeclaration, init);
    stmt->init->declaration = ParseDeclaration(Declaration::Storage::kLocal, false);
    stmt->init = Finish(std::move(stmt->init), init);
    stmt->init->head_range = stmt->init->declaration->range;
  } else if (!Accept(";") && !panic_) {
    stmt->init = MakeStmt(StmtKind::kExpression, init);
    stmt->init->condition = ParseFull();
    stmt->init = Finish(std::move(stmt->init), init);
    stmt->init->head_range = stmt->init->range;
    Expect(";", "after the first part of `for`", "write `for (i = 0; i < 3; i++)`");
  }
  if (!Is(";") && !panic_) {
    stmt->condition = ParseFull();
    if (stmt->condition->kind == ExprKind::kAssign && stmt->condition->op == Op::kAssign) {
      Warn(stmt->condition->op_range, "`=` assigns: the condition is the value assigned",
           "a comparison is written `==`");
    }
  }
  Expect(";", "after the condition of `for`", "write `for (i = 0; i < 3; i++)`");
  if (!Is(")") && !panic_) stmt->step = ParseFull();
  Expect(")", "after the parts of `for`");
  RecoverBehindParenthesis(open);
  stmt->head_range = Since(first);
  const int64_t rounds = rounds_;
  CountRounds(*stmt);
  stmt->body = ParseSubstatement("for");
  rounds_ = rounds;
  return Finish(std::move(stmt), first);
}

StmtPtr Parser::ParseCase(std::size_t first) {
  const bool is_default = Next().text == "default";
  StmtPtr stmt = MakeStmt(is_default ? StmtKind::kDefault : StmtKind::kCase, first);
  if (!is_default) {
    stmt->condition = ParseFull();
    stmt->head_range = Since(first);
    if (Is("...") && !panic_) {
      Fail(Here(), HasNo("ranges of cases"), "write a `case` for each value");
    }
  }
  if (!Is(":")) Expect(":", is_default ? "after `default`" : "after the value of the case");
  return ParseLabelled(std::move(stmt), first);
}

// At the `:` of a label, case or default.
StmtPtr Parser::ParseLabelled(StmtPtr label, std::size_t first) {
  if (!panic_) Next();
  if (Is("}") || panic_) {
    label->body = MakeStmt(StmtKind::kEmpty, position_);
    label->body->range = label->body->head_range = PreviousEnd();
  } else {
    label->body = ParseStatement();
  }
  return Finish(std::move(label), first);
}

StmtPtr Parser::ParseJump(StmtKind kind, std::size_t first) {
  StmtPtr stmt = MakeStmt(kind, first);
  const std::string word = Next().text;
  if (kind == StmtKind::kGoto) {
    if (const std::optional<Token> label = ExpectName("the label")) {
      stmt->name = label->text;
      stmt->name_range = label->range;
    }
  } else if (kind == StmtKind::kReturn && !Is(";") && !Is("}")) {
    stmt->condition = ParseFull();
  }
  stmt->head_range = Since(first);
  if (kind == StmtKind::kReturn && stmt->condition && forks_ && IsMain(in_function_))
    EndProcess(*stmt, std::move(stmt->condition));
  ExpectSemicolon("`" + word + "`");
  return Finish(std::move(stmt), first);
}

StmtPtr Parser::ParseGhost(std::size_t first) {
  if (StartsType(1)) return ParseDeclarationStatement(Declaration::Storage::kGhost, first);
  StmtPtr stmt = MakeStmt(StmtKind::kGhost, first);
  Next();
  stmt->body = ParseSubstatement("ghost");
  return Finish(std::move(stmt), first);
}

StmtPtr Parser::ParseSelect(std::size_t first) {
  StmtPtr select = MakeStmt(StmtKind::kSelect, first);
  Next();
  const SourceRange open = Here();
  Next();
  while (!AtEnd() && !Is("}") && !StartsItem()) {
    const std::size_t start = position_;
    if (Is("when")) {
      StmtPtr when = MakeStmt(StmtKind::kWhen, start);
      Next();
      ParseHead(*when, start, "when", false);
      when->body = ParseSubstatement("when");
      select->body_list.push_back(Finish(std::move(when), start));
    } else if (Is("else")) {
      if (select->else_body != nullptr) Report(Here(), "a second `else` in this `select`");
      Next();
      select->else_body = ParseSubstatement("else");
    } else {
      FailHere("`when (...)` or `else`", "a `select` holds alternatives: `when (guard) statement`");
    }
    if (panic_) SynchroniseStatement(start);
    if (position_ == start) Next();
  }
  if (select->body_list.empty() && Is("}")) {
    Report(Here(), "a `select` needs an alternative", "write `select { when (guard) statement }`");
  }
  if (!Accept("}")) FailMissingBrace(open);
  return Finish(std::move(select), first);
}

StmtPtr Parser::ParseDeclarationStatement(Declaration::Storage storage, std::size_t first) {
  StmtPtr stmt = MakeStmt(StmtKind::kDeclaration, first);
  stmt->declaration = ParseDeclaration(storage, false);
  stmt->head_range = stmt->declaration->range;
  return Finish(std::move(stmt), first);
}

StmtPtr Parser::ParseExpressionStatement(std::size_t first) {
  StmtPtr stmt = MakeStmt(StmtKind::kExpression, first);
  const Token word = Peek();
  stmt->condition = ParseFull();
  stmt->head_range = Since(first);
  if (panic_) return Finish(std::move(stmt), first);
  const bool takes_block = Is("{") && (stmt->condition->kind == ExprKind::kCall ||
                                       stmt->condition->kind == ExprKind::kName);
  if (takes_block && !IsDeclared(word.text)) {
    const std::string nearest = NearestName(word.text, StatementWords());
    Report(word.range, "no statement starts with `" + word.text + "`",
           nearest.empty() ? HintFor(word) : "did you mean `" + nearest + "`?");
    return Finish(std::move(stmt), first);  // the block is read as a statement of its own
  }
  ExpectSemicolon("the expression");
  return Finish(std::move(stmt), first);
}

}  // namespace interleave
