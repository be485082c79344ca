#pragma once
// Source text, positions in it, and the diagnostics that point at them.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace interleave {

// A half-open range of byte offsets into one Source's text; both ends lie in the same file.
struct SourceRange {
  uint32_t begin = 0;
  uint32_t end = 0;
};

// Smallest range that covers both.
SourceRange Join(SourceRange a, SourceRange b);

// 1-based; columns count bytes.
struct LineColumn {
  uint32_t line = 1;
  uint32_t column = 1;
};

// One of the files that a program in C is made of.
struct SourceFile {
  std::string name;  // as the user knows it: "work/buffer.h"
  std::string text;
  // What `#include "..."` in it means: as written there, and the number of the file among all.
  std::map<std::string, std::size_t> includes = {};
  bool is_unit = true;    // a `.c` file of the program rather than a header
  bool is_found = false;  // another file led to it, so who calls the program need not name it
};

// A scenario: its name as the user gave it, and its text. A program in C may be several files, of
// which the text holds one behind the other, each once; so an offset into it names a file and a
// place there. Immutable.
class Source {
 public:
  // Where a file lies in the text.
  struct File {
    std::string name;
    std::string short_name;  // without its folders, where no other file has that
    uint32_t begin = 0;
    uint32_t end = 0;
    uint32_t first_index = 1;  // the LineIndex of its first line
    std::map<std::string, std::size_t> includes;
    bool is_unit = true;
    bool is_found = false;
  };

  Source(std::string name, std::string text);
  // The first is the one that gives the program its name. REQUIRES: there is one; together they
  // have less than 4 GiB.
  explicit Source(std::vector<SourceFile> files);

  const std::string& name() const { return files_.front().name; }
  const std::string& text() const { return text_; }
  const std::vector<File>& files() const { return files_; }
  // Whether this is a program in C rather than a scenario: by its name.
  bool is_c() const { return name().ends_with(".c") || is_preprocessed(); }
  // A program in C whose headers the system's preprocessor has put into its text.
  bool is_preprocessed() const { return name().ends_with(".i"); }
  // Whether this is what `#include` brings: by its name, or by that of its file.
  bool is_header() const { return name().ends_with(".h") || name().ends_with(".h.scn"); }

  const File& FileAt(uint32_t offset) const;
  // In its file.
  LineColumn Locate(uint32_t offset) const;
  // The number of the line among those of all files, from 1: in the first file that of Locate.
  uint32_t LineIndex(uint32_t offset) const;
  // "24"; "buffer.h:24" in another file than the first. The second takes a LineIndex.
  std::string LineName(uint32_t offset) const;
  std::string NameOfLine(uint32_t index) const;
  // The text of a line by its LineIndex, without its newline (and without a '\r' before it).
  std::string_view Line(uint32_t index) const;
  // What of the range lies in the file where it begins.
  std::string_view Slice(SourceRange range) const;
  uint32_t line_count() const { return static_cast<uint32_t>(line_starts_.size()); }

 private:
  std::string text_;
  std::vector<uint32_t> line_starts_;
  std::vector<File> files_;
};

// Files above this size are refused: a scenario is written by a person.
inline constexpr std::size_t kMaxSourceBytes = std::size_t{1} << 20;

enum class Severity { kError, kWarning, kNote };

struct Diagnostic {
  Severity severity = Severity::kError;
  SourceRange range;
  std::string message;
  std::string hint;         // empty: none
  bool explains = false;    // a note that belongs to the diagnostic before it
  bool is_vacuity = false;  // a warning of what checks nothing
};

// A place of the text where the caller's `--define` put another value.
struct DefineUse {
  SourceRange range;
  std::string name;
  std::string setting;  // "N=abc"
};

// Collects what is wrong with one source. At most kMaxErrors errors are kept; later ones are
// counted. At most kMaxWarnings warnings and notes are kept.
class Diagnostics {
 public:
  static constexpr std::size_t kMaxErrors = 20;
  static constexpr std::size_t kMaxWarnings = 100;

  void Error(SourceRange range, std::string message, std::string hint = {});
  void Warning(SourceRange range, std::string message, std::string hint = {});
  // A warning of what checks nothing, which who asks for it may count as a failure.
  void Vacuity(SourceRange range, std::string message, std::string hint = {});
  void Note(SourceRange range, std::string message, std::string hint = {});
  // From here on what was said of a place already is not said again: a header that several files
  // include is read several times.
  void SayOnce() { says_once_ = true; }
  // A note on the diagnostic reported last: shown right after it, left out when that was left out.
  void Explain(SourceRange range, std::string message);

  // Errors at exactly such a place are about what the caller said: they name the option instead,
  // and the place in a note.
  void BlameDefines(const std::vector<DefineUse>& uses);

  bool has_errors() const { return error_count_ > 0; }
  std::size_t error_count() const { return error_count_; }
  bool has_vacuities() const { return has_vacuities_; }
  // In the order of position, explanations behind what they explain; equal positions keep the
  // order of report.
  std::vector<Diagnostic> Sorted() const;

  // "file:line:col: error: message", the source line, a caret line with '~' under the rest of the
  // range, "hint: ..."; a last line when errors were left out. Tabs are kept so that carets align;
  // bytes that are not printable ASCII or valid UTF-8 are shown as '?', lines over 160 bytes cut.
  std::string Render(const Source& source, bool color = false) const;

 private:
  void Add(Severity severity, SourceRange range, std::string message, std::string hint);

  std::vector<Diagnostic> diagnostics_;
  std::size_t error_count_ = 0;
  std::size_t warning_count_ = 0;
  bool has_vacuities_ = false;
  bool last_was_kept_ = false;
  bool says_once_ = false;
};

// The length in bytes of the UTF-8 character at the start of `text` (RFC 3629: shortest form, no
// surrogates), or 0 if none stands there.
std::size_t Utf8Length(std::string_view text);

// `text` between backquotes, cut after 40 bytes.
std::string Quoted(std::string_view text);

// The candidate nearest to `name` (Damerau-Levenshtein distance at most 2 and at most a third of
// its length, rounded up), or empty. For "did you mean `out`?".
std::string NearestName(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace interleave
