/*
 * The queue of queue.h: a ring with a lock and two conditions. Nobody outside
 * of this file sees any of its variables.
 */
#include <pthread.h>

#include "queue.h"

static int ring[QUEUE_SIZE];
static int first, count;
static pthread_mutex_t lock;
static pthread_cond_t not_empty, not_full;

void queue_open(void)
{
    pthread_mutex_init(&lock, NULL);
    pthread_cond_init(&not_empty, NULL);
    pthread_cond_init(&not_full, NULL);
}

void queue_put(int item)
{
    pthread_mutex_lock(&lock);
    while (count == QUEUE_SIZE)
        pthread_cond_wait(&not_full, &lock);
    ring[(first + count) % QUEUE_SIZE] = item;
    count++;
    pthread_cond_signal(&not_empty);
    pthread_mutex_unlock(&lock);
}

int queue_take(void)
{
    pthread_mutex_lock(&lock);
    while (count == 0)
        pthread_cond_wait(&not_empty, &lock);
    int item = ring[first];
    first = (first + 1) % QUEUE_SIZE;
    count--;
    pthread_cond_signal(&not_full);
    pthread_mutex_unlock(&lock);
    return item;
}
