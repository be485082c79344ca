/*
 * As counter_locked.c, but main looks before it joins the second thread. The
 * race is in counter.h, where the counter is read without its lock.
 */
//@ expect race on counter;

#include "common_threads.h"
#include "counter.h"

static counter_t counter;

static void *add(void *arg)
{
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
    printf("so far %d\n", counter_peek(&counter));
    Thread_join(two, NULL);
    return 0;
}
