// Tokens, errors and recovery, names, and the items of a file. See parser_private.h.

#include "sim/language/parser.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "sim/language/foreign_words.h"
#include "sim/language/parser.h"
#include "sim/language/parser_private.h"
#include "sim/language/property_kinds.h"

namespace interleave {
namespace {

const std::vector<std::string>& ItemWords() {
  static const std::vector<std::string> words = {
      "process",  "shared", "property", "invariant",  "never",  "reachable",
      "schedule", "expect", "option",   "ghost",      "daemon", "typedef",
      "struct",   "enum",   "ltl",      "eventually", "const",  "unsigned",
      "void",     "int",    "char",     "bool",
  };
  return words;
}

constexpr const char* kPredefined = "predefined.h";  // what needs no `#include`

bool IsWordOfC(std::string_view text) {
  static const std::unordered_set<std::string_view> kWords = {
      // C17, without the words that it spells with a capital letter
      "auto",    "break",  "case",     "char",   "const",    "continue", "default",
      "do",      "double", "else",     "enum",   "extern",   "float",    "for",
      "goto",    "if",     "inline",   "int",    "long",     "register", "restrict",
      "return",  "short",  "signed",   "sizeof", "static",   "struct",   "switch",
      "typedef", "union",  "unsigned", "void",   "volatile", "while",    "_Atomic"};
  return kWords.contains(text);
}

}  // namespace

Parser::Parser(const Source& source, LexedSource lexed, const KindLibrary& library,
               Diagnostics& diagnostics)
    : source_(source),
      tokens_(std::move(lexed.tokens)),
      defines_(std::move(lexed.defines)),
      truncated_(lexed.truncated),
      library_(library),
      diagnostics_(diagnostics),
      scenario_(std::make_unique<ScenarioSyntax>()),
      is_c_(source.is_c()),
      has_floating_(source.is_c() || source.is_header()),
      arguments_(std::move(lexed.arguments)),
      stubs_(std::move(lexed.stubs)) {
  scenario_->is_c = is_c_;
  if (lexed.programs.empty()) lexed.programs = {{"main", "main"}};
  for (ProgramStart& program : lexed.programs) {
    if (lexed.programs.size() > 1)
      scenario_->program_files.push_back(source.files()[program.file].name);
    programs_.push_back({std::move(program)});
  }
  scenario_->define_uses = std::move(lexed.define_uses);
  for (const char* name :
       {"int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t",
        "size_t", "ssize_t", "ptrdiff_t", "intptr_t", "uintptr_t", "bool", "_Bool"}) {
    names_.emplace(name, NameKind::kBuiltinType);
  }
  if (source.is_preprocessed()) names_.emplace("__builtin_va_list", NameKind::kBuiltinType);
  for (const IncludedHeader& header : lexed.headers) {
    if (is_c_) ParseHeader({std::string(kProgramHeader) + header.name, header.range});
    ParseHeader(header);
  }
  if (is_c_) {
    is_verified_ = std::any_of(tokens_.begin(), tokens_.end(), [](const Token& token) {
      return token.kind == TokenKind::kIdentifier &&
             (token.text.starts_with("__VERIFIER_") || token.text == "reach_error");
    });
  }
  if (is_c_) RefuseNumbersOfFailures();
  if (is_c_) FindForks();
  // Who asks the kernel for nothing ends as a process.
  if (forks_) ParseHeader({std::string(kNamedHeader) + "processes.h", {0, 0}});
  // What compilers define by themselves begins with two underscores (C17 7.1.3).
  for (const Token& token : tokens_) {
    if (token.kind == TokenKind::kIdentifier && token.text.starts_with("__") &&
        source.name() != kPredefined && library_.HeaderWith(token.text) == kPredefined) {
      ParseHeader({kPredefined, token.range});
    }
  }
  if (is_c_) ParseNamedHeaders();
}

std::string Parser::HasNo(const std::string& what) const {
  return is_c_ ? "programs in C may not have " + what + " so far"
               : "the scenario language has no " + what;
}

// What only who names something of it has. A text that was preprocessed declares all functions
// once.
void Parser::ParseNamedHeaders() {
  std::map<std::string_view, std::string_view> header_of;
  for (const auto& [kind_name, kind] : library_.kinds()) {
    for (const auto& [header, names] : kind->names_of_header) {
      if (!header.starts_with(kNamedHeader)) continue;
      for (const std::string& name : names.all) header_of.emplace(name, header);
    }
  }
  // Known to the compiler, and made of what stands there.
  const std::string kernel = std::string(kNamedHeader) + "processes.h";
  for (const char* name : {"read", "write", "pread", "pwrite", "ftruncate"})
    header_of.emplace(name, kernel);
  for (const std::string_view name : kCallsOfKernel) header_of.emplace(name, kernel);
  const auto defined = DefinedFunctions();
  std::set<std::string_view> declared;
  for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
    const Token& token = tokens_[i];
    const auto found =
        token.kind == TokenKind::kIdentifier ? header_of.find(token.text) : header_of.end();
    if (found == header_of.end()) continue;
    const bool is_call = tokens_[i + 1].text == "(";
    if (source_.is_preprocessed() && (!is_call || declared.insert(token.text).second)) continue;
    // Philosophers have a `fork`, too.
    if (found->second == kernel && (!is_call || defined.contains(token.text))) continue;
    ParseHeader({std::string(found->second), token.range});
  }
}

