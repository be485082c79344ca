/* scenarios/critical_section/bakery.scn: Lamport's bakery, for ever.
 *   N processes, tickets up to MAX: who would draw a larger one gives up and tries again.
 *   BUG: nobody waits for choosing[]. */
#include "step.h"

bit choosing[N];
byte number[N];
byte inside;

#define FIRST   (_pid == 0 -> 1 : 0)
#define NEXT    (k + 1 == _pid -> k + 2 : k + 1)
#define LARGEST (number[k] > m -> number[k] : m)
#define MY_TURN (number[k] == 0 || number[k] > m || (number[k] == m && k > _pid))

active [N] proctype p()
{
	byte k, m;

draw:	choosing[_pid] = 1;
largest:
	if
	:: step { k + 1 < N -> m = LARGEST; k++ }; goto largest
	:: step { k + 1 == N && LARGEST < MAX -> m = LARGEST + 1; k = 0 }; goto take
	:: step { k + 1 == N && LARGEST >= MAX -> m = 0; k = 0 }
	fi;
	choosing[_pid] = 0;
	goto draw;
take:	number[_pid] = m;
	step { choosing[_pid] = 0; k = FIRST };
other:
#ifndef BUG
	if
	:: choosing[k] == 1 -> goto other
	:: choosing[k] == 0
	fi;
#endif
wait:	if
	:: !MY_TURN -> goto wait
	:: step { MY_TURN && NEXT < N -> k = NEXT }; goto other
	:: step { MY_TURN && NEXT >= N -> k = 0; m = 0; inside++; assert(inside == 1) }
	fi;
	step { number[_pid] = 0; inside-- };
	goto draw
}
