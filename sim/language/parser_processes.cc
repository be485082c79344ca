// The processes that the functions of a program in C become. See parser_private.h.
//
// `main` is the first process. A function that is named where a thread is started is one that
// threads run, and so is each of the right form that is named as a value, where a thread is started
// with what is no name. It becomes daemon processes, each a place for one thread at a time. They
// are daemons because a program ends with its first process. How many there are is read off the
// text: one for each time the function is named, times the rounds of the loops around it, where
// those are plain; a program that starts more than that is checked as far as it goes, and the
// verdict says so.
//
// In a program that forks, `main` is a row of processes, of which the first is there at the start.
// Several programs are a row each.

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sim/language/parser_private.h"

namespace interleave {
namespace {

constexpr int64_t kUnknownRounds = 6;
constexpr int64_t kMostThreads = 16;  // of one function
constexpr int64_t kMostForked = 8;    // processes at a time

bool StartsThread(std::string_view name) {
  return name == "pthread_create" || name == "thrd_create";
}

}  // namespace

// `exit(n)`, and in `main` `return n`: a step where it stands, behind which the process is over.
void Parser::EndProcess(Stmt& stmt, ExprPtr value) const {
  std::vector<ExprPtr> arguments;
  const SourceRange range = stmt.head_range;
  arguments.push_back(std::move(value));
  stmt.kind = StmtKind::kExit;
  stmt.condition = nullptr;
  stmt.step = MakeCall("library_finish_process", std::move(arguments), range);
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

// The functions of a program in C that have a body: `name (...) {`.
std::unordered_set<std::string_view> Parser::DefinedFunctions() const {
  std::unordered_set<std::string_view> defined;
  std::vector<std::size_t> opened;
  for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
    if (tokens_[i].text == "(") opened.push_back(i);
    if (tokens_[i].text != ")" || opened.empty()) continue;
    const std::size_t at = opened.back();
    opened.pop_back();
    if (tokens_[i + 1].text == "{" && at > 0) defined.insert(tokens_[at - 1].text);
  }
  return defined;
}

// Which processes have memory of their own.
void Parser::FindForks() {
  static const std::unordered_set<std::string_view> kAsking = {
      "pipe", "pipe2", "shm_open", "sem_open", "open", "creat", "mkfifo"};
  const auto defined = DefinedFunctions();
  bool has_threads = false, asks = false;
  for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
    if (tokens_[i].kind != TokenKind::kIdentifier || tokens_[i + 1].text != "(") continue;
    const std::string& name = tokens_[i].text;
    forks_ = forks_ || name == "fork" || name == "vfork";
    has_threads = has_threads || StartsThread(name);
    asks = asks || (kAsking.contains(name) && !defined.contains(name));
  }
  forks_ = forks_ || (asks && !has_threads) || programs_.size() > 1;
}

// `fork()` in `main`, outside of loops, makes one more process, and each one again that is there
// already; what else calls it is taken to do so a few times.
void Parser::NoteFork(const Expr& call) {
  if ((call.name != "fork" && call.name != "vfork") || program_functions_.contains(call.name))
    return;
  const int64_t rounds = IsMain(in_function_) ? rounds_ : kUnknownRounds;
  const Source::File* const file = &source_.FileAt(call.range.begin);
  const bool is_of_one = std::any_of(
      programs_.begin(), programs_.end(),
      [&](const ForkingProgram& program) { return &source_.files()[program.start.file] == file; });
  for (ForkingProgram& program : programs_) {
    if (is_of_one && &source_.files()[program.start.file] != file) continue;
    ++program.fork_calls;
    program.forked += rounds;
  }
}

bool Parser::IsMain(const std::string& function) const {
  return std::any_of(programs_.begin(), programs_.end(), [&](const ForkingProgram& program) {
    return program.start.function == function;
  });
}

// Of 1 + the forks in sight; one after the other makes as many as there are once more.
int64_t Parser::MostProcesses(const ForkingProgram& program) {
  const int64_t doubled = int64_t{1} << std::min<int64_t>(program.fork_calls, 3);
  return std::clamp<int64_t>(std::max(program.forked + 1, doubled), 1, kMostForked);
}

// A row of processes for each program, whose first is there from the beginning.
void Parser::AddPrograms(const std::vector<Function*>& mains) {
  scenario_->forks = true;
  std::vector<int64_t> counts;
  int64_t sum = 0;
  for (const ForkingProgram& program : programs_) {
    counts.push_back(MostProcesses(program));
    sum += counts.back();
  }
  for (; sum > kMostForked; --sum) {
    const auto largest = std::max_element(counts.begin(), counts.end());
    if (*largest == 1) break;
    --*largest;
  }
  if (sum > kMostForked) {
    diagnostics_.Error(mains.front()->name_range,
                       fmt::format("at most {} programs may run beside each other", kMostForked));
    return;
  }
  for (std::size_t i = 0; i < programs_.size(); ++i) {
    Function& start = *mains[i];
    start.process = static_cast<int>(i);
    Token name;
    name.kind = TokenKind::kIdentifier;
    name.text = programs_[i].start.name;
    while (IsMereName(name) || IsReserved(name.text) || IsScenarioWord(name.text)) name.text += "_";
    // One process of several programs has the name alone.
    const bool is_row = programs_.size() == 1 || counts[i] > 1;
    // Behind `main`, whose end is `return 0`.
    AppendTokens(fmt::format("process {}{} {{ {}({}); library_finish_process(0); }}", name.text,
                             is_row ? fmt::format("[{}]", counts[i]) : "", start.name,
                             ArgumentsOfMain(start)),
                 start.name_range);
  }
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
  const std::string table = main.name == "main" ? "the_arguments" : "the_arguments_of_" + main.name;
  AppendTokens(fmt::format("shared char *{}[{}] = {{{}, 0}};", table, arguments_.size() + 2, texts),
               main.name_range);
  return fmt::format("{}, {}", arguments_.size() + 1, table);
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
  std::vector<Function*> mains;
  for (const ForkingProgram& program : programs_) mains.push_back(find(program.start.function));
  Function* const start = mains.front();
  if (start == nullptr) {
    diagnostics_.Error({0, 0}, "this program has no `main`, so nothing runs",
                       "write one that starts the threads, or a scenario with `process`");
    return;
  }
  const bool has_property =
      std::any_of(scenario_->properties.begin(), scenario_->properties.end(),
                  [](const PropertySyntax& p) { return p.kind == PropertyKind::kRace; });
  if (!has_property && !is_verified_) AppendTokens("property race;", start->name_range);
  const bool has_threads =
      starts_any_ || std::any_of(thread_functions_.begin(), thread_functions_.end(),
                                 [](const ThreadFunction& thread) { return thread.is_started; });
  if (forks_ && has_threads) {
    diagnostics_.Error(start->name_range,
                       programs_.size() > 1 ? "of several programs none may start threads so far"
                                            : "a program that forks may not start threads so far",
                       "check the part with the threads on its own");
    return;
  }
  if (forks_) return AddPrograms(mains);
  start->process = 0;
  AppendTokens("process main { main(" + ArgumentsOfMain(*start) + "); }", start->name_range);
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
