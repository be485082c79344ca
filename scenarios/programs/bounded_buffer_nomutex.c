/*
 * Two producers and one consumer share a bounded buffer that is guarded only
 * by the two counting semaphores; the mutex around the indices was forgotten.
 * With two free slots both producers may be inside the insertion at once, and
 * they race on the index "in" and on the slot.
 */
//@ expect race;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <semaphore.h>

#define N_SLOTS     2
#define N_PRODUCERS 2

int buffer[N_SLOTS];
int in, out;
sem_t sem_empty, sem_full;

void *producer(void *arg)
{
    int id = (int)(long)arg;

    sem_wait(&sem_empty);
    buffer[in] = id;
    in = (in + 1) % N_SLOTS;
    sem_post(&sem_full);
    return NULL;
}

void *consumer(void *arg)
{
    int i, item;

    (void)arg;
    for (i = 0; i < N_PRODUCERS; i++) {
        sem_wait(&sem_full);
        item = buffer[out];
        out = (out + 1) % N_SLOTS;
        sem_post(&sem_empty);
        printf("item from producer %d\n", item);
    }
    return NULL;
}

int main(void)
{
    pthread_t prod[N_PRODUCERS];
    pthread_t cons;
    long i;

    sem_init(&sem_empty, 0, N_SLOTS);
    sem_init(&sem_full, 0, 0);

    for (i = 0; i < N_PRODUCERS; i++)
        pthread_create(&prod[i], NULL, producer, (void *)(i + 1));
    pthread_create(&cons, NULL, consumer, NULL);

    for (i = 0; i < N_PRODUCERS; i++)
        pthread_join(prod[i], NULL);
    pthread_join(cons, NULL);

    sem_destroy(&sem_empty);
    sem_destroy(&sem_full);
    return 0;
}
