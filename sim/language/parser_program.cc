// Programs in C: what C has and a scenario has not, and the processes that a program's functions
// become. See parser_private.h.
//
// `main` is the first process. A function that is named where a thread is started is one that
// threads run, and so is each of the right form that is named as a value, where a thread is started
// with what is no name. It becomes daemon processes, each a place for one thread at a time. They
// are daemons because a program ends with its first process. How many there are is read off the
// text: one for each time the function is named, times the rounds of the loops around it, where
// those are plain; a program that starts more than that is checked as far as it goes, and the
// verdict says so.

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_set>
#include <utility>

#include "sim/language/parser_private.h"
#include "sim/language/scanner.h"

namespace interleave {
namespace {

constexpr int64_t kUnknownRounds = 6;
constexpr int64_t kMostThreads = 16;  // of one function
constexpr int64_t kMostForked = 8;    // processes at a time
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

bool StartsThread(std::string_view name) {
  return name == "pthread_create" || name == "thrd_create";
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
  const bool in_main = in_function_ == "main";
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

// `exit(n)`, and in `main` `return n`: a step where it stands, behind which the process is over.
void Parser::EndProcess(Stmt& stmt, ExprPtr value) const {
  std::vector<ExprPtr> arguments;
  const SourceRange range = stmt.head_range;
  arguments.push_back(std::move(value));
  stmt.kind = StmtKind::kExit;
  stmt.condition = nullptr;
  stmt.step = MakeCall("library_finish_process", std::move(arguments), range);
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
  if (is_c_ && kOfKernel.contains(name) && !program_functions_.contains(name) &&
      headers_.contains(std::string(kNamedHeader) + "processes.h")) {
    return std::string(kLibraryPrefix) + name;
  }
  const bool is_point = is_c_ && kPoints.contains(name) && !program_functions_.contains(name) &&
                        headers_.contains(std::string(kNamedHeader) + "cancel.h");
  return is_point ? "library_cancellable_" + name : name;
}

void Parser::NoteFunctionAsValue(const std::string& name) {
  if (!program_functions_.contains(name) || Lookup(name) != NameKind::kOther) return;
  auto found = std::find_if(thread_functions_.begin(), thread_functions_.end(),
                            [&](const ThreadFunction& thread) { return thread.name == name; });
  if (found == thread_functions_.end())
    found = thread_functions_.insert(thread_functions_.end(), {name, 0, false});
  found->count = std::min(found->count + rounds_, kMostThreads);
  found->is_started = found->is_started || StartsThread(in_arguments_of_);
}

void Parser::FindForks() {
  bool has_threads = false, asks = false;
  for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
    if (tokens_[i].kind != TokenKind::kIdentifier || tokens_[i + 1].text != "(") continue;
    const std::string& name = tokens_[i].text;
    forks_ = forks_ || name == "fork" || name == "vfork";
    has_threads = has_threads || StartsThread(name);
    asks = asks || name == "pipe" || name == "pipe2" || name == "shm_open" || name == "sem_open";
  }
  forks_ = forks_ || (asks && !has_threads);
}

// `fork()` in `main`, outside of loops, makes one more process, and each one again that is there
// already; what else calls it is taken to do so a few times.
void Parser::NoteFork(const Expr& call) {
  if ((call.name != "fork" && call.name != "vfork") || program_functions_.contains(call.name))
    return;
  const int64_t rounds = in_function_ == "main" ? rounds_ : kUnknownRounds;
  ++fork_calls_;
  forked_ += rounds;
}

void Parser::NoteStart(const Expr& call) {
  NoteFork(call);
  if (!StartsThread(call.name) || program_functions_.contains(call.name)) return;
  const std::size_t number = call.name == "thrd_create" ? 1 : 2;
  if (call.operands.size() <= number) return;
  const Expr* function = call.operands[number].get();
  while (function->kind == ExprKind::kCast ||
         (function->kind == ExprKind::kUnary && function->op == Op::kAddressOf)) {
    function = function->operands[0].get();
  }
  starts_any_ = starts_any_ || function->kind != ExprKind::kName ||
                !program_functions_.contains(function->name);
}

// What a thread is started with has one parameter, a pointer, and gives a pointer or, in
// <threads.h>, an int.
bool Parser::RunsAsThread(const Function& function, bool is_started) const {
  if (is_started) return true;
  const bool gives =
      function.return_pointers == 1 || function.return_type.base == TypeSyntax::Base::kInt;
  return starts_any_ && gives && function.parameters.size() == 1 &&
         function.parameters[0].declarator.pointers == 1;
}

// `for (i = 0; i < 3; i++)` has three; anything else is taken to have a few.
void Parser::CountRounds(const Stmt& loop) {
  int64_t rounds = kUnknownRounds;
  const Expr* test = loop.condition.get();
  const std::function<int64_t(const Expr*)> number = [&](const Expr* expr) -> int64_t {
    if (expr == nullptr) return -1;
    if (expr->kind == ExprKind::kInteger)
      return expr->value < 1000 ? static_cast<int64_t>(expr->value) : -1;
    if (expr->kind != ExprKind::kBinary) return -1;
    const int64_t a = number(expr->operands[0].get());
    const int64_t b = number(expr->operands[1].get());
    if (a < 0 || b < 0) return -1;
    return expr->op == Op::kMul   ? a * b
           : expr->op == Op::kAdd ? a + b
           : expr->op == Op::kSub ? a - b
                                  : -1;
  };
  const Expr* from = nullptr;
  if (loop.init && loop.init->condition && loop.init->condition->kind == ExprKind::kAssign)
    from = loop.init->condition->operands[1].get();
  if (loop.init && loop.init->declaration && loop.init->declaration->declarators.size() == 1)
    from = loop.init->declaration->declarators[0].initializer.get();
  if (test != nullptr && test->kind == ExprKind::kBinary && number(from) >= 0) {
    const int64_t to = number(test->operands[1].get());
    const int64_t more = test->op == Op::kLe ? 1 : 0;
    if (to >= 0 && (test->op == Op::kLt || test->op == Op::kLe || test->op == Op::kNe))
      rounds = std::max<int64_t>(0, to + more - number(from));
  }
  rounds_ = std::min(rounds_ * rounds, kMostThreads);
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

// `argv[3]`: an array of this name has an element 3.
void Parser::NoteArgument(const Expr& element) {
  const Expr& base = *element.operands[0];
  const Expr& index = *element.operands[1];
  if (base.kind != ExprKind::kName || index.kind != ExprKind::kInteger) return;
  int64_t& most = most_index_[base.name];
  most = std::max(most, static_cast<int64_t>(std::min<uint64_t>(index.value, 16)));
}

// What stands between the brackets of the call of `main`; its arguments are a table of texts. Who
// gives none gets as many as arrays of that name have elements that are named, each "2".
std::string Parser::ArgumentsOfMain(const Function& main) {
  if (main.parameters.empty()) {
    if (!arguments_.empty())
      diagnostics_.Error(main.name_range, "--arg: `main` takes no arguments");
    return "";
  }
  if (main.parameters.size() < 2) return std::to_string(arguments_.size() + 1);
  const int64_t most = most_index_[main.parameters[1].declarator.name];
  if (arguments_.empty() && most > 0) {
    arguments_.assign(static_cast<std::size_t>(most), "2");
    diagnostics_.Note(
        main.name_range,
        fmt::format("`main` is called with {} argument{} \"2\"", most, most == 1 ? "" : "s"),
        "`--arg TEXT` gives another; it may be repeated");
  }
  std::string texts = "\"program\"";
  for (const std::string& argument : arguments_) {
    texts += ", \"";
    for (const char c : argument) {
      if (c == '"' || c == '\\') texts += '\\';
      texts += c;
    }
    texts += '"';
  }
  AppendTokens(
      fmt::format("shared char *the_arguments[{}] = {{{}, 0}};", arguments_.size() + 2, texts),
      main.name_range);
  return fmt::format("{}, the_arguments", arguments_.size() + 1);
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

// Once, behind the last item of the text.
void Parser::AddProcesses() {
  for (const auto& function : scenario_->functions) {
    if (!function->body || !stubs_.contains(function->name)) continue;
    diagnostics_.Error(function->name_range,
                       "`" + function->name + "` has a text here, so it is no stub",
                       "leave out the stub, or the text");
  }
  if (!scenario_->processes.empty()) return;
  const auto find = [&](const std::string& name) -> Function* {
    for (const auto& function : scenario_->functions) {
      if (function->name == name && function->body) return function.get();
    }
    return nullptr;
  };
  Function* const start = find("main");
  if (start == nullptr) {
    diagnostics_.Error({0, 0}, "this program has no `main`, so nothing runs",
                       "write one that starts the threads, or a scenario with `process`");
    return;
  }
  const bool has_property =
      std::any_of(scenario_->properties.begin(), scenario_->properties.end(),
                  [](const PropertySyntax& p) { return p.kind == PropertyKind::kRace; });
  if (!has_property && !is_verified_) AppendTokens("property race;", start->name_range);
  const std::string arguments = ArgumentsOfMain(*start);
  start->process = 0;
  const bool has_threads =
      starts_any_ || std::any_of(thread_functions_.begin(), thread_functions_.end(),
                                 [](const ThreadFunction& thread) { return thread.is_started; });
  if (forks_ && has_threads) {
    diagnostics_.Error(start->name_range, "a program that forks may not start threads so far",
                       "check the part with the threads on its own");
    return;
  }
  if (forks_) {
    // One after the other makes as many as there are once more.
    const int64_t doubled = int64_t{1} << std::min<int64_t>(fork_calls_, 3);
    scenario_->most_processes =
        static_cast<int>(std::clamp<int64_t>(std::max(forked_ + 1, doubled), 1, kMostForked));
    // Behind `main`, whose end is `return 0`.
    AppendTokens(fmt::format("process main[{}] {{ main({}); library_finish_process(0); }}",
                             scenario_->most_processes, arguments),
                 start->name_range);
    return;
  }
  AppendTokens("process main { main(" + arguments + "); }", start->name_range);
  int number = 0;
  for (const ThreadFunction& thread : thread_functions_) {
    Function* const function = find(thread.name);
    if (function == nullptr || function == start) continue;
    if (!RunsAsThread(*function, thread.is_started)) continue;
    const bool takes_one = !function->parameters.empty();
    const std::string begin = takes_one ? "" : "the_program.begin(); ";
    const std::string call = thread.name + (takes_one ? "((void *)the_program.begin())" : "()");
    const bool is_void =
        function->return_type.base == TypeSyntax::Base::kVoid && function->return_pointers == 0;
    // Where no more is done at the end of a thread, that is one expression.
    const auto has = [&](const char* header) {
      return headers_.contains(std::string(kNamedHeader) + header);
    };
    const bool has_more = has("keys.h") || has("cancel.h");
    std::string body = begin + (is_void ? call + "; the_program.finish(0);"
                                        : "the_program.finish((long)" + call + ");");
    if (has_more) {
      body = begin +
             (is_void ? "long result = 0; " + call + "; " : "long result = (long)" + call + "; ");
      if (has("keys.h")) body += "library_end_of_thread(); ";
      body += has("cancel.h") ? "library_finish(result);" : "the_program.finish(result);";
    }
    function->process = ++number;
    AppendTokens(fmt::format("daemon process {}{} {{ for (;;) {{ {} }} }}", thread.name,
                             thread.count > 1 ? fmt::format("[{}]", thread.count) : "", body),
                 function->name_range);
  }
}

}  // namespace interleave
