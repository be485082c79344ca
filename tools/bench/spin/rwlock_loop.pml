/* scenarios/synchronization/rwlock_loop.scn: NR readers and NW writers at one read-write lock, for ever. */
#include "step.h"

short held;                  /* by so many readers; -1: by a writer */
bool holds[NR + NW];
byte text;

active [NR] proctype reader()
{
	byte seen;

	do
	:: step { held >= 0 -> held++; holds[_pid] = true };
	   seen = text;
	   step { assert(seen == text); seen = 0 };
	   step { held--; holds[_pid] = false }
	od
}

active [NW] proctype writer()
{
	byte t;

	do
	:: step { held == 0 -> held = -1; holds[_pid] = true };
	   t = text;
	   step { text = (t + 1) % K; t = 0 };
	   step { held = 0; holds[_pid] = false }
	od
}
