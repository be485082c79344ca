/*
 * A ring buffer for one producer and one consumer uses two atomic indices and
 * no lock at all.
 * The producer publishes a slot by a release store of the tail and the
 * consumer reads the tail with acquire order, so the plain slots do not race
 * and the items arrive in order.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sched.h>
#include <assert.h>

#define RING_SIZE 2u
#define N_ITEMS   3

typedef struct {
    int data[RING_SIZE];
    atomic_uint head;       /* written by the consumer only */
    atomic_uint tail;       /* written by the producer only */
} ring_t;

static ring_t ring;

static bool ring_put(ring_t *r, int value)
{
    unsigned tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    unsigned head = atomic_load_explicit(&r->head, memory_order_acquire);

    if (tail - head == RING_SIZE)
        return false;
    r->data[tail % RING_SIZE] = value;
    atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
    return true;
}

static bool ring_get(ring_t *r, int *value)
{
    unsigned head = atomic_load_explicit(&r->head, memory_order_relaxed);
    unsigned tail = atomic_load_explicit(&r->tail, memory_order_acquire);

    if (head == tail)
        return false;
    *value = r->data[head % RING_SIZE];
    atomic_store_explicit(&r->head, head + 1, memory_order_release);
    return true;
}

static void *producer(void *arg)
{
    (void)arg;
    for (int i = 0; i < N_ITEMS; i++)
        while (!ring_put(&ring, 100 + i))
            sched_yield();
    return NULL;
}

static void *consumer(void *arg)
{
    (void)arg;
    for (int i = 0; i < N_ITEMS; i++) {
        int v = 0;
        while (!ring_get(&ring, &v))
            sched_yield();
        assert(v == 100 + i);
    }
    return NULL;
}

int main(void)
{
    pthread_t p, c;

    if (pthread_create(&p, NULL, producer, NULL) != 0 ||
        pthread_create(&c, NULL, consumer, NULL) != 0) {
        perror("pthread_create");
        exit(EXIT_FAILURE);
    }
    pthread_join(p, NULL);
    pthread_join(c, NULL);
    printf("%d items went through the ring\n", N_ITEMS);
    return 0;
}
