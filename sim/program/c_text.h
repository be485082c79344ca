#pragma once
// What all C that is made of a program has in common. An operation of the language is a statement
// with C's own operators on operands of C's types; what is undefined in C is caught before (C17
// 6.5, gcc's checked built-ins). Values are carried in `long`, as arithmetic.h says.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/program/code.h"

namespace interleave {

const char* CName(IntType type);
// An integer type that holds what a cell of the type holds: what memory is read and written as.
const char* CCellName(IntType type);
// Functions that the statements of LocalInC call.
extern const char* const kRealsInC;
// A number as a C constant of type long.
std::string CLiteral(int64_t value);

// What to do instead of the assignment: statements.
struct LocalFailures {
  std::string overflow;
  std::string division;
  std::string index;
};

// An operation on registers alone, as a statement; nothing if the instruction is something else, a
// jump or work on pointers. An element of a local array is `r[...]`.
std::optional<std::string> LocalInC(const Instruction& i,
                                    const std::function<std::string(uint32_t)>& name,
                                    const LocalFailures& failures);

// By instruction: whether some jump or select leads to it, so that it needs a label.
std::vector<bool> JumpTargets(const Code& code);

}  // namespace interleave
