// Roles are found in one pass, from the token before and a few after: whether `*` multiplies or
// points, and so on. A wrong guess costs a space, never a token: NeedsSpace() puts one wherever two
// tokens would read as others without it.

#include "sim/language/formatter_spacing.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "sim/language/property_kinds.h"
#include "sim/language/scanner.h"
#include "sim/objects/kinds.h"

namespace interleave {
namespace {

bool IsWordToken(const FormatToken& token) {
  return token.kind == TokenKind::kIdentifier || token.kind == TokenKind::kInteger ||
         token.kind == TokenKind::kFloating || token.kind == TokenKind::kCharacter ||
         token.kind == TokenKind::kString;
}

// Words that an operand follows, so that an operator behind them is a prefix, and a `(` behind them
// is no call.
bool IsLeadingWord(const std::string& text) {
  static const std::unordered_set<std::string_view> kWords = {
      "if",     "while",  "for",   "switch",   "return", "case", "else",
      "do",     "repeat", "await", "choose",   "when",   "goto", "assert",
      "assume", "ghost",  "until", "choosing", "expect", "read", "write",
  };
  return kWords.contains(text);
}

bool IsTypeWord(const std::string& text) {
  static const std::unordered_set<std::string_view> kWords = {
      "void",     "char",      "short",     "int",      "long",     "signed",  "unsigned",
      "const",    "volatile",  "bool",      "_Bool",    "int8_t",   "int16_t", "int32_t",
      "int64_t",  "uint8_t",   "uint16_t",  "uint32_t", "uint64_t", "size_t",  "ssize_t",
      "intptr_t", "uintptr_t", "ptrdiff_t", "float",    "double"};
  return kWords.contains(text);
}

class RoleFinder {
 public:
  explicit RoleFinder(std::vector<FormatToken>& tokens) {
    for (FormatToken& token : tokens) {
      if (token.kind != TokenKind::kComment && token.kind != TokenKind::kDirective) {
        tokens_.push_back(&token);
      }
    }
  }

  void Run() {
    MatchBrackets();
    CollectLibraryTypes();
    CollectTypeNames();
    FindNames();
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      FormatToken& token = *tokens_[i];
      const FormatToken* previous = Previous(i);
      if (previous == nullptr || previous->is(";") || previous->is("}")) item_word_ = token.text;
      if (token.kind == TokenKind::kPunctuator) FindRole(i, token);
    }
  }

 private:
  const FormatToken* Previous(std::size_t i) const { return i == 0 ? nullptr : tokens_[i - 1]; }
  const FormatToken& At(std::size_t i) const { return *tokens_[std::min(i, tokens_.size() - 1)]; }

  bool IsTypeName(const FormatToken& token) const {
    return token.kind == TokenKind::kIdentifier &&
           (IsTypeWord(token.text) || type_names_.contains(token.text));
  }