// What each kind of the library says about a header. Its text is the library's own, so a mistake
// in it is told at the `#include`.
void Parser::ParseHeader(const IncludedHeader& header) {
  if (!headers_.insert(header.name).second) return;
  bool has_effect = false;
  std::string file = header.name;  // <sys/time.h> is in sys_time.h
  std::replace(file.begin(), file.end(), '/', '_');
  for (const auto& [name, kind] : library_.kinds()) {
    const auto text = kind->headers.find(file);
    if (text == kind->headers.end()) continue;
    has_effect = true;
    const Source source(header.name, text->second);
    Diagnostics errors;
    auto tree = Parse(source, {}, errors, library_);
    if (errors.has_errors()) {
      Report(header.range,
             "the header `" + header.name + "` of the kind `" + name + "` cannot be read",
             errors.Render(source));
      continue;
    }
    // The headers that this one includes come first. They bring all that kinds say about each, so
    // the first time is enough.
    std::set<std::string> new_headers;
    for (auto& inner : tree->headers) {
      if (headers_.insert(inner->header).second) new_headers.insert(inner->header);
      if (new_headers.contains(inner->header)) Adopt(std::move(inner));
    }
    tree->headers.clear();
    tree->header = header.name;
    Adopt(std::move(tree));
  }
  if (!has_effect && !include_noted_ && !is_c_) {
    diagnostics_.Note(header.range,
                      "`#include` has no effect: what a scenario may use is built in");
    include_noted_ = true;
  }
}

void Parser::Adopt(std::unique_ptr<ScenarioSyntax> header) {
  for (const auto& declaration : header->declarations) {
    if (declaration->storage != Declaration::Storage::kTypedef) continue;
    for (const Declarator& declarator : declaration->declarators)
      names_.emplace(declarator.name, NameKind::kTypedef);
  }
  for (const auto& function : header->functions) function->is_of_header = true;
  scenario_->headers.push_back(std::move(header));
}

std::unique_ptr<ScenarioSyntax> Parser::Run() {
  if (AtEnd() && !diagnostics_.has_errors()) {
    const bool is_blank = source_.text().find_first_not_of(" \t\r\n\f\v") == std::string::npos;
    diagnostics_.Error({0, 0},
                       is_blank ? "the file is empty" : "the file holds nothing but comments",
                       "a scenario has at least one process: process name { ... }");
  }
  while (!AtEnd()) {
    const std::size_t first = position_;
    ParseItem();
    if (panic_) SynchroniseItem(first);
    if (position_ == first) ++position_;
    if (is_c_ && AtEnd() && !diagnostics_.has_errors()) AddProcesses();
  }
  scenario_->defines = std::move(defines_);
  return std::move(scenario_);
}

