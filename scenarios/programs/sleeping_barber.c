/*
 * A barber sleeps until a customer comes, and there is one chair to wait in.
 * A customer who finds the chair taken goes away; main counts that everybody
 * was either served or sent away, and it ends the barber's day by a last post
 * after closing time.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <stdbool.h>
#include <pthread.h>
#include <semaphore.h>
#include <assert.h>

#define CHAIRS    1
#define CUSTOMERS 2

sem_t customers;            /* number of waiting customers */
sem_t barber_ready;
sem_t mutex;                /* protects the variables below */
int waiting = 0;
int served = 0;
int turned_away = 0;
bool closed = false;

void *barber(void *arg)
{
    (void)arg;
    while (true) {
        sem_wait(&customers);
        sem_wait(&mutex);
        if (closed && waiting == 0) {
            sem_post(&mutex);
            break;
        }
        waiting--;
        served++;
        sem_post(&mutex);
        sem_post(&barber_ready);
    }
    return NULL;
}

void *customer(void *arg)
{
    (void)arg;
    sem_wait(&mutex);
    if (waiting < CHAIRS) {
        waiting++;
        sem_post(&customers);
        sem_post(&mutex);
        sem_wait(&barber_ready);
    } else {
        turned_away++;
        sem_post(&mutex);
    }
    return NULL;
}

int main(void)
{
    pthread_t b, c[CUSTOMERS];

    sem_init(&customers, 0, 0);
    sem_init(&barber_ready, 0, 0);
    sem_init(&mutex, 0, 1);

    pthread_create(&b, NULL, barber, NULL);
    for (int i = 0; i < CUSTOMERS; i++)
        pthread_create(&c[i], NULL, customer, NULL);
    for (int i = 0; i < CUSTOMERS; i++)
        pthread_join(c[i], NULL);

    sem_wait(&mutex);
    closed = true;
    sem_post(&mutex);
    sem_post(&customers);
    pthread_join(b, NULL);

    printf("served %d, turned away %d\n", served, turned_away);
    assert(served >= 1);
    assert(served + turned_away == CUSTOMERS);
    return 0;
}