  void MatchBrackets() {
    match_.assign(tokens_.size(), 0);
    std::vector<std::size_t> braces;
    std::vector<std::size_t> parentheses;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i]->is("{")) braces.push_back(i);
      if (tokens_[i]->is("(")) parentheses.push_back(i);
      std::vector<std::size_t>* open = nullptr;
      if (tokens_[i]->is("}")) open = &braces;
      if (tokens_[i]->is(")")) open = &parentheses;
      if (open == nullptr || open->empty()) continue;
      match_[open->back()] = i;
      open->pop_back();
    }
  }

  // Kinds and the types of their headers, where the file does not use the name otherwise.
  void CollectLibraryTypes() {
    for (const auto& [name, kind] : KindLibrary::Default().kinds()) {
      if (!kind->model.empty()) type_names_.insert(name);
      for (const auto& [header, names] : kind->names_of_header)
        type_names_.insert(names.types.begin(), names.types.end());
    }
    for (std::size_t i = 1; i < tokens_.size(); ++i) {
      if (IsTypeWord(tokens_[i - 1]->text)) type_names_.erase(tokens_[i]->text);
    }
  }

  void CollectTypeNames() {
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      if (!tokens_[i]->is("typedef")) continue;
      for (++i; i + 1 < tokens_.size() && !tokens_[i]->is(";"); ++i) {
        if (match_[i] != 0) i = match_[i];
        const FormatToken& after = At(i + 1);
        const bool ends = after.is(";") || after.is(",") || after.is("[");
        if (ends && tokens_[i]->kind == TokenKind::kIdentifier)
          type_names_.insert(tokens_[i]->text);
      }
    }
  }

  // Whether a statement or an item may start at token i.
  bool MayStart(std::size_t i) const {
    if (i == 0) return true;
    const FormatToken& before = *tokens_[i - 1];
    return before.is(";") || before.is("{") || before.is("}") || before.is(")") || before.is(":") ||
           before.is("else") || before.is("do") || before.is("shared") || before.is("ghost");
  }

  // `repeat = 3`, `ghost++`: words of the language that are names, by what stands beside them.
  void FindNames() {
    std::unordered_set<std::string> functions;
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      FormatToken& token = *tokens_[i];
      const FormatToken& next = At(i + 1);
      const bool leads_statement = token.is("ghost") || token.is("atomic");
      if (!leads_statement && !token.is("repeat") && !token.is("await") && !token.is("choose") &&
          !token.is("when") && !token.is("assert") && !token.is("assume")) {
        continue;
      }
      const bool declared = i > 0 && EndsType(i - 1);
      if (declared && next.is("(")) functions.insert(token.text);
      const bool has_body = next.is("(") && At(match_[i + 1] + 1).is("{");
      const bool is_call =
          next.is("(") && (declared || !has_body) && functions.contains(token.text);
      if (leads_statement) {
        const bool steps = next.is("++") || next.is("--");
        const bool is_operand = next.kind == TokenKind::kPunctuator && !next.is("{") &&
                                !next.is("(") && !next.is("*") && !steps;
        token.is_name = is_operand || is_call || !MayStart(i) || (steps && !IsWordToken(At(i + 2)));
      } else {
        token.is_name = !next.is("(") || is_call;
      }
    }
  }

  // A value may end with token i, so that an operator behind it takes two operands.
  bool EndsOperand(std::size_t i) const {
    const FormatToken& token = *tokens_[i];
    if (token.kind == TokenKind::kPunctuator) {
      const bool ends_value =
          token.role != TokenRole::kCastEnd && token.role != TokenRole::kHeadEnd;
      return (token.is(")") && ends_value) || token.is("]") || token.role == TokenRole::kPostfix;
    }
    return IsWordToken(token) && (token.is_name || !IsLeadingWord(token.text)) && !EndsType(i);
  }

  bool EndsType(std::size_t i) const {
    const FormatToken& token = *tokens_[i];
    if (IsTypeName(token)) return true;
    const FormatToken* before = Previous(i);
    return before != nullptr && (before->is("struct") || before->is("enum"));
  }

  void FindRole(std::size_t i, FormatToken& token) {
    const FormatToken* previous = Previous(i);
    const bool after_operand = previous != nullptr && EndsOperand(i - 1);
    const std::string& text = token.text;
    if (text == "!" || text == "~") {
      token.role = TokenRole::kPrefix;
    } else if (text == "++" || text == "--") {
      token.role = after_operand ? TokenRole::kPostfix : TokenRole::kPrefix;
    } else if (text == "->" && IsInFormula()) {
      token.role = TokenRole::kImplies;
    } else if (text == "<" && IsInFormula() && At(i + 1).is("->")) {
      token.role = TokenRole::kImplies;
    } else if (text == "+" && item_word_ == "expect" && i > 1 && tokens_[i - 2]->is("in")) {
      token.role = TokenRole::kLength;
    } else if (text == "*" || text == "&" || text == "+" || text == "-") {
      if (!after_operand) token.role = TokenRole::kPrefix;
    } else if (text == "(") {
      FindParenthesis(i, token);
    } else if (text == "<") {
      FindAngles(i, token);
    } else if (text == "{" && token.role == TokenRole::kPlain) {
      FindBraces(i);
    } else if (text == ":") {
      FindColon(i, token);
    }
  }

  bool IsInFormula() const {
    return item_word_ == "ltl" || item_word_ == "eventually" || item_word_ == "always";
  }
  static bool IsOperatorOfFormula(std::string_view text) {
    static const std::unordered_set<std::string_view> kWords = {
        "G", "F", "X", "U", "R", "W", "M", "always", "eventually", "next", "leads_to"};
    return kWords.contains(text);
  }

  void FindParenthesis(std::size_t i, FormatToken& token) {
    const FormatToken* previous = Previous(i);
    const bool is_word = previous != nullptr && previous->kind == TokenKind::kIdentifier;
    if (is_word && (previous->is_name || !IsLeadingWord(previous->text))) {
      const bool is_quantifier =
          (previous->is("forall") || previous->is("exists") || previous->is("count")) &&
          At(i + 2).is(":");
      const bool is_argument = item_word_ == "property" || item_word_ == "option";
      const bool is_operator = IsInFormula() && IsOperatorOfFormula(previous->text);
      if (!is_quantifier && !is_argument && !is_operator) token.role = TokenRole::kCall;
      return;
    }
    if (is_word && match_[i] != 0 &&
        (previous->is("if") || previous->is("while") || previous->is("for") ||
         previous->is("switch") || previous->is("repeat") || previous->is("when"))) {
      tokens_[match_[i]]->role = TokenRole::kHeadEnd;
      return;
    }
    if (previous != nullptr && EndsOperand(i - 1)) return;
    std::size_t last = i + 1;
    bool has_type = false;
    while (IsTypeName(At(last)) || At(last).is("*") || At(last).is("struct") ||
           At(last).is("enum") || (last > i + 1 && EndsType(last))) {
      has_type = has_type || EndsType(last);
      if (last + 1 >= tokens_.size()) return;
      ++last;
    }
    if (has_type && At(last).is(")")) tokens_[last]->role = TokenRole::kCastEnd;
  }

  // queue<int, 4>, and object queue<type T>; `>>` closes two.
  void FindAngles(std::size_t i, FormatToken& token) {
    const FormatToken* previous = Previous(i);
    if (previous == nullptr || i < 2) return;
    const FormatToken& before = *tokens_[i - 2];
    const bool is_kind = KindLibrary::Default().Find(previous->text) != nullptr;
    if (!is_kind && !before.is("object")) return;
    const bool is_type = before.is("object") || before.is("shared") || before.is("ghost") ||
                         before.is("const") || before.is("typedef") ||
                         before.role == TokenRole::kAngle;
    if (!is_type) return;
    token.role = TokenRole::kAngle;
    int level = 0;
    for (std::size_t j = i; j + 1 < tokens_.size() && !tokens_[j]->is(";"); ++j) {
      if (tokens_[j]->is("<")) ++level;
      if (tokens_[j]->is(">")) level -= 1;
      if (tokens_[j]->is(">>")) level -= 2;
      if (level > 0) continue;
      tokens_[j]->role = TokenRole::kAngle;
      return;
    }
  }

  void FindBraces(std::size_t i) {
    const FormatToken* previous = Previous(i);
    if (previous == nullptr) return;
    TokenRole role = TokenRole::kPlain;
    const FormatToken* before = i >= 2 ? tokens_[i - 2] : nullptr;
    const auto follows = [&](std::string_view word) {
      return previous->is(word) || (before != nullptr && before->is(word));
    };
    if (previous->is("=") || previous->is("==") || previous->is("!=") || previous->is(",") ||
        previous->is("(") || previous->role == TokenRole::kListBrace) {
      role = TokenRole::kListBrace;
    } else if (previous->kind == TokenKind::kIdentifier && follows("enum")) {
      role = TokenRole::kEnumBrace;
    } else if (previous->kind == TokenKind::kIdentifier && follows("struct")) {
      role = TokenRole::kFieldBrace;
    }
    if (role == TokenRole::kPlain) return;
    tokens_[i]->role = role;
    if (match_[i] != 0) tokens_[match_[i]]->role = role;
  }

  void FindColon(std::size_t i, FormatToken& token) {
    if (i == 0) return;
    const FormatToken& previous = *tokens_[i - 1];
    if (previous.is("default")) token.role = TokenRole::kLabelColon;
    if (previous.kind != TokenKind::kIdentifier || i < 2) return;
    const FormatToken& before = *tokens_[i - 2];
    if (before.is(";") || before.is("}") || before.is("{") || before.is("else") ||
        before.is("do") || before.role == TokenRole::kLabelColon ||
        before.role == TokenRole::kHeadEnd) {
      token.role = TokenRole::kLabelColon;
    }
    if (FindProperty(before.text, true) != nullptr) {
      token.role = TokenRole::kLabelColon;
    }
  }

  std::vector<FormatToken*> tokens_;  // without comments and directives
  std::vector<std::size_t> match_;    // of a `{` or `(`: where it is closed; else 0
  std::unordered_set<std::string> type_names_;
  std::string item_word_;  // the first word of the statement or item
};

