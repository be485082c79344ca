/* scenarios/synchronization/philosophers.scn: N dining philosophers, for ever, each taking the
 * chopstick of the lower number first. BUG: each takes the left one first. */
#include "step.h"

bit chopstick[N];

#ifdef BUG
#define LOWER  _pid
#define HIGHER ((_pid + 1) % N)
#else
#define LOWER  (_pid + 1 < N -> _pid : 0)
#define HIGHER (_pid + 1 < N -> _pid + 1 : _pid)
#endif

active [N] proctype philosopher()
{
	do
	:: step { chopstick[LOWER] == 0 -> chopstick[LOWER] = 1 };
	   step { chopstick[HIGHER] == 0 -> chopstick[HIGHER] = 1 };
	   chopstick[HIGHER] = 0;
	   chopstick[LOWER] = 0
	od
}
