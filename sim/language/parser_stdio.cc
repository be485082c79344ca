// Programs in C: calls that print, that write into a text, and that read. What they do is in their
// format, so they are taken apart here.
//
// What is printed is no part of the state: arguments are evaluated, in order; where processes share
// what they map, a text that is printed is read, byte by byte. `sprintf` becomes
// calls of what <stdio.h> brings for each part of the format. What is read may be anything: `scanf`
// of a number is a choice.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sim/language/parser_private.h"

namespace interleave {
namespace {

constexpr uint64_t kMostRead = 3;  // `scanf` of a number gives 0 to this

// A part of a format: a text, or a conversion such as `%5ld`.
struct FormatPart {
  std::string text;
  std::string written;  // a conversion as it stands there
  char conversion = 0;  // 0: a text
  bool is_zero_filled = false;
  bool is_left_out = false;  // `%*d`
  uint64_t width = 0;
};

std::vector<FormatPart> PartsOf(const std::string& format) {
  std::vector<FormatPart> parts;
  std::string text;
  const auto flush = [&] {
    if (!text.empty()) parts.emplace_back().text = std::exchange(text, {});
  };
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      text += format[i];
      continue;
    }
    FormatPart part;
    const std::size_t begin = i;
    for (++i; i < format.size(); ++i) {
      const char c = format[i];
      if (c == '0' && part.width == 0) {
        part.is_zero_filled = true;
      } else if (c >= '0' && c <= '9') {
        part.width = std::min<uint64_t>(part.width * 10 + static_cast<uint64_t>(c - '0'), 1000);
      } else if (c == '*') {
        part.is_left_out = true;
      } else if (std::string_view("-+ #.lhzjtL").find(c) == std::string_view::npos) {
        part.conversion = c;
        break;
      }
    }
    if (part.conversion == '%') {
      text += '%';
    } else if (part.conversion != 0) {
      flush();
      part.written = format.substr(begin, i + 1 - begin);
      parts.push_back(part);
    }
  }
  flush();
  return parts;
}

}  // namespace

ExprPtr Parser::MakeNumber(uint64_t value, SourceRange range) const {
  ExprPtr number = MakeExpr(ExprKind::kInteger, range);
  number->value = value;
  number->literal_bits = value > 0x7fffffff ? 64 : 32;
  return number;
}

ExprPtr Parser::MakeCall(const std::string& name, std::vector<ExprPtr> arguments,
                         SourceRange range) const {
  ExprPtr call = MakeExpr(ExprKind::kCall, range);
  call->name = name;
  call->operands = std::move(arguments);
  return call;
}

// `before, after`; null: nothing before.
ExprPtr Parser::Then(ExprPtr before, ExprPtr after) const {
  if (before == nullptr) return after;
  ExprPtr both = MakeExpr(ExprKind::kBinary, after->range);
  both->op = Op::kComma;
  both->operands.push_back(std::move(before));
  both->operands.push_back(std::move(after));
  return both;
}

