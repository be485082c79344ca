/*
 * Two racers wait on a condition variable for the start, and the starter sets
 * the flag under the lock and calls pthread_cond_signal once.
 * If both racers are waiting already, only one of them is woken, and the
 * other one waits for ever; it should have been pthread_cond_broadcast.
 */
//@ expect deadlock;

#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <pthread.h>

#define RACERS 2

static bool started = false;
static pthread_mutex_t mtx = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t go = PTHREAD_COND_INITIALIZER;

static void *racer(void *arg)
{
    int no = *(int *)arg;

    pthread_mutex_lock(&mtx);
    while (!started)
        pthread_cond_wait(&go, &mtx);
    pthread_mutex_unlock(&mtx);
    printf("racer %d is off\n", no);
    return NULL;
}

int main(void)
{
    pthread_t r[RACERS];
    int no[RACERS];
    int i;

    for (i = 0; i < RACERS; i++) {
        no[i] = i + 1;
        if (pthread_create(&r[i], NULL, racer, &no[i]) != 0) {
            perror("pthread_create");
            exit(1);
        }
    }

    pthread_mutex_lock(&mtx);
    started = true;
    pthread_cond_signal(&go);
    pthread_mutex_unlock(&mtx);

    for (i = 0; i < RACERS; i++)
        pthread_join(r[i], NULL);
    return 0;
}
