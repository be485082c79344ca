/*
 * Two threads add one to an atomic counter by a separate load and store.
 * Each access by itself is atomic and there is no data race, but the pair is
 * not one step, so an update can be lost and the final assertion can fail.
 */
//@ expect error assertion;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <assert.h>

#define THREADS 2

atomic_int counter = ATOMIC_VAR_INIT(0);

void *bump(void *arg)
{
    int *seen = arg;
    int c = atomic_load(&counter);

    *seen = c;
    atomic_store(&counter, c + 1);
    return NULL;
}

int main(void)
{
    pthread_t th[THREADS];
    int seen[THREADS];

    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(th + i, NULL, bump, seen + i) != 0) {
            perror("pthread_create");
            exit(1);
        }
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(th[i], NULL);
        printf("thread %d saw %d\n", i, seen[i]);
    }
    assert(counter == THREADS);
    return 0;
}
