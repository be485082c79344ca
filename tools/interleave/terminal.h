#pragma once
// What is known of the terminal that standard output goes to, and messages to standard error.

#include <fmt/format.h>

#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>

namespace interleave {

// Columns of the terminal behind standard output; 80 where there is none.
std::size_t OutputWidth();
// Of the terminal behind standard error, whatever its width; 80 where there is none.
std::size_t ErrorWidth();

// To standard error. A message that cannot be written is lost, and nothing else.
template <class... Arguments>
void PrintError(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  const std::string message = fmt::format(text, std::forward<Arguments>(arguments)...);
  std::fwrite(message.data(), 1, message.size(), stderr);
}

}  // namespace interleave