// --- Tokens ---

const Token& Parser::Peek(std::size_t ahead) const {
  return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
}

bool Parser::Is(std::string_view text, std::size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.text == text && !IsMereName(token) &&
         (token.kind == TokenKind::kPunctuator || token.kind == TokenKind::kIdentifier);
}

bool Parser::IsName(std::size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kIdentifier && !IsReserved(token.text);
}

bool Parser::MayName(std::size_t ahead) const {
  const Token& token = Peek(ahead);
  if (token.kind != TokenKind::kIdentifier || IsWordOfC(token.text)) return false;
  return !IsReserved(token.text) || Peek(ahead + 1).kind != TokenKind::kIdentifier;
}

bool Parser::MayNameTag() const {
  return Peek().kind == TokenKind::kIdentifier && !IsWordOfC(Peek().text);
}

const Token& Parser::Next() {
  const Token& token = Peek();
  if (position_ + 1 < tokens_.size()) ++position_;
  return token;
}

bool Parser::Accept(std::string_view text) {
  if (!Is(text)) return false;
  Next();
  return true;
}

// False: it is missing, which is reported. A `)` or `]` before `;` or `{` is taken as read.
bool Parser::Expect(std::string_view text, std::string_view context, std::string_view hint) {
  if (panic_) return false;
  if (Accept(text)) return true;
  const bool is_closing = text == ")" || text == "]";
  if (is_closing && (Is(";") || Is("{"))) {
    Report(PreviousEnd(), "expected `" + std::string(text) + "` " + std::string(context),
           std::string(hint));
    return false;
  }
  FailHere("`" + std::string(text) + "` " + std::string(context), hint);
  return false;
}

void Parser::ExpectSemicolon(std::string_view after) {
  if (panic_ || Accept(";")) return;
  const std::string message = "expected `;` after " + std::string(after);
  const std::string hint = Peek().newline_before ? "" : HintFor(Peek());
  if (AtEnd() || Is("}") || (Peek().newline_before && !Is("{"))) {
    Report(PreviousEnd(), message, hint);
  } else {
    Fail(PreviousEnd(), message, hint);
  }
}

std::optional<Token> Parser::ExpectName(std::string_view what, std::string_view hint) {
  if (panic_) return std::nullopt;
  if (MayName()) return Next();
  if (Peek().kind == TokenKind::kIdentifier) {
    const std::string& text = Peek().text;
    Fail(Here(), "`" + text + "` is a reserved word, it cannot name " + std::string(what),
         "choose another name, for example `" + text + "_`");
  } else {
    FailHere("a name for " + std::string(what), hint);
  }
  return std::nullopt;
}

// Right behind the token before.
SourceRange Parser::PreviousEnd() const {
  const uint32_t end = position_ == 0 ? 0 : tokens_[position_ - 1].range.end;
  return {end, end};
}

// From a token to the one before the current one.
SourceRange Parser::Since(std::size_t first_token) const {
  const SourceRange first = tokens_[first_token].range;
  if (position_ <= first_token) return first;
  return {first.begin, std::max(first.end, tokens_[position_ - 1].range.end)};
}

bool Parser::StartsLine() const {
  const uint32_t begin = Here().begin;
  return begin == 0 || (begin <= source_.text().size() && source_.text()[begin - 1] == '\n');
}

uint32_t Parser::IndentationOf(uint32_t offset) const {
  const std::string_view line = source_.Line(source_.LineIndex(offset));
  return static_cast<uint32_t>(std::min(line.find_first_not_of(" \t"), line.size()));
}

std::string Parser::Describe(const Token& token) const {
  if (token.kind == TokenKind::kEnd) return "the end of the file";
  std::string_view text = source_.Slice(token.range);
  text = text.substr(0, text.find('\n'));
  return Quoted(text);
}

