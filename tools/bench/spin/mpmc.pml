/* scenarios/synchronization/mpmc.scn: the bounded buffer with a mutex and two counting semaphores.
 *   N cells, NP producers, NC consumers, for ever. BUG: the producer takes the mutex first. */
#include "step.h"

byte mutex = 1, slots = N, items;
byte in, out, count;
byte buffer[N];

#define P(s) step { s > 0 -> s-- }
#define V(s) s++

active [NP] proctype producer()
{
	byte t;

	do
	::
#ifdef BUG
	   P(mutex);
	   P(slots);
#else
	   P(slots);
	   P(mutex);
#endif
	   t = in;
	   step { buffer[t] = _pid + 1; t = 0 };
	   t = in;
	   step { in = (t + 1) % N; t = 0 };
	   step { t = count; assert(t < N) };
	   step { count = t + 1; t = 0 };
	   V(mutex);
	   V(items)
	od
}

active [NC] proctype consumer()
{
	byte t, item;

	do
	:: P(items);
	   P(mutex);
	   t = out;
	   item = buffer[t];
	   step { buffer[t] = 0; t = 0 };
	   t = out;
	   step { out = (t + 1) % N; t = 0 };
	   step { t = count; assert(t > 0) };
	   step { count = t - 1; t = 0 };
	   V(mutex);
	   step { V(slots); assert(item != 0); item = 0 }
	od
}
