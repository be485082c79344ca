/*
 * A producer sends one item and one sentinel to two consumers, which leave
 * their loop only when they get a sentinel.
 * There is one sentinel too few, so one of the consumers waits for ever for
 * something to arrive.
 */
//@ expect deadlock;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <semaphore.h>

#define CONSUMERS 2
#define END       0

int box[4];
int put_pos, get_pos;
sem_t filled;
pthread_mutex_t box_mutex = PTHREAD_MUTEX_INITIALIZER;

void put(int v)
{
    pthread_mutex_lock(&box_mutex);
    box[put_pos++] = v;
    pthread_mutex_unlock(&box_mutex);
    sem_post(&filled);
}

int get(void)
{
    int v;

    sem_wait(&filled);
    pthread_mutex_lock(&box_mutex);
    v = box[get_pos++];
    pthread_mutex_unlock(&box_mutex);
    return v;
}

void *producer(void *arg)
{
    (void)arg;
    put(17);
    put(END);           /* should be one for every consumer */
    return NULL;
}

void *consumer(void *arg)
{
    int v;

    (void)arg;
    for (;;) {
        v = get();
        if (v == END)
            break;
        printf("got %d\n", v);
    }
    return NULL;
}

int main(void)
{
    pthread_t p, c[CONSUMERS];
    int i;

    sem_init(&filled, 0, 0);
    pthread_create(&p, NULL, producer, NULL);
    for (i = 0; i < CONSUMERS; i++)
        pthread_create(&c[i], NULL, consumer, NULL);
    pthread_join(p, NULL);
    for (i = 0; i < CONSUMERS; i++)
        pthread_join(c[i], NULL);
    sem_destroy(&filled);
    return 0;
}
