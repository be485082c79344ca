// C's preprocessor (C17 6.10) for programs in C: macros with and without parameters, `#` and `##`,
// conditional inclusion. A token out of a macro stands where the macro's name does; an argument of
// a macro stands where it is written.
//
// Macros are replaced with hide sets (Prosser 1986, the algorithm behind C17 6.10.3.4): a token
// remembers the macros it came out of, and is not replaced by one of them again. The work is
// bounded, because `#define` lines can double it twenty times over.

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "sim/language/gather_c.h"
#include "sim/language/lexer.h"
#include "sim/language/link_c.h"
#include "sim/language/scanner.h"

namespace interleave {
namespace {

// A token counts once more for each macro that it came out of, so that copying those is bounded
// too.
constexpr std::size_t kMostTokens = 1'000'000;

struct HiddenToken {
  Token token;
  std::set<std::string> hidden;  // macros that do not replace it again
};
using HiddenTokens = std::deque<HiddenToken>;

struct CMacro {
  SourceRange range;
  std::string text;  // of the replacement, as written
  std::vector<Token> tokens;
  bool takes_arguments = false;
  bool is_variadic = false;
  std::vector<std::string> parameters;  // with `__VA_ARGS__`
  bool is_set = false;                  // its value is the caller's
};

// The value of what stands behind `#if`, macros replaced (C17 6.10.1): precedence climbing.
class ConditionReader {
 public:
  explicit ConditionReader(const std::vector<Token>& tokens) : tokens_(tokens) {}
  // Nothing: it cannot be read.
  std::optional<int64_t> Run() {
    const int64_t value = Conditional();
    return failed_ || at_ != tokens_.size() ? std::nullopt : std::optional(value);
  }