// What an unexpected token was perhaps meant to be; empty: no idea.
std::string Parser::HintFor(const Token& token) const {
  if (diagnostics_.error_count() >= Diagnostics::kMaxErrors) return "";  // nobody will see it
  if (token.expanded) {
    const std::string_view name = source_.Slice(token.range);
    for (const DefineSyntax& define : defines_) {
      if (define.name != name) continue;
      return "`" + define.name + "` is a macro, it stands for " + Quoted(define.replacement);
    }
  }
  if (token.kind == TokenKind::kIdentifier) {
    const bool in_for = position_ >= 3 && tokens_[position_ - 3].text == "for";
    const bool is_section = position_ >= 2 && tokens_[position_ - 1].text == "section" &&
                            tokens_[position_ - 2].text == "@";
    if ((token.text == "in" && MayName(1) && !in_for) || is_section) {
      // In `in sectoin crit` the last is the name, and in `in section` it is missing.
      const std::string name = is_section                               ? token.text
                               : Peek(2).kind == TokenKind::kIdentifier ? Peek(2).text
                               : Is("section", 1)                       ? "NAME"
                                                                        : Peek(1).text;
      return "where a process stands is asked with `in section " + name + "`, or with `@ " + name +
             "` where that is a label";
    }
    if (token.text == "section" && Is("{", 1)) return "write `section critical { ... }`";
    return IsDeclared(token.text) ? "" : std::string(HintForForeignWord(token.text));
  }
  const std::string_view previous =
      position_ > 0 ? std::string_view(tokens_[position_ - 1].text) : std::string_view();
  if (token.text == "<" && previous == "=") return "at most is written `<=`";
  if (token.text == ">" && previous == "<") return "not equal is written `!=`";
  if (token.text == ":" && Is("=", 1)) return "an assignment is written `=`";
  if (token.text == "...") return "a range is written with two dots: `a .. b`";
  if (token.text == "**") return "C has no power operator";
  return "";
}

// --- Errors ---

void Parser::Report(SourceRange range, std::string message, std::string hint) {
  if (panic_ || aborted_) return;
  if (AtEnd() && truncated_) return;
  diagnostics_.Error(range, std::move(message), std::move(hint));
}

void Parser::Fail(SourceRange range, std::string message, std::string hint) {
  if (last_failure_ != position_) Report(range, std::move(message), std::move(hint));
  last_failure_ = position_;
  panic_ = true;
}

void Parser::FailHere(std::string_view expected, std::string_view hint) {
  const std::string special = HintFor(Peek());
  Fail(Here(), "expected " + std::string(expected) + ", found " + Describe(Peek()),
       special.empty() ? std::string(hint) : special);
}

void Parser::Warn(SourceRange range, std::string message, std::string hint) {
  if (!panic_ && !aborted_) diagnostics_.Warning(range, std::move(message), std::move(hint));
}

// Nothing behind this point is read or reported.
void Parser::Abort() {
  panic_ = true;
  aborted_ = true;
  position_ = tokens_.size() - 1;
}

void Parser::AbortTooDeep() {
  Report(Here(), "this is nested more than " + std::to_string(kMaxNesting) + " levels deep",
         "let a function do the inner part, or a variable hold it");
  Abort();
}

bool Parser::Chain() {
  if (++operators_ <= kMaxOperators) return true;
  Report(Here(), "this expression has more than " + std::to_string(kMaxOperators) + " operators",
         "let variables hold parts of it");
  Abort();
  return false;
}

// From an `open` at the current token to behind its `close`.
void Parser::SkipBalanced(std::string_view open, std::string_view close) {
  int level = 0;
  while (!AtEnd()) {
    if (Is(open)) ++level;
    if (Is(close)) --level;
    Next();
    if (level == 0) return;
  }
}

