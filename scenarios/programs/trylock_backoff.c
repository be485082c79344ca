/*
 * Two threads need the same two mutexes in opposite orders, and each of them
 * takes the first one normally and only tries to take the second one.
 * If the second one is busy, the thread gives the first one back and starts
 * again, so no deadlock is possible although they may retry many times.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <unistd.h>
#include <errno.h>
#include <assert.h>

typedef struct {
    pthread_mutex_t *first;
    pthread_mutex_t *second;
} pair_t;

pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
int both = 0;

void lock_both(pair_t *p)
{
    while (1) {
        pthread_mutex_lock(p->first);
        if (pthread_mutex_trylock(p->second) != EBUSY)
            return;
        pthread_mutex_unlock(p->first);
        usleep(1 + rand() % 10);
    }
}

void unlock_both(pair_t *p)
{
    pthread_mutex_unlock(p->second);
    pthread_mutex_unlock(p->first);
}

void *worker(void *arg)
{
    pair_t *p = arg;

    lock_both(p);
    both++;
    unlock_both(p);
    return NULL;
}

int main(void)
{
    pthread_t t1, t2;
    pair_t ab = { .first = &a, .second = &b };
    pair_t ba = { .first = &b, .second = &a };

    if (pthread_create(&t1, NULL, worker, &ab) != 0) {
        perror("pthread_create");
        return 1;
    }
    if (pthread_create(&t2, NULL, worker, &ba) != 0) {
        perror("pthread_create");
        return 1;
    }
    pthread_join(t1, NULL);
    pthread_join(t2, NULL);
    assert(both == 2);
    return 0;
}
