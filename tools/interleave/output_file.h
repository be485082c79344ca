#pragma once
// A file that is written piece by piece, and takes its name only when it is whole: until then it
// stands beside it, and what was there stays.

#include <cstdio>
#include <string>
#include <string_view>

#include "model/graph/export.h"

namespace interleave {

class OutputFile {
 public:
  // `-` is standard output; what is no ordinary file (a pipe, a device) is written at once. Throws
  // std::system_error, as Close does.
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // False from the first piece on that cannot be written, and after Ctrl-C.
  TextSink sink();
  // False when Ctrl-C came first: then there is no file.
  bool Close();

 private:
  [[noreturn]] void Fail() const;

  std::string path_;
  std::string unfinished_;  // its name until it is whole; empty: it has none of its own
  std::FILE* file_ = nullptr;
  bool good_ = true;
};

}  // namespace interleave
