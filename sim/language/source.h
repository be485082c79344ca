#pragma once
// Source text, positions in it, and the diagnostics that point at them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace interleave {

// A half-open range of byte offsets into one Source's text.
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

// One scenario file: its name as the user gave it, and its text. Immutable.
class Source {
 public:
  Source(std::string name, std::string text);

  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }
  // Whether this is a program in C rather than a scenario: by its name.
  bool is_c() const { return name_.ends_with(".c") || is_preprocessed(); }
  // A program in C whose headers the system's preprocessor has put into its text.
  bool is_preprocessed() const { return name_.ends_with(".i"); }

  LineColumn Locate(uint32_t offset) const;
  // The text of a 1-based line, without its newline (and without a '\r' before it).
  std::string_view Line(uint32_t line) const;
  std::string_view Slice(SourceRange range) const;
  uint32_t line_count() const { return static_cast<uint32_t>(line_starts_.size()); }

 private:
  std::string name_;
  std::string text_;
  std::vector<uint32_t> line_starts_;
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
