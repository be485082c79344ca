/* scenarios/synchronization/counter.scn: K processes add one to x R times each, without a lock.
 *   BUG: the last to finish asserts that nothing was lost. */
#include "step.h"

byte x, finished;

active [K] proctype p()
{
	byte i, t;

next:	t = x;
	if
	:: step { i + 1 < R -> x = t + 1; t = 0; i++ }; goto next
	:: step { i + 1 == R -> x = t + 1; t = 0; i = 0; finished++;
#ifdef BUG
		assert(finished < K || x == K * R)
#endif
	   }
	fi;
end:	DONE
}
