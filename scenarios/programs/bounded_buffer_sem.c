/*
 * This is the textbook bounded buffer with the semaphores empty and full and
 * a mutex around the buffer itself.
 * One producer puts three items in and one consumer takes them out in the
 * same order; every interleaving ends with all the items consumed.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>
#include <assert.h>

#define BUFFER_SIZE 2
#define ITEMS       3

int buffer[BUFFER_SIZE];
int in = 0;
int out = 0;

sem_t empty;
sem_t full;
pthread_mutex_t mutex;

void insert_item(int item)
{
    buffer[in] = item;
    in = (in + 1) % BUFFER_SIZE;
}

int remove_item(void)
{
    int item = buffer[out];
    out = (out + 1) % BUFFER_SIZE;
    return item;
}

void *producer(void *arg)
{
    (void)arg;
    for (int i = 1; i <= ITEMS; i++) {
        sem_wait(&empty);
        pthread_mutex_lock(&mutex);
        insert_item(i);
        printf("Producer: put %d\n", i);
        pthread_mutex_unlock(&mutex);
        sem_post(&full);
    }
    pthread_exit(NULL);
}

void *consumer(void *arg)
{
    int *sum = (int *)arg;

    for (int i = 1; i <= ITEMS; i++) {
        int item;
        sem_wait(&full);
        pthread_mutex_lock(&mutex);
        item = remove_item();
        pthread_mutex_unlock(&mutex);
        sem_post(&empty);
        printf("Consumer: got %d\n", item);
        assert(item == i);
        *sum += item;
        usleep(100);
    }
    pthread_exit(NULL);
}

int main(void)
{
    pthread_t prod, cons;
    int sum = 0;

    sem_init(&empty, 0, BUFFER_SIZE);
    sem_init(&full, 0, 0);
    pthread_mutex_init(&mutex, NULL);

    if (pthread_create(&prod, NULL, producer, NULL) != 0) {
        perror("producer");
        exit(1);
    }
    if (pthread_create(&cons, NULL, consumer, &sum) != 0) {
        perror("consumer");
        exit(1);
    }

    pthread_join(prod, NULL);
    pthread_join(cons, NULL);

    assert(sum == ITEMS * (ITEMS + 1) / 2);

    pthread_mutex_destroy(&mutex);
    sem_destroy(&empty);
    sem_destroy(&full);
    return 0;
}
