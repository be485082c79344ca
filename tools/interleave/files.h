#pragma once
// Reading and writing whole files, the way the commands need it.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace interleave {

// The text of a file, `-` for standard input. Reads at most `limit` + 1 bytes, so that whoever
// judges the text sees that it is too long. Throws std::system_error, also for a folder.
std::string ReadFile(const std::string& path, std::size_t limit);

// The name of a file in messages: `-` is "<stdin>".
std::string DisplayName(const std::string& path);

// Replaces the file's content; `-` is standard output. Throws std::system_error.
void WriteFile(const std::string& path, std::string_view text);

// The scenarios that `paths` name: files as they are, folders searched for *.scn (sorted by path).
// Throws std::system_error for what is not there.
std::vector<std::string> FindScenarios(const std::vector<std::string>& paths);

}  // namespace interleave
