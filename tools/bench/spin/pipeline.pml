/* scenarios/ipc/pipeline.scn: a source, S stages and a sink over byte queues of capacity C, for
 * ever. A byte is twice the parity of its place plus a free bit, which each stage flips.
 * The choice of the first bit belongs to the initial state; here it is a step of the source before
 * anybody else can move: see `offset` in ../rows.json. */
#include "step.h"

chan link[S + 1] = [C] of { byte };

active proctype source()
{
	bit parity, data;

	if :: data = 0 :: data = 1 fi;
	do
	:: step { link[0] ! 2 * parity + data; parity = 1 - parity; data = 0 }
	:: step { link[0] ! 2 * parity + data; parity = 1 - parity; data = 1 }
	od
}

active [S] proctype stage()  /* _pid is 1 .. S */
{
	byte b;

	do
	:: link[_pid - 1] ? b;
	   step { link[_pid] ! (b ^ 1); b = 0 }
	od
}

active proctype sink()
{
	byte b;
	bit parity;

	do
	:: step { link[S] ? b; assert(b >> 1 == parity); parity = 1 - parity; b = 0 }
	od
}
