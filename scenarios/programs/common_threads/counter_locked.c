/*
 * Two threads add to a counter of counter.h; main looks at it when both have
 * been joined. Right in every interleaving.
 */
//@ expect holds;

#include "common_threads.h"
#include "counter.h"

#define ROUNDS 2

static counter_t counter;

static void *add(void *arg)
{
    for (int i = 0; i < ROUNDS; i++)
        counter_add(&counter, 1);
    return arg;
}

int main(void)
{
    pthread_t one, two;

    counter_init(&counter);
    Thread_create(&one, add, NULL);
    Thread_create(&two, add, NULL);
    Thread_join(one, NULL);
    Thread_join(two, NULL);
    assert(counter_peek(&counter) == 2 * ROUNDS);
    return 0;
}