// Whether `first` and `second` without a space read as these two tokens.
bool ReadsApart(const FormatToken& first, const FormatToken& second) {
  if (IsWordToken(first) && IsWordToken(second)) return false;
  static constexpr std::string_view kSafe = "()[];,";
  if (first.text.size() == 1 && kSafe.find(first.text[0]) != std::string_view::npos) return true;
  if (second.text.size() == 1 && kSafe.find(second.text[0]) != std::string_view::npos) return true;
  Diagnostics ignored;
  const std::string joined = first.text + second.text;
  Scanner scanner(joined, 0, static_cast<uint32_t>(joined.size()), Scanner::Mode::kDirective,
                  ignored);
  const Token token = scanner.Next();
  return !ignored.has_errors() && token.kind == first.kind && token.range.end == first.text.size();
}

bool WantsSpace(const FormatToken& previous, const FormatToken& next) {
  using enum TokenRole;
  if (previous.is_comment()) return !(next.is(")") || next.is("]") || next.is(",") || next.is(";"));
  if (next.is_comment()) return !(previous.is("(") || previous.is("["));
  if (next.is(",") || next.is(")") || next.is("]")) return false;
  if (next.is(";")) return false;
  if (previous.is(";")) return true;
  if (previous.is("{") && next.is("}")) return false;
  if (previous.is("(") || previous.is("[")) return false;
  if (previous.role == kPrefix || previous.role == kCastEnd) return false;
  if (next.role == kPostfix || next.role == kLabelColon || next.role == kCall) return false;
  if (previous.role == kLength || next.role == kLength) return false;
  if (next.role == kImplies) return previous.role != kImplies;
  if (previous.role == kImplies) return true;
  if (previous.is(".") || previous.is("->") || next.is(".") || next.is("->")) return false;
  if (next.is("[")) return !(IsWordToken(previous) || previous.is(")") || previous.is("]"));
  if (next.role == kAngle) return false;
  if (previous.role == kAngle) return !previous.is("<");
  if (previous.role == kListBrace && previous.is("{")) return false;
  if (next.role == kListBrace && next.is("}")) return false;
  if (next.is("(")) return !((previous.is(")") && previous.role != kHeadEnd) || previous.is("]"));
  return true;
}

}  // namespace

std::vector<FormatToken> ReadFormatTokens(const Source& source) {
  Diagnostics ignored;
  std::vector<FormatToken> tokens;
  for (const Token& raw : LexRaw(source, ignored)) {
    FormatToken token;
    token.kind = raw.kind;
    token.newline_before = raw.newline_before;
    token.blank_line_before = raw.blank_line_before;
    token.range = raw.range;
    token.text = source.Slice(raw.range);
    std::erase(token.text, '\r');
    tokens.push_back(std::move(token));
  }
  RoleFinder(tokens).Run();
  return tokens;
}

bool NeedsSpace(const FormatToken& previous, const FormatToken& next) {
  return WantsSpace(previous, next) || !ReadsApart(previous, next);
}

}  // namespace interleave
