// The layout: walks the raw tokens by the shape of statements, without a tree, so that comments and
// macros stay where they are. Spacing inside a line is formatter_spacing.h's.
//
// What would surprise: macros may hide any token, a brace too. So the walk trusts nothing: what it
// does not know is laid out as one statement up to the next `;` or brace, and at the end the tokens
// of the result are compared with those of the source.

#include "sim/language/formatter.h"

#include <algorithm>
#include <cassert>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sim/language/formatter_spacing.h"
#include "sim/language/parser.h"

namespace interleave {
namespace {

constexpr int kIndent = 4;
constexpr int kContinuation = 8;
constexpr std::size_t kMaxColumns = 100;
constexpr int kMaxDepth = 500;
constexpr int kMaxIndent = 160;  // macros can hide any number of `}`

struct Line {
  std::string code;
  std::string comment;  // behind the code
  bool blank_before = false;
};

class Layout {
 public:
  explicit Layout(const Source& source) : source_(source), tokens_(ReadFormatTokens(source)) {}

  std::string Run() {
    while (!AtEnd()) {
      const std::size_t first = position_;
      Statements(0, false);
      // A `}` that closes nothing here: its `{` came out of a macro.
      if (!AtEnd() && position_ == first) {
        StartLine(0);
        Put(0);
      }
    }
    FlushLine();
    return Render();
  }

 private:
  const FormatToken& Peek(std::size_t ahead = 0) const {
    return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
  }
  bool AtEnd() const { return Peek().kind == TokenKind::kEnd; }

  // Position of the next token that is no comment.
  std::size_t NextCode(std::size_t from) const {
    while (tokens_[from].is_comment()) ++from;
    return from;
  }
  const FormatToken& PeekCode() const { return tokens_[NextCode(position_)]; }

  // --- Lines ---

  void FlushLine() {
    const bool is_empty =
        line_.comment.empty() && line_.code.find_first_not_of(' ') == std::string::npos;
    if (line_open_ && !is_empty) lines_.push_back(std::exchange(line_, Line()));
    line_open_ = false;
    previous_ = nullptr;
  }

  void StartLine(int indent) {
    FlushLine();
    line_ = Line();
    line_.code.assign(static_cast<std::size_t>(std::clamp(indent, 0, kMaxIndent)), ' ');
    line_.blank_before = Peek().blank_line_before && !lines_.empty();
    line_open_ = true;
    previous_ = nullptr;
  }

  // Appends the current token to the line, whatever line it stood in.
  void Put(int indent) {
    const FormatToken& token = Peek();
    if (!line_open_ || !line_.comment.empty()) StartLine(indent + kContinuation);
    if (previous_ != nullptr && NeedsSpace(*previous_, token)) line_.code += ' ';
    line_.code += token.text;
    previous_ = &token;
    ++position_;
  }

  // The comments at the current token: the first behind the line if it stood there, the others in
  // lines of their own.
  void TakeComments(int indent) {
    while (Peek().is_comment() || Peek().kind == TokenKind::kDirective) {
      if (Peek().kind == TokenKind::kDirective) {
        StartLine(0);
        line_.code = Peek().text;
        ++position_;
        continue;
      }
      const bool trails = line_open_ && !Peek().newline_before && line_.comment.empty();
      if (trails) {
        line_.comment = Peek().text;
        previous_ = nullptr;
      } else {
        StartLine(indent);
        line_.code += Reindented(Peek(), indent);
      }
      ++position_;
    }
  }

  // A block comment keeps its shape when it moves.
  std::string Reindented(const FormatToken& comment, int indent) const {
    if (comment.is_line_comment() || comment.text.find('\n') == std::string::npos) {
      return comment.text;
    }
    const int old_indent = static_cast<int>(source_.Locate(comment.range.begin).column) - 1;
    const int shift = comment.newline_before ? indent - old_indent : 0;
    std::string out;
    std::size_t begin = 0;
    while (begin <= comment.text.size()) {
      const std::size_t end = std::min(comment.text.find('\n', begin), comment.text.size());
      std::string line = comment.text.substr(begin, end - begin);
      if (begin > 0) {
        const std::size_t spaces = std::min(line.find_first_not_of(' '), line.size());
        if (spaces == line.size()) {
          line.clear();
        } else if (shift > 0) {
          line.insert(0, static_cast<std::size_t>(shift), ' ');
        } else {
          line.erase(0, std::min(spaces, static_cast<std::size_t>(-shift)));
        }
        out += '\n';
      }
      out += line;
      begin = end + 1;
    }
    return out;
  }

