/*
 * Two threads print "ping" and "pong" in turns, and each of them waits on its
 * own semaphore and posts the one of the other thread.
 * The shared variable turns needs no lock because the semaphores hand it
 * over, and the assertions check the strict alternation.
 */
//@ expect holds;

#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 3

sem_t ping_sem, pong_sem;
int turns = 0;

static void *ping(void *p)
{
    int i;

    (void)p;
    for (i = 0; i < ROUNDS; i++) {
        sem_wait(&ping_sem);
        assert(turns % 2 == 0);
        printf("ping\n");
        turns++;
        sem_post(&pong_sem);
    }
    return 0;
}

static void *pong(void *p)
{
    int i;

    (void)p;
    for (i = 0; i < ROUNDS; i++) {
        sem_wait(&pong_sem);
        assert(turns % 2 == 1);
        printf("pong\n");
        turns++;
        sem_post(&ping_sem);
    }
    return 0;
}

int main(void)
{
    pthread_t a, b;

    if (sem_init(&ping_sem, 0, 1) == -1 || sem_init(&pong_sem, 0, 0) == -1) {
        perror("sem_init");
        exit(EXIT_FAILURE);
    }
    pthread_create(&a, NULL, ping, NULL);
    pthread_create(&b, NULL, pong, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);

    assert(turns == 2 * ROUNDS);
    sem_destroy(&ping_sem);
    sem_destroy(&pong_sem);
    return 0;
}
