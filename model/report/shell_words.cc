#include "model/report/shell_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include "sim/language/characters.h"
#include "sim/language/lexer.h"

namespace interleave {

std::string ShellWord(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    constexpr std::string_view kPlain = "_-./+,:=@%";
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) != 0 || kPlain.find(c) != std::string_view::npos;
  });
  if (plain) return word;
  if (Printable(word) != word) {
    std::string escaped = "$'";
    for (const char c : word) {
      const auto byte = static_cast<unsigned char>(c);
      const bool is_itself = byte >= 0x20 && byte < 0x7f && c != '\'' && c != '\\';
      escaped += is_itself ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
    }
    return escaped + "'";
  }
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string ShellPath(std::string name) {
  if (!name.empty() && name[0] == '-') name.insert(0, "./");
  return ShellWord(name);
}

std::string ShellPaths(const Source& source, const std::string& first) {
  std::string text = ShellPath(first);
  for (const Source::File& file : source.files()) {
    if (file.begin > 0 && file.is_unit && !file.is_found) text += " " + ShellPath(file.name);
  }
  return text;
}

std::string ProgramFlags(const DefineOverrides& defines, const OptionOverrides& options) {
  std::vector<std::string> words;
  if (const auto granularity = options.find("granularity"); granularity != options.end()) {
    words.insert(words.end(), {"--granularity", ShellWord(granularity->second)});
  }
  for (std::size_t i = 1;; ++i) {
    const auto argument = defines.find(fmt::format("argv[{}]", i));
    if (argument == defines.end()) break;
    words.insert(words.end(), {"--arg", ShellWord(argument->second)});
  }
  for (const auto& [name, value] : defines) {
    if (name.starts_with("argv[")) continue;
    if (const std::string stub = StubOf(name); !stub.empty()) {
      words.insert(words.end(), {"--stub", ShellWord(stub)});
      continue;
    }
    words.insert(words.end(), {"--define", ShellWord(fmt::format("{}={}", name, value))});
  }
  return fmt::format("{}", fmt::join(words, " "));
}

}  // namespace interleave
