// Two threads count up a C11 atomic counter, one with atomic_fetch_add and
// one with the ++ operator on the atomic variable.
// Both are read-modify-write operations, so nothing is lost and the assertion
// at the end holds.
//@ expect holds;

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define N 3

atomic_int hits = 0;

void *by_call(void *unused) {
    (void)unused;
    for (int k = 0; k < N; ++k)
        atomic_fetch_add(&hits, 1);
    return NULL;
}

void *by_operator(void *unused) {
    (void)unused;
    for (int k = 0; k < N; ++k)
        hits++;
    return NULL;
}

int main(void) {
    pthread_t t1, t2;

    if (pthread_create(&t1, NULL, by_call, NULL) != 0 ||
        pthread_create(&t2, NULL, by_operator, NULL) != 0) {
        perror("pthread_create");
        exit(EXIT_FAILURE);
    }
    pthread_join(t1, NULL);
    pthread_join(t2, NULL);

    int total = atomic_load(&hits);
    printf("hits = %d\n", total);
    assert(total == 2 * N);
    return 0;
}
