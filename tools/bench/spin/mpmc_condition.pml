/* scenarios/synchronization/mpmc_condition.scn: the bounded buffer with a mutex and two condition variables.
 *   N cells, NP producers, NC consumers (at most 4 of each), for ever. A signal with several sleepers is a
 *   choice, a transition for each. */
#include "step.h"

byte m;                      /* who holds it, 1 + _pid; 0: it is free */
bool asleep[NP + NC];
byte in, out, count;
byte buffer[N];

#define lock() step { m == 0 -> m = _pid + 1 }
#define unlock() step { m = 0 }
#define nobody(first, number) ((number < 1 || !asleep[first]) && (number < 2 || !asleep[first + (number > 1)]) && \
	(number < 3 || !asleep[first + 2 * (number > 2)]) && (number < 4 || !asleep[first + 3 * (number > 3)]))
#define wake(first, number, k) step { number > k && asleep[first + k * (number > k)] -> \
	asleep[first + k * (number > k)] = false }
#define signal(first, number) \
	if \
	:: step { nobody(first, number) -> skip } \
	:: wake(first, number, 0) \
	:: wake(first, number, 1) \
	:: wake(first, number, 2) \
	:: wake(first, number, 3) \
	fi

active [NP] proctype producer()
{
	byte t;

	do
	:: lock();
	   do
	   :: count == N;
	      step { m = 0; asleep[_pid] = true };
	      !asleep[_pid];
	      lock()
	   :: count != N -> break
	   od;
	   t = in;
	   step { buffer[t] = _pid + 1; t = 0 };
	   t = in;
	   step { in = (t + 1) % N; t = 0 };
	   t = count;
	   step { count = t + 1; t = 0 };
	   signal(NP, NC);
	   unlock()
	od
}

active [NC] proctype consumer()
{
	byte t, item;

	do
	:: lock();
	   do
	   :: count == 0;
	      step { m = 0; asleep[_pid] = true };
	      !asleep[_pid];
	      lock()
	   :: count != 0 -> break
	   od;
	   t = out;
	   step { item = buffer[t]; assert(item != 0); item = 0; t = 0 };
	   t = out;
	   step { buffer[t] = 0; t = 0 };
	   t = out;
	   step { out = (t + 1) % N; t = 0 };
	   t = count;
	   step { count = t - 1; t = 0 };
	   signal(0, NP);
	   unlock()
	od
}