  // --- Statements ---

  // Up to a `}` that closes the list, or the end. In a switch, what follows a label is one level
  // in.
  void Statements(int indent, bool is_switch) {
    int inner = indent;
    while (true) {
      if (AtEnd() || PeekCode().kind == TokenKind::kEnd) {
        TakeComments(indent);
        return;
      }
      const bool is_case = PeekCode().is("case") || PeekCode().is("default");
      TakeComments(is_case ? indent : inner);
      if (AtEnd() || Peek().is("}")) return;
      if (is_case && is_switch) {
        inner = indent + kIndent;
        Case(indent);
      } else {
        StartLine(inner);
        Statement(inner);
      }
    }
  }

  void Statement(int indent) {
    ++depth_;
    if (depth_ > kMaxDepth) {
      Put(indent);  // flat: correct, if not pretty
    } else if (Peek().is("{")) {
      Block(indent, false);
    } else if (Peek().is("if")) {
      If(indent);
    } else if (Peek().is("while") || Peek().is("for") || Peek().is("switch") ||
               Peek().is_word("repeat")) {
      const bool is_switch = Peek().is("switch");
      Head(indent);
      Body(indent, is_switch);
    } else if (Peek().is_word("when")) {
      Head(indent);
      Alternative(indent);
    } else if (Peek().is("else")) {
      Put(indent);
      Alternative(indent);
    } else if (Peek().is("do")) {
      Do(indent);
    } else if (Peek().is("case") || Peek().is("default")) {
      Case(indent - kIndent);
    } else if (IsLabel()) {
      Label(indent);
    } else if (Peek().is_word("ghost") || Peek().is_word("atomic")) {
      Prefixed(indent);
    } else {
      Generic(indent);
    }
    --depth_;
  }

  bool IsLabel() const {
    return Peek().kind == TokenKind::kIdentifier &&
           tokens_[NextCode(position_ + 1)].role == TokenRole::kLabelColon;
  }

  // Stands one level out, on a line of its own; the statement comes by Statements().
  void Label(int indent) {
    line_.code.assign(static_cast<std::size_t>(std::clamp(indent - kIndent, 0, kMaxIndent)), ' ');
    PutThrough(NextCode(position_ + 1), indent);
  }

  void Case(int indent) {
    StartLine(indent);
    int conditionals = 0;
    std::size_t colon = position_;
    while (tokens_[colon].kind != TokenKind::kEnd && !tokens_[colon].is(";") &&
           !tokens_[colon].is("{")) {
      if (tokens_[colon].is("?")) ++conditionals;
      if (tokens_[colon].is(":") && conditionals-- == 0) break;
      ++colon;
    }
    if (!tokens_[colon].is(":")) return Generic(indent);
    tokens_[colon].role = TokenRole::kLabelColon;
    PutThrough(colon, indent);
    if (PeekCode().is("{")) Block(indent, false);
  }

  void PutThrough(std::size_t last, int indent) {
    while (position_ <= last && !AtEnd()) Piece(indent, 0);
  }

  // keyword ( ... )
  void Head(int indent) {
    Put(indent);
    if (PeekCode().is("(")) Parenthesised(indent);
  }

  void Parenthesised(int indent) {
    int level = 0;
    do {
      if (Peek().is("(")) ++level;
      if (Peek().is(")")) --level;
      Piece(indent, 0);
    } while (level > 0 && !AtEnd());
  }

  // One token of a statement's line. Keeps a line break of the user's, and what must stand alone.
  void Piece(int indent, int list_level) {
    const FormatToken& token = Peek();
    const int level = token.is("}") ? list_level - 1 : list_level;
    const int continuation = indent + (list_level > 0 ? level * kIndent : kContinuation);
    if (token.kind == TokenKind::kDirective || token.is_line_comment()) {
      TakeComments(continuation);
      StartLine(continuation);
      line_.blank_before = false;
      return;
    }
    const bool joins = token.is(";") || token.is(",") || token.is(")") || token.is("{");
    const bool is_new = !line_open_ || line_.code.find_first_not_of(' ') == std::string::npos;
    if (token.newline_before && !joins && !is_new) {
      StartLine(continuation);
      line_.blank_before = false;
    }
    Put(indent);
  }

