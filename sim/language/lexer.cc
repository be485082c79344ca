// The preprocessor: directives, object-like macros, what is accepted for the sake of pasted C.
//
// Macros are replaced as C17 6.10.3 says: a macro is not replaced again inside its own replacement.
// Object-like macros alone need no more than a stack of the replacements being read; the stack is
// on the heap, and the work is bounded, because `#define` lines can double it twenty times over.

#include "sim/language/lexer.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "sim/language/scanner.h"

namespace interleave {
namespace {

constexpr std::size_t kMaxTokens = 1'000'000;
// A long token counts as several, so that copying it is bounded too.
constexpr std::size_t kBytesPerToken = 16;

constexpr auto kHeaders = std::to_array<std::string_view>({
    "assert.h", "ctype.h",    "errno.h",  "fcntl.h",     "inttypes.h", "limits.h",
    "math.h",   "mqueue.h",   "poll.h",   "pthread.h",   "sched.h",    "semaphore.h",
    "signal.h", "stdalign.h", "stdarg.h", "stdatomic.h", "stdbool.h",  "stddef.h",
    "stdint.h", "stdio.h",    "stdlib.h", "string.h",    "strings.h",  "threads.h",
    "time.h",   "unistd.h",   "wait.h",   "float.h",     "locale.h",   "setjmp.h",
});

std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\f\v");
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\f\v") - begin + 1);
}

struct Macro {
  std::string name;
  SourceRange range;
  std::string text;
  std::vector<Token> tokens;
  bool is_active = false;  // its replacement is being read
  bool is_set = false;     // its value is the caller's
};

// Why this can be no value, whatever stands around it; empty: it may be one.
std::string_view FlawOfValue(const std::vector<Token>& tokens) {
  static constexpr auto kOperators = std::to_array<std::string_view>(
      {"+", "-", "/",  "%",  "<", ">", "<=", ">=", "==", "!=", "&&", "||", "&",
       "|", "^", "<<", ">>", "!", "~", "=",  ",",  "?",  ":",  ".",  "->"});
  if (tokens.empty()) return "the value is missing";
  int level = 0;
  for (const Token& token : tokens) {
    if (token.kind != TokenKind::kPunctuator) continue;
    if (token.text == ";") return "a value has no `;`";
    if (token.text == "(" || token.text == "[" || token.text == "{") ++level;
    if (token.text == ")" || token.text == "]" || token.text == "}") --level;
    if (level < 0) break;
  }
  if (level != 0) return "the brackets do not match";
  const Token& last = tokens.back();
  const bool ends_early =
      last.kind == TokenKind::kPunctuator &&
      std::find(kOperators.begin(), kOperators.end(), last.text) != kOperators.end();
  return ends_early ? "a value does not end with an operator" : "";
}

class Preprocessor {
 public:
  Preprocessor(const Source& source, const DefineOverrides& overrides, Diagnostics& diagnostics)
      : source_(source),
        overrides_(overrides),
        diagnostics_(diagnostics),
        scanner_(source.text(), 0, static_cast<uint32_t>(source.text().size()),
                 Scanner::Mode::kFile, diagnostics) {}

  LexedSource Run();

 private:
  void Directive(const Token& token);
  void Include(SourceRange range, std::string_view rest);
  void Define(Scanner& scanner, const Token& directive);
  void Undefine(Scanner& scanner, const Token& directive);

  void RefuseFloating(Token& token);
  void Accept(Token token);
  bool IsSettingName(const Token& token) const;
  void Expand(Macro& macro, const Token& use);
  void Emit(Token token);
  Macro* Find(const std::string& name);
  bool Charge(const Token& token);

