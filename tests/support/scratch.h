#pragma once
// A folder of a test's own, in which it calls the program as a user does.

#include <filesystem>
#include <string>
#include <vector>

namespace interleave {

// All that stands in a file; empty when there is none.
std::string ReadWhole(const std::filesystem::path& path);

// Whether `part` stands somewhere in `text`.
bool Has(const std::string& text, const std::string& part);

// Gone at the end, with everything in it.
class Scratch {
 public:
  Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  std::string Path(const std::string& name) const { return (path_ / name).string(); }
  // Makes the folders that it needs.
  std::string Write(const std::string& name, const std::string& text) const;

  struct Output {
    int code = -1;  // 1000 + the signal, when one ended it
    std::string out;
    std::string err;
  };

  // Runs interleave in the folder.
  Output Call(const std::vector<std::string>& arguments, const std::string& input = "") const {
    return CallProgram(INTERLEAVE_BINARY, arguments, input);
  }
  Output CallProgram(const std::string& program, const std::vector<std::string>& arguments,
                     const std::string& input = "") const;

 private:
  std::filesystem::path path_;
};

}  // namespace interleave
