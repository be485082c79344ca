/*
 * A semaphore is meant to be a lock around a global counter, but it is
 * initialised with the number of threads and not with one.
 * Two threads are let in at the same time and race on the counter.
 */
//@ expect race;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <semaphore.h>

#define NUM_THREADS 2

sem_t s;
int counter;

void *thread_main(void *arg)
{
    int id = (int)(long)arg;
    int tmp;

    sem_wait(&s);
    tmp = counter;
    tmp = tmp + id;
    counter = tmp;
    sem_post(&s);
    return NULL;
}

int main(void)
{
    pthread_t tid[NUM_THREADS];
    long i;

    if (sem_init(&s, 0, NUM_THREADS) == -1) {       /* BUG: should be 1 */
        perror("sem_init");
        exit(1);
    }
    for (i = 0; i < NUM_THREADS; i++) {
        if (pthread_create(&tid[i], NULL, thread_main, (void *)(i + 1)) != 0) {
            perror("pthread_create");
            exit(1);
        }
    }
    for (i = 0; i < NUM_THREADS; i++)
        pthread_join(tid[i], NULL);
    printf("counter = %d\n", counter);
    sem_destroy(&s);
    return 0;
}
