// Programs in C: what C has and a scenario has not. See parser_private.h.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "sim/language/parser_private.h"
#include "sim/language/scanner.h"

namespace interleave {
namespace {

constexpr uint64_t kMostRandom = 16;  // `rand() % n` is looked at for each number

// The header that brings a name to programs in C; empty: none.
std::string HeaderOf(const KindLibrary& library, const std::string& name) {
  for (const auto& [kind_name, kind] : library.kinds()) {
    for (const auto& [header, names] : kind->names_of_header) {
      if (header.starts_with(kNamedHeader)) continue;  // which comes by itself
      if (std::find(names.all.begin(), names.all.end(), name) == names.all.end()) continue;
      return header.starts_with(kProgramHeader) ? header.substr(kProgramHeader.size()) : header;
    }
  }
  return {};
}

}  // namespace

bool Parser::IsMereName(const Token& token) const {
  static const std::unordered_set<std::string_view> kWords = {
      "shared", "process", "ghost",    "atomic",    "await",  "choose",    "when",     "assume",
      "repeat", "daemon",  "property", "invariant", "never",  "reachable", "schedule", "expect",
      "option", "select",  "section",  "step",      "forall", "exists",    "count",    "in",
      "object", "monitor", "op",       "init",      "limit",  "thread",    "task",     "proctype",
      "proc",   "holds",   "until",    "run",       "done",   "waiting",   "blocked",  "_"};
  return is_c_ && !token.is_annotation && token.kind == TokenKind::kIdentifier &&
         kWords.contains(token.text);
}

// What compilers are told beside C: it changes nothing here.
bool Parser::SkipAttribute() {
  if (Is("__attribute__") || Is("__asm__") || Is("_Alignas") || Is("alignas")) {
    Next();
    if (Is("(")) SkipBalanced("(", ")");
    return true;
  }
  for (const char* word : {"restrict", "__restrict", "__restrict__", "_Noreturn", "__inline",
                           "__inline__", "__extension__", "noreturn"}) {
    if (Accept(word)) return true;
  }
  return false;
}

// `(*name)(...)` and `(*name[3])(...)`: what it is called with is not looked at.
bool Parser::ParseFunctionPointer(Declarator& declarator) {
  if (!is_c_ && !source_.name().starts_with(kProgramHeader)) return false;
  if (!Is("(") || !Is("*", 1)) return false;
  const std::size_t end = ParenthesisedTokens();
  if (!Is("(", end)) return false;
  Next();
  Next();
  while (SkipAttribute() || Accept("const")) {
  }
  declarator.is_function = true;
  declarator.range = Here();
  if (MayName()) declarator.name = Next().text;
  ParseDimensions(declarator);
  Expect(")", "after the name of the pointer to a function");
  if (Is("(")) SkipBalanced("(", ")");
  return true;
}

// `.name = value` or `[index] = value`; more of these may stand before the `=`.
ExprPtr Parser::ParseDesignated() {
  Depth depth(*this);
  const std::size_t first = position_;
  std::string member;
  ExprPtr index;
  if (Accept(".")) {
    if (const std::optional<Token> name = ExpectName("the member")) member = name->text;
  } else {
    Next();
    index = ParseFull();
    Expect("]", "after the index");
  }
  ExprPtr item;
  if (Is(".") || Is("[")) {
    item = MakeExpr(ExprKind::kInitializer, Here());
    item->is_partial = true;
    item->operands.push_back(ParseDesignated());
    item->range = Since(first);
  } else {
    Expect("=", "before the value");
    item = ParseInitializer(true);
  }
  item->designated_member = member;
  item->designated_index = std::move(index);
  return item;
}

// `offsetof(struct s, a.b)`.
ExprPtr Parser::ParseOffset() {
  const std::size_t first = position_;
  ExprPtr expr = MakeExpr(ExprKind::kSizeof, Here());
  Next();
  Next();
  expr->type_name = ParseTypeName();
  Expect(",", "after the type");
  do {
    const std::optional<Token> name = ExpectName("the member");
    if (!name) break;
    expr->name += (expr->name.empty() ? "" : ".") + name->text;
  } while (Accept("."));
  Expect(")", "after the member");
  expr->range = Since(first);
  return expr;
}

// `rand() % n` is any number from 0 to n - 1; where those are many, a few of them.
void Parser::ChooseForRandom(Expr& remainder) const {
  if (remainder.op != Op::kRem || remainder.operands[0]->kind != ExprKind::kCall) return;
  const std::string& name = remainder.operands[0]->name;
  if ((name != "rand" && name != "random" && name != "rand_r") || program_functions_.contains(name))
    return;
  const Expr& count = *remainder.operands[1];
  if (count.kind == ExprKind::kInteger && count.value > kMostRandom) {
    std::vector<ExprPtr> arguments;
    arguments.push_back(std::move(remainder.operands[1]));
    remainder = std::move(*MakeCall("library_one_of", std::move(arguments), remainder.range));
    return;
  }
  ExprPtr one = MakeExpr(ExprKind::kInteger, remainder.range);
  one->value = 1;
  ExprPtr last = MakeExpr(ExprKind::kBinary, remainder.range);
  last->op = Op::kSub;
  last->operands.push_back(std::move(remainder.operands[1]));
  last->operands.push_back(std::move(one));
  remainder.kind = ExprKind::kChoose;
  remainder.op = Op::kNone;
  remainder.operands[0] = MakeExpr(ExprKind::kInteger, remainder.range);
  remainder.operands[1] = std::move(last);
}

// `pthread_exit(x);` in a function that a thread runs, and `exit(n);` in `main`, are `return`.
// Anywhere else `exit` ends the program: what comes after it is no run of it.
StmtPtr Parser::ParseExit(std::size_t first) {
  // In a header of the library it ends the thread that calls.
  const bool is_of_header = !is_c_ && source_.name().starts_with(kNamedHeader);
  const bool ends_program = is_c_ && (Is("exit") || Is("_exit") || Is("abort") || Is("quick_exit"));
  if (!is_c_ && !is_of_header) return nullptr;
  if ((!ends_program && !Is("pthread_exit") && !Is("thrd_exit")) || !Is("(", 1)) return nullptr;
  if (program_functions_.contains(Peek().text)) return nullptr;
  const Token word = Peek();
  const auto function = program_functions_.find(in_function_);
  const bool in_main = IsMain(in_function_);
  Next();
  Next();
  ExprPtr value = Is(")") ? nullptr : ParseFull();
  Expect(")", "after the value");
  StmtPtr stmt = MakeStmt(StmtKind::kReturn, first);
  stmt->head_range = Since(first);
  ExpectSemicolon("`" + word.text + "`");
  if (word.text == "abort") {
    // In the tasks of SV-COMP it ends a run that is not looked at.
    stmt->kind = is_verified_ ? StmtKind::kAssume : StmtKind::kAssert;
    stmt->condition = MakeExpr(ExprKind::kInteger, word.range);
    stmt->text = "the program aborts";
    return Finish(std::move(stmt), first);
  }
  if (ends_program && forks_) {
    EndProcess(*stmt, value != nullptr ? std::move(value) : ErrorExpr());
    return Finish(std::move(stmt), first);
  }
  if (ends_program) {
    if (in_main) {
      if (function->second->return_type.base != TypeSyntax::Base::kVoid)
        stmt->condition = value != nullptr ? std::move(value) : ErrorExpr();
      return Finish(std::move(stmt), first);
    }
    stmt->condition = MakeExpr(ExprKind::kInteger, word.range);
    // A step of its own, so that what the access before it did is looked at.
    stmt->kind = StmtKind::kAssume;
    stmt->text = "the program ends";
    StmtPtr both = MakeStmt(StmtKind::kBlock, first);
    both->body_list.push_back(Finish(MakeStmt(StmtKind::kStep, first), first));
    both->body_list.push_back(Finish(std::move(stmt), first));
    return Finish(std::move(both), first);
  }
  stmt->kind = StmtKind::kExit;
  stmt->condition = std::move(value);
  stmt->step = MakeCall("wait_for_all", {}, word.range);
  stmt->step->is_method = true;
  stmt->step->operands.push_back(MakeExpr(ExprKind::kName, word.range));
  stmt->step->operands[0]->name = kThePlaces;
  return Finish(std::move(stmt), first);
}

// `pthread_cleanup_push(function, argument); ... pthread_cleanup_pop(execute);`, which POSIX wants
// in one block.
StmtPtr Parser::ParseCleanup(std::size_t first) {
  if (!Is("pthread_cleanup_push") || !Is("(", 1)) return nullptr;
  const SourceRange range = Here();
  StmtPtr block = MakeStmt(StmtKind::kBlock, first);
  StmtPtr cleanup = MakeStmt(StmtKind::kCleanup, first);
  cleanup->condition = MakeExpr(ExprKind::kCall, range);
  cleanup->condition->is_indirect = true;
  Next();
  Next();
  for (const char* name : {"cleanup function", "cleanup argument"}) {
    const bool is_function = cleanup->condition->operands.empty();
    if (!is_function) Expect(",", "after the function");
    StmtPtr declaration = MakeStmt(StmtKind::kDeclaration, first);
    declaration->declaration = std::make_unique<Declaration>();
    declaration->declaration->range = declaration->declaration->type.range = range;
    declaration->declaration->type.base = TypeSyntax::Base::kVoid;
    Declarator declarator;
    declarator.name = name;
    declarator.range = range;
    declarator.is_function = is_function;
    declarator.pointers = is_function ? 0 : 1;
    declarator.initializer = ParseAssignment();
    declaration->declaration->declarators.push_back(std::move(declarator));
    block->body_list.push_back(Finish(std::move(declaration), first));
    cleanup->condition->operands.push_back(MakeExpr(ExprKind::kName, range));
    cleanup->condition->operands.back()->name = name;
  }
  Expect(")", "after the argument");
  ExpectSemicolon("`pthread_cleanup_push`");
  cleanup->body = MakeStmt(StmtKind::kBlock, position_);
  Scope scope(*this);
  while (!panic_ && !AtEnd() && !Is("}") && !Is("pthread_cleanup_pop"))
    cleanup->body->body_list.push_back(ParseStatement());
  cleanup->body = Finish(std::move(cleanup->body), first);
  if (!Is("pthread_cleanup_pop")) {
    Report(range, "`pthread_cleanup_pop` is not in the same block");
    cleanup->step = MakeNumber(0, range);
  } else {
    const std::size_t last = position_;
    Next();
    Expect("(", "after `pthread_cleanup_pop`");
    cleanup->step = ParseFull();
    Expect(")", "after `pthread_cleanup_pop`");
    cleanup->head_range = Since(last);
    ExpectSemicolon("`pthread_cleanup_pop`");
  }
  block->body_list.push_back(Finish(std::move(cleanup), first));
  return Finish(std::move(block), first);
}

// What a call means in a program that cancels threads.
std::string Parser::NameOfCall(const std::string& name) const {
  static const std::unordered_set<std::string_view> kPoints = {
      "pthread_cond_wait", "sem_wait", "pthread_join", "sleep", "usleep", "nanosleep"};
  // In a program that forks, or has descriptors.
  static const std::unordered_set<std::string_view> kOfKernel = {"getpid", "wait", "close",
                                                                 "signal"};
  const bool is_of_kernel =
      kOfKernel.contains(name) ||
      std::find(kCallsOfKernel.begin(), kCallsOfKernel.end(), name) != kCallsOfKernel.end();
  if (is_c_ && is_of_kernel && !program_functions_.contains(name) &&
      headers_.contains(std::string(kNamedHeader) + "processes.h")) {
    return std::string(kLibraryPrefix) + name;
  }
  const bool is_point = is_c_ && kPoints.contains(name) && !program_functions_.contains(name) &&
                        headers_.contains(std::string(kNamedHeader) + "cancel.h");
  return is_point ? "library_cancellable_" + name : name;
}

void Parser::AppendTokens(const std::string& text, SourceRange range) {
  Scanner scanner(text, 0, static_cast<uint32_t>(text.size()), Scanner::Mode::kDirective,
                  diagnostics_, range);
  const Token end = tokens_.back();
  tokens_.pop_back();
  for (Token token = scanner.Next(); token.kind != TokenKind::kEnd; token = scanner.Next()) {
    token.is_annotation = true;
    tokens_.push_back(std::move(token));
  }
  tokens_.push_back(end);
}

// In a preprocessed text the library's types are declared as the system has them: those here are
// meant instead, and what else their headers bring.
bool Parser::IsOfLibrary(const std::string& type) {
  if (!source_.is_preprocessed()) return false;
  const std::string header = HeaderOf(library_, type);
  if (header.empty()) return false;
  ParseHeader({std::string(kProgramHeader) + header, Here()});
  ParseHeader({header, Here()});
  return true;
}

// What is declared here and the library has; in a preprocessed text also what else the system's
// headers declare and nobody here defines, and their own helpers.
bool Parser::IsLeftOut(const Function& function) {
  if (!is_c_) return false;
  static const std::unordered_set<std::string_view> kKnown = {
      "exit",    "_exit",   "abort",        "quick_exit", "printf",  "fprintf",
      "puts",    "putchar", "perror",       "malloc",     "calloc",  "free",
      "realloc", "memset",  "memcpy",       "memmove",    "sprintf", "snprintf",
      "scanf",   "sscanf",  "pthread_exit", "thrd_exit",  "rand",    "reach_error"};
  const std::string header = HeaderOf(library_, function.name);
  const bool is_known =
      kKnown.contains(function.name) || !header.empty() || function.name.starts_with("__VERIFIER_");
  if (!source_.is_preprocessed() && (function.body || !is_known)) return false;
  if (function.body &&
      !(function.name.starts_with("__") && !function.name.starts_with("__VERIFIER")))
    return false;
  program_functions_.erase(function.name);
  names_.erase(function.name);
  if (!header.empty()) {
    ParseHeader({std::string(kProgramHeader) + header, function.name_range});
    ParseHeader({header, function.name_range});
  }
  return true;
}

// The functions here give what POSIX says, but those that would set `errno` do not.
void Parser::RefuseNumbersOfFailures() {
  const Token* number = nullptr;
  bool is_set = false;
  for (const Token& token : tokens_) {
    if (token.kind != TokenKind::kIdentifier) continue;
    if (token.text == "errno" && number == nullptr) number = &token;
    is_set = is_set || token.text == "sem_trywait" || token.text == "sem_timedwait";
  }
  if (number != nullptr && is_set)
    Report(number->range, "`sem_trywait` and `sem_timedwait` do not set `errno` so far",
           "they give -1 where the semaphore was 0");
}

// How long a text is does not become less when the program is made smaller.
void Parser::NoteTextLength(const TypeSyntax& type, const Declarator& declarator) {
  if (!is_c_ || type.base != TypeSyntax::Base::kChar) return;
  for (const ExprPtr& dimension : declarator.dimensions) {
    if (dimension != nullptr) scenario_->text_lengths.emplace_back(source_.Slice(dimension->range));
  }
}

// What `assert` of the system's <assert.h> becomes: `__assert_fail (...)`, and around it in newer
// ones gcc's `({ if (condition) ; else __assert_fail (...); })`, whose value is 0 here.
ExprPtr Parser::ParseFailedAssertion(std::size_t first) {
  if (Is("__assert_fail") && Is("(", 1)) {
    ParseHeader({std::string(kProgramHeader) + "assert.h", Here()});
    const SourceRange range = Here();
    Next();
    SkipBalanced("(", ")");
    return MakeCall("library_assertion_fails", {}, range);
  }
  if (!Is("(") || !Is("{", 1) || !Is("if", 2)) return nullptr;
  for (int i = 0; i < 3; ++i) Next();
  ExprPtr choice = MakeExpr(ExprKind::kConditional, Here());
  Expect("(", "after `if`");
  choice->operands.push_back(ParseExpression());
  Expect(")", "after the condition");
  Expect(";", "behind the condition");
  Expect("else", "behind `;`");
  choice->operands.push_back(MakeNumber(0, choice->range));
  choice->operands.push_back(Then(ParseExpression(), MakeNumber(0, choice->range)));
  Expect(";", "after the expression");
  Expect("}", "behind `;`");
  Expect(")", "behind `}`");
  choice->range = Since(first);
  return choice;
}

// C17 6.10.8.1 and 6.4.2.2: where this stands. Likewise the streams of <stdio.h>, which are there
// to be handed on.
ExprPtr Parser::ParsePlaceName() {
  const Token token = Peek();
  ExprPtr place;
  if (token.text == "__LINE__") {
    place = MakeNumber(source_.Locate(token.range.begin).line, token.range);
  } else if (token.text == "__FILE__" || token.text == "__func__" || token.text == "__FUNCTION__") {
    place = MakeExpr(ExprKind::kString, token.range);
    place->name = token.text == "__FILE__" ? source_.FileAt(token.range.begin).name : in_function_;
  } else if (token.text == "MAP_FAILED" || token.text == "SEM_FAILED" || token.text == "SIG_IGN" ||
             token.text == "SIG_DFL" || token.text == "SIG_ERR") {
    place = MakeExpr(ExprKind::kCast, token.range);
    place->type_name = std::make_unique<TypeSyntax>();
    place->type_name->base = TypeSyntax::Base::kVoid;
    place->type_name->range = token.range;
    place->type_name->pointers = 1;
    place->operands.push_back(MakeNumber(token.text == "MAP_FAILED" || token.text == "SIG_ERR"
                                             ? UINT64_MAX
                                         : token.text == "SIG_IGN" ? 1
                                                                   : 0,
                                         token.range));
  } else if (token.text == "stdin" || token.text == "stdout" || token.text == "stderr") {
    place = MakeExpr(ExprKind::kCast, token.range);
    place->type_name = std::make_unique<TypeSyntax>();
    place->type_name->base = TypeSyntax::Base::kVoid;
    place->type_name->range = token.range;
    place->type_name->pointers = 1;
    place->operands.push_back(MakeNumber(token.text == "stdin"    ? 1
                                         : token.text == "stdout" ? 2
                                                                  : 3,
                                         token.range));
  } else {
    return nullptr;
  }
  Next();
  return place;
}

// What the tasks of the Competition on Software Verification use (SV-COMP 2024, "Definition of
// Verification Tasks"): what is between `__VERIFIER_atomic_begin` and `__VERIFIER_atomic_end` is
// one step.
StmtPtr Parser::ParseVerifierStatement(std::size_t first) {
  if (!is_verified_ || !Is("(", 1)) return nullptr;
  const Token word = Peek();
  if (program_functions_.contains(word.text) && program_functions_.at(word.text)->body)
    return nullptr;
  const bool begins = word.text == "__VERIFIER_atomic_begin";
  const bool assumes = word.text == "__VERIFIER_assume";
  const bool fails = word.text == "reach_error" || word.text == "__VERIFIER_error";
  if (!begins && !assumes && !fails) return nullptr;
  StmtPtr stmt = MakeStmt(begins    ? StmtKind::kAtomic
                          : assumes ? StmtKind::kAssume
                                    : StmtKind::kAssert,
                          first);
  Next();
  Next();
  if (assumes) stmt->condition = ParseFull();
  if (fails) {
    stmt->condition = MakeNumber(0, word.range);
    stmt->text = "the error is reached";
  }
  Expect(")", "after `" + word.text + "`");
  stmt->head_range = Since(first);
  ExpectSemicolon("`" + word.text + "`");
  if (begins) {
    stmt->body = MakeStmt(StmtKind::kBlock, position_);
    stmt->body->is_open = true;
    while (!panic_ && !AtEnd() && !Is("}") && !Is("__VERIFIER_atomic_end"))
      stmt->body->body_list.push_back(ParseStatement());
    if (!Is("__VERIFIER_atomic_end")) {
      Report(word.range, "`__VERIFIER_atomic_end` is not in the same block");
    } else {
      Next();
      if (Is("(")) SkipBalanced("(", ")");
      ExpectSemicolon("`__VERIFIER_atomic_end`");
    }
  }
  return Finish(std::move(stmt), first);
}

// `__VERIFIER_nondet_int()`: one of a few numbers.
ExprPtr Parser::ParseVerifierCall(std::size_t first) {
  const Token word = Peek();
  if (!word.text.starts_with("__VERIFIER_nondet_") || !Is(")", 2)) return nullptr;
  Next();
  Next();
  Next();
  ExprPtr choice = MakeExpr(ExprKind::kChoose, word.range);
  choice->operands.push_back(MakeNumber(0, word.range));
  choice->operands.push_back(MakeNumber(word.text.ends_with("bool") ? 1 : 3, word.range));
  choice->range = Since(first);
  return choice;
}

}  // namespace interleave
