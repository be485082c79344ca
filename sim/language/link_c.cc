// Linking works on tokens, before anything is parsed, so that the parser need know nothing of
// units: it splits a unit into its items and reads off each what it declares. A declaration that
// cannot be read this way declares nothing here, and the parser complains of it or does not.

#include "sim/language/link_c.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace interleave {
namespace {

enum class NameSpace : uint8_t { kOrdinary, kTag };
using Key = std::pair<NameSpace, std::string>;

// What a name at file scope stands for.
enum class Meaning : uint8_t {
  kMention,    // declared, but not here: `extern int x;`, a prototype, `struct node;`
  kFunction,   // with its body
  kObject,     // `int x;`, also without an initialiser, as gcc has it
  kDefinition  // of a type or an enumerator
};

struct Declared {
  Key key;
  Meaning meaning = Meaning::kMention;
  SourceRange range;
};

// A declaration or definition at file scope.
struct UnitItem {
  std::size_t begin = 0;  // tokens
  std::size_t end = 0;
  std::vector<Declared> declares;
  bool is_static = false;
  bool is_extern = false;
  bool is_inline = false;
  bool is_typedef = false;
  // Two units may have the same one without a difference: nothing in it can change.
  bool may_be_shared = false;
  bool is_left_out = false;
};

bool IsMark(const Token& token, std::string_view text) {
  return token.kind == TokenKind::kPunctuator && token.text == text;
}

bool IsTagWord(const Token& token) {
  return token.kind == TokenKind::kIdentifier &&
         (token.text == "struct" || token.text == "union" || token.text == "enum");
}

// Words that stand in a declaration and are no name.
bool IsWord(const Token& token) {
  static const std::unordered_set<std::string_view> kWords = {
      "auto",       "char",         "const",         "double",        "enum",          "extern",
      "float",      "inline",       "int",           "long",          "register",      "restrict",
      "short",      "signed",       "static",        "struct",        "typedef",       "union",
      "unsigned",   "void",         "volatile",      "_Atomic",       "_Alignas",      "_Noreturn",
      "_Bool",      "bool",         "__inline",      "__inline__",    "noreturn",      "__asm__",
      "__restrict", "__restrict__", "__attribute__", "__extension__", "_Thread_local", "__thread"};
  return kWords.contains(token.text);
}

bool Opens(const Token& token) {
  return IsMark(token, "(") || IsMark(token, "[") || IsMark(token, "{");
}

bool Closes(const Token& token) {
  return IsMark(token, ")") || IsMark(token, "]") || IsMark(token, "}");
}

bool IsSame(const Token& a, const Token& b) {
  return a.kind == b.kind && a.text == b.text && a.value == b.value;
}

// The same token of the same header.
bool IsSamePlace(const Token& a, const Token& b) {
  return IsSame(a, b) && a.range.begin == b.range.begin && a.range.end == b.range.end;
}

const Key kMain = {NameSpace::kOrdinary, "main"};

struct Unit {
  std::size_t file = 0;
  bool is_program = false;  // one of several
  std::vector<Token> tokens;
  std::vector<UnitItem> items;
  std::map<Key, std::string> renamed;
  std::set<Key> own;  // what other units cannot mean by these names
  // The item that defines a name, or else one that mentions it; of a tag a definition only.
  std::map<Key, std::size_t> declared;
};

class ItemReader {
 public:
  explicit ItemReader(Unit& unit) : unit_(unit), tokens_(unit.tokens) {}

  // False: a `{` is never closed, which is that of `unclosed`.
  bool Split(SourceRange& unclosed) {
    std::vector<std::size_t> open;
    std::size_t begin = 0;
    for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
      bool is_end = false;
      if (Opens(tokens_[i])) open.push_back(i);
      if (Closes(tokens_[i]) && !open.empty()) {
        const std::size_t opened = open.back();
        open.pop_back();
        const bool is_body = IsMark(tokens_[i], "}") && opened > begin &&
                             (IsMark(tokens_[opened - 1], ")") || tokens_[begin].is_annotation);
        is_end = open.empty() && is_body;
      } else if (IsMark(tokens_[i], ";")) {
        is_end = open.empty();
      }
      if (!is_end) continue;
      Read(begin, i + 1);
      begin = i + 1;
    }
    if (begin + 1 < tokens_.size()) Read(begin, tokens_.size() - 1);
    for (const std::size_t opened : open) {
      if (!IsMark(tokens_[opened], "{")) continue;
      unclosed = tokens_[opened].range;
      return false;
    }
    return true;
  }

