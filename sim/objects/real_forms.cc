#include "sim/objects/real_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <stdexcept>
#include <vector>

namespace interleave {
namespace {

// A word, or one character of punctuation.
struct Token {
  std::string_view text;
  std::size_t at = 0;
  int depth = 0;  // in how many braces it stands
};

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The end of the comment, string, character or preprocessor line that begins at `at`; `at` itself
// where none begins.
std::size_t EndOfSkipped(std::string_view text, std::size_t at) {
  const auto end_of = [&](std::string_view what) {
    const std::size_t found = text.find(what, at + 2);
    return found == std::string_view::npos ? text.size() : found + what.size();
  };
  if (text.substr(at, 2) == "//") return end_of("\n");
  if (text.substr(at, 2) == "/*") return end_of("*/");
  if (text[at] == '#') {
    while (at < text.size() && text[at] != '\n') at += text[at] == '\\' ? 2 : 1;
    return std::min(at, text.size());
  }
  if (text[at] != '"' && text[at] != '\'') return at;
  const char quote = text[at];
  for (++at; at < text.size() && text[at] != quote; ++at) at += text[at] == '\\' ? 1 : 0;
  return std::min(at + 1, text.size());
}

std::vector<Token> TokensOf(std::string_view text) {
  std::vector<Token> tokens;
  int depth = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t end = EndOfSkipped(text, at); end != at) {
      at = end;
      continue;
    }
    std::size_t end = at + 1;
    if (IsWordCharacter(text[at])) {
      while (end < text.size() && IsWordCharacter(text[end])) ++end;
    }
    if (text[at] == '}') --depth;
    if (std::isspace(static_cast<unsigned char>(text[at])) == 0) {
      tokens.push_back({text.substr(at, end - at), at, depth});
    }
    if (text[at] == '{') ++depth;
    at = end;
  }
  return tokens;
}

// The names of the functions that are defined inside `depth` braces of a text, with their places.
std::map<std::string, std::size_t> FunctionsOf(const std::vector<Token>& tokens, int depth) {
  std::map<std::string, std::size_t> functions;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (tokens[i].depth != depth || !IsWordCharacter(tokens[i].text.front()) ||
        tokens[i + 1].text != "(") {
      continue;
    }
    std::size_t end = i + 1;
    for (int open = 0; end < tokens.size(); ++end) {
      open += tokens[end].text == "(" ? 1 : tokens[end].text == ")" ? -1 : 0;
      if (open == 0) break;
    }
    if (end + 1 < tokens.size() && tokens[end + 1].text == "{") {
      functions.emplace(tokens[i].text, tokens[i].at);
    }
  }
  return functions;
}

bool DefinesStruct(const std::vector<Token>& tokens) {
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (tokens[i].text == "struct" && tokens[i].depth == 0 && tokens[i + 1].text == "real" &&
        tokens[i + 2].text == "{") {
      return true;
    }
  }
  return false;
}

class FormReader {
 public:
  FormReader(const std::string& name, const std::string& model, const std::string& real)
      : name_(name),
        real_(real),
        tokens_(TokensOf(real_)),
        operations_(OperationNames(model)),
        functions_(FunctionNames(model, 1)) {}

