/*
 * A buffer with one place has one condition variable for producers and
 * consumers together, and every change wakes up only one waiter.
 * With two consumers, the signal of a consumer can wake the other consumer
 * and not the producer; then all of them sleep and nobody wakes them.
 */
//@ expect deadlock;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>

#define CONSUMERS 2

int value;
int full = 0;
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

void put(int v)
{
    pthread_mutex_lock(&mutex);
    while (full)
        pthread_cond_wait(&cond, &mutex);
    value = v;
    full = 1;
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&mutex);
}

int get(void)
{
    int v;

    pthread_mutex_lock(&mutex);
    while (!full)
        pthread_cond_wait(&cond, &mutex);
    v = value;
    full = 0;
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&mutex);
    return v;
}

void *producer(void *arg)
{
    int i;

    (void)arg;
    for (i = 0; i < CONSUMERS; i++)
        put(i);
    return NULL;
}

void *consumer(void *arg)
{
    (void)arg;
    printf("got %d\n", get());
    return NULL;
}

int main(void)
{
    pthread_t p, c[CONSUMERS];
    int i;

    pthread_create(&p, NULL, producer, NULL);
    for (i = 0; i < CONSUMERS; i++)
        pthread_create(&c[i], NULL, consumer, NULL);
    pthread_join(p, NULL);
    for (i = 0; i < CONSUMERS; i++)
        pthread_join(c[i], NULL);
    return 0;
}