  // What a head governs: a block in its line, or a statement one level in.
  void Body(int indent, bool is_switch) {
    if (PeekCode().is("{")) return Block(indent, is_switch);
    TakeComments(indent + kIndent);
    if (AtEnd() || Peek().is("}")) return;
    StartLine(indent + kIndent);
    line_.blank_before = false;
    Statement(indent + kIndent);
  }

  // What `when (...)` or the `else` of a select governs may stay in its line.
  void Alternative(int indent) {
    if (Peek().is("{") || Peek().newline_before || Peek().is_comment()) return Body(indent, false);
    Statement(indent);
  }

  void If(int indent) {
    while (true) {
      Head(indent);
      Body(indent, false);
      if (!PeekCode().is("else")) return;
      const bool on_line = line_open_ && line_.comment.empty() && Peek().is("else") &&
                           previous_ != nullptr && previous_->is("}");
      if (!on_line) {
        TakeComments(indent);
        StartLine(indent);
        line_.blank_before = false;
      }
      Put(indent);
      if (!Peek().is("if")) return Body(indent, false);
    }
  }

  void Do(int indent) {
    Put(indent);
    Body(indent, false);
    if (!PeekCode().is("while")) return;
    const bool on_line = line_open_ && line_.comment.empty() && Peek().is("while") &&
                         previous_ != nullptr && previous_->is("}");
    if (!on_line) {
      TakeComments(indent);
      StartLine(indent);
      line_.blank_before = false;
    }
    Head(indent);
    if (PeekCode().is(";")) PutThrough(NextCode(position_), indent);
  }

  // `ghost` or `atomic`, and what it applies to.
  void Prefixed(int indent) {
    while (Peek().is_word("ghost") || Peek().is_word("atomic")) Put(indent);
    if (Peek().is("{")) {
      if (!OneLineBlock(indent)) Block(indent, false);
    } else if (PeekCode().is("{")) {
      Block(indent, false);
    } else if (!AtEnd() && !Peek().is("}") && !Peek().is_comment() &&
               Peek().kind != TokenKind::kDirective) {
      Statement(indent);
    } else {
      Generic(indent);
    }
  }

  // A block of simple statements that the user wrote in one line stays in one.
  bool OneLineBlock(int indent) {
    std::size_t last = position_ + 1;
    std::size_t columns = line_.code.size() + 8;
    for (; !tokens_[last].is("}"); ++last) {
      const FormatToken& token = tokens_[last];
      if (token.kind == TokenKind::kEnd || token.kind == TokenKind::kDirective ||
          token.newline_before || token.is_comment() || token.is("{")) {
        return false;
      }
      columns += token.text.size() + 1;
    }
    if (tokens_[last].newline_before || last == position_ + 1 || columns > kMaxColumns) {
      return false;
    }
    // Simple ones only: those with a body of their own are laid out.
    static const std::unordered_set<std::string_view> kCompound = {
        "if", "else", "while", "for", "do", "switch", "case", "default", "repeat", "select"};
    for (std::size_t i = position_; i < last; ++i) {
      if (kCompound.contains(tokens_[i].text) && !tokens_[i].is_name) return false;
    }
    while (position_ <= last) Put(indent);
    return true;
  }

  void Block(int indent, bool is_switch) {
    const std::size_t brace = NextCode(position_);
    // Comments between a head and its `{` go behind the `{`.
    std::rotate(tokens_.begin() + static_cast<std::ptrdiff_t>(position_),
                tokens_.begin() + static_cast<std::ptrdiff_t>(brace),
                tokens_.begin() + static_cast<std::ptrdiff_t>(brace) + 1);
    Put(indent);
    if (Peek().is("}")) return Put(indent);
    Statements(indent + kIndent, is_switch);
    if (!Peek().is("}")) return;
    StartLine(indent);
    line_.blank_before = false;
    Put(indent);
  }

