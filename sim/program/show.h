#pragma once
// The compiled program as text, and the number that says whether two programs are the same.

#include <cstdint>
#include <string>

#include "sim/program/program.h"

namespace interleave {

// Objects with their layout, processes with their program points, live registers and instructions,
// properties with theirs. Depends on nothing but the program: no positions, addresses or dates.
std::string ShowProgram(const Program& program);

// XXH64 over what decides how a schedule replays: objects, processes, code and granularity.
// Comments, layout, positions, properties, schedules and expectations do not change it (a property
// that names a label does: the process then keeps track of that label).
uint64_t ProgramHash(const Program& program);

// The hash as schedules and reports write it: 16 hexadecimal digits.
std::string HashText(uint64_t hash);

}  // namespace interleave
