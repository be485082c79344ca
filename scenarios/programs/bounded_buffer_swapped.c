/*
 * This is a bounded buffer in which both sides take the mutex first and wait
 * for the counting semaphore afterwards, that is in the wrong order.
 * A consumer that finds the buffer empty sleeps with the mutex in its hand,
 * so the producer can never put anything in and both wait for ever.
 */
//@ expect deadlock;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <semaphore.h>

#define SIZE  2
#define ITEMS 2

typedef struct {
    int slots[SIZE];
    int in, out;
    sem_t empty, full;
    pthread_mutex_t mutex;
} buffer_t;

static buffer_t buf;

static void buffer_init(buffer_t *b)
{
    b->in = 0;
    b->out = 0;
    sem_init(&b->empty, 0, SIZE);
    sem_init(&b->full, 0, 0);
    pthread_mutex_init(&b->mutex, NULL);
}

static void put(buffer_t *b, int v)
{
    pthread_mutex_lock(&b->mutex);      /* wrong: should be after sem_wait */
    sem_wait(&b->empty);
    b->slots[b->in] = v;
    b->in = (b->in + 1) % SIZE;
    sem_post(&b->full);
    pthread_mutex_unlock(&b->mutex);
}

static int get(buffer_t *b)
{
    int v;

    pthread_mutex_lock(&b->mutex);      /* wrong here as well */
    sem_wait(&b->full);
    v = b->slots[b->out];
    b->out = (b->out + 1) % SIZE;
    sem_post(&b->empty);
    pthread_mutex_unlock(&b->mutex);
    return v;
}

void *producer(void *arg)
{
    buffer_t *b = arg;
    int i;

    for (i = 0; i < ITEMS; i++)
        put(b, 10 + i);
    return NULL;
}

void *consumer(void *arg)
{
    buffer_t *b = arg;
    int i;

    for (i = 0; i < ITEMS; i++)
        printf("consumed %d\n", get(b));
    return NULL;
}

int main(void)
{
    pthread_t p, c;

    buffer_init(&buf);
    if (pthread_create(&c, NULL, consumer, &buf) != 0) {
        perror("pthread_create");
        exit(1);
    }
    if (pthread_create(&p, NULL, producer, &buf) != 0) {
        perror("pthread_create");
        exit(1);
    }
    pthread_join(p, NULL);
    pthread_join(c, NULL);
    return 0;
}
