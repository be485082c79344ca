/*
 * Two threads write their own half of the data and then read the half of the
 * other thread, but the barrier is compiled in only with -DUSE_BARRIER.
 * Without it the reading of one thread races with the writing of the other.
 */
//@ expect race;

#include <stdio.h>
#include <pthread.h>

/* #define USE_BARRIER */

int half[2];
int seen[2];

#ifdef USE_BARRIER
pthread_barrier_t bar;
#define SYNC() pthread_barrier_wait(&bar)
#else
#define SYNC() do { } while (0)
#endif

void *work(void *arg)
{
    int me = (int)(long)arg;

    half[me] = 10 * (me + 1);
    SYNC();
    seen[me] = half[1 - me];
    return NULL;
}

int main(void)
{
    pthread_t t0, t1;

#ifdef USE_BARRIER
    pthread_barrier_init(&bar, NULL, 2);
#endif
    pthread_create(&t0, NULL, work, (void *)0L);
    pthread_create(&t1, NULL, work, (void *)1L);
    pthread_join(t0, NULL);
    pthread_join(t1, NULL);
    printf("seen: %d %d\n", seen[0], seen[1]);
    return 0;
}
