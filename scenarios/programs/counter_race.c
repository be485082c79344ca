/*
 * Two threads increment the same global counter without any lock.
 * The increment is a plain read followed by a plain write, so this is a data
 * race, and updates can get lost as well.
 */
//@ expect race;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>

#define NTHREADS 2
#define NLOOPS   2

int counter = 0;

void *worker(void *arg)
{
    int i;
    (void)arg;
    for (i = 0; i < NLOOPS; i++)
        counter++;
    return NULL;
}

int main(void)
{
    pthread_t threads[NTHREADS];
    int i;

    for (i = 0; i < NTHREADS; i++) {
        if (pthread_create(&threads[i], NULL, worker, NULL) != 0) {
            perror("pthread_create");
            exit(1);
        }
    }
    for (i = 0; i < NTHREADS; i++)
        pthread_join(threads[i], NULL);

    printf("counter = %d (expected %d)\n", counter, NTHREADS * NLOOPS);
    return 0;
}
