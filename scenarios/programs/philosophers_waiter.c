// Three philosophers must ask a waiter, who is a counting semaphore with two
// places, before they may touch a fork.
// At most two of them hold forks at the same time, so at least one of them can
// always get both forks, and no deadlock is possible.
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#define N 3

sem_t waiter;
sem_t forks[N];

void *philosopher(void *arg);

int main(void)
{
    pthread_t tid[N];
    int rc;

    sem_init(&waiter, 0, N - 1);
    for (int i = 0; i < N; i++)
        sem_init(&forks[i], 0, 1);

    for (int i = 0; i < N; i++) {
        rc = pthread_create(&tid[i], NULL, philosopher, (void *)(intptr_t)i);
        if (rc) {
            printf("ERROR: return code from pthread_create() is %d\n", rc);
            exit(-1);
        }
    }
    for (int i = 0; i < N; i++)
        pthread_join(tid[i], NULL);

    for (int i = 0; i < N; i++)
        sem_destroy(&forks[i]);
    sem_destroy(&waiter);
    return 0;
}

void *philosopher(void *arg)
{
    int i = (int)(intptr_t)arg;

    usleep(rand() % 100);       /* think */

    sem_wait(&waiter);
    sem_wait(&forks[i]);
    sem_wait(&forks[(i + 1) % N]);
    printf("%d: yum\n", i);
    sem_post(&forks[i]);
    sem_post(&forks[(i + 1) % N]);
    sem_post(&waiter);

    return NULL;
}