  // Everything else: to its `;`, or to the end of the block it opens.
  void Generic(int indent) {
    int parentheses = 0;
    int lists = 0;
    while (!AtEnd()) {
      const FormatToken& token = Peek();
      if (token.is("(") || token.is("[")) ++parentheses;
      if (token.is(")") || token.is("]")) --parentheses;
      const bool is_list =
          token.role == TokenRole::kListBrace || token.role == TokenRole::kEnumBrace;
      if (token.is("{") && is_list) {
        Piece(indent, lists++);
        continue;
      }
      if (token.is("}") && is_list && lists > 0) {
        Piece(indent, lists--);
        continue;
      }
      if (token.is("}")) return;
      const TokenRole next_role = PeekCode().role;
      const bool next_is_list =
          next_role == TokenRole::kListBrace || next_role == TokenRole::kEnumBrace;
      if (!next_is_list && PeekCode().is("{")) {
        const bool goes_on = PeekCode().role == TokenRole::kFieldBrace;
        Block(indent, false);
        if (goes_on) continue;
        return;
      }
      const bool ends = token.is(";") && parentheses <= 0;
      if (token.is_comment() && EndsStatement(token)) return;
      Piece(indent, lists);
      if (ends) return;
    }
  }

  // A comment before the next statement's or the list's end, where a macro hid the `;`.
  bool EndsStatement(const FormatToken& comment) const {
    const FormatToken& next = PeekCode();
    return comment.newline_before && (next.kind == TokenKind::kEnd || next.is("}"));
  }

  // --- Result ---

  // Aligns the comments behind adjacent lines of code, two columns or more behind the longest.
  std::string Render() {
    std::string out;
    for (std::size_t i = 0; i < lines_.size();) {
      std::size_t last = i;
      std::size_t column = 0;
      std::size_t widest_comment = 0;
      while (last < lines_.size() && !lines_[last].comment.empty() &&
             !(last > i && lines_[last].blank_before)) {
        column = std::max(column, lines_[last].code.size());
        widest_comment = std::max(widest_comment, lines_[last].comment.size());
        ++last;
      }
      const bool is_aligned = column + 2 + widest_comment <= kMaxColumns;
      if (last == i) ++last;
      for (; i < last; ++i) Append(lines_[i], is_aligned ? column : 0, out);
    }
    return out;
  }

  static void Append(const Line& line, std::size_t column, std::string& out) {
    if (line.blank_before) out += '\n';
    out += line.code;
    if (!line.comment.empty()) {
      const std::size_t gap = column > line.code.size() ? column - line.code.size() : 0;
      out.append(gap + 2, ' ');
      out += line.comment;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }

  const Source& source_;
  std::vector<FormatToken> tokens_;
  std::size_t position_ = 0;
  int depth_ = 0;
  std::vector<Line> lines_;
  Line line_;
  bool line_open_ = false;
  const FormatToken* previous_ = nullptr;  // in the line; points into tokens_
};

// The tokens of a text, and apart from them its comments without their white space.
struct Contents {
  std::vector<std::string> code;
  std::vector<std::string> comments;

  explicit Contents(const Source& source) {
    for (const FormatToken& token : ReadFormatTokens(source)) {
      if (!token.is_comment()) {
        code.push_back(token.text);
        continue;
      }
      comments.push_back(token.text);
      std::erase_if(comments.back(), [](char c) { return c == ' ' || c == '\t' || c == '\n'; });
    }
  }
  bool operator==(const Contents&) const = default;
};

}  // namespace

std::string Format(const Source& source, Diagnostics& diagnostics) {
  Diagnostics parsing;
  Parse(source, {}, parsing);
  if (parsing.has_errors()) {
    diagnostics = std::move(parsing);
    return "";
  }
  std::string text = Layout(source).Run();
  if (text.size() > kMaxSourceBytes) {
    diagnostics.Error({0, 0}, "in the canonical layout this file would have " +
                                  std::to_string(text.size()) + " bytes; a scenario has at most " +
                                  std::to_string(kMaxSourceBytes));
    return "";
  }
  const bool is_same = Contents(Source("", text)) == Contents(source);
  assert(is_same && "the layout changes white space, nothing else");
  return is_same ? text : source.text();
}

}  // namespace interleave