 private:
  bool Accept(std::string_view text) {
    if (at_ >= tokens_.size() || tokens_[at_].text != text) return false;
    ++at_;
    return true;
  }
  int64_t Conditional() {
    const int64_t condition = Binary(1);
    if (!Accept("?")) return condition;
    const int64_t yes = Conditional();
    if (!Accept(":")) failed_ = true;
    const int64_t no = Conditional();
    return condition != 0 ? yes : no;
  }
  int64_t Unary() {
    if (++depth_ > 200) failed_ = true;
    if (failed_ || at_ >= tokens_.size()) {
      failed_ = true;
      return 0;
    }
    if (Accept("!")) return Unary() == 0 ? 1 : 0;
    if (Accept("-")) return static_cast<int64_t>(0 - static_cast<uint64_t>(Unary()));
    if (Accept("+")) return Unary();
    if (Accept("~")) return ~Unary();
    if (Accept("(")) {
      const int64_t value = Conditional();
      if (!Accept(")")) failed_ = true;
      return value;
    }
    const Token& token = tokens_[at_++];
    if (token.kind == TokenKind::kInteger || token.kind == TokenKind::kCharacter)
      return static_cast<int64_t>(token.value);
    if (token.kind != TokenKind::kIdentifier) failed_ = true;
    return 0;  // a name that is no macro
  }
  int64_t Binary(int least) {
    static const std::map<std::string_view, int> kPrecedence = {
        {"*", 10}, {"/", 10}, {"%", 10}, {"+", 9},  {"-", 9},  {"<<", 8},
        {">>", 8}, {"<", 7},  {">", 7},  {"<=", 7}, {">=", 7}, {"==", 6},
        {"!=", 6}, {"&", 5},  {"^", 4},  {"|", 3},  {"&&", 2}, {"||", 1}};
    int64_t left = Unary();
    while (!failed_ && at_ < tokens_.size()) {
      const auto found = kPrecedence.find(tokens_[at_].text);
      if (found == kPrecedence.end() || found->second < least) break;
      ++at_;
      left = Apply(found->first, left, Binary(found->second + 1));
    }
    return left;
  }
  int64_t Apply(std::string_view op, int64_t a, int64_t b) {
    const auto x = static_cast<uint64_t>(a);
    const auto y = static_cast<uint64_t>(b);
    if (op == "*") return static_cast<int64_t>(x * y);
    if (op == "+") return static_cast<int64_t>(x + y);
    if (op == "-") return static_cast<int64_t>(x - y);
    if (op == "/" || op == "%") {
      if (b == 0 || b == -1) {
        failed_ = failed_ || b == 0;
        return b == 0 || op == "%" ? 0 : static_cast<int64_t>(0 - x);
      }
      return op == "/" ? a / b : a % b;
    }
    if (op == "<<") return static_cast<int64_t>(x << (y & 63));
    if (op == ">>") return a >> (y & 63);
    if (op == "<") return a < b ? 1 : 0;
    if (op == ">") return a > b ? 1 : 0;
    if (op == "<=") return a <= b ? 1 : 0;
    if (op == ">=") return a >= b ? 1 : 0;
    if (op == "==") return a == b ? 1 : 0;
    if (op == "!=") return a != b ? 1 : 0;
    if (op == "&") return a & b;
    if (op == "^") return a ^ b;
    if (op == "|") return a | b;
    if (op == "&&") return a != 0 && b != 0 ? 1 : 0;
    return a != 0 || b != 0 ? 1 : 0;
  }

  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool failed_ = false;
};

class CPreprocessor {
 public:
  CPreprocessor(const Source& source, const DefineOverrides& overrides, Diagnostics& diagnostics,
                LexedSource& out)
      : source_(source), overrides_(overrides), diagnostics_(diagnostics), out_(out) {
    for (const char* name : {"__linux__", "__unix__", "__x86_64__", "__STDC__", "__GNUC__"})
      Predefine(name, 1);
    Predefine("__STDC_VERSION__", 201710);
    // C17 7.17.2.1, of <stdatomic.h>.
    CMacro& initial = macros_["ATOMIC_VAR_INIT"];
    initial.takes_arguments = true;
    initial.parameters = {"value"};
    initial.tokens.emplace_back();
    initial.tokens[0].kind = TokenKind::kIdentifier;
    initial.tokens[0].text = "value";
    // POSIX.1-2017, <pthread.h>: no object has this address.
    for (const char* text : {"(", "(", "void", "*", ")", "-", "1", ")"}) {
      Token token;
      token.kind = std::string_view(text) == "void" ? TokenKind::kIdentifier
                   : std::string_view(text) == "1"  ? TokenKind::kInteger
                                                    : TokenKind::kPunctuator;
      token.text = text;
      token.value = 1;
      macros_["PTHREAD_CANCELED"].tokens.push_back(std::move(token));
    }
  }

  // The tokens of the unit of that number among the source's files, the last of them kEnd; what
  // else it says goes to the others'. Once.
  std::vector<Token> Run(std::size_t unit);

 private:
  // A file that is being read; the last one's `#include` led to the next.
  struct Reading {
    std::size_t file;
    Scanner scanner;
    std::size_t outer_conditions;  // that were open where it was included
  };
  // A condition that is open.
  struct Condition {
    SourceRange range;
    bool is_read = false;   // the group here is part of the program
    bool was_read = false;  // one of its groups has been
    bool is_inside = true;  // what stands around it is part of the program
    bool has_else = false;
  };

  void Predefine(const char* name, uint64_t value) {
    Token token;
    token.kind = TokenKind::kInteger;
    token.text = std::to_string(value);
    token.value = value;
    macros_[name].tokens = {token};
  }
  bool IsRead() const { return conditions_.empty() || conditions_.back().is_read; }

  // The next token of the text that is part of the program; kEnd at its end.
  Token Read();
  void Directive(const Token& directive);
  std::vector<Token> Rest(Scanner& scanner);
  void Open(const Token& directive, bool is_true);
  bool Evaluate(const Token& directive, std::vector<Token> tokens);
  void Define(Scanner& scanner, const Token& directive);
  void ReadReplacement(Scanner& from, std::string_view of, CMacro& macro);
  void Annotation(const Token& comment);
  void BeginFile(std::size_t file);
  void EndFile();
  void Include(const Token& directive, std::string_view rest);
  std::optional<std::size_t> OwnFile(const std::string& spelling) const;
  std::string LookedFor(const std::string& spelling) const;