  const Source& source_;
  const DefineOverrides& overrides_;
  Diagnostics& diagnostics_;
  Scanner scanner_;
  LexedSource out_;
  std::unordered_map<std::string, std::unique_ptr<Macro>> macros_;
  std::size_t work_ = 0;
  bool stopped_ = false;
  bool in_settings_ = false;  // between the `for` of an expectation and its `;`
  bool previous_is_for_ = false;
  bool volatile_noted_ = false;
  bool condition_reported_ = false;
};

LexedSource Preprocessor::Run() {
  bool newline_seen = false;
  while (!stopped_) {
    Token token = scanner_.Next();
    if (token.kind == TokenKind::kEnd) {
      out_.tokens.push_back(std::move(token));
      break;
    }
    newline_seen = newline_seen || token.newline_before;
    if (token.kind == TokenKind::kComment) continue;
    if (token.kind == TokenKind::kDirective) {
      Directive(token);
      newline_seen = true;
      continue;
    }
    token.newline_before = newline_seen;
    newline_seen = false;
    RefuseFloating(token);
    Accept(std::move(token));
  }
  ReportUnknownOverrides(out_.defines, overrides_, diagnostics_);
  out_.truncated = scanner_.truncated() || stopped_;
  if (stopped_) {
    out_.tokens.clear();
    out_.tokens.emplace_back();
    const auto end = static_cast<uint32_t>(source_.text().size());
    out_.tokens.back().range = {end, end};
  }
  return std::move(out_);
}

Macro* Preprocessor::Find(const std::string& name) {
  const auto found = macros_.find(name);
  return found == macros_.end() ? nullptr : found->second.get();
}

// Accounts for reading one token; false: too many.
bool Preprocessor::Charge(const Token& token) {
  work_ += 1 + token.text.size() / kBytesPerToken;
  return work_ <= kMaxTokens;
}

// `for` is followed by `(` everywhere but in an expectation.
bool Preprocessor::IsSettingName(const Token& token) const {
  if (!in_settings_ || out_.tokens.empty()) return false;
  const std::string& previous = out_.tokens.back().text;
  return token.kind == TokenKind::kIdentifier && (previous == "for" || previous == ",");
}

void Preprocessor::Accept(Token token) {
  const bool is_identifier = token.kind == TokenKind::kIdentifier;
  if (previous_is_for_ && is_identifier) in_settings_ = true;
  if (token.text == ";") in_settings_ = false;
  previous_is_for_ = is_identifier && token.text == "for";
  Macro* macro = is_identifier && !IsSettingName(token) ? Find(token.text) : nullptr;
  if (macro != nullptr) {
    Expand(*macro, token);
  } else if (Charge(token)) {
    Emit(std::move(token));
  } else {
    stopped_ = true;
    diagnostics_.Error(token.range, "this file has too many tokens");
  }
}

void Preprocessor::Emit(Token token) {
  if (token.kind == TokenKind::kIdentifier && token.text == "volatile") {
    if (!volatile_noted_) {
      diagnostics_.Note(token.range,
                        "`volatile` has no effect: every access is a step of its own anyway");
    }
    volatile_noted_ = true;
    return;
  }
  out_.tokens.push_back(std::move(token));
}

void Preprocessor::Expand(Macro& macro, const Token& use) {
  struct Frame {
    Macro* macro;
    std::size_t next;
  };
  const auto note_use = [&](const Macro& used) {
    if (!used.is_set) return;
    const bool is_noted =
        !out_.define_uses.empty() && out_.define_uses.back().range.begin == use.range.begin;
    if (!is_noted) out_.define_uses.push_back({use.range, used.name, used.name + "=" + used.text});
  };
  note_use(macro);
  std::vector<Frame> stack = {{&macro, 0}};
  macro.is_active = true;
  bool newline_before = use.newline_before;
  while (!stack.empty()) {
    Frame& frame = stack.back();
    if (frame.next == frame.macro->tokens.size() || stopped_) {
      frame.macro->is_active = false;
      stack.pop_back();
      continue;
    }
    const Token& token = frame.macro->tokens[frame.next++];
    if (!Charge(token)) {
      stopped_ = true;
      diagnostics_.Error(use.range, "the macros of this file stand for more than 1,000,000 tokens");
      continue;
    }
    Macro* inner = token.kind == TokenKind::kIdentifier ? Find(token.text) : nullptr;
    if (inner != nullptr && !inner->is_active) {
      inner->is_active = true;
      note_use(*inner);
      stack.push_back({inner, 0});
      continue;
    }
    Token copy = token;
    copy.range = use.range;
    copy.expanded = true;
    copy.newline_before = std::exchange(newline_before, false);
    Emit(std::move(copy));
  }
}

// Programs in C have such numbers, and so have the headers that they include.
void Preprocessor::RefuseFloating(Token& token) {
  if (token.kind != TokenKind::kFloating || source_.is_header()) return;
  token.kind = TokenKind::kInteger;
  token.value = 0;
  diagnostics_.Error(token.range, "the scenario language has no floating-point numbers",
                     "count in whole numbers, for example in thousandths");
}

void Preprocessor::Directive(const Token& token) {
  Scanner scanner(source_.text(), token.range.begin + 1, token.range.end, Scanner::Mode::kDirective,
                  diagnostics_);
  const Token name = scanner.Next();
  if (name.kind == TokenKind::kEnd) return;  // a lone `#`
  static const std::vector<std::string> kKnown = {"define", "include", "undef", "pragma"};
  static constexpr auto kConditionals = std::to_array<std::string_view>(
      {"if", "ifdef", "ifndef", "elif", "elifdef", "elifndef", "else", "endif"});
  if (name.text == "define") {
    Define(scanner, token);
  } else if (name.text == "undef") {
    Undefine(scanner, token);
  } else if (name.text == "include") {
    Include(token.range, source_.Slice({name.range.end, token.range.end}));
  } else if (name.text == "pragma") {
    diagnostics_.Note(token.range, "`#pragma` has no effect");
  } else if (name.text == "error") {
    diagnostics_.Error(
        token.range,
        "#error " + std::string(Trimmed(source_.Slice({name.range.end, token.range.end}))));
  } else if (std::find(kConditionals.begin(), kConditionals.end(), name.text) !=
             kConditionals.end()) {
    if (condition_reported_) return;
    condition_reported_ = true;
    diagnostics_.Error(token.range, "the scenario language has no conditional compilation",
                       "choose between variants with `if`, or set a `#define` from the command "
                       "line with --define NAME=VALUE");
  } else {
    const std::string nearest = NearestName(name.text, kKnown);
    diagnostics_.Error(name.range, "unknown directive `#" + name.text + "`",
                       nearest.empty() ? "" : "did you mean `#" + nearest + "`?");
  }
}

void Preprocessor::Include(SourceRange range, std::string_view rest) {
  rest = Trimmed(rest);
  const std::size_t close = rest.find('>');
  if (!rest.starts_with('<') || close == std::string_view::npos) {
    diagnostics_.Error(range, "a scenario is one file: it cannot include another",
                       "paste what the scenario needs of it");
    return;
  }
  const std::string header(rest.substr(1, close - 1));
  if (!IsStandardHeader(header)) {
    diagnostics_.Error(range, "`<" + header + ">` is no standard header",
                       "a scenario is one file: paste what it needs of it");
    return;
  }
  out_.headers.push_back({header, range});
}

void Preprocessor::Define(Scanner& scanner, const Token& directive) {
  const Token name = scanner.Next();
  if (name.kind != TokenKind::kIdentifier) {
    diagnostics_.Error(name.kind == TokenKind::kEnd ? directive.range : name.range,
                       "`#define` needs a name", "write `#define NAME value`");
    return;
  }
  const std::string& text = source_.text();
  if (name.range.end < directive.range.end && text[name.range.end] == '(') {
    diagnostics_.Error(Join(name.range, {name.range.end, name.range.end + 1}),
                       "the scenario language has no macros with parameters",
                       "write a function: functions are inlined");
    return;
  }
  if (IsScenarioWord(name.text)) {
    diagnostics_.Error(name.range,
                       "`" + name.text + "` is a reserved word, a macro cannot replace it",
                       "choose another name, for example `" + name.text + "_`");
    return;
  }
  auto macro = std::make_unique<Macro>();
  macro->name = name.text;
  macro->range = name.range;
  const auto read = [&](Scanner& from, std::string_view of, bool is_override) {
    uint32_t previous_end = 0;
    for (Token token = from.Next(); token.kind != TokenKind::kEnd; token = from.Next()) {
      RefuseFloating(token);
      if (token.text == "##" || token.text == "#") {
        diagnostics_.Error(token.range,
                           "the scenario language has no `" + token.text + "` in macros",
                           "write out what the macro stands for");
        continue;
      }
      if (!is_override) {
        if (!macro->text.empty() && token.range.begin > previous_end) macro->text += ' ';
        macro->text += of.substr(token.range.begin, token.range.end - token.range.begin);
        previous_end = token.range.end;
      }
      macro->tokens.push_back(std::move(token));
    }
  };
  const auto overridden = overrides_.find(name.text);
  if (overridden == overrides_.end()) {
    read(scanner, text, false);
  } else {
    const std::string_view value = Trimmed(overridden->second);
    Scanner value_scanner(value, 0, static_cast<uint32_t>(value.size()), Scanner::Mode::kDirective,
                          diagnostics_, name.range);
    macro->text = value;
    macro->is_set = true;
    out_.define_uses.push_back({name.range, name.text, name.text + "=" + macro->text});
    read(value_scanner, value, true);
    Diagnostics unheard;
    Scanner own_scanner(text, name.range.end, directive.range.end, Scanner::Mode::kDirective,
                        unheard);
    std::vector<Token> own;
    for (Token token = own_scanner.Next(); token.kind != TokenKind::kEnd;
         token = own_scanner.Next()) {
      own.push_back(std::move(token));
    }
    const std::string_view flaw = FlawOfValue(macro->tokens);
    if (!flaw.empty() && flaw != FlawOfValue(own)) {
      diagnostics_.Error(name.range, std::string(flaw));
    }
  }
  if (const Macro* previous = Find(name.text)) {
    if (previous->text == macro->text) return;
    diagnostics_.Error(name.range, "`" + name.text + "` is defined again, as something else",
                       "`#undef " + name.text + "` comes first if that is meant");
    diagnostics_.Explain(previous->range, "defined here before");
    return;
  }
  out_.defines.push_back({macro->name, macro->range, macro->text});
  macros_[macro->name] = std::move(macro);
}

void Preprocessor::Undefine(Scanner& scanner, const Token& directive) {
  const Token name = scanner.Next();
  if (name.kind != TokenKind::kIdentifier) {
    diagnostics_.Error(directive.range, "`#undef` needs a name");
    return;
  }
  macros_.erase(name.text);
}

// True: `source` is text of a sensible size.
bool IsReadable(const Source& source, Diagnostics& diagnostics) {
  for (const Source::File& file : source.files()) {
    const SourceRange start = {file.begin, file.begin};
    const std::string_view text =
        std::string_view(source.text()).substr(file.begin, file.end - file.begin);
    if (text.size() > kMaxSourceBytes) {
      diagnostics.Error(start, "this file has " + std::to_string(text.size()) +
                                   " bytes; a scenario has at most " +
                                   std::to_string(kMaxSourceBytes));
      return false;
    }
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
      diagnostics.Error(start, "this file is UTF-16", "save it as UTF-8");
      return false;
    }
    const std::size_t zero = text.find('\0');
    if (zero != std::string_view::npos) {
      const auto at = file.begin + static_cast<uint32_t>(zero);
      diagnostics.Error({at, at + 1}, "this is not a text file: it holds a NUL byte");
      return false;
    }
  }
  return true;
}

