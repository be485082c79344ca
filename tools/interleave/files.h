#pragma once
// Reading and writing whole files, the way the commands need it.

#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace interleave {

// The text of a file, `-` for standard input. Reads at most `limit` + 1 bytes, so that whoever
// judges the text sees that it is too long. Throws std::system_error, also for a folder, and
// Interrupted: a FIFO or a terminal may be waited for.
std::string ReadFile(const std::string& path, std::size_t limit);

// Standard input, line by line.
class LineReader {
 public:
  // Without its newline. Nothing at the end of the input, and after an interrupt.
  std::optional<std::string> Next();

 private:
  std::string text_;  // that was read and not asked for yet
};

// The name of a file in messages: `-` is "<stdin>"; what must not go to a terminal is '?'.
std::string DisplayName(const std::string& path);

// Replaces the file's content as OutputFile does; `-` is standard output. Throws std::system_error.
void WriteFile(const std::string& path, std::string_view text);

// Throws, before anything else is done, when `path` could not be written afterwards, or is one of
// the `inputs`. `only_regular`: also when it is a device, a FIFO or a descriptor.
void RequireWritable(const std::string& path, const std::vector<std::string>& inputs,
                     bool only_regular = false);

// What `work` throws, to be thrown when something else was done: a file that cannot be written must
// not cost the result.
std::exception_ptr FailureOf(const std::function<void()>& work);
// Throws it, if there is one, when all that was printed is out.
void ThrowLater(const std::exception_ptr& failure);

}  // namespace interleave
