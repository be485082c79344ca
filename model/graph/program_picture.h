#pragma once
// The control flow of a scenario's processes as a picture, in DOT: what the code says, without
// running it.
//
// Tested by tests/picture_test.cc.

#include <string>

#include "sim/language/source.h"
#include "sim/program/program.h"

namespace interleave {

// A frame for each process of the source, once however many run it. In it a box for each program
// point, a place where a process can stand, with the source and the access it makes next. Edges are
// the local work up to the next access, with the conditions that lead there; those that go back in
// the source are loops. Deterministic; about 200 bytes a box and edge.
//
// What is accessed stands in the boxes: lines from them to boxes for the memory were tried, and hid
// the control flow even of four accesses.
std::string ProgramPicture(const Program& program, const Source& source);

}  // namespace interleave
