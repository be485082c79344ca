#pragma once
// The real things behind a program's objects as C: for each kind that has one (real.c in its
// folder) a translation unit of its own, so that its names and the headers it includes meet no
// others.
//
// That of number K defines
//
//   const unsigned long il_real_K_size                      of one real thing
//   int il_real_K_init(void*)                               makes one; 0: it is made
//   void il_real_K_form(void*, int function, int tries, struct il_real*)     calls a form
//   void il_real_K_observe(void*, struct il_observation*)   tells the cells that the real thing
//   shows
//
// (turn_block.h has the structs).

#include <string>
#include <vector>

#include "sim/program/program.h"

namespace interleave {

// By object: whether there is a real thing behind it.
std::vector<bool> HasRealThing(const Program& program);

// By object: whether processes that take turns make the operations of the real thing beside the
// model's.
std::vector<bool> TakesTurnsOnRealThing(const Program& program);

// By object: whether processes that run free work on the real thing alone. Where atomic code works
// on the object too, or an operation has no real form, it is the model's code under the one lock.
std::vector<bool> RunsFreeOnRealThing(const Program& program);

// Whether such processes make this call of a function as one real call. `is_real`: as above.
bool IsRealFunction(const Program& program, const std::vector<bool>& is_real,
                    const FunctionUse& use);

// The kinds, each with its arguments, of the objects with a real thing: their numbers K.
std::vector<const ObjectKind*> RealKinds(const Program& program);

// The translation units, in that order.
std::vector<std::string> EmitRealThings(const Program& program);

}  // namespace interleave
