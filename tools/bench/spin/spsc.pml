/* The bounded buffer of scenarios/synchronization/spsc.scn: one producer, one consumer.
 *   N cells, P items, each item 0 or 1 at will.
 * The choice of item 0 belongs to the initial state; here it is an atomic step of the producer,
 * which then starts the consumer: see `offset` in ../rows.json for what that adds to the counts. */
#include "step.h"

byte in, out;
byte buffer[N];
bit sent[P];

#define STORED(next) in = (t + 1) % N; t = 0; i++; item = next; sent[i] = next

active proctype producer()
{
	byte i, t;
	bit item;

	atomic { if :: item = 0 :: item = 1 fi; sent[0] = item; run consumer() }
retry:	t = in;
	if
	:: step { out == (t + 1) % N -> t = 0 }; goto retry
	:: step { out != (t + 1) % N -> t = 0 }
	fi;
	t = in;
	step { buffer[t] = item; t = 0; item = 0 };
	t = in;
	if
	:: step { i + 1 < P -> STORED(0) }; goto retry
	:: step { i + 1 < P -> STORED(1) }; goto retry
	:: step { i + 1 == P -> in = (t + 1) % N; t = 0; i = 0 }
	fi;
end:	DONE
}

proctype consumer()
{
	byte i, t;
	bit item;

retry:	t = in;
	if
	:: step { out == t -> t = 0 }; goto retry
	:: step { out != t -> t = 0 }
	fi;
	t = out;
	step { item = buffer[t]; t = 0 };
	t = out;
	if
	:: step { i + 1 < P -> out = (t + 1) % N; t = 0; assert(item == sent[i]); item = 0; i++ };
	   goto retry
	:: step { i + 1 == P -> out = (t + 1) % N; t = 0; assert(item == sent[i]); item = 0; i = 0 }
	fi;
end:	DONE
}
