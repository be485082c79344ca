#include "tools/interleave/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "sim/host/descriptor.h"

namespace interleave {
namespace {

class File {
 public:
  File(const std::string& path, int flags)
      : path_(path), descriptor_(open(path.c_str(), flags | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) ThrowSystemError(errno, path);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int descriptor() const { return descriptor_; }
  void Close() {
    const int result = close(descriptor_);
    descriptor_ = -1;
    if (result != 0) ThrowSystemError(errno, path_);
  }

 private:
  const std::string path_;
  int descriptor_;
};

std::string ReadAll(int descriptor, const std::string& name, std::size_t limit) {
  std::string text;
  constexpr std::size_t kPiece = 65536;
  while (text.size() <= limit) {
    const std::size_t before = text.size();
    const std::size_t piece = std::min(kPiece, limit + 1 - before);
    text.resize(before + piece);
    const ssize_t got = read(descriptor, text.data() + before, piece);
    if (got < 0 && errno != EINTR) ThrowSystemError(errno, name);
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) break;
  }
  return text;
}

}  // namespace

std::string DisplayName(const std::string& path) { return path == "-" ? "<stdin>" : path; }

std::string ReadFile(const std::string& path, std::size_t limit) {
  if (path == "-") return ReadAll(STDIN_FILENO, DisplayName(path), limit);
  const File file(path, O_RDONLY);
  return ReadAll(file.descriptor(), path, limit);
}

void WriteFile(const std::string& path, std::string_view text) {
  if (path == "-") {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
      ThrowSystemError(errno, "standard output");
    }
    return;
  }
  File file(path, O_WRONLY | O_CREAT | O_TRUNC);
  while (!text.empty()) {
    const ssize_t put = write(file.descriptor(), text.data(), text.size());
    if (put < 0 && errno != EINTR) ThrowSystemError(errno, path);
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(put, 0)));
  }
  file.Close();
}

std::vector<std::string> FindScenarios(const std::vector<std::string>& paths) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (path == "-" || !fs::is_directory(path)) {
      if (path != "-" && !fs::exists(path)) ThrowSystemError(ENOENT, path);
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
      if (entry.path().extension() == ".scn" && entry.is_regular_file()) {
        found.push_back(entry.path().string());
      }
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

}  // namespace interleave