 private:
  // Behind the bracket that opens at `at`.
  std::size_t Behind(std::size_t at) const {
    int level = 0;
    for (; at < end_; ++at) {
      if (Opens(tokens_[at])) ++level;
      if (Closes(tokens_[at]) && --level == 0) return at + 1;
    }
    return end_;
  }

  void Read(std::size_t begin, std::size_t end) {
    end_ = end;
    UnitItem item;
    item.begin = begin;
    item.end = end;
    if (!tokens_[begin].is_annotation) ReadDeclaration(item);
    unit_.items.push_back(std::move(item));
  }

  void ReadDeclaration(UnitItem& item) {
    const Token* name = nullptr;
    bool is_call = false, has_pointer = false, is_const = false;
    const auto declare = [&](bool has_body) {
      if (name == nullptr) return;
      const Meaning meaning = item.is_typedef             ? Meaning::kDefinition
                              : has_body                  ? Meaning::kFunction
                              : is_call || item.is_extern ? Meaning::kMention
                                                          : Meaning::kObject;
      item.declares.push_back({{NameSpace::kOrdinary, name->text}, meaning, name->range});
      name = nullptr;
      is_call = false;
    };
    for (std::size_t i = item.begin; i < item.end;) {
      const Token& token = tokens_[i];
      if (IsTagWord(token)) {
        i = ReadTag(item, i + 1);
      } else if (token.kind == TokenKind::kIdentifier) {
        item.is_static = item.is_static || token.text == "static";
        item.is_extern = item.is_extern || token.text == "extern";
        item.is_inline = item.is_inline || token.text.find("inline") != std::string::npos;
        item.is_typedef = item.is_typedef || token.text == "typedef";
        is_const = is_const || token.text == "const";
        // Of `int (*name)(int)` the brackets are the declarator's.
        const bool takes_brackets = (token.text.starts_with("_") || token.text == "alignas") &&
                                    IsWord(token) && i + 1 < item.end &&
                                    IsMark(tokens_[i + 1], "(");
        if (!IsWord(token) && !is_call) name = &token;
        i = takes_brackets ? Behind(i + 1) : i + 1;
      } else if (IsMark(token, "(")) {
        // `(*name)(...)` is an object, `name(...)` a function.
        const bool is_pointer = i + 1 < item.end && IsMark(tokens_[i + 1], "*");
        for (std::size_t k = i + 1; is_pointer && k < item.end; ++k) {
          if (tokens_[k].kind != TokenKind::kIdentifier || IsWord(tokens_[k])) continue;
          name = &tokens_[k];
          break;
        }
        is_call = !is_pointer;
        has_pointer = has_pointer || is_pointer;
        i = Behind(i);
        if (is_pointer && i < item.end && IsMark(tokens_[i], "(")) i = Behind(i);
      } else if (IsMark(token, "=")) {
        declare(false);
        while (i < item.end && !IsMark(tokens_[i], ",") && !IsMark(tokens_[i], ";"))
          i = Opens(tokens_[i]) ? Behind(i) : i + 1;
      } else if (IsMark(token, "{")) {
        declare(true);
        i = Behind(i);
        item.may_be_shared = item.may_be_shared || !HasStatic(item);
      } else {
        if (IsMark(token, ",") || IsMark(token, ";")) declare(false);
        has_pointer = has_pointer || IsMark(token, "*");
        i = Opens(token) ? Behind(i) : i + 1;
      }
    }
    item.may_be_shared = item.may_be_shared || (is_const && !has_pointer);
  }

