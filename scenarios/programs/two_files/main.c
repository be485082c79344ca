/*
 * A producer and a consumer, and between them the queue of queue.c. Both
 * files have a `count` of their own. What was put in comes out, in order.
 */
//@ with "queue.c";
//@ expect holds;

#include <assert.h>
#include <pthread.h>
#include <stdio.h>

#include "queue.h"

#define ITEMS 3

static int count;

static void *producer(void *arg)
{
    for (int i = 1; i <= ITEMS; i++)
        queue_put(i);
    return arg;
}

int main(void)
{
    pthread_t thread;

    queue_open();
    pthread_create(&thread, NULL, producer, NULL);
    for (int i = 1; i <= ITEMS; i++) {
        int item = queue_take();
        assert(item == i);
        count++;
    }
    pthread_join(thread, NULL);
    assert(count == ITEMS);
    printf("%d items\n", count);
    return 0;
}
