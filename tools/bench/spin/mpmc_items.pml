/* scenarios/synchronization/mpmc_items.scn: as mpmc.pml, with an end and a sum.
 *   N cells, NP producers of the items 1 .. K each, NC consumers that share them evenly. */
#include "step.h"

#define SHARE (NP * K / NC)

byte mutex = 1, slots = N, items;
byte in, out, count;
byte buffer[N];
byte sum, finished;

#define P(s) step { s > 0 -> s-- }
#define V(s) s++

active [NP] proctype producer()
{
	byte t, i = 1;

next:	if :: P(slots) fi;
	P(mutex);
	t = in;
	step { buffer[t] = i; t = 0 };
	t = in;
	step { in = (t + 1) % N; t = 0 };
	step { t = count; assert(t < N) };
	step { count = t + 1; t = 0 };
	V(mutex);
	if
	:: step { i < K -> V(items); i++ }; goto next
	:: step { i == K -> V(items); i = 0 }
	fi;
end:	DONE
}

active [NC] proctype consumer()
{
	byte t, i, item, tally;

next:	if :: P(items) fi;
	P(mutex);
	t = out;
	step { item = buffer[t]; t = 0 };
	t = out;
	step { out = (t + 1) % N; t = 0 };
	step { t = count; assert(t > 0) };
	step { count = t - 1; t = 0 };
	V(mutex);
	if
	:: step { i + 1 < SHARE -> V(slots); tally = tally + item; item = 0; i++ }; goto next
	:: step { i + 1 == SHARE -> V(slots); sum = sum + tally + item; tally = 0; item = 0; i = 0;
		finished++; assert(finished < NC || sum == NP * K * (K + 1) / 2) }
	fi;
end:	DONE
}