  bool HasStatic(const UnitItem& item) const {
    std::size_t count = 0;
    for (std::size_t i = item.begin; i < item.end; ++i)
      count += tokens_[i].text == "static" ? 1 : 0;
    return count > (item.is_static ? 1U : 0U);
  }

  // Behind `struct`, `union` or `enum`; gives what stands behind the type.
  std::size_t ReadTag(UnitItem& item, std::size_t at) {
    const bool is_enum = tokens_[at - 1].text == "enum";
    while (at < item.end && tokens_[at].text == "__attribute__") at = Behind(at + 1);
    const bool has_name = at < item.end && tokens_[at].kind == TokenKind::kIdentifier;
    const std::size_t name = at;
    if (has_name) ++at;
    const bool has_body = at < item.end && IsMark(tokens_[at], "{");
    if (has_name) {
      item.declares.push_back({{NameSpace::kTag, tokens_[name].text},
                               has_body ? Meaning::kDefinition : Meaning::kMention,
                               tokens_[name].range});
    }
    if (!has_body) return at;
    const std::size_t behind = Behind(at);
    for (std::size_t i = at; is_enum && i + 1 < behind; ++i) {
      const bool begins = i == at || IsMark(tokens_[i], ",");
      const Token& next = tokens_[i + 1];
      if (!begins || next.kind != TokenKind::kIdentifier) continue;
      item.declares.push_back(
          {{NameSpace::kOrdinary, next.text}, Meaning::kDefinition, next.range});
    }
    return behind;
  }

  Unit& unit_;
  const std::vector<Token>& tokens_;
  std::size_t end_ = 0;
};

class Linker {
 public:
  Linker(std::vector<UnitTokens> units, const Source& source, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics) {
    for (UnitTokens& unit : units) {
      units_.emplace_back();
      units_.back().file = unit.file;
      units_.back().tokens = std::move(unit.tokens);
    }
  }

  LinkedTokens Run() {
    if (source_.files().size() == 1) return {std::move(units_.front().tokens), {}, {}};
    for (Unit& unit : units_) {
      SourceRange unclosed;
      if (!ItemReader(unit).Split(unclosed)) {
        // The parser says it better.
        if (units_.size() == 1) return {std::move(unit.tokens), {}, {}};
        diagnostics_.Error(unclosed, "this `{` is never closed in its file");
        return Nothing();
      }
    }
    FindPrograms();
    for (Unit& unit : units_) FindOwn(unit);
    for (std::size_t u = 0; u < units_.size(); ++u) RenameIn(u);
    for (std::size_t u = 1; u < units_.size(); ++u) LeaveOut(u);
    ReportTwice();
    LeaveOutUncalled();
    std::vector<Token> all;
    for (Unit& unit : units_) Append(unit, all);
    all.push_back(units_.back().tokens.back());
    return {std::move(all), Programs(), std::move(uncalled_)};
  }

 private:
  LinkedTokens Nothing() const { return {{units_.back().tokens.back()}, {}, {}}; }

  // What a program defines is its own, as if it was `static`.
  void FindPrograms() {
    std::vector<Unit*> programs;
    for (Unit& unit : units_) {
      const bool has_main =
          std::any_of(unit.items.begin(), unit.items.end(), [](const UnitItem& item) {
            return std::any_of(
                item.declares.begin(), item.declares.end(), [](const Declared& declared) {
                  return declared.key == kMain && declared.meaning == Meaning::kFunction;
                });
          });
      if (has_main) programs.push_back(&unit);
    }
    if (programs.size() < 2) return;
    for (Unit* program : programs) {
      program->is_program = true;
      for (UnitItem& item : program->items) {
        for (const Declared& declared : item.declares) {
          item.is_static = item.is_static || declared.meaning == Meaning::kFunction ||
                           declared.meaning == Meaning::kObject;
        }
      }
    }
  }

