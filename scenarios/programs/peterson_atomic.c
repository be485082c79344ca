/*
 * Peterson's algorithm is written here with C11 atomics in the default
 * sequentially consistent order.
 * It protects a plain counter for two threads, so there is no race on the
 * counter and its final value is right.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <stdatomic.h>
#include <pthread.h>
#include <sched.h>
#include <assert.h>

#define TIMES 2

static atomic_bool interested[2];
static atomic_int turn;
static int counter;

static void enter(int me)
{
    int other = 1 - me;

    atomic_store(&interested[me], true);
    atomic_store(&turn, other);
    while (atomic_load(&interested[other]) && atomic_load(&turn) == other)
        sched_yield();
}

static void leave(int me)
{
    atomic_store(&interested[me], false);
}

static void *run(void *arg)
{
    int me = (int)(long)arg;

    for (int i = 0; i < TIMES; i++) {
        enter(me);
        counter++;
        leave(me);
    }
    return NULL;
}

int main(void)
{
    pthread_t th[2];

    for (long i = 0; i < 2; i++) {
        if (pthread_create(&th[i], NULL, run, (void *)i) != 0) {
            perror("pthread_create");
            exit(EXIT_FAILURE);
        }
    }
    for (int i = 0; i < 2; i++)
        pthread_join(th[i], NULL);

    printf("counter: %d\n", counter);
    assert(counter == 2 * TIMES);
    return 0;
}
