#include "tools/interleave/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "sim/host/descriptor.h"
#include "sim/host/interrupted.h"
#include "sim/host/output_file.h"
#include "sim/language/characters.h"
#include "tools/interleave/command.h"
#include "tools/interleave/interrupt.h"

namespace interleave {
namespace {

// What can be read now, at least one byte; 0 at the end. Throws Interrupted.
std::size_t ReadSome(int descriptor, const std::string& name, char* to, std::size_t size) {
  for (;;) {
    if (!WaitForInput(descriptor)) throw Interrupted();
    const ssize_t got = read(descriptor, to, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR && errno != EAGAIN) ThrowSystemError(errno, name);
  }
}

std::string ReadAll(int descriptor, const std::string& name, std::size_t limit) {
  std::string text;
  constexpr std::size_t kPiece = 65536;
  while (text.size() <= limit) {
    const std::size_t before = text.size();
    const std::size_t piece = std::min(kPiece, limit + 1 - before);
    text.resize(before + piece);
    const std::size_t got = ReadSome(descriptor, name, text.data() + before, piece);
    text.resize(before + got);
    if (got == 0) break;
  }
  return text;
}

}  // namespace

std::string DisplayName(const std::string& path) {
  return path == "-" ? "<stdin>" : Printable(path);
}

std::string ReadFile(const std::string& path, std::size_t limit) {
  if (path == "-") return ReadAll(STDIN_FILENO, DisplayName(path), limit);
  // A FIFO is opened at once, and waited for where an interrupt is seen.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!file.is_open()) ThrowSystemError(errno, path);
  return ReadAll(file.number(), path, limit);
}

std::optional<std::string> LineReader::Next() {
  std::size_t end = text_.find('\n');
  while (end == std::string::npos) {
    std::array<char, 4096> piece{};
    std::size_t got = 0;
    try {
      got = ReadSome(STDIN_FILENO, "standard input", piece.data(), piece.size());
    } catch (const Interrupted&) {
      return std::nullopt;
    }
    if (got == 0 && text_.empty()) return std::nullopt;
    text_.append(piece.data(), got);
    end = got == 0 ? text_.size() : text_.find('\n');
  }
  std::string line = text_.substr(0, end);
  text_.erase(0, end + 1);
  return line;
}

void WriteFile(const std::string& path, std::string_view text) {
  OutputFile::Options options;
  options.cancel = &InterruptFlag();
  OutputFile file(path, options);
  file.Write(text);
  file.Finish();
}

void RequireWritable(const std::string& path, const std::vector<std::string>& inputs,
                     bool only_regular) {
  for (const std::string& input : inputs) {
    std::error_code none;
    if (path != "-" && std::filesystem::equivalent(path, input, none)) {
      throw UsageError(fmt::format("{} would be replaced, and is read", Printable(path)));
    }
  }
  OutputFile::Options options;
  options.only_regular = only_regular;
  OutputFile::Try(path, options);
}

std::exception_ptr FailureOf(const std::function<void()>& work) {
  try {
    work();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

void ThrowLater(const std::exception_ptr& failure) {
  if (failure == nullptr) return;
  std::fflush(stdout);
  std::rethrow_exception(failure);
}

}  // namespace interleave
