/*
 * Two users wait on a semaphore for the event that the data is ready, but the
 * loader posts the semaphore only once.
 * The second user waits for ever and main never gets through its join.
 */
//@ expect deadlock;

#include <stdio.h>
#include <pthread.h>
#include <semaphore.h>

sem_t ready;
int value;

void *loader(void *p)
{
    (void)p;
    value = 99;
    sem_post(&ready);       /* wakes up only one of them */
    return NULL;
}

void *user(void *p)
{
    (void)p;
    sem_wait(&ready);
    printf("value is %d\n", value);
    return NULL;
}

int main(void)
{
    pthread_t l, u1, u2;

    sem_init(&ready, 0, 0);
    pthread_create(&u1, NULL, user, NULL);
    pthread_create(&u2, NULL, user, NULL);
    pthread_create(&l, NULL, loader, NULL);
    pthread_join(l, NULL);
    pthread_join(u1, NULL);
    pthread_join(u2, NULL);
    sem_destroy(&ready);
    return 0;
}