  // Replaces macros in `pending`, and, where `from_text`, in what follows it in the text.
  std::optional<HiddenToken> Next(HiddenTokens& pending, bool from_text);
  std::optional<HiddenToken> Pull(HiddenTokens& pending, bool from_text);
  bool Arguments(HiddenTokens& pending, bool from_text, const Token& use, const CMacro& macro,
                 std::vector<HiddenTokens>& arguments);
  void Substitute(const CMacro& macro, const Token& use, const std::vector<HiddenTokens>& arguments,
                  const std::set<std::string>& hidden, HiddenTokens& pending);
  std::vector<Token> Replaced(const HiddenTokens& tokens);
  Token Pasted(const Token& left, const Token& right, SourceRange range);
  Token AsString(const HiddenTokens& tokens, SourceRange range) const;
  void Stop(SourceRange range, const char* why, const char* hint = "") {
    if (!stopped_) diagnostics_.Error(range, why, hint);
    stopped_ = true;
  }

  const Source& source_;
  const DefineOverrides& overrides_;
  Diagnostics& diagnostics_;
  LexedSource& out_;
  std::vector<Token> tokens_;
  std::vector<Reading> readings_;
  std::set<std::size_t> read_once_;  // files with `#pragma once`
  std::map<std::string, CMacro> macros_;
  std::vector<Condition> conditions_;
  std::deque<Token> annotated_;  // of a comment, still to be read
  std::size_t work_ = 0;
  int depth_ = 0;
  bool newline_seen_ = false;
  bool stopped_ = false;
};

std::vector<Token> CPreprocessor::Run(std::size_t unit) {
  HiddenTokens pending;
  BeginFile(unit);
  while (!stopped_) {
    std::optional<HiddenToken> next = Next(pending, true);
    if (!next || next->token.kind == TokenKind::kEnd) {
      tokens_.push_back(next ? std::move(next->token) : Token());
      break;
    }
    if (next->token.kind == TokenKind::kIdentifier && next->token.text == "volatile") continue;
    tokens_.push_back(std::move(next->token));
  }
  while (!readings_.empty()) EndFile();
  if (stopped_ || tokens_.empty() || tokens_.back().kind != TokenKind::kEnd) {
    out_.truncated = true;
    tokens_.clear();
    tokens_.emplace_back();
    const auto end = static_cast<uint32_t>(source_.text().size());
    tokens_.back().range = {end, end};
  }
  return std::move(tokens_);
}

void CPreprocessor::BeginFile(std::size_t file) {
  const Source::File& of = source_.files()[file];
  readings_.push_back(
      {file, Scanner(source_.text(), of.begin, of.end, Scanner::Mode::kFile, diagnostics_),
       conditions_.size()});
}

void CPreprocessor::EndFile() {
  const Reading& ended = readings_.back();
  for (std::size_t i = ended.outer_conditions; i < conditions_.size(); ++i) {
    diagnostics_.Error(conditions_[i].range, "this condition is never closed",
                       "end it with `#endif`");
  }
  conditions_.resize(std::min(conditions_.size(), ended.outer_conditions));
  out_.truncated = out_.truncated || ended.scanner.truncated();
  readings_.pop_back();
}

Token CPreprocessor::Read() {
  for (;;) {
    if (!annotated_.empty()) {
      Token token = std::move(annotated_.front());
      annotated_.pop_front();
      return token;
    }
    Scanner& scanner = readings_.back().scanner;
    Token token = IsRead() ? scanner.Next() : scanner.NextDirective();
    if (token.kind == TokenKind::kEnd) {
      if (readings_.size() == 1 || stopped_) return token;
      EndFile();
      newline_seen_ = true;
      continue;
    }
    newline_seen_ = newline_seen_ || token.newline_before;
    if (token.kind == TokenKind::kComment) {
      if (token.text.starts_with("//@")) Annotation(token);
      continue;
    }
    if (token.kind == TokenKind::kDirective) {
      Directive(token);
      newline_seen_ = true;
      if (stopped_) return Token();
      continue;
    }
    token.newline_before = std::exchange(newline_seen_, false);
    return token;
  }
}

// What stands between the quotes, as C17 6.10.2 has it: a file beside this one first, then the
// library's. GatherSource has read what there is.
void CPreprocessor::Include(const Token& directive, std::string_view rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  const char quote = rest.starts_with('<') ? '>' : '"';
  const std::size_t close = rest.empty() ? std::string_view::npos : rest.find(quote, 1);
  if ((!rest.starts_with('<') && !rest.starts_with('"')) || close == std::string_view::npos) {
    diagnostics_.Error(directive.range, "this does not say what is included",
                       "write `#include <pthread.h>`, or `#include \"own.h\"` for a file beside "
                       "this one");
    return;
  }
  const std::string name(rest.substr(1, close - 1));
  const std::optional<std::size_t> own = quote == '"' ? OwnFile(name) : std::nullopt;
  if (!own) {
    if (quote == '"' && !IsStandardHeader(name)) {
      diagnostics_.Error(directive.range, "there is no file `" + name + "`", LookedFor(name));
      return;
    }
    out_.headers.push_back({name, directive.range});
    return;
  }
  if (read_once_.contains(*own)) return;
  const Source::File& file = source_.files()[*own];
  constexpr std::size_t kBytesPerToken = 64;  // what guards skip costs little
  constexpr std::size_t kMostNested = 100;
  work_ += 1 + (file.end - file.begin) / kBytesPerToken;
  if (readings_.size() >= kMostNested) {
    const bool is_cycle = std::any_of(readings_.begin(), readings_.end(),
                                      [&](const Reading& outer) { return outer.file == *own; });
    if (is_cycle) {
      Stop(directive.range, ("`" + name + "` includes itself again and again").c_str(),
           "begin it with `#pragma once`, or with `#ifndef NAME` and `#define NAME`");
    } else {
      Stop(directive.range, "headers include each other more than 100 deep");
    }
    return;
  }
  if (work_ > kMostTokens) return Stop(directive.range, "this program includes too much");
  BeginFile(*own);
}

std::optional<std::size_t> CPreprocessor::OwnFile(const std::string& spelling) const {
  const auto& includes = source_.files()[readings_.back().file].includes;
  const auto found = includes.find(spelling);
  return found == includes.end() ? std::nullopt : std::optional(found->second);
}

std::string CPreprocessor::LookedFor(const std::string& spelling) const {
  const auto folder = [&](const std::string& from) {
    const std::string path = PathBeside(from, spelling);
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string(".") : path.substr(0, slash);
  };
  const std::string beside = folder(source_.files()[readings_.back().file].name);
  const std::string main = folder(source_.name());
  return "looked in the folder" + (main == beside ? " `" : "s `" + main + "` and `") + beside + "`";
}

void CPreprocessor::Annotation(const Token& comment) {
  const std::vector<WithFile> with = ReadWith(source_, comment.range);
  for (const WithFile& file : with) {
    if (!OwnFile(file.name)) {
      diagnostics_.Error(file.range, "there is no file `" + file.name + "`", LookedFor(file.name));
    }
  }
  if (!with.empty()) return;
  Scanner scanner(source_.text(), comment.range.begin + 3, comment.range.end,
                  Scanner::Mode::kDirective, diagnostics_);
  for (Token token = scanner.Next(); token.kind != TokenKind::kEnd; token = scanner.Next()) {
    token.is_annotation = true;
    token.newline_before = annotated_.empty();
    annotated_.push_back(std::move(token));
  }
}

std::vector<Token> CPreprocessor::Rest(Scanner& scanner) {
  std::vector<Token> tokens;
  for (Token token = scanner.Next(); token.kind != TokenKind::kEnd; token = scanner.Next())
    tokens.push_back(std::move(token));
  return tokens;
}

void CPreprocessor::Open(const Token& directive, bool is_true) {
  const bool is_inside = IsRead();
  const bool is_read = is_inside && is_true;
  conditions_.push_back({directive.range, is_read, is_read, is_inside, false});
}

bool CPreprocessor::Evaluate(const Token& directive, std::vector<Token> tokens) {
  HiddenTokens pending;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    Token& token = tokens[i];
    const auto name_at = [&](std::size_t k) {
      return k < tokens.size() && tokens[k].kind == TokenKind::kIdentifier;
    };
    if (token.text == "defined" && token.kind == TokenKind::kIdentifier) {
      const bool has_bracket = i + 1 < tokens.size() && tokens[i + 1].text == "(";
      const std::size_t at = i + (has_bracket ? 2 : 1);
      if (name_at(at)) {
        Token value;
        value.kind = TokenKind::kInteger;
        value.text = "1";
        value.range = token.range;
        value.value = macros_.contains(tokens[at].text) ? 1 : 0;
        pending.push_back({value, {}});
        i = at + (has_bracket ? 1 : 0);
        continue;
      }
    }
    pending.push_back({token, {}});
  }
  const std::vector<Token> replaced = Replaced(pending);
  const std::optional<int64_t> value = ConditionReader(replaced).Run();
  if (!value) diagnostics_.Error(directive.range, "this condition cannot be read");
  return value.value_or(0) != 0;
}

void CPreprocessor::Directive(const Token& directive) {
  Scanner scanner(source_.text(), directive.range.begin + 1, directive.range.end,
                  Scanner::Mode::kDirective, diagnostics_);
  const Token name = scanner.Next();
  const std::string& word = name.text;
  if (word == "ifdef" || word == "ifndef") {
    const Token macro = IsRead() ? scanner.Next() : Token();
    Open(directive, macros_.contains(macro.text) == (word == "ifdef"));
  } else if (word == "if") {
    Open(directive, IsRead() && Evaluate(directive, Rest(scanner)));
  } else if (word == "elif" || word == "else" || word == "endif") {
    if (conditions_.size() <= readings_.back().outer_conditions) {
      diagnostics_.Error(directive.range, "`#" + word + "` without `#if`");
      return;
    }
    Condition& open = conditions_.back();
    if (word == "endif") {
      conditions_.pop_back();
    } else if (open.has_else) {
      diagnostics_.Error(directive.range, "`#" + word + "` behind `#else`");
    } else {
      open.has_else = word == "else";
      const bool may_read = open.is_inside && !open.was_read;
      open.is_read = may_read && (word == "else" || Evaluate(directive, Rest(scanner)));
      open.was_read = open.was_read || open.is_read;
    }
  } else if (!IsRead()) {
    return;
  } else if (word == "define") {
    Define(scanner, directive);
  } else if (word == "undef") {
    macros_.erase(scanner.Next().text);
  } else if (word == "include") {
    Include(directive, source_.Slice({name.range.end, directive.range.end}));
  } else if (word == "pragma") {
    if (scanner.Next().text == "once") read_once_.insert(readings_.back().file);
  } else if (word == "error") {
    diagnostics_.Error(directive.range, std::string(source_.Slice(directive.range)));
  }  // Other pragmas, `#line` and `#warning` change nothing.
}

void CPreprocessor::ReadReplacement(Scanner& from, std::string_view of, CMacro& macro) {
  uint32_t previous_end = 0;
  for (Token token = from.Next(); token.kind != TokenKind::kEnd; token = from.Next()) {
    if (!of.empty()) {
      if (!macro.text.empty() && token.range.begin > previous_end) macro.text += ' ';
      macro.text += of.substr(token.range.begin, token.range.end - token.range.begin);
      previous_end = token.range.end;
    }
    macro.tokens.push_back(std::move(token));
  }
}

void CPreprocessor::Define(Scanner& scanner, const Token& directive) {
  const Token name = scanner.Next();
  if (name.kind != TokenKind::kIdentifier) {
    diagnostics_.Error(directive.range, "`#define` needs a name", "write `#define NAME value`");
    return;
  }
  CMacro macro;
  macro.range = name.range;
  const std::string& text = source_.text();
  if (name.range.end < directive.range.end && text[name.range.end] == '(') {
    macro.takes_arguments = true;
    scanner.Next();
    for (Token token = scanner.Next(); token.text != ")"; token = scanner.Next()) {
      if (token.kind == TokenKind::kEnd) {
        diagnostics_.Error(directive.range, "the `)` behind the parameters is missing");
        return;
      }
      if (token.text == "...") {
        macro.is_variadic = true;
        if (macro.parameters.empty() || source_.Slice(token.range) == "...")
          macro.parameters.emplace_back("__VA_ARGS__");
      } else if (token.kind == TokenKind::kIdentifier) {
        macro.parameters.push_back(token.text);
      }
    }
  }
  const auto overridden = overrides_.find(name.text);
  if (overridden == overrides_.end() || macro.takes_arguments) {
    ReadReplacement(scanner, text, macro);
  } else {
    Scanner value(overridden->second, 0, static_cast<uint32_t>(overridden->second.size()),
                  Scanner::Mode::kDirective, diagnostics_, name.range);
    macro.text = overridden->second;
    macro.is_set = true;
    out_.define_uses.push_back({name.range, name.text, name.text + "=" + macro.text});
    ReadReplacement(value, {}, macro);
  }
  if (!macro.takes_arguments && !macros_.contains(name.text))
    out_.defines.push_back({name.text, macro.range, macro.text});
  macros_[name.text] = std::move(macro);
}

std::optional<HiddenToken> CPreprocessor::Pull(HiddenTokens& pending, bool from_text) {
  if (!pending.empty()) {
    HiddenToken token = std::move(pending.front());
    pending.pop_front();
    return token;
  }
  if (!from_text) return std::nullopt;
  return HiddenToken{Read(), {}};
}

std::optional<HiddenToken> CPreprocessor::Next(HiddenTokens& pending, bool from_text) {
  while (!stopped_) {
    std::optional<HiddenToken> next = Pull(pending, from_text);
    if (!next) return next;
    work_ += 1 + next->hidden.size();
    if (work_ > kMostTokens) {
      Stop(next->token.range, "this file and its macros stand for too many tokens");
      return std::nullopt;
    }
    const Token& token = next->token;
    if (token.kind != TokenKind::kIdentifier || next->hidden.contains(token.text)) return next;
    const auto found = macros_.find(token.text);
    if (found == macros_.end()) return next;
    const CMacro& macro = found->second;
    std::set<std::string> hidden = next->hidden;
    hidden.insert(token.text);
    std::vector<HiddenTokens> arguments;
    if (macro.takes_arguments) {
      std::optional<HiddenToken> open = Pull(pending, from_text);
      if (!open || open->token.text != "(" || open->token.kind != TokenKind::kPunctuator) {
        if (open) pending.push_front(std::move(*open));
        return next;
      }
      if (!Arguments(pending, from_text, token, macro, arguments)) return std::nullopt;
    }
    if (macro.is_set)
      out_.define_uses.push_back({token.range, token.text, token.text + "=" + macro.text});
    Substitute(macro, token, arguments, hidden, pending);
  }
  return std::nullopt;
}

// Up to the `)` that closes the call. False, after a diagnostic: it is not there.
bool CPreprocessor::Arguments(HiddenTokens& pending, bool from_text, const Token& use,
                              const CMacro& macro, std::vector<HiddenTokens>& arguments) {
  arguments.emplace_back();
  int level = 0;
  for (;;) {
    std::optional<HiddenToken> next = Pull(pending, from_text);
    if (!next || next->token.kind == TokenKind::kEnd || ++work_ > kMostTokens) {
      Stop(use.range, "the `)` of this macro's arguments is missing");
      return false;
    }
    const std::string& text = next->token.text;
    const bool is_mark = next->token.kind == TokenKind::kPunctuator;
    if (is_mark && text == "(") ++level;
    if (is_mark && text == ")" && --level < 0) break;
    const bool is_rest = macro.is_variadic && arguments.size() == macro.parameters.size();
    if (is_mark && text == "," && level == 0 && !is_rest) {
      arguments.emplace_back();
    } else {
      arguments.back().push_back(std::move(*next));
    }
  }
  if (macro.is_variadic && arguments.size() + 1 == macro.parameters.size())
    arguments.emplace_back();
  if (macro.parameters.empty() && arguments.size() == 1 && arguments[0].empty()) arguments.clear();
  if (arguments.size() == macro.parameters.size()) return true;
  Stop(use.range, "this macro takes another number of arguments");
  return false;
}

// Replaced on their own, as an argument is before it is put in its place (C17 6.10.3.1).
std::vector<Token> CPreprocessor::Replaced(const HiddenTokens& tokens) {
  std::vector<Token> out;
  HiddenTokens pending = tokens;
  if (++depth_ > 100)
    Stop(tokens.empty() ? SourceRange{} : tokens[0].token.range, "macros are nested too deep");
  while (std::optional<HiddenToken> next = Next(pending, false))
    out.push_back(std::move(next->token));
  --depth_;
  return out;
}

Token CPreprocessor::Pasted(const Token& left, const Token& right, SourceRange range) {
  const auto spelt = [&](const Token& token) {
    if (token.kind == TokenKind::kFloating) return std::string(source_.Slice(token.range));
    return token.kind == TokenKind::kInteger ? std::to_string(token.value) : token.text;
  };
  const std::string text = spelt(left) + spelt(right);
  Scanner scanner(text, 0, static_cast<uint32_t>(text.size()), Scanner::Mode::kDirective,
                  diagnostics_, range);
  return scanner.Next();
}

Token CPreprocessor::AsString(const HiddenTokens& tokens, SourceRange range) const {
  Token string;
  string.kind = TokenKind::kString;
  string.range = range;
  for (const HiddenToken& part : tokens) {
    if (!string.text.empty()) string.text += ' ';
    string.text += source_.Slice(part.token.range);
  }
  return string;
}

void CPreprocessor::Substitute(const CMacro& macro, const Token& use,
                               const std::vector<HiddenTokens>& arguments,
                               const std::set<std::string>& hidden, HiddenTokens& pending) {
  const auto number_of = [&](const Token& token) {
    const auto found = std::find(macro.parameters.begin(), macro.parameters.end(), token.text);
    return token.kind == TokenKind::kIdentifier && found != macro.parameters.end()
               ? static_cast<std::size_t>(found - macro.parameters.begin())
               : arguments.size();
  };
  std::vector<HiddenToken> out;
  bool pastes = false;
  const auto put = [&](Token token, std::set<std::string> of, bool is_first_of_part) {
    if (++work_ > kMostTokens) return Stop(use.range, "macros stand for too many tokens");
    if (std::exchange(pastes, false) && is_first_of_part && !out.empty()) {
      Token joined = Pasted(out.back().token, token, use.range);
      joined.expanded = true;
      out.back() = {std::move(joined), hidden};
      return;
    }
    of.insert(hidden.begin(), hidden.end());
    out.push_back({std::move(token), std::move(of)});
  };
  for (std::size_t i = 0; i < macro.tokens.size() && !stopped_; ++i) {
    const Token& token = macro.tokens[i];
    if (token.text == "##" && token.kind == TokenKind::kPunctuator) {
      // GNU's `, ## __VA_ARGS__`: the comma goes where there are no further arguments.
      const bool is_rest = i + 1 < macro.tokens.size() && macro.is_variadic && !out.empty() &&
                           number_of(macro.tokens[i + 1]) + 1 == arguments.size() &&
                           out.back().token.text == ",";
      if (is_rest && arguments.back().empty()) out.pop_back();
      pastes = !is_rest;
      continue;
    }
    if (token.text == "#" && macro.takes_arguments && i + 1 < macro.tokens.size() &&
        number_of(macro.tokens[i + 1]) < arguments.size()) {
      put(AsString(arguments[number_of(macro.tokens[++i])], use.range), {}, true);
      continue;
    }
    const std::size_t number = number_of(token);
    if (number < arguments.size()) {
      const bool is_pasted =
          pastes || (i + 1 < macro.tokens.size() && macro.tokens[i + 1].text == "##");
      bool is_first = true;
      if (is_pasted) {
        for (const HiddenToken& part : arguments[number]) {
          put(part.token, part.hidden, is_first);
          is_first = false;
        }
      } else {
        for (Token& part : Replaced(arguments[number])) put(std::move(part), {}, true);
      }
      pastes = pastes && is_first && arguments[number].empty();
      continue;
    }
    Token copy = token;
    copy.range = use.range;
    copy.expanded = true;
    copy.is_annotation = use.is_annotation;
    put(std::move(copy), {}, true);
  }
  if (!out.empty()) out.front().token.newline_before = use.newline_before;
  for (std::size_t i = 1; i < out.size(); ++i) out[i].token.newline_before = false;
  pending.insert(pending.begin(), std::make_move_iterator(out.begin()),
                 std::make_move_iterator(out.end()));
}

}  // namespace

