#include "tools/interleave/output_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "tools/interleave/interrupt.h"

namespace interleave {

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  if (path_ == "-") {
    file_ = stdout;
    return;
  }
  std::error_code none;
  const auto status = std::filesystem::status(path_, none);
  if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status)) {
    unfinished_ = fmt::format("{}.{}.part", path_, getpid());
  }
  file_ = std::fopen((unfinished_.empty() ? path_ : unfinished_).c_str(), "wb");
  if (file_ == nullptr) Fail();
}

OutputFile::~OutputFile() {
  if (file_ != nullptr && file_ != stdout) std::fclose(file_);
  if (!unfinished_.empty()) std::remove(unfinished_.c_str());
}

TextSink OutputFile::sink() {
  return [this](std::string_view text) {
    good_ = good_ && std::fwrite(text.data(), 1, text.size(), file_) == text.size();
    return good_ && !InterruptFlag().load(std::memory_order_relaxed);
  };
}

bool OutputFile::Close() {
  const bool closed = file_ == stdout ? std::fflush(file_) == 0 : std::fclose(file_) == 0;
  file_ = nullptr;
  if (!good_ || !closed) Fail();
  if (InterruptFlag().load()) return false;
  if (!unfinished_.empty() && std::rename(unfinished_.c_str(), path_.c_str()) != 0) Fail();
  unfinished_.clear();
  return true;
}

void OutputFile::Fail() const {
  throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(),
                          "cannot write " + (path_ == "-" ? "standard output" : path_));
}

}  // namespace interleave