void Parser::RecoverBehindParenthesis(std::size_t first_token) {
  if (!panic_ || aborted_) return;
  int level = 0;
  for (std::size_t i = first_token; i < position_; ++i) {
    if (tokens_[i].text == "(") ++level;
    if (tokens_[i].text == ")") --level;
  }
  if (level <= 0) return;
  const std::size_t start = position_;
  constexpr std::size_t kMaxSkipped = 1000;  // a head is short; keeps the whole linear
  while (position_ < start + kMaxSkipped && !AtEnd() && !Is("{") && !Is("}") &&
         !(Is("process") && Peek().newline_before)) {
    if (Is("(")) ++level;
    const bool closes = Is(")") && --level == 0;
    Next();
    if (closes) {
      panic_ = false;
      return;
    }
  }
  if (Is("{")) {
    panic_ = false;  // the `)` is what is missing
  } else {
    position_ = start;
  }
}

void Parser::SynchroniseStatement(std::size_t first_token) {
  static const std::unordered_set<std::string_view> kStarts = {
      "if",     "while", "for",    "do",     "switch", "return", "break",    "continue", "goto",
      "repeat", "await", "atomic", "assert", "assume", "case",   "ghost",    "default",  "else",
      "when",   "int",   "char",   "bool",   "const",  "struct", "unsigned",
  };
  if (aborted_) return;
  panic_ = false;
  while (!AtEnd() && !Is("}") && !StartsItem()) {
    if (position_ > first_token) {
      if (Is("{")) return;
      if (Peek().newline_before && kStarts.contains(Peek().text)) return;
    }
    if (Accept(";")) return;
    Next();
  }
}

void Parser::SynchroniseItem(std::size_t first_token) {
  if (aborted_) return;
  panic_ = false;
  while (!AtEnd()) {
    if (position_ > first_token && StartsItem()) return;
    if (position_ > first_token && Peek().newline_before && StartsLine() &&
        (StartsType() || Is("typedef"))) {
      return;
    }
    if (Is("{")) {
      // Not past a `process`: then a `}` misses, and the rest of the file would be lost.
      int level = 0;
      do {
        if (Is("{")) ++level;
        if (Is("}")) --level;
        Next();
      } while (level > 0 && !AtEnd() && !Is("process"));
      if (!Is(";")) return;
    }
    if (Accept(";")) return;
    Next();
  }
}

bool Parser::StartsItem() const {
  // Not in `x = process;`, which has an error of its own.
  if (MeansWord("process")) return IsName(1) || (Peek().newline_before && !Is(":", 1));
  if (Is("daemon") && Is("process", 1)) return true;
  if (!Peek().newline_before || !StartsLine()) return false;
  if (MeansWord("shared")) return !Is(":", 1);
  if (IsDeclared(Peek().text)) return false;
  if (FindProperty(Peek().text, true) != nullptr) return MayName(1) && Is(":", 2);
  if (Is("property") || Is("expect")) return IsName(1);
  if (Is("option")) return IsName(1) && Is("=", 2);
  if (Is("schedule")) return Peek(1).kind == TokenKind::kString || MayName(1);
  return false;
}

void Parser::FailMissingBrace(SourceRange open) {
  if (panic_ || last_failure_ == position_ || aborted_ || (AtEnd() && truncated_)) {
    Fail(Here(), "");
    return;
  }
  if (AtEnd()) {
    diagnostics_.Error(PreviousEnd(), "missing `}` at the end of the file");
  } else {
    diagnostics_.Error(Here(), "missing `}` before " + Describe(Peek()));
  }
  diagnostics_.Explain(suspect_brace_.value_or(open),
                       suspect_brace_ ? "this `{` was opened here; by the indentation of what "
                                        "follows it is the one that is not closed"
                                      : "this `{` was opened here");
  suspect_brace_.reset();
  last_failure_ = position_;
  panic_ = true;
}

// --- Names ---

void Parser::DeclareName(const std::string& name, NameKind kind) {
  const auto found = names_.find(name);
  if (!scopes_.empty()) {
    undo_.push_back(
        {name, found == names_.end() ? std::nullopt : std::optional<NameKind>(found->second)});
  }
  if (found == names_.end()) {
    names_.emplace(name, kind);
  } else {
    found->second = kind;
  }
}

