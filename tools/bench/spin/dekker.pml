/* scenarios/critical_section/dekker.scn: Dekker's algorithm.
 *   R rounds. BUG: each looks at the other's flag before it raises its own. */
#include "step.h"

bit flag[2], turn;
byte inside;

#define ENTER inside++; assert(inside == 1)

active [2] proctype p()
{
	byte i;

round:
#ifdef BUG
	if
	:: flag[1 - _pid] == 1 -> goto round
	:: flag[1 - _pid] == 0
	fi;
	step { flag[_pid] = 1; ENTER };
#else
	flag[_pid] = 1;
test:	if
	:: step { flag[1 - _pid] == 0 -> ENTER }; goto enter
	:: flag[1 - _pid] == 1
	fi;
	if
	:: turn == _pid -> goto test
	:: turn != _pid
	fi;
	flag[_pid] = 0;
yield:	if
	:: turn != _pid -> goto yield
	:: turn == _pid
	fi;
	flag[_pid] = 1;
	goto test;
enter:	turn = 1 - _pid;
#endif
	if
	:: step { i + 1 < R -> flag[_pid] = 0; inside--; i++ }; goto round
	:: step { i + 1 == R -> flag[_pid] = 0; inside--; i = 0 }
	fi;
end:	DONE
}
