#pragma once
// Parts of commands that a reader can copy into a shell.

#include <string>

#include "sim/language/lexer.h"
#include "sim/language/scenario.h"
#include "sim/language/source.h"

namespace interleave {

// A word as a POSIX shell takes it: quoted only where it must be.
std::string ShellWord(const std::string& word);
// The same for a file's name, which is never taken for an option.
std::string ShellPath(std::string name);
// The files that a command must name to mean this source, whose first one is `first`.
std::string ShellPaths(const Source& source, const std::string& first);

// What a command must be given to mean the same program: "--granularity statement --define N=2",
// or empty. Only what the command line can say: no option but the granularity.
std::string ProgramFlags(const DefineOverrides& defines, const OptionOverrides& options);

}  // namespace interleave