// Each value is printed where it is evaluated, with what stands before it in the format.
ExprPtr Parser::ParsePrint(std::size_t first) {
  static const std::unordered_map<std::string_view, const char*> kPrints = {
      {"printf", ""},  {"fprintf", ""},  {"dprintf", ""},   {"puts", "%s"},
      {"fputs", "%s"}, {"perror", "%s"}, {"putchar", "%c"}, {"fputc", "%c"},
      {"putc", "%c"},  {"fflush", ""},   {"setvbuf", ""},   {"setbuf", ""}};
  const Token token = Peek();
  const bool is_stub = stubs_.contains(token.text);
  const bool is_print = kPrints.contains(token.text) && !program_functions_.contains(token.text);
  if (!is_stub && !is_print) return nullptr;
  const bool takes_format = is_print && token.text.ends_with("printf");
  const std::string format = is_print ? kPrints.at(token.text) : "";
  Next();
  Next();
  ExprPtr all;
  std::vector<FormatPart> parts = PartsOf(format);
  std::size_t next = 0;
  std::string text;  // before the next value
  const auto take_texts = [&] {
    while (next < parts.size() && parts[next].conversion == 0) text += parts[next++].text;
  };
  while (!panic_ && !Is(")") && !AtEnd()) {
    const bool is_stream = Is("stdout") || Is("stderr") || Is("stdin");
    if (is_stream) {
      Next();
    } else {
      ExprPtr argument = ParseAssignment();
      take_texts();
      const bool is_width = next < parts.size() && parts[next].is_left_out;
      if (takes_format && parts.empty() && argument->kind == ExprKind::kString) {
        parts = PartsOf(argument->name);
      } else if (is_width) {  // `%*d` takes one for the width
        parts[next].is_left_out = false;
        std::erase(parts[next].written, '*');
        all = Then(std::move(all), std::move(argument));
      } else if (next < parts.size() && argument->kind == ExprKind::kString) {
        text += argument->name;
        ++next;
      } else if (next < parts.size()) {
        all = Then(std::move(all), MakePrint(text, parts[next++].written, std::move(argument)));
        text.clear();
      } else if (argument->kind != ExprKind::kString) {
        all = Then(std::move(all), std::move(argument));
      }
    }
    if (!Accept(",")) break;
  }
  Expect(")", "after the arguments of `" + token.text + "`");
  take_texts();
  if (token.text == "puts" || token.text == "perror") text += '\n';
  if (!text.empty()) all = Then(std::move(all), MakePrint(text, "", nullptr));
  ExprPtr result = Then(std::move(all), MakeNumber(0, token.range));
  result->range = Since(first);
  return result;
}

// Where processes share what they map, a text that is printed whole is read to its end.
ExprPtr Parser::MakePrint(const std::string& text, const std::string& conversion,
                          ExprPtr value) const {
  const SourceRange range = value != nullptr ? value->range : Here();
  std::vector<ExprPtr> arguments;
  const auto add_text = [&](const std::string& what) {
    arguments.push_back(MakeExpr(ExprKind::kString, range));
    arguments.back()->name = what;
  };
  add_text(text);
  if (value == nullptr) return MakeCall("library_print", std::move(arguments), range);
  const bool is_read =
      forks_ && conversion.ends_with('s') && conversion.find('.') == std::string::npos;
  if (!is_read) {
    add_text(conversion);
    arguments.push_back(std::move(value));
    return MakeCall("library_print", std::move(arguments), range);
  }
  ExprPtr before = text.empty() ? nullptr : MakeCall("library_print", std::move(arguments), range);
  std::vector<ExprPtr> read;
  read.push_back(std::move(value));
  return Then(std::move(before), MakeCall("library_print_text", std::move(read), range));
}

// `//@ stub beep, draw;`: calls of these functions, whose text is not here, evaluate their
// arguments, change nothing and give 0.
void Parser::ParseStubs() {
  Next();
  do {
    if (Peek().kind != TokenKind::kIdentifier) {
      FailHere("the name of a function");
      return;
    }
    stubs_.insert(Next().text);
  } while (Accept(","));
  ExpectSemicolon("the names of functions");
}

std::optional<std::string> Parser::ParseFormat(const std::string& of) {
  if (panic_ || Peek().kind != TokenKind::kString) {
    Fail(Here(), "the format of `" + of + "` is not written here", "write it as a string");
    return std::nullopt;
  }
  std::string format;
  while (Peek().kind == TokenKind::kString) format += Next().text;
  return format;
}

ExprPtr Parser::ParseAgain(std::size_t token) {
  const std::size_t here = std::exchange(position_, token);
  ExprPtr expr = ParseAssignment();
  position_ = here;
  return expr;
}