namespace {

// What was said while the files were read, but for what is said of `left_out`.
void Repeat(const Diagnostics& said, const std::vector<SourceRange>& left_out,
            Diagnostics& diagnostics) {
  for (const Diagnostic& one : said.Sorted()) {
    const bool is_left_out =
        std::any_of(left_out.begin(), left_out.end(), [&](const SourceRange& range) {
          return range.begin <= one.range.begin && one.range.end <= range.end;
        });
    if (is_left_out) continue;
    if (one.explains) {
      diagnostics.Explain(one.range, one.message);
    } else if (one.severity == Severity::kError) {
      diagnostics.Error(one.range, one.message, one.hint);
    } else if (one.severity == Severity::kWarning) {
      diagnostics.Warning(one.range, one.message, one.hint);
    } else {
      diagnostics.Note(one.range, one.message, one.hint);
    }
  }
}

}  // namespace

LexedSource LexC(const Source& source, const DefineOverrides& overrides, Diagnostics& diagnostics) {
  LexedSource out;
  std::vector<UnitTokens> units;
  // Of several files some functions are left out, and what is wrong with those.
  const bool is_alone = source.files().size() == 1;
  Diagnostics said;
  for (std::size_t i = 0; i < source.files().size(); ++i) {
    if (!source.files()[i].is_unit) continue;
    if (!units.empty()) said.SayOnce();
    CPreprocessor preprocessor(source, overrides, is_alone ? diagnostics : said, out);
    units.push_back({i, preprocessor.Run(i)});
  }
  if (units.size() > 1) {  // which may include the same header
    std::set<std::pair<uint32_t, std::string>> known;
    std::erase_if(out.defines, [&](const DefineSyntax& define) {
      return !known.insert({define.range.begin, define.name}).second;
    });
  }
  DefineOverrides defines = overrides;
  for (std::size_t i = 1;; ++i) {
    const auto argument = defines.find("argv[" + std::to_string(i) + "]");
    if (argument == defines.end()) break;
    out.arguments.push_back(argument->second);
    defines.erase(argument);
  }
  std::erase_if(defines, [&](const auto& define) {
    const std::string stub = StubOf(define.first);
    if (!stub.empty()) out.stubs.insert(stub);
    return !stub.empty();
  });
  ReportUnknownOverrides(out.defines, defines, diagnostics);
  LinkedTokens linked = LinkUnits(std::move(units), source, diagnostics);
  Repeat(said, linked.left_out, diagnostics);
  out.tokens = std::move(linked.tokens);
  out.programs = std::move(linked.programs);
  return out;
}

}  // namespace interleave
