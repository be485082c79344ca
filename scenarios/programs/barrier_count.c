/*
 * The barrier is initialised for three participants because the author
 * thought that main takes part in it, but only the two workers wait there.
 * Both workers are stuck at the barrier and main is stuck in the join.
 */
//@ expect deadlock;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>

#define WORKERS 2

pthread_barrier_t start_line;

void *runner(void *arg)
{
    int n = *(int *)arg;

    printf("runner %d is ready\n", n);
    pthread_barrier_wait(&start_line);
    printf("runner %d runs\n", n);
    return NULL;
}

int main(void)
{
    pthread_t t[WORKERS];
    int n[WORKERS] = { 1, 2 };

    pthread_barrier_init(&start_line, NULL, WORKERS + 1);
    for (int i = 0; i < WORKERS; i++) {
        if (pthread_create(&t[i], NULL, runner, &n[i]) != 0) {
            perror("create");
            exit(1);
        }
    }
    /* pthread_barrier_wait(&start_line) is missing here */
    for (int i = 0; i < WORKERS; i++)
        pthread_join(t[i], NULL);
    pthread_barrier_destroy(&start_line);
    return 0;
}
