/*
 * A home-made spin lock tests an atomic variable and sets it in a second
 * step, and is used for a plain counter.
 * Two threads can both see the lock free before either sets it, and then they
 * race on the counter in the critical section.
 */
//@ expect race;

#include <stdio.h>
#include <pthread.h>
#include <stdatomic.h>

atomic_int locked = 0;
int counter = 0;

void acquire(void)
{
    while (atomic_load(&locked))
        ;
    atomic_store(&locked, 1);       /* too late */
}

void release(void)
{
    atomic_store(&locked, 0);
}

void *t_main(void *arg)
{
    (void)arg;
    acquire();
    counter++;
    release();
    return NULL;
}

int main(void)
{
    pthread_t t1, t2;

    pthread_create(&t1, NULL, t_main, NULL);
    pthread_create(&t2, NULL, t_main, NULL);
    pthread_join(t1, NULL);
    pthread_join(t2, NULL);
    printf("counter = %d\n", counter);
    return 0;
}
