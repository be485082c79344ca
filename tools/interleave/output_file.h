#pragma once
// A file that is written piece by piece.

#include <cstdio>
#include <string>
#include <string_view>

#include "model/graph/export.h"

namespace interleave {

class OutputFile {
 public:
  // `-` is standard output. Throws std::system_error, as Close does.
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // False from the first piece on that cannot be written, and after Ctrl-C.
  TextSink sink();
  void Close();

 private:
  [[noreturn]] void Fail() const;

  std::string path_;
  std::FILE* file_ = nullptr;
  bool good_ = true;
};

}  // namespace interleave