  std::vector<ProgramStart> Programs() const {
    std::vector<ProgramStart> programs;
    for (const Unit& unit : units_) {
      if (!unit.is_program) continue;
      const auto renamed = unit.renamed.find(kMain);
      std::string name = StemOf(unit);
      const auto is_taken = [&](const ProgramStart& other) { return other.name == name; };
      while (std::any_of(programs.begin(), programs.end(), is_taken)) name += "_";
      programs.push_back(
          {name, renamed == unit.renamed.end() ? kMain.second : renamed->second, unit.file});
    }
    return programs;
  }

  static void FindOwn(Unit& unit) {
    std::set<Key> defined;
    for (std::size_t i = 0; i < unit.items.size(); ++i) {
      const UnitItem& item = unit.items[i];
      for (const Declared& declared : item.declares) {
        const bool is_tag = declared.key.first == NameSpace::kTag;
        if (declared.meaning == Meaning::kDefinition || (item.is_static && !is_tag))
          unit.own.insert(declared.key);
        const bool is_mention = declared.meaning == Meaning::kMention;
        if (is_mention && is_tag) continue;
        unit.declared.insert({declared.key, i});
        if (!is_mention && defined.insert(declared.key).second) unit.declared[declared.key] = i;
      }
    }
  }

  static const UnitItem* DefinitionOf(const Unit& unit, const Key& key) {
    const auto found = unit.declared.find(key);
    return found == unit.declared.end() ? nullptr : &unit.items[found->second];
  }

  template <class Equal>
  static bool AreSame(const Unit& a, const UnitItem& x, const Unit& b, const UnitItem& y,
                      Equal equal) {
    return std::equal(a.tokens.begin() + static_cast<std::ptrdiff_t>(x.begin),
                      a.tokens.begin() + static_cast<std::ptrdiff_t>(x.end),
                      b.tokens.begin() + static_cast<std::ptrdiff_t>(y.begin),
                      b.tokens.begin() + static_cast<std::ptrdiff_t>(y.end), equal);
  }

  // Whether what both units have of their own under this name is one and the same.
  bool MayShare(const Unit& unit, const Unit& other, const Key& key) const {
    const UnitItem* mine = DefinitionOf(unit, key);
    const UnitItem* theirs = DefinitionOf(other, key);
    if (mine == nullptr || theirs == nullptr || UsesRenamed(unit, *mine)) return false;
    if (UsesRenamed(other, *theirs)) return false;
    if (mine->is_static)
      return mine->may_be_shared && AreSame(unit, *mine, other, *theirs, IsSamePlace);
    return AreSame(unit, *mine, other, *theirs, IsSame);
  }

  static bool UsesRenamed(const Unit& unit, const UnitItem& item) {
    if (unit.renamed.empty()) return false;
    for (std::size_t i = item.begin; i < item.end; ++i) {
      const std::string& text = unit.tokens[i].text;
      if (unit.renamed.contains({NameSpace::kOrdinary, text}) ||
          unit.renamed.contains({NameSpace::kTag, text})) {
        return true;
      }
    }
    return false;
  }

  // Until nothing changes: what uses a renamed name is no longer what another unit has.
  void RenameIn(std::size_t u) {
    Unit& unit = units_[u];
    for (bool changed = true; changed;) {
      changed = false;
      for (const Key& key : unit.own) {
        if (unit.renamed.contains(key) || !IsTaken(u, key)) continue;
        unit.renamed[key] = NewName(unit, key.second);
        changed = true;
      }
    }
  }

  // Whether the name means something else in another unit, so that this one gives way.
  bool IsTaken(std::size_t u, const Key& key) const {
    for (std::size_t other = 0; other < units_.size(); ++other) {
      if (other == u) continue;
      const Unit& them = units_[other];
      const bool is_theirs = them.own.contains(key);
      if (is_theirs && (other > u || MayShare(units_[u], them, key))) continue;
      if (is_theirs && them.renamed.contains(key)) continue;
      if (is_theirs || (key.first == NameSpace::kOrdinary && DefinitionOf(them, key) != nullptr))
        return true;
    }
    return false;
  }

