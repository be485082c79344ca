/* scenarios/critical_section/peterson.scn: Peterson's filter lock, for ever.
 *   N processes. BUG: last[] is written before level[]. */
#include "step.h"

byte level[N], last[N];
byte inside;

#define FIRST (_pid == 0 -> 1 : 0)
#define NEXT  (k + 1 == _pid -> k + 2 : k + 1)
#define HIGHER l++
#define ENTER  l = 0; inside++; assert(inside == 1)

active [N] proctype p()
{
	byte l = 1, k;

climb:
#ifdef BUG
	last[l] = _pid;
	level[_pid] = l;
#else
	level[_pid] = l;
	last[l] = _pid;
#endif
again:	if
	:: step { last[l] == _pid -> k = FIRST }
	:: step { last[l] != _pid && l + 1 < N -> HIGHER }; goto climb
	:: step { last[l] != _pid && l + 1 == N -> ENTER }; goto leave
	fi;
others:	if
	:: step { level[k] >= l -> k = 0 }; goto again
	:: step { level[k] < l && NEXT < N -> k = NEXT }; goto others
	:: step { level[k] < l && NEXT >= N && l + 1 < N -> k = 0; HIGHER }; goto climb
	:: step { level[k] < l && NEXT >= N && l + 1 == N -> k = 0; ENTER }
	fi;
leave:	if :: step { level[_pid] = 0; inside--; l = 1 } fi;
	goto climb
}
