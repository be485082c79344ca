/*
 * Three threads fill their own cell of an array, wait at a barrier, and then
 * read the cell of their neighbour.
 * The barrier separates the writes from the reads, so there is no race and
 * the values read are the right ones.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <assert.h>

#define NTHREADS 3
#define SQUARE(x) ((x) * (x))

int cell[NTHREADS];
int copy[NTHREADS];
pthread_barrier_t barrier;

void *phase_worker(void *arg)
{
    int me = *(int *)arg;
    int rc;

    cell[me] = SQUARE(me + 1);

    rc = pthread_barrier_wait(&barrier);
    if (rc == PTHREAD_BARRIER_SERIAL_THREAD)
        printf("thread %d is the serial thread\n", me);

    copy[me] = cell[(me + 1) % NTHREADS];
    return NULL;
}

int main(void)
{
    pthread_t th[NTHREADS];
    int id[NTHREADS];
    int i;

    if (pthread_barrier_init(&barrier, NULL, NTHREADS) != 0) {
        perror("pthread_barrier_init");
        exit(1);
    }
    for (i = 0; i < NTHREADS; i++) {
        id[i] = i;
        pthread_create(&th[i], NULL, phase_worker, &id[i]);
    }
    for (i = 0; i < NTHREADS; i++)
        pthread_join(th[i], NULL);
    pthread_barrier_destroy(&barrier);

    assert(copy[0] == 4);
    assert(copy[1] == 9);
    assert(copy[2] == 1);
    return 0;
}
