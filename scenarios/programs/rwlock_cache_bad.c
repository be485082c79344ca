/*
 * This cache counts its hits while it holds the read-write lock only for
 * reading.
 * Two readers can be inside at the same time, so the increments of the hit
 * counter are a data race.
 */
//@ expect race;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>

static pthread_rwlock_t rw;
static int table[3] = { 5, 6, 7 };
static int hits;

int get(int i)
{
    int v;

    pthread_rwlock_rdlock(&rw);
    v = table[i];
    hits++;                 /* a write under the read lock */
    pthread_rwlock_unlock(&rw);
    return v;
}

void set(int i, int v)
{
    pthread_rwlock_wrlock(&rw);
    table[i] = v;
    pthread_rwlock_unlock(&rw);
}

void *reader(void *arg)
{
    int i = *(int *)arg;
    printf("table[%d] = %d\n", i, get(i));
    return NULL;
}

void *writer(void *arg)
{
    (void)arg;
    set(1, 60);
    return NULL;
}

int main(void)
{
    pthread_t r1, r2, w;
    int one = 1, two = 2;

    pthread_rwlock_init(&rw, NULL);
    pthread_create(&r1, NULL, reader, &one);
    pthread_create(&r2, NULL, reader, &two);
    pthread_create(&w, NULL, writer, NULL);
    pthread_join(r1, NULL);
    pthread_join(r2, NULL);
    pthread_join(w, NULL);
    printf("hits: %d\n", hits);
    pthread_rwlock_destroy(&rw);
    return 0;
}
