#include "tools/interleave/output_file.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include "tools/interleave/interrupt.h"

namespace interleave {

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  file_ = path_ == "-" ? stdout : std::fopen(path_.c_str(), "wb");
  if (file_ == nullptr) Fail();
}

OutputFile::~OutputFile() {
  if (file_ != nullptr && file_ != stdout) std::fclose(file_);
}

TextSink OutputFile::sink() {
  return [this](std::string_view text) {
    good_ = good_ && std::fwrite(text.data(), 1, text.size(), file_) == text.size();
    return good_ && !InterruptFlag().load(std::memory_order_relaxed);
  };
}

void OutputFile::Close() {
  const bool closed = file_ == stdout ? std::fflush(file_) == 0 : std::fclose(file_) == 0;
  file_ = nullptr;
  if (!good_ || !closed) Fail();
}

void OutputFile::Fail() const {
  throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(),
                          "cannot write " + (path_ == "-" ? "standard output" : path_));
}

}  // namespace interleave
