/*
 * This is the first readers-writers problem with semaphores, in which the
 * first reader locks the writers out and the last reader lets them in again.
 * Two readers and one writer run, and the readers always see the two halves
 * of the data in step with each other.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <semaphore.h>
#include <assert.h>

#define READERS 2
#define WRITERS 1

sem_t wrt;                  /* held by the writer or by the readers together */
sem_t mutex;                /* protects read_count */
int read_count = 0;
int low = 0, high = 0;      /* the shared data */

void *writer(void *arg)
{
    int id = *(int *)arg;

    sem_wait(&wrt);
    low = low + 1;
    high = high + 1;
    printf("Writer %d wrote %d\n", id, low);
    sem_post(&wrt);
    return NULL;
}

void *reader(void *arg)
{
    int id = *(int *)arg;

    sem_wait(&mutex);
    read_count++;
    if (read_count == 1)
        sem_wait(&wrt);
    sem_post(&mutex);

    assert(low == high);
    printf("Reader %d read %d\n", id, low);

    sem_wait(&mutex);
    read_count--;
    if (read_count == 0)
        sem_post(&wrt);
    sem_post(&mutex);
    return NULL;
}

int main(void)
{
    pthread_t r[READERS], w[WRITERS];
    int ids[] = { 1, 2, 3, 4, 5 };
    int i;

    sem_init(&mutex, 0, 1);
    sem_init(&wrt, 0, 1);

    for (i = 0; i < WRITERS; i++)
        pthread_create(&w[i], NULL, writer, &ids[i]);
    for (i = 0; i < READERS; i++)
        pthread_create(&r[i], NULL, reader, &ids[i]);

    for (i = 0; i < WRITERS; i++)
        pthread_join(w[i], NULL);
    for (i = 0; i < READERS; i++)
        pthread_join(r[i], NULL);

    assert(read_count == 0 && low == WRITERS);
    sem_destroy(&mutex);
    sem_destroy(&wrt);
    return 0;
}