void Parser::LeaveScope() {
  const std::size_t size = scopes_.back();
  scopes_.pop_back();
  while (undo_.size() > size) {
    const Undo& undo = undo_.back();
    if (undo.previous) {
      names_[undo.name] = *undo.previous;
    } else {
      names_.erase(undo.name);
    }
    undo_.pop_back();
  }
}

std::optional<Parser::NameKind> Parser::Lookup(const std::string& name) const {
  const auto found = names_.find(name);
  if (found == names_.end()) return std::nullopt;
  return found->second;
}

bool Parser::IsReserved(const std::string& text) const {
  if (is_c_ && text != "assert") return IsWordOfC(text);
  return IsWordOfC(text) || (IsScenarioWord(text) && !IsDeclared(text));
}

bool Parser::MeansWord(std::string_view word) const {
  if (!Is(word)) return false;
  const std::optional<NameKind> declared = Lookup(Peek().text);
  if (!declared) return true;
  const bool is_type = *declared != NameKind::kOther;
  const bool before_name = Peek(1).kind == TokenKind::kIdentifier;
  if (word == "shared") return StartsType(1) || (Is("atomic", 1) && StartsType(2));
  if (word == "ghost") return is_type ? StartsType(1) : before_name || Is("{", 1);
  if (word == "atomic") return Is("{", 1);
  if (word == "repeat") return Is("(", 1) && Is("{", BehindBracket(1));
  if (word != "process" || !before_name) return false;
  return !is_type || Is("{", Is("[", 2) ? BehindBracket(2) : 2);
}

std::size_t Parser::BehindBracket(std::size_t ahead) const {
  constexpr std::size_t kFar = 64;  // a number is short; keeps the whole linear
  int level = 0;
  for (const std::size_t end = ahead + kFar; ahead < end; ++ahead) {
    if (Is("(", ahead) || Is("[", ahead)) ++level;
    if ((Is(")", ahead) || Is("]", ahead)) && --level == 0) break;
  }
  return ahead + 1;
}

// --- Items ---

void Parser::AddItem(ScenarioSyntax::Item::Kind kind, std::size_t size_after) {
  scenario_->items.push_back({kind, size_after - 1});
}

void Parser::ParseItem() {
  const bool was_misplaced = std::exchange(misplaced_reported_, false);
  while (is_c_ && SkipAttribute()) {
  }
  if (Accept(";")) return;  // after the `}` of a process or function: harmless
  if (MeansWord("process") || (Is("daemon") && Is("process", 1)) || StartsFairProcess())
    return ParseProcess();
  if (Is("}")) {
    if (!was_misplaced) {
      Report(Here(), "this `}` closes nothing", "is there a `}` too many above?");
    }
    misplaced_reported_ = true;
    Next();
    return;
  }
  if (StartsObject()) return ParseObject();
  if (StartsMonitor()) return ParseMonitor();
  if (ParseContextualItem()) return;
  if (!is_c_ && MeansProcess() && CorrectItemWord()) return ParseItem();
  if (MeansWord("shared") || MeansWord("ghost") || Is("typedef") || StartsType() ||
      StartsUnknownType()) {
    return ParseFileDeclaration();
  }
  if (Is("atomic") && (StartsType(1) || Is("shared", 1))) {
    Report(Here(), "`atomic` alone declares nothing", "write `shared atomic int x;`");
    Next();
    return ParseFileDeclaration();
  }
  if (!is_c_ && CorrectItemWord()) return ParseItem();
  misplaced_reported_ = was_misplaced;
  ParseMisplacedStatement();
}

