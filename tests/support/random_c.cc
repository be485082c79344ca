// The three texts of a random program, from one text with marks.

#include "tests/support/random_c.h"

#include <cassert>
#include <string_view>
#include <utility>

#include "tests/support/random_c_generator.h"

namespace interleave {
namespace {

constexpr std::string_view kKeep = "({ volatile __auto_type kept = (";
constexpr std::string_view kKept = "); kept; })";
constexpr std::string_view kFirst = "({ volatile __auto_type first = (";
constexpr std::string_view kThen = "); first";
constexpr std::string_view kDone = "; })";

// Text that knows the line and column of its end.
class Page {
 public:
  void Put(char c) {
    text_ += c;
    if (c == '\n') {
      ++at_.line;
      at_.column = 1;
    } else {
      ++at_.column;
    }
  }
  void Put(std::string_view text) {
    for (const char c : text) Put(c);
  }
  LineColumn at() const { return at_; }
  std::string Take() { return std::move(text_); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  LineColumn at_;
};

void ReplaceLine(std::string& text, std::string_view line, std::string_view by) {
  const std::size_t at = text.find(line);
  assert(at != std::string::npos && "every program has this line");
  text.replace(at, line.size(), by);
}

// Lines stay lines; the two that are replaced hold no operation.
std::string AsFunction(std::string text, int number) {
  text.erase(0, text.find('\n'));  // the declaration of `result`
  ReplaceLine(text, "\nprocess run {\n", "\nvoid p" + std::to_string(number) + "(void) {\n");
  return text;
}

}  // namespace

CProgram RenderProgram(const std::string& marked, uint64_t seed, int number) {
  CProgram program;
  program.seed = seed;
  Page page;
  Page sanitized;
  struct Open {
    FallibleOperation operation;
    bool is_kept;
  };
  std::vector<Open> open;
  const auto close = [&] {
    open.back().operation.range.end = static_cast<uint32_t>(page.text().size());
    program.operations.push_back(open.back().operation);
    open.pop_back();
  };
  std::string target;  // of a compound assignment, while it is read
  for (const char c : marked) {
    switch (c) {
      case mark::kOperation:
      case mark::kPlace: {
        Open fresh{{}, c == mark::kOperation};
        fresh.operation.range.begin = static_cast<uint32_t>(page.text().size());
        if (fresh.is_kept) sanitized.Put(kKeep);
        open.push_back(fresh);
        break;
      }
      case mark::kOperator: open.back().operation.operation = sanitized.at(); break;
      case mark::kEnd:
        if (open.back().is_kept) sanitized.Put(kKept);
        close();
        break;
      case mark::kKeep: sanitized.Put(kKeep); break;
      case mark::kKept: sanitized.Put(kKept); break;
      case mark::kFirst: sanitized.Put(kFirst); break;
      case mark::kThen: sanitized.Put(kThen); break;
      case mark::kDone: sanitized.Put(kDone); break;
      case mark::kCompound:
        open.push_back({{{static_cast<uint32_t>(page.text().size()), 0}, {}}, true});
        break;
      case mark::kCompoundOperator:
        target = page.text().substr(open.back().operation.range.begin);
        sanitized.Put(" = ");
        sanitized.Put(kKeep);
        sanitized.Put(target + " ");
        page.Put(' ');
        open.back().operation.operation = sanitized.at();
        break;
      case mark::kCompoundValue:
        page.Put("= ");
        sanitized.Put(' ');
        break;
      case mark::kCompoundEnd:
        sanitized.Put(kKept);
        close();
        break;
      default: page.Put(c); sanitized.Put(c);
    }
  }
  assert(open.empty() && "every mark is closed");
  program.scenario = page.Take();
  program.plain = AsFunction(program.scenario, number);
  program.sanitized = AsFunction(sanitized.Take(), number);
  return program;
}

CProgram HandWrittenProgram(const std::string& outside, const std::string& body, int number) {
  const std::string cells = std::to_string(CProgram::kResultCells);
  return RenderProgram(
      "shared long result[" + cells + "] = {0};\n" + outside + "process run {\n" + body + "}\n", 0,
      number);
}

}  // namespace interleave
