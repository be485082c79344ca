#pragma once
// The files that a program in C is made of: its units, and the headers of its own that they
// include.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/language/source.h"

namespace interleave {

// The text of the regular file of that path; nothing where there is none. What reads no file is
// left out: then there are no headers.
using ReadSourceFile = std::function<std::optional<std::string>(const std::string& path)>;

// All that `units` are made of, which are asked for here and nowhere else: what `#include "..."`
// names beside the file that says so, or else beside the first unit, and what `//@ with "...";`
// names in the same way, which is a further unit. Of several units the one with a `main` comes
// first, since the program is called after it. A scenario is one file, whatever it says. REQUIRES:
// there is a unit.
Source GatherSource(std::vector<SourceFile> units, const ReadSourceFile& read);

// Whether the first file of a program in C has a `main`. Also true where its tokens cannot be read:
// whoever checks it will say why.
bool HasMain(const Source& source);

// What a comment `//@ with "buffer.c", "log.c";` names, from its first token on; nothing: it is
// none.
struct WithFile {
  std::string name;
  SourceRange range;
};
std::vector<WithFile> ReadWith(const Source& source, SourceRange comment);

// The path that `spelling` has from the folder of the file `from`.
std::string PathBeside(const std::string& from, const std::string& spelling);

}  // namespace interleave
