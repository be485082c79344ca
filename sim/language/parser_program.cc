// Programs in C: what C has and a scenario has not, and the processes that a program's functions
// become. See parser_private.h.
//
// `main` is the first process. A function whose name is used as a value is one that threads run: it
// becomes daemon processes, each a place for one thread at a time. They are daemons because a
// program ends with its first process. How many there are is read off the text: one for each time
// the function is named, times the rounds of the loops around it, where those are plain; a program
// that starts more than that is checked as far as it goes, and the verdict says so.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>

#include "sim/language/parser_private.h"
#include "sim/language/scanner.h"

namespace interleave {
namespace {

constexpr int64_t kUnknownRounds = 3;
constexpr int64_t kMostThreads = 16;  // of one function

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
  if (Is("__attribute__") || Is("__asm__")) {
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

// `.name = value` or `[index] = value`.
ExprPtr Parser::ParseDesignated() {
  std::string member;
  ExprPtr index;
  if (Accept(".")) {
    if (const std::optional<Token> name = ExpectName("the member")) member = name->text;
  } else {
    Next();
    index = ParseFull();
    Expect("]", "after the index");
  }
  if (Is(".") || Is("["))
    Fail(Here(), "a value for a part of a part", "give the outer part a list of its own");
  Expect("=", "before the value");
  ExprPtr item = ParseInitializer(true);
  item->designated_member = member;
  item->designated_index = std::move(index);
  return item;
}

// `rand() % n` is any number from 0 to n - 1.
void Parser::ChooseForRandom(Expr& remainder) const {
  if (remainder.op != Op::kRem || remainder.operands[0]->kind != ExprKind::kCall) return;
  const std::string& name = remainder.operands[0]->name;
  if ((name != "rand" && name != "random" && name != "rand_r") || program_functions_.contains(name))
    return;
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

// Calls that print do so beside everything that is checked: their arguments are evaluated, in
// order.
ExprPtr Parser::ParsePrint(std::size_t first) {
  static const std::unordered_set<std::string_view> kPrints = {
      "printf", "fprintf", "puts",   "putchar", "fputs",  "fputc",
      "putc",   "perror",  "fflush", "setvbuf", "setbuf", "dprintf"};
  const Token token = Peek();
  if (!kPrints.contains(token.text) || program_functions_.contains(token.text)) return nullptr;
  Next();
  Next();
  ExprPtr all = MakeExpr(ExprKind::kInteger, token.range);
  while (!panic_ && !Is(")") && !AtEnd()) {
    const bool is_stream = Is("stdout") || Is("stderr");
    if (is_stream) {
      Next();
    } else {
      ExprPtr argument = ParseAssignment();
      if (argument->kind != ExprKind::kString) {
        ExprPtr both = MakeExpr(ExprKind::kBinary, argument->range);
        both->op = Op::kComma;
        both->operands.push_back(std::move(all));
        both->operands.push_back(std::move(argument));
        both->range = Since(first);
        all = std::move(both);
      }
    }
    if (!Accept(",")) break;
  }
  Expect(")", "after the arguments of `" + token.text + "`");
  ExprPtr zero = MakeExpr(ExprKind::kInteger, token.range);
  if (all->kind == ExprKind::kInteger) return zero;
  ExprPtr result = MakeExpr(ExprKind::kBinary, token.range);
  result->op = Op::kComma;
  result->operands.push_back(std::move(all));
  result->operands.push_back(std::move(zero));
  result->range = Since(first);
  return result;
}

// `pthread_exit(x);` in a function that a thread runs, and `exit(n);` in `main`, are `return`.
// Anywhere else `exit` ends the program: what comes after it is no run of it.
StmtPtr Parser::ParseExit(std::size_t first) {
  const bool ends_program = Is("exit") || Is("_exit") || Is("abort") || Is("quick_exit");
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
    stmt->kind = StmtKind::kAssert;
    stmt->condition = MakeExpr(ExprKind::kInteger, word.range);
    stmt->text = "the program aborts";
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
  if (in_main) {
    StmtPtr both = MakeStmt(StmtKind::kBlock, first);
    StmtPtr wait = MakeStmt(StmtKind::kExpression, first);
    wait->condition = MakeExpr(ExprKind::kCall, word.range);
    wait->condition->name = "wait_for_all";
    wait->condition->is_method = true;
    wait->condition->operands.push_back(MakeExpr(ExprKind::kName, word.range));
    wait->condition->operands[0]->name = "the_program";
    wait->head_range = stmt->head_range;
    stmt->condition = MakeExpr(ExprKind::kInteger, word.range);
    both->body_list.push_back(Finish(std::move(wait), first));
    both->body_list.push_back(Finish(std::move(stmt), first));
    return Finish(std::move(both), first);
  }
  const bool gives_pointer =
      function != program_functions_.end() && function->second->return_pointers > 0;
  const bool gives_number = word.text == "thrd_exit" && function != program_functions_.end();
  if (!gives_pointer && !gives_number) {
    Report(word.range, "`" + word.text + "` stands in a function that no thread begins with",
           "let the function return, and end the thread in the function that it runs");
  }
  stmt->condition = std::move(value);
  return Finish(std::move(stmt), first);
}

void Parser::NoteFunctionAsValue(const std::string& name) {
  if (!program_functions_.contains(name) || Lookup(name) != NameKind::kOther) return;
  auto found = std::find_if(thread_functions_.begin(), thread_functions_.end(),
                            [&](const ThreadFunction& thread) { return thread.name == name; });
  if (found == thread_functions_.end())
    found = thread_functions_.insert(thread_functions_.end(), {name, 0});
  found->count = std::min(found->count + rounds_, kMostThreads);
}

// `for (i = 0; i < 3; i++)` has three; anything else is taken to have a few.
void Parser::CountRounds(const Stmt& loop) {
  int64_t rounds = kUnknownRounds;
  const Expr* test = loop.condition.get();
  const auto number = [](const Expr* expr) {
    return expr != nullptr && expr->kind == ExprKind::kInteger && expr->value < 1000
               ? static_cast<int64_t>(expr->value)
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

// Once, behind the last item of the text.
void Parser::AddProcesses() {
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
  if (!has_property) AppendTokens("property race;", start->name_range);
  std::string arguments;
  for (std::size_t i = 0; i < start->parameters.size(); ++i) arguments += i == 0 ? "1" : ", 0";
  start->process = 0;
  AppendTokens("process main { main(" + arguments + "); }", start->name_range);
  int number = 0;
  for (const ThreadFunction& thread : thread_functions_) {
    Function* const function = find(thread.name);
    if (function == nullptr || function == start) continue;
    const bool takes_one = !function->parameters.empty();
    const std::string begin = takes_one ? "" : "the_program.begin(); ";
    const std::string call = thread.name + (takes_one ? "((void *)the_program.begin())" : "()");
    const bool is_void =
        function->return_type.base == TypeSyntax::Base::kVoid && function->return_pointers == 0;
    const std::string body = begin + (is_void ? call + "; the_program.finish(0);"
                                              : "the_program.finish((long)" + call + ");");
    function->process = ++number;
    AppendTokens(fmt::format("daemon process {}{} {{ for (;;) {{ {} }} }}", thread.name,
                             thread.count > 1 ? fmt::format("[{}]", thread.count) : "", body),
                 function->name_range);
  }
}

}  // namespace interleave
