/*
 * This is the locked counter with the C11 library <threads.h>, with mtx_t and
 * thrd_create instead of pthreads.
 * Each thread returns the number of its own increments, and the numbers add
 * up to the counter.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <threads.h>
#include <assert.h>

#define THREADS 2
#define ROUNDS  2

static mtx_t lock;
static int counter;

static int worker(void *arg)
{
    int done = 0;

    (void)arg;
    while (done < ROUNDS) {
        mtx_lock(&lock);
        counter++;
        mtx_unlock(&lock);
        done++;
    }
    return done;
}

int main(void)
{
    thrd_t thr[THREADS];
    int sum = 0;

    if (mtx_init(&lock, mtx_plain) != thrd_success) {
        fprintf(stderr, "mtx_init failed\n");
        exit(EXIT_FAILURE);
    }
    for (int i = 0; i < THREADS; i++) {
        if (thrd_create(&thr[i], worker, NULL) != thrd_success) {
            fprintf(stderr, "thrd_create failed\n");
            exit(EXIT_FAILURE);
        }
    }
    for (int i = 0; i < THREADS; i++) {
        int res;
        thrd_join(thr[i], &res);
        sum += res;
    }
    printf("counter = %d\n", counter);
    assert(counter == sum && sum == THREADS * ROUNDS);
    mtx_destroy(&lock);
    return 0;
}
