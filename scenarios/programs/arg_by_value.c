/*
 * Main starts three threads and passes each its number by value in the
 * pointer itself; every thread returns the square of its number through
 * pthread_exit.
 * Main collects the return values from pthread_join and adds them up.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <pthread.h>
#include <assert.h>

#define NUM_THREADS 3

void *square(void *arg)
{
    intptr_t n = (intptr_t)arg;

    pthread_exit((void *)(n * n));
}

int main(int argc, char *argv[])
{
    pthread_t threads[NUM_THREADS];
    intptr_t sum = 0;

    (void)argc;
    for (intptr_t i = 0; i < NUM_THREADS; i++) {
        if (pthread_create(&threads[i], NULL, square, (void *)i) != 0) {
            perror(argv[0]);
            exit(EXIT_FAILURE);
        }
    }
    for (int i = 0; i < NUM_THREADS; i++) {
        void *ret;
        if (pthread_join(threads[i], &ret) != 0) {
            perror("pthread_join");
            exit(EXIT_FAILURE);
        }
        sum += (intptr_t)ret;
    }
    printf("sum of squares: %ld\n", (long)sum);
    assert(sum == 0 + 1 + 4);
    return 0;
}
