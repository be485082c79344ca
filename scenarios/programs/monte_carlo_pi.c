/*
 * Pi by throwing darts: each thread throws a few at the unit square and
 * counts those that hit the quarter of a circle, in a sum that a mutex
 * guards. The result is some multiple of 4 / (THREADS * THROWS).
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <assert.h>

#define THREADS 2
#define THROWS 2

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long hits = 0;

static void *throw_darts(void *arg)
{
    unsigned int seed = (unsigned int)(long)arg;
    long mine = 0;

    for (int i = 0; i < THROWS; i++) {
        double x = (double)rand_r(&seed) / RAND_MAX;
        double y = (double)rand_r(&seed) / RAND_MAX;
        assert(x >= 0.0 && x <= 1.0 && y >= 0.0 && y <= 1.0);
        if (x * x + y * y <= 1.0)
            mine++;
    }

    pthread_mutex_lock(&lock);
    hits += mine;
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];

    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, throw_darts, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);

    double pi = 4.0 * hits / (THREADS * THROWS);
    printf("pi is about %f\n", pi);
    assert(pi >= 0.0 && pi <= 4.0);
    return 0;
}
