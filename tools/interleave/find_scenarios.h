#pragma once
// From the files and folders of a command line to scenarios.

#include <cstdint>
#include <string>
#include <vector>

namespace interleave {

struct FoundScenario {
  enum class Kind : uint8_t {
    kFile,
    kEmptyFolder,  // named on the command line, and no *.scn in it
    kTrouble,      // a file or folder that cannot be looked at
  };
  Kind kind = Kind::kFile;
  std::string path;
  std::vector<std::string> with;  // further files of the program in C
  std::string trouble;            // "Permission denied"
};

// Files as they are named (`-` is standard input), folders searched for *.scn and *.c, sorted by
// path. A file in C without a `main` is a part of others: folders leave it out, and where files are
// named of which one has a `main`, the others belong to it.
// Links to folders are not followed. What cannot be looked at stands where it was met; the rest is
// found.
std::vector<FoundScenario> FindScenarios(const std::vector<std::string>& paths);

}  // namespace interleave
