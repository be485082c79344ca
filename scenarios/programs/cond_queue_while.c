/*
 * One producer and two consumers share a small queue that is protected by a
 * mutex and two condition variables.
 * Everybody waits in a while loop, so a consumer that is woken up after the
 * item has been taken by somebody else just waits again.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <assert.h>

#define CAPACITY  1
#define CONSUMERS 2

typedef struct queue {
    int items[CAPACITY];
    int count;
    int head;
    pthread_mutex_t mtx;
    pthread_cond_t not_empty;
    pthread_cond_t not_full;
} queue_t;

queue_t q = {
    .count = 0,
    .head = 0,
    .mtx = PTHREAD_MUTEX_INITIALIZER,
    .not_empty = PTHREAD_COND_INITIALIZER,
    .not_full = PTHREAD_COND_INITIALIZER,
};

void enqueue(queue_t *q, int x)
{
    pthread_mutex_lock(&q->mtx);
    while (q->count == CAPACITY)
        pthread_cond_wait(&q->not_full, &q->mtx);
    q->items[(q->head + q->count) % CAPACITY] = x;
    q->count++;
    assert(q->count <= CAPACITY);
    pthread_cond_signal(&q->not_empty);
    pthread_mutex_unlock(&q->mtx);
}

int dequeue(queue_t *q)
{
    int x;

    pthread_mutex_lock(&q->mtx);
    while (q->count == 0)
        pthread_cond_wait(&q->not_empty, &q->mtx);
    assert(q->count > 0);
    x = q->items[q->head];
    q->head = (q->head + 1) % CAPACITY;
    q->count--;
    pthread_cond_signal(&q->not_full);
    pthread_mutex_unlock(&q->mtx);
    return x;
}

void *producer(void *arg)
{
    (void)arg;
    for (int i = 0; i < CONSUMERS; i++)
        enqueue(&q, i + 1);
    return NULL;
}

void *consumer(void *arg)
{
    int *result = arg;

    *result = dequeue(&q);
    return NULL;
}

int main(void)
{
    pthread_t prod, cons[CONSUMERS];
    int results[CONSUMERS];

    pthread_create(&prod, NULL, producer, NULL);
    for (int i = 0; i < CONSUMERS; i++)
        pthread_create(&cons[i], NULL, consumer, &results[i]);

    pthread_join(prod, NULL);
    for (int i = 0; i < CONSUMERS; i++)
        pthread_join(cons[i], NULL);

    printf("results: %d %d\n", results[0], results[1]);
    assert(results[0] + results[1] == 3);
    return 0;
}