// `sprintf(to, "%s: %d", name, number)` becomes
// library_put_end(to, size, library_put_number(to, size, ...)), from the inside out.
ExprPtr Parser::ParseFormatted(std::size_t first) {
  const Token token = Peek();
  const bool has_size = token.text == "snprintf";
  if ((!has_size && token.text != "sprintf") || program_functions_.contains(token.text))
    return nullptr;
  Next();
  Next();
  // The text that is written, and its size, stand in the tree once for each part of the format.
  const std::size_t to = position_;
  std::size_t size = 0;
  ParseAssignment();
  Expect(",", "after the text to write to");
  if (has_size) {
    size = position_;
    ParseAssignment();
    Expect(",", "after the size of the text");
  }
  const std::optional<std::string> format = ParseFormat(token.text);
  if (!format) return ErrorExpr();
  const auto again = [&](std::size_t from) {
    if (from == 0) return MakeNumber(uint64_t{1} << 40, token.range);
    return ParseAgain(from);
  };
  const auto call = [&](const char* name, ExprPtr written, ExprPtr value) {
    std::vector<ExprPtr> arguments;
    arguments.push_back(again(to));
    arguments.push_back(again(size));
    arguments.push_back(std::move(written));
    if (value != nullptr) arguments.push_back(std::move(value));
    return MakeCall(name, std::move(arguments), token.range);
  };
  ExprPtr written = MakeNumber(0, token.range);
  for (const FormatPart& part : PartsOf(*format)) {
    if (part.conversion == 0) {
      ExprPtr text = MakeExpr(ExprKind::kString, token.range);
      text->name = part.text;
      written = call("library_put_text", std::move(written), std::move(text));
      continue;
    }
    if (!Accept(",")) {
      FailHere("an argument for `%" + std::string(1, part.conversion) + "`");
      return ErrorExpr();
    }
    const SourceRange range = Here();
    ExprPtr value = ParseAssignment();
    switch (part.conversion) {
      case 's': written = call("library_put_text", std::move(written), std::move(value)); break;
      case 'c':
        written = call("library_put_character", std::move(written), std::move(value));
        break;
      case 'd':
      case 'i':
      case 'u':
      case 'x':
        written = call(part.conversion == 'x' ? "library_put_hexadecimal" : "library_put_number",
                       std::move(written), std::move(value));
        written->operands.push_back(MakeNumber(part.width, token.range));
        written->operands.push_back(MakeNumber(part.is_zero_filled ? '0' : ' ', token.range));
        break;
      default:
        Report(
            range,
            "`" + token.text + "` cannot write `%" + std::string(1, part.conversion) + "` so far",
            "write whole numbers (%d), characters (%c) and texts (%s)");
    }
  }
  while (Accept(",")) ParseAssignment();
  Expect(")", "after the arguments of `" + token.text + "`");
  ExprPtr result = call("library_put_end", std::move(written), nullptr);
  result->range = Since(first);
  return result;
}

