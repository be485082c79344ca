/*
 * Two racers wait on a condition variable until main gives the start with
 * pthread_cond_broadcast, and the flag is always changed under the lock.
 * Racers that come late see the flag and do not wait at all, so nobody is left
 * behind.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <pthread.h>
#include <assert.h>

#define RACERS 2
#define LOCK(m)   pthread_mutex_lock(&(m))
#define UNLOCK(m) pthread_mutex_unlock(&(m))

static struct {
    bool started;
    int finished;
    pthread_mutex_t mtx;
    pthread_cond_t go;
} race = {
    .started = false,
    .mtx = PTHREAD_MUTEX_INITIALIZER,
    .go = PTHREAD_COND_INITIALIZER,
};

static void *racer(void *arg)
{
    (void)arg;
    LOCK(race.mtx);
    while (!race.started)
        pthread_cond_wait(&race.go, &race.mtx);
    race.finished++;
    UNLOCK(race.mtx);
    return NULL;
}

int main(void)
{
    pthread_t r[RACERS];

    for (int i = 0; i < RACERS; i++)
        pthread_create(&r[i], NULL, racer, NULL);

    LOCK(race.mtx);
    assert(race.finished == 0);
    race.started = true;
    pthread_cond_broadcast(&race.go);
    UNLOCK(race.mtx);

    for (int i = 0; i < RACERS; i++)
        pthread_join(r[i], NULL);
    assert(race.finished == RACERS);
    printf("all %d racers have finished\n", race.finished);
    return 0;
}