Token EndToken(const Source& source) {
  Token end;
  const auto size = static_cast<uint32_t>(std::min(source.text().size(), kMaxSourceBytes));
  end.range = {size, size};
  return end;
}

}  // namespace

bool IsStandardHeader(std::string_view name) {
  return name.starts_with(kProgramHeader) || name.starts_with("sys/") ||
         name.starts_with("linux/") ||
         std::find(kHeaders.begin(), kHeaders.end(), name) != kHeaders.end();
}

bool IsScenarioWord(std::string_view text) {
  static constexpr auto kWords =
      std::to_array<std::string_view>({"shared", "process", "ghost", "atomic", "await", "choose",
                                       "when", "assert", "assume", "repeat"});
  return std::find(kWords.begin(), kWords.end(), text) != kWords.end();
}

std::string StubKey(std::string_view function) { return "stub(" + std::string(function) + ")"; }

std::string StubOf(std::string_view key) {
  const bool is_stub = key.starts_with("stub(") && key.ends_with(")");
  return is_stub ? std::string(key.substr(5, key.size() - 6)) : "";
}

void ReportUnknownOverrides(const std::vector<DefineSyntax>& defines,
                            const DefineOverrides& overrides, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  names.reserve(defines.size());
  for (const DefineSyntax& define : defines) names.push_back(define.name);
  for (const auto& [name, value] : overrides) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    if (name.starts_with("argv[")) {
      diagnostics.Error({0, 0}, "--arg: only a program in C has arguments");
      continue;
    }
    if (!StubOf(name).empty()) {
      diagnostics.Error({0, 0}, "--stub: only a program in C calls functions of others");
      continue;
    }
    const std::string nearest = NearestName(name, names);
    diagnostics.Error({0, 0}, "--define " + name + ": this file has no `#define " + name + "`",
                      nearest.empty() ? "" : "did you mean `" + nearest + "`?");
  }
}

LexedSource Lex(const Source& source, const DefineOverrides& overrides, Diagnostics& diagnostics) {
  if (!IsReadable(source, diagnostics)) {
    LexedSource nothing;
    nothing.tokens.push_back(EndToken(source));
    nothing.truncated = true;
    return nothing;
  }
  if (source.is_c()) return LexC(source, overrides, diagnostics);
  return Preprocessor(source, overrides, diagnostics).Run();
}

std::vector<Token> LexRaw(const Source& source, Diagnostics& diagnostics) {
  std::vector<Token> tokens;
  if (IsReadable(source, diagnostics)) {
    Scanner scanner(source.text(), 0, static_cast<uint32_t>(source.text().size()),
                    Scanner::Mode::kFile, diagnostics);
    do {
      tokens.push_back(scanner.Next());
    } while (tokens.back().kind != TokenKind::kEnd);
  } else {
    tokens.push_back(EndToken(source));
  }
  return tokens;
}

}  // namespace interleave
