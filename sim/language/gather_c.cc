// The preprocessor knows which conditions are true, and so which headers a program needs; but a
// Source is immutable, and it has to be there before. So all headers are read that any line of the
// text names, and the preprocessor takes what it needs: it alone complains.

#include "sim/language/gather_c.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "sim/language/lexer.h"
#include "sim/language/scanner.h"

namespace interleave {
namespace {

constexpr std::size_t kMostFiles = 500;
constexpr std::size_t kMostBytes = std::size_t{16} << 20;  // of all files together

// "own.h" of `#include "own.h"`; empty: it is something else.
std::string IncludedName(std::string_view directive) {
  const auto skip = [&] {
    directive.remove_prefix(std::min(directive.find_first_not_of(" \t"), directive.size()));
  };
  directive.remove_prefix(1);  // `#`
  skip();
  constexpr std::string_view kWord = "include";
  if (!directive.starts_with(kWord)) return "";
  directive.remove_prefix(kWord.size());
  skip();
  if (!directive.starts_with('"')) return "";
  directive.remove_prefix(1);
  const std::size_t close = directive.find('"');
  return close == std::string_view::npos ? "" : std::string(directive.substr(0, close));
}

class Gatherer {
 public:
  Gatherer(std::vector<SourceFile> units, const ReadSourceFile& read) : read_(read) {
    for (SourceFile& unit : units) {
      if (numbers_.contains(Normal(unit.name))) continue;  // named twice
      numbers_[Normal(unit.name)] = files_.size();
      bytes_ += unit.text.size();
      files_.push_back(std::move(unit));
    }
  }

  std::vector<SourceFile> Run() {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const Source alone(files_[i].name, files_[i].text);
      Diagnostics unheard;
      for (const Token& token : LexRaw(alone, unheard)) {
        if (token.kind == TokenKind::kDirective) {
          const std::string name = IncludedName(alone.Slice(token.range));
          if (!name.empty()) Find(i, name);
        } else if (token.kind == TokenKind::kComment) {
          for (const WithFile& with : ReadWith(alone, token.range)) {
            if (const auto number = Find(i, with.name)) files_[*number].is_unit = true;
          }
        }
      }
    }
    return std::move(files_);
  }

 private:
  static std::string Normal(const std::string& path) {
    return std::filesystem::path(path).lexically_normal().string();
  }

  std::optional<std::size_t> Find(std::size_t from, const std::string& spelling) {
    for (const std::size_t beside : {from, std::size_t{0}}) {
      const std::string path = PathBeside(files_[beside].name, spelling);
      auto known = numbers_.find(Normal(path));
      if (known == numbers_.end()) {
        if (!read_ || files_.size() >= kMostFiles || !missing_.insert(path).second) continue;
        std::optional<std::string> text = read_(path);
        if (!text || bytes_ + text->size() > kMostBytes) continue;
        bytes_ += text->size();
        known = numbers_.emplace(Normal(path), files_.size()).first;
        missing_.erase(path);
        files_.push_back({path, std::move(*text), {}, false, true});
      }
      files_[from].includes[spelling] = known->second;
      return known->second;
    }
    return std::nullopt;
  }

  const ReadSourceFile& read_;
  std::vector<SourceFile> files_;
  std::map<std::string, std::size_t> numbers_;  // by path
  std::set<std::string> missing_;
  std::size_t bytes_ = 0;
};

}  // namespace

std::string PathBeside(const std::string& from, const std::string& spelling) {
  const std::filesystem::path folder = std::filesystem::path(from).parent_path();
  return (folder / spelling).lexically_normal().string();
}

std::vector<WithFile> ReadWith(const Source& source, SourceRange comment) {
  std::vector<WithFile> files;
  if (!source.Slice(comment).starts_with("//@")) return files;
  Diagnostics unheard;
  Scanner scanner(source.text(), comment.begin + 3, comment.end, Scanner::Mode::kDirective,
                  unheard);
  if (scanner.Next().text != "with") return files;
  for (;;) {
    Token token = scanner.Next();
    if (token.kind != TokenKind::kString) return {};
    files.push_back({std::move(token.text), token.range});
    const Token behind = scanner.Next();
    if (behind.text == ";") return files;
    if (behind.text != ",") return {};
  }
}

bool HasMain(const Source& source) {
  Diagnostics diagnostics;
  const std::vector<Token> tokens = Lex(source, {}, diagnostics).tokens;
  if (diagnostics.has_errors()) return true;
  int depth = 0;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    const std::string& text = tokens[i].text;
    const bool is_mark = tokens[i].kind == TokenKind::kPunctuator;
    if (is_mark && (text == "{" || text == "(")) ++depth;
    if (is_mark && (text == "}" || text == ")")) --depth;
    const Source::File& file = source.FileAt(tokens[i].range.begin);
    if (depth != 0 || text != "main" || (file.is_unit && file.begin > 0)) continue;
    int level = 0;
    std::size_t end = i + 1;
    for (; end < tokens.size(); ++end) {
      if (tokens[end].text == "(") ++level;
      if (tokens[end].text == ")") --level;
      if (level == 0) break;
    }
    if (end + 1 < tokens.size() && tokens[end].text == ")" && tokens[end + 1].text == "{")
      return true;
  }
  return false;
}

Source GatherSource(std::vector<SourceFile> units, const ReadSourceFile& read) {
  if (!units.front().name.ends_with(".c"))
    return Source(std::move(units.front().name), std::move(units.front().text));
  if (units.size() > 1) {
    std::stable_partition(units.begin(), units.end(), [&](const SourceFile& unit) {
      return HasMain(Source(Gatherer({unit}, read).Run()));
    });
  }
  return Source(Gatherer(std::move(units), read).Run());
}

}  // namespace interleave