// `sscanf(text, "%d", &n)` becomes library_scan_end(library_scan_number(&n, text, 0, ...)),
// likewise from the inside out.
ExprPtr Parser::ParseTextScan(std::size_t first) {
  const Token token = Peek();
  if (token.text != "sscanf" || program_functions_.contains(token.text)) return nullptr;
  constexpr uint64_t kAnyWidth = 1'000'000;
  Next();
  Next();
  const std::size_t text = position_;
  ParseAssignment();
  Expect(",", "after the text to read");
  const std::optional<std::string> format = ParseFormat(token.text);
  if (!format) return ErrorExpr();
  ExprPtr state = MakeNumber(0, token.range);
  for (const FormatPart& part : PartsOf(*format)) {
    std::vector<ExprPtr> arguments;
    if (part.conversion == 0) {
      // Any space stands for as many as there are.
      ExprPtr wanted = MakeExpr(ExprKind::kString, token.range);
      wanted->name = part.text;
      std::replace_if(
          wanted->name.begin(), wanted->name.end(), [](char c) { return c >= '\t' && c <= '\r'; },
          ' ');
      arguments.push_back(ParseAgain(text));
      arguments.push_back(std::move(state));
      arguments.push_back(std::move(wanted));
      state = MakeCall("library_scan_text", std::move(arguments), token.range);
      continue;
    }
    const SourceRange range = Here();
    const bool is_number = std::string_view("diux").find(part.conversion) != std::string_view::npos;
    if (part.is_left_out || (!is_number && part.conversion != 'c' && part.conversion != 's')) {
      Report(range,
             "`" + token.text + "` cannot read `%" + std::string(part.is_left_out ? "*" : "") +
                 std::string(1, part.conversion) + "` so far",
             "read whole numbers (%d, %x), characters (%c) and words (%s)");
      if (!Accept(",")) continue;
      ParseAssignment();
      continue;
    }
    if (!Accept(",")) {
      FailHere("an argument for `%" + std::string(1, part.conversion) + "`");
      return ErrorExpr();
    }
    arguments.push_back(ParseAssignment());
    arguments.push_back(ParseAgain(text));
    arguments.push_back(std::move(state));
    if (is_number) {
      arguments.push_back(MakeNumber(part.conversion == 'x'   ? 16
                                     : part.conversion == 'i' ? 0
                                                              : 10,
                                     token.range));
    }
    if (part.conversion != 'c')
      arguments.push_back(MakeNumber(part.width == 0 ? kAnyWidth : part.width, token.range));
    const char* const name = is_number                ? "library_scan_number"
                             : part.conversion == 'c' ? "library_scan_character"
                                                      : "library_scan_word";
    state = MakeCall(name, std::move(arguments), range);
  }
  while (Accept(",")) ParseAssignment();
  Expect(")", "after the arguments of `" + token.text + "`");
  std::vector<ExprPtr> arguments;
  arguments.push_back(std::move(state));
  ExprPtr result = MakeCall("library_scan_end", std::move(arguments), token.range);
  result->range = Since(first);
  return result;
}

// `scanf("%d", &n)` becomes `n = choose (0 .. 3)`: whoever types may type anything.
ExprPtr Parser::ParseScan(std::size_t first) {
  const Token token = Peek();
  if ((token.text != "scanf" && token.text != "fscanf") || program_functions_.contains(token.text))
    return nullptr;
  Next();
  Next();
  if (token.text == "fscanf") {
    if (!Accept("stdin")) Fail(Here(), "only `stdin` can be read", "there are no files");
    Expect(",", "after the stream");
  }
  const std::optional<std::string> format = ParseFormat(token.text);
  if (!format) return ErrorExpr();
  ExprPtr all;
  uint64_t count = 0;
  for (const FormatPart& part : PartsOf(*format)) {
    if (part.conversion == 0) continue;
    if (!Accept(",")) {
      FailHere("an argument for `%" + std::string(1, part.conversion) + "`");
      return ErrorExpr();
    }
    ExprPtr target = ParseAssignment();
    const SourceRange range = target->range;
    ++count;
    if (part.conversion == 's') {
      std::vector<ExprPtr> arguments;
      arguments.push_back(std::move(target));
      all = Then(std::move(all), MakeCall("library_read_word", std::move(arguments), range));
      continue;
    }
    ExprPtr value;
    if (part.conversion == 'c') {
      value = MakeCall("getchar", {}, range);
    } else {
      value = MakeExpr(ExprKind::kChoose, range);
      value->operands.push_back(MakeNumber(0, range));
      value->operands.push_back(MakeNumber(kMostRead, range));
    }
    ExprPtr place = MakeExpr(ExprKind::kUnary, range);
    place->op = Op::kDereference;
    place->operands.push_back(std::move(target));
    ExprPtr assign = MakeExpr(ExprKind::kAssign, range);
    assign->op = Op::kAssign;
    assign->operands.push_back(std::move(place));
    assign->operands.push_back(std::move(value));
    all = Then(std::move(all), std::move(assign));
  }
  Expect(")", "after the arguments of `" + token.text + "`");
  ExprPtr result = Then(std::move(all), MakeNumber(count, token.range));
  result->range = Since(first);
  return result;
}

}  // namespace interleave
