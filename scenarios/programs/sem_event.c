/*
 * A loader thread announces by a semaphore that the table is loaded, and two
 * user threads wait for this event before they read the table.
 * The loader posts once for each user, so nobody is left waiting and nobody
 * reads too early.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <semaphore.h>
#include <assert.h>

#define USERS 2
#define LEN   2

static sem_t loaded;
static int table[LEN];

static void *loader(void *arg)
{
    (void)arg;
    for (int i = 0; i < LEN; i++)
        table[i] = i + 1;
    for (int u = 0; u < USERS; u++)
        sem_post(&loaded);
    return NULL;
}

static void *user(void *arg)
{
    int sum = 0;

    sem_wait(&loaded);
    for (int i = 0; i < LEN; i++)
        sum += table[i];
    assert(sum == 3);
    printf("user %d: the sum is %d\n", *(int *)arg, sum);
    return NULL;
}

int main(void)
{
    pthread_t l, u[USERS];
    static int no[USERS] = { 1, 2 };

    if (sem_init(&loaded, 0, 0) != 0) {
        perror("sem_init");
        exit(1);
    }
    for (int i = 0; i < USERS; i++)
        pthread_create(&u[i], NULL, user, &no[i]);
    pthread_create(&l, NULL, loader, NULL);

    pthread_join(l, NULL);
    for (int i = 0; i < USERS; i++)
        pthread_join(u[i], NULL);
    sem_destroy(&loaded);
    return 0;
}
