#pragma once
// The units of a program in C made one text of tokens, as a linker does it.

#include <cstddef>
#include <string>
#include <vector>

#include "sim/language/lexer.h"
#include "sim/language/source.h"

namespace interleave {

struct UnitTokens {
  std::size_t file;           // the number of its file in the source
  std::vector<Token> tokens;  // preprocessed; the last is kEnd
};

struct LinkedTokens {
  std::vector<Token> tokens;
  std::vector<ProgramStart> programs;  // of several; empty: there is one at most
  std::vector<SourceRange> left_out;   // functions of headers that nobody calls
};

// All tokens, one unit behind the other. What several units have of the same header stays once; a
// function of a header that nobody calls is left out. What is a unit's own (`static`, types,
// enumerators) and has the name of something else in another unit is renamed there: `count` of
// buffer.c is `buffer_count`. Two definitions of what both units mean by a name are an error, with
// both places.
//
// Where several units have a `main`, each of them is a program, and all that it defines is its own.
// Units without a `main` are part of each program: their text stays once, since what it works on is
// the memory of whoever runs it. REQUIRES: there is a unit.
LinkedTokens LinkUnits(std::vector<UnitTokens> units, const Source& source,
                       Diagnostics& diagnostics);

}  // namespace interleave