  std::string NewName(const Unit& unit, const std::string& name) {
    if (words_.empty()) {
      for (const Unit& any : units_) {
        for (const Token& token : any.tokens) words_.insert(token.text);
      }
    }
    std::string renamed = StemOf(unit) + "_" + name;
    while (!words_.insert(renamed).second) renamed += "_";
    return renamed;
  }

  // "buffer" for src/buffer.c, and a name in any case.
  std::string StemOf(const Unit& unit) const {
    std::string file = source_.files()[unit.file].short_name;
    file = file.substr(file.rfind('/') + 1);
    file = file.substr(0, file.rfind('.'));
    std::string stem;
    for (const char c : file) {
      const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      const bool is_digit = c >= '0' && c <= '9' && !stem.empty();
      stem += is_letter || is_digit ? c : '_';
    }
    return stem;
  }

  // What another unit has of the same header, or has written in the same words as a type.
  void LeaveOut(std::size_t u) {
    Unit& unit = units_[u];
    std::multimap<uint32_t, std::pair<const Unit*, const UnitItem*>> by_place;
    for (std::size_t other = 0; other < u; ++other) {
      for (const UnitItem& item : units_[other].items) {
        if (!item.is_left_out)
          by_place.insert({units_[other].tokens[item.begin].range.begin, {&units_[other], &item}});
      }
    }
    for (UnitItem& item : unit.items) {
      if (UsesRenamed(unit, item)) continue;
      const auto [first, last] = by_place.equal_range(unit.tokens[item.begin].range.begin);
      for (auto it = first; it != last; ++it) {
        const auto& [other, theirs] = it->second;
        if (UsesRenamed(*other, *theirs)) continue;
        item.is_left_out = item.is_left_out || AreSame(unit, item, *other, *theirs, IsSamePlace);
      }
      for (const Declared& declared : item.declares) {
        if (item.is_left_out) break;
        if (declared.meaning != Meaning::kDefinition) continue;
        for (std::size_t other = 0; other < u; ++other) {
          item.is_left_out = item.is_left_out || (units_[other].own.contains(declared.key) &&
                                                  !units_[other].renamed.contains(declared.key) &&
                                                  MayShare(unit, units_[other], declared.key));
        }
      }
    }
  }

  // What two units define for all.
  void ReportTwice() {
    struct Place {
      const Unit* unit;
      SourceRange range;
    };
    std::map<std::string, Place> known;
    for (const Unit& unit : units_) {
      for (const UnitItem& item : unit.items) {
        for (const Declared& declared : item.declares) {
          const bool defines =
              declared.meaning == Meaning::kFunction || declared.meaning == Meaning::kObject;
          if (!defines || item.is_inline || unit.own.contains(declared.key)) continue;
          const auto [it, is_new] = known.insert({declared.key.second, {&unit, declared.range}});
          if (is_new || it->second.unit == &unit) continue;
          Report(declared, it->second.range);
        }
      }
    }
  }

  // Functions of headers that nobody names: what they hold does nothing, and need not be
  // understood.
  void LeaveOutUncalled() {
    struct Candidate {
      const Unit* unit;
      UnitItem* item;
    };
    std::multimap<std::string, Candidate> candidates;
    std::vector<Candidate> reached;
    for (Unit& unit : units_) {
      for (UnitItem& item : unit.items) {
        if (item.is_left_out) continue;
        const bool is_of_header = !source_.FileAt(unit.tokens[item.begin].range.begin).is_unit;
        // Beside the type that it gives, a function declares itself only.
        const auto function = std::find_if(
            item.declares.begin(), item.declares.end(),
            [](const Declared& declared) { return declared.meaning != Meaning::kMention; });
        if (is_of_header && function != item.declares.end() &&
            function->meaning == Meaning::kFunction && function->key.second != "main") {
          candidates.insert({function->key.second, {&unit, &item}});
        } else {
          reached.push_back({&unit, &item});
        }
      }
    }
    std::set<std::string> names;
    while (!reached.empty()) {
      const Candidate at = reached.back();
      reached.pop_back();
      for (std::size_t i = at.item->begin; i < at.item->end; ++i) {
        const std::string& name = at.unit->tokens[i].text;
        const auto [first, last] = candidates.equal_range(name);
        if (first == last || !names.insert(name).second) continue;
        for (auto it = first; it != last; ++it) reached.push_back(it->second);
      }
    }
    for (auto& [name, at] : candidates) {
      if (names.contains(name)) continue;
      at.item->is_left_out = true;
      uncalled_.push_back({at.unit->tokens[at.item->begin].range.begin,
                           at.unit->tokens[at.item->end - 1].range.end});
    }
  }