  RealForms Read() const {
    const std::map<std::string, std::size_t> functions = FunctionsOf(tokens_, 0);
    if (!DefinesStruct(tokens_)) {
      Fail(0, "`struct real` is missing",
           "it is the type of the real thing, which lies beside the model's cells in the mapping");
    }
    Need(functions, "real_init",
         "`static int real_init(struct real *real)` makes the real thing and gives 0");
    Need(functions, "real_observe",
         "`static void real_observe(struct real *real)` tells with REAL_CELL what the model's "
         "cells must be");
    RealForms forms;
    for (const auto& [function, at] : functions) {
      if (!function.starts_with("real_") || function == "real_init" || function == "real_observe")
        continue;
      const bool tries = function.starts_with("real_try_");
      const std::string operation = function.substr(tries ? 9 : 5);
      const bool is_operation =
          std::find(operations_.begin(), operations_.end(), operation) != operations_.end();
      if (!tries && !is_operation &&
          std::find(functions_.begin(), functions_.end(), operation) != functions_.end()) {
        forms.functions.insert(operation);
        continue;
      }
      if (!is_operation) {
        Fail(at, fmt::format("`{}`: {} has no operation `{}`", function, name_, operation),
             fmt::format("its operations are {}; a function that is no operation's has a name "
                         "without `real_`",
                         fmt::join(operations_, ", ")));
      }
      (tries ? forms.tries : forms.calls).insert(operation);
    }
    for (const std::string& operation : forms.tries) {
      if (forms.calls.contains(operation)) continue;
      Fail(functions.at("real_try_" + operation),
           fmt::format("`real_{}`, which may block, is missing beside `real_try_{}`", operation,
                       operation),
           "processes that run free use it");
    }
    return forms;
  }

 private:
  [[noreturn]] void Fail(std::size_t at, const std::string& what, const std::string& hint) const {
    const auto begin = real_.begin();
    const auto place = begin + static_cast<std::ptrdiff_t>(at);
    const auto line = std::count(begin, place, '\n') + 1;
    const std::size_t newline = at == 0 ? std::string::npos : real_.rfind('\n', at - 1);
    const std::size_t column = newline == std::string::npos ? at + 1 : at - newline;
    throw std::runtime_error(
        fmt::format("{}/real.c:{}:{}: {}\n    {}", name_, line, column, what, hint));
  }

  void Need(const std::map<std::string, std::size_t>& functions, const std::string& function,
            const char* hint) const {
    if (!functions.contains(function)) Fail(0, fmt::format("`{}` is missing", function), hint);
  }

  const std::string& name_;
  const std::string& real_;
  const std::vector<Token> tokens_;
  const std::vector<std::string> operations_;
  const std::vector<std::string> functions_;  // the operations among them
};

}  // namespace

std::vector<std::string> OperationNames(const std::string& model) {
  const std::vector<Token> tokens = TokensOf(model);
  std::vector<std::string> operations;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].text != "op" || tokens[i].depth != 1) continue;
    std::size_t parenthesis = i + 1;
    while (parenthesis < tokens.size() && tokens[parenthesis].text != "(") ++parenthesis;
    operations.emplace_back(tokens[parenthesis - 1].text);
  }
  return operations;
}

std::vector<std::string> FunctionNames(const std::string& text, int depth) {
  std::vector<std::string> names;
  for (const auto& [name, at] : FunctionsOf(TokensOf(text), depth)) names.emplace_back(name);
  return names;
}

DeclaredNames ReadDeclaredNames(const std::string& text) {
  DeclaredNames names = {FunctionNames(text, 0), {}};
  const std::vector<Token> tokens = TokensOf(text);
  std::string_view opened_by;
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (tokens[i].depth == 0 && (tokens[i].text == "typedef" || tokens[i].text == "enum"))
      opened_by = tokens[i].text;
    const std::string_view next = tokens[i + 1].text;
    const bool is_type = opened_by == "typedef" && tokens[i].depth == 0 && next == ";";
    const bool is_constant = opened_by == "enum" && tokens[i].depth == 1 &&
                             (next == "," || next == "=" || next == "}") &&
                             IsWordCharacter(tokens[i].text.front()) &&
                             std::isdigit(static_cast<unsigned char>(tokens[i].text.front())) == 0;
    if (is_type || is_constant) names.all.emplace_back(tokens[i].text);
    if (is_type) names.types.emplace_back(tokens[i].text);
    if (tokens[i].depth == 0 && tokens[i].text == ";") opened_by = {};
  }
  return names;
}

RealForms ReadRealForms(const std::string& name, const std::string& model,
                        const std::string& real) {
  return FormReader(name, model, real).Read();
}

}  // namespace interleave
