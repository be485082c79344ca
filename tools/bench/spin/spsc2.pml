/* scenarios/synchronization/spsc2.scn: the bounded buffer with two producers, which breaks.
 *   N cells, P items each; producer 0 makes ones, producer 1 twos. */
#include "step.h"

byte in, out;
byte buffer[N];
byte sent[2 * P], put, got;

active [2] proctype producer()
{
	byte i, t;

retry:	t = in;
	if
	:: step { out == (t + 1) % N -> t = 0 }; goto retry
	:: step { out != (t + 1) % N -> t = 0 }
	fi;
	t = in;
	step { buffer[t] = _pid + 1; t = 0 };
	t = in;
	if
	:: step { i + 1 < P -> in = (t + 1) % N; t = 0; i++; sent[put] = _pid + 1; put++ }; goto retry
	:: step { i + 1 == P -> in = (t + 1) % N; t = 0; i = 0; sent[put] = _pid + 1; put++ }
	fi;
end:	DONE
}

active proctype consumer()
{
	byte i, t, item;

retry:	t = in;
	if
	:: step { out == t -> t = 0 }; goto retry
	:: step { out != t -> t = 0 }
	fi;
	t = out;
	step { item = buffer[t]; t = 0 };
	t = out;
	if
	:: step { i + 1 < 2 * P ->
		out = (t + 1) % N; t = 0; assert(got < put && item == sent[got]); got++; item = 0; i++ };
	   goto retry
	:: step { i + 1 == 2 * P ->
		out = (t + 1) % N; t = 0; assert(got < put && item == sent[got]); got++; item = 0; i = 0 }
	fi;
end:	DONE
}