  void Report(const Declared& declared, SourceRange before) {
    const std::string& name = declared.key.second;
    if (declared.range.begin == before.begin) {
      diagnostics_.Error(declared.range,
                         "`" + name + "` is defined in a header that several files include",
                         declared.meaning == Meaning::kObject
                             ? "declare it `extern` here, and define it in one of the files"
                             : "declare it here, and define it in one of the files; or make it "
                               "`static inline`");
      return;
    }
    diagnostics_.Error(declared.range, "`" + name + "` is defined in two files",
                       declared.meaning == Meaning::kObject
                           ? "declare it `extern` in one of them, or `static` in each if it is "
                             "meant to be two"
                           : "make it `static` in each if it is meant to be two");
    diagnostics_.Explain(before, "defined here, too");
  }

  // Members and labels have names of their own, which stay.
  static void Append(const Unit& unit, std::vector<Token>& all) {
    for (const UnitItem& item : unit.items) {
      if (item.is_left_out) continue;
      std::vector<bool> in_struct;  // by open bracket
      // Of `offsetof(struct s, member)`, from the comma to the bracket.
      std::size_t names_member = 0, names_none = 0;
      bool opens_struct = false;
      for (std::size_t i = item.begin; i < item.end; ++i) {
        Token token = unit.tokens[i];
        const Token* before = i > item.begin ? &unit.tokens[i - 1] : nullptr;
        const Token& after = unit.tokens[i + 1];
        if (Opens(token)) in_struct.push_back(IsMark(token, "{") && opens_struct);
        if (Closes(token) && !in_struct.empty()) in_struct.pop_back();
        const bool is_tag = before != nullptr && IsTagWord(*before);
        if (token.text == "offsetof" && IsMark(after, "(")) {
          int level = 0;
          for (std::size_t k = i + 1; k < item.end; ++k) {
            if (Opens(unit.tokens[k])) ++level;
            if (level == 1 && IsMark(unit.tokens[k], ",")) names_member = k;
            names_none = k;
            if (Closes(unit.tokens[k]) && --level == 0) break;
          }
        }
        if (IsTagWord(token)) {
          opens_struct = token.text != "enum";
        } else if (!is_tag) {
          opens_struct = false;
        }
        if (token.kind == TokenKind::kIdentifier && !unit.renamed.empty()) {
          const bool is_member =
              (names_member < i && i < names_none) ||
              (before != nullptr && (IsMark(*before, ".") || IsMark(*before, "->"))) ||
              (!in_struct.empty() && in_struct.back() &&
               (IsMark(after, ";") || IsMark(after, ",") || IsMark(after, "[") ||
                IsMark(after, ":")));
          const auto found =
              unit.renamed.find({is_tag ? NameSpace::kTag : NameSpace::kOrdinary, token.text});
          if (found != unit.renamed.end() && !is_member) token.text = found->second;
        }
        all.push_back(std::move(token));
      }
    }
  }

  const Source& source_;
  Diagnostics& diagnostics_;
  std::vector<Unit> units_;
  std::set<std::string> words_;  // that stand anywhere
  std::vector<SourceRange> uncalled_;
};

}  // namespace

LinkedTokens LinkUnits(std::vector<UnitTokens> units, const Source& source,
                       Diagnostics& diagnostics) {
  return Linker(std::move(units), source, diagnostics).Run();
}

}  // namespace interleave
