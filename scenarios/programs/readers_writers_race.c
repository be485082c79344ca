/*
 * This readers-writers solution forgets the small mutex around the count of
 * readers.
 * Two readers can therefore change read_count at the same moment, which is a
 * data race on that variable.
 */
//@ expect race;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <semaphore.h>

static sem_t db;
static int read_count;
static int data = 7;

static void start_read(void)
{
    if (++read_count == 1)
        sem_wait(&db);
}

static void end_read(void)
{
    if (--read_count == 0)
        sem_post(&db);
}

static void *reader(void *arg)
{
    long n = (long)arg;

    start_read();
    printf("reader %ld: %d\n", n, data);
    end_read();
    return NULL;
}

static void *writer(void *arg)
{
    (void)arg;
    sem_wait(&db);
    data *= 2;
    sem_post(&db);
    return NULL;
}

int main(void)
{
    pthread_t r1, r2, w;

    sem_init(&db, 0, 1);
    pthread_create(&r1, NULL, reader, (void *)1);
    pthread_create(&r2, NULL, reader, (void *)2);
    pthread_create(&w, NULL, writer, NULL);
    pthread_join(r1, NULL);
    pthread_join(r2, NULL);
    pthread_join(w, NULL);
    sem_destroy(&db);
    return 0;
}