// Words that mean something at file scope only. Here a variable of the same name does not hide
// them: a declaration begins with a type, so only a type's name does.
bool Parser::ParseContextualItem() {
  if (Peek().kind != TokenKind::kIdentifier || StartsType()) return false;
  if (is_c_ && !Peek().is_annotation) return false;
  const bool names_something =
      Peek(1).kind == TokenKind::kIdentifier || Peek(1).kind == TokenKind::kString;
  if (IsDeclared(Peek().text) && !names_something) return false;  // a statement that is misplaced
  if (Is("property")) {
    ParseProperty();
  } else if (const PropertyRow* row = FindProperty(Peek().text, true)) {
    ParseNamedProperty(*row);
  } else if (Is("schedule")) {
    ParseSchedule();
  } else if (Is("expect")) {
    ParseExpectation();
  } else if (Is("option")) {
    ParseOption();
  } else if (is_c_ && Is("stub")) {
    ParseStubs();
  } else {
    return false;
  }
  return true;
}

// What other languages call a process.
bool Parser::MeansProcess() const {
  const bool is_word = Is("thread") || Is("task") || Is("proctype") || Is("proc");
  return is_word && !IsDeclared(Peek().text) && (Is("{", 2) || Is("(", 2) || Is("[", 2));
}

// A word that nobody knows where an item starts: reads the nearest one in its place.
bool Parser::CorrectItemWord() {
  if (!IsName() || IsDeclared(Peek().text) || Peek().expanded) return false;
  const Token& after = Peek(1);
  const bool looks_like_item =
      after.kind == TokenKind::kIdentifier || after.kind == TokenKind::kString;
  const std::string nearest = MeansProcess() ? "process" : NearestName(Peek().text, ItemWords());
  if (!looks_like_item || nearest.empty() || nearest == Peek().text) return false;
  Report(Here(), "unknown word `" + Peek().text + "`", "did you mean `" + nearest + "`?");
  tokens_[position_].text = nearest;
  return true;
}

// fair weak process p, fair strong daemon process p
bool Parser::StartsFairProcess() const {
  return Is("fair") && (Is("process", 2) || (Is("daemon", 2) && Is("process", 3)));
}

void Parser::ParseProcess() {
  const std::size_t first = position_;
  auto process = std::make_unique<ProcessSyntax>();
  if (StartsFairProcess()) ParseFairness(process->fairness);
  process->is_daemon = Accept("daemon");
  Next();
  const std::optional<Token> name = ExpectName("a process", "write `process name { ... }`");
  if (!name) return;
  process->name = name->text;
  process->name_range = name->range;
  DeclareName(name->text, NameKind::kOther);
  if (Is("(")) {
    Report(Here(), "a process takes no parameters",
           "write `process " + name->text + " { ... }`; for several write `process " + name->text +
               "[3]`, where `self` is the number of each");
    SkipBalanced("(", ")");
  }
  if (Accept("[")) {
    if (Is("]")) {
      Report(Here(), "expected the number of processes",
             "write `process " + name->text + "[3] { ... }`");
    } else {
      process->count = ParseFull();
    }
    Expect("]", "after the number of processes");
  }
  Scope scope(*this);
  process->body =
      ParseBody("the process `" + name->text + "`", "write `process " + name->text + " { ... }`");
  process->range = Since(first);
  scenario_->processes.push_back(std::move(process));
  AddItem(ScenarioSyntax::Item::Kind::kProcess, scenario_->processes.size());
}

// Skips it. Reports once for a row of them: they are what an early `}` leaves over.
void Parser::ParseMisplacedStatement() {
  if (!misplaced_reported_) {
    FailHere(
        "a declaration, a process or a property",
        Is("assert")
            ? "what always holds is written `invariant name: condition;`"
            : "statements belong inside a process or a function; is there a `}` too many above?");
  }
  misplaced_reported_ = true;
  panic_ = true;
}

std::unique_ptr<ScenarioSyntax> Parse(const Source& source, const DefineOverrides& overrides,
                                      Diagnostics& diagnostics, const KindLibrary& library) {
  return Parser(source, Lex(source, overrides, diagnostics), library, diagnostics).Run();
}

}  // namespace interleave
